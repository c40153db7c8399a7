"""Figures that do not fit: 元 for 万元, a jump against last year, another value in the file or at the tax side."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from fractions import Fraction
from statistics import median
from typing import Any, Final

from tidui.casework.checks import Found, Look, check, key_of, settings
from tidui.casework.enums import FindingKind, Weight
from tidui.facts import catalogue, checks, slips
from tidui.facts.factset import Key
from tidui.facts.faults import Fault
from tidui.policies.library import shelf
from tidui.registry.enums import Source
from tidui.registry.models import TABLES, Return, YearFigures
from tidui.registry.values import plain_of, values_of
from tidui.rules.errors import NoVersion
from tidui.rules.values import Value

WAN: Final = 10_000_00  # fen
#: So many peers at least, and as many as are asked at most.
LEAST_PEERS: Final = 10
MOST_PEERS: Final = 1_000
#: Changes of a head-count below this are ordinary in a small firm.
LEAST_PEOPLE: Final = 20
SUPER_DEDUCTION: Final = "cn/rd-super-deduction"
#: Figures of the evaluation whose tax return has them as means of quarters.
MEANS: Final = {"employees": "employees_quarterly", "total_assets": "assets_quarterly"}
#: A year's figure may be off so far from the mean of its quarters, as a share.
MEANS_APART: Final = Fraction(1, 2)


def path(key: Key) -> str:
    """A field of the form: `sales_revenue.2025`."""
    return key[0] if key[1] is None else f"{key[0]}.{key[1]}"


def _number(value: Value | None) -> Fraction | None:
    return Fraction(value) if isinstance(value, int | Fraction) and not isinstance(value, bool) else None


def _stated_places(look: Look) -> dict[str, Key]:
    known = catalogue.load()
    return {known.path(*key): key for key in look.stated}


def _said(fault: Fault) -> dict[str, Any]:
    return {"message": fault.message, "instead": fault.instead or ""}


# ---------------------------------------------------------------------- units
@check
def unit_slips(look: Look) -> Iterator[Found]:
    """Stated figures that are 10,000 times off from the enterprise's other figures and years."""
    places = _stated_places(look)
    for fault in slips.find(look.facts.values):
        if fault.place in places:
            yield Found(
                FindingKind.UNIT_SLIP, f"slip:{fault.place}", "fault", params=_said(fault),
                place=path(places[fault.place]),
            )  # fmt: skip


@check
def slips_beside_peers(look: Look) -> Iterator[Found]:
    """Stated figures that for each employee are 10,000 times off from those of other enterprises in the year.

    Sales are compared only where the cost is not known: a firm may well spend before it sells.
    """
    year = look.submission.year
    employees = _number(look.facts.get("employees", year))
    if not employees or employees < slips.LEAST_EMPLOYEES:
        return
    names = ["total_cost", "total_assets"]
    if _number(look.facts.get("total_cost", year)) is None:
        names.append("sales_revenue")
    found = {fault.place for fault in slips.find(look.facts.values)}
    for name in names:
        own = _number(look.facts.get(name, year))
        if not own or (name, year) not in look.stated or catalogue.load().path(name, year) in found:
            continue
        usual = _usual_per_head(name, year, look.application.organisation_id)
        if usual is None:
            continue
        factor = max(usual, own / employees) / min(usual, own / employees)
        if slips.LEAST_FACTOR <= factor <= slips.MOST_FACTOR:
            yield Found(
                FindingKind.UNIT_SLIP, f"peers:{name}.{year}", "slip_peers",
                params={
                    "field": f"{name}.{year}", "value": plain_of(name, look.facts.get(name, year)),
                    "own_fen": int(own / employees), "usual_fen": int(usual),
                },
                place=f"{name}.{year}",
            )  # fmt: skip


