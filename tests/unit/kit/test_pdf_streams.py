"""Which streams of a PDF are read as text: those in which a string stands before the word that shows it."""

from __future__ import annotations

import pytest

from tidui.kit import pdf_text


@pytest.mark.parametrize(
    ("stream", "shows"),
    [
        (b"BT (abc) Tj ET", True), (b"[(a) -20 (b)]TJ", True), (b"<0041>\n Tj", True), (b"Tj (late) Tj", True),
        (b"\x00\x91Tj\x03TJ\xff", False), (b"no text at all", False), (b"", False),
    ],
)  # fmt: skip
def test_a_stream_shows_text_only_where_a_string_stands_before_the_word(stream: bytes, shows: bool) -> None:
    assert pdf_text._shows(stream) is shows


def test_a_string_is_read_with_and_without_a_table_of_characters() -> None:
    assert pdf_text._shown(b"<00410042> Tj (plain \\(1\\)) Tj", {0x41: "甲", 0x42: "乙"}) == "甲乙\n甲乙\nplain (1)"
    assert pdf_text._shown(b"<0041> Tj (a\\051) Tj", {}) == "a)"


@pytest.mark.parametrize(
    ("stream", "read"),
    [
        (b"(a(b)c) Tj", "a(b)c"), (b"(((x))) Tj", "((x))"), (b"(a\\(b) Tj (c) Tj", "a(bc"), (b"() Tj (d) Tj", "d"),
        (b"(never closed", ""), (b"(" * 50_000 + b"(e) Tj", ""), (b"(" + b"f" * 9000 + b") Tj", ""),
    ],
)  # fmt: skip
def test_brackets_within_a_string_need_no_escape_where_they_balance(stream: bytes, read: str) -> None:
    """The codes of glyphs are bracket signs by chance: three marks in a hundred could not be read for that."""
    assert pdf_text._shown(stream, {}) == read
