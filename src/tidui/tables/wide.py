"""Wide Arrow and Parquet files: one row for each enterprise, a column for each fact and year.

An Arrow file is memory-mapped and read a record batch at a time; a column is converted when it is asked for, and
where its type is already that of the machine column nothing is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from tidui.codes import uscc
from tidui.facts.catalogue import FOUNDED_SECTIONS, Catalogue
from tidui.facts.faults import BadValue, Fault, Faults
from tidui.facts.normalise import normalise
from tidui.rules.columns import Batch, Column, Key, founded_after
from tidui.rules.values import FactType, Value
from tidui.tables.arrow_columns import convert, validity
from tidui.tables.collect import FaultList
from tidui.tables.crosschecks import Locate, cross_faults
from tidui.tables.gather import early_fault, is_given, since_founding, with_none
from tidui.tables.headings import Heading, HeadingError, HeadingReader
from tidui.tables.keys import valid_codes

ARROW_SUFFIXES: Final = frozenset({".arrow", ".feather", ".ipc"})
PARQUET_SUFFIXES: Final = frozenset({".parquet", ".pq"})
_MAP_SEED: Final = 20_260_630


@dataclass(frozen=True, slots=True)
class TypedFile:
    """An Arrow or Parquet file, read in record batches."""

    path: Path
    schema: Any
    count: int

    def batches(self, rows: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Record batches of at most so many rows; all columns, or those named."""
        if self.path.suffix.lower() in PARQUET_SUFFIXES:
            text = [
                one.name for one in self.schema if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)
            ]
            with pa.parquet.ParquetFile(self.path, memory_map=True, read_dictionary=text) as file:
                yield from file.iter_batches(batch_size=rows, columns=columns)
            return
        for batch in _record_batches(self.path):
            part = batch.select(columns) if columns is not None else batch
            for start in range(0, part.num_rows, rows):
                yield part.slice(start, rows)


def _record_batches(path: Path) -> Iterator[Any]:
    with pa.memory_map(str(path)) as source:
        try:
            reader = pa.ipc.open_file(source)
        except pa.ArrowInvalid:
            source.seek(0)
            yield from pa.ipc.open_stream(source)
            return
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def open_typed(path: Path) -> TypedFile:
    """Open an Arrow or Parquet file. Raises Faults where it is none."""
    try:
        if path.suffix.lower() in PARQUET_SUFFIXES:
            with pa.parquet.ParquetFile(path, memory_map=True) as file:
                return TypedFile(path, file.schema_arrow, file.metadata.num_rows)
        count = 0
        schema = _arrow_schema(path)
        for batch in _record_batches(path):
            count += batch.num_rows
        return TypedFile(path, schema, count)
    except (pa.ArrowException, OSError) as error:
        what = "Parquet" if path.suffix.lower() in PARQUET_SUFFIXES else "Arrow"
        instead = f"write the file anew as {what}; it may have been cut short"
        raise Faults([Fault(path.name, f"not a readable {what} file ({error})", instead)]) from None


def _arrow_schema(path: Path) -> Any:
    with pa.memory_map(str(path)) as source:
        try:
            return pa.ipc.open_file(source).schema
        except pa.ArrowInvalid:
            source.seek(0)
            return pa.ipc.open_stream(source).schema


@dataclass(slots=True)
class Texts(Sequence[str]):
    """The texts of an Arrow array, made into normal Python texts one by one when they are asked for.

    `plain` says that they are normal as they stand; None, that it is found out when the first is asked for.
    """

    array: Any
    fact: FactType
    plain: bool | None = False

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return self._normal_list(self.array[place])
        return self._normal(self.array[place].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self._normal_list(self.array))

    def is_plain(self) -> bool:
        """Whether the array can be taken as it is."""
        if self.plain is None:
            self.plain = bool(code_signs(self.array)[1].all())
        return self.plain

    def _normal_list(self, array: Any) -> list[str]:
        texts: list[str] = array.to_pylist()
        return texts if self.is_plain() else [self._normal(text) for text in texts]

    def _normal(self, text: object) -> str:
        if self.is_plain():
            return str(text)
        try:
            value = normalise(self.fact, text)
        except BadValue:
            return str(text)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class WideLayout:
    """What the columns of a wide file mean. `code` is the column of credit codes; others by name."""

    code: str
    headings: Mapping[str, Heading]

    def key(self, heading: Heading, year: int) -> Key:
        """Where a column stands in a batch whose offset 0 is this fiscal year."""
        return heading.fact.name, heading.offset if heading.year is None else heading.year - year


