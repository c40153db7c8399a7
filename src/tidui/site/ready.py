"""What has to be so before the site is served: checks, migrations, static files."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import CheckMessage, run_checks
from django.core.checks.messages import ERROR
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def problems() -> list[CheckMessage]:
    """What is wrong with the settings and the database, checks for deployment among it."""
    return [message for message in run_checks(include_deployment_checks=True) if message.level >= ERROR]


def unapplied() -> list[str]:
    """The migrations that the database still lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, backwards in plan]


def migrate() -> None:
    """Apply them."""
    call_command("migrate", interactive=False, verbosity=0)


def collect() -> bool:
    """Gather the static files under names with their hash, unless nothing changed since; whether there was work."""
    stamp = Path(settings.STATIC_ROOT) / "stamp"
    seen = _fingerprint()
    if stamp.exists() and stamp.read_text("ascii") == seen:
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, stdout=io.StringIO())
    stamp.write_text(seen, "ascii")
    return True


def _fingerprint() -> str:
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(["*.map"]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return seen.hexdigest()
