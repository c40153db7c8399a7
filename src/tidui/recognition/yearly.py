"""The yearly update: the window of the year, whom to remind of it, who has not updated. Lateness alone revokes nothing.

A number is of a year. While a call of the next year is open its holder evaluates anew; until when is a dated parameter
of the policy (`window_opens`, `window_closes`). A change of name, or of facts that touches the rating, is filed within
three months (科技型中小企业评价办法).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import OrganisationState
from tidui.audit.personal import months_after
from tidui.casework import judging
from tidui.casework.enums import CallState, State
from tidui.casework.models import Application, Call, Submission
from tidui.casework.programme import programme, programmes
from tidui.kit import clock, outbox, parameters, schedule, texts
from tidui.kit.visibility import visible_to
from tidui.policies.library import shelf
from tidui.recognition import lasting, reminding
from tidui.recognition.actions.revocation import filers
from tidui.recognition.enums import ReminderKind
from tidui.recognition.models import Recognition, Reminder
from tidui.registry.facts import fact_set
from tidui.registry.models import Return
from tidui.rules.errors import NoVersion

#: Months within which a change is filed (科技型中小企业评价办法 第十三条).
MONTHS: Final = 3
#: Work is done in rounds, so that a night with many reminders holds no long transaction.
ROUND: Final = 500

BEFORE: Final = parameters.define(
    "recognition.update_before", _("年度更新截止前几日提醒"), "int", 15, low=1, high=60
).name

_PLACES = {
    "enterprise": _("企业名称"), "number": _("编号"), "call": _("申报通知"), "due": _("办理期限"),
    "what": _("变化内容"),
}  # fmt: skip
texts.define(
    "recognition.update_open", _("年度更新开始"),
    zh=(
        "年度更新开始：{enterprise}",
        "“{call}”已经开始受理。{enterprise}持有编号{number}，请于{due}前更新信息、重新自评并提交。",
    ),
    en=(
        "Yearly update has begun: {enterprise}",
        "“{call}” is open. {enterprise} holds the number {number}; please update, evaluate anew and submit by {due}.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "recognition.update_closing", _("年度更新即将截止"),
    zh=("年度更新即将截止：{enterprise}", "“{call}”将于{due}截止，{enterprise}（编号{number}）尚未提交本年度自评。"),
    en=(
        "Yearly update closes soon: {enterprise}",
        "“{call}” closes on {due}; {enterprise} (number {number}) has not submitted this year.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "recognition.change_due", _("变更须在三个月内报告"),
    zh=(
        "请报告变更：{enterprise}",
        "{enterprise}（编号{number}）发生变化：{what}。请于{due}前更新企业档案并报推荐单位核对。",
    ),
    en=(
        "Please report a change: {enterprise}",
        "{enterprise} (number {number}) has changed: {what}. Please update the enterprise file by {due} and have the "
        "recommending unit check it.",
    ),
    placeholders=_PLACES,
)  # fmt: skip


def window(programme_name: str, year: int) -> tuple[dt.date, dt.date] | None:
    """The first and the last day on which the policy lets a year's evaluation run; None where it names none."""
    day = dt.date(year, 12, 31)
    try:
        found = shelf().file_for(programme(programme_name).policy, on=day, year=year).parameters
    except NoVersion:
        return None
    rows = [found[name].at(day) if name in found else None for name in ("window_opens", "window_closes")]
    if rows[0] is None or rows[1] is None:
        return None
    return max(rows[0].value, dt.date(year, 1, 1)), min(rows[1].value, day)


def open_calls(at: dt.datetime) -> QuerySet[Call]:
    """The calls that run now."""
    return Call.objects.filter(state=CallState.PUBLISHED, opens_at__lte=at, closes_at__gte=at).order_by("pk")


def holders(call: Call) -> QuerySet[Any]:
    """The numbers of the year before a call that were not revoked; `begun` and `submitted` tell of this year."""
    own = Application.objects.filter(call=call, organisation=OuterRef("organisation")).exclude(state=State.WITHDRAWN)
    return Recognition.objects.filter(
        programme=call.programme, year=call.year - 1, revoked_on__isnull=True
    ).annotate(begun=Exists(own), submitted=Exists(own.filter(submitted_at__isnull=False)))


def remind(at: dt.datetime) -> int:
    """Send what is due today; how many were sent. Safe to repeat: each occasion is told once."""
    today, sent = clock.day_of(at), 0
    for call in open_calls(at):
        closes, before = clock.day_of(call.closes_at), int(parameters.get(BEFORE, today))
        if lasting.lasts(call.programme, today):
            sent += reminding.remind_renewal(call, at, before)
            continue
        waiting = holders(call).filter(submitted=False)
        sent += _all(waiting, ReminderKind.OPEN, call, closes, at)
        if (closes - today).days <= before:
            sent += _all(waiting, ReminderKind.CLOSING, call, closes, at)
    return sent + renamed(at) + changed(at)


def _all(rows: QuerySet[Recognition], kind: ReminderKind, call: Call, due: dt.date, at: dt.datetime) -> int:
    told = Reminder.objects.filter(recognition=OuterRef("pk"), kind=kind, call=call)
    waiting = rows.filter(~Exists(told)).select_related("organisation").order_by("pk")
    names = {ReminderKind.OPEN: "recognition.update_open", ReminderKind.CLOSING: "recognition.update_closing"}
    sent = 0
    for held in waiting[:ROUND]:
        sent += _once(
            held, kind, f"call:{call.pk}", due, at, template=names[kind], call=call, link=f"/calls/{call.pk}/"
        )
    return sent


