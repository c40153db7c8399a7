"""`{% load ui %}`: the parts of which every page is made. docs/developers/components.md shows each with its use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django import forms, template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.forms import BoundField
from django.shortcuts import resolve_url
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from tidui.kit import blocks, formats
from tidui.kit.icons import icon

register = template.Library()

#: tone → the class of the badge, and the icon that stands for it. The only place where a status gets its colour.
TONES: Final[dict[str, str]] = {
    "neutral": "circle",
    "info": "info-circle",
    "good": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "wait": "clock",
}


def tone_of(tone: str) -> str:
    """The tone, if there is such a one; ValueError shows a slip of the pen while the page is being made."""
    if tone not in TONES:
        raise ValueError(f"there is no tone {tone!r}; there are {', '.join(TONES)}")
    return tone


register.simple_tag(icon, name="icon")


@register.simple_tag
def badge(tone: str, text: Any, icon: str = "") -> SafeString:
    """A status in a word, coloured by its tone."""
    said = conditional_escape(formats.heading(text))
    return mark_safe(f'<span class="badge tone-{tone_of(tone)}">{_picture(icon)}{said}</span>')


@register.simple_tag
def button(text: Any, url: str, icon: str = "", tone: str = "plain", current: bool = False) -> SafeString:
    """A link that looks like a button."""
    said = formats.heading(text)
    return format_html('<a class="btn {}" href="{}">{}{}</a>', _button_class(tone), url, _picture(icon), said)


@register.simple_tag
def submit(text: Any, tone: str = "primary", name: str = "", value: str = "", icon: str = "") -> SafeString:
    """The button that sends the form."""
    named = format_html(' name="{}" value="{}"', name, value) if name else ""
    said = formats.heading(text)
    return format_html(
        '<button type="submit" class="btn {}"{}>{}{}</button>', _button_class(tone), named, _picture(icon), said
    )


@register.inclusion_tag("kit/parts/_post_button.html", takes_context=True)
def post_button(
    context: template.Context,
    text: Any,
    url: str,
    tone: str = "plain",
    icon: str = "",
    name: str = "",
    value: str = "",
) -> dict[str, Any]:
    """A form of one button, for what changes something and needs nothing typed."""
    button = submit(text, tone=tone, name=name, value=value, icon=icon)
    return {"url": url, "button": button, "csrf_token": context.get("csrf_token", "")}


def _button_class(tone: str) -> str:
    classes = {"primary": "btn-primary", "plain": "btn-plain", "danger": "btn-danger", "ghost": "btn-ghost"}
    return classes[tone]


def _picture(name: str) -> SafeString | str:
    return icon(name) if name else ""


# --- forms -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/forms/field.html")
def field(field: BoundField, label: bool = True, wide: bool = False) -> dict[str, Any]:
    """One field: label, whether it must be filled in, the widget, help and errors."""
    return field_context(field, label=label, wide=wide)


def field_context(field: BoundField, *, label: bool = True, wide: bool = False) -> dict[str, Any]:
    """What the template of a field needs to know of it."""
    widget = field.field.widget
    return {
        "field": field,
        "errors": field.errors,
        "labelled": label,
        "wide": wide or isinstance(widget, forms.Textarea),
        "check": isinstance(widget, forms.CheckboxInput),
        "file": isinstance(widget, forms.FileInput),
        "accept": widget.attrs.get("accept", ""),
        "limit": widget.attrs.get("data-limit", ""),
        "required": field.field.required and not field.field.disabled,
    }


@register.inclusion_tag("kit/forms/form.html")
def form_fields(form: forms.BaseForm) -> dict[str, Any]:
    """All of a form's fields, with the errors first."""
    return form_context(form)


def form_context(form: forms.BaseForm) -> dict[str, Any]:
    """What the template of a form needs to know of it."""
    return {"form": form, "errors": form.errors, "fields": form.visible_fields(), "hidden_fields": form.hidden_fields()}