def _usual_per_head(name: str, year: int, apart_from: int) -> Fraction | None:
    """The median for each employee among the newest files with the figure; None where there are too few."""
    rows = YearFigures.objects.filter(year=year, employees__gt=0, **{f"{name}__gt": 0})
    rows = rows.exclude(organisation=apart_from).order_by("-pk")
    heads = [Fraction(value) / Fraction(staff) for value, staff in rows.values_list(name, "employees")[:MOST_PEERS]]
    return Fraction(median(heads)) if len(heads) >= LEAST_PEERS else None


# ---------------------------------------------------------------------- last year
@check
def against_last_year(look: Look) -> Iterator[Found]:
    """Stated amounts and head-counts that changed by more than the set share since the year before.

    The founding year counts no year to compare with: it was not a whole one.
    """
    most = Fraction(look.setting(settings.YEAR_CHANGE), 100)
    least = look.setting(settings.YEAR_CHANGE_LEAST) * WAN
    founded = look.facts.get("established_on")
    first = founded.year if isinstance(founded, dt.date) else 0
    known = catalogue.load()
    slipped = {fault.place for fault in slips.find(look.facts.values)}
    for name, year in look.stated:
        if year is None or year - 1 <= first or known.path(name, year) in slipped:
            continue
        now, before = _number(look.facts.get(name, year)), _number(look.facts.get(name, year - 1))
        if now is None or before is None or before <= 0 or known[name].kind not in ("money", "number", "int"):
            continue
        if before <= now * (1 + most) and now <= before * (1 + most):
            continue
        if abs(now - before) < (least if known[name].kind == "money" else LEAST_PEOPLE):
            continue
        field = f"{name}.{year}"
        yield Found(
            FindingKind.AGAINST_LAST, f"last:{field}", "last_more" if now > before else "last_less",
            params={
                "field": field, "value": plain_of(name, now), "before": plain_of(name, before),
                "percent": _percent((now - before) / before),
            },
            place=field,
        )  # fmt: skip


def _percent(share: Fraction) -> int:
    return int(abs(share) * 100)


# ---------------------------------------------------------------------- the file
@check
def against_the_file(look: Look) -> Iterator[Found]:
    """Stated facts whose accepted value was another one: still held by the file, or since replaced by this return."""
    sources = _Sources(look)
    for row in look.submission.differs:
        name, year = key_of(row["field"])
        held = plain_of(name, look.accepted.get(name, year))
        replaced = held == row["stated"]
        source = "" if replaced else sources.of(name, year)
        if source == Source.TAX:
            continue  # the tax side has a check, and a tolerance, of its own
        yield Found(
            FindingKind.AGAINST_FILE, f"file:{row['field']}", "file_replaced" if replaced else "file_differs",
            weight=Weight.NOTE if replaced else Weight.DOUBT,
            params={
                "field": row["field"], "value": row["stated"], "accepted": row["accepted"] if replaced else held,
                "source": source,
            },
            place=row["field"],
        )  # fmt: skip


class _Sources:
    """Where the accepted facts of an organisation come from; one query a section and year, when it is asked for."""

    def __init__(self, look: Look) -> None:
        self.organisation = look.application.organisation_id
        self._rows: dict[tuple[str, int | None], dict[str, Any]] = {}

    def of(self, name: str, year: int | None) -> str:
        """The source of a fact, as `Source` names it; empty where it is not known."""
        section = catalogue.load()[name].section
        if (section, year) not in self._rows:
            wanted: dict[str, Any] = {"organisation": self.organisation}
            rows = TABLES[section]._default_manager.filter(**wanted if year is None else wanted | {"year": year})
            self._rows[section, year] = rows.values_list("provenance", flat=True).first() or {}
        filed = self._rows[section, year].get(name)
        if filed is None:
            return ""
        return Return.objects.filter(pk=filed).values_list("source", flat=True).first() or ""


