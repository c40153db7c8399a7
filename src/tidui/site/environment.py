"""Reading the environment: a value from NAME, or from the file that NAME_FILE names (for secrets)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

#: Known to everybody who reads the source; good enough for the demonstration on one's own machine, refused elsewhere.
DEFAULT_SECRET = "not-a-secret-only-for-the-demonstration-and-the-tests"
#: A statement that a connection to PostgreSQL has sent so often is prepared there: it is not taken apart and planned
#: again. Its values go beside it, never inside.
PREPARED_AFTER = 4
#: How long a thread keeps its connection to PostgreSQL, with all that it has prepared.
KEPT_SECONDS = 600
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def text(name: str, default: str = "") -> str:
    """The value of a variable; ImproperlyConfigured where its file cannot be read."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text("utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from None
    return os.environ.get(name, default).strip()


def number(name: str, default: int) -> int:
    """A whole number; ImproperlyConfigured for anything else."""
    said = text(name) or str(default)
    if not said.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {said!r}")
    return int(said)


def switch(name: str, default: bool = False) -> bool:
    """yes or no; ImproperlyConfigured for anything else."""
    said = text(name).lower() or ("yes" if default else "no")
    if said not in {"yes", "no", "true", "false", "1", "0"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {said!r}")
    return said in {"yes", "true", "1"}


def words(name: str) -> list[str]:
    """A list with commas between."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def address() -> tuple[str, str]:
    """(scheme, host) of TIDUI_URL, where people reach the site; ImproperlyConfigured unless it is one."""
    url = urlsplit(text("TIDUI_URL", "http://localhost:8000"))
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ImproperlyConfigured(f"TIDUI_URL must be such as https://tidui.example.gov.cn, not {url.geturl()!r}")
    return url.scheme, url.hostname


def origin() -> str:
    """TIDUI_URL without a path."""
    url = urlsplit(text("TIDUI_URL", "http://localhost:8000"))
    return f"{url.scheme}://{url.netloc}"


def database(home: Path) -> dict[str, Any]:
    """The database that DATABASE_URL names: PostgreSQL, or (by default) SQLite in a file of the site's home."""
    url = text("DATABASE_URL") or f"sqlite:///{home / 'tidui.sqlite3'}"
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from None
    engine = found["ENGINE"]
    if engine == "django.db.backends.sqlite3":
        # For good: a new connection reads the whole schema, which takes as long as a page.
        return {"ENGINE": "tidui.site.sqlite", "NAME": found["NAME"], "CONN_MAX_AGE": None}
    if engine != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"DATABASE_URL: Tidui runs on PostgreSQL and SQLite, not on {engine}")
    options = {**found.get("OPTIONS", {}), "server_side_binding": True, "prepare_threshold": PREPARED_AFTER}
    kept = {"CONN_MAX_AGE": KEPT_SECONDS, "CONN_HEALTH_CHECKS": True}
    return {**found, "ENGINE": "tidui.site.postgresql", **kept, "OPTIONS": options}
