"""An application in words: how it stands, its way, what happened to it, what the rules said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tidui.accounts.standing import Standing, standing
from tidui.casework import clocks
from tidui.casework.enums import ENDED, State, Turn
from tidui.casework.form import label_of_field
from tidui.casework.models import Application, Step
from tidui.casework.programme import ACCEPTED, CORRECTION, REFUSED, WITHDRAWN, Programme, programme
from tidui.kit import clock, formats

#: How a verdict looks and reads.
VERDICTS: Final[Mapping[str, tuple[str, Any]]] = {
    "pass": ("good", gettext_lazy("符合")),
    "fail": ("bad", gettext_lazy("不符合")),
    "unknown": ("wait", gettext_lazy("待查明")),
}
STATE_TONES: Final[Mapping[str, str]] = {
    State.DRAFT: "neutral", State.ACTIVE: "info", State.CORRECTION: "warn", State.WITHDRAWN: "neutral",
    State.LAPSED: "neutral", State.REFUSED: "bad", State.ACCEPTED: "good",
}  # fmt: skip
#: Steps that are no move of a stage.
_STEPS: Final[Mapping[str, Any]] = {
    "submit": gettext_lazy("提交申报"),
    "resubmit": gettext_lazy("补正后再次提交"),
    "withdraw": gettext_lazy("撤回申报"),
    "undo": gettext_lazy("撤销上一步"),
    "recall": gettext_lazy("逾期未补正，收回办理"),
    "refuse_overdue": gettext_lazy("逾期未补正，不予通过"),
    "transfer": gettext_lazy("转交其他推荐单位"),
    "lapse": gettext_lazy("逾期未提交"),
    "revive": gettext_lazy("申报延长，恢复填写"),
    "take_out": gettext_lazy("移出批次"),
    "rebatch": gettext_lazy("移到下一批次"),
    "reopen": gettext_lazy("更正回复，恢复办理"),
}
_TONES: Final[Mapping[str, str]] = {"primary": "good", "warn": "warn", "danger": "bad"}
_ICONS: Final[Mapping[str, str]] = {
    "submit": "send", "resubmit": "send", "withdraw": "arrow-back-up", "undo": "arrow-back-up",
    "recall": "arrow-back-up", "transfer": "arrows-exchange",
}  # fmt: skip
#: Where a step's reason is said to the applicant: it was sent back, ended, or taken back.
_SAID: Final = frozenset({CORRECTION, REFUSED, WITHDRAWN, ACCEPTED})


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a clock, as a badge."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A stage on the way: `done`, `now` or `todo`."""

    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Event:
    """A step as the timeline shows it."""

    at: dt.datetime
    title: str
    by: str
    text: str
    tone: str
    icon: str


def stage_title(name: str, stage: str) -> str:
    """A stage of a programme in words; its name where the programme no longer has it."""
    try:
        return str(programme(name).stage(stage).title)
    except KeyError:
        return stage


def programme_title(name: str) -> str:
    """A programme in words."""
    try:
        return str(programme(name).title)
    except KeyError:
        return name


def score_text(application: Application) -> str:
    """The score of the last submission, `80` or `60–80` while something is unknown; empty without one."""
    low, high = application.score_low, application.score_high
    if low is None or high is None:
        return ""
    ends = [formats.number(Fraction(one, 100), 0 if one % 100 == 0 else 2) for one in (low, high)]
    return ends[0] if low == high else "–".join(ends)


def verdict_badge(application: Application) -> tuple[Any, str]:
    """What the rules said, with the score: (text, tone)."""
    if application.verdict not in VERDICTS:
        return "", "neutral"
    tone, text = VERDICTS[application.verdict]
    score = score_text(application)
    return (_("%(verdict)s，%(score)s分") % {"verdict": text, "score": score} if score else text), tone


def left(due_on: dt.date | None, today: dt.date | None = None) -> Left | None:
    """What is left of a clock in working days; None for no clock."""
    days = clocks.left(today or clock.today(), due_on)
    if days is None or due_on is None:
        return None
    if due_on < (today or clock.today()):
        count = max(-days, 1)
        said = ngettext("逾期%(count)d个工作日", "逾期%(count)d个工作日", count)
        return Left("bad", said % {"count": count})
    if days == 0:
        return Left("warn", _("今日到期"))
    said = ngettext("剩%(count)d个工作日", "剩%(count)d个工作日", days)
    return Left("warn" if days == 1 else "neutral", said % {"count": days})


