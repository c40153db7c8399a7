"""What stands in the navigation: every app adds its own entries when it starts; a person sees what they may open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.kit import access

Place = Literal["main", "user", "public"]
Home = Callable[[Any], "str | None"]


@dataclass(frozen=True, slots=True)
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
    count: Callable[[Any], int | None] | None
    holds: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as one person sees it."""

    label: Any
    url: str
    icon: str
    post: bool
    count: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; the heading of the first group may be empty."""

    label: Any
    entries: tuple[Shown, ...]


_entries: dict[str, Entry] = {}
_homes: list[tuple[int, Home]] = []
_describe: list[Callable[[Any], Any]] = []

MAIN: Final[Place] = "main"
USER: Final[Place] = "user"
#: What anybody may open: on the front page for those who have not signed in, and in the foot of every page.
PUBLIC: Final[Place] = "public"


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
    count: Callable[[Any], int | None] | None = None,
    holds: str = "",
) -> None:
    """Add an entry; the same name twice replaces it, so that an app may be started again in a test."""
    _entries[name] = Entry(name, label, url_name, permission, order, icon, group, place, post, count, holds)


def entries() -> tuple[Entry, ...]:
    """Every entry, in order."""
    return tuple(sorted(_entries.values(), key=lambda entry: (entry.order, entry.name)))


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


def shown_to(user: Any, path: str, place: Place = MAIN) -> tuple[Group, ...]:
    """The entries that this person may open, in groups; the one that holds `path` is marked as current."""
    allowed = [entry for entry in entries() if entry.place == place and access.check(entry.permission, user)]
    may = [(entry, reverse(entry.url_name)) for entry in allowed]
    first = home_of(user) if place == MAIN and getattr(user, "is_authenticated", False) else None
    if first and first not in [url for _entry, url in may]:
        may.insert(0, (_HOME, first))
    current = _current(may, path)
    groups: dict[str, tuple[Any, list[Shown]]] = {}
    for entry, url in may:
        number = entry.count(user) if entry.count else None
        shown = Shown(entry.label, url, entry.icon, entry.post, number, entry is current)
        groups.setdefault(str(entry.group), (entry.group, []))[1].append(shown)
    return tuple(Group(label, tuple(found)) for label, found in groups.values())


#: Leads to a person's first page, unless an entry of an app already does.
_HOME: Final = Entry("home", _("首页"), "", "kit.signed_in", 0, "home", "", MAIN, False, None, "")


def _current(may: list[tuple[Entry, str]], path: str) -> Entry | None:
    """The entry whose address is the longest one that holds the path; else the first whose pattern fits it."""
    exact = [entry for entry, url in may if path == url]
    fitting = [entry for entry, _url in may if entry.holds and re.match(entry.holds, path)]
    above = [(entry, url) for entry, url in may if entry is not _HOME and url != "/" and path.startswith(url)]
    longest = sorted(above, key=lambda pair: len(pair[1]), reverse=True)
    return next(iter([*exact, *fitting, *(entry for entry, _url in longest)]), None)
