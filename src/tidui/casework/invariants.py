"""What holds of casework at every moment, whatever was killed in the middle: looked at, never mended.

Every application's steps replay to how it stands, its submissions are what their digests were taken of, numbers are
unique and without gaps, one organisation holds what is somebody's turn, a batch is not ahead of its applications.
Higher rooms add rules of their own with `rule`. `tidui doctor` says what is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Prefetch

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.casework.enums import ENDED, State, Turn
from tidui.casework.judging import digest
from tidui.casework.models import Application, Batch, Exchange, ExchangeRow, Proposal, Series, Step, Submission
from tidui.casework.programme import CORRECTION, Programme, Stage, programme, programmes

#: Applications that are looked at together.
CHUNK: Final = 500
#: Moves by which something is submitted.
SUBMITTING: Final = ("submit", "resubmit")
#: The step by which a lapsed draft is a draft again.
REVIVED: Final = "revive"


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that does not hold: which rule, of what, and how it is instead."""

    rule: str
    thing: str
    said: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.thing}: {self.said}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an application is: what its steps must replay to."""

    stage: str
    state: str
    turn: str
    corrections: int


Rule = Callable[[], Iterator[Broken]]
_rules: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a function that yields what is broken. ValueError where the name is taken."""

    def registered(function: Rule) -> Rule:
        if name in _rules:
            raise ValueError(f"two rules are called {name}")
        _rules[name] = function
        return function

    return registered


def broken() -> Iterator[Broken]:
    """Everything that does not hold, rule by rule."""
    for _name, function in sorted(_rules.items()):
        yield from function()


# ---------------------------------------------------------------------- one application
def replayed(owner: Programme, first: str, steps: Sequence[Step]) -> Iterator[tuple[Step, Place, Place]]:
    """Each step with where the application was before it and where it is after it."""
    place = Place(first, State.DRAFT, Turn.APPLICANT, 0)
    for step in steps:
        following = _after(owner, place, step)
        yield step, place, following
        place = following


def _after(owner: Programme, place: Place, step: Step) -> Place:
    if step.reverses is not None:
        kept = step.reverses.before
        return Place(kept["stage"], kept["state"], kept["turn"], kept["corrections"])
    if not step.to:
        return place
    if step.to == CORRECTION:
        return Place(place.stage, State.CORRECTION, Turn.APPLICANT, place.corrections + 1)
    if step.to in ENDED:
        return Place(place.stage, step.to, Turn.NOBODY, place.corrections)
    if step.move == REVIVED:
        return Place(step.to, State.DRAFT, Turn.APPLICANT, place.corrections)
    return Place(step.to, State.ACTIVE, owner.stage(step.to).turn, place.corrections)


def _applications() -> Iterator[Application]:
    steps = Step.objects.select_related("reverses").order_by("number")
    submissions = Submission.objects.order_by("number")
    found = Application.objects.select_related("call", "batch").order_by("pk")
    yield from found.prefetch_related(
        Prefetch("steps", queryset=steps), Prefetch("submissions", queryset=submissions)
    ).iterator(chunk_size=CHUNK)


@rule("application")
def applications() -> Iterator[Broken]:
    """Steps replay, submissions are true, the holder is the one whose turn it is."""
    keeper = Organisation.objects.filter(kind=OrganisationKind.DEPARTMENT, active=True).order_by("pk").first()
    for one in _applications():
        owner = programme(one.programme)
        said = [*_chain(one, owner), *_submitted(one), *_held(one, owner, keeper), *_batched(one, owner)]
        for rule_name, words in said:
            yield Broken(rule_name, f"application {one.number or one.pk}", words)


def _chain(one: Application, owner: Programme) -> Iterator[tuple[str, str]]:
    steps = list(one.steps.all())
    if [step.number for step in steps] != list(range(1, one.version + 1)):
        yield "steps", f"version {one.version}, steps {[step.number for step in steps]}"
        return
    first = owner.route(one.call.settings)[0].name
    place = Place(first, State.DRAFT, Turn.APPLICANT, 0)
    for step, before, after in replayed(owner, first, steps):
        place = after
        kept = Place(*(step.before.get(name) for name in ("stage", "state", "turn", "corrections")))
        if step.before and kept != before:
            yield "steps", f"step {step.number} {step.move} found {kept}, the one before left {before}"
    if place != Place(one.stage, one.state, one.turn, one.corrections):
        yield "steps", f"it stands at {one.stage} {one.state} {one.turn}, its steps lead to {place}"
    if steps and steps[-1].at != one.changed_at:
        yield "steps", "it changed after its last step"


def content_of(submission: Submission) -> dict[str, object]:
    """What the digest of a submission was taken of."""
    return {
        "application": submission.application_id, "number": submission.number, "facts": submission.facts,
        "answers": submission.answers,
    }  # fmt: skip


def _submitted(one: Application) -> Iterator[tuple[str, str]]:
    made = list(one.submissions.all())
    asked = [step for step in one.steps.all() if step.move in SUBMITTING]
    if [submission.number for submission in made] != list(range(1, len(asked) + 1)):
        yield "submissions", f"{len(made)} submissions, {len(asked)} steps that submit"
    if (one.submitted_at is not None) != bool(made) or (one.number is not None) != bool(made):
        yield "submissions", f"{len(made)} submissions, submitted {one.submitted_at}, number {one.number}"
    for submission in made:
        if digest(content_of(submission)) != submission.digest:
            yield "submissions", f"submission {submission.number} is not what its digest was taken of"
    if made and (made[0].submitted_at, made[-1].verdict) != (one.submitted_at, one.verdict):
        yield "submissions", "time or verdict is not that of its submissions"


