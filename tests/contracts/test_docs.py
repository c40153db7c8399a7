"""The developers' pages keep their word: the walk-through runs, links lead somewhere, the grammar is told whole.

What the commands of the walk-through print is written anew by `python -m tests.contracts.test_docs`; read the change
before you keep it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tidui.cli.main import main
from tidui.demo.people import PEOPLE
from tidui.policies import library
from tidui.rules.calls import FUNCTIONS
from tidui.rules.policyfile import KINDS

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "docs" / "developers" / "writing-a-policy.md"
GRAMMAR = ROOT / "docs" / "developers" / "policy-grammar.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(
    r"^(?:\*\*`(?P<path>[^`\n]+)`\*\*[^\n]*\n\n)?```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
#: What the walk-through may use of a shell beside the program itself.
TOOLS = {"mkdir", "cp", "cat", "cut"}
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<page>[^)\s]+)\)|!\[[^\]\n]*\]\((?P<image>[^)\s]+)\)")


@dataclass(frozen=True)
class Command:
    """A command of the walk-through, and what the page says that it prints."""

    line: str
    printed: str


def commands(body: str) -> list[Command]:
    """The commands of a block, each with the lines below it."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [Command(*part.split("\n", 1)) for part in parts]


def change(before: str, body: str) -> str:
    """A file after a block of changes: each run of lines with − becomes the lines with + below it."""
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", body, re.MULTILINE):
        removed, added = ("\n".join(line[1:] for line in part.splitlines()) for part in (old, new))
        assert before.count(removed) == 1, f"{removed!r} stands {before.count(removed)} times in the file"
        before = before.replace(removed, added)
    return before


def run(line: str) -> str:
    """What a command prints, on both outputs; the program runs in this process, in the current folder."""
    words = shlex.split(line)
    if words[0] == "export":
        name, _, value = words[1].partition("=")
        os.environ[name] = value
        return ""
    if words[0] != "tidui":
        assert words[0] in TOOLS
        done = subprocess.run(words, capture_output=True, check=True)
        return done.stdout.decode("utf-8-sig").replace("\r\n", "\n")
    library.shelf_beside.cache_clear()  # the page changes the files of its shelf between two commands
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        main(words[1:])
    return said.getvalue()


@contextlib.contextmanager
def folder(path: Path) -> Iterator[None]:
    """In an empty folder, with the environment put back at the end."""
    before, kept = Path.cwd(), dict(os.environ)
    os.environ.pop(library.OWN_SHELF, None)
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)
        library.shelf_beside.cache_clear()


def walked(text: str) -> Iterator[tuple[Command, str]]:
    """Follows a page in the current folder: each command, and what it really prints."""
    for block in BLOCK.finditer(text):
        kind, body = block["kind"], block["body"]
        if kind == "console":
            for command in commands(body):
                yield command, run(command.line)
            continue
        assert block["path"], f"a block of {kind} without the name of its file"
        file = Path(block["path"])
        file.write_text(change(file.read_text("utf-8"), body) if kind == "diff" else body, encoding="utf-8")


def test_the_walk_through_prints_what_it_shows(tmp_path: Path) -> None:
    with folder(tmp_path):
        differing = [(done.line, printed, done.printed) for done, printed in walked(WALK.read_text("utf-8"))
                     if printed != done.printed]  # fmt: skip

    assert differing == []


def test_the_walk_through_uses_every_command_that_it_promises() -> None:
    blocks = [
        commands(block["body"]) for block in BLOCK.finditer(WALK.read_text("utf-8")) if block["kind"] == "console"
    ]
    used = {command.line.split()[1] for block in blocks for command in block if command.line.startswith("tidui ")}

    assert used == {"check", "explain", "screen", "plan", "diff"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link["page"] or link["image"] for link in LINK.finditer(text)]
    relative = [link.split("#")[0] for link in links if "://" not in link and not link.startswith("mailto:")]

    assert [link for link in relative if link and not (page.parent / link).exists()] == []


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    links = {
        (index.parent / link["page"]).resolve() for link in LINK.finditer(index.read_text("utf-8")) if link["page"]
    }
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs") and page.parent.name != "adr"} - {index}

    assert pages - links == set()


def test_every_decision_has_a_number_of_its_own_and_its_parts() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in decisions]

    assert len(numbers) == len(set(numbers))
    for page in decisions:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]} "), page.name
        assert [part for part in ("Question", "Choice", "Consequences") if f"**{part}.**" not in text] == []


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_grammar_tells_every_function(name: str) -> None:
    assert re.search(rf"`[^`\n]*\b{name}\(", GRAMMAR.read_text("utf-8")), f"{name} is not in {GRAMMAR.name}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_grammar_tells_every_kind_of_rule(kind: str) -> None:
    assert re.search(rf"^\| `{kind}` \|", GRAMMAR.read_text("utf-8"), re.MULTILINE)


def refreshed(text: str) -> str:
    """The page with what its commands print now."""
    with tempfile.TemporaryDirectory() as path, folder(Path(path)):
        printed = iter([now for _, now in walked(text)])

    def console(block: re.Match[str]) -> str:
        if block["kind"] != "console":
            return block[0]
        return "```console\n" + "".join(f"$ {c.line}\n{next(printed)}" for c in commands(block["body"])) + "```"

    return BLOCK.sub(console, text)


if __name__ == "__main__":
    WALK.write_text(refreshed(WALK.read_text("utf-8")), encoding="utf-8")


@pytest.mark.parametrize("name", ["officer.md", "officer.zh.md"])
def test_the_officers_page_names_every_account_of_the_demonstration(name: str) -> None:
    text = (ROOT / "docs" / "users" / name).read_text("utf-8")
    table = text[text.index("tidui demo") :]
    assert [one for one, *_rest in PEOPLE if f"`{one}`" not in table] == []
