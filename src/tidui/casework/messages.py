"""Who is told of what: the applicant of every step that concerns it, whoever holds an application when urged.

Officers get no message for a file that arrives: hundreds may arrive on one day. See `tidui.casework.urging` for theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils import translation

from tidui.accounts.models import Organisation, User
from tidui.casework import hooks, presenting, units
from tidui.casework.enums import ENDED, State, Turn
from tidui.casework.models import Application, Step
from tidui.casework.programme import ACCEPTED, CORRECTION, REFUSED
from tidui.kit import formats, outbox, search

#: Steps of which the applicant needs no message: it did them itself.
_OWN: Final = frozenset({"withdraw", "resubmit", "lapse", "revive"})
_TEXTS: Final[Mapping[str, str]] = {
    CORRECTION: "casework.returned", REFUSED: "casework.refused", ACCEPTED: "casework.accepted",
}  # fmt: skip


def send(
    to: Iterable[User], template: str, words: Callable[[], Mapping[str, Any]], *, at: dt.datetime, link: str
) -> int:
    """Write a message to each person in their language: `words` gives what fills it in the language that is active."""
    groups: dict[str, list[User]] = {}
    for person in to:
        groups.setdefault(person.language or "zh-hans", []).append(person)
    for language, people in groups.items():
        with translation.override(language):
            outbox.notify(to=people, template=template, context=words(), at=at, link=link)
    return sum(len(people) for people in groups.values())


def _words(application: Application, unit: Organisation | None, reason: str) -> Callable[[], Mapping[str, Any]]:
    def filled() -> Mapping[str, Any]:
        return {
            "programme": presenting.programme_title(application.programme),
            "enterprise": application.organisation.name,
            "number": application.number or "",
            "stage": presenting.stage_title(application.programme, application.stage),
            "reason": reason,
            "due": formats.day(application.due_on) if application.due_on else formats.NOTHING,
            "unit": unit.name if unit is not None else str(application.get_turn_display()),
        }

    return filled


@hooks.when_moved
def tell_the_applicant(application: Application, step: Step, at: dt.datetime) -> None:
    """Of what was returned, refused, taken back, moved on, completed."""
    if step.move in _OWN:
        return
    if step.move == "undo":
        template, unit = "casework.undone", step.by_unit
    elif step.to in _TEXTS:
        template, unit = _TEXTS[step.to], step.by_unit
    elif step.to and (step.to != step.stage or step.move == "recall"):
        template, unit = "casework.moved_on", _who_handles(application)
    else:
        return
    route = "casework:form" if application.state == State.CORRECTION else "casework:case"
    send(
        units.filers_of(application.organisation), template, _words(application, unit, step.reason), at=at,
        link=reverse(route, args=[application.pk]),
    )  # fmt: skip


def _who_handles(application: Application) -> Organisation | None:
    """The unit that a message names; what lies outside is named by whose turn it is."""
    if application.turn in (Turn.PUBLIC, Turn.TAX, Turn.PLATFORM, Turn.PARTNER) or application.state in ENDED:
        return None
    return application.holder


@hooks.when_moved
def let_it_be_found(application: Application, step: Step, at: dt.datetime) -> None:
    """A submitted application is found by its number, and by the names and codes of the enterprise."""
    if step.move in ("submit", "resubmit"):
        search.index(application, text_of(application))


def text_of(application: Application) -> str:
    """What an application is found by."""
    one = application.organisation
    return " ".join(word for word in (application.number, one.name, one.uscc) if word)


search.source(Application, text_of)


def urge(application: Application, *, note: str, at: dt.datetime) -> int:
    """Tell the people of whoever holds an application that somebody waits for it."""
    holder = application.holder
    if holder is None:
        return 0
    correcting = application.state == State.CORRECTION
    people: Iterable[User] = units.filers_of(holder) if correcting else units.workers_of(holder)
    route = "casework:form" if correcting else "casework:review"
    return send(
        people, "casework.urge", _words(application, holder, note), at=at, link=reverse(route, args=[application.pk])
    )


def correction_due(application: Application, *, reason: str, at: dt.datetime) -> int:
    """Remind an enterprise of a correction."""
    return send(
        units.filers_of(application.organisation), "casework.correction_due",
        _words(application, application.holder, reason), at=at, link=reverse("casework:form", args=[application.pk]),
    )  # fmt: skip
