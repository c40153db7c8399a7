"""The policies on the shelf: which there are, which version is in force on a day, compiled and ready to read."""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tidui.facts import catalogue as fact_catalogue
from tidui.rules import policyfile, units, yamlfile
from tidui.rules.answers import Answer, Explainer
from tidui.rules.errors import NoVersion, PolicyError, Problem, UnknownPolicy, suggestion
from tidui.rules.policyfile import Dated, PolicyFile, Row
from tidui.rules.program import Overlay, Program
from tidui.rules.values import Facts

SHELF: Final = Path(__file__).parent
#: Names a folder of policies of one's own, which are read beside those that come with Tidui.
OWN_SHELF: Final = "TIDUI_POLICIES"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a policy: where its file lies and from when its text is in force."""

    policy: str
    start: dt.date
    path: Path

    @property
    def name(self) -> str:
        """The version's name, a day."""
        return self.start.isoformat()


@dataclass
class Shelf:
    """A folder of policies, `<authority>/<policy>/<effective date>/policy.yaml`, with an overlay of house values.

    `overlay` maps a policy's name to its rows that win over those in its folder. `beside` are further folders of the
    same shape; where two folders hold the same version of a policy, that of the first one is read, `root` before all.
    """

    root: Path = SHELF
    overlay: Mapping[str, Overlay] = field(default_factory=dict)
    beside: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        self._files: dict[Path, PolicyFile] = {}
        self._programs: dict[tuple[str, str, dt.date, int], Program] = {}
        self._explainers: dict[int, Explainer] = {}

    # ------------------------------------------------------------------ what there is
    @functools.cached_property
    def versions(self) -> dict[str, list[Version]]:
        """Every policy with its versions, oldest first."""
        found: dict[tuple[str, dt.date], Version] = {}
        for folder in (self.root, *self.beside):
            for version in versions_in(folder):
                found.setdefault((version.policy, version.start), version)
        groups: dict[str, list[Version]] = {}
        for name, start in sorted(found):
            groups.setdefault(name, []).append(found[name, start])
        return groups

    def with_overlay(self, overlay: Mapping[str, Overlay]) -> Shelf:
        """The same policies with other house values."""
        return Shelf(self.root, overlay, self.beside)

    def file(self, version: Version) -> PolicyFile:
        """A version's text; PolicyError if its shape is wrong or it lies in the wrong folder."""
        if version.path not in self._files:
            called = self.called(version.path)
            read = policyfile.load(version.path, called)
            if read.policy != version.policy or read.start != version.start:
                message = f"lies in {version.policy}/{version.name} but says {read.policy} from {read.version}"
                raise PolicyError([Problem(called, 1, "", message)])
            self._files[version.path] = read
        return self._files[version.path]

    def called(self, path: Path) -> str:
        """How messages call a file: relative to the current folder where it lies below it, else to the shelf."""
        for base in (Path.cwd(), self.root.parent, *self.beside):
            if path.is_relative_to(base):
                return str(path.relative_to(base))
        return str(path)

    def versions_of(self, policy: str) -> list[Version]:
        """A policy's versions; UnknownPolicy, with a suggestion, when there is no such policy."""
        if policy not in self.versions:
            raise UnknownPolicy(f"there is no policy {policy!r}{suggestion(policy, self.versions)}")
        return self.versions[policy]

    # ------------------------------------------------------------------ which holds
    def version_for(self, policy: str, *, on: dt.date, year: int) -> Version:
        """The version in force: on `on` for recognition, on the last day of the year assessed for tax.

        NoVersion names those that exist.
        """
        versions = self.versions_of(policy)
        day = on if self.file(versions[-1]).chosen_by == "on" else dt.date(year, 12, 31)
        held = [version for version in versions if version.start <= day]
        if held:
            end = self.file(held[-1]).end
            if end is None or day <= end:
                return held[-1]
        periods = ", ".join(self.period(version) for version in versions)
        raise NoVersion(f"no version of {policy} is in force on {day.isoformat()}; there are: {periods}")

    def last_day(self, version: Version) -> dt.date | None:
        """The last day of a version's text: its own, or the day before the next one; None while it is open."""
        end = self.file(version).end
        following = [v.start for v in self.versions_of(version.policy) if v.start > version.start]
        days = [*([end] if end else []), *(day - dt.timedelta(days=1) for day in following)]
        return min(days, default=None)

    def period(self, version: Version) -> str:
        """A version's name with the period of its text."""
        last = self.last_day(version)
        return f"{version.name} (to {last.isoformat()})" if last else f"{version.name} (open)"

    def file_for(self, policy: str, *, on: dt.date, year: int) -> PolicyFile:
        """The text in force; see `version_for`."""
        return self.file(self.version_for(policy, on=on, year=year))

    def newest(self, policy: str) -> PolicyFile:
        """The text of the newest version, in force or not."""
        return self.file(self.versions_of(policy)[-1])

    def overlay_for(self, policy: str) -> Overlay:
        """The house's rows for a policy."""
        return self.overlay.get(policy, {})

    # ------------------------------------------------------------------ ready to read
    def program(self, policy: str, *, on: dt.date, year: int, version: Version | None = None) -> Program:
        """The graph of the version in force, or of the version given, with the dated rows of that day."""
        chosen = version or self.version_for(policy, on=on, year=year)
        key = (policy, chosen.name, on, year)
        if key not in self._programs:
            catalogue = fact_catalogue.load()
            self._programs[key] = Program(self.file(chosen), catalogue, self, on=on, year=year)
        return self._programs[key]

    def explainer(self, policy: str, *, on: dt.date, year: int, version: Version | None = None) -> Explainer:
        """The same, compiled for one enterprise at a time."""
        program = self.program(policy, on=on, year=year, version=version)
        if id(program) not in self._explainers:
            self._explainers[id(program)] = Explainer(program)
        return self._explainers[id(program)]

    def explain(self, policy: str, facts: Facts, *, on: dt.date, year: int | None = None) -> Answer:
        """What a policy says of one enterprise on a day; the year assessed is the one before, unless given."""
        assessed = default_year(on, facts) if year is None else year
        return self.explainer(policy, on=on, year=assessed)(facts, on=on, year=assessed)

    def days_that_matter(self, version: Version) -> Iterator[dt.date]:
        """The first days of all periods of a version: of its text and of each dated row."""
        file = self.file(version)
        days = {file.start}
        for dated in [*file.parameters.values(), *file.tables.values()]:
            days.update(row.start for row in dated.rows)
            days.update(row.end + dt.timedelta(days=1) for row in dated.rows if row.end)
        last = self.last_day(version) or dt.date.max
        return iter(sorted(day for day in days if file.start <= day <= last))


