"""Who does not review what: worked out for many experts and applications at once, before anybody sees any content.

A recusal is hard: no draw, no seat and no page goes past it. It is found from what is recorded of the expert (employer,
ties, memberships of their account), from what the applicant stated (its officers and owners, the experts that it asks
to be kept away), and from recusals that were declared or recorded by hand.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Membership, Organisation, OrganisationState, User
from tidui.audit import events
from tidui.audit.personal import months_after
from tidui.casework.models import Application, Submission
from tidui.kit import access, clock, parameters
from tidui.kit.access import NotAllowed, Refused
from tidui.review import naming
from tidui.review.enums import SEATED, ExpertState, RecusalKind, SeatState, SheetState, TieKind
from tidui.review.models import Expert, File, Recusal, Seat, Sheet, Tie
from tidui.review.parameters import FORMER_YEARS

Pair = tuple[int, int]
Listener = Callable[[Seat, Application, dt.datetime], object]

NO_REASON: Final = Refused("no-reason", _("请写明理由。"))
NOT_OF_YOURS: Final = Refused("not-of-yours", _("这份申报不在您参加的评审组内。"))
LIFTED: Final = Refused("lifted", _("该回避已经解除。"))
#: Where several grounds hold, the first of these is named.
ORDER: Final = tuple(RecusalKind)
_YEAR: Final = 12
_LISTENERS: Final[list[Listener]] = []


# ---------------------------------------------------------------------- who may be drawn
def suitable_experts(on: dt.date, until: dt.date | None = None) -> QuerySet[Expert]:
    """The experts who may be drawn on a day: confirmed, in term, affirmed within a year, with an account, not away.

    With `until`, whoever is away on any day up to it is left out as well.
    """
    away = Q(absences__since__lte=until or on, absences__until__gte=on)
    absent = Expert.objects.filter(away).values("pk")
    rows = Expert.objects.filter(
        Q(until__isnull=True) | Q(until__gte=on), state=ExpertState.CONFIRMED, since__lte=on,
        affirmed_on__gte=affirmed_since(on), user__isnull=False, user__is_active=True,
    )  # fmt: skip
    return rows.exclude(pk__in=absent)


def affirmed_since(on: dt.date) -> dt.date:
    """The first day of the year that ends on a day: who affirmed before it is not drawn."""
    return months_after(on, -_YEAR)


# ---------------------------------------------------------------------- grounds
@dataclass(slots=True)
class _Applicants:
    """The applications by what an expert may share with them."""

    by_organisation: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_code: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_officer: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_named: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def of(self, organisation: int | None, code: str, name: str) -> set[int]:
        """The applications of the organisation that is known by its key, its credit code or its name."""
        found = set(self.by_organisation.get(organisation, ())) if organisation else set()
        if code:
            found |= self.by_code.get(code.upper(), set())
        short = naming.organisation(name)
        return found | self.by_name.get(short, set()) if short else found


def _applicants(keys: Mapping[int, int]) -> _Applicants:
    """What the applications (by the key of their organisation) can be known by; four queries."""
    found = _Applicants()
    of: dict[int, set[int]] = defaultdict(set)
    for application, organisation in keys.items():
        of[organisation].add(application)
        found.by_organisation[organisation].add(application)
    named = list(Organisation.objects.filter(pk__in=of).values_list("pk", "name", "uscc"))
    named += OrganisationState.objects.filter(organisation__in=of).values_list("organisation", "name", "uscc")
    for organisation, name, code in named:
        found.by_name[naming.organisation(name)] |= of[organisation]
        if code:
            found.by_code[code] |= of[organisation]
    _of_answers(found, keys)
    return found


def _of_answers(found: _Applicants, keys: Iterable[int]) -> None:
    """The officers and the named experts of the newest submissions."""
    said: dict[int, tuple[Any, Any]] = {}
    rows = Submission.objects.filter(application__in=keys).order_by("application", "number")
    for application, officers, avoid in rows.values_list("application", "answers__officers", "answers__avoid"):
        said[application] = (officers, avoid)
    for application, (officers, avoid) in said.items():
        for line in naming.lines(officers if isinstance(officers, str) else ""):
            for word in naming.words(line):
                found.by_officer[word].add(application)
        for entry in naming.people(avoid if isinstance(avoid, str) else ""):
            for word in naming.person(entry):
                found.by_named[word].add(application)


def recusals_of(
    applications: Iterable[Application], experts: Iterable[Expert], on: dt.date
) -> dict[Pair, RecusalKind]:
    """Which experts do not review which applications, and why: by the keys of both, in a constant number of queries."""
    keys = {one.pk: one.organisation_id for one in applications}
    people = {one.pk: one for one in experts}
    if not keys or not people:
        return {}
    grounds: dict[Pair, set[str]] = defaultdict(set)
    known = _applicants(keys)
    since = months_after(on, -_YEAR * int(parameters.get(FORMER_YEARS, on)))
    for expert in people.values():
        _by_person(grounds, expert, known)
    for tie in Tie.objects.filter(expert__in=people, removed_at__isnull=True):
        _by_tie(grounds, tie, known, on, since)
    _by_account(grounds, people, known, on, since)
    rows = Recusal.objects.filter(expert__in=people, application__in=keys, lifted_at__isnull=True)
    for application, expert_id, kind in rows.values_list("application", "expert", "kind"):
        grounds[application, expert_id].add(kind)
    return {pair: next(kind for kind in ORDER if kind in kinds) for pair, kinds in grounds.items()}


def recused(expert: Expert, application: Application, on: dt.date) -> RecusalKind | None:
    """Why an expert does not review an application, if anything says so. Asked before any of its content is shown."""
    return recusals_of([application], [expert], on).get((application.pk, expert.pk))


def _by_person(grounds: dict[Pair, set[str]], expert: Expert, known: _Applicants) -> None:
    """The employer, the expert's name among the officers, and among those whom the applicant named."""
    name = naming.plain(expert.name)
    employer = naming.organisation(expert.employer)
    for application in known.of(None, expert.employer_uscc, expert.employer):
        grounds[application, expert.pk].add(RecusalKind.EMPLOYER)
    for application in known.by_officer.get(name, set()) | known.by_officer.get(employer, set()):
        grounds[application, expert.pk].add(RecusalKind.OFFICER)
    together = naming.plain(expert.name + expert.employer)
    for application in known.by_named.get(name, set()) | known.by_named.get(together, set()):
        grounds[application, expert.pk].add(RecusalKind.NAMED)


