"""The front door keeps its word: what it tells a newcomer to type, works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tidui.cli.main import parser

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh.md")


def text(name: str) -> str:
    """A file at the root."""
    return (ROOT / name).read_text("utf-8")


def blocks(name: str) -> list[str]:
    """The fenced blocks of commands, without their comments."""
    fenced = re.findall(r"^```sh\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s*#.*$", "", block, flags=re.MULTILINE) for block in fenced]


def commands(name: str) -> list[str]:
    """The commands that a README tells to type; a line that ends in a backslash goes on."""
    joined = "\n".join(blocks(name)).replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


def tidui_commands(name: str = "README.md") -> list[str]:
    """Those of them that call the program."""
    return [command for command in commands(name) if command.startswith("tidui ")]


def shown(name: str) -> dict[str, list[str]]:
    """What a README shows that a command prints, line by line; an ellipsis stands for more."""
    pairs = re.findall(r"^```sh\n(tidui [^`]*?)\n```\n\n```text\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    return {" ".join(told.split()): [line for line in said.splitlines() if line != "…"] for told, said in pairs}


def headings(name: str) -> list[str]:
    """The shape of a page: its headings, by depth."""
    prose = re.sub(r"```.*?```", "", text(name), flags=re.DOTALL)
    return re.findall(r"^(#+) ", prose, re.MULTILINE)


def test_the_twins_tell_the_same_commands() -> None:
    english = [command.replace(" --lang en", "") for command in commands("README.md")]

    assert english == commands("README.zh.md")


def test_the_twins_have_the_same_shape_and_links() -> None:
    def links(name: str) -> list[str]:
        return [link.replace("ladder.zh.svg", "ladder.svg") for link in re.findall(r"\]\(([^)]+)\)", text(name))][1:]

    assert headings("README.md") == headings("README.zh.md")
    assert links("README.md") == links("README.zh.md")


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text(name)) if "://" not in link]

    assert links
    assert [link for link in links if link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_make_command_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    inline = re.findall(r"`(make [a-z]+)`", text(name))
    told = set(re.findall(r"\bmake ([a-z]+)", " ".join([*blocks(name), *inline])))

    assert told
    assert told <= targets


def told_commands() -> list[object]:
    """The commands, those over the whole sample or all policies marked slow."""
    return [
        pytest.param(command, marks=[pytest.mark.slow] if "--out" in command or command == "tidui check" else [])
        for command in tidui_commands()
    ]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in which the commands of the README can be typed, and whose results are thrown away."""
    for name in ("src", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build").mkdir()
    return tmp_path


def typed(command: str, clone: Path) -> str:
    """What a command prints; it must end well."""
    program, *arguments = shlex.split(command)
    path = [str(Path(sys.executable).with_name(program)), *arguments]
    done = subprocess.run(path, cwd=clone, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("command", told_commands())
def test_every_command_of_the_program_works_as_told(command: str, clone: Path) -> None:
    said = typed(command, clone).splitlines()

    assert [line for line in shown("README.md").get(command, []) if line not in said] == []
    for option, value in pairwise(shlex.split(command)):
        assert option != "--out" or (clone / value).exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", shown("README.zh.md"))
def test_the_chinese_page_shows_what_is_printed(command: str, clone: Path) -> None:
    said = typed(command, clone).splitlines()

    assert [line for line in shown("README.zh.md")[command] if line not in said] == []


@pytest.mark.parametrize("name", READMES)
def test_the_pages_show_what_the_main_commands_print(name: str) -> None:
    assert [command.split()[1] for command in shown(name)] == ["explain", "plan", "ladder"]


#: Commands that serve or change a site: told in the text, and tried by the tests of the site.
OF_THE_SITE = {"serve", "worker", "begin", "site", "demo", "backup"}


def test_every_command_of_the_program_is_told() -> None:
    told = {command.split()[1] for command in tidui_commands()}

    assert told == {"policies", "check", "explain", "screen", "plan", "diff", "ladder", "sql", "doctor"}


@pytest.mark.parametrize("name", READMES)
def test_the_commands_of_the_site_are_told_and_exist(name: str) -> None:
    told = set(re.findall(r"`tidui ([a-z]+)[ `]", text(name)))
    known = set(next(iter(parser()._subparsers._group_actions)).choices)

    assert OF_THE_SITE - {"demo"} <= told <= known
