"""Sampling checks, revocation, and who has updated this year."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from tidui.accounts.models import User
from tidui.casework.models import Batch, Call
from tidui.casework.programme import programmes
from tidui.kit import access, clock, formats, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.recognition import lists_after, sampling, yearly
from tidui.recognition.actions import revocation as revoking
from tidui.recognition.actions import sampling as checks
from tidui.recognition.enums import RevocationState, SampleState
from tidui.recognition.forms_after import (
    CheckForm,
    DecideForm,
    FreezeForm,
    OpenForm,
    ProposeForm,
    ReasonForm,
    ReplyForm,
    SeedForm,
)
from tidui.recognition.measures import measure
from tidui.recognition.models import Recognition, Revocation, Sample, Sampling


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# ---------------------------------------------------------------------- sampling checks
@page("recognition.view_public", methods=("GET", "POST"))
def samplings(request: HttpRequest) -> HttpResponseBase:
    """Every sampling check: frozen lists and what was drawn from them, for everybody."""
    context = {"may_freeze": bool(access.check("recognition.sample", request.user))}
    return lists.page(
        request, lists_after.SAMPLINGS, template="recognition/samplings/samplings.html", context=context
    )


@page("recognition.sample", methods=("GET", "POST"))
def freeze(request: HttpRequest) -> HttpResponse:
    """Freeze the list from which is drawn."""
    batches = visible_to(request.user, Batch).filter(closed_at__isnull=False).order_by("-pk")
    form = FreezeForm(request.POST or None, batches=batches.select_related("call"))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = checks.freeze(
            programme_name=said["programme"], year=said["year"], batch=said["batch"], share=said["share"],
            seed_source=said["seed_source"], seed_on=said["seed_on"], by=_person(request), at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已封存抽取范围，请在种子公布后录入并抽取。"))
        return redirect("recognition:sampling", pk=made.pk)
    return render(
        request, "recognition/samplings/freeze.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


def _shown(held: Sampling) -> list[tuple[Any, ...]]:
    """What everybody may know of a sampling check."""
    named = programmes().get(held.programme)
    rows: list[tuple[Any, ...]] = [
        (_("业务"), named.title if named else held.programme), (_("年度"), held.year),
        (_("批次"), held.batch.title if held.batch else _("全年全部批次")),
        (_("抽取范围"), _enterprises(len(held.population)),
         _("另有 %(count)s 家凭高新技术企业证书确认，不在抽取范围") % {"count": held.excluded}
         if held.excluded else ""),
        (_("抽查比例"), f"{held.share}%", _enterprises(held.size)),
        (_("范围封存时间"), formats.moment(held.frozen_at)), (_("范围摘要（SHA-256）"), held.population_digest),
        (_("种子来源"), held.seed_source), (_("种子公布日期"), formats.day(held.seed_on)),
    ]  # fmt: skip
    if held.drawn_at is not None:
        last = sampling.ticket(held.seed, checks.drawn_codes(held)[-1])
        rows += [
            (_("种子"), held.seed), (_("抽取时间"), formats.moment(held.drawn_at)),
            (_("最后一个抽中的签号"), last, _("签号不大于它的都已抽中")),
        ]  # fmt: skip
    return rows


def _ticket(request: HttpRequest, held: Sampling) -> dict[str, Any] | None:
    """The ticket of a code that somebody asks for; what it would mean if the code is listed."""
    code = request.GET.get("code", "").strip().upper()[:18]
    if not code or not held.seed:
        return None
    own, last = sampling.ticket(held.seed, code), sampling.ticket(held.seed, checks.drawn_codes(held)[-1])
    return {"code": code, "ticket": own, "drawn": own <= last}


@page("recognition.view_public", methods=("GET", "POST"))
def one_sampling(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One sampling check: digest, seed, numbers; officers also see the samples of their unit."""
    held = get_visible(request.user, Sampling, pk=pk)
    officer = bool(access.check("recognition.view_samples", request.user))
    scope = {"sampling": held.pk}
    if request.method == "POST":
        return lists.post(request, lists_after.SAMPLES, scope=scope)
    today = clock.today()
    may = held.drawn_at is None and bool(access.check("recognition.sample", request.user))
    context = {
        "sampling": held, "rows": _shown(held), "officer": officer,
        "replays": bool(access.check("recognition.view_all", request.user)), "ticket": _ticket(request, held),
        "code": request.GET.get("code", "")[:18], "waits": may and today < held.seed_on,
        "form": SeedForm() if may and today >= held.seed_on else None,
        "list": lists.present(request, lists_after.SAMPLES, scope=scope) if officer and held.drawn_at else None,
        "done": held.samples.exclude(state=SampleState.WAITING).count(),
        "differs": held.samples.filter(state=SampleState.DIFFERS).count(),
    }  # fmt: skip
    return render(request, "recognition/samplings/sampling.html", context)


