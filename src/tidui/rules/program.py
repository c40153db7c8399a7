"""One policy in one version, with its parameters as they stood on one day, as a graph."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from tidui.rules import syntax, units
from tidui.rules.errors import NoVersion, PolicyError, Problem, TextError, suggestion
from tidui.rules.nodes import Node, Pool, Table
from tidui.rules.policyfile import Dated, PolicyFile, Row, Rule
from tidui.rules.text import Builder
from tidui.rules.values import Catalogue, FactType, day_number

#: Which numbers a policy's overlay replaces: parameter or table name → rows that win over those of the file.
Overlay = Mapping[str, tuple[Row, ...]]


class Library(Protocol):
    """Where `of('policy', 'rule')` finds other policies: in the version that the same date rule chooses."""

    def file_for(self, policy: str, *, on: dt.date, year: int) -> PolicyFile:
        """The text in force."""
        ...

    def newest(self, policy: str) -> PolicyFile:
        """The newest text, in force or not."""
        ...

    def overlay_for(self, policy: str) -> Overlay:
        """The house's rows that win over the text's."""
        ...


@dataclass(slots=True)
class Built:
    """A rule's nodes: the whole, its single tests, and whether it is needed."""

    rule: Rule
    node: Node
    tests: tuple[Node, ...]
    needed: Node | None


@dataclass(slots=True)
class HouseDefault:
    """A choice that the published text does not make, and that this program uses."""

    id: str
    value: str
    why: dict[str, str]


@dataclass(slots=True)
class Module:
    """One policy file inside a program, with the day on which its dated rows are read."""

    file: PolicyFile
    day: dt.date
    overlay: Overlay
    parameters: dict[str, Node] = field(default_factory=dict)
    nodes: dict[tuple[str, int], Built] = field(default_factory=dict)
    building: list[tuple[str, int]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)


