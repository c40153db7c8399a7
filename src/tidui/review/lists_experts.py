"""Lists of experts, of recusals, and of fees."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from tidui.accounts.standing import standing
from tidui.codes import fields as codes
from tidui.kit import clock, lists, search
from tidui.kit.access import NotAllowed
from tidui.kit.lang import of
from tidui.kit.visibility import visible_to
from tidui.review.actions import experts as actions
from tidui.review.enums import ExpertKind, ExpertState, RecusalKind, TitleLevel
from tidui.review.forms_experts import name_of_field
from tidui.review.models import Expert, ExpertField, FeeLine, FeeSheet, Recusal
from tidui.review.recusing import affirmed_since

STATE_TONES: Final = {
    "applied": "wait", "nominated": "wait", "confirmed": "good", "paused": "warn", "declined": "neutral",
    "ended": "neutral",
}  # fmt: skip
search.source(Expert, actions.words_of)


def _fields(row: Expert) -> str:
    held = sorted(row.fields.all(), key=lambda one: (not one.main, one.code))
    return "、".join(name_of_field(one.code) for one in held)  # tidui: data


def _main(row: Expert) -> str:
    """The main field; the others stand on the expert's page and in the export."""
    return next((name_of_field(one.code) for one in row.fields.all() if one.main), "")


def _affirmed(row: Expert) -> tuple[Any, str] | None:
    if row.state != ExpertState.CONFIRMED:
        return None
    on = clock.today()
    if row.affirmed_on is None or row.affirmed_on < affirmed_since(on):
        return (_("未确认"), "bad")
    return (_("已确认"), "good")


def _of_field(rows: QuerySet[Expert], values: list[str]) -> QuerySet[Expert]:
    """A whole field takes its second-level fields in; who has named a whole field is in each of them."""
    found = Q()
    for code in values:
        found |= Q(code__startswith=code[0]) if len(code) == 2 else Q(code__in=[code, code[0] + "0"])
    return rows.filter(Exists(ExpertField.objects.filter(found, expert=OuterRef("pk"))))


def _by_term(rows: QuerySet[Expert], values: list[str]) -> QuerySet[Expert]:
    on = clock.today()
    inside = Q(since__lte=on) & (Q(until__isnull=True) | Q(until__gte=on))
    soon = inside & Q(until__lte=on + dt.timedelta(days=90))
    conditions = {"now": inside, "soon": soon, "over": Q(until__lt=on)}
    found = Q()
    for value in values:
        found |= conditions[value]
    return rows.filter(found)


def _by_affirmed(rows: QuerySet[Expert], values: list[str]) -> QuerySet[Expert]:
    fresh = Q(affirmed_on__gte=affirmed_since(clock.today()))
    if len(set(values)) > 1:
        return rows
    return rows.filter(fresh) if values == ["yes"] else rows.exclude(fresh)


def _field_options() -> list[tuple[str, str]]:
    rows = []
    for one in codes.FIELDS.values():
        rows.append((one.code, of(one.zh, one.en)))
        rows += [
            (it.code, f"{it.code} {of(it.zh, it.en)}")
            for it in codes.SECOND_LEVEL.values()
            if it.code[0] == one.code[0]
        ]
    return rows


def _confirm_all(user: Any, rows: QuerySet[Any], at: dt.datetime) -> str:
    """Confirm those who meet the rule, for the term of the parameter; the others are left as they are."""
    done = left = 0
    for expert in rows.order_by("pk"):
        try:
            actions.confirm(expert=expert, by=user, at=at)
            done += 1
        except (NotAllowed, ValidationError):
            left += 1
    said = ngettext("已确认 %(count)d 人入库。", "已确认 %(count)d 人入库。", done) % {"count": done}
    if left:
        more = ngettext(
            "%(count)d 人不符合条件或不在待审核状态，未办理。", "%(count)d 人不符合条件或不在待审核状态，未办理。", left
        )
        said += more % {"count": left}
    return said


EXPERTS: Final = lists.List(
    name="review.experts",
    title=_("专家库"),
    model=Expert,
    permission="review.view_register",
    columns=(
        lists.text(
            "name", _("姓名"), strong=True, sort="name",
            link=lambda row: reverse("review:expert", args=[row.pk]),
        ),
        lists.badge("kind", _("类别"), choices=ExpertKind.choices, sort="kind"),
        lists.badge("state", _("状态"), choices=ExpertState.choices, tones=STATE_TONES, sort="state"),
        lists.text("title", _("职称"), sort="title"),
        lists.badge("level", _("职称级别"), choices=TitleLevel.choices, page=False),
        lists.text("main", _("主要领域"), value=_main, export=False),
        lists.text("fields", _("领域"), value=_fields, page=False),
        lists.text("employer", _("工作单位"), sort="employer"),
        lists.text("division", _("所在地"), value=lambda row: lists.division_name(row.division), page=False),
        lists.text("mobile", _("手机号码"), mask="mobile", clear="review.manage_experts"),
        lists.date("since", _("聘期自"), sort="since", page=False),
        lists.date("until", _("聘期至"), sort="until"),
        lists.badge("affirmed", _("年度确认"), value=_affirmed),
        lists.yes_no("account_linked", _("有账号"), value=lambda row: row.user_id is not None, page=False),
        lists.text("nominated_by", _("提名单位"), value="nominated_by.name", page=False),
        lists.whole("load", _("每批最多评审份数"), page=False),
    ),
    filters=(
        lists.choice("kind", _("类别"), ExpertKind.choices, field="kind"),
        lists.choice("state", _("状态"), ExpertState.choices, field="state", counts=True),
        lists.custom("field", _("领域"), options=lambda user: _field_options(), apply=_of_field),
        lists.division("division", _("所在地"), field="division"),
        lists.custom(
            "term", _("聘期"), apply=_by_term,
            options=(("now", _("聘期内")), ("soon", _("90日内到期")), ("over", _("已到期"))),
        ),
        lists.custom(
            "affirmed", _("年度确认"), apply=_by_affirmed, options=(("yes", _("已确认")), ("no", _("未确认")))
        ),
    ),
    search=_("姓名、工作单位、手机号码"),
    order="name",
    related=("nominated_by",),
    prefetch=("fields",),
    actions=(
        lists.Bulk(
            "confirm", _("确认入库"), permission="review.manage_experts", run=_confirm_all, icon="check",
            confirm=_("只确认符合条件的待审核专家，聘期按规定年数自今日起算。"),
        ),
    ),
    start=_("还没有专家"),
    empty=_("没有符合条件的专家"),
)  # fmt: skip