def _by_tie(grounds: dict[Pair, set[str]], tie: Tie, known: _Applicants, on: dt.date, since: dt.date) -> None:
    """A tie holds while it lasts and for the years of a former employer after it; one whose end is not known holds."""
    if tie.until is not None and tie.until < since:
        return
    over = tie.until is not None and tie.until < on
    kind = TieKind.FORMER if over and tie.kind == TieKind.EMPLOYER else tie.kind
    for application in known.of(tie.organisation_id, tie.uscc, tie.name):
        grounds[application, tie.expert_id].add(kind)
    if tie.kind == TieKind.OFFICER:
        for application in known.by_officer.get(naming.organisation(tie.name), set()):
            grounds[application, tie.expert_id].add(RecusalKind.OFFICER)


def _by_account(
    grounds: dict[Pair, set[str]], people: Mapping[int, Expert], known: _Applicants, on: dt.date, since: dt.date
) -> None:
    """Whose account acts, or acted of late, for an applicant."""
    of = {one.user_id: one.pk for one in people.values() if one.user_id is not None}
    recent = Q(until__isnull=True) | Q(until__gte=clock.start_of(since))
    rows = Membership.objects.filter(recent, user__in=of, organisation__in=list(known.by_organisation))
    for user, organisation, until in rows.values_list("user", "organisation", "until"):
        over = until is not None and clock.day_of(until) <= on
        for application in known.by_organisation[organisation]:
            grounds[application, of[user]].add(RecusalKind.FORMER if over else RecusalKind.EMPLOYER)


