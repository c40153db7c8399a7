"""How many complete submissions with a 200 kB file the site takes in, against pretalx on the same server.

    python -m benchmarks.web.submission --peer FOLDER [--databases sqlite,postgres] [--turns 5] [--out SUBMISSION.md]

FOLDER holds the peer's own environment (`FOLDER/venv`, see benchmarks.web.pretalx). Both run under the same gunicorn
(two processes of 32 threads with the worker that `tidui serve` has; with `--workers sync` of one), one after the other
in alternating turns, asked by so many browsers that keep their connection. Measured are the form, a list, and a
submission: all requests that send something, the file among them.

    python -m benchmarks.web.submission --rush [--databases …]

measures the last minutes of a call without the peer: 48 people who submit at once, and a quiet reader beside 16 slow
senders of a file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.web import pretalx
from benchmarks.web.environment import site_of
from benchmarks.web.load import WORKERS, Browser, Load, Server, drive, fields, multipart, pdf

SIZE: Final = 200_000
#: A scan that goes in pieces; three of them are the papers of one application.
SCAN: Final = 19 * 2**20
TOKEN: Final = "a" * 32
#: What the form says over what stands in the enterprise's file.
TYPED: Final = {
    "q.contact": "白小慧", "q.phone": "13900001111", "q.products": "精密传感器", "q.innovation": "自主研发",
    "established_on": "2015-05-20", "industry": "C3571", "field": "101", "resident": "true",
    "audit_collection": "true", "sound_accounts": "true", "collects_rd_costs": "true", "pays_income_tax": "true",
    "employees.{year}": "100", "st_staff.{year}": "35", "sales_revenue.{year}": "10000000",
    "total_cost.{year}": "8000000", "total_assets.{year}": "20000000", "rd_deductible.{year}": "450000",
    "ip_class1": "1", "ip_class2": "0",
    "national_award_top3": "false", "provincial_rd_institution": "false", "standard_lead": "false",
    "prohibited_products": "false", "major_incidents": "", "major_incidents.none": "on", "serious_fraud": "",
    "serious_fraud.none": "on", "research_dishonesty": "", "research_dishonesty.none": "on", "abnormal_listed": "false",
    "dishonesty_listed": "false", "pledge": "on", "despite": "on",
}  # fmt: skip


# ---------------------------------------------------------------------- the site that is measured
def fill(count: int) -> dict[str, Any]:
    """A department, an agency, an open call, and so many enterprises with a person each who has signed in."""
    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.test import Client
    from django.utils import timezone

    from tidui.accounts.actions.organisations import NewOrganisation, found, found_all
    from tidui.accounts.enums import Role
    from tidui.accounts.models import Membership, User
    from tidui.casework.actions import calls
    from tidui.codes import uscc
    from tidui.site.beginning import begin

    at = timezone.now()
    first = begin(department="省科技厅", username="officer", name="经办人", password="a-long-password-1", at=at)
    by = first.administrator
    Membership.objects.create(user=by, organisation=first.department, role=Role.OFFICER, since=at)
    wanted = NewOrganisation(kind="agency", name="评价中心", division="620102")
    agency = found(organisation=wanted, since=dt.date(2020, 1, 1), reason="", by=by, at=at)
    bodies = [f"91620102BM{number:07d}" for number in range(count)]
    rows = [
        NewOrganisation(
            kind="enterprise", name=f"兰州测速{number}号有限公司", division="620102",
            uscc=body + uscc.check_character(body),
        )
        for number, body in enumerate(bodies)
    ]
    made = list(found_all(organisations=rows, since=dt.date(2020, 1, 1), by=by, at=at))
    hashed = make_password("a-long-password-1")
    people = User.objects.bulk_create(
        User(username=f"boss{number}", name="白总", mobile=f"139{number:08d}", password=hashed, joined_at=at)
        for number in range(count)
    )
    Membership.objects.bulk_create(
        Membership(user=person, organisation=one, role=Role.ADMINISTRATOR, since=at)
        for person, one in zip(people, made, strict=True)
    )
    drafted = calls.draft_call(
        programme_name="tech-sme", year=at.year, title="评价申报通知", text="请按时申报。",
        opens_at=at - dt.timedelta(days=1), closes_at=at + dt.timedelta(days=30), by=by, at=at,
    )  # fmt: skip
    call = calls.publish_call(call=drafted, by=by, at=at)
    sessions = []
    for person in people:
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
        sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return {
        "call": call.pk, "agency": agency.pk, "sessions": sessions, "cookie": settings.SESSION_COOKIE_NAME,
        "csrf": settings.CSRF_COOKIE_NAME, "enterprises": [one.pk for one in made],
    }  # fmt: skip


def child(count: int) -> None:
    """Make and fill the database; prints what the load needs as JSON."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    print(json.dumps(fill(count)))


