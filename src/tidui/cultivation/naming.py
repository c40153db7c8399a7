"""The names of rungs, policies and conditions in the language of the page."""

from __future__ import annotations

from tidui.cultivation.rules import policies
from tidui.kit import lang
from tidui.policies.ladder import Rung, rungs
from tidui.rules.errors import UnknownPolicy


def rung(identity: str) -> Rung | None:
    """The rung with this name; None for an empty or unknown one."""
    return next((one for one in rungs() if one.id == identity), None)


def rung_name(identity: str) -> str:
    """A rung in words; empty for none."""
    found = rung(identity)
    return lang.of(found.zh, found.en) if found else ""


def condition_name(rung_id: str, condition: str) -> str:
    """A condition of the policy that recognises a rung, in words; its name where the policy no longer has it."""
    found = rung(rung_id)
    if found is None or not condition:
        return ""
    try:
        rules = policies().newest(found.policy).rules
    except UnknownPolicy:
        return condition
    rule = rules.get(condition)
    return lang.of_label(rule.label) if rule is not None and rule.label else condition


def conditions_of(rung_id: str) -> list[str]:
    """The names of the conditions of the policy that recognises a rung, in the order of its text."""
    found = rung(rung_id)
    if found is None:
        return []
    return [rule.id for rule in policies().newest(found.policy).rules.values() if rule.kind == "condition"]
