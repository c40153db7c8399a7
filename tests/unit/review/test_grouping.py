"""Files are packed into groups by field."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.review.drawing.grouping import pack


def files(**counts: int) -> list[tuple[str, str]]:
    """So many files of each field, such as f803=4."""
    return [(f"{field}-{place:03d}", field[1:]) for field, count in counts.items() for place in range(count)]


def sizes(rows: list[tuple[str, str]], size: int) -> list[int]:
    return sorted(len(one.files) for one in pack(rows, size))


def test_one_field_that_is_too_large_is_cut_evenly() -> None:
    assert sizes(files(f803=61), 30) == [20, 20, 21]


def test_second_level_fields_stay_whole_where_that_costs_no_further_group() -> None:
    made = pack(files(f101=18, f102=17, f103=12, f104=13), 30)
    assert len(made) == 2 and sorted(len(one.fields) for one in made) == [2, 2]


def test_fields_of_the_eight_are_not_mixed_while_they_fill_a_group() -> None:
    made = pack(files(f101=20, f803=20), 30)
    assert [one.wide for one in made] == [("10",), ("80",)]


def test_small_groups_are_put_together() -> None:
    made = pack(files(f101=4, f202=3, f401=2, f803=28), 30)
    assert sorted(len(one.files) for one in made) == [9, 28]
    assert next(one.wide for one in made if len(one.files) == 9) == ("10", "20", "40")


def test_what_is_left_small_joins_a_group_with_room() -> None:
    assert sizes(files(f101=2, f803=25), 30) == [27]


def test_a_group_without_files_is_none() -> None:
    assert pack([], 30) == []
    with pytest.raises(ValueError, match="one file"):
        pack([("a", "101")], 0)


@given(
    st.lists(st.sampled_from(["", "101", "102", "202", "401", "402", "803", "804"]), max_size=120),
    st.integers(1, 40),
)
def test_every_file_is_in_one_group_and_no_group_is_too_large(fields: list[str], size: int) -> None:
    rows = [(f"F{place:03d}", field) for place, field in enumerate(fields)]
    made = pack(rows, size)
    assert Counter(file for one in made for file in one.files) == Counter(file for file, _field in rows)
    assert all(0 < len(one.files) <= size for one in made)
    assert made == pack(rows, size)
