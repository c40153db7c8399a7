"""Notices, an objection and documents about enterprise `b`, and what the public may read of them."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from tests import walk
from tests.people import make_organisation
from tidui.casework.models import Application, Batch, Call
from tidui.kit import clock
from tidui.recognition import documents
from tidui.recognition.actions import objections
from tidui.recognition.models import Notice, Recognition

#: Who objects is known to the department and inspection alone.
DEPARTMENT = frozenset({"department_officer", "department_leader", "inspector"})


@walk.plants
def notices(garden: walk.Garden) -> None:
    """A batch with a draft and one with a notice that is shown, an objection to `b`, a letter to it, an announcement."""
    world, now = garden.world, timezone.now()
    by = world.department_officer
    call = Call.objects.create(
        programme="tech-sme", year=2025, title="公示用的申报通知", opens_at=now - dt.timedelta(days=40),
        closes_at=now - dt.timedelta(days=1), state="published", settings={"days.notice": 10, "tax_first": True},
        created_by=by, created_at=now, published_by=by, published_at=now,
    )  # fmt: skip
    first, second = (
        Batch.objects.create(
            call=call, number=place, title=garden.mark(f"title of batch {place}", seers=walk.FILE | {"agency_clerk"}), stage="notice",
            closed_at=now, closed_by=by, made_by=by, made_at=now,
        )
        for place in (1, 2)
    )  # fmt: skip
    application = Application.objects.create(
        call=call, programme="tech-sme", organisation=world.b, unit=world.other_county, batch=first,
        number="KX2025000001",
        state="active", stage="notice", turn="public", holder=world.department, begun_by=world.clerk_b, begun_at=now,
        submitted_at=now, changed_at=now,
    )  # fmt: skip
    entry = {"application": application.pk, "number": "KX2025000001", "name": "公示中的企业", "uscc": "", "division": "620103", "place": "兰州市七里河区"}
    public = documents.issue(
        kind="notice", title="关于公示的公告", content={"lead": ["现予公示。"]}, by=by, at=now, batch=first, public=True
    )
    shown = Notice.objects.create(
        batch=first, title="已发布的公示", text="现予公示。", entries=[entry], count=1, digest="0" * 64, document=public,
        state="published", working_days=10, made_by=by, made_at=now, published_by=by, published_at=now,
        ends_on=clock.today() + dt.timedelta(days=10),
    )  # fmt: skip
    draft = Notice.objects.create(
        batch=second, title=garden.mark("title of a draft notice", seers=DEPARTMENT), working_days=10, made_by=by, made_at=now,
        text=garden.mark("text of a draft notice", seers=DEPARTMENT),
    )  # fmt: skip
    objection = objections.file_objection(
        notice=shown, application=application.pk, name=garden.mark("who objects to b", seers=DEPARTMENT),
        mobile=garden.mobile("telephone of who objects to b", seers=DEPARTMENT),
        employer=garden.mark("employer of who objects to b", seers=DEPARTMENT),
        text=garden.mark("what is objected to b", seers=DEPARTMENT), at=now,
    )  # fmt: skip
    letter = documents.issue(
        kind="letter", title=garden.mark("title of a letter to b", seers=walk.FILE), by=by, at=now,
        content={"to": garden.mark("text of a letter to b", seers=walk.FILE)}, application=application,
    )  # fmt: skip
    Recognition.objects.create(
        organisation=make_organisation("enterprise", "天水公开企业有限公司", "620502"), programme="tech-sme", rung="sme", number="202562010200000001", year=2025,
        valid_from=dt.date(2025, 6, 1), valid_until=dt.date(2025, 12, 31), announced_at=now, recorded_by=by, recorded_at=now,
    )  # fmt: skip
    garden.things |= {
        "notice": shown, "draft notice": draft, "objection": objection, "letter": letter, "public document": public,
        "notice batch": first, "batch to announce": second,
    }  # fmt: skip


for _route in ("notice", "object", "withdraw_notice", "end_notice"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["notice"].pk])
for _route in ("notice", "edit_notice", "publish_notice", "discard_notice"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["draft notice"].pk])
for _route in ("objection", "accept_objection", "reject_objection", "investigate", "dismiss_objection", "uphold_objection"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["objection"].pk])
for _route in ("document", "document_pdf"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["letter"].pk])
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["public document"].pk])
for _route in ("draft_notice", "announce"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["batch to announce"].pk])
for _route in ("open_csv", "open_json"):
    walk.example(f"recognition:{_route}", lambda garden: ["tech-sme", 2025])

for _route in ("notices", "announcements", "open_data"):
    walk.public_record(f"recognition:{_route}", "what is published is everybody's")

walk.post("recognition:edit_notice", lambda garden: {"title": "公示", "text": "现予公示。"})
walk.post("recognition:publish_notice", lambda garden: {"confirmed": "1"})
walk.post("recognition:withdraw_notice", lambda garden: {"reason": "名单有误"})
walk.post("recognition:discard_notice", lambda garden: {})
walk.post("recognition:draft_notice", lambda garden: {})
walk.post("recognition:end_notice", lambda garden: {})
walk.post("recognition:announce", lambda garden: {"title": "公告", "text": "现予公告。", "count": 0})
walk.post(
    "recognition:object",
    lambda garden: {
        "application": garden.things["notice"].entries[0]["application"], "name": "石坚", "mobile": "13812340000",
        "employer": "", "text": "所报研发费用与年报不一致，请核实。", "website": "",
    },
)  # fmt: skip
walk.post("recognition:accept_objection", lambda garden: {"seen": 0})
walk.post("recognition:reject_objection", lambda garden: {"seen": 0, "reason": "不属于公示内容"})
walk.post("recognition:investigate", lambda garden: {"seen": 0, "text": "已调阅材料"})
walk.post("recognition:dismiss_objection", lambda garden: {"seen": 0, "answer": "不成立"})
walk.post("recognition:uphold_objection", lambda garden: {"seen": 0, "answer": "成立", "reason": "数据不实"})
