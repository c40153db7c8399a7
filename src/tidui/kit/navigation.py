"""What stands in the navigation: every app adds its own entries when it starts; a person sees what they may open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tidui.kit import access
from tidui.kit.addresses import addresses
from tidui.kit.prepared import Counting, counted

Place = Literal["main", "user", "public"]
Home = Callable[[Any], "str | None"]
#: What waits beside an entry: a number, or a query whose rows are counted together with those of the other entries.
Waiting: TypeAlias = "int | Counting | None"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One link of the navigation; `post` makes it a button, `count` gives the number shown beside it.

    An entry is the current one on its own address and below it, and where its pattern `holds` fits the path.
    """

    name: str
    label: Any
    url_name: str
    permission: str
    order: int
    icon: str
    group: Any
    place: Place
    post: bool
    count: Callable[[Any], Waiting] | None
    holds: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as one person sees it."""

    entry: Entry
    url: str
    count: int | None
    current: bool

    @property
    def label(self) -> Any:
        """What it is called."""
        return self.entry.label

    @property
    def icon(self) -> str:
        """The picture before it."""
        return self.entry.icon


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; the heading of the first group may be empty."""

    label: str
    entries: tuple[Shown, ...]


_entries: dict[str, Entry] = {}
_homes: list[tuple[int, Home]] = []
_describe: list[Callable[[Any], Any]] = []

MAIN: Final[Place] = "main"
USER: Final[Place] = "user"
#: What anybody may open: on the front page for those who have not signed in, and in the foot of every page.
PUBLIC: Final[Place] = "public"
PLACES: Final[tuple[Place, ...]] = (MAIN, USER, PUBLIC)


def add(
    name: str,
    label: Any,
    url_name: str,
    permission: str,
    order: int = 100,
    icon: str = "file",
    *,
    group: Any = "",
    place: Place = MAIN,
    post: bool = False,
    count: Callable[[Any], Waiting] | None = None,
    holds: str = "",
) -> None:
    """Add an entry; the same name twice replaces it, so that an app may be started again in a test."""
    pattern = re.compile(holds) if holds else None
    _entries[name] = Entry(name, label, url_name, permission, order, icon, group, place, post, count, pattern)


def entries() -> tuple[Entry, ...]:
    """Every entry, in order."""
    return tuple(one for of_place in _ordered(tuple(_entries.values())).values() for one in of_place)


@lru_cache(maxsize=8)
def _ordered(found: tuple[Entry, ...]) -> Mapping[Place, tuple[Entry, ...]]:
    """Entries by place, in order; kept for as long as they are the same."""
    ordered = sorted(found, key=lambda entry: (entry.order, entry.name))
    return {place: tuple(one for one in ordered if one.place == place) for place in PLACES}


def home(function: Home, order: int = 100) -> Home:
    """Register where a person's first page may be: the address, or None if it is not for this person."""
    _homes.append((order, function))
    _homes.sort(key=lambda pair: pair[0])
    return function


def home_of(user: Any) -> str | None:
    """The address of this person's first page; None if no app has one for them."""
    return next((url for _order, function in _homes if (url := function(user))), None)


def describe_user(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Register what stands under a person's name, such as the organisation and the role."""
    _describe[:] = [function]
    return function


def description(user: Any) -> Any:
    """What stands under the person's name; empty if nobody registered it."""
    return _describe[0](user) if _describe else ""


def shown(user: Any, path: str, places: Iterable[Place] = PLACES) -> dict[Place, tuple[Group, ...]]:
    """The entries that this person may open, by place and in groups; the one that holds `path` is marked as current.

    What waits beside them is asked for at once, for all places.
    """
    ordered = _ordered(tuple(_entries.values()))
    found = {place: _of_place(user, path, place, ordered[place]) for place in places}
    numbers = iter(_numbers(user, [one[0] for of_place in found.values() for one in of_place]))
    return {
        place: _grouped([Shown(entry, url, next(numbers), current) for entry, url, current in of_place])
        for place, of_place in found.items()
    }


def _of_place(user: Any, path: str, place: Place, ordered: Sequence[Entry]) -> list[tuple[Entry, str, bool]]:
    """What a person may open at one place: where it leads, and whether it is where they are."""
    located = zip(ordered, addresses(tuple([entry.url_name for entry in ordered])), strict=True)
    may = [(entry, url) for entry, url in located if access.check(entry.permission, user)]
    first = home_of(user) if place == MAIN and getattr(user, "is_authenticated", False) else None
    if first and first not in [url for _entry, url in may]:
        may.insert(0, (_HOME, first))
    current = _current(may, path)
    return [(entry, url, entry is current) for entry, url in may]


def _numbers(user: Any, entries: Sequence[Entry]) -> list[int | None]:
    """What waits beside each entry; what is still to be counted is counted in one statement."""
    waiting = [entry.count(user) if entry.count is not None else None for entry in entries]
    asked = [one for one in waiting if isinstance(one, Counting)]
    numbers = iter(counted(asked) if asked else ())
    return [(next(numbers) if isinstance(one, Counting) else one) or None for one in waiting]


def _grouped(entries: Iterable[Shown]) -> tuple[Group, ...]:
    language = get_language() or ""
    groups: dict[str, list[Shown]] = {}
    for one in entries:
        groups.setdefault(_heading(one.entry, language), []).append(one)
    return tuple(Group(label, tuple(found)) for label, found in groups.items())


@lru_cache(maxsize=1024)
def _heading(entry: Entry, language: str) -> str:
    """The heading of an entry's group in the language of the page."""
    return str(entry.group)


#: Leads to a person's first page, unless an entry of an app already does.
_HOME: Final = Entry("home", _("首页"), "", "kit.signed_in", 0, "home", "", MAIN, False, None, None)


def _current(may: Sequence[tuple[Entry, str]], path: str) -> Entry | None:
    """The entry whose address is the longest one that holds the path; else the first whose pattern fits it."""
    exact = next((entry for entry, url in may if path == url), None)
    if exact is not None:
        return exact
    fitting = next((entry for entry, _url in may if entry.holds is not None and entry.holds.match(path)), None)
    if fitting is not None:
        return fitting
    above = [(entry, url) for entry, url in may if entry is not _HOME and url != "/" and path.startswith(url)]
    return max(above, key=lambda pair: len(pair[1]))[0] if above else None
