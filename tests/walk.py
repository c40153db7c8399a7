"""The walk over every route as every person, against records that could leak.

Each app tells the walk about itself in a module of `tests/walks/`:

    @walk.plants
    def rows(garden):                          # records of enterprise `b` and of its county, full of marks
        row = Return.objects.create(organisation=garden.world.b, source_note=garden.mark("return note"), …)
        garden.things["return"] = row

    walk.example("registry:return", lambda garden: [garden.things["return"].pk])     # arguments of a route
    walk.scope("registry.returns", lambda garden: {"organisation": garden.world.b.pk})   # scope of a list
    walk.post("registry:settle", lambda garden: {"reason": "…"})                     # a form that would succeed
    walk.writes("kit:message", "kit_message", "reading a message marks it as read")  # a GET that may write a table
    walk.empty(Seal, "holds digests only")                                           # a model that needs no rows

A mark is a text that occurs nowhere else. It may be seen by those who see enterprise `b`, or by whom `seers` names;
in an answer to anybody else it is a leak. `garden.mark(..., shown=False)` is for what nobody is ever shown.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from tests.people import World

#: In every mark: what a searcher would type, and what an echo of the search shows without giving a mark away.
WORD: Final = "窥探"
STEM: Final = "KX7Q"
#: Who may see the file of enterprise `b`: itself, its county, its prefecture, the department, inspection.
FILE: Final = frozenset(
    {
        "administrator_b", "clerk_b", "other_county_officer", "prefecture_officer", "department_officer",
        "department_leader", "inspector",
    }
)  # fmt: skip
#: Who may see who belongs to enterprise `b`: also the department's administrator, who helps with roles.
MEMBERS: Final = FILE | {"department_administrator"}
#: Who may see what concerns the unit of `b`'s county itself.
UNIT: Final = frozenset(
    {"other_county_officer", "department_officer", "department_leader", "department_administrator", "inspector"}
)


@dataclass(frozen=True)
class Mark:
    """A text that occurs in one planted record only."""

    text: str
    label: str
    seers: frozenset[str]
    shown: bool = True


@dataclass
class Garden:
    """The world with what was planted in it."""

    world: World
    marks: list[Mark] = field(default_factory=list)
    things: dict[str, Any] = field(default_factory=dict)

    def mark(self, label: str, *, seers: Iterable[str] = FILE, shown: bool = True) -> str:
        """A new text such as 窥探KX7Q012Z that only the seers may ever read."""
        text = f"{WORD}{STEM}{len(self.marks):03d}Z"
        self.marks.append(Mark(text, label, frozenset(seers), shown))
        return text

    def mobile(self, label: str, *, seers: Iterable[str] = FILE, shown: bool = True) -> str:
        """A mobile number that only the seers may read whole."""
        text = f"1377{len(self.marks):07d}"
        self.marks.append(Mark(text, label, frozenset(seers), shown))
        return text

    def known(self, text: str, label: str, *, seers: Iterable[str] = FILE, shown: bool = True) -> str:
        """A text that a record has already, such as the name or the code of `b`, taken as a mark."""
        self.marks.append(Mark(text, label, frozenset(seers), shown))
        return text


Planter = Callable[[Garden], None]
Arguments = Callable[[Garden], "list[Any] | dict[str, Any]"]

planters: list[Planter] = []
examples: dict[str, list[Arguments]] = {}
scopes: dict[str, list[Callable[[Garden], Mapping[str, Any]]]] = {}
posts: dict[str, list[Callable[[Garden], Mapping[str, Any]]]] = {}
written: dict[str, dict[str, str]] = {}
empties: dict[Any, str] = {}
own: dict[str, str] = {}
grows: dict[str, str] = {}


def plants(planter: Planter) -> Planter:
    """Register a function that plants records."""
    planters.append(planter)
    return planter


def example(route: str, arguments: Arguments) -> None:
    """Arguments of a route that lead to a planted record; several calls for one route add up."""
    examples.setdefault(route, []).append(arguments)


def scope(name: str, arguments: Callable[[Garden], Mapping[str, Any]]) -> None:
    """The scope with which a list is asked for planted records."""
    scopes.setdefault(name, []).append(arguments)


def post(route: str, data: Callable[[Garden], Mapping[str, Any]]) -> None:
    """What would change something if it were posted to this route with its first example."""
    posts.setdefault(route, []).append(data)


def writes(route: str, table: str, why: str) -> None:
    """A GET of this route may write this table."""
    written.setdefault(route, {})[table] = why


def empty(model: Any, why: str) -> None:
    """A model of which nothing is planted."""
    empties[model] = why


def own_account(route: str, why: str) -> None:
    """A route by which also an inspector changes something: their own way of signing in, language, saved views."""
    own[route] = why


def public_record(route: str, why: str) -> None:
    """A page on which everybody may see that something happened, such as the published head of a chain."""
    grows[route] = why


def plant(world: World) -> Garden:
    """Everything that the apps plant."""
    load()
    garden = Garden(world)
    for planter in planters:
        planter(garden)
    return garden


def load() -> None:
    """Import what the apps tell."""
    import tests.walks

    for module in sorted(one.name for one in pkgutil.iter_modules(tests.walks.__path__)):
        importlib.import_module(f"tests.walks.{module}")


@dataclass(frozen=True)
class Route:
    """One address of the site."""

    name: str
    view: Any
    parameters: tuple[str, ...]
    pattern: str


def routes() -> list[Route]:
    """Every route of the URLconf, also those of included apps and of the API."""
    return sorted(_flat(get_resolver().url_patterns, "", "", ()), key=lambda route: route.name)


def _flat(patterns: Iterable[Any], prefix: str, space: str, above: tuple[str, ...]) -> Iterable[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        parameters = above + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _flat(pattern.url_patterns, path, inner, parameters)
        elif isinstance(pattern, URLPattern):
            name = f"{space}{pattern.name}" if pattern.name else path
            yield Route(name, pattern.callback, parameters, path)


class Writes:
    """Notes which tables are written while it is open: `with Writes() as noted: …; noted.tables`."""

    _STATEMENT: Final = re.compile(r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __enter__(self) -> Writes:
        self._open = connection.execute_wrapper(self._note)
        self._open.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = self._STATEMENT.match(sql)
        if found:
            self.tables.add(found[1])
        return execute(sql, params, many, context)
