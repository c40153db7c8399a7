"""The high-tech fields."""

from __future__ import annotations

import pytest

from tidui.codes import fields
from tidui.codes.faults import BadValue


def test_there_are_8_fields_with_52_second_level_ones() -> None:
    assert list(fields.FIELDS) == ["10", "20", "30", "40", "50", "60", "70", "80"]
    counts = {code: sum(one[0] == code[0] for one in fields.SECOND_LEVEL) for code in fields.FIELDS}
    assert counts == {"10": 8, "20": 7, "30": 2, "40": 6, "50": 8, "60": 4, "70": 8, "80": 9}
    assert set(fields.OFFICIAL_NUMBERS) == set(fields.FIELDS)
    assert sorted(fields.OFFICIAL_NUMBERS.values()) == [1, 2, 3, 4, 6, 7, 8, 9]


def test_a_second_level_field_belongs_to_its_field() -> None:
    assert fields.field_of("406").zh == "新材料"


@pytest.mark.parametrize(
    ("typed", "code"), [("101", "101"), ("８０９", "809"), ("软件", "101"), ("中药、天然药物", "202")]
)
def test_a_code_or_a_name_is_certain(typed: str, code: str) -> None:
    assert fields.parse(typed) == code


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("100", "is not a second-level field; those of 电子信息 are 101 to 108"),
        ("109", "is not a second-level field; those of 电子信息 are 101 to 108"),
        ("303", "is not a second-level field; those of 航空航天 are 301 to 302"),
        ("810", "is not a second-level field; those of 先进制造与自动化 are 801 to 809"),
        ("901", "is not a second-level field; they are 101 to 809"),
        ("40", "is the whole field 新材料; name its second-level field, such as 401"),
        ("", "is not a second-level field; they are 101 to 809"),
    ],
)
def test_what_is_no_second_level_field_is_refused(typed: str, said: str) -> None:
    with pytest.raises(BadValue) as refused:
        fields.parse(typed)
    assert refused.value.message == f"{typed} {said}"
