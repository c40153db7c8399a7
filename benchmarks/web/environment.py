"""A new, empty site for one measurement: its environment, and the PostgreSQL server where it needs one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SECRET: Final = "only-for-the-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz"


@contextmanager
def site_of(database: str, home: Path) -> Iterator[dict[str, str]]:
    """The environment of a process that works on a new database (`sqlite` or `postgres`); all is gone afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDUI_")}
    environment |= {
        "TIDUI_HOME": str(home), "TIDUI_SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "tidui.site.settings",
        "TIDUI_SECOND_FACTOR": "no",
    }  # fmt: skip
    environment.pop("DATABASE_URL", None)
    home.mkdir(parents=True)
    server = None
    if database == "postgres":
        import psycopg
        from tests.postgres_server import Server

        server = Server(durable=True)
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE tidui")
        environment["DATABASE_URL"] = server.url("tidui")
    try:
        yield environment
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(home, ignore_errors=True)