def status(application: Application) -> str:
    """One sentence: whose turn it is and until when."""
    if application.state in ENDED:
        return _("%(state)s，%(day)s。") % {
            "state": application.get_state_display(), "day": formats.day(application.ended_at),
        }  # fmt: skip
    if application.state == State.DRAFT:
        return _("正在填写，尚未提交。")
    who = application.holder.name if application.holder else application.get_turn_display()
    stage = stage_title(application.programme, application.stage)
    if application.state == State.CORRECTION:
        return _("已退回%(who)s补正，请在%(due)s前提交；补正期间“%(stage)s”的办理期限暂停。") % {
            "who": who, "due": formats.day(application.due_on), "stage": stage,
        }  # fmt: skip
    if application.turn in (Turn.PUBLIC, Turn.TAX, Turn.PLATFORM, Turn.PARTNER):
        who = application.get_turn_display()
    said = _("“%(stage)s”环节，由%(who)s办理") % {"stage": stage, "who": who}
    if application.due_on is None:
        return _("%(said)s。") % {"said": said}
    return _("%(said)s，期限%(due)s。") % {"said": said, "due": formats.day(application.due_on)}


def way(application: Application) -> list[Stop]:
    """The stages of the route, with what is done, where it is now, and what is to come."""
    try:
        route = programme(application.programme).route(application.call.settings)
    except KeyError:
        return []
    names = [stage.name for stage in route]
    here = names.index(application.stage) if application.stage in names else 0
    finished = application.state == State.ACCEPTED
    return [
        Stop(str(stage.title), "done" if finished or place < here else "now" if place == here else "todo")
        for place, stage in enumerate(route)
    ]


def step_title(owner: Programme | None, step: Step) -> str:
    """What was done, in words: `评价机构审核：退回补正`."""
    if step.move in _STEPS:
        return str(_STEPS[step.move])
    if owner is None:
        return step.move
    try:
        stage = owner.stage(step.stage)
    except KeyError:
        return step.move
    move = next((one for one in stage.kind.moves if one.name == step.move), None)
    return formats.labelled(stage.title, move.title if move else step.move)


def is_inside(who: Standing, application: Application) -> bool:
    """Does the person look at the application for somebody else than the applicant?"""
    return who.sees_everything or application.organisation_id not in who.ids


def timeline(application: Application, user: Any) -> list[Event]:
    """What happened, the newest first. The applicant reads the units, and the reasons that are addressed to it."""
    steps = application.steps.select_related("by", "by_unit", "second").order_by("-number")
    inside = is_inside(standing(user), application)
    owner = _owner(application)
    return [_event(owner, step, inside, application) for step in steps]


def _owner(application: Application) -> Programme | None:
    try:
        return programme(application.programme)
    except KeyError:
        return None


def _event(owner: Programme | None, step: Step, inside: bool, application: Application) -> Event:
    move = owner.stage(step.stage).move(step.move) if owner and _has(owner, step.stage) else None
    tone = _TONES[move.tone] if move is not None else "info"
    said = step.reason if inside or step.to in _SAID or step.move in ("undo", "recall") else ""
    if step.fields:
        labels = formats.listed(label_of_field(owner, one) if owner else one for one in step.fields)
        said = "\n".join(one for one in (said, _("需补正：%(labels)s") % {"labels": labels}) if one)
    return Event(
        at=step.at, title=step_title(owner, step), by=_by(step, inside), text=said, tone=tone,
        icon=_ICONS.get(step.move, ""),
    )  # fmt: skip


def _has(owner: Programme, stage: str) -> bool:
    return any(one.name == stage for one in owner.stages)


def _by(step: Step, inside: bool) -> str:
    unit = step.by_unit.name if step.by_unit else ""
    if step.by is None:
        return unit or _("系统")
    if not inside:
        return unit or step.by.name
    people = step.by.name if step.second is None else formats.listed([step.by.name, step.second.name])
    return f"{unit} {people}".strip()
