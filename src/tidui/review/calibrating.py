"""Strict and lenient experts: an additive model of files and experts, robust against single marks that lie far off.

A mark is what the file deserves, plus what the expert usually adds, plus chance; marks that fit badly weigh less
(Huber). Technical and financial sheets are modelled apart. What an expert adds can be told only from files that others
marked too: experts that no shared file links to one another cannot be compared, and are said to be apart.

Pure: nothing here touches the database. The official means decide; this stands beside them.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import numpy as np

#: Residuals beyond so many robust deviations weigh less.
HUBER: Final = 1.5
_ROUNDS: Final = 30
#: Half the width of an interval, in standard errors.
_WIDTH: Final = 1.96
#: Effects of experts with fewer files than this are shown without an interval.
LEAST_FILES: Final = 3

Key = Hashable
Row = tuple[Any, Any, str, "float | int | Fraction"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an expert adds on average: below 0 is strict. No interval where there are too few files to tell."""

    expert: Any
    kind: str
    effect: float
    low: float | None
    high: float | None
    files: int
    component: int

    @property
    def clear(self) -> bool:
        """Does the interval leave no doubt on which side it lies?"""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Flip:
    """A file whose outcome at the line would be another one."""

    file: Any
    official: Fraction
    calibrated: float
    recommended: bool


@dataclass(frozen=True, slots=True)
class Component:
    """Experts of a kind who are linked by shared files, and how many files they marked."""

    kind: str
    experts: tuple[Any, ...]
    files: int


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Effects by expert, official means and calibrated ones by file, what would change, and who cannot be compared."""

    effects: tuple[Effect, ...]
    means: Mapping[Any, Fraction]
    calibrated: Mapping[Any, float]
    flips: tuple[Flip, ...]
    components: tuple[Component, ...]
    warnings: tuple[str, ...] = field(default=())


def calibrate(
    rows: Iterable[Row], line: float, *, over: bool = True, official: Mapping[Any, Fraction] | None = None
) -> Calibrated:
    """Fit the model to rows of (file, expert, kind, total); `over`: the line itself is not enough.

    A file's calibrated mean is its official one, shifted by what its experts add. Without `official`, that is the sum
    of the plain means of each kind. The order of the rows does not matter.
    """
    given = sorted(set(rows), key=lambda row: (str(row[2]), str(row[0]), str(row[1])))
    means = dict(official) if official is not None else plain_means(given)
    shifts: dict[Any, float] = dict.fromkeys(means, 0.0)
    effects: list[Effect] = []
    components: list[Component] = []
    for kind in sorted({row[2] for row in given}):
        fitted = _Fit([row for row in given if row[2] == kind], kind, first=len(components))
        effects += fitted.effects
        components += fitted.components
        for file, shift in fitted.shifts.items():
            if file in shifts:
                shifts[file] += shift
    calibrated = {file: float(mean) + shifts[file] for file, mean in means.items()}
    flips = _flips(means, calibrated, line, over)
    warnings = tuple(
        f"apart:{kind}" for kind in sorted({one.kind for one in components})
        if sum(one.kind == kind for one in components) > 1
    )  # fmt: skip
    return Calibrated(tuple(effects), means, calibrated, flips, tuple(components), warnings)


def plain_means(rows: Iterable[Row]) -> dict[Any, Fraction]:
    """The sum over kinds of the plain means of each file's totals."""
    held: dict[tuple[Any, str], list[Fraction]] = {}
    for file, _expert, kind, total in rows:
        held.setdefault((file, kind), []).append(Fraction(total))
    found: dict[Any, Fraction] = {}
    for (file, _kind), totals in held.items():
        found[file] = found.get(file, Fraction(0)) + sum(totals, Fraction(0)) / len(totals)
    return found


def _flips(
    means: Mapping[Any, Fraction], calibrated: Mapping[Any, float], line: float, over: bool
) -> tuple[Flip, ...]:
    def above(value: float | Fraction) -> bool:
        return value > line if over else value >= line

    # A hair's breadth is what floating numbers add, not what experts do.
    near = {file: round(value, 9) for file, value in calibrated.items()}
    found = [
        Flip(file, mean, calibrated[file], above(near[file]))
        for file, mean in means.items()
        if above(mean) != above(near[file])
    ]
    return tuple(sorted(found, key=lambda one: (-one.official, str(one.file))))