class Program:
    """The graph of one policy, ready to be lowered and read.

    `on` and `year` choose versions and dated rows; the graph itself keeps `on` and the year assessed open.
    """

    def __init__(
        self, file: PolicyFile, catalogue: Catalogue, library: Library | None, *, on: dt.date, year: int
    ) -> None:
        self.catalogue, self.library, self.on, self.year = catalogue, library, on, year
        self.pool = Pool()
        self.file = file
        self.modules: dict[str, Module] = {}
        self.problems: list[Problem] = []
        self._stack: list[str] = []
        self.main = self._module(file)
        self.rules: dict[str, Built] = {}
        for rule in file.rules.values():
            try:
                self.rules[rule.id] = self._built(self.main, rule.id, 0)
            except _Reported:
                continue
        self._check_results()
        if self.problems:
            raise PolicyError(self.problems)

    # ------------------------------------------------------------------ what a reading asks
    def of_kind(self, *kinds: str | None) -> list[Built]:
        """The rules of these kinds, in the file's order."""
        return [built for built in self.rules.values() if built.rule.kind in kinds]

    @property
    def hash(self) -> str:
        """Identity of the texts: every policy file that this program uses, the overlay, and the fact catalogue.

        With the day and the year assessed it replays a decision.
        """
        parts = [
            [name, module.file.digest, [[key, _identity(rows)] for key, rows in sorted(module.overlay.items())]]
            for name, module in sorted(self.modules.items())
        ]
        facts = getattr(self.catalogue, "digest", "")
        return hashlib.sha256(json.dumps([parts, facts], ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def house_defaults(self) -> list[HouseDefault]:
        """The house's own choices that this program reads, those of the policies it uses included."""
        found: list[HouseDefault] = []
        for name, module in self.modules.items():
            prefix = "" if module is self.main else f"{name}:"
            if module.file.house_default:
                found.append(HouseDefault(f"{prefix}effective", module.file.version, module.file.house_default))
            for key in sorted(module.read):
                dated = module.file.parameters.get(key) or module.file.tables.get(key)
                row = self._row_of(module, dated) if dated else None
                why = (row.house_default or dated.house_default) if row and dated else None
                if row and why and not (row.cites and not row.house_default):
                    found.append(HouseDefault(prefix + key, shown_value(row.value, dated), why))
            for key in {rule for rule, _ in module.nodes}:
                found.extend(self._rule_defaults(prefix, module.file.rules[key]))
        return sorted(found, key=lambda default: default.id)

    @staticmethod
    def _rule_defaults(prefix: str, rule: Rule) -> Iterable[HouseDefault]:
        if rule.house_default:
            yield HouseDefault(prefix + rule.id, str(rule.tests[0].text), rule.house_default)
        zero: dict[str, Any] = rule.zero or {}
        if zero.get("house_default"):
            yield HouseDefault(f"{prefix}{rule.id}.zero", str(rule.tests[0].text), dict(zero["house_default"]))

    # ------------------------------------------------------------------ building
    def _module(self, file: PolicyFile) -> Module:
        day = self.on if file.chosen_by == "on" else dt.date(self.year, 12, 31)
        overlay = self.library.overlay_for(file.policy) if self.library else {}
        module = self.modules[file.policy] = Module(file, day, overlay)
        return module

    def _wrong(self, module: Module, line: int, rule: str, message: str) -> _Reported:
        self.problems.append(Problem(module.file.file, line, rule, message))
        return _Reported(rule)

    def _built(self, module: Module, name: str, shift: int) -> Built:
        key = (name, shift)
        if key in module.nodes:
            return module.nodes[key]
        rule = module.file.rules[name]
        if any(other == name for other, _ in module.building):
            circle = " → ".join([other for other, _ in module.building] + [name])
            raise self._wrong(module, rule.line, name, f"reads itself: {circle}")
        if len(module.building) > 60:
            raise self._wrong(module, rule.line, name, "rules read one another more than 60 deep")
        module.building.append(key)
        try:
            built = module.nodes[key] = self._build(module, rule, shift)
        finally:
            module.building.pop()
        return built

    def _build(self, module: Module, rule: Rule, shift: int) -> Built:
        scope = _Scope(self, module, rule)
        builder = Builder(scope, shift=shift, options=rule.options)
        want_bool = rule.how != "is" or rule.kind in ("condition", "flag", "verdict")
        make = builder.boolean if want_bool else builder.build
        nodes = [self._text(module, rule, test.line, test.text, make) for test in rule.tests]
        node = nodes[0] if rule.how == "is" else builder.join("and" if rule.how == "all" else "or", nodes)
        needed = None
        if rule.needed is not None:
            needed = self._text(module, rule, rule.line, rule.needed, builder.boolean)
        if builder.uses_ratio:
            self._check_zero(module, rule)
        elif rule.zero is not None:
            raise self._wrong(module, rule.line, rule.id, "has zero: but no ratio")
        self._check_type(module, rule, node)
        return Built(rule, node, tuple(nodes), needed)

    def _text(self, module: Module, rule: Rule, line: int, text: Any, make: Callable[..., Node]) -> Node:
        try:
            return make(syntax.parse(text))
        except _Reported:
            raise  # what is wrong lies in another rule, and is told there
        except TextError as error:
            raise self._wrong(module, line, rule.id, str(error)) from None
        except RecursionError:
            raise self._wrong(module, line, rule.id, "is nested too deeply") from None

    def _check_zero(self, module: Module, rule: Rule) -> None:
        zero = rule.zero
        house = zero.get("house_default") if isinstance(zero, dict) else None
        complete = isinstance(house, dict) and {"zh", "en"} <= set(house)
        if not (isinstance(zero, dict) and (zero.get("cites") or complete)):
            message = "uses ratio: zero: {cites: …} or zero: {house_default: {zh, en}} must say why if_zero is so"
            raise self._wrong(module, rule.line, rule.id, message)

    def _check_type(self, module: Module, rule: Rule, node: Node) -> None:
        expected: dict[str, tuple[str, units.Unit]] = {
            "amount": ("num", units.NAMES["yuan"]), "score": ("num", units.NAMES["points"]),
            "group": ("num", units.NAMES["points"]), "total": ("num", units.NAMES["points"]),
        }  # fmt: skip
        if rule.kind not in expected:
            if node.type not in ("num", "bool", "date"):
                raise self._wrong(module, rule.line, rule.id, "a rule is a number, a condition or a date")
            return
        type_, unit = expected[rule.kind]
        if node.type != type_ or node.unit not in (unit, None):
            found = units.show(node.unit) if node.type == "num" else node.type
            message = f"a rule of kind {rule.kind} is in {units.show(unit)}, found {found}"
            raise self._wrong(module, rule.line, rule.id, message)

    def _check_results(self) -> None:
        kinds = [built.rule for built in self.of_kind("verdict", "total")]
        for kind in ("verdict", "total"):
            if sum(rule.kind == kind for rule in kinds) > 1:
                self._wrong(self.main, kinds[-1].line, kinds[-1].id, f"there is at most one {kind}")

    # ------------------------------------------------------------------ dated rows
    def _row_of(self, module: Module, dated: Dated) -> Row | None:
        for row in reversed(module.overlay.get(dated.id, ())):
            if row.start <= module.day and (row.end is None or module.day <= row.end):
                return row
        return dated.at(module.day)


def _identity(rows: Sequence[Row]) -> list[str]:
    """What house values say, wherever they stand in their file."""
    return [repr((row.start, row.end, row.value, row.house_default)) for row in rows]


class _Reported(TextError):
    """A rule that could not be built; the problem itself is already noted."""


class _Scope:
    """What the texts of one module may name."""

    def __init__(self, program: Program, module: Module, rule: Rule) -> None:
        self.program, self.module, self.current = program, module, rule
        self.pool = program.pool

    def fact(self, name: str) -> FactType | None:
        catalogue = self.program.catalogue
        return catalogue[name] if name in catalogue else None  # noqa: SIM401 - a catalogue is no dict

    def _row(self, dated: Dated) -> Row:
        self.module.read.add(dated.id)
        row = self.program._row_of(self.module, dated)
        if row is None:
            raise NoVersion(
                f"{self.module.file.policy} {self.module.file.version}: {dated.id} has no value for "
                f"{self.module.day.isoformat()} ({self.module.file.file}:{dated.line})"
            )
        return row

    def parameter(self, name: str) -> Node | None:
        dated = self.module.file.parameters.get(name)
        if dated is None:
            return None
        if name not in self.module.parameters:
            value = self._row(dated).value
            type_: Any = "bool" if isinstance(value, bool) else "date" if isinstance(value, dt.date) else "num"
            stored = day_number(value) if type_ == "date" else value
            unit = dated.gives if type_ == "num" else None
            self.module.parameters[name] = self.pool.make("lit", type=type_, value=stored, unit=unit)
        return self.module.parameters[name]

    def table(self, name: str) -> tuple[Table, units.Unit, units.Unit] | None:
        dated = self.module.file.tables.get(name)
        return None if dated is None else (self._row(dated).value, dated.by, dated.gives)

    def rule(self, name: str, shift: int) -> Node | None:
        if name not in self.module.file.rules:
            return None
        return self.program._built(self.module, name, shift).node

    def shadows(self, name: str) -> bool:
        """Whether a name means the rule, though a fact has it too: everywhere but in that rule's own text."""
        return name in self.module.file.rules and name != self.current.id

    def other(self, policy: str, rule: str, shift: int) -> Node:
        program = self.program
        if program.library is None:
            raise TextError("of() needs the other policies")
        if policy in program._stack or policy == self.module.file.policy:
            raise TextError(f"policies read one another in a circle: {' → '.join([*program._stack, policy])}")
        module = program.modules.get(policy)
        if module is None:
            try:
                file = program.library.file_for(policy, on=program.on, year=program.year)
            except NoVersion:
                return self._unknown(program.library, policy, rule)
            module = program._module(file)
        if rule not in module.file.rules:
            raise TextError(f"{policy} has no rule {rule!r}{suggestion(rule, module.file.rules)}")
        program._stack.append(self.module.file.policy)
        try:
            return program._built(module, rule, shift).node
        finally:
            program._stack.pop()

    def _unknown(self, library: Library, policy: str, rule: str) -> Node:
        """A rule of a policy that has no version in force: unknown, of the kind that its newest version gives."""
        file = library.newest(policy)
        if rule not in file.rules:
            raise TextError(f"{policy} has no rule {rule!r}{suggestion(rule, file.rules)}")
        last = file.end or file.start
        node = Program(file, self.program.catalogue, library, on=last, year=last.year).rules[rule].node
        return self.pool.make("unknown", type=node.type, unit=node.unit)

    def names(self) -> list[str]:
        file = self.module.file
        return [*self.program.catalogue, *file.parameters, *file.tables, *file.rules]


def shown_value(value: Any, dated: Dated | None) -> str:
    """A parameter's or table's value as a reader expects it: yuan for money, fractions as p/q where not decimal."""
    if isinstance(value, Table):
        scale_by, scale = (100 ** units.fen_power(unit) for unit in ((dated.by, dated.gives) if dated else ((), ())))
        sign = "≥" if value.rising else "≤"
        rows = [
            f"{sign if not band.strict else sign.replace('≥', '>').replace('≤', '<')}"
            f"{decimal(band.threshold / scale_by)}: {_span(band.low / scale, band.high / scale)}"
            for band in value.bands
        ]
        return "; ".join([*rows, f"else {_span(value.else_low / scale, value.else_high / scale)}"])
    if isinstance(value, Fraction) and dated is not None:
        return decimal(value / 100 ** units.fen_power(dated.gives))
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _span(low: Fraction, high: Fraction) -> str:
    return decimal(low) if low == high else f"{decimal(low)}–{decimal(high)}"


def decimal(value: Fraction) -> str:
    """A fraction as an exact decimal where there is one, otherwise as p/q."""
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = abs(value * 10**digits).numerator
    text = str(whole).rjust(digits + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)
