"""The pages of figures: a year, its tables, the records behind a number, frozen sets and what changed since."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from tidui.accounts.models import User
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.casework.programme import Programme, programmes
from tidui.figures import charts, counting, freezing
from tidui.figures.counting import Row
from tidui.figures.dimensions import DIMENSIONS, NONE
from tidui.figures.indicators import INDICATORS, Indicator
from tidui.figures.lists import RECORDS
from tidui.figures.models import FigureSet
from tidui.figures.shapes import shape_of
from tidui.kit import access, clock, exports, files, formats, lists
from tidui.kit.lists.exporting import XLSX
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to

YEARS: Final = 5


class FreezeForm(forms.Form):
    """What a frozen set is called."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=200, validators=[files.validate_open])
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        validators=[files.validate_open],
    )  # fmt: skip


def _programme(name: str) -> Programme:
    if name not in programmes():
        raise Http404
    return programmes()[name]


@require_safe
@page("figures.view_public")
def figures(request: HttpRequest) -> HttpResponse:
    """What was published; for those who work with figures also the years of their reach."""
    sets = visible_to(request.user, FigureSet).order_by("-year", "-frozen_at", "-pk")
    years: list[dict[str, Any]] = []
    if access.check("figures.view", request.user):
        years = [
            {
                "title": programmes()[name].title, "label": str(year),
                "note": ngettext("%(count)s 份申报", "%(count)s 份申报", count) % {"count": count},
                "url": reverse("figures:year", args=[name, year]),
            }
            for name, year, count in counting.years_of(request.user)
        ]  # fmt: skip
    context = {"sets": sets, "years": years, "works": bool(access.check("figures.view", request.user))}
    return render(request, "figures/figures.html", context)


def _line(name: str, year: int, indicator: Indicator, now: int, before: int) -> dict[str, Any]:
    grown = counting.growth(now, before)
    return {
        "name": indicator.name, "title": indicator.title, "definition": indicator.definition, "value": now,
        "before": before, "growth": formats.NOTHING if grown is None else f"{grown:+.1f}%", "part": indicator.part,
        "population": indicator.population, "period": indicator.period, "source": indicator.source,
        "url": reverse("figures:records", args=[name, year, indicator.name]),
    }  # fmt: skip


@require_safe
@page("figures.view")
def year(request: HttpRequest, programme: str, year: int) -> HttpResponse:
    """Every figure of a year with its definition, growth and records; charts; the cartogram of the prefectures."""
    owner, user, shape = _programme(programme), request.user, shape_of(programme)
    if not year:  # the year before it has no address
        raise Http404
    counts, before = counting.totals(user, programme, year), counting.totals(user, programme, year - 1)
    places = counting.table(user, programme, year, "prefecture")
    years = list(range(year - YEARS + 1, year + 1))
    trend = counting.by_year(user, programme, years, shape.trend)
    context = {
        "programme": owner, "year": year, "tabs": _tabs(programme, year, ""),
        "lines": [
            _line(programme, year, one, counts[name], before[name]) for name, one in shape.indicators.items()
        ],
        "sum": sum(counts[name] for name in shape.parts), "submitted": counts["submitted"],
        "parts": _("、").join(str(INDICATORS[name].title) for name in shape.parts),
        "way": charts.steps(_("申报的去向"), counts, shape.way), "way_names": shape.way,
        "trend": charts.lines(_("逐年"), years, trend, shape.trend),
        "trend_rows": [(one, *(trend[one][name] for name in shape.trend)) for one in years],
        "trend_heads": [INDICATORS[name].title for name in shape.trend],
        "tiles": charts.cartogram(places, shape.result), "tiles_of": INDICATORS[shape.result].title,
        "everything": standing(user).sees_everything,
        "earlier": reverse("figures:year", args=[programme, year - 1]),
        "may_freeze": bool(access.check("figures.freeze", user)),
    }  # fmt: skip
    return render(request, "figures/year.html", context)


def _tabs(programme: str, year: int, current: str) -> list[tuple[Any, ...]]:
    first = (_("合计"), reverse("figures:year", args=[programme, year]), not current)
    rest = [
        (one.title, reverse("figures:by", args=[programme, year, name]), name == current)
        for name, one in shape_of(programme).dimensions.items()
    ]
    return [first, *rest]