def read_layout(file: TypedFile, reader: HeadingReader, faults: FaultList) -> WideLayout | None:
    """Read the column names of a wide file. None, with faults, where there are no credit codes."""
    headings: dict[str, Heading] = {}
    seen: dict[tuple[str, int | None, int | None, bool], str] = {}
    code: str | None = None
    for name in file.schema.names:
        try:
            meaning = reader.read(name, section=None)
        except HeadingError as error:
            faults.add(Fault("", error.message, error.instead, sheet=file.path.name, column=name))
            continue
        if not isinstance(meaning, Heading):
            continue
        first = seen.setdefault((meaning.fact.name, meaning.year, meaning.offset, meaning.none), name)
        if first != name or file.schema.names.count(name) > 1:
            message = f"{meaning.fact.name} stands in column {first} too"
            faults.add(Fault("", message, "one column for each fact and year", sheet=file.path.name, column=name))
        elif meaning.fact.name == "uscc":
            code = name
        else:
            headings[name] = meaning
    if code is None:
        label = reader.catalogue["uscc"].zh
        faults.add(Fault("", "no column of credit codes", f"a column uscc ({label})", sheet=file.path.name))
        return None
    return WideLayout(code, headings)


class WideColumns(Mapping[Key, Column]):
    """The columns of one record batch, converted when they are asked for.

    Raises Faults on the first column with cells that cannot be read (of a file that was not checked before).
    """

    def __init__(self, record_batch: Any, layout: WideLayout, year: int, place: str, start: int, ids: Texts) -> None:
        self.exact: dict[Key, dict[int, Value]] = {}
        self.ids = ids
        self._batch = record_batch
        self._place = place
        self._start = start
        self._year = year
        self._none = {layout.key(one, year): name for name, one in layout.headings.items() if one.none}
        self._sources = {layout.key(one, year): (name, one) for name, one in layout.headings.items() if not one.none}
        self._headings = layout.headings
        rows = np.arange(record_batch.num_rows, dtype=np.int32)
        self._done: dict[Key, Column] = {("uscc", None): Column(rows, None, ids)}

    def __iter__(self) -> Iterator[Key]:
        return iter([*self._sources, ("uscc", None)])

    def __len__(self) -> int:
        return len(self._sources) + 1

    def __contains__(self, key: object) -> bool:
        return key in self._sources or key in self._done

    def __getitem__(self, key: Key) -> Column:
        column = self._done.get(key)
        if column is None:
            column = self._done[key] = self._convert(key)
        return column

    def _convert(self, key: Key) -> Column:
        name, heading = self._sources[key]
        column = self._plain(name, heading, key)
        none = self._none.get(key)
        if none is not None:
            column = with_none(column, self._plain(none, boolean_heading(heading), key))
        if key[1] is None or heading.fact.section not in FOUNDED_SECTIONS:
            return column
        founded_on = self.founded_on()
        return column if founded_on is None else since_founding(column, founded_on, self._year + key[1])

    def _plain(self, name: str, heading: Heading, key: Key) -> Column:
        array = self._batch.column(name)
        if heading.fact.kind == "text":
            return Column(np.arange(len(array), dtype=np.int32), validity(array), Texts(array, heading.fact))
        converted = convert(heading, array)
        if converted.bad:
            raise Faults(_faults_of(converted.bad, name, self._place, self._start))
        if converted.exact:
            self.exact[key] = converted.exact
        return converted.column

    def early_figures(self) -> Iterator[tuple[str, int]]:
        """Columns with a figure for a year before the founding year, and the rows of these."""
        founded_on = self.founded_on()
        if founded_on is None:
            return
        early: dict[int, npt.NDArray[np.bool_]] = {}
        for key, (name, heading) in self._sources.items():
            if key[1] is None or heading.fact.section not in FOUNDED_SECTIONS:
                continue
            if key[1] not in early:
                early[key[1]] = founded_after(founded_on, self._year + key[1])
            if early[key[1]].any():
                given = early[key[1]] & is_given(self._plain(name, heading, key))
                yield from ((name, row) for row in np.flatnonzero(given).tolist())

    def founded_on(self) -> Column | None:
        """The founding dates, if the file has them."""
        key: Key = ("established_on", None)
        return self[key] if key in self._sources else None


def boolean_heading(heading: Heading) -> Heading:
    """The heading by which a column `fact#none` is read: as booleans."""
    return Heading(replace(heading.fact, kind="bool", low=None, high=None, options=()), heading.year, heading.offset)


