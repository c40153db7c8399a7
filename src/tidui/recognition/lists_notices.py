"""Lists of notices and announcements for the public, of objections and documents for the department."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework.programme import programme, programmes
from tidui.kit import clock, lists
from tidui.kit.visibility import visible_to
from tidui.recognition import noticing
from tidui.recognition.enums import DocumentKind, NoticeState, ObjectionState
from tidui.recognition.models import Document, Notice, Objection

NOTICE_TONES: Final = {
    NoticeState.DRAFT: "wait", NoticeState.PUBLISHED: "info", NoticeState.ENDED: "neutral",
    NoticeState.WITHDRAWN: "bad",
}  # fmt: skip
OBJECTION_TONES: Final = {
    ObjectionState.FILED: "wait", ObjectionState.ACCEPTED: "info", ObjectionState.NOT_ACCEPTED: "neutral",
    ObjectionState.DISMISSED: "neutral", ObjectionState.UPHELD: "bad",
}  # fmt: skip


def programme_title(name: str) -> str:
    """What a programme is called; its name where it is no longer declared."""
    known = programmes()
    return str(programme(name).title) if name in known else name


def programme_options(user: Any) -> list[tuple[str, Any]]:
    """The programmes, for a filter."""
    return [(one.name, one.title) for one in programmes().values()]


def state_of(notice: Notice) -> tuple[Any, str]:
    """A notice's state in words: one whose last day has passed says so before it is ended."""
    if notice.state == NoticeState.PUBLISHED and not noticing.in_force(notice, clock.today()):
        return _("公示期满"), "neutral"
    return notice.get_state_display(), NOTICE_TONES[NoticeState(notice.state)]


def _notices(user: Any) -> QuerySet[Notice]:
    return visible_to(user, Notice).defer("entries", "text")


NOTICES = lists.List(
    name="recognition.notices",
    title=pgettext_lazy("many", "公示"),
    model=Notice,
    permission="recognition.view_public",
    rows=_notices,
    columns=(
        lists.text("title", _("标题"), link=lambda row: reverse("recognition:notice", args=[row.pk])),
        lists.text("programme", _("业务"), value=lambda row: programme_title(row.batch.call.programme)),
        lists.code("number", _("文号"), value=lambda row: row.document.number if row.document else ""),
        lists.number("count", _("家数"), sort="count"),
        lists.date("published", _("发布日期"), value=lambda row: row.published_at and clock.day_of(row.published_at)),
        lists.date("ends_on", _("公示截止"), sort="ends_on"),
        lists.badge("state", _("状态"), value=state_of, sort="state"),
    ),
    filters=(
        lists.choice("programme", _("业务"), options=programme_options, field="batch__call__programme"),
        lists.numbers("year", _("年度"), field="batch__call__year"),
        lists.dates("ends", _("公示截止"), field="ends_on"),
    ),
    order="-pk",
    related=("batch__call", "document"),
    start=_("还没有公示"),
    empty=_("没有符合条件的公示"),
    export=False,
    saved=False,
)  # fmt: skip


def _announcements(user: Any) -> QuerySet[Document]:
    return visible_to(user, Document).filter(kind=DocumentKind.ANNOUNCEMENT, public=True).defer("content")


def _link(row: Document) -> str:
    return reverse("recognition:document", args=[row.pk])


ANNOUNCEMENTS = lists.List(
    name="recognition.announcements",
    title=pgettext_lazy("many", "公告"),
    model=Document,
    permission="recognition.view_public",
    rows=_announcements,
    columns=(
        lists.text("title", _("标题"), link=_link),
        lists.code("number", _("文号")),
        lists.moment("issued_at", _("发布时间"), sort="issued_at"),
    ),
    filters=(lists.dates("issued", _("发布日期"), field="issued_at__date"),),
    order="-issued_at",
    start=_("还没有公告"),
    empty=_("没有符合条件的公告"),
    export=False,
    saved=False,
)  # fmt: skip


def _documents(user: Any) -> QuerySet[Document]:
    return visible_to(user, Document).defer("content")


DOCUMENTS = lists.List(
    name="recognition.documents",
    title=pgettext_lazy("many", "公文"),
    model=Document,
    permission="recognition.view_documents",
    rows=_documents,
    columns=(
        lists.code("number", _("文号"), link=_link),
        lists.text("title", _("标题")),
        lists.text("kind", _("文种"), value=lambda row: str(row.get_kind_display()), sort="kind"),
        lists.text("organisation", _("送达单位"), value=lambda row: row.organisation.name if row.organisation else ""),
        lists.yes_no("public", _("公开")),
        lists.moment("issued_at", _("签发时间"), sort="issued_at"),
        lists.text("issued_by", _("签发人"), value=lambda row: row.issued_by.name),
        lists.code("digest", _("内容摘要"), page=False),
    ),
    filters=(
        lists.choice("kind", _("文种"), DocumentKind.choices, field="kind", counts=True),
        lists.yes_no_filter("public", _("公开"), field="public"),
        lists.dates("issued", _("签发日期"), field="issued_at__date"),
    ),
    order="-issued_at",
    related=("organisation", "issued_by"),
    start=_("还没有公文"),
    empty=_("没有符合条件的公文"),
)  # fmt: skip


def _objections(user: Any) -> QuerySet[Objection]:
    return visible_to(user, Objection).defer("text", "notes", "notice__entries")


def clock_of(objection: Objection) -> tuple[Any, str] | None:
    """Whether the clock of an objection has run out; None for one that has ended."""
    if objection.ended_at is not None or objection.due_on is None:
        return None
    return (_("已逾期"), "bad") if objection.due_on < clock.today() else (_("未到期"), "neutral")


OBJECTIONS = lists.List(
    name="recognition.objections",
    title=pgettext_lazy("many", "异议"),
    model=Objection,
    permission="recognition.view_objections",
    rows=_objections,
    columns=(
        lists.text(
            "organisation", _("被提出异议的企业"), value=lambda row: row.application.organisation.name,
            link=lambda row: reverse("recognition:objection", args=[row.pk]),
        ),
        lists.text("notice", _("公示"), value=lambda row: row.notice.title),
        lists.moment("filed_at", _("收到时间"), sort="filed_at"),
        lists.badge("state", _("状态"), choices=ObjectionState.choices, tones=dict(OBJECTION_TONES), sort="state"),
        lists.date("due_on", _("办理期限"), sort="due_on"),
        lists.badge("clock", _("时限"), value=clock_of),
        lists.text("handled_by", _("经办人"), value=lambda row: row.handled_by.name if row.handled_by else ""),
        lists.moment("ended_at", _("办结时间"), page=False),
    ),
    filters=(
        lists.choice("state", _("状态"), ObjectionState.choices, field="state", counts=True),
        lists.dates("due", _("办理期限"), field="due_on"),
        lists.dates("filed", _("收到日期"), field="filed_at__date"),
    ),
    order="due_on",
    related=("notice", "application__organisation", "handled_by"),
    start=_("还没有异议"),
    empty=_("没有符合条件的异议"),
)  # fmt: skip
