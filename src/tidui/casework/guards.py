"""What stands against a move: a confirmation needs an open batch, a batch that is closed takes nothing in."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.casework import hooks
from tidui.casework.actions import moving
from tidui.casework.hooks import Moving
from tidui.casework.kinds import CONFIRMATION
from tidui.casework.models import Batch
from tidui.kit.access import Refused

NO_BATCH: Final = Refused("no-batch", _("请先为该申报通知建立批次，再确认。"))


@hooks.guard(CONFIRMATION.name, "confirm")
def into_a_batch(asked: Moving) -> Refused | None:
    """A confirmed application joins the open batch of its call."""
    batch = asked.batch or moving.open_batch(asked.application.call)
    if batch is not None and transaction.get_connection().in_atomic_block:
        # Held until the application is in it: whoever closes it waits, or is seen to have closed it.
        batch = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch is None or batch.closed_at is not None or batch.call_id != asked.application.call_id:
        return NO_BATCH
    asked.application.batch = batch
    return None
