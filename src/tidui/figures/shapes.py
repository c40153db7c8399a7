"""Which figures and tables a programme has: what its stages bring about, in the order in which pages show it."""

# tidui: data

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tidui.casework.programme import programmes
from tidui.figures.dimensions import DIMENSIONS, Dimension
from tidui.figures.indicators import INDICATORS, Indicator

_COLUMNS: Final = (
    "took_part", "submitted", "pending", "withdrawn", "refused", "refused_by_platform", "registered", "recognised",
    "revoked",
)  # fmt: skip
_STACK: Final = ("registered", "recognised", "pending", "refused", "refused_by_platform", "withdrawn")


@dataclass(frozen=True)
class Shape:
    """The figures and tables of a programme whose route has stages of these kinds."""

    kinds: frozenset[str]

    def _has(self, needs: str) -> bool:
        return not needs or needs in self.kinds

    def _known(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in self.indicators)

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """The figures, by name."""
        return {name: one for name, one in INDICATORS.items() if self._has(one.needs)}

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """The tables, by name."""
        return {name: one for name, one in DIMENSIONS.items() if self._has(one.needs)}

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The parts into which every submitted application falls, exactly once."""
        return tuple(name for name, one in self.indicators.items() if one.part)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What the tables by place, field and so on show."""
        return self._known(_COLUMNS)

    @cached_property
    def stack(self) -> tuple[str, ...]:
        """What the chart of a table stacks."""
        return self._known(_STACK)

    @cached_property
    def result(self) -> str:
        """The figure that a programme is there for: who was registered or recognised."""
        return next((name for name in ("registered", "recognised") if name in self.indicators), "confirmed")

    @cached_property
    def way(self) -> tuple[str, ...]:
        """The way of an application, as the first chart shows it."""
        return self._known(tuple(dict.fromkeys(("submitted", "confirmed", "reviewed", "visited", self.result))))

    @cached_property
    def trend(self) -> tuple[str, ...]:
        """What is shown year by year."""
        return ("took_part", self.result)

    @cached_property
    def failed(self) -> tuple[str, ...]:
        """Failed in the province or at the platform: what `only="failed"` of a table means."""
        return self._known(("refused", "refused_by_platform"))


_SHAPES: Final[dict[str, Shape]] = {}


def shape_of(programme_name: str) -> Shape:
    """The shape of a programme; of one that is not known any more it has every figure."""
    owner = programmes().get(programme_name)
    kinds = frozenset(stage.kind.name for stage in owner.stages) if owner else _every()
    found = _SHAPES.get(programme_name)
    if found is None or found.kinds != kinds:
        found = _SHAPES[programme_name] = Shape(kinds)
    return found


def _every() -> frozenset[str]:
    return frozenset(one.needs for one in INDICATORS.values())
