"""What all tests share: the site's database, a real PostgreSQL, a local Spark, settings of the property tests.

A test that asks for a server is never skipped: where the server is not installed it fails and names apt.txt.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import hypothesis
import pytest

from tests.database import HOME
from tests.postgres_server import NotStarted, Server
from tests.strict_templates import strict_templates  # noqa: F401  every page that any test draws is checked
from tidui.kit.clock import LEGAL_ZONE

if TYPE_CHECKING:
    import psycopg
    from pyspark.sql import SparkSession
    from pytest_django.plugin import DjangoDbBlocker

    from tests.people import World

#: Fixtures that start a server, and the mark that `make quick` leaves out; or that use the database of the site.
MARKS = {
    "postgres_dsn": "postgres", "spark": "spark", "chromium": "browser", "live_server": "database",
    "db": "database", "transactional_db": "database",
}  # fmt: skip

# A loaded machine is no reason to fail; CI repeats the same examples, so that a red run can be run again.
hypothesis.settings.register_profile("tidui", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.register_profile("quick", parent=hypothesis.settings.get_profile("tidui"), max_examples=25)
hypothesis.settings.load_profile("tidui")


#: Files that compare whole policies, with one another or with a referee, over many invented enterprises.
COMPARISONS = ("test_readings_agree_*.py", "test_*_referee.py")
#: Files that take longest, longest first: begun last, one of them would run alone while the other process has ended.
LONGEST = (
    "test_year_browser.py", "test_guide_axe.py", "test_routes.py", "test_provincial.py", "test_serve.py",
    "test_any_tampering_is_found.py", "test_organisations_browser.py", "test_rehearsal.py", "test_kill_casework.py",
    "test_bundle.py", "test_schema.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by what it uses, and every comparison of policies, so that no test can forget to; order them."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    for item in items:
        if any(item.path.match(pattern) for pattern in COMPARISONS):
            item.add_marker("slow")
        if item.get_closest_marker("django_db"):
            item.add_marker("database")
        for fixture, mark in MARKS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Made files hold the moment they were made: they are no part of a test's name, or two workers would differ."""
    return argname if isinstance(val, bytes) and len(val) > 30 else None


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The connection string of a PostgreSQL started for this run, reached by a Unix socket; gone at its end."""
    try:
        server = Server()
    except NotStarted as error:
        pytest.fail(str(error), pytrace=False)
    yield server.dsn
    server.stop()


@pytest.fixture
def postgres(postgres_dsn: str) -> Iterator[psycopg.Connection]:
    """A connection of this test alone; what it leaves uncommitted is rolled back."""
    import psycopg

    with psycopg.connect(postgres_dsn) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A Spark of two local workers whose Python is the one that runs the tests."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.fail("Java is not installed: apt.txt names the package that Spark needs", pytrace=False)
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    home = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[2]")
        .appName("tidui tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "Asia/Shanghai")
        .config("spark.sql.warehouse.dir", str(home / "warehouse"))
        .config("spark.local.dir", str(home / "local"))
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """The test database of this process: on SQLite a file, so that locks and several connections are real."""
    from django.conf import settings

    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    default = settings.DATABASES["default"]
    on_sqlite = "sqlite" in default["ENGINE"]
    name = str(Path(os.environ[HOME]) / f"{worker}.sqlite3") if on_sqlite else f"test_{worker}"
    default.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 as on the site, but with the least cost: a test that makes thirty people makes thirty passwords."""
    from django.contrib.auth.hashers import get_hasher

    hasher = get_hasher()
    kept = hasher.time_cost, hasher.memory_cost
    hasher.time_cost, hasher.memory_cost = 1, 8
    yield
    hasher.time_cost, hasher.memory_cost = kept


#: Days that a file of tests names once for all of its tests, counted from today.
DAYS = {"TODAY": 0, "TOMORROW": 1, "YESTERDAY": -1}
LOADED = dt.datetime.now(LEGAL_ZONE).date()


@pytest.fixture(autouse=True)
def days_of_today(request: pytest.FixtureRequest) -> None:
    """A file that was loaded before midnight and is run after it means the new day."""
    later = dt.datetime.now(LEGAL_ZONE).date() - LOADED
    for name, offset in DAYS.items():
        if vars(request.module).get(name) == LOADED + dt.timedelta(days=offset):
            setattr(request.module, name, LOADED + dt.timedelta(days=offset) + later)


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """What one test counted against a person or an address is nothing to the next."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """The small world of tests/people.py: units with their reach, four enterprises, one person for every role."""
    from tests.people import make_world

    return make_world()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The database of this process, and how a test with transactions of its own leaves it: see tests/emptying.py."""
    from tests.emptying import as_made

    with django_db_blocker.unblock(), as_made(tmp_path_factory.mktemp("as-made")):
        yield


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of the test database for processes that a test starts; what they write is emptied at its end."""
    from django.db import connection

    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return f"postgres://{settings['USER']}@{quote(settings['HOST'], safe='')}/{settings['NAME']}"


@pytest.fixture(autouse=True)
def fresh_reference_data(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a process remembers of the database is read before a test and forgotten after it.

    Otherwise the first request of a test would ask once more than the second.
    """
    uses_database = {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db")
    if uses_database:
        from tidui.kit import stamp

        request.getfixturevalue("db")
        stamp.load_all()
    yield
    from tidui.codes import divisions
    from tidui.kit import stamp

    divisions.use_changes(())
    stamp.forget_all()
