"""Helpers for tests of review: applications of the provincial programme on their way, and experts who may review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils import timezone

from tests.casework import _settled, make_call
from tests.people import World, make_organisation, make_user
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import Membership, Organisation, User
from tidui.casework import actions
from tidui.casework.actions import calls
from tidui.casework.actions.moving import department
from tidui.casework.models import Application, Batch, Call
from tidui.facts.factset import Key
from tidui.kit import clock
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.review.enums import ExpertKind, ExpertState, TitleLevel
from tidui.review.models import Expert, ExpertField
from tidui.rules.values import NONE

ANSWERS: Final[dict[str, Any]] = {
    "contact": "白小慧", "phone": "13900001111", "technology": "高精度压力传感器的薄膜工艺", "organisation": "设有研发中心",
    "officers": "白建国\n白小慧", "avoid": "",
    "table.ip": [
        {"key": "1", "name": "压力传感器", "class": "12", "number": "ZL202010000001.1", "obtained": "own",
         "granted_on": "2021-03-02"},
    ],
    "table.rd": [
        {"key": "1", "name": "薄膜压力芯片研制", "began_on": "2024-01-01", "ended_on": "2025-12-31", "field": "803",
         "source": "6", "ip": ["1"], "budget": 200_000_00, "spent": 180_000_00, "core": "薄膜工艺", "results": "样机"},
    ],
    "table.products": [
        {"key": "1", "name": "压力传感器", "field": "803", "sales": 8_000_000_00, "main": True, "ip": ["1"],
         "technology": "精度0.05级"},
    ],
    "table.conversions": [
        {"key": "1", "name": "压力传感器产业化", "year": 2025, "result": "product", "ip": ["1"], "rd": ["1"],
         "products": ["1"]},
    ],
    "table.staff": [
        {"key": "1", "name": "王工", "degree": "硕士", "post": "研发工程师", "since": "2020-05-06", "days": 240},
    ],
    "table.equipment": [
        {"key": "1", "name": "真空镀膜机", "model": "ZK-90", "count": 1, "value": 600_000_00, "place": "一号车间"},
    ],
}  # fmt: skip


def facts_of_form(year: int, **changed: Any) -> dict[Key, Any]:
    """The facts of the provincial form of an enterprise that meets every condition."""
    facts: dict[Key, Any] = {
        ("established_on", None): dt.date(2015, 5, 20), ("industry", None): "C3571", ("field", None): "803",
        ("resident", None): True, ("sound_accounts", None): True, ("audit_collection", None): True,
        ("collects_rd_costs", None): True, ("core_ip", None): True, ("ip_class1", None): 1, ("ip_class2", None): 2,
        ("self_developed_ip", None): True, ("employees", year): 100, ("st_staff", year): 35,
    }  # fmt: skip
    for place, growth in ((year, 120), (year - 1, 100)):
        facts |= {
            ("sales_revenue", place): growth * 100_000_00, ("net_assets", place): growth * 80_000_00,
            ("conversions", place): 3, ("rd_expense", place): growth * 7_000_00,
        }  # fmt: skip
    for name, value in changed.items():
        key = (name, year) if (name, year) in facts else (name, None)
        facts[key] = value
    return facts


def provincial_call(world: World, *, at: dt.datetime | None = None, **settings: Any) -> Call:
    """A published call of the provincial programme that is open for thirty days from yesterday on."""
    return make_call(world, programme="provincial", at=at, **settings)


def enterprises(count: int, division: str = "620102") -> list[tuple[Organisation, User]]:
    """New enterprises of a county, each with somebody who files for it."""
    made = []
    for number in range(count):
        firm = make_organisation(Kind.ENTERPRISE, f"甘肃试验{number:03d}科技有限公司", division)
        person = make_user(f"filer-{firm.pk}", f"填报{number:03d}")
        Membership.objects.create(
            user=person, organisation=firm, role=Role.CLERK, since=timezone.now() - dt.timedelta(days=30)
        )
        made.append((firm, person))
    return made


def never_recognised(call: Call, firm: Organisation, at: dt.datetime) -> None:
    """The department's take-over says that an enterprise has never been a high-tech or innovation enterprise."""
    statuses = dict.fromkeys(("hte_recognised_on", "hte_valid_until", "hte_revoked_on"), NONE)
    write_return(
        organisation=firm, section="enterprise", year=None, facts={**statuses, "provincial_recognised_on": NONE},
        source=Source.TAKEOVER, by=call.created_by, at=at, filed_for=department(),
    )  # fmt: skip


