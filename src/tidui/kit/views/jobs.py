"""The page of a job, and the list of one's own."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from tidui.kit import jobs, lists
from tidui.kit.models import Job, JobState
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible

TONES = {
    JobState.WAITING: "wait", JobState.RUNNING: "info", JobState.DONE: "good",
    JobState.FAILED: "bad", JobState.CANCELLED: "neutral",
}  # fmt: skip

JOBS: lists.List = lists.List(
    name="kit.jobs",
    title=_("后台任务"),
    model=Job,
    permission="kit.signed_in",
    columns=(
        lists.text("title", _("任务"), sort="title", link=lambda job: f"/jobs/{job.pk}/"),
        lists.badge("state", _("状态"), value=lambda job: (job.get_state_display(), TONES[job.state]), sort="state"),
        lists.moment("created_at", _("提交时间"), sort="created_at"),
        lists.moment("finished_at", _("结束时间"), sort="finished_at"),
    ),
    filters=(lists.choice("state", _("状态"), JobState.choices, field="state"),),
    search=None,
    order="-created_at",
    empty=_("没有符合条件的任务"),
    start=_("您还没有后台任务"),
)


@page("kit.signed_in", methods=("GET", "POST"))
def all_jobs(request: HttpRequest) -> HttpResponseBase:
    """One's own jobs, newest first."""
    return lists.page(request, JOBS)


@never_cache
@page("kit.signed_in")
def show(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """How far a job is; without JavaScript the page reloads itself until the job has ended."""
    job = get_visible(request.user, Job, pk=job_id)
    context = {"job": job, "tone": TONES[JobState(job.state)], "result_page": jobs.result_page(job)}
    part = getattr(request, "htmx", False)
    answer = render(request, "kit/jobs/_job.html" if part else "kit/jobs/job.html", context)
    if not job.ended and not part:
        answer["Refresh"] = "5"  # a header, so that it needs no script; htmx asks more often
    if part and job.ended:
        answer.status_code = 286  # htmx's word for: stop asking
    return answer


@page("kit.signed_in", methods=("POST",))
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask a job to stop."""
    job = get_visible(request.user, Job, pk=job_id)
    jobs.cancel(job)
    return redirect("kit:job", job.pk)
