"""Helpers for tests of casework: an open call, a filled-in form, an application at a stage."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.utils import timezone

from tests.people import World
from tidui.accounts.models import Organisation, User
from tidui.casework import actions, findings
from tidui.casework.actions import calls, exchanging
from tidui.casework.enums import Weight
from tidui.casework.models import Application, Batch, Call, Exchange
from tidui.facts.factset import Key
from tidui.kit import clock, files

#: The year that a form submitted in 2026 is about is 2025; tests that need another day pass their own.
ANSWERS: Final = {"contact": "白小慧", "phone": "13900001111", "products": "精密传感器", "innovation": ""}


def facts_of_form(year: int, **changed: Any) -> dict[Key, Any]:
    """The facts of the tech-SME form of an enterprise that passes with 80 points: 20 staff, 30 R&D, 30 IP."""
    facts: dict[Key, Any] = {
        ("established_on", None): dt.date(2015, 5, 20), ("industry", None): "C3571", ("field", None): "101",
        ("resident", None): True, ("audit_collection", None): True, ("sound_accounts", None): True,
        ("collects_rd_costs", None): True, ("pays_income_tax", None): True,
        ("employees", year): 100, ("st_staff", year): 35, ("sales_revenue", year): 10_000_000_00,
        ("total_cost", year): 8_000_000_00, ("total_assets", year): 20_000_000_00, ("rd_deductible", year): 450_000_00,
        ("ip_class1", None): 1, ("ip_class2", None): 0,
        ("national_award_top3", None): False, ("provincial_rd_institution", None): False,
        ("standard_lead", None): False, ("prohibited_products", None): False, ("major_incidents", None): (),
        ("serious_fraud", None): (), ("research_dishonesty", None): (), ("abnormal_listed", None): False,
        ("dishonesty_listed", None): False,
    }  # fmt: skip
    from tidui.rules.values import NONE

    for name in ("major_incidents", "serious_fraud", "research_dishonesty"):
        facts[name, None] = NONE
    for name, value in changed.items():
        key = (name, year) if (name, year) in facts else (name, None)
        facts[key] = value
    return facts


def make_call(world: World, *, programme: str = "tech-sme", at: dt.datetime | None = None, **settings: Any) -> Call:
    """A published call that is open for thirty days from yesterday on."""
    now = at or timezone.now()
    by = world.department_officer
    drafted = calls.draft_call(
        programme_name=programme, year=clock.day_of(now).year, title="评价申报通知", text="请按时申报。",
        opens_at=now - dt.timedelta(days=1), closes_at=now + dt.timedelta(days=30), by=by, at=now,
    )  # fmt: skip
    return calls.publish_call(call=drafted, by=by, at=now, settings=settings)


def submitted(
    world: World, call: Call, organisation: Organisation | None = None, by: User | None = None,
    answers: Mapping[str, Any] | None = None, at: dt.datetime | None = None, **changed: Any,
) -> Application:  # fmt: skip
    """An application that was submitted and waits for the agency."""
    now = at or timezone.now()
    enterprise, person = organisation or world.a, by or world.clerk_a
    begun = actions.begin(call=call, organisation=enterprise, by=person, at=now)
    made = actions.submit(
        application=begun, stated=facts_of_form(clock.day_of(now).year - 1, **changed),
        answers=dict(answers or ANSWERS), by=person, at=now, seen=begun.version, agency=world.agency,
    )  # fmt: skip
    return made.application


def accepted(world: World, application: Application, at: dt.datetime | None = None) -> Application:
    """The agency accepts it, whatever stands open: who tests that guard moves it without this helper."""
    now = at or timezone.now()
    _settled(application)
    actions.move(application=application, name="accept", by=world.agency_clerk, at=now, seen=application.version)
    return Application.objects.get(pk=application.pk)


def _settled(application: Application) -> None:
    """What checks want dealt with first becomes a note."""
    findings.look(application)
    application.findings.filter(weight=Weight.STOP).update(weight=Weight.NOTE)


def confirmed(world: World, application: Application, at: dt.datetime | None = None) -> Application:
    """The province confirms it into the open batch, which is opened if there is none."""
    now = at or timezone.now()
    if not Batch.objects.filter(call=application.call, closed_at__isnull=True).exists():
        calls.open_batch(call=application.call, title="第一批", by=world.department_officer, at=now)
    _settled(application)
    actions.move(application=application, name="confirm", by=world.department_officer, at=now, seen=application.version)
    return Application.objects.get(pk=application.pk)


def answer_file(
    exchange: Exchange, filled: Callable[[dict[str, str]], Iterable[Mapping[str, str]]], name: str
) -> files.Received:
    """The file that comes back for a list: `filled` gives the lines for each line that went out."""
    held = Exchange.objects.select_related("csv").get(pk=exchange.pk)
    assert held.csv is not None
    mark, *lines = files.path(held.csv).read_text("utf-8-sig").splitlines()
    reader = csv.DictReader(lines)
    back = io.StringIO()
    writer = csv.DictWriter(back, list(reader.fieldnames or ()))
    writer.writeheader()
    for row in reader:
        writer.writerows(filled(row))
    place = files.root() / name
    place.write_bytes(("\ufeff" + mark + "\r\n" + back.getvalue()).encode())
    return files.receive(place, kind=exchanging.ANSWERS, name=name)
