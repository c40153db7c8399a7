"""The lists of events and of seals."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.accounts.auditing import words
from tidui.accounts.models import Organisation
from tidui.audit import seals
from tidui.audit.models import Event, Seal
from tidui.kit import lists
from tidui.kit.formats import desensitise
from tidui.kit.visibility import visible_to


def _events(user: Any, actor: int | None = None, organisation: int | None = None) -> QuerySet[Event]:
    rows = visible_to(user, Event)
    if actor is not None:
        rows = rows.filter(actor_id=actor)
    return rows if organisation is None else rows.filter(organisation_id=organisation)


def _with_organisation(rows: QuerySet[Event]) -> QuerySet[Event]:
    named = Organisation.objects.filter(pk=OuterRef("organisation_id")).values("name")[:1]
    return rows.annotate(organisation_name=Subquery(named, output_field=CharField()))


def _actor(event: Event) -> str:
    if event.actor_id is None:
        return str(_("系统"))
    return event.actor_name or str(_("已删除的人员"))


def _record_link(event: Event) -> str:
    return reverse("accounts:audit_record", args=[event.subject_model, event.subject_pk])


def _details(event: Event) -> str:
    return desensitise("; ".join(f"{name}: {_plain(value)}" for name, value in event.details.items()))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


EVENTS = lists.List(
    name="accounts.events",
    title=_("事件"),
    model=Event,
    permission="accounts.read_history",
    rows=_events,
    annotate=_with_organisation,
    columns=(
        lists.moment("at", _("时间"), sort="at"),
        lists.text("actor", _("人员"), value=_actor, link=lambda event: _person_link(event)),
        lists.text("verb", _("事项"), value=lambda event: words.verb(event.verb), strong=True),
        lists.text("kind", _("对象类别"), value=lambda event: words.kind(event.subject_model)),
        lists.text("subject", _("对象"), value=lambda event: event.subject_text or event.subject_pk, link=_record_link),
        lists.text("organisation", _("单位"), value="organisation_name", link=lambda event: _organisation_link(event)),
        lists.text("details", _("详情"), value=_details),
        lists.code("digest", _("摘要"), value="digest", page=False),
    ),
    filters=(
        lists.dates("at", _("时间"), field="at"),
        lists.choice("verb", _("事项"), options=lambda user: _verbs(user), field="verb"),
        lists.choice("kind", _("对象类别"), options=lambda user: _kinds(user), field="subject_model"),
    ),
    order="-at",
    empty=_("没有符合条件的事件"),
    start=_("还没有事件"),
)


def _person_link(event: Event) -> str | None:
    return None if event.actor_id is None else reverse("accounts:audit_person", args=[event.actor_id])


def _organisation_link(event: Event) -> str | None:
    if event.organisation_id is None:
        return None
    return reverse("accounts:audit_organisation", args=[event.organisation_id])


def _verbs(user: Any) -> list[tuple[str, str]]:
    """All verbs that have words: asking the events would read all of them."""
    return sorted(((code, str(text)) for code, text in words.VERBS.items()), key=lambda option: option[0])


def _kinds(user: Any) -> list[tuple[str, str]]:
    from tidui.audit import tamper

    labels = {one.model._meta.label for one in tamper.watched().values()}
    return sorted((label, words.kind(label)) for label in labels)


SEALS = lists.List(
    name="accounts.seals",
    title=_("封存"),
    model=Seal,
    permission="accounts.verify_history",
    columns=(
        lists.whole("number", _("序号"), sort="number"),
        lists.moment("sealed_at", _("封存时间"), sort="sealed_at"),
        lists.whole("events", _("事件数")),
        lists.whole("tampers", _("变更数")),
        lists.code("short", _("短码"), value=lambda one: seals.short(one.digest)),
        lists.code("digest", _("摘要"), page=False),
        lists.code("previous", _("上一封存"), page=False),
    ),
    filters=(lists.dates("at", _("封存时间"), field="sealed_at"),),
    order="-number",
    start=_("还没有封存"),
)
