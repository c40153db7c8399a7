"""Fees: worked out from signed sheets and leaders' forms, approved by a second person, paid. Money in fen.

A sheet is paid once: what earlier lists of the batch have counted for an expert is taken off. Rates are dated
parameters; a list keeps those of the day on which it was made.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.actions.moving import SAME_PERSON
from tidui.casework.models import Batch
from tidui.kit import access, clock, exports, outbox, parameters, texts
from tidui.kit.access import NotAllowed, Refused
from tidui.review.enums import SheetState
from tidui.review.models import Expert, FeeLine, FeeSheet, PanelForm, Sheet

_YUAN: Final = 100
SHEET_RATE: Final = parameters.define(
    "review.fee_sheet", gettext_lazy("评审费：每份评分表（元）"), "int", 100, low=0, high=10_000,
    help=gettext_lazy("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
FORM_RATE: Final = parameters.define(
    "review.fee_form", gettext_lazy("评审费：每份组长意见（元）"), "int", 50, low=0, high=10_000,
    help=gettext_lazy("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip

NOTHING: Final = Refused("nothing", gettext_lazy("该批次没有尚未计费的已签署评分表。"))
OPEN_LIST: Final = Refused("open-list", gettext_lazy("该批次已有待复核的清单，请先复核或删除。"))
NOT_NOW: Final = Refused("not-now", gettext_lazy("清单已进入其他环节，请刷新页面查看。"))
NO_VOUCHER: Final = Refused("no-voucher", gettext_lazy("请填写凭证号。"))
WRONG_DAY: Final = Refused("wrong-day", gettext_lazy("发放日期不能早于复核日期，也不能晚于今天。"))

texts.define(
    "review.fee_paid", gettext_lazy("评审费发放"),
    zh=("评审费已发放", "《{title}》中您的评审费已于{on}发放，可在“我的专家信息”中查看。"),
    en=("Your fee was paid", "Your fee in “{title}” was paid on {on}; see “My entry as an expert”."),
    placeholders={"title": gettext_lazy("清单"), "on": gettext_lazy("发放日期")},
)  # fmt: skip


@dataclass(slots=True)
class Due:
    """What an expert is still to be paid for in a batch; `over`: earlier lists counted more than now stands."""

    sheets: int = 0
    forms: int = 0
    over: int = 0


def due_of(batch: Batch) -> dict[int, Due]:
    """By expert: the signed sheets and forms of a batch that no list has counted yet. Four queries."""
    found: dict[int, Due] = defaultdict(Due)
    sheets = Sheet.objects.filter(file__review__batch=batch, state=SheetState.SIGNED)
    for expert, count in sheets.values("expert").order_by().annotate(n=Count("pk")).values_list("expert", "n"):
        found[expert].sheets = count
    forms = PanelForm.objects.filter(file__review__batch=batch, signed_at__isnull=False)
    for expert, count in forms.values("seat__expert").order_by().annotate(n=Count("pk")).values_list(
        "seat__expert", "n"
    ):
        found[expert].forms = count
    lines = FeeLine.objects.filter(sheet__batch=batch).values("expert").order_by()
    for expert, sheet_count, form_count in lines.annotate(a=Sum("sheets"), b=Sum("forms")).values_list(
        "expert", "a", "b"
    ):
        due = found[expert]
        due.over = max(0, sheet_count - due.sheets) + max(0, form_count - due.forms)
        due.sheets, due.forms = max(0, due.sheets - sheet_count), max(0, due.forms - form_count)
    return dict(found)


@transaction.atomic
def make(*, batch: Batch, title: str, by: User, at: dt.datetime) -> FeeSheet:
    """A list of what the experts of a batch are to be paid; a second person approves it."""
    access.require("review.fees", by)
    locked = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if FeeSheet.objects.filter(batch=locked, approved_at__isnull=True).exists():
        raise NotAllowed(OPEN_LIST)
    due = {key: one for key, one in due_of(locked).items() if one.sheets or one.forms}
    if not due:
        raise NotAllowed(NOTHING)
    today = clock.day_of(at)
    sheet_rate = int(parameters.get(SHEET_RATE, today)) * _YUAN
    form_rate = int(parameters.get(FORM_RATE, today)) * _YUAN
    made = FeeSheet.objects.create(
        batch=locked, title=title.strip(), a_sheet=sheet_rate, as_leader=form_rate, made_by=by, made_at=at
    )
    people = Expert.objects.in_bulk(due)
    FeeLine.objects.bulk_create(
        FeeLine(
            sheet=made, expert=people[key], sheets=one.sheets, forms=one.forms,
            amount=one.sheets * sheet_rate + one.forms * form_rate, bank=people[key].bank,
            account=people[key].account,
        )
        for key, one in sorted(due.items())
    )  # fmt: skip
    _record("review.make_fees", made, by, at, {"experts": len(due), "total": total_of(made)})
    return made


@transaction.atomic
def approve(*, sheet: FeeSheet, by: User, at: dt.datetime) -> FeeSheet:
    """A second person approves a list; from then on it stands."""
    held = _held(sheet, by)
    if held.approved_at is not None:
        raise NotAllowed(NOT_NOW)
    if held.made_by_id == by.pk:
        raise NotAllowed(SAME_PERSON)
    held.approved_by, held.approved_at = by, at
    held.save(update_fields=["approved_by", "approved_at"])
    _record("review.approve_fees", held, by, at, {"total": total_of(held), "made_by": held.made_by_id})
    return held


@transaction.atomic
def discard(*, sheet: FeeSheet, by: User, at: dt.datetime) -> None:
    """Take back a list that nobody has approved: to make it anew with accounts that were filled in since."""
    held = _held(sheet, by)
    if held.approved_at is not None:
        raise NotAllowed(NOT_NOW)
    _record("review.discard_fees", held, by, at, {"title": held.title, "total": total_of(held)})
    held.delete()


@transaction.atomic
def paid(*, sheet: FeeSheet, on: dt.date, voucher: str, by: User, at: dt.datetime) -> FeeSheet:
    """Note that a list was paid: the day and the voucher. Each expert is told, and sees their line."""
    held = _held(sheet, by)
    if held.approved_at is None or held.paid_on is not None:
        raise NotAllowed(NOT_NOW)
    if not voucher.strip():
        raise NotAllowed(NO_VOUCHER)
    if not clock.day_of(held.approved_at) <= on <= clock.day_of(at):
        raise NotAllowed(WRONG_DAY)
    held.paid_on, held.voucher = on, voucher.strip()[:60]
    held.save(update_fields=["paid_on", "voucher"])
    _record("review.pay_fees", held, by, at, {"on": on.isoformat(), "voucher": held.voucher, "total": total_of(held)})
    people = User.objects.filter(expert__in=held.lines.values("expert"), is_active=True).order_by("pk")
    outbox.notify(
        to=people, template="review.fee_paid", context={"title": held.title, "on": on}, at=at, link="/experts/me/"
    )
    return held


def total_of(sheet: FeeSheet) -> int:
    """What a list comes to, in fen."""
    return int(sheet.lines.aggregate(total=Sum("amount"))["total"] or 0)


def workbook(path: Path, sheet: FeeSheet, *, by: User, at: dt.datetime) -> int:
    """Write the payment list with whole accounts; that it was taken is recorded. How many lines it has."""
    access.require("review.fees", by)
    rows = [
        [
            number, one.expert.name, one.expert.get_kind_display(), one.expert.employer, one.sheets, one.forms,
            one.amount, one.bank, one.account,
        ]
        for number, one in enumerate(sheet.lines.select_related("expert").order_by("expert__name", "pk"), start=1)
    ]  # fmt: skip
    columns = [
        exports.Column(_("序号"), "int"), exports.Column(_("姓名")), exports.Column(_("类别")),
        exports.Column(_("工作单位")), exports.Column(_("评分表份数"), "int"), exports.Column(_("组长意见份数"), "int"),
        exports.Column(_("金额"), "money"), exports.Column(_("开户银行")), exports.Column(_("银行账号"), "code"),
    ]  # fmt: skip
    count = exports.workbook(path, [exports.Sheet(sheet.title[:31], columns, rows)], by=by, at=at)
    _record("review.export_fees", sheet, by, at, {"lines": count})
    return count


def _held(sheet: FeeSheet, by: User) -> FeeSheet:
    access.require("review.fees", by)
    return FeeSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)


def _record(verb: str, held: FeeSheet, by: User, at: dt.datetime, details: Mapping[str, Any]) -> None:
    events.record(verb, actor=by, subject=held, at=at, details={"batch": held.batch_id, **details})
