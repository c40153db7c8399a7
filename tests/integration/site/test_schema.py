"""The tests' database is made from the models, which takes a tenth of the time; here the migrations make the same one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper

ROOT = Path(__file__).resolve().parents[3]
MIGRATED = "migrated"
#: Only migrations have a list of migrations, and Django's own make this key wider than its model says.
OF_DJANGO = ("django_migrations", "auth_group_permissions | id")

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

#: What the shape of a database is made of, each as rows of text; the order of columns is none of it.
POSTGRES = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, is_identity, "
    "column_default, generation_expression FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND probin IS NULL",
}
SQLITE = {
    "columns": "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden FROM {0}.sqlite_master t, "
    "pragma_table_xinfo(t.name, '{0}') c WHERE t.type = 'table'",
    "keys": "SELECT t.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete FROM {0}.sqlite_master t, "
    "pragma_foreign_key_list(t.name, '{0}') f WHERE t.type = 'table'",
    "unique": "SELECT t.name, i.\"unique\", i.partial, (SELECT group_concat(name) FROM pragma_index_info(i.name, '{0}')) "
    "FROM {0}.sqlite_master t, pragma_index_list(t.name, '{0}') i WHERE t.type = 'table'",
    "indexes": "SELECT name, sql FROM {0}.sqlite_master WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL",
    "tables": "SELECT name, sql FROM {0}.sqlite_master WHERE type = 'table'",
}


def migrate(url: str) -> None:
    """Make a database by the migrations, as an operator does."""
    # This tree's own code, whichever is installed.
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    command = [sys.executable, "-m", "tidui", "site", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=300)


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[str]:
    """A database that the migrations made: the schema by which SQLite reaches it, or its name on PostgreSQL."""
    settings = connection.settings_dict
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            migrate(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
            cursor.execute("ATTACH %s AS migrated", [str(tmp_path / "migrated.sqlite3")])
            yield MIGRATED
            cursor.execute("DETACH migrated", [])
        else:
            cursor.execute(f"CREATE DATABASE {MIGRATED}")
            migrate(f"postgres://{settings['USER']}@{quote(settings['HOST'], safe='')}/{MIGRATED}")
            yield MIGRATED
            cursor.execute(f"DROP DATABASE {MIGRATED} WITH (FORCE)")


def shape(cursor: CursorWrapper, queries: dict[str, str]) -> dict[str, set[str]]:
    """The shape of a database: what it has of each kind, as lines."""
    found = {}
    for kind, query in queries.items():
        cursor.execute(query, None)
        found[kind] = {" | ".join(_plain(value) for value in row) for row in cursor.fetchall()}
    return found


def _plain(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).strip()


def of_sqlite(cursor: CursorWrapper, schema: str) -> dict[str, set[str]]:
    """The shape of one database of this connection; of the tables' texts only what they check."""
    found = shape(cursor, {kind: query.format(schema) for kind, query in SQLITE.items()})
    found["checks"] = {one for line in found.pop("tables") for one in re.findall(r'CONSTRAINT "\w+" CHECK .*?\)\)', line)}
    return found


def of_postgres(name: str) -> dict[str, set[str]]:
    """The shape of one database of the server."""
    import psycopg

    settings = connection.settings_dict
    with psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=name) as other, other.cursor() as cursor:
        return shape(cursor, POSTGRES)


def test_the_migrations_make_what_the_models_say(migrated: str) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            by_models, by_migrations = of_sqlite(cursor, "main"), of_sqlite(cursor, migrated)
    else:
        by_models, by_migrations = of_postgres(str(connection.settings_dict["NAME"])), of_postgres(migrated)

    assert all(by_models.values())
    lacking = {line for kind, lines in by_models.items() for line in lines - by_migrations[kind]}
    too_many = {line for kind, lines in by_migrations.items() for line in lines - by_models[kind]}
    assert sorted(line for line in lacking if not line.startswith(OF_DJANGO)) == []
    assert sorted(line for line in too_many if not any(name in line for name in OF_DJANGO)) == []
