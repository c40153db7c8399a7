"""The applicant's pages: own applications, the form with its live score, documents, submission, withdrawal."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.casework import actions, form, judging, lists_apply, presenting, scoring, stamping, tables_form, writing
from tidui.casework.actions import applying as deeds
from tidui.casework.actions import moving, sending
from tidui.casework.actions import writing as keeping
from tidui.casework.actions.sending import Document, Sent
from tidui.casework.enums import OPEN_TO_APPLICANT, State
from tidui.casework.evidence import KIND
from tidui.casework.form import FormView, Read
from tidui.casework.holding import held
from tidui.casework.models import Application, Attachment
from tidui.casework.permissions import ENDED_ALREADY, NOT_YOURS
from tidui.casework.queries import own_application, running_of, under
from tidui.casework.tabling import CARRIED
from tidui.facts.factset import FactSet
from tidui.facts.faults import Faults
from tidui.kit import access, clock, files, formats, lists
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.registry.assessing import Told
from tidui.registry.entry import UNITS, Merged
from tidui.registry.views.common import texts_before
from tidui.registry.views.form import unit_name

#: Where a document's note and file stand in the form.
_FILE: Final = "file."
_NOTE: Final = "note."


@page("casework.apply", methods=("GET", "POST"))
def mine(request: HttpRequest) -> HttpResponseBase:
    """The applications of the person's own enterprises."""
    return lists.page(request, lists_apply.MINE, template="casework/apply/mine.html")


