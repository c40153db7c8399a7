"""Parts that apps put on a page that another one owns: the page of a case, of a batch, of a call.

    @panels.add("batch", order=40)
    def notice(request, batch):                  # None: nothing to show here
        return panels.Panel("recognition/_batch_notice.html", {"notice": …})

The page draws `{% include panel.template with panel=panel.context %}` in order; a panel reads its values from `panel`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Panel:
    """A template and what it shows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


Maker = Callable[[HttpRequest, Any], "Panel | None"]
_makers: dict[str, list[tuple[int, str, Maker]]] = {}


def add(page: str, *, order: int = 100) -> Callable[[Maker], Maker]:
    """Register a function that makes a panel for a page: `case`, `batch` or `call`."""

    def registered(maker: Maker) -> Maker:
        _makers.setdefault(page, []).append((order, f"{maker.__module__}.{maker.__qualname__}", maker))
        return maker

    return registered


def of(page: str, request: HttpRequest, thing: Any) -> list[Panel]:
    """The panels of a page, in their order."""
    made = (maker(request, thing) for _order, _name, maker in sorted(_makers.get(page, []), key=lambda one: one[:2]))
    return [panel for panel in made if panel is not None]
