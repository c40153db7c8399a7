"""Lists out and answers in: what was sent to whom, what came back, what waits for a person; the partner's own page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from tidui.accounts.models import User
from tidui.casework import exchange_files, exchanging
from tidui.casework.actions import answering
from tidui.casework.actions import exchanging as actions
from tidui.casework.enums import ExchangeState
from tidui.casework.exchange_forms import AnswersForm, PrepareForm, RowForm, SendForm, SettleForm, TakeBackForm
from tidui.casework.exchange_showing import answered_by, facts_of, held_shown, refused_shown, stats_of, values_shown
from tidui.casework.lists_exchange import EXCHANGE_ROWS, EXCHANGES, PARTNER, TONES, outcome_badge, overdue, title_of
from tidui.casework.models import AnswerFile, Batch, Exchange, ExchangeRow, HeldAnswer
from tidui.kit import access, files, lists
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to

#: So many answers that were held back are shown on the page of a list; all of them have their rows.
MOST_HELD = 50


def _person(request: HttpRequest) -> User:
    """Who asks; the page has seen to it that somebody has signed in."""
    return request.user  # type: ignore[return-value]


# ---------------------------------------------------------------------- lists
@page("casework.list_exchanges", methods=("GET", "POST"))
def exchanges(request: HttpRequest) -> HttpResponseBase:
    """Every list that went out, newest first."""
    return lists.page(request, EXCHANGES)


@page("casework.partner", methods=("GET", "POST"))
def partner(request: HttpRequest) -> HttpResponseBase:
    """The lists that were sent to one's own organisation."""
    return lists.page(request, PARTNER, template="casework/exchanges/partner.html")


@never_cache
@page("casework.exchange", methods=("GET", "POST"))
def prepare_exchange(request: HttpRequest, pk: int, purpose: str) -> HttpResponse:
    """List what waits in a batch for a purpose."""
    batch = get_visible(request.user, Batch, pk=pk)
    batch = Batch.objects.select_related("call").get(pk=batch.pk)
    asked = exchanging.purposes().get(purpose)
    if asked is None:
        raise Http404
    form = PrepareForm(request.POST or None, purpose=asked)
    if request.method == "POST" and form.is_valid():
        given, now = form.cleaned_data, timezone.now()
        made = actions.prepare(
            purpose=asked, batch=batch, partner=given.get("partner"), title=given["title"], due_on=given["due_on"],
            by=_person(request), at=now,
        )  # fmt: skip
        actions.write_files(exchange=made, by=_person(request), at=now)
        messages.success(request, _("已生成清单，共 %(count)s 家。请核对后登记发出。") % {"count": made.count})
        return redirect("casework:exchange", made.pk)
    waiting = actions.waiting(asked, batch).count()
    context = {"form": form, "purpose": asked, "batch": batch, "waiting": waiting,
               "outcomes": [str(one.title) for one in asked.outcomes]}  # fmt: skip
    return render(request, "casework/exchanges/new.html", context, status=422 if request.method == "POST" else 200)


