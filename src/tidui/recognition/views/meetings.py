"""The comprehensive list of a batch, and the meetings that decide on it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from tidui.audit import events
from tidui.casework.models import Application, Batch
from tidui.kit import access, clock, exports, lists, pdf
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.lists.exporting import XLSX
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.recognition import deciding, lines, printing_lists
from tidui.recognition.actions import meetings as actions
from tidui.recognition.forms_meetings import DecisionForm, MeetingForm
from tidui.recognition.forms_notices import ReasonForm
from tidui.recognition.lists_meetings import MEETINGS, TONES
from tidui.recognition.models_decisions import Decision, Meeting, MeetingState, Outcome
from tidui.recognition.showing_lines import FILTER_WORDS, SHEET, shown
from tidui.recognition.views.notices import person

#: Lines of a list on one page.
LINES: Final = 100


# ---------------------------------------------------------------------- the list
@never_cache
@page("recognition.view_meetings")
def review_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that stands before the decisions on a batch, side by side."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    wanted = lines.question(request.GET)
    every = lines.lines(batch, clock.today(), _decisions(request, batch))
    kept = lines.asked(every, wanted)
    found = Paginator(kept, LINES).get_page(request.GET.get("page"))
    context = {
        "batch": batch, "page": found, "rows": [shown(one) for one in found.object_list], "total": len(kept),
        "all": len(every), "counts": counts(every), **asking(request, wanted),
    }  # fmt: skip
    return render(request, "recognition/meetings/list.html", context)


def asking(request: HttpRequest, wanted: lines.Question) -> dict[str, Any]:
    """What the tools above a list show."""
    query = dict(wanted.chosen) | ({"q": wanted.words} if wanted.words else {})
    sort = f"-{wanted.sort}" if wanted.down else wanted.sort
    return {
        "filters": [
            (name, title, [(value, label, wanted.chosen.get(name) == value) for value, label in options])
            for name, title, options in FILTER_WORDS
        ],
        "wanted": wanted, "query": urlencode(query | {"sort": sort}), "bare": urlencode(query), "sort": sort,
    }  # fmt: skip


def counts(found: list[lines.Line]) -> dict[str, int]:
    """The numbers above a list."""
    return {
        "recommended": sum(1 for one in found if one.result and one.result.recommended),
        "warned": sum(1 for one in found if one.warned), "changed": sum(1 for one in found if one.changed),
        "differs": sum(1 for one in found if one.visited == "differs"),
        "against": sum(1 for one in found if one.against is not None),
    }  # fmt: skip


def _decisions(request: HttpRequest, batch: Batch) -> list[Decision]:
    """What was decided of a batch, as far as the person may know: the newest decision of each application."""
    rows = visible_to(request.user, Decision).filter(meeting__batch=batch).order_by("meeting", "pk")
    return list({one.application_id: one for one in rows}.values())


@never_cache
@page("recognition.view_meetings")
def review_workbook(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The list as a workbook, filtered and sorted as on the page."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    wanted = lines.question(request.GET)
    kept = lines.asked(lines.lines(batch, clock.today(), _decisions(request, batch)), wanted)
    columns = [exports.Column(label, kind) for label, kind, _value in SHEET]
    rows = ([value(one) for _label, _kind, value in SHEET] for one in kept)
    with tempfile.TemporaryDirectory(prefix="tidui-list-") as folder:
        place = Path(folder) / "list.xlsx"
        sheet = exports.Sheet(_("综合审查清单"), columns, rows)
        exports.workbook(place, [sheet], by=request.user, at=clock.now(), conditions=[batch.title])
        name = f"{_('综合审查清单')}-{batch.title}.xlsx"
        answer = FileResponse(place.open("rb"), as_attachment=True, filename=name, content_type=XLSX)
    _taken(request, batch, len(kept), "xlsx")
    return answer


@never_cache
@page("recognition.view_meetings")
def review_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The list on paper, for the table of the meeting."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    wanted = lines.question(request.GET)
    kept = lines.asked(lines.lines(batch, clock.today(), _decisions(request, batch)), wanted)
    try:
        content = printing_lists.printed(batch, kept, by=person(request), at=clock.now())
    except (pdf.MissingGlyph, pdf.NoFont) as fault:
        raise NotAllowed(Refused("not-printable", str(fault))) from fault
    _taken(request, batch, len(kept), "pdf")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="list.pdf"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _taken(request: HttpRequest, batch: Batch, count: int, form: str) -> None:
    details = {"list": "recognition.review_list", "rows": count, "format": form}
    events.record("kit.export", actor=request.user, subject=batch, at=clock.now(), details=details)


# ---------------------------------------------------------------------- meetings
@page("recognition.view_meetings", methods=("GET", "POST"))
def meetings(request: HttpRequest) -> HttpResponseBase:
    """All meetings, the newest first."""
    return lists.page(request, MEETINGS)


@page("recognition.decide", methods=("GET", "POST"))
def new_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a meeting about a batch."""
    batch: Batch = get_visible(request.user, Batch, pk=pk)
    title = _("%(batch)s厅务会") % {"batch": batch.title}
    form = MeetingForm(request.POST or None, initial={"title": title, "held_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        made = actions.draft(batch=batch, by=person(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("已建立会议记录，请逐件或者批量记录审定意见。"))
        return redirect("recognition:meeting", pk=made.pk)
    count = lines.at_decision(batch).count()
    context = {"form": form, "batch": batch, "count": count, "meeting": None}
    return render(request, "recognition/meetings/edit.html", context, status=422 if form.errors else 200)


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    found: Meeting = get_visible(request.user, Meeting, pk=pk)
    return Meeting.objects.select_related("batch__call", "minutes", "made_by", "proposed_by", "confirmed_by").get(
        pk=found.pk
    )


@never_cache
@page("recognition.view_meetings")
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """A meeting with its list: what stands before the decision, and what was decided."""
    found = _meeting(request, pk)
    wanted = lines.question(request.GET)
    every = _lines(found)
    kept = lines.asked(every, wanted)
    shown_page = Paginator(kept, LINES).get_page(request.GET.get("page"))
    may = bool(access.check("recognition.decide", request.user))
    own = found.proposed_by_id == request.user.pk
    context = {
        "meeting": found, "tone": TONES[MeetingState(found.state)], "batch": found.batch, "page": shown_page,
        "rows": [shown(one) for one in shown_page.object_list], "total": len(kept), "all": len(every),
        "outcomes": [(one.label, sum(1 for line in every if line.outcome == one)) for one in Outcome],
        "open": sum(1 for line in every if not line.outcome),
        "keys": ",".join(str(one.application.pk) for one in kept), "may": may,
        "may_write": may and found.state == MeetingState.DRAFT,
        "may_confirm": may and found.state == MeetingState.PROPOSED and not own,
        "waits": found.state == MeetingState.PROPOSED and own,
        "may_publish": may and found.state == MeetingState.DECIDED,
        "newcomers": actions.newcomers(found).count() if found.state == MeetingState.DRAFT else 0,
        "left": _left(found), "sealed": found.state != MeetingState.PUBLISHED,
        "choices": Outcome.choices, **asking(request, wanted),
    }  # fmt: skip
    return render(request, "recognition/meetings/meeting.html", context)


def _lines(found: Meeting) -> list[lines.Line]:
    """The lines of a meeting: those on its list, whatever has become of them since."""
    decisions = list(found.decisions.all())
    keys = [one.application_id for one in decisions]
    return lines.lines(found.batch, clock.today(), decisions, only=keys)


def _left(found: Meeting) -> int:
    """How many decisions a published meeting has not carried out."""
    if found.state != MeetingState.PUBLISHED:
        return 0
    return found.decisions.filter(published_at__isnull=True).exclude(outcome=Outcome.DEFER).count()


@page("recognition.decide", methods=("GET", "POST"))
def edit_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what was written of a meeting."""
    found = _meeting(request, pk)
    if found.state != MeetingState.DRAFT:
        raise NotAllowed(actions.NOT_A_DRAFT)
    names = ("title", "held_on", "place", "chair", "present", "absent", "note")
    form = MeetingForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if request.method == "POST" and form.is_valid():
        actions.edit(meeting=found, by=person(request), at=clock.now(), seen=_seen(request, found), **form.cleaned_data)
        return redirect("recognition:meeting", pk=pk)
    context = {"form": form, "batch": found.batch, "meeting": found, "count": found.decisions.count()}
    return render(request, "recognition/meetings/edit.html", context, status=422 if form.errors else 200)


def _seen(request: HttpRequest, found: Meeting) -> int:
    """The version of which the person's page spoke."""
    raw = request.POST.get("seen", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else found.version


@page("recognition.decide", methods=("POST",))
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Put what has come since on the list."""
    count = actions.take_in(meeting=_meeting(request, pk), by=person(request), at=clock.now())
    messages.success(request, ngettext("已列入%(count)d件。", "已列入%(count)d件。", count) % {"count": count})
    return redirect("recognition:meeting", pk=pk)


@page("recognition.decide", methods=("POST",))
def discard_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away, after the question."""
    found = _meeting(request, pk)
    if not request.POST.get("confirmed"):
        return confirm(
            request, title=_("删除会议记录"), text=_("已记录的审定意见一并删除，不能恢复。"), submit=_("删除"),
            back=reverse("recognition:meeting", args=[pk]), tone="danger",
        )  # fmt: skip
    actions.discard(meeting=found, by=person(request), at=clock.now())
    messages.success(request, _("会议记录已删除。"))
    return redirect("casework:batch", pk=found.batch_id)


# ---------------------------------------------------------------------- decisions
def _keys(request: HttpRequest) -> list[int]:
    """What was ticked, or everything that the list shows."""
    every = request.POST.get("whole") == "1"
    raw = request.POST.get("every", "").split(",") if every else request.POST.getlist("ids")
    parts = [one for text in raw for one in text.split(",")]
    return [int(one) for one in dict.fromkeys(parts) if one.isascii() and one.isdigit() and len(one) < 18][:5000]


@page("recognition.decide", methods=("POST",))
def decide_many(request: HttpRequest, pk: int) -> HttpResponse:
    """First what would become of every chosen one, then the decision."""
    found = _meeting(request, pk)
    if found.state != MeetingState.DRAFT:
        raise NotAllowed(actions.NOT_A_DRAFT)
    keys = _keys(request)
    if not keys:
        messages.error(request, _("请先勾选申报。"))
        return redirect("recognition:meeting", pk=pk)
    given = request.POST if request.POST.get("confirmed") else None
    outcome = request.POST.get("outcome", Outcome.APPROVE)
    form = DecisionForm(given, initial={"outcome": outcome}, members=len(found.present), names=found.present)
    if given is not None and form.is_valid():
        results = _decide(request, found, keys, form)
        done = sum(1 for one in results if not one.reason)
        messages.success(
            request, ngettext("已记录%(count)d件的审定意见。", "已记录%(count)d件的审定意见。", done) % {"count": done}
        )
        for why in dict.fromkeys(one.reason for one in results if one.reason):
            count = sum(1 for one in results if one.reason == why)
            messages.warning(request, _("%(count)s件没有记录：%(why)s") % {"count": count, "why": why})
        return redirect("recognition:meeting", pk=pk)
    return _preview(request, found, keys, form)


def why_not(line: lines.Line) -> str:
    """Why an application cannot be approved now; empty for nothing."""
    refused = line.against  # a refusal counts as false
    return "" if refused is None else str(refused.reason)


def _preview(request: HttpRequest, found: Meeting, keys: list[int], form: DecisionForm) -> HttpResponse:
    outcome = str(form["outcome"].value())
    every = [one for one in _lines(found) if one.application.pk in set(keys)]
    rows = [{"line": shown(one), "why": why_not(one) if outcome == Outcome.APPROVE else ""} for one in every]
    context = {
        "meeting": found, "form": form, "rows": rows[:300], "more": max(0, len(rows) - 300),
        "going": sum(1 for one in rows if not one["why"]), "stopped": sum(1 for one in rows if one["why"]),
        "again": sum(1 for one in every if one.outcome), "keys": ",".join(str(key) for key in keys),
        "outcome": dict(Outcome.choices).get(outcome, ""),
    }  # fmt: skip
    return render(request, "recognition/meetings/preview.html", context, status=422 if form.errors else 200)


def _decide(request: HttpRequest, found: Meeting, keys: list[int], form: DecisionForm) -> list[actions.RowResult]:
    said = form.cleaned_data
    return actions.decide(
        meeting=found, applications=keys, outcome=said["outcome"], reason=said["reason"], condition=said["condition"],
        votes=actions.Votes(said["votes_for"], said["votes_against"], said["abstentions"]), recused=said["recused"],
        by=person(request), at=clock.now(), seen=_seen(request, found),
    )  # fmt: skip


@never_cache
@page("recognition.view_meetings", methods=("GET", "POST"))
def decision(request: HttpRequest, pk: int, application: int) -> HttpResponse:
    """One application before the meeting: everything that is known of it, and what was decided."""
    found = _meeting(request, pk)
    held: Application = get_visible(request.user, Application, pk=application)
    row = found.decisions.filter(application=held).first()
    if row is None:
        raise Http404
    may = bool(access.check("recognition.decide", request.user)) and found.state == MeetingState.DRAFT
    initial = {
        name: getattr(row, name) for name in ("reason", "condition", "votes_for", "votes_against", "abstentions")
    }
    form = DecisionForm(
        request.POST or None, members=len(found.present), names=found.present,
        initial=initial | {"outcome": row.outcome or Outcome.APPROVE, "recused": row.recused},
    )  # fmt: skip
    if request.method == "POST":
        access.require("recognition.decide", request.user)
        if form.is_valid():
            (result,) = _decide(request, found, [held.pk], form)
            if not result.reason:
                return redirect(
                    _next(found, held) if request.POST.get("next") else reverse("recognition:meeting", args=[pk])
                )
            form.add_error(None, result.reason)
    (line,) = lines.lines(found.batch, clock.today(), [row], only=[held.pk])
    context = {
        "meeting": found, "application": held, "line": shown(line), "visit": line.visit, "form": form, "may": may,
        "decision": row, "votes": deciding.votes_of(row), "remarks": deciding.remarks_of(row), "against": why_not(line),
        "opinion": line.opinion, "seen": row.seen,
    }  # fmt: skip
    return render(request, "recognition/meetings/decision.html", context, status=422 if form.errors else 200)


def _next(found: Meeting, held: Application) -> str:
    """The next application without a decision, else the meeting."""
    rows = found.decisions.filter(outcome="").order_by("application__number", "pk")
    after = rows.filter(application__number__gt=held.number or "").first() or rows.first()
    if after is None:
        return reverse("recognition:meeting", args=[found.pk])
    return reverse("recognition:decision", args=[found.pk, after.application_id])


# ---------------------------------------------------------------------- four eyes, publication
@page("recognition.decide", methods=("GET", "POST"))
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a colleague to confirm."""
    found = _meeting(request, pk)
    if request.method == "POST" and request.POST.get("confirmed"):
        actions.propose(meeting=found, by=person(request), at=clock.now(), seen=_seen(request, found))
        messages.success(request, _("已提交复核，请另一位同事核对后确认。"))
        return redirect("recognition:meeting", pk=pk)
    return confirm(
        request, title=_("提交复核"), text=_("提交后不能再改；由另一位同事核对会议记录，确认后形成会议纪要。"),
        submit=_("提交复核"),
        back=reverse("recognition:meeting", args=[pk]), tone="primary", fields={"seen": str(found.version)},
    )  # fmt: skip


@page("recognition.decide", methods=("GET", "POST"))
def confirm_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Another confirms what was written down."""
    found = _meeting(request, pk)
    if request.method == "POST" and request.POST.get("confirmed"):
        made = actions.confirm(meeting=found, by=person(request), at=clock.now())
        assert made.minutes is not None
        messages.success(
            request, _("已确认，会议纪要文号 %(number)s。公布前审定结果对外保密。") % {"number": made.minutes.number}
        )
        return redirect("recognition:meeting", pk=pk)
    return confirm(
        request, title=_("确认会议记录"), text=_("确认后审定意见不能再改，形成有文号的会议纪要；公布前对外保密。"),
        submit=_("确认"),
        back=reverse("recognition:meeting", args=[pk]), tone="primary",
    )  # fmt: skip


@page("recognition.decide", methods=("GET", "POST"))
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Another sends it back with a reason."""
    found = _meeting(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.send_back(meeting=found, by=person(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("已退回修改。"))
        return redirect("recognition:meeting", pk=pk)
    context = {"form": form, "meeting": found}
    return render(request, "recognition/meetings/send_back.html", context, status=422 if form.errors else 200)


@page("recognition.decide", methods=("GET", "POST"))
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish what was decided, after the question."""
    found = _meeting(request, pk)
    if request.method == "POST" and request.POST.get("confirmed"):
        job = actions.publish(meeting=found, by=person(request), at=clock.now())
        return redirect("kit:job", job.pk)
    text = _("%(approve)s件进入公示，%(refuse)s件不予认定并发出告知书，%(defer)s件留待下次会议。企业由此得知结果。") % {
        one.value: found.decisions.filter(outcome=one).count() for one in Outcome
    }
    return confirm(
        request, title=_("公布审定结果"), text=text, submit=_("公布"), back=reverse("recognition:meeting", args=[pk]),
        tone="primary",
    )  # fmt: skip


@page("recognition.decide", methods=("POST",))
def publish_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out what an earlier run left."""
    job = actions.publish_again(meeting=_meeting(request, pk), by=person(request), at=clock.now())
    return redirect("kit:job", job.pk)


urlpatterns: list[URLPattern] = [
    path("batches/<int:pk>/review-list/", review_list, name="review_list"),
    path("batches/<int:pk>/review-list.xlsx", review_workbook, name="review_workbook"),
    path("batches/<int:pk>/review-list.pdf", review_pdf, name="review_pdf"),
    path("batches/<int:pk>/meeting/", new_meeting, name="new_meeting"),
    path("meetings/", meetings, name="meetings"),
    path("meetings/<int:pk>/", meeting, name="meeting"),
    path("meetings/<int:pk>/edit/", edit_meeting, name="edit_meeting"),
    path("meetings/<int:pk>/take-in/", take_in, name="take_into_meeting"),
    path("meetings/<int:pk>/discard/", discard_meeting, name="discard_meeting"),
    path("meetings/<int:pk>/decide/", decide_many, name="decide_many"),
    path("meetings/<int:pk>/applications/<int:application>/", decision, name="decision"),
    path("meetings/<int:pk>/propose/", propose, name="propose_meeting"),
    path("meetings/<int:pk>/confirm/", confirm_meeting, name="confirm_meeting"),
    path("meetings/<int:pk>/send-back/", send_back, name="send_meeting_back"),
    path("meetings/<int:pk>/publish/", publish, name="publish_meeting"),
    path("meetings/<int:pk>/publish-again/", publish_again, name="publish_meeting_again"),
]
