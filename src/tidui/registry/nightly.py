"""What the registry does every night."""

from __future__ import annotations

import datetime as dt

from tidui.kit import schedule
from tidui.registry import hot


@schedule.daily(name="registry.write_hot_file", at=dt.time(0, 5))
def write_hot_file(at: dt.datetime) -> None:
    """Make the hot file anew, so that little has to be read from the database beside it during the day."""
    hot.write()
