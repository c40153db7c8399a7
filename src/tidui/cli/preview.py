"""tidui preview: which open applications and valid recognitions of this site another policy version would turn."""

from __future__ import annotations

import argparse

from tidui.cli.main import DONE, UsageError, today


def run(options: argparse.Namespace) -> int:
    """Prints one line for each that would be judged otherwise, the reasons below it, and the counts at the end."""
    from tidui.cli.ground import wake

    wake()
    from django.db import OperationalError, ProgrammingError
    from django.utils import translation

    try:
        with translation.override("zh-hans" if options.lang == "zh" else "en"):
            return _tried(options)
    except (OperationalError, ProgrammingError) as error:
        raise UsageError(f"the database cannot be read; was `tidui site migrate` run? ({error})") from None


def _tried(options: argparse.Namespace) -> int:
    from tidui.accounts.models import Organisation
    from tidui.casework.programme import programmes
    from tidui.recognition import previewing, showing_preview
    from tidui.recognition.previewing import Counts, NotTried, Trial

    owner = programmes().get(options.programme)
    if owner is None:
        raise UsageError(f"there is no programme {options.programme}; there are: {', '.join(programmes())}")
    counts = Counts()
    try:
        version = options.version or previewing.in_force(owner.policy, today()).name
        trial = Trial(owner, version, options.on or today(), today(), _values(options.set))
        for changed in previewing.run(trial, counts):
            named = Organisation.objects.filter(pk__in=[one.organisation for one in changed])
            names = dict(named.values_list("pk", "name"))
            for one in changed:
                kind, key = ("application", one.application) if one.application else ("recognition", one.recognition)
                print(f"{kind} {key} {names[one.organisation]}: {one.before} → {one.after}")
                for change in one.changes:
                    print(f"    {showing_preview.said(change)}")
    except NotTried as wrong:
        raise UsageError(str(wrong)) from None
    flips = sum(counts.verdicts.values())
    print(f"{counts.applications} applications, {counts.recognitions} recognitions · {flips} would change")
    return DONE


def _values(given: list[str]) -> dict[str, str]:
    """The values that were set: name to number."""
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError(f"{one!r} is not NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
