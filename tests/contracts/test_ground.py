"""The root files say the same as each other, and nothing about one machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUN = ("native", "plan", "site", "postgres")
LOCKS = {"run": RUN, "test": (*RUN, "duckdb", "spark", "dev")}
#: Written so that the patterns do not find themselves.
REGISTRY_HOSTS = re.compile(
    r"py[p]i\.org|python[h]osted\.org|deb\.debian\.[o]rg|registry\.np[m]js|--(extra-)?index-[u]rl \S"
)
MACHINE_PATHS = re.compile(r"(^|[^\w.-])/(root|tmp|work|farm|home)/")


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def text(name: str) -> str:
    """A file of the tree."""
    return (ROOT / name).read_text("utf-8")


def pins(lock: str) -> dict[str, str]:
    """What a lock file installs: version by name."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text(f"requirements/{lock}.lock"), re.MULTILINE))


def asked(extras: tuple[str, ...]) -> list[Requirement]:
    """What the project asks for with these extras."""
    table = project()["project"]
    lines = [*table["dependencies"], *(line for extra in extras for line in table["optional-dependencies"][extra])]
    return [Requirement(line) for line in lines]


def tracked() -> list[Path]:
    """The files of the tree: committed, or about to be; without git, all but what the commands make."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True) if shutil.which("git") else None
    if done is not None and done.returncode == 0:
        paths = [ROOT / name for name in done.stdout.split("\0") if name]
    else:
        made = re.compile(r"/(\.venv|build|dist|\.git|[^/]*\.egg-info|\.?[a-z]*_*cache_*|\.hypothesis)/")
        paths = [path for path in ROOT.rglob("*") if not made.search(path.relative_to(ROOT.parent).as_posix())]
    return [path for path in paths if path.is_file()]


def lines_matching(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Where a pattern stands in files of text."""
    found = []
    for path in paths:
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{n}: {line}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_what_pyproject_asks_for(lock: str) -> None:
    pinned = pins(lock)

    astray = [
        str(requirement)
        for requirement in asked(LOCKS[lock])
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"))
    ]

    assert astray == []


@pytest.mark.parametrize("lock", ["build", *LOCKS])
def test_every_pin_carries_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[a-z0-9.-]+==)", text(f"requirements/{lock}.lock"), flags=re.MULTILINE)[1:]

    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_commands_run_the_same_versions() -> None:
    assert pins("run").items() <= pins("test").items()


def test_every_dependency_says_what_it_is_for() -> None:
    tables = text("pyproject.toml").split("\ndependencies")[1].split("[project.scripts]")[0]
    lines = re.findall(r'^    "[A-Za-z].*', tables, re.MULTILINE)

    assert len(lines) == len(asked(LOCKS["test"]))
    assert [line for line in lines if not re.search(r'",\s+# \w.+', line)] == []


def test_the_license_is_apache_2() -> None:
    assert project()["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text("LICENSE") and "Version 2.0, January 2004" in text("LICENSE")


def test_the_changelog_has_this_version() -> None:
    version = re.search(r'__version__ = "(.+)"', text("src/tidui/__init__.py"))
    assert version is not None

    assert f"## {version[1]} " in text("CHANGELOG.md")


def test_no_file_names_a_registry_host() -> None:
    assert lines_matching(REGISTRY_HOSTS, tracked()) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    """Tests may write made-up paths; nothing else has a reason to."""
    paths = [path for path in tracked() if not path.is_relative_to(ROOT / "tests")]

    assert lines_matching(MACHINE_PATHS, paths) == []


def test_ci_runs_make_test() -> None:
    assert text(".ci/run").rstrip().endswith("exec make test")


def test_every_system_package_says_which_command_needs_it() -> None:
    packages = [line for line in text("apt.txt").splitlines() if line and not line.startswith("#")]

    assert packages
    assert [line for line in packages if not re.fullmatch(r"[a-z0-9.+-]+ +# +(run|test) +\S.*", line)] == []
