"""Programmes are drawn as they are declared, ask for what exists, and the page that tells how to add one keeps its word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contracts.test_docs import BLOCK, change, commands
from tests.unit.casework.test_diagrams import diagrams

from tidui.casework.programme import Programme, programmes
from tidui.facts import catalogue
from tidui.policies.library import shelf

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "developers" / "adding-a-programme.md"
POLICY_PAGE = ROOT / "docs" / "developers" / "writing-a-policy.md"
#: The policy of the page is the first version of the one that the other page writes.
FOLDER = "shelf/example/rd-grant/2025-01-01/"
CHINESE = re.compile(r"[\u3400-\u9fff]")
ALL = [pytest.param(one, id=name) for name, one in programmes().items()]


def test_every_programme_is_drawn_as_it_is_declared() -> None:
    assert diagrams.stale(diagrams.pages()) == []


def test_make_check_looks_at_the_drawings() -> None:
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert recipe is not None and "scripts/diagrams --check" in recipe[1]


def test_a_changed_declaration_is_found(tmp_path: Path) -> None:
    for name in ("src", "scripts", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    module = tmp_path / "src" / "tidui" / "programmes" / "tech_sme.py"
    module.write_text(module.read_text("utf-8").replace('Stage("agency_check", AGENCY_CHECK, days=5)',
                                                        'Stage("agency_check", AGENCY_CHECK, days=6)'), "utf-8")  # fmt: skip

    done = subprocess.run([sys.executable, tmp_path / "scripts" / "diagrams", "--check"], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(tmp_path / "src")})  # fmt: skip

    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "tech-sme.md: not what the declarations say")


@pytest.mark.parametrize("programme", ALL)
def test_what_a_programme_names_exists(programme: Programme) -> None:
    known = catalogue.load()

    asked = [(name, group.back) for group in programme.form.asked for name in group.facts]
    assert [name for name, _back in asked if name not in known] == []
    assert len(asked) == len(set(asked))
    assert programme.policy in shelf().versions
    names = [one.name for one in (*programme.form.questions, *programme.form.evidence)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("programme", ALL)
def test_every_word_of_a_programme_is_in_both_languages(programme: Programme) -> None:
    pairs = [programme.title, programme.lead, *(stage.title for stage in programme.stages)]
    pairs += [move.title for stage in programme.stages for move in stage.moves]
    pairs += [one.title for one in (*programme.settings, *programme.form.asked, *programme.form.questions,
                                    *programme.form.evidence)]  # fmt: skip

    assert [pair for pair in pairs if not CHINESE.search(pair.zh) or not pair.en or CHINESE.search(pair.en)] == []


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree of its own, with the policy of the other page on a shelf beside it."""
    for name in ("src", "scripts", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "docs" / "programmes").mkdir(parents=True)
    for block in BLOCK.finditer(POLICY_PAGE.read_text("utf-8")):
        file = tmp_path / (block["path"] or "")
        if not (block["path"] or "").startswith(FOLDER):
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        body = block["body"]
        file.write_text(change(file.read_text("utf-8"), body) if block["kind"] == "diff" else body, "utf-8")
    return tmp_path


def run(line: str, tree: Path) -> str:
    """What a command of the page prints, typed at the root of the tree; it must end well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDUI_", "DATABASE_", "PYTEST_"))}
    if "TIDUI_TEST_DATABASE" in os.environ:
        kept["TIDUI_TEST_DATABASE"] = os.environ["TIDUI_TEST_DATABASE"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(line, shell=True, cwd=tree, capture_output=True, text=True,
                          env={**kept, "PATH": path, "PYTHONPATH": str(tree / "src"), "PYTHONUTF8": "1"})  # fmt: skip
    assert done.returncode == 0, f"{line}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_page_ends_with_a_running_programme(tree: Path) -> None:
    for block in BLOCK.finditer(PAGE.read_text("utf-8")):
        if block["kind"] != "console":
            file = tree / block["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["body"], "utf-8")
            continue
        for command in commands(block["body"]):
            said = run(command.line, tree)
            assert [line for line in command.printed.splitlines() if line and line not in said] == [], command.line

    drawn = (tree / "docs" / "programmes" / "rd-grant.md").read_text("utf-8")
    assert "recommendation --> acceptance: 同意推荐" in drawn and "审定通过 · approve → `notice` (four eyes)" in drawn
