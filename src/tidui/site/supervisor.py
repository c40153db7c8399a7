"""Keeps the web server and the workers running: starts them, starts a dead worker again, stops them in good order."""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final

logger = logging.getLogger(__name__)

#: Requests and tasks in hand may end within this time, in seconds; then the process is killed, and a task of a killed
#: worker is taken up again by the next one.
GRACE: Final = 40.0
LOOK: Final = 0.2
#: A worker that dies at once is not started again at once: seconds, doubled up to the limit.
PAUSE, PAUSE_AT_MOST = 1.0, 30.0
_PR_SET_PDEATHSIG = 1


class Worker:
    """A worker process, started again whenever it dies."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._pause = PAUSE
        self._again_at = 0.0
        self._began = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start it if it does not run and it is time."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            logger.error("a worker ended (%s); it is started again", self.process.returncode)
            self._pause = PAUSE if now - self._began > PAUSE_AT_MOST else min(self._pause * 2, PAUSE_AT_MOST)
            self._again_at = now + self._pause
            self.process = None
        if self.process is None and now >= self._again_at:
            self.process = start(self._command)
            self._began = now


class Supervisor:
    """`run` returns the exit code of the web server when it has ended, and everything else with it."""

    def __init__(self, web: Sequence[str], workers: Sequence[Sequence[str]]) -> None:
        self._command = web
        self._workers = [Worker(command) for command in workers]
        self._stopping = False

    def run(self) -> int:
        """Serve until told to stop (SIGTERM, SIGINT) or until the web server ends; SIGHUP reloads it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        web = start(self._command)
        signal.signal(signal.SIGHUP, lambda *told: web.send_signal(signal.SIGHUP))
        while not self._stopping and web.poll() is None:
            for worker in self._workers:
                worker.look()
            time.sleep(LOOK)
        stop([web, *(worker.process for worker in self._workers if worker.process is not None)])
        return 0 if self._stopping else web.returncode

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A process of its own session (Ctrl-C reaches it through us alone) that ends when we end, even by SIGKILL."""
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask all to end, and kill those that do not."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            logger.error("process %s did not end in %.0f s and is killed", process.pid, GRACE)
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
