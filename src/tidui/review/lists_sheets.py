"""The lists of reviews and of their results."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import lists
from tidui.kit.visibility import visible_to
from tidui.review.enums import ExpertKind, LookState, ReviewState, SheetState
from tidui.review.models import File, Review, SecondLook, Sheet
from tidui.review.results import MILLION

_TONES: Final = {
    ReviewState.PREPARING: "neutral", ReviewState.DRAWING: "wait", ReviewState.REVIEWING: "info",
    ReviewState.CLOSED: "good",
}  # fmt: skip


def _counted(rows: QuerySet[Review]) -> QuerySet[Review]:
    return rows.annotate(count=Count("files"), done=Count("files", filter=Q(files__done_at__isnull=False)))


REVIEWS: Final = lists.List(
    name="review.reviews",
    title=pgettext_lazy("many", "专家评审"),
    model=Review,
    permission="review.view_reviews",
    columns=(
        lists.text(
            "batch", _("批次"), strong=True, value="batch.title",
            link=lambda row: reverse("review:review", args=[row.pk]),
        ),
        lists.text("call", _("申报通知"), value="batch.call.title"),
        lists.badge("state", _("状态"), choices=ReviewState.choices, tones=_TONES),
        lists.number("count", _("申报数"), value="count"),
        lists.number("done", _("已完成"), value="done"),
        lists.date("due_on", _("评审截止"), sort="due_on"),
        lists.moment("made_at", _("建立时间"), sort="made_at"),
    ),
    filters=(lists.choice("state", _("状态"), ReviewState.choices, field="state"),),
    order="-made_at",
    related=("batch__call",),
    annotate=_counted,
    saved=False,
    start=_("还没有专家评审"),
    start_text=_("在批次的页面上组织评审。"),
    empty=_("没有符合条件的评审"),
)  # fmt: skip


def _of_review(user: Any, review: int) -> QuerySet[File]:
    return visible_to(user, File).filter(review=review)


def _sheets(**more: Any) -> QuerySet[Sheet]:
    return Sheet.objects.filter(file=OuterRef("pk"), **more).order_by()


def _spreads(rows: QuerySet[File]) -> QuerySet[File]:
    """How far the technical totals lie apart, how many sheets are signed, and whether a second look is open."""
    signed = _sheets(state=SheetState.SIGNED, kind=ExpertKind.TECHNICAL).values("file")
    counted = _sheets(state=SheetState.SIGNED).values("file").annotate(count=Count("pk")).values("count")
    return rows.annotate(
        lowest=Subquery(signed.annotate(found=Min("total")).values("found")),
        highest=Subquery(signed.annotate(found=Max("total")).values("found")),
        signed_count=Subquery(counted),
        looked=Exists(SecondLook.objects.filter(file=OuterRef("pk"), state=LookState.OPEN)),
    )


def _points(file: File) -> str:
    if file.total is None:
        return ""
    whole, rest = divmod(file.total, MILLION)
    return f"{whole}.{rest // 10_000:02d}"


def _outcome(file: File) -> tuple[Any, str]:
    if file.recommended is None:
        return (_("有复议待答复"), "warn") if getattr(file, "looked", False) else (_("评审中"), "wait")
    return (_("推荐"), "good") if file.recommended else (_("不推荐"), "bad")


def _spread(file: Any) -> str:
    if file.lowest is None:
        return ""
    return f"{file.highest - file.lowest}"


def _by_outcome(rows: QuerySet[File], values: list[str]) -> QuerySet[File]:
    conditions = {
        "yes": Q(recommended=True), "no": Q(recommended=False), "open": Q(done_at__isnull=True),
        "look": Q(pk__in=SecondLook.objects.filter(state=LookState.OPEN).values("file")),
    }  # fmt: skip
    wanted = Q(pk__in=())
    for value in values:
        wanted |= conditions[value]
    return rows.filter(wanted)


RESULTS: Final = lists.List(
    name="review.results",
    title=_("评审结果"),
    model=File,
    permission="review.view_reviews",
    rows=_of_review,
    columns=(
        lists.code(
            "code", _("评审编号"), strong=True, sort="code",
            link=lambda row: reverse("review:reviewed_file", args=[row.review_id, row.pk]),
        ),
        lists.text("name", _("申报单位"), value="application.organisation.name"),
        lists.code("number", _("受理编号"), value="application.number"),
        lists.badge("outcome", _("评审结论"), value=_outcome),
        lists.text("total", _("平均分"), value=_points, sort="total"),
        lists.text("spread", _("技术评分分差"), value=_spread),
        lists.number("signed", _("已签署评分表"), value=lambda row: row.signed_count or 0),
        lists.number("group", _("组号"), value=lambda row: row.group.number if row.group else None),
        lists.text("field", _("评审分组"), value=lambda row: row.group.title if row.group else "", page=False),
        lists.moment("done_at", _("评审完成时间"), sort="done_at"),
    ),
    filters=(
        lists.custom(
            "outcome", _("评审结论"), apply=_by_outcome,
            options=[("yes", _("推荐")), ("no", _("不推荐")), ("open", _("评审中")), ("look", _("有复议待答复"))],
        ),
    ),
    order="-total",
    related=("application__organisation", "group"),
    annotate=_spreads,
    saved=False,
    start=_("还没有评审文件"),
    empty=_("没有符合条件的申报"),
)  # fmt: skip
