"""The parts of a score as HTML, written by one function: each shows whole tables of bands, on every page of a form."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.casework.scoring import Condition, Indicator, Mark, Missing, Part, Row, Test
from tidui.kit.templatetags.ui import badge


class _Words:
    """The words that indicators share, in the language of the page."""

    def __init__(self) -> None:
        self.colon, self.unknown, self.points = str(escape(_("："))), str(escape(_("未知"))), str(escape(_("分")))
        self.best, self.bands = badge("good", _("取此项")), str(escape(_("各档分值")))
        self.bound, self.marks = str(escape(_("区间"))), str(escape(_("分值")))
        self.states = {"here": str(escape(_("现在这一档"))), "possible": str(escape(_("可能")))}
        self.matters, self.idle = badge("wait", _("影响结论")), badge("neutral", _("不影响结论"))


@lru_cache(maxsize=8)
def _words(language: str) -> _Words:
    """They are looked up once in each process."""
    return _Words()


def parts(found: Iterable[Part]) -> SafeString:
    """The parts of a score, each with its indicators and their bands."""
    words = _words(get_language() or "")
    return mark_safe("".join([_part(one, words) for one in found]))


def _part(part: Part, words: _Words) -> str:
    better = f'<p class="score-better">{escape(part.better)}</p>' if part.better else ""
    return (
        f'<section class="score-part" aria-label="{escape(part.label)}"><h3>{escape(part.label)} '
        f'<span class="score-marks">{escape(part.marks)}<span class="soft">/{escape(part.most)}</span></span></h3>'
        f'<p class="soft small">{escape(part.cites)}</p>{better}'
        f'{"".join([_indicator(one, words) for one in part.indicators])}</section>\n'
    )


def _indicator(one: Indicator, words: _Words) -> str:
    label = escape(one.label)
    best = f" {words.best}" if one.best else ""
    value = escape(one.value) if one.value else words.unknown
    following = f'<p class="small">{escape(one.following)}</p>' if one.following else ""
    cites = f'<p class="soft small">{escape(one.cites)}</p>' if one.cites else ""
    return (
        f'<div class="indicator{" indicator-best" if one.best else ""}"><p>{label}{words.colon}'
        f"<strong>{value}</strong> · {escape(one.marks)} {words.points}{best}</p>{following}"
        f'<details class="more"><summary>{words.bands}</summary><div class="more-body"><table class="bands">'
        f'<caption class="visually-hidden">{label}</caption><thead><tr><th scope="col">{words.bound}</th>'
        f'<th scope="col" class="num">{words.marks}</th></tr></thead>'
        f'<tbody>{"".join([_band(row, words) for row in one.rows])}</tbody></table>{cites}</div></details></div>'
    )


def _band(row: Row, words: _Words) -> str:
    said = f' <span class="small">{words.states[row.state]}</span>' if row.state else ""
    kind = f' class="band-{row.state}"' if row.state else ""
    return f'<tr{kind}><th scope="row">{escape(row.bound)}{said}</th><td class="num">{escape(row.marks)}</td></tr>'


def conditions(found: Iterable[Condition]) -> SafeString:
    """Conditions as items of a list, each with the tests that decide it."""
    colon = _words(get_language() or "").colon
    return mark_safe("".join([_condition(one, colon) for one in found]))


def _condition(one: Condition, colon: str) -> str:
    tests = "".join([f"<li>{_test(test, colon)}</li>" for test in one.tests])
    below = f"<ul>{tests}</ul>" if tests else ""
    cites = f'<span class="soft small">{escape(one.cites)}</span>'
    return f"<li>{_sign(one.mark)} {escape(one.label)} {cites}\n{below}</li>\n"


def _sign(mark: Mark) -> str:
    return badge(mark.tone, mark.text, icon=mark.icon)


def routes(found: Iterable[Test]) -> SafeString:
    """The routes of a condition as items of a list, each with how it stands."""
    return mark_safe("".join([f"<li>{_sign(one.mark)} {escape(one.label)}{_cites(one.cites)}</li>" for one in found]))


def _cites(cites: str) -> str:
    return f' <span class="soft small">{escape(cites)}</span>' if cites else ""


def missing(found: Iterable[Missing]) -> SafeString:
    """What is not known, as items of a list: whether it matters, and where it is entered or how it comes in."""
    words = _words(get_language() or "")
    items = []
    for one in found:
        sign, label = words.matters if one.matters else words.idle, escape(one.label)
        place = f'<a href="{escape(one.url)}">{label}</a>' if one.url else (
            f'{label} <span class="soft small">{escape(one.how)}</span>'
        )  # fmt: skip
        items.append(f"<li>{sign} {place}</li>")
    return mark_safe("".join(items))


def _test(test: Test, colon: str) -> str:
    between = colon if test.label and test.compared else ""
    return f"{escape(test.label)}{between}{escape(test.compared)}{_cites(test.cites)}"
