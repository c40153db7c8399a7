"""What `{% card %}…{% endcard %}` and its like put around their content: every page has several of them."""

from __future__ import annotations

from typing import Any

from django.utils.html import conditional_escape as escape
from django.utils.safestring import SafeString, mark_safe

from tidui.kit import icons
from tidui.kit.formats import heading


def card(content: SafeString, title: Any, icon: str, note: Any, flush: Any) -> SafeString:
    """A part of a page on a ground of its own."""
    said = escape(heading(title))
    soft = f'<span class="soft small">{escape(note)}</span>' if note else ""
    head = f'<div class="card-head"><h2>{icons.icon(icon) if icon else ""}{said}</h2>{soft}</div>\n  ' if said else ""
    kind = "card card-flush" if flush else "card"
    return mark_safe(f'<section class="{kind}">\n  {head}<div class="card-body">{content}</div>\n</section>\n')


def table(content: SafeString, caption: Any, hide_caption: Any, stack: Any) -> SafeString:
    """Rows that may be wider than the screen: they scroll by themselves."""
    said = escape(heading(caption))
    kind, hidden = " table-stack" if stack else "", ' class="visually-hidden"' if hide_caption else ""
    return mark_safe(
        f'<div class="table-region" role="region" aria-label="{said}" tabindex="0"><table class="table{kind}">\n'
        f"<caption{hidden}>{said}</caption>\n{content}\n</table></div>\n"
    )


def notice(content: SafeString, tone: str, title: Any, icon: str) -> SafeString:
    """Something that one should know before going on, in as many words as it takes."""
    head = f'<p class="alert-title">{escape(heading(title))}</p>' if title else ""
    return mark_safe(
        f'<div class="alert tone-{tone}">{icons.icon(icon)}<div class="alert-text">{head}{content}</div></div>\n'
    )


def more(content: SafeString, title: Any, open: Any) -> SafeString:
    """What is shown to those who ask for it."""
    shown, said = " open" if open else "", escape(heading(title))
    return mark_safe(
        f'<details class="more"{shown}><summary>{said}</summary><div class="more-body">{content}</div>'
        "</details>\n"
    )


def menu(content: SafeString, title: Any, icon: str) -> SafeString:
    """Actions under a button."""
    before, said = icons.icon(icon) if icon else "", escape(heading(title))
    return mark_safe(
        f'<details class="drop"><summary class="btn btn-plain">{before}{said}{icons.icon("chevron-down")}'
        f'</summary><div class="drop-body">{content}</div></details>\n'
    )


def form_buttons(content: SafeString) -> SafeString:
    """The buttons at the end of a form."""
    return mark_safe(f'<div class="form-buttons">{content}</div>\n')
