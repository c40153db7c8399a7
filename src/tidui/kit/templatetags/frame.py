"""`{% load frame %}`, for the frames of pages only: show a block twice, or wrap it only if it holds something."""

from __future__ import annotations

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockNode
from django.utils.safestring import SafeString, mark_safe

from tidui.kit import menus

register = template.Library()


@register.simple_tag(takes_context=True)
def again(context: template.Context, name: str) -> SafeString:
    """What a block holds, once more: the title of the page is its heading too."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return mark_safe(block.render(context).strip()) if block is not None else mark_safe("")


@register.simple_tag(takes_context=True)
def user_menu(context: template.Context) -> SafeString:
    """What a person may open for themselves, as the band of a page lists it."""
    return menus.user_links(context["looks"].menu, str(context.get("csrf_token", "")))


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
