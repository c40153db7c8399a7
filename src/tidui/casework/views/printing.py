"""The printed application, the upload of its stamped pages, and the package of a case."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.standing import standing
from tidui.accounts.views.common import answer, done
from tidui.audit import personal
from tidui.casework import archiving, printing
from tidui.casework.actions import printing as deeds
from tidui.casework.enums import OPEN_TO_APPLICANT
from tidui.casework.models import Application, Archive, Attachment, Submission
from tidui.casework.permissions import NOT_SUBMITTED
from tidui.casework.stamp_form import StampedForm
from tidui.casework.writing import STAMPED
from tidui.kit import access, jobs, pdf
from tidui.kit.access import NotAllowed
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to


def _case(request: HttpRequest, pk: int) -> Application:
    found = get_visible(request.user, Application, pk=pk)
    access.require("casework.view", request.user, found)
    return found


def _newest(request: HttpRequest, found: Application) -> Submission | None:
    return visible_to(request.user, Submission).filter(application=found).order_by("-number").first()


@page("casework.view")
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    """The application as PDF: the newest submission, another (`?number=`), or for its writers a draft (`?draft=1`)."""
    found = _case(request, pk)
    own = found.organisation_id in standing(request.user).ids and found.state in OPEN_TO_APPLICANT
    submission = _asked(request, found)
    draft = own and (submission is None or "draft" in request.GET)
    if submission is None and not draft:
        raise Http404
    try:
        made = printing.of_draft(found) if draft or submission is None else printing.of_submission(submission)
    except (pdf.MissingGlyph, pdf.NoFont) as failure:
        context = {"application": found, "text": str(failure)}
        return render(request, "casework/print/failed.html", context, status=422)
    name = _("草稿") if draft or submission is None else printing.mark_of(submission)
    answered = HttpResponse(made, content_type="application/pdf")
    file = quote(f"{found.number or found.pk}-{name}.pdf")
    answered["Content-Disposition"] = f"inline; filename*=UTF-8''{file}"
    return answered


def _asked(request: HttpRequest, found: Application) -> Submission | None:
    raw = request.GET.get("number", "")
    if not raw:
        return _newest(request, found)
    if not (raw.isascii() and raw.isdigit() and len(raw) < 5):
        raise Http404
    return get_visible(request.user, Submission, application=found, number=int(raw))


@page("casework.stamp", methods=("GET", "POST"))
def stamped(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload the stamped pages of the newest submission; its version mark says that they are of it."""
    found = _case(request, pk)
    access.require("casework.stamp", request.user, found)
    newest = _newest(request, found)
    if newest is None:
        raise NotAllowed(NOT_SUBMITTED)
    form = StampedForm(request.POST or None, request.FILES or None)

    def add() -> None:
        given = form.cleaned_data
        deeds.add_stamped(
            application=found, received=given["pages"], mark=given["mark"], by=request.user, at=timezone.now()  # type: ignore[arg-type]
        )

    if request.method == "POST" and done(form, add):
        messages.success(request, _("盖章页已上传。"))
        return redirect("casework:stamped", found.pk)
    rows = visible_to(request.user, Attachment).filter(application=found, evidence=STAMPED, removed_at__isnull=True)
    context = {
        "application": found, "form": form, "submission": newest, "mark": printing.mark_of(newest),
        "rows": rows.select_related("file", "submission", "added_by").order_by("-submission__number", "pk"),
    }  # fmt: skip
    return answer(request, "casework/print/stamped.html", context)


@page("casework.stamp", methods=("GET", "POST"))
def remove_stamped(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    """Take stamped pages off again, after asking."""
    found = _case(request, pk)
    access.require("casework.stamp", request.user, found)
    row = get_visible(request.user, Attachment, pk=attachment, application=found, evidence=STAMPED)
    if request.method != "POST":
        text = _("移除“%(name)s”；记录仍然保留。") % {"name": row.file.name}
        back = reverse("casework:stamped", args=[found.pk])
        return confirm(request, title=_("移除盖章页"), text=text, submit=_("移除"), back=back)
    deeds.remove_stamped(attachment=row, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    messages.success(request, _("已移除。"))
    return redirect("casework:stamped", found.pk)


@page("casework.view", methods=("GET", "POST"))
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """The packages of a case; a POST has one made."""
    found = _case(request, pk)
    if _newest(request, found) is None:
        raise NotAllowed(NOT_SUBMITTED)
    if request.method == "POST":
        access.require("casework.archive", request.user, found)
        title = _("整理案卷 %(number)s") % {"number": found.number}
        job = jobs.start(
            archiving.JOB, by=request.user, title=title, arguments={"application": found.pk}, at=timezone.now()
        )  # fmt: skip
        return redirect("kit:job", job.pk)
    rows = visible_to(request.user, Archive).filter(application=found).select_related("file", "made_by")
    context: dict[str, Any] = {
        "application": found, "scope": archiving.scope_of(request.user, found), "years": personal.archive_years(),
        "may": bool(access.check("casework.archive", request.user, found)),
        "rows": [(row, *_state(row, found)) for row in rows.order_by("-made_at", "-pk")[:20]],
    }  # fmt: skip
    return render(request, "casework/print/archive.html", context)


_FINAL = gettext_lazy("办结案卷")
_RUNNING = gettext_lazy("办理中的案卷")
_OLD = gettext_lazy("之后又有办理")


def _state(row: Archive, found: Application) -> tuple[str, Any]:
    """How a package stands, as a badge: of the ended case, of a running one, or older than the last step."""
    if row.version != found.version:
        return "warn", _OLD
    return ("good", _FINAL) if row.final else ("info", _RUNNING)


urlpatterns: list[URLPattern] = [
    path("applications/<int:pk>/print/", printed, name="print"),
    path("applications/<int:pk>/stamped/", stamped, name="stamped"),
    path("applications/<int:pk>/stamped/<int:attachment>/remove/", remove_stamped, name="remove_stamped"),
    path("applications/<int:pk>/archive/", archive, name="archive"),
]
