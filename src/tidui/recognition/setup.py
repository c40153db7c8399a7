"""The modules of this app that make something known when they are imported, one line for each part."""

from __future__ import annotations

from tidui.recognition import (  # noqa: F401
    announcing,
    archived,
    certificates,
    deciding,
    documents,
    exchanges,
    invariants,
    lists_meetings,
    lists_notices,
    lists_numbers,
    lists_preview,
    menu_after,
    menu_meetings,
    menu_notices,
    menu_numbers,
    menu_preview,
    menu_years,
    noticing,
    objecting,
    panels_certificates,
    panels_meetings,
    panels_notices,
    panels_numbers,
    queries_preview,
    refusals,
    registering,
    texts_certificates,
    texts_notices,
)
from tidui.recognition.actions import previewing  # noqa: F401  its job
