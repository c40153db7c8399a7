"""What meetings and certificates plant for the walk over every route: sealed decisions, a certificate of `b`."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from tests import walk
from tests.review import applied, provincial_call
from tidui.casework.actions import calls
from tidui.casework.models import Application
from tidui.kit import clock
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document, Recognition
from tidui.recognition.models_certificates import Certificate, SigningKey
from tidui.recognition.models_decisions import Decision, Meeting

#: Who knows of what is sealed.
DEPARTMENT: Final = frozenset({"department_officer", "department_leader"})
#: Who reads what a recognition of `b` rests on.
HOLDERS: Final = walk.FILE


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A meeting whose decision on `b` is sealed; a certificate of `b`; one more application of `b` that waits."""
    world, now = garden.world, timezone.now()
    by, today = world.department_officer, clock.day_of(now)
    made = {}
    for name, stage in (("meeting", "meeting"), ("waiting", "meeting"), ("issue", "issue"), ("listed", "meeting")):
        call = provincial_call(world)
        batch = calls.open_batch(call=call, title=f"第一批{name}", by=by, at=now)
        one = applied(call, world.b, world.clerk_b)
        Application.objects.filter(pk=one.pk).update(
            stage=stage, batch=batch, holder=world.department, turn="department"
        )
        calls.close_batch(batch=batch, by=by, at=now)
        type(batch).objects.filter(pk=batch.pk).update(stage=stage)
        made[name] = (batch, Application.objects.get(pk=one.pk))
    for name in ("meeting", "listed"):
        batch, one = made[name]
        meeting = Meeting.objects.create(
            batch=batch, title=garden.mark(f"title of a sealed {name}", seers=DEPARTMENT), held_on=today, place="三楼",
            chair="马国梁", present=["马国梁", "程志远"], note=garden.mark(f"note of a sealed {name}", seers=DEPARTMENT),
            made_by=by, made_at=now,
        )  # fmt: skip
        Decision.objects.create(
            meeting=meeting, application=one, outcome="refuse", decided_by=by, decided_at=now,
            reason=garden.mark(f"reason of a sealed decision in {name}", seers=DEPARTMENT), recused=["程志远"],
        )  # fmt: skip
        garden.things[f"decide.{name}"] = meeting
    minutes = Document.objects.create(
        kind=DocumentKind.MINUTES, number="甘科纪〔2026〕9901号", title=garden.mark("title of sealed minutes", seers=DEPARTMENT),
        content={"lead": [garden.mark("text of sealed minutes", seers=DEPARTMENT)]}, digest="0" * 64,
        batch=made["listed"][0], issued_by=by, issued_at=now,
    )  # fmt: skip
    Meeting.objects.filter(pk=garden.things["decide.listed"].pk).update(
        minutes=minutes, state="decided", proposed_by=by, proposed_at=now, confirmed_by=world.department_leader,
        confirmed_at=now, digest="1" * 64,
    )  # fmt: skip
    garden.things["decide.minutes"] = minutes
    garden.things["decide.application"] = made["meeting"][1]
    garden.things["decide.waiting"] = made["waiting"][0]
    garden.things["decide.issue"] = made["issue"][0]
    _certificate(garden)


def _certificate(garden: walk.Garden) -> None:
    """A recognition of `b` with its certificate; numbers of recognitions are public once announced: this one is not."""
    world, now = garden.world, timezone.now()
    today = clock.day_of(now)
    paper = Document.objects.create(
        kind=DocumentKind.RECOGNITION, number="甘科认〔2026〕9901号", title="认定通知", content={"entries": []},
        digest="2" * 64, batch=garden.things["decide.issue"], issued_by=world.department_officer, issued_at=now, public=True,
    )  # fmt: skip
    held = Recognition.objects.create(
        organisation=world.b, programme="provincial", rung="provincial", number="GSCX20266299001", year=today.year,
        document_number=paper.number, document_date=today, valid_from=today, valid_until=today,
        recorded_by=world.department_officer, recorded_at=now,
    )  # fmt: skip
    SigningKey.objects.create(
        name="ed25519-0000000000000000", scheme="ed25519", public="x", fingerprint="0" * 64, made_at=now, retired_at=now
    )
    garden.things["decide.certificate"] = Certificate.objects.create(
        recognition=held, number=held.number, name=garden.mark("name on a certificate of b", seers=HOLDERS),
        content={"name": garden.mark("content of a certificate of b", seers=HOLDERS)}, signature={}, digest="3" * 64,
        reason=garden.mark("why a certificate of b was issued again", seers=HOLDERS, shown=False),
        issued_on=today, issued_by=world.department_officer, issued_at=now,
    )  # fmt: skip
    garden.things["decide.paper"] = paper