# ---------------------------------------------------------------------- the tax side
@check
def against_tax(look: Look) -> Iterator[Found]:
    """Stated facts of which the tax side gave another value, beyond the set tolerance."""
    tolerance = Fraction(look.setting(settings.TAX_TOLERANCE), 100)
    told = _told_by_tax(look.application.organisation_id)
    for key in look.stated:
        value, theirs = look.facts.get(*key), told.get(key)
        if value is None or theirs is None or not _apart(value, theirs, tolerance):
            continue
        yield _tax_found(key, value, theirs, Weight.DOUBT, "tax_differs")
    yield from _against_tax_years(look, told, tolerance)


def _told_by_tax(organisation: int) -> dict[Key, Value]:
    """The facts that the tax side filed, the newest of each."""
    found: dict[Key, Value] = {}
    rows = Return.objects.filter(organisation=organisation, source=Source.TAX).order_by("step")
    for facts, year in rows.values_list("facts", "year"):
        for name, value in values_of(facts).items():
            if value is None:
                found.pop((name, year), None)
            else:
                found[name, year] = value
    return found


def _apart(value: Value, theirs: Value, tolerance: Fraction) -> bool:
    ours, tax = _number(value), _number(theirs)
    if ours is None or tax is None:
        return value != theirs
    return abs(ours - tax) > tolerance * abs(tax)


def _against_tax_years(look: Look, told: dict[Key, Value], tolerance: Fraction) -> Iterator[Found]:
    """R&D expense against what the items of the tax return make, and year's figures against means of quarters."""
    year = look.submission.year
    stated = _number(look.facts.get("rd_deductible", year))
    asked = ("rd_deductible", year) in look.stated and ("rd_deductible", year) not in told
    base = _deductible(look, year) if asked else None
    if stated is not None and base is not None and _apart(stated, base, tolerance):
        yield _tax_found(("rd_deductible", year), stated, base, Weight.DOUBT, "tax_items")
    for name, mean in MEANS.items():
        own, theirs = _number(look.facts.get(name, year)), _number(look.facts.get(mean, year))
        if (name, year) in look.stated and own is not None and theirs and _apart(own, theirs, MEANS_APART):
            yield _tax_found((name, year), own, theirs, Weight.NOTE, "tax_mean")


def _deductible(look: Look, year: int) -> Value | None:
    """R&D expense by the items of the tax return (super-deduction basis), in fen; None unless it is known exactly."""
    items = look.facts.with_value("rd_deductible", year, None)
    try:
        answer = shelf().explain(SUPER_DEDUCTION, items, on=look.on, year=year)
    except NoVersion:
        return None
    return None if answer.number("base").exact is None else int(answer.number("base").exact or 0)


def _tax_found(key: Key, value: Value, theirs: Value, weight: str, word: str) -> Found:
    ours, tax = _number(value), _number(theirs)
    apart = _percent((ours - tax) / abs(tax)) if ours is not None and tax else None
    name = key[0]
    return Found(
        FindingKind.AGAINST_TAX, f"tax:{path(key)}", "tax_other" if apart is None and word == "tax_differs" else word,
        weight=weight, place=path(key), source=str(Source.TAX),
        params={
            "field": path(key), "value": plain_of(name, value), "tax": plain_of(name, theirs), "percent": apart,
        },
    )  # fmt: skip


# ---------------------------------------------------------------------- the rest
@check
def warnings(look: Look) -> Iterator[Found]:
    """What the stated facts say against each other and against the rest of the file."""
    places = _stated_places(look)
    years = {year for _name, year in look.stated if year is not None}
    slipped = set(slips.find(look.facts.values))
    for fault in checks.check(look.facts.values):
        head, _dot, rest = fault.place.partition(".")
        of_year = rest.isdigit() and head in catalogue.YEARLY_SECTIONS and int(rest) in years
        if fault in slipped or not (fault.place in places or of_year):
            continue
        mark = hashlib.sha256(fault.message.encode()).hexdigest()[:8]
        yield Found(
            FindingKind.WARNING, f"warning:{fault.place}:{mark}", "fault", weight=Weight.NOTE, params=_said(fault),
            place=path(places[fault.place]) if fault.place in places else "",
        )  # fmt: skip


