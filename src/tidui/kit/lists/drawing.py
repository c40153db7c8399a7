"""A list as HTML, written by functions: a page of two hundred rows is too slow node by node.

What comes from outside is escaped here, once. The order of the parts stands in `kit/lists/_list.html`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape as _quoted
from typing import Any, Final

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.kit import formats
from tidui.kit.icons import icon
from tidui.kit.lists.columns import Cell, Column
from tidui.kit.lists.filters import Option
from tidui.kit.lists.presenting import Heading, Presented, ShownFilter, ShownRow
from tidui.kit.templatetags.ui import badge, button, submit


def escape(text: Any) -> str:
    """A text for the page; what is HTML already stays as it is."""
    return str(text) if hasattr(text, "__html__") else _quoted(str(text))


def headed(text: Any) -> str:
    """A text for the head of a part: see `formats.heading`."""
    return escape(formats.heading(text))


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of every list in one language."""

    search: str
    filter: str
    anywhere: str
    apply: str
    clear: str
    choose: str
    choose_all: str
    choose_row: str
    export: str
    export_note: str
    ticked: str
    after_ticking: str
    count_exactly: str
    turning: str
    a_page: str
    previous: str
    next: str


def words() -> _Words:
    """In the language of the page."""
    return _words(get_language() or "")


@lru_cache(maxsize=8)
def _words(language: str) -> _Words:
    return _Words(
        search=_quoted(_("搜索")), filter=_quoted(_("筛选")), anywhere=_quoted(_("不限")),
        apply=_quoted(_("应用筛选")), clear=_quoted(_("清除")), choose=_quoted(_("选择")),
        choose_all=_quoted(_("选择本页全部")), choose_row=_("选择 %(name)s"), export=_quoted(_("导出 Excel")),
        export_note=_quoted(_("导出全部页，按当前筛选、排序和您的权限；每次导出均有记录")),
        ticked=_quoted(_("已选")), after_ticking=_quoted(_("勾选后：")), count_exactly=_quoted(_("精确统计")),
        turning=_quoted(_("翻页")), a_page=_quoted(_("每页")), previous=_quoted(_("上一页")), next=_quoted(_("下一页")),
    )  # fmt: skip


# ---------------------------------------------------------------------- the table
_ARROWS: Final = {"ascending": "arrow-up", "descending": "arrow-down"}
_CLASSES: Final = {"code": "code", "date": "nowrap", "moment": "nowrap"}


@dataclass(frozen=True, slots=True)
class _Look:
    """What all cells of a column have in common, in one language; `row` begins the cell that names the row."""

    heading: str
    numeric: str
    cell: str
    row: str


@lru_cache(maxsize=2048)
def _look(column: Column, language: str) -> _Look:
    heading, numeric = escape(column.heading), ' class="num"' if column.numeric else ""
    kind = _CLASSES.get(column.kind, "")
    of_cell = numeric or (f' class="{kind}"' if kind else "")
    of_row = numeric or (f' class="{kind}"' if kind == "nowrap" and not column.strong else "")
    return _Look(heading, numeric, f'<td data-label="{heading}"{of_cell}', f'<th scope="row"{of_row}')


def table(shown: Presented) -> SafeString:
    """The rows under their headings."""
    said, language, element = words(), get_language() or "", escape(shown.spec.element)
    title = headed(shown.spec.title)
    ticks = bool(shown.actions)
    looks = [_look(column, language) for column in shown.columns]
    tick = _tick_all(said) if ticks else ""
    headings = [_heading(one, look, element) for one, look in zip(shown.headings, looks, strict=True)]
    rows = []
    for row in shown.rows:
        box = _tick(row, element, said) if ticks else ""
        first, *others = zip(row.cells, looks, strict=True)
        rows.append(f"<tr>{box}{_name(*first, row)}{''.join([_cell(cell, look) for cell, look in others])}</tr>\n")
    return mark_safe(
        f'<div class="table-region" role="region" aria-label="{title}" tabindex="0">'
        f'<table class="table table-stack list-table">\n<caption class="visually-hidden">{title}</caption>\n'
        f"<thead><tr>{tick}{''.join(headings)}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table></div>\n"
    )


def _heading(one: Heading, look: _Look, element: str) -> str:
    if not one.url:
        return f'<th scope="col"{look.numeric}>{look.heading}</th>'
    url, arrow = escape(one.url), icon(_ARROWS.get(one.order, "arrows-sort"))
    return (
        f'<th scope="col"{look.numeric} aria-sort="{one.order}"><a class="sorter" '
        f'id="{element}-by-{escape(one.column.name)}" href="{url}" hx-get="{url}">{look.heading}{arrow}</a></th>'
    )


