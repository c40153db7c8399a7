"""Draw a sampling check again from its published file."""

from __future__ import annotations

import argparse
import json

from tidui.cli.main import DONE, FAULTS, UsageError
from tidui.recognition import sampling


def run(options: argparse.Namespace) -> int:
    """Say whether the published result is what the seed draws from the list; 1 where it is not."""
    try:
        file = json.loads(options.path.read_text("utf-8"))
        found = sampling.replay(file)
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{options.path}: this is no published sampling check ({error})") from None
    for line in found:
        print(line)
    if found:
        return FAULTS
    print(f"{file['digest']}  {len(file['population'])} listed, {file['size']} drawn: as published")
    return DONE
