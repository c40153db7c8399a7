"""Whatever happens to a file: its accepted tables are the end of its history, and the history loses nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.registry.making import file
from tests.people import World

from tidui.registry import actions, history
from tidui.registry.actions import Item, file_many, rebuild
from tidui.registry.facts import fact_set
from tidui.registry.models import TABLES, Difference, Enterprise, Return, YearFigures
from tidui.registry.values import plain_of
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db

NAMES = ("employees", "total_assets", "conversions")
FILERS = ("clerk", "county", "tax", "department", "bulk")
_filings = st.tuples(
    st.just("file"),
    st.sampled_from(FILERS),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from([10, 11, 12, None]), min_size=1),
)
_settlements = st.tuples(st.just("settle"), st.booleans(), st.integers(0, 3))
_verifications = st.tuples(st.just("verify"), st.integers(0, 3), st.sampled_from(NAMES))
_mistakes = st.tuples(st.just("unverify"), st.sampled_from(NAMES))
EVENTS = st.lists(st.one_of(_filings, _filings, _settlements, _verifications, _mistakes), max_size=12)


class Undone(Exception):
    """Takes what an example wrote out of the database again."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_any_sequence_rebuilds_to_what_is_stored_and_loses_nothing(world: World, events: list[Any]) -> None:
    with pytest.raises(Undone):
        play(world, events)


@transaction.atomic
def play(world: World, events: list[Any]) -> None:
    """Let the events happen, check the end, and leave nothing behind."""
    said: list[tuple[str, Any]] = []
    known: list[tuple[dt.datetime, Any]] = []
    for event in events:
        said += happen(world, event)
        known.append((timezone.now(), fact_set(world.a)))
    check(world, said, known)
    raise Undone


def happen(world: World, event: Any) -> list[tuple[str, Any]]:
    """Let one thing happen, if it may; gives the values that were said."""
    kind, *rest = event
    if kind == "file":
        return say(world, *rest)
    if kind == "settle":
        accept, place = rest
        for difference in Difference.objects.filter(state="open").order_by("pk")[place : place + 1]:
            actions.settle(
                difference=difference, accept=accept, reason="核对", by=world.county_officer, at=timezone.now(),
                settled_for=world.county,
            )  # fmt: skip
        return []
    if kind == "unverify":
        if rest[0] in history.replay(history.of_place(world.a.pk, "years", 2025)).verified:
            actions.unverify(
                organisation=world.a, section="years", year=2025, fact=rest[0], by=world.county_officer,
                at=timezone.now(), verified_for=world.county, note="误核",
            )  # fmt: skip
        return []
    place, name = rest
    for filed in Return.objects.order_by("pk")[place : place + 1]:
        if filed.facts.get(name) is not None:
            actions.verify(
                filed=filed, facts=[name], by=world.county_officer, at=timezone.now(), verified_for=world.county
            )
    return []


def say(world: World, filer: str, facts: dict[str, Any]) -> list[tuple[str, Any]]:
    """File facts as one of the filers."""
    if filer == "bulk":
        file_many(
            [Item(world.a, "years", 2025, facts)], source="takeover", by=world.department_officer, at=timezone.now(),
            filed_for=world.department,
        )  # fmt: skip
    elif filer == "clerk":
        file(world.a, world.clerk_a, "years", 2025, **facts)
    else:
        source = {"county": "unit", "tax": "tax", "department": "audit"}[filer]
        unit = world.department if filer == "department" else world.county
        who = world.department_officer if filer == "department" else world.county_officer
        file(world.a, who, "years", 2025, source=source, filed_for=unit, **facts)
    return [(name, value) for name, value in facts.items() if value is not None]


def check(world: World, said: list[tuple[str, Any]], known: list[tuple[dt.datetime, Any]]) -> None:
    """The rebuilt tables are the stored ones; every value that was said is in a return; the past replays as it was."""
    before = stored()
    rebuild(world.a)
    assert stored() == before
    kept = {(name, value) for facts in Return.objects.values_list("facts", flat=True) for name, value in facts.items()}
    assert {(name, plain_of(name, value)) for name, value in said} <= {(name, value) for name, value in kept if value is not None}
    for at, facts in known:
        assert without_identity(fact_set(world.a, at)) == without_identity(facts)


def without_identity(facts: Any) -> Any:
    """The facts that are filed."""
    return {key: value for key, value in facts.values.items() if key[0] not in ("uscc", "name", "division")}


def stored() -> Any:
    """All accepted rows but for their keys, and the open differences."""
    rows = [
        {name: value for name, value in row.items() if name != "id"}
        for model in TABLES.values()
        for row in model._default_manager.order_by("pk").values()
    ]
    return rows, list(Difference.objects.filter(state="open").order_by("pk").values())


def test_rebuilding_restores_what_was_spoilt(world: World) -> None:
    file(world.a, world.clerk_a, "enterprise", None, listed=False, field=NONE)
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    before = stored()
    Enterprise.objects.filter(pk=world.a.pk).update(listed=True, nones=[], provenance={})
    YearFigures.objects.filter(organisation=world.a).update(employees=7, year=2024)
    rebuild(world.a)
    assert stored() == before


def test_a_name_that_changed_is_known_as_it_was(world: World) -> None:
    from tidui.accounts.actions.organisations import change_organisation

    before = timezone.now()
    change_organisation(
        organisation=world.a, changes={"name": "兰州白塔科技有限公司"}, since=timezone.localdate(), reason="更名",
        by=world.department_officer, at=timezone.now(),
    )  # fmt: skip
    assert fact_set(world.a).get("name") == "兰州白塔科技有限公司"
    assert fact_set(world.a, before).get("name") == "兰州白塔精密仪器有限公司"
