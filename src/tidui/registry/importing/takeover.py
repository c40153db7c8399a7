"""The statuses that the events of the years before add up to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tidui.codes import uscc
from tidui.codes.faults import BadValue
from tidui.facts import catalogue
from tidui.facts.factset import FactSet
from tidui.facts.faults import Fault
from tidui.facts.normalise import normalise
from tidui.registry.importing.contents import Firm, Placed
from tidui.registry.importing.enums import PastKind
from tidui.rules.values import NoneValue, Value

#: A certificate's number: GR (in earlier years also GF), the year, two digits of the province, six of the serial.
_CERTIFICATE: Final = re.compile(r"G[RF](?P<year>20[0-9]{2})[0-9]{2}[0-9]{6}")
ENTERPRISE: Final = ("enterprise", None)

Tell = Callable[[Fault], None]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the past, of the file or taken over before."""

    kind: str
    on: dt.date
    until: dt.date | None = None
    number: str = ""
    detail: str = ""
    amount: int | None = None


def events_of(firm: Firm, tell: Tell) -> Iterator[tuple[Event, Placed]]:
    """The events that the file gives of an enterprise; a number that breaks its coding rule is a fault."""
    for placed in firm.of("takeover", "events"):
        row = placed[1]
        if row.get("kind") and row.get("on"):
            yield Event(row.get("kind"), row.get("on"), row.get("until"), _number(firm, placed, tell)), placed
    for placed in firm.of("takeover", "rewards"):
        row = placed[1]
        if row.get("kind") and row.get("on"):
            yield Event(PastKind.REWARD, row.get("on"), None, "", row.get("kind"), row.get("amount")), placed
    for placed in firm.of("takeover", "carriers"):
        row = placed[1]
        if row.get("carrier_kind") and row.get("level") and row.get("on"):
            detail = f"{row.get('carrier_kind')} {row.get('level')}"
            yield Event(PastKind.CARRIER, row.get("on"), row.get("until"), "", detail), placed


def _number(firm: Firm, placed: Placed, tell: Tell) -> str:
    """The number of an event in one spelling; a bad one is a fault, and so is a missing one of a registration."""
    table, row = placed
    kind, number = row.get("kind"), (row.get("number") or "").strip()
    try:
        if kind == PastKind.SME:
            if not number:
                raise BadValue("the registration number is missing", "the 18 characters of the national platform")
            number = str(normalise(catalogue.load()["sme_number"], number))
        elif kind == PastKind.HTE and number:
            number = _certificate(number)
        elif kind == PastKind.TENANT:
            if not number:
                raise BadValue("the credit code of the carrier is missing", "its 18 characters")
            number = str(uscc.parse(number))
    except BadValue as bad:
        tell(table.fault(row, "number", bad.message, bad.instead))
        firm.bad = True
    year = number[:4] if kind == PastKind.SME else number[2:6] if kind == PastKind.HTE and number else ""
    if year.isdigit() and int(year) != row.get("on").year and not row.bad:
        message = f"the number is of {year}, the date of {row.get('on').year}"
        tell(table.fault(row, "number", message, "check number and date", "warning"))
    return number


def _certificate(text: str) -> str:
    number = re.sub(r"[\s\-]+", "", text).upper()
    if _CERTIFICATE.fullmatch(number) is None:
        raise BadValue(
            f"{text} is not a certificate number",
            "GR, four digits of the year, and eight digits, such as GR202262000123",
        )
    return number


def add_statuses(firm: Firm, before: FactSet | None, past: Sequence[Event], tell: Tell) -> list[tuple[Event, Placed]]:
    """Add to the facts of an enterprise what its past events amount to, together with what is known of it already.

    Gives the events of the file. Two rows that say the same event are a fault.
    """
    found = list(events_of(firm, tell))
    seen: dict[tuple[Any, ...], int] = {}
    for event, (table, row) in found:
        key = (event.kind, event.on, event.detail, event.number)
        if seen.setdefault(key, row.number) != row.number and table.spec.name == "events":
            tell(table.fault(row, "on", f"the same event stands in row {seen[key]} too", "one row for each event"))
            firm.bad = True
    if not found:
        return []
    everything = sorted({*(event for event, _ in found), *past}, key=lambda event: (event.on, event.kind, event.number))
    facts = _statuses({event.kind for event, _ in found}, everything, before)
    part = firm.parts.setdefault(ENTERPRISE, {})
    for name, value in facts.items():
        part.setdefault(name, value)
    return found


