"""Filing a return: the facts are checked, kept for ever, and accepted or shown beside what is accepted."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model

from tidui.accounts.enums import REACHED
from tidui.accounts.models import Organisation, User
from tidui.audit import events, rows
from tidui.facts.faults import Fault, Faults
from tidui.kit import access, clock
from tidui.kit.prepared import Prepared
from tidui.registry import acceptance, changes, checking, history
from tidui.registry import facts as file_facts
from tidui.registry.acceptance import Filer, Outcome, SectionState
from tidui.registry.enums import DifferenceState, Source
from tidui.registry.models import TABLES, Accepted, Difference, Enterprise, Return
from tidui.registry.permissions import Filing
from tidui.registry.values import plain_of, put_row
from tidui.rules.values import Value


@dataclass(frozen=True, slots=True)
class Filed:
    """What a filing did.

    `filed` is the return, or the filer's last one where nothing new was said (`new` is False: nothing was written);
    `accepted` names the facts whose accepted value changed, `differences` are those that the return opened.
    """

    filed: Return | None
    new: bool
    accepted: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    warnings: tuple[Fault, ...] = ()


@transaction.atomic
def file_return(
    *,
    organisation: Organisation,
    section: str,
    year: int | None,
    facts: Mapping[str, Value | None],
    source: str,
    by: User,
    at: dt.datetime,
    filed_for: Organisation,
    note: str = "",
    document: Any = None,
) -> Filed:
    """File facts of one section (and year) of an organisation.

    A fact without a value takes back what the same filer had said of it; facts that are left out stay as they are.
    What says nothing new from this source is no return. Raises Faults where the facts cannot be, with every fault.
    """
    access.require("registry.file", by, Filing(organisation, source, filed_for))
    return write_return(
        organisation=organisation, section=section, year=year, facts=facts, source=source, by=by, at=at,
        filed_for=filed_for, note=note, document=document,
    )  # fmt: skip


@transaction.atomic
def write_return(
    *,
    organisation: Organisation,
    section: str,
    year: int | None,
    facts: Mapping[str, Value | None],
    source: str,
    by: User,
    at: dt.datetime,
    filed_for: Organisation,
    note: str = "",
    document: Any = None,
) -> Filed:
    """The same for actions of this app that have asked for permission themselves."""
    said_of = {(section, year): facts}
    filed = _write_returns(organisation, said_of, source, by, at, filed_for, note, document)
    return filed.parts[section, year]


@dataclass(frozen=True, slots=True)
class FiledAll:
    """What a filing of several sections and years did in each, and the file as it is now."""

    parts: Mapping[file_facts.Place, Filed]
    file: file_facts.File


def file_returns(
    *, organisation: Organisation, parts: Mapping[file_facts.Place, Mapping[str, Value | None]], source: str, by: User,
    at: dt.datetime, filed_for: Organisation, note: str = "", document: Any = None,
    read: file_facts.File | None = None,
) -> FiledAll:  # fmt: skip
    """File facts of several sections and years at once, in their order: a return for each, as `file_return` does it.

    The file is read once, not at all where nothing has happened to it since it was `read`, and whoever listens for
    changes is told once. In a transaction of the caller's, which ends it, or a savepoint, where this fails: of what
    raises Faults or NotAllowed some may have been filed.
    """
    access.require("registry.file", by, Filing(organisation, source, filed_for))
    return _write_returns(organisation, parts, source, by, at, filed_for, note, document, read)


def keys_of_returns(places: Iterable[file_facts.Place]) -> dict[type[Model], int]:
    """How many new rows with keys of their own a filing of these sections and years makes at most: for `rows.gathered`.
    """
    found: Counter[type[Model]] = Counter()
    for section, year in places:
        found[Return] += 1
        if year is not None:
            found[TABLES[section]] += 1
    return dict(found)


def _write_returns(
    organisation: Organisation, parts: Mapping[file_facts.Place, Mapping[str, Value | None]], source: str, by: User,
    at: dt.datetime, filed_for: Organisation, note: str, document: Any, read: file_facts.File | None = None,
) -> FiledAll:  # fmt: skip
    row = lock(organisation)
    file = file_facts.file_of(organisation, row, read)
    history_of = history.of_places(organisation.pk, list(parts), begun=row.steps > 0)
    filer = Filer(source, filed_for.pk)
    done: dict[file_facts.Place, Filed] = {}
    states: dict[file_facts.Place, SectionState] = {}
    for (section, year), stated in parts.items():
        facts = checking.without_identity(organisation, stated)
        found = checking.check(section, year, facts, source, file.facts)
        if checking.stopping(found):
            raise Faults(checking.stopping(found))
        state = history.replay(history_of[section, year])
        told, warnings = said(state, filer, facts), tuple(checking.warnings(found))
        if not told or acceptance.says_nothing_new(state, filer, told):
            done[section, year] = Filed(_last(organisation, section, year, filer), new=False, warnings=warnings)
            continue
        row.steps += 1
        plain = as_json(told)
        filed = rows.insert(
            Return(
                organisation=organisation, section=section, year=year, facts=plain, source=source, source_note=note,
                document=document, filed_by=by, filed_for=filed_for, filed_at=at, step=row.steps,
                digest=digest(organisation.pk, section, year, plain, source),
            )
        )  # fmt: skip
        done[section, year] = _taken(filed, state, filer, told, by, at, warnings)
        states[section, year] = state
        file.put(section, year, state.values)
    if states:
        row.changed_at = at
        for place, state in states.items():
            file.rows[place] = put_down(organisation, *place, state, file.rows.get(place), steps=True)
        if ("enterprise", None) not in states:
            rows.update(row, _STEPS)
        changes.tell([organisation.pk], clock.now(), {organisation.pk: file.facts})
    return FiledAll(done, file)


def _taken(
    filed: Return, state: SectionState, filer: Filer, told: Mapping[str, Value | None], by: User, at: dt.datetime,
    warnings: tuple[Fault, ...],
) -> Filed:  # fmt: skip
    """Accept into the state what a return says, or note that it differs; its event."""
    outcome = acceptance.file(state, filed.pk, filer, told)
    differences = _write_differences(filed, outcome, at)
    events.record(
        "registry.file", actor=by, subject=filed, at=at, organisation_id=filed.organisation_id,
        details={
            "section": filed.section, "year": filed.year, "source": filed.source, "digest": filed.digest,
            "accepted": outcome.accepted, "taken_back": outcome.taken_back, "differences": outcome.opened,
        },
    )  # fmt: skip
    return Filed(filed, True, tuple(outcome.accepted), tuple(differences), warnings)


def begin_files(organisations: Sequence[Organisation]) -> None:
    """Give every new enterprise and carrier its file; one that has a file keeps it."""
    made = [Enterprise(organisation=one) for one in organisations if one.kind in REACHED]
    Enterprise.objects.bulk_create(made, ignore_conflicts=True)


def lock(organisation: Organisation) -> Enterprise:
    """The file of an organisation, held until the transaction ends: one change at a time."""
    found = _locked.first(organisation.pk)
    if found is None:
        Enterprise.objects.get_or_create(organisation=organisation)
        return Enterprise.objects.select_for_update().get(organisation=organisation)
    return found


_locked: Prepared[Enterprise] = Prepared(lambda key: Enterprise.objects.select_for_update().filter(organisation=key))


def advance(file: Enterprise, at: dt.datetime) -> int:
    """Count one step in the history of a locked file, and give its number."""
    file.steps += 1
    Enterprise.objects.filter(pk=file.pk).update(steps=file.steps, changed_at=at)
    return file.steps


def said(state: SectionState, filer: Filer, facts: Mapping[str, Value | None]) -> dict[str, Value | None]:
    """The facts that a return states: those with a value, and those that take back what the filer had said."""
    before = state.said.get(filer, {})
    return {name: value for name, value in facts.items() if value is not None or name in before}


def as_json(facts: Mapping[str, Value | None]) -> dict[str, Any]:
    """Facts as a return holds them, in the order of their names."""
    return {name: plain_of(name, facts[name]) for name in sorted(facts)}


def digest(organisation: int, section: str, year: int | None, facts: Mapping[str, Any], source: str) -> str:
    """SHA-256 over what a return says, in one spelling; printed on the receipt."""
    content = {"organisation": organisation, "section": section, "year": year, "facts": facts, "source": source}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _last(organisation: Organisation, section: str, year: int | None, filer: Filer) -> Return | None:
    """The filer's last return of a section and year."""
    found = Return.objects.filter(
        organisation=organisation, section=section, year=year, source=filer.source, filed_for=filer.organisation
    )
    return found.order_by("-step").first()


