"""What a version of a policy, or other values in it, would change: the same facts judged twice, and who flips.

Valid recognitions are judged by what the file holds now, read in bulk; open applications by what they submitted, each
for the year that it is about. Nothing is kept or moved by it.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import yaml
from django.db.models import Q
from django.utils.translation import gettext as _

from tidui.casework import judging
from tidui.casework.enums import ENDED
from tidui.casework.models import Application, Submission
from tidui.casework.programme import Programme
from tidui.codes import numbers
from tidui.codes.faults import BadValue
from tidui.facts.factset import FactSet
from tidui.policies.library import Shelf, Version, default_year, read_overlay, shelf
from tidui.recognition.models import Recognition
from tidui.registry.columns import columns
from tidui.rules.answers import Answer, Explainer
from tidui.rules.diff import ABSENT, Diff, Flip
from tidui.rules.errors import NoVersion, PolicyError
from tidui.rules.explain import condition_of
from tidui.rules.policyfile import Dated, Row
from tidui.rules.program import Overlay

#: Recognitions whose facts are read at a time, and applications.
CHUNK: Final = 500
_ALWAYS: Final = dt.date(1949, 10, 1)


class NotTried(ValueError):
    """Why a trial cannot be run; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a version of the programme's policy for a day, with these values; `today` is when it is asked."""

    programme: Programme
    version: str
    on: dt.date
    today: dt.date
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """One that flips: its application or its recognition, both verdicts, and the conditions that differ."""

    organisation: int
    application: int | None
    recognition: int | None
    before: str
    after: str
    changes: list[dict[str, Any]]


@dataclass(slots=True)
class Counts:
    """How many were judged, how many flip and how, and which conditions turn how many."""

    applications: int = 0
    recognitions: int = 0
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Any] = field(default_factory=dict)

    def count(self, one: Changed) -> None:
        """Count one that flips."""
        kind = "application" if one.application is not None else "recognition"
        self.verdicts[kind, one.before, one.after] += 1
        for change in one.changes:
            shown = change["after"] or change["before"]
            self.conditions[shown["id"]] += 1
            self.labels[shown["id"]] = shown["label"]

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "applications": self.applications, "recognitions": self.recognitions,
            "verdicts": [[*pair, count] for pair, count in sorted(self.verdicts.items())],
            "conditions": [[name, self.labels[name], count] for name, count in self.conditions.most_common()],
        }  # fmt: skip


# ---------------------------------------------------------------------- the two texts
def versions_of(policy: str) -> list[Version]:
    """The versions that can be tried, the newest first."""
    return list(reversed(shelf().versions_of(policy)))


def parameters_of(policy: str, version: str, on: dt.date) -> list[tuple[Dated, Row | None]]:
    """The parameters of a version that are numbers, with their rows on a day."""
    file = shelf().file(_version(policy, version))
    held = [(one, one.at(on)) for one in file.parameters.values()]
    return [(one, row) for one, row in held if row is None or isinstance(row.value, int | Fraction)]


def _version(policy: str, name: str) -> Version:
    for one in shelf().versions_of(policy):
        if one.name == name:
            return one
    raise NotTried(_("没有这个政策版本。"))


def in_force(policy: str, on: dt.date) -> Version:
    """The version in force on a day; NotTried where there is none."""
    try:
        return shelf().version_for(policy, on=on, year=on.year - 1)
    except NoVersion:
        raise NotTried(_("今天没有现行的政策文本，无从比较。")) from None


def overlay_of(policy: str, version: str, values: Mapping[str, str]) -> dict[str, Overlay]:
    """The typed values as rows that win over the text's own. NotTried names the value that cannot be."""
    file = shelf().file(_version(policy, version))
    given: dict[str, list[dict[str, Any]]] = {}
    for name, text in values.items():
        if name not in file.parameters:
            raise NotTried(_("该版本没有参数 %(name)s。") % {"name": name})
        try:
            number = numbers.parse(text, percent=True)
        except BadValue:
            raise NotTried(_("%(name)s：%(text)s 不是数字。") % {"name": name, "text": text}) from None
        given[name] = [{"from": _ALWAYS, "value": float(number), "reason": "trial", "approver": "trial"}]
    if not given:
        return {}
    with tempfile.TemporaryDirectory(prefix="tidui-trial-") as folder:
        path = Path(folder) / "values.yaml"
        path.write_text(yaml.safe_dump({policy: given}), "utf-8")
        try:
            return dict(read_overlay(path, shelf()))
        except PolicyError as wrong:
            raise NotTried(str(wrong)) from None


def as_of(policy: str, version: Version, day: dt.date) -> dict[str, Overlay]:
    """The parameters of a version held at what they are on a day."""
    held = {one.id: one.at(day) for one in shelf().file(version).parameters.values()}
    rows = {name: (replace(row, start=_ALWAYS, end=None),) for name, row in held.items() if row is not None}
    return {policy: rows} if rows else {}


