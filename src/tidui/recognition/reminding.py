"""What the holders of recognitions that last for years are reminded of: yearly information, and calls for renewal."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from tidui.casework.enums import State
from tidui.casework.models import Application, Call
from tidui.kit import clock, files, outbox, parameters, schedule, texts
from tidui.kit.access import ALLOWED, Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to
from tidui.recognition import lasting
from tidui.recognition.actions.revocation import filers
from tidui.recognition.enums import ReminderKind
from tidui.recognition.models import Recognition, Reminder
from tidui.recognition.models_years import Change, YearlyReturn

#: Work is done in rounds, so that a night with many holds no long transaction.
ROUND = 500
#: What is begun late in the year, because the recognition was taken over late, is due so long after all the same.
LEAST = dt.timedelta(days=30)

_PLACES = {
    "enterprise": _("企业名称"), "number": _("编号"), "year": _("年度"), "due": _("办理期限"), "call": _("申报通知"),
    "until": _("有效期至"),
}  # fmt: skip
texts.define(
    "recognition.return_open", _("年度报告开始"),
    zh=("请填报{year}年度报告：{enterprise}", "{enterprise}（编号{number}）请于{due}前填报{year}年度发展情况。"),
    en=(
        "Please file the information of {year}: {enterprise}",
        "{enterprise} (number {number}): please file the information of {year} by {due}.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "recognition.return_due", _("年度报告即将截止"),
    zh=("年度报告即将截止：{enterprise}", "{enterprise}（编号{number}）{year}年度报告将于{due}截止，尚未提交。"),
    en=(
        "The information of {year} is nearly due: {enterprise}",
        "{enterprise} (number {number}) has not filed the information of {year}, due on {due}.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "recognition.renewal_open", _("可以重新申报"),
    zh=(
        "资格将到期，可以重新申报：{enterprise}",
        "{enterprise}的资格（编号{number}）有效期至{until}。“{call}”正在受理，请于{due}前申报，"
        "可带入上次申报内容。",
    ),
    en=(
        "Time to apply anew: {enterprise}",
        "The recognition of {enterprise} (number {number}) is valid until {until}. “{call}” is open; please apply by "
        "{due}. The form is prefilled from your last application.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "recognition.renewal_closing", _("重新申报即将截止"),
    zh=(
        "重新申报即将截止：{enterprise}",
        "“{call}”将于{due}截止，{enterprise}（编号{number}，有效期至{until}）尚未提交。",
    ),
    en=(
        "Applications close soon: {enterprise}",
        "“{call}” closes on {due}; {enterprise} (number {number}, valid until {until}) has not submitted.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
_CHANGE = {
    "enterprise": _("企业名称"), "number": _("编号"), "kind": _("变更事项"), "state": _("状态"),
    "answer": _("核定意见"), "due": _("报告期限"),
}  # fmt: skip
texts.define(
    "recognition.change_filed", _("收到变更报告"),
    zh=("变更报告待核定：{enterprise}", "{enterprise}（编号{number}）报告：{kind}，请核定。"),
    en=("A change was reported: {enterprise}", "{enterprise} (number {number}) reports: {kind}. Please decide."),
    placeholders=_CHANGE,
)  # fmt: skip
texts.define(
    "recognition.change_decided", _("变更核定结果"),
    zh=("变更核定结果：{enterprise}", "{enterprise}（编号{number}）的{kind}：{state}。{answer}"),
    en=("Decided on your change: {enterprise}", "{enterprise} (number {number}), {kind}: {state}. {answer}"),
    placeholders=_CHANGE,
)  # fmt: skip

PROOF = "recognition.change"


def _may_read(user: Any, stored: StoredFile) -> Outcome:
    own = stored.uploaded_by_id == getattr(user, "pk", None)
    if own or visible_to(user, Change).filter(file=stored.pk).exists():
        return ALLOWED
    return Refused("not-yours", _("这份材料不归您查看。"))


files.define(
    files.Kind(
        name=PROOF, title=_("变更证明材料"), accepts=("pdf", "jpg", "png", "docx"), limit=20 * files.MB,
        may_read=_may_read, sensitive=True,
    )
)  # fmt: skip


# ---------------------------------------------------------------------- yearly information
def begin_returns(at: dt.datetime) -> int:
    """Begin what is due this year: the information of last year of everybody recognised before it was over."""
    today = clock.day_of(at)
    year = today.year - 1
    due = max(lasting.return_due(year), today + LEAST)
    begun = YearlyReturn.objects.filter(recognition=OuterRef("pk"), year=year)
    rows = lasting.in_force(today).filter(~Exists(begun), valid_from__year__lte=year).order_by("pk")
    made = YearlyReturn.objects.bulk_create(
        [
            YearlyReturn(recognition=one, year=year, due_on=due, made_at=at)
            for one in rows[:ROUND]
        ],
        ignore_conflicts=True,
    )
    return len(made)


def remind_returns(at: dt.datetime) -> int:
    """Tell of what began, and once more shortly before its end; how many were told."""
    today, sent = clock.day_of(at), 0
    before = int(parameters.get(lasting.RETURN_BEFORE, today))
    open_ones = YearlyReturn.objects.filter(filed_at__isnull=True, recognition__in=lasting.in_force(today).values("pk"))
    ways = (
        (ReminderKind.RETURN_OPEN, "recognition.return_open", open_ones.filter(due_on__gte=today)),
        (
            ReminderKind.RETURN_DUE, "recognition.return_due",
            open_ones.filter(due_on__gte=today, due_on__lte=today + dt.timedelta(days=before)),
        ),
    )  # fmt: skip
    for kind, template, rows in ways:
        told = Reminder.objects.filter(recognition=OuterRef("recognition"), kind=kind, due_on=OuterRef("due_on"))
        for held in rows.filter(~Exists(told)).select_related("recognition__organisation").order_by("pk")[:ROUND]:
            sent += once(
                held.recognition, kind, f"year:{held.year}", held.due_on, at, template=template, year=held.year,
                link=f"/yearly/{held.pk}/",
            )  # fmt: skip
    return sent


# ---------------------------------------------------------------------- renewal
def remind_renewal(call: Call, at: dt.datetime, before: int) -> int:
    """Tell those whose recognition ends soon that a call is open, and once more before it closes."""
    today, closes = clock.day_of(at), clock.day_of(call.closes_at)
    own = Application.objects.filter(call=call, organisation=OuterRef("organisation"), submitted_at__isnull=False)
    waiting = lasting.to_renew(call, today).filter(~Exists(own.exclude(state=State.WITHDRAWN)))
    ways = [(ReminderKind.OPEN, "recognition.renewal_open")]
    if (closes - today).days <= before:
        ways.append((ReminderKind.CLOSING, "recognition.renewal_closing"))
    sent = 0
    for kind, template in ways:
        told = Reminder.objects.filter(recognition=OuterRef("pk"), kind=kind, call=call)
        for held in waiting.filter(~Exists(told)).select_related("organisation").order_by("pk")[:ROUND]:
            sent += once(
                held, kind, f"call:{call.pk}", closes, at, template=template, call=call, link=f"/calls/{call.pk}/"
            )
    return sent


def once(
    held: Recognition, kind: str, key: str, due: dt.date, at: dt.datetime, *, template: str, link: str,
    call: Call | None = None, year: int | str = "",
) -> int:  # fmt: skip
    """Write the reminder and its messages in one transaction; 0 where it was sent before."""
    with transaction.atomic():
        _row, made = Reminder.objects.get_or_create(
            recognition=held, kind=kind, key=key, defaults={"call": call, "due_on": due, "sent_at": at}
        )
        if not made:
            return 0
        context = {
            "enterprise": held.organisation.name, "number": held.number, "year": year, "due": due,
            "call": call.title if call else "", "until": held.valid_until,
        }  # fmt: skip
        outbox.notify(to=filers(held.organisation, at), template=template, context=context, at=at, link=link)
    return 1


@schedule.daily(name="recognition.years", at=dt.time(8, 20))
def years_daily(at: dt.datetime) -> None:
    """Begin the yearly information that is due, and remind of it."""
    begin_returns(at)
    remind_returns(at)
