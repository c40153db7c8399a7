"""Reading the text of a PDF never fails, whatever its bytes are: it is looked into before it is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.web.load import pdf

from tidui.kit.pdf_text import text_of


@pytest.mark.parametrize("shown", [rb"(\9)", rb"(\8a\08\777\()", rb"(\)", b"(\\\n)", rb"<9>", b"<>", b"()" * 40])
def test_odd_escapes_are_no_reason_to_fail(tmp_path: Path, shown: bytes) -> None:
    place = tmp_path / "odd.pdf"
    stream = b"BT " + shown + b" Tj ET"
    place.write_bytes(b"%%PDF-1.7\n1 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n%%%%EOF\n" % (len(stream), stream))

    assert isinstance(text_of(place), str)


def test_noise_is_no_reason_to_fail(tmp_path: Path) -> None:
    place = tmp_path / "noise.pdf"
    for seed in range(40):
        place.write_bytes(pdf(60_000, seed))
        assert isinstance(text_of(place), str), seed