def _tick_all(said: _Words) -> str:
    return (
        f'<th scope="col" class="tick"><span class="visually-hidden">{said.choose}</span><input '
        f'class="form-check-input" type="checkbox" data-tick-all hidden aria-label="{said.choose_all}"></th>'
    )


def _tick(row: ShownRow, element: str, said: _Words) -> str:
    label = said.choose_row % {"name": escape(row.name)}
    return (
        f'<td class="tick"><input class="form-check-input" type="checkbox" name="ids" value="{escape(row.pk)}" '
        f'form="{element}-bulk" aria-label="{label}"></td>'
    )


def _name(cell: Cell, look: _Look, row: ShownRow) -> str:
    """The first cell, which names the row and leads to it."""
    text, url = escape(cell.text), cell.url or row.url
    strong = ""
    if cell.column.strong and not look.numeric:
        strong = ' class="strong nowrap"' if len(cell.text) < 13 else ' class="strong"'
    if url:
        text = f'<a href="{escape(url)}">{text}</a>'
    elif cell.column.kind == "badge":
        text = badge(cell.tone, cell.text)
    return f"{look.row}{strong}>{text}</th>"


def _cell(cell: Cell, look: _Look) -> str:
    kind = cell.column.kind
    if kind == "badge" and cell.text != formats.NOTHING:
        return f"{look.cell}>{badge(cell.tone, cell.text)}</td>"
    text = escape(cell.text)
    wide = ' class="words"' if kind == "text" and len(cell.text) > 4 else ""
    if cell.url:
        text = f'<a href="{escape(cell.url)}">{text}</a>'
    elif cell.machine:
        text = f'<time datetime="{cell.machine}">{text}</time>'
    return f"{look.cell}{wide}>{text}</td>"


# ---------------------------------------------------------------------- search and filters
def tools(shown: Presented) -> SafeString:
    """The form with the words and the filters; nothing where a list has neither."""
    spec, said = shown.spec, words()
    if spec.search is None and not shown.filters:
        return mark_safe("")
    element, path = escape(spec.element), escape(shown.path)
    kept = [f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in shown.kept]
    search = ""
    if spec.search is not None:
        search = (
            f'<div class="list-search"><label class="visually-hidden" for="{element}-q">{said.search}</label>\n'
            f'<input class="form-control" type="search" name="q" id="{element}-q" '
            f'value="{escape(shown.question.words)}" placeholder="{escape(spec.search)}" maxlength="200" '
            f'autocomplete="off" enterkeyhint="search">\n<button class="btn btn-primary">{icon("search")}{said.search}'
            "</button></div>\n"
        )
    return mark_safe(
        f'<form method="get" action="{path}" class="list-tools" role="search" hx-get="{path}" hx-trigger="submit">\n'
        f"{''.join(kept)}{search}{_panel(shown, element, said) if shown.filters else ''}</form>\n"
    )


def _panel(shown: Presented, element: str, said: _Words) -> str:
    draw = {"choice": _choice, "division": _division}
    fields = [draw.get(one.form, _range)(one, element, said) for one in shown.filters]
    return (
        f'<details class="list-filters"><summary class="btn btn-plain">{icon("filter")}{said.filter}</summary>\n'
        f'<div class="list-panel"><div class="list-fields">\n{"".join(fields)}</div>\n<div class="form-buttons">'
        f"{submit(mark_safe(said.apply))}{button(mark_safe(said.clear), shown.clear_url, tone='ghost')}"
        "</div></div>\n</details>\n"
    )


def _choice(one: ShownFilter, element: str, said: _Words) -> str:
    many = " list-many" if len(one.options) > 8 else ""
    name = escape(one.name)
    boxes = [_box(option, name) for option in one.options]
    return (
        f'<fieldset class="field{many}"><legend>{headed(one.label)}</legend>\n'
        f'<div class="list-options">{"".join(boxes)}</div></fieldset>\n'
    )


def _box(option: Option, name: str) -> str:
    count = "" if option.count is None else f' <span class="soft small num">{formats.number(option.count)}</span>'
    return (
        f'<label class="choice"><input class="form-check-input" type="checkbox" name="{name}" '
        f'value="{escape(option.value)}"{" checked" if option.chosen else ""}>'
        f"<span>{headed(option.label)}{count}</span></label>"
    )


def _division(one: ShownFilter, element: str, said: _Words) -> str:
    name = escape(one.name)
    groups = []
    for prefecture, counties in one.groups:
        whole = _("%(name)s全境") % {"name": escape(prefecture.label)}
        inside = [_option(county, escape(county.label)) for county in counties]
        groups.append(
            f'<optgroup label="{escape(prefecture.label)}">{_option(prefecture, whole)}{"".join(inside)}</optgroup>\n'
        )
    return (
        f'<div class="field"><label for="{element}-{name}">{headed(one.label)}</label>\n<select class="form-select" '
        f'name="{name}" id="{element}-{name}"><option value="">{said.anywhere}</option>\n{"".join(groups)}</select>'
        "</div>\n"
    )


