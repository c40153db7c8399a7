"""The fields of a long form as HTML, written by one function: a page of fifty fields is too slow node by node.

What comes from outside is escaped here, once; the form of the file and that of an application differ in a few words
and addresses, which `Frame` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Final

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.kit.formats import heading
from tidui.kit.templatetags.ui import badge
from tidui.registry.sheet import Cell

_INVALID: Final = ' aria-invalid="true"'


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the fields: whose facts they are, what an accepted value is called, where its history is."""

    organisation: int
    accepted: str
    address: Callable[[Any], str]


class _Words:
    """The words that fields share, in the language of the page."""

    def __init__(self) -> None:
        self.none, self.colon, self.comma = str(escape(heading(_("无")))), str(escape(_("："))), str(escape(_("，")))
        self.required, self.yes = str(escape(_("必填"))), str(escape(_("是")))
        self.theirs, self.source = str(escape(_("别人刚填的值："))), str(escape(_("来源")))
        self.last_year = str(escape(_("上年")))
        self.carried, self.to_mend = badge("wait", _("沿用")), badge("warn", _("需补正"))


@lru_cache(maxsize=8)
def _words(language: str) -> _Words:
    """They are looked up once in each process."""
    return _Words()


def fields(cells: Iterable[Cell], frame: Frame) -> SafeString:
    """Fields one after another, each with its label, its help, what is wrong with it, and what the file says."""
    words = _words(get_language() or "")
    return mark_safe("".join([_field(cell, frame, words) for cell in cells]))


def _field(cell: Cell, frame: Frame, words: _Words) -> str:
    name = escape(cell.name)
    grouped = cell.widget == "yes-no"
    described = f"help_{name} facts_{name} errors_{name}"
    group = f' role="radiogroup" aria-labelledby="name_{name}" aria-describedby="{described}"' if grouped else ""
    returned = getattr(cell, "returned", False)
    marks = f' <span class="required">{words.required}</span>' if getattr(cell, "required", False) else ""
    marks += f" {words.carried}" if getattr(cell, "carried", False) else ""
    marks += f" {words.to_mend}" if returned else ""
    label = escape(heading(cell.label)) + marks
    title = (
        f'<p class="name" id="name_{name}">{label}</p>' if grouped
        else f'<label class="name" for="id_{name}">{label}</label>'
    )  # fmt: skip
    return (
        f'<div class="field cell{" cell-returned" if returned else ""}" id="{name}"{group}>'
        f'<div class="cell-name">{title}<p class="help" id="help_{name}">{escape(cell.help)}</p></div>'
        f'<div class="cell-value">{_input(cell, name, words)}'
        f'<div id="errors_{name}">{_wrong(cell, words)}</div>{_differences(cell, words)}</div>'
        f'<dl class="cell-facts" id="facts_{name}">{_known(cell, frame, words)}</dl></div>\n'
    )


def _wrong(cell: Cell, words: _Words) -> str:
    """The fault of a field, and what somebody else typed into it meanwhile."""
    said = ""
    if cell.fault is not None:
        instead = f"{words.comma}{escape(cell.fault.instead)}" if cell.fault.instead else ""
        said = f'<p class="errors">{escape(cell.fault.message)}{instead}</p>'
    if cell.conflict is not None:
        theirs = escape(cell.conflict.theirs or "—")
        said += f'<p class="conflict" role="alert">{words.theirs}<strong>{theirs}</strong></p>'
    return said


def _differences(cell: Cell, words: _Words) -> str:
    """What others say otherwise, each with the way to settle it."""
    found = []
    for one in cell.differences:
        row = one["row"]
        found.append(
            f'<p class="cell-difference">{badge("warn", _("有差异"))} '
            f'{escape(row.offered.get_source_display())}{words.colon}<strong>{escape(one["said"])}</strong> '
            f'<a href="{escape(reverse("registry:difference", args=[row.pk]))}">{escape(_("处理"))}'
            f'<span class="visually-hidden">{words.colon}{escape(cell.label)}</span></a></p>'
        )
    return "".join(found)


