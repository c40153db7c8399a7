"""Recognitions written down: the number of the national platform, its days, and the status on the enterprise's file.

Nothing here makes up a number. What the platform gave is kept with the row of the list that it came in, the document
that it came with, and a return to the enterprise's file whose source is recognition: statuses come from nowhere else.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import judging
from tidui.casework.actions.exchanging import newest
from tidui.casework.actions.moving import department
from tidui.casework.models import Application, ExchangeRow
from tidui.casework.programme import programme
from tidui.codes import sme_numbers
from tidui.codes.faults import BadValue
from tidui.kit import clock, parameters, search
from tidui.kit.access import NotAllowed, Refused
from tidui.recognition.models import Recognition
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.registry.facts import fact_set
from tidui.rules.values import NONE, NoneValue

#: The last day of the numbers of a year, where the texts of that year fix another than the policy's.
VALID_UNTIL: Final = parameters.define(
    "recognition.sme_valid_until", _("入库登记编号有效期截止（月-日）"), "text", "",
    help=_("留空按政策条款的口径（自然年末）；例如填 03-31，编号有效至赋号后的第一个3月31日。"),
).name  # fmt: skip

#: Statuses of the ladder.
SME: Final = "sme"
PROVINCIAL: Final = "provincial"

USED: Final = Refused("used", _("编号已由其他企业使用，或者该企业本年度已有编号。"))
REVOKED: Final = Refused("revoked", _("该编号已经撤销。"))


def valid_days(application: Application, number: sme_numbers.SmeNumber, given_on: dt.date) -> tuple[dt.date, dt.date]:
    """From when until when a number holds: from the day it was given, within its year, to what the policy says.

    The dated setting `recognition.sme_valid_until` (month-day, counted after the number's year has begun) goes first.
    """
    first, last = dt.date(number.year, 1, 1), dt.date(number.year, 12, 31)
    since = min(max(given_on, first), last)
    return since, _set_end(number.year, since) or _policy_end(application, since) or last


def _set_end(year: int, since: dt.date) -> dt.date | None:
    """The day that the setting gives: the first such day after the number was given."""
    raw = str(parameters.get(VALID_UNTIL, since)).strip()
    if not raw:
        return None
    try:
        month, day = (int(one) for one in raw.split("-"))
        ends = [dt.date(place, month, day) for place in (year, year + 1)]
    except ValueError:
        return None
    return next((one for one in ends if one >= since), None)


def _policy_end(application: Application, on: dt.date) -> dt.date | None:
    """What the programme's policy says of a number that is given on a day (`number_year_end`)."""
    facts = judging.facts_of(newest(application))
    found = judging.judge(programme(application.programme).policy, facts, on=on).result
    end = found["outcomes"].get("number_year_end")
    return dt.date.fromisoformat(str(end)) if end else None


@transaction.atomic
def register(
    *, application: Application, number: str, row: ExchangeRow | None, by: User, at: dt.datetime,
    document_number: str = "", document_date: dt.date | None = None,
) -> Recognition:  # fmt: skip
    """Write down the number that an application was given, and the status on the enterprise's file: once.

    Called in the transaction that moves the application on. The same number again is the same recognition; NotAllowed
    where the number is another enterprise's, or the enterprise has one of the year. BadValue for what is no number.
    """
    parts = sme_numbers.parse(number)
    known = Recognition.objects.filter(application=application).first()
    if known is not None and known.number == str(parts):
        return known
    if known is not None or taken(application, parts):
        raise NotAllowed(USED)
    since, until = valid_days(application, parts, document_date or clock.day_of(at))
    made = Recognition.objects.create(
        organisation=application.organisation, programme=application.programme,
        rung=programme(application.programme).status, number=str(parts), year=parts.year, application=application,
        row=row, document_number=document_number, document_date=document_date, valid_from=since, valid_until=until,
        recorded_by=by, recorded_at=at,
    )  # fmt: skip
    search.index(made, words_of(made))
    _write_status(made, parts, by, at)
    events.record(
        "recognition.register", actor=by, subject=made, at=at, organisation_id=made.organisation_id,
        details={
            "application": application.pk, "number": made.number, "row": row.pk if row else None,
            "valid_from": since.isoformat(), "valid_until": until.isoformat(), "document_number": document_number,
        },
    )  # fmt: skip
    return made


def words_of(made: Recognition) -> str:
    """By what a recognition is found in the list."""
    return f"{made.number} {made.organisation.name} {made.organisation.uscc or ''}"


def taken(application: Application, number: sme_numbers.SmeNumber) -> bool:
    """Is the number another's, or has the enterprise one of this year that was not revoked?"""
    rows = Recognition.objects.filter(programme=application.programme).exclude(application=application)
    if rows.filter(number=str(number)).exists():
        return True
    return rows.filter(organisation=application.organisation, year=number.year, revoked_on__isnull=True).exists()


@transaction.atomic
def correct(
    *, recognition: Recognition, number: str, row: ExchangeRow | None, reason: str, by: User, at: dt.datetime,
    document_number: str = "", document_date: dt.date | None = None,
) -> Recognition:  # fmt: skip
    """Put another number in the place of one that the platform itself corrected; what was, stays in the history."""
    parts = sme_numbers.parse(number)
    held = Recognition.objects.select_for_update().get(pk=recognition.pk)
    if held.revoked_on is not None:  # another number would bring back the status that was taken away
        raise NotAllowed(REVOKED)
    if Recognition.objects.filter(programme=held.programme, number=str(parts)).exclude(pk=held.pk).exists():
        raise NotAllowed(USED)
    before, held.number, held.year, held.row = held.number, str(parts), parts.year, row
    held.document_number = document_number or held.document_number
    held.document_date = document_date or held.document_date
    held.save()
    search.index(held, words_of(held))
    _write_status(held, parts, by, at)
    events.record(
        "recognition.correct", actor=by, subject=held, at=at, organisation_id=held.organisation_id,
        details={"before": before, "after": held.number, "reason": reason, "row": row.pk if row else None},
    )  # fmt: skip
    return held


@transaction.atomic
def revoked(
    *, recognition: Recognition, on: dt.date, barred_until: dt.date | None, by: User, at: dt.datetime, note: str = "",
) -> Recognition:  # fmt: skip
    """Note that a recognition was revoked from a day on, and until when coming again is barred.

    The enterprise's file says so, each status in its own way.
    """
    held = Recognition.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=recognition.pk)
    held.revoked_on, held.barred_until = on, barred_until
    held.save(update_fields=["revoked_on", "barred_until"])
    note = note or f"撤销 {held.number}"  # tidui: data
    if held.rung == SME:
        _sme_revoked(held, on, barred_until, by, at, note)
    else:
        _file_end(held, on - dt.timedelta(days=1), by, at, note)
        _void(held, on, note)
    events.record(
        "recognition.revoked", actor=by, subject=held, at=at, organisation_id=held.organisation_id,
        details={"on": on.isoformat(), "barred_until": barred_until.isoformat() if barred_until else None},
    )  # fmt: skip
    return held


