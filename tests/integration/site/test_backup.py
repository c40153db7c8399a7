"""A copy of the site is whole, and a site made of it is the same."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from tests.postgres_server import _programs
from tidui.kit import clock
from tidui.kit.models import PeriodicRun
from tidui.site.backup import POSTGRES, SQLITE, backup


@pytest.fixture
def stored(tmp_path: Path, settings: object) -> Path:
    """A folder of stored files with one file in it."""
    folder = tmp_path / "stored"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "cdef").write_bytes(b"the scan of a certificate")
    settings.MEDIA_ROOT = folder  # type: ignore[attr-defined]
    return folder


@pytest.mark.django_db(transaction=True)
def test_a_copy_can_be_put_back(tmp_path: Path, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    PeriodicRun.objects.create(name="the row that is to come back", due_at=clock.now())
    if connection.vendor == "postgresql":
        monkeypatch.setenv("PATH", f"{_programs()}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "copy"

    database, new = backup(folder)

    assert (new, (folder / "files" / "ab" / "cdef").read_bytes()) == (1, b"the scan of a certificate")
    assert names_in(database) == ["the row that is to come back"]
    (stored / "ab" / "0123").write_bytes(b"another scan")
    assert backup(folder)[1] == 1


def names_in(database: Path) -> list[str]:
    """The names of the periodic work in a copy, after it was put back."""
    query = "SELECT name FROM kit_periodicrun"
    if database.name == SQLITE:
        with sqlite3.connect(database) as restored:
            rows = restored.execute(query).fetchall()
        restored.close()
        return [name for (name,) in rows]
    assert database.name == POSTGRES
    program = shutil.which("pg_restore")
    assert program is not None
    done = subprocess.run([program, "--data-only", "--table=kit_periodicrun", "--file=-", database],
                          capture_output=True, text=True, check=True)  # fmt: skip
    lines = done.stdout.split("FROM stdin;\n")[1].split("\\.")[0].splitlines()
    return [line.split("\t")[0] for line in lines]


