"""The body of a form, taken apart at once where it is small and as browsers write it.

Django reads every body in pieces, because a body may be larger than memory, and puts each part's headers through the
parser of mails: most of a long form's intake. A body that is known to be small before it is read is read whole here and
taken apart by `multipart`. Whatever is unusual in it is left to Django's own parser, which gives the same for all that
is taken apart here.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict
from multipart import MultipartError, MultipartSegment, PushMultipartParser

#: What browsers write of a part: a name and perhaps a file's name, in which nothing is escaped.
_DISPOSITION: Final = re.compile(
    r'form-data; name="((?:[^"\\%]|%(?!0D|0A|22))+)"(; filename="((?:[^"\\/&%]|%(?!0D|0A|22))*)")?'
)
_BEGINS: Final = b"\r\nContent-Disposition: form-data; name="
_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_LONGEST_HEADER: Final = 1024  # Django refuses longer ones
_Parts = tuple["dict[str, list[str]]", "dict[str, list[InMemoryUploadedFile]]"]


class WholeBody(MemoryFileUploadHandler):
    """Keeps small files in memory, as Django's own handler does, and has a small body taken apart as a whole."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """The fields and files; None for a body that is to be read in pieces."""
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not self.activated or (most is not None and content_length > most):
            return None
        body = b"".join(iter(lambda: input_data.read(content_length), b""))
        utf_8 = encoding is None or encoding.lower().replace("_", "-") in ("utf-8", "utf8")
        found = parts(body, boundary) if utf_8 else None
        if found is None:
            handlers = [MemoryFileUploadHandler(self.request), TemporaryFileUploadHandler(self.request)]
            return MultiPartParser(META, BytesIO(body), handlers, encoding).parse()
        fields, files = found
        post = QueryDict(mutable=True)
        for name, texts in fields.items():
            MultiValueDict.setlist(post, name, texts)
        post._mutable = False
        return post, MultiValueDict(files)


def parts(body: bytes, boundary: bytes) -> _Parts | None:
    """The fields and files of a whole body, by name; None for one that is Django's to judge."""
    fields: dict[str, list[str]] = {}
    files: dict[str, list[InMemoryUploadedFile]] = {}
    head, content, count = _Head(), b"", 0
    mark = b"--" + boundary
    if not body.startswith(mark) or not body.endswith((mark + b"--\r\n", mark + b"--")):
        return None
    try:
        with PushMultipartParser(boundary, len(body), _LONGEST_HEADER, strict=True) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    plain, content = _head(event), b""
                    if plain is None:
                        return None
                    head = plain
                elif event is not None:
                    content += event
                else:
                    count += 1
                    _keep(head, content, fields, files)
    except MultipartError:
        return None
    if body.count(mark) != count + 1 or body.count(mark + _BEGINS) != count:  # Django ends a part wherever one stands
        return None
    if not count or _too_many(count, sum(map(len, files.values()))):
        return None
    return fields, files


class _Head:
    """What the headers of a part say: its name, and for a file what that is called and of which type."""

    __slots__ = ("called", "name", "type")

    def __init__(self, name: str = "", called: str = "", media: str = "") -> None:
        self.name, self.called, self.type = name, called, media


def _head(part: MultipartSegment) -> _Head | None:
    """The headers of a part in the one spelling of browsers; None for any other."""
    (first, said), *more = part.headerlist
    found = _DISPOSITION.fullmatch(said) if first == "Content-Disposition" else None
    if found is None or not found[1].isprintable() or found[1] != found[1].strip():
        return None
    if found[2] is None:
        return None if more else _Head(found[1])
    called = found[3]
    typed = len(more) == 1 and more[0][0] == "Content-Type" and _TYPE.fullmatch(more[0][1])
    if not typed or not called.isprintable() or called in (".", ".."):  # Django writes these names otherwise
        return None
    return _Head(found[1], called, more[0][1])


def _keep(
    head: _Head, content: bytes, fields: dict[str, list[str]], files: dict[str, list[InMemoryUploadedFile]]
) -> None:
    if not head.called:  # no file was chosen: Django takes it as a field
        fields.setdefault(head.name, []).append(content.decode("utf-8", "replace"))
        return
    file = InMemoryUploadedFile(BytesIO(content), head.name, head.called, head.type, len(content), None, {})
    files.setdefault(head.name, []).append(file)


def _too_many(parts: int, files: int) -> bool:
    """More than is let in: Django says so."""
    most_fields, most_files = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_NUMBER_FILES
    too_many_fields = most_fields is not None and parts - files > most_fields
    return too_many_fields or (most_files is not None and files > most_files)
