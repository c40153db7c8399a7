"""Revocation of a number: proposed, told to the enterprise, answered, weighed, decided by a second one; or dropped."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import FILING
from tidui.accounts.models import Membership, Organisation, User
from tidui.accounts.queries import officers_of
from tidui.accounts.standing import in_force, row_reaches, standing
from tidui.audit import events
from tidui.casework.actions.moving import NO_REASON, SAME_PERSON, department
from tidui.kit import access, calendar, classified, clock, files, outbox
from tidui.kit.access import NotAllowed, Refused
from tidui.recognition import announcing, documents, letters_after, registering, revoking
from tidui.recognition.enums import DocumentKind, Ground, RevocationState
from tidui.recognition.measures import measure
from tidui.recognition.models import Recognition, Revocation, Sample
from tidui.recognition.registering import REVOKED

OPEN_ALREADY: Final = Refused("open-already", _("该编号已有正在办理的撤销，请打开原件办理。"))
NOT_NOW: Final = Refused("not-now", _("撤销已进入其他环节，请刷新页面查看。"))
REPLY_RUNS: Final = Refused("reply-runs", _("申辩期限未满，企业尚未申辩，请在期满后或收到申辩后提出拟办意见。"))
WRONG_DAY: Final = Refused("wrong-day", _("撤销生效日期应在编号有效期起始日之后，且不晚于今天。"))
NO_GROUND: Final = Refused("no-ground", _("该业务的撤销情形中没有这一项。"))
NO_UNIT: Final = Refused("no-unit", _("您没有可以代表的单位。"))
_ENDED: Final = frozenset({RevocationState.DECIDED, RevocationState.DROPPED})
_WITH_THE_ENTERPRISE: Final = frozenset({RevocationState.TOLD, RevocationState.ANSWERED, RevocationState.PROPOSED})


@transaction.atomic
def open_revocation(
    *, recognition: Recognition, ground: str, evidence: str, by: User, at: dt.datetime,
    file: files.Received | None = None, sample: Sample | None = None,
) -> Revocation:  # fmt: skip
    """Propose to revoke a number, also one of a past year. NotAllowed where it is revoked, or a revocation is open."""
    rows = Recognition.objects.select_for_update(of=("self",)).select_related("organisation__zone")
    held = rows.get(pk=recognition.pk)
    access.require("recognition.propose_revocation", by, held.organisation)
    return write(
        held, ground=ground, evidence=evidence, by=by, unit=unit_for(by, held.organisation), at=at, file=file,
        sample=sample,
    )  # fmt: skip


def write(
    held: Recognition, *, ground: str, evidence: str, by: User, unit: Organisation, at: dt.datetime,
    file: files.Received | None = None, sample: Sample | None = None,
) -> Revocation:  # fmt: skip
    """The same for an action that has asked for its own permission, within its transaction."""
    if held.revoked_on is not None:
        raise NotAllowed(REVOKED)
    if not evidence.strip():
        raise NotAllowed(NO_REASON)
    if ground not in measure(held.programme).grounds:
        raise NotAllowed(NO_GROUND)
    classified.require_open(evidence)
    try:
        with transaction.atomic():
            made = Revocation.objects.create(
                recognition=held, ground=Ground(ground), evidence=evidence.strip(), opened_by=by, opened_for=unit,
                opened_at=at, sample=sample,
            )  # fmt: skip
    except IntegrityError:
        raise NotAllowed(OPEN_ALREADY) from None
    if file is not None:
        made.file = files.keep(file, by=by, at=at, about=made)
        made.save(update_fields=["file"])
    _record("recognition.open_revocation", made, by, at, {"ground": made.ground, "evidence": made.evidence})
    _tell(officers_of(department()), "recognition.revocation_opened", made, at, reason=made.opened_for.name)
    return made


@transaction.atomic
def tell(*, revocation: Revocation, by: User, at: dt.datetime) -> Revocation:
    """Tell the enterprise what is proposed and until when it may reply."""
    held = _held(revocation, by, RevocationState.OPENED)
    days = revoking.setting(held.recognition, "reply_days", clock.day_of(at))
    held.state, held.told_at, held.told_by = RevocationState.TOLD, at, by
    held.reply_due = calendar.calendar().after(clock.day_of(at), days)
    held.save()
    _record("recognition.tell_revocation", held, by, at, {"reply_due": held.reply_due})
    _tell(_enterprise(held, at), "recognition.revocation_told", held, at)
    return held


@transaction.atomic
def reply(
    *, revocation: Revocation, text: str, by: User, at: dt.datetime, file: files.Received | None = None
) -> Revocation:
    """The enterprise replies, in words and with a document; late replies are taken while nothing is proposed yet."""
    held = _locked(revocation)
    access.require("recognition.reply", by, held.recognition)
    if held.state not in (RevocationState.TOLD, RevocationState.ANSWERED):
        raise NotAllowed(NOT_NOW)
    if not text.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(text)
    held.state, held.reply, held.replied_by, held.replied_at = RevocationState.ANSWERED, text.strip(), by, at
    if file is not None:
        held.reply_file = files.keep(file, by=by, at=at, about=held)
    held.save()
    _record("recognition.reply_to_revocation", held, by, at, {"reply": held.reply})
    return held


@transaction.atomic
def propose(
    *, revocation: Revocation, opinion: str, by: User, at: dt.datetime, effective_on: dt.date | None = None
) -> Revocation:
    """Propose to revoke after the reply (or its deadline), from `effective_on` on; None: the day of the decision."""
    held = _held(revocation, by, RevocationState.TOLD, RevocationState.ANSWERED)
    today = clock.day_of(at)
    if held.state == RevocationState.TOLD and held.reply_due is not None and today <= held.reply_due:
        raise NotAllowed(REPLY_RUNS)
    if not opinion.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(opinion)
    if effective_on is not None and not held.recognition.valid_from <= effective_on <= today:
        raise NotAllowed(WRONG_DAY)
    held.state, held.opinion, held.proposed_by, held.proposed_at = RevocationState.PROPOSED, opinion.strip(), by, at
    held.effective_on = effective_on
    held.bar_until = revoking.bar_until(held.recognition, held.ground, today)
    held.answer = ""
    held.save()
    _record("recognition.propose_revocation", held, by, at, {"opinion": held.opinion, "effective_on": effective_on})
    return held


@transaction.atomic
def decide(*, revocation: Revocation, agree: bool, by: User, at: dt.datetime, answer: str = "") -> Revocation:
    """A second person decides: the number is revoked and the enterprise told; or it goes back with a reason."""
    held = _held(revocation, by, RevocationState.PROPOSED)
    if held.proposed_by_id == by.pk:
        raise NotAllowed(SAME_PERSON)
    classified.require_open(answer)
    if not agree:
        return _send_back(held, by, at, answer)
    today = clock.day_of(at)
    held.state, held.decided_by, held.decided_at, held.answer = RevocationState.DECIDED, by, at, answer.strip()
    held.effective_on = held.effective_on or today
    held.bar_until = revoking.bar_until(held.recognition, held.ground, today)
    held.document = documents.issue(
        kind=DocumentKind.REVOCATION, title=letters_after.title_of(held), content=letters_after.decision(held), by=by,
        at=at, application=held.recognition.application, organisation=held.recognition.organisation,
    )  # fmt: skip
    held.save()
    _revoke(held, by, at)
    _record(
        "recognition.revoke", held, by, at,
        {
            "number": held.recognition.number, "year": held.recognition.year, "ground": held.ground,
            "effective_on": held.effective_on, "bar_until": held.bar_until, "proposed_by": held.proposed_by_id,
        },
    )  # fmt: skip
    _tell(_enterprise(held, at), "recognition.revoked", held, at)
    return held


@transaction.atomic
def drop(*, revocation: Revocation, reason: str, by: User, at: dt.datetime) -> Revocation:
    """Not revoke after all; the reason stays on record, and the enterprise is told if it had been told before."""
    held = _held(revocation, by, *(state for state in RevocationState if state not in _ENDED))
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(reason)
    told = held.state in _WITH_THE_ENTERPRISE
    held.state, held.answer, held.decided_by, held.decided_at = RevocationState.DROPPED, reason.strip(), by, at
    held.proposed_by = None  # what was proposed is not what was decided; the event keeps who had proposed it
    held.save()
    _record("recognition.drop_revocation", held, by, at, {"reason": held.answer})
    if told:
        _tell(_enterprise(held, at), "recognition.revocation_dropped", held, at, reason=held.answer)
    return held


# ---------------------------------------------------------------------- parts
def unit_for(by: User, organisation: Organisation) -> Organisation:
    """For which organisation a person proposes: the department, or the unit of theirs that reaches the enterprise."""
    who = standing(by)
    if who.decides_for_department:
        return department()
    reaching = {row.unit_id for row in who.reaches_rows if row_reaches(row, organisation)}
    found = next((one.organisation for one in who.held if one.organisation.pk in reaching), None)
    if found is None:
        raise NotAllowed(NO_UNIT)
    return found


def _locked(revocation: Revocation) -> Revocation:
    rows = Revocation.objects.select_for_update(of=("self",)).select_related(
        "recognition__organisation", "recognition__application__call", "opened_for"
    )
    return rows.get(pk=revocation.pk)


def _held(revocation: Revocation, by: User, *states: str) -> Revocation:
    """The revocation as it is now, for an officer of the department, in one of these states."""
    held = _locked(revocation)
    access.require("recognition.revoke", by, held.recognition)
    if held.state not in states:
        raise NotAllowed(NOT_NOW)
    return held


def _send_back(held: Revocation, by: User, at: dt.datetime, answer: str) -> Revocation:
    if not answer.strip():
        raise NotAllowed(NO_REASON)
    proposed_by = held.proposed_by_id
    held.state = RevocationState.ANSWERED if held.replied_at else RevocationState.TOLD
    held.answer, held.proposed_by, held.proposed_at = answer.strip(), None, None
    held.save()
    _record("recognition.decline_revocation", held, by, at, {"answer": held.answer, "proposed_by": proposed_by})
    return held


def _revoke(held: Revocation, by: User, at: dt.datetime) -> None:
    assert held.effective_on is not None and held.bar_until is not None
    registering.revoked(recognition=held.recognition, on=held.effective_on, barred_until=held.bar_until, by=by, at=at)
    if held.recognition.application is not None:
        announcing.end_unannounced(held.recognition.application, at=at, by=by)


def _enterprise(held: Revocation, at: dt.datetime) -> list[User]:
    """Who files for the enterprise today."""
    return filers(held.recognition.organisation, at)


def filers(organisation: Organisation, at: dt.datetime) -> list[User]:
    """The people who file for an organisation."""
    rows = Membership.objects.filter(in_force(at), organisation=organisation, role__in=FILING)
    return list(User.objects.filter(pk__in=rows.values("user"), is_active=True).order_by("pk"))


def _tell(to: Any, template: str, held: Revocation, at: dt.datetime, reason: str = "") -> None:
    context = {
        "enterprise": held.recognition.organisation.name, "number": held.recognition.number,
        "thing": measure(held.recognition.programme).thing,
        "ground": held.get_ground_display(), "due": held.reply_due or "", "reason": reason,
        "on": held.effective_on or "", "until": held.bar_until or "",
    }  # fmt: skip
    outbox.notify(to=to, template=template, context=context, at=at, link=f"/revocations/{held.pk}/")


def _record(verb: str, held: Revocation, by: User, at: dt.datetime, details: dict[str, Any]) -> None:
    events.record(
        verb, actor=by, subject=held, at=at, organisation_id=held.recognition.organisation_id, details=details
    )
