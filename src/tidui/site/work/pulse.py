"""Which workers live: each has a row, says now and then that it is there, and takes the row away when it ends.

A worker of the same machine is dead exactly when its process is gone, however long it has been silent (a long write of
its own keeps it silent on SQLite). One of another machine is taken for dead after `SILENCE`.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.crypto import get_random_string

from tidui.kit.models import WorkerPulse

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 10.0
#: Longer than a writer waits for its turn on SQLite.
SILENCE: Final = dt.timedelta(minutes=5)


def place() -> str:
    """This machine since its last start, and the room of process numbers (a container has its own)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"unknown {get_random_string(20)}"  # nobody shares it: only silence tells


def born(pid: int) -> str | None:
    """When a process of this machine began, in clock ticks; None when it is gone."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = said.rpartition(")")[2].split()  # the name before may hold anything
    return None if state in "ZX" else rest[18]


class Pulse:
    """The row of this process. `start` writes it and keeps it fresh from a thread of its own; `stop` removes it."""

    def __init__(self) -> None:
        self.name = get_random_string(32)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin to be seen."""
        now = timezone.now()
        WorkerPulse.objects.create(
            name=self.name, place=place(), pid=os.getpid(), born=born(os.getpid()) or "", since=now, seen_at=now
        )
        self._thread.start()

    def stop(self) -> None:
        """Be gone, on purpose."""
        self._over.set()
        self._thread.join()
        WorkerPulse.objects.filter(name=self.name).delete()

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                WorkerPulse.objects.filter(name=self.name).update(seen_at=timezone.now())
            except DatabaseError as error:
                logger.warning("the pulse missed a beat: %s", error)
            finally:
                connection.close()


def living() -> set[str]:
    """The names of the workers that live; the rows of the dead are removed."""
    alive, dead = _told_apart()
    if dead:
        WorkerPulse.objects.filter(name__in=dead).delete()
    return alive


def counted() -> int:
    """How many workers live; nothing is changed."""
    return len(_told_apart()[0])


def _told_apart() -> tuple[set[str], set[str]]:
    here, now = place(), timezone.now()
    alive: set[str] = set()
    dead: set[str] = set()
    for pulse in WorkerPulse.objects.all():
        lives = born(pulse.pid) == pulse.born if pulse.place == here else now - pulse.seen_at < SILENCE
        (alive if lives else dead).add(pulse.name)
    return alive, dead
