"""What higher rooms hang into a move: guards that may refuse it, listeners told of it in its transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from tidui.accounts.models import Organisation
from tidui.casework.models import Application, Batch, Call, Step
from tidui.casework.programme import Move, Stage
from tidui.kit.access import Refused


@dataclass(frozen=True, slots=True)
class Moving:
    """A move about to be made. `by` is None for what the system does; `batch` is where a confirmation puts it."""

    application: Application
    stage: Stage
    move: Move
    by: Any
    at: dt.datetime
    batch: Batch | None = None


Row = TypeVar("Row", bound=Model)


def held(rows: QuerySet[Row], **how: Any) -> QuerySet[Row]:
    """Rows that a guard reads: locked while a move is made; a preview, which is in no transaction, only looks."""
    return rows.select_for_update(**how) if transaction.get_connection().in_atomic_block else rows


Guard = Callable[[Moving], "Refused | None"]
Listener = Callable[[Application, Step, dt.datetime], object]

Entry = Callable[[Call, Organisation, dt.datetime], "Refused | None"]

_guards: list[tuple[str, str, Guard]] = []
_entries: list[Entry] = []
_listeners: list[Listener] = []
_ahead: list[Listener] = []


def guard(kind: str, move: str = "") -> Callable[[Guard], Guard]:
    """Ask this function before a move at a stage of this kind (empty: of any kind; no move named: any move)."""

    def registered(function: Guard) -> Guard:
        _guards.append((kind, move, function))
        return function

    return registered


def refusal(moving: Moving) -> Refused | None:
    """The first guard's refusal, if any refuses."""
    for kind, move, function in _guards:
        if kind in ("", moving.stage.kind.name) and move in ("", moving.move.name):
            refused = function(moving)
            if refused is not None:
                return refused
    return None


def entry(function: Entry) -> Entry:
    """Ask `function(call, organisation, at)` before an application is begun or submitted: it may say why not."""
    if function not in _entries:
        _entries.append(function)
    return function


def entry_refusal(call: Call, organisation: Organisation, at: dt.datetime) -> Refused | None:
    """Why an organisation may not apply under a call now, if somebody says so."""
    answers = (function(call, organisation, at) for function in _entries)
    return next((refused for refused in answers if refused is not None), None)


Answering = Callable[[Application, Mapping[str, Any]], Mapping[str, str]]
_answerings: list[Answering] = []


def answering(function: Answering) -> Answering:
    """Ask `function(application, answers)` at a submission what is wrong with its answers: question to words."""
    if function not in _answerings:
        _answerings.append(function)
    return function


def answer_faults(application: Application, answers: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the answers of a form, by question; the first who says so is heard."""
    found: dict[str, str] = {}
    for function in _answerings:
        for name, message in function(application, answers).items():
            found.setdefault(name, message)
    return found


def when_moved(listener: Listener) -> Listener:
    """Have `listener(application, step, at)` called after every step, within its transaction."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def when_moving(listener: Listener) -> Listener:
    """The same, but called before the application is written with what the step made of it.

    It has no number yet at its first submission. For whoever needs none: from the number on all others who submit wait
    until the transaction ends.
    """
    if listener not in _ahead:
        _ahead.append(listener)
    return listener


def tell_ahead(application: Application, step: Step, at: dt.datetime) -> None:
    """Tell every listener who need not wait for the number."""
    for listener in _ahead:
        listener(application, step, at)


def tell(application: Application, step: Step, at: dt.datetime) -> None:
    """Tell every other listener."""
    for listener in _listeners:
        listener(application, step, at)


Closing = Callable[[Batch, dt.datetime], object]
_closings: list[Closing] = []


def when_closed(listener: Closing) -> Closing:
    """Have `listener(batch, at)` called when a batch is closed, within its transaction."""
    if listener not in _closings:
        _closings.append(listener)
    return listener


def closed(batch: Batch, at: dt.datetime) -> None:
    """Tell every listener that a batch is closed."""
    for listener in _closings:
        listener(batch, at)


Beginning = Callable[[Application, dt.datetime], object]
_beginnings: list[Beginning] = []


def when_begun(listener: Beginning) -> Beginning:
    """Have `listener(application, at)` called when an application is begun, within its transaction."""
    if listener not in _beginnings:
        _beginnings.append(listener)
    return listener


def begun(application: Application, at: dt.datetime) -> None:
    """Tell every listener that an application is begun."""
    for listener in _beginnings:
        listener(application, at)
