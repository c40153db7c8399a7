"""Filing the facts of many organisations at once, by the same rules as one return: what an import does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.facts.faults import Fault, Faults
from tidui.kit import access
from tidui.registry import acceptance, changes, checking, history
from tidui.registry.acceptance import Filer, Outcome, SectionState
from tidui.registry.actions import rapid
from tidui.registry.actions.filing import as_json, digest, lapse, opened, said, stand_against
from tidui.registry.models import IDENTITY, TABLES, Difference, Enterprise, Return
from tidui.registry.permissions import Filing
from tidui.registry.values import NAMES
from tidui.rules.values import Value

#: Returns that are filed in one transaction; what stands in memory at a time.
CHUNK: Final = 2_000
#: Rows of one INSERT by Django.
NARROW_ROWS: Final = 500


class Item(NamedTuple):
    """The facts of one organisation, section and year; values as the rules read them, blanks left out or None."""

    organisation: Organisation
    section: str
    year: int | None
    facts: Mapping[str, Value | None]


@dataclass(slots=True)
class Counted:
    """What a bulk filing did: returns written, items that said nothing new, facts accepted, differences opened."""

    filed: int = 0
    unchanged: int = 0
    accepted: int = 0
    differences: int = 0


@dataclass(slots=True)
class _Chunk:
    """What one chunk writes."""

    keys: Iterator[int]
    returns: list[Return] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    touched: dict[history.Place, SectionState] = field(default_factory=dict)


def file_many(
    items: Iterable[Item],
    *,
    source: str,
    by: User,
    at: dt.datetime,
    filed_for: Organisation,
    note: str = "",
    document: Any = None,
    batch: UUID | None = None,
    progress: Callable[[int], None] | None = None,
    chunk: int = CHUNK,
) -> Counted:
    """File the facts of many organisations; `progress` is told how many items are done, between transactions.

    Every chunk is a transaction of its own, so that others can write in between; wrap the call in one for
    all-or-nothing. Items of an organisation may come in any order. Facts were read by `tidui.facts` and checked among
    each other before; here only what the file could not hold is refused: Faults, and the chunk is not written.
    Blanks say nothing: a bulk filing takes nothing back. Credit codes, names and divisions are left out: they are the
    organisation's. The same items twice change nothing.
    """
    counted = Counted()
    done = 0
    for part in _parts(items, chunk):
        with transaction.atomic():
            _file_part(part, counted, source=source, by=by, at=at, filed_for=filed_for, note=note,
                       document=document, batch=batch)  # fmt: skip
        done += len(part)
        if progress is not None:
            progress(done)
    if counted.filed:
        with transaction.atomic():
            events.record(
                "registry.file_many", actor=by, subject=filed_for, at=at, organisation_id=filed_for.pk,
                details={"source": source, "batch": str(batch or ""), "filed": counted.filed,
                         "unchanged": counted.unchanged, "differences": counted.differences},
            )  # fmt: skip
    return counted


def _parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _file_part(part: list[Item], counted: Counted, *, filed_for: Organisation, source: str, **rest: Any) -> None:
    organisations = {item.organisation.pk: item.organisation for item in part}
    _ask(part, organisations, source, rest["by"], filed_for)
    files = _lock_all(organisations)
    states = _states(part, organisations)
    chunk = _Chunk(iter(rapid.reserve(Return, len(part))))
    for item in part:
        place = (item.organisation.pk, item.section, item.year)
        state = states.setdefault(place, SectionState())
        if _take(item, place, state, files[item.organisation.pk], chunk, Filer(source, filed_for.pk),
                 {"source": source, "filed_for": filed_for, **rest}):  # fmt: skip
            counted.filed += 1
        else:
            counted.unchanged += 1
    _write(chunk, files, rest["at"])
    counted.accepted += sum(len(outcome.accepted) for outcome in chunk.outcomes)
    counted.differences += sum(len(outcome.opened) for outcome in chunk.outcomes)


def _ask(part: list[Item], organisations: Mapping[int, Organisation], source: str, by: User, filed_for: Any) -> None:
    """Refuse organisations that are out of reach, and facts that the file could not hold."""
    for organisation in organisations.values():
        access.require("registry.file", by, Filing(organisation, source, filed_for))
    found: list[Fault] = []
    for item in part:
        found += checking.section_faults(item.section, item.year, item.facts.keys() - set(IDENTITY), source)
        if not found:
            found += checking.value_faults(item.section, item.year, item.facts)
    if found:
        raise Faults(found)


def _lock_all(organisations: Mapping[int, Organisation]) -> dict[int, Enterprise]:
    """The files of these organisations, made where there are none, held until the transaction ends, in one order."""
    keys = sorted(organisations)
    there = set(Enterprise.objects.filter(pk__in=keys).values_list("pk", flat=True))
    Enterprise.objects.bulk_create(
        [Enterprise(organisation_id=key) for key in keys if key not in there], ignore_conflicts=True
    )
    held = Enterprise.objects.select_for_update().filter(pk__in=keys).only("pk", "steps").order_by("pk")
    return {file.pk: file for file in held}


def _states(part: list[Item], organisations: Mapping[int, Organisation]) -> dict[history.Place, SectionState]:
    sections = sorted({item.section for item in part})
    years = sorted({item.year for item in part if item.year is not None})
    where = Q(organisation__in=sorted(organisations), section__in=sections)
    where &= Q(year__in=years) | Q(year__isnull=True)
    return {place: history.replay(steps) for place, steps in history.load(where).items()}


def _take(
    item: Item, place: history.Place, state: SectionState, file: Enterprise, chunk: _Chunk, filer: Filer, rest: Any
) -> bool:
    """Take one item into the state of its place; False where it says nothing new."""
    facts = {name: value for name, value in item.facts.items() if value is not None and name not in IDENTITY}
    told = said(state, filer, facts)
    if not told or acceptance.says_nothing_new(state, filer, told):
        return False
    file.steps += 1
    content = as_json(told)
    filed = Return(
        pk=next(chunk.keys), organisation=item.organisation, section=item.section, year=item.year, facts=content,
        step=file.steps,
        source=rest["source"], source_note=rest["note"], document=rest["document"], batch=rest["batch"],
        filed_by=rest["by"], filed_for=rest["filed_for"], filed_at=rest["at"],
        digest=digest(item.organisation.pk, item.section, item.year, content, rest["source"]),
    )  # fmt: skip
    chunk.returns.append(filed)
    chunk.outcomes.append(acceptance.file(state, filed.pk, filer, told))
    chunk.touched[place] = state
    return True


def _write(chunk: _Chunk, files: Mapping[int, Enterprise], at: dt.datetime) -> None:
    if not chunk.returns:
        return
    _write_returns(chunk.returns, at)
    pairs = list(zip(chunk.returns, chunk.outcomes, strict=True))
    differences = [difference for filed, outcome in pairs for difference in opened(filed, outcome)]
    Difference.objects.bulk_create(differences, batch_size=NARROW_ROWS)
    for filed, outcome in pairs:
        lapse(filed.organisation_id, outcome.lapsed, filed.step, at)
        stand_against(filed, outcome.moved)
    _write_rows(chunk, files, at)


_RETURN: Final = (
    "id", "organisation", "section", "year", "facts", "source", "source_note", "document", "filed_by", "filed_for",
    "filed_at", "digest", "step", "batch",
)  # fmt: skip


def _write_returns(returns: list[Return], at: dt.datetime) -> None:
    moment = connection.ops.adapt_datetimefield_value(at)
    batch = Return._meta.get_field("batch").get_db_prep_save(returns[0].batch, connection)
    rows = [
        (
            one.pk, one.organisation_id, one.section, one.year, rapid.dumped(one.facts), one.source, one.source_note,
            one.document_id, one.filed_by_id, one.filed_for_id, moment, one.digest, one.step, batch,
        )
        for one in returns
    ]  # fmt: skip
    rapid.insert(Return, _RETURN, rows)


def _write_rows(chunk: _Chunk, files: Mapping[int, Enterprise], at: dt.datetime) -> None:
    """Insert the accepted rows, or bring those that are there to their states: one statement for many rows."""
    moment = connection.ops.adapt_datetimefield_value(at)
    rows: dict[str, list[tuple[Any, ...]]] = {section: [] for section in TABLES}
    for (organisation, section, year), state in chunk.touched.items():
        whose = (organisation, files[organisation].steps, moment) if year is None else (organisation, year)
        rows[section].append((*whose, *rapid.accepted_row(section, state)))
    for section, made in rows.items():
        yearly = section != Enterprise.section
        whose_columns = ("organisation", "year") if yearly else ("organisation", "steps", "changed_at")
        unique = ("organisation", "year") if yearly else ("organisation",)
        names = (*whose_columns, *rapid.STATE_COLUMNS, *NAMES[section])
        rapid.insert(TABLES[section], names, made, unique=unique)
    touched = {organisation for organisation, _, _ in chunk.touched}
    _count_steps([files[key] for key in sorted(touched)], moment)
    changes.tell(sorted(touched), at)


def _count_steps(files: list[Enterprise], moment: Any) -> None:
    """Note the new steps of the files, all in one statement."""
    names = ("organisation", *rapid.STATE_COLUMNS, "steps", "changed_at")
    rows = [(file.pk, "[]", "{}", "{}", file.steps, moment) for file in files]
    rapid.insert(Enterprise, names, rows, unique=("organisation",), changing=("steps", "changed_at"))
