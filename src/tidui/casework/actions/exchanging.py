"""Lists out: prepared from a batch, written as files, marked as sent, taken back."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import Membership, Organisation, User
from tidui.accounts.standing import in_force
from tidui.audit import events
from tidui.casework import exchange_files, exchanging, judging
from tidui.casework.enums import ExchangeState, State
from tidui.casework.exchanging import Purpose
from tidui.casework.models import Application, Batch, Exchange, ExchangeRow, HeldAnswer, Submission
from tidui.casework.programme import programme
from tidui.casework.units import WORKING
from tidui.kit import access, calendar, classified, clock, files, outbox
from tidui.kit.access import NotAllowed, Refused

#: The kinds of stored files: what goes out, what comes in.
LIST: Final = "casework.exchange"
ANSWERS: Final = "casework.answers"

NOBODY: Final = Refused("nobody", gettext_lazy("没有需要列入清单的申报。"))
IN_LIST: Final = Refused("in-a-list", gettext_lazy("有申报已经列入另一份未回复完的清单，请刷新页面后重试。"))
NO_CODE: Final = Refused("no-code", gettext_lazy("有单位没有统一社会信用代码，不能列入清单。"))
WRONG_PARTNER: Final = Refused("wrong-partner", gettext_lazy("所选单位不能回复这类清单。"))
SENT_ALREADY: Final = Refused("sent", gettext_lazy("清单已经登记发出。"))
NO_FILE: Final = Refused("no-file", gettext_lazy("清单文件还没有生成。"))
VOID: Final = Refused("void", gettext_lazy("清单已经作废或者全部回复。"))
HELD: Final = Refused("held", gettext_lazy("还有待核定的回复，请先核定。"))


def stages_of(purpose: Purpose, batch: Batch) -> list[str]:
    """The names of the stages on the batch's route at which it is listed for this purpose."""
    call = batch.call
    return [one.name for one in programme(call.programme).route(call.settings) if purpose.fits(one)]


def waiting(purpose: Purpose, batch: Batch) -> QuerySet[Application]:
    """The applications of a batch that wait at a stage of this purpose and are in no open list of it."""
    listed = ExchangeRow.objects.filter(application=OuterRef("pk"), purpose=purpose.name, open=True)
    return Application.objects.filter(
        ~Exists(listed), batch=batch, state=State.ACTIVE, stage__in=stages_of(purpose, batch)
    ).order_by("number", "pk")


@transaction.atomic
def prepare(
    *, purpose: Purpose | str, by: User, at: dt.datetime, batch: Batch | None = None,
    applications: Iterable[Application] | None = None, partner: Organisation | None = None, title: str = "",
    due_on: dt.date | None = None,
) -> Exchange:  # fmt: skip
    """List the applications that wait in a batch (or the given ones) for a purpose; `write_files` makes its files.

    NotAllowed where there is nobody to list, somebody is in an open list of the purpose already, or the partner is of
    another kind than the purpose asks for.
    """
    access.require("casework.exchange", by)
    classified.require_open(title)
    asked = exchanging.purpose(purpose) if isinstance(purpose, str) else purpose
    if partner is not None and partner.kind != asked.partner_kind:
        raise NotAllowed(WRONG_PARTNER)
    keys = [one.pk for one in applications] if applications is not None else []
    if applications is None and batch is not None:
        keys = list(waiting(asked, batch).values_list("pk", flat=True))
    found = _held(keys)
    if not found:
        raise NotAllowed(NOBODY)
    if not all(one.organisation.uscc for one in found):
        raise NotAllowed(NO_CODE)
    stages = {one.stage for one in found}
    made = Exchange.objects.create(
        purpose=asked.name, layout=asked.layout, title=title.strip() or _title(asked, batch), batch=batch,
        call=found[0].call, partner=partner, digest="", count=len(found), made_by=by, made_at=at, due_on=due_on,
        stage=stages.pop() if batch is not None and len(stages) == 1 else "",
    )  # fmt: skip
    rows = [_row(made, asked, one) for one in found]
    try:
        with transaction.atomic():
            ExchangeRow.objects.bulk_create(rows, batch_size=500)
    except IntegrityError:
        raise NotAllowed(IN_LIST) from None
    made.digest = judging.digest({"purpose": asked.mark, "rows": [[one.uscc, one.sent] for one in rows]})
    made.save(update_fields=["digest"])
    events.record(
        "casework.prepare_exchange", actor=by, subject=made, at=at,
        details={
            "purpose": asked.name, "batch": batch.pk if batch else None, "count": len(rows), "digest": made.digest,
        },
    )  # fmt: skip
    return made


