"""What calls, printing, archives and hand-overs plant for the walk over every route."""

from __future__ import annotations

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import walk
from tests.casework import ANSWERS, make_call, submitted
from tidui.casework import archiving, printing
from tidui.casework.actions import calls
from tidui.casework.actions.printing import add_stamped
from tidui.casework.enums import Turn
from tidui.casework.models import Application, Quota
from tidui.casework.stamping import STAMPED
from tidui.kit import files

#: Who may see a draft of a call, a batch, a quota: the department and inspection.
DEPARTMENT = frozenset({"department_officer", "department_leader", "inspector"})
#: Who may see the case of enterprise `b`: those who see its file; the agency that it chose is taken out again.
CASE = walk.FILE
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A draft of a call, one that is published, a batch, and a case of `b` with stamped pages and a package."""
    world, now = garden.world, timezone.now()
    officer = world.department_officer
    draft = calls.draft_call(
        programme_name="tech-sme", year=2026, title=garden.mark("draft of a call", seers=DEPARTMENT), text="",
        opens_at=now + dt.timedelta(days=1), closes_at=now + dt.timedelta(days=9), by=officer, at=now,
    )  # fmt: skip
    call = make_call(world)
    answers = ANSWERS | {"products": garden.mark("answer in a form", seers=CASE, shown=False)}
    sent = submitted(world, call, world.b, world.clerk_b, answers=answers)
    batch = calls.open_batch(call=call, title=garden.mark("batch", seers=walk.FILE | {"agency_clerk"}), by=officer, at=now)
    # Not by moves: what checks find among everything that is planted would stand against them.
    Application.objects.filter(pk=sent.pk).update(
        batch=batch, stage="notice", turn=Turn.PUBLIC, holder=world.department, agency=None, unit_now=world.county,
        unit_changed_at=now,
    )  # fmt: skip
    held = Application.objects.get(pk=sent.pk)
    Quota.objects.create(call=call, unit=world.other_county, most=3)
    name = garden.mark("stamped pages", seers=CASE)
    scan = SimpleUploadedFile(f"{name}.pdf", _PDF, "application/pdf")
    stamped = add_stamped(
        application=held, received=files.receive(scan, kind=STAMPED), by=world.clerk_b, at=now,
        mark=printing.mark_of(held.submissions.get()),
    )  # fmt: skip
    archive = archiving.pack(held, by=officer, at=now)
    garden.things |= {
        "draft of a call": draft, "call": call, "batched case": held, "stamped pages": stamped, "archive": archive,
    }  # fmt: skip


def _draft(garden: walk.Garden) -> list[int]:
    return [garden.things["draft of a call"].pk]


def _call(garden: walk.Garden) -> list[int]:
    return [garden.things["call"].pk]


def _case(garden: walk.Garden) -> list[int]:
    return [garden.things["batched case"].pk]


def _batch(garden: walk.Garden) -> list[int]:
    return [garden.things["batched case"].batch_id]


def _said(garden: walk.Garden) -> dict[str, str]:
    return {
        "programme": "tech-sme", "year": "2026", "title": "通知", "document_number": "", "text": "",
        "opens_at": "2026-01-01T08:00", "closes_at": "2099-01-01T08:00",
    }  # fmt: skip


for _name in ("call", "edit_call", "discard_call", "publish_call"):
    walk.example(f"casework:{_name}", _draft)
for _name in ("call", "prolong_call", "close_call", "quotas", "open_batch"):
    walk.example(f"casework:{_name}", _call)
for _name in ("batch", "close_batch"):
    walk.example(f"casework:{_name}", _batch)
for _name in ("take_out", "rebatch", "transfer", "print", "stamped", "archive"):
    walk.example(f"casework:{_name}", _case)
walk.example(
    "casework:remove_stamped",
    lambda garden: [garden.things["batched case"].pk, garden.things["stamped pages"].pk],
)
walk.scope("casework.in_batch", lambda garden: {"batch": garden.things["batched case"].batch_id})

walk.post("casework:draft_call", _said)
walk.post("casework:edit_call", _said)
walk.post("casework:discard_call", lambda garden: {"confirmed": "1"})
walk.post("casework:publish_call", lambda garden: {})
walk.post("casework:prolong_call", lambda garden: {"closes_at": "2099-01-01T08:00", "reason": "延长"})
walk.post("casework:close_call", lambda garden: {"reason": "截止"})
walk.post("casework:quotas", lambda garden: {"unit": garden.world.other_county.pk, "most": "5"})
walk.post("casework:open_batch", lambda garden: {"title": "第二批"})
walk.post("casework:close_batch", lambda garden: {})
walk.post("casework:take_out", lambda garden: {"reason": "材料待核"})
walk.post("casework:rebatch", lambda garden: {"reason": "材料待核"})
walk.post("casework:transfer", lambda garden: {})
walk.post("casework:stamped", lambda garden: {"mark": "2022-00000000"})
walk.post("casework:remove_stamped", lambda garden: {})
walk.post("casework:archive", lambda garden: {})
walk.public_record("casework:calls", "a call that was published is public")
for _name in ("all", "returned", "desk"):
    walk.public_record(f"casework:{_name}", "published calls stand among the filters")
