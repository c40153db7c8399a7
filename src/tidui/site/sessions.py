"""Sessions in the database, as Django keeps them; the one query that every request asks is prepared."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from tidui.kit.prepared import Prepared

_alive: Prepared[Session] = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now)
)


class SessionStore(db.SessionStore):
    """A session that has not expired."""

    def _get_session_from_db(self) -> Session | None:
        found = _alive.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found