for _route in (
    "meeting", "edit_meeting", "take_into_meeting", "discard_meeting", "decide_many", "propose_meeting",
):  # fmt: skip
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["decide.meeting"].pk])
for _route in ("confirm_meeting", "send_meeting_back", "publish_meeting", "publish_meeting_again"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["decide.listed"].pk])
for _route in ("review_list", "review_workbook", "review_pdf"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["decide.meeting"].batch_id])
walk.example("recognition:new_meeting", lambda garden: [garden.things["decide.waiting"].pk])
walk.example(
    "recognition:decision",
    lambda garden: [garden.things["decide.meeting"].pk, garden.things["decide.application"].pk],
)
walk.example("recognition:meeting", lambda garden: [garden.things["decide.listed"].pk])
walk.example(
    "recognition:decision",
    lambda garden: [garden.things["decide.listed"].pk, garden.things["decide.listed"].decisions.get().application_id],
)
walk.example("recognition:recognition", lambda garden: [garden.things["decide.certificate"].recognition_id])
walk.example("recognition:issuing", lambda garden: [garden.things["decide.issue"].pk])
walk.example("recognition:issue_again", lambda garden: [garden.things["decide.paper"].pk])
walk.example("recognition:document", lambda garden: [garden.things["decide.minutes"].pk])
walk.example("recognition:document_pdf", lambda garden: [garden.things["decide.minutes"].pk])
for _form in ("pdf", "json"):
    walk.example(f"recognition:certificate_{_form}", lambda garden: [garden.things["decide.certificate"].pk])
    walk.example(f"recognition:verify_{_form}", lambda garden: [garden.things["decide.certificate"].number])
for _route in ("review_workbook", "review_pdf"):
    walk.writes(f"recognition:{_route}", "audit_event", "every export is written down")

_MEETING: Final = {
    "title": "厅务会", "held_on": "2026-01-05", "place": "三楼", "chair": "马国梁", "present": "马国梁", "absent": "", "note": "",
}  # fmt: skip
walk.post("recognition:new_meeting", lambda garden: _MEETING)
walk.post("recognition:edit_meeting", lambda garden: _MEETING)
walk.post("recognition:take_into_meeting", lambda garden: {})
walk.post("recognition:discard_meeting", lambda garden: {"confirmed": "1"})
walk.post(
    "recognition:decide_many",
    lambda garden: {
        "ids": str(garden.things["decide.application"].pk), "outcome": "refuse", "reason": "不符合", "confirmed": "1",
    },
)  # fmt: skip
walk.post("recognition:decision", lambda garden: {"outcome": "refuse", "reason": "不符合"})
walk.post("recognition:propose_meeting", lambda garden: {"confirmed": "1"})
walk.post("recognition:confirm_meeting", lambda garden: {"confirmed": "1"})
walk.post("recognition:send_meeting_back", lambda garden: {"reason": "再核"})
walk.post("recognition:publish_meeting", lambda garden: {"confirmed": "1"})
walk.post("recognition:publish_meeting_again", lambda garden: {})
walk.post("recognition:issuing", lambda garden: {"title": "认定通知", "text": "现予认定。", "count": "1"})
walk.post("recognition:issue_again", lambda garden: {})
walk.public_record("recognition:open_keys", "the keys that certificates are checked with are public")
