"""Finding records by words: the same rows on SQLite and on PostgreSQL.

Words are cut in Python. A Chinese text becomes pairs of neighbouring characters, because neither database knows where a
Chinese word ends; Latin words and numbers stay whole and are found by their beginning. Both databases then only look
up exact tokens (FTS5, or a GIN index over a tsvector), spelled in ASCII so that no tokeniser has an opinion on them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import connections, router, transaction
from django.db.models import BooleanField, F, Func, Model, QuerySet

from tidui.audit import rows as writing
from tidui.kit.models import SearchEntry

Row = TypeVar("Row", bound=Model)

#: Characters of a record that are searched; what lies behind is not found.
MAX_TEXT: Final = 20_000
#: Characters of a question, and how many terms of it are looked up.
MAX_QUESTION: Final = 200
MAX_TERMS: Final = 12
_MAX_WORD: Final = 64
_BATCH: Final = 2_000

# tidui: data
_CHINESE: Final = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
_RUN: Final = re.compile(f"([{_CHINESE}]+)|((?:(?![{_CHINESE}])[^\\W_])+)")
#: Characters that print nothing and would part a word unseen.
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

_sources: dict[type[Model], Callable[[Any], str]] = {}


def runs(text: str, limit: int = MAX_TEXT) -> list[tuple[bool, str]]:
    """The words of a text as they are compared: (is it a run of Chinese characters, the run)."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text[:limit])).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    return [
        (True, found.group(1)) if found.group(1) else (False, found.group(2)[:_MAX_WORD])
        for found in _RUN.finditer(plain)
    ]


def _spelled(characters: str) -> str:
    """Plain letters and digits as they are, any other character as its number between underscores."""
    return "".join(one if one.isascii() else f"_{ord(one):x}_" for one in characters)


def _tokens(words: Iterable[tuple[bool, str]]) -> Iterator[str]:
    """What is stored: pairs of Chinese characters and the last one of each run, and whole words behind a w."""
    for chinese, run in words:
        if chinese:
            yield from (_spelled(run[place : place + 2]) for place in range(len(run)))
        else:
            yield "w" + _spelled(run)


def _terms(words: Iterable[tuple[bool, str]]) -> list[tuple[str, bool]]:
    """What is looked up: (token, does a token that begins so count as well)."""
    found: dict[tuple[str, bool], None] = {}
    for chinese, run in words:
        if not chinese:
            found["w" + _spelled(run), True] = None
        elif len(run) == 1:
            found[_spelled(run), True] = None
        else:
            found.update(dict.fromkeys((_spelled(run[place : place + 2]), False) for place in range(len(run) - 1)))
    return list(found)


class _Found(Func):
    """Has the record of this key an entry of its model that holds all the terms? In the words of either database.

    `whole` are words of which the pairs could lie apart in the text: only the whole word counts.
    """

    output_field = BooleanField()

    def __init__(self, terms: Sequence[tuple[str, bool]], whole: Sequence[str], model: str) -> None:
        super().__init__(F("pk"))
        self.terms, self.whole, self.model = tuple(terms), tuple(whole), model

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By the virtual table, whose row numbers are the entries'; which record each is about is in an index.

        The join goes one way, and by that index: SQLite knows neither that few entries hold the words, nor that an
        entry is many times as long as what is wanted of it.
        """
        question = " AND ".join(f'"{token}"*' if begins else f'"{token}"' for token, begins in self.terms)
        indexed = "" if self.whole else "INDEXED BY kit_search_objects "
        found = (
            f"SELECT e.object_id FROM kit_search_words w CROSS JOIN kit_searchentry e {indexed}ON e.id = w.rowid "
            "WHERE w.kit_search_words MATCH %s AND e.model = %s"
        )
        return self._among(compiler, found, " AND INSTR(e.text, %s) > 0", question)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By the index over the tokens; the expression is the index's, letter for letter."""
        question = " & ".join(f"'{token}':*" if begins else f"'{token}'" for token, begins in self.terms)
        found = (
            "SELECT e.object_id FROM kit_searchentry e "
            "WHERE array_to_tsvector(string_to_array(e.tokens, ' ')) @@ %s::tsquery AND e.model = %s"
        )
        return self._among(compiler, found, " AND STRPOS(e.text, %s) > 0", question)

    def _among(self, compiler: Any, found: str, holds: str, question: str) -> Any:
        key, params = compiler.compile(self.source_expressions[0])
        return f"{key} IN ({found}{holds * len(self.whole)})", [*params, question, self.model, *self.whole]


def label(model: type[Model]) -> str:
    """The name under which a model's records are kept."""
    return model._meta.label_lower


def matching(rows: QuerySet[Row], words: str) -> QuerySet[Row]:
    """Those of the rows in which all the words are found; all of them when nothing was asked.

    It only ever narrows the rows that it is given, so what a person may not see is not found or counted either.
    """
    if not words.strip():
        return rows
    asked = runs(words, MAX_QUESTION)[:MAX_TERMS]
    if not asked:
        return rows.none()
    whole = [run for chinese, run in asked if chinese and len(run) > 2]
    return rows.filter(_Found(_terms(asked), whole, label(rows.model)))