def applied(
    call: Call, firm: Organisation, person: User, *, at: dt.datetime | None = None,
    answers: Mapping[str, Any] | None = None, **changed: Any,
) -> Application:  # fmt: skip
    """An application that was submitted and waits for its recommending unit."""
    now = at or timezone.now()
    never_recognised(call, firm, now)
    begun = actions.begin(call=call, organisation=firm, by=person, at=now)
    return actions.submit(
        application=begun, stated=facts_of_form(clock.day_of(now).year - 1, **changed),
        answers={**ANSWERS, **(answers or {})}, by=person, at=now, seen=begun.version,
    ).application  # fmt: skip


def recommended(world: World, application: Application, at: dt.datetime | None = None) -> Application:
    """The county recommends it."""
    _settled(application)
    actions.move(
        application=application, name="recommend", by=world.county_officer, at=at or timezone.now(),
        seen=application.version,
    )  # fmt: skip
    return Application.objects.get(pk=application.pk)


def taken(world: World, application: Application, at: dt.datetime | None = None) -> Application:
    """The department accepts it into the open batch, which is opened if there is none."""
    now = at or timezone.now()
    if not Batch.objects.filter(call=application.call, closed_at__isnull=True).exists():
        calls.open_batch(call=application.call, title="第一批", by=world.department_officer, at=now)
    _settled(application)
    actions.move(application=application, name="confirm", by=world.department_officer, at=now, seen=application.version)
    return Application.objects.get(pk=application.pk)


def at_stage(world: World, stage: str, count: int, **changed: Any) -> tuple[Batch, list[Application]]:
    """A closed batch of applications that stand at a stage, put there by the system without what comes before it."""
    now = timezone.now()
    call = provincial_call(world)
    batch = calls.open_batch(call=call, title="第一批", by=world.department_officer, at=now)
    made = [applied(call, firm, person, **changed) for firm, person in enterprises(count)]
    Application.objects.filter(pk__in=[one.pk for one in made]).update(
        stage=stage, batch=batch, holder=world.department, turn="department"
    )
    calls.close_batch(batch=batch, by=world.department_officer, at=now)
    Batch.objects.filter(pk=batch.pk).update(stage=stage)
    batch.refresh_from_db()
    return batch, list(Application.objects.filter(pk__in=[one.pk for one in made]).order_by("pk"))


def make_experts(
    world: World, count: int, kind: str = ExpertKind.TECHNICAL, *, fields: Sequence[str] = ("803",), prefix: str = "",
) -> list[Expert]:  # fmt: skip
    """Confirmed experts with an account each, employed nowhere near the enterprises."""
    now = timezone.now()
    made = []
    for number in range(count):
        name = f"{prefix}{'技' if kind == ExpertKind.TECHNICAL else '财'}专家{number:02d}"
        person = make_user(f"expert-{kind}-{prefix}{number}-{Expert.objects.count()}", name)
        expert = Expert.objects.create(
            user=person, name=name, kind=kind, title="教授", level=TitleLevel.SENIOR, years=15,
            employer=f"远方大学{number:02d}", division="620100", mobile="13900000000", state=ExpertState.CONFIRMED,
            recorded_by=world.department_officer, recorded_at=now, decided_by=world.department_officer, decided_at=now,
            since=clock.day_of(now) - dt.timedelta(days=30), until=clock.day_of(now) + dt.timedelta(days=700),
            affirmed_on=clock.day_of(now),
        )  # fmt: skip
        for place, code in enumerate(fields):
            ExpertField.objects.create(expert=expert, code=code, main=place == 0)
        made.append(expert)
    return made
