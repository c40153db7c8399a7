"""Rules of revocation: until when somebody is barred, who may not apply again, what the enterprise is told.

Whose number is revoked may not join again in that year; after fraud they are out for the year and barred for three
more (国科发政〔2017〕115号 第十四条; the national notice of 2024). The number of years is a setting of the call. What
is known of the other programmes stands in `measures`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework import hooks, parameters
from tidui.casework.hooks import Moving
from tidui.casework.kinds import CONFIRMATION
from tidui.casework.models import Call
from tidui.casework.programme import programme, programmes
from tidui.kit import clock, files, formats, texts
from tidui.kit import parameters as dated
from tidui.kit.access import ALLOWED, Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.prepared import Prepared
from tidui.kit.visibility import visible_to
from tidui.recognition.enums import Ground
from tidui.recognition.measures import measure
from tidui.recognition.models import Recognition, Revocation, Sample
from tidui.registry.models import Enterprise

EVIDENCE: Final = "recognition.evidence"
DAYS: Final = 5
YEARS: Final = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """Somebody may not apply until the end of a day; `revoked_on` is from when the number no longer held."""

    until: dt.date
    revoked_on: dt.date | None


def setting(recognition: Recognition, name: str, on: dt.date) -> int:
    """A setting of the call under which the recognition was given; the dated one where it came from elsewhere."""
    if recognition.application is not None:
        fixed = recognition.application.call.settings.get(name)
        if fixed is not None:
            return int(fixed)
    known = {one.name for one in programme(recognition.programme).settings}
    default = {"reply_days": DAYS, "fraud_bar_years": YEARS}[name]
    return int(dated.get(parameters.name_of(recognition.programme, name), on)) if name in known else default


def bar_until(recognition: Recognition, ground: str, decided_on: dt.date) -> dt.date:
    """The last day on which the enterprise may not join again after a revocation that is decided on a day."""
    more = setting(recognition, "fraud_bar_years", decided_on) if ground == Ground.FRAUD else 0
    return dt.date(decided_on.year + more, 12, 31)


def barred(organisation: Organisation, programme_name: str, on: dt.date) -> Bar | None:
    """Is an organisation barred from a programme on a day, by a revocation here or one that was taken over?"""
    bars, revoked = _of_the_file(organisation, programme_name, on)
    rows = _revoked(organisation.pk, programme_name, dt.date(on.year, 1, 1), on) if revoked else []
    here = [Bar(one.barred_until or _year_end(on), one.revoked_on) for one in rows]
    bars = [bar for bar in here + bars if bar.until >= on]  # of two with one end, ours says since when
    return max(bars, key=lambda bar: bar.until, default=None)


def _revoked_rows(organisation: Any, programme: str, begun: dt.date, on: dt.date) -> QuerySet[Recognition]:
    return Recognition.objects.filter(
        Q(barred_until__gte=on) | Q(revoked_on__gte=begun), organisation=organisation, programme=programme,
        revoked_on__lte=on,
    )  # fmt: skip


_revoked: Prepared[Recognition] = Prepared(
    lambda organisation, programme, begun, on: _revoked_rows(organisation, programme, begun, on).order_by("pk")
)


def _of_the_file(organisation: Organisation, programme_name: str, on: dt.date) -> tuple[list[Bar], bool]:
    """What the enterprise file says of it, for revocations from before this system; and are there any here?"""
    status = programme(programme_name).status if programme_name in programmes() else ""
    said, revoked = _said_in_the_file(status, organisation.pk, programme_name, on)
    until, revoked_on = said.get(f"{status}_barred_until"), said.get(f"{status}_revoked_on")
    found = [] if until is None else [Bar(until, revoked_on)]
    if revoked_on is not None and revoked_on <= on and revoked_on.year == on.year:
        found.append(Bar(_year_end(on), revoked_on))
    return found, revoked


def _said_in_the_file(
    status: str, organisation: int, programme_name: str, on: dt.date
) -> tuple[dict[str, dt.date | None], bool]:  # fmt: skip
    """What the columns of a status hold, of those that there are (some programmes have none); and are there any
    revocations here? In one query, because hardly anybody was ever revoked."""
    names, asked = _columns(status)
    held = asked.first(organisation, programme_name, dt.date(on.year, 1, 1), on)
    return dict(zip(names, held or (), strict=False)), held is None or bool(held[-1])


@cache
def _columns(status: str) -> tuple[tuple[str, ...], Prepared[Any]]:
    known = {field.name for field in Enterprise._meta.concrete_fields}
    names = tuple(name for name in (f"{status}_barred_until", f"{status}_revoked_on") if name in known)

    def asked(key: Any, programme_name: str, begun: dt.date, on: dt.date) -> QuerySet[Enterprise, Any]:
        revoked = Exists(_revoked_rows(key, programme_name, begun, on))
        return Enterprise.objects.filter(pk=key).annotate(revoked_here=revoked).values_list(*names, "revoked_here")

    return names, Prepared(asked)


def _year_end(day: dt.date) -> dt.date:
    return dt.date(day.year, 12, 31)


def _words(bar: Bar, programme_name: str) -> Refused:
    law = measure(programme_name)
    if bar.revoked_on is None:
        reason = _("本单位不得%(again)s，限制期至 %(until)s。") % {"again": law.again, "until": formats.day(bar.until)}
    else:
        reason = _("本单位的%(thing)s已于 %(on)s 撤销，%(until)s 以前不得再次%(again)s。") % {
            "thing": law.thing, "again": law.again, "on": formats.day(bar.revoked_on),
            "until": formats.day(bar.until + dt.timedelta(days=1)),
        }  # fmt: skip
    return Refused("barred", reason)


@hooks.entry
def may_not_enter(call: Call, organisation: Organisation, at: dt.datetime) -> Refused | None:
    """Whose number was revoked this year, or who is barred, neither begins nor submits."""
    bar = barred(organisation, call.programme, clock.day_of(at))
    return None if bar is None else _words(bar, call.programme)


@hooks.guard(CONFIRMATION.name, "confirm")
def may_not_be_confirmed(moving: Moving) -> Refused | None:
    """Nor is such an application confirmed: the revocation may have come while it was under way."""
    return may_not_enter(moving.application.call, moving.application.organisation, moving.at)


def _may_read(user: Any, stored: StoredFile) -> Outcome:
    about = Q(file=stored.pk) | Q(reply_file=stored.pk)
    if stored.uploaded_by_id == getattr(user, "pk", None) or visible_to(user, Revocation).filter(about).exists():
        return ALLOWED
    if visible_to(user, Sample).filter(file=stored.pk).exists():
        return ALLOWED
    return Refused("not-yours", _("这份材料不归您查看。"))


files.define(
    files.Kind(
        name=EVIDENCE, title=_("抽查、撤销的佐证和申辩材料"), accepts=("pdf", "jpg", "png", "docx", "xlsx"),
        limit=20 * files.MB, may_read=_may_read, sensitive=True,
    )
)  # fmt: skip

_PLACES = {
    "enterprise": _("企业名称"), "thing": _("资格"), "number": _("编号"), "ground": _("撤销情形"), "due": _("申辩期限"),
    "reason": _("理由"), "on": _("日期"), "until": _("限制期至"),
}  # fmt: skip
texts.define(
    "recognition.revocation_told", _("拟撤销告知"),
    zh=(
        "拟撤销编号告知：{enterprise}",
        "{enterprise}的{thing}{number}拟予撤销，情形：{ground}。如有异议，请于{due}前在线提交申辩和材料；逾期未申辩的，依现有材料作出决定。",
    ),
    en=(
        "Your number may be revoked: {enterprise}",
        "It is proposed to revoke the {thing} {number} of {enterprise}. Ground: {ground}. You may reply with documents "
        "by {due}; without a reply it is decided on what is at hand.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "recognition.revoked", _("撤销决定"),
    zh=(
        "{thing}已撤销：{enterprise}",
        "{enterprise}的{thing}{number}自{on}起撤销，情形：{ground}。限制期至{until}。撤销决定书可在线查看。",
    ),
    en=(
        "Revoked: {enterprise}",
        "The {thing} {number} of {enterprise} is revoked as of {on}. Ground: {ground}. Barred until {until}. The "
        "decision can be read online.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "recognition.revocation_dropped", _("不予撤销"),
    zh=("不予撤销：{enterprise}", "{enterprise}的{thing}{number}不予撤销。理由：{reason}"),
    en=("Not revoked: {enterprise}", "The {thing} {number} of {enterprise} is not revoked. Reason: {reason}"),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "recognition.revocation_opened", _("提出撤销"),
    zh=("提出撤销：{enterprise}", "{reason}提出撤销{enterprise}的{thing}{number}，情形：{ground}。"),
    en=(
        "Revocation proposed: {enterprise}",
        "{reason} proposes to revoke the {thing} {number} of {enterprise}: {ground}.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
