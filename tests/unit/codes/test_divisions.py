"""Divisions of Gansu by GB/T 2260."""

from __future__ import annotations

import pytest

from tidui.codes import divisions
from tidui.codes.faults import BadValue


def test_gansu_has_14_prefectures_and_86_counties() -> None:
    assert [one.code for one in divisions.prefectures()] == [
        *("620100", "620200", "620300", "620400", "620500", "620600", "620700", "620800", "620900"),
        *("621000", "621100", "621200", "622900", "623000"),
    ]
    assert sum(len(divisions.counties(one.code)) for one in divisions.prefectures()) == 86


def test_jiayuguan_has_no_counties() -> None:
    assert divisions.counties("620200") == ()
    assert divisions.problem("620200") is None
    assert divisions.problem("620202") == "is not a division; 嘉峪关市 has no counties: 620200"


def test_statistics_codes_are_recognised_but_are_no_counties() -> None:
    new_area = divisions.find("620171")
    assert new_area == divisions.Division("620171", "statistics", "兰州新区", "Lanzhou New Area")
    assert divisions.problem("620171") is None
    assert divisions.problem("620201") is None
    assert new_area not in divisions.counties("620100")


def test_every_division_has_names_of_its_own() -> None:
    table = divisions.table().values()
    assert all(one.zh and one.en.isascii() and one.en for one in table)
    assert len({one.en for one in table if one.code != "620201"}) == len(table) - 1


def test_every_county_lies_in_a_prefecture() -> None:
    prefectures = {one.code for one in divisions.prefectures()}
    assert all(one.prefecture in prefectures for one in divisions.table().values())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("620102", "620102"),
        ("６２０１０２", "620102"),
        ("城关区", "620102"),
        ("兰州市 城关区", "620102"),
        ("甘肃省兰州市", "620100"),
        ("嘉峪关市", "620200"),
        ("临夏县", "622921"),
        ("620824", "620881"),
        ("622201", "620702"),
        ("110108", "110108"),
    ],
)
def test_a_code_a_name_or_an_old_code_is_certain(typed: str, code: str) -> None:
    assert divisions.parse(typed) == code


@pytest.mark.parametrize(
    "typed", ["62010", "620000", "620199", "621300", "000000", "990101", "110000", "某某县", "", "62010a"]
)
def test_what_is_no_division_is_refused(typed: str) -> None:
    with pytest.raises(BadValue) as refused:
        divisions.parse(typed)
    assert refused.value.instead == "write six digits of GB/T 2260"


def test_old_codes_lead_to_codes_of_today() -> None:
    table = divisions.table()
    assert set(divisions.old_codes().values()) <= set(table)
    assert not set(divisions.old_codes()) & set(table)


def test_the_division_of_a_credit_code_is_found_by_its_old_code() -> None:
    found = divisions.of_credit_code("91622201MA7ABCDE1X")
    assert found is not None
    assert found.zh == "甘州区"
    assert divisions.of_credit_code("91100000MA7ABCDE1X") is None
