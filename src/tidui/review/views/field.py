"""The page of a visit on a telephone, without a line, and what its device sends.

The page works as plain forms. With scripts it keeps what was recorded in the device, opens without a line from what a
service worker kept, and sends when the line is back. A device that signs in again goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tidui.kit import access, clock, files
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.review import visit_pages, visiting
from tidui.review.actions import visits as actions
from tidui.review.actions.visits import Note
from tidui.review.enums import RecordState
from tidui.review.models import Claim, Photo, Record, Visit
from tidui.review.photos import KIND
from tidui.review.views.visits import person, visit_of

#: Bytes of records in one request, and how many there are.
MOST_BYTES: Final = 512 * 1024
MOST_RECORDS: Final = 100
#: Years that a device's clock may show; later moments are not believed anyway.
_YEARS: Final = range(2000, 9000)
#: The page may ask for the place of a photograph; nothing else is let in.
PERMISSIONS: Final = "camera=(), geolocation=(self), microphone=(), payment=()"
_WORKER: Final = Path(__file__).resolve().parents[1] / "static" / "review" / "worker.js"


class NotRead(ValueError):
    """What a device sent is not what this system's page sends."""


@page("review.visit", methods=("GET", "POST"))
def field(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist in large letters; a POST is one record of the plain form."""
    found = visit_of(request, pk)
    access.require("review.visit", request.user, found)
    if request.method == "POST":
        return _noted(request, found)
    context = visit_pages.context(request.user, found) | {"who": person(request).pk, "loose_key": uuid4()}
    answer = render(request, "review/visits/field.html", context)
    answer.headers["Permissions-Policy"] = PERMISSIONS
    return answer


def _noted(request: HttpRequest, found: Visit) -> HttpResponse:
    """One record by the plain form."""
    names = ("key", "claim", "base", "outcome", "found", "note")
    try:
        note = _note({name: request.POST.get(name, "") for name in names})
    except NotRead:
        raise NotAllowed(actions.NO_OUTCOME) from None
    try:
        kept = actions.keep_note(visit=found, note=note, by=person(request), at=clock.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('review:visit_field', args=[found.pk])}#claim-{note.claim}")
    if kept.record.state == RecordState.CONFLICT:
        messages.warning(request, _("另一位考察人员已经记录过这一项，请在两条记录中选择。"))
    else:
        messages.success(request, _("已记录。"))
    return redirect(f"{reverse('review:visit_field', args=[found.pk])}#claim-{note.claim}")


@page("review.visit")
def start(request: HttpRequest) -> HttpResponse:
    """Where the installed page begins: the visits that are under way."""
    rows = visible_to(request.user, Visit).filter(state__in=visiting.OPEN)
    rows = rows.select_related("application__organisation", "commission").order_by("commission__due_on", "pk")
    context = {"visits": list(rows[:200]), "who": person(request).pk, "open": visit_pages.open_keys(request.user)}
    return render(request, "review/visits/start.html", context)


# ---------------------------------------------------------------------- what devices send
@never_cache
@page("review.visit", methods=("POST",))
def sync(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take records: {device, records: [{key, claim, base, outcome, found, note, noted_at}]}; answers for each.

    The answer also says how every claim stands, so that a device without news of its own learns that of others.
    """
    found: Visit = get_visible(request.user, Visit, pk=pk)
    access.require("review.visit", request.user, found)
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return JsonResponse({"error": _("一次提交的记录太多。")}, status=413)
    try:
        told = json.loads(request.body)
        records, device = list(told["records"]), _text(told.get("device"))[:60]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return JsonResponse({"error": _("无法识别所提交的内容。")}, status=400)
    if len(records) > MOST_RECORDS:
        return JsonResponse({"error": _("一次提交的记录太多。")}, status=413)
    results = [_one(request, found, raw, device) for raw in records]
    return JsonResponse({"results": results, **_state(found)})


def _one(request: HttpRequest, found: Visit, raw: Any, device: str) -> dict[str, Any]:
    """What became of one record: applied, conflict, or refused with the reason (the device keeps it then)."""
    key = str(raw.get("key", "")) if isinstance(raw, dict) else ""
    try:
        note = _note(raw, device)
        kept = actions.keep_note(visit=found, note=note, by=person(request), at=clock.now())
    except NotRead:
        return {"key": key, "state": "refused", "reason": _("无法识别所提交的内容。")}
    except ValidationError as error:
        return {"key": key, "state": "refused", "reason": " ".join(error.messages)}
    except NotAllowed as refused:
        return {"key": key, "state": "refused", "reason": str(refused.refused.reason), "code": refused.refused.code}
    state = "conflict" if kept.record.state == RecordState.CONFLICT else "applied"
    return {"key": key, "state": state, "claim": kept.claim.pk, "version": kept.claim.version, "warning": kept.warning}


def _note(raw: Any, device: str = "") -> Note:
    """A record as it was sent; NotRead for anything else."""
    if not isinstance(raw, Mapping):
        raise NotRead
    noted = raw.get("noted_at") or ""
    try:
        base, claim = int(raw["base"]), int(raw["claim"])
        moment = _moment(noted) if isinstance(noted, str) and noted else None
        if not (0 <= base < 2**31 and 0 < claim < 2**62):
            raise NotRead
        return Note(
            key=UUID(str(raw["key"])), claim=claim, base=base, outcome=str(raw["outcome"])[:10],
            found=_text(raw.get("found")), note=_text(raw.get("note")), device=device, noted_at=moment,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotRead from error


def _text(raw: Any) -> str:
    """A text that a database takes: a device may cut a sign in two, and half a sign is no text."""
    whole = str(raw or "").encode(errors="replace").decode()
    return whole.replace("\x00", "").replace("\r\n", "\n").strip()


def _moment(told: str) -> dt.datetime | None:
    """When a device says it was; None for what is no moment with its zone, or one that no calendar has in another."""
    found = parse_datetime(told)
    return found if found is not None and found.tzinfo is not None and found.year in _YEARS else None


def _state(found: Visit) -> dict[str, Any]:
    """How all claims of a visit stand, with the records between which a person has to choose."""
    conflicts: dict[int, list[dict[str, Any]]] = {}
    waiting = Record.objects.filter(visit=found, state=RecordState.CONFLICT).select_related("by").order_by("pk")
    for one in waiting:
        conflicts.setdefault(one.claim_id or 0, []).append(
            {
                "id": one.pk, "outcome": one.outcome, "found": one.found, "note": one.note, "by": str(one.by),
                "settle": reverse("review:settle_record", args=[one.pk]),
            }
        )  # fmt: skip
    rows = Claim.objects.filter(visit=found).order_by("number")
    state = Visit.objects.values_list("state", flat=True).get(pk=found.pk)
    return {
        "closed": state not in visiting.OPEN,
        "claims": [
            {
                "id": one.pk, "version": one.version, "outcome": one.outcome, "found": one.found, "note": one.note,
                "warning": actions.warning_of(one) if one.version else "", "conflicts": conflicts.get(one.pk, []),
            }
            for one in rows
        ],
    }  # fmt: skip


@never_cache
@page("review.visit", methods=("POST",))
def photos(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a photograph with its key; the same key again gives the same photograph."""
    found: Visit = get_visible(request.user, Visit, pk=pk)
    access.require("review.visit", request.user, found)
    json_wanted = "application/json" in request.headers.get("Accept", "")
    try:
        made = _photo(request, found)
    except NotRead:
        return _photo_refused(request, found, _("无法识别所提交的照片。"), json_wanted)
    except ValidationError as error:
        return _photo_refused(request, found, actions.photo_refusal(error), json_wanted)
    except NotAllowed as refused:
        return _photo_refused(request, found, str(refused.refused.reason), json_wanted)
    if json_wanted:
        return JsonResponse({"key": str(made.key), "claim": made.claim_id, "url": files.url(made.file)})
    messages.success(request, _("照片已保存。"))
    return redirect(f"{reverse('review:visit_field', args=[found.pk])}#claim-{made.claim_id or ''}")


def _photo(request: HttpRequest, found: Visit) -> Photo:
    try:
        key = UUID(request.POST.get("key", ""))
        claim = int(request.POST["claim"]) if request.POST.get("claim") else None
        taken = _moment(request.POST.get("taken_at", ""))
    except (ValueError, OverflowError) as error:
        raise NotRead from error
    before = visible_to(request.user, Photo).select_related("file").filter(key=key, visit=found).first()
    if before is not None:
        return before
    upload = request.FILES.get("photo")
    if upload is None or isinstance(upload, list) or (claim is not None and not 0 < claim < 2**62):
        raise NotRead
    received = files.receive(upload, kind=KIND, by=request.user)
    return actions.add_photo(
        visit=found, key=key, received=received, claim=claim, place=_place(request.POST),
        taken_at=taken, by=person(request), at=clock.now(),
    )  # fmt: skip


def _place(post: Mapping[str, str]) -> tuple[Decimal, Decimal, int | None] | None:
    """Latitude, longitude and the error in metres; None where the device did not say, or not sensibly."""
    try:
        latitude, longitude = Decimal(post.get("latitude", "")), Decimal(post.get("longitude", ""))
        error = Decimal(post["accuracy"]) if post.get("accuracy") else None
    except InvalidOperation:
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    metres = min(int(error), 1_000_000) if error is not None and error.is_finite() and error >= 0 else None
    return round(latitude, 6), round(longitude, 6), metres


def _photo_refused(request: HttpRequest, found: Visit, reason: str, json_wanted: bool) -> HttpResponse:
    if json_wanted:
        return JsonResponse({"error": reason}, status=422)
    messages.error(request, reason)
    return redirect("review:visit_field", found.pk)


# ---------------------------------------------------------------------- what makes the page open without a line
@page("kit.public")
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the pages of visits, from an address that lets it serve them."""
    answer = HttpResponse(_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    answer.headers["Service-Worker-Allowed"] = "/visits/"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@page("kit.public")
def manifest(request: HttpRequest) -> HttpResponse:
    """What a telephone needs to put the page on its screen."""
    told = {
        "name": _("现场考察"), "short_name": _("现场考察"), "start_url": reverse("review:visits_start"),
        "scope": "/visits/", "display": "standalone", "background_color": "#f3f5f7", "theme_color": "#123f62",
        "icons": [{"src": static("kit/brand.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }  # fmt: skip
    answer = HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/manifest+json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


_ROUTES: Final = (
    ("visits/worker.js", worker, "visit_worker"),
    ("visits/app.webmanifest", manifest, "visit_manifest"),
    ("visits/field/", start, "visits_start"),
    ("visits/<int:pk>/field/", field, "visit_field"),
    ("visits/<int:pk>/sync/", sync, "sync_visit"),
    ("visits/<int:pk>/photos/", photos, "visit_photos"),
)
urlpatterns: list[URLPattern] = [path(route, view, name=name) for route, view, name in _ROUTES]
