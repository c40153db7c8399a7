"""Lists of trials of policies, and of what one of them would change."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.casework.presenting import VERDICTS, programme_title
from tidui.kit import formats, lists
from tidui.kit.visibility import visible_to
from tidui.recognition.models import PolicyPreview, PreviewRow
from tidui.recognition.showing_preview import reasons

_CHOICES: Final = [(code, words) for code, (_tone, words) in VERDICTS.items()]
_TONES: Final = {code: tone for code, (tone, _words) in VERDICTS.items()}
_KINDS: Final = [("application", _("在办申报")), ("recognition", _("有效资格"))]

PREVIEWS: Final = lists.List(
    name="recognition.previews", title=_("政策试算"), model=PolicyPreview, permission="recognition.preview",
    columns=(
        lists.moment(
            "made_at", _("试算时间"), sort="made_at", link=lambda row: reverse("recognition:preview", args=[row.pk])
        ),
        lists.text("programme", _("业务"), value=lambda row: programme_title(row.programme)),
        lists.code("base", _("现行版本")), lists.code("version", _("试用版本")),
        lists.date("on", _("试算日期"), sort="on"),
        lists.text(
            "values", _("试改参数"), value=lambda row: formats.listed(f"{n}={v}" for n, v in row.values.items())
        ),
        lists.number("flips", _("结论变化"), value=lambda row: sum(one[3] for one in row.counts.get("verdicts", []))),
        lists.text("made_by", _("试算人"), value="made_by.name"), lists.text("note", _("说明")),
    ),
    order="-made_at", related=("made_by",), start=_("还没有试算过"), empty=_("没有符合条件的试算"),
)  # fmt: skip


def _rows(user: Any, preview: int = 0) -> QuerySet[PreviewRow]:
    return visible_to(user, PreviewRow).filter(preview=preview)


def _by_kind(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
    if len(values) != 1:
        return rows
    return rows.filter(application__isnull=values[0] == "recognition")


def _about(row: PreviewRow) -> str:
    """What it is about: the number of the application or of the recognition."""
    return str(row.application.number if row.application is not None else row.recognition.number)  # type: ignore[union-attr]


def _address(row: PreviewRow) -> str:
    if row.application_id is not None:
        return reverse("casework:case", args=[row.application_id])
    return reverse("recognition:recognition", args=[row.recognition_id])


FLIPS: Final = lists.List(
    name="recognition.preview_rows", title=_("结论变化"), model=PreviewRow, permission="recognition.preview",
    rows=_rows,
    columns=(
        lists.text("organisation", _("单位"), value="organisation.name", sort="organisation__name", strong=True),
        lists.code("uscc", _("统一社会信用代码"), value="organisation.uscc", page=False),
        lists.text(
            "division", _("行政区划"), value=lambda row: lists.division_name(row.organisation.division), page=False
        ),
        lists.badge(
            "kind", _("类别"), choices=_KINDS, tones={"application": "info", "recognition": "neutral"},
            value=lambda row: "application" if row.application_id is not None else "recognition",
        ),
        lists.code("about", _("编号"), value=_about, link=_address),
        lists.badge("before", _("现行结论"), choices=_CHOICES, tones=_TONES),
        lists.badge("after", _("试算结论"), choices=_CHOICES, tones=_TONES),
        lists.text("why", _("原因"), value=reasons),
    ),
    filters=(
        lists.custom("kind", _("类别"), options=_KINDS, apply=_by_kind),
        lists.choice("before", _("现行结论"), _CHOICES, field="before"),
        lists.choice("after", _("试算结论"), _CHOICES, field="after"),
        lists.division("division", _("行政区划"), field="organisation__division"),
    ),
    order="organisation__name", related=("organisation", "application", "recognition"),
    start=_("没有一家的结论会变化"), empty=_("没有符合条件的单位"),
)  # fmt: skip
