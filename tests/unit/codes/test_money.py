"""Money in whole fen."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.codes import money
from tidui.codes.faults import BadValue
from tidui.rules.values import MONEY_LIMIT

amounts = st.integers(-money.LIMIT + 1, money.LIMIT - 1)


def test_the_limit_is_that_of_the_engine() -> None:
    assert money.LIMIT == MONEY_LIMIT


@pytest.mark.parametrize(
    ("raw", "fen"),
    [
        (0, 0),
        (12, 1200),
        (-12, -1200),
        (12.34, 1234),
        (0.1 + 0.2, 30),
        (1234567890.1200001, 123456789012),
        ("1,234.50", 123450),
        ("¥1,234.50", 123450),
        ("-¥5", -500),
        ("人民币 12 元", 1200),
        ("12元整", 1200),
        ("3,200万元", 3_200_000_000),
        ("3,200.5 万", 3_200_500_000),
        ("1.2亿", 12_000_000_000),
        ("50分", 50),
        ("１２．３４", 1234),
        ("0.30000000000000004", 30),
        (Decimal("12.340"), 1234),
        (Fraction(1, 4), 25),
    ],
)
def test_an_amount_is_read_exactly(raw: object, fen: int) -> None:
    assert money.parse(raw) == fen


@pytest.mark.parametrize(
    ("raw", "unit", "fen"),
    [
        (3200, "万元", 3_200_000_000),
        ("123.4567", "万元", 123_456_700),
        ("0.000001", "万元", 1),
        (0.0003, "万元", 300),
        ("12 元", "万元", 1200),
        (12345, "分", 12345),
    ],
)
def test_the_unit_of_the_column_holds_unless_the_text_has_its_own(
    raw: object, unit: Literal["元", "万元", "分"], fen: int
) -> None:
    assert money.parse(raw, unit) == fen


@pytest.mark.parametrize("raw", ["1234.565", 1234.565, "0.001", 0.001, Fraction(1, 3), Decimal("0.005"), 1e-7, "1/3"])
def test_a_part_of_a_fen_is_refused(raw: object) -> None:
    with pytest.raises(BadValue, match="is not a whole number of fen"):
        money.parse(raw)


def test_the_advice_names_the_nearest_amount() -> None:
    with pytest.raises(BadValue) as refused:
        money.parse("1234.565")
    assert refused.value.instead == "write yuan with two decimals, such as 1234.57"


def test_a_millionth_of_a_fen_is_noise_and_more_is_not() -> None:
    assert money.parse(12.340000009) == 1234
    with pytest.raises(BadValue, match="whole number of fen"):
        money.parse(12.34000002)


def test_a_tenth_of_a_fen_is_never_noise_however_large_the_float() -> None:
    assert money.parse(4_000_000_000_000.0) == 400_000_000_000_000
    with pytest.raises(BadValue, match="whole number of fen"):
        money.parse(4_000_000_000_000.0 + 3 * 2**-11)


def test_money_is_refused_from_2_to_the_50_fen_on() -> None:
    assert money.parse(2**50 - 1, "分") == 2**50 - 1
    assert money.parse(-(2**50) + 1, "分") == -(2**50) + 1
    for raw in (2**50, -(2**50), 10**5000):
        with pytest.raises(BadValue, match="more money than there is"):
            money.parse(raw, "分")
    with pytest.raises(BadValue, match="more money than there is"):
        money.parse("11258999068426.24")


@pytest.mark.parametrize(
    "raw", ["", "元", "一千元", "$5", "12%", "(5)", "5 000", float("nan"), float("inf"), True, None, b"5", "1e400"]
)
def test_what_is_no_amount_is_refused_with_advice(raw: object) -> None:
    with pytest.raises(BadValue) as refused:
        money.parse(raw)
    assert refused.value.instead


@given(amounts)
def test_what_is_written_is_read_again(fen: int) -> None:
    assert money.parse(money.decimal_text(fen)) == fen
    assert money.parse(money.display(fen)) == fen
    assert money.parse(money.display(fen, "万元")) == fen
    assert money.parse(Decimal(money.decimal_text(fen))) == fen


@given(st.integers(-(10**14), 10**14))
def test_a_float_of_yuan_is_read_as_the_fen_that_it_stands_for(fen: int) -> None:
    assert money.parse(fen / 100) == fen


@given(st.lists(st.integers(0, 10**11), min_size=2, max_size=12))
def test_the_sum_of_floats_is_read_as_the_exact_sum(parts: list[int]) -> None:
    assert money.parse(sum(part / 100 for part in parts)) == sum(parts)


@pytest.mark.parametrize(
    ("fen", "text", "yuan", "wan"),
    [
        (0, "0.00", "0.00 元", "0 万元"),
        (5, "0.05", "0.05 元", "0.000005 万元"),
        (-5, "-0.05", "-0.05 元", "-0.000005 万元"),
        (123456, "1234.56", "1,234.56 元", "0.123456 万元"),
        (3_200_000_000, "32000000.00", "32,000,000.00 元", "3,200 万元"),
    ],
)
def test_amounts_are_shown_exactly(fen: int, text: str, yuan: str, wan: str) -> None:
    assert (money.decimal_text(fen), money.display(fen), money.display(fen, "万元")) == (text, yuan, wan)
