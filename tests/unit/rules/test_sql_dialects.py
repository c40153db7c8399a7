"""What PostgreSQL and DuckDB do differently, each point once: the statements must say the same on both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.unit.rules.invented import ON, YEAR, rule
from tests.unit.rules.sql_rows import SHOWN, Database, duck, explained, program
from tidui.rules.values import NONE

OUTCOME = {"kind": "outcome", **SHOWN}
Firm = dict[tuple[str, int | None], Any]


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "duckdb":
        yield from duck()
    else:
        yield Database("postgres", request.getfixturevalue("postgres").cursor().execute, "%s")


def of(database: Database, text: str, firms: list[Firm], **more: str) -> list[Any]:
    """What a rule with this text is for each enterprise; explain has to agree."""
    made = program(rule("it", text, **{**OUTCOME, **more}))
    found = database.read(made, firms)
    assert found == explained(made, firms)
    return [row["it"] for row in found]


def record(**fields: Any) -> Any:
    return tuple(sorted(fields.items()))


def prizes(*records: Any) -> Firm:
    return {("prizes", None): tuple(records) or NONE}


def test_division_rounds_down_below_zero_as_above(database: Database) -> None:
    firms = [{("profit", YEAR): value} for value in (-3, -2, -1, 0, 1, 2, 3)]
    rounded = of(database, "profit * 0.5", firms, kind="amount")
    assert rounded == [Decimal(cents).scaleb(-2) for cents in (-1, -1, 0, 0, 1, 1, 2)]


def test_a_division_by_zero_takes_the_value_that_the_text_gives(database: Database) -> None:
    firms: list[Firm] = [{("cash", YEAR): 6, ("cash", YEAR - 1): below} for below in (0, 2)]
    assert of(database, "ratio(cash, cash[-1], if_zero: 7) >= 7", firms) == [True, False]
    assert of(database, "ratio(cash, cash[-1], if_zero: unknown) >= 7", firms) == [None, False]


def test_small_whole_numbers_do_not_overflow_when_multiplied(database: Database) -> None:
    text = "(3000000 if listed else 2000000) * (3000000 if clean else 2000000) == 9000000000000"
    assert of(database, text, [{("listed", None): True, ("clean", None): True}]) == [True]


def test_unknown_and_none_of_a_date(database: Database) -> None:
    firms: list[Firm] = [{}, {("until", None): NONE}, {("until", None): ON}]
    assert of(database, "has(until)", firms) == [None, False, True]
    assert of(database, "known(until)", firms) == [False, True, True]
    assert of(database, "until >= on", firms) == [None, None, True]


def test_an_empty_code_is_unknown(database: Database) -> None:
    assert [row["it"] for row in database.read(program(rule("it", "has(trade)", **OUTCOME)), [{("trade", None): ""}])] == [None]


def test_months_end_with_the_month(database: Database) -> None:
    firms: list[Firm] = [{("until", None): day} for day in (dt.date(2024, 1, 31), dt.date(2023, 12, 31), dt.date(2024, 2, 29))]
    assert of(database, "add_months(until, 1)", firms) == [dt.date(2024, 2, 29), dt.date(2024, 1, 31), dt.date(2024, 3, 29)]
    assert of(database, "add_months(until, -12)", firms)[2] == dt.date(2023, 2, 28)
    assert of(database, "months(until, on)", firms) == [4, 5, 4]
    assert of(database, "year(until)", firms) == [2024, 2023, 2024]
    assert of(database, "month_index(until)", firms) == [2024 * 12, 2023 * 12 + 11, 2024 * 12 + 1]


def test_dates_need_no_order_and_an_empty_list_is_none(database: Database) -> None:
    made = program(
        rule("earliest_of", "first(accidents)", **OUTCOME) + rule("latest_of", "last(accidents)", **OUTCOME)
        + rule("any_of", "has(accidents)", **OUTCOME) + rule("how_many", "count(accidents)", **OUTCOME)
        + rule("lately", "within(accidents, 365)", **OUTCOME)
    )  # fmt: skip
    days = (dt.date(2024, 6, 30), dt.date(2019, 5, 1))
    found = database.read(made, [{("accidents", None): days}, {("accidents", None): NONE}, {}])
    assert [tuple(row.values())[1:] for row in found] == [
        (dt.date(2019, 5, 1), dt.date(2024, 6, 30), True, 2, True), (None, None, False, 0, False), (None,) * 5,
    ]  # fmt: skip


def test_the_window_of_days_has_both_its_ends(database: Database) -> None:
    days = [ON, ON - dt.timedelta(365), ON - dt.timedelta(366), ON + dt.timedelta(1)]
    assert of(database, "within(accidents, 365)", [{("accidents", None): (day,)} for day in days]) == [
        True, True, False, False,
    ]  # fmt: skip


def test_records_are_filtered_and_added_up(database: Database) -> None:
    firms = [
        prizes(record(kind="a", on=ON, rank=1, amount=150), record(kind="b", on=dt.date(2020, 1, 1), rank=2, amount=250)),
        prizes(record(kind="a", on=ON, rank=1)),
        prizes(record(kind="a", on=ON, rank=2, amount=NONE), record(kind="a", on=ON, rank=1, amount=7)),
        prizes(), {},
    ]  # fmt: skip
    assert of(database, "total(prizes, amount, kind='a') * 1", firms, kind="amount") == [
        Decimal("1.50"), None, Decimal("0.07"), Decimal(0), None,
    ]  # fmt: skip
    assert of(database, "tally(prizes, rank=1)", firms) == [1, 1, 1, 0, None]
    assert of(database, "tally(prizes, kind={'a', 'b'}, on=span(first_day(assessed - 3), on))", firms) == [2, 1, 2, 0, None]
    assert of(database, "tally(prizes, on=on)", firms) == [1, 1, 2, 0, None]


def test_the_earliest_field_skips_none_and_is_unknown_where_one_is(database: Database) -> None:
    day = dt.date(2022, 3, 1)
    firms = [
        prizes(record(kind="a", until=NONE), record(kind="a", until=day)), prizes(record(kind="a", until=NONE)),
        prizes(record(kind="a"), record(kind="a", until=day)), prizes(record(kind="b", until=day)), prizes(), {},
    ]  # fmt: skip
    assert of(database, "earliest(prizes, until, kind='a')", firms) == [day, None, None, None, None, None]
    assert of(database, "has(earliest(prizes, until, kind='a'))", firms) == [True, False, None, False, False, None]
    assert of(database, "year(latest(prizes, until, kind='a'))", firms)[0] == 2022
    assert of(database, "latest(prizes, amount)", [prizes(record(amount=3), record(amount=5))], kind="amount") == [Decimal("0.05")]


def test_figures_before_the_founding_year_are_none(database: Database) -> None:
    founded = ("established_on", None)
    firms: list[Firm] = [
        {founded: dt.date(2022, 12, 31), ("cash", YEAR - 1): 5}, {founded: dt.date(2023, 1, 1), ("cash", YEAR - 1): NONE},
        {founded: dt.date(2022, 12, 31)}, {("cash", YEAR - 1): 5}, {},
    ]  # fmt: skip
    assert of(database, "has(cash[-1])", firms) == [True, False, None, True, None]
    # Figures that are given all the same for such a year are not read.
    made = program(rule("it", "has(cash[-1])", **OUTCOME))
    assert database.read(made, [{founded: dt.date(2023, 1, 1), ("cash", YEAR - 1): 5}])[0]["it"] is False


def test_a_list_before_the_founding_year_is_none(database: Database) -> None:
    founded = ("established_on", None)
    losses = (record(amount=5, year=2020),)
    firms: list[Firm] = [
        {founded: dt.date(2024, 1, 1), ("losses", YEAR): NONE}, {founded: dt.date(2020, 1, 1), ("losses", YEAR): losses},
        {founded: dt.date(2020, 1, 1)},
    ]  # fmt: skip
    assert of(database, "total(losses, amount, year=2020) * 1", firms, kind="amount") == [Decimal(0), Decimal("0.05"), None]
    assert of(database, "has(losses)", firms) == [False, True, None]


def test_options_and_conditions_that_are_not_needed(database: Database) -> None:
    firms: list[Firm] = [{("listed", None): truth} for truth in (True, False)] + [{}]
    assert of(database, "'sale' if listed else 'cost'", firms, options="[sale, cost]") == ["sale", "cost", None]
    assert of(database, "clean", firms, kind="condition", needed="listed") == ["unknown", "not_needed", "unknown"]


def test_ends_of_a_range(database: Database) -> None:
    text = "bands(part, steps)"
    made = program(rule("points", text, kind="score", max="9", **SHOWN))
    firms: list[Firm] = [{}, {("part", None): Fraction(1, 5)}, {("part", None): Fraction("0.20001")}, {("part", None): Fraction(3, 10)}]
    found = database.read(made, firms)
    assert found == explained(made, firms)
    assert [(row["points.low"], row["points.high"]) for row in found] == [(0, 9), (3, 3), (5, 7), (9, 9)]


def test_postgres_is_exact_beyond_every_machine_word(postgres: Any) -> None:
    database = Database("postgres", postgres.cursor().execute, "%s")
    text = "ratio(cash, cash[-1], if_zero: 0) + ratio(cash[-1], cash[-2], if_zero: 0) >= 2.3"
    tie = {("cash", YEAR): 10**15 * 115 * 115 // 10**4, ("cash", YEAR - 1): 10**15 * 115 // 100, ("cash", YEAR - 2): 10**15}
    less = {**tie, ("cash", YEAR): tie["cash", YEAR] - 1}
    assert of(database, text, [tie, less]) == [True, False]  # type: ignore[list-item]
