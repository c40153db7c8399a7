"""A small body is taken apart as Django's own parser takes it apart, and what is not plain is left to that parser."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.test import RequestFactory

from tidui.kit import intake

MARK = "----browser0123456789"


def field(name: str, text: bytes) -> bytes:
    return f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + text + b"\r\n"


def file(name: str, called: str, content: bytes, kind: str = "application/pdf") -> bytes:
    head = f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\nContent-Type: {kind}'
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


END = f"--{MARK}--\r\n".encode()
PLAIN = [
    field("a", b"1") + field("b.2025", "精密传感器\r\n二".encode()) + END,
    field("a", b"1") + field("a", b"2") + file("scan", "报表 (1);100%.pdf", b"%PDF\r\n\r\n" + bytes(range(256))) + END,
    field("empty", b"") + file("none", "", b"", "application/octet-stream") + END,
    file("two", "a.pdf", b"1") + file("two", "b.pdf", b"") + END[:-2],
    field("名称=x;y", b"\xff\xfe not utf-8") + END,
]
ODD = [
    END,
    b"--other\r\n",
    PLAIN[0][:-10],
    PLAIN[1][:120],
    b"preamble\r\n" + PLAIN[0],
    PLAIN[0] + b"epilogue",
    field("a", b"1")[:-2] + END,
    field("a", b"1")[:-2] + b"\n" + END,
    field('a"; filename="x.pdf', b"1") + END,
    field("a\\", b"1") + END,
    field(" a ", b"1") + END,
    field("a" * 1100, b"1") + END,
    file("f", "..", b"1") + END,
    file("f", "c:\\folder\\x.pdf", b"1") + END,
    file("f", "../../etc/passwd", b"1") + END,
    file("f", "a&lt;b.pdf", b"1") + END,
    file("f", "a\u200bb.pdf", b"1") + END,
    file("f", "x.txt", b"1", "text/plain; charset=gbk") + END,
    file("f", "x.pdf", b"1", "APPLICATION/PDF") + END,
    file("f", "x.pdf", b"MTIz", "application/pdf\r\nContent-Transfer-Encoding: base64") + END,
    field("a", b"1").replace(b"Content-Disposition", b"content-disposition") + END,
    field("a", b"1").replace(b'name="a"', b"name=a") + END,
    field("a", b"1").replace(b'name="a"', b"name*=utf-8''%E4%BD%A0") + END,
    field("a", b"1").replace(b"Content-Disposition: form-data;", b"X-Other: 1;") + END,
    field("a", b"1").replace(b'"a"', b'"\xff"') + END,
    field("a", f"x--{MARK} in a text".encode()) + END,
    field("a", b"\r\n\r\n") + b"\r\n" + field("b", b"2") + END,
]


def request(body: bytes, **environment: Any) -> WSGIRequest:
    return RequestFactory().generic("POST", "/", body, f"multipart/form-data; boundary={MARK}", **environment)


def seen(post: Any, files: Any) -> Any:
    return dict(post.lists()), {
        name: [(one.name, one.content_type, one.charset, one.size, one.read(), one.field_name) for one in held]
        for name, held in files.lists()
    }  # fmt: skip


def by_django(body: bytes) -> Any:
    asked = request(body)
    handlers = [MemoryFileUploadHandler(asked), TemporaryFileUploadHandler(asked)]
    try:
        return seen(*MultiPartParser(asked.META, BytesIO(body), handlers, "utf-8").parse())
    except MultiPartParserError as error:
        return str(error)


def by_us(body: bytes) -> Any:
    asked = request(body)
    try:
        return seen(asked.POST, asked.FILES)
    except MultiPartParserError as error:
        return str(error)


@pytest.mark.parametrize("body", PLAIN, ids=range(len(PLAIN)))
def test_a_plain_body_is_taken_apart_here_and_says_what_django_says(body: bytes) -> None:
    assert intake.parts(body, MARK.encode()) is not None
    assert by_us(body) == by_django(body)


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_an_odd_body_is_read_as_django_reads_it(body: bytes) -> None:
    assert by_us(body) == by_django(body)


def test_a_body_that_was_damaged_anywhere_is_read_as_django_reads_it() -> None:
    dice = random.Random(7)
    for _turn in range(1500):
        body = bytearray(dice.choice(PLAIN))
        for _change in range(dice.randint(1, 3)):
            place = dice.randrange(len(body))
            match dice.randrange(3):
                case 0:
                    body[place] = dice.choice(b'"\r\n-;=\\%*&\xff ')
                case 1:
                    del body[place : place + dice.randint(1, 30)]
                case _:
                    body[place:place] = dice.choice([b"\r\n", b"--", MARK.encode(), b'"', b"; filename=", b"\x00"])
        assert by_us(bytes(body)) == by_django(bytes(body)), bytes(body)


#: Names and file names as odd as browsers and programs send them: spaces that are none, escapes, parameters, folders.
NAMES = [
    "a", "b c", " a ", "\u3000a", "a\u00a0", "\u0085a", "a\u2028b", "a;b", "a=b", "a*", "a*0", "<x>", "a'b''c", "utf-8''%41",
    "=?utf-8?q?=41?=", "%22", "%0D%0A", "a%22; filename=%22x", "&amp;", "..", ".", "C:x.pdf", "\U0001f600", "e\u0301",
    "\ufeff", "\u00ad", "x" * 300 + ".pdf", "a" * 500, "filename", "a\tb",
]  # fmt: skip
#: Contents that nearly end a part, or are longer than the pieces in which Django reads.
CONTENTS = [
    b"", b"1", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"-", b"--", b"\x00", b"\xef\xbb\xbfa", b"\xff\xfe", b"x" * 65_530,
    b"x" * 65_536, f"--{MARK[:-1]}".encode(), f"\r\n--{MARK[:-2]}\r\n".encode(), MARK.encode(),
]  # fmt: skip


def test_odd_names_and_contents_are_read_as_django_reads_them() -> None:
    dice, taken = random.Random(11), 0
    for _turn in range(800):
        parts = []
        for _part in range(dice.randint(1, 4)):
            name = dice.choice(NAMES) + dice.choice(["", dice.choice(NAMES)])
            content = dice.choice(CONTENTS) + dice.choice([b"", b"\r\n", b"\n", b"\r"])
            called = dice.choice(NAMES) + dice.choice(["", ".pdf"])
            parts.append(field(name, content) if dice.random() < 0.5 else file(name, called, content, "a/b"))
        body = b"".join(parts) + END
        taken += intake.parts(body, MARK.encode()) is not None
        assert by_us(body) == by_django(body), body[:2000]
    assert taken > 100


def test_a_body_in_another_script_and_one_that_breaks_off_are_left_to_django() -> None:
    body = field("a", "梯队".encode("gbk")) + END
    sent = RequestFactory().generic("POST", "/", body, f"multipart/form-data; boundary={MARK}; charset=gbk")
    assert sent.POST["a"] == "梯队"
    for length in range(1, len(PLAIN[1])):
        short = request(PLAIN[1], CONTENT_LENGTH=str(length))
        assert seen(short.POST, short.FILES) == by_django(PLAIN[1][:length])


def test_more_fields_or_files_than_are_let_in_are_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
    assert request(field("a", b"1") * 2 + file("f", "x.pdf", b"1") + END).POST.getlist("a") == ["1", "1"]
    with pytest.raises(TooManyFieldsSent):
        _ = request(field("a", b"1") * 3 + END).POST
    with pytest.raises(TooManyFilesSent):
        _ = request(file("f", "x.pdf", b"1") * 2 + END).POST


def test_a_body_larger_than_memory_may_hold_goes_to_a_file(settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    large = request(field("a", b"1") + file("f", "x.pdf", b"x" * 5000) + END)
    assert large.POST["a"] == "1"
    kept: Any = large.FILES["f"]
    assert kept.temporary_file_path()
    assert kept.read() == b"x" * 5000
    large.close()


def test_what_was_read_cannot_be_changed_afterwards() -> None:
    post: Any = request(PLAIN[0]).POST
    with pytest.raises(AttributeError):
        post["a"] = "2"
