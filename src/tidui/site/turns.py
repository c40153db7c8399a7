"""One request of a process is worked on at a time, by the thread that worked last.

Threads are there so that slow senders keep nobody waiting: each reads its form and sends its answer in a thread of the
server's own. What lies between, the work itself, gains nothing from being done by many threads at once: they take the
interpreter from one another in the middle of a statement or of a lock, and each has a connection of its own whose
statements the database must first learn. So requests take turns, in the order in which they arrived, and the work is
done in a thread of ours: always the same, as long as it is quick. Whoever takes longer than `PATIENCE` loses the turn
to the next one, who is worked on in another thread beside: a long report holds nobody up.
"""

from __future__ import annotations

import io
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

#: How long a request has the process for itself, in seconds: several times what a page takes.
PATIENCE: Final = 0.1
#: A form of up to so many bytes is read before its turn; whoever sends more is worked on beside the others.
READ_BEFORE: Final = 1_000_000

Answer = Iterable[bytes]
Application = Callable[[dict[str, Any], Any], Answer]


class _Job:
    """A request: what is to be called, and what came of it."""

    __slots__ = ("answer", "begun", "done", "environ", "error", "start")

    def __init__(self, environ: dict[str, Any], start: Any) -> None:
        self.environ, self.start = environ, start
        self.answer: Answer = ()
        self.error: BaseException | None = None
        self.begun = 0.0
        self.done = threading.Lock()
        self.done.acquire()


class Turns:
    """A WSGI application that gives the requests of one process their turns at another one."""

    def __init__(self, application: Application, patience: float = PATIENCE) -> None:
        self._application, self._patience = application, patience
        self._guard = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._in_turn: _Job | None = None
        #: The threads without work; the one that ended last is taken first.
        self._idle: list[_Hand] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Answer:
        """The application's answer; a body that is no file is whole when it is given."""
        if not environ.get("wsgi.multithread"):
            return self._application(environ, start_response)
        job = _Job(environ, start_response)
        beside = not _read(environ)
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

    def _look(self, job: _Job) -> float:
        """Give the turn to the next one when whoever has it takes too long; how long to wait before looking again."""
        with self._guard:
            held = self._in_turn
            if job.begun or held is None:
                return -1
            left = held.begun + self._patience - time.monotonic()
            if left <= 0:
                self._in_turn, left = None, self._patience
                self._next()
            return left

    def _next(self) -> None:
        """Under the guard: begin with whoever has waited longest, if nobody has the turn."""
        while self._in_turn is None and self._waiting:
            self._in_turn = self._waiting.popleft()
            self._begin(self._in_turn)

    def _begin(self, job: _Job) -> None:
        """Under the guard: let a thread work on it; where the system gives none, that is the request's error."""
        job.begun = time.monotonic()
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
                self._in_turn = None
                if self._waiting:
                    self._in_turn = self._waiting.popleft()
                    self._in_turn.begun = time.monotonic()
                    return self._in_turn
            self._idle.append(hand)
        return None


class _Hand:
    """A thread that works on requests, one after the other; it sleeps between them and ends with the process."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._job: _Job | None = None
        self._called = threading.Lock()
        self._called.acquire()
        threading.Thread(target=self._run, name="turn", daemon=True).start()

    def take(self, job: _Job) -> None:
        """Work on it."""
        self._job = job
        self._called.release()

    def _run(self) -> None:
        while True:
            self._called.acquire()
            job, self._job = self._job, None
            while job is not None:
                self._turns.work(job)
                following = self._turns.ended(job, self)
                job.done.release()
                job = following


def _read(environ: dict[str, Any]) -> bool:
    """Read the form in the thread of its sender; False for one that is too large for that, or of unknown length.

    What is sent with `Transfer-Encoding: chunked` tells no length.
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal() or int(length) > READ_BEFORE:
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
