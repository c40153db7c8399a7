"""What a draw is made from: the frozen file, how it is written, and what must hold of it before anything is drawn.

The file is canonical JSON: keys sorted, no blanks, UTF-8, whole numbers only. Its SHA-256 is the digest that is
published. `docs/developers/draw.md` names every key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

#: The layout of the frozen file; another one gets another number.
LAYOUT: Final = "tidui-draw-1"
TECHNICAL: Final = "technical"
FINANCIAL: Final = "financial"
KINDS: Final = (TECHNICAL, FINANCIAL)
#: How near an expert's fields must lie: the same second-level field, the same field of the eight, or any.
REACHES: Final = ("second", "first", "any")
#: Levels of titles, the highest first: the leader comes from the highest that sits in the panel.
LEVELS: Final = ("senior", "associate", "middle", "none")
#: How well an expert fits a file, in thousandths: main field, further field, whole field named, neighbour, none.
MAIN, FURTHER, WHOLE, NEIGHBOUR, NONE = 1000, 900, 700, 500, 0
#: From this fit on, a file is reached.
_REACHED: Final = {"second": WHOLE, "first": NEIGHBOUR, "any": NONE}

#: No load and no number of seats that is meant goes beyond this.
_MOST: Final = 1_000_000


class BadInput(ValueError):
    """The file is none of this layout, or what it says cannot be."""


class NeedsSolver(RuntimeError):
    """The optimiser is not installed: pip install 'tidui[plan]'."""

    def __init__(self) -> None:
        super().__init__("OR-Tools is not installed; install tidui[plan] (see tidui doctor)")


def canonical(value: Any) -> bytes:
    """The one way in which a value is written; BadInput for what has no exact writing, such as 0.5."""
    _exact(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadInput("a text holds what UTF-8 cannot write") from None


def _exact(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise BadInput("a key is no text")
        for one in value.values():
            _exact(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _exact(one)
    else:
        raise BadInput(f"{type(value).__name__} has no exact writing")


def digest(value: Any) -> str:
    """The SHA-256, in hexadecimal, of the canonical writing."""
    return hashlib.sha256(canonical(value)).hexdigest()


def read(text: str | bytes) -> Any:
    """The JSON of a text; BadInput for a key that stands twice or a number with a point, besides what is no JSON."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_float=_point, parse_constant=_point)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"this is no JSON ({error})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("a key stands twice")
    return found


def _point(text: str) -> Any:
    raise BadInput(f"{text} is no whole number")


