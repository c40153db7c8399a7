"""The pages of inspection and audit. They read; the one thing that can be asked for is a verification."""

from __future__ import annotations

import uuid

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.auditing import history
from tidui.accounts.auditing.lists import EVENTS, SEALS
from tidui.accounts.models import Organisation, User
from tidui.audit import register, seals
from tidui.audit.models import Event, Publication
from tidui.kit import access, formats, jobs, lists
from tidui.kit.models import Job, JobState
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to

#: People and organisations that a search finds at most.
FOUND = 20
#: Days of published heads on the public page.
DAYS = 366


class FindForm(forms.Form):
    """Whose history is looked for."""

    q = forms.CharField(
        label=gettext_lazy("查找人员或单位"), max_length=60, required=False,
        help_text=gettext_lazy("登录名、姓名、单位名称或统一社会信用代码"),
    )  # fmt: skip


@page("accounts.verify_history")
def overview(request: HttpRequest) -> HttpResponse:
    """What the histories hold, the newest seal, the last verifications, and a search."""
    access.require("accounts.verify_history", request.user)
    reads = bool(access.check("accounts.read_history", request.user))
    form = FindForm(request.GET or None)
    sought = form.cleaned_data["q"].strip() if reads and form.is_valid() else ""
    events, tampers = seals.unsealed()
    head, published = seals.head(), Publication.objects.order_by("-day").first()
    context = {
        "form": form, "reads": reads, "sought": sought, "people": _people(sought),
        "organisations": _organisations(sought),
        "head": head, "head_short": seals.short(head.digest) if head else "",
        "unsealed_events": events, "unsealed_tampers": tampers,
        "published": published, "published_day": formats.day(published.day, short=True) if published else "",
        "checks": _checks(),
    }  # fmt: skip
    return render(request, "accounts/auditing/overview.html", context)


def _checks() -> list[history.Done]:
    return [_check(event) for event in Event.objects.filter(verb="audit.verify").order_by("-at", "-pk")[:5]]


def _check(event: Event) -> history.Done:
    sound, count = event.details.get("sound"), event.details.get("findings", 0)
    title = _("完好") if sound else _("发现 %(count)s 处问题") % {"count": count}
    return history.Done(event.at, title, event.actor_name or _("每夜自动核对"), "", "good" if sound else "bad")


def _people(words: str) -> list[User]:
    if not words:
        return []
    named = Q(username__iexact=words) | Q(name__contains=words)
    return list(User.objects.filter(named).order_by("name", "pk")[:FOUND])


def _organisations(words: str) -> list[Organisation]:
    if not words:
        return []
    named = Q(uscc__iexact=words) | Q(name__contains=words)
    return list(Organisation.objects.filter(named).order_by("name", "pk")[:FOUND])


@page("accounts.read_history", methods=("GET", "POST"))
def event_list(request: HttpRequest) -> HttpResponseBase:
    """All events."""
    return lists.page(request, EVENTS, template="accounts/auditing/events.html", context={"about": ""})


@page("accounts.read_history", methods=("GET", "POST"))
def person_events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What one person did."""
    access.require("accounts.read_history", request.user)
    person = get_object_or_404(User, pk=pk)
    context = {"about": str(person), "record": history.address("accounts.User", pk)}
    return lists.page(request, EVENTS, scope={"actor": pk}, template="accounts/auditing/events.html", context=context)


@page("accounts.read_history", methods=("GET", "POST"))
def organisation_events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What was done for one organisation."""
    access.require("accounts.read_history", request.user)
    organisation = get_object_or_404(Organisation, pk=pk)
    context = {"about": organisation.name, "record": history.address("accounts.Organisation", pk)}
    scope = {"organisation": pk}
    return lists.page(request, EVENTS, scope=scope, template="accounts/auditing/events.html", context=context)


@page("accounts.read_history")
def record(request: HttpRequest, label: str, key: str) -> HttpResponse:
    """The history of one record."""
    access.require("accounts.read_history", request.user)
    return render(request, "accounts/auditing/record.html", {"history": history.of(request.user, label, key)})


@page("accounts.verify_history", methods=("GET", "POST"))
def seal_list(request: HttpRequest) -> HttpResponseBase:
    """The chain of seals."""
    return lists.page(request, SEALS, template="accounts/auditing/seals.html")


@page("accounts.verify_history", methods=("POST",))
def start_verification(request: HttpRequest) -> HttpResponse:
    """Check everything, in the worker."""
    access.require("accounts.verify_history", request.user)
    job = jobs.start("audit.verify", by=request.user, title=_("核对审计链"), at=timezone.now())
    return redirect("kit:job", job.pk)


@page("accounts.verify_history")
def verification(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """What a verification found."""
    access.require("accounts.verify_history", request.user)
    job = get_visible(request.user, Job, pk=job_id)
    if job.kind != "audit.verify" or job.state != JobState.DONE:
        raise Http404
    return render(request, "accounts/auditing/verification.html", {"job": job, "result": job.result})


@page("accounts.personal_data")
def personal_data(request: HttpRequest) -> HttpResponse:
    """Which personal data is held, what for, how long."""
    access.require("accounts.personal_data", request.user)
    context = {"entries": register.entries(), "keys": register.keys(), "without": register.without()}
    return render(request, "accounts/auditing/personal_data.html", context)


@page("kit.public")
def heads(request: HttpRequest) -> HttpResponse:
    """The published heads of the chain, for everybody to keep."""
    found = visible_to(request.user, Publication).order_by("-day")[:DAYS]
    rows = [(one, seals.short(one.digest)) for one in found]
    return render(request, "accounts/auditing/heads.html", {"rows": rows})
