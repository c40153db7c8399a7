"""Filing, settling and verifying, on the database."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.integration.registry.making import file, yuan
from tests.people import World

from tidui.facts.faults import Faults
from tidui.kit.access import NotAllowed
from tidui.registry import actions, history
from tidui.registry.facts import changes_since, fact_set
from tidui.registry.models import Difference, Enterprise, Return, Verification, YearFigures
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db


def test_a_filing_is_kept_and_accepted(world: World) -> None:
    done = file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(1234567), employees=Fraction(81, 2))
    assert (done.new, done.accepted, done.differences) == (True, ("sales_revenue", "employees"), ())
    row = YearFigures.objects.get(organisation=world.a, year=2025)
    assert (row.sales_revenue, row.employees, row.nones) == (yuan(1234567), Fraction(81, 2), [])
    assert row.provenance == {"employees": done.filed.pk, "sales_revenue": done.filed.pk}
    assert done.filed.facts == {"employees": "81/2", "sales_revenue": "1234567.00"}


def test_all_kinds_of_facts_come_back_as_they_were_filed(world: World) -> None:
    given = {
        "established_on": dt.date(2018, 3, 5), "industry": "C3571", "field": NONE, "listed": False, "ip_class1": 3,
        "major_incidents": (dt.date(2020, 1, 2),), "serious_fraud": NONE,
        "national_contest_prizes": ((("edition", 12), ("rank", 1)),),
    }  # fmt: skip
    file(world.a, world.clerk_a, "enterprise", None, **given)
    values = fact_set(world.a).values
    assert {name: values[name, None] for name in given} == given
    assert values["name", None] == world.a.name and values["uscc", None] == world.a.uscc


def test_the_same_again_changes_nothing(world: World) -> None:
    first = file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(100))
    again = file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(100))
    assert (again.new, again.filed, Return.objects.count()) == (False, first.filed, 1)


def test_a_correction_by_the_same_filer_is_accepted_and_the_past_is_kept(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(100))
    between = timezone.now()
    file(world.a, world.administrator_a, "years", 2025, sales_revenue=yuan(200))
    assert fact_set(world.a).get("sales_revenue", 2025) == yuan(200)
    assert fact_set(world.a, between).get("sales_revenue", 2025) == yuan(100)
    assert [(one.name, one.before, one.after) for one in changes_since(world.a, between)] == [
        ("sales_revenue", yuan(100), yuan(200))
    ]


def test_an_officer_who_says_otherwise_opens_a_difference_that_an_officer_settles(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    done = file(world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=38)
    (difference,) = done.differences
    assert fact_set(world.a).get("employees", 2025) == 40
    settled = actions.settle(
        difference=difference, accept=True, reason="按社保名册", by=world.county_officer, at=timezone.now(),
        settled_for=world.county,
    )  # fmt: skip
    assert (settled.state, fact_set(world.a).get("employees", 2025)) == ("accepted", 38)


def test_a_difference_is_settled_once(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    (difference,) = file(
        world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=38
    ).differences
    settle(difference, world.county_officer, world.county, accept=True)
    with pytest.raises(NotAllowed) as refused:
        settle(difference, world.prefecture_officer, world.prefecture, accept=False)
    assert refused.value.refused.code == "already-settled"
    assert Difference.objects.get().settled_by == world.county_officer


def test_a_settlement_needs_a_reason(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    (difference,) = file(
        world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=38
    ).differences
    with pytest.raises(NotAllowed) as refused:
        settle(difference, world.county_officer, world.county, accept=True, reason="  ")
    assert refused.value.refused.code == "no-reason"


def test_an_enterprise_may_not_set_aside_a_verified_value(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    actions.verify(filed=filed, facts=["employees"], by=world.county_officer, at=timezone.now(), verified_for=world.county)
    (difference,) = file(world.a, world.clerk_a, "years", 2025, employees=45).differences
    with pytest.raises(NotAllowed) as refused:
        settle(difference, world.clerk_a, world.a, accept=True)
    assert refused.value.refused.code == "verified-value"
    settle(difference, world.county_officer, world.county, accept=True)
    assert fact_set(world.a).get("employees", 2025) == 45


@pytest.mark.parametrize("source", ["tax", "audit"])
def test_an_enterprise_may_not_set_aside_what_is_official(world: World, source: str) -> None:
    file(world.a, world.clerk_a, "years", 2025, total_cost=yuan(5))
    (difference,) = file(
        world.a, world.county_officer, "years", 2025, source=source, filed_for=world.county, total_cost=yuan(6)
    ).differences
    with pytest.raises(NotAllowed) as refused:
        settle(difference, world.clerk_a, world.a, accept=False)
    assert refused.value.refused.code == "verified-value"


def test_an_enterprise_may_accept_what_its_unit_says(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    (difference,) = file(
        world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=38
    ).differences
    settle(difference, world.clerk_a, world.a, accept=True)
    assert fact_set(world.a).get("employees", 2025) == 38


@pytest.mark.parametrize(
    ("who", "filed_for", "source"),
    [
        ("clerk_b", "a", "self"), ("clerk_b", "b", "self"), ("other_county_officer", "other_county", "unit"),
        ("county_officer", "a", "self"), ("county_reader", "county", "unit"), ("inspector", "inspection", "unit"),
        ("county_officer", "prefecture", "unit"), ("county_officer", "county", "recognition"), ("stranger", "a", "self"),
        ("clerk_a", "a", "hearsay"), ("clerk_a", "a", "tax"),
    ],
)  # fmt: skip
def test_nobody_files_what_is_not_theirs_to_file(world: World, who: str, filed_for: str, source: str) -> None:
    with pytest.raises(NotAllowed):
        file(world.a, getattr(world, who), "years", 2025, source=source, filed_for=getattr(world, filed_for), employees=1)
    assert Return.objects.count() == 0


def test_a_status_is_refused_from_the_enterprise_and_taken_from_recognition(world: World) -> None:
    given = {"hte_valid_until": dt.date(2027, 5, 1)}
    with pytest.raises(Faults) as refused:
        file(world.a, world.clerk_a, "enterprise", None, **given)
    assert [fault.place for fault in refused.value.faults] == ["enterprise.hte_valid_until"]
    done = file(
        world.a, world.department_officer, "enterprise", None, source="recognition", filed_for=world.department, **given
    )
    assert done.accepted == ("hte_valid_until",)


@pytest.mark.parametrize(("rd_expense", "stops"), [(yuan(115), False), (yuan(117), True)])
def test_a_total_that_disagrees_with_its_items_stops_the_filing(world: World, rd_expense: int, stops: bool) -> None:
    items = dict.fromkeys(("rd_staff_cost", "rd_direct_input"), yuan(50))
    rest = dict.fromkeys(
        ("rd_depreciation", "rd_intangibles", "rd_design", "rd_testing", "rd_external_domestic", "rd_external_overseas"), 0
    )
    given: dict[str, Any] = {**items, **rest, "rd_other": yuan(15), "rd_expense": rd_expense}
    if stops:
        with pytest.raises(Faults, match="disagrees with its items"):
            file(world.a, world.clerk_a, "years", 2025, **given)
    else:
        assert file(world.a, world.clerk_a, "years", 2025, **given).new


def test_a_number_that_cannot_be_kept_is_refused_with_what_to_write(world: World) -> None:
    with pytest.raises(Faults, match=r"write 14\.2857"):
        file(world.a, world.clerk_a, "years", 2025, employees=Fraction(100, 7))


def test_a_slip_of_units_warns_and_stops_nothing(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2023, sales_revenue=yuan(30_000_000))
    file(world.a, world.clerk_a, "years", 2024, sales_revenue=yuan(32_000_000))
    done = file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(3_500))
    assert done.new and [warning.place for warning in done.warnings] == ["years.2025.sales_revenue"]


def test_the_name_is_the_registers_to_say(world: World) -> None:
    assert file(world.a, world.clerk_a, "enterprise", None, name=world.a.name, listed=False).accepted == ("listed",)
    with pytest.raises(Faults, match="register of organisations"):
        file(world.a, world.clerk_a, "enterprise", None, name="别的名字")


def test_a_return_is_never_changed_or_removed_not_even_in_sql(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    for verb in (lambda: Return.objects.filter(pk=filed.pk).update(source="tax"), filed.delete):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            verb()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_return")
    assert Return.objects.get().source == "self"


def test_a_verification_is_of_facts_that_the_return_gives(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    with pytest.raises(NotAllowed) as refused:
        actions.verify(
            filed=filed, facts=["employees", "st_staff"], by=world.county_officer, at=timezone.now(),
            verified_for=world.county,
        )  # fmt: skip
    assert (refused.value.refused.code, Verification.objects.count()) == ("not-in-return", 0)


def test_nobody_verifies_outside_of_their_reach(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    for who, unit in ((world.other_county_officer, world.other_county), (world.clerk_a, world.a)):
        with pytest.raises(NotAllowed):
            actions.verify(filed=filed, facts=["employees"], by=who, at=timezone.now(), verified_for=unit)


def test_a_verification_that_was_a_mistake_is_taken_back_with_a_trace(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    actions.verify(filed=filed, facts=["employees"], by=world.county_officer, at=timezone.now(), verified_for=world.county)
    place = {"organisation": world.a, "section": "years", "year": 2025, "fact": "employees", "at": timezone.now()}
    for who, unit, note, code in (
        (world.prefecture_officer, world.prefecture, "误核", "not-your-verification"),
        (world.county_officer, world.county, " ", "no-reason"),
        (world.county_officer, world.prefecture, "误核", "not-for-them"),
    ):
        with pytest.raises(NotAllowed) as refused:
            actions.unverify(by=who, verified_for=unit, note=note, **place)
        assert refused.value.refused.code == code
    actions.unverify(by=world.county_officer, verified_for=world.county, note="看错年份", **place)
    assert file(world.a, world.clerk_a, "years", 2025, employees=41).accepted == ("employees",)
    assert list(Verification.objects.order_by("step").values_list("holds", flat=True)) == [True, False]
    with pytest.raises(NotAllowed) as refused:
        actions.unverify(by=world.county_officer, verified_for=world.county, note="再撤", **place)
    assert refused.value.refused.code == "not-verified"


def test_a_new_enterprise_has_its_file(world: World) -> None:
    assert set(Enterprise.objects.values_list("pk", flat=True)) == {
        world.a.pk, world.b.pk, world.zoned.pk, world.spinoff.pk,
    }  # fmt: skip


def test_the_steps_of_a_file_are_counted_without_a_gap(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    actions.verify(filed=filed, facts=["employees"], by=world.county_officer, at=timezone.now(), verified_for=world.county)
    (difference,) = file(world.a, world.clerk_a, "years", 2025, employees=41).differences
    settle(difference, world.county_officer, world.county, accept=False)
    steps = history.of_place(world.a.pk, "years", 2025)
    assert [step.step for step in steps] == [1, 2, 3, 4] and Enterprise.objects.get(pk=world.a.pk).steps == 4


def settle(difference: Difference, by: Any, settled_for: Any, *, accept: bool, reason: str = "核对凭证") -> Difference:
    """Settle with a reason, now."""
    return actions.settle(
        difference=difference, accept=accept, reason=reason, by=by, at=timezone.now(), settled_for=settled_for
    )
