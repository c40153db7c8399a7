"""Writing OUT by its suffix: `.xlsx`, `.csv`, `.parquet`, `.arrow`, or a folder of CSV files.

An output appears whole or not at all. It is made in a hidden folder beside its place and moved there when all of it
is written; on an exception, and on a signal that ends the process, the hidden folder is removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

from tidui.facts.faults import Fault, Faults
from tidui.tables.flat_out import DelimitedSink, TypedSink
from tidui.tables.sheetspec import CellKind, ColumnSpec, Lang, SheetSpec, Sink
from tidui.tables.xlsx_out import WorkbookSink

__all__ = ["CellKind", "ColumnSpec", "Lang", "OutputWriter", "SheetSpec", "fault_rows", "fault_sheet"]

_SIDE_SUFFIXES: Final = frozenset({".csv", ".tsv", ".parquet", ".pq", ".arrow", ".feather"})
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


class OutputWriter:
    """Writes one output of several sheets; use it in a `with` block.

    In a workbook each sheet is a worksheet, in a folder a file. Of a single CSV, Parquet or Arrow file the first
    sheet is the file itself, and the others stand beside it: `out.csv`, `out.faults.csv`. Rows are sequences in the
    order of the sheet's columns; values are those of the facts (money in whole fen), None for unknown, NONE for none.
    The output is moved to its place at the end of the block, unless an exception ends it.
    """

    def __init__(self, path: Path | str, sheets: Sequence[SheetSpec], *, lang: Lang = "zh") -> None:
        """Nothing is touched before the block is entered. Raises Faults where the place cannot be written."""
        self.path = Path(path)
        self.sheets = tuple(sheets)
        self.lang = lang
        self._suffix = self.path.suffix.lower()
        self._folder: Path | None = None
        self._sink: Sink | None = None
        self._handlers: dict[int, Any] = {}
        if self._suffix not in _SIDE_SUFFIXES | {"", ".xlsx"}:
            instead = "give .xlsx, .csv, .parquet, .arrow or a folder"
            raise Faults([Fault(self.path.name, f"a file of the kind “{self._suffix}” is not written", instead)])
        if not self.path.absolute().parent.is_dir():
            raise Faults([Fault(str(self.path), "its folder does not exist", "make the folder first")])
        if self._suffix and self.path.is_dir():
            raise Faults([Fault(str(self.path), "a folder of this name is in the way", "choose another name")])
        if not self._suffix and self.path.exists() and not self._is_own_folder():
            instead = "choose a new or empty folder, or add a suffix such as .xlsx"
            raise Faults([Fault(str(self.path), "it is there and holds something else", instead)])

    def _is_own_folder(self) -> bool:
        """Whether an existing folder holds nothing but files of an earlier output."""
        names = {f"{spec.name}.csv" for spec in self.sheets}
        return self.path.is_dir() and all(entry.name in names for entry in self.path.iterdir())

    def __enter__(self) -> OutputWriter:
        _remove_stale(self.path)
        self._handle_signals()
        try:
            prefix = f".{self.path.name}.{os.getpid()}-"
            folder = tempfile.mkdtemp(prefix=prefix, suffix=".part", dir=self.path.absolute().parent)
            self._folder = Path(folder)
            self._sink = self._open_sink(self._folder)
        except BaseException:
            self._clean()
            raise
        return self

    def _open_sink(self, folder: Path) -> Sink:
        if self._suffix == ".xlsx":
            return WorkbookSink(folder / self.path.name, self.sheets, self.lang)
        paths = {spec.name: folder / target.name for spec, target in zip(self.sheets, self._targets(), strict=True)}
        if self._suffix in ("", ".csv", ".tsv"):
            return DelimitedSink(paths, self.sheets, self.lang)
        return TypedSink(paths, self.sheets, self.lang)

    @property
    def places(self) -> list[Path]:
        """Where the files of the output will stand."""
        return self._targets()

    def _targets(self) -> list[Path]:
        """Where the file of each sheet goes."""
        if not self._suffix:
            return [self.path / f"{spec.name}.csv" for spec in self.sheets]
        sides = [self.path.with_name(f"{self.path.stem}.{spec.name}{self.path.suffix}") for spec in self.sheets[1:]]
        return [self.path, *sides]

    def write_rows(self, sheet: str, rows: Iterable[Sequence[object]]) -> None:
        """Append rows to the sheet of this name."""
        if self._sink is None:
            raise RuntimeError("the output is not open")
        self._sink.write_rows(sheet, rows)

    def write_arrow(self, sheet: str, table: Any) -> None:
        """Append an Arrow table or record batch to a sheet; its columns are found by name, money is int64 fen."""
        if self._sink is None:
            raise RuntimeError("the output is not open")
        self._sink.write_arrow(sheet, table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._sink is not None and self._folder is not None:
                self._sink.close()
                self._sink = None
                self._move(self._folder)
        finally:
            self._clean()

    def _move(self, folder: Path) -> None:
        """Put the finished files into their place, the main one last."""
        if self._suffix == ".xlsx":
            os.replace(folder / self.path.name, self.path)
            return
        if self._suffix:
            for target in reversed(self._targets()):
                os.replace(folder / target.name, target)
            return
        os.chmod(folder, 0o755)
        if self.path.exists():
            old = folder.with_name(folder.name + ".old")
            os.replace(self.path, old)
            os.replace(folder, self.path)
            shutil.rmtree(old)
        else:
            os.replace(folder, self.path)

    def _clean(self) -> None:
        if self._sink is not None:
            with contextlib.suppress(Exception):  # what was begun is thrown away whatever state it is in
                self._sink.abandon()
            self._sink = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def _handle_signals(self) -> None:
        """Let a signal that would end the process end the block instead, so that it is cleaned."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                self._handlers[number] = signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _remove_stale(path: Path) -> None:
    """Remove what a process left that was killed outright while it wrote this output."""
    pattern = re.compile(re.escape(f".{path.name}.") + r"([0-9]+)-.*\.part")
    for entry in path.absolute().parent.iterdir():
        found = pattern.fullmatch(entry.name)
        if found and not _is_alive(int(found.group(1))):
            shutil.rmtree(entry, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def fault_sheet() -> SheetSpec:
    """The sheet that lists faults and warnings: its rows are those of `fault_rows`."""
    return SheetSpec(
        "faults",
        "问题清单",
        "faults",
        (
            ColumnSpec("level", "级别", "level", width=10),
            ColumnSpec("sheet", "工作表或文件", "sheet or file", width=18),
            ColumnSpec("row", "行", "row", "int", width=8),
            ColumnSpec("column", "列", "column", width=28),
            ColumnSpec("place", "指标", "fact", width=24),
            ColumnSpec("message", "问题", "what is wrong", width=60),
            ColumnSpec("instead", "应当填写", "write instead", width=60),
        ),
    )


def fault_rows(faults: Iterable[Fault]) -> Iterable[tuple[object, ...]]:
    """The rows of the sheet of faults."""
    for fault in faults:
        yield fault.level, fault.sheet, fault.row, fault.column, fault.place, fault.message, fault.instead
