"""Joint checks: partner authorities are asked by list what they know of the applicants; a hit is shown to who decides.

Which authorities a programme asks is its own affair: `extra={"joint": ("credit", "safety")}`; without it, all five.
An answer holds for so many working days (a dated parameter); whoever decides after that has to ask again.
"""

# tidui: data

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import User
from tidui.casework import findings, hooks
from tidui.casework.actions import moving
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.exchanging import Answer, Column, Outcome, Purpose, define
from tidui.casework.hooks import Moving
from tidui.casework.kinds import JOINT_CHECK
from tidui.casework.models import Application, ExchangeRow, Finding
from tidui.casework.programme import Programme, Stage, programme
from tidui.kit import calendar, clock, formats, parameters
from tidui.kit.access import Refused
from tidui.kit.divisions import table
from tidui.kit.lang import Pair

HOLDS: Final = parameters.define(
    "casework.joint_days", gettext_lazy("联审结果有效的工作日数"), "int", 20, low=1, high=250,
    help=gettext_lazy("超过后作出决定前须重新联审。"),
).name  # fmt: skip
PREFIX: Final = "joint:"
CLEAR: Final = "clear"
HIT: Final = "hit"

# tidui: data
#: What is asked, by the name after the prefix, and which kind of organisation answers.
ASKED: Final[Mapping[str, tuple[Pair, str]]] = {
    "credit": (Pair("信用联审", "credit check"), OrganisationKind.PARTNER),
    "integrity": (Pair("科研诚信联审", "research integrity check"), OrganisationKind.PARTNER),
    "tax": (Pair("欠税联审", "tax arrears check"), OrganisationKind.TAX),
    "safety": (Pair("安全生产联审", "work safety check"), OrganisationKind.PARTNER),
    "environment": (Pair("生态环境联审", "environment check"), OrganisationKind.PARTNER),
}
#: What a hit says; the same hit told again says the same.
_SAID: Final = ("reason", "record", "recorded_on")


# ---------------------------------------------------------------------- lists
def _write_row(application: Application) -> dict[str, Any]:
    organisation = application.organisation
    place = table().get(organisation.division)
    return {
        "number": application.number or "", "division": place.zh if place else organisation.division,
        "programme": programme(application.programme).title.zh,
    }  # fmt: skip


def _fits(stage: Stage) -> bool:
    return stage.kind.name == JOINT_CHECK.name or stage.kind.decides