class _Fit:
    """The model of one kind."""

    def __init__(self, rows: Sequence[Row], kind: str, *, first: int) -> None:
        self.files = sorted({row[0] for row in rows}, key=str)
        self.experts = sorted({row[1] for row in rows}, key=str)
        at_file = {one: place for place, one in enumerate(self.files)}
        at_expert = {one: place for place, one in enumerate(self.experts)}
        self.file = np.array([at_file[row[0]] for row in rows])
        self.expert = np.array([at_expert[row[1]] for row in rows])
        self.marks = np.array([float(row[3]) for row in rows])
        self.labels = _components(self.file, self.expert, len(self.files), len(self.experts))
        counts = np.bincount(self.expert, minlength=len(self.experts))
        self.components = [
            Component(
                kind, tuple(one for one, label in zip(self.experts, self.labels, strict=True) if label == number),
                len(np.unique(self.file[self.labels[self.expert] == number])),
            )
            for number in range(int(self.labels.max()) + 1)
        ]  # fmt: skip
        effects, errors, weights = self._solve(counts)
        alone = np.bincount(self.labels)[self.labels] == 1
        self.effects = [
            Effect(
                one, kind, float(effects[place]),
                *self._interval(float(effects[place]), float(errors[place]), 0 if alone[place] else int(counts[place])),
                int(counts[place]), first + int(self.labels[place]),
            )
            for place, one in enumerate(self.experts)
        ]  # fmt: skip
        plain = self._mean(self.marks, np.ones(len(self.marks)))
        fitted = self._mean(self.marks - effects[self.expert], weights)
        self.shifts = dict(zip(self.files, (float(one) for one in fitted - plain), strict=True))

    @staticmethod
    def _interval(effect: float, error: float, files: int) -> tuple[float | None, float | None]:
        if files < LEAST_FILES or not np.isfinite(error):
            return None, None
        return effect - _WIDTH * error, effect + _WIDTH * error

    def _mean(self, values: Any, weights: Any) -> Any:
        size = len(self.files)
        whole = np.bincount(self.file, weights, size)
        return np.bincount(self.file, weights * values, size) / np.maximum(whole, 1e-12)

    def _solve(self, counts: Any) -> tuple[Any, Any, Any]:
        """Effects centred within each component, their standard errors, and the weights of the marks."""
        weights = np.ones(len(self.marks))
        effects = np.zeros(len(self.experts))
        inverse = np.zeros((len(self.experts), len(self.experts)))
        spread = 0.0
        freedom = max(1, len(self.marks) - len(self.files) - len(self.experts) + len(self.components))
        for _round in range(_ROUNDS):
            before = effects
            effects, inverse = self._step(weights, counts)
            mean = self._mean(self.marks - effects[self.expert], weights)
            rest = self.marks - effects[self.expert] - mean[self.file]
            spread = 1.4826 * float(np.median(np.abs(rest))) * np.sqrt(len(self.marks) / freedom)
            if spread < 1e-9:  # all agree but for what their experts add
                break
            weights = np.minimum(1.0, HUBER * spread / np.maximum(np.abs(rest), 1e-12))
            if np.max(np.abs(effects - before), initial=0.0) < 1e-7:
                break
        return effects, spread * np.sqrt(np.maximum(np.diag(inverse), 0.0)), weights

    def _step(self, weights: Any, counts: Any) -> tuple[Any, Any]:
        """Weighted least squares for the experts, the files eliminated."""
        files, experts = len(self.files), len(self.experts)
        whole = np.maximum(np.bincount(self.file, weights, files), 1e-12)
        share = weights / whole[self.file]
        matrix = np.zeros((experts, experts))
        np.add.at(matrix, (self.expert, self.expert), weights)
        order = np.argsort(self.file, kind="stable")
        bounds = np.searchsorted(self.file[order], np.arange(files + 1))
        for start, end in itertools.pairwise(bounds):
            here = order[start:end]
            who = self.expert[here]
            matrix[np.ix_(who, who)] -= np.outer(weights[here], share[here])
        right = np.bincount(self.expert, weights * (self.marks - self._mean(self.marks, weights)[self.file]), experts)
        inverse = np.linalg.pinv(matrix, rcond=1e-9, hermitian=True)
        found = inverse @ right
        for number in range(int(self.labels.max()) + 1):
            mine = self.labels == number
            found[mine] -= np.average(found[mine], weights=counts[mine])
        return found, inverse


def _components(file: Any, expert: Any, files: int, experts: int) -> Any:
    """For each expert the number of the component that they are in: linked by files that both marked."""
    parent = list(range(files + experts))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for left, right in zip(file.tolist(), expert.tolist(), strict=True):
        parent[root(left)] = root(files + right)
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(files + one), len(numbers)) for one in range(experts)])
