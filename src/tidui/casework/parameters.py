"""Dated settings of casework, and of every programme: what a call fixes when it is published."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.casework.programme import Programme, when_registered
from tidui.kit import parameters

REMIND_BEFORE: Final = parameters.define(
    "casework.remind_before", _("到期前几个工作日提醒"), "int", 1, low=0, high=30
).name
ESCALATE_AFTER: Final = parameters.define(
    "casework.escalate_after", _("逾期几个工作日后向上级单位催办"), "int", 3, low=0, high=60
).name
UNDO_DAYS: Final = parameters.define(
    "casework.undo_days", _("办理后几个工作日内可以自行撤销"), "int", 3, low=0, high=30
).name


def name_of(programme: str, setting: str) -> str:
    """The dated parameter behind a setting of a programme."""
    return f"casework.{programme}.{setting}"


@when_registered
def define(programme: Programme) -> None:
    """Make the parameters of a programme's settings known."""
    for one in programme.settings:
        name = name_of(programme.name, one.name)
        if name not in parameters.known():
            parameters.define(
                name, one.title, one.kind, one.default,  # type: ignore[arg-type]
                help=one.help or "", low=one.low, high=one.high,
            )  # fmt: skip


def settings_of(programme: Programme, on: dt.date) -> dict[str, Any]:
    """The settings of a programme on a day: what a call that is published then fixes."""
    return {one.name: parameters.get(name_of(programme.name, one.name), on) for one in programme.settings}
