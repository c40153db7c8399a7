"""A bounded load on a server of this machine: browsers that keep their connection, each in a thread of its own.

Raw sockets, because on two cores the client must cost little beside the server that is measured.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

PATIENCE: Final = 60.0
FORM: Final = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Browser:
    """One person's connection and cookies."""

    port: int
    host: str = "localhost"
    cookies: dict[str, str] = field(default_factory=dict)
    _socket: socket.socket | None = None
    _read: bytes = b""

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self.ask("GET", path)

    def post(self, path: str, body: bytes, kind: str, **headers: str) -> Answer:
        """Send a form."""
        return self.ask("POST", path, body, kind, **headers)

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> Answer:
        """One request; a connection that the server closed meanwhile is opened again once."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", "Accept: text/html"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method != "GET":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        kept = self._socket is not None
        try:
            return self._exchange(whole)
        except OSError:
            self.close()
            if not kept:
                raise
            return self._exchange(whole)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._read = None, b""

    def _exchange(self, whole: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection((self.host, self.port), timeout=PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(whole)
        return self._answer()

    def _until(self, enough: Callable[[bytes], bool]) -> None:
        assert self._socket is not None
        while not enough(self._read):
            more = self._socket.recv(262_144)
            if not more:
                raise ConnectionError("the server hung up")
            self._read += more

    def _answer(self) -> Answer:
        self._until(lambda read: b"\r\n\r\n" in read)
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *others = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in others:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                cookie, _, held = value.split(";")[0].strip().partition("=")
                self.cookies[cookie] = held
            headers[name.lower()] = value.strip()
        body = self._chunks() if headers.get("transfer-encoding") == "chunked" else self._take(
            int(headers.get("content-length", 0))
        )
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(first.split()[1]), headers, body)

    def _take(self, count: int) -> bytes:
        self._until(lambda read: len(read) >= count)
        taken, self._read = self._read[:count], self._read[count:]
        return taken

    def _chunks(self) -> bytes:
        found = []
        while True:
            self._until(lambda read: b"\r\n" in read)
            size, _, self._read = self._read.partition(b"\r\n")
            part = self._take(int(size.split(b";")[0], 16) + 2)[:-2]
            if not part:
                return b"".join(found)
            found.append(part)


def multipart(fields: Sequence[tuple[str, str]], files: Sequence[tuple[str, str, bytes]] = ()) -> tuple[bytes, str]:
    """A form with files, and its content type; a file is field, name, content."""
    mark = f"----{random.getrandbits(64):016x}"
    start = f"--{mark}\r\nContent-Disposition: form-data; name="
    parts = [f'{start}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields]
    for name, called, content in files:
        head = f'{start}"{name}"; filename="{called}"\r\n'
        parts.append(f"{head}Content-Type: application/pdf\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"


@cache
def _noise(size: int) -> bytes:
    """Made once: the client must not take from the server what another random megabyte costs."""
    return random.Random(size).randbytes(size)


def pdf(size: int, seed: int) -> bytes:
    """A small valid PDF with an incompressible stream that makes it about this long; another one for every seed."""
    noise = seed.to_bytes(8, "big") + _noise(size)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        b"<< /Length %d >>\nstream\n" % len(noise) + noise + b"\nendstream",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, held in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + held + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + tail % len(out)


class _Fields(HTMLParser):
    """The values that a form would send as it stands."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.found = action, not action, {}
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action:
            self.inside = re.search(self.action, given.get("action", "")) is not None
        if not self.inside:
            return
        name, kind = given.get("name", ""), given.get("type", "")
        if tag == "input" and name and kind not in ("submit", "file", "button"):
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    self.found[name] = given.get("value", "on")
            else:
                self.found.setdefault(name, given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            value = given.get("value", "")
            if "selected" in given or (value and self._select not in self.found):
                self.found[self._select] = value
        elif tag == "textarea":
            self._text = name
            self.found[name] = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.found[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
        if tag == "select":
            self._select = ""
        if tag == "form" and self.action:
            self.inside = False


def fields(body: bytes, action: str = "") -> dict[str, str]:
    """What the form whose action matches (any form where none is named) would send."""
    parser = _Fields(action)
    parser.feed(body.decode("utf-8", "replace"))
    return parser.found


@dataclass
class Load:
    """What a load found: good answers a second, latencies in milliseconds, and what went wrong."""

    count: int
    rate: float
    p50: float
    p95: float
    failed: int
    first: str
    cpu: float = 0.0


def drive(calls: Sequence[Callable[[], bool]], seconds: float, most: int = 100_000) -> Load:
    """One thread a call, each again and again for so long; a call is good when it answers True.

    A call that raises StopIteration has nothing left to do and ends its thread.
    """
    taken: list[float] = []
    failed: list[str] = []
    done = [0]
    until = time.perf_counter() + seconds

    def work(call: Callable[[], bool]) -> None:
        mine = []
        while time.perf_counter() < until and done[0] < most:
            begun = time.perf_counter()
            try:
                good = call()
            except StopIteration:
                break
            except Exception as error:
                good = False
                failed.append(repr(error)[:200])
            if good:
                mine.append(time.perf_counter() - begun)
            else:
                failed.append("not the answer that was wanted")
            done[0] += 1
        taken.extend(mine)

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    taken.sort()
    return Load(
        len(taken), len(taken) / spent, 1000 * statistics.median(taken) if taken else 0.0,
        1000 * taken[min(len(taken) - 1, int(0.95 * len(taken)))] if taken else 0.0, len(failed),
        failed[0] if failed else "",
    )  # fmt: skip


_WORKER: Final = Path(__file__).parents[2] / "src" / "tidui" / "site" / "gunicorn_worker.py"
#: How gunicorn works: as `tidui serve` has it, peers too; with its own threaded worker; or a process a request, which
#: nobody with slow senders would take.
WORKERS: Final = {
    "tidui": ["-k", "gunicorn_worker.Worker", "--threads", "32"], "gthread": ["-k", "gthread", "--threads", "32"],
    "sync": ["-k", "sync"],
}  # fmt: skip


class Server:
    """A gunicorn of two processes, in a session of its own; `cpu` counts all of them."""

    def __init__(
        self, program: Path, application: str, port: int, environment: Mapping[str, str], folder: Path,
        workers: str = "tidui",
    ) -> None:  # fmt: skip
        command = [
            str(program), "-b", f"127.0.0.1:{port}", "-w", "2", *WORKERS[workers], "--log-level", "warning",
            application,
        ]  # fmt: skip
        self.port, self.log = port, folder / f"server-{port}.log"
        shutil.copy(_WORKER, folder)  # gunicorn looks for modules where it is started
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=dict(environment), cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        for _attempt in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None:
                    raise SystemExit(f"the server ended: {self.log.read_text()[-2000:]}") from None
                time.sleep(0.1)
        raise SystemExit("the server does not answer")

    def cpu(self) -> float:
        """Seconds of processor time of the server's processes so far."""
        ticks = os.sysconf("SC_CLK_TCK")
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parts = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(parts[3]) == self._process.pid:
                total += int(parts[11]) + int(parts[12])
        return total / ticks

    def stop(self) -> None:
        """End it and all its processes."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
