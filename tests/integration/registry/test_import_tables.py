"""Templates, the official tables and the take-over: what is downloaded and filled in is taken, and comes out again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.integration.registry.importing import bring, hand_in, run
from tests.people import World, credit_code
from tests.unit.tables.making import workbook

from tidui.accounts.models import Organisation
from tidui.registry.facts import fact_set
from tidui.registry.importing import exporting, templates
from tidui.registry.importing.enums import ImportState, Policy
from tidui.registry.importing.models import Conversion, Import, PastEvent, Product, RdActivity, RdYearCost
from tidui.registry.models import IntellectualProperty, Return
from tidui.rules.values import NONE
from tidui.tables.declared import book
from tidui.tables.declared import template as declared_template

pytestmark = pytest.mark.django_db

CODE = "91620100XNY000001W"


@contextmanager
def example(name: str, tmp_path: Path, **options: Any) -> Iterator[Path]:
    path = tmp_path / f"{name}.xlsx"
    templates.write(name, path, **{"statuses": True, "examples": True, "lang": "zh", **options})
    yield path


def faults(one: Import) -> list[tuple[Any, ...]]:
    return [(fault["level"], fault["sheet"], fault["row"], fault["message"]) for fault in one.preview["first"]]


@pytest.mark.parametrize("name", [one.name for one in templates.TEMPLATES])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_template_with_its_examples_is_imported_without_a_fault(
    world: World, tmp_path: Path, name: str, lang: str
) -> None:
    with example(name, tmp_path, lang=lang) as path:
        one = bring(path, world.department_officer, world.department)
    assert faults(one) == []
    assert one.state == ImportState.APPLIED, one.error
    assert Organisation.objects.filter(uscc=CODE, name="兰州样例机电有限公司", division="620102").exists()


@pytest.mark.parametrize("name", [one.name for one in templates.TEMPLATES])
def test_every_blank_template_is_a_file_of_no_enterprises(world: World, tmp_path: Path, name: str) -> None:
    with example(name, tmp_path, examples=False) as path:
        one = hand_in(path, world.department_officer, world.department)
    run()
    one.refresh_from_db()
    assert (one.state, one.preview["rows"], faults(one)) == (ImportState.CHECKED, 0, [])


def test_the_template_of_an_enterprise_has_no_statuses_and_no_places(world: World, tmp_path: Path) -> None:
    from tidui.tables.importing import read_import

    with example("facts", tmp_path, statuses=False, examples=False) as path:
        store = read_import(path, year=2024).store
    assert store is not None
    names = {name for name, _, _ in store.columns}
    assert "industry" in names
    assert not names & {"hte_recognised_on", "sme_number", "located_in", "affiliated_to"}


def test_facts_follow_from_the_official_tables(world: World, tmp_path: Path) -> None:
    with example("official", tmp_path) as path:
        bring(path, world.department_officer, world.department)
    facts = fact_set(Organisation.objects.get(uscc=CODE))
    assert facts.get("rd_staff_cost", 2022) == 55_250_000
    assert facts.get("rd_external_domestic", 2023) == 8_000_000
    assert facts.get("rd_external_overseas", 2023) == 2_000_000
    assert facts.get("high_tech_income", 2023) == 2_410_500_000
    assert [facts.get("conversions", year) for year in (2021, 2022, 2023)] == [0, 1, 1]
    assert facts.get("net_assets", 2021) == 1_200_000_000
    assert (RdActivity.objects.count(), RdYearCost.objects.count(), Product.objects.count()) == (1, 3, 1)
    assert Conversion.objects.count() == 2
    assert set(IntellectualProperty.objects.values_list("number", flat=True)) == {"ZL202010123456.2", "2022SR0123456"}


def test_costs_of_several_activities_are_summed_by_year(world: World, tmp_path: Path) -> None:
    rows = [
        {"uscc": world.a.uscc, "declared_year": 2024, "year": 2023, "code": code, "rd_staff_cost": cost, "external": 0}
        for code, cost in (("RD01", 10), ("RD02", 20.5))
    ]
    path = tmp_path / "costs.xlsx"
    declared_template.write(path, "official", rows={"costs": rows})
    bring(path, world.clerk_a, world.a, source="self")
    facts = fact_set(world.a)
    assert facts.get("rd_staff_cost", 2023) == 30_500_000
    assert facts.get("rd_external_domestic", 2023) == 0
    assert facts.get("rd_design", 2023) is None


@pytest.mark.parametrize(
    ("sheet", "changes", "column", "message"),
    [
        ("costs", {"internal": 81}, "内部研究开发费共计", "disagrees with its items"),
        ("costs", {"external_domestic": 11}, "境内的外部研发费用", "more than the whole"),
        ("rd", {"spent": 301}, "近三年总支出", "disagrees with its items"),
        ("products", {"income": 2500}, "上年度销售收入", "is given otherwise"),
        ("property", {"kind": "6"}, "类别", "is not taken here"),
        ("property", {"number": "ZL202010123456.3"}, "专利号", "2"),
        ("conversions", {"year": "很久以前"}, "转化时间", "is not a fiscal year"),
    ],
)
def test_a_table_that_contradicts_itself_is_a_fault_at_its_cell(
    world: World, tmp_path: Path, sheet: str, changes: dict[str, Any], column: str, message: str
) -> None:
    rows = {one.name: [dict(row) for row in one.examples] for one in book("official").sheets.values()}
    rows[sheet][0] |= changes
    path = tmp_path / "official.xlsx"
    declared_template.write(path, "official", rows=rows)
    one = hand_in(path, world.department_officer, world.department)
    run()
    one.refresh_from_db()
    found = [fault for fault in one.preview["first"] if fault["level"] == "fault"]
    assert len(found) == 1, found
    assert found[0]["row"] == 2 or sheet == "products"
    assert column in found[0]["column"]
    assert message in found[0]["message"]


def test_the_rows_of_one_enterprise_need_not_repeat_its_code(world: World, tmp_path: Path) -> None:
    rows = {one.name: [dict(row) for row in one.examples] for one in book("official").sheets.values()}
    for name in ("rd", "costs", "products", "conversions", "property"):
        for row in rows[name]:
            row.pop("uscc")
            row.pop("declared_year")
    path = tmp_path / "official.xlsx"
    declared_template.write(path, "official", rows=rows)
    one = bring(path, world.department_officer, world.department)
    assert one.state == ImportState.APPLIED, faults(one)
    assert RdYearCost.objects.filter(organisation__uscc=CODE, declared_year=2024).count() == 3


def test_the_same_tables_twice_change_nothing_and_a_changed_row_follows_the_old_one(
    world: World, tmp_path: Path
) -> None:
    with example("official", tmp_path) as path:
        bring(path, world.department_officer, world.department)
        before = Return.objects.count()
        again = bring(path, world.department_officer, world.department)
    assert again.preview["firms"]["unchanged"] == 1
    assert (Return.objects.count(), RdActivity.objects.count()) == (before, 1)
    rows = {one.name: [dict(row) for row in one.examples] for one in book("official").sheets.values()}
    rows["rd"][0]["name"] = "改了名称"
    declared_template.write(tmp_path / "b.xlsx", "official", rows=rows)
    bring(tmp_path / "b.xlsx", world.department_officer, world.department)
    assert RdActivity.objects.get(ended_at__isnull=True).name == "改了名称"
    assert RdActivity.objects.count() == 2


def test_past_events_become_statuses_numbers_rewards_and_spent_property(world: World, tmp_path: Path) -> None:
    with example("takeover", tmp_path) as path:
        bring(path, world.department_officer, world.department)
    organisation = Organisation.objects.get(uscc=CODE)
    facts = fact_set(organisation)
    assert facts.get("hte_recognised_on") == (dt.date(2022, 10, 18),)
    assert facts.get("hte_valid_until") == dt.date(2025, 10, 17)
    assert facts.get("sme_number") == "202262010208000123"
    assert facts.get("provincial_valid_until") == dt.date(2024, 11, 30)
    assert facts.get("hte_bank_selected_on") == dt.date(2021, 5, 20)
    assert facts.get("rewards_paid") == ((("amount", 20_000_000), ("kind", "first"), ("on", dt.date(2023, 9, 12))),)
    assert PastEvent.objects.get(kind="hte").number == "GR202262000123"
    spent = IntellectualProperty.objects.get(organisation=organisation)
    assert (spent.number, spent.used_year) == ("ZL201921234567.X", 2022)
    carrier = Organisation.objects.get(uscc="91620100XNY0000020")
    assert fact_set(carrier).get("carrier_kind") == "incubator"


def test_a_second_file_of_the_past_adds_to_the_first(world: World, tmp_path: Path) -> None:
    rows = [{"uscc": world.a.uscc, "kind": "hte", "on": dt.date(2022, 10, 18), "until": dt.date(2025, 10, 17)}]
    declared_template.write(tmp_path / "a.xlsx", "takeover", rows={"events": rows})
    bring(tmp_path / "a.xlsx", world.department_officer, world.department)
    rows = [{"uscc": world.a.uscc, "kind": "hte", "on": dt.date(2019, 9, 5), "until": dt.date(2022, 9, 4)}]
    declared_template.write(tmp_path / "b.xlsx", "takeover", rows={"events": rows})
    one = bring(tmp_path / "b.xlsx", world.department_officer, world.department)
    assert one.preview["counts"].get("differences", 0) == 0
    facts = fact_set(world.a)
    assert facts.get("hte_recognised_on") == (dt.date(2019, 9, 5), dt.date(2022, 10, 18))
    assert facts.get("hte_valid_until") == dt.date(2025, 10, 17)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"kind": "hte", "number": "GR2022620001"}, "not a certificate number"),
        ({"kind": "sme", "number": "2022620102"}, "not a registration number"),
        ({"kind": "sme"}, "registration number is missing"),
        ({"kind": "tenant", "number": "甲"}, "characters"),
    ],
)
def test_a_number_that_breaks_its_coding_rule_is_a_fault(
    world: World, tmp_path: Path, row: dict[str, Any], message: str
) -> None:
    given = {"uscc": world.a.uscc, "on": dt.date(2022, 10, 18), **row}
    declared_template.write(tmp_path / "a.xlsx", "takeover", rows={"events": [given]})
    one = hand_in(tmp_path / "a.xlsx", world.department_officer, world.department)
    run()
    one.refresh_from_db()
    assert [message in fault["message"] for fault in one.preview["first"]] == [True]


def test_the_past_is_taken_over_by_the_department_only(world: World, tmp_path: Path) -> None:
    rows = [{"uscc": world.a.uscc, "kind": "bank", "on": dt.date(2022, 10, 18)}]
    declared_template.write(tmp_path / "a.xlsx", "takeover", rows={"events": rows})
    one = hand_in(tmp_path / "a.xlsx", world.county_officer, world.county, source="unit")
    run()
    one.refresh_from_db()
    assert "department only" in one.preview["first"][0]["message"]


def test_a_file_that_was_exported_changes_nothing_when_it_is_imported(world: World, tmp_path: Path) -> None:
    for name in ("facts", "official", "takeover"):
        with example(name, tmp_path) as path:
            bring(path, world.department_officer, world.department, policy=Policy.KEEP_GOING)
    organisation = Organisation.objects.get(uscc=CODE)
    before, returns = fact_set(organisation), Return.objects.count()
    assert before.get("major_incidents") == NONE
    exporting.write_facts(tmp_path / "out.xlsx", [organisation.pk], by=world.department_officer, at=timezone.now())
    exporting.write_official(
        tmp_path / "tables.xlsx", organisation, by=world.department_officer, at=timezone.now(), lang="zh"
    )
    exporting.write_past(
        tmp_path / "past.xlsx", organisation, by=world.department_officer, at=timezone.now(), lang="zh"
    )
    for name in ("out.xlsx", "tables.xlsx", "past.xlsx"):
        one = bring(tmp_path / name, world.department_officer, world.department)
        assert faults(one) == []
        assert one.preview["rows"] > 0
        assert one.preview["firms"]["unchanged"] == 1, one.preview
    assert fact_set(organisation) == before
    assert Return.objects.count() == returns


def test_an_enterprise_may_import_its_own_exported_file_with_its_statuses(world: World, tmp_path: Path) -> None:
    head = ["统一社会信用代码", "历次高新技术企业发证日期", "高新技术企业证书有效期止"]
    path = workbook(tmp_path / "a.xlsx", 企业=[head, [world.a.uscc, "2022-10-18", "2025-10-17"]])
    bring(path, world.department_officer, world.department)
    exporting.write_facts(tmp_path / "out.xlsx", [world.a.pk], by=world.clerk_a, at=timezone.now())
    one = bring(tmp_path / "out.xlsx", world.clerk_a, world.a, source="self")
    assert (faults(one), one.preview["firms"]["unchanged"]) == ([], 1)


def test_a_new_enterprise_lies_in_the_zone_and_belongs_to_the_unit_that_the_file_names(
    world: World, tmp_path: Path
) -> None:
    code = credit_code(903)
    head = ["统一社会信用代码", "企业名称", "行政区划代码", "所在开发区", "隶属单位"]
    path = workbook(tmp_path / "a.xlsx", 企业=[head, [code, "新区企业有限公司", "620121", "兰州新区", "陇原理工大学"]])
    one = bring(path, world.department_officer, world.department)
    assert faults(one) == []
    made = Organisation.objects.get(uscc=code)
    assert (made.zone, made.affiliation) == (world.zone, world.university)
    path = workbook(tmp_path / "b.xlsx", 企业=[head, [credit_code(904), "某企业", "620121", "没有的新区", ""]])
    one = hand_in(path, world.department_officer, world.department)
    run()
    one.refresh_from_db()
    assert [(fault["row"], fault["column"]) for fault in one.preview["first"]] == [(2, "D 所在开发区")]
