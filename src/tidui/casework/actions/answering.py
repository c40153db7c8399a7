"""Answers in: a file read by a job, or one row filled in on a page. What does not fit is held back for a person.

Every row is answered in a transaction of its own, with everything that follows from it. Reading the same answers again
changes nothing, so a job that was killed is simply run again; a later file completes what an earlier one left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import exchange_files, exchanging, judging
from tidui.casework.actions import moving
from tidui.casework.enums import ExchangeState, State
from tidui.casework.exchange_files import Line, Unreadable
from tidui.casework.exchanging import Answer, Purpose, RowFault
from tidui.casework.models import AnswerFile, Application, Exchange, ExchangeRow, HeldAnswer, Step
from tidui.kit import access, classified, clock, files, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.files import Received
from tidui.kit.models import Job

JOB: Final = "casework.read_answers"
NOT_SENT: Final = Refused("not-sent", gettext_lazy("清单还没有登记发出，不能导入回复。"))
VOID: Final = Refused("void", gettext_lazy("清单已经作废。"))
NO_REASON: Final = Refused("no-reason", gettext_lazy("请写明理由。"))
SETTLED: Final = Refused("settled", gettext_lazy("这条回复已经核定。"))
HARD: Final = Refused("hard", gettext_lazy("这条回复不能采用，请要求对方重新答复。"))
TAKEN_BACK: Final = Refused("withdrawn", gettext_lazy("申报单位已经撤回这份申报，不能恢复。"))
CONFLICT: Final = Refused("used", gettext_lazy("回复内容与已有的记录冲突。"))
OTHER_OPEN: Final = Refused("other-open", gettext_lazy("该单位在本次申报中已另有申报，不能恢复这一份。"))

#: Faults that the reading itself finds.
TWICE: Final = RowFault("twice", gettext_lazy("同一单位在文件中有几行，内容互相矛盾。"), hard=True)
UNKNOWN: Final = RowFault("not-listed", gettext_lazy("清单中没有这个统一社会信用代码。"), hard=True)
OTHERWISE: Final = RowFault("otherwise", gettext_lazy("与此前的回复不一致。"))
RELEASED: Final = RowFault("released", gettext_lazy("清单的这一行已经撤回。"), hard=True)
GONE_ON: Final = RowFault("not-waiting", gettext_lazy("该申报已不在等待这项回复的环节。"))


class Result(StrEnum):
    """What became of one answer."""

    TAKEN = "taken"
    SAME = "same"
    HELD = "held"


# ---------------------------------------------------------------------- a file
@transaction.atomic
def read_answers(
    *, exchange: Exchange, received: Received, by: User, at: dt.datetime, document_number: str = "",
    document_date: dt.date | None = None,
) -> AnswerFile:  # fmt: skip
    """Keep a file of answers and have it read by a job. The same content a second time is the first file again."""
    access.require("casework.answer", by, exchange)
    classified.require_open(document_number)
    held = Exchange.objects.select_for_update().get(pk=exchange.pk)
    _answerable(held)
    known = AnswerFile.objects.filter(exchange=held, digest=received.sha256).select_related("job").first()
    if known is not None:
        if known.finished_at is None and (known.job is None or known.job.ended):
            _start(known, by, at)
        return known
    made = AnswerFile(
        exchange=held, digest=received.sha256, document_number=document_number.strip(), document_date=document_date,
        read_by=by, read_at=at,
    )  # fmt: skip
    made.file = files.keep(received, by=by, at=at, about=held)
    made.save()
    _start(made, by, at)
    events.record(
        "casework.read_answers", actor=by, subject=made, at=at,
        details={
            "exchange": held.pk, "sha256": made.digest, "file": made.file.name,
            "document_number": made.document_number,
            "document_date": document_date.isoformat() if document_date else None,
        },
    )  # fmt: skip
    return made


def _answerable(exchange: Exchange) -> None:
    if exchange.state == ExchangeState.PREPARED:
        raise NotAllowed(NOT_SENT)
    if exchange.state == ExchangeState.VOID:
        raise NotAllowed(VOID)


def _start(made: AnswerFile, by: User, at: dt.datetime) -> None:
    title = _("读取回复 %(name)s") % {"name": made.file.name}
    made.job = jobs.start(JOB, by=by, title=title, arguments={"key": made.pk}, at=at)
    made.save(update_fields=["job"])


@jobs.job(JOB, lambda job: reverse("casework:answer_file", args=[job.arguments["key"]]))
def run(job: Job, progress: jobs.Progress, *, key: int) -> dict[str, Any]:
    """Read a file of answers; safe to run again after its worker was killed."""
    made = AnswerFile.objects.select_related("exchange__batch", "file", "read_by").get(pk=key)
    if made.finished_at is not None:
        return {"file": key}
    try:
        access.require("casework.answer", made.read_by, made.exchange)
        take_file(made, progress)
    except NotAllowed as refused:
        AnswerFile.objects.filter(pk=key).update(error=str(refused.refused.reason))
        raise jobs.JobFailed(str(refused.refused.reason)) from None
    except Unreadable as unreadable:
        AnswerFile.objects.filter(pk=key).update(error=str(unreadable), finished_at=clock.now())
    return {"file": key}


def take_file(made: AnswerFile, progress: jobs.Progress | None = None) -> AnswerFile:
    """Take what a file answers, row by row, and write down what was not taken. Unreadable where nothing can be read.

    The moment of all of it is when the file came in: a number that was delivered in time is in time.
    """
    purpose = exchanging.purpose(made.exchange.purpose)
    lines = exchange_files.read(files.path(made.file), made.file.name, made.exchange, purpose)
    rows = {row.uscc: row.pk for row in made.exchange.rows.only("pk", "uscc")}
    sorted_out = sort_out(lines, rows.keys(), purpose)
    if progress:
        progress.total(len(sorted_out.chosen))
    for place, line in enumerate(sorted_out.chosen, start=1):
        take(
            row=rows[line.uscc], answer=_with_document(line, made), faults=line.faults, by=made.read_by,
            at=made.read_at, file=made, line=line.number,
        )  # fmt: skip
        if progress:
            progress.done(place)
    _finish(made, sorted_out)
    follow(made.exchange, made.read_at)
    return made


def _with_document(line: Line, made: AnswerFile) -> Answer:
    assert line.answer is not None
    return Answer(line.answer.outcome, line.answer.values, made.document_number, made.document_date)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The lines of a file: those that are to be taken (one an enterprise), and those that cannot be."""

    chosen: list[Line]
    refused: list[Line]
    blank: int
    repeated: int