def name_digest(salt: str, name: str) -> str:
    """What the frozen file binds a person's name by, without holding it."""
    return hashlib.sha256(f"{salt}\n{name}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds of every panel, and how chance and fit are weighed. `fair`: rounds of the fairness loop, 0 for none.

    A panel is reached by an expert if they reach at least `cover` percent of its files.
    """

    size: int
    technical: int
    financial: int
    technical_share: int
    financial_least: int
    fit: int
    reach: str
    cover: int
    fair: int


@dataclass(frozen=True, slots=True)
class Expert:
    """Somebody who may be drawn, under a pseudonym; `fields` with the main one first, `load` files are left to them."""

    id: str
    kind: str
    level: str
    fields: tuple[str, ...]
    load: int
    available: bool


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody who sits in a panel already and stays."""

    expert: str
    kind: str
    leader: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Files that the same experts review, who sits there already, and how many more are to be drawn.

    `lead`: the leader is chosen among `all` technical experts of the panel, or only among those now `drawn`.
    """

    id: str
    files: tuple[str, ...]
    technical: int
    financial: int
    seated: tuple[Seated, ...]
    lead: str

    def wants(self, kind: str) -> int:
        """How many of a kind are to be drawn."""
        return self.technical if kind == TECHNICAL else self.financial

    def has(self, kind: str) -> int:
        """How many of a kind sit there already."""
        return sum(1 for one in self.seated if one.kind == kind)


@dataclass(frozen=True, slots=True)
class Unit:
    """One of the units that put a secret into the draw, by the digest that it gave before the freeze."""

    unit: str
    salt: str
    commitment: str


@dataclass(frozen=True)
class Input:
    """The frozen file, read and checked."""

    raw: Mapping[str, Any]
    rules: Rules
    experts: tuple[Expert, ...]
    fields: Mapping[str, str]
    panels: tuple[Panel, ...]
    forbidden: Mapping[tuple[str, str], str]
    units: tuple[Unit, ...]
    frozen_on: str
    public_on: str

    @cached_property
    def digest(self) -> str:
        """What was published of it."""
        return digest(self.raw)

    def of_kind(self, kind: str) -> tuple[Expert, ...]:
        """The experts of a kind, in the order of their pseudonyms."""
        return tuple(one for one in self.experts if one.kind == kind)

    def expert(self, key: str) -> Expert:
        """The expert of a pseudonym; KeyError if there is none."""
        return self._by_id[key]

    @cached_property
    def _by_id(self) -> dict[str, Expert]:
        return {one.id: one for one in self.experts}


def fit_of(fields: Iterable[str], field: str) -> int:
    """How well somebody with these fields, the main one first, fits a file of a second-level field, in thousandths."""
    named = tuple(fields)
    if field and named and named[0] == field:
        return MAIN
    if field in named:
        return FURTHER
    if field and f"{field[:1]}0" in named:
        return WHOLE
    if field and any(one[:1] == field[:1] for one in named):
        return NEIGHBOUR
    return NONE


def reached(fit: int, reach: str) -> bool:
    """Does this fit reach a file, as far as the rules let it lie?"""
    return fit >= _REACHED[reach]


def load(raw: Any) -> Input:
    """The input of a frozen file; BadInput with what cannot be."""
    if not isinstance(raw, Mapping) or raw.get("layout") != LAYOUT:
        raise BadInput(f"this is no file of the layout {LAYOUT}")
    _exact(raw)
    try:
        made = Input(
            raw=raw,
            rules=Rules(**raw["rules"]),
            experts=tuple(Expert(**{**one, "fields": tuple(one["fields"])}) for one in raw["experts"]),
            fields={one["id"]: one["field"] for one in raw["files"]},
            panels=tuple(_panel(one) for one in raw["panels"]),
            forbidden={(one[0], one[1]): one[2] for one in raw["forbidden"]},
            units=tuple(Unit(**one) for one in raw["units"]),
            frozen_on=raw["frozen_on"],
            public_on=raw["public"]["on"],
        )
        problems = list(_shape_problems(made)) or list(_problems(made))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadInput(f"the file lacks or misnames something ({error})") from None
    if problems:
        raise BadInput("; ".join(problems))
    return made


def _panel(raw: Mapping[str, Any]) -> Panel:
    seated = tuple(Seated(**one) for one in raw["seated"])
    return Panel(**{**raw, "files": tuple(raw["files"]), "seated": seated})


def _shape_problems(made: Input) -> Iterable[str]:
    """What is no text or no number of a size that is meant: nothing else is looked at while one of these stands."""
    texts: list[Any] = [*made.fields, *made.fields.values(), *(one for pair in made.forbidden for one in pair)]
    numbers: list[Any] = [getattr(made.rules, name) for name in Rules.__slots__ if name != "reach"]
    for expert in made.experts:
        texts += [expert.id, *expert.fields]
        numbers.append(expert.load)
    for panel in made.panels:
        texts += [panel.id, *panel.files, *(one.expert for one in panel.seated)]
        numbers += [panel.technical, panel.financial]
    texts += [text for unit in made.units for text in (unit.unit, unit.salt, unit.commitment)]
    if not all(isinstance(one, str) for one in texts):
        yield "a name, a field or a code is no text"
    if not all(type(one) is int and abs(one) <= _MOST for one in numbers):
        yield f"a load, a rule or a number of seats is no whole number, or beyond {_MOST}"


def _problems(made: Input) -> Iterable[str]:
    yield from _rule_problems(made.rules)
    yield from _order_problems(made)
    known, ids = set(made.fields), {one.id for one in made.experts}
    held: set[str] = set()
    for panel in made.panels:
        if not panel.files or not set(panel.files) <= known or len(set(panel.files)) != len(panel.files):
            yield f"panel {panel.id} names a file that is not listed, or none"
        if held & set(panel.files):
            yield f"panel {panel.id} has a file of another panel"
        held |= set(panel.files)
        if min(panel.technical, panel.financial) < 0 or panel.lead not in ("all", "drawn"):
            yield f"panel {panel.id} wants what cannot be"
        if any(one.expert not in ids or made.expert(one.expert).kind != one.kind for one in panel.seated):
            yield f"panel {panel.id} seats somebody who is not listed"
        yield from _composition(made.rules, panel)
    for file, expert in made.forbidden:
        if file not in known or expert not in ids:
            yield f"a recusal names {file} or {expert}, who are not listed"
    if not _is_day(made.frozen_on) or not _is_day(made.public_on) or made.frozen_on >= made.public_on:
        yield "the public number was known when the file was frozen"
    if len(made.units) != 2 or made.units[0].unit == made.units[1].unit:
        yield "two units put in a secret each"


def _rule_problems(rules: Rules) -> Iterable[str]:
    numbers = [getattr(rules, name) for name in Rules.__slots__ if name != "reach"]
    if not all(type(one) is int and one >= 0 for one in numbers):
        yield "a rule is no whole number"
        return
    if rules.technical + rules.financial != rules.size or rules.size < 1:
        yield "technical and financial experts do not add up to the size of a panel"
    if rules.technical * 100 < rules.technical_share * rules.size:
        yield f"fewer than {rules.technical_share} % of a panel are technical"
    if rules.financial < rules.financial_least:
        yield f"a panel has fewer than {rules.financial_least} financial experts"
    if rules.fit > 100 or rules.cover > 100 or rules.reach not in REACHES or rules.fair > 20:
        yield "a rule is out of its bounds"


def _composition(rules: Rules, panel: Panel) -> Iterable[str]:
    for kind, least in ((TECHNICAL, rules.technical), (FINANCIAL, rules.financial)):
        if panel.has(kind) + panel.wants(kind) < least:
            yield f"panel {panel.id} would have fewer than {least} {kind} experts"


def _order_problems(made: Input) -> Iterable[str]:
    for name, ids in (
        ("experts", [one.id for one in made.experts]), ("panels", [one.id for one in made.panels]),
        ("files", [one["id"] for one in made.raw["files"]]), ("recusals", [one[:2] for one in made.raw["forbidden"]]),
    ):  # fmt: skip
        if any(not later > earlier for earlier, later in itertools.pairwise(ids)):
            yield f"the {name} do not stand in their order, or one stands twice"
    for one in made.experts:
        if one.kind not in KINDS or one.level not in LEVELS or type(one.load) is not int or one.load < 0:
            yield f"expert {one.id} is of no known kind or level, or has no load"
    if not all(type(one["available"]) is bool for one in made.raw["experts"]):
        yield "an expert is neither available nor not"


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
