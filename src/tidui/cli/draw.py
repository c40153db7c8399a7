"""Draw the panels of a review again from the file that discipline inspection holds."""

from __future__ import annotations

import argparse

from tidui.cli.main import DONE, FAULTS, UsageError
from tidui.review.drawing import model, replaying


def run(options: argparse.Namespace) -> int:
    """Say whether the panels are those that input, secrets and public number give; 1 where they are not."""
    try:
        file = model.read(options.path.read_bytes())
        found = replaying.replay(file, options.digest or "", options.output_digest or "")
    except model.BadInput as error:
        print(f"{options.path}: {error}")
        return FAULTS
    except model.NeedsSolver as error:
        raise UsageError(str(error)) from None
    for line in found:
        print(line)
    if found:
        return FAULTS
    panels = file["output"]["panels"]
    experts = sum(len(one["technical"]) + len(one["financial"]) for one in panels)
    print(f"frozen file  {file['digest']}")
    print(f"panels       {file['output_digest']}")
    print(f"{len(panels)} panels, {experts} experts drawn: as the file says")
    if not options.digest:
        print("compare the digest of the frozen file with the one published before the draw, or give --digest")
    return DONE
