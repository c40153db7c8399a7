"""The links of the navigation as HTML. Every page draws some forty: each is kept in the words of each language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tidui.kit.formats import heading
from tidui.kit.icons import icon
from tidui.kit.navigation import Entry, Group


def main_links(groups: Iterable[Group]) -> SafeString:
    """The entries of the navigation as lists of links, each group under its heading."""
    language = get_language() or ""
    parts: list[str] = []
    for group in groups:
        title = f'<p class="nav-title">{escape(heading(group.label))}</p>' if group.label else ""
        links = [_main(one.entry, one.url, one.count, one.current, language) for one in group.entries]
        parts.append(f'{title}<ul class="nav-group">{"".join(links)}</ul>')
    return mark_safe("".join(parts))


@lru_cache(maxsize=4096)
def _main(entry: Entry, url: str, count: int | None, current: bool, language: str) -> str:
    here = ' aria-current="page"' if current else ""
    number = f'<span class="nav-count">{count}</span>' if count else ""
    text = f'<span class="nav-text">{escape(heading(entry.label))}</span>'
    return f'<li><a class="nav-entry" href="{escape(url)}"{here}>{icon(entry.icon)}{text}{number}</a></li>'


def user_links(groups: Iterable[Group], csrf_token: str) -> SafeString:
    """A person's own menu: links, and buttons for what changes something."""
    language = get_language() or ""
    parts = []
    for one in (one for group in groups for one in group.entries):
        if one.entry.post:
            hidden = f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(csrf_token)}">'
            button = f'<button type="submit">{_worded(one.entry, language)}</button>'
            parts.append(f'<form method="post" action="{escape(one.url)}">{hidden}{button}</form>')
        else:
            number = f'<span class="nav-count">{one.count}</span>' if one.count else ""
            parts.append(f'<a href="{escape(one.url)}">{_worded(one.entry, language)}{number}</a>')
    return mark_safe("\n".join(parts))


@lru_cache(maxsize=1024)
def _worded(entry: Entry, language: str) -> str:
    """The picture and the words of an entry."""
    return f"{icon(entry.icon)}{escape(heading(entry.label))}"


def public_links(groups: Iterable[Group]) -> SafeString:
    """What anybody may open, as the foot of a page lists it."""
    language = get_language() or ""
    return mark_safe("".join([_public(one.entry, one.url, language) for group in groups for one in group.entries]))


@lru_cache(maxsize=1024)
def _public(entry: Entry, url: str, language: str) -> str:
    return f' · <a href="{escape(url)}">{escape(heading(entry.label))}</a>'
