"""One policy file: read, its shape checked, its citations in place."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import reprlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tidui.rules import units, yamlfile
from tidui.rules.errors import PolicyError, Problem, TextError, suggestion
from tidui.rules.nodes import Band, Table
from tidui.rules.yamlfile import Mapping

KINDS: Final = ("condition", "score", "group", "total", "amount", "outcome", "flag", "verdict")
MAX_RULES: Final = 500
FIXED_IDS: Final = {"verdict": "verdict", "total": "score"}
_TOP: Final = {
    "policy", "title", "document", "documents", "issued_by", "chosen_by", "effective", "parameters", "tables",
    "rules", "note",
}  # fmt: skip
_RULE: Final = {
    "id", "kind", "is", "all", "any", "label", "cites", "house_default", "max", "parts", "needed", "zero", "options",
    "shown_as", "note",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One dated row of a parameter or table: in force from `start` to `end`, both included (None: open)."""

    start: dt.date
    end: dt.date | None
    value: Any
    cites: tuple[str, ...]
    line: int
    house_default: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A parameter (`gives` is its unit) or a table (`by` and `gives`)."""

    id: str
    by: units.Unit
    gives: units.Unit
    unit_name: str
    rows: tuple[Row, ...]
    cites: tuple[str, ...]
    house_default: dict[str, str] | None
    label: dict[str, str] | None
    line: int

    def at(self, day: dt.date) -> Row | None:
        """The row in force on a day, or None."""
        for row in reversed(self.rows):
            if row.start <= day:
                return row if row.end is None or day <= row.end else None
        return None


@dataclass(frozen=True, slots=True)
class Test:
    """One text, in a rule's `is` or as an item of its `all` or `any`."""

    text: Any
    line: int
    label: dict[str, str] | None = None
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is, its texts and how they are joined (`is`, `all` or `any`)."""

    id: str
    kind: str | None
    how: str
    tests: tuple[Test, ...]
    line: int
    label: dict[str, str] | None = None
    cites: tuple[str, ...] = ()
    house_default: dict[str, str] | None = None
    maximum: Fraction | None = None
    parts: tuple[str, ...] = ()
    needed: Any = None
    zero: Mapping | None = None
    options: tuple[str, ...] = ()
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy's text as it stands in its file."""

    file: str
    policy: str
    title: dict[str, str]
    document: str
    chosen_by: str
    start: dt.date
    end: dt.date | None
    house_default: dict[str, str] | None
    parameters: dict[str, Dated]
    tables: dict[str, Dated]
    rules: dict[str, Rule]
    digest: str
    issued_by: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version's name: the day from which its text is in force."""
        return self.start.isoformat()


def load(path: Path, name: str | None = None) -> PolicyFile:
    """The policy in this file; PolicyError lists everything that is wrong with its shape."""
    called = name or str(path)
    return loads(yamlfile.content_of(path, called), called)


def loads(data: bytes, name: str) -> PolicyFile:
    """The same for bytes already read."""
    content = yamlfile.loads(data, name)
    if not isinstance(content, Mapping):
        raise PolicyError([Problem(name, 1, "", "expected a mapping with policy, title, rules …")])
    reader = _Reader(name, content)
    result = reader.read(hashlib.sha256(data).hexdigest())
    if reader.problems or result is None:
        raise PolicyError(reader.problems)
    return result


