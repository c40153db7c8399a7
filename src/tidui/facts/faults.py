"""What is wrong with given facts, and how it is said: where, what, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tidui.codes.faults import BadValue

__all__ = ["BadValue", "Fault", "Faults", "Level"]

Level = Literal["fault", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, or (level `warning`) that is probably not meant so.

    `place` is the path of the value (`years.2022.employees`); for a table also `sheet`, `row` (counted from 1,
    the header included) and `column` (its header or letter).
    """

    place: str
    message: str
    instead: str | None = None
    level: Level = "fault"
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (
                f"sheet {self.sheet}" if self.sheet is not None else "",
                f"row {self.row}" if self.row is not None else "",
                f"column {self.column}" if self.column is not None else "",
                self.place,
            )
            if part
        )
        text = f"{where}: {self.message}" if where else self.message
        if self.level == "warning":
            text = f"warning: {text}"
        return f"{text}; {self.instead}" if self.instead else text


class Faults(Exception):
    """An input with faults; `faults` lists every one that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
