"""What an application carries through one request beside its columns; nothing of it is kept."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidui.casework.models import Attachment, DraftRow, Submission


class Passing:
    """Of a record in memory alone."""

    #: In the move that is being made, for whoever is told of it.
    submitted_now: Submission | None = None
    #: Of one that is not begun: the organisation's newest application under the call when its page was made, and now
    #: (0: none); the submission that it follows, once that was looked for; the rows that its tables would begin with.
    newest_before = 0
    newest_now = 0
    follows: tuple[Submission | None] | None = None
    rows_to_begin: tuple[DraftRow, ...] = ()
    #: When this action has asked whether the organisation may enter.
    entered_at: dt.datetime | None = None
    #: What is attached to one that was begun in this action; None where the database is to be asked.
    attached_now: list[Attachment] | None = None