def _option(one: Option, label: str) -> str:
    return f'<option value="{escape(one.value)}"{" selected" if one.chosen else ""}>{label}</option>'


def _range(one: ShownFilter, element: str, said: _Words) -> str:
    fields = []
    for name, label, typed in one.ends:
        kind = (
            'type="date" min="1900-01-01" max="2200-12-31"' if one.input == "date"
            else f'type="text" inputmode="decimal" placeholder="{escape(label)}"'
        )  # fmt: skip
        fields.append(
            f'<label class="visually-hidden" for="{element}-{name}">{headed(one.label)} {escape(label)}</label>'
            f'<input class="form-control" id="{element}-{name}" name="{name}" value="{escape(typed)}" {kind}>'
        )
    between = '<span aria-hidden="true">–</span>'
    return (
        f'<fieldset class="field"><legend>{headed(one.label)}</legend>\n'
        f'<div class="list-range">{between.join(fields)}</div></fieldset>\n'
    )


# ---------------------------------------------------------------------- between the tools and the table, and below it
def bar(shown: Presented, csrf_token: str) -> SafeString:
    """How many rows there are, and what can be done with them."""
    said, element = words(), escape(shown.spec.element)
    hidden = f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(csrf_token)}">' if csrf_token else ""
    action = escape(shown.action)
    forms = ""
    if shown.actions and shown.rows:
        buttons = [
            f'<button class="btn btn-small btn-{escape(one.tone)}" name="action" value="{escape(one.name)}">'
            f"{icon(one.icon) if one.icon else ''}{headed(one.label)}</button>"
            for one in shown.actions
        ]
        forms = (
            f'<form method="post" action="{action}" id="{element}-bulk" class="list-bulk">{hidden}\n'
            f'<span class="soft small" data-ticked="{said.ticked}">{said.after_ticking}</span>\n{"".join(buttons)}'
            "</form>\n"
        )
    if shown.spec.export and shown.rows:
        forms += (
            f'<form method="post" action="{action}" class="list-export">{hidden}\n'
            '<button class="btn btn-plain btn-small" name="export" value="xlsx" '
            f'title="{said.export_note}">{icon("table-export")}{said.export}</button></form>\n'
        )
    return mark_safe(
        f'<div class="list-bar"><p class="list-total" role="status">{_total(shown, element, said)}</p>\n{forms}</div>\n'
    )


def _total(shown: Presented, element: str, said: _Words) -> str:
    if not shown.capped:
        return _("共 <b>%(count)s</b> 条") % {"count": formats.number(shown.total)}
    url = escape(shown.count_url)
    more = _("超过 <b>%(count)s</b> 条") % {"count": formats.number(shown.cap)}
    return f'{more}\n<a id="{element}-count" href="{url}" hx-get="{url}">{said.count_exactly}</a>'


def pages(shown: Presented) -> SafeString:
    """Which rows these are, how many a page has, and the way to the other pages."""
    said, element = words(), escape(shown.spec.element)
    sizes = []
    for size, url, current in shown.sizes:
        address = escape(url)
        link = f'<a href="{address}" hx-get="{address}">{size}</a>'
        sizes.append(f' <b aria-current="true">{size}</b>' if current else f" {link}")
    links = _turn(shown.previous_url, f"{element}-previous", "prev", icon("chevron-left") + said.previous)
    links += _turn(shown.next_url, f"{element}-next", "next", said.next + icon("chevron-right"))
    return mark_safe(
        f'<nav class="pages" aria-label="{said.turning}">\n<p>{_which(shown)}\n'
        f'<span class="list-sizes">{said.a_page}{"".join(sizes)}</span></p>\n'
        f"{f'<ul>{links}</ul>' if links else ''}</nav>\n"
    )


def _turn(url: str | None, name: str, to: str, text: str) -> str:
    """The way to another page, where there is one."""
    if not url:
        return ""
    address = escape(url)
    swap = 'hx-swap="outerHTML show:top"'
    return f'<li><a id="{name}" href="{address}" hx-get="{address}" {swap} rel="{to}">{text}</a></li>\n'


def _which(shown: Presented) -> str:
    """The numbers of the rows of this page; nothing where there are none."""
    if not shown.rows:
        return ""
    first, last = formats.number(shown.first), formats.number(shown.last)
    if not shown.pages:
        return _("第 %(first)s–%(last)s 条") % {"first": first, "last": last}
    page, pages_there = formats.number(shown.question.page), formats.number(shown.pages)
    return _("第 %(first)s–%(last)s 条，第 %(page)s 页，共 %(pages)s 页") % {
        "first": first, "last": last, "page": page, "pages": pages_there
    }  # fmt: skip
