"""What is looked for in an application that was submitted: each check is a function that says what it found.

    @check
    def same_phone(look: Look) -> Iterator[Found]:
        …

A check reads and says; `tidui.casework.findings` writes down what it said, and words it.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidui.casework import judging
from tidui.casework.enums import Weight
from tidui.casework.models import Application, Submission
from tidui.casework.programme import Programme, programme
from tidui.facts.factset import FactSet, Key
from tidui.kit import parameters
from tidui.registry.facts import fact_set


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a check found.

    `word` says which wording of `findings.WORDS` it has, `params` fill it. `key` is the same as long as it is the
    same thing. `others` are the applications, and `organisations` the organisations without one, that it is about.
    """

    kind: str
    key: str
    word: str
    weight: str = Weight.DOUBT
    params: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""
    source: str = ""
    others: tuple[int, ...] = ()
    organisations: tuple[int, ...] = ()


@dataclass
class Look:
    """What the checks look at: an application's newest submission, with what stands beside it."""

    application: Application
    submission: Submission

    @property
    def programme(self) -> Programme:
        """The declarations of its programme."""
        return programme(self.application.programme)

    @property
    def on(self) -> dt.date:
        """The day of the submission: thresholds are those of that day."""
        return self.submission.on

    @functools.cached_property
    def facts(self) -> FactSet:
        """The facts that it was made on."""
        return judging.facts_of(self.submission)

    @functools.cached_property
    def accepted(self) -> FactSet:
        """The facts that the file holds now."""
        return fact_set(self.application.organisation_id)

    @functools.cached_property
    def stated(self) -> tuple[Key, ...]:
        """The facts that the form itself states."""
        return tuple(key_of(path) for path in self.submission.stated)

    def setting(self, name: str) -> Any:
        """A dated parameter as it was on the day of the submission."""
        return parameters.get(name, self.on)


def key_of(path: str) -> Key:
    """The fact that a field of the form states: `sales_revenue.2025`, `industry`."""
    name, _dot, year = path.partition(".")
    return name, int(year) if year else None


Check = Callable[[Look], Iterable[Found]]
_checks: list[Check] = []


def check(function: Check) -> Check:
    """Register a check."""
    if function not in _checks:
        _checks.append(function)
    return function


def run(look: Look) -> list[Found]:
    """What all checks find; the first with a key wins."""
    found: dict[str, Found] = {}
    for function in _checks:
        for one in function(look):
            found.setdefault(one.key, one)
    return list(found.values())
