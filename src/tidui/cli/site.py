"""tidui site: the site's own commands: check, migrate, createcachetable, shell and whatever else Django offers."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Runs one of Django's commands with the site's settings."""
    from tidui.cli.ground import wake

    wake()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tidui site", *(options.arguments or ["help"])])
    return 0
