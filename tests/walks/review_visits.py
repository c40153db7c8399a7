"""What site visits plant for the walk over every route: visits to enterprise `b` at each stage, with what was found."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import walk
from tests.people import make_member, make_organisation, make_user
from tests.review import applied, provincial_call
from tests.visits import picture
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.casework.actions import calls
from tidui.casework.models import Application
from tidui.kit import clock, files
from tidui.review.actions import commissioning
from tidui.review.actions import visits as actions
from tidui.review.actions.visits import Note
from tidui.review.models import Photo, Visit
from tidui.review.photos import KIND

#: The department and inspection; the institution itself is no walker.
DEPARTMENT: Final = frozenset(
    {"department_officer", "department_leader", "department_administrator", "inspector"}
)  # fmt: skip


def _visit(garden: walk.Garden, institution: Any, place: str) -> Visit:
    """Enterprise `b` at its site visit, and an institution commissioned with it."""
    world, now = garden.world, timezone.now()
    call = provincial_call(world)
    batch = calls.open_batch(call=call, title="第一批", by=world.department_officer, at=now)
    made = applied(call, world.b, world.clerk_b)
    Application.objects.filter(pk=made.pk).update(
        stage="visit", batch=batch, holder=world.department, turn="institution"
    )
    calls.close_batch(batch=batch, by=world.department_officer, at=now)
    commissioning.commission(
        batch=batch, applications=[made.pk], institution=institution, due_on=clock.today() + dt.timedelta(days=9),
        by=world.department_officer, at=now,
        document_number=garden.mark(f"letter of the commission of b, {place}", seers=DEPARTMENT),
        note=garden.mark(f"note of the commission of b, {place}", seers=DEPARTMENT),
    )  # fmt: skip
    garden.things[f"visits.batch.{place}"] = batch
    return Visit.objects.get(application=made)


@walk.plants
def rows(garden: walk.Garden) -> None:
    """One visit under way with a conflict and a photograph, one reported."""
    institution = make_organisation(Kind.SITE_INSTITUTION, "祁连考察评估院", "620100")
    people = [make_user(f"walk-visitor-{number}", f"考察员{number}") for number in (1, 2)]
    for person in people:
        make_member(person, institution, Role.CLERK)
    underway = _visit(garden, institution, "underway")
    claim = underway.claims.get(key=f"st_staff.{underway.submission.year}")
    for number, person in enumerate(people):
        _note(garden, underway, claim.pk, person, f"visitor {number}")
    garden.things["visits.photo"] = _photo(garden, people[0], underway)
    reported = _visit(garden, institution, "reported")
    for claim in reported.claims.all():
        _note(garden, reported, claim.pk, people[0], "", "confirmed")
    actions.report(
        visit=reported, opinion=garden.mark("opinion of a visit to b", seers=DEPARTMENT), by=people[0],
        at=timezone.now(),
    )  # fmt: skip
    garden.things |= {"visits.underway": underway, "visits.reported": reported}
    garden.things["visits.record"] = underway.records.get(state="conflict")


def _note(garden: walk.Garden, visit: Visit, claim: int, by: Any, label: str, outcome: str = "not_seen") -> None:
    words = garden.mark(f"what was found at b by {label}", seers=DEPARTMENT) if label else ""
    note = Note(uuid.uuid4(), claim, 0, outcome, note=words, device=label)
    actions.keep_note(visit=visit, note=note, by=by, at=timezone.now())


def _photo(garden: walk.Garden, by: Any, visit: Visit) -> Photo:
    """A photograph whose file is named by a mark."""
    name = garden.mark("name of a photograph of b", seers=DEPARTMENT) + ".png"
    received = files.receive(SimpleUploadedFile(name, picture(), "image/png"), kind=KIND, by=by)
    return actions.add_photo(
        visit=visit, key=uuid.uuid4(), received=received, claim=None, taken_at=None, place=None, by=by,
        at=timezone.now(),
    )  # fmt: skip


for _route in ("visit", "visit_field", "sync_visit", "visit_photos", "plan_visit", "report_visit", "take_back_visit"):
    walk.example(f"review:{_route}", lambda garden: [garden.things["visits.underway"].pk])
for _route in ("accept_visit", "return_visit", "visit"):
    walk.example(f"review:{_route}", lambda garden: [garden.things["visits.reported"].pk])
walk.example("review:settle_record", lambda garden: [garden.things["visits.record"].pk])
walk.example("kit:file", lambda garden: [garden.things["visits.photo"].file_id])
walk.example("review:arrange_visits", lambda garden: [garden.things["visits.batch.underway"].pk])

walk.post("review:visit_field", lambda garden: {
    "claim": str(garden.things["visits.underway"].claims.latest("number").pk), "base": "0", "outcome": "confirmed",
    "key": str(uuid.uuid4()),
})  # fmt: skip
walk.post("review:plan_visit", lambda garden: {"planned_on": "2099-01-01", "visitors": "甲"})
walk.post("review:report_visit", lambda garden: {"opinion": "属实"})
walk.post("review:settle_record", lambda garden: {"take": "yes"})
walk.post("review:sync_visit", lambda garden: {})
walk.post("review:visit_photos", lambda garden: {"key": str(uuid.uuid4())})
walk.post("review:accept_visit", lambda garden: {"confirmed": "1"})
walk.post("review:return_visit", lambda garden: {"reason": "请补充"})
walk.post("review:take_back_visit", lambda garden: {"reason": "改委托"})
walk.post("review:arrange_visits", lambda garden: {"do": "waive", "waive_reason": "x", "application": "1"})
