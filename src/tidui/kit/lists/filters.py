"""The filters of a list: what a person may type or tick, how it is read, how it narrows the rows, how it is told back.

A filter never fails on what it is sent: what it cannot read becomes a `Problem` for the page, and is ignored.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.codes import divisions as codes
from tidui.codes.faults import BadValue
from tidui.codes.money import parse as parse_money
from tidui.kit import divisions, lang

Rows: TypeAlias = "QuerySet[Any]"
Options: TypeAlias = Sequence[tuple[Any, Any]] | Callable[[Any], Iterable[tuple[Any, Any]]]

#: Values of one filter that are read; a longer address is somebody's experiment.
MOST_VALUES: Final = 50
_LONGEST: Final = 100
_WHOLE_LIMIT: Final = 2**53


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the address that could not be used, in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Chip:
    """An active value of a filter, and which parameters to leave out to be rid of it (value None: all of the name)."""

    label: str
    text: str
    drop: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A value that may be chosen; `count` rows have it, if they were counted."""

    value: str
    label: str
    chosen: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What was asked of one filter: values that can be used, and what was wrong with others."""

    values: Any = None
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return self.values is not None


class Filter(Protocol):
    """What a list asks of a filter."""

    @property
    def name(self) -> str:
        """Its name, which most filters also take as their GET parameter."""
        ...

    @property
    def label(self) -> Any:
        """What it is called on the page."""
        ...

    @property
    def form(self) -> str:
        """Which fragment of the template draws it."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """The GET parameters that it reads."""
        ...

    def read(self, asked: QueryDict, user: Any) -> Given:
        """What the address asks for."""
        ...

    def narrow(self, rows: Rows, given: Given) -> Rows:
        """The rows that fit."""
        ...

    def chips(self, given: Given, user: Any) -> list[Chip]:
        """The active values in words."""
        ...


def _cannot(label: Any, text: str) -> Problem:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return Problem(_("筛选条件“%(label)s”不认识“%(value)s”，已忽略。") % {"label": label, "value": shown})


@dataclass(frozen=True, eq=False)
class Choice:
    """One or several of a set of values; rows with any of them fit."""

    name: str
    label: Any
    options: Options
    field: str = ""
    apply: Callable[[Rows, list[str]], Rows] | None = None
    counts: bool = False
    form: str = "choice"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The name alone; it may be repeated."""
        return (self.name,)

    def known(self, user: Any) -> Mapping[str, tuple[Any, str]]:
        """The values as they are written in an address, with the values of the database and the labels."""
        if not callable(self.options):
            return _worded(self, get_language() or "")
        return {str(value): (value, str(label)) for value, label in self.options(user)}

    def read(self, asked: QueryDict, user: Any) -> Given:
        """The known ones among the values given."""
        sent = [one for one in asked.getlist(self.name)[:MOST_VALUES] if one != ""]
        if not sent:
            return Given()
        known = self.known(user)
        good = [one for one in dict.fromkeys(sent) if one in known]
        return Given(good or None, tuple(_cannot(self.label, one) for one in sent if one not in known))

    def narrow(self, rows: Rows, given: Given) -> Rows:
        """By the field, or by the function of the declaration."""
        if self.apply is not None:
            return self.apply(rows, given.values)
        return rows.filter(**{f"{self.field}__in": given.values})

    def chips(self, given: Given, user: Any) -> list[Chip]:
        """One for each value."""
        known = self.known(user)
        return [Chip(str(self.label), known[one][1], ((self.name, one),)) for one in given.values]

    def offered(self, given: Given, user: Any, counts: Mapping[Any, int] | None = None) -> list[Option]:
        """The values for the form; those that no row has are left out where rows were counted."""
        chosen = set(given.values or ())
        return [
            Option(text, label, text in chosen, None if counts is None else counts.get(value, 0))
            for text, (value, label) in self.known(user).items()
            if counts is None or counts.get(value) or text in chosen
        ]


@lru_cache(maxsize=512)
def _worded(choice: Choice, language: str) -> Mapping[str, tuple[Any, str]]:
    """The values of a filter that are the same for everybody, with their labels in one language."""
    assert not callable(choice.options)
    return {str(value): (value, str(label)) for value, label in choice.options}


@dataclass(frozen=True, eq=False)
class YesNo(Choice):
    """Yes or no of a boolean field; rows where it is not known fit neither."""

    options: Options = field(default=())
    form: str = "choice"

    def known(self, user: Any) -> Mapping[str, tuple[Any, str]]:
        """Yes and no."""
        return {"1": (True, _("是")), "0": (False, _("否"))}

    def narrow(self, rows: Rows, given: Given) -> Rows:
        """Both ticked: whatever is known."""
        return rows.filter(**{f"{self.field}__in": [one == "1" for one in given.values]})


@dataclass(frozen=True)
class Division:
    """Divisions by code; a prefecture takes its counties in."""

    name: str
    label: Any
    field: str
    form: str = "division"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The name alone; it may be repeated."""
        return (self.name,)

    def read(self, asked: QueryDict, user: Any) -> Given:
        """The codes that are divisions today."""
        sent = [one for one in asked.getlist(self.name)[:MOST_VALUES] if one != ""]
        good = [one for one in dict.fromkeys(sent) if one in divisions.table()]
        return Given(good or None, tuple(_cannot(self.label, one) for one in sent if one not in good))

    def narrow(self, rows: Rows, given: Given) -> Rows:
        """A prefecture's codes begin with its first four digits."""
        fits = Q(**{f"{self.field}__in": given.values})
        for code in given.values:
            if codes.table()[code].level == "prefecture":
                fits |= Q(**{f"{self.field}__gte": code, f"{self.field}__lte": code[:4] + "99"})
        return rows.filter(fits)

    def chips(self, given: Given, user: Any) -> list[Chip]:
        """One for each division."""
        return [Chip(str(self.label), division_name(code), ((self.name, code),)) for code in given.values]

    def offered(self, given: Given) -> list[tuple[Option, list[Option]]]:
        """The prefectures, each with its counties."""
        chosen = set(given.values or ())

        def option(one: codes.Division) -> Option:
            return Option(one.code, lang.of(one.zh, one.en), one.code in chosen)

        inside: dict[str, list[Option]] = {}
        for one in divisions.table().values():
            if one.level == "county":
                inside.setdefault(one.prefecture, []).append(option(one))
        return [
            (option(one), inside.get(one.code, [])) for one in divisions.table().values() if one.level == "prefecture"
        ]


