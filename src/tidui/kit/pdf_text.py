"""Reading as much of the text of a PDF as is needed to see a mark in it; no viewer, and bounded in time and memory.

Streams are inflated one after another. A font's ToUnicode table turns the codes of shown strings into characters;
which font a string uses is not followed: a string is read by every table, which can only find more.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: Streams that are opened, bytes of one stream, bytes of all of them, and tables that are kept.
MOST_STREAMS: Final = 400
STREAM_LIMIT: Final = 2 * 2**20
TOTAL_LIMIT: Final = 24 * 2**20
MOST_TABLES: Final = 24
#: Bytes of one string.
MOST_STRING: Final = 4000
#: Characters read of one PDF.
MOST_TEXT: Final = 200_000

_STREAM: Final = re.compile(rb"<<(?P<dict>[^\x00]{0,600}?)>>\s{0,4}stream\r?\n", re.DOTALL)
_OPENING: Final = re.compile(rb"<([0-9A-Fa-f\s]{2,4000})>|\(")
_NESTING: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_SIGNS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""}
_CHAR: Final = re.compile(rb"<([0-9A-Fa-f]{2,8})>\s*<([0-9A-Fa-f]{4,16})>")
_RANGE: Final = re.compile(rb"<([0-9A-Fa-f]{2,8})>\s*<([0-9A-Fa-f]{2,8})>\s*<([0-9A-Fa-f]{4,16})>")
_TITLE: Final = re.compile(
    rb"/(?:Title|Subject|Keywords)\s*(?:<([0-9A-Fa-f\s]{4,2000})>|\(((?:[^()\\]|\\.){1,1000})\))"
)
_ENCRYPTED: Final = re.compile(rb"/Encrypt\s*(?:\d{1,10}\s+\d{1,5}\s+R|<<)")


def encrypted(data: bytes | mmap.mmap) -> bool:
    """Does a PDF ask for a password, or restrict what may be read?"""
    return _ENCRYPTED.search(data) is not None


def text_of(path: Path) -> str:
    """What could be read of the text of a PDF, without order."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        contents: list[bytes] = []
        tables: list[dict[int, str]] = []
        for stream in _streams(data):
            if b"beginbfchar" in stream or b"beginbfrange" in stream:
                if len(tables) < MOST_TABLES:
                    tables.append(_table(stream))
            elif _shows(stream):
                contents.append(stream)
        read = [_literal(found) for found in _TITLE.finditer(data)]
        for stream in contents:
            for table in tables or [{}]:
                read.append(_shown(stream, table))
                if sum(map(len, read)) > MOST_TEXT:
                    return "\n".join(read)
        return "\n".join(read)


def _streams(data: mmap.mmap) -> Iterator[bytes]:
    """The inflated streams that may hold text: not pictures, and nothing beyond the limits."""
    total = 0
    for count, found in enumerate(_STREAM.finditer(data)):
        if count >= MOST_STREAMS or total > TOTAL_LIMIT:
            return
        described = found.group("dict")
        if b"/Image" in described or b"DCTDecode" in described or b"FontFile" in described:
            continue
        end = data.find(b"endstream", found.end(), found.end() + STREAM_LIMIT)
        raw = data[found.end() : end if end >= 0 else found.end() + STREAM_LIMIT]
        if b"FlateDecode" in described:
            try:
                raw = zlib.decompressobj().decompress(raw, STREAM_LIMIT)
            except zlib.error:
                continue
        total += len(raw)
        yield raw


def _shows(stream: bytes) -> bool:
    """Does a stream show text: does a string stand before the word for it? Pictures hold its two letters by chance."""
    for word in (b"Tj", b"TJ"):
        at = stream.find(word)
        while at >= 0:
            if stream[max(0, at - 40) : at].rstrip().endswith((b")", b">", b"]")):
                return True
            at = stream.find(word, at + 2)
    return False


def _table(stream: bytes) -> dict[int, str]:
    """The characters of the codes of a font."""
    table: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.DOTALL):
        for code, text in _CHAR.findall(part):
            table[int(code, 16)] = _utf16(text)
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", stream, re.DOTALL):
        for first, last, text in _RANGE.findall(part):
            low, high, start = int(first, 16), int(last, 16), _utf16(text)
            if len(start) == 1 and high - low < 0x10000:
                table.update({code: chr(min(ord(start) + code - low, 0x10FFFF)) for code in range(low, high + 1)})
    return table


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "ignore") if len(digits) % 4 == 0 else ""


def _shown(stream: bytes, table: dict[int, str]) -> str:
    """The strings of a content stream, read by one table: as pairs of bytes, as bytes, and as they stand."""
    pairs: list[str] = []
    singles: list[str] = []
    plain: list[str] = []
    small = bool(table) and max(table) < 0x100
    for raw, digits in _strings(stream):
        if table:
            pairs.append("".join([table.get(raw[at] << 8 | raw[at + 1], "") for at in range(0, len(raw) - 1, 2)]))
        if small:
            singles.append("".join([table.get(code, "") for code in raw]))
        if not digits:
            plain.append(raw.decode("latin-1"))
    return "\n".join("".join(part) for part in (pairs, singles, plain) if part)


def _strings(stream: bytes) -> Iterator[tuple[bytes, bool]]:
    """The strings of a content stream, and whether one was written in hexadecimal digits.

    Brackets within a literal string need no escape where they balance, and the codes of glyphs hold them by chance.
    """
    at = 0
    while (found := _OPENING.search(stream, at)) is not None:
        at = found.end()
        if found.group(1):
            yield _bytes(found.group(1)), True
            continue
        end = _closing(stream, at)
        if end >= 0:
            yield _plain(stream[at:end]), False
        at = end + 1 if end >= 0 else at + MOST_STRING  # no byte is looked at twice, whoever made the file


def _closing(stream: bytes, start: int) -> int:
    """Where the literal string that begins here ends; -1 when it does not, or is too long."""
    depth = 1
    for found in _NESTING.finditer(stream, start, start + MOST_STRING):
        sign = found.group()
        depth += 1 if sign == b"(" else -1 if sign == b")" else 0
        if depth == 0:
            return found.start()
    return -1


def _plain(literal: bytes) -> bytes:
    """A literal string without its escapes: \\n, \\(, octal \\013."""

    def one(found: re.Match[bytes]) -> bytes:
        sign = found.group(1)
        return bytes([int(sign, 8) & 0xFF]) if b"0" <= sign[:1] <= b"7" else _SIGNS.get(sign, sign)

    return _ESCAPE.sub(one, literal) if b"\\" in literal else literal


def _bytes(digits: bytes) -> bytes:
    clean = digits.translate(None, b" \t\r\n\f\v")
    return bytes.fromhex((clean + b"0" * (len(clean) % 2)).decode())


def _literal(found: re.Match[bytes]) -> str:
    raw = _bytes(found.group(1)[:2000]) if found.group(1) else _plain(found.group(2))
    return raw.decode("utf-16", "ignore") if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else raw.decode("utf-8", "ignore")
