"""What the rules say of a form while it is typed: the score with its bands, what is open, what the day brings.

Everything shown comes from the policy's own texts and tables; nothing here knows a programme.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.casework import explaining
from tidui.casework.form import FormView
from tidui.casework.judging import Judgement
from tidui.casework.writing import field_of
from tidui.codes.money import MoneyUnit
from tidui.codes.numbers import counted
from tidui.facts import catalogue
from tidui.facts.catalogue import LAST_YEAR
from tidui.kit import formats, lang
from tidui.policies import words
from tidui.registry import showing
from tidui.registry.layout import label_of
from tidui.registry.models import IDENTITY
from tidui.rules import units
from tidui.rules.answers import Answer, Layout, Range
from tidui.rules.nodes import Band, Node, Table, below
from tidui.rules.policyfile import Dated
from tidui.rules.program import Built
from tidui.rules.values import day_of

#: How a verdict looks and reads: tone, word, icon.
VERDICTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "pass": ("good", "pass", "circle-check"),
    "fail": ("bad", "fail", "circle-x"),
    "unknown": ("wait", "unknown", "clock"),
    "not_needed": ("neutral", "not_needed", "circle"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict as a badge."""

    tone: str
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of bands: `state` is `here`, `possible` (not decided yet) or empty."""

    bound: str
    marks: str
    state: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One table that a part of the score reads: the value, its marks, every row, and what the next row takes."""

    label: str
    value: str
    marks: str
    cites: str
    rows: Sequence[Row]
    following: str
    best: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the score. Where it has several indicators the better one counts, and is marked `best`."""

    id: str
    label: str
    marks: str
    most: str
    low: float
    cites: str
    indicators: Sequence[Indicator]
    better: str


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a condition, or one route of several."""

    label: str
    mark: Mark
    cites: str
    compared: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with the tests that decide it."""

    label: str
    mark: Mark
    cites: str
    tests: Sequence[Test]
    house_default: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not known: whether it can still change the result, where it is entered, else how it comes in."""

    label: str
    matters: bool
    url: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which the nation's own service takes entries in, and whether today is one of them."""

    open: bool
    first: str
    last: str
    cites: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a page shows of a judgement."""

    mark: Mark
    verdict: str
    total: str
    most: str
    low: float
    high: float
    exact: bool
    cites: str
    parts: Sequence[Part]
    routes: Sequence[Condition]
    direct: str
    failing: Sequence[Condition]
    open: Sequence[Condition]
    met: Sequence[Condition]
    missing: Sequence[Missing]
    flags: Sequence[tuple[str, str]]
    outcomes: Sequence[tuple[str, str, str]]
    defaults: Sequence[tuple[str, str]]
    window: Window | None
    title: str
    on: str
    year: int


def mark(verdict: str) -> Mark:
    """The badge of a verdict; KeyError for another word."""
    tone, word, icon = VERDICTS[verdict]
    return Mark(tone, words.WORDS[lang.active()][word], icon)


def score_of(judged: Judgement, view: FormView) -> Score:
    """The judgement of the facts of a form, as its page shows it."""
    found, reading = judged.result, _Reading(judged.answer, view)
    score = found["score"] or {"low": None, "high": None, "max": None, "parts": []}
    conditions = [(one, _condition(one)) for one in found["conditions"]]
    routes = [shown for one, shown in conditions if one["join"] == "any"]
    rest = [(one["verdict"], shown) for one, shown in conditions if one["join"] != "any" or one["verdict"] == "fail"]
    return Score(
        mark=mark(judged.verdict or "unknown"), verdict=judged.verdict, total=points(score["low"], score["high"]),
        most=_plain(score["max"]), low=score["low"] or 0, high=score["high"] or 0,
        exact=score["low"] is not None and score["low"] == score["high"], cites=_total_cites(judged.answer),
        parts=[reading.part(part) for part in score["parts"]], routes=routes,
        direct=formats.listed(_passing(found["conditions"])),
        failing=[shown for verdict, shown in rest if verdict == "fail"],
        open=[shown for verdict, shown in rest if verdict == "unknown"],
        met=[shown for verdict, shown in rest if verdict == "pass"],
        missing=sorted(_missing(found["missing"], view), key=lambda one: not one.matters),
        flags=[(lang.of_label(one["label"]), _cites(one["cites"])) for one in found["flags"]],
        outcomes=list(_outcomes(judged.answer, found["outcomes"])),
        defaults=list(reading.defaults(found["house_defaults"])), window=window(judged.answer),
        title=lang.of_label(found["title"]), on=formats.day(judged.on), year=judged.year,
    )  # fmt: skip


def _passing(conditions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The routes that are open to the enterprise, of conditions that offer several."""
    for condition in conditions:
        if condition["join"] == "any" and condition["verdict"] == "pass":
            tests = (test for test in condition["tests"] if test["verdict"] == "pass" and test["label"])
            yield from (lang.of_label(test["label"]) for test in tests)


