"""What an administrator keeps up to date: calendar, divisions, parameters, wordings."""

from __future__ import annotations

import calendar as months
import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.kit import calendar as workdays
from tidui.kit import clock, divisions, lang, parameters, texts
from tidui.kit.models import CalendarDay, CalendarYear, DivisionChange, ParameterValue, TextVersion
from tidui.kit.reference_forms import CalendarDayForm, CalendarYearForm, DivisionForm, ParameterForm, TextForm
from tidui.kit.routes import page
from tidui.kit.visibility import visible_to

FIRST_YEAR, LAST_YEAR = 2000, 2100


@page("kit.public")
def calendar(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """The working days of a year, with what moves them."""
    year = year or clock.today().year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    known = workdays.calendar()
    context = {
        "year": year,
        "months": [_month(known, year, month) for month in range(1, 13)],
        "provisional": known.is_provisional(dt.date(year, 1, 1)),
        "count": known.between(dt.date(year - 1, 12, 31), dt.date(year, 12, 31)),
        "special": [known.special[day] for day in sorted(known.special) if day.year == year],
        "announced": visible_to(request.user, CalendarYear).filter(year=year).first(),
        "own": set(visible_to(request.user, CalendarDay).filter(day__year=year).values_list("day", flat=True)),
    }
    return render(request, "kit/reference/calendar.html", context)


def _month(known: Any, year: int, month: int) -> dict[str, Any]:
    weeks = months.Calendar().monthdatescalendar(year, month)
    cells = [
        [{"day": day, "inside": day.month == month, "working": known.is_working(day), "special": known.special.get(day)}
         for day in week]
        for week in weeks
    ]  # fmt: skip
    return {"first": dt.date(year, month, 1), "weeks": cells}


@page("kit.administer", methods=("GET", "POST"))
def edit_calendar(request: HttpRequest, year: int) -> HttpResponse:
    """Enter a day that differs, or the document that announced the year."""
    announcing = request.POST.get("what") == "year"
    day_form = CalendarDayForm(None if announcing else request.POST or None)
    year_form = CalendarYearForm(request.POST if announcing else None)
    if request.method == "POST":
        form = year_form if announcing else day_form
        if form.is_valid():
            values = {**form.cleaned_data, "by": request.user, "at": timezone.now()}
            if announcing:
                workdays.announce(year=year, **values)
            else:
                workdays.set_day(**values)
            messages.success(request, _("已保存。"))
            return redirect("kit:calendar_of", year)
    context = {"year": year, "day_form": day_form, "year_form": year_form}
    return render(request, "kit/reference/edit_calendar.html", context, status=_status(request))


@page("kit.administer", methods=("GET", "POST"))
def division_table(request: HttpRequest) -> HttpResponse:
    """The divisions of the province, and a change to one of them."""
    form = DivisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            divisions.change(**form.cleaned_data, by=request.user, at=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("kit:divisions")
    rows = [(one, lang.of(one.zh, one.en)) for one in divisions.table().values()]
    changes = visible_to(request.user, DivisionChange)
    context = {"form": form, "rows": rows, "changes": changes}
    return render(request, "kit/reference/divisions.html", context, status=_status(request))


@page("kit.administer")
def parameter_table(request: HttpRequest) -> HttpResponse:
    """All parameters with today's values."""
    rows = [(one, parameters.get(name)) for name, one in sorted(parameters.known().items())]
    return render(request, "kit/reference/parameters.html", {"rows": rows})


@page("kit.administer", methods=("GET", "POST"))
def parameter(request: HttpRequest, name: str) -> HttpResponse:
    """One parameter: its values by date, and a new one."""
    known = parameters.known().get(name)
    if known is None:
        raise Http404
    initial = {"since": clock.today(), "raw": _raw(parameters.get(name))}
    form = ParameterForm(request.POST or None, parameter=known, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            parameters.set_value(name=name, **form.cleaned_data, by=request.user, at=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("kit:parameters")
    history = visible_to(request.user, ParameterValue).filter(name=name).select_related("set_by").order_by("-since")
    context = {"parameter": known, "form": form, "history": history}
    return render(request, "kit/reference/parameter.html", context, status=_status(request))


def _raw(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@page("kit.administer")
def text_table(request: HttpRequest) -> HttpResponse:
    """All texts that the site sends."""
    rows = [texts.known()[key] for key in sorted(texts.known())]
    return render(request, "kit/reference/texts.html", {"rows": rows})


@page("kit.administer", methods=("GET", "POST"))
def text(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """One text in one language: how it is worded, what it looks like filled in, and earlier wordings."""
    known = texts.known().get(key)
    if known is None or language not in texts.LANGUAGES:
        raise Http404
    now = texts.wording(key, language)
    form = TextForm(request.POST or None, initial={"subject": now.subject, "body": now.body})
    if request.method == "POST" and form.is_valid():
        try:
            texts.reword(key=key, language=language, **form.cleaned_data, by=request.user, at=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已保存，以后发送的消息使用新的文字。"))
            return redirect("kit:texts")
    history = visible_to(request.user, TextVersion).filter(key=key, language=language).select_related("set_by")
    context = {
        "text": known, "language": language, "form": form, "history": history.order_by("-version"),
        "sample": texts.render(key, language, known.placeholders), "placeholders": list(known.placeholders.items()),
    }  # fmt: skip
    return render(request, "kit/reference/text.html", context, status=_status(request))


def _status(request: HttpRequest) -> int:
    """A form that comes back has not been accepted."""
    return 422 if request.method == "POST" else 200
