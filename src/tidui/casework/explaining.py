"""Values, thresholds and shortfalls of an explanation in words, and the facts behind them with their source."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.casework.models import Submission
from tidui.codes.numbers import counted
from tidui.facts import catalogue
from tidui.kit import formats, lang
from tidui.policies import words
from tidui.registry.enums import Source
from tidui.registry.layout import label_of
from tidui.registry.models import TABLES, Return
from tidui.registry.showing import shown, unit_of
from tidui.registry.values import of_plain

_YUAN: Final = re.compile(r"(-?)(\d+)\.(\d\d)")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
#: Without a name in the text of a test, so many facts of a condition are told at most.
_MOST_FACTS: Final = 4


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact behind a condition: what it is called with its year, its value in words, and where that comes from."""

    name: str
    label: str
    value: str
    source: str
    unit: str
    missing: bool


def value_words(value: Any, unit: str = "") -> str:
    """A value of an explanation in words: money as 万元, a day, a share, a number with its unit, a range."""
    if value is None or value == "":
        return _("不明")
    if isinstance(value, bool):
        return formats.yes_no(value)
    if isinstance(value, dict) and "shown" in value:
        return str(value["shown"])
    if isinstance(value, dict):
        ends = [_("不限") if value[end] is None else value_words(value[end]) for end in ("low", "high")]
        return f"{ends[0]}–{ends[1]} {unit}".strip()
    if isinstance(value, str):
        found = _YUAN.fullmatch(value)
        if found is not None:
            return formats.money(int(found[1] + found[2] + found[3]), "auto")
        return formats.day(dt.date.fromisoformat(value)) if _DAY.fullmatch(value) else value
    return counted(formats.number(value), unit)


def compared(test: Mapping[str, Any]) -> str:
    """A comparison in one line; amounts, which are decimal strings of yuan, in the unit that reads best."""
    said = dict(test)
    for name in ("value", "threshold", "shortfall"):
        value = said[name]
        if isinstance(value, str) and _YUAN.fullmatch(value):
            said[name] = {"shown": value_words(value)}
    return words.compared(said, lang.active())


def comparisons(tests: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The comparisons among tests, each in one line behind its label."""
    for test in tests:
        if test["relation"]:
            label = lang.of_label(test["label"]) if test["label"] else ""
            yield formats.labelled(label, compared(test)) if label else compared(test)


def need_words(relation: str, threshold: Any, unit: str = "") -> str:
    """What a rule asks for."""
    said = value_words(threshold, unit)
    match relation:
        case ">=":
            return _("不低于 %(threshold)s") % {"threshold": said}
        case "<=":
            return _("不超过 %(threshold)s") % {"threshold": said}
        case ">":
            return _("高于 %(threshold)s") % {"threshold": said}
        case "<":
            return _("低于 %(threshold)s") % {"threshold": said}
    return _("等于 %(threshold)s") % {"threshold": said}


def shortfall_words(relation: str, shortfall: Any, unit: str = "") -> str:
    """What would make a comparison true."""
    said = value_words(shortfall, unit)
    if relation in (">", "<"):
        text = _("需增加 %(gap)s 以上。") if relation == ">" else _("需减少 %(gap)s 以上。")
    else:
        text = _("至少需增加 %(gap)s。") if relation == ">=" else _("至少需减少 %(gap)s。")
    return text % {"gap": said}


def fact_lines(facts: Mapping[str, Any], text: str, submission: Submission) -> Iterator[FactLine]:
    """The facts behind a test: those that its text names, or all of its condition where they are few."""
    named = set(_NAME.findall(text))
    paths = [path for path in facts if path.rsplit(".", 1)[-1] in named]
    if not paths:
        paths = list(facts) if len(facts) <= _MOST_FACTS else []
    known = catalogue.load()
    for path in paths:
        _section, *year, name = path.split(".")
        held = facts[path]
        label = label_of(name)
        yield FactLine(
            name=name, label=_("%(year)s年%(label)s") % {"year": year[0], "label": label} if year else label,
            value=_("不明") if held is None else shown(name, of_plain(known[name], held), "auto"),
            source=_source(name, int(year[0]) if year else None, submission) if held is not None else "",
            unit=unit_of(known[name]), missing=held is None,
        )  # fmt: skip


def _source(name: str, year: int | None, submission: Submission) -> str:
    """Where the value of a submission comes from: the form itself, or the source that the file has it from."""
    if (name if year is None else f"{name}.{year}") in submission.stated:
        return _("本次申报所填")
    section = catalogue.load()[name].section
    if section not in TABLES:
        return ""
    wanted: dict[str, Any] = {"organisation": submission.application.organisation_id}
    rows = TABLES[section]._default_manager.filter(**wanted if year is None else wanted | {"year": year})
    filed = (rows.values_list("provenance", flat=True).first() or {}).get(name)
    source = Return.objects.filter(pk=filed).values_list("source", flat=True).first() if filed else None
    return _("企业档案（%(source)s）") % {"source": dict(Source.choices)[source]} if source else _("企业档案")
