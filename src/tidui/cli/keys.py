"""tidui keys: the keys that sign certificates and lists."""

from __future__ import annotations

import argparse

from tidui.cli.main import DONE, UsageError


def run(options: argparse.Namespace) -> int:
    """Show lists them; rotate makes a new one."""
    from tidui.cli.ground import wake

    wake()
    from django.db import OperationalError, ProgrammingError

    try:
        return _show() if options.task == "show" else _rotate(options.scheme)
    except (OperationalError, ProgrammingError) as error:
        raise UsageError(f"the database cannot be read; was `tidui site migrate` run? ({error})") from None


def _show() -> int:
    from tidui.kit import clock
    from tidui.recognition import holding_keys
    from tidui.recognition.models_certificates import SigningKey

    print(f"private halves: {holding_keys.folder()}")
    for one in SigningKey.objects.order_by("pk"):
        until = clock.day_of(one.retired_at) if one.retired_at else "signs now"
        here = "" if (holding_keys.folder() / f"{one.name}.json").exists() else " · private half not here"
        print(f"{one.name} · {clock.day_of(one.made_at)} – {until}{here}\n  SHA-256 {one.fingerprint}")
    return DONE


def _rotate(scheme: str | None) -> int:
    from tidui.kit import clock, parameters
    from tidui.recognition import holding_keys
    from tidui.recognition.signing.schemes import NotUsable

    name = scheme or str(parameters.get(holding_keys.SCHEME))
    try:
        made = holding_keys.rotate(name, clock.now())
    except NotUsable as error:
        raise UsageError(str(error)) from None
    print(f"{made.name} signs from now on\n  SHA-256 {made.fingerprint}\n  back up {holding_keys.folder()}")
    return DONE