# ---------------------------------------------------------------------- one list
@never_cache
@page("casework.view_exchanges", methods=("GET", "POST"))
def exchange(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One list: its files, how it stands, what was held back, and its lines."""
    one = get_visible(request.user, Exchange, pk=pk)
    if request.method == "POST":  # the list of lines: export
        return lists.post(request, EXCHANGE_ROWS, scope={"exchange": one.pk})
    return _show(request, one)


def _show(request: HttpRequest, one: Exchange, *, status: int = 200, **forms: Any) -> HttpResponse:
    presented = lists.present(request, EXCHANGE_ROWS, scope={"exchange": one.pk})
    htmx: Any = getattr(request, "htmx", None)
    if htmx and htmx.target == EXCHANGE_ROWS.element:
        return render(request, "kit/lists/_list.html", {"list": presented})
    joined = Exchange.objects.select_related("partner", "batch", "call", "made_by", "sent_by", "file", "csv")
    one = joined.get(pk=one.pk)
    purpose = exchanging.purpose(one.purpose)
    may = bool(access.check("casework.exchange", request.user))
    open_now = one.state in (ExchangeState.SENT, ExchangeState.ANSWERED)
    answers = bool(access.check("casework.answer", request.user, one)) and one.state in (
        ExchangeState.SENT, ExchangeState.ANSWERED, ExchangeState.COMPLETE,
    )  # fmt: skip
    held = visible_to(request.user, HeldAnswer).filter(row__exchange=one, ended_at__isnull=True)
    read = visible_to(request.user, AnswerFile).filter(exchange=one)
    context = {
        "one": one, "purpose": purpose, "title_of": title_of(one), "tone": TONES[ExchangeState(one.state)],
        "late": overdue(one), "facts": facts_of(one), "stats": stats_of(one), "list": presented,
        "book_url": files.url(one.file) if one.file else "", "csv_url": files.url(one.csv) if one.csv else "",
        "held": [held_shown(row) for row in held.select_related("row").order_by("pk")[:MOST_HELD]],
        "read": read.select_related("file", "read_by", "job").defer("faults").order_by("-read_at"),
        "may": may, "open_now": open_now,
        "stand_in": may and exchanging.stand_in() is not None and one.file is not None,
        "send": forms.get("send") or (SendForm() if may and one.state == ExchangeState.PREPARED else None),
        "take_back": forms.get("take_back") or (
            TakeBackForm() if may and (open_now or one.state == ExchangeState.PREPARED) else None
        ),
        "answers": forms.get("answers") or (AnswersForm() if answers else None),
    }  # fmt: skip
    return render(request, "casework/exchanges/exchange.html", context, status=status)


@page("casework.exchange", methods=("POST",))
def write_exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the files of a list whose making broke off."""
    one = get_visible(request.user, Exchange, pk=pk)
    actions.write_files(exchange=one, by=_person(request), at=timezone.now())
    return redirect("casework:exchange", one.pk)


@page("casework.exchange", methods=("POST",))
def send_exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a list went out."""
    one = get_visible(request.user, Exchange, pk=pk)
    form = SendForm(request.POST)
    if form.is_valid():
        try:
            sent = actions.send(exchange=one, by=_person(request), at=timezone.now(), **form.cleaned_data)
        except ValidationError as wrong:
            _add(form, wrong)
        else:
            messages.success(request, _("已登记发出，回复期限 %(due)s。") % {"due": sent.due_on})
            return redirect("casework:exchange", one.pk)
    return _show(request, one, status=422, send=form)


@page("casework.exchange", methods=("POST",))
def take_back_exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """Wait no longer for the rest of a list."""
    one = get_visible(request.user, Exchange, pk=pk)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return _show(request, one, status=422, take_back=form)
    if "confirmed" not in request.POST:
        text = _("清单“%(title)s”中未回复的单位不再等待答复，可以重新列入其他清单；已有的回复保留。")
        text %= {"title": one.title}
        back = request.path.removesuffix("take-back/")
        return confirm(
            request, title=_("撤回清单"), text=text, submit=_("撤回"), back=back,
            fields={"reason": form.cleaned_data["reason"]},
        )  # fmt: skip
    actions.take_back(exchange=one, reason=form.cleaned_data["reason"], by=_person(request), at=timezone.now())
    messages.success(request, _("清单已撤回。"))
    return redirect("casework:exchange", one.pk)


def _add(form: forms.Form, wrong: ValidationError) -> None:
    """Show what an action says against a field beside that field."""
    form.add_error(None, wrong)


@page("casework.view_exchanges")
def rest(request: HttpRequest, pk: int) -> FileResponse:
    """The lines that still wait for an answer, as a workbook in the layout of the list."""
    one = get_visible(request.user, Exchange, pk=pk)
    purpose = exchanging.purpose(one.purpose)
    rows = actions.rows_of(one, open=True)
    return _workbook(one, purpose, exchange_files.rows_of(purpose, rows), f"{one.title}-{one.pk}-{_('未回复')}.xlsx")


def _workbook(one: Exchange, purpose: Any, rows: Any, name: str, more: Any = ()) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "list.xlsx"
        exchange_files.write_xlsx(book, one, purpose, rows, more)
        # An open file outlives its folder: the answer reads it to its end.
        return FileResponse(book.open("rb"), as_attachment=True, filename=files.clean_name(name))


# ---------------------------------------------------------------------- answers
@never_cache
@page("casework.answer", methods=("POST",))
def read_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand in a file of answers; it is read behind the page."""
    one = get_visible(request.user, Exchange, pk=pk)
    access.require("casework.answer", request.user, one)
    form = AnswersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, one, status=422, answers=form)
    given = form.cleaned_data
    try:
        made = answering.read_answers(
            exchange=one, received=given["file"], document_number=given["document_number"],
            document_date=given["document_date"], by=_person(request), at=timezone.now(),
        )  # fmt: skip
    except files.NotStored as lost:
        form.add_error("file", lost)
        return _show(request, one, status=422, answers=form)
    if made.finished_at is not None:
        messages.info(request, _("这份文件此前已经导入，没有变化。"))
    return redirect("casework:answer_file", made.pk)


