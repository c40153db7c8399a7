"""tidui audit: check the histories, close them, and make the head of their chain public."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tidui.cli.main import DONE, FAULTS, UsageError


def run(options: argparse.Namespace) -> int:
    """Verify gives 1 when something was found; the others 0."""
    from tidui.cli.ground import wake

    wake()
    from django.db import OperationalError, ProgrammingError
    from django.utils import translation

    todo: Callable[[argparse.Namespace], int] = {
        "verify": _verify, "seal": _seal, "publish": _publish, "personal-data": _personal_data,
    }[options.task]  # fmt: skip
    try:
        with translation.override("zh-hans" if options.lang == "zh" else "en"):
            return todo(options)
    except (OperationalError, ProgrammingError) as error:
        raise UsageError(f"the database cannot be read; was `tidui site migrate` run? ({error})") from None


def _verify(options: argparse.Namespace) -> int:
    from tidui.audit import telling, verify

    try:
        report = verify.verify(options.head, _Meter().tell if sys.stderr.isatty() else None)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if options.json:
        print(json.dumps(_plain(asdict(report)), ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(telling.report_lines(report)))
    return DONE if report.sound else FAULTS


class _Meter:
    """A count on the terminal."""

    def __init__(self) -> None:
        self.shown = 0

    def tell(self, count: int) -> None:
        """Show every ten-thousandth."""
        if count - self.shown >= 10_000:
            self.shown = count
            print(f"\r{count:,}", end="", file=sys.stderr)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "sound": not value["findings"]}


def _seal(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from tidui.audit import seals, telling

    made = seals.seal(at=timezone.now())
    for one in made:
        print("\n".join(telling.seal_lines(one)))
    events, tampers = seals.unsealed()
    if not made and events + tampers:
        print(f"unsealed: {events} events, {tampers} rows of the tamper log")
    return DONE


def _publish(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from tidui.audit import seals, telling

    published = seals.publish(day=timezone.localdate(), at=timezone.now())
    if published is None:
        raise UsageError("nothing has been written yet that could be sealed")
    print("\n".join(telling.publication_lines(published)))
    return DONE


def _personal_data(options: argparse.Namespace) -> int:
    from tidui.audit import register

    print(register.page(), end="")
    return DONE
