"""One request of a process is worked on at a time, by the thread that worked last.

Threads are there so that slow senders keep nobody waiting: each reads its form and sends its answer in a thread of the
server's own. What lies between, the work itself, gains nothing from being done by many threads at once: they take the
interpreter from one another in the middle of a statement or of a lock, and each has a connection of its own whose
statements the database must first learn. So requests take turns, in the order in which they arrived, and the work is
done in a thread of ours: always the same, as long as it is quick. Whoever takes longer than `PATIENCE` loses the turn
to the next one, who is worked on in another thread beside: a long report holds nobody up. Whoever waits for the disk
(`tidui.kit.aside`) gives the turn away and has it back before anybody new begins.

A form that breaks off reaches nobody: a server hands on what came of it, and what is missing would look as if it had
been deleted.
"""

from __future__ import annotations

import errno
import io
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from tidui.kit import aside

#: How long a request has the process for itself, in seconds: several times what a page takes.
PATIENCE: Final = 0.1
#: While requests wait for something, such as a lock, the next ones get their turn so many times faster.
HASTE: Final = 5
#: A form of up to so many bytes is read before its turn; whoever sends more is worked on beside the others.
READ_BEFORE: Final = 1_000_000
#: Seconds after which a thread without work lets go of what it holds.
IDLE: Final = 600.0

logger = logging.getLogger(__name__)

Answer = Iterable[bytes]
Application = Callable[[dict[str, Any], Any], Answer]


def _closed() -> threading.Lock:
    """A lock that somebody waits for until another thread opens it."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class _Job:
    """A request: what is to be called, and what came of it. `begun`: when its turn came, 0 while it waits for one."""

    __slots__ = ("again", "answer", "begun", "done", "environ", "error", "start")

    def __init__(self, environ: dict[str, Any], start: Any) -> None:
        self.environ, self.start = environ, start
        self.answer: Answer = ()
        self.error: BaseException | None = None
        self.begun = 0.0
        self.done = _closed()
        #: Opened when it stepped aside, waits to go on, and its turn has come.
        self.again: threading.Lock | None = None


class Turns:
    """A WSGI application that gives the requests of one process their turns at another one.

    `cookie`: only forms of those who send it are read before their turn, so that a stranger who sends slowly holds no
    more than a thread. `rest` is called in a thread that has had no work for `idle` seconds.
    """

    def __init__(
        self, application: Application, *, cookie: str = "", rest: Callable[[], None] | None = None,
        patience: float = PATIENCE, idle: float = IDLE,
    ) -> None:  # fmt: skip
        self._application, self._cookie, self._rest = application, cookie, rest
        self._patience, self._now, self.idle = patience, patience, idle
        self._guard = threading.Lock()
        self._waiting: deque[_Job] = deque()
        #: Those who stepped aside and would go on.
        self._back: deque[_Job] = deque()
        self._in_turn: _Job | None = None
        #: The threads without work; the one that ended last is taken first.
        self._idle: list[_Hand] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Answer:
        """The application's answer; a body that is no file is whole when it is given."""
        _guard_form(environ)
        if not environ.get("wsgi.multithread"):
            return self._application(environ, start_response)
        job = _Job(environ, start_response)
        beside = not _read(environ, self._cookie)
        with self._guard:
            if beside:
                self._begin(job)
            else:
                self._waiting.append(job)
                self._next()
        while not job.done.acquire(timeout=self._look(job)):
            pass
        if job.error is not None:
            raise job.error
        return job.answer

    def rest(self) -> None:
        """In a thread of ours that has had nothing to do for long."""
        if self._rest is not None:
            try:
                self._rest()
            except Exception:
                logger.exception("a thread without work could not let go of what it holds")

    def _look(self, job: _Job) -> float:
        """Give the turn to the next one when whoever has it takes too long; how long to wait before looking again."""
        with self._guard:
            held = self._in_turn
            if job.begun or held is None:
                return -1
            left = held.begun + self._now - time.monotonic()
            if left <= 0:
                self._now = left = self._patience / HASTE  # those behind may wait for the same thing
                self._in_turn = None
                self._next()
            return left

    def _next(self) -> None:
        """Under the guard: if nobody has the turn, whoever has waited longest, first of those who had begun."""
        while self._in_turn is None and (self._back or self._waiting):
            self._in_turn = (self._back or self._waiting).popleft()
            self._begin(self._in_turn)

    def _begin(self, job: _Job) -> None:
        """Under the guard: let a thread work on it; where the system gives none, that is the request's error."""
        job.begun = time.monotonic()
        if job.again is not None:
            job.again.release()
            return
        try:
            hand = self._idle.pop() if self._idle else _Hand(self)
        except RuntimeError as error:
            job.error = error
            job.done.release()
            if self._in_turn is job:
                self._in_turn = None
            return
        hand.take(job)

    def work(self, job: _Job) -> None:
        """In a thread of ours: answer it."""
        try:
            job.answer = _whole(self._application(job.environ, job.start))
        except BaseException as error:
            job.error = error

    def ended(self, job: _Job, hand: _Hand) -> _Job | None:
        """What the thread works on next: without a pause where it was in turn and somebody waits."""
        with self._guard:
            if self._in_turn is job:
                self._in_turn, self._now = None, self._patience
                if self._waiting and not self._back:
                    self._in_turn = self._waiting.popleft()
                    self._in_turn.begun = time.monotonic()
                    return self._in_turn
                self._next()
            self._idle.append(hand)
        return None

    def leave(self, job: _Job) -> bool:
        """Give the turn away for a while; False where it is worked on beside the others anyway."""
        with self._guard:
            if self._in_turn is not job:
                return False
            self._in_turn, self._now = None, self._patience
            self._next()
            return True

    def come_back(self, job: _Job) -> None:
        """Return when it is its turn again."""
        with self._guard:
            if self._in_turn is None:
                self._in_turn, job.begun = job, time.monotonic()
                return
            job.begun, job.again = 0.0, _closed()
            self._back.append(job)
        while not job.again.acquire(timeout=self._look(job)):
            pass
        job.again = None


