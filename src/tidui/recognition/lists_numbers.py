"""The list of recognitions: what was recognised, with which number, and until when it holds."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework.programme import programmes
from tidui.kit import clock, lists
from tidui.recognition.models import Recognition


def state_of(row: Recognition) -> tuple[Any, str]:
    """How a recognition stands today."""
    today = clock.today()
    if row.revoked_on is not None and row.revoked_on <= today:
        return _("已撤销"), "bad"
    if row.valid_until < today:
        return _("已过期"), "neutral"
    if row.announced_at is None:
        return _("待公告"), "wait"
    return _("有效"), "good"


def title_of(row: Recognition) -> str:
    """The programme's name; one that is no longer declared is shown by its short name."""
    known = programmes().get(row.programme)
    return str(known.title) if known else row.programme


def _standing(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
    today = clock.today()
    revoked, over = Q(revoked_on__lte=today), Q(valid_until__lt=today)
    meant = {
        "valid": ~revoked & ~over & Q(announced_at__isnull=False),
        "waiting": ~revoked & ~over & Q(announced_at__isnull=True),
        "expired": over & ~revoked, "revoked": revoked,
    }  # fmt: skip
    wanted = Q()
    for value in values:
        wanted |= meant[value]
    return rows.filter(wanted)


RECOGNITIONS: lists.List = lists.List(
    name="recognition.recognitions", title=pgettext_lazy("many", "认定资格"),
    model=Recognition, permission="recognition.view",
    columns=(
        lists.code(
            "number", _("编号"), sort="number", strong=True,
            link=lambda row: reverse("recognition:recognition", args=[row.pk]),
        ),
        lists.text("organisation", _("单位"), value="organisation.name", sort="organisation__name"),
        lists.code("uscc", _("统一社会信用代码"), value="organisation.uscc"),
        lists.text("division", _("行政区划"), value=lambda row: lists.division_name(row.organisation.division)),
        lists.text("programme", _("业务"), value=title_of),
        lists.badge("state", _("状态"), value=state_of),
        lists.date("valid_from", _("有效期自"), sort="valid_from"),
        lists.date("valid_until", _("有效期至"), sort="valid_until"),
        lists.date("revoked_on", _("撤销日期"), page=False),
        lists.text("document_number", _("文号"), page=False),
        lists.moment("announced_at", _("公告时间"), sort="announced_at", page=False),
    ),
    filters=(
        lists.choice(
            "programme", _("业务"), field="programme",
            options=lambda user: [(one.name, str(one.title)) for one in programmes().values()],
        ),
        lists.custom(
            "state", _("状态"),
            [("valid", _("有效")), ("waiting", _("待公告")), ("expired", _("已过期")), ("revoked", _("已撤销"))],
            apply=_standing,
        ),
        lists.numbers("year", _("年度"), field="year"),
        lists.division("division", _("行政区划"), field="organisation__division"),
        lists.dates("until", _("有效期至"), field="valid_until"),
    ),
    search=_("编号、单位名称或信用代码"), order="-valid_from", related=("organisation",),
    start=_("还没有认定资格"), empty=_("没有符合条件的认定资格"),
)  # fmt: skip
