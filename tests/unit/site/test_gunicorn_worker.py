"""A process that is busy lets another one take the next connection."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tidui.site
from tidui.site import gunicorn_worker
from tidui.site.gunicorn_worker import Worker


class Hands(Worker):
    def __init__(self, connections=0, kept=0, unsent=0):
        self.nr_conns, self.keepalived_conns, self.pending_conns = connections, [None] * kept, [None] * unsent


@pytest.mark.parametrize(
    ("worker", "count"),
    [(Hands(), 0), (Hands(5, 2, 1), 2), (Hands(3, 3), 0), (Hands(1, 2), 0), (Worker.__new__(Worker), 0)],
)
def test_what_is_under_way_is_neither_kept_open_nor_still_silent(worker, count):
    assert worker.in_hand() == count


def test_it_waits_the_longer_the_more_it_has_but_not_for_long(monkeypatch):
    slept, taken = [], []
    monkeypatch.setattr(gunicorn_worker.time, "sleep", slept.append)
    monkeypatch.setattr(gunicorn_worker.ThreadWorker, "accept", lambda self, listener: taken.append(listener))
    for connections in (0, 1, 3, 90):
        Hands(connections).accept("door")
    assert slept == [0, gunicorn_worker.STEP, 3 * gunicorn_worker.STEP, gunicorn_worker.MOST * gunicorn_worker.STEP]
    assert taken == ["door"] * 4


SITE = """
import time
from gunicorn_worker import Worker

class Telling(Worker):
    def accept(self, listener):
        with open("accepts", "a") as told:
            told.write(f"{self.in_hand()}\\n")
        super().accept(listener)

def application(environ, start):
    time.sleep(0.5)
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"here"]
"""


def asked(port):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: line.recv(4096), b"")).partition(b"\r\n\r\n")[2]


def test_gunicorn_asks_it_for_every_connection_and_it_knows_what_it_has_in_hand(tmp_path):
    (tmp_path / "site_of_the_test.py").write_text(SITE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    module = Path(tidui.site.__file__).with_name("gunicorn_worker.py")
    (tmp_path / module.name).write_bytes(module.read_bytes())  # it serves any application, without the site
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "16",
            "-k", "site_of_the_test.Telling", "--no-control-socket", "site_of_the_test:application",
        ],
        cwd=tmp_path, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while True:
            try:
                asked(port)
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)
        told = []
        crowd = [threading.Thread(target=lambda: told.append(asked(port))) for _one in range(12)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join(30)
    finally:
        server.terminate()
        server.wait(30)
    assert told == [b"here"] * 12
    in_hand = [int(line) for line in (tmp_path / "accepts").read_text().split()]
    assert len(in_hand) >= 13 and max(in_hand) >= 2, in_hand
