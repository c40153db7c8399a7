"""cases.yaml: what a policy must say of invented enterprises, as sentences with their article."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tidui.facts.factset import FactSet
from tidui.facts.read import from_mapping
from tidui.policies.library import Shelf, Version, default_year, shelf
from tidui.rules import explain, yamlfile
from tidui.rules.answers import Answer
from tidui.rules.errors import PolicyError, Problem, suggestion
from tidui.rules.policyfile import Row
from tidui.rules.program import Built
from tidui.rules.units import fen_power

KEYS: Final = ("case", "id", "base", "cites", "on", "year", "facts", "params", "expect", "note")


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence: facts, a day, and what is expected."""

    sentence: str
    file: str
    line: int
    on: dt.date
    year: int
    facts: FactSet
    params: dict[str, Any]
    expect: dict[str, Any]


def cases_of(version: Version) -> list[Case]:
    """The cases beside a policy file, in the file's order; none when there is no such file."""
    path = version.path.with_name("cases.yaml")
    if not path.exists():
        return []
    content = yamlfile.load(path)
    _check_shape(content, str(path))
    known = {item["id"]: item for item in content if "id" in item}
    return [_case(item, known, path, version) for item in content]


def _check_shape(content: Any, name: str) -> None:
    """PolicyError with the line of each case that is not one: wrong keys, a base that is not there, a circle."""
    if not isinstance(content, yamlfile.Sequence):
        raise PolicyError([Problem(name, 1, "", "expected a list of cases")])
    problems: list[Problem] = []
    items = [item for item in content if isinstance(item, yamlfile.Mapping)]
    bases = {item["id"]: item.get("base") for item in items if "id" in item}
    for line, item in zip(content.lines, content, strict=True):
        if not isinstance(item, yamlfile.Mapping):
            problems.append(Problem(name, line, "", "a case is a mapping with case, facts and expect"))
            continue
        for key in item:
            if key not in KEYS:
                problems.append(Problem(name, item.lines[key], "", f"unknown key {key!r}{suggestion(str(key), KEYS)}"))
        if not item.get("case") or not isinstance(item.get("expect"), dict) or not item["expect"]:
            problems.append(Problem(name, line, "", "a case needs a sentence in case, and a result in expect"))
        year = item.get("year")
        if year is not None and not (isinstance(year, int) and 1949 <= year <= 2100):
            problems.append(Problem(name, line, "", f"year is a year from 1949 to 2100, found {year!r}"))
        if any(isinstance(value, str | list | dict | None) for value in _params_of(item).values()):
            problems.append(Problem(name, line, "", "params gives a number, a date, true or false for each name"))
        base, seen = item.get("base"), set()
        while base is not None and base in bases and base not in seen:
            seen.add(base)
            base = bases[base]
        if base is not None:
            fault = f"the base {base!r} leads back to itself"
            if base not in seen:
                fault = f"there is no case with the id {base!r}{suggestion(str(base), bases)}"
            problems.append(Problem(name, line, "", fault))
    if problems:
        raise PolicyError(problems)


def _params_of(item: Any) -> dict[str, Any]:
    params = item.get("params") or {}
    return params if isinstance(params, dict) else {"params": None}


def _case(item: Any, known: dict[str, Any], path: Path, version: Version) -> Case:
    facts = _facts(item, known)
    given_year = _inherited(item, known, "year")
    on = _inherited(item, known, "on") or (dt.date(given_year + 1, 5, 31) if given_year else version.start)
    read = from_mapping(facts)
    year = int(given_year) if given_year else default_year(on, read)
    return Case(
        str(item["case"]), str(path), item.line, on, year, read, dict(item.get("params") or {}), dict(item["expect"])
    )


def _inherited(item: Any, known: dict[str, Any], key: str) -> Any:
    while key not in item and "base" in item:
        item = known[item["base"]]
    return item.get(key)


def _facts(item: Any, known: dict[str, Any]) -> dict[str, Any]:
    base = _facts(known[item["base"]], known) if "base" in item else {}
    merged: dict[str, Any] = _merged(base, item.get("facts") or {})
    return merged


def _merged(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return copy.deepcopy(above)
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}


def failures(version: Version, on_shelf: Shelf | None = None) -> Iterator[str]:
    """Each expectation that the policy does not meet, as one line."""
    using = on_shelf or shelf()
    for case in cases_of(version):
        answer = answer_of(case, version, using)
        for name, expected in case.expect.items():
            if name not in answer.program.rules:
                near = suggestion(name, answer.program.rules)
                yield f"{case.file}:{case.line}: {case.sentence}: there is no rule {name!r}{near}"
                continue
            found = actual(answer, name)
            if not agrees(found, expected):
                yield f"{case.file}:{case.line}: {case.sentence}: {name} is {shown(found)}, expected {shown(expected)}"


def answer_of(case: Case, version: Version, using: Shelf) -> Answer:
    """What the policy says of a case, with the case's own parameters."""
    if case.params:
        file = using.file(version)
        rows = {
            name: (Row(dt.date.min, None, _parameter(value, file.parameters[name].gives), (), 0),)
            for name, value in case.params.items()
        }
        using = using.with_overlay({**using.overlay, version.policy: rows})
    explainer = using.explainer(version.policy, on=case.on, year=case.year, version=version)
    return explainer(case.facts, on=case.on, year=case.year)


def _parameter(value: Any, unit: Any) -> Any:
    return value if isinstance(value, bool | dt.date) else Fraction(value) * 100 ** fen_power(unit)


def actual(answer: Answer, name: str) -> Any:
    """A result in the form in which cases expect it."""
    built = answer.program.rules[name]
    if built.rule.kind in ("verdict", "condition"):
        return answer.verdict(name)
    if built.rule.kind == "amount":
        low, high, exact = answer.amount(name)
        if exact and low is not None:
            return explain.yuan(low)
        ends = [None if end is None else explain.yuan(end) for end in (low, high)]
        return "unknown" if ends == [None, None] else ends
    if built.node.type == "bool":
        return {True: True, False: False, None: "unknown"}[answer.truth(name)]
    if built.rule.kind == "outcome":
        found = explain.outcome(answer, built)
        return "unknown" if found is None else found
    return _number(answer, built)


def _number(answer: Answer, built: Built) -> Any:
    ends = answer.number(built.rule.id)
    if ends.none:
        return "none"
    if ends.exact is not None:
        return ends.exact
    return "unknown" if ends.low is None and ends.high is None else [ends.low, ends.high]


def agrees(found: Any, expected: Any) -> bool:
    """Whether a result is what a case expects; numbers by value, money by its fen."""
    if expected == "unknown" and isinstance(found, list):
        return True
    if isinstance(found, dict):
        return agrees(found.get("exact", [found.get("low"), found.get("high")]), expected)
    if isinstance(expected, list | tuple) and isinstance(found, list):
        return len(found) == len(expected) and all(agrees(f, e) for f, e in zip(found, expected, strict=True))
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(expected, int | Fraction) or isinstance(found, int | Fraction):
        return _same_number(found, expected)
    if isinstance(expected, dt.date):
        return bool(found == expected.isoformat())
    if isinstance(found, str) and isinstance(expected, str) and found.replace(".", "").lstrip("-").isdigit():
        return _same_number(found, expected)
    return bool(found == expected)


def _same_number(one: Any, other: Any) -> bool:
    exact = [yamlfile.exact(x) if isinstance(x, str) else x for x in (one, other)]
    return all(isinstance(x, int | Fraction) for x in exact) and bool(exact[0] == exact[1])


def shown(value: Any) -> str:
    """A result or expectation, for a message."""
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return str(value)
