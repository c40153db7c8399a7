"""Enterprise files as workbooks that can be imported again: by the catalogue and in the shape of official tables."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation, User
from tidui.accounts.queries import reached_organisations
from tidui.audit import events
from tidui.codes.money import FEN_PER, decimal_text
from tidui.facts import catalogue
from tidui.facts.catalogue import YEARLY_SECTIONS
from tidui.facts.factset import FactSet
from tidui.kit import access, exports, files, jobs
from tidui.kit.jobs import Progress
from tidui.kit.models import Job
from tidui.registry.facts import fact_sets
from tidui.registry.importing.declared_rows import rows_of
from tidui.registry.importing.enums import PastKind
from tidui.registry.importing.models import MODELS, PastEvent
from tidui.registry.importing.stored import EXPORT
from tidui.registry.importing.templates import SECTIONS
from tidui.registry.models import IntellectualProperty
from tidui.rules.values import FactType, NoneValue
from tidui.tables.declared import UNIT, book
from tidui.tables.declared import template as declared_template
from tidui.tables.sections import PREFILLED
from tidui.tables.sheetspec import Lang
from tidui.tables.template import SHEET_TITLES, cell_of_list

#: Beyond this a double does not hold every number of fen.
_MOST_EXACT: Final = 10**15
_KINDS: Final[Mapping[str, exports.Kind]] = {
    "money": "money", "int": "int", "number": "number", "share": "number", "date": "date", "bool": "bool",
    "code": "code", "text": "text", "dates": "text", "list": "text",
}  # fmt: skip
#: Files that are read together.
_CHUNK: Final = 1_000
#: The sheets of past events that are not statuses.
_PAST_SHEETS: Final = {PastKind.REWARD.value: "rewards", PastKind.CARRIER.value: "carriers"}
#: Facts that stand on the first official sheet for one of the three years before the declaration.
_MAIN: Final = {"net_assets": "net_assets", "sales": "sales_revenue"}


def columns_of(section: str) -> list[exports.Column]:
    """The columns of a section: credit code, year where it has one, and every fact under its official label."""
    facts = catalogue.load()
    found = [exports.Column(facts["uscc"].zh, "code")]
    if section in YEARLY_SECTIONS:
        found.append(exports.Column(_year_label(), "code"))
    found += [exports.Column(facts[name].zh, _KINDS[facts[name].kind]) for name in _names(section)]
    if section == "enterprise":
        found += [exports.Column(label) for label in _place_labels()]
    return found


def _year_label() -> str:
    return book("official").sheets["costs"].column("year").zh


def _place_labels() -> list[str]:
    main = book("official").sheets["main"]
    return [main.column("located_in").zh, main.column("affiliated_to").zh]


def _names(section: str) -> list[str]:
    return [name for name in catalogue.load().sections[section] if name != "uscc"]


def cell(fact: FactType, value: Any) -> Any:
    """What a cell holds: exact, and read again as the same value."""
    if value is None:
        return None
    if isinstance(value, NoneValue):
        return PREFILLED
    if isinstance(value, tuple):
        return cell_of_list(fact.name, value)
    if fact.kind == "money" and abs(value) >= _MOST_EXACT:
        return decimal_text(value)
    if isinstance(value, Fraction) and Fraction(repr(float(value))) != value:
        return str(value)
    return value


def facts_rows(
    organisations: Sequence[int], section: str, told: Callable[[int], None] | None = None
) -> Iterator[list[Any]]:
    """The rows of a section, of many files, a chunk of files at a time; empty files and years are left out."""
    facts = catalogue.load()
    names = _names(section)
    for start in range(0, len(organisations), _CHUNK):
        keys = organisations[start : start + _CHUNK]
        found = fact_sets(keys)
        places = {row.pk: row for row in Organisation.objects.filter(pk__in=keys).select_related("zone", "affiliation")}
        for key in keys:
            yield from _rows_of(places[key], found[key], section, names, facts)
        if told is not None:
            told(start + len(keys))


def _rows_of(
    organisation: Organisation, known: FactSet, section: str, names: Sequence[str], facts: Any
) -> Iterator[list[Any]]:
    values = known.values
    if section == "enterprise":
        row = [cell(facts[name], values.get((name, None))) for name in names]
        yield [organisation.uscc, *row, str(organisation.zone or ""), str(organisation.affiliation or "")]
        return
    wanted = frozenset(names)
    for year in sorted({year for name, year in values if year is not None and name in wanted}):
        yield [organisation.uscc, str(year), *(cell(facts[name], values.get((name, year))) for name in names)]


def write_facts(path: Path, organisations: Sequence[int], *, by: User, at: dt.datetime, told: Any = None) -> int:
    """Write files in the shape of the catalogue, watermarked; how many rows they have."""
    sheets = [
        exports.Sheet(
            SHEET_TITLES[section],
            columns_of(section),
            facts_rows(organisations, section, told if section == "enterprise" else None),
        )
        for section in SECTIONS
    ]  # fmt: skip
    return exports.workbook(path, sheets, by=by, at=at)


def write_official(path: Path, organisation: Organisation, *, by: User, at: dt.datetime, lang: Lang) -> None:
    """Write the official tables of one enterprise as they were declared, watermarked on the first sheet."""
    rows: dict[str, list[dict[str, Any]]] = {}
    declared: set[int] = set()
    for (shape, sheet), model in MODELS.items():
        if shape != "official":
            continue
        for row in rows_of([organisation.pk], model):
            values = {name: getattr(row, name) for name in (*model.KEY, *model.CONTENT)}
            declared.add(values["declared_year"])
            rows.setdefault(sheet, []).append(_in_unit(sheet, {"uscc": organisation.uscc, **values}))
    known = fact_sets([organisation.pk])[organisation.pk]
    if not declared and known.given_years:
        declared = {known.given_years[-1] + 1}
    rows["main"] = [_main(organisation, known, year) for year in sorted(declared)]
    declared_template.write(path, "official", rows=rows, notes=[exports.watermark(by, at)], lang=lang)


def write_past(path: Path, organisation: Organisation, *, by: User, at: dt.datetime, lang: Lang) -> None:
    """Write what was taken over of the years before as it was given: numbers, certificates, rewards, spent property."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for event in rows_of([organisation.pk], PastEvent):
        names = ("kind", "on", "until", "number", "amount", "document", "note", "detail")
        values = {"uscc": organisation.uscc, **{name: getattr(event, name) for name in names}}
        sheet = _PAST_SHEETS.get(values["kind"], "events")
        if sheet == "rewards":
            values["kind"] = values["detail"]
        elif sheet == "carriers":
            values["carrier_kind"], values["level"] = values["detail"].split()
        rows.setdefault(sheet, []).append(_in_unit(sheet, values, "takeover"))
    items = IntellectualProperty.objects.filter(organisation=organisation, struck_at__isnull=True)
    for item in items.filter(used_year__isnull=False).order_by("granted_on", "pk"):
        shown = ("name", "kind", "number", "acquisition", "filed_on", "granted_on", "used_year")
        values = {"uscc": organisation.uscc, "note": item.used_note, **{name: getattr(item, name) for name in shown}}
        rows.setdefault("property", []).append(_in_unit("property", values, "takeover"))
    declared_template.write(path, "takeover", rows=rows, notes=[exports.watermark(by, at)], lang=lang)