def _cells(programme: str, year: int, dimension: str, row: Row) -> list[dict[str, Any]]:
    value = row.value or NONE
    return [
        {"count": row.counts[name], "title": INDICATORS[name].title,
         "url": reverse("figures:records_by", args=[programme, year, name, dimension, value])}
        for name in shape_of(programme).columns
    ]  # fmt: skip


@require_safe
@page("figures.view")
def by(request: HttpRequest, programme: str, year: int, dimension: str) -> HttpResponse:
    """A table of the year by place, field, score or another dimension, with a chart; every number opens."""
    owner, shape = _programme(programme), shape_of(programme)
    if dimension not in shape.dimensions:
        raise Http404
    chosen, inside = DIMENSIONS[dimension], _inside(request, dimension)
    rows = counting.table(request.user, programme, year, dimension, inside)
    context = {
        "programme": owner, "year": year, "dimension": chosen, "tabs": _tabs(programme, year, dimension),
        "heads": [INDICATORS[name].title for name in shape.columns],
        "rows": [{"label": row.label, "cells": _cells(programme, year, dimension, row)} for row in rows],
        "sums": [sum(row.counts[name] for row in rows) for name in shape.columns],
        "chart": charts.bars(chosen.title, rows, shape.stack), "short": len(rows) > charts.MOST_BARS,
        "most": charts.MOST_BARS,
        "tiles": charts.cartogram(rows, shape.result) if dimension == "prefecture" else [],
        "tiles_of": INDICATORS[shape.result].title,
        "inside": DIMENSIONS["prefecture"].label(inside, programme) if inside else "",
    }  # fmt: skip
    return render(request, "figures/by.html", context)


def _inside(request: HttpRequest, dimension: str) -> str:
    """The prefecture whose counties are asked for."""
    asked = request.GET.get("prefecture", "")
    return asked if dimension == "county" and len(asked) == 6 and asked.isdigit() and asked.isascii() else ""


@page("figures.view", methods=("GET", "POST"))
def records(
    request: HttpRequest, programme: str, year: int, indicator: str, dimension: str = "", value: str = ""
) -> HttpResponseBase:
    """The records behind one number: as many as the number says."""
    owner, shape = _programme(programme), shape_of(programme)
    known = indicator in shape.indicators and (not dimension or dimension in shape.dimensions)
    if not known or not value.isprintable():
        raise Http404
    scope = {"programme": programme, "year": year, "indicator": indicator, "dimension": dimension, "value": value}
    label = DIMENSIONS[dimension].label("" if value == NONE else value, programme) if dimension else ""
    context = {
        "programme": owner, "year": year, "indicator": INDICATORS[indicator], "label": label,
        "dimension": DIMENSIONS[dimension] if dimension else None,
        "above": reverse("figures:by", args=[programme, year, dimension])
        if dimension
        else reverse("figures:year", args=[programme, year]),
    }  # fmt: skip
    return lists.page(request, RECORDS, scope=scope, template="figures/records.html", context=context)


# ---------------------------------------------------------------------- export
def _sheets(user: Any, programme: str, year: int) -> Iterator[exports.Sheet]:
    shape = shape_of(programme)
    counts, before = counting.totals(user, programme, year), counting.totals(user, programme, year - 1)
    columns = [
        exports.Column(_("统计指标"), "text"), exports.Column(_("数值"), "int"), exports.Column(_("上年"), "int"),
        exports.Column(_("含义"), "text", 60), exports.Column(_("统计范围"), "text", 40),
        exports.Column(_("期间"), "text"), exports.Column(_("数据来源"), "text"),
    ]  # fmt: skip
    rows = [
        (str(one.title), counts[name], before[name], str(one.definition), str(one.population), str(one.period),
         str(one.source))
        for name, one in shape.indicators.items()
    ]  # fmt: skip
    yield exports.Sheet(_("合计"), columns, rows)
    for name, dimension in shape.dimensions.items():
        heads = [exports.Column(str(dimension.title), "text", 30)]
        heads += [exports.Column(str(INDICATORS[one].title), "int") for one in shape.columns]
        table = counting.table(user, programme, year, name)
        yield exports.Sheet(
            str(dimension.title), heads, [(row.label, *(row.counts[one] for one in shape.columns)) for row in table]
        )


