"""How forms are drawn: every widget gets the classes of the house, so a bare `{{ form.x }}` looks right too."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest

_PLAIN = ("hidden",)
_CHECKS = ("checkbox", "radio")


def house_class(widget: dict[str, Any]) -> str:
    """The class of one drawn widget, by what it is."""
    if "optgroups" in widget:
        template = str(widget.get("template_name", ""))
        listed = template.endswith(("/radio.html", "/checkbox_select.html", "/multiple_input.html"))
        return "" if listed else "form-select"
    kind = widget.get("type", "")
    if kind in _PLAIN:
        return ""
    return "form-check-input" if kind in _CHECKS else "form-control"


class Renderer(TemplatesSetting):
    """Draws forms by templates of ours, and widgets by Django's with our classes."""

    form_template_name = "kit/forms/form.html"
    field_template_name = "kit/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Draw one widget or form."""
        widget = context.get("widget")
        if isinstance(widget, dict) and "attrs" in widget:
            for part in widget.get("subwidgets", [widget]):
                _dress(part)
        return super().render(template_name, context, request)


def _dress(widget: dict[str, Any]) -> None:
    """Add our class to the widget, once, and mark a value that was refused."""
    house = house_class(widget)
    attrs = widget["attrs"] = dict(widget["attrs"])
    classes = str(attrs.get("class", "")).split()
    if house and house not in classes:
        classes.append(house)
    if attrs.get("aria-invalid") == "true" and "is-invalid" not in classes:
        classes.append("is-invalid")
    if classes:
        attrs["class"] = " ".join(classes)
    for _, options, _index in widget.get("optgroups", ()):
        for option in options:
            if option.get("type") in _CHECKS:
                _dress(option)
