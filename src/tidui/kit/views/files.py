"""Serving files, and receiving large ones in pieces over lines that break."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.audit import events
from tidui.kit import access, contents, files
from tidui.kit.classified import Classified, marked_name
from tidui.kit.models import StoredFile, Upload
from tidui.kit.routes import page

#: Bytes of one piece, and how many files a person may have on the way.
PIECE: Final = 4 * files.MB
MOST_OPEN: Final = 20


@page("kit.signed_in")
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file as an attachment that no browser opens in this site's name."""
    return sent(request, files.get_readable(request.user, pk))


def sent(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    """The content of a file that the person may read, which the caller has asked; noted where it is sensitive."""
    try:
        content = files.path(stored).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    if files.kind_of(stored.kind).sensitive and request.method == "GET":
        details = {"name": stored.name, "kind": stored.kind, "sha256": stored.sha256}
        events.record("kit.download", actor=request.user, subject=stored, at=timezone.now(), details=details)
    answer = FileResponse(content, as_attachment=True, filename=stored.name, content_type=stored.media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _error(error: ValidationError, status: int = 422) -> JsonResponse:
    return JsonResponse({"error": " ".join(str(one) for one in error.messages)}, status=status)


def _asked(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        return request.POST.dict()
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@page("kit.signed_in", methods=("POST",))
def begin(request: HttpRequest) -> HttpResponse:
    """Announce a file (`kind`, `name`, `size`): where its pieces go. Refused at once if it could never be stored."""
    asked = _asked(request)
    kind = next((one for one in files.kinds() if one.name == asked.get("kind")), None)
    size = str(asked.get("size", ""))
    if kind is None or not (size.isascii() and size.isdigit() and len(size) < 16):
        return _error(ValidationError(_("上传请求不完整。请刷新页面后重试。")))
    outcome = kind.may_add(request.user)
    if isinstance(outcome, access.Refused):
        raise access.NotAllowed(outcome)
    name = files.clean_name(str(asked.get("name", "")))
    try:
        if marked_name(name):
            raise Classified
        contents.format_of_name(name, kind.accepts)
        if int(size) == 0:
            raise files.NotStored(_("文件是空的。请检查后重新上传。"), code="empty")
        if int(size) > kind.most:
            raise files.too_large(kind.most)
        if Upload.objects.filter(by_id=request.user.pk, token="").count() >= MOST_OPEN:
            raise files.NotStored(_("正在上传的文件太多。请等其中一些完成后再传。"), code="too-many")
    except ValidationError as error:
        return _error(error)
    upload = Upload.objects.create(
        kind=kind.name, name=name, size=int(size), by_id=request.user.pk or 0, started_at=timezone.now()
    )
    return JsonResponse({"id": str(upload.pk), "offset": 0, "piece": PIECE}, status=201)


def part_path(upload: Upload) -> Path:
    """Where the pieces of an upload lie."""
    return files.root() / "pieces" / upload.pk.hex


def _mine(request: HttpRequest, key: uuid.UUID) -> Upload:
    found = Upload.objects.filter(pk=key, by_id=request.user.pk).first()
    if found is None:
        raise Http404
    return found


def _arrived(upload: Upload) -> int:
    if upload.token:
        return upload.size  # taken in already: its pieces are gone, and no new ones are wanted
    try:
        return part_path(upload).stat().st_size
    except FileNotFoundError:
        return 0


@page("kit.signed_in", methods=("GET", "PUT", "DELETE"))
def piece(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """GET: how much has arrived. PUT with `?offset=`: the bytes from there. DELETE: give it up.

    A piece for another offset than has arrived is answered 409 with the right one, so that a client which lost an
    answer goes on from there.
    """
    upload = _mine(request, key)
    if request.method == "DELETE":
        part_path(upload).unlink(missing_ok=True)
        upload.delete()
        return HttpResponse(status=204)
    if request.method != "PUT":
        return JsonResponse({"offset": _arrived(upload), "size": upload.size, "piece": PIECE})
    asked = request.GET.get("offset", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 16):
        return _error(ValidationError(_("上传请求不完整。请刷新页面后重试。")))
    if upload.token:
        return JsonResponse({"offset": upload.size}, status=409)
    return _write(request, upload, int(asked))


def _write(request: HttpRequest, upload: Upload, offset: int) -> HttpResponse:
    """Append a piece under a lock: two requests for the same place do not both write."""
    data = request.read(PIECE + 1)
    target = part_path(upload)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        arrived = os.fstat(part.fileno()).st_size
        if offset != arrived:
            return JsonResponse({"offset": arrived}, status=409)
        if len(data) > PIECE or arrived + len(data) > upload.size:
            text = _("收到的内容比申报的多(%(size)s)。请重新上传。")
            return _error(ValidationError(text % {"size": filesizeformat(upload.size)}), 413)
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
    return JsonResponse({"offset": arrived + len(data)})


@page("kit.signed_in", methods=("POST",))
def finish(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """All pieces are there: check the file, and give the token that its form sends along. Refused: it is gone."""
    upload = _mine(request, key)
    if not upload.token:
        arrived = _arrived(upload)
        if arrived != upload.size:
            return JsonResponse({"offset": arrived}, status=409)
        part = part_path(upload)
        try:
            received = files.receive(part, kind=upload.kind, name=upload.name, by=request.user)
        except ValidationError as error:
            part.unlink(missing_ok=True)
            upload.delete()
            return _error(error)
        # Kept until it is swept: whoever loses this answer asks again.
        upload.token = received.token
        upload.save(update_fields=["token"])
        part.unlink(missing_ok=True)
    return JsonResponse({"token": upload.token, "name": upload.name, "size": filesizeformat(upload.size)})
