"""`{% load frame %}`, for the frames of pages only: blocks shown twice or only if they hold something, parts kept."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.conf import settings
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockNode
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tidui.kit import menus, themes

register = template.Library()

#: So many pieces of HTML are kept by one place of a template; it holds a few for each language.
MOST_KEPT: Final = 100


@register.simple_tag(takes_context=True)
def again(context: template.Context, name: str) -> SafeString:
    """What a block holds, once more: the title of the page is its heading too."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return mark_safe(block.render(context).strip()) if block is not None else mark_safe("")


@register.simple_tag
def theme_choices() -> list[tuple[str, Any, str]]:
    """Code, label and picture of every theme."""
    return [(code, label, themes.ICONS[code]) for code, label in themes.THEMES.items()]


@register.simple_tag
def language_choices() -> list[tuple[str, str]]:
    """The languages by the names that they have in themselves."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


@register.simple_tag(takes_context=True)
def user_menu(context: template.Context) -> SafeString:
    """What a person may open for themselves, as the band of a page lists it."""
    return menus.user_links(context["looks"].menu, str(context.get("csrf_token", "")))


class Kept(template.Node):
    """Draws its content once for each language and each set of the values that it names, and shows it again.

    The content sees these values and nothing else: no person, no request, no token. So what is kept cannot hold
    anything of whoever asked first.
    """

    child_nodelists = ()  # whoever looks for the blocks of a page need not look in here

    def __init__(self, names: tuple[str, ...], given: tuple[FilterExpression, ...], content: NodeList) -> None:
        self.names, self.given, self.content = names, given, content
        self._drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values = tuple([one.resolve(context) for one in self.given])
        key = (get_language(), get_script_prefix(), *map(type, values), *values)
        found = self._drawn.get(key)
        if found is None:
            found = self._draw(context, values)
            if len(self._drawn) >= MOST_KEPT:
                self._drawn.clear()
            self._drawn[key] = found
        return found

    def _draw(self, context: template.Context, values: tuple[Any, ...]) -> SafeString:
        for name, value in zip(self.names, values, strict=True):
            if type(value) not in (str, int, bool):
                raise TypeError(f"{name} is {type(value).__name__}: what is kept is told apart by plain values")
        page: Any = context.template
        alone = template.Context(dict(zip(self.names, values, strict=True)))
        with alone.render_context.push_state(page), alone.bind_template(page):
            return self.content.render(alone)


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """`{% kept theme=looks.theme %}…{% endkept %}`"""
    bits = token.split_contents()[1:]
    given = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"kept takes name=value, not {bits[0]}")
    content = parser.parse(("endkept",))
    parser.delete_first_token()
    if content.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("a block is drawn by every page for itself: it cannot be kept")
    return Kept(tuple(given), tuple(given.values()), content)


class Filled(template.Node):
    """Declares a block, and shows what stands around it only if the block holds something (as `inner`)."""

    child_nodelists = ("nodelist", "declared")

    def __init__(self, name: str, content: NodeList) -> None:
        self.declared = NodeList([BlockNode(name, NodeList())])
        self.nodelist = content

    def render(self, context: template.Context) -> SafeString:
        inner = self.declared[0].render(context).strip()
        if not inner:
            return mark_safe("")
        with context.push(inner=mark_safe(inner)):
            return self.nodelist.render(context)


@register.tag
def filled(parser: Parser, token: Token) -> Filled:
    """`{% filled lead %}<p class="lead">{{ inner }}</p>{% endfilled %}`"""
    _, name = token.split_contents()
    content = parser.parse(("endfilled",))
    parser.delete_first_token()
    return Filled(name, content)