def in_force(on: dt.date) -> QuerySet[Recognition]:
    """The numbers that hold on a day."""
    return Recognition.objects.filter(valid_from__lte=on, valid_until__gte=on, revoked_on__isnull=True)


def renamed(at: dt.datetime) -> int:
    """Remind whose name changed since the number was given; how many were reminded."""
    today, sent = clock.day_of(at), 0
    rows = (
        OrganisationState.objects.filter(
            since__lte=today, since__gt=months_after(today, -MONTHS),
            organisation__recognitions__in=in_force(today).values("pk"),
            organisation__recognitions__valid_from__lt=F("since"),
        )
        .select_related("organisation")
        .order_by("pk")
        .distinct()
    )  # fmt: skip
    for state in rows:
        before = OrganisationState.objects.filter(organisation=state.organisation, since__lt=state.since)
        earlier = before.order_by("-since").values_list("name", flat=True).first()
        if earlier is None or earlier == state.name:
            continue
        what = _("名称由“%(before)s”变更为“%(after)s”") % {"before": earlier, "after": state.name}
        due = months_after(state.since, MONTHS)
        for held in in_force(today).filter(organisation=state.organisation).select_related("organisation"):
            reported = f"/changes/new/{held.pk}/" if lasting.lasts(held.programme, today) else ""
            sent += _once(
                held, ReminderKind.RENAMED, f"state:{state.pk}", due, at, template="recognition.change_due", what=what,
                link=reported or f"/enterprises/{held.organisation_id}/file/",
            )  # fmt: skip
    return sent


def changed(at: dt.datetime) -> int:
    """Remind whose facts changed so that the rating is another one than when the number was given; how many."""
    today, sent = clock.day_of(at), 0
    since = at - dt.timedelta(days=2)
    recent = Return.objects.filter(filed_at__gt=since, filed_at__lte=at).values("organisation")
    rows = in_force(today).filter(organisation__in=recent, application__isnull=False).select_related("organisation")
    rows = rows.exclude(programme__in=lasting.names(today))  # who has risen since need not meet the conditions again
    for held in rows.order_by("pk").iterator(chunk_size=ROUND):
        what = touches(held, today)
        if what:
            filed = Return.objects.filter(organisation=held.organisation, filed_at__lte=at).order_by("-step").first()
            assert filed is not None
            due = months_after(clock.day_of(filed.filed_at), MONTHS)
            sent += _once(
                held, ReminderKind.CHANGED, f"rating:{what}"[:60], due, at, template="recognition.change_due",
                what=_words(what), link=f"/enterprises/{held.organisation_id}/file/",
            )  # fmt: skip
    return sent


def touches(held: Recognition, on: dt.date) -> str:
    """The verdict that today's facts give for the year that the number was judged on, where it is no longer a pass."""
    newest = Submission.objects.filter(application=held.application).order_by("-number").first()
    if newest is None or newest.verdict != "pass":
        return ""
    found = judging.judge(newest.policy, fact_set(held.organisation), on=on, year=newest.year)
    return found.verdict if found.verdict != "pass" else ""


def _words(verdict: str) -> Any:
    if verdict == "fail":
        return _("按企业档案的最新数据测算，不再符合评价条件")
    return _("按企业档案的最新数据，能否符合评价条件尚不能确定")


def _once(
    held: Recognition, kind: ReminderKind, key: str, due: dt.date, at: dt.datetime, *, template: str,
    call: Call | None = None, what: Any = "", link: str = "",
) -> int:  # fmt: skip
    """Write the reminder and its messages in one transaction; 0 where it was sent before."""
    with transaction.atomic():
        _row, made = Reminder.objects.get_or_create(
            recognition=held, kind=kind, key=key, defaults={"call": call, "due_on": due, "sent_at": at}
        )
        if not made:
            return 0
        context = {
            "enterprise": held.organisation.name, "number": held.number, "call": call.title if call else "",
            "due": due, "what": what,
        }  # fmt: skip
        outbox.notify(to=filers(held.organisation, at), template=template, context=context, at=at, link=link)
    return 1


@schedule.daily(name="recognition.remind", at=dt.time(8, 30))
def remind_daily(at: dt.datetime) -> None:
    """Remind of the yearly update and of changes that have to be reported."""
    remind(at)


def standing_of(user: Any, year: int, programme_name: str) -> QuerySet[Recognition]:
    """For the page: the numbers of the year before that the person may see, each with how far this year's is."""
    own = Application.objects.filter(
        programme=programme_name, call__year=year, organisation=OuterRef("organisation")
    ).exclude(state=State.WITHDRAWN)
    newer = Recognition.objects.filter(
        programme=programme_name, year=year, organisation=OuterRef("organisation"), revoked_on__isnull=True
    )
    rows = visible_to(user, Recognition).filter(programme=programme_name, year=year - 1, revoked_on__isnull=True)
    return rows.annotate(
        begun=Exists(own), submitted=Exists(own.filter(submitted_at__isnull=False)), renewed=Exists(newer)
    )


def with_numbers() -> Iterator[str]:
    """The programmes that give numbers of a year, which are updated each year."""
    today = clock.today()
    return (one.name for one in programmes().values() if one.status and not lasting.lasts(one.name, today))

