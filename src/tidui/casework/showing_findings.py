"""Findings as pages show them: worded, with the other applications for whoever may see them, a place for the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from tidui.accounts.models import Organisation
from tidui.casework import findings
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.models import Application, Finding
from tidui.casework.wording import said
from tidui.kit import lists
from tidui.kit.visibility import visible_to

#: Tone and icon of a weight.
WEIGHTS: Final = {
    Weight.STOP: ("bad", "alert-octagon"), Weight.DOUBT: ("warn", "alert-triangle"),
    Weight.NOTE: ("info", "info-circle"),
}
#: Of the others that a finding is about, so many are told.
MOST_OTHERS: Final = 12


@dataclass(frozen=True, slots=True)
class Other:
    """Another organisation: named, with its case, for those who may see it; for anybody else only where it lies."""

    name: str
    url: str
    place: str


@dataclass(frozen=True, slots=True)
class Line:
    """A finding on a page. `state` is open, cleared or gone."""

    finding: Finding
    text: str
    kind: str
    weight: str
    tone: str
    icon: str
    state: str
    passage: str
    others: tuple[Other, ...]
    more: int
    url: str
    joint: bool
    found_at: dt.datetime


def lines(user: Any, found: Iterable[Finding]) -> list[Line]:
    """Findings that the person may see, for a page, in at most three queries."""
    rows = findings.ordered(found)
    asked = {key for one in rows for key in one.params.get("others", ())}
    beside = {key for one in rows for key in one.params.get("organisations", ())}
    applications = {
        one.pk: one for one in Application.objects.filter(pk__in=asked).select_related("organisation").only(
            "pk", "organisation__name", "organisation__division"
        )
    } if asked else {}  # fmt: skip
    seen = set(visible_to(user, Application).filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()
    places = dict(Organisation.objects.filter(pk__in=beside).values_list("pk", "division")) if beside else {}
    return [_line(one, applications, seen, places) for one in rows]


def of(user: Any, application: Application) -> list[Line]:
    """The findings of an application that the person may see."""
    rows = visible_to(user, Finding).filter(application=application).select_related("cleared_by")
    return lines(user, rows)


def _line(
    one: Finding, applications: dict[int, Application], seen: set[int], places: dict[int, str]
) -> Line:
    tone, icon = WEIGHTS[Weight(one.weight)]
    others = [_other(applications[key], key in seen) for key in one.params.get("others", ()) if key in applications]
    others += [Other("", "", _place(places[key])) for key in one.params.get("organisations", ()) if key in places]
    state = "gone" if one.gone_at is not None else "cleared" if one.cleared_at is not None else "open"
    return Line(
        finding=one, text=said(one), kind=str(one.get_kind_display()), weight=str(one.get_weight_display()),
        tone=tone if state == "open" else "neutral", icon=icon, state=state, passage=one.params.get("passage", ""),
        others=tuple(others[:MOST_OTHERS]), more=max(0, len(others) - MOST_OTHERS),
        url=reverse("casework:finding", args=[one.pk]), joint=one.kind == FindingKind.JOINT_HIT, found_at=one.found_at,
    )  # fmt: skip


def _other(application: Application, seen: bool) -> Other:
    place = _place(application.organisation.division)
    if not seen:
        return Other("", "", place)
    return Other(application.organisation.name, reverse("casework:case", args=[application.pk]), place)


def _place(division: str) -> str:
    return str(lists.division_name(division)) if division else ""
