"""tidui begin: gives an empty site its department and the first administrator."""

from __future__ import annotations

import argparse
import secrets

from tidui.cli.main import UsageError


def run(options: argparse.Namespace) -> int:
    """Registers both and prints the password, once."""
    from tidui.cli.ground import wake

    wake()
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from tidui.site.beginning import AlreadyBegun, begin

    password = secrets.token_urlsafe(15)
    try:
        first = begin(
            department=options.department, username=options.username, name=options.name, password=password,
            at=timezone.now(),
        )  # fmt: skip
    except AlreadyBegun:
        raise UsageError("the site has its department already; its administrator gives all further roles") from None
    except ValidationError as error:
        raise UsageError("; ".join(error.messages)) from None
    print(f"{first.department} · {first.administrator} signs in as {options.username} with {password}")
    print("Change the password after signing in.")
    return 0
