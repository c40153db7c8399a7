"""What the worker clears away each night."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt
from django.conf import settings

from tidui.accounts.signin import sessions
from tidui.kit import schedule


@schedule.daily(name="accounts.sessions", at=dt.time(3, 10))
def clear_sessions(at: dt.datetime) -> None:
    """Rows of sessions that are over, and failures that no longer count."""
    sessions.end_what_is_over(at)
    AccessAttempt.objects.filter(attempt_time__lt=at - settings.AXES_COOLOFF_TIME).delete()
