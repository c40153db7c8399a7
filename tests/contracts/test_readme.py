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


def tidui_commands() -> list[str]:
    """Those of them that call the program."""
    return [command for command in commands("README.md") if command.startswith("tidui ")]


def headings(name: str) -> list[str]:
    """The shape of a page: its headings, by depth."""
    prose = re.sub(r"```.*?```", "", text(name), flags=re.DOTALL)
    return re.findall(r"^(#+) ", prose, re.MULTILINE)


def test_the_twins_tell_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh.md")


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


@pytest.mark.parametrize("command", told_commands())
def test_every_command_of_the_program_works_as_told(command: str, tmp_path: Path) -> None:
    for name in ("src", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build").mkdir()
    program, *arguments = shlex.split(command)
    path = [str(Path(sys.executable).with_name(program)), *arguments]

    done = subprocess.run(path, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"})

    assert done.returncode == 0, done.stdout + done.stderr
    for option, value in pairwise(arguments):
        assert option != "--out" or (tmp_path / value).exists()


def test_every_command_of_the_program_is_told() -> None:
    told = {command.split()[1] for command in tidui_commands()}

    assert told == {"policies", "check", "explain", "screen", "plan", "diff", "ladder", "sql", "doctor"}
