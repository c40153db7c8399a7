"""Freezing figures with the records that made them, publishing them, and what became otherwise since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.judging import digest
from tidui.casework.models import Application
from tidui.figures import counting
from tidui.figures.dimensions import DIMENSIONS
from tidui.figures.models import FigureSet, FrozenLine, Line
from tidui.figures.shapes import Shape, shape_of
from tidui.kit import access, classified
from tidui.kit.access import NotAllowed, Refused

NOTHING: Final = Refused("nothing", _("该业务该年度还没有提交的申报。"))
NO_TITLE: Final = Refused("no-title", _("请填写标题。"))
PUBLISHED: Final = Refused("published", _("这组统计数已经发布。"))
#: Tables that are published, and whether a number in them may be too small to be: registered ones are public anyway.
PUBLIC_TABLES: Final = ("prefecture", "county", "field", "section", "mark", "reason")
_CHUNK: Final = 1_000

Snapshot = Mapping[int, "tuple[list[str], dict[str, str]]"]


@transaction.atomic
def freeze(*, programme_name: str, year: int, title: str, by: User, at: dt.datetime, note: str = "") -> FigureSet:
    """Freeze the province's figures of a programme and year, with every record that was counted and where."""
    access.require("figures.freeze", by)
    if not title.strip():
        raise NotAllowed(NO_TITLE)
    classified.require_open(title, note)
    lines = counting.prepared(Line.objects.filter(programme=programme_name, year=year))
    shape = shape_of(programme_name)
    found = counting.snapshot(lines, shape)
    if not found:
        raise NotAllowed(NOTHING)
    totals, tables = totals_of(found, shape), tables_of(found, shape)
    made = FigureSet.objects.create(
        programme=programme_name, year=year, title=title.strip(), note=note.strip(), totals=totals, tables=tables,
        count=len(found), digest=digest_of(programme_name, year, totals, found), frozen_by=by, frozen_at=at,
    )  # fmt: skip
    FrozenLine.objects.bulk_create(
        (
            FrozenLine(frozen=made, application_id=key, counted=counted, places=places)
            for key, (counted, places) in sorted(found.items())
        ),
        batch_size=_CHUNK,
    )
    events.record(
        "figures.freeze", actor=by, subject=made, at=at,
        details={"digest": made.digest, "records": made.count, "totals": totals},
    )  # fmt: skip
    return made


@transaction.atomic
def publish(*, figure_set: FigureSet, by: User, at: dt.datetime) -> FigureSet:
    """Let everybody see a frozen set; what it holds is never changed."""
    access.require("figures.freeze", by)
    held = FigureSet.objects.select_for_update().get(pk=figure_set.pk)
    if held.published_at is not None:
        raise NotAllowed(PUBLISHED)
    held.published_at, held.published_by = at, by
    held.save(update_fields=["published_at", "published_by"])
    events.record("figures.publish", actor=by, subject=held, at=at, details={"digest": held.digest})
    return held


def totals_of(found: Snapshot, shape: Shape) -> dict[str, int]:
    """The indicators counted from a snapshot of the records."""
    counts = dict.fromkeys(shape.indicators, 0)
    for counted, _places in found.values():
        for name in counted:
            counts[name] += 1
    return counts


def tables_of(found: Snapshot, shape: Shape) -> dict[str, list[dict[str, Any]]]:
    """The tables counted from a snapshot, in the order of the pages."""
    made: dict[str, list[dict[str, Any]]] = {}
    for name, dimension in shape.dimensions.items():
        counts: dict[str, dict[str, int]] = {}
        for counted, places in found.values():
            if not _applies(dimension.only, shape, counted):
                continue
            row = counts.setdefault(places[name], dict.fromkeys(shape.columns, 0))
            for indicator in set(counted) & set(shape.columns):
                row[indicator] += 1
        ordered = sorted(counts, key=lambda value: (value == "", DIMENSIONS[name].order(value)))
        made[name] = [{"value": value, "counts": counts[value]} for value in ordered]
    return made


def _applies(only: str, shape: Shape, counted: Iterable[str]) -> bool:
    wanted = set(shape.failed) if only == "failed" else {only} if only else set()
    return not wanted or bool(wanted & set(counted))


def digest_of(programme_name: str, year: int, totals: Mapping[str, int], found: Snapshot) -> str:
    """The digest over the totals and every record."""
    rows = [[key, sorted(counted), places] for key, (counted, places) in sorted(found.items())]
    return digest({"programme": programme_name, "year": year, "totals": dict(totals), "rows": rows})


def holds(figure_set: FigureSet) -> bool:
    """Are the kept records still those that the digest was taken of?"""
    found = frozen(figure_set)
    return digest_of(figure_set.programme, figure_set.year, figure_set.totals, found) == figure_set.digest


def frozen(figure_set: FigureSet) -> Snapshot:
    """The records as they were frozen."""
    rows = FrozenLine.objects.filter(frozen=figure_set).order_by("application")
    return {row.application_id: (row.counted, row.places) for row in rows.iterator(chunk_size=_CHUNK)}


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that counts otherwise than when it was frozen: the indicators and places that it lost and gained."""

    application: Application
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    moved: tuple[tuple[str, str, str], ...]
    new: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """What became otherwise: each indicator then and now, and the records that make the difference."""

    totals: tuple[tuple[str, int, int], ...]
    records: tuple[Changed, ...]
    more: int = 0


def differences(figure_set: FigureSet, most: int = 200) -> Differences:
    """Compare frozen figures with those of now, at most so many records; two queries and one for the records shown."""
    then = frozen(figure_set)
    lines = counting.prepared(Line.objects.filter(programme=figure_set.programme, year=figure_set.year))
    shape = shape_of(figure_set.programme)
    now = counting.snapshot(lines, shape)
    current = totals_of(now, shape)
    # A dimension that came later is in no record of the set: nothing moved in it.
    known = {name for _counted, places in then.values() for name in places}
    now = {
        key: (counted, {name: place for name, place in places.items() if name in known})
        for key, (counted, places) in now.items()
    }
    changed = [key for key in sorted({*then, *now}) if _kept(then.get(key)) != _kept(now.get(key))]
    shown = Application.objects.select_related("organisation").in_bulk(changed[:most])
    records = tuple(_changed(shown[key], then.get(key), now.get(key)) for key in changed[:most] if key in shown)
    totals = tuple((name, figure_set.totals.get(name, 0), current[name]) for name in shape.indicators)
    return Differences(totals, records, max(0, len(changed) - most))


def _kept(row: tuple[Sequence[str], Mapping[str, str]] | None) -> Any:
    return None if row is None else (sorted(row[0]), dict(row[1]))


def _changed(application: Application, then: Any, now: Any) -> Changed:
    nothing: tuple[list[str], dict[str, str]] = ([], {})
    before, after = then or nothing, now or nothing
    moved = tuple(
        (name, before[1].get(name, ""), after[1].get(name, ""))
        for name in DIMENSIONS
        if then and now and before[1].get(name, "") != after[1].get(name, "")
    )
    return Changed(
        application, tuple(one for one in before[0] if one not in after[0]),
        tuple(one for one in after[0] if one not in before[0]), moved, then is None, now is None,
    )  # fmt: skip