@page("recognition.sample", methods=("POST",))
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw by the seed that was published."""
    held = get_visible(request.user, Sampling, pk=pk)
    form = SeedForm(request.POST)
    if form.is_valid():
        checks.draw(drawn_from=held, seed=form.cleaned_data["seed"], by=_person(request), at=clock.now())
        said = ngettext("已抽取 %(count)s 家，已通知核查单位。", "已抽取 %(count)s 家，已通知核查单位。", held.size)
        messages.success(request, said % {"count": held.size})
    else:
        messages.error(request, _("请填写已公布的种子。"))
    return redirect("recognition:sampling", pk=held.pk)


@require_safe
@page("recognition.view_all")
def sampling_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file from which inspection can draw again; it names who was in the population."""
    held = get_visible(request.user, Sampling, pk=pk)
    answer = JsonResponse(checks.published(held), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="sampling-{held.programme}-{held.year}-{held.pk}.json"'
    return answer


@page("recognition.view_samples", methods=("GET", "POST"))
def samples(request: HttpRequest) -> HttpResponseBase:
    """The samples that the person's units check."""
    return lists.page(request, lists_after.SAMPLES)


@page("recognition.view_samples", methods=("GET", "POST"))
def one_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """One sample, and the form for what was found."""
    rows = visible_to(request.user, Sample)
    held = get_visible(request.user, Sample, pk=pk)
    held = rows.select_related("recognition__organisation", "sampling", "unit", "checked_by", "file").get(pk=held.pk)
    revocation = held.revocations.order_by("-pk").first()
    may = revocation is None and bool(access.check("recognition.check_sample", request.user, held))
    form = None
    if may:
        form = CheckForm(request.POST or None, request.FILES or None, programme=held.recognition.programme)
    if request.method == "POST":
        access.require("recognition.check_sample", request.user, held)
        if form is None:
            raise access.NotAllowed(checks.ENDED)
        if form.is_valid():
            return _checked(request, held, form)
    context = {
        "sample": held, "form": form, "revocation": revocation,
        "late": held.state == SampleState.WAITING and held.due_on is not None and held.due_on < clock.today(),
    }  # fmt: skip
    return render(
        request, "recognition/samplings/sample.html", context, status=422 if request.method == "POST" else 200
    )


def _checked(request: HttpRequest, held: Sample, form: CheckForm) -> HttpResponse:
    said = form.cleaned_data
    _sample, opened = checks.check(
        sample=held, conforms=said["conforms"], note=said["note"], ground=said["ground"], file=said["file"],
        by=_person(request), at=clock.now(),
    )  # fmt: skip
    if opened is not None:
        messages.success(request, _("已记录核查结果，并提出撤销。"))
        return redirect("recognition:revocation", pk=opened.pk)
    messages.success(request, _("已记录核查结果。"))
    return redirect("recognition:samples")


# ---------------------------------------------------------------------- revocation
@page("recognition.view_revocations", methods=("GET", "POST"))
def revocations(request: HttpRequest) -> HttpResponseBase:
    """Every revocation that the person may see; officers look for the number that they propose to revoke."""
    may = bool(access.check("recognition.propose_revocation", request.user))
    sought = request.GET.get("number", "").replace("\x00", "").strip()[:60]
    found: list[Recognition] = []
    if may and sought and request.method == "GET":
        rows = visible_to(request.user, Recognition).select_related("organisation")
        by_number = rows.filter(number__iexact=sought) | rows.filter(organisation__uscc__iexact=sought)
        found = list(by_number.order_by("-year", "pk")[:20])
    context = {"may_open": may, "sought": sought, "found": found}
    return lists.page(
        request, lists_after.REVOCATIONS, template="recognition/revocations/revocations.html", context=context
    )


@page("recognition.propose_revocation", methods=("GET", "POST"))
def open_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to revoke a number."""
    held = get_visible(request.user, Recognition, pk=pk)
    access.require("recognition.propose_revocation", request.user, held)
    form = OpenForm(request.POST or None, request.FILES or None, programme=held.programme)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = revoking.open_revocation(
            recognition=held, ground=said["ground"], evidence=said["evidence"], file=said["file"],
            by=_person(request), at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已提出撤销，由省科技厅告知企业。"))
        return redirect("recognition:revocation", pk=made.pk)
    context = {"recognition": held, "form": form, "house": measure(held.programme).house or ""}
    return render(
        request, "recognition/revocations/open.html", context, status=422 if request.method == "POST" else 200
    )


def _one(request: HttpRequest, pk: int) -> Revocation:
    found = get_visible(request.user, Revocation, pk=pk)
    rows = Revocation.objects.select_related(
        "recognition__organisation", "recognition__application", "opened_by", "opened_for", "proposed_by", "decided_by",
        "told_by", "replied_by", "document", "file", "reply_file",
    )  # fmt: skip
    return rows.get(pk=found.pk)


@require_safe
@page("recognition.view_revocations")
def one_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    """One revocation: what is held against the enterprise, what it says, what is decided, and what one may do now."""
    return _revocation_page(request, _one(request, pk), {}, 200)


def _revocation_page(request: HttpRequest, held: Revocation, filled: dict[str, Any], status: int) -> HttpResponse:
    forms = {**_forms(request, held), **filled}
    own = bool(access.check("recognition.reply", request.user, held.recognition))
    inside = not own or bool(access.check("recognition.view_all", request.user))
    context = {
        "revocation": held, "recognition": held.recognition, "forms": forms, "inside": inside,
        "events": _events(held, inside), "rows": _facts(held, inside),
        "tone": lists_after.REVOCATION_TONES[held.state],
        "house": measure(held.recognition.programme).house or "",
        "waits": held.state == RevocationState.TOLD and held.reply_due is not None and held.reply_due >= clock.today(),
        "same": held.state == RevocationState.PROPOSED and held.proposed_by_id == request.user.pk,
    }  # fmt: skip
    return render(request, "recognition/revocations/revocation.html", context, status=status)


def _forms(request: HttpRequest, held: Revocation) -> dict[str, Any]:
    """The forms that this person may send now, by the name of their step; None for the others."""
    made: dict[str, Any] = dict.fromkeys(("tell", "reply", "propose", "decide", "drop"))
    state = held.state
    if access.check("recognition.revoke", request.user, held.recognition):
        over = state == RevocationState.TOLD and held.reply_due is not None and held.reply_due < clock.today()
        made["tell"] = state == RevocationState.OPENED or None
        if state == RevocationState.ANSWERED or over:
            made["propose"] = ProposeForm()
        if state == RevocationState.PROPOSED and held.proposed_by_id != request.user.pk:
            made["decide"] = DecideForm()
        if state not in (RevocationState.DECIDED, RevocationState.DROPPED):
            made["drop"] = ReasonForm(prefix="drop")
    replies = state in (RevocationState.TOLD, RevocationState.ANSWERED)
    if replies and access.check("recognition.reply", request.user, held.recognition):
        made["reply"] = ReplyForm(initial={"text": held.reply})
    return made


def _facts(held: Revocation, inside: bool) -> list[tuple[Any, ...]]:
    """What is held against whom; the enterprise learns what is proposed when it is decided."""
    told = held.state == RevocationState.DECIDED or (inside and held.state == RevocationState.PROPOSED)
    number = held.recognition
    law = measure(number.programme)
    rows: list[tuple[Any, ...]] = [
        (_("编号"), number.number, _("%(year)s 年度") % {"year": number.year}),
        (_("有效期"), f"{formats.day(number.valid_from)} — {formats.day(number.valid_until)}"),
        (_("撤销情形"), held.get_ground_display()), (_("提出单位"), held.opened_for.name),
    ]  # fmt: skip
    if held.reply_due:
        rows.append((_("申辩期限"), formats.day(held.reply_due)))
    if held.effective_on and told:
        rows.append((_("撤销生效日期"), formats.day(held.effective_on)))
    if held.bar_until and told:
        note = _("此日及以前不得再次%(again)s") % {"again": law.again}
        rows.append((_("限制期至"), formats.day(held.bar_until), note))
    return rows


def _events(held: Revocation, inside: bool) -> list[dict[str, Any]]:
    """What happened, newest last; the enterprise is shown offices, not people, and no opinion before the end."""

    def who(person: Any) -> str:
        return person.name if person is not None and inside else ""

    over = held.state in (RevocationState.DECIDED, RevocationState.DROPPED)
    told = [
        (held.opened_at, _("提出撤销"), held.evidence, who(held.opened_by) or held.opened_for.name, "warn", "flag"),
        (held.told_at, _("告知企业"), "", who(held.told_by), "info", "send"),
        (held.replied_at, _("企业申辩"), held.reply, who(held.replied_by), "info", "message"),
    ]  # fmt: skip
    if inside or over:
        told.append((held.proposed_at, _("提出拟办意见"), held.opinion, who(held.proposed_by), "warn", "edit"))
    if over:
        ended = pgettext("done", "撤销") if held.state == RevocationState.DECIDED else _("不予撤销")
        tone = "bad" if held.state == RevocationState.DECIDED else "neutral"
        told.append((held.decided_at, ended, held.answer, who(held.decided_by), tone, "gavel"))
    names = ("at", "title", "text", "by", "tone", "icon")
    return [dict(zip(names, one, strict=True)) for one in told if one[0] is not None]


@page("recognition.revoke", methods=("POST",))
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the enterprise."""
    held = revoking.tell(revocation=_one(request, pk), by=_person(request), at=clock.now())
    messages.success(request, _("已告知企业，申辩期限 %(day)s。") % {"day": formats.day(held.reply_due)})
    return redirect("recognition:revocation", pk=pk)


@page("recognition.reply", methods=("POST",))
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The enterprise replies."""
    held, form = _one(request, pk), ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _revocation_page(request, held, {"reply": form}, 422)
    said = form.cleaned_data
    revoking.reply(revocation=held, text=said["text"], file=said["file"], by=_person(request), at=clock.now())
    messages.success(request, _("申辩已经提交。"))
    return redirect("recognition:revocation", pk=pk)


@page("recognition.revoke", methods=("POST",))
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to revoke after the reply."""
    held, form = _one(request, pk), ProposeForm(request.POST)
    if not form.is_valid():
        return _revocation_page(request, held, {"propose": form}, 422)
    said = form.cleaned_data
    revoking.propose(
        revocation=held, opinion=said["opinion"], effective_on=said["effective_on"], by=_person(request), at=clock.now()
    )
    messages.success(request, _("已提出拟办意见，等待另一位同事复核。"))
    return redirect("recognition:revocation", pk=pk)


@page("recognition.revoke", methods=("POST",))
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person decides."""
    held, form = _one(request, pk), DecideForm(request.POST)
    if not form.is_valid():
        return _revocation_page(request, held, {"decide": form}, 422)
    said = form.cleaned_data
    revoking.decide(
        revocation=held, agree=said["agree"], answer=said["answer"], by=_person(request), at=clock.now()
    )
    messages.success(request, _("编号已撤销，决定书已经生成。") if said["agree"] else _("已退回重新拟办。"))
    return redirect("recognition:revocation", pk=pk)


@page("recognition.revoke", methods=("POST",))
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Not revoke after all."""
    held, form = _one(request, pk), ReasonForm(request.POST, prefix="drop")
    if not form.is_valid():
        return _revocation_page(request, held, {"drop": form}, 422)
    revoking.drop(revocation=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
    messages.success(request, _("已决定不予撤销。"))
    return redirect("recognition:revocation", pk=pk)


# ---------------------------------------------------------------------- the yearly update
@require_safe
@page("recognition.view_updates")
def updates(request: HttpRequest) -> HttpResponse:
    """This year's update of the first programme that gives numbers."""
    first = next(iter(yearly.with_numbers()), None)
    if first is None:
        raise Http404
    return redirect("recognition:updates_of", programme=first, year=clock.today().year)


@page("recognition.view_updates", methods=("GET", "POST"))
def updates_of(request: HttpRequest, programme: str, year: int) -> HttpResponseBase:
    """Who holds a number of the year before, and how far this year's is."""
    if programme not in programmes() or not 2000 <= year <= clock.today().year + 1:
        raise Http404
    calls = visible_to(request.user, Call).filter(programme=programme, year=year).order_by("opens_at", "pk")
    context = {
        "programme": programmes()[programme], "year": year, "calls": calls, "window": yearly.window(programme, year),
        "earlier": reverse("recognition:updates_of", args=[programme, year - 1]), "now": clock.now(),
    }  # fmt: skip
    return lists.page(
        request, lists_after.UPDATES, scope={"programme": programme, "year": year},
        template="recognition/samplings/updates.html", context=context,
    )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("samplings/", samplings, name="samplings"),
    path("samplings/new/", freeze, name="freeze_sampling"),
    path("samplings/samples/", samples, name="samples"),
    path("samplings/samples/<int:pk>/", one_sample, name="sample"),
    path("samplings/<int:pk>/", one_sampling, name="sampling"),
    path("samplings/<int:pk>/draw/", draw, name="draw_sampling"),
    path("samplings/<int:pk>/file.json", sampling_file, name="sampling_file"),
    path("revocations/", revocations, name="revocations"),
    path("revocations/new/<int:pk>/", open_revocation, name="open_revocation"),
    path("revocations/<int:pk>/", one_revocation, name="revocation"),
    path("revocations/<int:pk>/tell/", tell, name="tell_revocation"),
    path("revocations/<int:pk>/reply/", reply, name="reply_to_revocation"),
    path("revocations/<int:pk>/propose/", propose, name="propose_revocation"),
    path("revocations/<int:pk>/decide/", decide, name="decide_revocation"),
    path("revocations/<int:pk>/drop/", drop, name="drop_revocation"),
    path("updates/", updates, name="updates"),
    path("updates/<slug:programme>/<int:year>/", updates_of, name="updates_of"),
]


def _enterprises(count: int) -> str:
    return ngettext("%(count)s 家", "%(count)s 家", count) % {"count": count}