def _in_unit(sheet: str, values: Mapping[str, Any], shape: str = "official") -> dict[str, Any]:
    """Values as the template writes them: amounts in 万元, blanks left out."""
    kinds = {column.name: column.kind for column in book(shape).sheets[sheet].columns}
    found = {}
    for name, value in values.items():
        if value in (None, "", []):
            continue
        found[name] = amount(value) if kinds.get(name) == "money" else value
    return found


def amount(fen: int) -> float:
    """An amount in 万元 as a cell holds it; reading it again gives the fen."""
    return fen / FEN_PER[UNIT]


def _main(organisation: Organisation, known: FactSet, year: int) -> dict[str, Any]:
    """The first sheet: what it shows are the accepted facts of the three years before the declaration."""
    values: dict[str, Any] = {
        "uscc": organisation.uscc, "declared_year": year, "name": organisation.name, "division": organisation.division,
        "employees": _number(known.get("employees", year - 1)), "st_staff": _number(known.get("st_staff", year - 1)),
        "total_income": known.values.get(("total_income", year - 1)),
        "high_tech_income": known.values.get(("high_tech_income", year - 1)),
    }  # fmt: skip
    for column, fact in _MAIN.items():
        for place in (1, 2, 3):
            values[f"{column}_{place}"] = known.values.get((fact, year - 4 + place))
    return _in_unit("main", values)


def _number(value: Any) -> Any:
    if value is None or isinstance(value, NoneValue):
        return None
    return float(value) if isinstance(value, Fraction) else value


def exported(job: Job) -> str:
    """Where the workbook of a finished export is had."""
    return reverse("kit:file", args=[job.result["file"]])


@jobs.job("registry.export_register", exported)
def export_register(job: Job, progress: Progress) -> dict[str, Any]:
    """The register of a person's reach in the shape of the catalogue."""
    by, at = job.owner, timezone.now()
    access.require("registry.export_register", by)
    rows = reached_organisations(by)
    keys = list(rows.order_by("division", "name", "pk").values_list("pk", flat=True))
    progress.total(len(keys))
    with tempfile.TemporaryDirectory(prefix="tidui-export-") as folder:
        path = Path(folder) / "register.xlsx"
        count = write_facts(path, keys, by=by, at=at, told=lambda done: progress.done(done, _("正在写工作簿")))
        received = files.receive(path, kind=EXPORT, name=_("企业名册数据.xlsx"), own=True)
    stored = files.keep(received, by=by, at=at, about=job)
    events.record(
        "registry.export_register", actor=by, subject=job, at=at, details={"rows": count, "enterprises": len(keys)}
    )
    return {"file": stored.pk, "rows": count}
