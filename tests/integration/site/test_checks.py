"""The site refuses to be served where it would be unsafe, or would lose Chinese characters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres_server import NotStarted, Server

ROOT = Path(__file__).resolve().parents[3]
SECRET = "a-secret-of-this-test-0123456789-qwertyuiop-ASDFGHJKL"


def deployed(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `tidui site check --deploy` says in this environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDUI_", "DATABASE_"))}
    settings = {"TIDUI_HOME": str(home), "TIDUI_SECRET_KEY": SECRET, "TIDUI_URL": "https://tidui.example.cn"}
    command = [sys.executable, "-m", "tidui", "site", "check", "--deploy"]
    return subprocess.run(command, env={**kept, **settings, **environment}, capture_output=True, text=True)


def refusals(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The numbers of our errors."""
    return sorted({word.split(")")[0] for word in done.stderr.split("(tidui.")[1:] if word.startswith("E")})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A cluster in the locale C, in which databases of other locales are made too."""
    try:
        running = Server(locale="C")
    except NotStarted as error:
        pytest.fail(str(error), pytrace=False)
    with psycopg.connect(running.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE plain")
        connection.execute("CREATE DATABASE good LOCALE 'C.UTF-8' TEMPLATE template0")
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    yield running
    running.stop()


def test_a_site_with_its_own_secret_and_https_passes(tmp_path: Path) -> None:
    done = deployed(tmp_path)

    assert (done.returncode, refusals(done)) == (0, []), done.stderr
    assert "WARNINGS" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        ({"TIDUI_SECRET_KEY": ""}, "E001"),
        ({"TIDUI_SECRET_KEY": "not-a-secret-only-for-the-demonstration-and-the-tests"}, "E001"),
        ({"TIDUI_SECRET_KEY": "a" * 60}, "E002"),
        ({"TIDUI_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABC"}, "E002"),
        ({"TIDUI_DEBUG": "yes"}, "E003"),
        ({"TIDUI_ALLOWED_HOSTS": "*"}, "E004"),
        ({"TIDUI_ALLOWED_HOSTS": "tidui.example.cn,.cn"}, "E004"),
        ({"TIDUI_URL": "http://tidui.example.cn"}, "E005"),
        ({"DATABASE_URL": "postgres://nobody@localhost:9/none"}, "E010"),
    ],
)
def test_an_unsafe_setting_is_refused(tmp_path: Path, environment: dict[str, str], number: str) -> None:
    done = deployed(tmp_path, **environment)

    assert (done.returncode, refusals(done)) == (1, [number]), done.stderr


def test_no_secret_at_all_is_refused(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDUI_", "DATABASE_"))}
    command = [sys.executable, "-m", "tidui", "serve"]
    done = subprocess.run(command, env={**kept, "TIDUI_HOME": str(tmp_path)}, capture_output=True, text=True)

    assert done.returncode == 2
    assert "tidui.E001: the secret is the one in the source" in done.stderr


@pytest.mark.postgres
@pytest.mark.parametrize(("name", "numbers"), [("good", []), ("plain", ["E013"]), ("latin", ["E012"])])
def test_a_postgresql_that_drops_chinese_is_refused(
    tmp_path: Path, server: Server, name: str, numbers: list[str]
) -> None:
    done = deployed(tmp_path, DATABASE_URL=server.url(name))

    assert (done.returncode, refusals(done)) == (1 if numbers else 0, numbers), done.stderr


@pytest.mark.postgres
def test_the_site_is_not_served_on_a_database_that_drops_chinese(tmp_path: Path, server: Server) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDUI_", "DATABASE_"))}
    settings = {"TIDUI_HOME": str(tmp_path), "TIDUI_SECRET_KEY": SECRET, "DATABASE_URL": server.url("plain")}
    command = [sys.executable, "-m", "tidui", "serve"]
    done = subprocess.run(command, env={**kept, **settings}, capture_output=True, text=True)

    assert done.returncode == 2
    assert "tidui.E013" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TIDUI_URL", "tidui.example.cn", "TIDUI_URL must be such as"),
        ("DATABASE_URL", "mysql://root@localhost/tidui", "Tidui runs on PostgreSQL and SQLite"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL"),
        ("TIDUI_UPLOAD_MB", "many", "TIDUI_UPLOAD_MB must be a whole number"),
        ("TIDUI_TRUST_PROXY", "perhaps", "TIDUI_TRUST_PROXY must be yes or no"),
        ("TIDUI_SECRET_KEY_FILE", "no-such-file", "TIDUI_SECRET_KEY_FILE"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(tmp_path: Path, name: str, value: str, told: str) -> None:
    done = deployed(tmp_path, **{name: value})

    assert done.returncode == 2
    assert told in done.stderr and "Traceback" not in done.stderr
