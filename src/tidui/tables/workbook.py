"""Sheets of an .xlsx workbook as grids of cells.

Cells are read by calamine, which shows a formula as its cached value. What calamine shows as blank, a formula that
was never calculated and an error such as #DIV/0!, is found in the sheet's own XML, so that it is not taken for
"unknown".
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import python_calamine

from tidui.facts.faults import Fault, Faults
from tidui.tables.header import Merged
from tidui.tables.sections import Row

#: A workbook that unpacks to more than this is refused: such data belongs in Arrow or Parquet.
MAX_UNPACKED: Final = 4 * 2**30
#: A part of it this large that shrinks more than so many times holds no table: real ones shrink ten to fifty times.
LARGE_PART: Final = 256 * 2**20
MAX_RATIO: Final = 200
#: Neither is a sheet read whose used area has more cells: a stray cell in the last row and column, as a rule.
MAX_CELLS: Final = 300_000_000
_PIECE: Final = 1 << 20
_OVERLAP: Final = 1 << 12

#: What a damaged archive or sheet raises.
_DAMAGED: Final = (
    python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError
)  # fmt: skip

_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DIMENSION: Final = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')
_PREFIX: Final = rb"(?:[A-Za-z0-9]+:)?"
_CELL: Final = rb"<" + _PREFIX + rb"""c\b%s[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>"""
_FORMULA: Final = rb"<%sf[^>]*/>|<%sf[^>]*>[^<]*</%sf>" % (_PREFIX, _PREFIX, _PREFIX)
#: A formula without a value; t="str" says that its value is the empty text.
_UNCALCULATED: Final = re.compile(
    _CELL % rb"""(?![^>]*\bt="str")""" + rb"(?:%s)(?:<%sv\s*/>|<%sv></%sv>)?</%sc>" % (_FORMULA, *[_PREFIX] * 4)
)
_ERROR: Final = re.compile(
    _CELL % rb"""(?=[^>]*\bt="e")""" + rb"(?:%s)?<%sv>([^<]*)</%sv>" % (_FORMULA, _PREFIX, _PREFIX)
)
_FROM_1904: Final = re.compile(rb"""date1904="(?:1|true)\"""")


