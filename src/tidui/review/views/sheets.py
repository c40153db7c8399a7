"""The expert's own pages: invitations and files, the declaration, the score sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.casework.models import Attachment
from tidui.casework.views import posted
from tidui.kit import access, clock, files
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.views.files import sent
from tidui.kit.visibility import get_visible, visible_to
from tidui.review import desk, marks, reading, recusing, seating, sheet_page
from tidui.review.actions import marking
from tidui.review.actions.marking import Kept, Newer, Wrong
from tidui.review.enums import SheetState
from tidui.review.models import File, Sheet
from tidui.review.queries import expert_of
from tidui.review.scheme import scheme
from tidui.review.views import leading


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@page("review.seat")
def my_reviews(request: HttpRequest) -> HttpResponse:
    """Invitations, and the files of one's panels with how far one is."""
    context = {"invitations": desk.invitations(request.user), "desks": desk.desks(request.user), "today": clock.today()}
    return render(request, "review/sheets/mine.html", context)


# ---------------------------------------------------------------------- the declaration
class WithdrawForm(forms.Form):
    """Why an expert must withdraw from a file."""

    note = forms.CharField(
        label=gettext_lazy("须回避的原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        validators=[files.validate_open], help_text=gettext_lazy("只有省科技厅看得到。"),
    )  # fmt: skip


@page("review.seat", methods=("GET", "POST"))
def my_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Before any content: nothing ties the expert to the applicant, or they withdraw and say why."""
    file = _file(request, pk)
    expert = expert_of(request.user)
    sheet = visible_to(request.user, Sheet).filter(file=file, expert=expert).exclude(state=SheetState.VOID).first()
    if sheet is not None and sheet.declared_at is not None:
        return redirect("review:sheet", sheet.pk)
    seat = seating.seat_at(file, expert.pk) if expert is not None else None
    if seat is None:
        raise Http404
    withdraw = WithdrawForm(request.POST if request.POST.get("do") == "withdraw" else None)
    if request.method == "POST" and request.POST.get("do") == "clear":
        opened = marking.open_sheet(seat=seat, file=file, by=_person(request), at=clock.now())
        declared = marking.declare_clear(sheet=opened, by=_person(request), at=clock.now())
        if declared.state == SheetState.VOID:
            messages.warning(request, _("系统查到您与该申报单位有利害关系，您已自动回避这份申报。"))
            return redirect("review:my_reviews")
        return redirect("review:sheet", opened.pk)
    if request.method == "POST" and request.POST.get("do") == "withdraw" and withdraw.is_valid():
        return _withdrawn(request, seat, file, withdraw)
    context = {
        "file": file, "title": reading.name_of(file), "form": withdraw, "seat": seat, "answer": desk.answer_url(seat),
        "field": reading.field_title(file, reading.newest(file)) if file.review.blind else "",
        "called": seat.state == "called",
    }  # fmt: skip
    status = 422 if withdraw.is_bound else 200
    return render(request, "review/sheets/declare.html", context, status=status)


def _withdrawn(request: HttpRequest, seat: Any, file: File, form: WithdrawForm) -> HttpResponse:
    recusing.declare(
        seat=seat, application=file.application, note=form.cleaned_data["note"], by=_person(request), at=clock.now()
    )
    messages.success(request, _("已回避这份申报，您不再看得到它。"))
    return redirect("review:my_reviews")


def _file(request: HttpRequest, pk: int) -> File:
    get_visible(request.user, File, pk=pk)
    return File.objects.select_related("review__batch", "application__organisation", "group").get(pk=pk)


# ---------------------------------------------------------------------- the sheet
@page("review.mark", methods=("GET", "POST"))
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The application on one side, the marks on the other. POST: save all of it, and sign it (`do`)."""
    held = _sheet(request, pk)
    if held.declared_at is None:
        return redirect("review:my_file", held.file_id)
    if request.method != "POST":
        return _page(request, held)
    by = scheme(held.file.review.scheme)
    bands = marks.given_bands(by, reading.newest(held.file))
    texts = _texts(request, held)
    bases = {name: posted.number(request.POST.get(f"base.{name}", ""), 0) for name in texts}
    refused = marking.save_marks(
        sheet=held, texts=texts, bases=bases, by=_person(request), at=clock.now(), bands=bands
    )
    held = _sheet(request, pk)
    if refused:
        return _page(request, held, status=422, refused=refused, texts=texts)
    if request.POST.get("do") != "sign":
        messages.success(request, _("已保存，尚未签署。"))
        return redirect("review:sheet", pk)
    if marks.faults_of(by, held, bands):
        return _page(request, held, status=422, complain=True)
    marking.sign(sheet=held, by=_person(request), at=clock.now(), bands=bands)
    messages.success(request, _("评分表已签署，不能再改。"))
    return _after(request, held)


def _after(request: HttpRequest, held: Sheet) -> HttpResponse:
    """After a signature: the next file that is not signed, else one's list."""
    rows = [one for each in desk.desks(request.user, review=held.file.review_id) for one in each.files]
    place = next((place for place, one in enumerate(rows) if one.file.pk == held.file_id), -1)
    waiting = [one for one in rows[place + 1 :] + rows[: max(place, 0)] if one.sheet is None or not one.sheet.signed_at]
    return redirect("review:my_file", waiting[0].file.pk) if waiting else redirect("review:my_reviews")


def _sheet(request: HttpRequest, pk: int) -> Sheet:
    """One's own sheet. Nobody else opens it here: the department has its own page."""
    found = (
        visible_to(request.user, Sheet).filter(pk=pk)
        .select_related("seat", "expert", "file__review", "file__application__organisation", "file__group").first()
    )  # fmt: skip
    if found is None:
        raise Http404
    access.require("review.mark", request.user, found)
    return found


def _texts(request: HttpRequest, held: Sheet) -> dict[str, str]:
    by = scheme(held.file.review.scheme)
    names = [name for item in by.marked_by(held.kind) for name in (marks.MARK + item.name, marks.REASON + item.name)]
    return {name: request.POST[name].replace("\r\n", "\n") for name in [*names, marks.OPINION] if name in request.POST}


def _page(
    request: HttpRequest, held: Sheet, *, status: int = 200, refused: Mapping[str, Newer | Wrong] | None = None,
    texts: Mapping[str, str] | None = None, complain: bool = False,
) -> HttpResponse:  # fmt: skip
    by = scheme(held.file.review.scheme)
    submission = reading.newest(held.file)
    if submission is None:
        raise Http404
    bands = marks.given_bands(by, submission)
    content = reading.content_of(held, submission, by)
    shown = sheet_page.page_of(held, by, bands, content)
    if refused:
        _dispute(shown, refused, texts or {})
    if complain:
        shown.faults = marks.faults_of(by, held, bands)
        _complain(shown)
    before, after, place, count = desk.neighbours(request.user, held.file)
    context = {
        "sheet": held, "file": held.file, "content": content, "view": shown, "scheme": by, "title": content.name,
        "locked": held.state == SheetState.SIGNED, "before": before, "after": after, "place": place, "count": count,
        "refused": bool(refused), "house": str(by.house or ""),
    }  # fmt: skip
    return render(request, "review/sheets/sheet.html", context, status=status)


def _dispute(shown: sheet_page.SheetPage, refused: Mapping[str, Newer | Wrong], texts: Mapping[str, str]) -> None:
    """Put what could not be kept back into its fields, with why."""
    for name, answer in refused.items():
        what, _dot, item = name.partition(".")
        fault = answer.text if isinstance(answer, Wrong) else ""
        theirs = answer.text if isinstance(answer, Newer) else ""
        if name == marks.OPINION:
            shown.opinion, shown.opinion_fault, shown.opinion_theirs = texts[name], fault, theirs
            if isinstance(answer, Newer):
                shown.opinion_version = answer.version
            continue
        row = shown.rows[item]
        if what == "mark":
            row.text, row.fault, row.theirs = texts[name], fault, theirs
            row.version = answer.version if isinstance(answer, Newer) else row.version
        else:
            row.reason, row.reason_fault, row.reason_theirs = texts[name], fault, theirs
            row.reason_version = answer.version if isinstance(answer, Newer) else row.reason_version


def _complain(shown: sheet_page.SheetPage) -> None:
    for fault in shown.faults:
        what, _dot, item = fault.field.partition(".")
        if fault.field == marks.OPINION:
            shown.opinion_fault = fault.text
        elif what == "mark":
            shown.rows[item].fault = fault.text
        else:
            shown.rows[item].reason_fault = fault.text


@page("review.mark", methods=("POST",))
def sheet_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One field, saved as it is typed; the protocol is that of the kit's autosave."""
    held = _sheet(request, pk)
    name = request.POST.get("field", "")
    by = scheme(held.file.review.scheme)
    bands = marks.given_bands(by, reading.newest(held.file))
    text = request.POST.get("value", "").replace("\r\n", "\n")
    answer = marking.save_mark(
        sheet=held, field=name, text=text, base=posted.number(request.POST.get("base", ""), 0), by=_person(request),
        at=clock.now(), bands=bands,
    )  # fmt: skip
    error = ""
    if isinstance(answer, Kept) and name.startswith(marks.MARK):
        item = name.removeprefix(marks.MARK)
        saved = Sheet.objects.get(pk=held.pk)
        mark = marks.mark_of(saved, item)
        if marks.is_outside(mark, bands.get(item)) and not saved.marks[item]["reason"]:
            error = sheet_page.outside_words(sheet_page.band_words(bands.get(item)))
    return leading.saved_answer(answer, error)


@page("review.mark", methods=("GET", "POST"))
def sheet_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw from a file that one has begun to read: whoever recognises an applicant in a blind review does."""
    held = _sheet(request, pk)
    if held.state == SheetState.SIGNED:
        raise NotAllowed(marking.SIGNED)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _withdrawn(request, held.seat, held.file, form)
    context = {"sheet": held, "file": held.file, "title": reading.name_of(held.file), "form": form}
    return render(request, "review/sheets/withdraw.html", context, status=422 if form.is_bound else 200)


@page("review.mark")
def sheet_document(request: HttpRequest, pk: int, attachment: int) -> HttpResponseBase:
    """A document of the application; none in a blind review."""
    held = _sheet(request, pk)
    if held.declared_at is None or held.file.review.blind:
        raise Http404
    row: Attachment | None = next((one for one in reading.attached(held) if one.pk == attachment), None)
    if row is None:
        raise Http404
    return sent(request, row.file)



urlpatterns: list[URLPattern] = [
    path("my-reviews/", my_reviews, name="my_reviews"),
    path("my-reviews/<int:pk>/", my_file, name="my_file"),
    path("my-reviews/<int:pk>/panel/", leading.panel_form, name="panel_form"),
    path("my-reviews/<int:pk>/panel/draft/", leading.panel_draft, name="panel_draft"),
    path("my-reviews/<int:pk>/panel/look/", leading.answer_look, name="answer_look"),
    path("sheets/<int:pk>/", sheet, name="sheet"),
    path("sheets/<int:pk>/draft/", sheet_draft, name="sheet_draft"),
    path("sheets/<int:pk>/withdraw/", sheet_withdraw, name="sheet_withdraw"),
    path("sheets/<int:pk>/documents/<int:attachment>/", sheet_document, name="sheet_document"),
]
