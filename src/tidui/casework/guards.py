"""What stands against a move: stamped pages that are missing; no open batch for what is confirmed."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tidui.casework import findings, hooks, stamping
from tidui.casework.actions import moving
from tidui.casework.hooks import Moving
from tidui.casework.kinds import CONFIRMATION
from tidui.casework.models import Application, Batch, Call
from tidui.casework.programme import programme
from tidui.kit.access import Refused

NO_BATCH: Final = Refused("no-batch", _("请先为该申报通知建立批次，再确认。"))

NOT_STAMPED: Final = Refused(
    "not-stamped", _("申报单位还没有上传最近一次提交的盖章页，不能通过。请等待其上传，或者退回补正。")
)


@hooks.guard("")
def stamped_pages_are_there(asked: Moving) -> Refused | None:
    """Where the form asks for them, nobody accepts before the stamped pages of the last submission are there."""
    return NOT_STAMPED if findings.passes_on(asked) and stamping.is_missing(asked.application) else None


@hooks.guard(CONFIRMATION.name, "confirm")
def into_a_batch(asked: Moving) -> Refused | None:
    """A confirmed application joins the open batch of its call."""
    batch = asked.batch or moving.open_batch(asked.application.call)
    if batch is not None:
        # Held until the application is in it: whoever closes it waits, or is seen to have closed it.
        batch = hooks.held(Batch.objects.all(), no_key=True).get(pk=batch.pk)
    if batch is None or batch.closed_at is not None or batch.call_id != asked.application.call_id:
        return NO_BATCH
    asked.application.batch = batch
    return None


def without_batch(application: Application) -> list[Call]:
    """The call that an application cannot be confirmed under because no batch of it takes anything in; else empty."""
    if programme(application.programme).stage(application.stage).kind is not CONFIRMATION:
        return []
    return [] if moving.open_batch(application.call) is not None else [application.call]
