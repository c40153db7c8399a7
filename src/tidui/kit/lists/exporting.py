"""A list as a workbook: the same rows in the same order as on the page, all of them, desensitised for who takes it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.audit import events
from tidui.kit import access, clock, exports, files, jobs
from tidui.kit.lists.presenting import fully, total
from tidui.kit.lists.question import Question, read
from tidui.kit.lists.spec import lists
from tidui.kit.models import Job, StoredFile

#: More rows than this are exported by the worker.
DIRECT: Final = 5_000
_CHUNK: Final = 2_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(request: HttpRequest, question: Question) -> HttpResponseBase:
    """Send the workbook, or start the job that writes it and go to the job's page."""
    at = timezone.now()
    if total(question, DIRECT) > DIRECT:
        arguments = {
            "name": question.spec.name,
            "query": question.query(),
            "scope": dict(question.scope),
        }
        title = _("导出“%(title)s”") % {"title": question.spec.title}
        started = jobs.start("kit.export", by=request.user, title=title, arguments=arguments, at=at)
        return HttpResponseRedirect(reverse("kit:job", args=[started.pk]))
    with tempfile.TemporaryDirectory(prefix="tidui-export-") as folder:
        path = Path(folder) / "list.xlsx"
        count = write(path, question, at=at)
        _record(question, at, count)
        # The open file outlives its name.
        return FileResponse(path.open("rb"), as_attachment=True, filename=_file_name(question), content_type=XLSX)


def write(path: Path, question: Question, *, at: Any, progress: Callable[[int], None] | None = None) -> int:
    """Write the rows of a list into a workbook; how many there are."""
    columns = question.spec.exported()
    sheet = exports.Sheet(
        question.spec.title, [exports.Column(one.label, one.kind) for one in columns], _values(question)
    )
    hidden = [str(one.label) for one in columns if one.mask is not None]
    notes = [_("已按权限脱敏的列：%(columns)s") % {"columns": _("、").join(hidden)}] if hidden else []
    return exports.workbook(
        path, [sheet], by=question.user, at=at, conditions=question.conditions(), notes=notes, progress=progress
    )


def _values(question: Question) -> Iterator[list[Any]]:
    columns, user = question.spec.exported(), question.user
    for row in fully(question.spec, question.ordered(question.matching())).iterator(chunk_size=_CHUNK):
        values = [column.shown(row, user) for column in columns]
        yield [value[0] if isinstance(value, tuple) else value for value in values]


def _record(question: Question, at: Any, count: int) -> None:
    details = {"list": question.spec.name, "query": question.query(), "scope": dict(question.scope), "rows": count}
    events.record("kit.export", actor=question.user, subject=question.user, at=at, details=details)


def _file_name(question: Question) -> str:
    return f"{question.spec.title} {clock.today().isoformat()}.xlsx"


def _may_read(user: Any, stored: StoredFile) -> access.Outcome:
    """An export is for whoever took it, and for nobody else: its columns were desensitised for that person."""
    if stored.uploaded_by_id == user.pk:
        return access.ALLOWED
    return access.Refused("not-yours", _("只有导出人可以下载。"))


EXPORT: Final = files.define(
    files.Kind(name="kit.export", title=_("导出文件"), accepts=("xlsx",), may_read=_may_read, sensitive=True, keep=30)
)


def _result_page(job: Job) -> str:
    return reverse("kit:file", args=[job.result["file"]])


@jobs.job("kit.export", page=_result_page)
def run(job: Job, progress: jobs.Progress, *, name: str, query: str, scope: dict[str, Any]) -> dict[str, Any]:
    """Write a large export; only as the person who asked, with what they may see now. Run again it is the same file."""
    user = get_user_model()._default_manager.get(pk=job.owner_id)
    spec = lists()[name]
    outcome = access.check(spec.permission, user)
    if isinstance(outcome, access.Refused):
        raise jobs.JobFailed(str(outcome.reason))
    question, at = read(spec, user, query, scope), timezone.now()
    kept = StoredFile.objects.filter(kind=EXPORT.name, about_model=job._meta.label_lower, about_id=str(job.pk)).first()
    if kept is not None:  # the worker was killed after the file was kept, before the job was done
        return {"file": kept.pk, "rows": job.done}
    progress.total(total(question, None))
    with tempfile.TemporaryDirectory(prefix="tidui-export-") as folder:
        path = Path(folder) / "list.xlsx"
        count = write(path, question, at=at, progress=progress.done)
        received = files.receive(path, name=_file_name(question), kind=EXPORT.name, own=True)
    with transaction.atomic():
        stored = files.keep(received, by=user, at=at, about=job)
        _record(question, at, count)
        job.done = count
        job.save(update_fields=["done"])
    return {"file": stored.pk, "rows": count}
