"""A signed content inside a PDF, and a signature over the PDF's every byte.

The content is an attachment of the PDF (PDF/A-3 lets it have one). The attachment's description holds room for a
signature, written as hexadecimal digits: when the file is made they are noughts, the whole file is signed as it is
then, and the signature takes the place of the noughts. Whoever checks it puts the noughts back first. So one changed
byte anywhere is found, in the pages as in the content, and the file stays what it is: nothing stands behind its end.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import Final

from tidui.recognition.signing.keys import Key
from tidui.recognition.signing.schemes import scheme

#: The name of the attachment.
NAME: Final = "tidui-certificate.json"
#: Room for a signature of any scheme, in bytes.
ROOM: Final = 128
_WORD: Final = "tidui-file-signature"
_MARK: Final = re.compile(
    rb"tidui-file-signature ([a-z0-9]{1,20}) ([a-z0-9\-]{1,60}) ([0-9a-f]{4}) ([0-9a-f]{%d})" % (2 * ROOM)
)
#: Possessive throughout: whatever a file holds, it is gone through once.
_STREAM: Final = re.compile(
    rb"<<(?P<head>(?:[^<>]++|<<[^<>]*+(?:<<[^<>]*+>>[^<>]*+)?+>>)*+)>>\s*+stream\r?\n"
)
_LENGTH: Final = re.compile(rb"/Length (\d+)")
#: An attachment of ours is small; more would be somebody's bomb.
MOST: Final = 2**20


class NotOurs(ValueError):
    """The file holds no certificate of this kind."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """The signature over a file: by which scheme and key, its value, and the bytes that it is over."""

    scheme: str
    key: str
    value: bytes
    message: bytes


def description(key: Key) -> str:
    """The description of the attachment, with room for the signature of this key."""
    return f"{_WORD} {key.scheme} {key.name} {0:04x} {'0' * (2 * ROOM)}"


def seal(pdf: bytes, key: Key) -> bytes:
    """The PDF with the signature over itself. ValueError where there is no room for it."""
    found = list(_MARK.finditer(pdf))
    if len(found) != 1 or found[0][3] != b"0000":
        raise ValueError("the PDF has no room for a signature")
    value = key.sign(_message(pdf))
    if len(value) > ROOM:
        raise ValueError(f"a signature of {len(value)} bytes is too long")
    start, end = found[0].span(3)[0], found[0].span(4)[1]
    written = f"{len(value):04x} {value.hex().ljust(2 * ROOM, '0')}".encode()
    assert len(written) == end - start
    return pdf[:start] + written + pdf[end:]


def mark_of(pdf: bytes) -> FileMark:
    """The signature over a PDF. NotOurs for one that has none, or more than one."""
    found = list(_MARK.finditer(pdf))
    if len(found) != 1:
        raise NotOurs("no signature over the file")
    name, key, length, digits = (one.decode() for one in found[0].groups())
    size = int(length, 16)
    if size > ROOM or digits[2 * size :].strip("0"):
        raise NotOurs("the signature over the file is spoilt")
    start, end = found[0].span(3)[0], found[0].span(4)[1]
    plain = pdf[:start] + f"{0:04x} {'0' * (2 * ROOM)}".encode() + pdf[end:]
    return FileMark(name, key, bytes.fromhex(digits[: 2 * size]), _message(plain))


def holds(mark: FileMark, public: str) -> bool:
    """Is it the signature of this key?"""
    return scheme(mark.scheme).verify(public, mark.message, mark.value)


def content_of(pdf: bytes) -> bytes:
    """The attachment of a PDF of ours. NotOurs where there is none."""
    for found in _STREAM.finditer(pdf):
        head = found["head"]
        if b"/EmbeddedFile" not in head:
            continue
        length = _LENGTH.search(head)
        if length is None or not 0 < int(length[1]) <= MOST:
            break
        raw = pdf[found.end() : found.end() + int(length[1])]
        return _inflated(raw) if b"/FlateDecode" in head else raw
    raise NotOurs("no certificate is attached to this PDF")


def _inflated(raw: bytes) -> bytes:
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(raw, MOST)
    except zlib.error as error:
        raise NotOurs("the attached certificate is spoilt") from error
    if reader.unconsumed_tail:
        raise NotOurs("the attached certificate is too large")
    return plain


def _message(pdf: bytes) -> bytes:
    """What is signed of a file: what it is for, and its digest."""
    return b"tidui-certificate-file-1\n" + hashlib.sha256(pdf).digest()
