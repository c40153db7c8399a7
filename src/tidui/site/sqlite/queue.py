"""One queue for all writers of a SQLite file, across threads and processes: first come, first served.

SQLite's own waiting is a lottery: whoever looks again at the right moment goes first, and under load some look in vain
until they give up. Here a writer draws a ticket, and enters when everybody with a smaller one has left. Each ticket is
a byte of a file beside the database, locked by its holder (`F_OFD_SETLK`, which belongs to the open file, so that
threads exclude one another too). The kernel unlocks the bytes of a process that is killed: nobody waits for the dead.

Of a process only the first writer looks whether it is its turn: those behind sleep until they are called, for whoever
looks again and again takes processor time, and Python's own lock, from the one who is in.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Final
from weakref import WeakSet

#: The file: the last ticket drawn, the ticket that is in, and from `_TICKETS` on one byte for each ticket (never
#: written, only locked, so that the file stays small).
_NUMBERS: Final = struct.Struct("=Q")
_DRAWN, _SERVED, _TICKETS = 0, 8, 64
_LOCK: Final = struct.Struct("hhqqi0q")  # struct flock of Linux on machines of 64 bits
#: Seconds between two looks, for each writer that is still ahead; and at most.
_LOOK, _LOOK_AT_MOST = 0.0003, 0.02


class TooLong(Exception):
    """The writers ahead did not leave in time."""


class _Line:
    """The writers of one process, in the order of their tickets: the first one looks or is in, the others sleep."""

    def __init__(self) -> None:
        #: Held while a ticket is drawn, so that the order here is that of the tickets.
        self.guard = threading.Lock()
        self._taken = False
        self._behind: deque[threading.Lock] = deque()

    def stand(self) -> threading.Lock | None:
        """Stand at the end, under the guard: nothing for the first one, else what is released when one is called."""
        if not self._taken:
            self._taken = True
            return None
        call = threading.Lock()
        call.acquire()
        self._behind.append(call)
        return call

    def give_up(self, call: threading.Lock) -> bool:
        """Go from one's place behind; False for whoever was called already, and has to call the next one."""
        with self.guard:
            if call not in self._behind:
                return False
            self._behind.remove(call)
            return True

    def next(self) -> None:
        """The first one goes: call the one behind."""
        with self.guard:
            if self._behind:
                self._behind.popleft().release()
            else:
                self._taken = False


#: By file. A process that is forked begins with none: the threads that stood in them are not in it.
_lines: dict[Path, _Line] = {}
#: All places of this process; in a forked one they are its parent's, whose turn is not this process's to end.
_places: WeakSet[Place] = WeakSet()


def _forked() -> None:
    _lines.clear()
    for place in _places:
        place._ticket, place._line = 0, None


os.register_at_fork(after_in_child=_forked)


class Place:
    """One writer's place in the queue of a database file. Not to be shared by threads that write at the same time."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._file = -1
        self._ticket = 0
        self._line: _Line | None = None
        _places.add(self)

    @property
    def held(self) -> bool:
        """Whether this writer is in (or waits)."""
        return self._ticket > 0

    def enter(self) -> None:
        """Draw a ticket and wait for one's turn; TooLong after `patience` seconds."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        give_up = time.monotonic() + self._patience
        line = _lines.setdefault(self._path, _Line())
        call = None
        try:
            with line.guard:
                self._ticket = self._draw()
                call, self._line = line.stand(), line
            if call is not None and not call.acquire(timeout=self._patience):
                raise TooLong
            self._wait(give_up)
        except BaseException:
            if call is not None and line.give_up(call):
                self._line = None
            self.leave()
            raise

    def leave(self) -> None:
        """Let the next one in."""
        ticket, self._ticket = self._ticket, 0
        line, self._line = self._line, None
        try:
            if ticket:
                self._set(fcntl.F_UNLCK, _TICKETS + ticket)
        finally:
            if line is not None:
                line.next()

    def close(self) -> None:
        """Leave, and let go of the file."""
        self.leave()
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def __enter__(self) -> Place:
        self.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def _draw(self) -> int:
        # The ticket's own byte is locked before anybody can draw the next one: no one can overlook it.
        self._set(fcntl.F_WRLCK, _DRAWN, wait=True)
        try:
            ticket = self._read(_DRAWN) + 1
            os.pwrite(self._file, _NUMBERS.pack(ticket), _DRAWN)
            self._set(fcntl.F_WRLCK, _TICKETS + ticket)
        finally:
            self._set(fcntl.F_UNLCK, _DRAWN)
        return ticket

    def _wait(self, give_up: float) -> None:
        while not self._first():
            if time.monotonic() > give_up:
                raise TooLong
            ahead = max(self._ticket - self._read(_SERVED), 1)
            time.sleep(min(ahead * _LOOK, _LOOK_AT_MOST))
        os.pwrite(self._file, _NUMBERS.pack(self._ticket), _SERVED)

    def _first(self) -> bool:
        """Whether nobody with a smaller ticket is left: then all bytes below are free."""
        try:
            self._set(fcntl.F_RDLCK, _TICKETS, self._ticket)
        except BlockingIOError:
            return False
        self._set(fcntl.F_UNLCK, _TICKETS, self._ticket)
        return True

    def _read(self, offset: int) -> int:
        said = os.pread(self._file, _NUMBERS.size, offset)
        return int(_NUMBERS.unpack(said)[0]) if len(said) == _NUMBERS.size else 0

    def _set(self, kind: int, start: int, length: int = 1, *, wait: bool = False) -> None:
        command = fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK
        fcntl.fcntl(self._file, command, _LOCK.pack(kind, os.SEEK_SET, start, length, 0))
