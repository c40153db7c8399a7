"""What the worker does for organisations each night."""

from __future__ import annotations

import datetime as dt

from tidui.accounts import days
from tidui.accounts.actions.addressing import readdress
from tidui.kit import clock, schedule


@schedule.daily(name="accounts.turn", at=dt.time(0, 1))
def turn_the_day(at: dt.datetime) -> None:
    """Organisations take over the state that begins today; waiting requests go to who decides on them from today."""
    days.apply_due(clock.day_of(at))
    readdress(at=at)
