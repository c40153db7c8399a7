"""The accepted facts of many enterprises as machine columns, read from the database: what screening takes.

Units are those of `tidui.rules.columns`. The hot file (`tidui.registry.hot`) keeps the same columns on disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np
from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, QuerySet

from tidui.accounts.enums import REACHED
from tidui.accounts.models import Organisation
from tidui.facts import catalogue
from tidui.registry.models import IDENTITY, TABLES
from tidui.registry.values import NAMES, of_plain
from tidui.rules.columns import (
    NO_VALUE,
    NUMERIC_KINDS,
    UNKNOWN,
    VALUE,
    VOCABULARY_KINDS,
    Array,
    Batch,
    Column,
    column_dtype,
)
from tidui.rules.values import FactType, Value, day_number
from tidui.tables.gather import Store

#: Rows that are turned into columns at a time.
ROWS: Final = 20_000


def columns(organisations: Iterable[int], year: int) -> Batch:
    """The facts of these organisations, in this order, assessed for a fiscal year (offset 0)."""
    keys = list(organisations)
    return store(keys).batch(slice(0, len(keys)), year)


def store(organisations: Sequence[int]) -> Store:
    """The facts of these organisations, in this order, of all years: five queries for up to some thousands of them."""
    rows = _identities(Organisation.objects.filter(pk__in=organisations))
    return _filled(
        [(key, *rows.get(key, (None,) * len(IDENTITY))) for key in organisations], Q(organisation__in=organisations)
    )


def whole_store() -> tuple[list[int], Store]:
    """The keys and the facts of every enterprise and carrier, by key."""
    rows = _identities(Organisation.objects.filter(kind__in=sorted(REACHED)))
    keys = sorted(rows)
    return keys, _filled([(key, *rows[key]) for key in keys], Q())


def _identities(organisations: QuerySet[Organisation]) -> dict[int, tuple[Any, ...]]:
    return {key: tuple(held) for key, *held in organisations.values_list("pk", *IDENTITY)}


def _filled(organisations: list[tuple[Any, ...]], where: Q) -> Store:
    known = catalogue.load()
    places = {row[0]: place for place, row in enumerate(organisations)}
    found: dict[tuple[str, int | None, int | None], Column] = {}
    for place, name in enumerate(IDENTITY, start=1):
        found[name, None, None] = plain_column(known[name], [row[place] or None for row in organisations])
    for section, model in TABLES.items():
        rows = _rows(model, section, where)
        for year, part in _by_year(rows, places, NAMES[section]).items():
            found.update({(name, year, None): column for name, column in part.items()})
    ids = [row[1] or str(row[0]) for row in organisations]
    return Store(
        catalogue=known, ids=ids, columns=found, exact={}, sheet="", rows=np.zeros(len(ids), np.int64),
        first_year=np.zeros(len(ids), np.int32),
    )  # fmt: skip


def _rows(model: Any, section: str, where: Q) -> Iterator[tuple[Any, ...]]:
    """Rows of a table: organisation, year, nones, then the facts as the database holds them."""
    known = catalogue.load()
    numbers = [name for name in NAMES[section] if known[name].kind in ("number", "share")]
    raw = {f"raw_{name}": ExpressionWrapper(F(name), BigIntegerField()) for name in numbers}
    names = [f"raw_{name}" if name in numbers else name for name in NAMES[section]]
    year = ["year"] if section != "enterprise" else []
    rows = model._default_manager.filter(where).order_by("pk").annotate(**raw)
    for row in rows.values_list("organisation_id", "nones", *year, *names).iterator(chunk_size=2000):
        yield row if year else (*row[:2], None, *row[2:])


class _Part:
    """The columns of one section and year, filled row by row."""

    def __init__(self, names: Sequence[str], size: int) -> None:
        known = catalogue.load()
        self.facts = [known[name] for name in names]
        self.values = [np.zeros(size, column_dtype(fact.kind)) for fact in self.facts]
        self.states = [np.zeros(size, np.uint8) for _ in self.facts]
        self.words: list[dict[Any, int]] = [{} for _ in self.facts]

    def put(self, at: Array, nones: Sequence[Sequence[str]], held: Sequence[Sequence[Any]]) -> None:
        """Rows for these places: their nones, and the columns as the database holds them."""
        none_rows: dict[str, list[int]] = {}
        for place, names in zip(at.tolist(), nones, strict=True):
            for name in names:
                none_rows.setdefault(name, []).append(place)
        for index, (fact, raw) in enumerate(zip(self.facts, held, strict=True)):
            there = np.fromiter((value is not None for value in raw), np.bool_, len(raw))
            if there.any():
                self.values[index][at] = machine(fact, raw, self.words[index])
                self.states[index][at] = np.where(there, VALUE, UNKNOWN)
            if fact.name in none_rows:
                self.states[index][none_rows[fact.name]] = NO_VALUE

    def columns(self) -> dict[str, Column]:
        """The columns of which anything is known."""
        found = {}
        for index, fact in enumerate(self.facts):
            states = self.states[index]
            if states.any():
                vocab = vocabulary(fact, self.words[index]) if fact.kind in VOCABULARY_KINDS else None
                found[fact.name] = Column(self.values[index], None if (states == VALUE).all() else states, vocab)
        return found


def _by_year(
    rows: Iterator[tuple[Any, ...]], places: Mapping[int, int], names: Sequence[str]
) -> dict[int | None, dict[str, Column]]:
    parts: dict[int | None, _Part] = {}
    while chunk := list(islice(rows, ROWS)):
        groups: dict[int | None, list[tuple[Any, ...]]] = {}
        for row in chunk:
            if row[0] in places:
                groups.setdefault(row[2], []).append(row)
        for year, group in groups.items():
            part = parts.setdefault(year, _Part(names, len(places)))
            keys, nones, _, *held = zip(*group, strict=True)
            part.put(np.fromiter((places[key] for key in keys), np.int64, len(keys)), nones, held)
    return {year: part.columns() for year, part in parts.items()}


def plain_column(fact: FactType, held: Sequence[Any]) -> Column:
    """One column from what the database holds, null where it holds nothing."""
    words: dict[Any, int] = {}
    values = machine(fact, held, words)
    states = np.fromiter((VALUE if value is not None else UNKNOWN for value in held), np.uint8, len(held))
    vocab = vocabulary(fact, words) if fact.kind in VOCABULARY_KINDS else None
    return Column(values, None if (states == VALUE).all() else states, vocab)


def machine(fact: FactType, held: Sequence[Any], words: dict[Any, int]) -> Array:
    """Machine numbers of what the database holds; 0 for null. `words` collects the vocabulary."""
    size, dtype = len(held), column_dtype(fact.kind)
    if fact.kind in NUMERIC_KINDS or fact.kind == "bool":
        return np.fromiter((value or 0 for value in held), dtype, size)
    if fact.kind == "date":
        return np.fromiter((0 if value is None else day_number(value) for value in held), dtype, size)
    spelling: Callable[[Any], Any] = _spelling if fact.kind in ("dates", "list") else str
    return np.fromiter(
        (0 if value is None else words.setdefault(spelling(value), len(words)) for value in held), dtype, size
    )


def _spelling(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def vocabulary(fact: FactType, words: Iterable[str]) -> tuple[Value, ...]:
    """The values of a vocabulary, from their spellings in JSON (lists) or as they are (codes, texts)."""
    if fact.kind not in ("dates", "list"):
        return tuple(words)
    found = (of_plain(fact, json.loads(word)) for word in words)
    return tuple(value for value in found if value is not None)