# ---------------------------------------------------------------------- the form
@page("casework.apply", methods=("GET", "POST"))
def form_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form. POST: save it, work the score out, attach or remove a document (`do`); submission has its own route."""
    return answer_form(request, own(request, pk))


def answer_form(request: HttpRequest, application: Application) -> HttpResponse:
    """The form of an application, which need not be begun yet."""
    if application.state not in OPEN_TO_APPLICANT:
        return _closed_form(request, application)
    access.require("casework.write", request.user, application)
    view = form.form_of(application, UNITS[unit_name(request)])
    if request.method != "POST":
        return _page(request, view)
    if request.POST.get("do") == "score":
        year = _posted_year(request, view)
        view.put(writing.posted(view.programme, year, request.POST))
        return _page(request, view, was=request.POST.get("was", ""), scored=True)
    sent = _sent(request, view)
    try:
        saved = sending.save(view=view, sent=sent, by=_person(request), at=clock.now())
    except NotAllowed as refused:
        return _unkept(request, view, sent, refused)
    _removed(request, view.application)
    if saved.merged.conflicts or saved.notes:
        return _page(request, saved.view, status=422, merged=saved.merged, notes=saved.notes)
    what, _colon, name = request.POST.get("do", "").partition(":")
    if what == "table" and view.programme.form.table(name) is not None:
        return redirect("casework:table", pk=view.application.pk, table=name)
    messages.success(request, _("已保存，尚未提交。"))
    where = {"attach": "#evidence", "remove": "#evidence"}.get(what, "")
    return redirect(reverse("casework:form", args=[view.application.pk]) + where)


def _unkept(request: HttpRequest, view: FormView, sent: Sent, refused: NotAllowed) -> HttpResponse:
    """Of what is not begun and may not be begun nothing is kept: the page still shows what was typed, and why."""
    if view.application.is_begun or refused.refused.code == access.SIGN_IN.code:
        raise refused
    view.put(sent.texts)
    # What the fields said before stays what it was: the next press sends all that was typed once more.
    was = request.POST.get("was", "")
    return _page(request, view, status=422, notes=[str(refused.refused.reason)], was=was)


def addresses(application: Application) -> dict[str, str]:
    """Where the form of an application is shown, and where what it says is saved, worked out and submitted.

    One that is not begun is known by its call and organisation, and by what there was when its page was made.
    """
    if application.is_begun:
        key, names, since = [application.pk], ("form", "draft", "score", "submit"), ""
    else:
        key, names = [application.call_id, application.organisation_id], ("apply", "keep", "work_out", "hand_in")
        since = f"?since={application.newest_before}"
    found = {
        what: reverse(f"casework:{name}", args=key) + since
        for what, name in zip(("form", "draft", "score", "submit"), names, strict=True)
    }
    found["draft"] += "&" if since else "?"
    here = found["form"].removesuffix(since)  # also where a page that refuses stands at the address of the submission
    return found | {"in_wan": f"{here}?unit=wan", "in_yuan": f"{here}?unit=yuan"}


def _closed_form(request: HttpRequest, application: Application) -> HttpResponse:
    """The form can be written no more: what was sent is on the page of the case; a draft that ended is shown here."""
    if request.method == "POST":
        access.require("casework.write", request.user, application)
    if application.submitted_at is not None:
        return redirect("casework:case", pk=application.pk)
    view = form.form_of(application, UNITS[unit_name(request)])
    context = {
        "application": application, "view": view, "title": view.programme.title,
        "blocks": [(block.title, _lines(block)) for block in (*view.blocks, view.questions)]
        + tables_form.ended(application),
    }  # fmt: skip
    return render(request, "casework/apply/ended.html", context)


def _lines(block: form.Block) -> list[tuple[str, str]]:
    """What stands in the fields, as it was typed."""
    said = []
    for cell in block.cells:
        text = _("无") if cell.none else str(dict(cell.options).get(cell.text, cell.text))
        said.append((cell.label, f"{text} {cell.unit}".strip() if text else formats.NOTHING))
    return said


def own(request: HttpRequest, pk: int) -> Application:
    """An application of the person's own enterprise. Who sends a form and may not (any more) is told so: what they
    typed is not lost in a page that says that nothing was found."""
    found = own_application(request.user, pk)
    if found is None:
        if request.method == "POST":
            raise NotAllowed(NOT_YOURS)
        raise Http404
    return found


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _posted_year(request: HttpRequest, view: FormView) -> int:
    """The year that the page was made for, which may be another one by now."""
    given = request.POST.get("year", "")
    near = {str(year): year for year in (view.year - 1, view.year, view.year + 1)}
    return near.get(given, view.year)


def _sent(request: HttpRequest, view: FormView) -> Sent:
    """What the form was sent with; its files are taken in."""
    year = _posted_year(request, view)
    documents, notes = _documents(request, view)
    return Sent(
        year=year, texts=writing.posted(view.programme, year, request.POST), were=texts_before(request),
        unit=_unit(request), documents=documents, notes=notes, pledged=request.POST.get("pledge") == writing.ON,
        despite=request.POST.get("despite") == writing.ON, carried=request.POST.get(CARRIED) == writing.ON,
        seen=_seen(request, view),
    )  # fmt: skip


def _unit(request: HttpRequest) -> Any:
    return UNITS.get(request.POST.get("unit", ""), UNITS[unit_name(request)])


def _documents(request: HttpRequest, view: FormView) -> tuple[list[Document], list[str]]:
    """The files that came with the form; why others were not taken in."""
    found: list[Document] = []
    said: list[str] = []
    for wanted in view.programme.form.evidence:
        name = wanted.name
        field = files.FileField(kind=KIND, required=False, wait=False)
        sent = request.FILES.get(_FILE + name) or request.POST.get(f"{_FILE}{name}-kept") or None
        try:
            received = field.clean(sent)
            note = request.POST.get(_NOTE + name, "")[:200]
            files.validate_open(note)
            if received is not None:
                found.append(Document(name, received, note))
        except ValidationError as wrong:
            said.append(formats.labelled(str(wanted.title), " ".join(wrong.messages)))
    return found, said


def _removed(request: HttpRequest, application: Application) -> None:
    """Take off the document whose button was pressed."""
    what, _colon, key = request.POST.get("do", "").partition(":")
    if what == "remove" and key.isascii() and key.isdigit() and len(key) < 19:
        attachment = get_visible(request.user, Attachment, pk=int(key), application=application)
        keeping.detach(attachment=attachment, by=_person(request), at=clock.now())


def _page(
    request: HttpRequest, view: FormView, *, status: int = 200, merged: Merged | None = None,
    notes: Sequence[str] = (), faults: Mapping[str, Told] | None = None, doubts: Mapping[str, Told] | None = None,
    despite: bool = False, was: str = "", scored: bool = False,
) -> HttpResponse:  # fmt: skip
    conflicts = merged.conflicts if merged is not None else []
    named = faults or {}
    found = _read(view, view.texts, view.year)
    # What cannot be read is told beside its field whenever the form is shown.
    view.complain({**found.faults, **named, **(doubts or {})})
    shown = dict(view.texts) | {one.name: one.theirs for one in conflicts}
    unit = "wan" if view.unit == UNITS["wan"] else "yuan"
    context = {
        "application": view.application, "view": view, "title": view.programme.title, "unit": unit,
        "was": was or json.dumps(shown, ensure_ascii=False), "notes": notes, "scored": scored,
        "conflicts": [cell for cell in view.cells.values() if cell.conflict is not None],
        "faults": _linked(view, named), "loose": {name: one.message for name, one in named.items()},
        "doubts": _linked(view, doubts or {}),
        "has_money": any(cell.kind == "money" for cell in view.cells.values()), "despite": despite,
        "pledged": request.POST.get("pledge") == writing.ON, "closed": _closed(view),
        "after": _after(view.application) if view.first_time else 0,
        "held": held(view.programme, view.application.call.year, view.facts),
        "uploads": _uploads(view), "not_sent": ",".join(_not_scored(view)), "to": addresses(view.application),
        **tables_form.shown(view, request.POST),
        **_score(view, found),
    }  # fmt: skip
    return render(request, "casework/apply/form.html", context, status=status)


def _after(application: Application) -> int:
    """Which application under the call the first submission of this one comes after; 0 for the first.

    What waits in a browser is kept by it: for what is not begun and what it becomes the same, for a successor another.
    """
    if not application.is_begun:
        return application.newest_now
    there = under(application.call, application.organisation)
    return max((one.pk for one in there if one.pk < application.pk), default=0)


def _linked(view: FormView, faults: Mapping[str, Told]) -> list[tuple[str, str, Told]]:
    """Every fault with what its field is called and where it stands."""
    return [
        (f"#{name}", form.label_of_field(view.programme, name), fault)
        for name, fault in faults.items() if not tables_form.holds(name)
    ] + tables_form.linked(view, faults)  # fmt: skip


def _closed(view: FormView) -> Any:
    """Why the form cannot be submitted at this moment; empty where it can."""
    if view.first_time:
        refused = deeds.accepts(view.application.call, clock.now())
        return refused.reason if refused is not None else ""
    late = not view.programme.late_correction and clock.now() > view.application.call.closes_at
    return moving.TOO_LATE.reason if late else ""


class _Upload(forms.Form):
    """One file input for each kind of document, as the kit draws it."""


def _uploads(view: FormView) -> dict[str, Any]:
    made = _Upload()
    for row in view.evidence:
        name = row.evidence.name
        attributes = {"id": f"id_file_{name}", "aria-describedby": f"help_{name}"}
        made.fields[_FILE + name] = files.FileField(
            kind=KIND, required=False, label=gettext_lazy("选择文件"), widget=files.FileInput(KIND, attributes)
        )
    return {row.evidence.name: made[_FILE + row.evidence.name] for row in view.evidence}


def _not_scored(view: FormView) -> list[str]:
    """Fields that the live score does not need to be sent: files and what goes with them."""
    names = [row.evidence.name for row in view.evidence]
    return ["was", *(f"{_FILE}{name}" for name in names), *(f"{_FILE}{name}-kept" for name in names)]


# ---------------------------------------------------------------------- the live score
def _read(view: FormView, texts: Mapping[str, str], year: int) -> Read:
    return form.read(view.programme, texts, year, view.unit, without=view.left_out)


def _judged(view: FormView, found: Read) -> judging.Judgement:
    return judging.judge(view.programme.policy, _facts(view, found), on=clock.today(), year=view.year)


def _facts(view: FormView, found: Read) -> FactSet:
    """The facts as they would be after a submission; what cannot be read is not known, whatever the file says."""
    unread = [key for key in map(writing.key_of, found.faults) if key is not None]
    return view.facts_with(found.stated).with_values(dict.fromkeys(unread))


def _score(view: FormView, found: Read) -> dict[str, Any]:
    """What the rules say of what stands in the form; `moved` is the year that it should be about, if not this one."""
    judged = _judged(view, found)
    facts = _facts(view, found)
    should = judging.year_of(view.application, facts, clock.today())
    asked = {writing.field_of(*key) for key in writing.facts_asked(view.programme, view.year)}
    filled = [name for name in asked if view.texts.get(name) or view.texts.get(name + writing.NONE_SUFFIX)]
    return {
        "slips": _linked(view, form.slips_of(facts, found.stated)),
        "score": scoring.score_of(judged, view), "moved": should if should != view.year else None,
        "unread": len(found.faults), "filled": len(filled), "fields": len(asked),
    }  # fmt: skip


@page("casework.apply", methods=("POST",))
def score(request: HttpRequest, pk: int) -> HttpResponse:
    """The score of what stands in the form now; nothing is saved."""
    return answer_score(request, own(request, pk))


def answer_score(request: HttpRequest, application: Application) -> HttpResponse:
    """The score of what stands in the form of an application, which need not be begun yet."""
    access.require("casework.write", request.user, application)
    view = form.form_of(application, _unit(request))
    view.year = _posted_year(request, view)
    texts = writing.posted(view.programme, view.year, request.POST)
    view.texts = {**view.texts, **texts}
    found = form.read(view.programme, texts, view.year, view.unit, without=view.left_out)
    to = addresses(application)
    context = {"view": view, "application": application, "to": to, "live": True, **_score(view, found)}
    return render(request, "casework/apply/_score.html", context)


@page("casework.apply", methods=("POST",))
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One field, saved as it is typed; the protocol is that of the kit's autosave."""
    return answer_draft(request, own(request, pk))