def sort_out(lines: Iterable[Line], listed: Iterable[str], purpose: Purpose) -> Sorted:
    """Which lines are to be taken: unknown codes, unreadable answers and contradicting duplicates are not.

    Where two enterprises are answered with one value that can only be one's (a number), both are held back.
    """
    known, refused, blank, repeated = set(listed), [], 0, 0
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if line.answer is None and not line.faults:
            blank += 1
        elif line.uscc and line.uscc not in known:
            line.faults.append(UNKNOWN)
            refused.append(line)
        elif line.answer is None or any(one.hard for one in line.faults):
            refused.append(line)
        else:
            groups.setdefault(line.uscc, []).append(line)
    chosen = []
    for group in groups.values():
        if len({_key(one.answer) for one in group if one.answer}) == 1:
            chosen.append(group[0])
            repeated += len(group) - 1
        else:
            for line in group:
                line.faults.append(TWICE)
            refused += group
    _mark_shared(chosen, purpose)
    return Sorted(chosen, sorted(refused, key=lambda one: one.number), blank, repeated)


def _mark_shared(chosen: Sequence[Line], purpose: Purpose) -> None:
    for column in purpose.answers:
        if not column.distinct:
            continue
        sharing: dict[Any, list[Line]] = {}
        for line in chosen:
            value = line.answer.values.get(column.name) if line.answer else None
            if value is not None:
                sharing.setdefault(value, []).append(line)
        for group in sharing.values():
            for line in group if len(group) > 1 else ():
                text = gettext_lazy("“%(column)s”与第 %(line)s 行相同。")
                other = next(one.number for one in group if one is not line)
                line.faults.append(RowFault("shared", text, {"column": column.title, "line": other}))


def _key(answer: Answer) -> str:
    return judging.digest({"outcome": answer.outcome, "values": dict(answer.values)})


@transaction.atomic
def _finish(made: AnswerFile, found: Sorted) -> None:
    """Write down what became of the file; its counts are those of the records, so that a second run counts the same."""
    taken = made.rows.count()
    held = made.held.count()
    open_rows = made.exchange.rows.filter(open=True).count()
    made.report = {
        "lines": len(found.chosen) + len(found.refused) + found.blank + found.repeated, "taken": taken, "held": held,
        "same": max(0, len(found.chosen) - taken - held), "refused": len(found.refused), "blank": found.blank,
        "repeated": found.repeated, "open": open_rows,
    }  # fmt: skip
    made.faults = [
        {"line": one.number, "uscc": one.uscc, "given": one.given, "faults": [fault.kept() for fault in one.faults]}
        for one in found.refused
    ]
    made.finished_at, made.error = clock.now(), ""
    made.save(update_fields=["report", "faults", "finished_at", "error"])
    events.record(
        "casework.answers_read", actor=made.read_by, subject=made, at=made.finished_at,
        details={"exchange": made.exchange_id, **made.report},
    )  # fmt: skip


