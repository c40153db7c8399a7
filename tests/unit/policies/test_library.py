"""The shelf: which version holds on which day, what is refused, house values, and a folder of one's own."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from tidui.facts.factset import FactSet
from tidui.policies.checks import check
from tidui.policies.library import OWN_SHELF, SHELF, Shelf, default_year, read_overlay, shelf
from tidui.rules.errors import NoVersion, PolicyError, UnknownPolicy

ON = dt.date(2022, 6, 30)
HEAD = """
policy: own/{name}
title: {{zh: 自有, en: own}}
document: 自有〔2020〕1号
issued_by: [某局]
chosen_by: {chosen_by}
effective: {{from: {start}{end}}}
parameters:
  few: {{unit: people, cites: 第一条, rows: [{{from: {start}, value: 10}}]}}
rules:
  - {{id: large, kind: condition, cites: 第一条, is: "{text}", label: {{zh: 大, en: large}}}}
  - {{id: verdict, kind: verdict, cites: 第一条, is: large, label: {{zh: 结论, en: verdict}}}}
"""
CASES = """
- case: ten people are enough
  cites: 第一条
  on: {on}
  facts: {{enterprise: {{established_on: 2010-01-01}}, years: {{{year}: {{employees: {people}}}}}}}
  expect: {{verdict: pass}}