def _recusals(user: Any) -> QuerySet[Recusal]:
    return visible_to(user, Recusal)


def _lifted(row: Recusal) -> tuple[Any, str]:
    return (_("已解除"), "neutral") if row.lifted_at else (_("有效"), "warn")


RECUSALS: Final = lists.List(
    name="review.recusals",
    title=pgettext_lazy("many", "回避"),
    model=Recusal,
    permission="review.view_experts",
    rows=_recusals,
    columns=(
        lists.text(
            "expert", _("专家"), value="expert.name", strong=True, sort="expert__name",
            link=lambda row: reverse("review:expert", args=[row.expert_id]),
        ),
        lists.text("organisation", _("申报单位"), value="application.organisation.name"),
        lists.code("number", _("受理编号"), value="application.number", sort="application__number"),
        lists.badge("kind", _("回避事由"), choices=RecusalKind.choices, sort="kind"),
        lists.text("note", _("说明")),
        lists.moment("at", _("时间"), sort="at"),
        lists.badge("lifted", _("状态"), value=_lifted),
    ),
    filters=(
        lists.choice("kind", _("回避事由"), RecusalKind.choices, field="kind"),
        lists.custom(
            "lifted", _("状态"), options=(("no", _("有效")), ("yes", _("已解除"))),
            apply=lambda rows, values: rows if len(values) > 1 else rows.filter(lifted_at__isnull=values == ["no"]),
        ),
    ),
    order="-at",
    related=("expert", "application__organisation"),
    start=_("还没有登记的回避"),
    empty=_("没有符合条件的回避"),
)  # fmt: skip


def _stands(row: FeeSheet) -> tuple[Any, str]:
    if row.paid_on:
        return (_("已发放"), "good")
    return (_("待发放"), "info") if row.approved_at else (_("待复核"), "wait")


FEES: Final = lists.List(
    name="review.fees",
    title=_("评审费"),
    model=FeeSheet,
    permission="review.view_fees",
    columns=(
        lists.text(
            "title", _("名称"), strong=True, sort="title", link=lambda row: reverse("review:fee_sheet", args=[row.pk])
        ),
        lists.text("batch", _("批次"), value="batch.title"),
        lists.badge("state", _("状态"), value=_stands),
        lists.moment("made_at", _("编制时间"), sort="made_at"),
        lists.text("made_by", _("编制人"), value="made_by.name"),
        lists.text("approved_by", _("复核人"), value=lambda row: row.approved_by.name if row.approved_by else ""),
        lists.date("paid_on", _("发放日期"), sort="paid_on"),
        lists.text("voucher", _("凭证号")),
    ),
    order="-made_at",
    related=("batch", "made_by", "approved_by"),
    start=_("还没有评审费清单"),
    empty=_("没有符合条件的评审费清单"),
)  # fmt: skip


def _fee_lines(user: Any, sheet: int) -> QuerySet[FeeLine]:
    return visible_to(user, FeeLine).filter(sheet=sheet)


FEE_LINES: Final = lists.List(
    name="review.fee_lines",
    title=_("评审费明细"),
    model=FeeLine,
    permission="review.view_fees",
    rows=_fee_lines,
    columns=(
        lists.text("expert", _("专家"), value="expert.name", strong=True, sort="expert__name"),
        lists.badge("kind", _("类别"), value=lambda row: (row.expert.get_kind_display(), "neutral")),
        lists.whole("sheets", _("评分表份数"), sort="sheets"),
        lists.whole("forms", _("组长意见份数"), sort="forms"),
        lists.money("amount", _("金额"), sort="amount"),
        lists.text("bank", _("开户银行")),
        lists.text("account", _("银行账号"), mask="account"),
    ),
    order="expert__name",
    related=("expert",),
    export=False,
    saved=False,
    start=_("没有要发放的评审费"),
    empty=_("没有符合条件的明细"),
)  # fmt: skip


def units_of(user: Any) -> list[int]:
    """The units for which a person may nominate: their own, not those that were merged into them."""
    who = standing(user)
    return sorted(who.deciding_units & who.ids)
