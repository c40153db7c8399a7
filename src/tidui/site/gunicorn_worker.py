"""gunicorn's threaded worker, but for one thing: a process that is busy lets another one take the next connection.

All processes listen at one door, and whoever wakes first takes who comes: of two processes one may have all the work.
Here a process waits before it takes another connection, the longer the more it has in hand; meanwhile an idle one takes
it. Nothing of the site is imported, so that any application can be served by it.
"""

from __future__ import annotations

import time
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

#: Seconds of waiting for each connection in hand, up to so many of them.
STEP: Final = 0.001
MOST: Final = 4


class Worker(ThreadWorker):
    """As `gthread`; `accept` is called by gunicorn's loop when somebody has come."""

    def accept(self, listener: Any) -> None:
        """Take the connection that waits, if no other process has taken it meanwhile."""
        time.sleep(STEP * min(self.in_hand(), MOST))
        super().accept(listener)

    def in_hand(self) -> int:
        """The connections with a request under way: all but those that are kept open, or have sent nothing yet."""
        resting = len(getattr(self, "keepalived_conns", ())) + len(getattr(self, "pending_conns", ()))
        return max(0, getattr(self, "nr_conns", 0) - resting)
