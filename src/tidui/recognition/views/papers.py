"""Documents: the list of the department, the page of one, its PDF."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tidui.kit import files, lists, pdf
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.recognition import documents as printing
from tidui.recognition import lists_notices
from tidui.recognition.models import Document


@page("recognition.view_documents", methods=("GET", "POST"))
def documents(request: HttpRequest) -> HttpResponseBase:
    """All documents of the department, newest first."""
    return lists.page(request, lists_notices.DOCUMENTS)


@page("recognition.view_public")
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A document: its text as it is printed, its digest, its PDF."""
    found: Document = get_visible(request.user, Document, pk=pk)
    context = {"document": found, "content": printing.whole(found.content), "holds": printing.holds(found)}
    return render(request, "recognition/documents/document.html", context)


@page("recognition.view_public")
def document_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF; one that the worker has not made yet is made here and now, and is the same."""
    found: Document = get_visible(request.user, Document, pk=pk)
    answer: HttpResponseBase
    if found.file is not None and files.path(found.file).exists():
        answer = FileResponse(files.path(found.file).open("rb"), content_type="application/pdf")
    else:
        try:
            answer = HttpResponse(printing.printed(found), content_type="application/pdf")
        except (pdf.MissingGlyph, pdf.NoFont) as fault:
            raise NotAllowed(Refused("not-printable", str(fault) or _("这份公文不能打印。"))) from fault
    name = f"{found.number}.pdf"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


urlpatterns: list[URLPattern] = [
    path("documents/", documents, name="documents"),
    path("documents/<int:pk>/", document, name="document"),
    path("documents/<int:pk>/pdf/", document_pdf, name="document_pdf"),
]
