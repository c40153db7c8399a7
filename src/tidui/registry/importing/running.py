"""The two halves of an import, as they run behind the page: reading and comparing, then writing.

Both read the file anew and prepare it enterprise by enterprise. Everything that takes long - unpacking, reading,
checking, comparing - happens outside of write transactions.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.accounts.actions.organisations import NewOrganisation, found_all
from tidui.accounts.models import OrganisationState
from tidui.audit import events
from tidui.facts.faults import Fault
from tidui.facts.wording import said
from tidui.kit import clock, files
from tidui.kit.jobs import Progress
from tidui.kit.models import StoredFile
from tidui.registry.acceptance import Filer
from tidui.registry.actions.bulk import file_many
from tidui.registry.importing import declared_rows, property_rows
from tidui.registry.importing.comparing import compare
from tidui.registry.importing.contents import Contents, Firm
from tidui.registry.importing.enums import Policy
from tidui.registry.importing.importer import Importer
from tidui.registry.importing.models import Import
from tidui.registry.importing.preparing import Prepared, Preparer
from tidui.registry.importing.tally import Tally
from tidui.registry.models import Difference, Return
from tidui.tables import marking
from tidui.tables.importing import read_import, under_its_name

#: Enterprises that are worked on together, and written in one transaction where others may write in between.
CHUNK: Final = 250
#: Faults that are shown on the page; the workbook has all of them.
SHOWN_FAULTS: Final = 50
MARKED: Final = "registry.import_marked"


@dataclass(slots=True)
class Reading:
    """A file that is being imported: what it holds, who imports it, and what has been counted."""

    one: Import
    contents: Contents
    preparer: Preparer
    at: dt.datetime
    tally: Tally = field(default_factory=Tally)

    def prepared(self, progress: Callable[[int], None]) -> Iterator[Prepared]:
        """The enterprises that can be imported, chunk by chunk; `progress` is told how many were looked at."""
        done = 0
        for firms in self.contents.firms(CHUNK):
            yield self.prepare(firms)
            done += len(firms)
            progress(done)

    def prepare(self, firms: list[Firm]) -> Prepared:
        """One chunk."""
        prepared = self.preparer.prepare(firms)
        property_rows.check(prepared, self.contents, self.at)
        prepared.firms = [firm for firm in prepared.firms if not firm.bad]
        self.tally.firms["left_out"] += len(firms) - len(prepared.firms)
        return prepared

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, and what is probably not meant so."""
        return self.contents.read.faults.all()

    @property
    def stopping(self) -> bool:
        """Whether anything is wrong."""
        return any(fault.level == "fault" for fault in self.contents.read.faults.listed)


@contextmanager
def opened(one: Import, at: dt.datetime) -> Iterator[Reading]:
    """Read the file of an import."""
    with under_its_name(files.path(one.file), one.file.name) as path:
        read = read_import(path, year=clock.day_of(at).year - 1, unit=one.unit or None)  # type: ignore[arg-type]
        contents = Contents(read)
        importer = Importer(one.by, one.filed_for, one.source)
        yield Reading(one, contents, Preparer(contents, importer), at)


def check(one: Import, progress: Progress, at: dt.datetime) -> dict[str, Any]:
    """The dry run: read, prepare, compare, write nothing but the preview and the workbook of faults."""
    progress.done(0, _("正在读取文件"))
    with opened(one, at) as reading:
        progress.total(len(reading.contents.codes))
        filer = Filer(one.source, one.filed_for_id)
        for prepared in reading.prepared(lambda done: progress.done(done, _("正在核对"))):
            rows = declared_rows.plan(prepared)
            property_rows.compare(prepared, rows, reading.tally, at)
            compare(prepared, rows, filer, reading.tally)
        return _told(reading)


def _told(reading: Reading) -> dict[str, Any]:
    """The counts, the first faults, and the workbook in which they are marked."""
    found = reading.faults
    levels = [fault.level for fault in found]
    told = reading.tally.as_json()
    told["rows"] = reading.contents.read.rows
    told["sheets"] = reading.contents.read.sheets
    told["faults"] = levels.count("fault") + reading.contents.read.faults.dropped
    told["warnings"] = levels.count("warning")
    told["first"] = [_as_json(fault) for fault in sorted(found, key=lambda fault: fault.level)[:SHOWN_FAULTS]]
    before = reading.one.preview
    same = bool(before) and all(told[name] == before[name] for name in ("faults", "warnings", "first"))
    if found and not (same and reading.one.marked_id):  # marking a large workbook again takes long
        told["marked"] = _mark(reading.one, found).pk
    return told


def _as_json(fault: Fault) -> dict[str, Any]:
    """A fault as it is kept: in English, said in the reader's language when it is shown."""
    names = ("level", "sheet", "row", "column", "place", "message", "instead")
    return {name: getattr(fault, name) for name in names}


