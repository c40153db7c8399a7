"""Values and shortfalls in the words of a letter; telephones and names in one spelling."""

from __future__ import annotations

import pytest
from django.utils import translation

from tidui.casework import explaining
from tidui.casework.checks import key_of, traces


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("200000000.00", "2.00 亿元"), ("-1.50", "-1.50 元"), ("2026-03-01", "2026年3月1日"), ("C3571", "C3571"),
        (520, "520 人"), (True, "是"), (None, "不明"), ({"exact": "1/3", "shown": "33.33%"}, "33.33%"),
        ({"low": 10, "high": None}, "10–不限 人"),
    ],
)  # fmt: skip
def test_a_value_of_an_explanation_reads_as_people_write_it(value: object, said: str) -> None:
    """Yuan as an amount, a day as a day, a code as it is, a number with its unit, a range by its ends."""
    with translation.override("zh-hans"):
        assert explaining.value_words(value, "人") == said


@pytest.mark.parametrize(
    ("relation", "need", "change"),
    [
        (">=", "不低于 60", "至少需增加 5。"), ("<=", "不超过 60", "至少需减少 5。"), (">", "高于 60", "需增加 5 以上。"),
        ("<", "低于 60", "需减少 5 以上。"),
    ],
)
def test_a_rule_and_its_shortfall_say_whether_the_bound_is_included(relation: str, need: str, change: str) -> None:
    """Who makes up exactly the shortfall of a strict bound has not met it."""
    with translation.override("zh-hans"):
        assert explaining.need_words(relation, 60) == need
        assert explaining.shortfall_words(relation, 5) == change


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("139 0000 1111", "13900001111"), ("+86-139-0000-1111", "13900001111"), ("１３９００００１１１１", "13900001111"),
        ("0931-8881234", "09318881234"), ("888123", ""), ("", ""), (None, ""),
    ],
)
def test_a_telephone_is_one_however_it_is_written(typed: object, number: str) -> None:
    """What is too short to be one is none, or all who wrote nothing would be the same."""
    assert traces.phone_of(typed) == number


def test_a_name_is_one_however_it_is_spaced() -> None:
    """Chinese names of two characters are often written with a space."""
    assert traces.name_of("王 强") == traces.name_of("王强") == traces.name_of("王\u3000强")
    assert traces.name_of("王强") != traces.name_of("王刚")


def test_digests_of_a_telephone_and_of_a_person_are_apart() -> None:
    """The same text under another kind leads nowhere, and both fit into a column of the database."""
    values = {traces.phone_value("13900001111"), traces.person_value("13900001111"), traces.phone_value("13900001112")}
    assert len(values) == 3
    assert all(0 <= one < 2**63 for one in values)


def test_a_field_names_its_fact_and_its_year() -> None:
    """A fact without a year has none."""
    assert key_of("sales_revenue.2025") == ("sales_revenue", 2025)
    assert key_of("industry") == ("industry", None)
