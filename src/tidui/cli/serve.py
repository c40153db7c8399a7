"""tidui serve: the web server and its workers, kept running until they are told to stop."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from tidui.cli.main import UsageError


def run(options: argparse.Namespace) -> int:
    """Checks, prepares, serves; the exit code of the web server."""
    from tidui.cli.ground import wake

    wake()
    free(options.bind)
    prepare(migrate=options.migrate)
    return launch(options)


def launch(options: argparse.Namespace) -> int:
    """Start the web server and the workers, and stay until they end."""
    from tidui.site.supervisor import Supervisor

    worker = [sys.executable, "-m", "tidui", "worker"]
    supervisor = Supervisor(web(options), [worker] * options.workers)
    return supervisor.run()


def prepare(*, migrate: bool) -> None:
    """Refuse to serve what is not safe or not ready; UsageError says what to do."""
    from tidui.site import ready

    found = ready.problems()
    if found:
        told = "\n".join(f"  {message.id}: {message.msg}" + (f" ({message.hint})" if message.hint else "")
                         for message in found)  # fmt: skip
        raise UsageError(f"the site is not served like this:\n{told}")
    missing = ready.unapplied()
    if missing and not migrate:
        raise UsageError(f"the database lacks {len(missing)} migrations; make a backup, then start with --migrate")
    if missing:
        ready.migrate()
    ready.collect()


def free(bind: str) -> None:
    """UsageError when somebody listens there already, before anything is started."""
    host, _, port = bind.rpartition(":")
    if not port.isdecimal():
        return  # a Unix socket
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]") or "0.0.0.0", int(port)))
        except OSError as error:
            raise UsageError(f"{bind}: {error.strerror}") from None


def web(options: argparse.Namespace) -> list[str]:
    """The command of the web server: two processes of 32 threads, so that slow senders keep nobody waiting."""
    command = [
        sys.executable, "-m", "gunicorn", "tidui.site.wsgi:application",
        "--worker-class", "tidui.site.gunicorn_worker.Worker",
        "--workers", str(options.processes), "--threads", str(options.threads), "--bind", options.bind,
        "--graceful-timeout", "30", "--timeout", "60", "--keep-alive", "15", "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip
    if os.access("/dev/shm", os.W_OK):
        command += ["--worker-tmp-dir", "/dev/shm"]
    return command
