"""The work of imports that runs behind the page. Every job is safe to run again after its worker was killed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.kit import access, jobs
from tidui.kit.jobs import Cancelled, JobFailed, Progress
from tidui.kit.models import Job
from tidui.registry.importing import running
from tidui.registry.importing.enums import ImportState
from tidui.registry.importing.models import Import


def page(job: Job) -> str:
    """Where the result of an import is shown."""
    return reverse("registry:import", args=[job.arguments["key"]])


@jobs.job("registry.import_check", page)
def check(job: Job, progress: Progress, key: str) -> dict[str, Any]:
    """The dry run of an import."""
    one = _of(key)
    try:
        preview = running.check(one, progress, timezone.now())
    except Cancelled:
        _end(one, ImportState.CANCELLED)
        raise
    except Exception:
        _end(one, ImportState.FAILED, error=_("读取文件时系统出错。"))
        raise
    marked = preview.pop("marked", None)
    now = timezone.now()
    Import.objects.filter(pk=one.pk).update(
        state=ImportState.CHECKED, preview=preview, marked=marked, checked_at=now, error=""
    )
    return {"import": key}


@jobs.job("registry.import_apply", page)
def apply(job: Job, progress: Progress, key: str) -> dict[str, Any]:
    """Writing an import."""
    one = _of(key)
    if one.state == ImportState.APPLIED:  # the worker was killed between writing and ending the job
        return {"import": key}
    try:
        access.require("registry.import", one.by, one)
        result = running.apply(one, progress, timezone.now())
    except Cancelled:
        _end(one, ImportState.CANCELLED)
        raise
    except running.Stopped:
        _end(one, ImportState.FAILED, error=_("文件中有错误，按“全部不导入”处理，没有写入任何内容。"))
        raise JobFailed(_("文件中有错误，没有写入任何内容。")) from None
    except access.NotAllowed as refused:
        _end(one, ImportState.FAILED, error=str(refused.refused.reason))
        raise JobFailed(str(refused.refused.reason)) from None
    except Exception:
        _end(one, ImportState.FAILED, error=_("写入时系统出错。可以再次导入，已写入的不会重复。"))
        raise
    marked = result.pop("marked", one.marked_id)
    Import.objects.filter(pk=one.pk).update(
        state=ImportState.APPLIED, result=result, marked=marked, applied_at=timezone.now(), error=""
    )
    return {"import": key}


def _of(key: str) -> Import:
    found = Import.objects.select_related("file", "by", "filed_for").filter(pk=key).first()
    if found is None:
        raise JobFailed(_("这次导入已不存在。"))
    return found


def _end(one: Import, state: str, error: str = "") -> None:
    Import.objects.filter(pk=one.pk).update(state=state, error=error)


__all__ = ["apply", "check", "page"]