def _faults_of(bad: Sequence[tuple[int, str, str | None]], column: str, sheet: str, start: int) -> list[Fault]:
    return [Fault("", message, instead, "fault", sheet, start + place + 1, column) for place, message, instead in bad]


@dataclass(slots=True)
class WideFile:
    """A wide file with its layout; `bad` are the rows with a fault (their numbers from 0, ascending)."""

    file: TypedFile
    layout: WideLayout
    catalogue: Catalogue
    bad: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    #: Whether all credit codes of good rows are normal as they stand; None while that is not known.
    plain_codes: bool | None = None

    def check(self, rows: int, faults: FaultList) -> None:
        """Read everything once: faults of cells, bad and repeated credit codes. Sets `bad`."""
        name = self.file.path.name
        bad: set[int] = set()
        marks: list[npt.NDArray[np.uint64]] = []
        start = 0
        for record_batch in self.file.batches(rows):
            codes = record_batch.column(self.layout.code)
            marks.append(self._check_codes(codes, start, bad, faults))
            for column, heading in self.layout.headings.items():
                if heading.fact.kind == "text":
                    continue
                read_as = boolean_heading(heading) if heading.none else heading
                found = convert(read_as, record_batch.column(column)).bad
                if found:
                    faults.extend(_faults_of(found, column, name, start))
                    bad.update(start + place for place, _, _ in found)
            start += record_batch.num_rows
        self._refuse_repeats(marks, rows, bad, faults)
        self.bad = np.array(sorted(bad), dtype=np.int64)

    def check_together(self, rows: int, year: int, young_year: int | None, faults: FaultList, to_end: bool) -> None:
        """Compare the facts of each good row with each other. Adds to `bad`; all of it only where `to_end`."""
        bad: set[int] = set()
        for batch in self.batches(rows, year, young_year):
            if faults.full and not to_end:
                break
            places = np.zeros(0, np.int64) if batch.rows is None else batch.rows
            found = list(cross_faults(batch, self._locator(places, batch.year)))
            if isinstance(batch.columns, WideColumns):
                found.extend(
                    (row, early_fault("", self.file.path.name, int(places[row]) + 1, name))
                    for name, row in batch.columns.early_figures()
                )
            faults.extend(fault for _, fault in found)
            bad.update(int(places[row]) for row, fault in found if fault.level == "fault")
        self.bad = np.union1d(self.bad, np.array(sorted(bad), dtype=np.int64))

    def _locator(self, places: npt.NDArray[np.int64], assessed: int) -> Locate:
        columns = {self.layout.key(one, assessed): name for name, one in self.layout.headings.items()}

        def locate(row: int, name: str, year: int | None) -> tuple[str | None, int | None, str | None]:
            key = (name, None if year is None else year - assessed)
            return self.file.path.name, int(places[row]) + 1, columns.get(key)

        return locate

    def _check_codes(self, codes: Any, start: int, bad: set[int], faults: FaultList) -> npt.NDArray[np.uint64]:
        """Faults of the credit codes; the answer is a number for each, equal for equal codes."""
        signs, good = code_signs(codes)
        self.plain_codes = self.plain_codes is not False
        for place in np.flatnonzero(~good).tolist():
            text = codes[place].as_py()
            try:
                signs[place] = np.frombuffer(str(uscc.parse(text or "")).encode(), dtype=np.uint8)
                self.plain_codes = False
            except BadValue as error:
                message = error.message if text else "the credit code is missing"
                row = start + place + 1
                title = self.layout.code
                faults.add(Fault("uscc", message, error.instead, "fault", self.file.path.name, row, title))
                bad.add(start + place)
                signs[place] = 0
        return _mark(signs)

    def _refuse_repeats(self, marks: list[npt.NDArray[np.uint64]], rows: int, bad: set[int], faults: FaultList) -> None:
        every = np.concatenate(marks) if marks else np.zeros(0, np.uint64)
        ordered = np.sort(every)
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        twice = twice[twice != 0]
        if not len(twice):
            return
        suspects = np.flatnonzero(np.isin(every, twice))
        first: dict[str, int] = {}
        for place, code in zip(suspects.tolist(), self._codes_at(suspects, rows), strict=True):
            original = first.setdefault(code, place)
            if original != place:
                bad.update((original, place))
                message = f"the credit code {code} stands in row {original + 1} too"
                instead = "one row for each enterprise"
                sheet, title = self.file.path.name, self.layout.code
                faults.add(Fault("uscc", message, instead, "fault", sheet, place + 1, title))

    def _codes_at(self, places: npt.NDArray[np.int64], rows: int) -> list[str]:
        found: list[str] = []
        start = 0
        for record_batch in self.file.batches(rows, [self.layout.code]):
            stop = start + record_batch.num_rows
            here = places[(places >= start) & (places < stop)] - start
            if len(here):
                found.extend(uscc.normalise(text) for text in record_batch.column(0).take(pa.array(here)).to_pylist())
            start = stop
        return found

    def batches(self, rows: int, year: int, young_year: int | None) -> Iterator[Batch]:
        """The good rows, in batches of at most so many; those founded in `young_year` apart, assessed for that year."""
        start = 0
        for record_batch in self.file.batches(rows):
            positions = np.arange(start, start + record_batch.num_rows)
            kept = self._good(start, record_batch.num_rows)
            if kept is not None:
                record_batch, positions = record_batch.filter(pa.array(kept)), positions[kept]
            start += len(kept) if kept is not None else record_batch.num_rows
            yield from self._split(record_batch, positions, year, young_year)

    def _good(self, start: int, length: int) -> npt.NDArray[np.bool_] | None:
        low, high = np.searchsorted(self.bad, [start, start + length])
        if low == high:
            return None
        kept = np.ones(length, dtype=np.bool_)
        kept[self.bad[low:high] - start] = False
        return kept

    def _split(
        self, record_batch: Any, positions: npt.NDArray[np.int64], year: int, young_year: int | None
    ) -> Iterator[Batch]:
        whole = self._batch(record_batch, positions, year)
        if young_year is None or young_year == year or whole.founded_on is None:
            if whole.n:
                yield whole
            return
        young = founded_in(whole.founded_on, young_year)
        if not young.any():
            if whole.n:
                yield whole
            return
        for flags, assessed in ((~young, year), (young, young_year)):
            if flags.any():
                yield self._batch(record_batch.filter(pa.array(flags)), positions[flags], assessed)

    def _batch(self, record_batch: Any, positions: npt.NDArray[np.int64], year: int) -> Batch:
        start = int(positions[0]) if len(positions) else 0
        codes = Texts(record_batch.column(self.layout.code), self.catalogue["uscc"], self.plain_codes)
        columns = WideColumns(record_batch, self.layout, year, self.file.path.name, start, codes)
        return Batch(
            n=record_batch.num_rows,
            columns=columns,
            exact=columns.exact,
            ids=columns.ids,
            catalogue=self.catalogue,
            year=year,
            founded_on=columns.founded_on(),
            founded_sections=FOUNDED_SECTIONS,
            rows=positions,
        )