def _statuses(kinds: set[str], events: Sequence[Event], before: FactSet | None) -> dict[str, Value]:
    """The facts of these kinds of events, worked out from all events that are known."""
    facts: dict[str, Value] = {}
    of = {kind: [event for event in events if event.kind == kind] for kind in kinds}
    for kind, prefix in ((PastKind.HTE, "hte"), (PastKind.PROVINCIAL, "provincial")):
        if kind in of:
            _recognitions(facts, prefix, of[kind], before)
    if PastKind.SME in of:
        last = of[PastKind.SME][-1]
        facts["sme_number"] = last.number
        _put(facts, "sme_valid_until", last.until)
    if PastKind.SME_REVOKED in of:
        facts["sme_revoked_on"] = of[PastKind.SME_REVOKED][-1].on
        _put(facts, "sme_barred_until", of[PastKind.SME_REVOKED][-1].until)
    for kind, name in _DATES.items():
        if kind in of:
            facts[name] = of[kind][-1].on
    if PastKind.TENANT in of:
        facts["tenant_of"] = of[PastKind.TENANT][-1].number
    if PastKind.REWARD in of:
        facts["rewards_paid"] = _records(before, "rewards_paid", ("kind", "on"), map(_reward, of[PastKind.REWARD]))
    if PastKind.CARRIER in of:
        facts["carrier_kind"] = of[PastKind.CARRIER][-1].detail.split()[0]
        facts["carrier_history"] = _records(
            before, "carrier_history", ("level", "on"), map(_level, of[PastKind.CARRIER])
        )
    return facts


_DATES: Final = {
    PastKind.HTE_REVOKED: "hte_revoked_on",
    PastKind.BANK: "hte_bank_selected_on",
    PastKind.BANK_LEFT: "hte_bank_left_on",
    PastKind.TENANT: "tenant_since",
    PastKind.TENANT_LEFT: "tenant_until",
}


def _put(facts: dict[str, Value], name: str, value: Value | None) -> None:
    if value is not None:
        facts[name] = value


def _recognitions(facts: dict[str, Value], prefix: str, events: Sequence[Event], before: FactSet | None) -> None:
    """All dates of recognition, those that are known already too; and the end of the last one's validity."""
    known = before.get(f"{prefix}_recognised_on") if before is not None else None
    days = set(known) if isinstance(known, tuple) else set()
    days |= {event.on for event in events}
    facts[f"{prefix}_recognised_on"] = tuple(sorted(days))  # type: ignore[type-var, assignment]
    if events[-1].on == max(days):  # type: ignore[type-var]
        _put(facts, f"{prefix}_valid_until", events[-1].until)


def _reward(event: Event) -> dict[str, Any]:
    return {"kind": event.detail, "on": event.on, "amount": event.amount}


def _level(event: Event) -> dict[str, Any]:
    return {"level": event.detail.split()[1], "on": event.on, "until": event.until}


def _records(before: FactSet | None, name: str, key: tuple[str, ...], events: Any) -> Value:
    """The records that are known, with those of the events: the same key is the same record."""
    known = before.get(name) if before is not None else None
    records: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    if isinstance(known, tuple) and not isinstance(known, NoneValue):
        for record in known:
            held: dict[str, Any] = dict(record)  # type: ignore[arg-type]
            records[tuple(held.get(part) for part in key)] = held
    for event in events:
        records[tuple(event.get(part) for part in key)] = event
    ordered = sorted(records.values(), key=lambda record: tuple(str(record.get(part)) for part in reversed(key)))
    return tuple(tuple(sorted((part, item) for part, item in record.items() if item is not None)) for record in ordered)
