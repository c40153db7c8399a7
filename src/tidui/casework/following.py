"""What applications do when the day turns or a reach changes: drafts of closed calls lapse, the others follow units."""

from __future__ import annotations

import datetime as dt

from tidui.accounts.actions.addressing import when_reach_changes
from tidui.casework.actions.calls import lapse_drafts
from tidui.casework.actions.transferring import follow
from tidui.kit import schedule


@when_reach_changes
def reach_changed(at: dt.datetime) -> None:
    """In the transaction of the change."""
    follow(at=at)


@schedule.every(name="casework.lapse", minutes=10)
def lapse(at: dt.datetime) -> None:
    """Drafts whose call has closed end; who writes one at the last moment is told by the submission itself."""
    lapse_drafts(at)
