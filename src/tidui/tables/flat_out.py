"""Writing CSV, Parquet and Arrow files: one file for each sheet."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet

from tidui.rules.values import NoneValue
from tidui.tables.sheetspec import CellKind, ColumnSpec, Lang, SheetSpec, shown_text
from tidui.tables.xlsx_out import arrow_rows

_BUFFERED: Final = 16_384
_TYPES: Final[Mapping[CellKind, Any]] = {
    "text": pa.string(),
    "money": pa.decimal128(20, 2),
    "int": pa.int64(),
    "number": pa.float64(),
    "share": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
}


@dataclass(slots=True)
class DelimitedSink:
    """CSV files in UTF-8 with a BOM, the names of columns as headings, formulas neutralised."""

    paths: Mapping[str, Path]
    sheets: Sequence[SheetSpec]
    lang: Lang
    _files: dict[str, TextIO] = field(default_factory=dict)
    _writers: dict[str, Any] = field(default_factory=dict)
    _columns: dict[str, Sequence[ColumnSpec]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for spec in self.sheets:
            stream = self.paths[spec.name].open("w", encoding="utf-8-sig", newline="")
            self._files[spec.name] = stream
            self._columns[spec.name] = spec.columns
            self._writers[spec.name] = csv.writer(stream)
            self._writers[spec.name].writerow([column.name for column in spec.columns])

    def write_rows(self, sheet: str, rows: Iterable[Sequence[object]]) -> None:
        """Append rows to a sheet."""
        kinds = [column.kind for column in self._columns[sheet]]
        lang = self.lang
        self._writers[sheet].writerows(
            [shown_text(value, kind, lang) for value, kind in zip(row, kinds, strict=True)] for row in rows
        )

    def write_arrow(self, sheet: str, table: Any) -> None:
        """Append an Arrow table or record batch."""
        self.write_rows(sheet, arrow_rows(table, [column.name for column in self._columns[sheet]]))

    def close(self) -> None:
        """Close the files."""
        for stream in self._files.values():
            stream.close()

    def abandon(self) -> None:
        """Close the files."""
        self.close()


@dataclass(slots=True)
class TypedSink:
    """Parquet (zstd) or Arrow files: money as decimal yuan, shares and numbers as floats, none as null."""

    paths: Mapping[str, Path]
    sheets: Sequence[SheetSpec]
    lang: Lang
    _writers: dict[str, Any] = field(default_factory=dict)
    _schemas: dict[str, Any] = field(default_factory=dict)
    _columns: dict[str, Sequence[ColumnSpec]] = field(default_factory=dict)
    _held: dict[str, list[Sequence[object]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for spec in self.sheets:
            schema = pa.schema([pa.field(column.name, _TYPES[column.kind]) for column in spec.columns])
            path = self.paths[spec.name]
            self._schemas[spec.name] = schema
            self._columns[spec.name] = spec.columns
            self._held[spec.name] = []
            if path.suffix.lower() in (".parquet", ".pq"):
                self._writers[spec.name] = pa.parquet.ParquetWriter(path, schema, compression="zstd")
            else:
                self._writers[spec.name] = pa.ipc.new_file(str(path), schema)

    def write_rows(self, sheet: str, rows: Iterable[Sequence[object]]) -> None:
        """Append rows to a sheet."""
        held = self._held[sheet]
        for row in rows:
            held.append(row)
            if len(held) >= _BUFFERED:
                self._flush(sheet)

    def _flush(self, sheet: str) -> None:
        held, columns = self._held[sheet], self._columns[sheet]
        if not held:
            return
        cells = list(zip(*held, strict=True))
        arrays = [
            pa.array([_typed(value, column.kind) for value in values], _TYPES[column.kind])
            for values, column in zip(cells, columns, strict=True)
        ]
        self._writers[sheet].write_table(pa.Table.from_arrays(arrays, schema=self._schemas[sheet]))
        held.clear()

    def write_arrow(self, sheet: str, table: Any) -> None:
        """Append an Arrow table or record batch; whole numbers under money are fen."""
        self._flush(sheet)
        whole = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table
        arrays = [_cast(whole.column(column.name), column.kind) for column in self._columns[sheet]]
        self._writers[sheet].write_table(pa.Table.from_arrays(arrays, schema=self._schemas[sheet]))

    def close(self) -> None:
        """Write what is held back and close the files."""
        for sheet, writer in self._writers.items():
            self._flush(sheet)
            writer.close()

    def abandon(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()


def _cast(array: Any, kind: CellKind) -> Any:
    if kind == "money" and pa.types.is_integer(array.type):
        return pc.cast(pc.multiply(pc.cast(array, pa.decimal128(19, 0)), _fen()), _TYPES["money"])
    return pc.cast(array, _TYPES[kind])


def _typed(value: object, kind: CellKind) -> object:
    """A value as Arrow takes it."""
    if value is None or isinstance(value, NoneValue):
        return None
    if kind == "money" and isinstance(value, int):
        return decimal.Decimal(value).scaleb(-2)
    if kind in ("number", "share") and isinstance(value, int | Fraction):
        return float(value)
    if kind == "text" and not isinstance(value, str):
        return value.isoformat() if isinstance(value, dt.date) else str(value)
    return value


@functools.cache
def _fen() -> Any:
    """One fen in yuan; made when it is needed, because pyarrow imports pandas (a second) to make it."""
    return pa.scalar(decimal.Decimal("0.01"), pa.decimal128(3, 2))
