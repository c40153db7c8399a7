"""What the site refuses to run with: `tidui serve` and `tidui site check --deploy` ask all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connection
from django.db.utils import OperationalError

from tidui.site.environment import DEFAULT_SECRET, LOOPBACK

OLDEST_POSTGRES: Final = 15
SHORTEST_SECRET: Final = 40


def register_all() -> None:
    """Make the checks known to Django."""
    for check in (secret, openness, transport, database):
        register(check, deploy=True)


def secret(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """The secret is one's own, and long."""
    key = settings.SECRET_KEY
    if key == DEFAULT_SECRET:
        return [_error("E001", "the secret is the one in the source", "set TIDUI_SECRET_KEY or TIDUI_SECRET_KEY_FILE")]
    if len(key) < SHORTEST_SECRET or len(set(key)) < 10:
        return [_error("E002", "the secret is too short", f"at least {SHORTEST_SECRET} random characters")]
    return []


def openness(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """No page of errors for developers, no host but one's own."""
    found = []
    if settings.DEBUG:
        found.append(_error("E003", "TIDUI_DEBUG shows everybody the inside of the site", "unset TIDUI_DEBUG"))
    weak = [host for host in settings.ALLOWED_HOSTS if host == "*" or host.strip(".").count(".") == 0]
    weak = [host for host in weak if host not in LOOPBACK]
    if weak or not settings.ALLOWED_HOSTS:
        found.append(_error("E004", f"TIDUI_ALLOWED_HOSTS lets in too much: {', '.join(weak) or 'nothing is named'}",
                            "name the hosts by which people reach the site"))  # fmt: skip
    return found


def transport(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """Passwords and cookies travel over https, or do not leave the machine."""
    if settings.SECURE or settings.HOST in LOOPBACK:
        return []
    return [_error("E005", "TIDUI_URL begins with http:// on a network", "serve it by https; docs/operators tells how")]


def database(app_configs: Any, **options: Any) -> Sequence[CheckMessage]:
    """The database answers, is new enough, and knows Chinese characters for letters."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return [_error("E010", f"the database does not answer: {error}", "look at DATABASE_URL")]
    return _postgres() if connection.vendor == "postgresql" else _sqlite()


def _postgres() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    version = connection.cursor().connection.info.server_version
    if version < OLDEST_POSTGRES * 10_000:
        told = f"PostgreSQL {version // 10_000} is older than {OLDEST_POSTGRES}"
        found.append(_error("E011", told, "upgrade the server"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_encoding')")
        (encoding,) = cursor.fetchone()
        if encoding != "UTF8":
            told = f"the database keeps its texts as {encoding}"
            return [*found, _error("E012", told, "create it with ENCODING 'UTF8'")]
        cursor.execute("SELECT '省' ~ '^[[:alpha:]]$'")  # tidui: data
        (chinese,) = cursor.fetchone()
    if not chinese:
        found.append(_error("E013", "in the locale of this database Chinese characters are no letters: searches would "
                            "drop them", "create it with LOCALE 'C.UTF-8' TEMPLATE template0"))  # fmt: skip
    return found


def _sqlite() -> list[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
        (searches,) = cursor.fetchone()
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    found: list[CheckMessage] = []
    if not searches:
        found.append(_error("E014", "this SQLite has no FTS5, by which lists are searched", "use another Python"))
    if mode != "wal":
        found.append(Warning(f"SQLite keeps its journal as {mode}, not as wal: is its folder on a network?",
                             id="tidui.W015"))  # fmt: skip
    return found


def _error(number: str, told: str, hint: str) -> Error:
    return Error(told, hint=hint, id=f"tidui.{number}")