def founded_in(founded_on: Column, year: int) -> npt.NDArray[np.bool_]:
    """Which rows were founded in this calendar year."""
    return founded_after(founded_on, year - 1) & ~founded_after(founded_on, year)


def code_signs(codes: Any) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """The characters of credit codes, 18 to a row, and which codes are valid as they stand."""
    if pa.types.is_dictionary(codes.type):
        codes = codes.dictionary_decode()
    if not pa.types.is_string(codes.type):
        codes = codes.cast(pa.string())
    offsets = np.frombuffer(codes.buffers()[1], dtype=np.int32)[codes.offset : codes.offset + len(codes) + 1]
    data = np.frombuffer(codes.buffers()[2] or b"", dtype=np.uint8)
    fits = np.diff(offsets) == uscc.LENGTH
    valid = validity(codes)
    if valid is not None:
        fits &= valid == 1
    if fits.all():
        signs = data[offsets[0] : offsets[-1]].reshape(-1, uscc.LENGTH).copy()
        return signs, valid_codes(signs)
    signs = np.zeros((len(codes), uscc.LENGTH), dtype=np.uint8)
    places = np.flatnonzero(fits)
    signs[places] = data[offsets[:-1][places][:, None] + np.arange(uscc.LENGTH)]
    return signs, fits & valid_codes(signs)


def _mark(signs: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """A number of 64 bits for each code: equal for equal codes, 0 for none, hardly ever equal for others."""
    factors = np.random.default_rng(_MAP_SEED).integers(1, 2**63, uscc.LENGTH, dtype=np.uint64) | np.uint64(1)
    total = np.zeros(len(signs), dtype=np.uint64)
    for place in range(uscc.LENGTH):
        total += signs[:, place].astype(np.uint64) * factors[place]
    return total
