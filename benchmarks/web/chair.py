"""How fast the pages of a review answer at 200 and at 2,000 applications with 5 sheets each, and with how many queries.

    python -m benchmarks.web.chair [--sizes 200,2000] [--databases sqlite,postgres] [--out CHAIR.md]

Each run is a process of its own with a new database: groups of 30 files, a panel of five for each group of which one
also sits in the next group, every sheet signed, every tenth file without its leader's signature. The department's
officer and an expert ask for each page 20 times through Django's own stack (no network). The peer of the large review
is the small one: the same queries, and a p95 within three times that of a tenth of the applications.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from benchmarks.web.environment import site_of

TIMES: Final = 20
GROUP: Final = 30
PAGES: Final = (
    ("progress", "/reviews/{review}/"),
    ("progress, second page of experts", "/reviews/{review}/?page=2"),
    ("results", "/reviews/{review}/results/"),
    ("results, the last page", "/reviews/{review}/results/?page={last}"),
    ("results, by code", "/reviews/{review}/results/?sort=code"),
    ("calibration as kept", "/reviews/{review}/calibration/"),
    ("one file", "/reviews/{review}/files/{file}/"),
    ("an expert's list", "/my-reviews/"),
)


def fill(count: int) -> dict[str, Any]:
    """A department, so many applications under review, their groups, panels and sheets, as rows."""
    from django.db import transaction
    from django.utils import timezone

    from tidui.accounts.enums import Role
    from tidui.accounts.models import Membership
    from tidui.review.scheme import scheme
    from tidui.site.beginning import begin

    chance, at = random.Random(20261122), timezone.now()
    first = begin(department="省科技厅", username="officer", name="经办人", password="a-long-password-1", at=at)
    by = first.administrator
    Membership.objects.create(user=by, organisation=first.department, role=Role.OFFICER, since=at)
    with transaction.atomic():
        review, rows = _applications(count, first.department, by, at)
        seats = _panels(review, -(-count // GROUP), by, at)
        files = _files(review, rows, [panel[0].group for panel in seats])
        _sheets(files, seats, chance, at, scheme("provincial-2024"), by)
    return {"by": by, "review": review, "file": files[count // 2], "expert": seats[0][0].expert.user}


def _applications(count: int, department: Any, by: Any, at: Any) -> tuple[Any, list[Any]]:
    """A closed batch of so many applications with its review."""
    from tidui.accounts.models import Organisation
    from tidui.casework.models import Application, Batch, Call
    from tidui.kit import clock
    from tidui.review.models import Review

    firms = Organisation.objects.bulk_create(
        Organisation(kind="enterprise", name=f"甘肃测算{number:05d}科技有限公司", division="620102")
        for number in range(count)
    )
    call = Call.objects.create(
        programme="provincial", year=2026, title="申报通知", opens_at=at, closes_at=at + dt.timedelta(days=9),
        created_by=by, created_at=at, state="published", published_by=by, published_at=at, settings={"visits": True},
    )  # fmt: skip
    batch = Batch.objects.create(
        call=call, number=1, title="第一批", stage="review", closed_at=at, closed_by=by, made_by=by, made_at=at
    )
    rows = Application.objects.bulk_create(
        Application(
            call=call, programme="provincial", organisation=firm, batch=batch, number=f"CX2026{place:05d}",
            state="active", stage="review", turn="experts", holder=department, submitted_at=at, begun_by=by,
            begun_at=at, changed_at=at,
        )
        for place, firm in enumerate(firms)
    )  # fmt: skip
    review = Review.objects.create(
        batch=batch, scheme="provincial-2024", state="reviewing", due_on=clock.today(), made_by=by, made_at=at
    )
    return review, rows


def _panels(review: Any, count: int, by: Any, at: Any) -> list[list[Any]]:
    """A panel of five for each group: of three technical experts of its own, one of the next group, one financial."""
    from tidui.accounts.models import User
    from tidui.kit import clock
    from tidui.review.models import Draw, Expert, Group, Seat

    draw = Draw.objects.create(
        review=review, number=1, public_source="", public_on=clock.today(), made_by=by, made_at=at
    )
    groups = Group.objects.bulk_create(
        Group(review=review, number=number + 1, title=f"第{number + 1}组") for number in range(count)
    )
    people = User.objects.bulk_create(
        User(username=f"expert{number}", name=f"专家{number:03d}", password="!") for number in range(count * 4)
    )
    experts = Expert.objects.bulk_create(
        Expert(
            user=person, name=person.name, kind="financial" if place % 4 == 3 else "technical", employer="大学",
            state="confirmed", recorded_by=by, recorded_at=at, decided_by=by, decided_at=at, since=clock.today(),
        )
        for place, person in enumerate(people)
    )  # fmt: skip
    made = []
    for place, group in enumerate(groups):
        panel = [*experts[place * 4 : place * 4 + 4], experts[(place * 4 + 4) % len(experts)]]
        made.append(Seat.objects.bulk_create(
            Seat(
                review=review, group=group, expert=one, kind=one.kind, leader=number == 0, draw=draw, state="accepted",
                called_at=at,
            )
            for number, one in enumerate(panel)
        ))  # fmt: skip
    return made


def _files(review: Any, rows: list[Any], groups: list[Any]) -> list[Any]:
    from tidui.review.models import File

    return File.objects.bulk_create(
        File(review=review, application=row, group=groups[place // GROUP], code=f"P{place:05d}")
        for place, row in enumerate(rows)
    )


def _sheets(
    files: list[Any], seats: list[list[Any]], chance: random.Random, at: Any, by: Any, person: Any
) -> None:
    """A signed sheet of everybody, and the leader's form of nine files in ten."""
    from tidui.review.models import PanelForm, Sheet

    strict = {seat.expert_id: chance.gauss(0, 3) for panel in seats for seat in panel}
    sheets, forms = [], []
    for place, file in enumerate(files):
        worth = chance.gauss(0.85, 0.07)
        panel = seats[place // GROUP]
        totals = []
        for seat in panel:
            items = by.marked_by(seat.kind)
            drift = strict[seat.expert_id] / 100
            given = {
                item.name: max(0, min(item.most, round(item.most * (worth + drift) + chance.gauss(0, 0.5))))
                for item in items
            }
            total = sum(given.values())
            totals.append((seat.kind, total))
            held = {
                name: {"mark": mark, "version": 1, "reason": "", "reason_version": 0, "band": None}
                for name, mark in given.items()
            }
            sheets.append(Sheet(
                file=file, seat=seat, expert_id=seat.expert_id, kind=seat.kind, marks=held, opinion="同意", total=total,
                state="signed", declared_at=at, changed_at=at, signed_at=at, digest="0" * 64,
            ))  # fmt: skip
        if place % 10:
            kinds = {kind for kind, _total in totals}
            mean = sum(
                Fraction(sum(one for kind, one in totals if kind == wanted), sum(kind == wanted for kind, _ in totals))
                for wanted in kinds
            )
            file.total, file.recommended, file.done_at = int(mean * 1_000_000), mean > 70, at
            forms.append(PanelForm(
                file=file, seat=panel[0], total=str(mean), recommended=mean > 70, signed_by=person, signed_at=at,
                digest="0" * 64, opinion="同意",
            ))  # fmt: skip
    Sheet.objects.bulk_create(sheets, batch_size=1000)
    PanelForm.objects.bulk_create(forms, batch_size=1000)
    type(files[0]).objects.bulk_update(files, ["total", "recommended", "done_at"], batch_size=500)


def child(count: int) -> None:
    """One run; prints what it measured as JSON."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from tidui.review.actions import closing

    call_command("migrate", verbosity=0)
    made = fill(count)
    begun = time.perf_counter()
    kept = closing.keep_calibration(review=made["review"], by=made["by"], at=timezone.now())
    found: dict[str, Any] = {
        "calibrating": time.perf_counter() - begun, "flips": len(kept.result["flips"]), "rows": kept.result["rows"],
        "pages": {},
    }  # fmt: skip
    chair, expert = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    chair.force_login(made["by"])
    expert.force_login(made["expert"])
    for name, address in PAGES:
        url = address.format(review=made["review"].pk, file=made["file"].pk, last=max(1, count // 50))
        client = expert if address.startswith("/my") else chair
        client.get(url)
        queries: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any, kept: list[str] = queries) -> Any:
            kept.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"{url} answers {answer.status_code}")
        taken = sorted(_seconds(client, url) for _time in range(TIMES))
        found["pages"][name] = {
            "p50": statistics.median(taken), "p95": taken[round(0.95 * (TIMES - 1))], "queries": len(queries),
        }  # fmt: skip
    print(json.dumps(found))


def _seconds(client: Any, url: str) -> float:
    begun = time.perf_counter()
    client.get(url)
    return time.perf_counter() - begun


def runs(databases: list[str], sizes: list[int], home: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every database at every size."""
    for database in databases:
        for size in sizes:
            with site_of(database, home / f"{database}-{size}") as environment:
                command = [sys.executable, "-m", "benchmarks.web.chair", "--child", str(size)]
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            yield database, size, json.loads(done.stdout.strip().splitlines()[-1])


def report(found: list[tuple[str, int, dict[str, Any]]], load: tuple[float, float, float]) -> str:
    """The results as Markdown."""
    lines = [
        "# The pages of a review at 2,000 applications with 5 sheets each",
        "",
        f"Milliseconds, {TIMES} requests a page in one process (whole Django stack, no network); Python "
        f"{platform.python_version()}, {os.cpu_count()} cores, load average when it began {load[0]:.1f}. The last "
        "column is p95 over that of the smallest review.",
        "",
        "| database | page | applications | p50 | p95 | queries | p95 over smallest |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    smallest: dict[tuple[str, str], float] = {}
    for database, size, measured in found:
        for page, one in measured["pages"].items():
            base = smallest.setdefault((database, page), one["p95"])
            lines.append(
                f"| {database} | {page} | {size:,} | {one['p50'] * 1000:.0f} | {one['p95'] * 1000:.0f} | "
                f"{one['queries']} | {one['p95'] / base:.2f} |"
            )
    lines += ["", "Calibrating all signed sheets and keeping the result:", ""]
    lines += [
        f"- {database}, {measured['rows']:,} sheets: {measured['calibrating']:.1f} s, {measured['flips']} outcomes at "
        "the line would change"
        for database, _size, measured in found
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", default="200,2000")
    asked.add_argument("--databases", default="sqlite,postgres")
    asked.add_argument("--out", type=Path)
    asked.add_argument("--child", type=int)
    options = asked.parse_args()
    if options.child:
        child(options.child)
        return
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="tidui-chair-") as home:
        sizes = [int(one) for one in options.sizes.split(",")]
        text = report(list(runs(options.databases.split(","), sizes, Path(home))), load)
    if options.out:
        options.out.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
