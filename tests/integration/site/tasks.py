"""Tasks for the tests of the worker; they write what happens to a file, because that outlives a killed process."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db import OperationalError
from django_tasks import task


def _said(file: str) -> list[str]:
    path = Path(file)
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _say(file: str, words: str) -> None:
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write(words + "\n")


@task()
def slow_at_first(file: str) -> str:
    """Takes an hour the first time, for whoever runs it is killed; and no time later."""
    _say(file, f"begun {os.getpid()}")
    if len(_said(file)) == 1:
        time.sleep(3600)
    _say(file, "ended")
    return "done"


@task()
def deadly(file: str) -> None:
    """Takes its worker with it."""
    _say(file, "begun")
    os.kill(os.getpid(), 9)


@task()
def broken(file: str) -> None:
    """Has a fault."""
    _say(file, "begun")
    raise ValueError("a fault in the task")


@task()
def database_away_at_first(file: str) -> None:
    """Meets a database that does not answer, once."""
    _say(file, "begun")
    if len(_said(file)) == 1:
        raise OperationalError("server closed the connection unexpectedly")
