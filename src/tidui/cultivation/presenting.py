"""What the pages show of an explanation and of a plan, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.codes.numbers import counted
from tidui.facts import catalogue
from tidui.kit import formats, lang
from tidui.policies import words
from tidui.registry.models import IDENTITY

#: How a verdict looks and reads everywhere.
VERDICTS: Final[Mapping[str, tuple[str, Any, str]]] = {
    "pass": ("good", _("符合"), "check"),
    "fail": ("bad", _("不符合"), "x"),
    "unknown": ("wait", _("待查明"), "help"),
    "not_needed": ("neutral", _("无需"), "minus"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict as a badge."""

    tone: str
    text: Any
    icon: str


def mark(verdict: str) -> Mark:
    """The badge of a verdict; KeyError for another word."""
    return Mark(*VERDICTS[verdict])


@dataclass(frozen=True, slots=True)
class FactLink:
    """A fact in words, its value, and the form on which it is entered."""

    path: str
    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One condition: what it asks, the article, the comparison, and the facts behind it."""

    id: str
    label: str
    mark: Mark
    cites: str
    house_default: str
    lines: Sequence[str]
    facts: Sequence[FactLink]


def fact_link(path: str, organisation: int, value: Any = None) -> FactLink:
    """Where an enterprise enters the fact, with what is known of it."""
    language = lang.active()
    return FactLink(path, words.fact_label(path, language), shown_fact(path, value), form_url(path, organisation))


def form_url(path: str, organisation: int) -> str:
    """The address of the form that holds a fact; empty for what no form holds: marks, statuses, name and code."""
    section, *rest = path.split(".")
    name = rest[-1]
    if section == "expert" or catalogue.load()[name].status or name in IDENTITY:
        return ""
    if name in ("ip_class1", "ip_class2", "ip_class2_unused"):
        return reverse("registry:property", args=[organisation])
    if len(rest) > 1:
        return reverse("registry:form_of_year", args=[organisation, section, int(rest[0])]) + f"#{name}"
    return reverse("registry:form", args=[organisation, section]) + f"#{name}"


def shown_fact(path: str, value: Any) -> str:
    """The value of the fact at a path in words: money with its unit, numbers with separators."""
    kind = catalogue.load()[path.rpartition(".")[2]].kind
    if kind == "money" and value not in (None, ""):
        return formats.money(int(Decimal(str(value)) * 100), "auto")
    return shown_value(value)


def shown_yuan(text: str) -> str:
    """Yuan as text, in the unit that reads best."""
    return formats.money(int(Decimal(text) * 100), "auto")


def shown_value(value: Any) -> str:
    """A fact's value in words; lists are joined."""
    if isinstance(value, list):
        return formats.listed(value) if value else str(_("无"))
    if value == "":
        return str(_("无"))
    return words.shown(value, lang.active())


def condition_view(condition: Mapping[str, Any], organisation: int) -> ConditionView:
    """One condition of an explanation."""
    language = lang.active()
    default = condition["house_default"]
    facts = [fact_link(path, organisation, value) for path, value in condition["facts"].items()]
    return ConditionView(
        id=condition["id"],
        label=lang.of_label(condition["label"]),
        mark=mark(condition["verdict"]),
        cites="; ".join(condition["cites"]),
        house_default=lang.of_label(default) if default else "",
        lines=list(_lines(condition, language)),
        facts=facts,
    )


def _lines(condition: Mapping[str, Any], language: str) -> Iterator[str]:
    """The comparisons that decide the condition: the unmet ones of an unmet condition, all of one that is met."""
    verdict = condition["verdict"]
    for test in condition["tests"]:
        if verdict in ("fail", "unknown") and test["verdict"] != verdict:
            continue
        label = lang.of_label(test["label"]) if test["label"] else ""
        if test["relation"]:
            compared = words.compared(test, language)
            yield formats.labelled(label, compared) if label else compared
        elif label and len(condition["tests"]) > 1:
            yield label


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a score: its marks, the most it can give, its row."""

    label: str
    marks: str
    most: str
    share: int
    cites: str


def score_parts(score: Mapping[str, Any] | None) -> list[PartView]:
    """The parts of a score; `share` is how full a part is at its low end, in percent."""
    if score is None:
        return []
    return [
        PartView(
            lang.of_label(part["label"]), points(part), f"{part['max']:g}",
            round(100 * (part["low"] or 0) / part["max"]) if part["max"] else 0, "; ".join(part["cites"]),
        )
        for part in score["parts"]
    ]  # fmt: skip


def points(part: Mapping[str, Any]) -> str:
    """Marks as a person reads them: 71, 71–79, or a question mark."""
    low, high = part["low"], part["high"]
    if low is None or high is None:
        return "?"
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a plan: what to do, how much of it, what it costs and takes, which facts it changes, for what."""

    label: str
    amount: str
    cost: str
    days: int
    changes: Sequence[str]
    cites: str


@dataclass(frozen=True, slots=True)
class OptionView:
    """One way to qualify."""

    cost: str
    days: int
    ready_on: str
    steps: Sequence[StepView]


def options(plan: Mapping[str, Any]) -> list[OptionView]:
    """The ways of a plan, cheapest first."""
    return [
        OptionView(shown_yuan(one["cost"]), one["lead_days"], one["ready_on"], [_step(step) for step in one["steps"]])
        for one in plan["alternatives"]
    ]


def _step(step: Mapping[str, Any]) -> StepView:
    language = lang.active()
    unit = lang.of_label(step["unit"]) if isinstance(step["unit"], dict) else step["unit"] or ""
    amount = counted(str(step["units"]), unit) if step["units"] and unit else ""
    changes = [
        formats.labelled(
            words.fact_label(change["fact"], language),
            f"{shown_fact(change['fact'], change['from'])} → {shown_fact(change['fact'], change['to'])}",
        )
        for change in step["changes"]
    ]
    label = lang.of_label(step["label"])
    return StepView(label, amount, shown_yuan(step["cost"]), step["lead_days"], changes, "; ".join(step["cites"]))
