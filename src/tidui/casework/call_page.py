"""What the pages say of a call: how it stands, how long it is open, what is needed, the way, and what may be done."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tidui.accounts.enums import FILING, REACHED, OrganisationKind
from tidui.accounts.models import Organisation
from tidui.accounts.standing import standing
from tidui.casework import clocks, holding, hooks
from tidui.casework.actions.applying import NOT_FOR_YOU, accepts
from tidui.casework.enums import OPEN_TO_APPLICANT, CallState, State
from tidui.casework.models import Application, Call
from tidui.casework.programme import Programme, programme, programmes
from tidui.casework.queries import GONE, running_of
from tidui.kit import clock, formats
from tidui.kit.access import Refused
from tidui.kit.visibility import visible_to

#: How a call stands at a moment.
DRAFT: Final = "draft"
COMING: Final = "coming"
OPEN: Final = "open"
CLOSED: Final = "closed"
WORDS: Final[Mapping[str, tuple[Any, str]]] = {
    DRAFT: (gettext_lazy("拟稿"), "neutral"),
    COMING: (gettext_lazy("即将开始"), "wait"),
    OPEN: (gettext_lazy("正在受理"), "good"),
    CLOSED: (gettext_lazy("已截止"), "neutral"),
}
_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)


def phase(call: Call, at: dt.datetime) -> str:
    """How the call stands at a moment of the server's clock."""
    if call.state == CallState.DRAFT:
        return DRAFT
    if call.state == CallState.CLOSED or at > call.closes_at:
        return CLOSED
    return COMING if at < call.opens_at else OPEN


def phase_q(name: str, at: dt.datetime) -> Q:
    """The calls that stand so."""
    published = Q(state=CallState.PUBLISHED)
    return {
        DRAFT: Q(state=CallState.DRAFT),
        COMING: published & Q(opens_at__gt=at),
        OPEN: published & Q(opens_at__lte=at, closes_at__gte=at),
        CLOSED: Q(state=CallState.CLOSED) | (published & Q(closes_at__lt=at)),
    }[name]


def countdown(call: Call, at: dt.datetime) -> str:
    """How long until it opens or closes, in words; empty for a draft and for one that has closed."""
    stands = phase(call, at)
    if stands == COMING:
        return _("%(time)s后开始") % {"time": span(call.opens_at - at)}
    return _("还剩 %(time)s") % {"time": span(call.closes_at - at)} if stands == OPEN else ""


def span(rest: dt.timedelta) -> str:
    """A stretch of time in its largest unit, rounded down: 3 days, 5 hours, 20 minutes, less than a minute."""
    if rest >= _DAY:
        count = rest // _DAY
        return ngettext("%(count)s 天", "%(count)s 天", count) % {"count": count}
    if rest >= _HOUR:
        count = rest // _HOUR
        return ngettext("%(count)s 小时", "%(count)s 小时", count) % {"count": count}
    count = rest // dt.timedelta(minutes=1)
    return ngettext("%(count)s 分钟", "%(count)s 分钟", count) % {"count": count} if count else _("不到 1 分钟")


def owner_of(call: Call) -> Programme:
    """The programme of a call."""
    return programme(call.programme)


def programme_choices(user: Any = None) -> list[tuple[str, Any]]:
    """All programmes, for filters and forms."""
    return [(name, str(one.title)) for name, one in programmes().items()]


def programme_title(name: str) -> str:
    """What a programme is called; its name where it is not known any more."""
    found = programmes().get(name)
    return str(found.title) if found is not None else name