def _apply(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    """A hit becomes a finding that has to be dealt with; an authority that knows nothing takes its own one away."""
    if row.application_id is None:
        return
    held = moving.locked(row.application_id)
    key = row.exchange.purpose
    before = held.findings.filter(key=key).first()
    if answer.outcome != HIT:
        if before is not None and before.gone_at is None:
            before.gone_at = at
            before.save(update_fields=["gone_at"])
    elif before is None:
        Finding.objects.create(application=held, key=key, found_at=at, **_hit(row, answer))
    else:
        _again(before, _hit(row, answer), at)
    findings.count(held)


def _again(before: Finding, content: Mapping[str, Any], at: dt.datetime) -> None:
    """The same hit told again stays cleared; one that says something else, or comes back, is open again."""
    told = any(before.params.get(name) != content["params"][name] for name in _SAID)
    if told or before.gone_at is not None:
        before.found_at, before.cleared_at, before.cleared_by, before.cleared_reason = at, None, None, ""
    before.gone_at = None
    for name, value in content.items():
        setattr(before, name, value)
    before.save()


def _hit(row: ExchangeRow, answer: Answer) -> dict[str, Any]:
    partner = row.exchange.partner.name if row.exchange.partner is not None else ""
    asked = purpose_of(row.exchange.purpose)
    recorded = answer.values.get("recorded_on")
    document = " ".join(str(one) for one in (answer.document_number, answer.document_date or "") if one)
    return {
        "kind": FindingKind.JOINT_HIT, "weight": Weight.STOP, "source": " ".join((partner, document)).strip()[:200],
        "params": {
            "word": "joint_hit", "purpose": {"zh": asked.title.zh, "en": asked.title.en}, "partner": partner,
            "reason": str(answer.values.get("reason") or ""), "record": str(answer.values.get("record") or ""),
            "recorded_on": recorded.isoformat() if isinstance(recorded, dt.date) else str(recorded or ""),
            "document": answer.document_number, "document_on": str(answer.document_date or ""), "row": row.pk,
            "others": [], "organisations": [],
        },
    }  # fmt: skip


def _defined(name: str, place: int) -> Purpose:
    title, kind = ASKED[name]
    return define(
        Purpose(
            name=PREFIX + name, title=title, layout="1",
            columns=(
                Column("number", Pair("受理编号", "application number"), "code"),
                Column("division", Pair("所在地", "place")),
                Column("programme", Pair("业务", "programme")),
            ),
            answers=(
                Column("record", Pair("决定书或记录文号", "number of the decision or record"), width=28),
                Column("recorded_on", Pair("记录日期", "date of the record"), "date"),
            ),
            outcomes=(
                Outcome(CLEAR, Pair("无记录", "nothing known"), tone="good", also=("无", "否")),
                Outcome(HIT, Pair("有记录", "on record"), tone="bad", needs=("reason",), also=("有", "是", "命中")),
            ),
            write_row=_write_row, apply_row=_apply, change_row=_apply, partner_kind=kind, fits=_fits, days=10,
            lead=Pair(
                "请核对清单中的单位在贵部门有无不良记录；有记录的写明事实。",
                "Please say which of the listed enterprises are on your records, and why.",
            ),
            order=40 + place,
        )
    )  # fmt: skip


PURPOSES: Final = {name: _defined(name, place) for place, name in enumerate(ASKED)}


def purpose_of(name: str) -> Purpose:
    """The purpose of a joint check by its whole name. KeyError for another."""
    return PURPOSES[name.removeprefix(PREFIX)]


# ---------------------------------------------------------------------- how it stands
@dataclass(frozen=True, slots=True)
class Asked:
    """What one authority was asked about an application: `state` is none, waiting, clear, hit, or old.

    `row` is the newest line of a list, answered or not; `days` the working days since the answer.
    """

    purpose: Purpose
    state: str
    row: ExchangeRow | None = None
    days: int | None = None
    waiting: bool = False


def asks(owner: Programme) -> tuple[str, ...]:
    """The joint checks that a programme asks for; none without such a stage."""
    if not any(stage.kind.name == JOINT_CHECK.name for stage in owner.stages):
        return ()
    return tuple(owner.extra.get("joint", ASKED))


def standings(applications: Iterable[Application], today: dt.date) -> dict[int, list[Asked]]:
    """How the joint checks of some applications stand, in one query."""
    wanted = list(applications)
    rows = ExchangeRow.objects.filter(application__in=[one.pk for one in wanted], purpose__startswith=PREFIX)
    held: dict[tuple[int | None, str], list[ExchangeRow]] = {}
    for row in rows.select_related("exchange__partner", "answer_file").order_by("pk"):
        held.setdefault((row.application_id, row.purpose), []).append(row)
    most = parameters.get(HOLDS, today)
    return {
        one.pk: [
            _asked(PURPOSES[name], held.get((one.pk, PREFIX + name), []), today, most)
            for name in asks(programme(one.programme))
        ]
        for one in wanted
    }


def _asked(purpose: Purpose, rows: list[ExchangeRow], today: dt.date, most: int) -> Asked:
    answered = [row for row in rows if row.outcome and row.answered_at is not None]
    waiting = any(row.open for row in rows)
    if not answered:
        return Asked(purpose, "waiting" if waiting else "none", rows[-1] if rows else None, waiting=waiting)
    last = max(answered, key=lambda row: (row.answered_at, row.pk))
    days = calendar.calendar().between(clock.day_of(last.answered_at), today)  # type: ignore[arg-type]
    return Asked(purpose, "old" if days > most else last.outcome, last, days, waiting)


def standing(application: Application, today: dt.date) -> list[Asked]:
    """How the joint checks of one application stand."""
    return standings([application], today)[application.pk]


# ---------------------------------------------------------------------- before a decision
@hooks.guard("")
def asked_and_answered(asked: Moving) -> Refused | None:
    """Nobody ends the joint check, or decides after it, while an authority has not answered or answered too long ago.

    Stages in between that only gather what is decided on, such as an expert review, go on: time passes there.
    """
    if not _fits(asked.stage) or not findings.passes_on(asked) or not _checked_before(asked):
        return None
    found = standing(asked.application, clock.day_of(asked.at))
    return refused(found)


def _checked_before(asked: Moving) -> bool:
    owner = programme(asked.application.programme)
    names = [stage.name for stage in owner.route(asked.application.call.settings)]
    joint = [stage.name for stage in owner.stages if stage.kind.name == JOINT_CHECK.name and stage.name in names]
    if not joint or asked.stage.name not in names:
        return False
    return names.index(asked.stage.name) >= names.index(joint[0])


def refused(found: Iterable[Asked]) -> Refused | None:
    """What of the joint checks stands against a decision, if anything does."""
    states: dict[str, list[Asked]] = {}
    for one in found:
        states.setdefault(one.state, []).append(one)
    if "none" in states:
        return Refused("joint-not-asked", _("还没有送：%(what)s。请先生成联审清单并发出。") % _named(states["none"]))
    if "waiting" in states:
        return Refused("joint-waiting", _("尚未收到反馈：%(what)s。") % _named(states["waiting"]))
    if "old" in states:
        text = _("联审结果已超过 %(days)d 个工作日：%(what)s。请重新生成联审清单，收到反馈后再作决定。")
        return Refused("joint-old", text % (_named(states["old"]) | {"days": parameters.get(HOLDS)}))
    return None


def _named(found: list[Asked]) -> dict[str, Any]:
    return {"what": formats.listed(one.purpose.title for one in found)}


# ---------------------------------------------------------------------- showing
#: Tone and words of a state.
STATES: Final[Mapping[str, tuple[str, Any]]] = {
    "none": ("neutral", gettext_lazy("未送审")), "waiting": ("wait", gettext_lazy("等待反馈")),
    CLEAR: ("good", gettext_lazy("无记录")), HIT: ("bad", gettext_lazy("有记录")),
    "old": ("warn", gettext_lazy("已过有效期")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A joint check of an application as a page shows it."""

    title: str
    tone: str
    word: str
    partner: str
    answered_at: dt.datetime | None
    days: int | None
    reason: str
    document: str
    exchange: int | None
    again: bool


def shown(found: Iterable[Asked]) -> list[Shown]:
    """The joint checks of an application, for a page."""
    return [_shown(one) for one in found]


def _shown(one: Asked) -> Shown:
    row = one.row
    tone, word = STATES[one.state]
    answer = row.answer if row is not None else {}
    file = row.answer_file if row is not None else None
    document = f"{file.document_number} {file.document_date or ''}".strip() if file is not None else ""
    return Shown(
        title=str(one.purpose.title), tone=tone, word=str(word),
        partner=row.exchange.partner.name if row is not None and row.exchange.partner is not None else formats.NOTHING,
        answered_at=row.answered_at if row is not None else None, days=one.days,
        reason=str(answer.get("reason") or ""), document=document or formats.NOTHING,
        exchange=row.exchange_id if row is not None else None,
        again=one.waiting and one.state not in ("waiting", "none"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """How many applications of a batch stand how with one authority."""

    name: str
    title: str
    none: int
    waiting: int
    clear: int
    hit: int
    old: int


def counts(owner: Programme, applications: Iterable[Application], today: dt.date) -> list[Count]:
    """The joint checks of a batch, counted."""
    found = standings(applications, today)
    made = []
    for name in asks(owner):
        states = [one.state for asked in found.values() for one in asked if one.purpose is PURPOSES[name]]
        each = (states.count(one) for one in ("none", "waiting", CLEAR, HIT, "old"))
        made.append(Count(name, str(PURPOSES[name].title), *each))
    return made
