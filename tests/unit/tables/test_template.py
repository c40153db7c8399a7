"""The blank workbook: it can be filled in and read back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import python_calamine

from tests.unit.tables.making import read
from tidui.facts import catalogue
from tidui.tables import template
from tidui.tables.headings import HeadingReader, is_comment_sheet, section_of_sheet


def test_the_blank_template_reads_without_faults_as_no_enterprises(tmp_path: Path) -> None:
    template.write(tmp_path / "t.xlsx")
    population = read(tmp_path / "t.xlsx")
    assert (population.total, population.faults) == (0, [])


def test_every_fact_has_a_column_on_the_sheet_of_its_section(tmp_path: Path) -> None:
    template.write(tmp_path / "t.xlsx")
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "t.xlsx"))
    facts = catalogue.load()
    reader = HeadingReader(facts)
    for name in [name for name in book.sheet_names if not is_comment_sheet(name)]:
        section = section_of_sheet(name)
        assert section is not None
        heads = book.get_sheet_by_name(name).to_python(nrows=1)[0]
        meant = [reader.read(str(text), section=section) for text in heads]
        found = [meaning.fact.name for meaning in meant if hasattr(meaning, "fact")]
        assert found == [*(["uscc"] if section != "enterprise" else []), *facts.sections[section]]


def test_none_is_prefilled_where_most_have_none_and_booleans_have_a_list(tmp_path: Path) -> None:
    template.write(tmp_path / "t.xlsx")
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "t.xlsx"))
    heads, first = book.get_sheet_by_name("企业").to_python(nrows=2)
    cells = dict(zip(heads, first, strict=True))
    assert cells["重大安全质量事故或严重环境违法"] == "无"
    assert cells["中国境内居民企业"] == ""
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        assert '"是,否"' in archive.read("xl/worksheets/sheet2.xml").decode().replace("&quot;", '"')


@pytest.mark.parametrize("section", catalogue.load().sections)
def test_every_section_has_a_sheet(tmp_path: Path, section: str) -> None:
    template.write(tmp_path / "t.xlsx")
    names = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "t.xlsx")).sheet_names
    assert [section_of_sheet(name) for name in names].count(section) == 1
