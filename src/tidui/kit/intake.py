"""The body of a form, taken apart at once where it is small and as browsers write it.

Django reads every body in pieces, because a body may be larger than memory, and puts each part's headers through the
parser of mails. That is as much work as all the rest of a form's intake. A form with the papers of one application is
known to be small before it is read: it is read whole and cut at its boundaries. Whatever is not in the plain spelling
that browsers use is left to Django's own parser, which gives the same for all that is taken apart here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict

#: Django refuses longer headers of a part.
_LONGEST_HEAD: Final = 1024
#: The headers of a part in the one spelling of browsers: a name and perhaps a file's name, both without any escape.
_HEAD: Final = re.compile(
    rb'\r\nContent-Disposition: form-data; name="([^"\\\x00-\x20\x7f]+)"'
    rb'(?:; filename="([^"\\/&\x00-\x1f\x7f]*)"\r\nContent-Type: ([a-z0-9.+-]+/[a-z0-9.+-]+))?'
)
_Parts = tuple["dict[str, list[str]]", "dict[str, list[InMemoryUploadedFile]]"]


class WholeBody(MemoryFileUploadHandler):
    """Keeps small files in memory, as Django's own handler does, and takes a body of small files apart itself."""

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
    count = 0
    for start, end in _between(body, b"--" + boundary):
        if end < 0:
            return None
        head_end = body.find(b"\r\n\r\n", start, start + _LONGEST_HEAD)
        head = _HEAD.fullmatch(body, start, head_end) if start <= head_end <= end else None
        if head is None or body[end - 2 : end] != b"\r\n" or end - 2 < head_end + 4:
            return None
        content = body[head_end + 4 : end - 2]
        try:
            name, called = head[1].decode(), (head[2] or b"").decode()
        except UnicodeDecodeError:
            return None
        if not called:
            fields.setdefault(name, []).append(content.decode("utf-8", "replace"))
        else:
            if not called.isprintable() or called in (".", ".."):  # Django writes these names otherwise
                return None
            file = InMemoryUploadedFile(BytesIO(content), name, called, head[3].decode(), len(content), None, {})
            files.setdefault(name, []).append(file)
        count += 1
    if not count or _too_many(count, sum(map(len, files.values()))):
        return None
    return fields, files


def _between(body: bytes, mark: bytes) -> Iterator[tuple[int, int]]:
    """From where to where each part goes; an end of -1 for a body that does not begin and end with its marks."""
    if not body.startswith(mark):
        yield 0, -1
        return
    start = len(mark)
    while (end := body.find(mark, start)) >= 0:
        yield start, end
        start = end + len(mark)
    if body[start:] not in (b"--\r\n", b"--"):
        yield 0, -1


def _too_many(parts: int, files: int) -> bool:
    """More than is let in: Django says so."""
    most_fields, most_files = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_NUMBER_FILES
    too_many_fields = most_fields is not None and parts - files > most_fields
    return too_many_fields or (most_files is not None and files > most_files)