def _mark(one: Import, faults: list[Fault]) -> StoredFile:
    """Keep the file that was handed in, as a workbook with its faulty cells marked."""
    language = get_language() or "zh-hans"
    lang: Any = "zh" if language.startswith("zh") else "en"
    with (
        tempfile.TemporaryDirectory(prefix="tidui-marked-") as folder,
        under_its_name(files.path(one.file), one.file.name) as source,
    ):
        target = Path(folder) / "marked.xlsx"
        marking.write(source, [said(fault, language) for fault in faults], target, lang=lang)
        name = _("%(name)s-问题.xlsx") % {"name": Path(one.file.name).stem}
        received = files.receive(target, kind=MARKED, name=name, own=True)
    return files.keep(received, by=one.by, at=one.created_at, about=one)


def apply(one: Import, progress: Progress, at: dt.datetime) -> dict[str, Any]:
    """Write what the file says: all of it or nothing, or what is right of it, as the import has it.

    Safe to run again after a break: what was written before is found and left as it is.
    """
    progress.done(0, _("正在读取文件"))
    with opened(one, at) as reading:
        total = len(reading.contents.codes)
        progress.total(total)
        if one.policy == Policy.KEEP_GOING:
            for prepared in reading.prepared(lambda done: progress.done(done, _("正在写入"))):
                with transaction.atomic():
                    _write(reading, prepared, at)
        else:
            _apply_whole(reading, progress, at)
        _record(reading, at)
        return {**_told(reading), **_done(one)}


def _apply_whole(reading: Reading, progress: Progress, at: dt.datetime) -> None:
    """All or nothing: everything is prepared first, then written in one transaction, which is short.

    Nothing is written where anything is wrong, also if it became so only after the dry run.
    """
    chunks = []
    for prepared in reading.prepared(lambda done: progress.done(done, _("正在核对"))):
        prepared.states = {}
        chunks.append(prepared)
    if reading.stopping:
        raise Stopped
    progress.done(0, _("正在写入，请稍候"))
    with transaction.atomic():
        for prepared in chunks:
            _write(reading, prepared, at)


class Stopped(Exception):
    """Nothing was written, because something in the file is wrong."""


def _write(reading: Reading, prepared: Prepared, at: dt.datetime) -> None:
    """Write one chunk, in the transaction of the caller."""
    one = reading.one
    _found_new(prepared, one, at)
    rows = declared_rows.plan(prepared)
    counted = file_many(
        prepared.items(), source=one.source, by=one.by, at=at, filed_for=one.filed_for, note=one.note,
        document=one.file, batch=one.pk,
    )  # fmt: skip
    reading.tally.counts["returns_unchanged"] += counted.unchanged
    property_rows.write(prepared, reading.preparer.importer, by=one.by, at=at, note=one.note)
    declared_rows.write(rows, one, at)
    for table, sort in rows.sorts():
        reading.tally.add_row(table, sort)


def _found_new(prepared: Prepared, one: Import, at: dt.datetime) -> None:
    """Add the enterprises that are not in the register."""
    new = [
        firm for firm in prepared.firms if firm.new and firm.organisation is not None and firm.organisation.pk is None
    ]
    wanted = []
    for firm in new:
        organisation: Any = firm.organisation
        wanted.append(
            NewOrganisation(
                organisation.kind, organisation.name, organisation.uscc, organisation.division,
                organisation.zone_id, organisation.affiliation_id,
            )
        )  # fmt: skip
    made = found_all(organisations=wanted, since=clock.day_of(at), reason=one.mark, by=one.by, at=at)
    for firm, organisation in zip(new, made, strict=True):
        firm.organisation = organisation


def _done(one: Import) -> dict[str, Any]:
    """What was written under this import, however often its job was begun anew: counted in the database."""
    returns = Return.objects.filter(batch=one.pk)
    return {
        "written": {
            "organisations": OrganisationState.objects.filter(reason=one.mark).count(),
            "returns": returns.count(),
            "enterprises": returns.values("organisation").distinct().count(),
            "differences": Difference.objects.filter(offered__batch=one.pk).count(),
        }
    }


def _record(reading: Reading, at: dt.datetime) -> None:
    one = reading.one
    with transaction.atomic():
        events.record(
            "registry.import", actor=one.by, subject=one, at=at, organisation_id=one.filed_for_id,
            details={"sha256": one.file.sha256, "source": one.source, "policy": one.policy, **_done(one)["written"]},
        )  # fmt: skip


def in_write_transaction() -> bool:
    """Whether a transaction is open here: nothing that takes long may happen then."""
    return connection.in_atomic_block