# ---------------------------------------------------------------------- a row
@transaction.atomic
def answer_row(*, row: ExchangeRow, cells: Mapping[str, Any], by: User, at: dt.datetime) -> Result:
    """Answer one enterprise on a page. Raises Wrong with what cannot be read, and keeps nothing then."""
    exchange = Exchange.objects.get(pk=row.exchange_id)
    access.require("casework.answer", by, exchange)
    _answerable(exchange)
    answer, faults = exchange_files.read_answer(exchanging.purpose(exchange.purpose), cells)
    if answer is None or faults:
        raise Wrong(faults)
    result = take(row=row.pk, answer=answer, faults=(), by=by, at=at)
    follow(exchange, at)
    return result


class Wrong(Exception):
    """What was filled in for a row cannot be read; `faults` say why."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = list(faults)


@transaction.atomic
def take(
    *, row: int, answer: Answer, faults: Sequence[RowFault], by: User, at: dt.datetime, file: AnswerFile | None = None,
    line: int = 0,
) -> Result:  # fmt: skip
    """Take the answer of one row with what follows from it, or hold it back. Safe to repeat."""
    held = _locked(row)
    purpose = exchanging.purpose(held.exchange.purpose)
    if held.outcome:
        if _says(held, answer):
            return Result.TAKEN if file is not None and held.answer_file_id == file.pk else Result.SAME
        found = [OTHERWISE]
        if _stands_aside(held, answer, file):
            return Result.SAME
    elif not held.open:
        found = [RELEASED]
    else:
        found = [*faults, *_gone_on(held), *purpose.read_row(held, answer)]
    if not found:
        refused = _apply(held, purpose, answer, by, at, file)
        if refused is None:
            return Result.TAKEN
        found = [refused]
    _hold(held, answer, found, by, at, file, line)
    return Result.HELD


def _stands_aside(held: ExchangeRow, answer: Answer, file: AnswerFile | None) -> bool:
    """Was this answer of this file settled before, so that reading the file again has nothing to say?"""
    if file is None:
        return False
    return HeldAnswer.objects.filter(row=held, file=file, key=_key(answer), ended_at__isnull=False).exists()


def _locked(row: int) -> ExchangeRow:
    rows = ExchangeRow.objects.select_for_update(of=("self",))
    return rows.select_related("exchange__call", "exchange__batch", "application__call", "organisation").get(pk=row)


def _says(held: ExchangeRow, answer: Answer) -> bool:
    return held.outcome == answer.outcome and held.answer == dict(answer.values)


def _gone_on(held: ExchangeRow) -> list[RowFault]:
    """An application that no longer waits where the list found it: withdrawn, refused, decided otherwise."""
    application, stage = held.application, held.exchange.stage
    if application is None or not stage:
        return []
    return [] if application.stage == stage and application.state == State.ACTIVE else [GONE_ON]


def _apply(
    held: ExchangeRow, purpose: Purpose, answer: Answer, by: User, at: dt.datetime, file: AnswerFile | None
) -> RowFault | None:
    """Answer the row and do what follows; why not, if something stands against it (nothing is changed then)."""
    try:
        with transaction.atomic():
            _write(held, answer, at, file)
            purpose.apply_row(held, answer, by, at)
    except NotAllowed as refused:
        held.outcome, held.answer, held.answered_at, held.answer_file, held.open = "", {}, None, None, True
        return RowFault(refused.refused.code, refused.refused.reason)
    except IntegrityError:
        # Another transaction was faster with the same number or the same enterprise.
        held.outcome, held.answer, held.answered_at, held.answer_file, held.open = "", {}, None, None, True
        return RowFault(CONFLICT.code, CONFLICT.reason)
    events.record(
        "casework.take_answer", actor=by, subject=held, at=at, organisation_id=held.organisation_id,
        details={
            "exchange": held.exchange_id, "purpose": purpose.name, "outcome": answer.outcome,
            "values": dict(answer.values), "file": file.pk if file else None,
        },
    )  # fmt: skip
    return None


def _write(held: ExchangeRow, answer: Answer, at: dt.datetime, file: AnswerFile | None) -> None:
    held.outcome, held.answer, held.answered_at = answer.outcome, dict(answer.values), at
    held.answer_file, held.open = file, False
    held.save(update_fields=["outcome", "answer", "answered_at", "answer_file", "open"])


def _hold(
    held: ExchangeRow, answer: Answer, found: Sequence[RowFault], by: User, at: dt.datetime, file: AnswerFile | None,
    line: int,
) -> None:  # fmt: skip
    key = _key(answer)
    known = HeldAnswer.objects.filter(row=held, key=key)
    if known.filter(ended_at__isnull=True).exists() or (file and known.filter(file=file).exists()):
        return
    made = HeldAnswer.objects.create(
        row=held, file=file, line=line, outcome=answer.outcome, answer=dict(answer.values), key=key,
        document_number=answer.document_number, document_date=answer.document_date,
        faults=[one.kept() for one in found], held_by=by, held_at=at,
    )  # fmt: skip
    events.record(
        "casework.hold_answer", actor=by, subject=made, at=at, organisation_id=held.organisation_id,
        details={"row": held.pk, "outcome": answer.outcome, "faults": [one.code for one in found]},
    )  # fmt: skip


def follow(exchange: Exchange, at: dt.datetime) -> None:
    """Bring the state of a list, and its batch, to where their rows are."""
    with transaction.atomic():
        held = Exchange.objects.select_for_update().get(pk=exchange.pk)
        rows = held.rows.all()
        if held.state in (ExchangeState.SENT, ExchangeState.ANSWERED) and rows.exclude(outcome="").exists():
            held.state = ExchangeState.ANSWERED if rows.filter(open=True).exists() else ExchangeState.COMPLETE
            held.save(update_fields=["state"])
    if exchange.batch is not None:
        exchanging.answered(exchange.batch, at)


# ---------------------------------------------------------------------- what was held back
@transaction.atomic
def settle(*, held: HeldAnswer, accept: bool, reason: str, by: User, at: dt.datetime) -> HeldAnswer:
    """Accept an answer that was held back, with a reason, or leave it aside: then the other side is asked again."""
    access.require("casework.exchange", by)
    one = HeldAnswer.objects.select_for_update(of=("self",)).select_related("file").get(pk=held.pk)
    if one.ended_at is not None:
        raise NotAllowed(SETTLED)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(reason)
    row = _locked(one.row_id)
    before = {"outcome": row.outcome, "answer": row.answer}
    if accept:
        _accept(one, row, by, at)
    one.ended_by, one.ended_at, one.accepted, one.reason = by, at, accept, reason.strip()[:300]
    one.save(update_fields=["ended_by", "ended_at", "accepted", "reason"])
    events.record(
        "casework.settle_answer", actor=by, subject=one, at=at, organisation_id=row.organisation_id,
        details={
            "row": row.pk, "accepted": accept, "reason": one.reason, "before": before,
            "after": {"outcome": one.outcome, "answer": one.answer} if accept else None,
        },
    )  # fmt: skip
    follow(row.exchange, at)
    return one


def _accept(one: HeldAnswer, row: ExchangeRow, by: User, at: dt.datetime) -> None:
    purpose = exchanging.purpose(row.exchange.purpose)
    answer = Answer(one.outcome, one.answer, one.document_number, one.document_date)
    found = [RELEASED] if not row.outcome and not row.open else purpose.read_row(row, answer)
    if any(fault.hard for fault in found):
        raise NotAllowed(HARD)
    if row.outcome:
        refused = purpose.may_change(row, answer) if purpose.may_change else None
        if refused is not None:
            raise NotAllowed(refused)
    change = purpose.change_row if row.outcome else purpose.apply_row
    _write(row, answer, at, one.file)
    try:
        with transaction.atomic():
            if change is not None:
                change(row, answer, by, at)
    except IntegrityError:  # another transaction was faster with the same number
        raise NotAllowed(CONFLICT) from None


def reopen(row: ExchangeRow, by: User, at: dt.datetime, reason: str) -> Step | None:
    """Put an application back to the stage at which it was listed, so that another answer can move it from there.

    None where it is still there. NotAllowed where its organisation has withdrawn it, or begun another one meanwhile.
    """
    if row.application_id is None or not row.exchange.stage:
        return None
    held = moving.locked(row.application_id)
    if held.stage == row.exchange.stage and held.state == State.ACTIVE:
        return None
    if held.state == State.WITHDRAWN:
        raise NotAllowed(TAKEN_BACK)
    open_ones = Application.objects.filter(call=held.call, organisation=held.organisation).exclude(
        state__in=[State.WITHDRAWN, State.LAPSED, State.REFUSED]
    )
    if open_ones.exclude(pk=held.pk).exists():
        raise NotAllowed(OTHER_OPEN)
    before = {name: getattr(held, name) for name in moving.KEPT}
    stage = held.stage
    held.ended_at = None
    moving.enter(held, moving.programme_of(held).stage(row.exchange.stage), clock.day_of(at))
    return moving.write(
        held, move="reopen", to=row.exchange.stage, by=by, unit=moving.department(), at=at, before=before,
        stage=stage, reason=reason,
    )  # fmt: skip
