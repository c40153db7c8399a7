"""What the tamper log says of a change is told in Python, and is what SQLite's own functions would say."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from tidui.audit.logged import changed
from tidui.audit.sqlite_triggers import CHANGED

NAMES = json.dumps(["id", "名称", "*password"], ensure_ascii=False)
VALUES = [
    None, 0, -7, 2**62, 1.0, 0.1, 1234567.89, 1e300, "", "甘肃", 'a "quote" and a \\', "line\nbreak\ttab", "\x01\x1f\x7f",
    "[1,2]", '{"a": 1}', "1", "😀\u2028",
]  # fmt: skip


def array(*values: Any) -> str:
    """A row's values as the triggers give them."""
    return str(
        sqlite3.connect(":memory:").execute(f"SELECT json_array({','.join('?' * len(values))})", values).fetchone()[0]
    )


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_told_as_sqlite_spells_it(value: Any) -> None:
    spelled = sqlite3.connect(":memory:").execute("SELECT json_quote(?)", (value,)).fetchone()[0]
    told = changed(NAMES, array(1, "before", None), array(1, value, None))
    assert told == f'{{"名称":["before",{spelled}]}}'


def test_a_row_that_came_or_went_is_told_without_what_it_does_not_say() -> None:
    assert changed(NAMES, None, array(1, None, None)) == '{"id":[null,1]}'
    assert changed(NAMES, array(1, "x", "secret"), None) == '{"id":[1,null],"名称":["x",null],"password":["*","*"]}'
    assert changed(NAMES, array(1, "x", None), array(1, "x", None)) == "{}"


def test_a_wide_row_comes_in_several_arrays() -> None:
    names = json.dumps([f"c{number}" for number in range(5)])
    told = changed(names, array(1, 2, 3) + array(4, 5), array(1, 2, 3) + array(4, 6))
    assert told == '{"c4":[5,6]}'


def test_bytes_that_are_not_there_are_told_as_nothing() -> None:
    expression = CHANGED["bytes"].format("b")
    told = [
        sqlite3.connect(":memory:")
        .execute(f"SELECT json_array({expression}) FROM (SELECT ? AS b)", (one,))
        .fetchone()[0]
        for one in (None, b"", b"\x00\xff")
    ]
    assert told == ["[null]", "[\"X''\"]", "[\"X'00FF'\"]"]
