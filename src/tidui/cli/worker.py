"""tidui worker: takes up tasks and runs periodic work, until it is stopped."""

from __future__ import annotations

import argparse
import signal


def run(options: argparse.Namespace) -> int:
    """Works until SIGTERM or SIGINT, then ends after the task in hand; with --until-idle until nothing waits."""
    from tidui.cli.ground import wake

    wake()
    from tidui.site.work.worker import Worker

    worker = Worker()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *told: worker.stop())
    worker.run(until_idle=options.until_idle)
    return 0