class _Hand:
    """A thread that works on requests, one after the other; it sleeps between them and ends with the process."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._job: _Job | None = None
        self._called = _closed()
        threading.Thread(target=self._run, name="turn", daemon=True).start()

    def take(self, job: _Job) -> None:
        """Work on it."""
        self._job = job
        self._called.release()

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """While somebody waits in here, another thread has the turn."""
        job = self._job
        if job is None or not self._turns.leave(job):
            yield
            return
        try:
            yield
        finally:
            self._turns.come_back(job)

    def _run(self) -> None:
        aside.tell(self._aside)
        while True:
            if not self._called.acquire(timeout=self._turns.idle):
                self._turns.rest()
                self._called.acquire()
            job = self._job
            while job is not None:
                self._job = job
                self._turns.work(job)
                self._job = None  # before somebody can call again
                following = self._turns.ended(job, self)
                job.done.release()
                job = following


class _Form:
    """A form of known length on its way in; ConnectionResetError where it ends before that."""

    def __init__(self, source: Any, length: int) -> None:
        self._source, self._left = source, length

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, fewer only at the end of the form."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        parts = []
        while wanted:
            parts.append(self._counted(self._source.read(wanted)))
            wanted -= len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:
        """The next line, or so many bytes of it."""
        most = self._left if size is None or size < 0 else min(size, self._left)
        return self._counted(self._source.readline(most)) if most else b""

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        """The lines."""
        return iter(self.readline, b"")

    def _counted(self, data: bytes) -> bytes:
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "the form broke off")
        self._left -= len(data)
        return data


def _guard_form(environ: dict[str, Any]) -> None:
    """A form is read whole or not at all. Pieces of a large file come by PUT: of them what arrived is kept."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("REQUEST_METHOD") == "POST" and length.isdecimal():
        environ["wsgi.input"] = _Form(environ["wsgi.input"], int(length))


def _read(environ: dict[str, Any], cookie: str) -> bool:
    """Read what was sent in the thread of its sender; False where it is worked on beside the others instead.

    That is for what is too large, of unknown length (`Transfer-Encoding: chunked`), or from a stranger. Of what is no
    form nobody reads a body.
    """
    if environ.get("REQUEST_METHOD") not in ("POST", "PUT", "PATCH", "DELETE"):
        return True
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal() or int(length) > READ_BEFORE:
        return False
    if cookie and f"{cookie}=" not in environ.get("HTTP_COOKIE", ""):
        return False
    if length != "0":
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
    return True


def _whole(answer: Any) -> Answer:
    """The body made in the thread that has the connections to the database; files are sent by the server."""
    if getattr(answer, "streaming", True):
        return answer
    try:
        return list(answer)
    finally:
        answer.close()
