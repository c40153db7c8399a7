"""A real PostgreSQL of the tests' own: made in a temporary folder, reached by a Unix socket, gone at the end.

It waits for no disk; one for the benchmarks does, with the settings that PostgreSQL comes with. PostgreSQL refuses to run as root; then it runs under the account `postgres`, or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

OLDEST = 15
#: For tests: what a cluster that dies loses is thrown away anyway.
HASTY = " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"


class NotStarted(Exception):
    """The server is not installed, or did not start; the message says what it said."""


class Server:
    """A running cluster: `dsn` for psycopg, `url` for the site, `stop` to end it and remove its folder.

    `durable`: it waits for its disk at each commit, as people run it.
    """

    def __init__(self, locale: str = "C.UTF-8", *, durable: bool = False) -> None:
        self._programs = _programs()
        self._account = _account()
        self.home = Path(tempfile.mkdtemp(prefix="tidui-pg-"))
        self.dsn = f"host={self.home} user=tidui dbname=postgres"
        try:
            if self._account is not None:
                shutil.chown(self.home, self._account)
            self._start(locale, "" if durable else HASTY)
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    def url(self, database: str) -> str:
        """The address of one of its databases, as the site reads it from its environment."""
        return f"postgres://tidui@{quote(str(self.home), safe='')}/{database}"

    def stop(self) -> None:
        """End the server at once; what it held is thrown away."""
        try:
            self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def _start(self, locale: str, more: str) -> None:
        self._run("initdb", "-U", "tidui", "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync")
        settings = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.home}' -c max_connections=200{more}"
        )
        self._run("pg_ctl", "-w", "-l", str(self.home / "log"), "-o", settings, "start")

    def _run(self, program: str, *arguments: str) -> None:
        # On Debian it lies in a folder that not every PATH has.
        runuser = shutil.which("runuser") or "/usr/sbin/runuser"
        prefix = [runuser, "-u", self._account, "--"] if self._account is not None else []
        command = [*prefix, str(self._programs / program), "-D", str(self.home / "data"), *arguments]
        # The server keeps the pipes of whoever starts it open: it writes to files.
        with (self.home / f"{program}.out").open("w+") as output:
            done = subprocess.run(command, cwd=self.home, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
            output.seek(0)
            said = output.read()
        if done.returncode:
            log = self.home / "log"
            raise NotStarted(f"{program} failed:\n{said}\n{log.read_text() if log.exists() else ''}")


def _programs() -> Path:
    """The folder of the newest PostgreSQL that is installed."""
    folders = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    folders = [folder for folder in folders if int(folder.parent.name) >= OLDEST]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise NotStarted(f"PostgreSQL {OLDEST} or newer is not installed: apt.txt names its package")
    return Path(found).resolve().parent


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in accounts else "nobody"
