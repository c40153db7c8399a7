"""What all tests share: a real PostgreSQL, a local Spark, and settings of the property tests.

A test that asks for a server is never skipped: where the server is not installed it fails and names apt.txt.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    import psycopg
    from pyspark.sql import SparkSession

OLDEST_POSTGRES = 15
#: Fixtures that start a server, and the mark that `make quick` leaves out.
SERVERS = {"postgres_dsn": "postgres", "spark": "spark"}

# A loaded machine is no reason to fail; CI repeats the same examples, so that a red run can be run again.
hypothesis.settings.register_profile("tidui", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.register_profile("quick", parent=hypothesis.settings.get_profile("tidui"), max_examples=25)
hypothesis.settings.load_profile("tidui")


#: Files that compare whole policies, with one another or with a referee, over many invented enterprises.
COMPARISONS = ("test_readings_agree_*.py", "test_*_referee.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses a server, and every comparison of policies, so that no test can forget to."""
    for item in items:
        if any(item.path.match(pattern) for pattern in COMPARISONS):
            item.add_marker("slow")
        for fixture, mark in SERVERS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The connection string of a PostgreSQL started for this run, reached by a Unix socket; gone at its end."""
    programs = _postgres_programs()
    account = _postgres_account()
    home = Path(tempfile.mkdtemp(prefix="tidui-pg-"))
    try:
        if account is not None:
            shutil.chown(home, account)
        yield from _serve_postgres(programs, account, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


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


def _postgres_programs() -> Path:
    """The folder of the newest PostgreSQL that is installed."""
    folders = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    folders = [folder for folder in folders if int(folder.parent.name) >= OLDEST_POSTGRES]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        message = f"PostgreSQL {OLDEST_POSTGRES} or newer is not installed: apt.txt names its package"
        pytest.fail(message, pytrace=False)
    return Path(found).resolve().parent


def _postgres_account() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as this account."""
    if os.geteuid() != 0:
        return None
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in accounts else "nobody"


def _serve_postgres(programs: Path, account: str | None, home: Path) -> Iterator[str]:
    """Make a cluster in `home`, start it, hand out its connection string, stop it."""
    data, log = home / "data", home / "log"

    def run(program: str, *arguments: str) -> None:
        prefix = ["runuser", "-u", account, "--"] if account is not None else []
        command = [*prefix, str(programs / program), "-D", str(data), *arguments]
        # The server keeps the pipes of whoever starts it open: it writes to files.
        with (home / f"{program}.out").open("w+") as output:
            done = subprocess.run(command, cwd=home, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
            output.seek(0)
            said = output.read()
        if done.returncode:
            server_log = log.read_text() if log.exists() else ""
            pytest.fail(f"{program} failed:\n{said}\n{server_log}", pytrace=False)

    run("initdb", "-U", "tidui", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    settings = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off -c full_page_writes=off"
    run("pg_ctl", "-w", "-l", str(log), "-o", settings, "start")
    try:
        yield f"host={home} user=tidui dbname=postgres"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
