"""Open data: the announced numbers of a programme and year, as CSV and JSON. The layout is docs/users/open-data.md."""

# tidui: data

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, QuerySet
from django.utils.translation import override

from tidui.casework.programme import Programme, programmes
from tidui.kit import clock, divisions, exports
from tidui.recognition.models import Recognition
from tidui.recognition.noticing import place_of

#: The version of the layout: a column more makes it 1.1, a column less or another meaning 2.
LAYOUT: Final = "1.0"
#: Field of the JSON file, heading of the CSV file; in this order, the same in every language.
COLUMNS: Final = (
    ("number", "编号"), ("name", "企业名称"), ("uscc", "统一社会信用代码"), ("division", "行政区划代码"),
    ("place", "所在地"), ("valid_from", "有效期自"), ("valid_until", "有效期至"), ("announced_on", "公告日期"),
    ("document", "公告文号"), ("revoked_on", "撤销日期"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """One file of the list: a programme, a year, how many numbers, and when the newest was announced."""

    programme: Programme
    year: int
    count: int
    newest: dt.datetime


def announced(programme: str, year: int) -> QuerySet[Recognition]:
    """The announced recognitions of a programme and year, those that were revoked since included."""
    return Recognition.objects.filter(programme=programme, year=year, announced_at__isnull=False)


def offered() -> list[Offered]:
    """What there is, the newest year first. One query."""
    rows = Recognition.objects.filter(announced_at__isnull=False).values("programme", "year")
    known = programmes()
    counted = rows.annotate(count=Count("pk"), newest=Max("announced_at")).order_by("-year", "programme")
    return [
        Offered(known[row["programme"]], row["year"], row["count"], row["newest"])
        for row in counted
        if row["programme"] in known
    ]


def records(programme: str, year: int) -> list[dict[str, Any]]:
    """The rows of a file, by number. One query."""
    table = divisions.table()
    rows = announced(programme, year).select_related("organisation", "announcement").order_by("number")
    return [_record(one, table) for one in rows]


def _record(one: Recognition, table: Any) -> dict[str, Any]:
    assert one.announced_at is not None
    held = one.organisation
    return {
        "number": one.number, "name": held.name, "uscc": held.uscc or "", "division": held.division,
        "place": place_of(held.division, table), "valid_from": one.valid_from.isoformat(),
        "valid_until": one.valid_until.isoformat(), "announced_on": clock.day_of(one.announced_at).isoformat(),
        "document": one.announcement.number if one.announcement else one.document_number,
        "revoked_on": one.revoked_on.isoformat() if one.revoked_on else None,
    }  # fmt: skip


def as_csv(rows: Iterable[dict[str, Any]]) -> bytes:
    """UTF-8 with a byte order mark, lines that end by CR LF; what a spreadsheet might run gets an apostrophe."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow([heading for _name, heading in COLUMNS])
    for row in rows:
        writer.writerow([exports.safe_text(str(row[name] or "")) for name, _heading in COLUMNS])
    return ("\ufeff" + lines.getvalue()).encode()


def as_json(programme: Programme, year: int, rows: list[dict[str, Any]]) -> bytes:
    """An object with the layout's version, the programme, the year and the rows."""
    with override("zh-hans"):
        title = str(programme.title)
    whole = {
        "layout": f"tidui/recognitions/{LAYOUT}", "programme": programme.name, "title": title, "year": year,
        "count": len(rows), "recognitions": rows,
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def etag_of(content: bytes) -> str:
    """A strong entity tag over the content."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
