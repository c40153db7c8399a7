"""What the tamper log costs, and how fast everything is verified, on both databases.

    python -m benchmarks.audit [--rows 100000] [--events 1000000]

The peer of a watched table is the same table with its triggers dropped, in the same run, alternating.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 5
SINGLE = 400
BATCH = 2000


def main() -> None:
    """Run each part on SQLite and on a PostgreSQL that is started for it, in a process each."""
    options = _options()
    if options.database is None:
        for database in ("sqlite", "postgres"):
            arguments = ["--database", database, "--rows", str(options.rows), "--events", str(options.events)]
            os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-m", "benchmarks.audit", *arguments])
        return
    with tempfile.TemporaryDirectory() as home:
        _prepare(options.database, Path(home))
        try:
            _verify(options.database, options.events)
            _single(options.database)
            _bulk(options.database, options.rows)
        finally:
            _end()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    return parser.parse_args()


_server: Any = None


def _prepare(database: str, home: Path) -> None:
    global _server
    os.environ |= {"TIDUI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tidui.site.settings"}
    os.environ.setdefault("TIDUI_SECRET_KEY", "only-for-the-benchmark-0123456789-abcdefghijklmnopqrstuvwxyz")
    os.environ.pop("DATABASE_URL", None)
    if database == "postgres":
        from tests.postgres_server import Server

        _server = Server()
        os.environ["DATABASE_URL"] = _server.url("postgres")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _end() -> None:
    from django.db import connections

    connections.close_all()
    if _server is not None:
        _server.stop()


def _triggers(on: bool) -> None:
    from django.db import connection

    from tidui.audit import install

    with connection.cursor() as cursor:
        for statement in [] if on else install._drops(connection, set()):
            cursor.execute(statement)
    if on:
        install._make_triggers(connection, set(connection.introspection.table_names()))


def _compared(work: Callable[[int], None], times: int) -> tuple[float, float]:
    """Seconds for one unit of work, without and with triggers: the best of alternating rounds."""
    spent: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(ROUNDS):
        for on in (False, True) if turn % 2 else (True, False):
            _triggers(on)
            begun = time.perf_counter()
            work(times)
            spent[on].append((time.perf_counter() - begun) / times)
    return min(spent[False]), min(spent[True])


def _told(what: str, unwatched: float, watched: float, unit: float = 1e3, name: str = "ms") -> None:
    print(
        f"  {what:42} {unwatched * unit:9.4f} {name} → {watched * unit:9.4f} {name}"
        f"  ×{watched / unwatched:.2f}  {(watched - unwatched) * unit:+.4f} {name}",
        flush=True,
    )


def _single(database: str) -> None:
    from django.db import transaction

    from tidui.accounts.models import User

    print(f"{database}: one row at a time, each in a transaction of its own")
    User.objects.all().delete()
    person = User.objects.create(username="a", name="甲")

    def update(times: int) -> None:
        for number in range(times):
            with transaction.atomic():
                User.objects.filter(pk=person.pk).update(name=f"名{number}{time.perf_counter_ns()}")

    def create(times: int) -> None:
        stamp = time.perf_counter_ns()
        for number in range(times):
            with transaction.atomic():
                User.objects.create(username=f"{stamp}-{number}", name="乙")

    _told("update", *_compared(update, SINGLE))
    _told("create", *_compared(create, SINGLE))


def _bulk(database: str, rows: int) -> None:
    from django.db import transaction

    from tidui.accounts.models import Organisation
    from tidui.registry.models import YearFigures

    print(f"{database}: {rows:,} rows of year figures by bulk_create, one transaction")
    Organisation.objects.bulk_create([Organisation(kind="enterprise", name=f"企业{n}") for n in range(rows)], BATCH)
    keys = list(Organisation.objects.values_list("pk", flat=True))
    years = iter(range(1950, 2100))

    def load(times: int) -> None:
        year = next(years)
        with transaction.atomic():
            YearFigures.objects.bulk_create(
                [YearFigures(organisation_id=key, year=year, sales_revenue=key * 100, employees=12) for key in keys],
                BATCH,
            )

    _told(f"{rows:,} rows", *_compared(load, 1), unit=1, name="s")


def _verify(database: str, count: int) -> None:
    from django.utils import timezone

    from tidui.accounts.models import Organisation
    from tidui.audit import digests, events, seals
    from tidui.audit.models import Event
    from tidui.audit.verify import verify

    _triggers(True)
    subject = Organisation.objects.create(kind="department", name="省科技厅")
    sample = events.record("bench.done", actor=None, subject=subject, at=timezone.now(), details={"note": "说明"})
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        made = []
        for _ in range(min(BATCH, count - start)):
            event = Event(
                **{f.attname: getattr(sample, f.attname) for f in Event._meta.concrete_fields if f.name != "id"}
            )
            event.digest = digests.event_digest(event)
            made.append(event)
        Event.objects.bulk_create(made)
    print(f"{database}: {count:,} events written in {time.perf_counter() - begun:.1f} s", flush=True)
    begun = time.perf_counter()
    made_seals = seals.seal(at=timezone.now())
    print(f"  sealed in {len(made_seals)} seals: {time.perf_counter() - begun:.1f} s", flush=True)
    begun = time.perf_counter()
    report = verify()
    took = time.perf_counter() - begun
    print(
        f"  verified {report.events:,} events, {report.tampers:,} log rows, {report.tables} tables: {took:.1f} s;"
        f" {'sound' if report.sound else f'{len(report.findings)} findings'}",
        flush=True,
    )


if __name__ == "__main__":
    main()
