"""tidui forget: remove personal data where no duty to keep it stands against that; without --yes only say what."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import Any

from tidui.cli.main import DONE, FAULTS, UsageError


def run(options: argparse.Namespace) -> int:
    """0 done or shown; 1 when a person's rows do not match the tamper log, and nothing was removed."""
    from tidui.cli.ground import wake

    wake()
    from django.db import OperationalError, ProgrammingError
    from django.utils import translation

    try:
        with translation.override("zh-hans" if options.lang == "zh" else "en"):
            return _expired(options) if options.expired else _people(options)
    except (OperationalError, ProgrammingError) as error:
        raise UsageError(f"the database cannot be read; was `tidui site migrate` run? ({error})") from None


def _people(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from tidui.audit import forget, telling

    code = DONE
    for person in _named(options):
        try:
            done = forget.forget(person, at=timezone.now()) if options.yes else forget.plan(person)
        except forget.Tampered as error:
            print(f"{person}: {error} does not match the tamper log; see tidui audit verify", file=sys.stderr)
            code = FAULTS
            continue
        print("\n".join(telling.plan_lines(done, done=options.yes)))
    return code


def _named(options: argparse.Namespace) -> list[Any]:
    from django.contrib.auth import get_user_model

    from tidui.audit import personal

    if options.unconfirmed:
        edge = personal.midnight(options.before or dt.date.today() - dt.timedelta(days=30))
        return list(personal.never_confirmed(options.uscc, edge))
    people = get_user_model()
    try:
        return [people.objects.get_by_natural_key(options.person)]
    except people.DoesNotExist:
        raise UsageError(f"there is no person with the sign-in name {options.person}") from None


def _expired(options: argparse.Namespace) -> int:
    from django.db import transaction
    from django.utils import timezone

    from tidui.audit import forget

    with transaction.atomic():
        removed = forget.expire(at=timezone.now())
        if not options.yes:
            transaction.set_rollback(True)
    for label, count in sorted(removed.items()):
        print(f"{label} {count}")
    return DONE
