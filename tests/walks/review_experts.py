"""What the register of experts, fees and the years after a recognition plant for the walk over every route."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils import timezone

from tests import walk
from tests.casework import make_call, submitted
from tests.people import make_user
from tidui.casework.actions import calls
from tidui.kit import clock
from tidui.kit.models import StoredFile
from tidui.recognition.models import Recognition
from tidui.recognition.models_years import Change, YearlyReturn
from tidui.review import linking
from tidui.review.enums import ExpertKind, ExpertState, TieKind, TieSource, TitleLevel
from tidui.review.models import Absence, Expert, ExpertField, FeeLine, FeeSheet, Recusal, Tie

#: Who knows the experts that the unit of b's county nominated.
REGISTER: Final = frozenset({"other_county_officer", "department_officer", "department_leader", "inspector"})
#: Who knows what ties an expert to whom, recusals and fees.
INSIDE: Final = REGISTER - {"other_county_officer"}


def _expert(garden: walk.Garden, name: str, state: str, **more: object) -> Expert:
    world, now = garden.world, timezone.now()
    confirmed = {"decided_by": world.department_officer, "decided_at": now, "since": clock.today(), "affirmed_on": clock.today()}
    made = Expert.objects.create(
        name=garden.mark(f"name of {name}", seers=REGISTER), kind=ExpertKind.TECHNICAL, title="教授",
        level=TitleLevel.SENIOR, years=12, employer=garden.mark(f"employer of {name}", seers=REGISTER),
        mobile=garden.mobile(f"mobile of {name}", seers={"department_officer", "department_leader"}), state=state,
        nominated_by=world.other_county, recorded_by=world.other_county_officer, recorded_at=now,
        account="6222020200112233445", **(confirmed if state in ("confirmed", "paused") else {}), **more,
    )  # fmt: skip
    ExpertField.objects.create(expert=made, code="803", main=True)
    return made


@walk.plants
def experts(garden: walk.Garden) -> None:
    """Experts in each state, with ties, absences, recusals; lists of fees in each state; a file that was handed in."""
    world, now = garden.world, timezone.now()
    things = garden.things
    things["experts.new"] = _expert(garden, "a nominated expert", ExpertState.NOMINATED)
    things["experts.held"] = held = _expert(
        garden, "a confirmed expert", ExpertState.CONFIRMED, user=make_user("seated-expert", "席位专家")
    )
    things["experts.paused"] = _expert(garden, "a paused expert", ExpertState.PAUSED)
    # Whoever holds a link sees whose it is: this name is no mark.
    things["experts.invited"] = Expert.objects.create(
        name="受邀专家", kind=ExpertKind.FINANCIAL, employer="某会计师事务所", state=ExpertState.NOMINATED,
        nominated_by=world.other_county, recorded_by=world.other_county_officer, recorded_at=now,
    )  # fmt: skip
    garden.known("6222020200112233445", "account of an expert", seers={"department_officer", "department_leader"}, shown=False)
    Tie.objects.create(
        expert=held, kind=TieKind.KIN, name=garden.mark("tie of an expert", seers=INSIDE), source=TieSource.OWN,
        recorded_by=world.department_officer, recorded_at=now,
    )  # fmt: skip
    things["experts.tie"] = held.ties.get()
    things["experts.absence"] = Absence.objects.create(
        expert=held, since=clock.today(), until=clock.today(), reason=garden.mark("reason of an absence", seers=INSIDE)
    )
    call = make_call(world)
    sent = submitted(world, call, world.b, world.clerk_b)
    things["experts.recusal"] = Recusal.objects.create(
        expert=held, application=sent, kind="found", note=garden.mark("note of a recusal", seers=INSIDE),
        by=world.department_officer, at=now,
    )  # fmt: skip
    batch = calls.open_batch(call=call, title="评审费批次", by=world.department_officer, at=now)
    for name, more in (
        ("made", {}), ("approved", {"approved_by": world.department_leader, "approved_at": now}),
    ):  # fmt: skip
        sheet = FeeSheet.objects.create(
            batch=batch, title=garden.mark(f"title of {name} fees", seers=INSIDE), a_sheet=100_00, as_leader=50_00,
            made_by=world.department_officer, made_at=now, **more,
        )  # fmt: skip
        FeeLine.objects.create(
            sheet=sheet, expert=held, sheets=3, amount=300_00, bank=garden.mark(f"bank in {name} fees", seers=INSIDE, shown=name == "made"),
            account="6222020200112233445",
        )  # fmt: skip
        things[f"fees.{name}"] = sheet
    things["experts.file"] = StoredFile.objects.create(
        sha256="e" * 64, size=1, media_type="text/csv", name=garden.mark("file of experts", seers={"department_officer"}) + ".txt",
        kind="review.experts", uploaded_by=world.department_officer, uploaded_at=now,
    )  # fmt: skip


@walk.plants
def years(garden: walk.Garden) -> None:
    """A provincial recognition of enterprise `b` with yearly information and changes in each state."""
    world, now = garden.world, timezone.now()
    held = Recognition.objects.create(
        organisation=world.b, programme="provincial", rung="provincial", year=clock.today().year - 1,
        number=f"CX{clock.today().year - 1}6299001", valid_from=clock.today() - dt.timedelta(days=400),
        valid_until=clock.today() + dt.timedelta(days=600), recorded_by=world.department_officer, recorded_at=now, announced_at=now,
    )  # fmt: skip
    garden.things["years.held"] = held
    garden.things["years.open"] = YearlyReturn.objects.create(
        recognition=held, year=clock.today().year - 1, due_on=clock.today(), made_at=now
    )
    garden.things["years.filed"] = YearlyReturn.objects.create(
        recognition=held, year=clock.today().year - 2, due_on=clock.today(), made_at=now, text=garden.mark("yearly information of b"),
        filed_by=world.clerk_b, filed_at=now, digest="a" * 64, facts=[],
    )  # fmt: skip
    for kind, state in (("business", "filed"), ("merger", "returned")):
        garden.things[f"changes.{state}"] = Change.objects.create(
            recognition=held, kind=kind, happened_on=clock.today(), due_on=clock.today(),
            text=garden.mark(f"a {state} change of b", shown=state == "filed"),
            filed_by=world.clerk_b, filed_at=now, state=state,
        )  # fmt: skip


for _route, _thing in (
    ("expert", "experts.held"), ("edit_expert", "experts.held"), ("confirm_expert", "experts.new"),
    ("decline_expert", "experts.new"), ("pause_expert", "experts.held"), ("end_expert", "experts.held"),
    ("resume_expert", "experts.paused"), ("renew_expert", "experts.held"), ("recuse_expert", "experts.held"),
    ("add_absence", "experts.held"), ("add_tie", "experts.held"), ("link_expert", "experts.new"),
    ("invite_expert", "experts.new"), ("lift_recusal", "experts.recusal"), ("remove_absence", "experts.absence"),
    ("remove_tie", "experts.tie"), ("end_tie", "experts.tie"), ("fee_sheet", "fees.made"), ("approve_fees", "fees.made"),
    ("discard_fees", "fees.made"), ("pay_fees", "fees.approved"), ("payment_list", "fees.approved"),
    ("imported_experts", "experts.file"),
):  # fmt: skip
    walk.example(f"review:{_route}", lambda garden, thing=_thing: [garden.things[thing].pk])
walk.example("review:expert", lambda garden: [garden.things["experts.new"].pk])
walk.example(
    "review:claim",
    lambda garden: [
        linking.invite(expert=garden.things["experts.invited"], by=garden.world.department_officer, at=timezone.now())
    ],
)  # fmt: skip
walk.scope("review.fee_lines", lambda garden: {"sheet": garden.things["fees.made"].pk})

for _route, _thing in (
    ("yearly_return", "years.open"), ("report_change", "years.held"), ("change", "changes.filed"),
    ("decide_change", "changes.filed"), ("supplement_change", "changes.returned"),
):  # fmt: skip
    walk.example(f"recognition:{_route}", lambda garden, thing=_thing: [garden.things[thing].pk])
walk.example("recognition:yearly_return", lambda garden: [garden.things["years.filed"].pk])

_FORM: Final = {
    "name": "新专家", "kind": "technical", "level": "senior", "title": "教授", "years": "12", "main": "803",
    "employer": "某大学", "mobile": "13955550000",
}  # fmt: skip
walk.post("review:nominate_expert", lambda garden: {**_FORM, "unit": str(garden.world.other_county.pk)})
walk.post("review:apply_as_expert", lambda garden: dict(_FORM))
walk.post("review:edit_expert", lambda garden: {**_FORM, "seen": "0"})
walk.post("review:affirm_expert", lambda garden: {})
walk.post(
    "review:confirm_expert",
    lambda garden: {"since": clock.today().isoformat(), "until": (clock.today() + dt.timedelta(days=700)).isoformat()},
)
for _step in ("decline", "pause", "end"):
    walk.post(f"review:{_step}_expert", lambda garden, step=_step: {f"{step}-reason": "理由"})
walk.post("review:resume_expert", lambda garden: {})
walk.post("review:renew_expert", lambda garden: {"renew-until": (clock.today() + dt.timedelta(days=900)).isoformat()})
walk.post("review:recuse_expert", lambda garden: {"number": "x", "recuse-reason": "理由"})
walk.post(
    "review:add_absence", lambda garden: {"absence-since": clock.today().isoformat(), "absence-until": clock.today().isoformat()}
)
walk.post("review:add_tie", lambda garden: {"tie-kind": "kin", "tie-name": "某公司"})
walk.post("review:link_expert", lambda garden: {"username": "nobody"})
for _route in ("invite_expert", "remove_absence", "claim", "approve_fees", "discard_fees", "payment_list"):
    walk.post(f"review:{_route}", lambda garden: {})
walk.post("review:lift_recusal", lambda garden: {"reason": "登记错误"})
walk.post("review:remove_tie", lambda garden: {"reason": "登记错误"})
walk.post("review:end_tie", lambda garden: {"until": clock.today().isoformat()})
walk.post("review:pay_fees", lambda garden: {"on": clock.today().isoformat(), "voucher": "记-1"})
walk.post("review:make_fees", lambda garden: {"batch": "0", "title": "x"})
walk.post("review:imported_experts", lambda garden: {})
walk.post("recognition:yearly_return", lambda garden: {"text": "稳步发展"})
walk.post(
    "recognition:report_change",
    lambda garden: {"kind": "business", "happened_on": clock.today().isoformat(), "text": "主营业务变化"},
)
walk.post("recognition:decide_change", lambda garden: {"outcome": "keep", "answer": "仍符合条件"})
walk.post("recognition:supplement_change", lambda garden: {"text": "已补"})
