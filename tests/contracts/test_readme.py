"""The front door and the page of examples keep their word: what they tell a newcomer to type, works."""

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
EXAMPLES = ("docs/users/by-example.md", "docs/users/by-example.zh.md")
TWINS = pytest.mark.parametrize("pages", [READMES, EXAMPLES], ids=["front door", "examples"])


def text(name: str) -> str:
    """A file at the root."""
    return (ROOT / name).read_text("utf-8")


def blocks(name: str) -> list[str]:
    """The fenced blocks of commands, without their comments."""
    fenced = re.findall(r"^```sh\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s*#.*$", "", block, flags=re.MULTILINE) for block in fenced]


def commands(name: str) -> list[str]:
    """The commands that a page tells to type; a line that ends in a backslash goes on."""
    joined = "\n".join(blocks(name)).replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


def tidui_commands(name: str = EXAMPLES[0]) -> list[str]:
    """Those of them that call the program."""
    return [command for command in commands(name) if command.startswith("tidui ")]


def shown(name: str) -> dict[str, list[str]]:
    """What a page shows that a command prints, line by line; an ellipsis stands for more."""
    pairs = re.findall(r"^```sh\n(tidui [^`]*?)\n```\n\n```text\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    return {" ".join(told.split()): [line for line in said.splitlines() if line != "…"] for told, said in pairs}


def headings(name: str) -> list[str]:
    """The shape of a page: its headings, by depth."""
    prose = re.sub(r"```.*?```", "", text(name), flags=re.DOTALL)
    return re.findall(r"^(#+) ", prose, re.MULTILINE)


@TWINS
def test_the_twins_tell_the_same_commands(pages: tuple[str, str]) -> None:
    english = [command.replace(" --lang en", "") for command in commands(pages[0])]

    assert english == commands(pages[1])


def test_the_front_door_is_two_commands_and_one_picture() -> None:
    assert commands("README.md") == ["make run", "make test"]
    assert len(re.findall(r"!\[", text("README.md"))) == 1
    assert len(text("README.md").splitlines()) < 60


@TWINS
def test_the_twins_have_the_same_shape_and_links(pages: tuple[str, str]) -> None:
    def links(name: str) -> list[str]:
        found = [link.replace("ladder.zh.svg", "ladder.svg") for link in re.findall(r"\]\(([^)]+)\)", text(name))]
        return [link for link in found[1:] if not link.startswith("command-line")]  # it has no twin

    assert headings(pages[0]) == headings(pages[1])
    assert links(pages[0]) == links(pages[1])


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text(name)) if "://" not in link]

    assert links
    assert [link for link in links if link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", [*READMES, *EXAMPLES, "CONTRIBUTING.md"])
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
    """A folder in which the commands of the examples can be typed, and whose results are thrown away."""
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

    assert [line for line in shown(EXAMPLES[0]).get(command, []) if line not in said] == []
    for option, value in pairwise(shlex.split(command)):
        assert option != "--out" or (clone / value).exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", shown(EXAMPLES[1]))
def test_the_chinese_page_shows_what_is_printed(command: str, clone: Path) -> None:
    said = typed(command, clone).splitlines()

    assert [line for line in shown(EXAMPLES[1])[command] if line not in said] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_pages_show_what_the_main_commands_print(name: str) -> None:
    assert [command.split()[1] for command in shown(name)] == ["explain", "plan", "ladder"]


#: Commands that serve or change a site: told in the text, and tried by the tests of the site.
OF_THE_SITE = {"serve", "worker", "begin", "site", "demo", "backup"}


def test_every_command_of_the_program_is_told() -> None:
    told = {command.split()[1] for command in tidui_commands()}

    assert told == {"policies", "check", "explain", "screen", "plan", "diff", "ladder", "sql", "doctor"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_commands_of_the_site_are_told_and_exist(name: str) -> None:
    told = set(re.findall(r"`tidui ([a-z]+)[ `]", text(name)))
    known = set(next(iter(parser()._subparsers._group_actions)).choices)

    assert OF_THE_SITE - {"demo"} <= told <= known
