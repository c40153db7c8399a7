"""A policy file that is nested without end is refused; it neither hangs nor crashes."""

from __future__ import annotations

import pytest

from tidui.rules import yamlfile
from tidui.rules.errors import PolicyError


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 400_000, "[" * 400_000 + "]" * 400_000, "- " * 400_000, "{a: " * 200_000, "? " * 400_000),
        "x: " + "y" * 3_000 + "\na: " + "[" * 31 + "]" * 31,
    ],
)
def test_very_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="is nested more than 30 deep"):
        yamlfile.loads(text.encode(), "policy.yaml")


def test_thirty_levels_are_read_also_in_a_file_with_long_lines() -> None:
    deep = "[" * 30 + "]" * 30
    assert list(yamlfile.loads(f"x: {'y' * 3_000}\na: {deep}".encode(), "policy.yaml")) == ["x", "a"]
