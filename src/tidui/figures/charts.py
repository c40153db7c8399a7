"""What the charts and the cartogram draw; each stands beside a table that says the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tidui.codes import divisions as codes
from tidui.figures.counting import Row
from tidui.figures.indicators import INDICATORS
from tidui.kit import divisions, lang

#: The deepest of the shades of a tile.
SHADES: Final = 5
#: A chart with more bars than this cannot be read; the table has all of them.
MOST_BARS: Final = 30


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its title, and JSON that figures.js draws: {kind, labels, series: [{name, values}]}."""

    title: Any
    data: str


def bars(title: Any, rows: Sequence[Row], indicators: Sequence[str]) -> Chart | None:
    """Stacked bars, one for each row; None where there is nothing to draw."""
    shown = list(rows[:MOST_BARS])
    if not shown:
        return None
    series = [
        {"name": str(INDICATORS[name].title), "values": [row.counts[name] for row in shown]} for name in indicators
    ]
    return _chart("bars", title, [row.label for row in shown], series)


def steps(title: Any, counts: dict[str, int], indicators: Sequence[str]) -> Chart:
    """One bar for each indicator, as the applications go their way."""
    labels = [str(INDICATORS[name].title) for name in indicators]
    return _chart("steps", title, labels, [{"name": str(title), "values": [counts[name] for name in indicators]}])


def lines(title: Any, years: Sequence[int], counts: dict[int, dict[str, int]], indicators: Sequence[str]) -> Chart:
    """Lines over the years."""
    series = [
        {"name": str(INDICATORS[name].title), "values": [counts[year][name] for year in years]} for name in indicators
    ]
    return _chart("lines", title, [str(year) for year in years], series)


def _chart(kind: str, title: Any, labels: list[str], series: list[dict[str, Any]]) -> Chart:
    data = {"kind": kind, "title": str(title), "labels": labels, "series": series, "language": lang.active()}
    return Chart(title, json.dumps(data, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Tile:
    """A prefecture of the cartogram: its shade from 0 (none) to 5 (the most)."""

    code: str
    name: str
    value: int
    shade: int


def cartogram(rows: Sequence[Row], indicator: str) -> list[Tile]:
    """The 14 prefectures with the number of one indicator."""
    counts = {row.value: row.counts[indicator] for row in rows}
    most = max((counts.get(one.code, 0) for one in _prefectures()), default=0)
    return [
        Tile(
            one.code, lang.of(short(one.zh), one.en), counts.get(one.code, 0),
            -(-SHADES * counts.get(one.code, 0) // most) if most else 0,
        )
        for one in _prefectures()
    ]  # fmt: skip


def short(name: str) -> str:
    """A prefecture's name without what kind of division it is, so that it fits a tile."""
    for ending in ("回族自治州", "藏族自治州", "市"):  # tidui: data
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _prefectures() -> list[codes.Division]:
    return [one for one in divisions.table().values() if one.level == "prefecture"]
