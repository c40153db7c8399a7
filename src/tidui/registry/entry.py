"""The form of one section and year: what stands in its fields, what was typed, and what becomes of both.

A form is a mapping of field names to texts. A fact has a field of its name and, where it can be none, a second one
(`field.none`) that says so. What one person typed and what another did meanwhile are merged field by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.codes.faults import BadValue
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue
from tidui.facts.faults import Fault
from tidui.registry import checking, showing
from tidui.registry.layout import editable
from tidui.registry.models import Draft
from tidui.rules.values import NONE, NoneValue, Value

NONE_SUFFIX: Final = ".none"
ON: Final = "on"
#: What an address says for a unit, and the unit.
UNITS: Final[Mapping[str, MoneyUnit]] = {"yuan": "元", "wan": "万元"}
#: What fits into a field: a cell of a workbook.
MOST_TEXT: Final = 32_767

Texts = Mapping[str, str]
Facts = Mapping[str, "Value | None"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed: what is in the draft now, and who typed it when."""

    name: str
    theirs: str
    by: int | None = None
    at: str = ""


@dataclass(slots=True)
class Merged:
    """The texts after a merge, and the fields that nobody can decide but the person."""

    texts: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


@dataclass(slots=True)
class Read:
    """What a form says: values (None: not known), and the faults by name of the fact."""

    facts: dict[str, Value | None] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)


def field_names(section: str) -> tuple[str, ...]:
    """The names of all fields of a section's form."""
    known = catalogue.load()
    names: list[str] = []
    for name in editable(section):
        names.append(name)
        if known[name].can_be_none:
            names.append(name + NONE_SUFFIX)
    return tuple(names)


def fact_of(name: str) -> str:
    """The fact that a field is of."""
    return name.removesuffix(NONE_SUFFIX)


def texts_of(section: str, facts: Facts, unit: MoneyUnit) -> dict[str, str]:
    """What stands in the fields for these values."""
    texts = dict.fromkeys(field_names(section), "")
    for name in editable(section):
        value = facts.get(name)
        texts[name] = showing.typed(name, value, unit)
        if isinstance(value, NoneValue):
            texts[name + NONE_SUFFIX] = ON
    return texts


def with_draft(section: str, texts: Texts, draft: Draft | None, unit: MoneyUnit) -> dict[str, str]:
    """The same with what was typed and not filed yet."""
    found = dict(texts)
    if draft is not None:
        for name in found:
            held = draft.values.get(name)
            if held is not None:
                found[name] = in_unit(name, held["text"], held.get("unit", "元"), unit)
    return found


def in_unit(name: str, text: str, typed_in: MoneyUnit, unit: MoneyUnit) -> str:
    """What was typed in one unit as it would be typed in another; what is no amount stays as it is."""
    if typed_in == unit or not text.strip() or catalogue.load()[fact_of(name)].kind not in ("money", "list"):
        return text
    try:
        return showing.typed(name, checking.read_value(name, text, typed_in), unit)
    except BadValue:
        return text


def versions(draft: Draft | None) -> dict[str, int]:
    """The version of every field that was typed into."""
    return {} if draft is None else {name: held["version"] for name, held in draft.values.items()}


def posted(section: str, post: Mapping[str, str]) -> dict[str, str]:
    """The texts that a form was sent with; fields that it does not have are empty."""
    return {name: str(post.get(name, ""))[:MOST_TEXT].replace("\r\n", "\n") for name in field_names(section)}


def merge(mine: Texts, was: Texts, theirs: Texts, draft: Draft | None) -> Merged:
    """What each field says after a person changed some since it `was` so, and others perhaps did too (`theirs`)."""
    merged = Merged()
    for name, text in mine.items():
        before, now = was.get(name, ""), theirs.get(name, "")
        if text in (before, now):
            merged.texts[name] = now
        else:
            merged.texts[name] = text
            if now != before:
                held = (draft.values if draft is not None else {}).get(name, {})
                merged.conflicts.append(Conflict(name, now, held.get("by"), held.get("at", "")))
    return merged


def read(section: str, year: int | None, texts: Texts, unit: MoneyUnit, *, without: Iterable[str] = ()) -> Read:
    """The values that the texts stand for; what cannot be read is a fault of its fact."""
    found = Read()
    left_out = frozenset(without)
    for name in editable(section):
        if name in left_out:
            continue
        try:
            found.facts[name] = _value(name, texts, unit)
        except BadValue as bad:
            found.faults[name] = Fault(catalogue.load().path(name, year), bad.message, bad.instead)
    return found


def _value(name: str, texts: Texts, unit: MoneyUnit) -> Value | None:
    text = texts.get(name, "")
    value = checking.read_value(name, text, unit)
    if texts.get(name + NONE_SUFFIX) == ON:
        if value is not None and value is not NONE:
            raise BadValue("is said to be none, and yet a value is given", "leave out the one or the other")
        return NONE
    return value


def read_one(name: str, text: str, unit: MoneyUnit) -> Fault | None:
    """What is wrong with what stands in one field."""
    if name.endswith(NONE_SUFFIX):
        return None
    try:
        checking.read_value(name, text, unit)
    except BadValue as bad:
        return Fault(name, bad.message, bad.instead)
    return None


def changed(
    before: Mapping[str, Value], after: Mapping[str, Value], names: Iterable[str]
) -> list[tuple[str, Any, Any]]:
    """The facts whose accepted value is another than it was: name, before, after."""
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