# ---------------------------------------------------------------------- what is needed
@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the way: what it is called, whose turn it is, and its time in words."""

    title: str
    who: str
    time: str
    state: str = ""


def settings_of(call: Call, at: dt.datetime) -> Mapping[str, Any]:
    """What the call has fixed; for a draft what it would fix today."""
    from tidui.casework.actions.calls import settings_on

    return call.settings if call.state != CallState.DRAFT else settings_on(owner_of(call), clock.day_of(at))


def steps(owner: Programme, settings: Mapping[str, Any], *, now: str = "", ended: bool = False) -> list[Step]:
    """The stages of the route; with `now` (a stage's name) what is done, what is running, and what is to come."""
    found, state = [], "done" if now or ended else ""
    for stage in owner.route(settings):
        if now and stage.name == now and not ended:
            state = "now"
        days = clocks.days_of(owner, stage, settings)
        time = "" if days is None else ngettext("%(count)s 个工作日", "%(count)s 个工作日", days) % {"count": days}
        found.append(Step(str(stage.title), str(stage.turn.label), time, state))
        if state == "now":
            state = "todo"
    return found


def collecting(owner: Programme, settings: Mapping[str, Any]) -> str:
    """The stage at which a batch that is open takes applications in; empty where there is none."""
    return next((stage.name for stage in owner.route(settings) if stage.kind.in_batch), "")


def fixed(owner: Programme, settings: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The settings that the call fixes: label, value, explanation; and corrections, which the programme fixes."""
    rows = []
    for one in owner.settings:
        value = settings.get(one.name, one.default)
        shown = formats.yes_no(value) if one.kind == "bool" else str(value)
        rows.append((str(one.title), shown, str(one.help or "")))
    late = _("截止后仍可补正") if owner.late_correction else _("截止后不能补正")
    rows.append(
        (
            _("退回补正"),
            _("最多 %(most)s 次，每次 %(days)s 个工作日")
            % {"most": owner.most_corrections, "days": owner.correction_days},
            late,
        )
    )
    return rows


def applicants(owner: Programme) -> str:
    """Who may apply, in words."""
    return formats.listed(OrganisationKind(kind).label for kind in sorted(owner.applicants))


@dataclass(frozen=True, slots=True)
class Needed:
    """Something that an application needs: what it is, whether it must be there, and more about it."""

    title: str
    required: bool
    text: str


def needed(owner: Programme) -> list[Needed]:
    """What is to be filled in and attached, in the order of the form."""
    from tidui.registry.layout import label_of

    found = []
    for group in owner.form.asked:
        labels = formats.listed(label_of(name) for name in group.facts)
        found.append(Needed(str(group.title), True, labels))
    if owner.form.questions:
        labels = formats.listed(
            str(one.title) if one.required else _("%(title)s（选填）") % {"title": one.title}
            for one in owner.form.questions
        )
        found.append(Needed(_("其他内容"), True, labels))
    if owner.form.tables:
        titles = formats.listed(
            str(one.title) if one.least else _("%(title)s（选填）") % {"title": one.title} for one in owner.form.tables
        )
        found.append(Needed(_("表格"), True, titles))
    if owner.agency:
        found.append(Needed(_("评价机构"), True, _("由申报单位选择一家评价机构审核")))
    return found


def papers(owner: Programme) -> list[Needed]:
    """The documents that are attached."""
    found = []
    for one in owner.form.evidence:
        said = _("%(formats)s，最多 %(most)s 个文件") % {
            "formats": formats.listed(one.accepts).upper(), "most": one.most,
        }  # fmt: skip
        text = f"{one.help} {said}" if one.help else said
        found.append(Needed(str(one.title), one.required, text))
    return found


# ---------------------------------------------------------------------- what may be done
@dataclass(frozen=True, slots=True)
class Door:
    """What one of the person's enterprises can do with the call: go on with an application, begin one, or why not."""

    organisation: Organisation
    application: Application | None = None
    label: str = ""
    url: str = ""
    refused: str = ""
    #: What it leads to is held already: said before anything is sent.
    held: holding.Held | None = None


def doors(call: Call, user: Any, at: dt.datetime) -> list[Door]:
    """For each organisation that the person files for: the way in, or the reason against it, and whether it holds what
    the call leads to. Six queries for all."""
    mine = _filing(user)
    if not mine:
        return []
    rows = visible_to(user, Application).filter(call=call, organisation__in=[one.pk for one in mine])
    running: dict[int, Application] = {}
    for row in rows.order_by("pk"):
        if row.organisation_id not in running or row.state not in GONE:
            running[row.organisation_id] = row
    found = [_door(call, one, running.get(one.pk), at) for one in mine]
    held = holding.held_by(call, [one.organisation for one in found if _may_begin(one, call)])
    return [dataclasses.replace(one, held=held.get(one.organisation.pk)) for one in found]


def _may_begin(door: Door, call: Call) -> bool:
    """Is it an organisation whom the call is for, and that has sent nothing under it?"""
    unsent = door.application is None or door.application.state in {*GONE, State.DRAFT}
    return unsent and door.organisation.kind in owner_of(call).applicants


def _filing(user: Any) -> list[Organisation]:
    held = [one for one in standing(user).held if one.role in FILING and one.organisation.kind in REACHED]
    return list({one.organisation.pk: one.organisation for one in held}.values())


def way_in(call: Call, organisation: Organisation, there: Iterable[Application], at: dt.datetime) -> Door:
    """The same for one organisation, whose applications under the call are at hand."""
    return _door(call, organisation, running_of(there), at)


def _door(call: Call, organisation: Organisation, found: Application | None, at: dt.datetime) -> Door:
    if found is not None and found.state not in GONE:
        writes = found.state in OPEN_TO_APPLICANT
        if found.state == State.DRAFT:
            refused = accepts(call, at)
            if refused is not None:
                return Door(organisation, found, refused=str(refused.reason))
        name, label = ("form", _("继续填写")) if writes else ("case", _("查看"))
        return Door(organisation, found, label, reverse(f"casework:{name}", args=[found.pk]))
    refused = entry(call, organisation, at)
    if refused is not None:
        return Door(organisation, found, refused=str(refused.reason))
    url = reverse("casework:apply", args=[call.pk, organisation.pk])
    return Door(organisation, found, pgettext("do", "申报"), url)


def entry(call: Call, organisation: Organisation, at: dt.datetime) -> Refused | None:
    """Why the organisation may not begin an application now: not open, not for its kind, barred; None if it may."""
    refused = accepts(call, at)
    if refused is not None:
        return refused
    if organisation.kind not in owner_of(call).applicants:
        return NOT_FOR_YOU
    return hooks.entry_refusal(call, organisation, at)