def _known(cell: Cell, frame: Frame, words: _Words) -> str:
    """What the file says: the accepted value with its source, the year before, and that a register counts it."""
    rows = []
    if cell.known:
        link = f'<a href="{escape(frame.address(cell))}">{escape(cell.accepted)}</a>'
        rows.append(f"<div><dt>{escape(heading(frame.accepted))}</dt><dd>{link}</dd></div>")
        if cell.origin is not None:
            checked = " " + badge("good", _("已核实")) if cell.origin.verified else ""
            rows.append(f"<div><dt>{words.source}</dt><dd>{escape(cell.origin.source)}{checked}</dd></div>")
    if cell.last_year:
        rows.append(f"<div><dt>{words.last_year}</dt><dd>{escape(cell.last_year)}</dd></div>")
    if cell.readonly:
        link = escape(reverse("registry:property", args=[frame.organisation]))
        rows.append(
            f'<div><dt>{escape(_("计算"))}</dt><dd><a href="{link}">{escape(_("由知识产权登记册计算"))}</a></dd></div>'
        )
    return "".join(rows)


# ---------------------------------------------------------------------- what is typed into
def _input(cell: Cell, name: str, words: _Words) -> str:
    if cell.widget == "yes-no":
        return _choices(cell, name)
    if cell.widget == "tick":
        return (
            f'<label class="choice"><input id="id_{name}" type="checkbox" name="{name}" value="on" '
            f'class="form-check-input" data-version="{cell.version}"{" checked" if cell.text == "on" else ""} '
            f'aria-describedby="help_{name} errors_{name}"><span>{words.yes}</span></label>'
        )
    unit = f'<span class="input-unit">{escape(cell.unit)}</span>' if cell.unit else ""
    none = ""
    if cell.can_be_none:
        none = (
            f'<label class="choice"><input type="checkbox" name="{name}.none" value="on" class="form-check-input" '
            f'data-version="{cell.none_version}"{" checked" if cell.none else ""}><span>{words.none}'
            f'<span class="visually-hidden">{words.colon}{escape(cell.label)}</span></span></label>'
        )
    return f'<div class="input-row">{_typed(cell, name)}{unit}{none}</div>'


def _choices(cell: Cell, name: str) -> str:
    locked = " disabled" if cell.readonly else ""
    buttons = [
        f'<label class="choice"><input type="radio" name="{name}" value="{escape(value)}" class="form-check-input" '
        f'data-version="{cell.version}"{" checked" if cell.text == value else ""}{locked}>'
        f"<span>{escape(heading(label))}</span></label>"
        for value, label in cell.options
    ]
    return f'<div class="choices">{"".join(buttons)}</div>'


def _typed(cell: Cell, name: str) -> str:
    ends = f'data-version="{cell.version}" aria-describedby="help_{name} errors_{name}"'
    wrong = _INVALID if cell.fault is not None else ""
    if cell.widget == "choice":
        rows = _options(tuple(cell.options))
        options = "".join([f'{row}{" selected" if cell.text == value else ""}{rest}' for value, row, rest in rows])
        return f'<select id="id_{name}" name="{name}" class="form-select" {ends}{wrong}>{options}</select>'
    if cell.widget == "lines":
        return (
            f'<textarea id="id_{name}" name="{name}" rows="2" class="form-control" {ends}{wrong}>'
            f"{escape(cell.text)}</textarea>"
        )
    kind = "date" if cell.widget == "day" and not wrong else "text"
    figure = cell.is_number
    mode = ' inputmode="numeric"' if cell.kind == "int" else ""
    if figure and cell.kind not in ("int", "number"):
        mode = ' inputmode="decimal"'
    return (
        f'<input id="id_{name}" name="{name}" value="{escape(cell.text)}" type="{kind}" '
        f'class="form-control{" num" if figure else ""}"{mode} autocomplete="off" {ends}'
        f'{" readonly" if cell.readonly else ""}{wrong}>'
    )


@lru_cache(maxsize=256)
def _options(options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, str], ...]:
    """Each option as it is before and after the word that says that it is chosen."""
    return tuple(
        (value, f'<option value="{escape(value)}"', f">{escape(heading(label))}</option>") for value, label in options
    )
