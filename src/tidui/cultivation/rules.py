"""The policies that the site reads: one shelf for each process."""

from __future__ import annotations

import functools

from tidui.policies import levers as policy_levers
from tidui.policies.library import Shelf, shelf
from tidui.rules.levers import Levers


@functools.cache
def policies() -> Shelf:
    """The shelf with its compiled policies; compiled ones are kept, so it is made once."""
    return shelf()


@functools.cache
def levers() -> Levers | None:
    """Costs and bounds of what an enterprise can change; None where no planner is installed."""
    try:
        import ortools  # noqa: F401  # an extra
    except ImportError:
        return None
    return policy_levers.load(None)
