"""The modules of this app that make something known when they are imported, one line for each part."""

from __future__ import annotations

from tidui.recognition import (  # noqa: F401
    announcing,
    archived,
    documents,
    exchanges,
    invariants,
    lists_notices,
    lists_numbers,
    menu_after,
    menu_notices,
    menu_numbers,
    noticing,
    objecting,
    panels_notices,
    panels_numbers,
    refusals,
    registering,
    texts_notices,
)