#: Names by language and code, and until when they are taken as they are: an export asks for a hundred thousand.
_names: dict[tuple[str, str], str] = {}
_names_until = 0.0


def division_name(code: str | None) -> str:
    """The name of a division in the language of the page, with its prefecture; the code where it is not known."""
    global _names_until
    if time.monotonic() > _names_until:
        _names.clear()
        _names_until = time.monotonic() + 1
    key = (lang.active(), code or "")
    if key not in _names:
        _names[key] = _division_name(code)
    return _names[key]


def _division_name(code: str | None) -> str:
    found = divisions.table().get(code or "")
    if found is None:
        return code or ""
    own = lang.of(found.zh, found.en)
    above = divisions.table().get(found.prefecture)
    if above is None or above.code == found.code:
        return own
    return lang.of(f"{above.zh}{found.zh}", f"{found.en}, {above.en}")


@dataclass(frozen=True)
class _Range:
    """From one value to another, both included; either may be left open."""

    name: str
    label: Any
    field: str
    form: str = "range"
    input: str = "text"
    wrong: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """`<name>_from` and `<name>_to`."""
        return (f"{self.name}_from", f"{self.name}_to")

    def value(self, text: str) -> Any:
        """The value that a text stands for; ValueError if none."""
        raise NotImplementedError

    def bounds(self, low: Any, high: Any) -> Q:
        """The rows from low to high, either of which may be None."""
        fits = Q()
        if low is not None:
            fits &= Q(**{f"{self.field}__gte": low})
        if high is not None:
            fits &= Q(**{f"{self.field}__lte": high})
        return fits

    def read(self, asked: QueryDict, user: Any) -> Given:
        """The two ends, as typed and as values."""
        ends: list[tuple[str, Any]] = []
        problems: list[Problem] = []
        for name in self.parameters:
            text = asked.get(name, "").strip()
            try:
                ends.append((text, self.value(text) if text else None))
            except ValueError:
                ends.append(("", None))
                problems.append(_cannot(self.label, text))
        (_low_text, low), (_high_text, high) = ends
        if low is not None and high is not None and low > high:
            problems.append(Problem(_("筛选条件“%(label)s”的起点大于终点，没有符合的记录。") % {"label": self.label}))
        return Given(None if low is None and high is None else ends, tuple(problems))

    def narrow(self, rows: Rows, given: Given) -> Rows:
        """Between the ends."""
        return rows.filter(self.bounds(given.values[0][1], given.values[1][1]))

    def chips(self, given: Given, user: Any) -> list[Chip]:
        """One for both ends."""
        (low, _low), (high, _high) = given.values
        drop = tuple((name, None) for name in self.parameters)
        if low and high:
            text = _("%(low)s 至 %(high)s") % {"low": low, "high": high}
        else:
            text = _("%(low)s 起") % {"low": low} if low else _("至 %(high)s") % {"high": high}
        return [Chip(str(self.label), text, drop)]


@dataclass(frozen=True)
class Dates(_Range):
    """Days of a date field, or (`moments`) of a field of moments, by the day in Shanghai."""

    input: str = "date"
    moments: bool = False

    def value(self, text: str) -> dt.date:
        """A day as 2026-06-30."""
        day = dt.date.fromisoformat(text)
        if not 1900 <= day.year <= 2200:
            raise ValueError(text)
        return day

    def bounds(self, low: Any, high: Any) -> Q:
        """Of moments the whole last day counts."""
        from tidui.kit import clock

        if not self.moments:
            return super().bounds(low, high)
        fits = Q()
        if low is not None:
            fits &= Q(**{f"{self.field}__gte": clock.start_of(low)})
        if high is not None:
            fits &= Q(**{f"{self.field}__lt": clock.start_of(high + dt.timedelta(days=1))})
        return fits


@dataclass(frozen=True)
class Numbers(_Range):
    """Whole numbers."""

    input: str = "number"

    def value(self, text: str) -> int:
        """Digits, with thousands separators or without."""
        if len(text) > _LONGEST:
            raise ValueError(text)
        found = int(text.replace(",", "").replace("，", ""))  # tidui: data
        if abs(found) >= _WHOLE_LIMIT:
            raise ValueError(text)
        return found


@dataclass(frozen=True)
class Amounts(_Range):
    """Money, typed in 万元 and compared in fen."""

    input: str = "amount"

    def value(self, text: str) -> int:
        """An amount in 万元, exactly."""
        try:
            found = parse_money(text[:_LONGEST], "万元")
        except BadValue as error:
            raise ValueError(text) from error
        if abs(found) >= _WHOLE_LIMIT:
            raise ValueError(text)
        return found


choice = Choice
yes_no_filter = YesNo
division = Division
dates = Dates
numbers = Numbers
amounts = Amounts


def custom(
    name: str, label: Any, options: Options, apply: Callable[[Rows, list[str]], Rows], **more: Any
) -> Choice:
    """Named choices whose meaning is a function of the rows."""
    return Choice(name, label, options, apply=apply, **more)
