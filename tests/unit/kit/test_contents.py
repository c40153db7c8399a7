"""What is let in is what it says it is; everything else is refused with words that say what to do."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tidui.kit import contents
from tidui.kit.classified import Classified

ALL = tuple(contents.FORMATS)
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def pdf(body: bytes = b"", end: bytes = b"%%EOF\n", trailer: bytes = b"") -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    return head + body + b"trailer\n<</Size 2/Root 1 0 R" + trailer + b">>\nstartxref\n0\n" + end


def stream(data: bytes, *, deflate: bool = True) -> bytes:
    raw, filtered = (zlib.compress(data), b"/Filter/FlateDecode") if deflate else (data, b"")
    return b"5 0 obj\n<</Length %d%s>>\nstream\n%s\nendstream\nendobj\n" % (len(raw), filtered, raw)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png() -> bytes:
    pixels = zlib.compress(b"\x00\xff\xff\xff")
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40 + b"\xff\xd9"


def webp() -> bytes:
    body = b"WEBPVP8 " + struct.pack("<I", 4) + b"\x00" * 4
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(parts: dict[str, bytes | str], **more: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return buffer.getvalue()


def docx(text: str = "正文", **parts: bytes | str) -> bytes:
    body = f"<w:document><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    return archive({"[Content_Types].xml": TYPES, "word/document.xml": body, **parts})


def xlsx(*cells: str, constant_memory: bool = False) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": constant_memory}) as book:
        sheet = book.add_worksheet()
        for row, text in enumerate(cells):
            sheet.write_string(row, 0, text)
    return buffer.getvalue()


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., str]:
    """Check a content under a name: the name of its format."""

    def checked(data: bytes, name: str, accepts: tuple[str, ...] = ALL) -> str:
        path = tmp_path / "content"
        path.write_bytes(data)
        return contents.check(path, name, accepts).name

    return checked


def refused(check: Callable[..., str], data: bytes, name: str, accepts: tuple[str, ...] = ALL) -> str:
    with pytest.raises(contents.NotStored) as refusal:
        check(data, name, accepts)
    assert any(word in refusal.value.messages[0] for word in ("请", "不接收"))
    return refusal.value.code or ""


class TestWhatIsLetIn:
    @pytest.mark.parametrize(
        ("data", "name", "format_name"),
        [
            (pdf(), "证书.pdf", "pdf"),
            (pdf(end=b"%%EOF\r\n\r\n"), "证书.PDF", "pdf"),
            (png(), "图.png", "png"),
            (jpg(), "图.jpeg", "jpg"),
            (jpg() + b"\x00" * 16, "图.jpg", "jpg"),
            (webp(), "图.webp", "webp"),
            (docx(), "报告.docx", "docx"),
            (xlsx("甲", "乙"), "表.xlsx", "xlsx"),
            (archive({"OFD.xml": "<ofd/>"}), "发票.ofd", "ofd"),
            (archive({"甲/乙.txt": "丙"}), "包.zip", "zip"),
            ("名称,金额\n甲,1\n".encode(), "表.csv", "csv"),
            ("名称,金额\n甲,1\n".encode("gb18030"), "表.csv", "csv"),
            ("\ufeff名称\n".encode("utf-16"), "表.txt", "txt"),
            ("普通文字".encode("utf-8-sig"), "说明.txt", "txt"),
        ],
    )  # fmt: skip
    def test_a_sound_file(self, check: Callable[..., str], data: bytes, name: str, format_name: str) -> None:
        assert check(data, name) == format_name

    def test_only_formats_that_were_asked_for(self, check: Callable[..., str]) -> None:
        assert refused(check, png(), "图.png", ("pdf",)) == "type"
        assert refused(check, archive({"a.txt": "b"}), "包.zip", ("pdf", "xlsx")) == "type"


class TestWrongTypes:
    @pytest.mark.parametrize(
        ("data", "name", "code"),
        [
            (png(), "图.pdf", "type"),
            (pdf(), "图.png", "type"),
            (b"MZ\x90\x00" + b"\x00" * 100, "表.xlsx", "type"),
            (b"MZ\x90\x00" + b"\x00" * 100, "表.csv", "type"),
            (b"\x7fELF" + b"\x00" * 100, "说明.txt", "type"),
            (b"", "说明.pdf", "type"),
            (pdf(), "无扩展名", "type"),
            (pdf(), "程序.exe", "type"),
            (pdf(), "双.pdf.exe", "type"),
            (b"Rar!\x1a\x07\x00", "包.zip", "type"),
            (b"\x00\x01\x02" * 50, "说明.txt", "type"),
            (b"\x81\x20\xff\xff" * 50, "说明.txt", "encoding"),
            (b"<html><table>", "表.csv", "polyglot"),
            (b"  <?xml version='1.0'?><Workbook>", "表.csv", "polyglot"),
            (docx(), "表.xlsx", "damaged"),
            (archive({"a": "b"}), "报告.docx", "damaged"),
            (b"PK\x05\x06" + b"\x00" * 18, "表.xlsx", "type"),
        ],
    )
    def test_they_are_refused(self, check: Callable[..., str], data: bytes, name: str, code: str) -> None:
        assert refused(check, data, name) == code

    @pytest.mark.parametrize(("name", "code"), [("表.xls", "legacy"), ("文.doc", "legacy"), ("表.et", "legacy"), ("表.xlsm", "macro"), ("文.docm", "macro"), ("表.xlsb", "macro")])
    def test_old_and_macro_formats_are_told_by_their_names(self, check: Callable[..., str], name: str, code: str) -> None:
        assert refused(check, b"x", name) == code

    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (pdf()[:-20], "a.pdf"), (png()[:-6], "a.png"), (jpg()[:-2], "a.jpg"), (webp()[:-3], "a.webp"),
            (xlsx("甲")[:-30], "a.xlsx"), (docx()[:60], "a.docx"),
        ],
    )  # fmt: skip
    def test_a_file_that_was_cut_off_is_refused(self, check: Callable[..., str], data: bytes, name: str) -> None:
        assert refused(check, data, name) == "damaged"

    def test_a_changed_byte_inside_an_archive_is_noticed(self, check: Callable[..., str]) -> None:
        data = bytearray(archive({"[Content_Types].xml": TYPES, "xl/workbook.xml": bytes(range(256)) * 40}))
        place = data.index(b"xl/workbook.xml") + 60
        data[place] ^= 0xFF
        assert refused(check, bytes(data), "a.xlsx") == "damaged"


class TestPasswordsAndMacros:
    def test_an_old_office_file_under_a_new_name(self, check: Callable[..., str]) -> None:
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
        assert refused(check, ole, "表.xlsx") == "legacy"
        assert refused(check, ole + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 50, "表.xlsx") == "encrypted"

    @pytest.mark.parametrize("trailer", [b"/Encrypt 9 0 R", b"/Encrypt<</Filter/Standard>>"])
    def test_a_pdf_with_a_password(self, check: Callable[..., str], trailer: bytes) -> None:
        assert refused(check, pdf(trailer=trailer), "a.pdf") == "encrypted"

    def test_an_archive_with_a_password(self, check: Callable[..., str]) -> None:
        data = bytearray(archive({"a.txt": "b"}))
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
        assert refused(check, bytes(data), "a.zip") == "encrypted"

    @pytest.mark.parametrize(
        "parts",
        [
            {"xl/vbaProject.bin": b"x"},
            {"XL/VBAPROJECT.BIN": b"x"},
            {"xl/activeX/activeX1.bin": b"x"},
            {"[Content_Types].xml": TYPES.replace("<Types", "<Types a='application/vnd.ms-excel.sheet.macroEnabled.main+xml'")},
        ],
    )  # fmt: skip
    def test_macros_under_a_harmless_name(self, check: Callable[..., str], parts: dict[str, bytes]) -> None:
        data = archive({"[Content_Types].xml": TYPES, "xl/workbook.xml": "<w/>", **parts})
        assert refused(check, data, "表.xlsx") == "macro"


class TestTwoFilesInOne:
    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (pdf() + archive({"a": "b"}), "a.pdf"),
            (png() + archive({"a": "b"}), "a.png"),
            (jpg() + archive({"a": "b"}), "a.jpg"),
            (png() + b"x" * 100, "a.png"),
            (pdf() + b"x" * 4000, "a.pdf"),
            (jpg()[:20] + b"<script>alert(1)</script>" + jpg()[20:], "a.jpg"),
            (jpg()[:20] + b"%PDF-1.4" + jpg()[20:], "a.jpg"),
        ],
    )
    def test_they_are_refused(self, check: Callable[..., str], data: bytes, name: str) -> None:
        assert refused(check, data, name) == "polyglot"

    @pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\b", "C:x"])
    def test_entries_that_lead_outside(self, check: Callable[..., str], name: str) -> None:
        assert refused(check, archive({name: "x"}), "a.zip") == "damaged"

    def test_an_entity_in_xml(self, check: Callable[..., str]) -> None:
        evil = '<!DOCTYPE x [<!ENTITY a "b">]><x/>'
        assert refused(check, archive({"xl/workbook.xml": evil}), "a.xlsx") == "damaged"


class TestBombs:
    def test_more_than_the_limit_comes_out(self, check: Callable[..., str], monkeypatch: Any) -> None:
        monkeypatch.setattr(contents, "RATIO_FROM", 2**20)
        assert refused(check, archive({"xl/workbook.xml": b"0" * (3 * 2**20)}), "a.xlsx") == "bomb"

    def test_a_50_mb_cell_of_one_character_is_a_bomb_and_of_many_is_not(self, check: Callable[..., str]) -> None:
        cell = b"<x><t>" + b"A" * (52 * 2**20) + b"</t></x>"
        assert refused(check, archive({"xl/workbook.xml": "<w/>", "xl/sharedStrings.xml": cell}), "a.xlsx") == "bomb"

    def test_a_header_that_lies_about_the_size(self, check: Callable[..., str], monkeypatch: Any) -> None:
        monkeypatch.setattr(contents, "RATIO_FROM", 2**20)
        data = bytearray(archive({"xl/workbook.xml": b"0" * (3 * 2**20)}))
        for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = data.index(signature) + place
            data[at : at + 4] = struct.pack("<I", 10)
        assert refused(check, bytes(data), "a.xlsx") in ("bomb", "damaged")

    def test_too_many_entries(self, check: Callable[..., str], monkeypatch: Any) -> None:
        monkeypatch.setattr(contents, "MOST_ENTRIES", 10)
        assert refused(check, archive({f"{number}": "x" for number in range(11)}), "a.zip") == "bomb"

    def test_entries_that_share_their_bytes(self, check: Callable[..., str]) -> None:
        data = archive({"a": "x" * 100, "b": "y" * 100})
        first = data.index(b"PK\x01\x02")
        second = data.index(b"PK\x01\x02", first + 4)
        forged = bytearray(data)
        # Both entries point to the first one's bytes.
        forged[second + 42 : second + 46] = forged[first + 42 : first + 46]
        assert refused(check, bytes(forged), "a.zip") == "bomb"


class TestMarks:
    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (docx("机密★10年"), "a.docx"),
            (docx("机</w:t></w:r><w:r><w:t>密★长期"), "a.docx"),
            (docx(**{"word/header1.xml": "<w:p><w:t>秘密★</w:t></w:p>"}), "a.docx"),
            (xlsx("甲", "国防专利证书号 1"), "a.xlsx"),
            (xlsx("甲", "密级:机密", constant_memory=True), "a.xlsx"),
            ("名称\n机密★\n".encode(), "a.csv"),
            ("名称\n机密★\n".encode("gb18030"), "a.txt"),
            (("空" * 262_142 + "机密★").encode(), "a.txt"),
            (pdf(b"<</Title(\xfe\xff" + "机密★".encode("utf-16-be") + b")>>\n"), "a.pdf"),
        ],
        ids=range(9),
    )
    def test_marked_files_are_refused(self, check: Callable[..., str], data: bytes, name: str) -> None:
        with pytest.raises(Classified):
            check(data, name)

    def test_the_text_of_a_pdf_is_read_through_its_fonts(self, check: Callable[..., str]) -> None:
        table = b"beginbfchar\n<0001> <673A>\n<0002> <5BC6>\n<0003> <2605>\nendbfchar"
        as_hex = pdf(stream(table) + stream(b"BT /F1 12 Tf [<0001>-20<0002>] TJ <0003> Tj ET"))
        as_text = pdf(stream(table) + stream(b"BT (\\000\\001\\000\\002\\000\\003) Tj ET"))
        by_range = pdf(stream(b"beginbfrange\n<01> <02> <673A>\n<03> <03> <2605>\nendbfrange") + stream(b"BT (\\001\\001\\003) Tj ET"))
        for data in (as_hex, as_text):
            with pytest.raises(Classified):
                check(data, "a.pdf")
        assert check(by_range, "a.pdf") == "pdf"

    def test_a_mark_in_the_name_is_enough(self, check: Callable[..., str]) -> None:
        with pytest.raises(Classified):
            check(pdf(), "【机密】方案.pdf")

    def test_broken_streams_of_a_pdf_do_no_harm(self, check: Callable[..., str]) -> None:
        broken = b"6 0 obj\n<</Filter/FlateDecode>>\nstream\nnot deflated\nendstream\n<</X>>stream\nendless Tj <zz> (\\"
        assert check(pdf(broken), "a.pdf") == "pdf"
