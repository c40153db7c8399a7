"""Explain, DuckDB and a real PostgreSQL say the same of the same enterprises, for every policy on the shelf."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.integration.random_facts import enterprises, programs
from tidui.facts.factset import FactSet
from tidui.policies.library import Version
from tidui.rules.answers import Explainer
from tidui.rules.outputs import outputs, value_of
from tidui.rules.sql import sql, sql_columns, sql_input
from tidui.rules.sql_dialects import DialectName, identifier
from tidui.rules.sql_input import input_row

if TYPE_CHECKING:
    import psycopg

ROWS = 240
CHUNK = 120
CASES = [pytest.param(version, day, id=f"{version.policy}@{version.name} on {day}") for version, day in programs()]


def explained(explainer: Explainer, year: int, firms: Sequence[FactSet]) -> list[tuple[Any, ...]]:
    on, wanted = explainer.program.on, outputs(explainer.program)
    found = []
    for firm in firms:
        answer = explainer(firm, on=on, year=year)
        found.append((firm.get("uscc"), *(value_of(answer, output) for output in wanted)))
    return found


def filled(run: Any, explainer: Explainer, year: int, firms: Sequence[FactSet], dialect: DialectName, mark: str) -> str:
    """Make the relation and put the enterprises into it; the statement to run."""
    program = explainer.program
    run(sql_input(program, dialect, on=program.on, year=year, source="firms"))
    columns = sql_columns(program, dialect, on=program.on, year=year)
    names = ", ".join(identifier(column.name) for column in columns)
    holders = "(" + ", ".join([mark] * len(columns)) + ")"
    for start in range(0, len(firms), CHUNK):
        rows = [input_row(columns, firm, year) for firm in firms[start : start + CHUNK]]
        values = [value for row in rows for value in row]
        run(f"INSERT INTO firms ({names}) VALUES {', '.join([holders] * len(rows))}", values)
    return sql(program, dialect, on=program.on, year=year, source="firms") + '\nORDER BY "uscc"'


def assert_same(explainer: Explainer, expected: list[tuple[Any, ...]], found: list[tuple[Any, ...]]) -> None:
    names = ["uscc", *(output.name for output in outputs(explainer.program))]
    for one, other in zip(expected, found, strict=True):
        differing = {n: (a, b) for n, a, b in zip(names, one, other, strict=True) if a != b}
        assert not differing, f"{one[0]} (explain, SQL): {differing}"


@pytest.mark.slow
@pytest.mark.parametrize(("version", "day"), CASES)
def test_duckdb_says_what_explain_says(version: Version, day: dt.date) -> None:
    explainer, year, firms = enterprises(version, day, ROWS)
    with duckdb.connect() as connection:
        statement = filled(connection.execute, explainer, year, firms, "duckdb", "?")
        found = connection.execute(statement).fetchall()
    assert_same(explainer, explained(explainer, year, firms), found)


@pytest.mark.parametrize(("version", "day"), CASES)
def test_postgres_says_what_explain_says(version: Version, day: dt.date, postgres: psycopg.Connection) -> None:
    explainer, year, firms = enterprises(version, day, ROWS)
    cursor = postgres.cursor()
    cursor.execute("SET jit = off")
    statement = filled(cursor.execute, explainer, year, firms, "postgres", "%s")
    cursor.execute(statement)
    assert_same(explainer, explained(explainer, year, firms), cursor.fetchall())


@pytest.mark.slow
def test_the_random_enterprises_reach_every_verdict() -> None:
    seen: dict[str, set[str]] = {}
    for version, day in programs():
        explainer, year, firms = enterprises(version, day, ROWS)
        if "verdict" in explainer.program.rules:
            rows = explained(explainer, year, firms)
            seen.setdefault(version.policy, set()).update(row[1] for row in rows)
    assert all({"fail", "unknown"} <= verdicts for verdicts in seen.values()), seen
    assert {"cn/tech-sme", "cn/tenant"} <= {policy for policy, verdicts in seen.items() if "pass" in verdicts}, seen
