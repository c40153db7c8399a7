"""A form that was sent as a whole: what it says is kept, and with `send` submitted too, all in one transaction.

Its files were received before, outside of the transaction: nobody waits for a disk while others wait for their turn.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.audit import events, rows
from tidui.casework import form, judging, tables_form
from tidui.casework.actions import applying, writing
from tidui.casework.actions.applying import Submitted
from tidui.casework.form import FormView, Read
from tidui.casework.models import Application, Attachment, Step, Submission
from tidui.casework.writing import Texts
from tidui.codes.money import MoneyUnit
from tidui.facts.faults import Faults
from tidui.kit import access, clock, files, formats
from tidui.kit.access import NotAllowed
from tidui.kit.models import Delivery, Message, StoredFile
from tidui.registry.actions import keys_of_returns
from tidui.registry.assessing import Told
from tidui.registry.entry import Merged
from tidui.registry.facts import by_place

_TYPED = frozenset({"answers"})


@dataclass(frozen=True, slots=True)
class Document:
    """A document that came with the form, and what was written beside it."""

    evidence: str
    received: files.Received
    note: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form was sent with: the year that its page was about, its texts, what these `were`, its documents.

    `notes`: documents that were not received. `seen`: the version of the application that the page was made of.
    """

    year: int
    texts: Texts
    were: Texts
    unit: MoneyUnit
    documents: Sequence[Document] = ()
    notes: Sequence[str] = ()
    pledged: bool = False
    despite: bool = False
    carried: bool = False
    seen: int = 0

    def settle(self) -> None:
        """Wait until the documents are safe on the disk; before a transaction, so that nobody waits behind them."""
        for one in self.documents:
            one.received.settled()


@dataclass(slots=True)
class Saved:
    """The form as it is once what was sent is kept; `notes` are documents that could not be."""

    view: FormView
    merged: Merged
    notes: list[str]


@dataclass(slots=True)
class Result:
    """What became of a form that was to be submitted: `done`, or what stands against it. It is kept in either case.

    `doubts`: amounts that are probably meant in another unit; it is submitted `despite` them.
    `failed`: the site itself could not submit it; nobody but `send` sees such a result.
    """

    saved: Saved
    done: Submitted | None = None
    faults: Mapping[str, Told] = field(default_factory=dict)
    doubts: Mapping[str, Told] = field(default_factory=dict)
    refused: Faults | NotAllowed | None = None
    failed: Exception | None = None


def save(*, view: FormView, sent: Sent, by: User, at: dt.datetime) -> Saved:
    """Keep a form: fields that only this person changed, then its documents; what was left aside stands in the view.

    An application that is not begun yet is begun by it, here as in `send`.
    """
    sent.settle()
    with transaction.atomic():
        held = applying.opened(view.application, by, at)
        access.require("casework.write", by, held)
        saved, changed = _taken(held, view, sent, by, at)
        if changed:
            rows.update(held, _TYPED)
        return saved


def send(*, view: FormView, sent: Sent, by: User, at: dt.datetime) -> Result:
    """Keep a form as `save` does, and submit it if nothing stands against it. `at`: when it arrived."""
    ahead = _ahead(view, sent, clock.day_of(at))
    sent.settle()
    result = _at_once(view, sent, by, at, ahead) or _in_two_steps(view, sent, by, at, ahead)
    if isinstance(result.failed, OperationalError):
        # A colleague sends a form of the same enterprise, and each held what the other needed: PostgreSQL has ended
        # this one so that the other can end. Whatever else it was fails again, and is told.
        result = _in_two_steps(view, sent, by, at, ahead)
    if result.failed is not None:
        raise result.failed
    return result


def _at_once(view: FormView, sent: Sent, by: User, at: dt.datetime, ahead: _Ahead | None) -> Result | None:
    """A form against which nothing seems to stand, kept and submitted in one piece: that is the least to wait for.

    None where something does after all: nothing is kept of it then, and it is done again in two steps.
    """
    if ahead is None or not ahead.passes(sent):
        return None
    own = dataclasses.replace(view, application=copy.copy(view.application))  # the other one stays as it was read
    try:
        with transaction.atomic(), rows.gathered(_keys(own, sent, ahead)), events.together():
            held, saved, _changed = _opened(own, sent, by, at)
            result = _handed_in(held, saved, sent, by, at, ahead)
            if result.done is None:
                raise _NotAtOnce
    except Exception:  # whatever it is, it is met again and told
        return None
    return result


class _NotAtOnce(Exception):
    """Something stands against the submission."""


#: So many people of an enterprise are told of a submission; of more, those behind are written one by one.
_TOLD: Final = 4


def _keys(view: FormView, sent: Sent, ahead: _Ahead) -> dict[type[Model], int]:
    """How many records of which kinds a submission makes that others need the key of."""
    papers = len(sent.documents)
    found: dict[type[Model], int] = {
        StoredFile: papers, Attachment: papers, Submission: 1, Step: 1, Message: _TOLD, Delivery: _TOLD,
    }  # fmt: skip
    found |= {} if view.application.is_begun else {Application: 1}
    return found | keys_of_returns(by_place(ahead.read.stated))


def _in_two_steps(view: FormView, sent: Sent, by: User, at: dt.datetime, ahead: _Ahead | None) -> Result:
    with transaction.atomic(), events.together():
        held, saved, changed = _opened(view, sent, by, at)
        result = _submitted(held, saved, sent, by, at, ahead)
        if changed and result.done is None:
            rows.update(held, _TYPED)
    return result


