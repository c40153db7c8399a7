"""The register of intellectual property: entering, correcting, striking out, and noting what recognition used up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.kit import access, classified, clock, search
from tidui.kit.access import NotAllowed, Refused
from tidui.registry import property_numbers
from tidui.registry.actions.filing import Filed, lock, write_return
from tidui.registry.enums import CLASS_TWO, DEFENCE_PATENT, Acquisition, PropertyClass, Source
from tidui.registry.models import Enterprise, IntellectualProperty
from tidui.registry.permissions import own_filer
from tidui.registry.property_facts import facts_on

DEFENCE: Final = _(
    "国防专利不得录入本系统，也不要上传其证书或说明书。请通过线下渠道按保密规定报送：联系推荐单位或科技厅保密工作机构。"
)
TWICE: Final = _("该编号已在本单位登记册中。")
ALREADY_USED = Refused("already-used", _("该项Ⅱ类知识产权已用于 {year} 年高企认定，不能再次使用。"))
NOT_CLASS_TWO = Refused("not-class-two", _("只有Ⅱ类知识产权受一次使用的限制。"))
ALREADY_STRUCK = Refused("already-struck", _("该项已经注销。"))
NO_REASON = Refused("no-reason", _("请写明原因。"))
ONLY_AN_OFFICER = Refused("only-an-officer", _("已记录的使用情况只能由推荐单位或科技厅更正。"))


#: The Patent Law is in force since this day; every other register of the classes is younger.
FIRST_GRANT: Final = dt.date(1985, 4, 1)


@dataclass(frozen=True, slots=True)
class Details:
    """An item as it is entered; `valid_until` None has it worked out from the legal term."""

    name: str
    kind: str
    number: str
    acquisition: str
    granted_on: dt.date
    owners: tuple[str, ...] = ()
    core: bool = False
    filed_on: dt.date | None = None
    valid_until: dt.date | None = None
    lapsed_on: dt.date | None = None


def checked(
    details: Details, organisation: Organisation, *, today: dt.date, needs_filing: bool = True
) -> dict[str, Any]:
    """The columns of an item. ValidationError by field, with what to write instead; defence patents are refused.

    The official tables have no day of filing: without `needs_filing` an item without one has no end yet.
    """
    if details.kind == DEFENCE_PATENT:
        raise ValidationError({"kind": ValidationError(DEFENCE, code="defence")})
    faults: dict[str, Any] = {}
    for field in ("name", "number"):
        try:
            classified.refuse_classified(getattr(details, field))
        except ValidationError as refused:
            faults[field] = refused
    if faults:
        raise ValidationError(faults)
    values = {**asdict(details), "name": " ".join(details.name.split()), "owners": _owners(details, organisation)}
    if details.kind not in PropertyClass.values:
        raise ValidationError({"kind": _("请选择类别。")})
    if details.acquisition not in Acquisition.values:
        faults["acquisition"] = _("请选择获得方式。")
    if not values["name"]:
        faults["name"] = _("请填写名称。")
    number = None
    try:
        number = property_numbers.read(details.kind, details.number)
    except ValidationError as wrong:
        faults["number"] = wrong
    faults.update(_day_faults(details, number, today, needs_filing))
    if faults or number is None:
        raise ValidationError(faults)
    computed = property_numbers.last_day(details.kind, filed_on=details.filed_on, granted_on=details.granted_on)
    values.update(
        number=number.shown, key=number.key, valid_until=details.valid_until or computed,
        term_computed=details.valid_until is None and computed is not None,
    )  # fmt: skip
    return values


def _owners(details: Details, organisation: Organisation) -> list[str]:
    found = [name for name in (" ".join(owner.split()) for owner in details.owners) if name]
    return list(dict.fromkeys(found)) or [organisation.name]


def _day_faults(
    details: Details, number: property_numbers.Number | None, today: dt.date, needs_filing: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if details.granted_on > today:
        found["granted_on"] = _("授权日期不能晚于今天。")
    elif details.granted_on < FIRST_GRANT:
        found["granted_on"] = _("我国1985年4月1日起才有专利和其他登记的知识产权，请核对授权日期。")
    if needs_filing and details.filed_on is None and details.kind in property_numbers.FROM_FILING:
        found["filed_on"] = _("请填写申请日：专利的保护期从申请日起算。")
    if details.filed_on is not None and details.filed_on > details.granted_on:
        found["filed_on"] = _("申请日不能晚于授权日期。")
    elif details.filed_on is not None and number is not None and number.filed_year not in (None, details.filed_on.year):
        text = _("申请日与专利号不符：专利号的年份是 %(year)s。")
        found["filed_on"] = ValidationError(text, params={"year": number.filed_year})
    if details.valid_until is not None and details.valid_until < details.granted_on:
        found["valid_until"] = _("有效期止不能早于授权日期。")
    if details.lapsed_on is not None and details.lapsed_on < details.granted_on:
        found["lapsed_on"] = _("失效日期不能早于授权日期。")
    return found


@transaction.atomic
def enter_property(
    *, organisation: Organisation, details: Details, by: User, at: dt.datetime, attachment: Any = None
) -> IntellectualProperty:
    """Enter an item into the register. ValidationError by field for what cannot be, or stands there already."""
    access.require("registry.keep_property", by, organisation)
    values = checked(details, organisation, today=clock.day_of(at))
    item = IntellectualProperty(
        organisation=organisation, **values, attachment=attachment, entered_by=by, entered_at=at, changed_at=at
    )
    _save(item)
    _tell("registry.enter_property", item, by, at, {"number": item.number, "kind": item.kind})
    return item


@transaction.atomic
def change_property(
    *, item: IntellectualProperty, details: Details, by: User, at: dt.datetime, attachment: Any = None
) -> IntellectualProperty:
    """Correct an item, or note that it lapsed; what it was before stays in the events."""
    access.require("registry.keep_property", by, item)
    lock(item.organisation)
    item.refresh_from_db()
    if item.struck_at is not None:
        raise NotAllowed(ALREADY_STRUCK)
    values = checked(details, item.organisation, today=clock.day_of(at))
    if item.used_year is not None and values["kind"] not in CLASS_TWO:
        raise ValidationError({"kind": _("该项已作为Ⅱ类知识产权用于认定，不能改为Ⅰ类。")})
    before = {name: getattr(item, name) for name in values}
    for name, value in values.items():
        setattr(item, name, value)
    item.attachment = attachment or item.attachment
    item.changed_at = at
    _save(item)
    changes = {name: [str(before[name]), str(value)] for name, value in values.items() if before[name] != value}
    _tell("registry.change_property", item, by, at, {"changes": changes})
    return item


def _save(item: IntellectualProperty) -> None:
    try:
        with transaction.atomic():
            item.save()
            search.index(item, words_of(item))
    except IntegrityError:
        same = IntellectualProperty.objects.filter(
            organisation=item.organisation, key=item.key, struck_at__isnull=True
        ).exclude(pk=item.pk)
        if same.exists():
            raise ValidationError({"number": TWICE}) from None
        raise


def words_of(item: IntellectualProperty) -> str:
    """By what an item is found."""
    return " ".join((item.name, item.number, item.key, *item.owners))


@transaction.atomic
def strike_property(*, item: IntellectualProperty, reason: str, by: User, at: dt.datetime) -> IntellectualProperty:
    """Strike out an item that was entered by mistake; it stays readable, and counts no more."""
    access.require("registry.keep_property", by, item)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    lock(item.organisation)
    item.refresh_from_db()
    if item.struck_at is not None:
        raise NotAllowed(ALREADY_STRUCK)
    if item.used_year is not None and not standing(by).decides_on(item.organisation):
        raise NotAllowed(ONLY_AN_OFFICER)
    item.struck_by, item.struck_at, item.struck_reason, item.changed_at = by, at, reason.strip(), at
    item.save()
    _tell("registry.strike_property", item, by, at, {"number": item.number, "reason": reason.strip()})
    return item


@transaction.atomic
def use_property(
    *, items: Iterable[IntellectualProperty], year: int, note: str = "", by: User, at: dt.datetime
) -> list[IntellectualProperty]:
    """Note that class II items were used in a recognition as a high-tech enterprise: they cannot be used again.

    Noting the same year again changes nothing. Raises NotAllowed (`already-used`) for an item of another year.
    """
    found = []
    for item in items:
        access.require("registry.keep_property", by, item)
        if item.kind not in CLASS_TWO:
            raise NotAllowed(NOT_CLASS_TWO)
        held = IntellectualProperty.objects.select_for_update().get(pk=item.pk)
        if held.used_year == year:
            continue
        if held.used_year is not None:
            raise NotAllowed(Refused(ALREADY_USED.code, str(ALREADY_USED.reason).format(year=held.used_year)))
        item.used_year, item.used_note, item.changed_at = year, note.strip(), at
        item.save(update_fields=["used_year", "used_note", "changed_at"])
        _tell("registry.use_property", item, by, at, {"number": item.number, "year": year, "note": note.strip()})
        found.append(item)
    return found


@transaction.atomic
def correct_use(
    *, item: IntellectualProperty, year: int | None, reason: str, by: User, at: dt.datetime
) -> IntellectualProperty:
    """Correct in which year an item was used (None: it was not); only an officer may, with a reason."""
    access.require("registry.keep_property", by, item)
    if not standing(by).decides_on(item.organisation):
        raise NotAllowed(ONLY_AN_OFFICER)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    if year is not None and item.kind not in CLASS_TWO:
        raise NotAllowed(NOT_CLASS_TWO)
    before = item.used_year
    item.used_year, item.used_note, item.changed_at = year, reason.strip(), at
    item.save(update_fields=["used_year", "used_note", "changed_at"])
    _tell("registry.correct_use", item, by, at, {"before": before, "after": year, "reason": reason.strip()})
    return item


def enter_many(
    *, items: Sequence[tuple[Organisation, Details, int | None]], by: User, at: dt.datetime, note: str = ""
) -> tuple[int, int]:
    """Enter items of many enterprises: organisation, details, year that used it up. Gives how many are new and used.

    What stands there already is left as it is, but for a use that is newly known. ValidationError as for one.
    """
    keys: Mapping[tuple[int, str], IntellectualProperty] = {
        (row.organisation_id, row.key): row
        for row in IntellectualProperty.objects.filter(
            organisation__in={organisation.pk for organisation, _, _ in items}, struck_at__isnull=True
        )
    }
    new, used, today = [], [], clock.day_of(at)
    for organisation, details, year in items:
        access.require("registry.keep_property", by, organisation)
        values = checked(details, organisation, today=today, needs_filing=False)
        there = keys.get((organisation.pk, values["key"]))
        if there is None:
            new.append(IntellectualProperty(
                organisation=organisation, **values, entered_by=by, entered_at=at, changed_at=at, used_year=year,
                used_note=note if year else "",
            ))  # fmt: skip
        elif year is not None and there.used_year is None:
            used.append((there, year))
    with transaction.atomic():
        IntellectualProperty.objects.bulk_create(new, batch_size=500)
        search.index_many(IntellectualProperty, [(item.pk, words_of(item)) for item in new])
        for item, year in used:
            use_property(items=[item], year=year, note=note, by=by, at=at)
        if new:
            details_of = {"entered": len(new), "used": len(used), "first": new[0].number}
            events.record("registry.enter_many_property", actor=by, subject=new[0], at=at, details=details_of)
    return len(new), len(used)


@transaction.atomic
def complete_property(*, organisation: Organisation, by: User, at: dt.datetime) -> Filed:
    """The enterprise says that its register is complete: the counts of its file follow the register from now on."""
    access.require("registry.draft", by, organisation)
    Enterprise.objects.filter(pk=lock(organisation).pk).update(property_complete_at=at)
    events.record("registry.complete_property", actor=by, subject=organisation, at=at, organisation_id=organisation.pk)
    return _file_counts(organisation, by, at)


def _file_counts(organisation: Organisation, by: User, at: dt.datetime) -> Filed:
    return write_return(
        organisation=organisation, section="enterprise", year=None, facts=facts_on(organisation, clock.day_of(at)),
        source=Source.SELF, by=by, at=at, filed_for=organisation, note=str(_("按知识产权登记册计算")),
    )  # fmt: skip


def _tell(verb: str, item: IntellectualProperty, by: User, at: dt.datetime, details: dict[str, Any]) -> None:
    """Write the event, and bring the counts of the file up to date where they follow the register."""
    events.record(verb, actor=by, subject=item, at=at, organisation_id=item.organisation_id, details=details)
    follows = Enterprise.objects.filter(pk=item.organisation_id, property_complete_at__isnull=False).exists()
    if follows and own_filer(by, item.organisation):
        _file_counts(item.organisation, by, at)