class Unwelcome(Exception):
    """The site answered otherwise than a submission needs; the text says how."""


class Site:
    """The people of the site who are still to submit; each call of `submitter` takes the next one."""

    def __init__(self, port: int, filled: Mapping[str, Any]) -> None:
        self.port, self.filled = port, filled
        self._left = list(zip(filled["sessions"], filled["enterprises"], strict=True))
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}

    def next(self) -> tuple[Browser, int]:
        """Somebody who has not submitted yet; StopIteration when there is nobody."""
        with self._lock:
            if not self._left:
                raise StopIteration
            session, enterprise = self._left.pop()
        cookies = {self.filled["cookie"]: session, self.filled["csrf"]: TOKEN}
        return Browser(self.port, cookies=cookies), enterprise

    def form(self, enterprise: int) -> str:
        """The address of the form of an enterprise that has not begun an application."""
        return f"/calls/{self.filled['call']}/apply/{enterprise}/"

    def learn(self) -> str:
        """What the form of the first one sends, as its page has it; the address of its draft, for reading it."""
        browser, enterprise = self.next()
        page = browser.get(self.form(enterprise))
        if page.status != 200:
            raise Unwelcome(f"the form answers {page.status}")
        given = fields(page.body, r"/apply/\d+/")
        year = next(name.partition(".")[2] for name in given if name.startswith("employees."))
        typed = {name.format(year=year): text for name, text in TYPED.items()}
        self._texts = {**given, **typed, "agency": str(self.filled["agency"]), "csrfmiddlewaretoken": TOKEN}
        self._texts.pop("do", None)
        body, kind = multipart([*given.items()])
        kept = browser.post(f"{self.form(enterprise)}?since=0", body, kind)
        if kept.status != 302:
            raise Unwelcome(f"saving answers {kept.status}")
        self.reader = browser
        return kept.headers["location"]

    def seat(self) -> Callable[[], bool]:
        """A line to the site that is kept, as the peer's are; at each call somebody else submits over it."""
        line = Browser(self.port)

        def submit() -> bool:
            browser, enterprise = self.next()
            line.cookies = browser.cookies
            return self.submit_as(line, enterprise)

        return submit

    def submit_as(self, browser: Browser, enterprise: int) -> bool:
        """The request of a complete submission: the application is begun by it."""
        form = self.form(enterprise)
        body, kind = multipart([*self._texts.items()], [("file.accounts", "报表.pdf", pdf(SIZE, enterprise))])
        answer = browser.post(f"{form}submit/?since=0", body, kind)
        where = answer.headers.get("location", "")
        if answer.status != 302 or not where.endswith("/receipt/"):
            raise Unwelcome(f"submit answers {answer.status} {where} {_problems(answer.body)}")
        return True


def _problems(body: bytes) -> str:
    """What a page that refuses says first."""
    found = re.search(rb'role="alert".*?</', body, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found[0].decode("utf-8", "replace"))[:300] if found else ""


