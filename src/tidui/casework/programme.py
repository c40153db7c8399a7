"""A programme as data: a list of stages made of stage kinds, a policy, a form, documents.

A stage kind says once whose turn it is and what may be decided; a stage puts it into a programme, with its working
days. Nothing here touches the database: the diagram in the docs is drawn from the same declarations that the site runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from tidui.accounts.enums import OrganisationKind
from tidui.casework.enums import State, Turn
from tidui.kit.lang import Pair

#: Where a move leads, beside the name of a stage.
NEXT: Final = "next"
CORRECTION: Final = "correction"
REFUSED: Final = "refused"
ACCEPTED: Final = "accepted"
WITHDRAWN: Final = "withdrawn"
ENDS: Final[Mapping[str, State]] = MappingProxyType(
    {REFUSED: State.REFUSED, ACCEPTED: State.ACCEPTED, WITHDRAWN: State.WITHDRAWN}
)


@dataclass(frozen=True, slots=True)
class Move:
    """Something that may be decided at a stage, and where it leads: `next`, `correction`, an end, or a stage by name.

    `reason`: it must be given. `fields`: what is to be corrected may be named. `second`: a colleague has to confirm
    (four eyes). `by_hand` is False for what a higher room does by itself, such as the end of a notice. `alone` is True
    for what is never done to many at once.
    """

    name: str
    title: Pair
    to: str = NEXT
    reason: bool = False
    fields: bool = False
    second: bool = False
    by_hand: bool = True
    alone: bool = False
    tone: str = "primary"


@dataclass(frozen=True, slots=True)
class StageKind:
    """A kind of stage, written once by the app that owns it.

    `turn` says whose turn it is; `moves` what may be decided. `page` is the name of a route that shows the stage's own
    work for an application (its key is the argument), where the desk's page is not enough.
    """

    name: str
    title: Pair
    turn: Turn
    moves: tuple[Move, ...]
    in_batch: bool = False
    page: str = ""
    #: Is the application decided on here? Then what partner authorities said has to be recent.
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a programme. `days` are working days (None: no clock).

    `when` names a setting of the call that decides whether the stage is on its route: `tax_first`, or `!tax_first`.
    """

    name: str
    kind: StageKind
    named: Pair | None = None
    days: int | None = None
    when: str = ""
    dropped: tuple[str, ...] = ()
    second: tuple[str, ...] = ()

    @property
    def title(self) -> Pair:
        """What the stage is called."""
        return self.named or self.kind.title

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""
        return self.kind.turn

    @property
    def moves(self) -> tuple[Move, ...]:
        """What may be decided here: the kind's moves but for the dropped ones; `second` adds four eyes to some."""
        from dataclasses import replace

        kept = (move for move in self.kind.moves if move.name not in self.dropped)
        return tuple(replace(move, second=True) if move.name in self.second else move for move in kept)

    def move(self, name: str) -> Move | None:
        """The move of this name, if it may be made here."""
        return next((move for move in self.moves if move.name == name), None)


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a call fixes when it is published, from the dated parameter of its name.

    The parameter is `casework.<programme>.<name>`; a programme's settings are defined with its registration.
    """

    name: str
    title: Pair
    kind: str
    default: int | bool | str
    help: Pair | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Facts of the enterprise file that a form asks for, under a title.

    `back` is how many years before the assessed year they are of; None for facts that hold on a date.
    """

    title: Pair
    facts: tuple[str, ...]
    back: int | None = None
    lead: Pair | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the application asks; it is no fact. Kinds: line, text, phone, name, mail, choice, tick.

    `compared` are looked for in other applications: `contact` (the same agent's telephone), `text` (copied wording).
    `sealed`: between the applicant and the department; recommending units and agencies do not read it.
    """

    name: str
    title: Pair
    kind: str = "line"
    required: bool = True
    help: Pair | None = None
    options: tuple[tuple[str, Pair], ...] = ()
    most: int = 200
    compared: str = ""
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that is attached: by name, required or not, how many at most."""

    name: str
    title: Pair
    required: bool = True
    most: int = 5
    accepts: tuple[str, ...] = ("pdf", "jpg", "png")
    help: Pair | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Kinds: line, text, number, money, date, year, choice, choices, field, refs, tick.

    `refs` names another table of the form (`ip`): the cell holds keys of its rows. `money` is in fen, shown in 万元.
    `once`: no two rows say the same. `after` names a column of dates that may not be later than this one. `compared`
    has it looked for in other applications: `property` (a number), `people` (a name). `personal`: a person's name.
    """

    name: str
    title: Pair
    kind: str = "line"
    required: bool = True
    options: tuple[tuple[str, Pair], ...] = ()
    most: int = 200
    refs: str = ""
    once: bool = False
    after: str = ""
    compared: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that the applicant lists: R&D activities, products, intellectual property, conversions, staff, equipment.

    Rows are kept in `Application.answers` and in the submission's answers under `table.<name>`, as a list of
    {key: "1", <column>: plain value}; a key stays a row's own when others are removed. `prefix` makes the numbers that
    the official tables use (RD01). `visited`: the rows are looked at on the spot.
    """

    name: str
    title: Pair
    columns: tuple[Column, ...]
    prefix: str = ""
    least: int = 0
    most: int = 50
    help: Pair | None = None
    visited: bool = True
    copied: str = ""

    def column(self, name: str) -> Column:
        """The column of this name; KeyError if there is none."""
        found = next((one for one in self.columns if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


@dataclass(frozen=True, slots=True)
class Form:
    """What an application asks for, in the order of the page; `version` is printed on it."""

    version: str
    asked: tuple[Asked, ...]
    questions: tuple[Question, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    tables: tuple[Table, ...] = ()
    pledge: Pair | None = None
    #: Must the stamped pages of the last submission be there before anybody decides for it? They are printed from it.
    stamped: bool = False

    def question(self, name: str) -> Question | None:
        """The question of this name."""
        return next((one for one in self.questions if one.name == name), None)

    def table(self, name: str) -> Table | None:
        """The table of this name."""
        return next((one for one in self.tables if one.name == name), None)


@dataclass(frozen=True)
class Programme:
    """A procedure as data. `policy` names the law whose verdict decides, `status` the rung that it leads to.

    `agency`: the applicant chooses an evaluation agency. `by_unit`: its recommending unit is on the route.
    `late_correction`: what was sent back may come in after the call has closed. `yearly`: once a year and enterprise.
    """

    name: str
    title: Pair
    lead: Pair
    policy: str
    form: Form
    stages: tuple[Stage, ...]
    prefix: str
    status: str = ""
    applicants: frozenset[str] = frozenset({OrganisationKind.ENTERPRISE})
    agency: bool = False
    by_unit: bool = False
    correction_days: int = 5
    most_corrections: int = 2
    late_correction: bool = True
    yearly: bool = True
    settings: tuple[Setting, ...] = ()
    order: int = 100
    #: Reasons that are often given, by the name of the move: the desk offers them to be ticked.
    reasons: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)
    #: Settings of a whole call are worked out here where they are more than a dated parameter.
    extra: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What follows from these declarations alone and is asked of every application, once it was worked out."""
        return {}

    def stage(self, name: str) -> Stage:
        """The stage of this name; KeyError if there is none."""
        for one in self.stages:
            if one.name == name:
                return one
        raise KeyError(name)

    def route(self, settings: Mapping[str, Any]) -> tuple[Stage, ...]:
        """The stages that a call with these settings goes through, in their order."""
        return tuple(one for one in self.stages if _holds(one.when, settings))

    def after(self, name: str, settings: Mapping[str, Any]) -> Stage | None:
        """The stage that follows; None after the last one."""
        route = self.route(settings)
        names = [one.name for one in route]
        place = names.index(name) + 1
        return route[place] if place < len(route) else None

    def transitions(self, settings: Mapping[str, Any]) -> Iterator[tuple[Stage, Move, str]]:
        """Every stage with each of its moves and where that leads: a stage's name, `correction` or an end."""
        for stage in self.route(settings):
            following = self.after(stage.name, settings)
            for move in stage.moves:
                target = (following.name if following else ACCEPTED) if move.to == NEXT else move.to
                yield stage, move, target


def _holds(when: str, settings: Mapping[str, Any]) -> bool:
    if not when:
        return True
    return not settings.get(when[1:], False) if when.startswith("!") else bool(settings.get(when, False))


_programmes: dict[str, Programme] = {}
#: Called with every programme when it is registered: parameters, lists and routes are made from it.
_watchers: list[Callable[[Programme], object]] = []


def register(programme: Programme) -> Programme:
    """Make a programme known; ValueError if its name is taken or its stages do not fit together."""
    if programme.name in _programmes:
        raise ValueError(f"two programmes are called {programme.name}")
    for fault in faults(programme):
        raise ValueError(f"{programme.name}: {fault}")
    _programmes[programme.name] = programme
    for watcher in _watchers:
        watcher(programme)
    return programme


def when_registered(watcher: Callable[[Programme], object]) -> Callable[[Programme], object]:
    """Have `watcher(programme)` called for every programme, those that are known already included."""
    _watchers.append(watcher)
    for programme in _programmes.values():
        watcher(programme)
    return watcher


def programmes() -> Mapping[str, Programme]:
    """All programmes, in the order in which pages show them."""
    return MappingProxyType(dict(sorted(_programmes.items(), key=lambda item: (item[1].order, item[0]))))


def programme(name: str) -> Programme:
    """The programme of this name; KeyError if there is none."""
    return _programmes[name]


def forget(name: str) -> None:
    """Take a programme out again: for tests that register one of their own."""
    _programmes.pop(name, None)


def faults(checked: Programme) -> list[str]:
    """What does not fit together: two stages of one name, a move to a stage that is not there, no stage at all."""
    names = [stage.name for stage in checked.stages]
    found = [f"two stages are called {name}" for name in sorted(set(names)) if names.count(name) > 1]
    if not checked.stages:
        found.append("it has no stage")
    known = {*names, NEXT, CORRECTION, *ENDS}
    for stage in checked.stages:
        moves = {move.name for move in stage.kind.moves}
        found += [f"{stage.name}: {move.name} leads to {move.to}" for move in stage.moves if move.to not in known]
        found += [f"{stage.name}: has no move {name}" for name in (*stage.dropped, *stage.second) if name not in moves]
        wanted = stage.when.lstrip("!")
        if wanted and wanted not in {setting.name for setting in checked.settings}:
            found.append(f"{stage.name}: {wanted} is no setting")
    return found
