"""What a wrong policy file is told: file, line, rule, and what was expected."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.unit.rules.invented import CATALOGUE, ON, YEAR, Plain, policy, program, rule
from tidui.rules import policyfile
from tidui.rules.answers import Explainer
from tidui.rules.errors import NoVersion, PolicyError
from tidui.rules.program import Program

CONDITION = {"kind": "condition", "cites": "第四条", "label": "{zh: 条件, en: condition}"}


def told(rules: str, **more: str) -> str:
    with pytest.raises(PolicyError) as caught:
        program(rules, **more)
    return str(caught.value)


def told_by_file(data: bytes) -> str:
    with pytest.raises(PolicyError) as caught:
        policyfile.loads(data, "invented.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("staf > few", "unknown name 'staf'; did you mean staff?"),
        ("ratoi(cash, profit, if_zero: 0)", "unknown function 'ratoi'; did you mean ratio?"),
        ("cash / profit", "an unguarded / is refused; write ratio(a, b, if_zero: …)"),
        ("cash + staff", "cannot add yuan and people"),
        ("cash > 5", "a bare number beside yuan: put it into a parameter with its unit"),
        ("cash >= few", "cannot compare yuan and people"),
        ("listed + 1", "expected a number, found a condition"),
        ("cash and listed", "expected a condition, found a number (yuan): cash"),
        ("1 < cash < 2", "one comparison at a time: write a <= x and x <= b"),
        ("trade == 'C16' and trade < 'D'", "codes are compared with == and != only"),
        ("trade in ('a', 'b')", "a comma without a function is not part of the grammar"),
        ("ratio(cash, profit)", "ratio takes two numbers and if_zero: ratio(a, b, if_zero: 0)"),
        ("bands(cash, steps)", "table steps is by a plain number, found yuan"),
        ("bands(part, stepz)", "unknown table 'stepz'; did you mean steps?"),
        ("staff[-1]", "staff is not a yearly fact and has no year offset"),
        ("enough[-1]", "enough is a parameter and has no year offset"),
        ("cash[-31]", "the year offset of cash reaches -31; the limit is 30"),
        ("cash[x]", "expected a whole number, found x"),
        ("cash.real", "a dot after a name is not part of the grammar"),
        ("(lambda: 1)()", "cannot be read near column"),
        ("(lambda x: x)(cash)", "cannot be read near column"),
        ("cash ** 2", "a power is not part of the grammar"),
        ("[cash]", "a list in square brackets is not part of the grammar"),
        ("__import__('os')", "unknown function '__import__'"),
        ("'C16'", "the text 'C16' cannot stand alone here"),
        ("first_day(staff) <= on", "staff may be made of on, assessed and whole numbers only"),
        ("total(losses, amont)", "amont is not a field of the list; it has year, amount"),
        ("tally(losses, yaer=2020)", "records have no field 'yaer'; did you mean year?"),
        ("within(until, 365)", "within reads a list of dates, found a date"),
        ("on + cash > on", "days are added to a date, not yuan"),
        ("max()", "max takes 1 or more arguments, found 0"),
        ("cash >", "cannot be read near column"),
    ],
)
def test_a_text_that_is_not_in_the_grammar_is_told_what_was_expected(text: str, message: str) -> None:
    said = told(rule("r", text))
    assert said.startswith("invented.yaml:13: r: ")
    assert message in said


def test_each_wrong_rule_is_told_with_its_own_line() -> None:
    said = told(rule("a", "cash") + rule("b", "cas") + rule("c", "staff") + rule("d", "stff"))
    assert [line.split(": ")[0:2] for line in said.splitlines()] == [["invented.yaml:14", "b"], ["invented.yaml:16", "d"]]


def test_rules_that_read_themselves_are_told_the_circle() -> None:
    assert "reads itself: a → b → a" in told(rule("a", "b + cash") + rule("b", "a + cash"))


def test_a_ratio_must_say_why_its_zero_case_is_so() -> None:
    assert "uses ratio: zero:" in told('  - {id: r, is: "ratio(cash, profit, if_zero: 0)"}\n')


def test_a_condition_without_citation_and_label_is_refused() -> None:
    said = told_by_file(policy('  - {id: r, kind: condition, is: "cash > enough"}\n'))
    assert "needs a label in zh and en" in said
    assert "needs cites, or house_default with the reason" in said


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ("bands: [[0.1, 5], [0.2, 9]], else: 0", "a band is out of order or never reached; write them highest first"),
        ("bands: [[0.2, 9], [0.2, 5]], else: 0", "a band is out of order or never reached"),
        ("upto: [[0.2, 9], [0.1, 5]], else: 0", "a band is out of order or never reached; write them lowest first"),
        ("bands: [[0.2, 9]]", "a row of a table has bands or upto, and else"),
        ("bands: [[0.2, [9, 8]]], else: 0", "the range 9..8 is upside down"),
        ("bands: [[many, 8]], else: 0", "expected a number, found 'many'"),
    ],
)
def test_tables_have_no_gaps_and_no_bands_that_are_never_reached(tables: str, message: str) -> None:
    row = f"  more: {{by: share, gives: points, cites: 第二条, rows: [{{from: 2020-01-01, {tables}}}]}}\n"
    assert message in told_by_file(policy(rule("r", "cash"), tables=row))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("{from: 2021-01-01, value: 1}, {from: 2020-01-01, value: 2}", "rows are out of order: 2020-01-01 after 2021-01-01"),
        ("{from: 2020-01-01, to: 2021-06-30, value: 1}, {from: 2021-01-01, value: 2}", "rows overlap"),
        ("{from: 2020-01-01, to: 2020-06-30, value: 1}, {from: 2021-01-01, value: 2}", "rows leave a gap"),
        ("{from: 2020-01-01, to: 2019-01-01, value: 1}", "before it begins"),
        ("{from: today, value: 1}", "each row needs from: a date"),
    ],
)
def test_dated_rows_have_no_gaps_and_no_overlaps(rows: str, message: str) -> None:
    more = f"  limit: {{unit: yuan, cites: 第一条, rows: [{rows}]}}\n"
    assert message in told_by_file(policy(rule("r", "cash"), parameters=more))


def test_a_day_before_every_row_refuses_and_never_answers_zero() -> None:
    more = "  limit: {unit: yuan, cites: 第一条, rows: [{from: 2025-01-01, value: 1}]}\n"
    with pytest.raises(NoVersion, match="limit has no value for 2024-06-30"):
        program(rule("r", "cash + limit"), parameters=more)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected a mapping"),
        (b"- a\n- b\n", "expected a mapping"),
        (b"a: &x [1]\nb: *x\n", "aliases"),
        (b"a: 1\na: 2\n", "invented.yaml:2: the key 'a' stands twice"),
        (b"a: !!python/object/apply:os.system [id]\n", "is not allowed"),
        (b"a: [1\n", "is not YAML"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"a: " + b"[" * 200 + b"]" * 200, "nested more than 30 deep"),
        (b"x" * 1_000_001, "the limit is 1000000"),
        (b"{? [a]: b}", "a key must be a plain text"),
    ],
)
def test_a_hostile_file_gets_a_clear_error(data: bytes, message: str) -> None:
    assert message in told_by_file(data)


def test_misspelt_keys_get_a_suggestion() -> None:
    said = told_by_file(policy('  - {id: r, is: "cash", kinds: score}\n'))
    assert "invented.yaml:13: r: unknown key 'kinds'; did you mean kind?" in said


def test_one_name_stands_for_one_thing() -> None:
    assert "the name stands for something else at line 6" in told_by_file(policy(rule("enough", "cash")))


def test_money_in_a_file_is_yuan_and_is_computed_in_fen() -> None:
    explainer = Explainer(program(rule("r", "enough")))
    assert explainer(Plain({}), on=ON, year=YEAR).number("r").exact == 100_000


def test_the_hash_is_the_identity_of_the_texts_whatever_the_day() -> None:
    one, same = program(rule("r", "cash > enough")), program(rule("r", "cash > enough"))
    other = program(rule("r", "cash >= enough"))
    assert one.hash == same.hash
    assert one.hash != other.hash
    row = "  limit: {unit: yuan, cites: 第一条, rows: [{from: 2020-01-01, value: 1}, {from: 2024-07-01, value: 2}]}\n"
    file = policyfile.loads(policy(rule("r", "cash > limit"), parameters=row), "invented.yaml")
    hashes = {
        Program(file, CATALOGUE, None, on=day, year=YEAR).hash
        for day in (dt.date(2024, 6, 30), dt.date(2024, 7, 1), dt.date(2024, 7, 2))
    }
    assert len(hashes) == 1
    changed = policyfile.loads(policy(rule("r", "cash > limit"), parameters=row.replace("value: 2", "value: 3")), "x")
    assert Program(changed, CATALOGUE, None, on=ON, year=YEAR).hash not in hashes
