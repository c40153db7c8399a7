"""How fast the pages of casework answer at 1,000 and at 100,000 applications, and with how many queries.

    python -m benchmarks.web.applications [--sizes 1000,100000] [--databases sqlite,postgres] [--out APPLICATIONS.md]

Each run is a process of its own with a new database: the applications of five yearly calls, spread over all counties
and over all states and stages, written in bulk; those that are out for correction were sent back by the agency, whose
desk counts them. What is searched for fills a page at every size. PostgreSQL's tables are vacuumed then, as its own
housekeeping would do within a minute. The department's officer, an agency's clerk and an enterprise ask for each page
40 times through Django's own stack (no network). The peer of the large register is the small one: the promise is a
constant number of queries, and a p95 within twice that of 1,000.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.web.sizes import Run, main, page_of, table

YEARS: Final = (2022, 2023, 2024, 2025, 2026)
#: The inner district of the capital.
INNER: Final = "620102"
#: Of a hundred applications, how many stand where: stage, state, number.
SPREAD: Final = (
    ("self_evaluation", "draft", 8), ("agency_check", "active", 22), ("agency_check", "correction", 5),
    ("confirmation", "active", 20), ("notice", "active", 10), ("platform", "active", 5),
    ("announcement", "accepted", 24), ("confirmation", "refused", 4), ("agency_check", "withdrawn", 2),
)  # fmt: skip
#: Who asks for what; `{one}` is an application that waits for them, `{last}` the last page.
PAGES: Final = (
    ("department", "desk", "/desk/"),
    ("department", "desk, page 2", "/desk/?page=2"),
    ("department", "all applications", "/applications/all/"),
    ("department", "all, one county", f"/applications/all/?division={INNER}"),
    ("department", "all, one state", "/applications/all/?state=active"),
    ("department", "all, two-character search", "/applications/all/?q=%E6%96%B0%E6%9D%90"),
    ("department", "all, one of the last pages", "/applications/all/?page={last}"),
    ("department", "batches", "/batches/"),
    ("department", "a batch", "/batches/{batch}/"),
    ("department", "a case", "/applications/{one}/"),
    ("agency", "desk", "/desk/"),
    ("agency", "the working page", "/desk/{one}/"),
    ("enterprise", "own applications", "/applications/"),
    ("enterprise", "the form", "/applications/{one}/form/"),
    ("enterprise", "a call", "/calls/{call}/"),
)


@dataclass
class Filled:
    """Who asks, and for which application each."""

    people: dict[str, Any]
    ones: dict[str, int]
    batch: int
    call: int
    seconds: float


def fill(count: int) -> Filled:
    """A department, an agency, a fifth as many enterprises, and so many applications."""
    from django.utils import timezone

    from tidui.accounts.enums import Role
    from tidui.accounts.models import Membership, User
    from tidui.demo.enterprises import firms, items_of
    from tidui.registry.actions import file_many
    from tidui.site.beginning import begin

    begun = time.perf_counter()
    at = timezone.now()
    first = begin(department="省科技厅", username="officer", name="经办人", password="a-long-password-1", at=at)
    by = first.administrator
    Membership.objects.create(user=by, organisation=first.department, role=Role.OFFICER, since=at)
    agency = _agency(by, at)
    enterprises = _enterprises(max(count // len(YEARS), 1), by, at)
    samples = list(firms())
    items = (item for place, one in enumerate(enterprises) for item in items_of(one, samples[place % len(samples)]))
    file_many(items, source="takeover", by=by, at=at, filed_for=first.department)
    people = {"department": by, "agency": User.objects.create(username="agency", name="评价员", mobile="13900000001")}
    Membership.objects.create(user=people["agency"], organisation=agency, role=Role.CLERK, since=at)
    newest = [_call(year, enterprises, agency, by, at) for year in YEARS][-1]
    draft = newest.applications.filter(state="draft").order_by("pk")[0]
    people["enterprise"] = User.objects.create(username="boss", name="白总", mobile="13900000002")
    Membership.objects.create(
        user=people["enterprise"], organisation=draft.organisation, role=Role.ADMINISTRATOR, since=at
    )
    waiting = newest.applications.filter(state="active").order_by("pk")
    ones = {
        "department": waiting.filter(stage="confirmation")[0].pk, "enterprise": draft.pk,
        "agency": waiting.filter(stage="agency_check")[0].pk,
    }  # fmt: skip
    batch = newest.batches.order_by("pk")[0].pk
    return Filled(people, ones, batch, newest.pk, time.perf_counter() - begun)


def _agency(by: Any, at: dt.datetime) -> Any:
    from tidui.accounts.actions.organisations import NewOrganisation, found

    wanted = NewOrganisation(kind="agency", name="评价中心", division="620102")
    return found(organisation=wanted, since=dt.date(2020, 1, 1), reason="", by=by, at=at)


def _enterprises(count: int, by: Any, at: dt.datetime) -> list[Any]:
    from tidui.accounts.actions.organisations import NewOrganisation, found_all
    from tidui.codes import divisions, uscc
    from tidui.demo.enterprises import firms

    counties = [one.code for one in divisions.table().values() if one.level == "county"]
    names = [str(one["name", None]) for one in firms()]
    rows = []
    for number in range(count):
        # The capital's inner district has a sixteenth of them, so that its list is a whole page at every size.
        county = counties[number % len(counties)] if number % 16 else INNER
        body = f"91{county}BM{number:07d}"
        rows.append(
            NewOrganisation(
                kind="enterprise", name=f"{names[number % len(names)]}{number}", uscc=body + uscc.check_character(body),
                division=county,
            )
        )
    return list(found_all(organisations=rows, since=dt.date(2020, 1, 1), by=by, at=at))


def _call(year: int, enterprises: list[Any], agency: Any, by: Any, at: dt.datetime) -> Any:
    """A call of a year with an application of every enterprise, and the batch of those that are in one."""
    from tidui.casework.actions import calls
    from tidui.casework.models import Batch, Call, Series

    drafted = calls.draft_call(
        programme_name="tech-sme", year=year, title=f"{year}年科技型中小企业评价申报通知", text="请按时申报。",
        opens_at=at - dt.timedelta(days=60), closes_at=at + dt.timedelta(days=60), by=by, at=at,
    )  # fmt: skip
    call: Call = calls.publish_call(call=drafted, by=by, at=at)
    batch = Batch.objects.create(
        call=call, number=1, title=f"{year}年第一批", made_by=by, made_at=at, stage="notice", closed_at=at, closed_by=by
    )
    given = _write(call, batch, enterprises, agency, by, at)
    Series.objects.update_or_create(name=f"casework.KX.{year}", defaults={"last": given})
    return call


def _places(count: int) -> Iterator[tuple[str, str]]:
    """Where each of so many applications stands, evenly mixed."""
    whole = [(stage, state) for stage, state, share in SPREAD for _one in range(share)]
    for number in range(count):
        yield whole[number * 37 % len(whole)]


def _write(call: Any, batch: Any, enterprises: list[Any], agency: Any, by: Any, at: dt.datetime) -> int:
    """The applications with a submission and two steps each; how many have a number."""
    from tidui.casework.judging import digest
    from tidui.casework.models import Application, Step, Submission
    from tidui.kit import search

    department = by.memberships.order_by("pk")[0].organisation
    made, given = [], 0
    for one, (stage, state) in zip(enterprises, _places(len(enterprises)), strict=True):
        submitted = state != "draft"
        given += submitted
        made.append(_application(call, batch, one, agency, department, stage, state, given, by, at))
    made = Application.objects.bulk_create(made, batch_size=1000)
    numbered = [one for one in made if one.number]
    empty = digest({})
    Submission.objects.bulk_create(
        (
            Submission(
                application=one, number=1, facts={}, policy="cn/tech-sme", policy_version="2022-01-01",
                policy_hash="0" * 64, on=at.date(), year=call.year - 1, verdict=one.verdict, result={}, digest=empty,
                submitted_by=by, submitted_at=at,
            )
            for one in numbered
        ),
        batch_size=1000,
    )  # fmt: skip
    Step.objects.bulk_create((step for one in numbered for step in _steps(one, by, at)), batch_size=1000)
    search.index_many(
        Application, [(one.pk, f"{one.number or ''} {one.organisation.name} {one.organisation.uscc}") for one in made]
    )
    return given


def _steps(one: Any, by: Any, at: dt.datetime) -> Iterator[Any]:
    """How it was submitted and went on, or was sent back."""
    from tidui.casework.models import Step

    yield Step(application=one, number=1, stage="self_evaluation", move="submit", to="agency_check", by=by, at=at)
    move, to = ("return", "correction") if one.sent_back_by is not None else ("accept", one.stage)
    yield Step(
        application=one, number=2, stage="agency_check", move=move, to=to, by=by, by_unit=one.sent_back_by, at=at
    )


def _application(
    call: Any, batch: Any, one: Any, agency: Any, department: Any, stage: str, state: str, place: int, by: Any,
    at: dt.datetime,
) -> Any:  # fmt: skip
    from tidui.casework.models import Application

    ended = state in ("accepted", "refused", "withdrawn")
    applying = state in ("draft", "correction")
    turns = {"agency_check": ("agency", agency), "confirmation": ("department", department)}
    turn, holder = turns.get(stage, ("public", department))
    if applying:
        turn, holder = "applicant", one
    in_batch = stage in ("notice", "platform", "announcement")
    return Application(
        call=call, programme="tech-sme", organisation=one, agency=None if state == "draft" else agency, stage=stage,
        state=state, turn="nobody" if ended else turn, holder=None if ended else holder,
        batch=batch if in_batch else None, number=None if state == "draft" else f"KX{call.year}{place:06d}",
        due_on=None if ended else at.date() + dt.timedelta(days=place % 9 - 2), version=0 if state == "draft" else 2,
        verdict="" if state == "draft" else ("pass", "fail", "unknown")[place % 3], score_low=place % 10_000,
        score_high=place % 10_000, doubts=place % 4, begun_by=by, begun_at=at,
        sent_back_by=agency if state == "correction" else None,
        submitted_at=None if state == "draft" else at, ended_at=at if ended else None, changed_at=at,
    )  # fmt: skip


def child(count: int) -> None:
    """One run; prints what it measured as JSON."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    call_command("migrate", verbosity=0)
    filled = fill(count)
    if connection.vendor == "postgresql":
        connection.cursor().execute("VACUUM ANALYZE")
    found: dict[str, Any] = {"filling": filled.seconds, "pages": {}}
    for who, name, address in PAGES:
        client = Client(SERVER_NAME="localhost")
        client.force_login(filled.people[who])
        url = address.format(
            last=max(count * 9 // 10 // 50, 1), one=filled.ones[who], batch=filled.batch, call=filled.call
        )
        found["pages"][f"{who}: {name}"] = page_of(client, url)
    print(json.dumps(found))


def report(found: list[Run]) -> str:
    """The results as Markdown."""
    promise = "number over p95 of the smaller, at most 2, with the same number of queries"
    lines = table("Pages of casework at 1,000 and 100,000 applications", "applications", promise, found)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    out = Path(__file__).with_name("APPLICATIONS.md")
    main("benchmarks.web.applications", __doc__ or "", out, child, report)
