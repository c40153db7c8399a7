"""Levers as data: `levers.yaml`, with what the user changes in a file of the same shape.

Every entry is checked: its facts exist and are facts that an enterprise can raise, nothing is lowered, numbers are
whole or exact, and what is missing is named.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tidui.facts import catalogue as fact_catalogue
from tidui.rules import yamlfile
from tidui.rules.errors import PolicyError, Problem, suggestion
from tidui.rules.levers import Change, Lever, Levers, Limit
from tidui.rules.values import FactType

FILE: Final = Path(__file__).with_name("levers.yaml")
_KEYS: Final = frozenset(
    {"id", "label", "unit", "changes", "cost_yuan", "lead_days", "max", "step", "limits", "house_default", "remove"}
)
_NUMBERS: Final = ("money", "int", "number", "share")
_MOST_STEPS: Final = 10**9


def load(path: Path | None = None) -> Levers:
    """The levers that come with Tidui, with the entries of the user's file on top.

    An entry of the user replaces those keys of the shipped lever of the same id that it gives, adds a lever with a
    new id, or takes one away with `remove: true`. PolicyError lists every fault with file and line.
    """
    if path is None:
        return _shipped()
    entries = {entry["id"]: entry for entry in _entries(FILE, FILE.name)}
    problems: list[Problem] = []
    for entry in _entries(path, str(path)):
        if entry.get("remove") is True:
            if entry["id"] not in entries:
                message = f"there is no lever {entry['id']!r} to remove{suggestion(entry['id'], entries)}"
                problems.append(Problem(str(path), entry.line, entry["id"], message))
            entries.pop(entry["id"], None)
            continue
        entries[entry["id"]] = _over(entries.get(entry["id"]), entry)
    return _all(list(entries.values()), str(path), problems)


@functools.lru_cache(maxsize=1)
def _shipped() -> Levers:
    return _all(_entries(FILE, FILE.name), FILE.name, [])


def _over(shipped: yamlfile.Mapping | None, edit: yamlfile.Mapping) -> yamlfile.Mapping:
    merged = yamlfile.Mapping({**(shipped or {}), **edit})
    merged.line = edit.line
    if not {"cost_yuan", "lead_days", "max", "step", "changes"} - set(edit):
        # All numbers are the user's own now.
        merged["house_default"] = edit.get("house_default")
    return merged


def _entries(path: Path, called: str) -> list[yamlfile.Mapping]:
    content = yamlfile.load(path, called)
    if not isinstance(content, yamlfile.Sequence):
        raise PolicyError([Problem(called, getattr(content, "line", 1), "", "expected a list of levers")])
    problems: list[Problem] = []
    seen: set[str] = set()
    for line, entry in zip(content.lines, content, strict=True):
        name = entry.get("id") if isinstance(entry, yamlfile.Mapping) else None
        if not isinstance(name, str) or not name.isidentifier():
            problems.append(Problem(called, line, "", "a lever is a mapping with an id of letters, digits and _"))
            continue
        for key in sorted(set(entry) - _KEYS):
            problems.append(Problem(called, line, name, f"unknown key {key!r}{suggestion(key, _KEYS)}"))
        if name in seen:
            problems.append(Problem(called, line, name, "there are two levers with this id"))
        seen.add(name)
    if problems:
        raise PolicyError(problems)
    return list(content)


def _all(entries: list[yamlfile.Mapping], called: str, problems: list[Problem]) -> Levers:
    found: list[Lever] = []
    for entry in entries:
        reader = _Reader(entry)
        lever = reader.lever()
        problems.extend(Problem(called, entry.line, entry["id"], message) for message in reader.messages)
        if lever is not None and not reader.messages:
            found.append(lever)
    if problems:
        raise PolicyError(problems)
    return tuple(found)


class _Reader:
    """One entry; what is wrong with it gathers in `messages`."""

    def __init__(self, entry: yamlfile.Mapping) -> None:
        self.entry, self.messages = entry, list[str]()

    def lever(self) -> Lever | None:
        changes = tuple(self._changes())
        once = any(change.per_unit is None for change in changes)
        step = 1 if once else self._whole("step", 1, low=1)
        maximum = 1 if once else self._whole("max", None, low=0)
        cost = self._number("cost_yuan")
        lead = self._whole("lead_days", None, low=0)
        house = self.entry.get("house_default")
        if house is not None:
            self._label("house_default")
        label = self._label("label")
        unit = self._label("unit") if self.entry.get("unit") is not None else {}
        limits = tuple(self._limits(changes))
        if maximum // max(step, 1) > _MOST_STEPS:
            self.messages.append(f"max ÷ step is over {_MOST_STEPS}; give a larger step")
        if cost is None or self.messages:
            return None
        return Lever(self.entry["id"], label, changes, cost, lead, maximum, step, unit, limits, house)

    def _label(self, key: str) -> dict[str, str]:
        value = self.entry.get(key)
        if isinstance(value, str):
            return {"zh": value, "en": value}
        if isinstance(value, dict) and {"zh", "en"} == set(value):
            return {"zh": str(value["zh"]), "en": str(value["en"])}
        self.messages.append(f"{key}: expected {{zh: …, en: …}}")
        return {}

    def _number(self, key: str) -> Fraction | None:
        value = _exact(self.entry.get(key))
        if value is None or value < 0:
            self.messages.append(f"{key}: expected a number from 0 up, found {self.entry.get(key)!r}")
            return None
        return value

    def _whole(self, key: str, default: int | None, *, low: int) -> int:
        value = self.entry.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            self.messages.append(f"{key}: expected a whole number from {low} up, found {value!r}")
            return low
        return value

    def _fact(self, item: Any, key: str = "fact") -> FactType | None:
        name = item.get(key) if isinstance(item, dict) else None
        known = fact_catalogue.load()
        if not isinstance(name, str) or name not in known:
            self.messages.append(f"there is no fact {name!r}{suggestion(str(name), known)}")
            return None
        if known[name].status:
            self.messages.append(f"{name} is a status: recognition writes it, no lever moves it")
            return None
        return known[name]

    def _offset(self, item: dict[str, Any], kind: FactType) -> int | None:
        offset = item.get("year_offset", 0 if kind.yearly else None)
        if kind.yearly and (isinstance(offset, bool) or not isinstance(offset, int) or not -30 <= offset <= 0):
            self.messages.append(f"{kind.name}: year_offset is 0 for the year assessed, -1 for the one before")
            return 0
        if not kind.yearly and offset is not None:
            self.messages.append(f"{kind.name} is not given for a year; leave year_offset out")
            return None
        return offset

    def _changes(self) -> Iterator[Change]:
        items = self.entry.get("changes")
        if not isinstance(items, list) or not items:
            self.messages.append("changes: expected a list of {fact, per_unit} or {fact, set: true}")
            return
        seen: set[tuple[str, int | None]] = set()
        for item in items:
            kind = self._fact(item)
            if kind is None:
                continue
            offset = self._offset(item, kind)
            if (kind.name, offset) in seen:
                self.messages.append(f"{kind.name} is changed twice")
            seen.add((kind.name, offset))
            yield Change(kind.name, offset, self._per_unit(item, kind))

    def _per_unit(self, item: dict[str, Any], kind: FactType) -> Fraction | None:
        if kind.kind == "bool":
            if item.get("set") is not True or "per_unit" in item:
                self.messages.append(f"{kind.name} is true or false; write set: true")
            return None
        value = _exact(item.get("per_unit"))
        if kind.kind not in _NUMBERS:
            self.messages.append(f"{kind.name} is of type {kind.kind}; levers move numbers, money and conditions")
        elif value is None or value <= 0:
            self.messages.append(f"{kind.name}: per_unit is a number above 0, since no lever lowers a fact")
        elif kind.kind == "int" and value.denominator != 1:
            self.messages.append(f"{kind.name} is a whole number, so per_unit is whole as well")
        elif kind.kind == "money" and (value * 100).denominator != 1:
            self.messages.append(f"{kind.name} is money in whole fen; per_unit has at most two decimals")
        else:
            return value
        return Fraction(1)

    def _limits(self, changes: tuple[Change, ...]) -> Iterator[Limit]:
        offsets = {change.fact: change.offset for change in changes}
        items = self.entry.get("limits") or []
        if not isinstance(items, list):
            self.messages.append("limits: expected a list of {fact, at_most}")
            return
        for item in items:
            kind, other = self._fact(item), self._fact(item, "at_most")
            if kind is None or other is None:
                continue
            if kind.name not in offsets:
                self.messages.append(f"limits: {kind.name} is not among the changes")
            elif (kind.kind, kind.unit, kind.yearly) != (other.kind, other.unit, other.yearly) or kind.kind == "bool":
                self.messages.append(f"limits: {kind.name} and {other.name} are not of one kind")
            else:
                yield Limit(kind.name, other.name, offsets[kind.name])


def _exact(value: Any) -> Fraction | None:
    if isinstance(value, str):
        return yamlfile.exact(value)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return None
    return Fraction(value)
