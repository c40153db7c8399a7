"""All checks that a policy passes before anyone may rely on it."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tidui.facts import catalogue as fact_catalogue
from tidui.facts.faults import Faults
from tidui.policies.cases import failures
from tidui.policies.library import Shelf, Version, shelf, versions_in
from tidui.rules import policyfile
from tidui.rules.errors import NoVersion, PolicyError, Problem, UnknownPolicy
from tidui.rules.lower import Lowering
from tidui.rules.policyfile import PolicyFile, Rule
from tidui.rules.program import Program, decimal

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_ELSEWHERE: Final = re.compile(r"\bof\(\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*\)")


def check(path: Path | None = None) -> tuple[int, list[Problem]]:
    """How many files were checked, and what is wrong with them: one file, a folder of policies, or our own shelf.

    Whatever part of a folder of policies is given, its policies may read those beside it and those that are shipped.
    """
    if path is None:
        return check_versions(shelf(), [version for group in shelf().versions.values() for version in group])
    if not path.exists():
        return 0, [Problem(str(path), 1, "", "there is no such file or folder")]
    files = [path] if path.is_file() else sorted(path.rglob("policy.yaml"))
    if not files:
        return 0, [Problem(str(path), 1, "", "holds no <authority>/<policy>/<effective date>/policy.yaml")]
    problems: list[Problem] = []
    for root, inside in itertools.groupby(sorted(files, key=_root), _root):
        found = Shelf(root, beside=(shelf().root, *shelf().beside))
        wanted = {file.resolve() for file in inside}
        placed = [version for version in versions_in(root) if version.path.resolve() in wanted]
        problems.extend(check_versions(found, placed)[1])
        for file in sorted(wanted - {version.path.resolve() for version in placed}):
            problems.extend(check_file(file, found.called(file), found))
    return len(files), sorted(set(problems))


def _root(file: Path) -> Path:
    """The folder of policies that a file lies in, if it lies where a policy should."""
    above = Path(os.path.abspath(file)).parents
    return above[min(3, len(above) - 1)]


def check_versions(found: Shelf, versions: Iterable[Version]) -> tuple[int, list[Problem]]:
    """The same for versions of a shelf, with their cases."""
    problems: list[Problem] = []
    count = 0
    for version in versions:
        count += 1
        try:
            file = found.file(version)
        except PolicyError as error:
            problems.extend(error.problems)
            continue
        broken = list(_check_periods(file, found, found.days_that_matter(version)))
        problems.extend(broken)
        problems.extend(_unread(file, _read_elsewhere(found)))
        if not broken:
            problems.extend(_failed_cases(version, found))
    return count, sorted(set(problems))


def check_file(path: Path, called: str, beside: Shelf) -> Iterator[Problem]:
    """The same for one file, which may read the policies of the shelf beside it."""
    try:
        file = policyfile.load(path, called)
    except PolicyError as error:
        yield from error.problems
        return
    yield from _check_periods(file, beside, _days(file))
    yield from _unread(file, _read_elsewhere(beside))


def _days(file: PolicyFile) -> list[dt.date]:
    days = {file.start}
    for dated in [*file.parameters.values(), *file.tables.values()]:
        days.update(row.start for row in dated.rows)
    return sorted(day for day in days if day >= file.start and (file.end is None or day <= file.end))


def _check_periods(file: PolicyFile, found: Shelf, days: Iterable[dt.date]) -> Iterator[Problem]:
    """Every period in which a different set of dated rows is in force is compiled for itself."""
    constant: dict[str, list[bool | None]] = {}
    for day in days:
        try:
            program = Program(file, fact_catalogue.load(), found, on=day, year=day.year)
        except NoVersion as error:
            if day == file.start:  # later, a period that is not coded refuses; that is as it should be
                yield Problem(file.file, 1, "", f"refuses from its first day on: {error}")
            continue
        except UnknownPolicy as error:
            yield Problem(file.file, 1, "", str(error))
            return
        except PolicyError as error:
            yield from error.problems
            return
        _note_constants(program, constant)
        yield from _above_maximum(program)
    for name, seen in constant.items():
        if seen and seen[0] is not None and all(value is seen[0] for value in seen):
            always = "always holds" if seen[0] else "never holds"
            yield Problem(file.file, file.rules[name].line, name, f"{always}, whatever the facts are")


def _note_constants(program: Program, constant: dict[str, list[bool | None]]) -> None:
    lowering = Lowering(program.catalogue)
    for built in program.of_kind("condition", "verdict", "flag"):
        truth = lowering.truth(built.node)
        value = True if truth.yes.op == "true" else False if truth.no.op == "true" else None
        constant.setdefault(built.rule.id, []).append(value)


def _above_maximum(program: Program) -> Iterator[Problem]:
    """Scores that can exceed the maximum that they name; nothing cuts them there."""
    lowering = Lowering(program.catalogue)
    for built in program.of_kind("score", "group", "total"):
        most, high = built.rule.maximum, lowering.number(built.node).high
        if most is None or (high.n.high is not None and Fraction(high.n.high, high.d.low or 1) <= most):
            continue
        message = f"can exceed its max of {decimal(most)}; correct the max, or write min(…)"
        yield Problem(program.file.file, built.rule.line, built.rule.id, message)


def _read_elsewhere(found: Shelf) -> set[tuple[str, str]]:
    """The rules that some policy of the shelf reads with of('policy', 'rule')."""
    named: set[tuple[str, str]] = set()
    for group in found.versions.values():
        for version in group:
            named.update(_ELSEWHERE.findall(version.path.read_text(encoding="utf-8")))
    return named


def _unread(file: PolicyFile, elsewhere: set[tuple[str, str]]) -> Iterator[Problem]:
    """Parameters, tables and intermediate rules that no result reads."""
    texts = {rule.id: set(_NAME.findall(_texts(rule))) for rule in file.rules.values()}
    reached = {rule.id for rule in file.rules.values() if rule.kind or (file.policy, rule.id) in elsewhere}
    open_ = list(reached)
    while open_:
        for name in texts[open_.pop()]:
            if name in file.rules and name not in reached:
                reached.add(name)
                open_.append(name)
    read = set().union(*(texts[name] for name in reached)) if reached else set()
    for rule in file.rules.values():
        if rule.id not in reached:
            yield Problem(file.file, rule.line, rule.id, "is never read by a result")
    for dated in [*file.parameters.values(), *file.tables.values()]:
        if dated.id not in read:
            yield Problem(file.file, dated.line, dated.id, "is never read")


def _texts(rule: Rule) -> str:
    texts: list[Any] = [test.text for test in rule.tests]
    return " ".join(str(text) for text in [*texts, rule.needed or "", *rule.parts])


def _failed_cases(version: Version, found: Shelf) -> Iterator[Problem]:
    called = found.called(version.path.with_name("cases.yaml"))
    try:
        for failure in failures(version, found):
            _, line, message = failure.removeprefix(str(version.path.with_name("cases.yaml"))).split(":", 2)
            yield Problem(called, int(line), "", message.strip())
    except (PolicyError, Faults, NoVersion) as error:
        yield Problem(called, 1, "", str(error))
    except (KeyError, TypeError, AttributeError) as error:
        yield Problem(called, 1, "", f"cannot be read as cases: {error!r}")
