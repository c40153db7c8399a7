"""The comprehensive list: everything that stands before the decision on each application of a batch, side by side.

Worked out when it is asked for, in a number of queries that does not grow with the batch. What the rules say today is
kept in the cache by submission and day, as it is the same all day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from tidui.casework import joint, judging
from tidui.casework.batching import stages_of
from tidui.casework.enums import State, Weight
from tidui.casework.models import Application, Batch, Finding, Submission
from tidui.kit import divisions
from tidui.kit.access import Refused
from tidui.recognition.kinds import DECISION
from tidui.recognition.models_decisions import Decision, Outcome
from tidui.recognition.noticing import place_of
from tidui.review import results
from tidui.review.enums import VisitState
from tidui.review.models import Calibration, Review, Sheet
from tidui.review.results import Result
from tidui.review.visiting import VisitFinding, findings_of

#: Joint checks, the most alarming first: the worst of an application is shown.
_WORST: Final = ("hit", "none", "waiting", "old", "clear")
_DAY: Final = 24 * 3600
STOPPED: Final = Refused("findings-open", gettext_lazy("有未核销的重大核查发现，不能同意认定。"))


@dataclass(frozen=True, slots=True)
class Line:
    """One application with what is known of it. `asked` are its joint checks, `joint` the worst state among them."""

    application: Application
    place: str
    verdict: str
    today: str
    result: Result | None
    opinion: str
    spread: int | None
    alarm: bool
    flips: bool
    visit: VisitFinding | None
    asked: tuple[joint.Asked, ...]
    open_findings: int
    stops: int
    decision: Decision | None

    @property
    def changed(self) -> bool:
        """Do the rules say something else today than at the submission?"""
        return bool(self.today) and self.today != self.verdict

    @property
    def joint(self) -> str:
        """The worst state of the joint checks; empty where none is asked for."""
        states = {one.state for one in self.asked}
        return next((one for one in _WORST if one in states), "")

    @property
    def joint_days(self) -> int | None:
        """The age of the oldest answer, in working days."""
        return max((one.days for one in self.asked if one.days is not None), default=None)

    @property
    def visited(self) -> str:
        """What the visit found: differs, fits, open (not reported yet); empty where there was none."""
        if self.visit is None:
            return ""
        if self.visit.state not in (VisitState.REPORTED, VisitState.ACCEPTED):
            return "open"
        return "differs" if self.visit.differing else "fits"

    @property
    def warned(self) -> bool:
        """Do the marks lie far apart, or would the calibration say otherwise?"""
        return self.alarm or self.flips

    @property
    def outcome(self) -> str:
        """What was decided so far; empty for nothing."""
        return self.decision.outcome if self.decision else ""

    @property
    def against(self) -> Refused | None:
        """What stands against approving it: joint checks that are missing or too old, findings that stop."""
        refused = joint.refused(self.asked)
        return STOPPED if refused is None and self.stops else refused


def at_decision(batch: Batch) -> QuerySet[Application]:
    """The applications of a batch that wait for the meeting."""
    names = stages_of(batch.call, DECISION.name)
    return Application.objects.filter(batch=batch, state=State.ACTIVE, stage__in=names)


def lines(
    batch: Batch, today: dt.date, decisions: Iterable[Decision] = (), *, only: Iterable[int] | None = None
) -> list[Line]:
    """The lines of a batch: what waits for the meeting, and what `decisions` are about. By number."""
    decided = {one.application_id: one for one in decisions}
    wanted = Q(pk__in=at_decision(batch).values("pk")) | Q(pk__in=list(decided))
    rows = Application.objects.filter(wanted, batch=batch)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    found = list(rows.select_related("organisation", "call").order_by("number", "pk"))
    return _lines(batch, found, decided, today)


def _lines(batch: Batch, rows: list[Application], decided: Mapping[int, Decision], today: dt.date) -> list[Line]:
    keys = [one.pk for one in rows]
    reviewed = {one.file.application_id: one for one in _reviewed(batch)}
    spreads, flips = _spreads(batch), _flips(batch)
    visits, checks = findings_of(rows), joint.standings(rows, today)
    newest, open_, stops = _newest(keys), *_findings(keys)
    verdicts = _verdicts(newest.values(), today)
    table = divisions.table()
    made = []
    for one in rows:
        seen = reviewed.get(one.pk)
        submission = newest.get(one.pk)
        spread, alarm = spreads.get(one.pk, (None, False))
        made.append(Line(
            application=one, place=place_of(one.organisation.division, table),
            verdict=submission.verdict if submission else "",
            today=verdicts.get(submission.pk, "") if submission else "",
            result=seen.result if seen else None, opinion=seen.opinion if seen else "", spread=spread, alarm=alarm,
            flips=one.pk in flips, visit=visits.get(one.pk), asked=tuple(checks[one.pk]),
            open_findings=open_.get(one.pk, 0), stops=stops.get(one.pk, 0), decision=decided.get(one.pk),
        ))  # fmt: skip
    return made


def _reviewed(batch: Batch) -> list[results.Reviewed]:
    review = Review.objects.filter(batch=batch).first()
    return results.results(review) if review is not None else []


def _spreads(batch: Batch) -> dict[int, tuple[int, bool]]:
    """How far the marks of a kind lie apart at most, and whether that is more than the review lets pass."""
    rows = Sheet.objects.filter(file__review__batch=batch, state="signed", total__isnull=False)
    totals: dict[tuple[int, str], list[int]] = {}
    most = 0
    named = rows.values_list("file__application", "kind", "total", "file__review__alarm")
    for application, kind, total, alarm in named:
        totals.setdefault((application, kind), []).append(int(total or 0))
        most = alarm
    found: dict[int, tuple[int, bool]] = {}
    for (application, _kind), held in totals.items():
        spread = max(max(held) - min(held), found.get(application, (0, False))[0])
        found[application] = spread, spread > most
    return found


def _flips(batch: Batch) -> set[int]:
    """The applications of which the newest calibration would say otherwise."""
    kept = Calibration.objects.filter(review__batch=batch).order_by("-pk").first()
    if kept is None:
        return set()
    files = {one["file"] for one in kept.result.get("flips", [])}
    return set(Application.objects.filter(file__in=files).values_list("pk", flat=True))


def _newest(keys: list[int]) -> dict[int, Submission]:
    rows = Submission.objects.filter(application__in=keys).order_by("application", "number")
    return {one.application_id: one for one in rows.defer("answers", "stated", "result", "differs")}


def _findings(keys: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Open findings by application, and those among them that stop a decision."""
    rows = Finding.objects.filter(application__in=keys, gone_at__isnull=True, cleared_at__isnull=True)
    open_: dict[int, int] = {}
    stops: dict[int, int] = {}
    for application, weight in rows.exclude(weight=Weight.NOTE).values_list("application", "weight"):
        open_[application] = open_.get(application, 0) + 1
        if weight == Weight.STOP:
            stops[application] = stops.get(application, 0) + 1
    return open_, stops


