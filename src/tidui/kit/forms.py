"""How forms are drawn: every widget gets the classes of the house, so a bare `{{ form.x }}` looks right too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape as escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.kit.formats import heading
from tidui.kit.icons import icon

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
    """Draws forms by templates of ours, widgets by Django's with our classes; the commonest inputs by functions."""

    form_template_name = "kit/forms/form.html"
    field_template_name = "kit/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Draw one widget or form."""
        widget = context.get("widget")
        if isinstance(widget, dict) and "attrs" in widget:
            for part in widget.get("subwidgets", [widget]):
                _dress(part)
        draw = _DRAWN.get(template_name)
        return draw(context) if draw is not None else super().render(template_name, context, request)


def _dress(widget: dict[str, Any]) -> None:
    """Add our class to the widget, once, mark a value that was refused, and begin every choice as a heading begins."""
    house = house_class(widget)
    attrs = widget["attrs"] = dict(widget["attrs"])
    classes = str(attrs.get("class", "")).split()
    if house and house not in classes:
        classes.append(house)
    if attrs.get("aria-invalid") == "true" and "is-invalid" not in classes:
        classes.append("is-invalid")
    if classes:
        attrs["class"] = " ".join(classes)
    for _name, options, _index in widget.get("optgroups", ()):
        for option in options:
            option["label"] = heading(option["label"])
            if option.get("type") in _CHECKS:
                _dress(option)


def _attributes(attrs: Mapping[str, Any]) -> str:
    """As Django writes them: True is a name alone, False nothing."""
    named = [(escape(name), value) for name, value in attrs.items() if value is not False]
    return "".join([f" {name}" if value is True else f' {name}="{escape(str(value))}"' for name, value in named])


def _input(context: Mapping[str, Any]) -> SafeString:
    """A field of one line."""
    widget = context["widget"]
    value = "" if widget["value"] is None else f' value="{escape(str(widget["value"]))}"'
    start = f'<input type="{escape(widget["type"])}" name="{escape(widget["name"])}"{value}'
    return mark_safe(f"{start}{_attributes(widget['attrs'])}>")


def _upload(context: Mapping[str, Any]) -> SafeString:
    """A file input with what the script needs that sends the file in pieces; see `tidui.kit.files.FileInput`."""
    widget, kind, received = context["widget"], context["kind"], context["received"]
    name, token, said = escape(widget["name"]), "", ""
    if received:
        token = escape(received.token)
        told = _("已收到 %(name)s，不必再选") % {"name": escape(received.name)}
        said = f"{icon('circle-check')} {told}"
    return mark_safe(
        f'<span class="upload" data-upload="{escape(context["upload_url"])}" data-upload-kind="{escape(kind.name)}" '
        f'data-upload-most="{kind.most:d}"{_upload_words(get_language() or "")}>\n'
        f'<input type="file" name="{name}"{_attributes(widget["attrs"])}>\n'
        f'<input type="hidden" name="{name}-kept" value="{token}">\n'
        f'<span class="upload-status" role="status">{said}</span>\n</span>\n'
    )


@lru_cache(maxsize=8)
def _upload_words(language: str) -> str:
    """What the script says, in the language of the page."""
    words = {
        "sending": _("正在上传"), "done": _("已上传"), "waiting": _("网络中断，恢复后自动续传"),
        "failed": _("上传失败，请重新选择文件"), "large": _("文件过大"), "remove": _("移除"), "checking": _("正在检查"),
    }  # fmt: skip
    return "".join([f' data-text-{name}="{escape(text)}"' for name, text in words.items()])


#: What is drawn by a function instead of the template of this name; `upload` is no template at all.
_DRAWN: Final[Mapping[str, Callable[[Mapping[str, Any]], SafeString]]] = {
    "upload": _upload,
    **{
        f"django/forms/widgets/{name}.html": _input
        for name in ("date", "email", "hidden", "input", "number", "password", "text", "url")
    },
}
