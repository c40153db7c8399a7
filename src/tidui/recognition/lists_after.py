"""Lists of revocations, sampling checks, samples, and of who has updated this year."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework.programme import programmes
from tidui.kit import clock, lists
from tidui.kit.visibility import visible_to
from tidui.recognition import yearly
from tidui.recognition.enums import Ground, RevocationState, SampleState
from tidui.recognition.models import Recognition, Revocation, Sample, Sampling

REVOCATION_TONES: Final = {
    "opened": "wait", "told": "wait", "answered": "info", "proposed": "warn", "decided": "bad", "dropped": "neutral",
}  # fmt: skip
SAMPLE_TONES: Final = {"waiting": "wait", "conforms": "good", "differs": "bad"}

REVOCATIONS: Final = lists.List(
    name="recognition.revocations",
    title=pgettext_lazy("many", "撤销"),
    model=Revocation,
    permission="recognition.view_revocations",
    columns=(
        lists.text(
            "organisation", _("企业"), value=lambda row: row.recognition.organisation.name,
            link=lambda row: reverse("recognition:revocation", args=[row.pk]), strong=True,
        ),
        lists.code("number", _("编号"), value="recognition.number", sort="recognition__number"),
        lists.text("year", _("年度"), value="recognition.year", sort="recognition__year"),
        lists.badge("ground", _("撤销情形"), choices=Ground.choices, sort="ground"),
        lists.badge("state", _("状态"), choices=RevocationState.choices, tones=REVOCATION_TONES, sort="state"),
        lists.text("opened_for", _("提出单位"), value="opened_for.name"),
        lists.moment("opened_at", _("提出时间"), sort="opened_at"),
        lists.date("reply_due", _("申辩期限"), sort="reply_due"),
        lists.date("effective_on", _("撤销生效日期"), sort="effective_on"),
        lists.date("bar_until", _("限制期至"), sort="bar_until"),
    ),
    filters=(
        lists.choice("state", _("状态"), RevocationState.choices, field="state", counts=True),
        lists.choice("ground", _("撤销情形"), Ground.choices, field="ground"),
        lists.numbers("year", _("年度"), field="recognition__year"),
        lists.division("division", _("行政区划"), field="recognition__organisation__division"),
    ),
    order="-opened_at",
    related=("recognition__organisation", "opened_for"),
    start=_("还没有撤销"),
    empty=_("没有符合条件的撤销"),
)  # fmt: skip


def _title(row: Sampling) -> str:
    return _named(row.programme)


def _named(name: str) -> str:
    found = programmes().get(name)
    return str(found.title) if found is not None else name


def _drawn(row: Sampling) -> tuple[Any, str]:
    return (_("已抽取"), "good") if row.drawn_at else (_("已封存，待抽取"), "wait")


SAMPLINGS: Final = lists.List(
    name="recognition.samplings",
    title=pgettext_lazy("many", "抽查"),
    model=Sampling,
    permission="recognition.view_public",
    columns=(
        lists.text(
            "programme", _("业务"), value=_title, strong=True,
            link=lambda row: reverse("recognition:sampling", args=[row.pk]),
        ),
        lists.text("year", _("年度"), sort="year"),
        lists.text("batch", _("批次"), value=lambda row: row.batch.title if row.batch_id else _("全年全部批次")),
        lists.badge("state", _("状态"), value=_drawn),
        lists.number("listed", _("抽取范围"), value=lambda row: len(row.population)),
        lists.number("size", _("抽取家数"), sort="size"),
        lists.moment("frozen_at", _("范围封存时间"), sort="frozen_at"),
        lists.moment("drawn_at", _("抽取时间"), sort="drawn_at"),
    ),
    filters=(lists.numbers("year", _("年度"), field="year"),),
    order="-frozen_at",
    related=("batch",),
    export=False,
    saved=False,
    start=_("还没有抽查"),
    empty=_("没有符合条件的抽查"),
)  # fmt: skip


def _samples(user: Any, sampling: int | None = None) -> QuerySet[Sample]:
    rows = visible_to(user, Sample)
    return rows if sampling is None else rows.filter(sampling=sampling)


def _late(row: Sample) -> tuple[Any, str] | None:
    late = row.state == SampleState.WAITING and row.due_on is not None and row.due_on < clock.today()
    return (_("逾期"), "bad") if late else None


SAMPLES: Final = lists.List(
    name="recognition.samples",
    title=_("抽查任务"),
    model=Sample,
    permission="recognition.view_samples",
    rows=_samples,
    columns=(
        lists.text(
            "organisation", _("企业"), value=lambda row: row.recognition.organisation.name, strong=True,
            link=lambda row: reverse("recognition:sample", args=[row.pk]),
        ),
        lists.code("number", _("编号"), value="recognition.number", sort="recognition__number"),
        lists.text(
            "division", _("行政区划"), value=lambda row: lists.division_name(row.recognition.organisation.division),
            sort="recognition__organisation__division",
        ),
        lists.text("unit", _("核查单位"), value=lambda row: row.unit.name if row.unit else "", sort="unit__name"),
        lists.badge("state", _("结果"), choices=SampleState.choices, tones=SAMPLE_TONES, sort="state"),
        lists.date("due_on", _("核查期限"), sort="due_on"),
        lists.badge("late", _("逾期"), value=_late),
        lists.moment("checked_at", _("核查时间"), sort="checked_at"),
        lists.text("note", _("核查情况"), page=False),
    ),
    filters=(
        lists.choice("state", _("结果"), SampleState.choices, field="state", counts=True),
        lists.dates("due", _("核查期限"), field="due_on"),
        lists.division("division", _("行政区划"), field="recognition__organisation__division"),
    ),
    order="due_on",
    related=("recognition__organisation", "unit"),
    start=_("没有抽查任务"),
    empty=_("没有符合条件的抽查任务"),
)  # fmt: skip

NOT_BEGUN, WRITING, SUBMITTED, RENEWED = "not_begun", "writing", "submitted", "renewed"
PROGRESS: Final = (
    (NOT_BEGUN, _("尚未开始")), (WRITING, _("填写中")), (SUBMITTED, _("已提交")), (RENEWED, _("已取得新编号")),
)  # fmt: skip
PROGRESS_TONES: Final = {NOT_BEGUN: "bad", WRITING: "wait", SUBMITTED: "info", RENEWED: "good"}
_FITS: Final = {
    NOT_BEGUN: {"begun": False, "renewed": False}, WRITING: {"begun": True, "submitted": False, "renewed": False},
    SUBMITTED: {"submitted": True, "renewed": False}, RENEWED: {"renewed": True},
}  # fmt: skip


def progress_of(row: Any) -> str:
    """How far this year's update of the holder of last year's number is."""
    if row.renewed:
        return RENEWED
    if row.submitted:
        return SUBMITTED
    return WRITING if row.begun else NOT_BEGUN


def _by_progress(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
    from django.db.models import Q

    fits = Q()
    for one in values:
        fits |= Q(**_FITS[one])
    return rows.filter(fits)


def _by_validity(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
    if set(values) == {"expired", "valid"}:
        return rows
    today = clock.today()
    return rows.filter(valid_until__lt=today) if values == ["expired"] else rows.filter(valid_until__gte=today)


def _updates(user: Any, programme: str = "", year: int = 0) -> QuerySet[Recognition]:
    return yearly.standing_of(user, year, programme)


UPDATES: Final = lists.List(
    name="recognition.updates",
    title=_("年度更新"),
    model=Recognition,
    permission="recognition.view_updates",
    rows=_updates,
    columns=(
        lists.text("organisation", _("企业"), value="organisation.name", sort="organisation__name", strong=True),
        lists.code("uscc", _("统一社会信用代码"), value="organisation.uscc", sort="organisation__uscc"),
        lists.code("number", _("上年编号"), sort="number"),
        lists.date("valid_until", _("有效期至"), sort="valid_until"),
        lists.badge("progress", _("本年度进度"), value=progress_of, choices=PROGRESS, tones=PROGRESS_TONES),
        lists.text(
            "division", _("行政区划"), value=lambda row: lists.division_name(row.organisation.division),
            sort="organisation__division",
        ),
    ),
    filters=(
        lists.custom("progress", _("本年度进度"), options=PROGRESS, apply=_by_progress),
        lists.custom(
            "validity", _("有效期"), options=(("expired", _("已过期")), ("valid", _("有效"))), apply=_by_validity
        ),
        lists.division("division", _("行政区划"), field="organisation__division"),
    ),
    order="number",
    related=("organisation",),
    start=_("上年没有编号"),
    empty=_("没有符合条件的编号"),
)  # fmt: skip
