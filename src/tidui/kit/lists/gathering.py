"""A page of what words find, and how many rows there are, in one statement.

What is found by words has to be found whole before it can be put into an order. SQLite would do that once for the page
and once more for the total; here the rows are found once. PostgreSQL needs no help: for a page it goes through the rows
in their order and asks of each whether it holds the words.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models.expressions import OrderBy

from tidui.kit.lists.question import Question


def worth_it(question: Question) -> bool:
    """Is this question one that is better asked so?"""
    return bool(question.words) and connections[question.base().db].vendor == "sqlite"


def page_and_total(question: Question, first: int, most: int) -> tuple[list[Any], int | None]:
    """The keys of at most so many rows from one on, in order, and how many rows fit; None on a page without rows."""
    order = question.ordering()
    rows = question.matching().order_by()
    names = [f"by_{place}" for place in range(len(order))]
    found = rows.annotate(**{name: one.expression for name, one in zip(names, order, strict=True)})
    connection = connections[rows.db]
    try:
        sql, params = found.values_list("pk", *names).query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return [], 0
    terms = ", ".join(_term(name, one) for name, one in zip(names, order, strict=True))
    statement = (
        f"WITH found (found_key, {', '.join(names)}) AS ({sql}) SELECT found_key, (SELECT COUNT(*) FROM found) "
        f"FROM found ORDER BY {terms} LIMIT %s OFFSET %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, most, first])
        shown = cursor.fetchall()
    key = rows.model._meta.pk
    return [key.to_python(one) for one, _total in shown], shown[0][1] if shown else None


def _term(name: str, one: OrderBy) -> str:
    return f"{name} {'DESC' if one.descending else 'ASC'}{' NULLS LAST' if one.nulls_last else ''}"