def _held(one: Application, owner: Programme, keeper: Organisation | None) -> Iterator[tuple[str, str]]:
    wanted = _holder(one, owner.stage(one.stage), keeper)
    if one.holder_id != wanted:
        yield "holder", f"{one.holder_id} holds it at {one.stage} {one.state}, it should be {wanted}"
    waits = _waiting(one, owner.stage(one.stage), keeper)
    if one.sent_back_by_id != waits:
        yield "holder", f"{one.sent_back_by_id} waits for its correction, it should be {waits}"


def _waiting(one: Application, stage: Stage, keeper: Organisation | None) -> int | None:
    """Who sent it back, if that was its last step; else the desk to which it comes back."""
    if one.state != State.CORRECTION:
        return None
    steps = list(one.steps.all())
    return steps[-1].by_unit_id if steps and steps[-1].to == CORRECTION else _desk(one, stage.turn, keeper)


def _holder(one: Application, stage: Stage, keeper: Organisation | None) -> int | None:
    if one.state in ENDED:
        return None
    return _desk(one, Turn.APPLICANT if one.state in (State.DRAFT, State.CORRECTION) else stage.turn, keeper)


def _desk(one: Application, turn: Turn, keeper: Organisation | None) -> int | None:
    chosen = {Turn.APPLICANT: one.organisation_id, Turn.AGENCY: one.agency_id, Turn.UNIT: one.unit_id}.get(turn)
    return chosen or (keeper.pk if keeper else None)


def _batched(one: Application, owner: Programme) -> Iterator[tuple[str, str]]:
    if one.batch is not None and one.batch.call_id != one.call_id:
        yield "batch", "it is in a batch of another call"
    route = [stage.name for stage in owner.route(one.call.settings)]
    into = [stage.name for stage in owner.route(one.call.settings) if stage.kind.in_batch]
    if one.stage not in route:
        yield "batch", f"{one.stage} is not on the route of its call"
    elif one.state == State.ACTIVE and into and route.index(one.stage) > route.index(into[0]) and one.batch is None:
        yield "batch", f"it is at {one.stage} and in no batch"


# ---------------------------------------------------------------------- all of them together
@rule("numbers")
def numbers() -> Iterator[Broken]:
    """The numbers of a programme and year are 1 to the last one, each once."""
    last = dict(Series.objects.filter(name__startswith="casework.").values_list("name", "last"))
    for owner in programmes().values():
        found: dict[int, list[str]] = {}
        given = Application.objects.filter(programme=owner.name, number__isnull=False).order_by("pk")
        for year, number in given.values_list("call__year", "number").iterator():
            found.setdefault(year, []).append(number or "")
        for year, taken in found.items():
            name = f"casework.{owner.prefix}.{year}"
            wanted = {f"{owner.prefix}{year}{place:06d}" for place in range(1, last.get(name, 0) + 1)}
            if len(taken) != len(wanted) or set(taken) != wanted:
                odd = sorted(wanted.symmetric_difference(taken))[:5]
                yield Broken("numbers", name, f"{len(taken)} given, the series is at {last.get(name, 0)}: {odd}")


@rule("batches")
def batches() -> Iterator[Broken]:
    """A closed batch is where some of its applications are, and has ended when all have."""
    for one in Batch.objects.filter(closed_at__isnull=False).select_related("call").order_by("pk"):
        route = [stage.name for stage in programme(one.call.programme).route(one.call.settings)]
        running = one.applications.exclude(state__in=ENDED)
        places = set(running.order_by("stage").values_list("stage", flat=True).distinct())
        if one.ended_at is not None and places:
            yield Broken("batches", f"batch {one.pk}", "it has ended, applications in it have not")
        elif one.stage not in route:
            yield Broken("batches", f"batch {one.pk}", f"{one.stage or 'nowhere'} is not on its route")
        elif places and one.stage not in places:
            yield Broken("batches", f"batch {one.pk}", f"it is at {one.stage}, its applications at {sorted(places)}")


@rule("proposals")
def proposals() -> Iterator[Broken]:
    """Four eyes: an open proposal is about an application that has not ended."""
    for one in Proposal.objects.filter(ended_at__isnull=True, application__state__in=ENDED).order_by("pk"):
        yield Broken("proposals", f"proposal {one.pk}", "it waits for a colleague, its application has ended")


@rule("exchanges")
def exchanges() -> Iterator[Broken]:
    """A list has as many lines as it says; what is answered waits no longer and has gone on from where it was."""
    for one in Exchange.objects.annotate(there=Count("rows")).exclude(there=F("count")).order_by("pk").iterator():
        yield Broken("exchanges", f"list {one.pk}", f"it says {one.count} lines and has {one.there}")
    for row in ExchangeRow.objects.filter(open=True).exclude(outcome="").order_by("pk").iterator():
        yield Broken("exchanges", f"list {row.exchange_id} {row.uscc}", "it is answered and waits for an answer")
    answered = ExchangeRow.objects.exclude(outcome="").exclude(exchange__stage="").filter(application__isnull=False)
    stuck = answered.filter(application__stage=F("exchange__stage"), application__state=State.ACTIVE)
    waits = ExchangeRow.objects.filter(application=OuterRef("application"), purpose=OuterRef("purpose"), open=True)
    for row in stuck.exclude(Exists(waits)).select_related("exchange").order_by("pk").iterator():
        if not ExchangeRow.objects.filter(application=row.application_id, pk__gt=row.pk, purpose=row.purpose).exists():
            said = f"it was answered {row.outcome}, its application still stands at {row.exchange.stage}"
            yield Broken("exchanges", f"list {row.exchange_id} {row.uscc}", said)
