"""Objections to a notice: the receipt code, the clock, who is told, and the nightly reminder."""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.accounts.queries import officers_of
from tidui.casework.actions.moving import department
from tidui.casework.models import Application, Call
from tidui.kit import access, calendar, clock, files, outbox, schedule
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to
from tidui.recognition.models import Objection
from tidui.recognition.noticing import OPEN

#: Working days for an objection where the call does not say.
USUAL_DAYS: Final = 15
#: Letters and digits that nobody takes for one another when they read a code from paper.
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
RECEIPT_LENGTH: Final = 12


def _may_read(user: Any, stored: StoredFile) -> access.Outcome:
    if visible_to(user, Objection).filter(evidence=stored.pk).exists():
        return access.ALLOWED
    return access.Refused("not-yours", _("异议材料只供省科技厅查看。"))


EVIDENCE: Final = files.define(
    files.Kind(
        name="recognition.objection", title=_("异议佐证材料"), accepts=("pdf", "jpg", "png"), limit=10 * files.MB,
        may_read=_may_read, sensitive=True,
    )
).name  # fmt: skip


def new_receipt() -> str:
    """A code by which somebody without an account asks what became of their objection; not to be guessed."""
    return "".join(secrets.choice(_ALPHABET) for _place in range(RECEIPT_LENGTH))


def plain_receipt(typed: str) -> str:
    """A receipt code as it is kept, from what a person typed."""
    return "".join(one for one in typed.upper() if one.isalnum())[:20]


def spaced(receipt: str) -> str:
    """A receipt code in groups of four, as it is shown."""
    return " ".join(receipt[place : place + 4] for place in range(0, len(receipt), 4))


def due_on(call: Call, today: dt.date) -> dt.date:
    """The last day of the clock of an objection that is filed today."""
    days = call.settings.get("objection_days")
    return calendar.calendar().after(today, USUAL_DAYS if days is None else int(days))


def entry_of(objection: Objection) -> dict[str, Any]:
    """The line of the notice that is objected to, as it was published."""
    listed = (one for one in objection.notice.entries if one["application"] == objection.application_id)
    return next(listed, {"name": "", "number": "", "place": "", "uscc": "", "application": objection.application_id})


def betrays(text: str, objection: Objection) -> bool:
    """Does a text that the enterprise will read name whoever objected?"""
    told = _letters(text)
    names = (objection.name, objection.mobile, objection.employer)
    return any(_letters(name) in told for name in names if len(_letters(name)) > 1)


def _letters(text: str) -> str:
    """The letters and digits of a text in one spelling: wide ones, spaces and hyphens hide no name."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())


def tell_department(objection: Objection, at: dt.datetime) -> None:
    """Tell the department's officers of a new objection, in the transaction of its filing; not who objects."""
    context = {
        "notice": objection.notice.title, "enterprise": entry_of(objection)["name"], "due": objection.due_on or "",
    }  # fmt: skip
    link = reverse("recognition:objection", args=[objection.pk])
    outbox.notify(to=officers_of(department()), template="recognition.objected", context=context, at=at, link=link)


def overdue(today: dt.date) -> Q:
    """Open objections whose clock has run out."""
    return Q(state__in=OPEN, due_on__lt=today)


def waiting_for(application: Application) -> QuerySet[Objection]:
    """The open objections to an application."""
    return Objection.objects.filter(application=application, state__in=OPEN)


@schedule.daily(name="recognition.remind_of_objections", at=dt.time(8, 30))
@transaction.atomic
def remind(at: dt.datetime) -> int:
    """On working days, remind the department's officers of objections that are due tomorrow or overdue; how many."""
    today = clock.day_of(at)
    if not calendar.calendar().is_working(today):
        return 0
    next_day = calendar.calendar().after(today, 1)
    rows = Objection.objects.select_for_update().filter(state__in=OPEN, due_on__lte=next_day)
    late = list(rows.exclude(reminded_on=today).order_by("due_on", "pk"))
    if not late:
        return 0
    Objection.objects.filter(pk__in=[one.pk for one in late]).update(reminded_on=today)
    context = {"count": len(late), "due": late[0].due_on}
    officers: QuerySet[User] = officers_of(department())
    link = reverse("recognition:objections")
    outbox.notify(to=officers, template="recognition.objections_due", context=context, at=at, link=link)
    return len(late)
