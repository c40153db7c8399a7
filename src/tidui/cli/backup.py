"""tidui backup: a copy of the database and the stored files, made while the site runs."""

from __future__ import annotations

import argparse

from tidui.cli.main import UsageError


def run(options: argparse.Namespace) -> int:
    """Writes it and says what it holds."""
    from tidui.cli.ground import wake

    wake()
    from tidui.site.backup import BackupFailed, backup

    try:
        database, new = backup(options.folder)
    except BackupFailed as error:
        raise UsageError(str(error)) from None
    print(f"{database} · {database.stat().st_size / 2**20:.1f} MB · {new} new files")
    return 0