def default_year(on: dt.date, facts: Facts | None = None) -> int:
    """The fiscal year assessed: the one before `on`; for a firm founded in the year of `on`, that year itself."""
    founded = facts.get("established_on", None) if facts is not None else None
    if isinstance(founded, dt.date) and founded.year >= on.year:
        return on.year
    return on.year - 1


def versions_in(folder: Path) -> list[Version]:
    """The versions that lie in a folder of policies, by policy and date; other files and folders are passed over."""
    found: list[Version] = []
    for path in folder.glob("*/*/*/policy.yaml"):
        try:
            start = dt.date.fromisoformat(path.parent.name)
        except ValueError:
            continue
        found.append(Version("/".join(path.relative_to(folder).parts[:2]), start, path))
    return sorted(found, key=lambda version: (version.policy, version.start))


def shelf() -> Shelf:
    """The policies shipped with Tidui and those of the folder that TIDUI_POLICIES names, if any; without any overlay.

    PolicyError where that folder is not there, holds no policy, or holds a version that is shipped: a shipped text is
    never replaced unseen.
    """
    return shelf_beside(os.environ.get(OWN_SHELF) or None)


@functools.lru_cache(maxsize=4)
def shelf_beside(own: str | None) -> Shelf:
    """The shipped policies, with those of a folder of one's own; see `shelf`."""
    if own is None:
        return Shelf()
    folder = Path(own)
    if not folder.is_dir():
        raise PolicyError([Problem(own, 1, "", f"{OWN_SHELF} names it, but there is no such folder")])
    added = versions_in(folder)
    if not added:
        said = f"{OWN_SHELF} names it, but it holds no <authority>/<policy>/<effective date>/policy.yaml"
        raise PolicyError([Problem(own, 1, "", said)])
    shipped = {(version.policy, version.start) for version in versions_in(SHELF)}
    twice = [version for version in added if (version.policy, version.start) in shipped]
    if twice:
        said = "comes with Tidui and cannot be replaced: begin a version of a later date, or name the policy otherwise"
        raise PolicyError([Problem(str(v.path), 1, "", f"{v.policy} {v.name} {said}") for v in twice])
    return Shelf(beside=(folder,))


def read_overlay(path: Path, shelf: Shelf) -> dict[str, dict[str, tuple[Row, ...]]]:
    """House values from a file `{policy: {parameter: [{from, to, value, reason, approver}]}}`.

    PolicyError where a name, a value or a date is wrong, or where reason or approver is missing.
    """
    content = yamlfile.load(path)
    problems: list[Problem] = []
    found: dict[str, dict[str, tuple[Row, ...]]] = {}
    for policy, parameters in _entries(content, path, problems, "policies"):
        if policy not in shelf.versions:
            message = f"there is no policy {policy!r}{suggestion(policy, shelf.versions)}"
            problems.append(Problem(str(path), content.lines[policy], "", message))
            continue
        file = shelf.file(shelf.versions[policy][-1])
        for name, rows in _entries(parameters, path, problems, "parameters"):
            dated = file.parameters.get(name)
            if dated is None:
                message = f"{policy} has no parameter {name!r}{suggestion(name, file.parameters)}"
                problems.append(Problem(str(path), parameters.lines[name], policy, message))
                continue
            found.setdefault(policy, {})[name] = tuple(_overlay_rows(rows, dated, path, policy, problems))
    if problems:
        raise PolicyError(problems)
    return found


def _entries(content: Any, path: Path, problems: list[Problem], what: str) -> list[tuple[str, Any]]:
    if isinstance(content, yamlfile.Mapping):
        return list(content.items())
    problems.append(Problem(str(path), getattr(content, "line", 1), "", f"expected a mapping of {what}"))
    return []


def _overlay_rows(rows: Any, dated: Dated, path: Path, policy: str, problems: list[Problem]) -> Iterator[Row]:
    if not isinstance(rows, list):
        rows = [{"from": dt.date.min, "value": rows, "reason": "given with --params", "approver": "-"}]
    for row in rows:
        line = getattr(row, "line", 1)
        value = row.get("value") if isinstance(row, dict) else None
        given = row if isinstance(row, dict) else {}
        missing = [key for key in ("from", "value", "reason", "approver") if given.get(key) is None]
        if missing:
            problems.append(Problem(str(path), line, policy, f"{dated.id}: {', '.join(missing)} missing"))
            continue
        if isinstance(value, int | Fraction) and not isinstance(value, bool):
            value = Fraction(value) * 100 ** units.fen_power(dated.gives)
        elif isinstance(value, str):
            problems.append(Problem(str(path), line, policy, f"{dated.id}: expected a number, found {value!r}"))
            continue
        why = {"zh": str(row["reason"]), "en": str(row["reason"])}
        yield Row(row["from"], row.get("to"), value, (), line, why)
