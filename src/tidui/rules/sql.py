"""The SQL reading: one SELECT that says of every row of a relation what explain says of one enterprise.

The statement is a chain of layers. The first turns the columns of the relation (`sql_input`) into whole numbers and
truths, the following compute what is shared once each, the last gives the result columns (`outputs`). Arithmetic is
exact; within the layers truths are never NULL, so no three-valued logic of the database comes into play.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tidui.rules import units
from tidui.rules.integers import Word
from tidui.rules.leaves import context_value
from tidui.rules.lower import Lowering, Number
from tidui.rules.nodes import Leaf, Node
from tidui.rules.outputs import DECIMALS, Output, outputs
from tidui.rules.program import Program
from tidui.rules.quotients import Quotient
from tidui.rules.sql_dialects import DIALECTS, Dialect, DialectName, identifier, literal
from tidui.rules.sql_input import FOUNDING, KEY, InputColumn, create_table, input_columns
from tidui.rules.sql_leaves import LeafWriter, SqlLeaf, sql_scale
from tidui.rules.sql_words import Text, WordWriter
from tidui.rules.values import Catalogue, FactType

#: Sections of the catalogue whose yearly facts are none before the founding year.
FOUNDED_SECTIONS: Final = frozenset({"years", "tax_years"})
SOURCE: Final = "population"


def sql(program: Program, dialect: DialectName, *, on: dt.date, year: int, source: str = SOURCE) -> str:
    """The statement that reads the relation `source`, as of `on`, the fiscal year `year` being assessed.

    `source` is the name of a table or view with the columns of `sql_columns`. The result has the code of the
    enterprise and the columns of `outputs`; verdicts are pass, fail, unknown or not_needed.
    """
    return _Statement(program, DIALECTS[dialect], on, year).text(source)


def sql_columns(program: Program, dialect: DialectName, *, on: dt.date, year: int) -> list[InputColumn]:
    """The columns that the statement reads."""
    return _Statement(program, DIALECTS[dialect], on, year).columns()


def sql_input(program: Program, dialect: DialectName, *, on: dt.date, year: int, source: str = SOURCE) -> str:
    """The CREATE TABLE statement of the relation that the statement reads."""
    return create_table(sql_columns(program, dialect, on=on, year=year), DIALECTS[dialect], source)


def sql_script(program: Program, dialect: DialectName, *, on: dt.date, year: int, source: str = SOURCE) -> str:
    """The statement with comments at its head: what it computes, what it reads, what to mind."""
    statement = _Statement(program, DIALECTS[dialect], on, year)
    file = program.file
    head = [
        f"{file.policy} {file.version} on {on.isoformat()}, fiscal year {year}; {DIALECTS[dialect].name}",
        f"program {program.hash}",
        "",
        "Reads one row for each enterprise. NULL is unknown, which is never zero and never false; an empty list is",
        "none; of other facts a column #none says where there is none. Money is in yuan; numbers have up to twelve",
        "decimals; records are JSON: dates as '2023-01-05', money in yuan, \"\" where a field is none.",
        "",
        *create_table(statement.columns(), DIALECTS[dialect], source).splitlines(),
        "",
        *DIALECTS[dialect].advice,
    ]
    return "\n".join(f"-- {line}".rstrip() for line in head) + "\n" + statement.text(source) + "\n"


# ---------------------------------------------------------------------- lowering for SQL
@dataclass(frozen=True, slots=True)
class _SqlFact(FactType):
    """A fact with the scale that SQL gives it."""

    sql_scale: int = 1

    @property
    def scale(self) -> int:
        return self.sql_scale


class _SqlCatalogue:
    """The same facts with the scales of a dialect."""

    def __init__(self, catalogue: Catalogue, dialect: Dialect) -> None:
        self._catalogue, self._dialect = catalogue, dialect

    def __getitem__(self, name: str) -> FactType:
        fact = self._catalogue[name]
        if fact.kind not in ("number", "share"):
            return fact
        values = {name: getattr(fact, name) for name in FactType.__dataclass_fields__}
        return _SqlFact(**values, sql_scale=sql_scale(fact, self._dialect))

    def __contains__(self, name: object) -> bool:
        return name in self._catalogue

    def __iter__(self) -> Iterator[str]:
        return iter(self._catalogue)


class _SqlLowering(Lowering):
    """Lowers with `on` and the year assessed as constants."""

    def __init__(self, catalogue: Catalogue, on: dt.date, year: int) -> None:
        super().__init__(catalogue)
        self._on, self._year = on, year

    def _num_ctx(self, node: Node) -> Number:
        value = context_value(node.value, self._on, self._year)
        return self.point(Quotient(self.words.const(value), self.one))


# ---------------------------------------------------------------------- results
@dataclass(frozen=True, slots=True)
class _Result:
    """A result column: the words that it shows, and what stands around them ({0}, {1} …)."""

    name: str
    words: tuple[Word, ...]
    form: str


class _Results:
    """From outputs to the words that they show."""

    def __init__(self, lowering: Lowering) -> None:
        self.lowering = lowering

    def of(self, output: Output) -> _Result:
        """The words and the form of one output."""
        words, form = self._verdict(output) if output.kind == "verdict" else self._value(output)
        return _Result(output.name, words, form)

    def _verdict(self, output: Output) -> tuple[tuple[Word, ...], str]:
        truth = self.lowering.truth(output.built.node)
        form = "WHEN {0} THEN 'pass' WHEN {1} THEN 'fail' ELSE 'unknown' END"
        if output.built.needed is None:
            return (truth.yes, truth.no), f"CASE {form}"
        spare = self.lowering.truth(output.built.needed).no
        return (truth.yes, truth.no, spare), f"CASE WHEN {{2}} THEN 'not_needed' {form}"

    def _value(self, output: Output) -> tuple[tuple[Word, ...], str]:
        node = output.built.node
        if output.kind == "truth":
            truth = self.lowering.truth(node)
            return (truth.yes, truth.no), "CASE WHEN {0} THEN TRUE WHEN {1} THEN FALSE END"
        number = self.lowering.number(node)
        quotient = number.high if output.end == "high" else number.low
        shown, form = self._shown(output, quotient)
        there = {"low": number.has_low, "high": number.has_high}.get(output.end)
        if there is None:
            w = self.lowering.words
            there = w.both(self.lowering.exact(number), w.negate(number.none))
        return (shown, there), f"CASE WHEN {{1}} THEN {form} END"

    def _shown(self, output: Output, quotient: Quotient) -> tuple[Word, str]:
        if output.kind == "date":
            return quotient.n, "DATE '1970-01-01' + CAST({0} AS integer)"
        if output.kind == "option":
            options = enumerate(output.built.rule.options)
            return quotient.n, "CASE {0} " + " ".join(f"WHEN {n} THEN {literal(o)}" for n, o in options) + " END"
        w = self.lowering.words
        if output.kind == "yuan":
            # An amount is rounded to the fen once; so is any other money that is shown.
            assert units.fen_power(output.built.node.unit) == 1
            return self.lowering.rounded(quotient), _decimal("{0}", 2)
        millionths = Quotient(w.mul(w.const(10**DECIMALS), quotient.n), quotient.d)
        return self.lowering.rounded(millionths), _decimal("{0}", DECIMALS)


def _decimal(whole: str, places: int) -> str:
    """A whole number of hundredths, millionths … as a decimal."""
    unit = "0." + "1".rjust(places, "0")
    factor = f"CAST({unit} AS decimal({places + 1},{places}))"
    return f"CAST(CAST({whole} AS decimal(28,0)) * {factor} AS decimal(28,{places}))"


class _Statement:
    """One statement, written."""

    def __init__(self, program: Program, dialect: Dialect, on: dt.date, year: int) -> None:
        self.dialect, self.catalogue = dialect, program.catalogue
        lowering = _SqlLowering(_SqlCatalogue(program.catalogue, dialect), on, year)
        maker = _Results(lowering)
        self.results = [maker.of(output) for output in outputs(program)]
        self.leaves: list[Leaf] = []
        writer = LeafWriter(program.catalogue, dialect, on=on, year=year, founded_sections=FOUNDED_SECTIONS)

        def leaf(one: Leaf) -> SqlLeaf:
            self.leaves.append(one)
            return writer.write(one)

        wanted = [word for result in self.results for word in result.words]
        self.words = WordWriter(wanted, dialect, leaf)

    def columns(self) -> list[InputColumn]:
        """The columns of the relation that are read."""
        return input_columns(self.leaves, self.catalogue, FOUNDED_SECTIONS)

    def text(self, source: str) -> str:
        """The statement."""
        layers = self.words.layers
        shown: list[tuple[str, list[Text]]] = [
            (result.name, [self.words[word] for word in result.words]) for result in self.results
        ]
        carried = layers.carried(column for _, texts in shown for text in texts for column in text.columns)
        parts = []
        key = identifier(KEY)
        for number, layer in enumerate(layers.layers):
            columns = [key, *carried[number], *(f"{sql} AS {name}" for name, sql in layer.items())]
            origin = f"layer{number - 1}" if number else identifier(source)
            listed = ",\n    ".join(columns)
            select = f"SELECT {listed}\n  FROM {origin}{self.dialect.fence}"
            parts.append(f"layer{number} AS NOT MATERIALIZED (\n  {select})")
        results = [
            f"{result.form.format(*(text.sql for text in texts))} AS {identifier(result.name)}"
            for result, (_, texts) in zip(self.results, shown, strict=True)
        ]
        final = ",\n  ".join([key, *results])
        return "WITH\n" + ",\n".join(parts) + f"\nSELECT {final}\nFROM layer{len(parts) - 1}"


__all__ = ["FOUNDING", "KEY", "SOURCE", "sql", "sql_columns", "sql_input", "sql_script"]