def _verdicts(submissions: Iterable[Submission], today: dt.date) -> dict[int, str]:
    """What the rules of today say of each submission, from the cache where it was asked before."""
    wanted = {f"recognition.verdict.{one.digest}.{today.isoformat()}": one for one in submissions}
    known: dict[str, str] = cache.get_many(list(wanted))
    fresh = {key: _verdict(one, today) for key, one in wanted.items() if key not in known}
    if fresh:
        cache.set_many(fresh, _DAY)
    return {one.pk: known.get(key, fresh.get(key, "")) for key, one in wanted.items()}


def _verdict(submission: Submission, today: dt.date) -> str:
    found = judging.again(submission, today)
    return str(found["verdict"]) if found else ""


# ---------------------------------------------------------------------- sorting and filtering
#: By what the list can be sorted. What is not known comes last.
SORTS: Final[Mapping[str, Callable[[Line], Any]]] = {
    "number": lambda one: one.application.number or "",
    "name": lambda one: one.application.organisation.name,
    "place": lambda one: (one.application.organisation.division, one.application.number or ""),
    "total": lambda one: one.result.total if one.result else -1,
    "spread": lambda one: one.spread if one.spread is not None else -1,
    "joint": lambda one: one.joint_days if one.joint_days is not None else -1,
    "findings": lambda one: one.open_findings,
}
#: Which values a filter has, and what they let through.
FILTERS: Final[Mapping[str, Mapping[str, Callable[[Line], bool]]]] = {
    "verdict": {
        "pass": lambda one: one.today == "pass", "fail": lambda one: one.today == "fail",
        "unknown": lambda one: one.today == "unknown", "changed": lambda one: one.changed,
    },
    "panel": {
        "yes": lambda one: bool(one.result and one.result.recommended),
        "no": lambda one: bool(one.result and not one.result.recommended),
        "none": lambda one: one.result is None, "warned": lambda one: one.warned,
    },
    "visit": {
        "differs": lambda one: one.visited == "differs", "fits": lambda one: one.visited == "fits",
        "open": lambda one: one.visited == "open", "none": lambda one: not one.visited,
        "verdict": lambda one: bool(one.visit and one.visit.verdict_changed),
    },
    "joint": {
        "hit": lambda one: one.joint == "hit", "clear": lambda one: one.joint == "clear",
        "old": lambda one: one.joint == "old", "open": lambda one: one.joint in ("none", "waiting"),
    },
    "doubts": {"some": lambda one: one.open_findings > 0, "none": lambda one: one.open_findings == 0},
    "outcome": {
        "approve": lambda one: one.outcome == Outcome.APPROVE, "refuse": lambda one: one.outcome == Outcome.REFUSE,
        "defer": lambda one: one.outcome == Outcome.DEFER, "none": lambda one: not one.outcome,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks of the list: chosen values by filter, words, an order."""

    chosen: Mapping[str, str]
    words: str
    sort: str
    down: bool

    @property
    def narrowed(self) -> bool:
        """Is anything left out?"""
        return bool(self.chosen or self.words)


def question(given: Mapping[str, Any]) -> Question:
    """What the query of an address asks; what it does not know is ignored."""
    chosen = {name: str(given.get(name, "")) for name in FILTERS if given.get(name) in FILTERS[name]}
    sort = str(given.get("sort", ""))
    key = sort.lstrip("-")
    return Question(
        chosen, str(given.get("q", "")).strip()[:60], key if key in SORTS else "number",
        sort.startswith("-") and key in SORTS,
    )  # fmt: skip


def asked(found: Iterable[Line], wanted: Question) -> list[Line]:
    """The lines that a question lets through, in its order."""
    tests = [FILTERS[name][value] for name, value in wanted.chosen.items()]
    kept = [one for one in found if all(test(one) for test in tests) and _says(one, wanted.words)]
    return sorted(kept, key=SORTS[wanted.sort], reverse=wanted.down)


def _says(line: Line, words: str) -> bool:
    held = line.application
    text = f"{held.organisation.name} {held.organisation.uscc or ''} {held.number or ''} {line.place}"
    return all(word in text for word in words.split())
