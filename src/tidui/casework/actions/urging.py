"""Urging by hand: whoever stands above asks the holder to get on with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import messages
from tidui.casework.models import Application, Urge
from tidui.kit import access, classified
from tidui.kit.access import NotAllowed, Refused

BY_HAND: Final = "hand"
#: One is not urged twice on a day about the same file.
PAUSE: Final = dt.timedelta(hours=12)
URGED: Final = Refused("urged-already", gettext_lazy("今天已经就这份申报催办过了。"))


@transaction.atomic
def urge(*, application: Application, note: str, by: User, at: dt.datetime) -> Urge:
    """Ask whoever holds an application to deal with it; the note is theirs to read."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("organisation", "holder")
    held = rows.get(pk=application.pk)  # held: of two who urge at once the second is told that it was done
    access.require("casework.urge", by, held)
    classified.require_open(note)
    if held.urges.filter(level=BY_HAND, version=held.version, at__gt=at - PAUSE).exists():
        raise NotAllowed(URGED)
    assert held.holder is not None  # the permission refuses an application that nobody holds
    made = Urge.objects.create(
        application=held, version=held.version, level=BY_HAND, to=held.holder, by=by, at=at
    )
    events.record(
        "casework.urge", actor=by, subject=held, at=at, organisation_id=held.organisation_id,
        details={"to": held.holder_id, "note": note.strip()},
    )  # fmt: skip
    messages.urge(held, note=note.strip(), at=at)
    return made


def urge_many(*, applications: Iterable[Any], note: str, by: User, at: dt.datetime) -> tuple[int, int]:
    """Urge about many, each in a transaction of its own; how many went out, and how many did not need or allow it."""
    sent = left = 0
    for one in applications:
        try:
            urge(application=one, note=note, by=by, at=at)
        except NotAllowed:
            left += 1
        else:
            sent += 1
    return sent, left