def answer_draft(request: HttpRequest, application: Application) -> HttpResponse:
    """One field of the form of an application, which is begun by it if it is not yet."""
    given = request.POST.get("base", "")
    base = int(given) if given.isascii() and given.isdigit() and len(given) < 17 else 0
    name = request.POST.get("field", "")
    if name in writing.LOOSE or name.startswith((_FILE, _NOTE)):  # they go with the form itself
        return JsonResponse({"version": base})
    unit = UNITS.get(request.GET.get("unit", ""), "元")
    text = request.POST.get("value", "").replace("\r\n", "\n")
    kept = keeping.save_field(
        application=application, name=name, text=text, base=base, unit=unit, by=_person(request), at=clock.now()
    )
    if isinstance(kept, keeping.Newer):
        when = formats.moment(dt.datetime.fromisoformat(kept.at)) if kept.at else ""
        by = kept.by.name if kept.by else ""
        return JsonResponse({"version": kept.version, "value": kept.text, "by": by, "at": when}, status=409)
    error = ""
    if kept.fault is not None:
        error = _("%(message)s；%(instead)s") % {"message": kept.fault.message, "instead": kept.fault.instead} \
            if kept.fault.instead else kept.fault.message  # fmt: skip
    return JsonResponse({"version": kept.version, "error": error})


