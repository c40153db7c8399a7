"""A prepared query gives what its queryset gives, with other values each time, on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.transaction import TransactionManagementError
from tests.people import World

from tidui.accounts.models import Membership, Organisation, OrganisationState
from tidui.accounts.standing import in_force
from tidui.kit import prepared
from tidui.kit.prepared import Change, Prepared, counted
from tidui.registry.models import Enterprise

pytestmark = pytest.mark.django_db


def test_other_values_give_other_records_with_all_their_columns(world: World) -> None:
    ask = Prepared(lambda key: Organisation.objects.filter(pk=key).select_related("zone"))
    for one in (world.a, world.zoned, world.a):
        found = ask.first(one.pk)
        there = Organisation.objects.select_related("zone").get(pk=one.pk)
        assert found is not None and found._state.db == "default" and not found._state.adding
        assert {name: value for name, value in vars(found).items() if name != "_state"} == {
            name: value for name, value in vars(there).items() if name != "_state"
        }
        assert found.zone == there.zone
    assert ask.first(0) is None


def test_moments_days_and_texts_are_compared_as_the_database_keeps_them(world: World) -> None:
    since = Membership.objects.order_by("since")[0].since
    ask = Prepared(lambda moment: Membership.objects.filter(in_force(moment)).order_by("pk"))
    for moment in (since, since - dt.timedelta(microseconds=1), since + dt.timedelta(days=1)):
        assert ask(moment) == list(Membership.objects.filter(in_force(moment)).order_by("pk"))
    on = Prepared(lambda day: OrganisationState.objects.filter(since__lte=day).order_by("pk"))
    first = OrganisationState.objects.order_by("since")[0].since
    assert on(first - dt.timedelta(days=1)) == [] and on(first)[0].since == first
    named = Prepared(lambda name: Organisation.objects.filter(name=name).values_list("pk", flat=True))
    assert named(world.a.name) == [world.a.pk] and named("' OR 1=1 --") == []


def test_lists_of_any_length_are_asked_for_and_none_at_all_needs_no_query(
    world: World, django_assert_num_queries: Any
) -> None:
    ask = Prepared(lambda keys: Organisation.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "name"))
    for keys in ([world.a.pk], [world.b.pk, world.a.pk]):
        assert ask(keys) == list(Organisation.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "name"))
    with django_assert_num_queries(0):
        assert ask([]) == []


def test_rows_of_several_queries_are_counted_in_one_statement(world: World, django_assert_num_queries: Any) -> None:
    known = Prepared(lambda keys: Organisation.objects.filter(pk__in=keys).values_list("pk", flat=True))
    named = Prepared(lambda name: Organisation.objects.filter(name=name).values_list("pk", flat=True))
    asked = [known.counting([world.a.pk, world.b.pk]), known.counting([]), named.counting(world.a.name)]
    with django_assert_num_queries(1):
        assert counted(asked) == [2, 0, 1]
    with django_assert_num_queries(0):
        assert counted([known.counting([])]) == [0] and known.count([]) == 0
    assert known.count([world.a.pk]) == 1


def test_a_query_that_changes_its_value_is_refused_when_it_is_first_asked() -> None:
    with pytest.raises(ValueError, match="not found among its parameters"):
        Prepared(lambda name: Organisation.objects.filter(name__contains=name))("a")
    with pytest.raises(TypeError, match="yes, no and nothing"):
        Prepared(lambda flag: Organisation.objects.filter(active=flag))(True)
    with pytest.raises(TypeError, match="prefetching"):
        Prepared(lambda key: Organisation.objects.filter(pk=key).prefetch_related("states"))(1)


def test_a_change_is_made_to_the_rows_that_it_names_and_to_no_others(world: World) -> None:
    rename = Change(lambda key, name: (Organisation.objects.filter(pk=key, active=True), {"name": name}))
    others = dict(Organisation.objects.exclude(pk=world.a.pk).values_list("pk", "name"))
    for name in ("兰州甲有限公司", "兰州乙%s'有限公司"):
        assert rename(world.a.pk, name) == 1
        assert Organisation.objects.get(pk=world.a.pk).name == name
    assert rename(0, "无") == 0
    assert dict(Organisation.objects.exclude(pk=world.a.pk).values_list("pk", "name")) == others


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only() -> None:
    ask = Prepared(lambda key: Enterprise.objects.select_for_update().filter(pk=key))
    with transaction.atomic():
        assert ask.first(1) is None
    if connection.features.has_select_for_update:
        with pytest.raises(TransactionManagementError):
            ask.first(1)


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_a_record_is_made_as_django_makes_it(model: type[models.Model]) -> None:
    names = [field.attname for field in model._meta.concrete_fields]
    values = [f"value {place}" for place in range(len(names))]
    ours, theirs = prepared._builder(model, names)("default", values), model.from_db("default", names, values)
    assert (ours._state.adding, ours._state.db) == (theirs._state.adding, theirs._state.db) == (False, "default")
    assert {name: vars(ours)[name] for name in names} == {name: vars(theirs)[name] for name in names}
    assert ours.get_deferred_fields() == theirs.get_deferred_fields() == set()
    assert list(vars(ours)) == list(vars(theirs))
