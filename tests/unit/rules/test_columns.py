"""The facts of many enterprises as machine columns, and back."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import numpy as np
import pytest

from tidui.rules import columns
from tidui.rules.columns import EXACT, NO_VALUE, UNKNOWN, VALUE, Batch, Column, batch_of
from tidui.rules.values import NONE, NUMBER_SCALE, FactType, Value

CATALOGUE = {
    fact.name: fact
    for fact in (
        FactType("money", "years", "money", yearly=True),
        FactType("count", "enterprise", "int"),
        FactType("staff", "years", "number", yearly=True),
        FactType("mark", "expert", "number"),
        FactType("flag", "enterprise", "bool"),
        FactType("day", "enterprise", "date", can_be_none=True),
        FactType("code", "enterprise", "code", can_be_none=True),
        FactType("days", "enterprise", "dates", can_be_none=True),
        FactType("prizes", "enterprise", "list", can_be_none=True),
    )
}
DAYS = (dt.date(2020, 2, 29), dt.date(2023, 1, 5))
PRIZES = ((("edition", 11), ("rank", 2)),)


class Row(dict[tuple[str, int | None], Value]):
    def get(self, name: str, year: int | None) -> Value | None:  # type: ignore[override]
        return super().get((name, year))


FULL = Row(
    {
        ("money", 2023): 12_345,
        ("money", 2022): -1,
        ("count", None): 3,
        ("staff", 2023): Fraction(241, 24),
        ("mark", None): Fraction(22, 3),
        ("flag", None): True,
        ("day", None): dt.date(1969, 12, 31),
        ("code", None): "C3571",
        ("days", None): DAYS,
        ("prizes", None): PRIZES,
    }
)
BARE = Row({("day", None): NONE, ("code", None): NONE, ("days", None): NONE, ("money", 2022): NONE})
KEYS: list[columns.Key] = [("money", 0), ("money", -1), ("staff", 0)]
KEYS += [(name, None) for name in ("count", "mark", "flag", "day", "code", "days", "prizes")]


def test_every_kind_of_value_comes_back_from_its_column_as_it_went_in() -> None:
    batch = batch_of([FULL, BARE], KEYS, catalogue=CATALOGUE, year=2023)
    for place, row in enumerate((FULL, BARE)):
        for name, offset in KEYS:
            year = None if offset is None else 2023 + offset
            assert batch.row(place).get(name, year) == row.get(name, year), (name, offset)


def test_none_comes_back_as_none_and_unknown_as_unknown() -> None:
    batch = batch_of([FULL, BARE], KEYS, catalogue=CATALOGUE, year=2023)
    assert batch.row(1).get("code", None) is NONE
    assert batch.row(1).get("flag", None) is None
    assert batch.column("code", None).states().tolist() == [VALUE, NO_VALUE]
    assert batch.column("flag", None).states().tolist() == [VALUE, UNKNOWN]


def test_a_column_in_which_every_row_has_a_value_needs_no_states() -> None:
    assert batch_of([FULL, FULL], KEYS, catalogue=CATALOGUE, year=2023).columns[("money", 0)].state is None


def test_money_is_whole_fen_and_staff_a_multiple_of_one_over_the_scale() -> None:
    batch = batch_of([FULL], KEYS, catalogue=CATALOGUE, year=2023)
    assert batch.columns[("money", 0)].values.tolist() == [12_345]
    assert batch.columns[("money", 0)].values.dtype == np.int64
    assert batch.columns[("staff", 0)].values.tolist() == [241 * NUMBER_SCALE // 24]


def test_a_number_that_the_scale_cannot_hold_is_kept_exactly_beside_the_column() -> None:
    odd = Row({("staff", 2023): Fraction(1, 7), ("count", None): 2**60})
    batch = batch_of([FULL, odd], KEYS, catalogue=CATALOGUE, year=2023)
    assert batch.columns[("staff", 0)].states().tolist() == [VALUE, EXACT]
    assert batch.exact[("staff", 0)] == {1: Fraction(1, 7)}
    assert batch.row(1).get("staff", 2023) == Fraction(1, 7)
    assert batch.row(1).get("count", None) == 2**60


@pytest.mark.parametrize(("size", "state"), [(2**50 - 1, VALUE), (2**50, EXACT), (-(2**50), EXACT)])
def test_machine_numbers_stay_below_the_limit(size: int, state: int) -> None:
    batch = batch_of([Row({("count", None): size})], [("count", None)], catalogue=CATALOGUE, year=2023)
    assert batch.columns[("count", None)].states().tolist() == [state]
    assert batch.row(0).get("count", None) == size


def test_equal_codes_share_one_place_in_the_vocabulary() -> None:
    rows = [Row({("code", None): code}) for code in ("C35", "M73", "C35")]
    column = batch_of(rows, [("code", None)], catalogue=CATALOGUE, year=2023).columns[("code", None)]
    assert column.vocab == ("C35", "M73")
    assert column.values.tolist() == [0, 1, 0]


def test_a_fact_without_a_column_is_unknown_and_none_before_the_founding_year() -> None:
    days = [19358, 19357, 0]  # 2023-01-01, 2022-12-31, not known
    founded = Column(np.array(days, dtype=np.int32), np.array([1, 1, 0], dtype=np.uint8))
    ids, sections = ["a", "b", "c"], frozenset({"years"})
    batch = Batch(3, {}, {}, ids, CATALOGUE, 2023, founded_on=founded, founded_sections=sections)
    assert [batch.row(row).get("money", 2022) for row in range(3)] == [NONE, None, None]
    assert [batch.row(row).get("money", 2023) for row in range(3)] == [None, None, None]
    assert [batch.row(row).get("code", None) for row in range(3)] == [None, None, None]


def test_slicing_a_column_does_not_copy_and_taking_does() -> None:
    column = Column(np.arange(10), np.ones(10, dtype=np.uint8))
    assert np.shares_memory(column.slice(2, 5).values, column.values)
    taken = column.take(np.array([9, 0]))
    assert taken.values.tolist() == [9, 0]
    assert not np.shares_memory(taken.values, column.values)


def test_a_row_beyond_the_batch_is_refused() -> None:
    with pytest.raises(IndexError, match="row 1 of a batch of 1"):
        batch_of([FULL], KEYS, catalogue=CATALOGUE, year=2023).row(1)
