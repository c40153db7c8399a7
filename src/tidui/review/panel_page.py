"""What a panel's sheets come to, as the leader and the department read it: marks side by side, means, alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from tidui.review import marks, results, seating
from tidui.review.actions.leading import sheets_of
from tidui.review.enums import SEATED, ExpertKind, LookState, SheetState
from tidui.review.models import File, PanelForm, Seat, SecondLook, Sheet
from tidui.review.scheme import Scheme, scheme
from tidui.review.sheet_page import band_words


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the panel with their sheet."""

    seat: Seat
    sheet: Sheet | None
    leads: bool
    #: Nobody who marks the file themselves reads it before everybody has signed.
    covered: bool = False

    @property
    def name(self) -> str:
        """Who it is."""
        return self.seat.expert.name

    @property
    def signed(self) -> bool:
        """Is the sheet signed?"""
        return self.sheet is not None and self.sheet.state == SheetState.SIGNED

    @property
    def shown(self) -> bool:
        """May the reader of the page see what the sheet says?"""
        return self.signed and not self.covered

    @property
    def seated(self) -> bool:
        """Do they still sit in the panel? What somebody signed before they left counts."""
        return self.seat.state in SEATED


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item with everybody's mark (text, outside its band, reason), its mean in decimals and as a fraction."""

    title: str
    most: int
    given: str
    marks: list[tuple[str, bool, str]]
    mean: str
    exact: str


@dataclass(frozen=True, slots=True)
class PartLines:
    """A part with its items, what they come to, and whether the part's most cut it."""

    title: str
    most: int
    items: list[ItemLine]
    points: str
    cut: bool


@dataclass(slots=True)
class PanelPage:
    """All that is shown of a panel's work on a file."""

    file: File
    members: list[Member]
    parts: list[PartLines]
    ready: bool
    total: str
    exact: str
    recommended: bool | None
    line: int
    over: bool
    house: str
    opinion: str
    version: int
    signed: PanelForm | None
    look: SecondLook | None
    alarms: list[str]
    history: list[tuple[SecondLook, list[str]]]
    void: list[Sheet] = field(default_factory=list)

    @property
    def few(self) -> bool:
        """Do fewer mark the file than the review wants?"""
        return 0 < len(self.members) < self.file.review.size

    @property
    def missing(self) -> list[Member]:
        """Who has not signed."""
        return [one for one in self.members if not one.signed]


def page_of(file: File, *, of_leader: bool = False) -> PanelPage:
    """The work of a panel on a file: six queries.

    A leader marks as well: what colleagues signed is covered from them (`of_leader`) until everybody has signed.
    """
    by = scheme(file.review.scheme)
    panel = seating.panel_of(file)
    leader = seating.leader_of(panel)
    sheets = {one.expert_id: one for one in sheets_of(file)}
    members = _members(panel, leader, sheets)
    form = PanelForm.objects.filter(file=file).select_related("signed_by").first()
    result = results.of_form(by, form) or results.of_sheets(by, sheets.values())
    ready = bool(panel) and all(one.signed for one in members)
    if of_leader and not ready and not (form is not None and form.signed_at is not None):
        members = [replace(one, covered=True) for one in members]
    looks = list(SecondLook.objects.filter(file=file).select_related("answered_by", "asked_by").order_by("-pk"))
    names = {one.pk: one.expert.name for one in sheets.values()}
    void = list(Sheet.objects.filter(file=file, state=SheetState.VOID).select_related("expert").order_by("pk"))
    names |= {one.pk: one.expert.name for one in void}
    look = next((one for one in looks if one.state == LookState.OPEN), None)
    return PanelPage(
        file=file, members=members, parts=_parts(by, members, result if ready or (form and form.signed_at) else None),
        ready=ready, total=result.shown if result and ready else "",
        exact=marks.exact(result.total) if result and ready else "",
        recommended=result.recommended if result and ready else None, line=by.line, over=by.over,
        house=str(by.house or ""), opinion=form.opinion if form else "", version=form.version if form else 0,
        signed=form if form is not None and form.signed_at is not None else None, look=look,
        alarms=alarm_words(by, look.alarms, names) if look else [],
        history=[(one, alarm_words(by, one.alarms, names)) for one in looks if one.state != LookState.OPEN], void=void,
    )  # fmt: skip


def _members(panel: Sequence[Seat], leader: Seat | None, sheets: Mapping[int, Sheet]) -> list[Member]:
    """Who sits there, and who signed before they left."""
    here = {seat.expert_id for seat in panel}
    found = [Member(seat, sheets.get(seat.expert_id), seat is leader) for seat in panel]
    for expert, sheet in sheets.items():
        if expert not in here and sheet.state == SheetState.SIGNED:
            sheet.seat.expert = sheet.expert
            found.append(Member(sheet.seat, sheet, False))
    return found


def _parts(by: Scheme, members: Sequence[Member], result: results.Result | None) -> list[PartLines]:
    found = []
    for part in by.parts:
        lines = []
        for item in part.items:
            mean = result.means.get(item.name) if result else None
            bands = [
                one.sheet.marks.get(item.name, {}).get("band") for one in members
                if one.sheet is not None and one.seat.kind == item.kind
            ]  # fmt: skip
            lines.append(
                ItemLine(
                    str(item.title), item.most, band_words(next((one for one in bands if one is not None), None)),
                    [_mark(one, item.name, item.kind) for one in members],
                    marks.shown(mean) if mean is not None else "", marks.exact(mean) if mean is not None else "",
                )
            )
        points = result.parts.get(part.name) if result else None
        whole = sum((result.means[item.name] for item in part.items), Fraction(0)) if result else None
        found.append(
            PartLines(
                str(part.title), part.most, lines, marks.shown(points) if points is not None else "",
                whole is not None and whole > part.most,
            )
        )
    return found


def _mark(member: Member, item: str, kind: str) -> tuple[str, bool, str]:
    """A mark as a cell: blank for who does not mark the item, hidden until it is signed and may be seen."""
    if member.seat.kind != kind:
        return "", False, ""
    if member.sheet is None or not member.shown:
        return "…", False, ""
    held = member.sheet.marks.get(item, {})
    return str(held.get("mark", "")), marks.is_outside(held.get("mark"), held.get("band")), held.get("reason", "")


def alarm_words(by: Scheme, alarms: Sequence[Mapping[str, Any]], names: Mapping[int, str]) -> list[str]:
    """Why a panel is to look again, in words."""
    said = []
    for one in alarms:
        if one["what"] == "spread":
            said.append(
                _("%(kind)s评分相差 %(points)d 分（%(low)d 至 %(high)d 分），超过 %(most)d 分") % {
                    "kind": ExpertKind(one["kind"]).label, "points": one["high"] - one["low"], "low": one["low"],
                    "high": one["high"], "most": one["most"],
                }
            )  # fmt: skip
        elif one["what"] == "outside":
            said.append(
                _("%(name)s对“%(item)s”评 %(mark)d 分，按所填指标应为 %(band)s 分") % {
                    "name": names.get(one["sheet"], ""), "item": _title(by, one["item"]), "mark": one["mark"],
                    "band": band_words(one["band"]),
                }
            )  # fmt: skip
        else:
            said.append(_("省科技厅提出：%(reason)s") % {"reason": one["reason"]})
    return said


def _title(by: Scheme, name: str) -> str:
    try:
        return str(by.item(name).title)
    except KeyError:
        return name
