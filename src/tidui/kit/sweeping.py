"""Taking away files that nothing refers to: forms given up half-way, uploads that broke off, exports grown old.

A file of which any row or any form of the last day may still have need is left alone.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, QuerySet

from tidui.kit import files, schedule
from tidui.kit.models import StoredFile, Upload

#: What is younger may still be wanted by a form.
PATIENCE: Final = dt.timedelta(days=2)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows, contents and unfinished uploads were taken away."""

    rows: int
    contents: int
    uploads: int


@schedule.daily(name="kit.sweep_files", at=dt.time(3, 20))
def sweep(at: dt.datetime) -> Swept:
    """Take away what was not wanted by anything at this moment."""
    uploads, _rows = Upload.objects.filter(started_at__lt=at - PATIENCE).delete()
    rows = _drop(_keys(_expired(at))) + _drop(_keys(_unclaimed(at))) + _drop(_of_records_gone(at))
    _sweep_folders(at)
    return Swept(rows, _sweep_contents(at), uploads)


def _keys(rows: QuerySet[StoredFile]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _drop(keys: list[int]) -> int:
    for start in range(0, len(keys), _BATCH):
        StoredFile.objects.filter(pk__in=keys[start : start + _BATCH]).delete()
    return len(keys)


def _free() -> QuerySet[StoredFile]:
    """Files to which no other table points."""
    rows = StoredFile.objects.order_by("pk")
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel):
            continue
        pointing = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        rows = rows.filter(~Exists(pointing))
    return rows


def _expired(at: dt.datetime) -> QuerySet[StoredFile]:
    """Files of kinds that are kept for some days only."""
    old = Q(pk__in=())
    for kind in files.kinds():
        if kind.keep is not None:
            old |= Q(kind=kind.name, uploaded_at__lt=at - dt.timedelta(days=kind.keep))
    return _free().filter(old)


def _unclaimed(at: dt.datetime) -> QuerySet[StoredFile]:
    """Files that are about nothing."""
    return _free().filter(about_model="", uploaded_at__lt=at - PATIENCE)


def _of_records_gone(at: dt.datetime) -> list[int]:
    """Files about records that are not there any more."""
    gone: list[int] = []
    old = _free().filter(uploaded_at__lt=at - PATIENCE).exclude(about_model="")
    for label in old.order_by("about_model").values_list("about_model", flat=True).distinct():
        mine = list(old.filter(about_model=label).values_list("pk", "about_id"))
        for start in range(0, len(mine), _BATCH):
            part = mine[start : start + _BATCH]
            there = _there(label, {about for _pk, about in part})
            gone += [pk for pk, about in part if about not in there]
    return gone


def _there(label: str, keys: set[str]) -> set[str]:
    """Which records of a model there are; all of them, where that cannot be told."""
    try:
        found = apps.get_model(label)._base_manager.filter(pk__in=keys).values_list("pk", flat=True)
        return {str(pk) for pk in found}
    except (LookupError, ValueError, ValidationError):
        return keys


def _old(folder: Path, at: dt.datetime) -> Iterator[Path]:
    """Files below a folder that nobody touched of late."""
    limit = min(at.timestamp(), time.time()) - PATIENCE.total_seconds()
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            try:
                if path.stat().st_mtime < limit:
                    yield path
            except FileNotFoundError:
                continue


def _sweep_contents(at: dt.datetime) -> int:
    """Contents without a row. One that is handed in again at this moment was touched, and is young."""
    count = 0
    batch: list[Path] = []
    for path in _old(files.root() / "content", at):
        batch.append(path)
        if len(batch) == _BATCH:
            count += _unlink(batch)
            batch = []
    return count + _unlink(batch)


def _unlink(paths: list[Path]) -> int:
    kept = set(StoredFile.objects.filter(sha256__in=[path.name for path in paths]).values_list("sha256", flat=True))
    free = [path for path in paths if path.name not in kept]
    for path in free:
        path.unlink(missing_ok=True)
    return len(free)


def _sweep_folders(at: dt.datetime) -> None:
    """What a killed process or a broken line left of files that were arriving."""
    for name in ("incoming", "pieces"):
        for path in _old(files.root() / name, at):
            path.unlink(missing_ok=True)