def write_state(organisation: Organisation, section: str, year: int | None, state: SectionState) -> Accepted:
    """Bring the accepted row of a section and year to a state, and tell whoever listens."""
    model: Any = TABLES[section]
    key = {"organisation": organisation} if year is None else {"organisation": organisation, "year": year}
    row = put_down(organisation, section, year, state, model.objects.filter(**key).first())
    changes.tell([organisation.pk], clock.now())
    return row


def put_down(
    organisation: Organisation, section: str, year: int | None, state: SectionState, there: Accepted | None, *,
    steps: bool = False,
) -> Accepted:
    """Write a state into the accepted row that is there, or into a new one; `steps`: with the file's own counter."""
    model: Any = TABLES[section]
    key = {"organisation": organisation} if year is None else {"organisation": organisation, "year": year}
    row: Any = there or model(**key)
    put_state(row, state)
    if year is None:
        names = {field.name for field in model._meta.concrete_fields if field.name not in UNTOUCHED}
        rows.update(row, names | _STEPS if steps else names)
    elif there is None:
        rows.insert(row)
    else:
        rows.update(row, {field.name for field in model._meta.concrete_fields if not field.primary_key})
    return row  # type: ignore[no-any-return]


_STEPS = frozenset({"steps", "changed_at"})
#: Columns of the enterprise's row that are no facts.
UNTOUCHED = frozenset({"organisation", "steps", "changed_at", "property_complete_at"})


