"""Lines are kept up as applications move, in the transaction of the move, and can all be made again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Exists, Q, QuerySet

from tidui.accounts.models import OrganisationState
from tidui.audit import rows
from tidui.casework import hooks
from tidui.casework.enums import State
from tidui.casework.models import Application, Step, Submission
from tidui.casework.programme import REFUSED, programmes
from tidui.figures.dimensions import prefecture_of
from tidui.figures.models import Line
from tidui.kit import clock, schedule
from tidui.kit.divisions import table
from tidui.kit.prepared import Prepared

#: Moves after which a line may read otherwise; others change only what is read from the application itself.
TELLING: Final = frozenset({"submit", "resubmit", "undo", "reopen"})
#: Which kind of stage refuses for which reason, where no condition of the policy is meant.
_PLATFORM: Final = "platform"
_BY_KIND: Final[Mapping[str, str]] = {"platform": _PLATFORM, "tax_verification": "tax", "notice": "objection"}
_POINT: Final = 100
_ROUND: Final = 500
_NIGHT: Final = 20_000


@hooks.when_moving
def follow(application: Application, step: Step, at: dt.datetime) -> None:
    """Keep the line of an application up."""
    if application.submitted_at is not None and (step.move in TELLING or step.to == REFUSED):
        refresh(application, application.submitted_now)


def refresh(application: Application, newest: Submission | None = None) -> Line | None:
    """Write the line of an application as it is now; None for one that was never submitted.

    `newest` is its last submission, where it is at hand.
    """
    newest = newest or _newest.first(application.pk)
    if newest is None or application.submitted_at is None:
        return None
    division, has_lines = _place(application)
    values = _values(application, newest, division)
    whose = application.organisation_id, application.programme, application.call.year
    others = _of_its_year(*whose) if has_lines else []
    there = next((one for one in others if one.pk == application.pk), None)
    line = there or Line(application=application)
    for name, value in values.items():
        setattr(line, name, value)
    if there is not None:
        line.save()
        return line
    line.latest = all(one.pk < application.pk for one in others)
    rows.insert(line)
    if others:
        _mark_latest(application)
    return line


_newest: Prepared[Submission] = Prepared(
    lambda key: Submission.objects.filter(application=key).order_by("-number")[:1]
)
_of_its_year: Prepared[Line] = Prepared(
    lambda organisation, programme, year: Line.objects.filter(
        organisation=organisation, programme=programme, year=year
    )
)
#: Where an enterprise lay on a day; and has it lines of this programme and year? Few have, before they submit.
_lain: Prepared[Any] = Prepared(
    lambda organisation, day, programme, year: OrganisationState.objects
    .filter(organisation=organisation, since__lte=day)
    .annotate(has_lines=Exists(Line.objects.filter(organisation=organisation, programme=programme, year=year)))
    .order_by("-since", "-pk").values_list("division", "has_lines")[:1]
)  # fmt: skip


def rebuild(programme_name: str, year: int) -> int:
    """Make all lines of a programme and year again; how many there are. Safe to repeat, and to stop half-way."""
    rows: QuerySet[Application] = Application.objects.filter(
        programme=programme_name, call__year=year, submitted_at__isnull=False
    ).select_related("call", "organisation")
    count = 0
    for application in rows.order_by("pk").iterator(chunk_size=_ROUND):
        count += refresh(application) is not None
        _mark_latest(application)
    return count


def _mark_latest(application: Application) -> None:
    """Of an enterprise's applications of a programme and year the one begun last is the one that counts."""
    rows = Line.objects.filter(
        organisation=application.organisation_id, programme=application.programme, year=application.call.year
    )
    last = rows.order_by("-application_id").values_list("pk", flat=True).first()
    rows.exclude(pk=last).filter(latest=True).update(latest=False)
    rows.filter(pk=last, latest=False).update(latest=True)


def _values(application: Application, newest: Submission, division: str) -> dict[str, Any]:
    file = newest.facts.get("enterprise", {})
    why = reason(application, newest)
    field, industry = str(file.get("field") or ""), str(file.get("industry") or "")
    return {
        "programme": application.programme, "year": application.call.year,
        "organisation_id": application.organisation_id,
        "prefecture": prefecture_of(division), "county": division if division in table() else "",
        "field": field[:1] + "0" if field else "", "section": industry[:1] if industry[:1].isalpha() else "",
        "band": band(newest_score(application)),
        "route": str((newest.result.get("outcomes") or {}).get("direct_route") or ""),
        "reason": why, "told": told(application) if why == _PLATFORM else "",
        "late": newest.submitted_at > application.call.closes_at,
    }  # fmt: skip


def _place(application: Application) -> tuple[str, bool]:
    """Where the enterprise lay on the day on which it first submitted; and may it have lines of this year?"""
    assert application.submitted_at is not None
    day = clock.day_of(application.submitted_at)
    found = _lain.first(application.organisation_id, day, application.programme, application.call.year)
    return (application.organisation.division, True) if found is None else found


def newest_score(application: Application) -> int | None:
    """The score in hundredths; None where it is not known, or only as a range."""
    return application.score_low if application.score_low == application.score_high else None


def band(score: int | None) -> str:
    """The band of a score in hundredths: below 60, then by tens, 90 and more."""
    if score is None:
        return ""
    return str(max(6, min(9, score // (10 * _POINT))) * 10) if score >= 60 * _POINT else "0"


def reason(application: Application, newest: Submission) -> str:
    """Why an application was refused: by which kind of stage, or the first condition that failed; else empty."""
    if application.state != State.REFUSED:
        return ""
    owner = programmes().get(application.programme)
    kind = owner.stage(application.stage).kind.name if owner is not None else ""
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    failed = (one["id"] for one in newest.result.get("conditions", ()) if one.get("verdict") == "fail")
    return str(next(failed, "other"))


def told(application: Application) -> str:
    """The reason that stands with the refusal by the platform, as a line; a slash would end an address."""
    step = Step.objects.filter(application=application, to=REFUSED).order_by("-number").first()
    text = " ".join((step.reason if step else "").replace("/", "／").split())
    return text[: Line._meta.get_field("told").max_length]


@schedule.daily(name="figures.fill", at=dt.time(2, 50))
def fill(at: dt.datetime) -> int:
    """Write the lines that are missing, as after records were taken over by import, or lack what the platform told;
    how many there were."""
    lacking = Q(line__isnull=True) | Q(line__reason=_PLATFORM, line__told="", state=State.REFUSED)
    rows = Application.objects.filter(lacking, submitted_at__isnull=False)
    count = 0
    for application in rows.select_related("call", "organisation").order_by("pk")[:_NIGHT]:
        count += refresh(application) is not None
    return count