def _opened(view: FormView, sent: Sent, by: User, at: dt.datetime) -> tuple[Application, Saved, bool]:
    """The application, locked, with the form taken into it; did any text change?"""
    held = applying.opened(view.application, by, at)
    access.require("casework.write", by, held)
    return held, *_taken(held, view, sent, by, clock.now())


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What the texts say, and the rules of that, worked out before the transaction: it holds for these texts alone."""

    texts: Texts
    year: int
    read: Read
    judged: judging.Foreseen | None

    def passes(self, sent: Sent) -> bool:
        """Does nothing that is known before the transaction stand against a submission?"""
        if self.judged is None or sent.notes or not sent.pledged:
            return False
        return sent.despite or self.judged.judgement.verdict == "pass"


def _ahead(view: FormView, sent: Sent, today: dt.date) -> _Ahead | None:
    """The long work of a submission, before anybody waits: right unless somebody else changes something meanwhile.

    Whatever fails here is done again in the transaction, and told when what was typed is kept.
    """
    try:
        return _foreseen(view, sent, today)
    except Exception:
        return None


def _foreseen(view: FormView, sent: Sent, today: dt.date) -> _Ahead:
    texts = {**view.texts, **sent.texts}
    found = form.read(view.programme, texts, sent.year, sent.unit, without=view.left_out)
    if found.faults:
        return _Ahead(texts, sent.year, found, None)
    facts = view.facts_with(found.stated)
    policy, year = view.programme.policy, judging.year_of(view.application, facts, today)
    judged = judging.Foreseen(facts, judging.judge(policy, facts, on=today, year=year))
    return _Ahead(texts, sent.year, found, judged)


def _submitted(
    held: Application, saved: Saved, sent: Sent, by: User, at: dt.datetime, ahead: _Ahead | None
) -> Result:
    typed = held.answers
    try:
        with transaction.atomic(), events.together():  # what was typed outlives a refusal
            return _handed_in(held, saved, sent, by, at, ahead)
    except (Faults, NotAllowed) as refused:
        _taken_back(held, typed)
        return Result(saved, refused=refused)
    except Exception as failure:  # raised again by `send`, once what was typed is kept
        _taken_back(held, typed)
        return Result(saved, failed=failure)


def _taken_back(held: Application, typed: Any) -> None:
    """Bring the record to what is kept of it: what was typed and attached, and no submission."""
    held.answers = typed
    for one in held.attached_now or ():
        one.submission = None


def _handed_in(
    held: Application, saved: Saved, sent: Sent, by: User, at: dt.datetime, ahead: _Ahead | None
) -> Result:
    """Submit what was kept, where nothing that can be told of the form alone stands against it."""
    view = saved.view
    if saved.merged.conflicts:
        return Result(saved)
    found, judged = _found(view, ahead)
    complaints = form.complaints(view, found, pledged=sent.pledged)
    faults = complaints | found.faults | tables_form.read_into(view, found, carried_checked=sent.carried)
    if faults:  # what the figures say against one another, too, so that nobody mends the form twice
        faults = form.contradictions(view, found) | faults
    if faults or saved.notes:
        return Result(saved, faults=faults)
    doubts = {} if sent.despite else form.slips_of(view.facts_with(found.stated), found.stated)
    if doubts:
        return Result(saved, doubts=doubts)
    done = applying.submit_held(
        held, stated=found.stated, answers=found.answers, by=by, at=at, seen=sent.seen,
        agency=form.chosen_agency(view), despite=sent.despite, file=view.file, foreseen=judged,
    )  # fmt: skip
    return Result(saved, done)


def _found(view: FormView, ahead: _Ahead | None) -> tuple[Read, judging.Foreseen | None]:
    """What the form says; with what was worked out before, where it still says the same."""
    if ahead is not None and (view.year, view.texts) == (ahead.year, ahead.texts):  # unit and file are in any case
        return ahead.read, ahead.judged
    read = form.read(view.programme, view.texts, view.year, view.unit, without=view.left_out)
    return read, ahead.judged if ahead is not None else None


def _taken(held: Application, view: FormView, sent: Sent, by: User, at: dt.datetime) -> tuple[Saved, bool]:
    """Take a form into a locked application, its documents saved, its texts not yet; did any text change?"""
    merged, changed = writing.take_texts(
        held, year=sent.year, mine=sent.texts, was=sent.were, facts=view.facts, unit=sent.unit, kept=view.left_out,
        by=by, at=at,
    )  # fmt: skip
    writing.as_it_is(view.application, held)
    notes = [*sent.notes, *_documents(held, view, sent, by, at)]
    again = form.after_saving(view, sent.year, sent.unit, merged)
    if again.year != sent.year:
        notes.append(_("所评年度已变为 %(year)s 年，请填写该年度的数据后再提交。") % {"year": again.year})
    return Saved(again, merged, notes), changed


def _documents(held: Application, view: FormView, sent: Sent, by: User, at: dt.datetime) -> list[str]:
    titles = {one.name: str(one.title) for one in view.programme.form.evidence}
    said: list[str] = []
    for one in sent.documents:
        try:
            writing.attach_to(held, evidence=one.evidence, received=one.received, note=one.note, by=by, at=at)
        except ValidationError as wrong:
            why = " ".join(wrong.messages)
        except NotAllowed as refused:
            why = str(refused.refused.reason)
        else:
            continue
        said.append(formats.labelled(titles.get(one.evidence, one.evidence), why))
    return said


__all__ = ["Document", "Result", "Saved", "Sent", "save", "send"]