@contextmanager
def serving(
    database: str, home: Path, port: int, count: int, workers: str = "tidui"
) -> Iterator[tuple[Site, Server]]:
    """The site on a new database, answering on a port."""
    with site_of(database, home) as environment:
        environment["TIDUI_URL"] = f"http://localhost:{port}"
        command = [sys.executable, "-m", "benchmarks.web.submission", "--child", str(count)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        filled = json.loads(done.stdout.strip().splitlines()[-1])
        gunicorn = Path(sys.executable).with_name("gunicorn")
        server = Server(gunicorn, "tidui.site.wsgi:application", port, environment, home, workers)
        try:
            yield Site(port, filled), server
        finally:
            server.stop()


@contextmanager
def peer(venv: Path, database: str, folder: Path, port: int, workers: str) -> Iterator[Server]:
    """The peer on a database of its own, answering on a port."""
    from tests.postgres_server import Server as Postgres

    held = None
    if database == "postgres":
        import psycopg

        held = Postgres(durable=True)
        with psycopg.connect(held.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE pretalx")
            told = connection.info
            lines = {"backend": "postgresql", "name": "pretalx", "user": told.user, "host": told.host}
    else:
        lines = {"backend": "sqlite3", "name": str(folder / "db.sqlite3")}
    try:
        environment = pretalx.prepare(venv, folder, port, lines)
        gunicorn = venv / "bin" / "gunicorn"
        server = Server(gunicorn, "pretalx.wsgi:application", port, environment, folder, workers)
        try:
            yield server
        finally:
            server.stop()
    finally:
        if held is not None:
            held.stop()
        shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------------- against the peer
def _good(browser: Browser, path: str) -> Callable[[], bool]:
    return lambda: browser.get(path).status == 200


def compare(database: str, home: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Form, list and submission on one database, in alternating turns; medians of the turns."""
    people = int(asked.seconds * asked.turns * 100) + 200
    with (
        serving(database, home / f"site-{database}", 8141, people, asked.workers) as (site, ours),
        peer(asked.peer / "venv", database, home / f"peer-{database}", 8140, asked.workers) as theirs,
    ):
        form = site.learn()
        mine = [Browser(site.port, cookies=dict(site.reader.cookies)) for _one in range(asked.people)]
        others = [pretalx.sign_in(8140, number) for number in range(asked.people)]
        given = [pretalx.submitter(browser, SIZE) for browser in others]
        listed = f"{pretalx.EVENT}/me/submissions/"
        calls = {
            "form": (
                [_good(one, form) for one in mine],
                [_good(one, page) for one, (page, _submit) in zip(others, given, strict=True)],
            ),
            "list": ([_good(one, "/applications/") for one in mine], [_good(one, listed) for one in others]),
            "submission": ([site.seat() for _one in range(asked.people)], [submit for _page, submit in given]),
        }
        return {name: _turns(pair, (ours, theirs), asked) for name, pair in calls.items()}


def _turns(pair: Any, servers: tuple[Server, Server], asked: argparse.Namespace) -> dict[str, Any]:
    for calls in pair:
        drive(calls, 1.0)
    found: tuple[list[Load], list[Load]] = ([], [])
    for turn in range(asked.turns):
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            before = servers[side].cpu()
            load = drive(pair[side], asked.seconds)
            load.cpu = 1000 * (servers[side].cpu() - before) / max(1, load.count)
            found[side].append(load)
    sides = [
        {name: statistics.median(getattr(one, name) for one in side) for name in ("rate", "p50", "p95", "cpu")}
        | {"failed": sum(one.failed for one in side), "first": next((one.first for one in side if one.first), "")}
        for side in found
    ]
    ratios = [(a.rate / b.rate, a.p95 / b.p95) for a, b in zip(*found, strict=True) if b.rate and b.p95]
    return {
        "ours": sides[0], "theirs": sides[1], "rate": statistics.median(one for one, _ in ratios),
        "p95": statistics.median(one for _, one in ratios),
    }  # fmt: skip


# ---------------------------------------------------------------------- the last minutes
def rush(database: str, home: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """48 people submit at once; then somebody reads alone, and beside 16 slow senders."""
    people = 48 * 40 + 200
    with serving(database, home / f"rush-{database}", 8141, people) as (site, server):
        form = site.learn()
        drive([site.seat() for _one in range(4)], 1.0)
        crowd = drive([site.seat() for _one in range(48)], asked.seconds * 3)
        reader = [_good(Browser(site.port, cookies=dict(site.reader.cookies)), form) for _one in range(4)]
        drive(reader, 1.0)
        quiet = drive(reader, asked.seconds)
        ended, sent = threading.Event(), []
        senders = [threading.Thread(target=_slowly, args=(site, ended, sent)) for _one in range(16)]
        for sender in senders:
            sender.start()
        time.sleep(1)
        beside = drive(reader, asked.seconds)
        ended.set()
        for sender in senders:
            sender.join()
        scans = resume(site)
        locked = server.log.read_text("utf-8").count("locked")
    return {
        "crowd": vars(crowd), "quiet": vars(quiet), "beside": vars(beside), "sent": len(sent), "locked": locked,
        "refused": sum(1 for status in sent if status != 302), "scans": scans,
    }  # fmt: skip


def resume(site: Site) -> dict[str, Any]:
    """Three scans of 19 MiB go in pieces; in each the line breaks in the middle of a piece, and goes on from there."""
    browser, _enterprise = site.next()
    begun, broken_at = time.perf_counter(), []
    for number in range(3):
        content = pdf(SCAN, number)
        asked = json.dumps({"kind": "casework.evidence", "name": f"扫描{number}.pdf", "size": len(content)}).encode()
        made = json.loads(browser.ask("POST", "/uploads/", asked, "application/json", X_CSRFToken=TOKEN).body)
        where, piece = f"/uploads/{made['id']}/", made["piece"]
        _break_off(site, browser, f"{where}?offset=0", content[:piece])
        offset = json.loads(browser.get(where).body)["offset"]
        broken_at.append(offset)
        while offset < len(content):
            part = content[offset : offset + piece]
            kind = "application/octet-stream"
            answer = browser.ask("PUT", f"{where}?offset={offset}", part, kind, X_CSRFToken=TOKEN)
            offset = json.loads(answer.body)["offset"]
        done = browser.ask("POST", f"{where}finish/", b"", "application/json", X_CSRFToken=TOKEN)
        if done.status != 200 or not json.loads(done.body).get("token"):
            raise Unwelcome(f"finish answers {done.status}")
    browser.close()
    return {"seconds": time.perf_counter() - begun, "broken_at": broken_at}


def _break_off(site: Site, browser: Browser, path: str, piece: bytes) -> None:
    """Send half of a piece and hang up."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: localhost:{site.port}\r\nCookie: {cookies}\r\nX-CSRFToken: {TOKEN}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(piece)}\r\n\r\n"
    )
    with socket.create_connection(("localhost", site.port), timeout=60) as line:
        line.sendall(head.encode() + piece[: len(piece) // 2])
    time.sleep(0.5)


def _slowly(site: Site, ended: threading.Event, sent: list[int]) -> None:
    """Submit over a line that gives an eighth of the form every half second, until told to end."""
    while not ended.is_set():
        browser, enterprise = site.next()
        form = site.form(enterprise)
        body, kind = multipart([*site._texts.items()], [("file.accounts", "a.pdf", pdf(SIZE, enterprise))])
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        head = (
            f"POST {form}submit/?since=0 HTTP/1.1\r\nHost: localhost:{site.port}\r\n"
            f"Cookie: {cookies}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(("localhost", site.port), timeout=60) as line:
            line.sendall(head.encode())
            part = len(body) // 8 + 1
            for start in range(0, len(body), part):
                line.sendall(body[start : start + part])
                time.sleep(0.5)
            sent.append(int(line.recv(64).split()[1]))


# ---------------------------------------------------------------------- telling
def told(found: Mapping[str, dict[str, Any]], rushed: Mapping[str, dict[str, Any]], asked: argparse.Namespace) -> str:
    """The results as Markdown."""
    lines = [
        "# A complete submission with a 200 kB file",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores; gunicorn, 2 processes "
        f"{'of one request at a time' if asked.workers == 'sync' else '× 32 threads'} ({asked.workers}); "
        f"{asked.people} people, {asked.turns} turns of {asked.seconds:g} s each by turns; medians. Promised: "
        "submission at least 5 times as many a second with a p95 of at most 0.25, form at least 2 times, list at "
        "least 1.5 times.",
        "",
        "| database | what | ours /s | p95 ms | CPU ms | pretalx /s | p95 ms | CPU ms | times as many | p95 | failed |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for database, parts in found.items():
        for what, one in parts.items():
            ours, theirs = one["ours"], one["theirs"]
            lines.append(
                f"| {database} | {what} | {ours['rate']:.1f} | {ours['p95']:.0f} | {ours['cpu']:.1f} "
                f"| {theirs['rate']:.1f} | {theirs['p95']:.0f} | {theirs['cpu']:.1f} | {one['rate']:.1f} "
                f"| {one['p95']:.2f} | {ours['failed']} / {theirs['failed']} {ours['first']} |"
            )
    for database, one in rushed.items():
        crowd, quiet, beside = one["crowd"], one["quiet"], one["beside"]
        spread, slower = crowd["p95"] / max(crowd["p50"], 1), beside["p95"] / max(quiet["p95"], 1)
        lines += [
            "",
            f"The last minutes on {database}: 48 people submit {crowd['count']} applications, {crowd['rate']:.1f}/s, "
            f"p50 {crowd['p50']:.0f} ms, p95 {crowd['p95']:.0f} ms ({spread:.1f} times p50), {crowd['failed']} failed "
            f"{crowd['first']}, {one['locked']} lock errors in the log. The form alone has a p95 of "
            f"{quiet['p95']:.0f} ms, beside 16 slow senders {beside['p95']:.0f} ms ({slower:.2f} times); "
            f"{one['sent']} slow submissions, {one['refused']} refused. Three scans of 19 MiB whose line broke in the "
            f"middle of a piece were whole after {one['scans']['seconds']:.1f} s; they went on from byte "
            f"{', '.join(map(str, one['scans']['broken_at']))}.",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", type=Path, help="the folder with the peer's environment")
    parser.add_argument("--rush", action="store_true", help="the last minutes of a call, without the peer")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--workers", choices=tuple(WORKERS), default="tidui")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("SUBMISSION.md"))
    parser.add_argument("--child", type=int)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child)
        return
    if asked.peer is None and not asked.rush:
        parser.error("name the peer's folder, or ask for the rush")
    databases = asked.databases.split(",")
    with tempfile.TemporaryDirectory(prefix="tidui-submission-benchmark-") as folder:
        found = {one: compare(one, Path(folder), asked) for one in databases} if asked.peer else {}
        rushed = {one: rush(one, Path(folder), asked) for one in databases} if asked.rush else {}
    text = told(found, rushed, asked)
    asked.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