@register.inclusion_tag("kit/forms/errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What keeps the form from being accepted, each with a link to its field."""
    return {"form": form}


@register.inclusion_tag("kit/parts/_autosave_status.html")
def autosave_status() -> dict[str, Any]:
    """Where a form that saves as one types says whether it has saved."""
    return {"sign_in": resolve_url(settings.LOGIN_URL)}


# --- parts -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/parts/_empty_state.html")
def empty_state(title: Any, text: Any = "", icon: str = "inbox", label: Any = "", url: str = "") -> dict[str, Any]:
    """What stands where nothing is yet, and what to do about it."""
    return {"title": title, "text": text, "icon": icon, "label": label, "url": url}


@register.inclusion_tag("kit/parts/_stat.html")
def stat(
    label: Any, value: Any, unit: Any = "", note: Any = "", url: str = "", tone: str = "neutral"
) -> dict[str, Any]:
    """One figure with its name; a whole number gets its separators."""
    shown = formats.number(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return {"label": label, "value": shown, "unit": unit, "note": note, "url": url, "tone": tone_of(tone)}


@register.inclusion_tag("kit/parts/_facts_table.html")
def facts_table(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """Names and values: (label, value) or (label, value, note)."""
    padded = [(row[0], row[1], row[2] if len(row) > 2 else "") for row in rows]
    return {"rows": [(label, formats.NOTHING if value in (None, "") else value, note) for label, value, note in padded]}


@register.inclusion_tag("kit/parts/_progress.html")
def progress(done: int, total: int, label: Any = "", note: Any = "") -> dict[str, Any]:
    """How far something has come; without a total, only that it runs."""
    percent = min(100, done * 100 // total) if total else None
    return {"done": done, "total": total, "percent": percent, "label": label, "note": note}


@register.inclusion_tag("kit/parts/_timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    """What happened, one event after the other: objects or mappings with at, title, by, text, tone, icon."""
    return {"events": [_event(event) for event in events]}


def _event(event: Any) -> dict[str, Any]:
    def told(name: str, default: str = "") -> Any:
        return event.get(name, default) if isinstance(event, Mapping) else getattr(event, name, default)

    shown = {name: told(name) for name in ("at", "title", "by", "text", "icon")}
    tone = tone_of(told("tone", "neutral"))
    return {**shown, "tone": tone, "icon": shown["icon"] or TONES[tone]}


@register.inclusion_tag("kit/parts/_tabs.html")
def tabs(items: Iterable[tuple[Any, ...]], label: Any = "") -> dict[str, Any]:
    """Links to the parts of one thing: (label, url, is_current) or (label, url, is_current, count)."""
    return {"items": [(*item, None)[:4] for item in items], "label": label}


@register.inclusion_tag("kit/parts/_alert.html")
def alert(tone: str, text: Any, title: Any = "") -> dict[str, Any]:
    """Something that one should know before going on."""
    return {"tone": tone_of(tone), "icon": TONES[tone], "text": text, "title": title}


#: The levels of django.contrib.messages, as tones.
MESSAGE_TONES: Final[dict[str, str]] = {
    "debug": "neutral",
    "info": "info",
    "success": "good",
    "warning": "warn",
    "error": "bad",
}


@register.inclusion_tag("kit/parts/_alert.html")
def message_alert(message: Message) -> dict[str, Any]:
    """A message that an action left for the next page."""
    return alert(MESSAGE_TONES.get(message.level_tag, "info"), message.message)


@register.inclusion_tag("kit/parts/_crumb.html")
def crumb(text: Any, url: str = "") -> dict[str, Any]:
    """A step of the way to this page."""
    return {"text": text, "url": url}


@register.inclusion_tag("kit/parts/_paging.html", takes_context=True)
def paging(context: template.Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Links to the other pages of a list; what else the address asks is kept."""
    query = context["request"].GET.copy()

    def address(number: int) -> str:
        query[name] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    links = [(number, address(number) if isinstance(number, int) else "") for number in numbers]
    previous = address(page.previous_page_number()) if page.has_previous() else ""
    following = address(page.next_page_number()) if page.has_next() else ""
    return {"page": page, "links": links, "previous": previous, "following": following}


# --- blocks: {% card %}…{% endcard %} ---------------------------------------------------------------------------------


class Block(template.Node):
    """A part with a content of its own; the content is drawn first and given to what draws the part."""

    def __init__(
        self,
        draw: Callable[..., SafeString],
        names: tuple[str, ...],
        given: tuple[list[FilterExpression], dict[str, FilterExpression]],
        content: NodeList,
    ) -> None:
        self.draw = draw
        self.names = names
        self.arguments, self.options = given
        self.nodelist = content

    def render(self, context: template.Context) -> SafeString:
        values: dict[str, Any] = dict.fromkeys(self.names, "")
        for name, expression in zip(self.names, self.arguments, strict=False):
            values[name] = expression.resolve(context)
        for name, expression in self.options.items():
            values[name] = expression.resolve(context)
        if "tone" in values:
            values["tone"] = tone_of(values["tone"] or "neutral")
            values["icon"] = values.get("icon") or TONES[values["tone"]]
        return self.draw(self.nodelist.render(context), **values)


def _block(tag: str, draw: Callable[..., SafeString], *names: str) -> None:
    """Make `{% tag … %}…{% endtag %}` known, with arguments of these names."""

    def compiled(parser: Parser, token: Token) -> Block:
        arguments: list[FilterExpression] = []
        options: dict[str, FilterExpression] = {}
        for bit in token.split_contents()[1:]:
            name, given, value = bit.partition("=")
            if given and name.isidentifier():
                if name not in names:
                    raise template.TemplateSyntaxError(f"{tag} takes {', '.join(names)}, not {name}")
                options[name] = parser.compile_filter(value)
            else:
                arguments.append(parser.compile_filter(bit))
        if len(arguments) > len(names):
            raise template.TemplateSyntaxError(f"{tag} takes {', '.join(names)}")
        content = parser.parse((f"end{tag}",))
        parser.delete_first_token()
        return Block(draw, names, (arguments, options), content)

    register.tag(tag, compiled)


_block("card", blocks.card, "title", "icon", "note", "flush")
_block("table", blocks.table, "caption", "hide_caption", "stack")
_block("notice", blocks.notice, "tone", "title", "icon")
_block("more", blocks.more, "title", "open")
_block("menu", blocks.menu, "title", "icon")
_block("form_buttons", blocks.form_buttons)


# --- filters ---------------------------------------------------------------------------------------------------------


@register.filter
def money(fen: Any, unit: str = "yuan") -> str:
    """`{{ fen|money }}`, `{{ fen|money:"auto" }}`"""
    return formats.money(fen, unit)


@register.filter
def share(value: Any, digits: int | None = None) -> str:
    """`{{ fraction|share }}`"""
    return formats.share(value, digits)


@register.filter
def share_scaled(value: Any, digits: int | None = None) -> str:
    """`{{ stored|share_scaled }}`"""
    return formats.share_scaled(value, digits)


@register.filter
def number(value: Any, digits: int | None = None) -> str:
    """`{{ n|number }}`, `{{ n|number:2 }}`"""
    return formats.number(value, digits)


@register.filter
def day(value: Any) -> str:
    """`{{ date|day }}`"""
    return formats.day(value)


@register.filter
def day_short(value: Any) -> str:
    """`{{ date|day_short }}`"""
    return formats.day(value, short=True)


@register.filter
def moment(value: Any) -> str:
    """`{{ time|moment }}`"""
    return formats.moment(value)


@register.filter
def desensitise(text: Any, kind: str = "") -> str:
    """`{{ phone|desensitise }}`, `{{ name|desensitise:"name" }}`"""
    return formats.desensitise(text, kind)


@register.filter
def heading(text: Any) -> str:
    """`{{ title|heading }}`"""
    return formats.heading(text)


@register.filter
def yes_no(value: bool | None) -> str:
    """Yes, no, or nothing known."""
    return formats.yes_no(value)
