"""The modules of this app that make something known when they are imported, one line for each part."""

from __future__ import annotations

from tidui.review import (  # noqa: F401  # noqa: F401  # noqa: F401  marking
    audited,
    entry,
    lists_sheets,
    lists_visits,
    menu_drawing,
    menu_experts,
    menu_sheets,
    menu_visits,
    panels_sheets,
    panels_visits,
    parameters,
    parameters_sheets,
    photos,
    texts_sheets,
    texts_visits,
    urging,
)
from tidui.review.actions import commissioning  # noqa: F401  its job
