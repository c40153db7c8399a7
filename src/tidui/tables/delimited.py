"""CSV files as grids of cells: UTF-8 with or without BOM, UTF-16, GB 18030; comma, tab or semicolon."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tidui.facts.faults import Fault, Faults
from tidui.tables.header import Merged
from tidui.tables.sections import Row

_PIECE: Final = 1 << 20
_SEPARATORS: Final = (",", "\t", ";")
_FIELD_LIMIT: Final = 1_000_000
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class DelimitedFile:
    """A CSV file, as `sections.Grid`."""

    path: Path
    section: str | None
    encoding: str
    separator: str
    merged: Sequence[Merged] = ()
    holes: Mapping[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    serials: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def rows(self) -> Iterator[Row]:
        """The rows with the line on which each begins. Raises Faults where quotation marks do not match."""
        csv.field_size_limit(_FIELD_LIMIT)
        line = 0
        with self.path.open(encoding=self.encoding, newline="") as stream:
            reader = csv.reader(stream, delimiter=self.separator, strict=True)
            try:
                for row in reader:
                    cells: list[object] = list(row)
                    yield line + 1, cells
                    line = reader.line_num
            except csv.Error as error:
                fault = Fault(
                    "", f"not readable as CSV ({error})", "check the quotation marks", "fault", self.name, line + 1
                )
                raise Faults([fault]) from None


def open_delimited(path: Path, section: str | None) -> DelimitedFile:
    """Find out the encoding and the separator of a CSV file. Raises Faults where no known encoding fits."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.read(_PIECE)
    return DelimitedFile(path, section, encoding, _separator(head))


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            place = _undecodable(path, encoding)
            if place is None:
                return encoding
            message = f"the encoding is not known (byte {place} is not {encoding.upper()})"
            raise Faults([Fault("", message, "save it as CSV UTF-8", sheet=path.name)])
    wrong = ""
    for encoding in ("utf-8", "gb18030"):
        place = _undecodable(path, encoding)
        if place is None:
            return encoding
        wrong = f"{wrong}; " if wrong else ""
        wrong += f"byte {place} is not {encoding.upper()}"
    raise Faults([Fault("", f"the encoding is not known ({wrong})", "save it as CSV UTF-8", sheet=path.name)])


def _undecodable(path: Path, encoding: str) -> int | None:
    """The first byte that is not of this encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as stream:
        while True:
            piece = stream.read(_PIECE)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return done + error.start
            if not piece:
                return None
            done += len(piece)


def _separator(head: str) -> str:
    """The separator that stands most often, outside quotation marks, in the first lines."""
    outside = "".join(head.split('"')[::2])
    lines = [line for line in outside.splitlines() if line.strip()][:20]
    counts = {separator: sum(line.count(separator) for line in lines) for separator in _SEPARATORS}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] else ","