def points(low: Any, high: Any) -> str:
    """Marks as a person reads them: 71, 50–90, or a question mark."""
    if low is None or high is None:
        return "?"
    return _plain(low) if low == high else f"{_plain(low)}–{_plain(high)}"


def _plain(number: Any) -> str:
    return "" if number is None else f"{float(number):g}"


def _cites(cites: Sequence[str]) -> str:
    return cites[0] if len(cites) == 1 else _("；").join(cites)


def _total_cites(answer: Answer) -> str:
    totals = answer.program.of_kind("total")
    return _cites(totals[0].rule.cites) if totals else ""


# ---------------------------------------------------------------------- conditions
def _condition(condition: Mapping[str, Any]) -> Condition:
    default = condition["house_default"]
    return Condition(
        lang.of_label(condition["label"]), mark(condition["verdict"]), _cites(condition["cites"]),
        [_test(test, condition) for test in condition["tests"] if _tells(test, condition)],
        lang.of_label(default) if default else "",
    )  # fmt: skip


def _tells(test: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    """All routes are told; of other conditions the tests that are why it stands as it does."""
    if condition["join"] == "any":
        return True
    if condition["verdict"] in ("fail", "unknown"):
        return bool(test["verdict"] == condition["verdict"]) and bool(test["label"] or test["relation"])
    return False


def _test(test: Mapping[str, Any], condition: Mapping[str, Any]) -> Test:
    label = lang.of_label(test["label"]) if test["label"] else ""
    compared = explaining.compared(test) if test["relation"] and test["value"] is not None else ""
    cites = _cites(test["cites"])
    return Test(label, mark(test["verdict"]), "" if cites == _cites(condition["cites"]) else cites, compared)


# ---------------------------------------------------------------------- what is not known
def _missing(entries: Sequence[Mapping[str, Any]], view: FormView) -> Iterator[Missing]:
    language, forms, cells = lang.active(), _Forms(view.application.organisation_id), view.cells
    for entry in entries:
        path = entry["fact"]
        section, *rest = path.split(".")
        name, year = rest[-1], int(rest[0]) if len(rest) > 1 else None
        field = field_of(name, year)
        place = f"#{field}" if field in cells else _place(section, name, year, forms)
        how = "" if place else _how(section, name)
        yield Missing(words.fact_label(path, language), entry["matters"], place, how)


class _Forms(dict[tuple[str, int | None], str]):
    """The addresses of the forms of a file by section and year; a page names each of the few there are many times."""

    def __init__(self, organisation: int) -> None:
        super().__init__()
        self.organisation = organisation

    def __missing__(self, key: tuple[str, int | None]) -> str:
        section, year = key
        route = "registry:form" if year is None else "registry:form_of_year"
        self[key] = reverse(route, args=[self.organisation, section, *([] if year is None else [year])])
        return self[key]


def _how(section: str, name: str) -> str:
    """How a fact comes in that no form of the enterprise holds."""
    if section != "expert" and catalogue.load()[name].status:
        return _(
            "资格由省科技厅登记，不能自行填写。没有这项资格的，请联系推荐单位报省科技厅登记为“无”；也可以照常提交，由审核人员认定。"
        )
    return _("由认定结果写入，不需填报")


def _place(section: str, name: str, year: int | None, forms: Mapping[tuple[str, int | None], str]) -> str:
    """Where a fact that is not on this page is entered in the file; empty for what no form holds."""
    if section == "expert" or catalogue.load()[name].status or name in IDENTITY:
        return ""
    return f"{forms[section, year]}#{name}"


# ---------------------------------------------------------------------- what the day brings
def _outcomes(answer: Answer, outcomes: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Outcomes that speak for themselves: days, and marks of one character. Others are told with their parts."""
    for name, value in outcomes.items():
        rule = answer.program.rules[name].rule
        if any(len(option) > 1 for option in rule.options) or rule.label is None:
            continue
        is_day = answer.program.rules[name].node.type == "date"
        shown = formats.day(value) if is_day and value else words.shown(value, lang.active())
        yield lang.of_label(rule.label), shown, _cites(rule.cites)


def window(answer: Answer) -> Window | None:
    """The nation's window of this year, where the policy has one."""
    main = answer.program.main
    opens, closes = (main.parameters.get(name) for name in ("window_opens", "window_closes"))
    if opens is None or closes is None or "window_closed" not in answer.program.rules:
        return None
    first, last = day_of(int(opens.value)), day_of(int(closes.value))
    rule = answer.program.rules["window_closed"].rule
    row = answer.program._row_of(main, main.file.parameters["window_opens"])
    cites = (row.cites if row else ()) or rule.cites
    ends = "" if last.year > LAST_YEAR else formats.day(last)
    return Window(answer.truth("window_closed") is False, formats.day(first), ends, _cites(cites))


# ---------------------------------------------------------------------- the score
class _Reading:
    """One answer with every node of its program at hand."""

    def __init__(self, answer: Answer, view: FormView) -> None:
        self.answer, self.program, self.view = answer, answer.program, view
        self.layout, self.row = answer.traced

    def range(self, node: Node) -> Range:
        """What is known of a number."""
        if node in self.layout:
            return self.layout.range(node, self.row)
        layout: Layout = self.answer.layout
        return layout.range(node, self.answer.row) if node in layout else Range(None, None)

    def part(self, part: Mapping[str, Any]) -> Part:
        """A part of the score with its indicators, the better one marked."""
        built = self.program.rules[part["id"]]
        nodes = list(dict.fromkeys(_tables_below(built.node)))
        marks = [self.range(node) for node in nodes]
        best = max((one.low for one in marks if one.low is not None), default=None)
        several = len(nodes) > 1 and best is not None and best > 0
        shown = [
            self._indicator(node, marks=ends, best=several and ends.low == best)
            for node, ends in zip(nodes, marks, strict=True)
        ]
        return Part(
            part["id"], lang.of_label(part["label"]), points(part["low"], part["high"]), _plain(part["max"]),
            float(part["low"] or 0), _cites(part["cites"]), shown, _better(shown),
        )  # fmt: skip

    def _indicator(self, node: Node, *, marks: Range, best: bool) -> Indicator:
        table: Table = node.value
        of, dated = node.args[0], self._dated(table)
        value = self.range(of)
        worst, best_end = (value.low, value.high) if table.rising else (value.high, value.low)
        here = [_place_of(table, worst), _place_of(table, best_end)]
        return Indicator(
            self._label(of) or self._label(node), self._shown(of, value), points(marks.low, marks.high),
            _cites(dated.cites if dated else ()), list(self._rows(table, of, here)),
            self._following(table, of, value, here[0]), best,
        )  # fmt: skip

    def _rows(self, table: Table, of: Node, here: Sequence[int | None]) -> Iterator[Row]:
        """Every band as the text has it; those between the ends of what is known are possible."""
        last = len(table.bands)
        worst, best = last if here[0] is None else here[0], 0 if here[1] is None else here[1]
        for place in range(last + 1):
            state = ("here" if worst == best else "possible") if best <= place <= worst else ""
            if place < last:
                band = table.bands[place]
                sign = (">" if band.strict else "≥") if table.rising else ("<" if band.strict else "≤")
                yield Row(f"{sign} {self._quantity(of, band.threshold)}", points(band.low, band.high), state)
            else:
                yield Row(_("其他"), points(table.else_low, table.else_high), state)

    def _following(self, table: Table, of: Node, value: Range, here: int | None) -> str:
        """What the next better band takes; empty in the best one, and where nothing is known."""
        if not table.rising or here is None or value.exact is None or here == 0:
            return ""
        band = _better_band(table, here)
        if band is None:
            return ""
        aim = _("再上一档：%(bound)s，得 %(marks)s 分") % {
            "bound": f"{'>' if band.strict else '≥'} {self._quantity(of, band.threshold)}",
            "marks": points(band.low, band.high),
        }
        needs = self._needs(of, value, band)
        return _("%(aim)s。%(needs)s") % {"aim": aim, "needs": needs} if needs else aim

    def _needs(self, of: Node, value: Range, band: Band) -> str:
        if of.op == "ratio":
            top, bottom = self.range(of.args[0]), self.range(of.args[1])
            if bottom.exact is None or bottom.exact <= 0 or top.low is None:
                return ""
            wanted = band.threshold * bottom.exact
            return _("按%(whole)s %(held)s计，%(part)s须%(reach)s %(wanted)s，还差 %(gap)s。") % {
                "whole": self._label(of.args[1]), "held": self._quantity(of.args[1], bottom.exact),
                "part": self._label(of.args[0]), "reach": _("超过") if band.strict else _("达到"),
                "wanted": self._quantity(of.args[0], wanted, up=True),
                "gap": self._quantity(of.args[0], wanted - top.low, up=True),
            }  # fmt: skip
        if value.low is None:
            return ""
        return _("还差 %(gap)s。") % {"gap": self._quantity(of, band.threshold - value.low, up=True)}

    def _label(self, node: Node) -> str:
        for built in self.program.rules.values():
            if built.node is node and built.rule.label is not None:
                return lang.of_label(built.rule.label)
        if node.op == "leaf":
            return label_of(node.value.fact)
        return ""

    def _dated(self, table: Table) -> Dated | None:
        tables = self.program.main.file.tables.values()
        return next((one for one in tables if any(row.value is table for row in one.rows)), None)

    def _shown(self, of: Node, value: Range) -> str:
        if value.exact is not None:
            return self._quantity(of, value.exact)
        if value.low is None and value.high is None:
            return ""
        ends = [_("不限") if end is None else self._quantity(of, end) for end in (value.low, value.high)]
        return f"{ends[0]} – {ends[1]}"

    def _quantity(self, of: Node, value: Fraction, *, up: bool = False) -> str:
        """A number of a node's kind: a share in per cent, money in the unit of the page, a count with its word."""
        return quantity(of, value, self.view.unit, up=up)

    def defaults(self, found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        """The house's own choices that decide here: of those for a division by zero only what these facts come to."""
        for one in found:
            name = one["id"]
            if name.endswith(".zero") and not self._divides_by_zero(name.removesuffix(".zero")):
                continue
            yield self._name(name), lang.of_label(one["why"])

    def _divides_by_zero(self, name: str) -> bool:
        built: Built | None = self.program.rules.get(name)
        return built is not None and any(
            self.range(node.args[1]).exact == 0 for node in below([built.node]) if node.op == "ratio"
        )

    def _name(self, name: str) -> str:
        key = name.removesuffix(".zero")
        file = self.program.main.file
        held = file.parameters.get(key) or file.tables.get(key) or file.rules.get(key)
        label = held.label if held is not None else None
        return lang.of_label(label) if label else _("政策文本") if key == "effective" else key


def quantity(of: Node, value: Fraction, unit: MoneyUnit, *, up: bool = False) -> str:
    """A number in words; `up` rounds so that who reaches what is shown has reached it."""
    if units.fen_power(of.unit) == 1:
        fen = math.ceil(value) if up else math.floor(value)
        text = _("%(amount)s 元") if unit == "元" else _("%(amount)s 万元")
        return text % {"amount": showing.amount(fen, unit)}
    if of.op == "ratio" and (of.unit or ()) == units.PLAIN:
        return _percent(value)
    scaled = value * 10_000
    exact = Fraction(math.ceil(scaled) if up else math.floor(scaled), 10_000)
    people = of.unit == units.NAMES["people"]
    return counted(formats.number(exact), _("人") if people else _("项") if _counts(of) else "")


def _counts(of: Node) -> bool:
    return of.op == "leaf" and catalogue.load()[of.value.fact].unit == "items"


def _percent(value: Fraction) -> str:
    """A share to two decimals, cut so that nothing short of a bound looks as if it had reached it."""
    hundredths = math.floor(value * 10_000)
    return f"{formats.number(Fraction(hundredths, 100))}%"


def _place_of(table: Table, value: Fraction | None) -> int | None:
    """Which band a value lies in; the number of bands for the rest below them, None where it is not known."""
    if value is None:
        return None
    for place, band in enumerate(table.bands):
        within = (
            (value > band.threshold if band.strict else value >= band.threshold)
            if table.rising
            else (value < band.threshold if band.strict else value <= band.threshold)
        )
        if within:
            return place
    return len(table.bands)


def _better_band(table: Table, here: int) -> Band | None:
    """The nearest band that gives more than the one at this place."""
    held = table.else_low if here == len(table.bands) else table.bands[here].low
    return next((band for band in reversed(table.bands[:here]) if band.low > held), None)


def _better(indicators: Sequence[Indicator]) -> str:
    """Which of several indicators counts, with what each gives."""
    if len(indicators) < 2:
        return ""
    said = formats.listed(
        _("%(label)s %(value)s 得 %(marks)s 分") % {"label": one.label, "value": one.value or "—", "marks": one.marks}
        for one in indicators
    )
    best = [one for one in indicators if one.best]
    if len(best) == 1:
        return _("取得分较高的“%(label)s”：%(said)s。") % {"label": best[0].label, "said": said}
    return _("两项指标取较高者：%(said)s。") % {"said": said}


def _tables_below(node: Node) -> Iterator[Node]:
    """The band tables that a part reads, not looking into what the tables themselves read."""
    if node.op == "bands":
        yield node
        return
    for arg in node.args:
        yield from _tables_below(arg)


__all__ = [
    "Condition", "Indicator", "Mark", "Missing", "Part", "Row", "Score", "Window", "mark", "points", "quantity",
    "score_of", "window",
]  # fmt: skip
