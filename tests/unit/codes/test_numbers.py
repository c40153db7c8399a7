"""Exact reading of numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.codes import numbers
from tidui.codes.faults import BadValue


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("+12", 12),
        ("-12", -12),
        ("−12.5", Fraction(-25, 2)),
        ("１２．５", Fraction(25, 2)),
        ("1,234,567.5", Fraction(2469135, 2)),
        ("１，２３４", 1234),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("1.5e3", 1500),
        ("1E-2", Fraction(1, 100)),
        ("22/3", Fraction(22, 3)),
        ("-22 / 3", Fraction(-22, 3)),
        ("6/3", 2),
        (7, 7),
        (7.0, 7),
        (0.1, Fraction(1, 10)),
        (Decimal("1.10"), Fraction(11, 10)),
        (Fraction(4, 2), 2),
    ],
)
def test_what_people_write_is_read_exactly(raw: object, value: int | Fraction) -> None:
    read = numbers.parse(raw)
    assert read == value
    assert isinstance(read, int) == (Fraction(value).denominator == 1)


def test_a_percentage_is_read_where_it_may_stand() -> None:
    assert numbers.parse("12.5%", percent=True) == Fraction(1, 8)
    assert numbers.parse("１２ ％", percent=True) == Fraction(3, 25)
    with pytest.raises(BadValue, match="is a percentage"):
        numbers.parse("12%")


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", ".", "-", "abc", "1,23", "12,34,567", "1.234,56", "1 234", "1_000", "0x10", "1e999", "1/0", "1/2/3"),
        *("三", "(5)", "NaN", "inf", "1" * 61, "٣", "--1", "1e", "%", "12%", "5件"),
        *(float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("1e99999")),
        *(True, False, None, b"1", [], {}, 1j, object()),
    ],
)
def test_what_is_no_number_is_refused_with_advice(raw: object) -> None:
    with pytest.raises(BadValue) as refused:
        numbers.parse(raw)
    assert refused.value.instead


@given(st.fractions(min_value=-10_000, max_value=10_000, max_denominator=64))
def test_a_repeating_float_is_the_fraction_that_it_was_rounded_from(value: Fraction) -> None:
    assert numbers.parse(float(value)) == value


def test_a_repeating_decimal_of_12_digits_is_recovered_and_one_of_11_is_not() -> None:
    assert numbers.parse("7.33333333333") == Fraction(22, 3)
    assert numbers.parse("7.3333333333") == Fraction(73333333333, 10**10)


def test_a_long_decimal_that_is_near_no_small_fraction_stays_as_it_is() -> None:
    assert numbers.parse("0.123456789012") == Fraction(123456789012, 10**12)


def test_a_decimal_just_beyond_the_tolerance_is_not_recovered() -> None:
    assert numbers.parse("7.33333333335") == Fraction(733333333335, 10**11)


def test_a_large_number_with_few_decimals_was_typed_and_is_not_rounded() -> None:
    assert numbers.parse("124999999.9999") == Fraction(1249999999999, 10**4)
    assert numbers.parse(1234567.33333333) == Fraction(123456733333333, 10**8)
    assert numbers.parse(1234567.333333333) == Fraction(3703702, 3)


def test_the_noise_of_float_arithmetic_is_dropped() -> None:
    assert numbers.parse(0.1 + 0.2) == Fraction(3, 10)
    assert numbers.parse(0.123 * 3 / 3 + 1e-17) == Fraction(123, 1000)
    assert numbers.parse(2.9999999999999996) == 3


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_a_decimal_text_of_four_places_is_read_exactly(value: Decimal) -> None:
    assert numbers.parse(f"{value:f}") == Fraction(value)
    assert numbers.parse(f"{value:,f}") == Fraction(value)


@given(st.one_of(st.text(max_size=100), st.floats(), st.integers(), st.decimals(), st.fractions()))
def test_anything_is_a_number_or_refused(raw: object) -> None:
    try:
        read: object = numbers.parse(raw)
    except BadValue as bad:
        read = bad
    assert isinstance(read, int | Fraction) or (isinstance(read, BadValue) and read.instead)


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        ("1", "people", "1 person"), ("1", "items", "1 item"), ("5", "people", "5 people"), ("0", "items", "0 items"),
        ("1", "m²", "1 m²"), ("1", "人", "1 人"), ("1", "", "1"), ("11", "months", "11 months"),
    ],
)  # fmt: skip
def test_one_of_something_is_no_plural(amount: str, unit: str, text: str) -> None:
    assert numbers.counted(amount, unit) == text