@dataclass
class Pair:
    """Both readings of a trial, for any assessed year."""

    trial: Trial

    def __post_init__(self) -> None:
        policy = self.trial.programme.policy
        self.base = in_force(policy, self.trial.today)
        self.tried = _version(policy, self.trial.version)
        self._old: Shelf = shelf().with_overlay(as_of(policy, self.base, self.trial.today))
        self._new: Shelf = shelf().with_overlay(overlay_of(policy, self.trial.version, self.trial.values))

    def diff(self, year: int) -> Diff:
        """The comparison for an assessed year."""
        old, new = (
            using.explainer(self.trial.programme.policy, on=self.trial.on, year=year, version=version)
            for using, version in ((self._old, self.base), (self._new, self.tried))
        )
        return Diff(old, new, on=self.trial.on, year=year)


# ---------------------------------------------------------------------- who flips
def run(trial: Trial, counts: Counts, told: Callable[[int], object] = lambda done: None) -> Iterator[list[Changed]]:
    """Who flips, chunk by chunk: open applications, then valid recognitions. `told(n)` hears how many were judged."""
    pair = Pair(trial)
    done = 0
    for keys in _chunks(open_applications(trial.programme.name)):
        yield _counted(counts, _of_applications(pair, keys))
        counts.applications += len(keys)
        done += len(keys)
        told(done)
    for keys in _chunks(valid_recognitions(trial.programme.name, trial.on)):
        yield _counted(counts, _of_recognitions(pair, keys))
        counts.recognitions += len(keys)
        done += len(keys)
        told(done)


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(keys), CHUNK):
        yield keys[first : first + CHUNK]


def _counted(counts: Counts, found: Iterable[Changed]) -> list[Changed]:
    rows = list(found)
    for one in rows:
        counts.count(one)
    return rows


def open_applications(programme: str) -> list[int]:
    """The applications of a programme that were submitted and have not ended."""
    rows = Application.objects.filter(programme=programme, submitted_at__isnull=False).exclude(state__in=ENDED)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def valid_recognitions(programme: str, on: dt.date) -> list[int]:
    """The recognitions of a programme that hold on a day."""
    rows = Recognition.objects.filter(programme=programme, valid_from__lte=on, valid_until__gte=on)
    rows = rows.exclude(Q(revoked_on__isnull=False, revoked_on__lte=on))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _of_applications(pair: Pair, keys: list[int]) -> Iterator[Changed]:
    """By the newest submission of each; one query."""
    newest: dict[int, Submission] = {}
    rows = Submission.objects.filter(application__in=keys).select_related("application").defer("result", "answers")
    for row in rows.order_by("application", "number"):
        newest[row.application_id] = row
    years: dict[int, dict[str, tuple[Submission, FactSet]]] = {}
    for key, row in newest.items():
        years.setdefault(row.year, {})[str(key)] = (row, judging.facts_of(row))
    for year, held in sorted(years.items()):
        both = pair.diff(year)
        for flip in both.flips((name, facts) for name, (_row, facts) in held.items()):
            row, facts = held[flip.id]
            yield Changed(
                row.application.organisation_id, row.application_id, None, flip.old or "", flip.new or "",
                why(both, flip, facts),
            )  # fmt: skip


def _of_recognitions(pair: Pair, keys: list[int]) -> Iterator[Changed]:
    """By the accepted facts of the file, screened in bulk; those that flip are explained one by one."""
    held = dict(Recognition.objects.filter(pk__in=keys).values_list("pk", "organisation_id"))
    organisations = [held[key] for key in keys]
    year = default_year(pair.trial.on)
    both = pair.diff(year)
    batch = columns(organisations, year)
    placed = {str(name): place for place, name in enumerate(batch.ids)}
    for flip in both.flips(batch):
        place = placed[str(flip.id)]
        yield Changed(
            organisations[place], None, keys[place], flip.old or "", flip.new or "", why(both, flip, batch.row(place))
        )


def why(both: Diff, flip: Flip, facts: Any) -> list[dict[str, Any]]:
    """The conditions that differ, as explain gives them under either text."""
    answers = [one(facts, on=both.on, year=both.year) for one in (both.old, both.new)]
    return [
        {"before": _condition(both.old, answers[0], shift.id, shift.old),
         "after": _condition(both.new, answers[1], shift.id, shift.new)}
        for shift in flip.conditions
    ]  # fmt: skip


def _condition(explainer: Explainer, answer: Answer, name: str, verdict: Any) -> dict[str, Any] | None:
    if verdict == ABSENT or name not in explainer.program.rules:
        return None
    found = condition_of(answer, explainer.program.rules[name])
    return {key: found[key] for key in ("id", "verdict", "label", "cites", "tests")}
