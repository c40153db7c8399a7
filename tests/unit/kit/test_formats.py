"""Values are written as people read them, in both languages, and personal data is hidden."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

import tidui
from tidui.kit import formats


@pytest.mark.parametrize(
    ("fen", "unit", "text"),
    [
        (123_456, "yuan", "1,234.56 元"),
        (0, "yuan", "0.00 元"),
        (-5, "yuan", "-0.05 元"),
        (None, "yuan", "—"),
        (99_999_999, "auto", "999,999.99 元"),
        (1_000_050, "auto", "10,000.50 元"),
        (-1_230_000, "auto", "-1.23 万元"),
        (90_598_000, "auto", "90.598 万元"),
        (20_000_000_100, "auto", "20,000.0001 万元"),
        (20_000_000_150, "auto", "200,000,001.50 元"),
        (20_000_010_000, "auto", "20,000.01 万元"),
        (-23_000_000_000, "auto", "-2.30 亿元"),
        (0, "auto", "0.00 元"),
        (99_999_999, "wan", "100.00 万元"),
        (999_999, "auto", "9,999.99 元"),
        (1_000_000, "auto", "1.00 万元"),
        (9_999_490_000, "auto", "9,999.49 万元"),
        (10_000_000_000, "auto", "1.00 亿元"),
        (340_000_000, "wan", "340.00 万元"),
        (123_456, "bare", "1,234.56"),
    ],
)
def test_money_in_fen_is_written_in_chinese_units(fen: int | None, unit: str, text: str) -> None:
    with translation.override("zh-hans"):
        assert formats.money(fen, unit) == text


@pytest.mark.parametrize(
    ("fen", "unit", "text"),
    [
        (123_456, "yuan", "¥1,234.56"),
        (340_000_000, "auto", "¥3,400,000.00"),
        (340_123_456, "wan", "¥3,401,234.56"),
        (12_345_678_901, "auto", "¥123,456,789.01"),
        (123_456, "bare", "1,234.56"),
    ],
)
def test_money_in_fen_is_written_in_english_to_the_fen(fen: int, unit: str, text: str) -> None:
    with translation.override("en"):
        assert formats.money(fen, unit) == text


def test_the_unit_of_ten_thousand_yuan_has_one_name_in_english() -> None:
    """In every text that the pages have, and what the policies and the tables say."""
    root = Path(tidui.__file__).parent
    files = [*root.glob("*/locale/en/LC_MESSAGES/django.po"), *root.glob("policies/*.yaml"), *root.glob("tables/declared/*.yaml")]
    assert len(files) > 10
    for file in files:
        said = re.findall(r"(?i)\b10 ?k yuan|ten thousand yuan|¥ ?10,000\b|× 10,000(?! yuan)", file.read_text("utf-8"))
        assert not said, (file.name, said)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1_234_567, None, "1,234,567"),
        (Fraction(1, 3), None, "0.3333"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (0.1, 2, "0.10"),
        (None, None, "—"),
    ],
)
def test_a_number_is_rounded_half_away_from_zero(value: object, digits: int | None, text: str) -> None:
    assert formats.number(value, digits) == text


@pytest.mark.parametrize(("value", "text"), [(Fraction(1, 8), "12.5%"), (1, "100%"), (0, "0%"), (None, "—")])
def test_a_share_of_one_is_a_percentage(value: object, text: str) -> None:
    assert formats.share(value) == text


def test_a_stored_share_counts_240000_as_all() -> None:
    assert formats.share_scaled(30_000) == "12.5%"


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "2026年6月30日"), ("en", "30 Jun 2026")])
def test_a_day_is_written_as_the_language_does(language: str, text: str) -> None:
    with translation.override(language):
        assert formats.day(dt.date(2026, 6, 30)) == text


def test_a_moment_is_that_of_shanghai_and_may_be_the_next_day() -> None:
    moment = dt.datetime(2026, 6, 30, 17, 5, tzinfo=dt.UTC)
    assert formats.moment(moment) == "2026-07-01 01:05"
    assert formats.day(moment, short=True) == "2026-07-01"


@pytest.mark.parametrize(
    ("text", "kind", "hidden"),
    [
        ("电话 13800001234。", "", "电话 138****1234。"),
        ("62010219800101123X", "", "620102********123X"),
        ("zhang.san@example.com", "", "z***@example.com"),
        ("91620100MA00000018", "", "91620100MA00000018"),
        ("欧阳修", "name", "欧**"),
        ("Li Lei", "name", "L* L**"),
        (None, "", ""),
    ],
)
def test_personal_data_is_hidden_and_a_credit_code_is_not(text: str | None, kind: str, hidden: str) -> None:
    assert formats.desensitise(text, kind) == hidden


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("due on", "Due on"), ("batch", "Batch"), ("co-operation", "Co-operation"), ("a", "A"), ("Batch", "Batch"), ("", ""),
        ("批次", "批次"), ("pH 计", "pH 计"), ("e签宝", "e签宝"), ("iFix", "iFix"), ("3 files", "3 files"),
    ],
)  # fmt: skip
def test_a_head_begins_with_a_capital_unless_it_is_a_name(said: str, shown: str) -> None:
    marked = mark_safe(f"{said} <b>")
    with translation.override("en"):
        assert formats.heading(said) == shown
        begun = formats.heading(marked)
        assert (begun, hasattr(begun, "__html__")) == (f"{shown} <b>", True)
    assert (formats.heading(said), formats.heading(marked)) == (said, marked), "nothing is a heading's own in Chinese"