def put_state(row: Accepted, state: SectionState) -> None:
    """Set a row to a state."""
    put_row(row, state.values)
    row.provenance = dict(sorted(state.provenance.items()))
    row.verified = dict(sorted(state.verified.items()))


def _write_differences(filed: Return, outcome: Outcome, at: dt.datetime) -> list[Difference]:
    lapse(filed.organisation_id, outcome.lapsed, filed.step, at)
    stand_against(filed, outcome.moved)
    return Difference.objects.bulk_create(opened(filed, outcome)) if outcome.opened else []


def stand_against(filed: Return, names: Sequence[str]) -> None:
    """Open differences in facts that now come from this return stand against it."""
    if names:
        Difference.objects.filter(
            organisation=filed.organisation_id, section=filed.section, year=filed.year, fact__in=names,
            state=DifferenceState.OPEN,
        ).update(accepted=filed)  # fmt: skip


def opened(filed: Return, outcome: Outcome) -> list[Difference]:
    """The differences that a return opens, not saved."""
    return [
        Difference(
            organisation_id=filed.organisation_id, section=filed.section, year=filed.year, fact=name,
            accepted_id=outcome.against[name], offered=filed,
        )
        for name in outcome.opened
    ]  # fmt: skip


def lapse(organisation: int, offers: list[acceptance.Offer], step: int, at: dt.datetime) -> None:
    """Note that offers are none any more: their filers say otherwise now, or what they say is accepted."""
    for offer in offers:
        Difference.objects.filter(
            organisation=organisation, offered=offer.filed, fact=offer.name, state=DifferenceState.OPEN
        ).update(state=DifferenceState.LAPSED, settled_at=at, settled_step=step)


def rebuild(organisation: Organisation) -> dict[history.Place, SectionState]:
    """Make the accepted rows of a file anew from its history; gives the states that were written."""
    with transaction.atomic():
        lock(organisation)
        states = history.states([organisation.pk])
        for (_, section, year), state in states.items():
            write_state(organisation, section, year, state)
        if (organisation.pk, "enterprise", None) not in states:
            write_state(organisation, "enterprise", None, SectionState())
        for section, model in TABLES.items():
            for row in model._default_manager.filter(organisation=organisation):
                year = getattr(row, "year", None)
                if year is not None and (organisation.pk, section, year) not in states:
                    row.delete()
        return states


__all__ = ["Filed", "FiledAll", "Source", "file_return", "file_returns", "keys_of_returns", "rebuild", "write_return"]
