"""What stands in the fields of an application's form: their names, texts and versions, and how two writers are merged.

A field is named after its fact, with the year where it has one: `resident`, `employees.2025`; a fact that can be none
has a second field, `employees.2025.none`. Questions of the form are `q.<name>`, the chosen agency is `agency`. What was
typed stays on the application as {text, version, unit, by, at} until it is submitted; nothing of it is filed before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from tidui.casework.models import Application, Submission
from tidui.casework.programme import Programme
from tidui.codes.faults import BadValue
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key
from tidui.registry import checking, entry, showing
from tidui.registry.entry import MOST_TEXT, NONE_SUFFIX, ON, Conflict, Merged, Texts
from tidui.registry.values import of_plain
from tidui.rules.values import NoneValue, Value

__all__ = [
    "AGENCY", "EVIDENCE", "LOOSE", "MOST_TEXT", "NONE_SUFFIX", "ON", "QUESTION", "STAMPED", "Texts", "base_texts",
    "facts_asked", "field_of", "fields_of", "floor", "in_unit", "key_of", "merge", "posted", "put", "put_value",
    "read_fact", "versions", "with_answers",
]  # fmt: skip

AGENCY: Final = "agency"
QUESTION: Final = "q."
EVIDENCE: Final = "evidence."
STAMPED: Final = "stamped"
#: Fields that go with the form itself when it is submitted; no draft is kept of them.
LOOSE: Final = frozenset({"pledge", "despite", "carried"})


def field_of(fact: str, year: int | None) -> str:
    """The field of a fact: `employees.2025`."""
    return fact if year is None else f"{fact}.{year}"


def key_of(field: str) -> Key | None:
    """The fact and year that a field is of; None for a question, the agency, or what is no fact."""
    name, _dot, year = field.removesuffix(NONE_SUFFIX).partition(".")
    known = catalogue.load()
    if name not in known or known[name].yearly != bool(year) or (year and not (year.isascii() and year.isdigit())):
        return None
    return name, int(year) if year else None


def facts_asked(programme: Programme, year: int) -> tuple[Key, ...]:
    """The facts that a form about an assessed year asks for, in the order of the page."""
    found: tuple[Key, ...] | None = programme.kept.get(("facts", year))
    if found is None:
        known = catalogue.load()
        found = programme.kept["facts", year] = tuple(
            (name, year - (group.back or 0) if known[name].yearly else None)
            for group in programme.form.asked
            for name in group.facts
        )
    return found


def fields_of(programme: Programme, year: int) -> tuple[str, ...]:
    """The names of all fields of a form about an assessed year."""
    found: tuple[str, ...] | None = programme.kept.get(("fields", year))
    if found is None:
        found = programme.kept["fields", year] = _fields_of(programme, year)
    return found


def _fields_of(programme: Programme, year: int) -> tuple[str, ...]:
    known = catalogue.load()
    names: list[str] = []
    for key in facts_asked(programme, year):
        names.append(field_of(*key))
        if known[key[0]].can_be_none:
            names.append(field_of(*key) + NONE_SUFFIX)
    names += [QUESTION + question.name for question in programme.form.questions]
    if programme.agency:
        names.append(AGENCY)
    return tuple(names)


def posted(programme: Programme, year: int, post: Mapping[str, str]) -> dict[str, str]:
    """The texts that a form was sent with; fields that it does not have are empty."""
    return {
        name: str(post.get(name, ""))[:MOST_TEXT].replace("\r\n", "\n").replace("\x00", "")
        for name in fields_of(programme, year)
    }


def base_texts(
    programme: Programme, year: int, facts: FactSet, unit: MoneyUnit, *, last: Submission | None = None,
    agency: int | None = None, kept: frozenset[str] = frozenset(),
) -> dict[str, str]:  # fmt: skip
    """What the fields say before anything is typed: the accepted values, or what was submitted last.

    The facts that are `kept` by a register of their own always show their accepted values.
    """
    texts = dict.fromkeys(fields_of(programme, year), "")
    for key in facts_asked(programme, year):
        value = facts.get(*key) if last is None or key[0] in kept else _stated(last, key)
        put_value(texts, key, value, unit)
    for question in programme.form.questions:
        answer = "" if last is None else last.answers.get(question.name, "")
        texts[QUESTION + question.name] = (ON if answer else "") if question.kind == "tick" else str(answer)
    if programme.agency and agency is not None:
        texts[AGENCY] = str(agency)
    return texts


def _stated(last: Submission, key: Key) -> Value | None:
    return of_plain(catalogue.load()[key[0]], last.stated.get(field_of(*key)))


def put_value(texts: dict[str, str], key: Key, value: Value | None, unit: MoneyUnit) -> None:
    """Put the texts of a fact's value into its fields."""
    field = field_of(*key)
    texts[field] = showing.typed(key[0], value, unit)
    if isinstance(value, NoneValue) and catalogue.load()[key[0]].can_be_none:
        texts[field + NONE_SUFFIX] = ON


def with_answers(texts: Texts, answers: Mapping[str, Any], unit: MoneyUnit) -> dict[str, str]:
    """The same with what was typed and not submitted yet."""
    found = dict(texts)
    for name in found:
        held = answers.get(name)
        if held is not None:
            found[name] = in_unit(name, held["text"], held.get("unit", "元"), unit)
    return found


def in_unit(field: str, text: str, typed_in: MoneyUnit, unit: MoneyUnit) -> str:
    """What was typed in one unit as it would be typed in another; what is no amount stays as it is."""
    key = key_of(field)
    if key is None or field.endswith(NONE_SUFFIX):
        return text
    return entry.in_unit(key[0], text, typed_in, unit)


def versions(answers: Mapping[str, Any]) -> dict[str, int]:
    """The version of every field that was typed into."""
    return {name: int(held["version"]) for name, held in answers.items()}


def floor(last: Submission | None) -> int:
    """The version of every field that was not typed into since the last submission: that submission is what it says.

    A tab that is older than that has seen less, and is asked.
    """
    return 0 if last is None else int(last.submitted_at.timestamp() * 1000)


def put(
    application: Application, field: str, text: str, unit: MoneyUnit, *, by: int, at: dt.datetime
) -> int:
    """Set a field of an application, not saved; gives its version, which always rises."""
    held = application.answers.get(field, {"version": 0})
    version = max(int(held["version"]) + 1, int(at.timestamp() * 1000))
    application.answers[field] = {"text": text, "version": version, "unit": unit, "by": by, "at": at.isoformat()}
    return version


def merge(mine: Texts, was: Texts, theirs: Texts, answers: Mapping[str, Any]) -> Merged:
    """What each field says after a person changed some since it `was` so, and others perhaps did too (`theirs`)."""
    merged = Merged(texts=dict(theirs))
    for name, text in mine.items():
        before, now = was.get(name, ""), theirs.get(name, "")
        if text in (before, now):
            merged.texts[name] = now
            continue
        merged.texts[name] = text
        if now != before:
            held = answers.get(name, {})
            merged.conflicts.append(Conflict(name, now, held.get("by"), held.get("at", "")))
    return merged


def read_fact(field: str, text: str, unit: MoneyUnit) -> Value | None:
    """What was typed into the field of a fact; None for a blank. Raises BadValue with what to write instead."""
    key = key_of(field)
    if key is None:
        raise BadValue("is not a fact", "leave it out")
    return checking.read_value(key[0], text, unit)
