"""Counting: every number is the length of the list that it opens to, for both come from the same rows.

The totals are one query, a table one more, however many records, indicators and values there are.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Substr

from tidui.casework.programme import programmes
from tidui.figures.dimensions import DIMENSIONS, NONE, Dimension
from tidui.figures.indicators import INDICATORS
from tidui.figures.models import Line
from tidui.figures.shapes import Shape, shape_of
from tidui.kit.visibility import visible_to
from tidui.recognition.models import Objection
from tidui.review.enums import ClaimOutcome, VisitState
from tidui.review.models import Visit

#: The place in a registration number that tells when its holder was founded and submitted.
_MARK: Final = 11


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the value, what it is called, and the count of each indicator."""

    value: str
    label: str
    counts: Mapping[str, int]


def rows_of(user: Any, programme_name: str, year: int) -> QuerySet[Line]:
    """The lines that a person may see, with what indicators and dimensions ask of them."""
    return prepared(visible_to(user, Line).filter(programme=programme_name, year=year))


def prepared(lines: QuerySet[Line]) -> QuerySet[Line]:
    """Lines with `objected`, `visited`, `refuted` and `mark`."""
    number = Substr("application__recognition__number", _MARK, 1)
    visits = Visit.objects.filter(application=OuterRef("application"), state=VisitState.ACCEPTED)
    return lines.annotate(
        objected=Exists(Objection.objects.filter(application=OuterRef("application"))),
        visited=Exists(visits), refuted=Exists(visits.filter(claims__outcome=ClaimOutcome.DIFFERS)),
        mark=Coalesce(number, Value("")),
    )  # fmt: skip


def records(
    user: Any, programme_name: str, year: int, indicator: str, dimension: str = "", value: str = ""
) -> QuerySet[Line]:
    """The lines behind one number. KeyError for an indicator or a dimension that is not known."""
    rows = rows_of(user, programme_name, year).filter(INDICATORS[indicator].where)
    if not dimension:
        return rows
    chosen = DIMENSIONS[dimension]
    return rows.filter(applies(chosen, shape_of(programme_name)), **{chosen.column: "" if value == NONE else value})


def applies(dimension: Dimension, shape: Shape) -> Q:
    """The lines to which a dimension applies."""
    if dimension.only == "failed":
        return functools.reduce(operator.or_, (INDICATORS[name].where for name in shape.failed))
    return INDICATORS[dimension.only].where if dimension.only else Q()


def totals(user: Any, programme_name: str, year: int) -> dict[str, int]:
    """Every indicator of a year."""
    shown = shape_of(programme_name).indicators
    counts = {f"n_{name}": Count("pk", filter=one.where) for name, one in shown.items()}
    found = rows_of(user, programme_name, year).aggregate(**counts)
    return {name: int(found[f"n_{name}"]) for name in shown}


def table(user: Any, programme_name: str, year: int, dimension: str, inside: str = "") -> list[Row]:
    """The counts of a year by one dimension, every row that has a record; `inside` a prefecture, for counties."""
    chosen, shape = DIMENSIONS[dimension], shape_of(programme_name)
    rows = rows_of(user, programme_name, year).filter(applies(chosen, shape))
    if inside:
        rows = rows.filter(prefecture=inside)
    counts = {f"n_{name}": Count("pk", filter=INDICATORS[name].where) for name in shape.columns}
    found = rows.order_by().values(chosen.column).annotate(**counts)
    made = [
        Row(
            one[chosen.column], chosen.label(one[chosen.column], programme_name),
            {name: int(one[f"n_{name}"]) for name in shape.columns},
        )
        for one in found
    ]  # fmt: skip
    return sorted(made, key=lambda row: (row.value == "", chosen.order(row.value)))


def by_year(user: Any, programme_name: str, years: Sequence[int], names: Iterable[str]) -> dict[int, dict[str, int]]:
    """Some indicators over several years."""
    wanted = list(names)
    counts = {f"n_{name}": Count("pk", filter=INDICATORS[name].where) for name in wanted}
    lines = prepared(visible_to(user, Line).filter(programme=programme_name, year__in=years))
    found: dict[int, Mapping[str, Any]] = {
        one["year"]: one for one in lines.order_by().values("year").annotate(**counts)
    }
    return {year: {name: int(found.get(year, {}).get(f"n_{name}", 0)) for name in wanted} for year in years}


def growth(now: int, before: int) -> float | None:
    """The growth in percent against the year before; None where there was nothing to grow from."""
    return None if before == 0 else (now - before) * 100 / before


def years_of(user: Any) -> list[tuple[str, int, int]]:
    """Programmes and years of which a person sees something, newest first: programme, year, applications."""
    found = visible_to(user, Line).order_by().values("programme", "year").annotate(count=Count("pk"))
    known = [one for one in found if one["programme"] in programmes()]
    return sorted(((one["programme"], one["year"], one["count"]) for one in known), key=lambda one: (one[0], -one[1]))


def marked(lines: QuerySet[Line], shape: Shape) -> QuerySet[Line]:
    """Lines with a truth for every indicator, called `is_<indicator>`."""
    truths = {
        f"is_{name}": Case(When(one.where, then=Value(True)), default=Value(False), output_field=BooleanField())
        if one.where
        else Value(True, output_field=BooleanField())
        for name, one in shape.indicators.items()
    }
    return lines.annotate(**truths)


def snapshot(lines: QuerySet[Line], shape: Shape) -> dict[int, tuple[list[str], dict[str, str]]]:
    """Every line as it counts now: application to the indicators that count it and its value in every dimension."""
    columns = {name: one.column for name, one in shape.dimensions.items()}
    asked = [f"is_{name}" for name in shape.indicators]
    found: dict[int, tuple[list[str], dict[str, str]]] = {}
    for one in marked(lines, shape).order_by("pk").values("pk", *asked, *set(columns.values())):
        counted = [name for name in shape.indicators if one[f"is_{name}"]]
        found[one["pk"]] = counted, {name: one[column] for name, column in columns.items()}
    return found