def _held(keys: list[int]) -> list[Application]:
    """The applications with what a list is written from, held until the transaction ends."""
    list(Application.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    submissions = Submission.objects.order_by("-number").defer("result")
    rows = Application.objects.filter(pk__in=keys).select_related("call", "organisation", "unit", "agency", "batch")
    newest_first = Prefetch("submissions", submissions, to_attr="listed_submissions")
    return list(rows.prefetch_related(newest_first).order_by("number", "pk"))


def newest(application: Application) -> Submission:
    """The newest submission of an application, without a query where a list is being written. LookupError for none."""
    listed: list[Submission] | None = getattr(application, "listed_submissions", None)
    found = listed[0] if listed else application.submissions.order_by("-number").first()
    if found is None:
        raise LookupError(f"application {application.pk} was never submitted")
    return found


def _title(purpose: Purpose, batch: Batch | None) -> str:
    where = f"{batch.call.title} {batch.title} " if batch is not None else ""
    return f"{where}{purpose.title.zh}"[:200]


def _row(made: Exchange, purpose: Purpose, application: Application) -> ExchangeRow:
    sent = {"name": application.organisation.name, **purpose.write_row(application)}
    return ExchangeRow(
        exchange=made, application=application, organisation=application.organisation, purpose=purpose.name,
        uscc=application.organisation.uscc or "", sent=sent,
    )  # fmt: skip


def write_files(*, exchange: Exchange, by: User, at: dt.datetime) -> Exchange:
    """Make the workbook and the CSV file of a list, unless they are there. Not to be called in a transaction."""
    access.require("casework.exchange", by)
    exchange = Exchange.objects.get(pk=exchange.pk)
    if exchange.file_id and exchange.csv_id:
        return exchange
    purpose = exchanging.purpose(exchange.purpose)
    with tempfile.TemporaryDirectory() as folder:
        book, lines = Path(folder) / "list.xlsx", Path(folder) / "list.csv"
        exchange_files.write_xlsx(book, exchange, purpose, exchange_files.rows_of(purpose, rows_of(exchange)))
        exchange_files.write_csv(lines, exchange, purpose, exchange_files.rows_of(purpose, rows_of(exchange)))
        stem = f"{exchange.title}-{exchange.pk}"
        received = [
            files.receive(place, kind=LIST, name=f"{stem}{place.suffix}", own=True) for place in (book, lines)
        ]
    with transaction.atomic():
        held = Exchange.objects.select_for_update().get(pk=exchange.pk)
        if held.file_id is None or held.csv_id is None:
            held.file, held.csv = (files.keep(one, by=by, at=at, about=held) for one in received)
            held.save(update_fields=["file", "csv"])
            events.record(
                "casework.write_exchange", actor=by, subject=held, at=at, details={"sha256": held.file.sha256}
            )
    return held


def rows_of(exchange: Exchange, **wanted: Any) -> Iterable[ExchangeRow]:
    """The lines of a list in the order of its file."""
    return ExchangeRow.objects.filter(exchange=exchange, **wanted).order_by("pk").iterator(chunk_size=2000)


@transaction.atomic
def send(
    *, exchange: Exchange, by: User, at: dt.datetime, way: str, document_number: str = "", due_on: dt.date | None = None
) -> Exchange:
    """Note that a list went out, how and under which number; its clock begins, and the partner's people are told."""
    access.require("casework.exchange", by)
    classified.require_open(way, document_number)
    held = Exchange.objects.select_for_update(of=("self",)).select_related("partner").get(pk=exchange.pk)
    if held.state != ExchangeState.PREPARED:
        raise NotAllowed(SENT_ALREADY if held.state != ExchangeState.VOID else VOID)
    if held.file_id is None:
        raise NotAllowed(NO_FILE)
    if not way.strip():
        raise ValidationError({"way": _("请写明发出方式。")})
    today = clock.day_of(at)
    if due_on is not None and due_on < today:
        raise ValidationError({"due_on": _("回复期限不能早于今天。")})
    purpose = exchanging.purpose(held.purpose)
    held.state, held.sent_by, held.sent_at = ExchangeState.SENT, by, at
    held.due_on = due_on or held.due_on or calendar.calendar().after(today, purpose.days)
    held.sent_note = " ".join(one for one in (way.strip(), document_number.strip()) if one)[:200]
    held.save(update_fields=["state", "sent_by", "sent_at", "due_on", "sent_note"])
    events.record(
        "casework.send_exchange", actor=by, subject=held, at=at,
        details={"way": way.strip(), "document_number": document_number.strip(), "due_on": held.due_on.isoformat()},
    )  # fmt: skip
    if held.partner is not None:
        outbox.notify(
            to=_people_of(held.partner, at), template="casework.list_sent", at=at,
            context={
                "title": held.title, "count": held.count, "due": held.due_on.isoformat(),
                "document": document_number.strip() or "—",
            },
            link=reverse("casework:exchange", args=[held.pk]),
        )  # fmt: skip
    return held


def _people_of(partner: Organisation, at: dt.datetime) -> list[User]:
    held = Membership.objects.filter(in_force(at), Q(role__in=WORKING), organisation=partner, user__is_active=True)
    return list(User.objects.filter(pk__in=held.values("user")).order_by("pk"))


@transaction.atomic
def take_back(*, exchange: Exchange, reason: str, by: User, at: dt.datetime) -> Exchange:
    """Wait no longer for what a list has not answered: the applications may be listed again. Answers that came stay."""
    access.require("casework.exchange", by)
    held = Exchange.objects.select_for_update().get(pk=exchange.pk)
    if held.state in (ExchangeState.VOID, ExchangeState.COMPLETE):
        raise NotAllowed(VOID)
    if HeldAnswer.objects.filter(row__exchange=held, ended_at__isnull=True).exists():
        raise NotAllowed(HELD)
    if not reason.strip():
        raise ValidationError({"reason": _("请写明理由。")})
    classified.require_open(reason)
    released = held.rows.filter(open=True).update(open=False)
    answered = held.rows.exclude(outcome="").exists()
    held.state = ExchangeState.COMPLETE if answered else ExchangeState.VOID
    held.save(update_fields=["state"])
    events.record(
        "casework.take_back_exchange", actor=by, subject=held, at=at,
        details={"reason": reason.strip(), "released": released},
    )  # fmt: skip
    return held
