"""Permissions: named predicates that answer Allowed or Refused with a reason, joined by `&` and `|`.

The same predicate hides a button and guards the action behind it. A predicate asks about a person and, where the
permission is about a thing, that thing; it never changes anything. Which permissions there are is known at start-up:
every app defines its own in `permissions.py`, and every route names one (see `tidui.kit.routes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Allowed:
    """The person may."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Refused:
    """The person may not: `code` for programs, `reason` as the person is told (translated when shown)."""

    code: str
    reason: Any = ""

    def __bool__(self) -> bool:
        return False


Outcome: TypeAlias = Allowed | Refused
ALLOWED: Final = Allowed()
SIGN_IN: Final = Refused("sign-in", _("请先登录。"))


class NotAllowed(Exception):
    """The action was refused; `refused` says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


@dataclass(frozen=True)
class Predicate:
    """A question about a person and a thing. `&` gives the first refusal, `|` the last one."""

    ask: Callable[[Any, Any], Outcome]

    def __call__(self, user: Any, thing: Any = None) -> Outcome:
        return self.ask(user, thing)

    def __and__(self, other: Predicate) -> Predicate:
        def both(user: Any, thing: Any) -> Outcome:
            first = self.ask(user, thing)
            return other.ask(user, thing) if first else first

        return Predicate(both)

    def __or__(self, other: Predicate) -> Predicate:
        def either(user: Any, thing: Any) -> Outcome:
            first = self.ask(user, thing)
            return first if first else other.ask(user, thing)

        return Predicate(either)


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission by name, such as `registry.view_file`, and what it allows in words."""

    name: str
    title: Any
    predicate: Predicate


_permissions: dict[str, Permission] = {}


def define(name: str, title: Any, predicate: Predicate) -> Permission:
    """Make a permission known; ValueError if its name is taken."""
    if name in _permissions:
        raise ValueError(f"the permission {name} is defined twice")
    _permissions[name] = Permission(name, title, predicate)
    return _permissions[name]


def permissions() -> Mapping[str, Permission]:
    """All permissions, by name."""
    return MappingProxyType(_permissions)


def check(name: str, user: Any, thing: Any = None) -> Outcome:
    """May this person do it (to this thing)? KeyError for a permission that nobody defined."""
    return _permissions[name].predicate(user, thing)


def require(name: str, user: Any, thing: Any = None) -> None:
    """Raise NotAllowed with the reason unless this person may do it."""
    outcome = check(name, user, thing)
    if isinstance(outcome, Refused):
        raise NotAllowed(outcome)


@Predicate
def anyone(user: Any, thing: Any) -> Outcome:
    """Open to the public."""
    return ALLOWED


@Predicate
def signed_in(user: Any, thing: Any) -> Outcome:
    """Whoever has signed in."""
    return ALLOWED if getattr(user, "is_authenticated", False) else SIGN_IN


PUBLIC: Final = define("kit.public", _("公开页面"), anyone)
SIGNED_IN: Final = define("kit.signed_in", _("登录后可用"), signed_in)
