"""Predicates joined by & and |, and permissions by name."""

from __future__ import annotations

from typing import Any

import pytest

from tidui.kit import access
from tidui.kit.access import ALLOWED, NotAllowed, Outcome, Predicate, Refused


def refusing(code: str) -> Predicate:
    """A predicate that always refuses with this code."""

    def ask(user: Any, thing: Any) -> Outcome:
        return Refused(code)

    return Predicate(ask)


def test_both_gives_the_first_refusal() -> None:
    assert (refusing("a") & refusing("b"))(None) == Refused("a")
    assert (access.anyone & refusing("b"))(None) == Refused("b")
    assert (access.anyone & access.anyone)(None) == ALLOWED


def test_either_gives_the_last_refusal_only_if_all_refuse() -> None:
    assert (refusing("a") | refusing("b"))(None) == Refused("b")
    assert (refusing("a") | access.anyone)(None) == ALLOWED


def test_the_second_is_not_asked_when_the_first_decides() -> None:
    asked: list[str] = []

    def ask(user: Any, thing: Any) -> Outcome:
        asked.append("second")
        return ALLOWED

    (refusing("a") & Predicate(ask))(None)
    (access.anyone | Predicate(ask))(None)

    assert asked == []


def test_a_name_is_defined_once_and_an_unknown_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="twice"):
        access.define("kit.public", "again", access.anyone)
    with pytest.raises(KeyError):
        access.check("kit.no_such_permission", None)


def test_whoever_is_not_signed_in_is_asked_to() -> None:
    from django.contrib.auth.models import AnonymousUser

    with pytest.raises(NotAllowed) as refusal:
        access.require("kit.signed_in", AnonymousUser())

    assert refusal.value.refused.code == "sign-in"
