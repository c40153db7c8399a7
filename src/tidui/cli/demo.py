"""tidui demo: the site with its fictional demonstration, on this machine only."""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path

from tidui.cli.main import DONE, UsageError


def run(options: argparse.Namespace) -> int:
    """Makes what is missing, prints the accounts, serves until Ctrl-C; or answers a list as its stand-in."""
    if options.task == "answer":
        return _answer(options)
    if os.environ.get("DATABASE_URL"):
        raise UsageError("the demonstration keeps a SQLite file of its own; unset DATABASE_URL")
    host, _, port = options.bind.rpartition(":")
    if host not in {"127.0.0.1", "localhost", "[::1]"}:
        raise UsageError("the passwords of the demonstration are known to everybody: it answers on this machine only")
    home = Path(options.home).resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        TIDUI_HOME=str(home),
        TIDUI_URL=f"http://localhost:{port}",
        TIDUI_SECRET_KEY_FILE=str(_secret(home)),
        TIDUI_SECOND_FACTOR="no",
        TIDUI_DEMONSTRATION="yes",
    )
    from tidui.cli import serve
    from tidui.cli.ground import wake

    serve.free(options.bind)
    wake()
    serve.prepare(migrate=True)
    _fill(home)
    print(f"\nhttp://localhost:{port}/   (Ctrl-C ends it; {home} holds everything)", flush=True)
    return serve.launch(options)


def _fill(home: Path) -> None:
    from django.utils import timezone

    from tidui.demo.build import NotEmpty, build

    try:
        accounts = build(timezone.now())
    except NotEmpty:
        raise UsageError(f"{home} holds a site that is not the demonstration; name another --home") from None
    width = max(len(account.username) for account in accounts)
    for account in accounts:
        print(f"  {account.username:<{width}}  {account.password}  {account.organisation} · {account.role}")


def _answer(options: argparse.Namespace) -> int:
    """Answer a list as the authority that it was made for would, and say how many in each way."""
    if options.out.suffix.lower() not in (".xlsx", ".csv"):
        raise UsageError(f"{options.out}: answers are written as .xlsx or .csv")
    from tidui.cli.ground import wake

    wake()
    from tidui.casework.exchanging import Plan
    from tidui.demo import standin

    plan = Plan(options.seed, options.refuse, options.late, options.duplicate, options.malformed)
    try:
        counts = standin.answer(options.path, options.path.name, options.out, plan)
    except standin.NoList as error:
        raise UsageError(f"{options.path}: {error}") from None
    print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return DONE


def _secret(home: Path) -> Path:
    """A secret of its own, so that even the demonstration does not run with the one in the source."""
    file = home / "secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48), "ascii")
    return file
