"""Small relations for the SQL reading: an invented catalogue with credit codes, and a database of either kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tests.unit.rules.invented import FACTS, ON, YEAR, Invented, Plain, policy
from tidui.rules import policyfile
from tidui.rules.answers import Explainer
from tidui.rules.outputs import outputs, value_of
from tidui.rules.program import Program
from tidui.rules.sql import sql, sql_columns, sql_input
from tidui.rules.sql_dialects import DialectName, identifier
from tidui.rules.sql_input import input_row
from tidui.rules.values import FactType

MORE = [
    FactType("uscc", "enterprise", "code"),
    FactType("name", "enterprise", "text"),
    FactType("balance", "enterprise", "int", "items"),
    FactType("prizes", "enterprise", "list", can_be_none=True,
             fields={"kind": "code", "on": "date", "until": "date", "rank": "int", "amount": "money"}),
]  # fmt: skip
CATALOGUE: Any = Invented({**FACTS, **{fact.name: fact for fact in MORE}})
SHOWN = {"cites": "第四条", "label": "{zh: 结果, en: result}"}


def program(rules: str, **more: str) -> Program:
    """The program of these rules over the invented catalogue with credit codes."""
    return Program(policyfile.loads(policy(rules, **more), "invented.yaml"), CATALOGUE, None, on=ON, year=YEAR)


@dataclass
class Database:
    """A database: its dialect, how to run a statement with its parameters, and how it marks one."""

    dialect: DialectName
    run: Callable[..., Any]
    mark: str

    def read(self, of: Program, firms: Sequence[dict[tuple[str, int | None], Any]]) -> list[dict[str, Any]]:
        """What the statement says of each enterprise, in their order."""
        self.run("DROP TABLE IF EXISTS population")
        self.run(sql_input(of, self.dialect, on=ON, year=YEAR))
        columns = sql_columns(of, self.dialect, on=ON, year=YEAR)
        names = ", ".join(identifier(column.name) for column in columns)
        holders = "(" + ", ".join([self.mark] * len(columns)) + ")"
        coded = [{("uscc", None): f"{number:06d}", **firm} for number, firm in enumerate(firms)]
        rows = [input_row(columns, Plain(firm), YEAR) for firm in coded]
        values = [value for row in rows for value in row]
        self.run(f"INSERT INTO population ({names}) VALUES {', '.join([holders] * len(rows))}", values)
        return self.select(sql(of, self.dialect, on=ON, year=YEAR) + '\nORDER BY "uscc"')

    def select(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        cursor = self.run(statement)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def duck() -> Iterator[Database]:
    """A DuckDB in memory."""
    with duckdb.connect() as connection:
        yield Database("duckdb", connection.execute, "?")


def explained(of: Program, firms: Sequence[dict[tuple[str, int | None], Any]]) -> list[dict[str, Any]]:
    """What explain says of each enterprise."""
    explainer, wanted = Explainer(of), outputs(of)
    answers = [explainer(Plain(firm), on=ON, year=YEAR) for firm in firms]
    return [
        {"uscc": f"{number:06d}", **{output.name: value_of(answer, output) for output in wanted}}
        for number, answer in enumerate(answers)
    ]
