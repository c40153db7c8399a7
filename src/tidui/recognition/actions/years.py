"""Yearly information and reported changes of recognitions that hold for years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.actions.organisations import change_organisation
from tidui.accounts.models import Organisation, User
from tidui.accounts.queries import officers_of
from tidui.audit import events
from tidui.casework.actions.moving import NO_REASON, department
from tidui.casework.judging import digest
from tidui.facts import catalogue
from tidui.kit import access, clock, files, outbox
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.lang import Pair
from tidui.recognition import lasting, registering
from tidui.recognition.actions import revocation as revoking
from tidui.recognition.enums import Ground
from tidui.recognition.models import Recognition
from tidui.recognition.models_years import Change, ChangeKind, ChangeState, YearlyReturn
from tidui.registry.facts import fact_set
from tidui.registry.showing import shown
from tidui.registry.values import plain_of

FILED: Final = Refused("filed", _("该年度报告已经提交。"))
MISSING: Final = Refused("missing", _("企业档案中还有未填的指标，请先补填再提交。"))
NOT_IN_FORCE: Final = Refused("not-in-force", _("该资格不在有效期内。"))
OPEN_ALREADY: Final = Refused("open-already", _("同类变更正在核定，请等待结果。"))
NOT_NOW: Final = Refused("not-now", _("该变更已进入其他环节，请刷新页面查看。"))
NO_NAME: Final = Refused("no-name", _("请填写变更后的名称。"))
TO_COME: Final = Refused("to-come", _("变更日期不能晚于今天。"))
WRONG_END: Final = Refused("wrong-end", _("资格终止日期应在有效期内。"))
ONLY_MOVES: Final = Refused("only-moves", _("只有整体迁出本省的可以直接终止；不再符合条件的，请转撤销程序。"))
NOT_MOVES: Final = Refused("not-moves", _("整体迁出本省的，请核定终止日期。"))


# ---------------------------------------------------------------------- yearly information
def asked(held: YearlyReturn) -> list[dict[str, Any]]:
    """The facts that a yearly return is made of, as the enterprise file has them now; `known` where it has one."""
    facts = fact_set(held.recognition.organisation)
    labels = catalogue.load()
    rows = []
    for names, year in ((lasting.YEARLY_FACTS, held.year), (lasting.HELD_FACTS, None)):
        for name in names:
            value = facts.get(name, year) if year else facts.get(name)
            fact = labels[name]
            rows.append(
                {
                    "name": name, "year": year, "label": Pair(fact.zh, fact.en), "known": value is not None,
                    "value": plain_of(name, value) if value is not None else None, "text": shown(name, value),
                }
            )  # fmt: skip
    return rows


@transaction.atomic
def file_return(*, yearly: YearlyReturn, text: str, by: User, at: dt.datetime) -> YearlyReturn:
    """File the information of a year: the facts of the enterprise file as they are, with a text. Late is taken, too."""
    rows = YearlyReturn.objects.select_for_update(of=("self",)).select_related("recognition__organisation")
    held = rows.get(pk=yearly.pk)
    access.require("recognition.file_return", by, held.recognition)
    if held.filed_at is not None:
        raise NotAllowed(FILED)
    if not text.strip():
        raise NotAllowed(NO_REASON)
    found = asked(held)
    if not all(row["known"] for row in found):
        raise NotAllowed(MISSING)
    held.facts = [{key: row[key] for key in ("name", "year", "value", "text")} for row in found]
    held.text, held.filed_by, held.filed_at = text.strip(), by, at
    held.digest = digest({"facts": held.facts, "text": held.text, "year": held.year, "of": held.recognition.number})
    held.save()
    _record("recognition.file_yearly_return", held, held.recognition, by, at, {"year": held.year, "late": late(held)})
    return held


def late(held: YearlyReturn) -> bool:
    """Was it filed after its day, or is it not filed though the day is over?"""
    on = clock.day_of(held.filed_at) if held.filed_at else clock.today()
    return on > held.due_on


# ---------------------------------------------------------------------- changes
@transaction.atomic
def report(
    *, recognition: Recognition, kind: str, happened_on: dt.date, text: str, by: User, at: dt.datetime, after: str = "",
    file: files.Received | None = None,
) -> Change:  # fmt: skip
    """The enterprise reports a change, with its proof; a late report is taken and shown as late."""
    rows = Recognition.objects.select_for_update(of=("self",)).select_related("organisation")
    held = rows.get(pk=recognition.pk)
    access.require("recognition.report_change", by, held)
    today = clock.day_of(at)
    if not lasting.in_force(today).filter(pk=held.pk).exists():
        raise NotAllowed(NOT_IN_FORCE)
    _check(kind, happened_on, text, after, today)
    try:
        with transaction.atomic():
            made = Change.objects.create(
                recognition=held, kind=ChangeKind(kind), happened_on=happened_on,
                due_on=lasting.change_due(happened_on), before=_name_before(held, happened_on, kind),
                after=after.strip(), text=text.strip(), filed_by=by, filed_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise NotAllowed(OPEN_ALREADY) from None
    if file is not None:
        made.file = files.keep(file, by=by, at=at, about=made)
        made.save(update_fields=["file"])
    _record("recognition.report_change", made, held, by, at, {"kind": made.kind, "on": happened_on.isoformat()})
    _tell(officers_of(department()), "recognition.change_filed", made, at)
    return made


def _check(kind: str, happened_on: dt.date, text: str, after: str, today: dt.date) -> None:
    if happened_on > today:
        raise NotAllowed(TO_COME)
    if not text.strip():
        raise NotAllowed(NO_REASON)
    if kind == ChangeKind.RENAME and not after.strip():
        raise NotAllowed(NO_NAME)


def _name_before(held: Recognition, happened_on: dt.date, kind: str) -> str:
    """What the enterprise was called before a change of name: the register may know the new one already."""
    if kind != ChangeKind.RENAME:
        return ""
    earlier = held.organisation.states.filter(since__lt=happened_on).order_by("-since").first()
    return earlier.name if earlier is not None else held.organisation.name


@transaction.atomic
def supplement(
    *, change: Change, text: str, by: User, at: dt.datetime, file: files.Received | None = None
) -> Change:
    """What was sent back for want of proof is sent in again."""
    held = _locked(change)
    access.require("recognition.report_change", by, held.recognition)
    if held.state != ChangeState.RETURNED:
        raise NotAllowed(NOT_NOW)
    if not text.strip():
        raise NotAllowed(NO_REASON)
    held.text, held.state = text.strip(), ChangeState.FILED
    if file is not None:
        held.file = files.keep(file, by=by, at=at, about=held)
    held.save()
    _record("recognition.supplement_change", held, held.recognition, by, at, {"kind": held.kind})
    _tell(officers_of(department()), "recognition.change_filed", held, at)
    return held


@transaction.atomic
def send_back(*, change: Change, answer: str, by: User, at: dt.datetime) -> Change:
    """Ask the enterprise for what is missing."""
    held = _deciding(change, by, answer)
    held.state, held.answer = ChangeState.RETURNED, answer.strip()
    held.save()
    _record("recognition.return_change", held, held.recognition, by, at, {"answer": held.answer})
    _tell(revoking.filers(held.recognition.organisation, at), "recognition.change_decided", held, at)
    return held


@transaction.atomic
def keep(*, change: Change, answer: str, by: User, at: dt.datetime) -> Change:
    """The recognition goes on as it was: same number, same days. A change of name gives a new certificate.

    The new name is put into the register of organisations where it does not stand there yet.
    """
    held = _deciding(change, by, answer)
    if held.kind == ChangeKind.MOVE:
        raise NotAllowed(NOT_MOVES)
    if held.kind == ChangeKind.RENAME:
        held.certificate = _renamed(held, by, at)
    _decided(held, ChangeState.KEPT, answer, by, at)
    details = {"kind": held.kind, "certificate": held.certificate_id}
    _record("recognition.keep_after_change", held, held.recognition, by, at, details)
    _tell(revoking.filers(held.recognition.organisation, at), "recognition.change_decided", held, at)
    return held


def _renamed(held: Change, by: User, at: dt.datetime) -> Any:
    from tidui.recognition import certificates

    organisation = Organisation.objects.get(pk=held.recognition.organisation_id)
    if organisation.name != held.after:
        try:
            change_organisation(
                organisation=organisation, changes={"name": held.after}, since=clock.day_of(at),
                reason=str(held.get_kind_display()), by=by, at=at,
            )  # fmt: skip
        except ValidationError as wrong:
            raise NotAllowed(Refused("not-renamed", "；".join(wrong.messages))) from None  # tidui: data
    return certificates.reissue(held.recognition, str(held.get_kind_display()), by, at)


@transaction.atomic
def end(*, change: Change, ends_on: dt.date, answer: str, by: User, at: dt.datetime) -> Change:
    """An enterprise that has left the province is recognised until a day; the status on its file ends with it."""
    held = _deciding(change, by, answer)
    if held.kind != ChangeKind.MOVE:
        raise NotAllowed(ONLY_MOVES)
    row = held.recognition
    if not row.valid_from <= ends_on <= row.valid_until:
        raise NotAllowed(WRONG_END)
    before = row.valid_until
    held.ends_on = ends_on
    registering.ended(recognition=row, on=ends_on, reason=str(held.get_kind_display()), by=by, at=at)
    _decided(held, ChangeState.ENDED, answer, by, at)
    details = {"on": ends_on.isoformat(), "before": before.isoformat()}
    _record("recognition.end_after_change", held, row, by, at, details)
    _tell(revoking.filers(row.organisation, at), "recognition.change_decided", held, at)
    return held


@transaction.atomic
def doubt(*, change: Change, answer: str, by: User, at: dt.datetime) -> Change:
    """The conditions may no longer hold: that is for a revocation, with reply and four eyes, to find out."""
    held = _deciding(change, by, answer)
    evidence = f"{held.get_kind_display()} {held.happened_on.isoformat()}: {held.text}\n{answer.strip()}"
    held.revocation = revoking.open_revocation(
        recognition=held.recognition, ground=Ground.CONDITIONS, evidence=evidence, by=by, at=at
    )
    _decided(held, ChangeState.DOUBTED, answer, by, at)
    _record("recognition.doubt_change", held, held.recognition, by, at, {"revocation": held.revocation.pk})
    return held


# ---------------------------------------------------------------------- parts
def _locked(change: Change) -> Change:
    rows = Change.objects.select_for_update(of=("self",)).select_related("recognition__organisation")
    return rows.get(pk=change.pk)


def _deciding(change: Change, by: User, answer: str) -> Change:
    access.require("recognition.decide_change", by)
    held = _locked(change)
    if held.state != ChangeState.FILED:
        raise NotAllowed(NOT_NOW)
    if not answer.strip():
        raise NotAllowed(NO_REASON)
    return held


def _decided(held: Change, state: str, answer: str, by: User, at: dt.datetime) -> None:
    held.state, held.answer, held.decided_by, held.decided_at = state, answer.strip(), by, at
    held.save()


def _tell(to: Sequence[User] | Any, template: str, held: Change, at: dt.datetime) -> None:
    context = {
        "enterprise": held.recognition.organisation.name, "number": held.recognition.number,
        "kind": held.get_kind_display(), "state": held.get_state_display(), "answer": held.answer,
        "due": held.due_on,
    }  # fmt: skip
    outbox.notify(to=to, template=template, context=context, at=at, link=f"/changes/{held.pk}/")


def _record(
    verb: str, subject: Any, recognition: Recognition, by: User, at: dt.datetime, details: Mapping[str, Any]
) -> None:
    events.record(
        verb, actor=by, subject=subject, at=at, organisation_id=recognition.organisation_id,
        details={"recognition": recognition.pk, **details},
    )  # fmt: skip
