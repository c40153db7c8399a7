"""From where an enterprise stands to what it can do about it: what waits for it, and the calls to the next rung."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation
from tidui.casework import call_page
from tidui.casework.call_page import Door
from tidui.casework.enums import OPEN_TO_APPLICANT, State
from tidui.casework.models import Application, Call
from tidui.casework.programme import programmes
from tidui.casework.queries import under
from tidui.kit import formats


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application that waits for its applicant: what for, and until when in words; empty where there is no day."""

    title: str
    state: str
    until: str
    url: str
    returned: bool


@dataclass(frozen=True, slots=True)
class Open:
    """A call that is open, how long still, and what this organisation can do with it."""

    call: Call
    left: str
    door: Door


def waiting(organisation: Organisation) -> list[Waiting]:
    """The organisation's applications that are to be written, those that were sent back first. One query."""
    rows = Application.objects.filter(organisation=organisation, state__in=OPEN_TO_APPLICANT).select_related("call")
    found = [_waiting(one) for one in rows.order_by("pk")]
    return sorted(found, key=lambda one: not one.returned)


def _waiting(application: Application) -> Waiting:
    returned = application.state == State.CORRECTION
    until = ""
    if not returned:
        until = _("%(when)s 截止") % {"when": formats.moment(application.call.closes_at)}
    elif application.due_on is not None:
        until = _("补正期限 %(when)s") % {"when": formats.day(application.due_on)}
    return Waiting(
        title=application.call.title, state=_("已退回，等待补正") if returned else _("草稿，尚未提交"), until=until,
        url=reverse("casework:form", args=[application.pk]), returned=returned,
    )  # fmt: skip


def calls_to(policy: str, organisation: Organisation, at: dt.datetime) -> Sequence[Open]:
    """The calls that are open now of the programmes that a policy decides. What was begun already is a door too."""
    names = [name for name, one in programmes().items() if one.policy == policy]
    calls = Call.objects.filter(call_page.phase_q(call_page.OPEN, at), programme__in=names).order_by("closes_at", "pk")
    return [
        Open(call, call_page.countdown(call, at), call_page.way_in(call, organisation, under(call, organisation), at))
        for call in calls
    ]
