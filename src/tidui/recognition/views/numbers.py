"""Recognitions: the list, and one with everything that it rests on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache

from tidui.casework import panels
from tidui.casework.actions.moving import programme_of
from tidui.casework.lists_exchange import outcome_badge
from tidui.casework.models import Application, ExchangeRow, Step
from tidui.kit import access, formats, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.recognition.lists_numbers import RECOGNITIONS, state_of, title_of
from tidui.recognition.models import Document, Notice, Recognition, Revocation


@page("recognition.view", methods=("GET", "POST"))
def recognitions(request: HttpRequest) -> HttpResponseBase:
    """Those of one's own organisation, of one's reach, or of the province."""
    return lists.page(request, RECOGNITIONS)


@never_cache
@page("recognition.view")
def recognition(request: HttpRequest, pk: int) -> HttpResponse:
    """One recognition, with the chain of what it rests on as far as the person may see it."""
    one = get_visible(request.user, Recognition, pk=pk)
    one = Recognition.objects.select_related(
        "organisation", "application__call", "application__batch", "row__exchange", "row__answer_file__file"
    ).get(pk=one.pk)
    text, tone = state_of(one)
    context = {
        "one": one, "title": title_of(one), "state": text, "tone": tone, "facts": _facts(one),
        "chain": _chain(request, one), "panels": panels.of("recognition", request, one),
        "enterprise": bool(access.check("accounts.view_organisation", request.user, one.organisation)),
    }  # fmt: skip
    return render(request, "recognition/numbers/recognition.html", context)


def _facts(one: Recognition) -> list[tuple[str, Any]]:
    day = formats.day(one.document_date) if one.document_date else ""
    found = [
        (_("单位"), one.organisation.name), (_("统一社会信用代码"), one.organisation.uscc or "—"),
        (_("编号年度"), str(one.year)), (_("有效期自"), formats.day(one.valid_from)),
        (_("有效期至"), formats.day(one.valid_until)),
        (_("文号"), " ".join(part for part in (one.document_number, day) if part) or "—"),
        (_("公告时间"), formats.moment(one.announced_at)),
    ]  # fmt: skip
    if one.revoked_on:
        found.append((_("撤销日期"), formats.day(one.revoked_on)))
    if one.barred_until:
        found.append((_("限制期至"), formats.day(one.barred_until)))
    return found


def _chain(request: HttpRequest, one: Recognition) -> list[dict[str, Any]]:
    """What it rests on, oldest first: submission, decisions, notice, lists, documents, revocation."""
    found: list[dict[str, Any]] = []
    application = one.application
    if application is not None and visible_to(request.user, Application).filter(pk=application.pk).exists():
        found += _of_application(application)
        found += _of_lists(request, application)
    if application is not None and application.batch_id:
        found += _of_notices(request, application)
    documents = visible_to(request.user, Document).filter(application=application) if application else []
    found += [
        _link(_("公文"), f"{row.title} {row.number}", row.issued_at, reverse("recognition:document", args=[row.pk]))
        for row in documents
    ]
    found.append(_link(_("登记编号"), one.number, one.recorded_at, ""))
    found += [
        _link(pgettext("thing", "撤销"), f"{row.get_ground_display()} {row.get_state_display()}", row.opened_at,
              reverse("recognition:revocation", args=[row.pk]))
        for row in visible_to(request.user, Revocation).filter(recognition=one)
    ]  # fmt: skip
    return sorted(found, key=lambda row: row["at"])


def _of_application(application: Application) -> list[dict[str, Any]]:
    there = reverse("casework:case", args=[application.pk])
    found = [
        _link(
            _("第%(n)d次提交") % {"n": row.number}, f"{_('内容摘要')} {row.digest[:16]}", row.submitted_at, there,
            note=f"{row.policy} {row.policy_version} {row.policy_hash[:16]}",
        )
        for row in application.submissions.order_by("number")
    ]  # fmt: skip
    owner = programme_of(application)
    for step in Step.objects.filter(application=application).select_related("by_unit").order_by("number"):
        stage = next((one for one in owner.stages if one.name == step.stage), None)
        chosen = stage.move(step.move) if stage else None
        if stage is not None and chosen is not None and step.move != "submit":
            unit = step.by_unit.name if step.by_unit else _("系统")
            found.append(_link(str(stage.title), f"{chosen.title} {unit}", step.at, there))
    return found


def _of_notices(request: HttpRequest, application: Application) -> list[dict[str, Any]]:
    rows = visible_to(request.user, Notice).filter(batch=application.batch_id, published_at__isnull=False)
    return [
        _link(
            _("公示"), row.title, row.published_at, reverse("recognition:notice", args=[row.pk]), note=row.digest[:16]
        )
        for row in rows
    ]  # fmt: skip


def _of_lists(request: HttpRequest, application: Application) -> list[dict[str, Any]]:
    """The lines of the lists: for whoever may see those; the enterprise sees what came of it as a step."""
    rows = visible_to(request.user, ExchangeRow).filter(application=application, answered_at__isnull=False)
    return [
        _link(
            row.exchange.title, str(outcome_badge(row)[0]), row.answered_at,
            reverse("casework:exchange_row", args=[row.pk]),
            note=row.answer_file.document_number if row.answer_file else "",
        )
        for row in rows.select_related("exchange", "answer_file")
    ]  # fmt: skip


def _link(title: str, text: str, at: Any, url: str, note: str = "") -> dict[str, Any]:
    return {"title": title, "text": text, "at": at, "url": url, "note": note}


urlpatterns: list[URLPattern] = [
    path("recognitions/", recognitions, name="recognitions"),
    path("recognitions/<int:pk>/", recognition, name="recognition"),
]
