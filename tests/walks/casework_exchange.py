"""What exchanges plant for the walk over every route: a list with `b` on it, its answers, what was held back, a number."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils import timezone

from tests import walk
from tests.casework import make_call, submitted
from tidui.casework.models import AnswerFile, Exchange, ExchangeRow, HeldAnswer
from tidui.kit import clock
from tidui.kit.models import StoredFile
from tidui.recognition.models import Recognition

#: Lists are the department's; whom they are sent to is no person of the world.
DEPARTMENT: Final = frozenset({"department_officer", "department_leader", "inspector"})


def _file(garden: walk.Garden, label: str, kind: str, about: Exchange, *, shown: bool = False) -> StoredFile:
    """A stored file; the page of a list offers its files without their names."""
    return StoredFile.objects.create(
        sha256="e" * 64, size=1, media_type="text/csv", name=garden.mark(label, seers=DEPARTMENT, shown=shown) + ".csv", kind=kind,
        uploaded_by=garden.world.department_officer, uploaded_at=timezone.now(), about_model="casework.exchange",
        about_id=str(about.pk),
    )  # fmt: skip


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A list that was sent and half answered, and the number of `b`."""
    world, now, by = garden.world, timezone.now(), garden.world.department_officer

    def mark(label: str) -> str:
        return garden.mark(label, seers=DEPARTMENT)

    call = make_call(world)
    application = submitted(world, call, world.b, world.clerk_b)
    made = Exchange.objects.create(
        purpose="tax", layout="1", title=mark("title of a list"), call=call, digest="d" * 64, count=1, made_by=by,
        made_at=now, state="sent", sent_by=by, sent_at=now, sent_note=mark("how a list was sent"),
        due_on=clock.today() + dt.timedelta(days=5),
    )  # fmt: skip
    made.file = _file(garden, "file of a list", "casework.exchange", made)
    made.csv = _file(garden, "csv of a list", "casework.exchange", made)
    made.save()
    read = AnswerFile.objects.create(
        exchange=made, file=_file(garden, "file of answers", "casework.answers", made, shown=True), digest="a" * 64,
        document_number=mark("number of answers"), read_by=by, read_at=now, finished_at=now,
        report={"lines": 2, "taken": 0, "held": 1, "same": 0, "refused": 1, "blank": 0, "repeated": 0, "open": 1},
        faults=[{
            "line": 3, "uscc": "", "given": {"name": mark("a line that was not taken")},
            "faults": [{"code": "no-code", "zh": "无", "en": "none", "hard": True}],
        }],
    )  # fmt: skip
    row = ExchangeRow.objects.create(
        exchange=made, application=application, organisation=world.b, uscc=world.b.uscc, purpose="tax",
        sent={"name": world.b.name, "number": application.number, "place": mark("what was sent")},
    )
    held = HeldAnswer.objects.create(
        row=row, file=read, line=4, outcome="differs", answer={"reason": mark("an answer held back")}, key="k" * 64,
        faults=[{"code": "otherwise", "zh": mark("why it was held"), "en": "otherwise", "hard": False}], held_by=by,
        held_at=now,
    )  # fmt: skip
    garden.things |= {"exchange": made, "exchange.row": row, "exchange.held": held, "exchange.answers": read}
    garden.things["recognition"] = Recognition.objects.create(
        organisation=world.b, programme="tech-sme", rung="sme", number=garden.mark("number of b"), year=2021,
        valid_from=dt.date(2021, 5, 1), valid_until=dt.date(2021, 12, 31), recorded_by=by, recorded_at=now,
        document_number=garden.mark("document of a number"), application=application,
    )  # fmt: skip


for _name in ("exchange", "write_exchange", "send_exchange", "take_back_exchange", "exchange_rest", "read_answers", "stand_in"):
    walk.example(f"casework:{_name}", lambda garden: [garden.things["exchange"].pk])
walk.example("casework:exchange_row", lambda garden: [garden.things["exchange.row"].pk])
walk.example("casework:settle_answer", lambda garden: [garden.things["exchange.held"].pk])
walk.example("casework:answer_file", lambda garden: [garden.things["exchange.answers"].pk])
walk.example("casework:answer_faults", lambda garden: [garden.things["exchange.answers"].pk])
walk.example("recognition:recognition", lambda garden: [garden.things["recognition"].pk])
walk.scope("casework.exchange_rows", lambda garden: {"exchange": garden.things["exchange"].pk})
walk.post("casework:write_exchange", lambda garden: {})
walk.post("casework:send_exchange", lambda garden: {"way": "公文交换"})
walk.post("casework:take_back_exchange", lambda garden: {"reason": "改为书面", "confirmed": "1"})
walk.post("casework:read_answers", lambda garden: {"document_number": "1"})
walk.post("casework:stand_in", lambda garden: {"refuse": "0", "late": "0", "duplicate": "0", "malformed": "0", "seed": "1"})
walk.post("casework:exchange_row", lambda garden: {"outcome": "相符"})
walk.post("casework:settle_answer", lambda garden: {"decision": "accept", "reason": "已核实"})


@walk.plants
def batch(garden: walk.Garden) -> None:
    """A batch of which a list could be made."""
    from tidui.casework.actions import calls

    world, now = garden.world, timezone.now()
    garden.things["exchange.batch"] = calls.open_batch(
        call=make_call(world), title=garden.mark("title of a batch", seers=DEPARTMENT), by=world.department_officer, at=now
    )


walk.example("casework:prepare_exchange", lambda garden: [garden.things["exchange.batch"].pk, "tax"])
walk.post("casework:prepare_exchange", lambda garden: {"title": "清单"})