@never_cache
@page("casework.view_exchanges")
def answer_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a file of answers. While it is being read the page looks again by itself."""
    one = get_visible(request.user, AnswerFile, pk=pk)
    one = AnswerFile.objects.select_related("exchange", "file", "read_by", "job").get(pk=one.pk)
    busy = one.finished_at is None and one.job is not None and not one.job.ended
    held = visible_to(request.user, HeldAnswer).filter(file=one).select_related("row", "ended_by").order_by("line")
    context = {
        "one": one, "busy": busy, "job": one.job if busy else None, "file_url": files.url(one.file),
        "stats": answered_by(one), "refused": refused_shown(one, MOST_HELD), "refused_count": len(one.faults),
        "held": [held_shown(row) for row in held[:MOST_HELD]], "held_count": one.report.get("held", 0),
        "may": bool(access.check("casework.exchange", request.user)),
        "stuck": one.finished_at is None and not busy and not one.error,
    }  # fmt: skip
    htmx = bool(getattr(request, "htmx", False))
    part = "casework/exchanges/_answer_file.html"
    answer = render(request, part if htmx else "casework/exchanges/answer_file.html", context)
    if busy and not htmx:
        answer["Refresh"] = "4"  # a header, so that it needs no script; htmx asks more often
    return answer


@page("casework.view_exchanges")
def answer_faults(request: HttpRequest, pk: int) -> FileResponse:
    """The lines that were not taken, with the reason beside each, to be corrected and handed in again."""
    one = get_visible(request.user, AnswerFile, pk=pk)
    purpose = exchanging.purpose(one.exchange.purpose)
    columns = exchange_files.columns_of(purpose)
    rows = [
        [*(row["given"].get(column.name, "") for column in columns), row["why"]] for row in refused_shown(one)
    ]
    text = [exchange_files.WHY]
    return _workbook(one.exchange, _as_text(purpose), rows, f"{one.file.name}-{exchange_files.WHY}.xlsx", text)


def _as_text(purpose: exchanging.Purpose) -> exchanging.Purpose:
    """The purpose with every column a text: lines are shown again as they were written."""
    from dataclasses import replace

    def plain(columns: Any) -> Any:
        return tuple(replace(one, kind="text") for one in columns)

    return replace(purpose, columns=plain(purpose.columns), answers=plain(purpose.answers))


@never_cache
@page("casework.view_exchanges", methods=("GET", "POST"))
def exchange_row(request: HttpRequest, pk: int) -> HttpResponse:
    """One enterprise of a list: what was sent, what was answered; to be answered here, or settled."""
    row = get_visible(request.user, ExchangeRow, pk=pk)
    joined = ExchangeRow.objects.select_related("exchange", "application", "organisation", "answer_file__file")
    row = joined.get(pk=row.pk)
    purpose = exchanging.purpose(row.exchange.purpose)
    answers = bool(access.check("casework.answer", request.user, row.exchange)) and row.open and row.exchange.sent_at
    form = RowForm(request.POST or None, purpose=purpose) if answers else None
    if request.method == "POST":
        access.require("casework.answer", request.user, row.exchange)
        if form is not None and form.is_valid():
            done = _answer(request, row, form)
            if done is not None:
                return done
    held = row.held.select_related("held_by", "ended_by", "row__exchange", "file__file").order_by("pk")
    may = bool(access.check("casework.exchange", request.user))
    context = {
        "row": row, "one": row.exchange, "purpose": purpose, "form": form, "badge": outcome_badge(row), "may": may,
        "sent": values_shown(purpose.columns, row.sent), "answer": values_shown(purpose.answer_columns, row.answer),
        "held": [held_shown(each, SettleForm(hard=_hard(each)) if may else None) for each in held],
        "case": bool(row.application and access.check("casework.view", request.user, row.application)),
    }  # fmt: skip
    return render(request, "casework/exchanges/row.html", context, status=422 if request.method == "POST" else 200)


def _hard(held: HeldAnswer) -> bool:
    return any(one.get("hard") for one in held.faults)


def _answer(request: HttpRequest, row: ExchangeRow, form: RowForm) -> HttpResponse | None:
    try:
        result = answering.answer_row(row=row, cells=form.cells(), by=_person(request), at=timezone.now())
    except answering.Wrong as wrong:
        for fault in wrong.faults:
            form.add_error(None, str(fault))
        return None
    if result == answering.Result.HELD:
        messages.warning(request, _("回复已收到，其中有需要核定的内容，由省科技厅处理。"))
    else:
        messages.success(request, _("已记录对%(name)s的回复。") % {"name": row.sent.get("name", row.uscc)})
    following = row.exchange.rows.filter(open=True, pk__gt=row.pk).order_by("pk").first()
    if following is not None:
        return redirect("casework:exchange_row", following.pk)
    return redirect("casework:exchange", row.exchange_id)


@page("casework.exchange", methods=("POST",))
def settle_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept an answer that was held back, or have the other side asked again."""
    held = get_visible(request.user, HeldAnswer, pk=pk)
    form = SettleForm(request.POST, hard=_hard(held))
    if form.is_valid():
        answering.settle(
            held=held, accept=form.cleaned_data["decision"] == "accept", reason=form.cleaned_data["reason"],
            by=_person(request), at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("已核定。"))
    else:
        messages.error(request, _("没有保存：请选择核定结果并写明理由。"))
    return redirect("casework:exchange_row", held.row_id)


