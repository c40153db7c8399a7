"""Which personal data each model holds, what for, and how long: the register that `tidui forget` follows.

Every model says it in its app's `audited.py`, by `declare` or by `none`; a contract test finds one that does not.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: A house default: how long records of official business are kept. The rules on what offices file (国家档案局令第8号)
#: give 10 years, 30 years or for ever; 10 is the shortest. A department that keeps longer sets TIDUI_ARCHIVE_YEARS.
ARCHIVE_YEARS: Final = 10


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a person's name must stay, and until which day."""

    until: dt.date
    why: Any


@dataclass(frozen=True, slots=True)
class Retention:
    """How long something stays: until it is asked to go, so many months from a moment, or with the person's records."""

    words: Any
    months: int | None = None
    #: The field of the row from which the months count; what is older goes by itself (`forget.expire`).
    since: str = ""
    #: As long as a record of official business names the person.
    with_records: bool = False
    #: A rule of its own: the row and why the person's name must stay, to why the row must.
    kept: Callable[[Any, list[Hold]], Hold | None] | None = None


AT_ONCE: Final = Retention(_("本人要求删除时即删除"))
WITH_RECORDS: Final = Retention(_("随本人经办的公务记录保存，归档期满后删除"), with_records=True)


@dataclass(frozen=True)
class Declaration:
    """Personal fields of a model with what each is for. `subject` leads from a row to its person."""

    model: type[models.Model]
    fields: Mapping[str, Any]
    subject: str | Callable[[Any], models.QuerySet[Any]]
    retention: Retention
    neutral: Mapping[str, Any] = field(default_factory=dict)
    #: What is done: the fields are replaced, or whole rows deleted.
    delete: bool = False
    #: Fields whose values occur nowhere but for this person, so that the histories can be searched for them.
    traces: tuple[str, ...] = ()
    #: Called after the rows were dealt with, with the rows as they were.
    afterwards: Callable[[list[Any]], None] | None = None

    def rows(self, person: Any) -> models.QuerySet[Any]:
        """The person's rows."""
        if callable(self.subject):
            return self.subject(person)
        return self.model._default_manager.filter(**{self.subject: person.pk})

    def kept_until(self, row: Any, holds: list[Hold]) -> Hold | None:
        """Until when this row must stay as it is, and why; None when it may go."""
        if self.retention.kept is not None:
            return self.retention.kept(row, holds)
        if self.retention.with_records:
            return latest(holds)
        if self.retention.months is not None:
            begun = getattr(row, self.retention.since)
            until = months_after(begun, self.retention.months) if begun else None
            return Hold(until, self.retention.words) if until and until > timezone.localdate() else None
        return None

    def replaced(self, row: Any) -> dict[str, Any]:
        """What stands in the fields afterwards."""
        return {name: self._neutral(name, row) for name in {**self.fields, **self.neutral}}

    def _neutral(self, name: str, row: Any) -> Any:
        if name in self.neutral:
            given = self.neutral[name]
            return given(row) if callable(given) else given
        column = self.model._meta.get_field(name)
        return None if getattr(column, "null", False) else column.get_default()  # type: ignore[union-attr]


_declared: list[Declaration] = []
_none: dict[type[models.Model], Any] = {}
_holds: list[Callable[[Any], Iterable[Hold]]] = []
_unconfirmed: list[Callable[[str | None, dt.datetime], models.QuerySet[Any]]] = []


def declare(
    model: type[models.Model],
    *,
    fields: Mapping[str, Any],
    subject: str | Callable[[Any], models.QuerySet[Any]],
    retention: Retention = AT_ONCE,
    **how: Any,
) -> None:
    """Say which fields are personal, what each is for, whose they are and how long they stay. See Declaration.

    A model may be declared in parts that stay for different times. FieldDoesNotExist for an unknown field.
    """
    for name in fields:
        model._meta.get_field(name)
    _declared.append(Declaration(model, fields, subject, retention, **how))


def none(*found: type[models.Model], because: Any = "") -> None:
    """Say that these models hold nothing personal but, at most, keys of people."""
    for model in found:
        _none[model] = because


def hold(function: Callable[[Any], Iterable[Hold]]) -> Callable[[Any], Iterable[Hold]]:
    """Register a function that says why a person's name must stay."""
    _holds.append(function)
    return function


def unconfirmed(
    function: Callable[[str | None, dt.datetime], models.QuerySet[Any]],
) -> Callable[[str | None, dt.datetime], models.QuerySet[Any]]:
    """Register a function of (credit code or None, moment): who asked in vain, and nothing since the moment."""
    _unconfirmed.append(function)
    return function


def declared() -> tuple[Declaration, ...]:
    """All declarations, in the order of the models' names."""
    return tuple(sorted(_declared, key=lambda one: one.model._meta.label))


def declared_none() -> Mapping[type[models.Model], Any]:
    """The models that say they hold nothing personal, with the reason where one was given."""
    return dict(_none)


def holds_of(person: Any) -> list[Hold]:
    """Why this person's name must stay, latest first."""
    found = [each for function in _holds for each in function(person)]
    return sorted(found, key=lambda each: each.until, reverse=True)


def never_confirmed(uscc: str | None, before: dt.datetime) -> Iterator[Any]:
    """People who asked to act for an organisation (of this credit code, or any) and were never confirmed."""
    for function in _unconfirmed:
        yield from function(uscc, before)


def references() -> list[tuple[type[models.Model], str]]:
    """(model, field) of every reference to a person: keys, which stay when the person's name goes."""
    person = get_user_model()
    found = []
    for model in sorted({*(one.model for one in _declared), *_none}, key=lambda each: each._meta.label):
        for column in model._meta.local_concrete_fields:
            if column.remote_field and column.remote_field.model is person:
                found.append((model, column.name))
    return found


def hold_acts(acts: Iterable[tuple[type[models.Model], str, str]], words: Any) -> None:
    """Keep the names of whoever did something on record for as long as the record: (model, by whom, when).

    `words` say why, with `%(kind)s` for what the model is called. The last time that somebody did it counts.
    """
    listed = tuple(acts)

    def held(person: Any) -> Iterator[Hold]:
        for model, who, when in listed:
            rows = model._default_manager.filter(**{who: person.pk, f"{when}__isnull": False})
            last = rows.order_by(f"-{when}").values_list(when, flat=True).first()
            if last is not None:
                yield Hold(years_after(last, archive_years()), words % {"kind": model._meta.verbose_name})

    hold(held)


def latest(holds: list[Hold]) -> Hold | None:
    """The hold that lasts longest; None when all have ended."""
    today = timezone.localdate()
    return max((hold for hold in holds if hold.until > today), key=lambda hold: hold.until, default=None)


def archive_years() -> int:
    """How many years a record of official business names who worked on it."""
    return int(getattr(settings, "TIDUI_ARCHIVE_YEARS", ARCHIVE_YEARS))


def years_after(begun: dt.date | dt.datetime, years: int) -> dt.date:
    """The same day so many years later, the last of February for its 29th."""
    return months_after(begun, 12 * years)


def months_after(begun: dt.date | dt.datetime, months: int) -> dt.date:
    """The same day so many months later, or the last of that month when it is shorter."""
    day = timezone.localtime(begun).date() if isinstance(begun, dt.datetime) else begun
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def midnight(day: dt.date) -> dt.datetime:
    """The moment at which a day begins by the legal clock."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
