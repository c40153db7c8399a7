"""Which database the tests of the site use: a plugin that has to speak before Django reads its settings.

SQLite in a file by default; a real PostgreSQL, started for this run, with TIDUI_TEST_DATABASE=postgres. Under
pytest-xdist each worker starts one of its own: the transactions of a server are counted across its databases, and
what seals the audit chain waits for those that are open.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.postgres_server import NotStarted, Server

CHOICE = "TIDUI_TEST_DATABASE"
#: The home of this run; set by the process that began it, so that its workers find it and do not begin another.
HOME = "TIDUI_TEST_HOME"
#: Set to write the pictures of the guide; see tests/browser.
PICTURES = "TIDUI_TEST_PICTURES"
#: Set: pages of the docs that tests write are written anew.
DOCS = "TIDUI_TEST_DOCS"

_server: Server | None = None
_home: Path | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Choose the database; a wrapper, because pytest-django reads the settings in this very hook."""
    if HOME not in os.environ:
        _begin()
    elif "PYTEST_XDIST_WORKER" in os.environ and os.environ.get(CHOICE) == "postgres":
        _start_server()
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    global _server, _home
    if _server is not None:
        _server.stop()
        _server = None
    if _home is not None:
        shutil.rmtree(_home, ignore_errors=True)
        os.environ.pop(HOME, None)
        _home = None


def _begin() -> None:
    """Settings of this run alone: nothing of the machine's own site is read or written."""
    global _home
    for name in [name for name in os.environ if name.startswith("TIDUI_") and name not in (CHOICE, PICTURES, DOCS)]:
        del os.environ[name]
    _home = Path(tempfile.mkdtemp(prefix="tidui-tests-"))
    os.environ[HOME] = os.environ["TIDUI_HOME"] = str(_home)
    os.environ["TIDUI_SECRET_KEY"] = "only-for-the-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF"
    os.environ["TIDUI_URL"] = "http://localhost"
    os.environ["TIDUI_SECOND_FACTOR"] = "no"  # the tests of signing in ask for it; elsewhere officers sign in plainly
    os.environ.pop("DATABASE_URL", None)
    choice = os.environ.get(CHOICE, "sqlite")
    if choice == "postgres":
        _start_server()
    elif choice != "sqlite":
        raise pytest.UsageError(f"{CHOICE} is sqlite or postgres, not {choice!r}")


def _start_server() -> None:
    """A PostgreSQL of this process alone."""
    global _server
    try:
        _server = Server()
    except NotStarted as error:
        raise pytest.UsageError(str(error)) from None
    os.environ["DATABASE_URL"] = _server.url("tidui")