class _Reader:
    """Reads one file and gathers problems instead of stopping at the first."""

    def __init__(self, name: str, content: Mapping) -> None:
        self.name, self.content = name, content
        self.problems: list[Problem] = []
        self.documents: dict[str, str] = {}

    def wrong(self, line: int, rule: str, message: str) -> None:
        self.problems.append(Problem(self.name, line, rule, message))

    def read(self, digest: str) -> PolicyFile | None:
        content = self.content
        self.only_keys(content, _TOP, "")
        for key in ("policy", "title", "document", "effective", "rules"):
            if key not in content:
                self.wrong(content.line, "", f"{key} is missing")
        if self.problems:
            return None
        documents = content.get("documents") or {}
        if not isinstance(documents, dict):
            self.wrong(content.lines["documents"], "", "documents is a mapping of short names to documents")
            return None
        self.documents = {str(key): _document(value) for key, value in documents.items()}
        chosen = content.get("chosen_by", "on")
        if chosen not in ("on", "year"):
            self.wrong(content.lines["chosen_by"], "", f"chosen_by is on or year, found {chosen!r}")
        effective = content["effective"]
        start = effective.get("from") if isinstance(effective, Mapping) else None
        if not isinstance(start, dt.date):
            self.wrong(content.lines["effective"], "", "effective needs from: a date (2024-04-01)")
            return None
        end = self.date(effective, "to", "effective")
        parameters = {key: self.dated(key, value, is_table=False) for key, value in self.section("parameters")}
        tables = {key: self.dated(key, value, is_table=True) for key, value in self.section("tables")}
        rules = self.rules(content["rules"])
        self.one_name_for_one_thing(parameters, tables, rules)
        return PolicyFile(
            self.name, str(content["policy"]), self.label(content, "title", "") or {}, str(content["document"]),
            str(chosen), start, end, self.label(effective, "house_default", "effective"),
            parameters, tables, rules, digest, self.texts(content, "issued_by", ""),
        )  # fmt: skip

    # ------------------------------------------------------------------ parts
    def section(self, key: str) -> Iterable[tuple[str, Mapping]]:
        found = self.content.get(key)
        if found is None:
            return
        if not isinstance(found, Mapping):
            self.wrong(self.content.lines[key], "", f"{key} is a mapping of names")
            return
        for name, value in found.items():
            if not isinstance(value, Mapping):
                self.wrong(found.lines[name], str(name), "expected a mapping")
            elif not (isinstance(name, str) and name.isidentifier()):
                self.wrong(found.lines[name], str(name), "a name is made of letters, digits and _")
            else:
                yield name, value

    def dated(self, name: str, value: Mapping, *, is_table: bool) -> Dated:
        keys = {"unit", "cites", "house_default", "rows", "label", "note"}
        self.only_keys(value, {"by", "gives", *keys} - {"unit"} if is_table else keys, name)
        unit_name = str(value.get("gives" if is_table else "unit", ""))
        by, gives = self.unit(value, "by", name), self.unit(value, "gives" if is_table else "unit", name)
        cites = self.cites(value, name)
        house = self.label(value, "house_default", name)
        rows = self.rows(value, name, by, gives, is_table)
        if not cites and not house and not all(row.cites or row.house_default for row in rows):
            self.wrong(value.line, name, "needs cites, or house_default with the reason")
        label = self.label(value, "label", name)
        return Dated(name, by, gives, unit_name, rows, cites, house, label, value.line)

    def unit(self, value: Mapping, key: str, name: str) -> units.Unit:
        if key not in value:
            if key != "by":
                self.wrong(value.line, name, f"{key} is missing")
            return units.PLAIN
        try:
            return units.parse(str(value[key]))
        except TextError as error:
            self.wrong(value.lines[key], name, str(error))
            return units.PLAIN

    def rows(self, value: Mapping, name: str, by: units.Unit, gives: units.Unit, is_table: bool) -> tuple[Row, ...]:
        found = value.get("rows")
        if not isinstance(found, list) or not found:
            self.wrong(value.line, name, "rows is a list of at least one {from, value}")
            return ()
        rows: list[Row] = []
        for item in found:
            if not isinstance(item, Mapping) or not isinstance(item.get("from"), dt.date):
                self.wrong(getattr(item, "line", value.line), name, "each row needs from: a date")
                continue
            allowed = {"from", "to", "cites", "house_default", "note"}
            self.only_keys(item, allowed | ({"bands", "upto", "else"} if is_table else {"value"}), name)
            read = self.table_value(item, name, by, gives) if is_table else self.parameter_value(item, name, gives)
            house = self.label(item, "house_default", name)
            end = self.date(item, "to", name)
            rows.append(Row(item["from"], end, read, self.cites(item, name), item.line, house))
        self.check_periods(rows, name)
        return tuple(rows)

    def check_periods(self, rows: list[Row], name: str) -> None:
        for row in rows:
            if row.end is not None and row.end < row.start:
                self.wrong(row.line, name, f"ends on {row.end}, before it begins on {row.start}")
        for earlier, later in itertools.pairwise(rows):
            if later.start <= earlier.start:
                self.wrong(later.line, name, f"rows are out of order: {later.start} after {earlier.start}")
            elif earlier.end is not None and earlier.end >= later.start:
                self.wrong(later.line, name, f"rows overlap: one ends on {earlier.end}, the next begins {later.start}")
            elif earlier.end is not None and earlier.end < later.start - dt.timedelta(days=1):
                self.wrong(later.line, name, f"rows leave a gap between {earlier.end} and {later.start}")

    def parameter_value(self, item: Mapping, name: str, unit: units.Unit) -> Any:
        value = item.get("value")
        if isinstance(value, bool | dt.date):
            return value
        number = self.number(value, item.line, name)
        return number * 100 ** units.fen_power(unit)

    def table_value(self, item: Mapping, name: str, by: units.Unit, gives: units.Unit) -> Table | None:
        rising = "bands" in item
        found = item.get("bands" if rising else "upto")
        if ("bands" in item) == ("upto" in item) or not isinstance(found, list) or "else" not in item:
            self.wrong(item.line, name, "a row of a table has bands or upto, and else")
            return None
        scale_by, scale = 100 ** units.fen_power(by), 100 ** units.fen_power(gives)
        bands: list[Band] = []
        for pair in found:
            if not isinstance(pair, list) or len(pair) != 2:
                self.wrong(item.line, name, "a band is [threshold, value]")
                continue
            text = str(pair[0]).strip() if isinstance(pair[0], str) else ""
            strict = text.startswith(">" if rising else "<")
            threshold = self.number(text[1:] if strict else pair[0], item.line, name)
            low, high = self.value_range(pair[1], item.line, name)
            bands.append(Band(threshold * scale_by, strict, low * scale, high * scale))
        for one, two in itertools.pairwise(bands):
            in_order = (one.threshold > two.threshold) if rising else (one.threshold < two.threshold)
            if not in_order and not (one.threshold == two.threshold and one.strict and not two.strict):
                order = "highest first" if rising else "lowest first"
                self.wrong(item.line, name, f"a band is out of order or never reached; write them {order}")
        low, high = self.value_range(item["else"], item.line, name)
        return Table(rising, tuple(bands), low * scale, high * scale)

    def value_range(self, value: Any, line: int, name: str) -> tuple[Fraction, Fraction]:
        if isinstance(value, list):
            if len(value) != 2:
                self.wrong(line, name, "a range is [low, high]")
                return Fraction(0), Fraction(0)
            low, high = (self.number(end, line, name) for end in value)
            if low > high:
                self.wrong(line, name, f"the range {low}..{high} is upside down")
            return low, high
        number = self.number(value, line, name)
        return number, number

    def number(self, value: Any, line: int, name: str) -> Fraction:
        if isinstance(value, int | Fraction) and not isinstance(value, bool):
            return Fraction(value)
        written = yamlfile.exact(value) if isinstance(value, str) else None
        if written is not None:
            return written
        self.wrong(line, name, f"expected a number, found {reprlib.repr(value)}")
        return Fraction(0)

    # ------------------------------------------------------------------ rules
    def rules(self, found: Any) -> dict[str, Rule]:
        if not isinstance(found, list) or not found:
            self.wrong(self.content.lines["rules"], "", "rules is a list of at least one rule")
            return {}
        if len(found) > MAX_RULES:
            self.wrong(self.content.lines["rules"], "", f"{len(found)} rules; the limit is {MAX_RULES}")
            return {}
        rules: dict[str, Rule] = {}
        for item in found:
            rule = self.rule(item)
            if rule is None:
                continue
            if rule.id in rules:
                self.wrong(rule.line, rule.id, f"stands twice; first at line {rules[rule.id].line}")
            rules[rule.id] = rule
        self.check_kinds(rules)
        return rules

    def rule(self, item: Any) -> Rule | None:
        if not isinstance(item, Mapping) or not str(item.get("id", "")).isidentifier():
            self.wrong(getattr(item, "line", self.content.line), "", "each rule needs an id of letters, digits and _")
            return None
        name = str(item["id"])
        self.only_keys(item, _RULE, name)
        kind = item.get("kind")
        if kind is not None and kind not in KINDS:
            self.wrong(item.lines["kind"], name, f"unknown kind {kind!r}{suggestion(str(kind), KINDS)}")
        how = [key for key in ("is", "all", "any") if key in item]
        if not how and kind in ("group", "total") and isinstance(item.get("parts"), list):
            how = ["is"]
            item["is"] = _sum_of_parts(item)
            item.lines["is"] = item.line
        if len(how) != 1:
            self.wrong(item.line, name, "needs one of is, all, any")
            return None
        maximum = self.number(item["max"], item.lines["max"], name) if "max" in item else None
        return Rule(
            name, kind, how[0], self.tests(item, how[0], name), item.line,
            self.label(item, "label", name), self.cites(item, name), self.label(item, "house_default", name),
            maximum, self.texts(item, "parts", name), item.get("needed"), item.get("zero"),
            self.texts(item, "options", name), self.shown_as(item, name) == "share",
        )  # fmt: skip

    def shown_as(self, item: Mapping, name: str) -> str:
        found = str(item.get("shown_as", "number"))
        if found not in ("number", "share"):
            self.wrong(item.lines["shown_as"], name, f"shown_as is number or share, found {found!r}")
        return found

    def tests(self, item: Mapping, how: str, name: str) -> tuple[Test, ...]:
        found = item[how]
        if how == "is":
            return (Test(found, item.lines["is"]),)
        if not isinstance(found, yamlfile.Sequence) or not found:
            self.wrong(item.lines[how], name, f"{how} is a list of conditions")
            return ()
        tests = []
        for line, entry in zip(found.lines, found, strict=True):
            if isinstance(entry, Mapping):
                self.only_keys(entry, {"is", "label", "cites"}, name)
                label, cites = self.label(entry, "label", name), self.cites(entry, name)
                tests.append(Test(entry.get("is"), line, label, cites))
            else:
                tests.append(Test(entry, line))
        return tuple(tests)

    def check_kinds(self, rules: dict[str, Rule]) -> None:
        for rule in rules.values():
            if rule.kind is None:
                continue
            if rule.label is None:
                self.wrong(rule.line, rule.id, "needs a label in zh and en")
            if not rule.cites and rule.house_default is None:
                self.wrong(rule.line, rule.id, "needs cites, or house_default with the reason")
            if rule.kind in ("score", "group", "total") and rule.maximum is None:
                self.wrong(rule.line, rule.id, "needs max")
            if rule.kind in ("verdict", "total") and rule.id != FIXED_IDS[rule.kind]:
                self.wrong(rule.line, rule.id, f"a rule of kind {rule.kind} has the id {FIXED_IDS[rule.kind]}")
            for part in rule.parts:
                if part not in rules:
                    self.wrong(rule.line, rule.id, f"unknown part {part!r}{suggestion(part, rules)}")
            if rule.kind in ("group", "total") and not rule.parts:
                self.wrong(rule.line, rule.id, "needs parts: the ids of its scores")

    # ------------------------------------------------------------------ small pieces
    def only_keys(self, mapping: Mapping, allowed: set[str], rule: str) -> None:
        for key in mapping:
            if key not in allowed:
                near = suggestion(str(key), allowed)
                self.wrong(mapping.lines.get(key, mapping.line), rule, f"unknown key {key!r}{near}")

    def label(self, mapping: Mapping, key: str, rule: str) -> dict[str, str] | None:
        found = mapping.get(key)
        if found is None:
            return None
        complete = isinstance(found, Mapping) and set(found) == {"zh", "en"}
        if not complete or not all(isinstance(text, str) and text.strip() for text in found.values()):
            self.wrong(mapping.lines.get(key, mapping.line), rule, f"{key} needs a text in zh and in en")
            return None
        return {"zh": found["zh"], "en": found["en"]}

    def texts(self, mapping: Mapping, key: str, rule: str) -> tuple[str, ...]:
        """A list of texts; none where it is left out."""
        found = mapping.get(key)
        if found is None:
            return ()
        if not isinstance(found, list) or any(isinstance(one, list | dict) or one is None for one in found):
            self.wrong(mapping.lines[key], rule, f"{key} is a list of texts")
            return ()
        return tuple(str(one) for one in found)

    def cites(self, mapping: Mapping, rule: str) -> tuple[str, ...]:
        found = mapping.get("cites")
        if found is None:
            return ()
        texts = found if isinstance(found, list) else [found]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            self.wrong(mapping.lines["cites"], rule, "cites is a text, or a list of texts")
            return ()
        return tuple(self.cite(text) for text in texts)

    def cite(self, text: str) -> str:
        """The full citation: the document's number and the provision."""
        key, _, rest = text.partition(" ")
        if key in self.documents:
            return f"{self.documents[key]} {rest}".strip()
        main = str(self.content["document"])
        return text if "〕" in text or "公告" in text or text.startswith(main) else f"{main} {text}"

    def date(self, mapping: Mapping, key: str, rule: str) -> dt.date | None:
        found = mapping.get(key)
        if found is None or isinstance(found, dt.date):
            return found
        self.wrong(mapping.lines[key], rule, f"{key} is a date such as 2024-04-01, found {found!r}")
        return None

    def one_name_for_one_thing(self, *groups: dict[str, Any]) -> None:
        seen: dict[str, int] = {}
        for group in groups:
            for name, thing in group.items():
                if name in seen:
                    self.wrong(thing.line, name, f"the name stands for something else at line {seen[name]}")
                seen[name] = thing.line


def _sum_of_parts(item: Mapping) -> str:
    """The text of a group or total that gives its parts alone; a group is cut at its ceiling."""
    total = " + ".join(str(part) for part in item["parts"])
    return f"min({total}, {item.get('max', 0)})" if item.get("kind") == "group" else total


def _document(value: Any) -> str:
    return str(value.get("number", "")) if isinstance(value, Mapping) else str(value)
