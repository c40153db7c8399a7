"""A progress bar on standard error, shown to people only."""

from __future__ import annotations

import sys
import time
from types import TracebackType


class Progress:
    """Counts rows against a total; silent where standard error is no terminal."""

    def __init__(self, total: int, title: str) -> None:
        self.total, self.title, self.done = max(total, 1), title, 0
        self.shown = sys.stderr.isatty()
        self._started = time.monotonic()
        self._drawn = 0.0

    def __enter__(self) -> Progress:
        return self

    def advance(self, rows: int) -> None:
        """So many rows more are done."""
        self.done += rows
        now = time.monotonic()
        if self.shown and (now - self._drawn > 0.1 or self.done >= self.total):
            self._drawn = now
            share = min(self.done / self.total, 1.0)
            bar = "█" * int(share * 30)
            left = (now - self._started) * (1 - share) / share if share else 0.0
            print(f"\r{self.title} {bar:<30} {share:4.0%} {left:5.0f} s", end="", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.shown:
            print(file=sys.stderr)