# ---------------------------------------------------------------------- taking somebody off a file
def when_recused(listener: Listener) -> Listener:
    """Have `listener(seat, application, at)` called in the transaction that takes an expert off a file."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)
    return listener


@transaction.atomic
def declare(*, seat: Seat, application: Application, by: User, at: dt.datetime, note: str = "") -> Recusal:
    """The expert says that something ties them to an applicant: they are off that file at once, unseen."""
    access.require("review.seat", by, seat)
    if application.pk not in set(_files_of(seat).values_list("application", flat=True)):
        raise NotAllowed(NOT_OF_YOURS)
    return _write(seat.expert, application, RecusalKind.DECLARED, note, by, at)


@transaction.atomic
def recuse(
    *, expert: Expert, application: Application, by: User, at: dt.datetime, note: str,
    kind: str = RecusalKind.FOUND,
) -> Recusal:  # fmt: skip
    """The department found out that something ties an expert to an applicant, be it after the sheet was signed."""
    access.require("review.recuse", by)
    if not note.strip():
        raise NotAllowed(NO_REASON)
    return _write(expert, application, RecusalKind(kind), note, by, at)


@transaction.atomic
def lift(*, recusal: Recusal, by: User, at: dt.datetime, reason: str) -> Recusal:
    """A recusal that was recorded by mistake is lifted; seats and sheets that it took away do not come back."""
    access.require("review.recuse", by)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    held = Recusal.objects.select_for_update(of=("self",)).get(pk=recusal.pk)
    if held.lifted_at is not None:
        raise NotAllowed(LIFTED)
    held.lifted_by, held.lifted_at = by, at
    held.save(update_fields=["lifted_by", "lifted_at"])
    events.record(
        "review.lift_recusal", actor=by, subject=held, at=at,
        details={"expert": held.expert_id, "application": held.application_id, "reason": reason.strip()},
    )  # fmt: skip
    return held


@transaction.atomic
def recheck(expert: Expert, at: dt.datetime, by: User | None = None) -> list[Recusal]:
    """Take an expert off the files of their panels that something newly known ties them to."""
    mine = Q(group__in=_seats(expert).values("group")) | Q(pk__in=_seats(expert).values("file"))
    files = list(File.objects.filter(mine).select_related("application"))
    known = recusals_of([one.application for one in files], [expert], clock.day_of(at))
    told = set(
        Recusal.objects.filter(expert=expert, lifted_at__isnull=True).values_list("application", flat=True)
    )
    return [
        _write(expert, one.application, known[one.application_id, expert.pk], "", by, at)
        for one in files
        if (one.application_id, expert.pk) in known and one.application_id not in told
    ]


def _write(
    expert: Expert, application: Application, kind: RecusalKind, note: str, by: User | None, at: dt.datetime
) -> Recusal:
    """The recusal, once, and what it takes away."""
    made, new = Recusal.objects.get_or_create(
        expert=expert, application=application, kind=kind, lifted_at=None,
        defaults={"note": note.strip()[:300], "by": by, "at": at},
    )  # fmt: skip
    if new:
        events.record(
            "review.recuse", actor=by, subject=made, at=at,
            details={"expert": expert.pk, "application": application.pk, "kind": made.kind, "note": made.note},
        )  # fmt: skip
        _take_off(expert, application, made, at)
    return made


def _take_off(expert: Expert, application: Application, made: Recusal, at: dt.datetime) -> None:
    """No sheet of the file is left to the expert, nor a seat of which no file is left.

    The file is held first, as by whoever signs. Somebody who signed and left has no seat any more, but a sheet that
    counted: the listeners learn of its end too.
    """
    list(File.objects.select_for_update(of=("self",)).filter(application=application).order_by("pk"))
    sheets = Sheet.objects.select_for_update(of=("self",)).filter(expert=expert, file__application=application)
    counted = {one.pk: one.seat_id for one in sheets.exclude(state=SheetState.VOID)}
    Sheet.objects.filter(pk__in=counted).update(state=SheetState.VOID)
    touched = Q(file__application=application) | Q(group__files__application=application)
    keys = {*_seats(expert).filter(touched).values_list("pk", flat=True), *counted.values()}
    for seat in Seat.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"):
        if seat.state in SEATED and not _left(seat):
            seat.state, seat.reason = SeatState.RECUSED, str(made.get_kind_display())[:300]
            seat.answered_at = seat.answered_at or at
            seat.save(update_fields=["state", "reason", "answered_at"])
        for listener in _LISTENERS:
            listener(seat, application, at)


def _seats(expert: Expert) -> QuerySet[Seat]:
    return Seat.objects.filter(expert=expert, state__in=SEATED)


def _files_of(seat: Seat) -> QuerySet[File]:
    return File.objects.filter(Q(pk=seat.file_id) | Q(group=seat.group_id, group__isnull=False))


def _left(seat: Seat) -> bool:
    """Is there a file of the seat that nothing recuses its expert from?"""
    gone = Recusal.objects.filter(expert=seat.expert_id, lifted_at__isnull=True).values("application")
    return _files_of(seat).exclude(application__in=gone).exists()
