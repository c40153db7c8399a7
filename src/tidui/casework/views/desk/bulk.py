"""Bulk decisions: the preview, the start of the job, and what became of each row."""

from __future__ import annotations

import tempfile
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.contrib import messages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tidui.casework import bulk, presenting
from tidui.casework import desk as desks
from tidui.casework.guards import NO_BATCH
from tidui.casework.models import Application
from tidui.casework.programme import Move, Stage, programme
from tidui.casework.reviewing import common_reasons, reason_of
from tidui.casework.views import posted
from tidui.kit import access, exports
from tidui.kit.lists.exporting import XLSX
from tidui.kit.models import Job, JobState
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.registry.views.common import person

#: Lines of a preview that are drawn; the counts tell of all.
SHOWN: Final = 300


def chosen(request: HttpRequest, queue: str) -> HttpResponse:
    """From the desk: the ticked rows, or all of the filter, into the preview."""
    ticked = _keys(",".join(request.POST.getlist("ids")[: bulk.MOST]))
    keys = desks.keys(request.user, queue) if request.POST["action"] == "bulk_all" else ticked
    return _preview(request, keys, queue)


@page("casework.desk", methods=("POST",))
def preview(request: HttpRequest) -> HttpResponse:
    """The preview for another stage or another move."""
    return _preview(request, _keys(request.POST.get("keys", "")), _queue(request))


def _queue(request: HttpRequest) -> str:
    return desks.queue_of(QueryDict(request.POST.get("queue", "")[:2000]))


def _keys(text: str) -> list[int]:
    """Keys as a form carries them: `12,15`, or with versions `12:3,15:1`."""
    parts = (one.partition(":")[0] for one in text.split(","))
    return [int(one) for one in dict.fromkeys(parts) if one.isascii() and one.isdigit() and len(one) < 18][: bulk.MOST]


def _back(queue: str) -> str:
    return reverse("casework:desk") + (f"?{queue}" if queue else "")


def _preview(
    request: HttpRequest, keys: Sequence[int], queue: str, *, fault: Any = "", status: int = 200
) -> HttpResponse:
    applications = bulk.found(request.user, keys)
    if not applications:
        messages.error(request, _("请先勾选申报。"))
        return HttpResponseRedirect(_back(queue))
    heaps = Counter((one.programme, one.stage) for one in applications)
    at = request.POST.get("at", "")
    name, stage_name = next((key for key in heaps if ":".join(key) == at), heaps.most_common(1)[0][0])
    stage = programme(name).stage(stage_name)
    moves = bulk.moves_of(stage)
    move = next((one for one in moves if one.name == request.POST.get("move")), moves[0] if moves else None)
    here = [one for one in applications if (one.programme, one.stage) == (name, stage_name)]
    lines = bulk.preview(person(request), here, stage, move, timezone.now()) if move else []
    going = [line.application for line in lines if not line.code]
    context = {
        "moves": moves, "move": move, "fault": fault, "at": f"{name}:{stage_name}", "queue": queue,
        "back": _back(queue),
        "stages": [
            (":".join(key), presenting.stage_title(*key), count, key == (name, stage_name))
            for key, count in heaps.items()
        ],
        "keys": ",".join(str(one.pk) for one in applications),
        "pairs": ",".join(f"{one.pk}:{one.version}" for one in going),
        "going": len(going), "refused": len(lines) - len(going), "lines": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN), "many": len(keys) >= bulk.MOST, "most": bulk.MOST,
        "no_batch": list(dict.fromkeys(line.application.call for line in lines if line.code == NO_BATCH.code)),
        "then": _back(queue),
        "may_open_batch": bool(access.check("casework.batches", request.user)),
        "why": Counter(str(line.refused) for line in lines if line.code).most_common(),
        "reasons": common_reasons(programme(name), [move] if move else []),
        "reason": posted.text(request, "reason"), "ticked": request.POST.getlist("common"),
    }  # fmt: skip
    return render(request, "casework/desk/bulk.html", context, status=status)


