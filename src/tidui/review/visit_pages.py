"""What the pages of site visits show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Q

from tidui.casework import writing
from tidui.casework.models import Batch
from tidui.casework.presenting import programme_title
from tidui.facts import catalogue
from tidui.kit import access, clock, files
from tidui.kit.lists import division_name
from tidui.kit.visibility import visible_to
from tidui.review import panels_visits, visiting
from tidui.review.actions import visits as actions
from tidui.review.checklist import SECTIONS
from tidui.review.enums import ClaimOutcome, RecordState, VisitState
from tidui.review.lists_visits import overdue, overdue_q, state_of
from tidui.review.models import Claim, Photo, Record, Visit


@dataclass(slots=True)
class Row:
    """A claim with everything that a page shows of it. `kind`: how a found value is typed (`yes_no`, `number`, `text`).

    `key` is a fresh key for a record that is sent by the plain form.
    """

    claim: Claim
    title: str
    tone: str
    kind: str
    unit: str
    warning: str
    last: Record | None = None
    conflicts: list[Record] = field(default_factory=list)
    photos: list[tuple[Photo, str]] = field(default_factory=list)
    key: UUID = field(default_factory=uuid4)
    photo_key: UUID = field(default_factory=uuid4)

    @property
    def is_open(self) -> bool:
        """Is it still to be looked at?"""
        return self.claim.outcome == ClaimOutcome.OPEN


@dataclass(slots=True)
class Section:
    """The claims under a title, and how many of them were looked at."""

    name: str
    title: Any
    rows: list[Row]

    @property
    def done(self) -> int:
        """How many were looked at."""
        return sum(not row.is_open for row in self.rows)


def figures(user: Any) -> dict[str, int]:
    """The numbers at the head of the desk: one query."""
    return visible_to(user, Visit).aggregate(
        out=Count("pk", filter=Q(state__in=visiting.OPEN)),
        soon=Count("pk", filter=Q(state__in=visiting.OPEN, commission__due_on__lte=_soon()) & ~overdue_q()),
        late=Count("pk", filter=overdue_q()),
        reported=Count("pk", filter=Q(state=VisitState.REPORTED)),
    )


def _soon() -> Any:
    from tidui.kit import calendar

    return calendar.calendar().after(clock.today(), 3)


def open_keys(user: Any) -> str:
    """The visits that still take records, for the device: what it holds of others it may remove."""
    keys = visible_to(user, Visit).filter(state__in=visiting.OPEN).order_by("pk").values_list("pk", flat=True)
    return ",".join(str(key) for key in keys[:1000])


def of_batch(user: Any, batch: Batch) -> list[tuple[Visit, tuple[Any, str]]]:
    """The visits of a batch with their states, the open ones first."""
    rows = visible_to(user, Visit).filter(commission__batch=batch)
    rows = rows.select_related("application__organisation", "commission__institution").order_by("commission", "pk")
    return [(one, state_of(one)) for one in rows[:1000]]


def sections(visit: Visit) -> list[Section]:
    """The checklist: four queries, however long it is."""
    rows = {one.pk: _row(one) for one in visit.claims.order_by("number")}
    records = visit.records.select_related("by").filter(claim__isnull=False).order_by("pk")
    for record in records:
        row = rows[record.claim_id or 0]
        if record.state == RecordState.CONFLICT:
            row.conflicts.append(record)
        else:
            row.last = record
    for photo in photos(visit):
        if photo[0].claim_id in rows:
            rows[photo[0].claim_id].photos.append(photo)
    return [
        Section(name, title, found)
        for name, title in SECTIONS.items()
        if (found := [row for row in rows.values() if row.claim.section == name])
    ]


def photos(visit: Visit) -> list[tuple[Photo, str]]:
    """The photographs with their addresses."""
    return [(one, files.url(one.file)) for one in visit.photos.select_related("file", "by").order_by("taken_at", "pk")]


def _row(claim: Claim) -> Row:
    kind, unit = "text", ""
    key = writing.key_of(claim.key)
    if key is not None:
        fact = catalogue.load()[key[0]]
        kind = {"bool": "yes_no", "money": "number", "int": "number", "number": "number"}.get(fact.kind, "text")
        unit = "money" if fact.kind == "money" else ""
    warning = "" if claim.outcome == ClaimOutcome.OPEN else actions.warning_of(claim)
    return Row(
        claim, visiting.title_of(claim), visiting.OUTCOME_TONES[ClaimOutcome(claim.outcome)], kind, unit, warning
    )


def contact(visit: Visit) -> list[tuple[str, str]]:
    """The person to call; the only answers of the form that an institution needs."""
    answers = visit.submission.answers
    return [(name, str(answers.get(name, ""))) for name in ("contact", "phone") if answers.get(name)]


def context(user: Any, visit: Visit) -> dict[str, Any]:
    """The page of a visit."""
    found = sections(visit)
    rows = [row for section in found for row in section.rows]
    live = visit.state in visiting.OPEN
    department = bool(access.check("review.view_reviews", user))
    finding = visiting.finding_of(visit.application) if department and visit.state != VisitState.WITHDRAWN else None
    may = bool(access.check("review.commission", user))
    asked = dict(contact(visit)) if live or department else {}  # whom to call is told while there is a visit to make
    return {
        "visit": visit, "enterprise": visit.application.organisation, "state": state_of(visit), "late": overdue(visit),
        "programme": programme_title(visit.application.programme), "sections": found, "counts": _counts(rows),
        "place": str(division_name(visit.application.organisation.division)),
        "contact": asked.get("contact", ""), "phone": asked.get("phone", ""), "live": live,
        "may_visit": live and bool(access.check("review.visit", user, visit)), "department": department,
        "may_decide": may and visit.state == VisitState.REPORTED,
        "may_take_back": may and visit.state not in (VisitState.ACCEPTED, VisitState.WITHDRAWN),
        "finding": panels_visits.case_context(finding) if finding is not None else None,
        "loose_photos": [photo for photo in photos(visit) if photo[0].claim_id is None],
        "ready": live and actions.missing([row.claim for row in rows]) is None,
    }  # fmt: skip


def _counts(rows: Iterable[Row]) -> dict[str, int]:
    rows = list(rows)
    outcomes = [row.claim.outcome for row in rows]
    return {
        "all": len(rows), "done": sum(one != ClaimOutcome.OPEN for one in outcomes),
        "confirmed": outcomes.count(ClaimOutcome.CONFIRMED), "differs": outcomes.count(ClaimOutcome.DIFFERS),
        "not_seen": outcomes.count(ClaimOutcome.NOT_SEEN), "conflicts": sum(len(row.conflicts) for row in rows),
        "warnings": sum(bool(row.warning) for row in rows),
    }  # fmt: skip
