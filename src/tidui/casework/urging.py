"""Clocks that run out: each working day's message to those who hold applications, to those above them, to applicants.

An `Urge` row marks that a clock was told of, once for each application, version and level, so that work that runs
again tells nobody twice. Officers get one message for all of their files, applicants one for each of theirs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from tidui.accounts.models import Organisation, User
from tidui.casework import messages, presenting, units
from tidui.casework.enums import State, Turn
from tidui.casework.models import Application, Step, Urge
from tidui.casework.parameters import ESCALATE_AFTER, REMIND_BEFORE
from tidui.kit import calendar, clock, parameters, schedule
from tidui.kit.models import Message

BEFORE: Final = "before"
OVERDUE: Final = "overdue"
ESCALATED: Final = "escalated"
#: When an officer begins the day.
MORNING: Final = dt.time(7, 40)
_DAY: Final = dt.timedelta(days=1)
_ROUND: Final = 500


@dataclass
class Pile:
    """What lies with one holder: how much, and what is to be told of it."""

    holder: int
    count: int = 0
    fresh: int = 0
    soon: int = 0
    overdue: int = 0
    stages: Counter[tuple[str, str]] = field(default_factory=Counter)
    reminders: list[tuple[int, int, str]] = field(default_factory=list)


@schedule.daily(name="casework.urging", at=MORNING)
def every_morning(at: dt.datetime) -> None:
    """On working days: remind holders, their superiors, and enterprises whose correction is due."""
    if calendar.calendar().is_working(clock.day_of(at)):
        remind_holders(at)
        escalate(at)
        remind_applicants(at)


def _untold(level: str) -> Any:
    return ~Exists(
        Urge.objects.filter(application=OuterRef("pk"), version=OuterRef("version"), level=level, by__isnull=True)
    )


def _running() -> QuerySet[Application]:
    """What lies with somebody who has to act; a public notice simply runs."""
    return Application.objects.filter(state=State.ACTIVE, holder__isnull=False).exclude(turn=Turn.PUBLIC)


def soon_on(today: dt.date) -> dt.date:
    """What is due by this day is due soon."""
    return calendar.calendar().after(today, int(parameters.get(REMIND_BEFORE, today)))


def late_since(today: dt.date) -> dt.date:
    """What was due on this day or before has been overdue for as long as brings it to the unit above."""
    days, day = int(parameters.get(ESCALATE_AFTER, today)), today - _DAY
    while calendar.calendar().between(day, today) < max(days, 1):
        day -= _DAY
    return day


# ---------------------------------------------------------------------- holders
def remind_holders(at: dt.datetime) -> int:
    """One message for each person who acts for a holder with something new, due soon or newly overdue."""
    today = clock.day_of(at)
    sent = 0
    for pile in piles(today, at):
        if pile.fresh or pile.reminders:
            sent += _tell_holder(pile, at)
    return sent


def piles(today: dt.date, at: dt.datetime) -> list[Pile]:
    """What lies with every holder. One query."""
    soon = soon_on(today)
    rows = _running().annotate(before=_untold(BEFORE), late=_untold(OVERDUE)).order_by("holder", "pk")
    found: dict[int, Pile] = {}
    names = ("pk", "version", "holder_id", "programme", "stage", "due_on", "changed_at", "before", "late")
    for key, version, holder, name, stage, due_on, changed_at, before, late in rows.values_list(*names).iterator():
        pile = found.setdefault(holder, Pile(holder))
        pile.count += 1
        pile.stages[name, stage] += 1
        pile.fresh += changed_at > at - _DAY
        overdue = due_on is not None and due_on < today
        due = due_on is not None and today <= due_on <= soon
        pile.overdue += overdue
        pile.soon += due
        if overdue and late:
            pile.reminders.append((key, version, OVERDUE))
        elif due and before:
            pile.reminders.append((key, version, BEFORE))
    return list(found.values())


@transaction.atomic
def _tell_holder(pile: Pile, at: dt.datetime) -> int:
    holder = Organisation.objects.get(pk=pile.holder)
    _mark(pile.reminders, holder, at)
    late = any(level == OVERDUE for _key, _version, level in pile.reminders)
    template = "casework.overdue" if late else "casework.digest"
    people = _not_told(units.workers_of(holder), template, at)
    return messages.send(people, template, lambda: _counted(pile, holder), at=at, link=reverse("casework:desk"))


def _counted(pile: Pile, holder: Organisation) -> Mapping[str, Any]:
    return {
        "unit": holder.name, "count": pile.count, "fresh": pile.fresh, "soon": pile.soon, "overdue": pile.overdue,
        "list": _listed(pile.stages),
    }  # fmt: skip


def _listed(stages: Counter[tuple[str, str]]) -> str:
    lines = [
        f"{presenting.programme_title(name)} · {presenting.stage_title(name, stage)}  {count}"
        for (name, stage), count in sorted(stages.items())
    ]
    return "\n".join(lines)


def _mark(reminders: Iterable[tuple[int, int, str]], to: Organisation, at: dt.datetime) -> None:
    rows = [Urge(application_id=key, version=version, level=level, to=to, at=at) for key, version, level in reminders]
    Urge.objects.bulk_create(rows, batch_size=_ROUND, ignore_conflicts=True)


def _not_told(people: QuerySet[User], template: str, at: dt.datetime) -> list[User]:
    """Those who have not had this message today: the worker may have been killed between two holders."""
    since = clock.start_of(clock.day_of(at))
    told = Message.objects.filter(kind=template, sent_at__gte=since, recipient=OuterRef("pk"))
    return list(people.filter(~Exists(told)))


# ---------------------------------------------------------------------- above them
def escalate(at: dt.datetime) -> int:
    """Tell the unit above each holder what has been overdue too long; above the department stand its leaders."""
    late = late_since(clock.day_of(at))
    rows = _running().filter(_untold(ESCALATED), due_on__lte=late).order_by("holder", "pk")
    found: dict[int, Pile] = {}
    names = ("pk", "version", "holder_id", "programme", "stage")
    for key, version, holder, name, stage in rows.values_list(*names).iterator():
        pile = found.setdefault(holder, Pile(holder))
        pile.overdue += 1
        pile.stages[name, stage] += 1
        pile.reminders.append((key, version, ESCALATED))
    return sum(_tell_above(pile, at) for pile in found.values())


@transaction.atomic
def _tell_above(pile: Pile, at: dt.datetime) -> int:
    holder = Organisation.objects.get(pk=pile.holder)
    unit = units.above(holder)
    people = units.leaders_of(holder) if unit is None else units.workers_of(unit)
    _mark(pile.reminders, unit or holder, at)

    def words() -> Mapping[str, Any]:
        return {"unit": holder.name, "overdue": pile.overdue, "list": _listed(pile.stages)}

    link = reverse("casework:all") + "?due=overdue"
    return messages.send(people, "casework.escalated", words, at=at, link=link)


# ---------------------------------------------------------------------- applicants
def remind_applicants(at: dt.datetime) -> int:
    """Remind enterprises of a correction that is due soon, and once more when it is overdue."""
    today = clock.day_of(at)
    out = Application.objects.filter(state=State.CORRECTION)
    soon = Q(due_on__gte=today, due_on__lte=soon_on(today))
    keys = [(key, BEFORE) for key in out.filter(soon, _untold(BEFORE)).order_by("pk").values_list("pk", flat=True)]
    late = out.filter(_untold(OVERDUE), due_on__lt=today).order_by("pk")
    keys += [(key, OVERDUE) for key in late.values_list("pk", flat=True)]
    return sum(_tell_applicant(key, level, at) for key, level in keys)


@transaction.atomic
def _tell_applicant(key: int, level: str, at: dt.datetime) -> int:
    """Tell one enterprise, unless it has submitted or was told meanwhile."""
    held = (
        Application.objects.select_for_update(of=("self",)).select_related("organisation", "holder")
        .filter(_untold(level), pk=key, state=State.CORRECTION).first()
    )  # fmt: skip
    if held is None:
        return 0
    _mark([(held.pk, held.version, level)], held.organisation, at)
    last = Step.objects.filter(application=held, to="correction").order_by("-number").first()
    return messages.correction_due(held, reason=last.reason if last else "", at=at)