@page("casework.desk", methods=("POST",))
def start(request: HttpRequest) -> HttpResponse:
    """Start the job for the rows that the preview said would go through."""
    name, _colon, stage_name = request.POST.get("at", "").partition(":")
    found = _stage(name, stage_name)
    moves = bulk.moves_of(found) if found else []
    move = next((one for one in moves if one.name == request.POST.get("move")), None)
    pairs = _pairs(request.POST.get("pairs", ""))
    if found is None or move is None or not pairs:
        messages.error(request, _("没有可以办理的申报。"))
        return HttpResponseRedirect(_back(_queue(request)))
    said = posted.text(request, "reason")
    reason = reason_of(programme(name), move.name, request.POST.getlist("common"), said)
    if move.reason and not reason:
        keys = _keys(request.POST.get("keys", ""))
        return _preview(request, keys, _queue(request), fault=_("请写明理由。"), status=422)
    title = ngettext("批量办理%(count)d件：%(move)s", "批量办理%(count)d件：%(move)s", len(pairs))
    job = bulk.start(
        applications=pairs, stage=stage_name, move=move.name, reason=reason, by=person(request), at=timezone.now(),
        title=title % {"count": len(pairs), "move": move.title},
    )  # fmt: skip
    return redirect("kit:job", job.pk)


def _stage(name: str, stage: str) -> Stage | None:
    try:
        return programme(name).stage(stage)
    except KeyError:
        return None


def _pairs(text: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in text.split(","):
        key, _colon, version = one.partition(":")
        if key.isascii() and key.isdigit() and version.isascii() and version.isdigit() and len(one) < posted.DIGITS:
            found[int(key)] = int(version)
    return found


# ---------------------------------------------------------------------- what became of it
@page("casework.desk")
def result(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What became of every row."""
    job = _job(request, pk)
    rows = _rows(request, job)
    done = sum(1 for row in rows if row["tone"] == "good")
    context = {
        "job": job, "rows": rows, "done": done, "left": len(rows) - done, "back": reverse("casework:desk"),
        "file": reverse("casework:bulk_workbook", args=[job.pk]),
    }  # fmt: skip
    return render(request, "casework/desk/bulk_result.html", context)


@page("casework.desk")
def workbook(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The same as a workbook."""
    job = _job(request, pk)
    rows = _rows(request, job)
    columns = [
        exports.Column(_("受理编号"), "code"), exports.Column(_("企业名称"), "text"), exports.Column(_("结果"), "text"),
        exports.Column(_("理由"), "text"),
    ]  # fmt: skip
    values = ([row["number"], row["name"], str(row["result"]), row["reason"]] for row in rows)
    with tempfile.TemporaryDirectory(prefix="tidui-bulk-") as folder:
        path = Path(folder) / "results.xlsx"
        sheet = exports.Sheet(_("办理结果"), columns, values)
        exports.workbook(path, [sheet], by=request.user, at=timezone.now(), conditions=[job.title])
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{job.title}.xlsx", content_type=XLSX)


def _job(request: HttpRequest, pk: uuid.UUID) -> Job:
    job = get_visible(request.user, Job, pk=pk)
    if job.kind != "casework.bulk" or job.state != JobState.DONE:
        raise Http404
    return job


def _rows(request: HttpRequest, job: Job) -> list[dict[str, Any]]:
    told = {key: (code, said) for key, code, said in job.result["rows"]}
    seen = visible_to(request.user, Application).filter(pk__in=told).select_related("organisation")
    found = {one.pk: one for one in seen}
    move = _move(found, job)
    rows = []
    for key, (code, said) in told.items():
        one = found.get(key)
        good = code in (bulk.DONE, bulk.PROPOSED)
        rows.append({
            "number": one.number if one else "", "name": one.organisation.name if one else "", "reason": said,
            "url": reverse("casework:case", args=[key]) if one else "", "tone": "good" if good else "warn",
            "result": (move.title if move else _("已办理")) if good else _("未办理"),
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["tone"] == "good")


def _move(found: dict[int, Application], job: Job) -> Move | None:
    one = next(iter(found.values()), None)
    stage = _stage(one.programme, job.result["stage"]) if one else None
    return stage.move(job.result["move"]) if stage else None
