"""Ports for servers that tests start in processes of their own, and which cannot be asked to choose one themselves."""

from __future__ import annotations

import random
import socket

#: Below those from which the kernel takes the near ends of connections: no passing connection sits on one of these
#: while a server is still starting.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """A port of this machine that nobody listens on; another at every call, in whatever process."""
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
