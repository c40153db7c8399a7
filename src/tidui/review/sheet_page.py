"""The page of a score sheet: its parts with their items, what stands in the fields, and what the facts give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tidui.review import marks
from tidui.review.models import File, Seat, Sheet
from tidui.review.reading import Beside, Content
from tidui.review.scheme import Band, Item, Scheme


@dataclass(slots=True)
class MarkRow:
    """One item of the sheet."""

    item: Item
    text: str
    version: int
    reason: str
    reason_version: int
    given: str
    bands: list[tuple[Band, bool]]
    beside: Beside
    outside: bool
    wants_reason: bool
    fault: str = ""
    reason_fault: str = ""
    theirs: str = ""
    reason_theirs: str = ""

    @property
    def name(self) -> str:
        """The field of its mark."""
        return marks.MARK + self.item.name

    @property
    def reason_name(self) -> str:
        """The field of its reason."""
        return marks.REASON + self.item.name


@dataclass(slots=True)
class PartRows:
    """A part of the scheme with the items that this expert marks."""

    title: str
    most: int
    rows: list[MarkRow]


@dataclass(slots=True)
class SheetPage:
    """All that the marking side of the page shows."""

    sheet: Sheet
    parts: list[PartRows]
    opinion: str
    opinion_version: int
    done: int
    items: int
    total: int
    faults: list[marks.Fault] = field(default_factory=list)
    opinion_fault: str = ""
    opinion_theirs: str = ""

    @property
    def rows(self) -> dict[str, MarkRow]:
        """The items by their field's name."""
        return {row.item.name: row for part in self.parts for row in part.rows}


def band_words(band: tuple[int, int] | list[int] | None) -> str:
    """What the facts give: `7–8`, `5`; empty where they say nothing."""
    if band is None:
        return ""
    return str(band[0]) if band[0] == band[1] else f"{band[0]}–{band[1]}"


def page_of(sheet: Sheet, scheme: Scheme, bands: marks.Bands, content: Content) -> SheetPage:
    """The marking side of a sheet."""
    parts = []
    for part in scheme.parts:
        rows = [
            _row(sheet, item, bands.get(item.name), content.beside.get(item.name, Beside([], [])))
            for item in part.items
            if item.kind == sheet.kind
        ]
        if rows:
            parts.append(PartRows(str(part.title), part.most, rows))
    done, items = marks.marked(scheme, sheet)
    return SheetPage(
        sheet, parts, sheet.opinion, sheet.opinion_version, done, items, marks.total_of(scheme, sheet)
    )


def _row(sheet: Sheet, item: Item, band: tuple[int, int] | None, beside: Beside) -> MarkRow:
    held = sheet.marks.get(item.name, {})
    mark = held.get("mark")
    return MarkRow(
        item=item, text="" if mark is None else str(mark), version=held.get("version", 0),
        reason=held.get("reason", ""), reason_version=held.get("reason_version", 0), given=band_words(band),
        bands=[(one, band is not None and one.low <= band[1] and one.high >= band[0]) for one in item.bands],
        beside=beside, outside=marks.is_outside(mark, band), wants_reason=band is not None,
    )  # fmt: skip


def outside_words(given: str) -> str:
    """What a mark outside its band asks for."""
    return _("按所填指标应为 %(band)s 分；超出须写明理由") % {"band": given}


def texts_of(page: SheetPage, posted: Mapping[str, str]) -> dict[str, str]:
    """The fields of a sheet that a form was sent with."""
    found = {}
    for row in page.rows.values():
        for name in (row.name, row.reason_name):
            if name in posted:
                found[name] = posted[name]
    if marks.OPINION in posted:
        found[marks.OPINION] = posted[marks.OPINION]
    return found


# ---------------------------------------------------------------------- an expert's files
@dataclass(frozen=True, slots=True)
class Mine:
    """A file of one's panel: how far one is, and whether one leads."""

    file: File
    seat: Seat
    sheet: Sheet | None
    name: str
    leads: bool
    done: int
    items: int
    form: str

    @property
    def state(self) -> tuple[str, str]:
        """How it stands, as a badge: tone and words."""
        if self.sheet is None or self.sheet.declared_at is None:
            return "neutral", _("未打开")
        if self.sheet.state == "signed":
            return "good", _("已签署")
        return ("wait", _("待签署")) if self.done == self.items else ("info", _("填写中"))
