"""PDF by typst: the same bytes for the same data, an archive format, a Chinese font, no missing characters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tidui.kit import pdf

AT = dt.datetime(2026, 6, 1, 8, 0, tzinfo=dt.UTC)
SOURCE = """
#let data = json("/data.json")
#set document(title: data.title)
#set text(font: data.font, lang: "zh", fallback: false)
#data.title
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template that prints one title."""
    place = tmp_path / "paper.typ"
    place.write_text(SOURCE, encoding="utf-8")
    return place


def test_the_same_paper_printed_twice_is_the_same_bytes(template: Path) -> None:
    first = pdf.render(template, {"title": "关于公示"}, at=AT)
    assert first == pdf.render(template, {"title": "关于公示"}, at=AT)
    assert first != pdf.render(template, {"title": "关于公告"}, at=AT)


def test_what_is_printed_is_an_archive_pdf_with_tags(template: Path) -> None:
    made = pdf.render(template, {"title": "关于公示"}, at=AT)
    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in made and b"<pdfaid:conformance>A</pdfaid:conformance>" in made


def test_a_character_without_a_picture_is_refused_and_named(template: Path) -> None:
    with pytest.raises(pdf.MissingGlyph) as told:
        pdf.render(template, {"title": "张\ue000三", "rows": [["\U0010fffd"]]}, at=AT)
    assert told.value.characters == ("\ue000", "\U0010fffd")
    assert "U+E000" in str(told.value)


def test_data_is_never_source(template: Path) -> None:
    """What looks like code of the template language is printed as it stands."""
    hostile = '#read("/etc/passwd") $x$ *b* \\ " #{ panic() }'
    assert pdf.render(template, {"title": hostile}, at=AT).startswith(b"%PDF")


def test_the_font_holds_all_characters_of_gb_2312() -> None:
    """The common characters of the field, those that a web font leaves out as well."""
    known = pdf.covered(pdf.font())
    rows = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    decoded = [row.decode("gb2312", "ignore") for row in rows]
    characters = [one for one in decoded if one]
    assert len(characters) == 6763
    assert [one for one in characters if ord(one) not in known] == []


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        def fonts(self) -> list[object]:
            return []

    monkeypatch.setattr(pdf, "_fonts", Nothing)
    pdf.font.cache_clear()
    try:
        with pytest.raises(pdf.NoFont, match="fonts-noto-cjk"):
            pdf.font()
    finally:
        monkeypatch.undo()
        pdf.font.cache_clear()
