"""What recognition adds to the package of a case: the documents that were issued, and how objections ended."""

# tidui: data

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db.models import Q

from tidui.accounts.models import User
from tidui.casework import archiving
from tidui.casework.archiving import Entry
from tidui.casework.models import Application
from tidui.kit import formats
from tidui.kit.visibility import visible_to
from tidui.recognition.models import Document, Objection


@archiving.part(60)
def documents(application: Application, reader: User) -> Iterator[Entry]:
    """The documents about the application and about its batch."""
    about = Q(application=application)
    if application.batch_id is not None:
        about |= Q(batch=application.batch_id, application__isnull=True)
    rows = visible_to(reader, Document).filter(about).select_related("file")
    for number, row in enumerate(rows.order_by("issued_at", "pk"), start=1):
        title = f"{row.title} {row.number}"
        if row.file is not None:
            yield archiving.stored("07-公文", number, title, row.file, row.issued_at)
        else:  # the worker has not made its PDF yet
            text = json.dumps({"digest": row.digest, **row.content}, ensure_ascii=False, indent=1, sort_keys=True)
            yield Entry(f"07-公文/{number:02d}-{row.number}.json", title, row.issued_at, text.encode())


@archiving.part(70)
def objections(application: Application, reader: User) -> Iterator[Entry]:
    """How objections ended, without who objected."""
    rows = visible_to(reader, Objection).filter(application=application).select_related("notice").order_by("pk")
    said = [
        [
            row.notice.title, formats.moment(row.filed_at), row.get_state_display(), row.answer,
            formats.moment(row.ended_at) if row.ended_at else "",
        ]
        for row in rows
    ]  # fmt: skip
    if said:
        head = ("公示", "提出时间", "状态", "处理意见", "办结时间")
        yield archiving.table("08-异议/异议.csv", "异议办理情况", head, said)