@dataclass(slots=True)
class Sheet:
    """One worksheet, as `sections.Grid`."""

    name: str
    section: str | None
    merged: list[Merged]
    holes: dict[tuple[int, int], tuple[str, str]]
    serials: bool
    _sheet: python_calamine.CalamineSheet = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows from the top of the sheet, the blank columns on the left included."""
        start = self._sheet.start
        blank: list[object] = [""] * (start[1] if start else 0)
        for number, row in enumerate(self._sheet.iter_rows(), start=1):
            yield number, ([*blank, *row] if blank else row)  # type: ignore[misc]


@dataclass(slots=True)
class Workbook:
    """An open workbook: the names of its visible worksheets, of the hidden ones, and each of them on demand.

    `serials` is false where days are counted from 1904: a bare number is then no date.
    """

    path: Path
    names: list[str]
    serials: bool
    hidden: list[str]
    _book: python_calamine.CalamineWorkbook = field(repr=False)
    _parts: dict[str, str] = field(repr=False)

    def sheet(self, name: str, section: str | None) -> Sheet:
        """Read a worksheet. Raises Faults where its used area is out of all measure.

        Its XML is looked through while calamine reads it, which leaves the interpreter free meanwhile.
        """
        part = self._parts.get(name)
        if part is not None:
            self._check_size(part, name)
        try:
            with ThreadPoolExecutor(1) as pool:
                holes = pool.submit(self._holes, part)
                sheet = self._book.get_sheet_by_name(name)
                return Sheet(name, section, list(sheet.merged_cell_ranges or []), holes.result(), self.serials, sheet)
        except _DAMAGED as error:
            message = f"the sheet cannot be read ({error})"
            instead = "open the workbook in a spreadsheet program and save it again"
            raise Faults([Fault("", message, instead, sheet=name)]) from None

    def _check_size(self, part: str, name: str) -> None:
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(part) as stream:
                found = _DIMENSION.search(stream.read(_OVERLAP))
        except _DAMAGED:
            return  # which the reading of the sheet will say
        if found and (column_index(found.group(1)) + 1) * int(found.group(2)) > MAX_CELLS:
            corner = (found.group(1) + found.group(2)).decode()
            message = f"the used area reaches to {corner}: something stands far outside the table"
            raise Faults([Fault("", message, "delete the rows and columns beyond the table", sheet=name)])

    def _holes(self, part: str | None) -> dict[tuple[int, int], tuple[str, str]]:
        holes: dict[tuple[int, int], tuple[str, str]] = {}
        if part is None:
            return holes
        with zipfile.ZipFile(self.path) as archive, archive.open(part) as stream:
            tail = b""
            while piece := stream.read(_PIECE):
                text = tail + piece
                find_holes(text, holes)
                tail = text[-_OVERLAP:]
        return holes

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()


def _refuse_bombs(archive: zipfile.ZipFile, name: str) -> None:
    """Raises Faults where the archive would fill the memory before anything of it could be read."""
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
        raise Faults([Fault(name, "the workbook unpacks to over 4 GiB", "use Arrow or Parquet for so much")])
    for entry in archive.infolist():
        if entry.file_size > LARGE_PART and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            message = f"{entry.filename} unpacks to {entry.file_size // 2**20} MiB of almost nothing"
            raise Faults([Fault(name, message, "open it in a spreadsheet program and save it again")])


def open_workbook(path: Path) -> Workbook:
    """Open an .xlsx file. Raises Faults where it is none, is locked by a password, or unpacks to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bombs(archive, path.name)
            parts = _sheet_parts(archive)
            serials = _FROM_1904.search(archive.read("xl/workbook.xml")) is None
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError:
        raise Faults([Fault(path.name, "the workbook is locked by a password", "save it without one")]) from None
    except (zipfile.BadZipFile, python_calamine.CalamineError, ElementTree.ParseError, KeyError, OSError) as error:
        instead = "open it in a spreadsheet program and save it as .xlsx (not .xls, and not encrypted)"
        raise Faults([Fault(path.name, f"not a readable .xlsx workbook ({error})", instead)]) from None
    visible = python_calamine.SheetVisibleEnum.Visible
    worksheet = python_calamine.SheetTypeEnum.WorkSheet
    names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == visible and sheet.typ == worksheet]
    hidden = [sheet.name for sheet in book.sheets_metadata if sheet.visible != visible and sheet.typ == worksheet]
    return Workbook(path, names, serials, hidden, book, parts)


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where the XML of each sheet lies in the archive."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    names = set(archive.namelist())
    parts = {}
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if sheet.tag.endswith("}sheet"):
            target = targets.get(sheet.get(_RELATION), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                parts[sheet.get("name", "")] = part
    return parts


def find_holes(text: bytes, holes: dict[tuple[int, int], tuple[str, str]]) -> None:
    """Add the cells of a piece of a sheet's XML that look blank and are not: row from 1, column from 0."""
    if b"<f" in text or b":f" in text:
        for found in _UNCALCULATED.finditer(text):
            instead = "calculate and save the workbook, or write the value"
            holes[_place(found)] = ("a formula that was never calculated", instead)
    if b't="e"' in text:
        for found in _ERROR.finditer(text):
            shown = found.group(3).decode("ascii", "replace")
            holes[_place(found)] = (f"the formula gives the error {shown}", "correct the formula, or clear the cell")


def _place(found: re.Match[bytes]) -> tuple[int, int]:
    return int(found.group(2)), column_index(found.group(1))


def column_index(letters: bytes) -> int:
    """The place of a spreadsheet column, from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
