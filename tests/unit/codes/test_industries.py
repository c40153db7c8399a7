"""Industry codes by GB/T 4754-2017."""

from __future__ import annotations

import pytest

from tidui.codes import industries
from tidui.codes.faults import BadValue


def test_the_20_sections_share_the_97_divisions_without_gap() -> None:
    assert [section.letter for section in industries.SECTIONS] == list("ABCDEFGHIJKLMNOPQRST")
    covered = [number for section in industries.SECTIONS for number in range(section.first, section.last + 1)]
    assert covered == list(range(1, 98))


@pytest.mark.parametrize(
    ("division", "letter"),
    [
        (5, "A"),
        (6, "B"),
        (12, "B"),
        (13, "C"),
        (43, "C"),
        (44, "D"),
        (51, "F"),
        (63, "I"),
        (73, "M"),
        (75, "M"),
        (97, "T"),
    ],
)
def test_a_division_belongs_to_its_section_up_to_the_bound(division: int, letter: str) -> None:
    section = industries.section_of(division)
    assert section is not None
    assert section.letter == letter


def test_there_is_no_division_0_or_98() -> None:
    assert industries.section_of(0) is None
    assert industries.section_of(98) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("C3571", "C3571"),
        ("c357", "C357"),
        ("Ｃ３５", "C35"),
        (" C 35 ", "C35"),
        ("3571", "C3571"),
        ("0111", "A0111"),
        ("011", "A011"),
        ("6513", "I6513"),
    ],
)
def test_what_is_certain_is_accepted(typed: str, code: str) -> None:
    assert industries.parse(typed) == code


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("D3571", "has the division 35 under D; it belongs to section C 制造业"),
        ("C4400", "has the division 44 under C; it belongs to section D 电力、热力、燃气及水生产和供应业"),
        ("C12", "has the division 12 under C; it belongs to section B 采矿业"),
        ("A00", "has the division 00; divisions are 01 to 97"),
        ("T98", "has the division 98; divisions are 01 to 97"),
        ("U97", "begins with U; sections are A to T"),
        ("111", "has no letter; it may be B111 or A0111"),
        ("35", "has no letter; it may be C35 or A035"),
        ("C", "is not an industry code; one is a letter and two to four digits, such as C3571"),
        ("C3", "is not an industry code; after the letter come two to four digits, such as C35"),
        ("C35711", "is not an industry code; one is a letter and two to four digits, such as C3571"),
        ("", "is not an industry code; one is a letter and two to four digits, such as C3571"),
        ("9899", "is not an industry code; one is a letter and two to four digits, such as C3571"),
    ],
)
def test_what_is_uncertain_or_wrong_is_refused(typed: str, said: str) -> None:
    with pytest.raises(BadValue) as refused:
        industries.parse(typed)
    assert refused.value.message == f"{typed} {said}"
