"""Purposes of exchanging lists with others: what goes out, which answers come back, and what an answer does.

Whoever owns a stage declares a purpose once; preparing the list, sending it, reading the answers, holding back what
does not fit and showing all of it is done here for every one (see `tidui.casework.actions.exchanging`).

    define(Purpose(
        name="tax", title=Pair("税务核验", "tax verification"), layout="1",
        columns=(Column("name", Pair("企业名称", "enterprise")), …),
        outcomes=(Outcome("verified", Pair("相符", "agrees")), …),
        write_row=lambda application: {…}, apply_row=apply, partner_kind=OrganisationKind.TAX, fits=…,
    ))

Rows are found again by the credit code. Nothing here knows of a page or a file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from django.utils import translation

from tidui.casework.programme import Stage
from tidui.kit.lang import Pair

if TYPE_CHECKING:
    from tidui.accounts.models import User
    from tidui.casework.models import Application, Batch, ExchangeRow
    from tidui.kit.access import Refused

Kind = Literal["text", "code", "date", "money", "int", "bool"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. Money is fen in the data and yuan in the file; a code is a text even where it is all digits.

    `distinct`: two enterprises cannot be answered with the same value, such as a number. `most` is the longest text.
    """

    name: str
    title: Pair
    kind: Kind = "text"
    help: Pair | None = None
    width: int | None = None
    distinct: bool = False
    most: int = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be answered of an enterprise: a word of the file. `needs` are answer columns that must be filled then.

    `also` are other words that mean it. `tone` is that of the badge.
    """

    name: str
    title: Pair
    tone: str = "neutral"
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered of one enterprise: `values` by answer column, and the document that it came with, if any."""

    outcome: str
    values: Mapping[str, Any] = field(default_factory=dict)
    document_number: str = ""
    document_date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why an answer is not taken by itself: `text` is a translated message that `params` fill; `code` for programs.

    A `hard` one cannot be accepted by a person either: the other side has to be asked again.
    """

    code: str
    text: Any
    params: Mapping[str, Any] = field(default_factory=dict)
    hard: bool = False

    def __str__(self) -> str:
        return str(self.text) % dict(self.params) if self.params else str(self.text)

    def kept(self) -> dict[str, Any]:
        """As it is kept in the database: the words in both languages."""
        said = {}
        for key, language in (("zh", "zh-hans"), ("en", "en")):
            with translation.override(language):
                said[key] = str(self)
        return {"code": self.code, "hard": self.hard, **said}


def _nothing_wrong(row: ExchangeRow, answer: Answer) -> list[RowFault]:
    return []


def _any_stage(stage: Stage) -> bool:
    return False


@dataclass(frozen=True)
class Purpose:
    """Why lists are exchanged. `layout` is the version of the columns: it stands in the file and is asked for again.

    `columns` go out after the serial number, credit code and name, which every list has; `answers` come back beside
    the outcome and the reason (column `reason`), which every answer has.

    `write_row(application)` gives the values of `columns`. `read_row(row, answer)` says what is wrong with an answer:
    it is then held back for a person. `apply_row(row, answer, by, at)` does what follows, in the transaction in which
    the row is answered; it must do nothing where the application has gone on (`advance(expect=row.exchange.stage)`).
    `change_row` does what follows when a person sets another answer in the place of an earlier one (None: only the
    row is changed); `may_change` may refuse that.

    `fits(stage)` says at which stages of a programme a batch is listed for this. `partner_kind` is the kind of
    organisation that answers, empty where it is no organisation of the site (the national platform).
    """

    name: str
    title: Pair
    layout: str
    columns: tuple[Column, ...]
    outcomes: tuple[Outcome, ...]
    write_row: Callable[[Application], Mapping[str, Any]]
    apply_row: Callable[[ExchangeRow, Answer, User, dt.datetime], object]
    read_row: Callable[[ExchangeRow, Answer], list[RowFault]] = _nothing_wrong
    change_row: Callable[[ExchangeRow, Answer, User, dt.datetime], object] | None = None
    may_change: Callable[[ExchangeRow, Answer], Refused | None] | None = None
    answers: tuple[Column, ...] = ()
    partner_kind: str = ""
    fits: Callable[[Stage], bool] = _any_stage
    days: int = 10
    lead: Pair | None = None
    order: int = 100

    def outcome(self, name: str) -> Outcome | None:
        """The outcome of this name."""
        return next((one for one in self.outcomes if one.name == name), None)

    def outcome_of_word(self, word: str) -> Outcome | None:
        """The outcome that a word of a file means, in either language."""
        given = word.strip().casefold()
        for one in self.outcomes:
            if given in {word.casefold() for word in (one.name, one.title.zh, one.title.en, *one.also)}:
                return one
        return None

    @property
    def answer_columns(self) -> tuple[Column, ...]:
        """The columns that come back beside the outcome."""
        return (*self.answers, REASON)

    @property
    def mark(self) -> str:
        """Name and layout as they stand in the file: `tax/1`."""
        return f"{self.name}/{self.layout}"


#: Every answer may say why; `needs=("reason",)` makes it a duty.
REASON: Final = Column("reason", Pair("原因说明", "reason"), width=36)  # tidui: data

_purposes: dict[str, Purpose] = {}


def define(purpose: Purpose) -> Purpose:
    """Make a purpose known; ValueError if its name is taken or an outcome needs a column that is not there."""
    if purpose.name in _purposes:
        raise ValueError(f"two purposes are called {purpose.name}")
    names = {one.name for one in purpose.answer_columns}
    for outcome in purpose.outcomes:
        missing = set(outcome.needs) - names
        if missing:
            raise ValueError(f"{purpose.name}: {outcome.name} needs {', '.join(sorted(missing))}, which is no column")
    _purposes[purpose.name] = purpose
    return purpose


def purposes() -> Mapping[str, Purpose]:
    """All purposes, in the order in which pages show them."""
    return MappingProxyType(dict(sorted(_purposes.items(), key=lambda item: (item[1].order, item[0]))))


def purpose(name: str) -> Purpose:
    """The purpose of this name; KeyError if there is none."""
    return _purposes[name]


def forget(name: str) -> None:
    """Take a purpose out again: for tests that define one of their own."""
    _purposes.pop(name, None)


def of_stage(stage: Stage) -> list[Purpose]:
    """The purposes for which a batch at this stage is listed."""
    return [one for one in purposes().values() if one.fits(stage)]


_readers: list[Callable[[Batch, dt.datetime], object]] = []


def when_answered(listener: Callable[[Batch, dt.datetime], object]) -> Callable[[Batch, dt.datetime], object]:
    """Have `listener(batch, at)` called after answers about a batch were taken: the batch follows its applications."""
    if listener not in _readers:
        _readers.append(listener)
    return listener


def answered(batch: Batch, at: dt.datetime) -> None:
    """Tell whoever listens that answers about a batch were taken."""
    for listener in _readers:
        listener(batch, at)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stand-in does with a list: how many enterprises it refuses, leaves for later, answers twice, wrongly."""

    seed: str = "1"
    refuse: int = 0
    late: int = 0
    duplicate: int = 0
    malformed: int = 0


#: Reads a list (workbook or CSV) and writes the answers beside it; only the demonstration has one.
StandIn = Callable[[Path, str, Path, Plan], object]
_stand_ins: list[StandIn] = []


def use_stand_in(function: StandIn | None) -> None:
    """Answer lists by this function in the place of the real authorities; None ends that."""
    _stand_ins[:] = [] if function is None else [function]


def stand_in() -> StandIn | None:
    """What answers in the place of the real authorities, if this is the demonstration."""
    return _stand_ins[0] if _stand_ins else None
