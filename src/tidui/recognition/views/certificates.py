"""Issuing certificates, and taking them: by the department, the enterprise, and anybody who verifies a number."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tidui.casework.models import Batch
from tidui.kit import clock, files
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.views.errors import too_many
from tidui.kit.visibility import get_visible, visible_to
from tidui.recognition import certificates, limiting, noticing, revoked_list, verifying
from tidui.recognition.actions import certificates as actions
from tidui.recognition.enums import DocumentKind
from tidui.recognition.forms_meetings import IssueForm
from tidui.recognition.models import Document
from tidui.recognition.models_certificates import Certificate
from tidui.recognition.signing import envelopes
from tidui.recognition.signing.keys import NoKey
from tidui.recognition.signing.schemes import NotUsable
from tidui.recognition.views.notices import person

logger = logging.getLogger(__name__)
_JSON: Final = "application/json"


@page("recognition.issue", methods=("GET", "POST"))
def issuing(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits for its certificate, the document that recognises it, and what was issued so far."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    rows = actions.to_issue(batch)
    words = noticing.wording("recognition.recognise", batch, len(rows))
    form = IssueForm(request.POST or None, initial={"title": words.subject, "text": words.body, "count": len(rows)})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.recognise(batch=batch, by=person(request), at=clock.now(), **form.cleaned_data)
        except NotAllowed as refused:
            if refused.refused is not actions.CHANGED:
                raise
            form.add_error(None, str(refused.refused.reason))
        else:
            messages.success(
                request, _("认定文件已印发，文号 %(number)s；正在颁发证书。") % {"number": made.document.number}
            )
            return redirect("kit:job", made.job.pk)
    context = {"form": form, "batch": batch, "rows": rows, "papers": _papers(request, batch)}
    return render(request, "recognition/certificates/issuing.html", context, status=422 if form.errors else 200)


def _papers(request: HttpRequest, batch: Batch) -> list[dict[str, Any]]:
    """The recognition documents of a batch, with how many of their certificates are made."""
    papers = visible_to(request.user, Document).filter(batch=batch, kind=DocumentKind.RECOGNITION).order_by("pk")
    made = visible_to(request.user, Certificate).filter(recognition__application__batch=batch, issue=1)
    counted: dict[str, int] = {}
    for number in made.filter(file__isnull=False).values_list("recognition__document_number", flat=True):
        counted[number] = counted.get(number, 0) + 1
    return [
        {"document": one, "listed": len(one.content["entries"]), "made": counted.get(one.number, 0)} for one in papers
    ]


@page("recognition.issue", methods=("POST",))
def issue_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Make what an earlier run left."""
    document: Document = get_visible(request.user, Document, pk=pk)
    job = actions.issue_again(document=document, by=person(request), at=clock.now())
    return redirect("kit:job", job.pk)


# ---------------------------------------------------------------------- taking one
@never_cache
@page("recognition.view")
def certificate(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """A certificate that the person may see, one that is void as well."""
    return served(get_visible(request.user, Certificate, pk=pk), form)


@page("recognition.view_public")
def public_certificate(request: HttpRequest, number: str, form: str) -> HttpResponseBase:
    """The certificate of a number as anybody may take it: the one that holds, of a recognition that was announced."""
    if not limiting.within(limiting.VERIFY, request):
        return too_many(request, limiting.VERIFY.seconds)
    found = verifying.certificate_of(verifying.plain_number(number), clock.today())
    if found is None:
        raise Http404
    return served(found, form)


def served(found: Certificate, form: str) -> HttpResponseBase:
    """As PDF or JSON, exactly as it was signed."""
    answer: HttpResponseBase
    if form == "json":
        answer = HttpResponse(envelopes.text(certificates.envelope(found)), content_type=_JSON)
    elif found.file is not None and files.path(found.file).exists():
        answer = FileResponse(files.path(found.file).open("rb"), content_type="application/pdf")
    else:
        raise Http404
    answer["Content-Disposition"] = content_disposition_header(True, f"{found.number}.{form}") or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


# ---------------------------------------------------------------------- keys and revocations
@page("recognition.view_public")
def open_keys(request: HttpRequest) -> HttpResponse:
    """The public keys, with their fingerprints."""
    return _opened(revoked_list.keys_text(), "keys.json")


@page("recognition.view_public")
def open_revocations(request: HttpRequest) -> HttpResponse:
    """The signed list of what was revoked or replaced; nothing before the first key."""
    try:
        content = revoked_list.text(clock.now())
    except (NoKey, NotUsable) as fault:
        logger.error("the list of revocations is not signed: %s", fault)
        content = None
    if content is None:
        raise Http404
    return _opened(content, "revocations.json")


def _opened(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=_JSON)
    answer["Cache-Control"] = "public, max-age=300"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


urlpatterns: list[URLPattern] = [
    path("batches/<int:pk>/certificates/", issuing, name="issuing"),
    path("documents/<int:pk>/issue-again/", issue_again, name="issue_again"),
    path("certificates/<int:pk>.pdf", certificate, {"form": "pdf"}, name="certificate_pdf"),
    path("certificates/<int:pk>.json", certificate, {"form": "json"}, name="certificate_json"),
    path("verify/<str:number>.pdf", public_certificate, {"form": "pdf"}, name="verify_pdf"),
    path("verify/<str:number>.json", public_certificate, {"form": "json"}, name="verify_json"),
    path("open/keys.json", open_keys, name="open_keys"),
    path("open/revocations.json", open_revocations, name="open_revocations"),
]
