"""The parts of a score and of its documents as HTML, written by functions: they stand on every page of a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape

from django.forms import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tidui.casework.form import EvidenceRow
from tidui.casework.models import Attachment
from tidui.casework.scoring import Condition, Indicator, Mark, Missing, Part, Row, Test
from tidui.kit import formats
from tidui.kit.icons import icon
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
    label = escape(formats.heading(part.label))
    return (
        f'<section class="score-part" aria-label="{label}"><h3>{label} '
        f'<span class="score-marks">{escape(part.marks)}<span class="soft">/{escape(part.most)}</span></span></h3>'
        f'<p class="soft small">{escape(part.cites)}</p>{better}'
        f'{"".join([_indicator(one, words) for one in part.indicators])}</section>\n'
    )


def _indicator(one: Indicator, words: _Words) -> str:
    label = escape(formats.heading(one.label))
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
    return f"<li>{_sign(one.mark)} {escape(formats.heading(one.label))} {cites}\n{below}</li>\n"


def _sign(mark: Mark) -> str:
    return badge(mark.tone, mark.text, icon=mark.icon)


def routes(found: Iterable[Test]) -> SafeString:
    """The routes of a condition as items of a list, each with how it stands."""
    items = [f"<li>{_sign(one.mark)} {escape(formats.heading(one.label))}{_cites(one.cites)}</li>" for one in found]
    return mark_safe("".join(items))


def _cites(cites: str) -> str:
    return f' <span class="soft small">{escape(cites)}</span>' if cites else ""


def missing(found: Iterable[Missing]) -> SafeString:
    """What is not known, as items of a list: whether it matters, and where it is entered or how it comes in."""
    words = _words(get_language() or "")
    items = []
    for one in found:
        sign, label = words.matters if one.matters else words.idle, escape(formats.heading(one.label))
        place = f'<a href="{escape(one.url)}">{label}</a>' if one.url else (
            f'{label} <span class="soft small">{escape(one.how)}</span>'
        )  # fmt: skip
        items.append(f"<li>{sign} {place}</li>")
    return mark_safe("".join(items))


def evidence(found: Iterable[EvidenceRow], inputs: Mapping[str, BoundField]) -> SafeString:
    """Each kind of document with what is attached of it, and where another is chosen."""
    words = _evidence_words(get_language() or "")
    return mark_safe("".join([_evidence(row, inputs[row.evidence.name], words) for row in found]))


class _EvidenceWords:
    """The words that kinds of documents share, in the language of the page."""

    def __init__(self) -> None:
        self.required = f'<span class="required">{escape(_("必填"))}</span>'
        self.optional = f'<span class="soft small">{escape(_("选填"))}</span>'
        self.returned = " " + badge("warn", _("需补正"))
        self.colon, self.choose, self.note = escape(_("：")), escape(_("选择文件")), escape(_("文件说明"))
        self.there, self.remove = _("已有 %(there)s 个文件，最多 %(most)s 个。"), f"{icon('trash')}{escape(_('移除'))}"


@lru_cache(maxsize=8)
def _evidence_words(language: str) -> _EvidenceWords:
    return _EvidenceWords()


def _evidence(row: EvidenceRow, given: BoundField, words: _EvidenceWords) -> str:
    asked = row.evidence
    name, title = escape(asked.name), escape(formats.heading(asked.title))
    told = words.there % {"there": len(row.attached), "most": asked.most}
    about = f"{escape(str(asked.help))} {told}" if asked.help else told
    wrong = f'<p class="errors">{escape(row.fault)}</p>\n' if row.fault else ""
    attached = "".join([_attached(one, words) for one in row.attached])
    listed, new = f'<ul class="attached">{attached}</ul>' if attached else "", ""
    if row.room:
        label = f'{words.choose}<span class="visually-hidden">{words.colon}{title}</span>'
        new = (
            f'<div class="evidence-new">\n<div><label for="id_file_{name}">{label}</label>{given}</div>\n'
            f'<div><label for="note_{name}">{words.note}</label><input id="note_{name}" name="note.{name}" '
            'class="form-control" maxlength="200" autocomplete="off"></div>\n</div>\n'
        )
    return (
        f'<div class="evidence{" cell-returned" if row.returned else ""}" id="{escape(row.name)}">\n'
        f'<h3 class="name">{title} {words.required if asked.required else words.optional}'
        f"{words.returned if row.returned else ''}</h3>\n"
        f'<p class="help" id="help_{name}">{about}</p>\n{wrong}'
        f"{listed}{new}</div>\n"
    )


def _attached(one: Attachment, words: _EvidenceWords) -> str:
    name = escape(one.file.name)
    note = f" · {escape(one.note)}" if one.note else ""
    return (
        f'<li>{icon("file")} <a href="/files/{one.file.pk}/">{name}</a> <span class="soft small">'
        f"{filesizeformat(one.file.size)} · {formats.moment(one.added_at)}{note}</span>\n"
        f'<button type="submit" name="do" value="remove:{one.pk}" class="btn btn-ghost btn-small">{words.remove}'
        f'<span class="visually-hidden">{words.colon}{name}</span></button></li>'
    )


def _test(test: Test, colon: str) -> str:
    between = colon if test.label and test.compared else ""
    return f"{escape(test.label)}{between}{escape(test.compared)}{_cites(test.cites)}"
