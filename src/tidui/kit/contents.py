"""What a file really is: its content against its name, and everything in it that is refused, with what to do instead.

A file is let in as one of a few formats whose beginning, end and inside are checked. It is never opened by a program
that would run something in it; still, what other people will open must not carry macros, passwords or a second file.
"""

from __future__ import annotations

import codecs
import html
import mmap
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tidui.kit import classified, formats, pdf_text

MB: Final = 2**20
#: A zip archive may hold so many entries, and unpack to so many bytes, or to so many times its size.
MOST_ENTRIES: Final = 5_000
MOST_UNPACKED: Final = 1_024 * MB
MOST_RATIO: Final = 150
#: Below this the ratio says nothing.
RATIO_FROM: Final = 50 * MB
_CHUNK: Final = 2**18
_HEAD: Final = 1_024
_TAIL: Final = 66_000


class NotStored(ValidationError):
    """A file was refused; the text says why and what to do."""


Check = Callable[["Content"], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that may be let in."""

    name: str
    media_type: str
    extensions: tuple[str, ...]
    check: Check


@dataclass(slots=True)
class Content:
    """A file that is being checked."""

    path: Path
    size: int
    head: bytes
    tail: bytes

    @classmethod
    def of(cls, path: Path) -> Content:
        """Its size, beginning and end."""
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
            file.seek(max(0, size - _TAIL))
            return cls(path, size, head, file.read())


def _refuse(code: str, text: Any) -> NotStored:
    return NotStored(text, code=code)


DAMAGED: Final = _("文件已损坏或不完整。请重新保存后再上传。")
MACRO: Final = _("文件含有宏。请另存为不含宏的 .xlsx 或 .docx 后再上传。")
LOCKED: Final = _("文件设有密码。请取消密码保护、另存后再上传。")
LEGACY: Final = _("这是旧版 Office 或 WPS 格式。请另存为 .xlsx 或 .docx 后再上传。")
DOUBLE: Final = _("文件里夹带了另一个文件。请重新导出一份干净的文件后再上传。")
BOMB: Final = _("压缩文件解开后过大，不予接收。请拆分或减小后再上传。")


# --------------------------------------------------------------------------- pictures and PDF
def _no_second_file(content: Content, *, archive: bool = False) -> None:
    """Polyglots: an archive at the end, a page or a PDF at the beginning."""
    if not archive:
        place = content.tail.rfind(b"PK\x05\x06")
        if 0 <= place <= len(content.tail) - 22:
            comment = int.from_bytes(content.tail[place + 20 : place + 22], "little")
            if place + 22 + comment >= len(content.tail) - 16:
                raise _refuse("polyglot", DOUBLE)
    head = content.head.lower()
    if any(mark in head for mark in (b"<script", b"<?php", b"<!doctype html", b"<html")) or b"%pdf-" in head[1:]:
        raise _refuse("polyglot", DOUBLE)


def _pdf(content: Content) -> None:
    end = content.tail.rfind(b"%%EOF")
    if end < 0:
        raise _refuse("damaged", DAMAGED)
    if len(content.tail) - end > 2_048:
        raise _refuse("polyglot", DOUBLE)
    _no_second_file(content)
    with content.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if pdf_text.encrypted(data):
            raise _refuse("encrypted", LOCKED)
    if classified.marked(pdf_text.text_of(content.path)):
        raise classified.Classified


def _jpg(content: Content) -> None:
    _no_second_file(content)
    if b"\xff\xd9" not in content.tail:
        raise _refuse("damaged", DAMAGED)


def _png(content: Content) -> None:
    _no_second_file(content)
    end = content.tail.rfind(b"IEND\xaeB`\x82")
    if end < 0:
        raise _refuse("damaged", DAMAGED)
    if len(content.tail) - end > 8 + 16:
        raise _refuse("polyglot", DOUBLE)


def _webp(content: Content) -> None:
    _no_second_file(content)
    if int.from_bytes(content.head[4:8], "little") + 8 not in (content.size, content.size - 1):
        raise _refuse("damaged", DAMAGED)


# --------------------------------------------------------------------------- plain texts
def _plain_text(content: Content) -> None:
    head = content.head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<script", b"<svg", b"<?xml", b"<?php")):
        raise _refuse("polyglot", _("这是网页文件，不是文本或表格。请另存为 .csv、.txt 或 .xlsx 后再上传。"))
    kept = ""
    for piece in _decoded(content):
        if "\x00" in piece:
            raise _refuse("type", _("这不是文本文件。请另存为文本后再上传。"))
        if classified.marked(kept + piece):
            raise classified.Classified
        kept = piece[-classified.OVERLAP :]


def _decoded(content: Content) -> Iterator[str]:
    """The text in pieces: UTF-16 with its mark, UTF-8, or GB 18030."""
    with content.path.open("rb") as file:
        raw = file.read(2)
    wide = raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for name in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        try:
            with content.path.open(encoding=name) as text:
                while piece := text.read(_CHUNK):
                    yield piece
            return
        except UnicodeError:
            continue
    raise _refuse("encoding", _("文本的编码无法识别。请另存为 UTF-8 编码后再上传。"))


# --------------------------------------------------------------------------- archives: Office files, OFD, zip
_TEXT_PARTS: Final = re.compile(
    r"word/(document|header\d*|footer\d*|footnotes)\.xml|xl/sharedStrings\.xml|docProps/.*\.xml"
)
_SHEET_PARTS: Final = re.compile(r"xl/worksheets/.*\.xml")
_TAG: Final = re.compile(rb"<[^>]*>")
_PARAGRAPH: Final = re.compile(rb"</(?:w:p|si|t)>|</dc:title>")
_RAW_MARKS: Final = ("密", "国防")  # tidui: data
_MACRO_TYPES: Final = (b"macroEnabled", b"vbaProject", b"sheet.binary")


def _archive(content: Content, wanted: str | None = None) -> None:
    """Unpack an archive without keeping it: sizes as they really are, nothing hidden, nothing that runs, no mark."""
    _no_second_file(content, archive=True)
    try:
        with zipfile.ZipFile(content.path) as archive:
            entries = archive.infolist()
            _entries(content, entries)
            names = {entry.filename for entry in entries}
            if wanted is not None and wanted not in names:
                raise _refuse("damaged", DAMAGED)
            left = [_allowance(content)]
            for entry in entries:
                _unpack(archive, entry, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise _refuse("damaged", DAMAGED) from error


def _allowance(content: Content) -> int:
    return min(MOST_UNPACKED, max(RATIO_FROM, MOST_RATIO * content.size))


def _entries(content: Content, entries: list[zipfile.ZipInfo]) -> None:
    """What the directory alone tells: numbers, sizes, names, passwords, macros, entries that share their bytes."""
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > _allowance(content):
        raise _refuse("bomb", BOMB)
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or any(_odd_name(name) for name in names):
        raise _refuse("damaged", DAMAGED)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise _refuse("encrypted", LOCKED)
    if any(name.lower().endswith("vbaproject.bin") or "/activex/" in name.lower() for name in names):
        raise _refuse("macro", MACRO)
    places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    for (start, length), (following, _size) in pairwise(places):
        if start + length > following:
            raise _refuse("bomb", BOMB)


def _odd_name(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name or "\x00" in name or ":" in name


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: list[int]) -> None:
    """Read one entry to its end, counting what really comes out of it and looking for what must not be in it."""
    name = entry.filename
    scan = _Scan(sheet=bool(_SHEET_PARTS.fullmatch(name)), text=bool(_TEXT_PARTS.fullmatch(name)))
    with archive.open(entry) as stream:
        first = True
        while piece := stream.read(_CHUNK):
            left[0] -= len(piece)
            if left[0] < 0:
                raise _refuse("bomb", BOMB)
            if first and name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece):
                raise _refuse("damaged", DAMAGED)
            if name == "[Content_Types].xml" and any(mark in piece for mark in _MACRO_TYPES):
                raise _refuse("macro", MACRO)
            first = False
            scan.feed(piece)
    scan.finish()


class _Scan:
    """Looks for marks in the text of an XML part that comes in pieces."""

    def __init__(self, *, sheet: bool, text: bool) -> None:
        self.sheet = sheet
        self.text = text
        self.rest = b""
        self.kept = ""

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if not (self.sheet or self.text):
            return
        data = self.rest + piece
        cut = data.rfind(b">") + 1
        if not cut:
            # A single text longer than a piece: look at it as it is, so that a huge cell is not kept whole.
            self.rest = data[-_CHUNK:]
            self._look(data.decode("utf-8", "ignore"))
            return
        self.rest = data[cut:]
        self._read(data[:cut])

    def _read(self, data: bytes) -> None:
        # A sheet is mostly numbers: most pieces hold no character of a mark and need not be read.
        if self.sheet and not any(mark.encode() in data for mark in _RAW_MARKS):
            return
        plain = _TAG.sub(b"", _PARAGRAPH.sub(b"\n", data)).decode("utf-8", "ignore")
        self._look(html.unescape(plain))

    def _look(self, text: str) -> None:
        if classified.marked(self.kept + text):
            raise classified.Classified
        self.kept = text[-classified.OVERLAP :]

    def finish(self) -> None:
        """Nothing more comes."""
        if self.rest:
            self._read(self.rest)


def _legacy(content: Content) -> None:
    encrypted = "EncryptedPackage".encode("utf-16-le")
    with content.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        raise _refuse("encrypted", LOCKED) if data.find(encrypted) >= 0 else _refuse("legacy", LEGACY)


# --------------------------------------------------------------------------- which format
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
FORMATS: Final = {
    one.name: one
    for one in (
        Format("pdf", "application/pdf", ("pdf",), _pdf),
        Format("jpg", "image/jpeg", ("jpg", "jpeg"), _jpg),
        Format("png", "image/png", ("png",), _png),
        Format("webp", "image/webp", ("webp",), _webp),
        Format("docx", _OFFICE + "wordprocessingml.document", ("docx",), partial(_archive, wanted="word/document.xml")),
        Format("xlsx", _OFFICE + "spreadsheetml.sheet", ("xlsx",), partial(_archive, wanted="xl/workbook.xml")),
        Format("ofd", "application/ofd", ("ofd",), partial(_archive, wanted="OFD.xml")),
        Format("zip", "application/zip", ("zip",), _archive),
        Format("csv", "text/csv", ("csv",), _plain_text),
        Format("txt", "text/plain", ("txt",), _plain_text),
    )
}
_ARCHIVES: Final = ("docx", "xlsx", "ofd", "zip")
_TEXTS: Final = ("csv", "txt")
_MACRO_EXTENSIONS: Final = ("xlsm", "docm", "xltm", "dotm", "xlsb", "xlam")
_LEGACY_EXTENSIONS: Final = ("xls", "doc", "et", "wps", "ppt")


def format_of_name(name: str, accepts: tuple[str, ...]) -> Format:
    """The format that a file name promises; NotStored where it is not among those accepted."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in _MACRO_EXTENSIONS:
        raise _refuse("macro", MACRO)
    if extension in _LEGACY_EXTENSIONS:
        raise _refuse("legacy", LEGACY)
    for accepted in accepts:
        if extension in FORMATS[accepted].extensions:
            return FORMATS[accepted]
    wanted = formats.listed("." + FORMATS[one].extensions[0] for one in accepts)
    raise _refuse("type", _("不接收这种文件，请上传 %(wanted)s 文件。") % {"wanted": wanted})


def check(path: Path, name: str, accepts: tuple[str, ...]) -> Format:
    """The format of a file, its content checked; NotStored with the reason, Classified for marks of secrecy."""
    if classified.marked_name(name):
        raise classified.Classified
    promised = format_of_name(name, accepts)
    content = Content.of(path)
    found = _sniff(content.head)
    if found == "ole":
        _legacy(content)
    fits = found == promised.name or (found == "zip" and promised.name in _ARCHIVES)
    if not (fits or (found is None and promised.name in _TEXTS)):
        text = _("文件内容与扩展名 .%(name)s 不符。请用原来的软件另存后再上传。")
        raise _refuse("type", text % {"name": promised.name})
    promised.check(content)
    return promised


def _sniff(head: bytes) -> str | None:
    """What the first bytes say; None for what may be a text."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return None


_MAGIC: Final = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "empty archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"GIF8", "gif"),
)
