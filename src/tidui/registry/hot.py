"""The hot file: the accepted facts of every enterprise as Arrow columns on disk, memory-mapped.

One file for the facts that hold on a date and one for each year, all with the same rows. It is made anew by a job;
what changed since is read from the database and put in its place, so that a screening always sees today's facts.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from tidui.accounts.enums import REACHED
from tidui.accounts.models import Organisation, OrganisationState
from tidui.facts import catalogue
from tidui.facts.factset import plain
from tidui.registry import columns
from tidui.registry.models import Enterprise
from tidui.registry.values import of_plain
from tidui.rules.columns import VOCABULARY_KINDS, Array, Batch, Column
from tidui.tables.gather import Store
from tidui.tables.reading import BATCH_ROWS

#: A change may be stamped this long before its transaction ends and others see it.
LATE: Final = dt.timedelta(minutes=15)
#: More changed enterprises than this, and the file is made anew before it is read.
MOST_CHANGED: Final = 5_000
_STATE: Final = ".state"
_ROWS: Final = "organisation"


@dataclass(frozen=True, slots=True)
class Hot:
    """A hot file that is open: the keys of its organisations, in order, their facts, and when it was made."""

    keys: Array
    store: Store
    made_at: dt.datetime


def home() -> Path:
    """Where hot files lie."""
    return Path(settings.HOME) / "hot"


def write() -> Path:
    """Make the hot file anew from the database; readers of the old one are not disturbed."""
    at = timezone.now()
    keys, store = columns.whole_store()
    target = home() / uuid.uuid4().hex
    target.mkdir(parents=True)
    for year in sorted({key[1] for key in store.columns}, key=lambda year: year or 0):
        part = {name: column for (name, of, _), column in store.columns.items() if of == year}
        _write_table(target / f"{year or 'enterprise'}.arrow", part, keys, store.ids if year is None else None)
    manifest = {"made_at": at.isoformat(), "rows": len(keys), "catalogue": catalogue.load().digest}
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    _point_to(target)
    return target


def _write_table(path: Path, part: dict[str, Column], keys: list[int], ids: list[str] | None) -> None:
    known = catalogue.load()
    arrays: dict[str, Any] = {_ROWS: np.array(keys, dtype=np.int64)}
    words: dict[str, Any] = {}
    for name, column in part.items():
        arrays[name] = column.values
        if column.state is not None:
            arrays[name + _STATE] = column.state
        if column.vocab is not None:
            words[name] = [plain(known[name], value) for value in column.vocab]
    metadata = {"words": json.dumps(words, ensure_ascii=False)}
    if ids is not None:
        metadata["ids"] = json.dumps(ids)
    table = pa.table({name: pa.array(array) for name, array in arrays.items()}).replace_schema_metadata(metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _point_to(target: Path) -> None:
    """Make this the current one, in one step, and remove those before it."""
    mark = home() / f"current.{target.name}"
    mark.write_text(target.name, encoding="ascii")
    os.replace(mark, home() / "current")
    for other in home().iterdir():
        if other.is_dir() and other.name != target.name:
            shutil.rmtree(other, ignore_errors=True)


def read() -> Hot | None:
    """The current hot file; None where there is none, or one of another catalogue."""
    try:
        folder = home() / (home() / "current").read_text(encoding="ascii")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["catalogue"] != catalogue.load().digest:
            return None
        return _opened(folder, manifest)
    except FileNotFoundError:
        return None


def _opened(folder: Path, manifest: dict[str, Any]) -> Hot:
    found: dict[tuple[str, int | None, int | None], Column] = {}
    keys: Array = np.zeros(0, np.int64)
    ids: list[str] = []
    for path in sorted(folder.glob("*.arrow")):
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        metadata = {key.decode(): json.loads(text) for key, text in table.schema.metadata.items()}
        year = None if path.stem == "enterprise" else int(path.stem)
        if year is None:
            keys, ids = _array(table, _ROWS), metadata["ids"]
        for name in table.column_names:
            if name != _ROWS and not name.endswith(_STATE):
                found[name, year, None] = _column(table, name, metadata["words"])
    store = Store(
        catalogue=catalogue.load(), ids=ids, columns=found, exact={}, sheet="", rows=np.zeros(len(ids), np.int64),
        first_year=np.zeros(len(ids), np.int32),
    )  # fmt: skip
    return Hot(keys, store, dt.datetime.fromisoformat(manifest["made_at"]))


def _array(table: Any, name: str) -> Array:
    chunks = table.column(name).chunks
    return chunks[0].to_numpy(zero_copy_only=True) if len(chunks) == 1 else table.column(name).to_numpy()  # type: ignore[no-any-return]


def _column(table: Any, name: str, words: dict[str, list[Any]]) -> Column:
    fact = catalogue.load()[name]
    state = _array(table, name + _STATE) if name + _STATE in table.column_names else None
    vocab = tuple(of_plain(fact, word) for word in words[name]) if fact.kind in VOCABULARY_KINDS else None
    return Column(_array(table, name), state, vocab)  # type: ignore[arg-type]


def changed_since(made_at: dt.datetime) -> set[int]:
    """Organisations whose facts, name, code or place may be others than at that moment."""
    late = made_at - LATE
    changed = set(Enterprise.objects.filter(changed_at__gte=late).values_list("pk", flat=True))
    moved = OrganisationState.objects.filter(Q(recorded_at__gte=late) | Q(since__gte=late.date()))
    return changed | set(moved.values_list("organisation_id", flat=True))


def batches(
    year: int, organisations: Collection[int] | None = None, size: int = BATCH_ROWS
) -> Iterator[tuple[list[int], Batch]]:
    """The facts of these organisations (None: of all), assessed for a fiscal year, with the keys of their rows.

    The order is that of the file; what changed since it was made comes last. Makes the file where there is none.
    """
    hot = read()
    changed = changed_since(hot.made_at) if hot is not None else set()
    if hot is None or len(changed) > MOST_CHANGED:
        write()
        hot = read()
        assert hot is not None
        changed = changed_since(hot.made_at)
    wanted = _all_keys() if organisations is None else set(organisations)
    fresh = sorted(wanted & changed | wanted - set(hot.keys.tolist()))
    held = np.isin(hot.keys, np.fromiter(wanted - set(fresh), np.int64, len(wanted - set(fresh))))
    rows = np.flatnonzero(held)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        whole = len(part) and int(part[-1]) - int(part[0]) + 1 == len(part)
        chosen = slice(int(part[0]), int(part[-1]) + 1) if whole else part
        yield hot.keys[part].tolist(), hot.store.batch(chosen, year)
    for start in range(0, len(fresh), MOST_CHANGED):
        keys = fresh[start : start + MOST_CHANGED]
        yield keys, columns.columns(keys, year)


def _all_keys() -> set[int]:
    return set(Organisation.objects.filter(kind__in=sorted(REACHED), active=True).values_list("pk", flat=True))
