"""Notices, objections, announcements, documents."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.casework import batching
from tidui.casework.models import Batch
from tidui.kit import access, calendar, clock, lists
from tidui.kit.access import NotAllowed
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.recognition import announcing, lists_notices, noticing
from tidui.recognition.actions import announcements as announcement_actions
from tidui.recognition.actions import notices as actions
from tidui.recognition.enums import NoticeState
from tidui.recognition.forms_notices import AnnouncementForm, PaperForm, ReasonForm
from tidui.recognition.kinds import NOTICE
from tidui.recognition.models import Notice
from tidui.recognition.views import objecting, papers

#: Lines of a list on one page.
LINES: Final = 200
SEARCHED: Final = ("name", "number", "uscc", "place")


def person(request: HttpRequest) -> User:
    """Who has signed in; the department's pages ask for that first."""
    assert isinstance(request.user, User)
    return request.user


@page("recognition.view_public")
def notices(request: HttpRequest) -> HttpResponseBase:
    """All notices, newest first; drafts for the department."""
    return lists.page(request, lists_notices.NOTICES, template="recognition/notices/notices.html")


@page("recognition.view_public")
def announcements(request: HttpRequest) -> HttpResponseBase:
    """All announcements, newest first."""
    return lists.page(request, lists_notices.ANNOUNCEMENTS)


@page("recognition.view_public")
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """A notice as the public sees it; for the department a draft is a preview of what would be published now."""
    found = _notice(request, pk)
    draft = found.state == NoticeState.DRAFT
    entries = noticing.entries_of(batching.at_stage(found.batch, NOTICE.name)) if draft else found.entries
    wanted = request.GET.get("q", "").strip()
    shown = [one for one in entries if not wanted or any(wanted in one[name] for name in SEARCHED)]
    today = clock.today()
    in_force = noticing.in_force(found, today)
    context = {
        "notice": found, "draft": draft, "state": lists_notices.state_of(found), "total": len(entries),
        "page": Paginator(shown, LINES).get_page(request.GET.get("page")), "q": wanted[:60],
        "paragraphs": noticing.paragraphs(found.text),
        "programme": lists_notices.programme_title(found.batch.call.programme),
        "open": in_force, "over": found.state == NoticeState.PUBLISHED and not in_force,
        "may_publish": bool(access.check("recognition.publish", request.user)),
        "may_object": in_force and bool(access.check("recognition.object", request.user)),
        "first_day": found.published_at and calendar.calendar().after(clock.day_of(found.published_at), 1),
    }  # fmt: skip
    return render(request, "recognition/notices/notice.html", context)


def _notice(request: HttpRequest, pk: int) -> Notice:
    found: Notice = get_visible(request.user, Notice, pk=pk)
    return found


@page("recognition.publish", methods=("POST",))
def draft_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the notice of a batch."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    made = actions.draft_notice(batch=batch, by=person(request), at=clock.now())
    messages.success(request, _("公示已拟稿，请核对标题、正文和名单后发布。"))
    return redirect("recognition:edit_notice", pk=made.pk)


@page("recognition.publish", methods=("GET", "POST"))
def edit_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Reword a draft."""
    found = _notice(request, pk)
    if found.state != NoticeState.DRAFT:
        return redirect("recognition:notice", pk=pk)
    form = PaperForm(request.POST or None, initial={"title": found.title, "text": found.text})
    if request.method == "POST" and form.is_valid():
        actions.edit_notice(notice=found, by=person(request), at=clock.now(), **form.cleaned_data)
        return redirect("recognition:notice", pk=pk)
    context = {"form": form, "notice": found, "count": batching.at_stage(found.batch, NOTICE.name).count()}
    return render(request, "recognition/notices/edit.html", context, status=422 if form.errors else 200)


@page("recognition.publish", methods=("GET", "POST"))
def publish_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft, after the question: from then on nothing of it changes."""
    found = _notice(request, pk)
    if request.method == "POST" and request.POST.get("confirmed"):
        made = actions.publish_notice(notice=found, by=person(request), at=clock.now())
        assert made.document is not None
        messages.success(request, _("公示已发布，文号 %(number)s。") % {"number": made.document.number})
        return redirect("recognition:notice", pk=pk)
    ends = calendar.calendar().after(clock.today(), found.working_days)
    text = _("发布后名单即封存，公示%(days)s个工作日，至%(last)s止；发布有误只能撤下后重新公示。") % {
        "days": found.working_days, "last": ends.isoformat(),
    }  # fmt: skip
    return confirm(
        request, title=_("发布公示"), text=text, submit=_("发布"), tone="primary",
        back=reverse("recognition:notice", args=[pk]),
    )  # fmt: skip


@page("recognition.publish", methods=("GET", "POST"))
def withdraw_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a published notice down, with the reason."""
    found = _notice(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw_notice(notice=found, by=person(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("公示已撤下，可以在批次里重新拟定。"))
        return redirect("recognition:notice", pk=pk)
    context = {"form": form, "notice": found}
    return render(request, "recognition/notices/withdraw.html", context, status=422 if form.errors else 200)


@page("recognition.publish", methods=("POST",))
def discard_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    found = _notice(request, pk)
    batch = found.batch_id
    actions.discard_notice(notice=found, by=person(request), at=clock.now())
    messages.success(request, _("公示拟稿已删除。"))
    return redirect("casework:batch", pk=batch)


@page("recognition.publish", methods=("POST",))
def end_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """End a notice whose last day has passed; the job's page shows how its applications go on."""
    job = actions.end_notice(notice=_notice(request, pk), by=person(request), at=clock.now())
    return redirect("kit:job", job.pk)


@page("recognition.publish", methods=("GET", "POST"))
def announce(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of numbers that have come, and the announcement of them."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    rows = announcing.entries_of(announcing.to_announce(batch))
    words = noticing.wording("recognition.announcement", batch, len(rows))
    form = AnnouncementForm(
        request.POST or None, initial={"title": words.subject, "text": words.body, "count": len(rows)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = announcement_actions.announce(batch=batch, by=person(request), at=clock.now(), **form.cleaned_data)
        except NotAllowed as refused:
            if refused.refused is not announcement_actions.CHANGED:
                raise
            form.add_error(None, str(refused.refused.reason))
        else:
            messages.success(request, _("公告已发布，文号 %(number)s。") % {"number": made.document.number})
            return redirect("kit:job", made.job.pk)
    context = {"form": form, "batch": batch, "rows": rows}
    return render(request, "recognition/notices/announce.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("notices/", notices, name="notices"),
    path("notices/<int:pk>/", notice, name="notice"),
    path("notices/<int:pk>/edit/", edit_notice, name="edit_notice"),
    path("notices/<int:pk>/publish/", publish_notice, name="publish_notice"),
    path("notices/<int:pk>/withdraw/", withdraw_notice, name="withdraw_notice"),
    path("notices/<int:pk>/discard/", discard_notice, name="discard_notice"),
    path("notices/<int:pk>/end/", end_notice, name="end_notice"),
    path("batches/<int:pk>/notice/", draft_notice, name="draft_notice"),
    path("batches/<int:pk>/announce/", announce, name="announce"),
    path("announcements/", announcements, name="announcements"),
    *objecting.urlpatterns,
    *papers.urlpatterns,
]
