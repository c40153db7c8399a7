"""Fees: lists by batch, approved by a second person, paid; the workbook for payment. And experts from a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tidui.accounts.models import User
from tidui.casework.models import Batch
from tidui.kit import access, clock, exports, files, formats, lists, parameters
from tidui.kit.models import StoredFile
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.review import importing
from tidui.review.actions import fees
from tidui.review.forms_experts import UploadForm
from tidui.review.forms_fees import MakeForm, PaidForm
from tidui.review.lists_experts import FEE_LINES, FEES
from tidui.review.models import FeeSheet

_SHOWN = 500


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# ---------------------------------------------------------------------- fees
@page("review.view_fees", methods=("GET", "POST"))
def fee_sheets(request: HttpRequest) -> HttpResponseBase:
    """Every list of fees."""
    context = {"may_make": bool(access.check("review.fees", request.user))}
    return lists.page(request, FEES, template="review/fees/fees.html", context=context)


@page("review.fees", methods=("GET", "POST"))
def make(request: HttpRequest) -> HttpResponse:
    """Make a list of a batch's fees."""
    batches = visible_to(request.user, Batch).filter(review__isnull=False).order_by("-pk")
    form = MakeForm(request.POST or None, batches=batches, initial={"batch": request.GET.get("batch", "")})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = fees.make(batch=said["batch"], title=said["title"], by=_person(request), at=clock.now())
        messages.success(request, _("清单已编制，待另一位同事复核。"))
        return redirect("review:fee_sheet", pk=made.pk)
    rates = [
        (_("每份评分表"), formats.money(int(parameters.get(fees.SHEET_RATE)) * 100)),
        (_("每份组长意见"), formats.money(int(parameters.get(fees.FORM_RATE)) * 100)),
    ]
    context = {"form": form, "rates": rates}
    return render(request, "review/fees/make.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@page("review.view_fees", methods=("GET", "POST"))
def fee_sheet(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One list with its lines; accounts are partly hidden."""
    held = get_visible(request.user, FeeSheet, pk=pk)
    if request.method == "POST":
        return lists.post(request, FEE_LINES, scope={"sheet": held.pk})
    return _page(request, held, PaidForm(initial={"on": clock.today()}), 200)


def _page(request: HttpRequest, held: FeeSheet, form: PaidForm, status: int) -> HttpResponse:
    held = FeeSheet.objects.select_related("batch", "made_by", "approved_by").get(pk=held.pk)
    may = bool(access.check("review.fees", request.user))
    rows = [
        (_("批次"), held.batch.title), (_("每份评分表"), formats.money(held.a_sheet)),
        (_("每份组长意见"), formats.money(held.as_leader)), (_("合计"), formats.money(fees.total_of(held))),
        (_("编制"), held.made_by.name, formats.moment(held.made_at)),
    ]  # fmt: skip
    if held.approved_by is not None:
        rows.append((_("复核"), held.approved_by.name, formats.moment(held.approved_at)))
    if held.paid_on:
        rows.append((_("发放日期"), formats.day(held.paid_on), held.voucher))
    context = {
        "sheet": held, "rows": rows, "may": may,
        "form": form if may and held.approved_at and not held.paid_on else None,
        "may_approve": may and held.approved_at is None and held.made_by_id != request.user.pk,
        "waits": may and held.approved_at is None and held.made_by_id == request.user.pk,
        "missing": held.lines.filter(account="").count(),
        "list": lists.present(request, FEE_LINES, scope={"sheet": held.pk}),
    }  # fmt: skip
    return render(request, "review/fees/fee_sheet.html", context, status=status)


@page("review.fees", methods=("POST",))
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person approves."""
    fees.approve(sheet=get_visible(request.user, FeeSheet, pk=pk), by=_person(request), at=clock.now())
    messages.success(request, _("已复核，可以发放。"))
    return redirect("review:fee_sheet", pk=pk)


@page("review.fees", methods=("POST",))
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a list that nobody has approved."""
    fees.discard(sheet=get_visible(request.user, FeeSheet, pk=pk), by=_person(request), at=clock.now())
    messages.success(request, _("清单已删除。"))
    return redirect("review:fees")


@page("review.fees", methods=("POST",))
def paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that it was paid."""
    held, form = get_visible(request.user, FeeSheet, pk=pk), PaidForm(request.POST)
    if not form.is_valid():
        return _page(request, held, form, 422)
    fees.paid(sheet=held, by=_person(request), at=clock.now(), **form.cleaned_data)
    messages.success(request, _("已登记发放，专家可以看到本人的评审费。"))
    return redirect("review:fee_sheet", pk=pk)


@page("review.fees", methods=("POST",))
def payment_list(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The workbook for payment, with whole accounts; only once it is approved."""
    held = get_visible(request.user, FeeSheet, pk=pk)
    if held.approved_at is None:
        raise access.NotAllowed(fees.NOT_NOW)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "fees.xlsx"
        fees.workbook(place, held, by=_person(request), at=clock.now())
        content = place.open("rb")
    return FileResponse(content, as_attachment=True, filename=f"fees-{held.batch_id}-{held.pk}.xlsx")


# ---------------------------------------------------------------------- experts from a file
@page("review.manage_experts", methods=("GET", "POST"))
def upload(request: HttpRequest) -> HttpResponse:
    """Hand in a file of experts; nothing is taken over before it was shown."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        stored = files.keep(form.cleaned_data["document"], by=_person(request), at=clock.now())
        return redirect("review:imported_experts", pk=stored.pk)
    return render(
        request, "review/experts/import.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@never_cache
@page("review.manage_experts", methods=("GET", "POST"))
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file says, row by row, and what is wrong; posted, the good rows are taken over."""
    stored = files.get_readable(request.user, pk)
    if stored.kind != importing.KIND:
        raise Http404
    if request.method == "POST":
        return _taken(request, stored)
    try:
        rows, problem = importing.read(files.path(stored), stored.name), ""
    except importing.Unreadable as wrong:
        rows, problem = [], str(wrong.text)
    context = {
        "stored": stored, "rows": rows[:_SHOWN], "problem": problem, "total": len(rows),
        "good": sum(row.good for row in rows), "bad": sum(bool(row.faults) for row in rows),
        "known": sum(row.known for row in rows),
    }  # fmt: skip
    return render(request, "review/experts/preview.html", context, status=422 if problem else 200)


def _taken(request: HttpRequest, stored: StoredFile) -> HttpResponse:
    made = importing.take_over(stored=stored, by=_person(request), at=clock.now())
    said = ngettext("已导入 %(count)d 人，待审核。", "已导入 %(count)d 人，待审核。", len(made))
    messages.success(request, said % {"count": len(made)})
    return redirect(f"{reverse('review:experts')}?state=nominated")


@require_safe
@page("review.manage_experts")
def template(request: HttpRequest) -> HttpResponse:
    """An empty table with the headings and two rows that show how it is filled in."""
    columns = [exports.Column(word) for word in importing.HEADINGS]
    rows = [[row.get(name, "") for name in importing.HEADINGS.values()] for row in importing.template_rows()]
    answer = HttpResponse("".join(exports.csv_lines(columns, rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="experts.csv"'
    return answer


urlpatterns: list[URLPattern] = [
    path("experts/fees/", fee_sheets, name="fees"),
    path("experts/fees/new/", make, name="make_fees"),
    path("experts/fees/<int:pk>/", fee_sheet, name="fee_sheet"),
    path("experts/fees/<int:pk>/approve/", approve, name="approve_fees"),
    path("experts/fees/<int:pk>/discard/", discard, name="discard_fees"),
    path("experts/fees/<int:pk>/paid/", paid, name="pay_fees"),
    path("experts/fees/<int:pk>/list.xlsx", payment_list, name="payment_list"),
    path("experts/import/", upload, name="import_experts"),
    path("experts/import/template.csv", template, name="import_template"),
    path("experts/import/<int:pk>/", preview, name="imported_experts"),
]
