"""Settling a difference, and verifying what was filed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import FILING, REACHED
from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.kit import access
from tidui.kit.access import NotAllowed, Refused
from tidui.registry import acceptance, history
from tidui.registry.acceptance import OFFICIAL_SOURCES, SectionState
from tidui.registry.actions.filing import advance, lapse, lock, stand_against, write_state
from tidui.registry.enums import DifferenceState
from tidui.registry.models import Difference, Return, Verification

ALREADY_SETTLED = Refused("already-settled", _("这处差异刚刚已由他人处理，您的处理没有保存。请查看处理结果。"))
NO_REASON = Refused("no-reason", _("请写明处理理由。"))
VERIFIED_VALUE = Refused(
    "verified-value", _("该值已经核实，或者来自税务、审计、认定结果，企业不能自行替换。请联系推荐单位处理。")
)
NOT_IN_RETURN = Refused("not-in-return", _("所选指标不在这份填报中。"))
NOT_FOR_THEM = Refused("not-for-them", _("只能代表您所在的单位处理。"))
NOT_VERIFIED = Refused("not-verified", _("该指标的现值没有核实记录。"))
NOT_YOUR_VERIFICATION = Refused("not-your-verification", _("只有当初核实的单位或科技厅可以撤回核实。"))
OWN_RETURN = Refused("own-return", _("不能核实本单位自己填报的内容。"))


@transaction.atomic
def settle(
    *, difference: Difference, accept: bool, reason: str, by: User, at: dt.datetime, settled_for: Organisation
) -> Difference:
    """End a difference: the offered value is accepted, or the accepted one kept, with a reason.

    Who comes second is told (`already-settled`). An enterprise may not set aside what was verified or is official.
    """
    access.require("registry.settle", by, difference)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    file = lock(difference.organisation)
    difference = Difference.objects.select_related("organisation", "offered", "accepted").get(pk=difference.pk)
    if difference.state != DifferenceState.OPEN:
        raise NotAllowed(ALREADY_SETTLED)
    state = history.replay(history.of_place(difference.organisation_id, difference.section, difference.year))
    _may_end(difference, state, by, settled_for, accept=accept)
    difference.state = DifferenceState.ACCEPTED if accept else DifferenceState.KEPT
    difference.reason, difference.settled_by, difference.settled_at = reason.strip(), by, at
    difference.settled_for, difference.settled_step = settled_for, advance(file, at)
    difference.save()
    lapsed = acceptance.settle(state, difference.fact, difference.offered_id, accept=accept)
    lapse(difference.organisation_id, lapsed, difference.settled_step, at)
    if accept:
        stand_against(difference.offered, [difference.fact])
    write_state(difference.organisation, difference.section, difference.year, state)
    events.record(
        "registry.settle", actor=by, subject=difference, at=at, organisation_id=difference.organisation_id,
        details={"fact": difference.fact, "section": difference.section, "year": difference.year,
                 "accepted": accept, "reason": reason.strip(), "for": settled_for.pk},
    )  # fmt: skip
    return difference


def _may_end(difference: Difference, state: SectionState, by: User, settled_for: Organisation, *, accept: bool) -> None:
    """Refuse who speaks for an organisation that is not theirs, and an enterprise against a verified value."""
    who = standing(by)
    if not who.has(None, settled_for):
        raise NotAllowed(NOT_FOR_THEM)
    if settled_for.pk != difference.organisation_id:
        if not who.decides_on(difference.organisation):
            raise NotAllowed(NOT_FOR_THEM)
        return
    if not who.has(FILING, settled_for, REACHED):
        raise NotAllowed(NOT_FOR_THEM)
    if loses_verified(difference, state, accept=accept):
        raise NotAllowed(VERIFIED_VALUE)


def loses_verified(difference: Difference, state: SectionState, *, accept: bool) -> bool:
    """Whether the value that is set aside was verified, or comes from tax, audit or recognition."""
    if accept:
        current = state.provenance.get(difference.fact)
        source = state.filers[current].source if current is not None else ""
        return difference.fact in state.verified or source in OFFICIAL_SOURCES
    checked = (difference.offered_id, difference.fact) in state.checked
    return checked or difference.offered.source in OFFICIAL_SOURCES


@transaction.atomic
def verify(
    *, filed: Return, facts: Collection[str], by: User, at: dt.datetime, verified_for: Organisation, note: str = ""
) -> Verification:
    """Note that these facts of a return were checked against their evidence and found right."""
    access.require("registry.verify", by, filed)
    if not standing(by).has(None, verified_for):
        raise NotAllowed(NOT_FOR_THEM)
    if verified_for.pk == filed.organisation_id:
        raise NotAllowed(OWN_RETURN)
    names = sorted({name for name in facts if filed.facts.get(name) is not None})
    if not names or len(names) != len(set(facts)):
        raise NotAllowed(NOT_IN_RETURN)
    file = lock(filed.organisation)
    state = history.replay(history.of_place(filed.organisation_id, filed.section, filed.year))
    verification = Verification.objects.create(
        filed=filed, organisation=filed.organisation, facts=names, verified_by=by, verified_for=verified_for,
        verified_at=at, note=note.strip(), step=advance(file, at),
    )  # fmt: skip
    acceptance.verify(state, filed.pk, names, verification.pk)
    write_state(filed.organisation, filed.section, filed.year, state)
    events.record(
        "registry.verify", actor=by, subject=verification, at=at, organisation_id=filed.organisation_id,
        details={"return": filed.pk, "facts": names, "note": note.strip(), "for": verified_for.pk},
    )  # fmt: skip
    return verification


@transaction.atomic
def verify_accepted(
    *, organisation: Organisation, section: str, year: int | None, facts: Collection[str], by: User, at: dt.datetime,
    verified_for: Organisation, note: str = "",
) -> list[Verification]:  # fmt: skip
    """Verify accepted values by their names: one verification for each return that they come from.

    Values of the verifier's own organisation, and names without an accepted value, are refused.
    """
    access.require("registry.verify", by, organisation)
    lock(organisation)
    state = history.replay(history.of_place(organisation.pk, section, year))
    by_return: dict[int, list[str]] = {}
    for name in facts:
        if name not in state.provenance:
            raise NotAllowed(NOT_IN_RETURN)
        by_return.setdefault(state.provenance[name], []).append(name)
    returns = Return.objects.select_related("organisation").in_bulk(by_return)
    return [
        verify(filed=returns[key], facts=names, by=by, at=at, verified_for=verified_for, note=note)
        for key, names in sorted(by_return.items())
    ]


@transaction.atomic
def unverify(
    *, organisation: Organisation, section: str, year: int | None, fact: str, by: User, at: dt.datetime,
    verified_for: Organisation, note: str,
) -> Verification:  # fmt: skip
    """Take a verification of an accepted value back, as a mistake: by the unit that made it, or by the department."""
    access.require("registry.verify", by, organisation)
    if not note.strip():
        raise NotAllowed(NO_REASON)
    if not standing(by).has(None, verified_for):
        raise NotAllowed(NOT_FOR_THEM)
    file = lock(organisation)
    state = history.replay(history.of_place(organisation.pk, section, year))
    if fact not in state.verified:
        raise NotAllowed(NOT_VERIFIED)
    made = Verification.objects.select_related("filed").get(pk=state.verified[fact])
    if made.verified_for_id != verified_for.pk and not standing(by).decides_for_department:
        raise NotAllowed(NOT_YOUR_VERIFICATION)
    back = Verification.objects.create(
        filed=made.filed, organisation=organisation, facts=[fact], verified_by=by, verified_for=verified_for,
        verified_at=at, note=note.strip(), holds=False, step=advance(file, at),
    )  # fmt: skip
    acceptance.unverify(state, made.filed_id, [fact])
    write_state(organisation, section, year, state)
    events.record(
        "registry.unverify", actor=by, subject=back, at=at, organisation_id=organisation.pk,
        details={"return": made.filed_id, "fact": fact, "note": note.strip(), "for": verified_for.pk},
    )  # fmt: skip
    return back
