"""Names of organisations and people that mean the same."""

from __future__ import annotations

import pytest

from tidui.review import naming


@pytest.mark.parametrize(
    "written",
    [
        "兰州白塔(集团)精密仪器有限公司",
        "兰州白塔（集团）精密仪器有限责任公司",
        "兰州白塔【集团】精密仪器股份有限公司",
        " 兰州白塔 集团精密仪器有限公司 ",
        "兰州白塔集团精密仪器有限公司西宁分公司",
        "兰州白塔集团精密仪器股份公司",
    ],
)
def test_width_brackets_blanks_and_the_legal_form_tell_no_company_from_itself(written: str) -> None:
    assert naming.organisation(written) == naming.organisation("兰州白塔集团精密仪器有限公司")


@pytest.mark.parametrize("other", ["兰州白塔精密仪器有限公司", "兰州白塔集团有限公司", "兰州大学", "白塔集团精密仪器有限公司"])
def test_companies_that_differ_in_a_word_stay_two(other: str) -> None:
    assert naming.organisation(other) != naming.organisation("兰州白塔集团精密仪器有限公司")


def test_latin_letters_are_the_same_in_every_width_and_case() -> None:
    assert naming.organisation("ＡＢＣ科技有限公司") == naming.organisation("abc科技有限公司")


def test_a_name_that_is_only_a_legal_form_keeps_it() -> None:
    assert naming.organisation("有限公司") == "有限公司"


@pytest.mark.parametrize(
    "line", ["白建国", "董事长：白建国", "白建国（董事长）", "白 建 国", "监事 白建国", "白小慧、白建国"]
)
def test_a_person_is_found_in_a_line_however_it_is_written(line: str) -> None:
    assert "白建国" in naming.words(line)


def test_a_company_is_found_in_a_line_without_its_legal_form() -> None:
    assert naming.organisation("甘肃投资有限公司") in naming.words("股东：甘肃投资（有限公司）")
    assert naming.organisation("甘肃投资有限公司") in naming.words("甘肃投资有限责任公司 60%")


def test_a_single_character_names_nobody() -> None:
    assert "白" not in naming.words("白 建国")


def test_lines_are_read_whatever_ends_them() -> None:
    assert naming.lines("甲\r\n乙\n\n 丙 ") == ["甲", "乙", "丙"]


@pytest.mark.parametrize("entry", ["白建国", "白建国 远方大学", "白建国（远方大学）", "教授：白建国，远方大学", "白 建 国"])
def test_an_entry_of_people_names_whom_it_begins_with(entry: str) -> None:
    assert "白建国" in naming.person(entry)


@pytest.mark.parametrize("entry", ["白建国、白小慧", "白建国 白小慧 黄总", "白建国,白小慧"])
def test_an_entry_of_people_names_nobody_else(entry: str) -> None:
    assert naming.person(entry) & {"白建国", "白小慧", "黄总"} == {"白建国"}


def test_people_stand_one_a_line_or_parted_by_semicolons() -> None:
    assert naming.people("甲 远方大学；乙\n\n丙;") == ["甲 远方大学", "乙", "丙"]
