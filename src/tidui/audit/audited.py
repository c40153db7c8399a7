"""What the audit watches of itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.models import Event, Forgetting, Publication, Seal, Shape, TamperRow

tamper.append_only(
    Event, personal=("actor_name", "actor_salt", "subject_text", "subject_salt", "details_text", "details_salt")
)
tamper.append_only(TamperRow, personal=("changes", "salt"))
tamper.append_only(Seal)
tamper.append_only(Publication)
tamper.append_only(Forgetting)

#: The personal parts of an event are covered by its own digest, and must not be copied.
tamper.watch(
    Event, brief=True,
    ignore=("actor_name", "actor_salt", "subject_text", "subject_salt", "details_text", "details_salt"),
)  # fmt: skip
tamper.watch(Seal, brief=True, ignore=("event_leaves", "tamper_leaves"))
tamper.watch(Publication)
tamper.watch(Forgetting, brief=True)
tamper.watch(Shape)


personal.declare(
    Event,
    fields={
        "actor_name": _("说明是谁办理的"), "subject_text": _("说明办理的对象"), "details_text": _("说明办理的内容"),
    },
    subject=lambda person: Event.objects.none(),  # taken from the chain by `forget` itself, part by part
    retention=personal.WITH_RECORDS,
)  # fmt: skip
personal.declare(
    TamperRow,
    fields={"changes": _("查明数据被谁、何时、如何改动")},
    subject=lambda person: TamperRow.objects.none(),  # likewise
    retention=personal.Retention(_("与所记录的数据同时删除")),
)
personal.none(Seal, Publication, Shape, Forgetting)
