"""What becomes of a filed value: accepted, agreed with, taken back, or a difference that a person settles.

Pure functions over the state of one section (and year) of a file. Filing, bulk filing, rebuilding and "what did we
know on that day" all run through here, so that they cannot come to different ends.

1. Where nothing is accepted, a filed value is accepted.
2. Who filed the accepted value may correct it while nobody has verified it.
3. Recognition decides statuses.
4. Anything else that differs is a difference, shown beside the accepted value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tidui.facts import catalogue
from tidui.registry.enums import Source
from tidui.rules.values import Value

#: Sources that may write statuses.
STATUS_SOURCES: Final = frozenset({Source.RECOGNITION, Source.TAKEOVER})
#: Sources whose word an enterprise cannot set aside by itself.
OFFICIAL_SOURCES: Final = frozenset({Source.TAX, Source.AUDIT, Source.RECOGNITION, Source.SITE})


@dataclass(frozen=True, slots=True)
class Filer:
    """Who says something: a source, and the organisation that speaks."""

    source: str
    organisation: int


@dataclass(slots=True)
class Offer:
    """An open difference: what a return says otherwise."""

    name: str
    filed: int
    filer: Filer
    value: Value


@dataclass(slots=True)
class SectionState:
    """What is accepted in a section, where from, what was verified, and what is offered otherwise.

    `said` is what each filer says now, `open` what is offered otherwise, `kept` the offers that a person set aside
    (fact, filer, offered value, accepted value), `checked` the verification of each fact of a return.
    """

    values: dict[str, Value] = field(default_factory=dict)
    provenance: dict[str, int] = field(default_factory=dict)
    verified: dict[str, int] = field(default_factory=dict)
    filers: dict[int, Filer] = field(default_factory=dict)
    said: dict[Filer, dict[str, Value]] = field(default_factory=dict)
    open: dict[tuple[str, Filer], Offer] = field(default_factory=dict)
    kept: set[tuple[str, Filer, Value, Value]] = field(default_factory=set)
    checked: dict[tuple[int, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What a filing did: facts newly accepted, agreed with, taken back, and differences opened and lapsed.

    `moved` are accepted facts of which others still say otherwise: their differences are against this return now.
    """

    accepted: list[str] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    lapsed: list[Offer] = field(default_factory=list)
    #: The return that each opened difference stands against.
    against: dict[str, int] = field(default_factory=dict)


def says_nothing_new(state: SectionState, filer: Filer, facts: Mapping[str, Value | None]) -> bool:
    """Whether the filer has said all this before, and nothing else since."""
    said = state.said.get(filer, {})
    return all(said.get(name) == value for name, value in facts.items())


def file(state: SectionState, filed: int, filer: Filer, facts: Mapping[str, Value | None]) -> Outcome:
    """Take a return into the state; the keys of `facts` without a value take back what the filer had said."""
    outcome = Outcome()
    state.filers[filed] = filer
    said = state.said.setdefault(filer, {})
    for name, value in facts.items():
        if value is None:
            if said.pop(name, None) is not None:
                _take_back(state, filer, name, outcome)
            continue
        said[name] = value
        _offer(state, filed, filer, name, value, outcome)
    return outcome


def _take_back(state: SectionState, filer: Filer, name: str, outcome: Outcome) -> None:
    _lapse(state, name, filer, outcome)
    if name in state.values and _own(state, filer, name):
        del state.values[name], state.provenance[name]
        outcome.taken_back.append(name)


def _offer(state: SectionState, filed: int, filer: Filer, name: str, value: Value, outcome: Outcome) -> None:
    offer = state.open.get((name, filer))
    if offer is not None and offer.value == value:
        return  # said before and not settled yet
    _lapse(state, name, filer, outcome)
    if name not in state.values or (
        state.values[name] != value and (_own(state, filer, name) or _decides(state, filer, name))
    ):
        _accept(state, name, value, filed)
        outcome.accepted.append(name)
        _lapse_agreed(state, name, outcome)
        if any(fact == name for fact, _ in state.open):
            outcome.moved.append(name)
    elif state.values[name] == value:
        outcome.agreed.append(name)
    elif (name, filer, value, state.values[name]) not in state.kept:
        state.open[name, filer] = Offer(name, filed, filer, value)
        outcome.opened.append(name)
        outcome.against[name] = state.provenance[name]


def _accept(state: SectionState, name: str, value: Value, filed: int) -> None:
    state.values[name] = value
    state.provenance[name] = filed
    checked = state.checked.get((filed, name))
    if checked is None:
        state.verified.pop(name, None)
    else:
        state.verified[name] = checked


def _lapse(state: SectionState, name: str, filer: Filer, outcome: Outcome) -> None:
    offer = state.open.pop((name, filer), None)
    if offer is not None:
        outcome.lapsed.append(offer)


def _lapse_agreed(state: SectionState, name: str, outcome: Outcome) -> None:
    """What others offered is now accepted: their differences are none any more."""
    for key, offer in list(state.open.items()):
        if key[0] == name and offer.value == state.values[name]:
            del state.open[key]
            outcome.lapsed.append(offer)


def _own(state: SectionState, filer: Filer, name: str) -> bool:
    """Whether the accepted value is the filer's own, and nobody has verified it."""
    return name not in state.verified and state.filers.get(state.provenance[name]) == filer


def _decides(state: SectionState, filer: Filer, name: str) -> bool:
    """Whether this source's word on the fact stands above every other."""
    return filer.source == Source.RECOGNITION and catalogue.load()[name].status


def settle(state: SectionState, name: str, filed: int, *, accept: bool) -> list[Offer]:
    """End the difference that a return has in a fact; also gives the offers that now agree with the accepted value.

    KeyError where the return has no open difference in the fact.
    """
    offer = next((offer for offer in state.open.values() if (offer.name, offer.filed) == (name, filed)), None)
    if offer is None:
        raise KeyError(f"return {filed} has no open difference in {name}")
    del state.open[name, offer.filer]
    if not accept:
        if name in state.values:
            state.kept.add((name, offer.filer, offer.value, state.values[name]))
        return []
    _accept(state, name, offer.value, filed)
    outcome = Outcome()
    _lapse_agreed(state, name, outcome)
    return outcome.lapsed


def verify(state: SectionState, filed: int, names: Iterable[str], verification: int) -> list[str]:
    """Note that facts of a return were checked; gives those whose accepted value is now verified."""
    found = []
    for name in names:
        state.checked[filed, name] = verification
        if state.provenance.get(name) == filed:
            state.verified[name] = verification
            found.append(name)
    return found


def unverify(state: SectionState, filed: int, names: Iterable[str]) -> None:
    """A verification of facts of a return was a mistake: they count as not verified again."""
    for name in names:
        state.checked.pop((filed, name), None)
        if state.provenance.get(name) == filed:
            state.verified.pop(name, None)