def source(model: type[Row], text: Callable[[Row], str]) -> None:
    """Register how the text of a model's records is made, so that `rebuild` can make it again."""
    _sources[model] = text


def index(record: Model, text: str) -> None:
    """Make a record found by these words, instead of those of before. Call it in the transaction of the change."""
    index_many(type(record), [(record.pk, text)])


def index_many(model: type[Model], texts: Iterable[tuple[int, str]]) -> None:
    """The same for many records of a model: (primary key, text). Entries that do not change are not written."""
    using = router.db_for_write(SearchEntry)
    write = _write_postgresql if connections[using].vendor == "postgresql" else _write_sqlite
    left = iter(texts)
    while batch := list(islice(left, _BATCH)):
        rows: dict[int, tuple[str, str]] = {}
        for key, text in batch:
            words = runs(text)
            rows[int(key)] = (" ".join(run for _, run in words), " ".join(dict.fromkeys(_tokens(words))))
        with transaction.atomic(using=using, savepoint=False):
            write(connections[using], label(model), rows)


_UPSERT: Final = """
    INSERT INTO kit_searchentry (model, object_id, text, tokens) {values}
    ON CONFLICT (model, object_id) DO UPDATE SET text = excluded.text, tokens = excluded.tokens
    WHERE kit_searchentry.text <> excluded.text
"""


def _write_sqlite(connection: Any, name: str, rows: dict[int, tuple[str, str]]) -> None:
    with connection.cursor() as cursor:
        statement = _UPSERT.format(values="VALUES (%s, %s, %s, %s)")
        cursor.executemany(statement, [(name, key, text, tokens) for key, (text, tokens) in rows.items()])


def _write_postgresql(connection: Any, name: str, rows: dict[int, tuple[str, str]]) -> None:
    values = "SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[])"
    texts = [text for text, _ in rows.values()]
    tokens = [tokens for _, tokens in rows.values()]
    writing.write(
        SearchEntry._meta.db_table, _UPSERT.format(values=values), [name, list(rows), texts, tokens], alone=True
    )


def forget(record: Model) -> None:
    """No longer find a record; call it before the record is deleted."""
    forget_many(type(record), [record.pk])


def forget_many(model: type[Model], keys: Iterable[int]) -> None:
    """The same for many records of a model."""
    left = iter(keys)
    while batch := list(islice(left, 500)):
        SearchEntry.objects.filter(model=label(model), object_id__in=batch).delete()


def rebuild(model: type[Model]) -> int:
    """Make the entries of a model again from its records; how many there are. KeyError without a source."""
    text = _sources[model]
    SearchEntry.objects.filter(model=label(model)).exclude(
        object_id__in=model._base_manager.values("pk")
    ).delete()
    count = 0

    def texts() -> Iterator[tuple[int, str]]:
        nonlocal count
        for record in model._base_manager.order_by("pk").iterator(chunk_size=_BATCH):
            count += 1
            yield record.pk, text(record)

    index_many(model, texts())
    return count


def sources() -> tuple[type[Model], ...]:
    """The models whose entries can be made again."""
    return tuple(_sources)


_SQLITE: Final = (
    """CREATE TRIGGER IF NOT EXISTS kit_search_added AFTER INSERT ON kit_searchentry BEGIN
       INSERT INTO kit_search_words (rowid, tokens) VALUES (new.id, new.tokens); END""",
    """CREATE TRIGGER IF NOT EXISTS kit_search_removed AFTER DELETE ON kit_searchentry BEGIN
       INSERT INTO kit_search_words (kit_search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); END""",
    """CREATE TRIGGER IF NOT EXISTS kit_search_changed AFTER UPDATE ON kit_searchentry BEGIN
       INSERT INTO kit_search_words (kit_search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens);
       INSERT INTO kit_search_words (rowid, tokens) VALUES (new.id, new.tokens); END""",
    "CREATE INDEX IF NOT EXISTS kit_search_objects ON kit_searchentry (id, model, object_id)",
)
_SQLITE_TABLE: Final = """
    CREATE VIRTUAL TABLE kit_search_words USING fts5(
        tokens, content='kit_searchentry', content_rowid='id', tokenize="ascii tokenchars '_'", detail=none)
"""
_POSTGRESQL: Final = """
    CREATE INDEX IF NOT EXISTS kit_search_words ON kit_searchentry
    USING gin (array_to_tsvector(string_to_array(tokens, ' ')))
"""


def install(using: str = "default", **_signal: Any) -> None:
    """Make what Django's migrations cannot: the virtual table with its triggers, or the index. May be repeated."""
    connection = connections[using]
    if SearchEntry._meta.db_table not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL)
            return
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'kit_search_words'")
        if not cursor.fetchone()[0]:
            cursor.execute(_SQLITE_TABLE)
            cursor.execute("INSERT INTO kit_search_words (kit_search_words) VALUES ('rebuild')")
        for statement in _SQLITE:
            cursor.execute(statement)
