"""Lists of draws and of the seats of a review."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.kit import lists
from tidui.kit.visibility import visible_to
from tidui.review.actions import seats as actions
from tidui.review.enums import SEATED, DrawState, ExpertKind, SeatState
from tidui.review.models import Draw, Group, Seat

DRAW_TONES: Final = {
    "prepared": "wait", "committed": "wait", "frozen": "info", "drawn": "good", "impossible": "bad", "void": "bad",
}  # fmt: skip
SEAT_TONES: Final = {
    "called": "wait", "accepted": "info", "declined": "bad", "no_show": "bad", "recused": "warn", "done": "good",
}  # fmt: skip

DRAWS: Final = lists.List(
    name="review.draws",
    title=_("评审专家抽取"),
    model=Draw,
    permission="review.public_draws",
    columns=(
        lists.text(
            "review", _("批次"), value=lambda row: f"{row.review.batch.call.title} {row.review.batch.title}",
            link=lambda row: reverse("review:draw", args=[row.pk]), strong=True,
        ),
        lists.number("number", _("第几次"), sort="number"),
        lists.badge("state", _("状态"), choices=DrawState.choices, tones=DRAW_TONES, sort="state"),
        lists.moment("frozen_at", _("封存时间"), sort="frozen_at"),
        lists.date("public_on", _("公开随机数日期"), sort="public_on"),
        lists.moment("drawn_at", _("抽取时间"), sort="drawn_at"),
    ),
    filters=(lists.choice("state", _("状态"), DrawState.choices, field="state"),),
    order="-pk",
    related=("review__batch__call",),
    export=False,
    saved=False,
    start=_("还没有抽取"),
    empty=_("没有符合条件的抽取"),
)  # fmt: skip


def _seats(user: Any, review: int | None = None) -> QuerySet[Seat]:
    rows = visible_to(user, Seat)
    waits = actions.unfinished(Seat.objects.filter(pk=OuterRef("pk")))
    rows = rows.annotate(waits=Exists(waits))
    return rows if review is None else rows.filter(review=review)


def _place(row: Seat) -> str:
    if row.group is not None:
        return f"{row.group.number}. {row.group.title}"
    return row.file.code if row.file is not None else ""


SEATS: Final = lists.List(
    name="review.seats",
    title=_("评审席位"),
    model=Seat,
    permission="review.view_reviews",
    rows=_seats,
    columns=(
        lists.text("expert", _("专家"), value="expert.name", sort="expert__name", strong=True),
        lists.badge("state", _("状态"), choices=SeatState.choices, tones=SEAT_TONES, sort="state"),
        lists.text(
            "act", _("办理"), export=False,
            value=lambda row: _("登记未到") if row.waits else "",
            link=lambda row: reverse("review:no_show", args=[row.pk]) if row.waits else None,
        ),
        lists.text("place", _("评审组"), value=_place, sort="group__number"),
        lists.badge("kind", _("类别"), choices=ExpertKind.choices, tones={}, sort="kind"),
        lists.yes_no("leader", _("组长")),
        lists.text("employer", _("工作单位"), value="expert.employer"),
        lists.text("mobile", _("手机号码"), value="expert.mobile", mask="mobile", clear="review.prepare"),
        lists.text("reason", _("原因")),
        lists.moment("called_at", _("通知时间"), sort="called_at", page=False),
        lists.moment("answered_at", _("答复时间"), sort="answered_at", page=False),
        lists.number("draw", _("第几次抽取"), value="draw.number", page=False),
    ),
    filters=(
        lists.choice("state", _("状态"), SeatState.choices, field="state", counts=True),
        lists.choice("kind", _("类别"), ExpertKind.choices, field="kind"),
    ),
    order="group__number",
    related=("group", "file", "expert", "draw"),
    start=_("还没有抽取专家"),
    empty=_("没有符合条件的席位"),
)  # fmt: skip


def groups_of(review: Any) -> QuerySet[Group]:
    """The groups of a review with how many files and how many experts they have; one query."""
    seated = Count("seats", filter=Q(seats__state__in=SEATED), distinct=True)
    done = Count("files", filter=Q(files__done_at__isnull=False), distinct=True)
    rows = Group.objects.filter(review=review).annotate(held=Count("files", distinct=True), done=done, seated=seated)
    return rows.order_by("number")
