"""What can be wrong with a policy, and how it is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file: where it stands, in which rule, what is wrong and what was expected."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.rule}: " if self.rule else "") + self.message


class PolicyError(Exception):
    """A policy that cannot be used; `problems` lists every fault that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TextError(Exception):
    """A rule text that the grammar does not allow; the caller adds file, line and rule."""


class NoVersion(Exception):
    """No version of a policy, or no row of a parameter, covers the date asked for."""


class UnknownPolicy(Exception):
    """There is no policy of this name."""


def suggestion(name: object, known: Iterable[str]) -> str:
    """A phrase naming the most similar known name, or nothing when none is near."""
    near = difflib.get_close_matches(str(name), [str(one) for one in known], n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
