"""The operators' pages name every variable and every file that there is, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tidui.site.checks import OLDEST_POSTGRES

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "src" / "tidui" / "site"
PAGES = ROOT / "docs" / "operators"


def page(name: str) -> str:
    """A page for operators."""
    return (PAGES / name).read_text("utf-8")


def test_every_variable_is_told_and_no_other() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SITE.rglob("*.py"))
    read = set(
        re.findall(r'(?:\benv\.|(?<![\w.]))(?:text|number|switch|words|get)\(\s*"((?:TIDUI_|DATABASE_)\w+)"', source)
    )

    told = set(re.findall(r"^\| `((?:TIDUI_|DATABASE_)\w+)` \|", page("environment.md"), re.MULTILINE))

    assert told == read


def test_every_number_of_a_refusal_that_is_told_exists() -> None:
    known = set(re.findall(r'"(E\d{3})"', (SITE / "checks.py").read_text("utf-8")))
    told = {number for path in PAGES.glob("*.md") for number in re.findall(r"tidui\.(E\d+)", path.read_text("utf-8"))}

    assert told and told <= known
    assert f"PostgreSQL {OLDEST_POSTGRES} or newer" in page("postgresql.md")


@pytest.mark.parametrize("name", ["tidui.service", "environment.example"])
def test_what_the_pages_copy_is_in_the_bundle(name: str) -> None:
    assert f"/opt/tidui/current/{name}" in page("one-machine.md")
    assert (ROOT / "scripts" / "bundle-files" / name).exists()
    assert name in (ROOT / "scripts" / "bundle").read_text("utf-8")


def test_the_example_environment_sets_only_variables_that_there_are() -> None:
    lines = (ROOT / "scripts" / "bundle-files" / "environment.example").read_text("utf-8").splitlines()
    names = {line.lstrip("#").split("=")[0].removesuffix("_FILE") for line in lines if "=" in line}
    told = set(re.findall(r"^\| `(\w+)` \|", page("environment.md"), re.MULTILINE))

    assert names <= told
