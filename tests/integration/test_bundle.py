"""The bundle installs without internet, and a damaged one not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `make bundle` writes."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "scripts" / "bundle"), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("tidui-*.run")
    return made


def cut_off(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command without a network, a home, or anything of this environment."""
    python = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "PYTHON": python}
    if shutil.which("unshare"):
        alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
        if subprocess.run([*alone, "true"], capture_output=True).returncode == 0:
            return subprocess.run([*alone, *command], env=environment, capture_output=True, text=True)
    # Where the machine does not let a network be cut off, the proxy leads nowhere.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    return subprocess.run(command, env={**environment, **nowhere}, capture_output=True, text=True)


def needed(package: Path) -> set[str]:
    """The files of a package that the program reads."""
    files = (path.relative_to(package) for path in package.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if path.suffix not in {".pyc", ".po", ".pot"}}


def test_it_installs_without_internet_and_works(bundle: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "installed here"

    done = cut_off("sh", str(bundle), "--prefix", str(prefix))

    assert done.returncode == 0, done.stdout + done.stderr
    program = str(prefix / "current" / "venv" / "bin" / "tidui")
    said = cut_off(program, "explain", "cn/hte", str(ROOT / "docs" / "examples" / "enterprise.yaml"), "--on", "2026-06-30")
    assert (said.returncode, said.stderr) == (0, "")
    home = f"TIDUI_HOME={tmp_path / 'home'}"
    migrated = cut_off("env", home, program, "site", "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    begun = cut_off("env", home, program, "begin", "--department", "某省科学技术厅", "--username", "w", "--name", "王一")
    assert begun.returncode == 0, begun.stderr
    (installed,) = (prefix / "current" / "venv").glob("lib/python*/site-packages/tidui")
    assert needed(ROOT / "src" / "tidui") - needed(installed) == set()
    names = {path.name for path in (prefix / "current").iterdir()}
    assert {"venv", "docs", "tidui.service", "environment.example"} <= names and "wheels" not in names


def test_a_damaged_copy_is_refused_before_anything_is_written(bundle: Path, tmp_path: Path) -> None:
    body = bytearray(bundle.read_bytes())
    body[len(body) // 2] ^= 1
    damaged = tmp_path / "damaged.run"
    damaged.write_bytes(body)

    done = cut_off("sh", str(damaged), "--prefix", str(tmp_path / "there"))

    assert done.returncode == 1
    assert "this file is damaged" in done.stderr
    assert not (tmp_path / "there").exists()
