"""Numbers of intellectual property, and how long it lasts."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from tidui.registry.enums import PropertyClass
from tidui.registry.property_numbers import check_digit, last_day, read


def test_the_check_digit_is_that_of_the_standards_example() -> None:
    assert check_digit("200310100002") == "X"


@pytest.mark.parametrize(
    ("kind", "raw", "shown"),
    [
        ("12", "ZL 2003 1 0100002.X", "ZL200310100002.X"),
        ("12", "zl200310100002x", "ZL200310100002.X"),
        ("12", "200310100002．Ｘ", "ZL200310100002.X"),
        ("4", "2018SR123456", "2018SR123456"),
        ("4", "登记号 2018sr0123456", "2018SR0123456"),
        ("4", "软著登字第2345678号", "软著登字第2345678号"),
        ("4", "软著登字2345678", "软著登字第2345678号"),
        ("11", "BS185012345", "BS.185012345"),
        ("7", "CNA20100345.6", "CNA20100345.6"),
        ("9", "国药证字H20180001", "国药证字H20180001"),
    ],
)
def test_a_number_is_read_however_it_is_spelt(kind: str, raw: str, shown: str) -> None:
    assert read(kind, raw).shown == shown


def test_the_same_software_has_one_key() -> None:
    assert read("4", "2018SR123456").key == read("4", "2018SR0123456").key


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        ("12", "ZL200310100002.1", "check"),
        ("2", "ZL200310100002.X", "kind"),
        ("12", "ZL20031010000.X", "form"),
        ("12", "", "required"),
        ("4", "ZL200310100002.X", "form"),
        ("11", "205", "form"),
        ("9", "abc", "form"),
    ],
)
def test_what_cannot_be_a_number_is_refused(kind: str, raw: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(kind, raw)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["12", "2", "3"])
def test_every_wrong_check_digit_is_found(kind: str) -> None:
    digit = {"12": "1", "2": "2", "3": "3"}[kind]
    body = f"2019{digit}0654321"
    for wrong in set("0123456789X") - {check_digit(body)}:
        with pytest.raises(ValidationError):
            read(kind, f"ZL{body}.{wrong}")
    assert read(kind, f"ZL{body}.{check_digit(body)}").filed_year == 2019


@pytest.mark.parametrize(
    ("kind", "filed", "granted", "last"),
    [
        ("12", dt.date(2010, 5, 7), dt.date(2012, 1, 1), dt.date(2030, 5, 6)),
        ("2", dt.date(2015, 5, 7), dt.date(2016, 1, 1), dt.date(2025, 5, 6)),
        ("3", dt.date(2021, 5, 31), dt.date(2021, 9, 1), dt.date(2031, 5, 30)),
        ("3", dt.date(2021, 6, 1), dt.date(2021, 9, 1), dt.date(2036, 5, 31)),
        ("12", dt.date(2012, 2, 29), dt.date(2014, 1, 1), dt.date(2032, 2, 28)),
        ("2", dt.date(2012, 2, 29), dt.date(2014, 1, 1), dt.date(2022, 2, 28)),
        ("4", None, dt.date(2018, 3, 1), dt.date(2068, 12, 31)),
        ("7", None, dt.date(2018, 3, 1), dt.date(2033, 2, 28)),
        ("12", None, dt.date(2012, 1, 1), None),
        ("9", None, dt.date(2012, 1, 1), None),
    ],
)
def test_protection_ends_by_the_legal_term(kind: str, filed: dt.date | None, granted: dt.date, last: dt.date | None) -> None:
    assert last_day(kind, filed_on=filed, granted_on=granted) == last


def test_every_class_of_the_official_form_is_known_but_defence_patents() -> None:
    assert set(PropertyClass.values) == {"12", "7", "8", "9", "10", "11", "2", "3", "4"}
