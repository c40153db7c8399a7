"""What the public may look up, and open data."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from tidui.casework.programme import programme, programmes
from tidui.kit import clock
from tidui.kit.routes import page
from tidui.kit.views.errors import too_many
from tidui.recognition import limiting, verifying
from tidui.recognition import open_data as data
from tidui.recognition.forms_notices import VerifyForm
from tidui.recognition.models_certificates import SigningKey


@page("recognition.view_public")
def verify(request: HttpRequest) -> HttpResponse:
    """Is a number valid on a day? The answer has an address, so that a QR code can lead to it."""
    asked = "number" in request.GET
    today = clock.today()
    form = VerifyForm(request.GET if asked else None, initial={"on": today})
    answer = None
    if asked and form.is_valid():
        if not limiting.within(limiting.VERIFY, request):
            return too_many(request, limiting.VERIFY.seconds)
        number = verifying.plain_number(form.cleaned_data["number"])
        answer = verifying.lookup(number, form.cleaned_data["on"] or today)
    named = programmes().get(answer.recognition.programme) if answer and answer.recognition else None
    context = {"form": form, "answer": answer, "today": today, "programme": named.title if named else ""}
    return render(request, "recognition/verify/verify.html", context, status=422 if form.errors else 200)


@page("recognition.view_public")
def open_data(request: HttpRequest) -> HttpResponse:
    """The files that anybody may take: one for each programme and year."""
    keys = SigningKey.objects.order_by("-pk")
    context = {"offered": data.offered(), "columns": data.COLUMNS, "layout": data.LAYOUT, "keys": keys}
    return render(request, "recognition/open/open.html", context)


@page("recognition.view_public")
def open_csv(request: HttpRequest, name: str, year: int) -> HttpResponseBase:
    """The announced numbers of a programme and year as CSV."""
    return _file(request, name, year, "csv")


@page("recognition.view_public")
def open_json(request: HttpRequest, name: str, year: int) -> HttpResponseBase:
    """The same as JSON."""
    return _file(request, name, year, "json")


_TYPES: dict[str, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def _file(request: HttpRequest, name: str, year: int, form: str) -> HttpResponseBase:
    if name not in programmes():
        raise Http404
    rows = data.records(name, year)
    if not rows:
        raise Http404
    content = data.as_csv(rows) if form == "csv" else data.as_json(programme(name), year, rows)
    etag = data.etag_of(content)
    answer = HttpResponse(content, content_type=_TYPES[form])
    # No day of the last change: a name, a correction, a revocation from an earlier day on change the file as well.
    answer["ETag"] = etag
    answer["Cache-Control"] = "public, max-age=300"
    answer["Content-Disposition"] = content_disposition_header(form == "csv", f"{name}-{year}.{form}") or ""
    answer["X-Content-Type-Options"] = "nosniff"
    return get_conditional_response(request, etag=etag, response=answer) or answer


urlpatterns: list[URLPattern] = [
    path("verify/", verify, name="verify"),
    path("open/", open_data, name="open_data"),
    path("open/<slug:name>/<int:year>.csv", open_csv, name="open_csv"),
    path("open/<slug:name>/<int:year>.json", open_json, name="open_json"),
]