"""


def put(
    folder: Path,
    start: str,
    *,
    name: str = "size",
    end: str = "",
    chosen_by: str = "on",
    text: str = "employees >= few",
) -> Path:
    """A version of a policy of our own in a folder; the path of its text."""
    path = folder / "own" / name / start / "policy.yaml"
    path.parent.mkdir(parents=True)
    told = HEAD.format(name=name, start=start, end=f", to: {end}" if end else "", chosen_by=chosen_by, text=text)
    path.write_text(told, encoding="utf-8")
    return path


def put_case(path: Path, *, on: str, people: int) -> None:
    """One case beside a text."""
    year = int(on[:4]) - 1
    path.with_name("cases.yaml").write_text(CASES.format(on=on, year=year, people=people), encoding="utf-8")


def firm(people: int, year: int = 2021) -> FactSet:
    """A firm with so many people in a year."""
    return FactSet.of({("established_on", None): dt.date(2010, 1, 1), ("employees", year): people})


def held(found: Shelf, day: str, name: str = "size") -> str:
    """The version of our own policy in force on a day."""
    on = dt.date.fromisoformat(day)
    return found.version_for(f"own/{name}", on=on, year=on.year - 1).name


def used(monkeypatch: pytest.MonkeyPatch, folder: Path | str) -> Shelf:
    """The shelf of someone who has named this folder."""
    monkeypatch.setenv(OWN_SHELF, str(folder))
    return shelf()


# ---------------------------------------------------------------------- which version holds
def test_a_version_holds_from_its_first_day_to_the_day_before_the_next(tmp_path: Path) -> None:
    put(tmp_path, "2020-01-01")
    put(tmp_path, "2022-07-01")
    found = Shelf(tmp_path)

    assert [held(found, day) for day in ("2020-01-01", "2022-06-30", "2022-07-01", "2099-12-31")] == [
        "2020-01-01", "2020-01-01", "2022-07-01", "2022-07-01",
    ]  # fmt: skip
    first, second = found.versions_of("own/size")
    assert (found.last_day(first), found.last_day(second)) == (dt.date(2022, 6, 30), None)


def test_a_tax_policy_is_chosen_by_the_last_day_of_the_year_assessed(tmp_path: Path) -> None:
    put(tmp_path, "2020-01-01", chosen_by="year")
    put(tmp_path, "2021-12-31", chosen_by="year")
    put(tmp_path, "2022-01-01", chosen_by="year")
    found = Shelf(tmp_path)

    chosen = [found.version_for("own/size", on=dt.date(2030, 1, 1), year=year).name for year in (2020, 2021, 2022)]

    assert chosen == ["2020-01-01", "2021-12-31", "2022-01-01"]


@pytest.mark.parametrize("day", ["2019-12-31", "2021-01-01", "2022-06-30"])
def test_a_day_in_no_period_is_refused_and_the_periods_are_named(tmp_path: Path, day: str) -> None:
    put(tmp_path, "2020-01-01", end="2020-12-31")
    put(tmp_path, "2022-07-01")
    found = Shelf(tmp_path)

    with pytest.raises(NoVersion) as refused:
        held(found, day)

    periods = "2020-01-01 (to 2020-12-31), 2022-07-01 (open)"
    assert str(refused.value) == f"no version of own/size is in force on {day}; there are: {periods}"
    assert held(found, "2020-12-31") == "2020-01-01"
    assert held(found, "2022-07-01") == "2022-07-01"


def test_an_unknown_policy_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownPolicy, match=r"^there is no policy 'cn/tech-sm'; did you mean cn/tech-sme\?$"):
        Shelf().versions_of("cn/tech-sm")


def test_a_file_that_says_another_name_than_its_folder_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "2020-01-01")
    path.parent.rename(path.parent.with_name("2021-01-01"))
    found = Shelf(tmp_path)

    with pytest.raises(PolicyError, match="lies in own/size/2021-01-01 but says own/size from 2020-01-01"):
        found.file(found.versions_of("own/size")[0])


def test_folders_that_are_no_dates_are_passed_over(tmp_path: Path) -> None:
    path = put(tmp_path, "2020-01-01")
    (path.parents[1] / "draft").mkdir()
    (path.parents[1] / "draft" / "policy.yaml").write_text("policy: own/size", encoding="utf-8")

    assert [version.name for version in Shelf(tmp_path).versions["own/size"]] == ["2020-01-01"]


@pytest.mark.parametrize(
    ("founded", "year"), [(dt.date(2021, 12, 31), 2021), (dt.date(2022, 1, 1), 2022), (None, 2021)]
)
def test_the_year_before_is_assessed_unless_the_firm_was_founded_this_year(founded: dt.date | None, year: int) -> None:
    facts = FactSet.of({("established_on", None): founded} if founded else {})

    assert default_year(ON, facts) == year


# ---------------------------------------------------------------------- house values
def overlay(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "house.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_house_value_wins_over_the_folder_and_changes_the_hash(tmp_path: Path) -> None:
    put(tmp_path / "shelf", "2020-01-01")
    plain = Shelf(tmp_path / "shelf")
    house = plain.with_overlay(read_overlay(overlay(tmp_path, "own/size: {few: 20}"), plain))

    answers = [one.explain("own/size", firm(19), on=ON) for one in (plain, house)]

    assert [answer.verdict("verdict") for answer in answers] == ["pass", "fail"]
    assert house.explain("own/size", firm(20), on=ON).verdict("verdict") == "pass"
    assert len({answer.program.hash for answer in answers}) == 2


def test_dated_house_values_hold_from_their_day(tmp_path: Path) -> None:
    put(tmp_path / "shelf", "2020-01-01")
    plain = Shelf(tmp_path / "shelf")
    rows = "own/size: {few: [{from: 2022-06-30, value: 20, reason: 会议纪要, approver: 某局}]}"
    house = plain.with_overlay(read_overlay(overlay(tmp_path, rows), plain))

    verdicts = [house.explain("own/size", firm(19), on=day).verdict("verdict") for day in (dt.date(2022, 6, 29), ON)]

    assert verdicts == ["pass", "fail"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("own/siz: {few: 20}", "house.yaml:1: there is no policy 'own/siz'; did you mean own/size?"),
        ("own/size:\n  fw: 20", "house.yaml:2: own/size: own/size has no parameter 'fw'; did you mean few?"),
        ("own/size: {few: [{from: 2022-01-01, value: 20}]}", "house.yaml:1: own/size: few: reason, approver missing"),
        ("own/size: {few: many}", "house.yaml:1: own/size: few: expected a number, found 'many'"),
        ("[own/size]", "house.yaml:1: expected a mapping of policies"),
    ],
)
def test_a_wrong_house_value_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    put(tmp_path / "shelf", "2020-01-01")

    with pytest.raises(PolicyError) as refused:
        read_overlay(overlay(tmp_path, text), Shelf(tmp_path / "shelf"))

    assert str(refused.value) == f"{tmp_path}/{message}"


# ---------------------------------------------------------------------- a folder of one's own
def test_policies_of_ones_own_stand_beside_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "2020-01-01")

    found = used(monkeypatch, tmp_path)

    assert set(found.versions) == {*Shelf().versions, "own/size"}
    assert found.explain("own/size", firm(10), on=ON).verdict("verdict") == "pass"
    assert found.explain("own/size", firm(9), on=ON).verdict("verdict") == "fail"


def test_without_the_variable_only_the_shipped_policies_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OWN_SHELF, raising=False)
    unset = shelf()
    monkeypatch.setenv(OWN_SHELF, "")

    assert unset is shelf()
    assert unset.beside == ()
    assert {version.path.parents[3] for group in unset.versions.values() for version in group} == {SHELF}


def test_a_later_version_of_a_shipped_policy_may_be_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = Shelf().versions["cn/tenant"][-1]
    path = tmp_path / "cn" / "tenant" / "2090-01-01" / "policy.yaml"
    path.parent.mkdir(parents=True)
    text = newest.path.read_text("utf-8").replace(f"effective: {{from: {newest.name}", "effective: {from: 2090-01-01")
    path.write_text(text, encoding="utf-8")

    found = used(monkeypatch, tmp_path)

    assert found.version_for("cn/tenant", on=dt.date(2089, 12, 31), year=2088).path == newest.path
    assert found.version_for("cn/tenant", on=dt.date(2090, 1, 1), year=2089).path == path


def test_a_shipped_version_cannot_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = Shelf().versions["cn/tenant"][0]
    path = tmp_path / version.path.relative_to(SHELF)
    path.parent.mkdir(parents=True)
    path.write_bytes(version.path.read_bytes())

    with pytest.raises(PolicyError, match=rf"cn/tenant {version.name} comes with Tidui and cannot be replaced"):
        used(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("inside", "message"), [("away", "there is no such folder"), ("own", "it holds no <authority>")]
)
def test_a_folder_that_adds_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str, message: str
) -> None:
    put(tmp_path, "2020-01-01")

    with pytest.raises(PolicyError, match=message):
        used(monkeypatch, tmp_path / inside)


def test_house_values_and_cases_keep_the_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "shelf", "2020-01-01")
    found = used(monkeypatch, tmp_path / "shelf")

    house = found.with_overlay(read_overlay(overlay(tmp_path, "own/size: {few: 20}"), found))

    assert house.explain("own/size", firm(19), on=ON).verdict("verdict") == "fail"


# ---------------------------------------------------------------------- checked wherever it lies
def test_any_part_of_a_folder_is_checked_with_its_cases(tmp_path: Path) -> None:
    path = put(tmp_path, "2020-01-01")
    put_case(path, on="2022-06-30", people=9)

    for part in (tmp_path, *path.parents[:3], path):
        count, problems = check(part)
        assert count == 1
        assert [problem.message for problem in problems] == ["ten people are enough: verdict is fail, expected pass"]
    put_case(path, on="2022-06-30", people=10)
    assert check(path) == (1, [])


def test_a_policy_of_ones_own_may_read_shipped_ones_and_those_beside_it(tmp_path: Path) -> None:
    put(tmp_path, "2020-01-01")
    put(tmp_path, "2022-01-01", name="other", text="of('own/size', 'large') and of('cn/tech-sme', 'size')")
    path = tmp_path / "own" / "other" / "2022-01-01" / "policy.yaml"
    path.write_text(path.read_text("utf-8").replace("  few: {", "  fewer: {"), encoding="utf-8")

    _, problems = check(tmp_path)

    assert [(problem.rule, problem.message) for problem in problems] == [("fewer", "is never read")]


def test_money_in_a_house_value_is_in_yuan(tmp_path: Path) -> None:
    house = read_overlay(overlay(tmp_path, "cn/tech-sme: {max_sales: 0.01}"), Shelf())

    assert [row.value for row in house["cn/tech-sme"]["max_sales"]] == [Fraction(1)]


def test_a_fault_is_told_once_where_it_lies_and_not_at_the_rules_that_read_it(tmp_path: Path) -> None:
    put(tmp_path, "2020-01-01", text="employes >= few")

    _, problems = check(tmp_path)

    assert [(problem.rule, problem.message) for problem in problems] == [
        ("large", "unknown name 'employes'; did you mean employees?")
    ]


def test_a_case_on_a_day_without_rows_is_a_problem_of_its_file_and_ends_no_check(tmp_path: Path) -> None:
    path = put(tmp_path, "2020-01-01")
    put_case(path, on="2019-12-31", people=10)
    put(tmp_path, "2021-01-01", name="unsound", text="employes >= few")

    _, problems = check(tmp_path)

    assert [(Path(problem.file).name, problem.rule) for problem in problems] == [
        ("cases.yaml", ""), ("policy.yaml", "large"),
    ]  # fmt: skip
    assert "few has no value for 2019-12-31" in problems[0].message


@pytest.mark.parametrize(
    ("most", "told"), [(20, []), (19.5, ["can exceed its max of 19.5; correct the max, or write min(…)"])]
)
def test_a_score_that_can_exceed_its_max_is_a_mistake(tmp_path: Path, most: float, told: list[str]) -> None:
    path = put(tmp_path, "2020-01-01", text="employees >= few and score >= 1")
    table = "tables: {marks: {by: people, gives: points, cites: 第二条, rows: [{from: 2020-01-01, bands: [[9, 20]], else: 0}]}}"
    label = "label: {zh: 分, en: marks}"
    rules = f"""
  - {{id: staff, kind: score, max: {most}, cites: 第二条, is: "bands(employees, marks)", {label}}}
  - {{id: score, kind: total, max: 20, parts: [staff], cites: 第二条, {label}}}
"""
    path.write_text(
        path.read_text("utf-8").replace("rules:", f"{table}\nrules:") + rules.lstrip("\n"), encoding="utf-8"
    )

    assert [problem.message for problem in check(tmp_path)[1]] == told


def test_the_hash_does_not_depend_on_where_a_house_value_stands_in_its_file(tmp_path: Path) -> None:
    put(tmp_path / "shelf", "2020-01-01")
    plain = Shelf(tmp_path / "shelf")
    texts = ("own/size: {few: 20}", "# agreed in the spring\nown/size:\n  few: 20\n", "own/size: {few: 21}")

    hashes = [
        plain.with_overlay(read_overlay(overlay(tmp_path, text), plain)).program("own/size", on=ON, year=2021).hash
        for text in texts
    ]

    assert hashes[0] == hashes[1] != hashes[2]
