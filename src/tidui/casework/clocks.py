"""Clocks in working days: when a stage has to be done with, and what is left while a correction suspends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tidui.casework.programme import Programme, Stage
from tidui.kit import calendar


def days_of(programme: Programme, stage: Stage, settings: Mapping[str, Any]) -> int | None:
    """The working days that a stage has under a call: what the call fixed (`days.<stage>`), else the programme's."""
    fixed = settings.get(f"days.{stage.name}")
    return stage.days if fixed is None else int(fixed)


def due(today: dt.date, days: int | None) -> dt.date | None:
    """The last day of a clock of so many working days that begins today; None for no clock."""
    return None if days is None else calendar.calendar().after(today, days)


def left(today: dt.date, due_on: dt.date | None) -> int | None:
    """The working days left of a clock; negative when it is overdue, None for no clock."""
    return None if due_on is None else calendar.calendar().between(today, due_on)
