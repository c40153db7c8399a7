"""What of the site is there and what is missing, for `tidui doctor`: looked at, never changed."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection

from tidui.site import ready
from tidui.site.work import pulse

PACKAGES: Final = (
    "Django", "django-ninja", "django-allauth", "django-axes", "django-tasks-db", "gunicorn", "whitenoise",
    "argon2-cffi",
)  # fmt: skip

#: So many things that do not hold are named.
MOST: Final = 20

#: "ok", "missing" or "wrong", and what.
Finding = tuple[str, str]


def findings() -> Iterator[Finding]:
    """One line for each part of the site."""
    yield from _packages()
    home = Path(settings.HOME)
    yield ("ok" if home.is_dir() else "missing"), f"home {home}"
    yield "ok", f"address {settings.TIDUI_ADDRESS}"
    yield from _database()
    gathered = (Path(settings.STATIC_ROOT) / "stamp").exists()
    yield ("ok", "static files gathered") if gathered else ("missing", "static files; tidui serve gathers them")
    mail = settings.EMAIL_HOST
    yield ("ok", f"mail by {mail}") if mail else ("missing", "mail: messages stay on the site; set TIDUI_EMAIL_HOST")
    gateway = settings.TIDUI_SMS_GATEWAY
    yield ("ok", f"short messages by {gateway}") if gateway else ("missing", "short messages; set TIDUI_SMS_GATEWAY")


def _packages() -> Iterator[Finding]:
    for package in PACKAGES:
        try:
            yield "ok", f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            yield "missing", f"{package}; install tidui[site]"


def _database() -> Iterator[Finding]:
    name = Path(str(settings.DATABASES["default"]["NAME"]))
    if connection.vendor == "sqlite" and not name.exists():
        yield "missing", f"database {name}; tidui serve --migrate makes it"
        return
    for message in ready.problems():
        yield "wrong", f"{message.id}: {message.msg}"
    try:
        lacking = ready.unapplied()
        yield "ok", f"database: {_server()}"
        if lacking:
            yield "missing", f"{len(lacking)} migrations, the first {lacking[0]}; tidui serve --migrate applies them"
            return
        workers = pulse.counted()
        yield ("ok", f"{workers} workers") if workers else ("missing", "workers: nothing runs in the background")
        yield from _casework()
    except DatabaseError as error:
        yield "wrong", f"database: {error}"


def _casework() -> Iterator[Finding]:
    """Whether every application's steps lead to where it stands, and what else always holds of casework."""
    from tidui.casework import invariants
    from tidui.casework.models import Application

    found = list(islice(invariants.broken(), MOST))
    for one in found:
        yield "wrong", f"casework: {one}"
    if not found:
        yield "ok", f"casework: {Application.objects.count()} applications hold together"


def _server() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]} in {settings.DATABASES['default']['NAME']}"
        cursor.execute("SELECT current_setting('server_version'), current_database()")
        version, name = cursor.fetchone()
        return f"PostgreSQL {version}, {name}"
