"""The modules of this app that make something known when they are imported, one line for each part."""

from __future__ import annotations

from tidui.casework import (  # noqa: F401
    archiving,
    case_panels,
    exchange_showing,
    exchange_stored,
    findings,
    following,
    joint,
    letters,
    lists_calls,
    lists_exchange,
    menu_apply,
    menu_calls,
    menu_checks,
    menu_desk,
    menu_exchange,
    panels_checks,
    panels_renewal,
    quotas,
    stamping,
    tables_archive,
    tables_case,
)
from tidui.casework.actions import answering, joint_checking, tabling  # noqa: F401  their jobs and listeners
