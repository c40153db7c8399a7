"""The working page of one application, and the decision on it: then the next file of the same queue opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tidui.casework import actions, guards, panels, presenting, tables, tables_case
from tidui.casework import desk as desks
from tidui.casework.actions import Stale
from tidui.casework.models import Application, Proposal, Step
from tidui.casework.reviewing import Review, reason_of
from tidui.casework.views import posted
from tidui.kit import access
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.registry.views.common import person

#: Fields of a form that are read at most.
MOST_FIELDS: Final = 200


@dataclass
class Typed:
    """What stands in the decision's form."""

    move: str = ""
    reason: str = ""
    common: Sequence[str] = ()
    fields: Sequence[str] = ()
    fault: Any = ""
    #: The step that was made by somebody else since the page was opened.
    meanwhile: list[Any] = field(default_factory=list)


@page("casework.desk")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is needed to decide on one application, in its place in the queue."""
    application = get_visible(request.user, Application, pk=pk)
    outcome = access.check("casework.decide", request.user, application)
    if isinstance(outcome, access.Refused):
        messages.info(request, outcome.reason)
        return HttpResponseRedirect(reverse("casework:case", args=[pk]))
    return show(request, application, desks.queue_of(request.GET), Typed())


def show(request: HttpRequest, application: Application, queue: str, typed: Typed, status: int = 200) -> HttpResponse:
    """The page, with what was typed into its form."""
    place = desks.place(request.user, application.pk, queue)
    seen = Review(application, request.user)
    open_proposal = application.proposals.filter(ended_at=None).select_related("by").first()
    context = {
        "application": application,
        "review": seen,
        "place": place,
        "queue": queue,
        "next_url": review_url(place.following, queue),
        "previous_url": review_url(place.previous, queue),
        "back": reverse("casework:desk") + (f"?{queue}" if queue else ""),
        "case_url": reverse("casework:case", args=[application.pk]),
        "ahead": ",".join(str(key) for key in place.ahead),
        "typed": typed,
        "left": presenting.left(application.due_on),
        "events": presenting.timeline(application, request.user),
        "proposal": open_proposal,
        "panels": parted(request, application),
        "no_batch": guards.without_batch(application),
        "then": review_url(application.pk, queue),
        "may_open_batch": bool(access.check("casework.batches", request.user)),
    }
    return render(request, "casework/desk/review.html", context, status=status)


def parted(request: HttpRequest, application: Application) -> tuple[list[panels.Panel], list[panels.Panel]]:
    """The panels of a case in two parts: what checks found, which is looked at first, and the others."""
    found = panels.of("case", request, application)
    first = [one for one in found if one.template.startswith("casework/checks/")]
    return first, [one for one in found if one not in first]


def review_url(key: int | None, queue: str) -> str:
    """The address of a file within its queue; empty for none."""
    if key is None:
        return ""
    return reverse("casework:review", args=[key]) + (f"?{queue}" if queue else "")


@page("casework.desk", methods=("POST",))
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the move that was chosen; the next file of the queue opens."""
    application = get_visible(request.user, Application, pk=pk)
    queue = desks.queue_of(QueryDict(request.POST.get("queue", "")[:2000]))
    typed = _typed(request)
    seen = posted.seen(request)
    try:
        made = actions.move(
            application=application, name=typed.move, by=person(request), at=timezone.now(),
            seen=seen,
            reason=reason_of(actions.moving.programme_of(application), typed.move, typed.common, typed.reason),
            fields=_known_fields(application, request.user, typed.fields),
        )  # fmt: skip
    except Stale:
        return _overtaken(request, application, queue, typed, seen)
    except NotAllowed as refused:
        return _refused(request, application, queue, typed, refused)
    _say(request, application, made)
    ahead = [posted.number(one) for one in request.POST.get("ahead", "").split(",")[: desks.AHEAD]]
    following = desks.next_of(request.user, queue, [one for one in ahead if one > 0])
    if following is None:
        messages.success(request, _("这一批已经全部办完。"))
        return HttpResponseRedirect(reverse("casework:desk"))
    return HttpResponseRedirect(review_url(following, queue))


def _typed(request: HttpRequest) -> Typed:
    post = request.POST
    return Typed(
        move=post.get("move", ""), reason=posted.text(request, "reason"),
        common=post.getlist("common")[:MOST_FIELDS], fields=post.getlist("fields")[:MOST_FIELDS],
    )  # fmt: skip


def _known_fields(application: Application, user: Any, named: Sequence[str]) -> list[str]:
    """Those of the named fields that the form has."""
    if not named:
        return []
    seen = Review(application, user)
    known = {row.field for group in seen.groups for row in group.rows} | {proof.field for proof in seen.proofs}
    if any(tables.parts_of(one) for one in named):
        known |= tables_case.known_fields(application)
    return [one for one in dict.fromkeys(named) if one in known]


def _overtaken(request: HttpRequest, application: Application, queue: str, typed: Typed, seen: int) -> HttpResponse:
    """Somebody was faster: what they did, and what was typed here, so that nothing is lost."""
    fresh = get_visible(request.user, Application, pk=application.pk)
    since = seen if seen >= 0 else fresh.version
    typed.meanwhile = presenting.timeline(fresh, request.user)[: max(1, fresh.version - since)]
    if access.check("casework.decide", request.user, fresh):
        return show(request, fresh, queue, typed, status=422)
    following = desks.next_of(request.user, queue, ())
    context = {
        "application": fresh, "typed": typed, "next_url": review_url(following, queue),
        "case_url": reverse("casework:case", args=[fresh.pk]), "status": presenting.status(fresh),
    }  # fmt: skip
    return render(request, "casework/desk/overtaken.html", context, status=422)


def _refused(
    request: HttpRequest, application: Application, queue: str, typed: Typed, refused: NotAllowed
) -> HttpResponse:
    fresh = get_visible(request.user, Application, pk=application.pk)
    if not access.check("casework.decide", request.user, fresh):
        raise refused
    typed.fault = refused.refused.reason
    return show(request, fresh, queue, typed, status=422)


def _say(request: HttpRequest, application: Application, made: Step | Proposal) -> None:
    """What was done, with the way to take it back."""
    name = application.organisation.name
    if isinstance(made, Proposal):
        messages.success(request, _("%(name)s：办理意见已提交，等待同事复核。") % {"name": name})
        return
    title = presenting.step_title(actions.moving.programme_of(application), made)
    said = _("%(name)s：已办理“%(title)s”。") % {"name": name, "title": title}
    url = reverse("casework:undo", args=[made.pk])
    messages.success(request, format_html('{} <a href="{}">{}</a>', said, url, pgettext("do", "撤销")))