# ---------------------------------------------------------------------- the demonstration
class StandInForm(forms.Form):
    """What the stand-in does with a list."""

    refuse = forms.IntegerField(label=gettext_lazy("不予登记（不符）家数"), min_value=0, initial=0)
    late = forms.IntegerField(label=gettext_lazy("暂不回复家数"), min_value=0, initial=0)
    duplicate = forms.IntegerField(label=gettext_lazy("重复行数"), min_value=0, initial=0)
    malformed = forms.IntegerField(label=gettext_lazy("编号有误家数"), min_value=0, initial=0)
    seed = forms.CharField(label=gettext_lazy("随机种子"), max_length=40, initial="1")


@page("casework.exchange", methods=("GET", "POST"))
def stand_in(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand a list to the stand-in of the demonstration and get its answers; elsewhere there is no such page."""
    one = get_visible(request.user, Exchange, pk=pk)
    answer = exchanging.stand_in()
    if answer is None or one.file is None:
        raise Http404
    form = StandInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "answers.xlsx"
            answer(files.path(one.file), one.file.name, target, exchanging.Plan(**form.cleaned_data))
            name = f"{one.title}-{one.pk}-{_('回复')}.xlsx"
            return FileResponse(target.open("rb"), as_attachment=True, filename=files.clean_name(name))
    context = {"form": form, "one": one}
    return render(request, "casework/exchanges/stand_in.html", context, status=422 if request.method == "POST" else 200)


urlpatterns: list[URLPattern] = [
    path("exchanges/", exchanges, name="exchanges"),
    path("exchanges/<int:pk>/", exchange, name="exchange"),
    path("exchanges/<int:pk>/files/", write_exchange, name="write_exchange"),
    path("exchanges/<int:pk>/send/", send_exchange, name="send_exchange"),
    path("exchanges/<int:pk>/take-back/", take_back_exchange, name="take_back_exchange"),
    path("exchanges/<int:pk>/rest/", rest, name="exchange_rest"),
    path("exchanges/<int:pk>/answers/", read_answers, name="read_answers"),
    path("exchanges/<int:pk>/stand-in/", stand_in, name="stand_in"),
    path("exchanges/rows/<int:pk>/", exchange_row, name="exchange_row"),
    path("exchanges/held/<int:pk>/", settle_answer, name="settle_answer"),
    path("answers/<int:pk>/", answer_file, name="answer_file"),
    path("answers/<int:pk>/faults/", answer_faults, name="answer_faults"),
    path("batches/<int:pk>/exchanges/<str:purpose>/", prepare_exchange, name="prepare_exchange"),
    path("partner/", partner, name="partner"),
]