@page("figures.view", methods=("POST",))
def export(request: HttpRequest, programme: str, year: int) -> HttpResponseBase:
    """Every table of the year as a workbook, of what the person may see."""
    owner, at = _programme(programme), clock.now()
    conditions = [_("%(programme)s，%(year)s 年度") % {"programme": owner.title, "year": year}]
    with tempfile.TemporaryDirectory(prefix="tidui-export-") as folder:
        place = Path(folder) / "figures.xlsx"
        sheets = list(_sheets(request.user, programme, year))
        count = exports.workbook(place, sheets, by=request.user, at=at, conditions=conditions)
        details = {"list": "figures", "programme": programme, "year": year, "rows": count}
        events.record("kit.export", actor=request.user, subject=_person(request), at=at, details=details)
        name = f"{owner.title} {year}.xlsx"
        return FileResponse(place.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# ---------------------------------------------------------------------- frozen sets
@page("figures.freeze", methods=("GET", "POST"))
def freeze(request: HttpRequest, programme: str, year: int) -> HttpResponse:
    """Freeze the figures of a year as they stand now."""
    owner = _programme(programme)
    title = _("%(year)s年度%(programme)s统计") % {"year": year, "programme": owner.title}
    form = FreezeForm(request.POST or None, initial={"title": title})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = freezing.freeze(
            programme_name=programme, year=year, title=said["title"], note=said["note"], by=_person(request),
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已冻结，今后的变化在页面上列为差异。"))
        return redirect("figures:set", pk=made.pk)
    context = {"form": form, "programme": owner, "year": year, "back": reverse("figures:year", args=[programme, year])}
    return render(request, "figures/freeze.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@page("figures.view_public")
def figure_set(request: HttpRequest, pk: int) -> HttpResponse:
    """A frozen set; those who see the province are shown what became otherwise since, record by record."""
    held = get_visible(request.user, FigureSet, pk=pk)
    inside = bool(access.check("figures.view_all", request.user))
    found = freezing.differences(held) if inside else None
    context = {
        "set": held, "programme": programmes().get(held.programme), "inside": inside,
        "lines": [
            (one.title, one.definition, held.totals.get(name, 0), one.source)
            for name, one in shape_of(held.programme).indicators.items()
        ],
        "tables": list(_frozen_tables(held, inside)), "changed": _changed(found) if found else [],
        "totals": _moved(found) if found else [], "more": found.more if found else 0,
        "holds": freezing.holds(held) if inside else True,
        "may_publish": held.published_at is None and bool(access.check("figures.freeze", request.user)),
    }  # fmt: skip
    return render(request, "figures/set.html", context)


def _frozen_tables(held: FigureSet, inside: bool) -> Iterator[dict[str, Any]]:
    """The tables of a frozen set; the public sees by place, field and so on only what is public of each enterprise."""
    shape = shape_of(held.programme)
    columns = [name for name in shape.columns if inside or INDICATORS[name].open_by]
    public = [one for one in freezing.PUBLIC_TABLES if one != "reason" and one in shape.dimensions]
    names: Sequence[str] = list(shape.dimensions) if inside else public
    for name in names:
        rows = held.tables.get(name, [])
        label = DIMENSIONS[name].label
        yield {
            "title": DIMENSIONS[name].title, "heads": [INDICATORS[one].title for one in columns],
            "rows": [
                {"label": label(row["value"], held.programme), "counts": [row["counts"].get(one, 0) for one in columns]}
                for row in rows
            ],
        }  # fmt: skip


def _titles(names: Sequence[str]) -> str:
    return formats.listed([str(INDICATORS[name].title) for name in names if name in INDICATORS])


def _changed(found: freezing.Differences) -> list[Mapping[str, Any]]:
    """The records that count otherwise now, in words."""
    return [
        {
            "application": one.application, "lost": _titles(one.lost), "gained": _titles(one.gained), "new": one.new,
            "gone": one.gone,
            "moved": [
                (DIMENSIONS[name].title, DIMENSIONS[name].label(before, one.application.programme),
                 DIMENSIONS[name].label(after, one.application.programme))
                for name, before, after in one.moved
            ],
        }
        for one in found.records
    ]  # fmt: skip


def _moved(found: freezing.Differences) -> list[tuple[Any, int, int, str]]:
    """The totals that are others now."""
    return [
        (INDICATORS[name].title, then, now, f"{now - then:+d}") for name, then, now in found.totals if then != now
    ]


@page("figures.freeze", methods=("POST",))
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Let everybody see a frozen set."""
    held = get_visible(request.user, FigureSet, pk=pk)
    freezing.publish(figure_set=held, by=_person(request), at=clock.now())
    messages.success(request, _("已发布。"))
    return redirect("figures:set", pk=pk)
