"""A copy of the whole site that can be made while it runs: first the database, then the files that it names.

Stored files are named by their content and never change, so that a later copy into the same folder adds what is new.
What a copy holds beyond its database (a file whose row came a moment later) does no harm.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

SQLITE = "tidui.sqlite3"
POSTGRES = "tidui.dump"


class BackupFailed(Exception):
    """No copy was made; the message says why."""


def backup(folder: Path) -> tuple[Path, int]:
    """Copy the database and the stored files into a folder; the copy of the database, and how many files are new."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = _sqlite(folder) if connection.vendor == "sqlite" else _postgres(folder)
    return database, _files(Path(settings.MEDIA_ROOT), folder / "files")


def _sqlite(folder: Path) -> Path:
    target = folder / SQLITE
    partial = folder / f"{SQLITE}.partial"
    partial.unlink(missing_ok=True)
    connection.ensure_connection()
    copy = sqlite3.connect(partial)
    try:
        connection.connection.backup(copy)
        (sound,) = copy.execute("PRAGMA integrity_check").fetchone()
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
    if sound != "ok":
        raise BackupFailed(f"the copy is not sound: {sound}")
    partial.replace(target)
    return target


def _postgres(folder: Path) -> Path:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed("pg_dump is not installed: it comes with PostgreSQL's client programs")
    target = folder / POSTGRES
    partial = folder / f"{POSTGRES}.partial"
    given = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {name: str(given[key]) for name, key in names.items() if given.get(key)}
    command = [program, "--format=custom", "--no-owner", f"--file={partial}"]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        raise BackupFailed(f"pg_dump: {done.stderr.strip()}")
    partial.replace(target)
    return target


def _files(source: Path, target: Path) -> int:
    new = 0
    for file in source.rglob("*") if source.is_dir() else []:
        copy = target / file.relative_to(source)
        if file.is_file() and not (copy.exists() and copy.stat().st_size == file.stat().st_size):
            copy.parent.mkdir(parents=True, exist_ok=True)
            partial = copy.with_name(f"{copy.name}.partial")
            shutil.copyfile(file, partial)
            partial.replace(copy)
            new += 1
    return new