# ---------------------------------------------------------------------- submission
@page("casework.apply", methods=("POST",))
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Submit the form, for the first time or after a correction; every fault is shown beside its field."""
    at = clock.now()  # when it arrived, whatever takes its time from here on
    return answer_submission(request, own(request, pk), at)


def answer_submission(request: HttpRequest, application: Application, at: dt.datetime) -> HttpResponse:
    """Submit the form of an application, which is begun by it if it is not yet."""
    if _sent_already(request, application):
        return redirect("casework:receipt", pk=application.pk)
    access.require("casework.write", request.user, application)
    view = form.form_of(application, _unit(request))
    sent = _sent(request, view)
    try:
        result = sending.send(view=view, sent=sent, by=_person(request), at=at)
    except NotAllowed as against:
        now = running_of(under(application.call, application.organisation))
        same = now is not None and application.pk in (None, now.pk)
        if now is not None and same and _sent_already(request, now):  # the first press was worked on meanwhile
            return redirect("casework:receipt", pk=now.pk)
        return _unkept(request, view, sent, against)
    if result.done is not None:
        return redirect("casework:receipt", pk=result.done.application.pk)
    view, notes = result.saved.view, result.saved.notes
    match result.refused:
        case None if result.doubts:
            return _page(request, view, status=422, doubts=result.doubts, despite=True)
        case None:
            return _page(request, view, status=422, merged=result.saved.merged, faults=result.faults, notes=notes)
        case Faults():
            # A filing stops at the first section that has a fault: the person is told of every one.
            every = form.contradictions(view, _read(view, view.texts, view.year))
            return _page(request, view, status=422, faults=form.of_facts(result.refused.faults) | every, notes=[])
        case deeds.NotPassing():
            return _page(request, view, status=422, despite=True)
        case NotAllowed(refused=refused):
            if refused.code == access.SIGN_IN.code:
                raise result.refused
            if _sent_already(request, view.application):
                return redirect("casework:receipt", pk=view.application.pk)
            return _page(request, view, status=422, notes=[str(refused.reason)])


def _sent_already(request: HttpRequest, application: Application) -> bool:
    """Did this very page send it a moment ago? The button was pressed twice, or the answer got lost on its way."""
    given = request.POST.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        return False
    if int(given) >= application.version:  # a step has the number of the version that it made
        return False
    sent = application.steps.filter(number=int(given) + 1, move__in=("submit", "resubmit"), by=_person(request))
    return sent.exists()


def _seen(request: HttpRequest, view: FormView) -> int:
    """The version of the application that the page was made of."""
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else view.application.version


@page("casework.view")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """What the applicant has in hand after a submission: the number, the digest, who is next and until when."""
    application = get_visible(request.user, Application, pk=pk)
    access.require("casework.view", request.user, application)
    submission = application.submissions.select_related("submitted_by").order_by("-number").first()
    if submission is None:
        raise Http404
    context = {
        "application": application, "submission": submission,
        "title": presenting.programme_title(application.programme),
        "stage": presenting.stage_title(application.programme, application.stage),
        "next": application.holder.name if application.holder is not None else str(application.get_turn_display()),
        "mark": scoring.mark(submission.verdict or "unknown"),
        "score": scoring.points(*_points(submission.result)), "unstamped": stamping.is_missing(application),
    }  # fmt: skip
    return render(request, "casework/apply/receipt.html", context)


def _points(result: Mapping[str, Any]) -> tuple[Any, Any]:
    found = result.get("score") or {}
    return found.get("low"), found.get("high")


# ---------------------------------------------------------------------- withdrawal
class ReasonForm(forms.Form):
    """Why an application is withdrawn."""

    reason = forms.CharField(
        label=gettext_lazy("撤回理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        validators=[files.validate_open], help_text=gettext_lazy("写明原因，随办理记录保存。"),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)


@page("casework.withdraw", methods=("GET", "POST"))
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a reason, and withdraw."""
    application = own(request, pk)
    access.require("casework.withdraw", request.user, application)
    refused = deeds.withdrawal_refused(application, _person(request), clock.now())
    if refused is not None:
        raise NotAllowed(ENDED_ALREADY if application.ended_at is not None else refused)
    asked = ReasonForm(request.POST or None, initial={"version": application.version})
    if request.method == "POST" and asked.is_valid():
        actions.withdraw(
            application=application, reason=asked.cleaned_data["reason"], by=_person(request), at=clock.now(),
            seen=asked.cleaned_data["version"],
        )  # fmt: skip
        messages.success(request, _("申报已撤回。"))
        return redirect("casework:mine")
    context = {
        "application": application, "form": asked, "title": presenting.programme_title(application.programme),
        "back": lists_apply.address_of(application), "is_draft": application.state == State.DRAFT,
    }  # fmt: skip
    return render(request, "casework/apply/withdraw.html", context, status=422 if asked.errors else 200)


urlpatterns: list[URLPattern] = [
    path("applications/", mine, name="mine"),
    path("applications/<int:pk>/form/", form_page, name="form"),
    path("applications/<int:pk>/form/draft/", draft, name="draft"),
    path("applications/<int:pk>/form/score/", score, name="score"),
    path("applications/<int:pk>/submit/", submit, name="submit"),
    path("applications/<int:pk>/receipt/", receipt, name="receipt"),
    path("applications/<int:pk>/withdraw/", withdraw, name="withdraw"),
]
