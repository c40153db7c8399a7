"""`tidui serve` serves what is ready, keeps its processes running, and leaves none behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow
#: Seconds that anything may take: far more than it does, for a busy machine is no fault of the site.
PATIENCE = 600


class Site:
    """A site of a test: its environment, its port, its processes."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDUI_", "DATABASE_"))}
        secret = home / "secret"
        secret.write_text("a-secret-of-this-test-0123456789-qwertyuiop-ASDFGHJKL\n", "ascii")
        self.environment = {
            **kept, "TIDUI_HOME": str(home), "TIDUI_URL": f"http://localhost:{self.port}", "PYTHONPATH": str(ROOT),
            "TIDUI_SECRET_KEY_FILE": str(secret),
        }  # fmt: skip
        self.log = home / "log"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of the site; what it says goes to the log."""
        command = [sys.executable, "-m", "tidui", *arguments]
        with self.log.open("ab") as log:
            self.started.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))
        return self.started[-1]

    def serve(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The site, answering."""
        process = self.start("serve", "--bind", f"127.0.0.1:{self.port}", *arguments)
        eventually(lambda: process.poll() is not None or self.answer("/health/") == (200, "ok\n"))
        assert process.poll() is None, self.said()
        return process

    def answer(self, path: str) -> tuple[int, str]:
        """What it answers; (0, "") when nobody does."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def said(self) -> str:
        """The log."""
        return self.log.read_text("utf-8") if self.log.exists() else ""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site on SQLite in a folder of its own."""
    made = Site(tmp_path)
    yield made
    for process in made.started:
        for child in children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database was migrated once for this module."""
    home = tmp_path_factory.mktemp("migrated")
    assert Site(home).start("site", "migrate", "--verbosity", "0").wait(PATIENCE) == 0
    return home


@pytest.fixture
def ready(site: Site, migrated: Path) -> Site:
    """A site whose database is migrated already."""
    for file in migrated.iterdir():
        if file.is_file() and file.name not in ("secret", "log"):
            shutil.copy2(file, Path(site.environment["TIDUI_HOME"]) / file.name)
    return site


def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits until something is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def children(pid: int) -> dict[int, str]:
    """The processes that this one started, and theirs: command by number."""
    found: dict[int, str] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                child = int(stat.parent.name)
                found[child] = (stat.parent / "cmdline").read_text().replace("\0", " ")
                found |= children(child)
    return found


def workers(process: subprocess.Popen[bytes]) -> set[int]:
    """Its worker processes."""
    return {pid for pid, command in children(process.pid).items() if "tidui worker" in command}


def test_a_database_that_lacks_migrations_is_not_served(site: Site) -> None:
    process = site.start("serve", "--bind", f"127.0.0.1:{site.port}")

    assert process.wait(PATIENCE) == 2
    assert re.search(r"tidui: the database lacks \d+ migrations; make a backup, then start with --migrate", site.said())


def test_a_dead_worker_is_started_again_and_all_end_together(site: Site) -> None:
    process = site.serve("--migrate")
    eventually(lambda: len(workers(process)) == 2)
    before = workers(process)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: len(workers(process)) == 2 and killed not in workers(process))
    assert workers(process) & before == before - {killed}
    all_of_them = children(process.pid)
    assert len([command for command in all_of_them.values() if "gunicorn" in command]) == 3
    process.terminate()

    assert process.wait(PATIENCE) == 0
    assert [pid for pid in all_of_them if Path(f"/proc/{pid}").exists()] == []


def test_pages_carry_the_policy_and_files_a_name_with_their_hash(ready: Site) -> None:
    ready.serve("--no-worker")
    status, page = ready.answer("/")
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)

    assert status == 200 and sheets
    assert [sheet for sheet in sheets if not re.search(r"\.[0-9a-f]{12}\.css$", sheet)] == []
    with urllib.request.urlopen(f"http://localhost:{ready.port}{sheets[0]}") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert "default-src 'self'" in answer.headers.get("Content-Security-Policy", "default-src 'self'")
    with urllib.request.urlopen(f"http://localhost:{ready.port}/") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_nothing_is_left_when_the_supervisor_is_killed(ready: Site) -> None:
    process = ready.serve()
    eventually(lambda: len(workers(process)) == 2)
    all_of_them = children(process.pid)
    process.kill()
    process.wait()

    eventually(lambda: not [pid for pid in all_of_them if Path(f"/proc/{pid}").exists()])
    assert ready.answer("/health/") == (0, "")


def test_another_host_name_is_refused(ready: Site) -> None:
    ready.serve("--no-worker")
    asked = urllib.request.Request(f"http://localhost:{ready.port}/", headers={"Host": "elsewhere.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)

    assert refused.value.code == 400
    refused.value.close()


def test_the_first_administrator_is_made_once(ready: Site) -> None:
    command = ["begin", "--department", "某省科学技术厅", "--username", "first", "--name", "王一"]
    assert ready.start(*command).wait(PATIENCE) == 0
    assert re.search(r"某省科学技术厅 · 王一 signs in as first with \S{20}\n", ready.said())

    assert ready.start(*command).wait(PATIENCE) == 2
    assert "tidui: the site has its department already" in ready.said()


def test_the_demonstration_tells_its_accounts_and_starts_again_with_the_same(site: Site, tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "demo")]
    for again in (False, True):
        process = site.start("demo", "--bind", f"127.0.0.1:{site.port}", "--workers", "0", *home)
        eventually(lambda running=process: running.poll() is not None or site.answer("/health/")[0] == 200)
        assert process.poll() is None, site.said()
        if not again:
            occupied = site.start("demo", "--bind", f"127.0.0.1:{site.port}", *home)
            assert occupied.wait(PATIENCE) == 2
            assert f"tidui: 127.0.0.1:{site.port}: Address already in use" in site.said()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    printed = re.findall(r"^  (\S+) +(\S+)  .+ · .+$", site.said(), re.MULTILINE)

    assert printed and len(printed) % 2 == 0
    assert printed[: len(printed) // 2] == printed[len(printed) // 2 :], "the second start tells the same accounts"


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--bind", "0.0.0.0:8000"], {}, "it answers on this machine only"),
        ([], {"DATABASE_URL": "postgres://tidui@localhost/tidui"}, "keeps a SQLite file of its own"),
    ],
)
def test_the_demonstration_stays_on_its_machine_and_in_its_file(
    site: Site, arguments: list[str], environment: dict[str, str], told: str
) -> None:
    site.environment |= environment

    assert site.start("demo", *arguments).wait(PATIENCE) == 2
    assert told in site.said()
