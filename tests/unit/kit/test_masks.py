"""Desensitising leaves no more than is meant to be left, whatever the value looks like."""

from __future__ import annotations

import pytest

from tidui.kit.lists.masks import mask_of


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        ("mobile", "13893123456", "138****3456"),
        ("mobile", "1234567", "*******"),
        ("mobile", "0931-8888888", "093*****8888"),
        ("identity", "620102199001011234", "620102***********4"),
        ("identity", "620102", "******"),
        ("name", "王小明", "王**"),
        ("name", "王", "王*"),
        ("mail", "wang@gansu.example", "w***@gansu.example"),
        ("mail", "w@x", "w***@x"),
        ("account", "6222020200001234567", "***************4567"),
        ("account", "4567", "****"),
        ("whole", "x", "******"),
    ],
)
def test_what_is_left(kind: str, text: str, left: str) -> None:
    assert mask_of(kind)(text) == left


def test_an_unknown_mask_is_refused_when_the_column_is_declared() -> None:
    with pytest.raises(ValueError, match="mobile"):
        mask_of("phone")
