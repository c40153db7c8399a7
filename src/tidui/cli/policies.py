"""tidui policies: what is on the shelf and what is in force."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from typing import Any

from tidui.policies.library import Shelf, Version, shelf
from tidui.rules.errors import NoVersion


def run(options: argparse.Namespace) -> int:
    """Prints every policy with its versions; an asterisk marks the one in force."""
    using = shelf()
    found = [listed(using, policy, options.on) for policy in sorted(using.versions)]
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    for entry in found:
        print(f"{entry['policy']}  {entry['title']['zh']} · {entry['title']['en']}")
        for version in entry["versions"]:
            mark = "*" if version["in_force"] else " "
            print(f"  {mark} {version['version']} – {version['to'] or ''}  {version['document']}")
    return 0


def listed(using: Shelf, policy: str, on: dt.date) -> dict[str, Any]:
    """One policy: titles, how its version is chosen, versions, which is in force."""
    versions = using.versions_of(policy)
    try:
        held: Version | None = using.version_for(policy, on=on, year=on.year - 1)
    except NoVersion:
        held = None
    newest = using.file(versions[-1])
    return {
        "policy": policy,
        "title": dict(newest.title),
        "chosen_by": newest.chosen_by,
        "in_force": held.name if held else None,
        "versions": [
            {
                "version": version.name, "to": _last_day(using, version), "document": using.file(version).document,
                "issued_by": list(using.file(version).issued_by), "in_force": version == held,
            }
            for version in versions
        ],
    }  # fmt: skip


def _last_day(using: Shelf, version: Version) -> str | None:
    last = using.last_day(version)
    return last.isoformat() if last else None