@transaction.atomic
def ended(*, recognition: Recognition, on: dt.date, reason: str, by: User, at: dt.datetime) -> Recognition:
    """Note that a recognition holds for the last time on a day, earlier than it said: nothing was done wrong.

    Called in the transaction of an action that has asked for permission and records why. Its certificate is void after.
    """
    held = Recognition.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=recognition.pk)
    _file_end(held, on, by, at, f"{reason} {held.number}")
    held.valid_until = on
    held.save(update_fields=["valid_until"])
    _void(held, on + dt.timedelta(days=1), reason)
    recognition.valid_until = on
    return held


def _sme_revoked(
    held: Recognition, on: dt.date, barred_until: dt.date | None, by: User, at: dt.datetime, note: str
) -> None:
    """The number's status says so where it is the present one; for one of a past year only the bar is a status."""
    facts: dict[str, Any] = {}
    if fact_set(held.organisation).get("sme_number") == held.number:
        facts["sme_revoked_on"] = on
    if barred_until is not None:
        facts["sme_barred_until"] = barred_until
    _file(held, "enterprise", None, facts, by, at, note)
    _file(held, "tax_years", held.year, {"sme_number_in_year": False}, by, at, note)


def _file_end(held: Recognition, last: dt.date, by: User, at: dt.datetime, note: str) -> None:
    """The provincial status has no fact of a revocation: it ends on the day before, so that the ladder sees it.

    Revoked from its first day on, it never was: its day is taken off the file, and what was recognised before remains.
    """
    if held.rung != PROVINCIAL:
        return
    known = fact_set(held.organisation)
    days = known.get("provincial_recognised_on")
    if known.get("provincial_valid_until") != held.valid_until or not isinstance(days, tuple):
        return  # the file speaks of another recognition
    left = tuple(day for day in days if day != held.valid_from)
    facts: dict[str, Any] = {"provincial_valid_until": last}
    if last < held.valid_from:
        before = Recognition.objects.filter(
            programme=held.programme, organisation=held.organisation, valid_from__lt=held.valid_from,
            revoked_on__isnull=True,
        ).order_by("-valid_until")  # fmt: skip
        row = before.first()
        facts = {
            "provincial_recognised_on": left or NONE,
            "provincial_valid_until": row.valid_until if row is not None else max(left) if left else NONE,
        }  # fmt: skip
    _file(held, "enterprise", None, facts, by, at, note)


def _void(held: Recognition, on: dt.date, reason: str) -> None:
    """The certificate in force is void from a day on."""
    held.certificates.filter(void_on__isnull=True).update(void_on=on, void_reason=reason[:300])


def _write_status(made: Recognition, parts: sme_numbers.SmeNumber, by: User, at: dt.datetime) -> None:
    """File what a number means for the enterprise: its status, and what the tax rules ask of the years."""
    note = f"国家平台赋号 {made.document_number}".strip()  # tidui: data
    facts: dict[str, Any] = {
        "sme_number": made.number, "sme_valid_until": made.valid_until, "sme_revoked_on": NONE,
    }  # fmt: skip
    known = fact_set(made.organisation)
    barred = known.get("sme_barred_until")
    if barred is None or isinstance(barred, NoneValue):
        facts["sme_barred_until"] = NONE
    _file(made, "enterprise", None, facts, by, at, note)
    _file(made, "tax_years", made.year, {"sme_number_in_year": True}, by, at, note)
    founded = known.get("established_on")
    if isinstance(founded, dt.date) and founded.year < made.year:
        _file(made, "tax_years", made.year - 1, {"sme_zero_number_next_year": parts.mark == "0"}, by, at, note)


def _file(
    made: Recognition, section: str, year: int | None, facts: dict[str, Any], by: User, at: dt.datetime, note: str
) -> None:
    if facts and (year is None or year <= clock.today().year):
        write_return(
            organisation=made.organisation, section=section, year=year, facts=facts, source=Source.RECOGNITION, by=by,
            at=at, filed_for=department(), note=note,
        )  # fmt: skip


__all__ = ["BadValue", "correct", "ended", "register", "revoked", "taken", "valid_days"]
