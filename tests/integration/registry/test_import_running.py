"""Importing files: what the dry run promises is what is written, and nothing is written twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.integration.registry.importing import bring, hand_in, run
from tests.people import World, credit_code
from tests.unit.tables.making import workbook

from tidui.accounts.models import Organisation
from tidui.kit import jobs
from tidui.registry.facts import fact_set
from tidui.registry.importing.enums import ImportState, Policy
from tidui.registry.importing.models import Import
from tidui.registry.models import Difference, Return

pytestmark = pytest.mark.django_db

NEW = credit_code(900, "620102")
HEAD = ["统一社会信用代码", "企业名称", "注册成立日期", "行政区划代码", "Ⅰ类知识产权数"]


def test_a_new_enterprise_is_added_with_its_facts(world: World, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        企业=[HEAD, [NEW, "兰州新企业有限公司", dt.date(2019, 5, 6), "城关区", 3]],
        年度=[["统一社会信用代码", "年度", "销售收入(万元)", "职工总数"], [NEW, 2024, 1200.5, 40]],
    )
    one = bring(path, world.department_officer, world.department)
    assert one.state == ImportState.APPLIED, one.error
    assert one.preview["firms"] == {"new": 1, "changed": 0, "differing": 0, "unchanged": 0, "left_out": 0}
    made = Organisation.objects.get(uscc=NEW)
    assert (made.name, made.division) == ("兰州新企业有限公司", "620102")
    facts = fact_set(made)
    assert facts.get("sales_revenue", 2024) == 1_200_500_000
    assert facts.get("ip_class1") == 3
    assert one.result["written"] == {"organisations": 1, "returns": 2, "enterprises": 1, "differences": 0}


def test_the_dry_run_writes_nothing(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [NEW, "兰州新企业有限公司", dt.date(2019, 5, 6), "城关区", 3]])
    one = hand_in(path, world.department_officer, world.department)
    run()
    one.refresh_from_db()
    assert one.state == ImportState.CHECKED
    assert not Organisation.objects.filter(uscc=NEW).exists()
    assert not Return.objects.exists()


def test_the_same_file_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, dt.date(2019, 5, 6), "城关区", 3]])
    bring(path, world.department_officer, world.department)
    count = Return.objects.count()
    again = bring(path, world.department_officer, world.department)
    assert again.preview["firms"]["unchanged"] == 1
    assert again.result["written"]["returns"] == 0
    assert Return.objects.count() == count


def test_a_county_imports_only_what_it_reaches_and_learns_nothing_of_others(world: World, tmp_path: Path) -> None:
    elsewhere = credit_code(901, "620103")
    path = workbook(
        tmp_path / "a.xlsx",
        企业=[
            HEAD,
            [world.a.uscc, world.a.name, None, None, 1],
            [world.b.uscc, "不论叫什么", None, "620103", 1],
            [elsewhere, "七里河新企业有限公司", None, "620103", 1],
        ],
    )
    one = bring(path, world.county_officer, world.county, source="unit", policy=Policy.KEEP_GOING)
    assert one.state == ImportState.APPLIED, one.error
    told = [(fault["row"], fault["message"], fault["instead"]) for fault in one.preview["first"]]
    assert {row for row, _, _ in told} == {3, 4}
    assert len({(message, instead) for _, message, instead in told}) == 1
    assert fact_set(world.a).get("ip_class1") == 1
    assert fact_set(world.b).get("ip_class1") is None
    assert not Organisation.objects.filter(uscc=elsewhere).exists()


def test_an_enterprise_imports_its_own_file_only(world: World, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, None, None, None, 1], [world.b.uscc, None, None, None, 2]]
    )
    one = bring(path, world.clerk_a, world.a, source="self", policy=Policy.KEEP_GOING)
    assert [fault["row"] for fault in one.preview["first"]] == [3]
    assert fact_set(world.a).get("ip_class1") == 1
    assert fact_set(world.b).get("ip_class1") is None


def test_all_or_nothing_writes_nothing_where_one_cell_is_wrong(world: World, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, None, None, None, 1], [world.b.uscc, None, None, None, "很多"]]
    )
    one = hand_in(path, world.department_officer, world.department)
    run()
    one.refresh_from_db()
    assert one.preview["faults"] == 1
    from tidui.kit.access import NotAllowed
    from tidui.registry.importing import actions

    with pytest.raises(NotAllowed) as refused:
        actions.start(one=one, sha256=one.file.sha256, by=world.department_officer, at=timezone.now())
    assert refused.value.refused.code == "import-has-faults"
    assert not Return.objects.exists()


def test_a_differing_value_waits_for_a_person(world: World, tmp_path: Path) -> None:
    mine = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, None, None, None, 1]])
    bring(mine, world.clerk_a, world.a, source="self")
    theirs = workbook(tmp_path / "b.xlsx", 企业=[HEAD, [world.a.uscc, None, None, None, 2]])
    one = bring(theirs, world.county_officer, world.county, source="unit")
    assert one.preview["firms"]["differing"] == 1
    assert one.preview["counts"]["differences"] == 1
    assert fact_set(world.a).get("ip_class1") == 1
    assert Difference.objects.filter(state="open", fact="ip_class1").count() == 1


def test_a_status_is_refused_from_an_enterprise_but_the_prefilled_none_is_let_pass(
    world: World, tmp_path: Path
) -> None:
    head = ["统一社会信用代码", "历次高新技术企业发证日期★", "Ⅰ类知识产权数"]
    fine = workbook(tmp_path / "a.xlsx", 企业=[head, [world.a.uscc, "无", 1]])
    assert bring(fine, world.clerk_a, world.a, source="self").state == ImportState.APPLIED
    assert fact_set(world.a).get("hte_recognised_on") is None
    typed = workbook(tmp_path / "b.xlsx", 企业=[head, [world.a.uscc, "2022-10-18", 1]])
    one = hand_in(typed, world.clerk_a, world.a, source="self")
    run()
    one.refresh_from_db()
    assert [(fault["row"], fault["column"]) for fault in one.preview["first"]] == [(2, "B 历次高新技术企业发证日期★")]


def test_a_worker_killed_between_chunks_goes_on_where_it_was(world: World, tmp_path: Path, monkeypatch: Any) -> None:
    from tidui.registry.importing import running

    rows = [[credit_code(1000 + number), f"企业{number}", None, "城关区", number] for number in range(5)]
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, *rows])
    monkeypatch.setattr(running, "CHUNK", 2)
    one = hand_in(path, world.department_officer, world.department, policy=Policy.KEEP_GOING)
    run()
    one.refresh_from_db()
    start(one, world)
    real, calls = running._write, []

    def killed(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(running, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert Organisation.objects.filter(name__startswith="企业").count() == 2
    monkeypatch.setattr(running, "_write", real)
    one.refresh_from_db()
    assert one.job is not None
    jobs.run_job.call(str(one.job.pk))
    one.refresh_from_db()
    assert one.state == ImportState.APPLIED
    assert one.result["written"] == {"organisations": 5, "returns": 5, "enterprises": 5, "differences": 0}


def start(one: Import, world: World) -> None:
    """Have the checked file written."""
    from tidui.registry.importing import actions

    actions.start(one=one, sha256=one.file.sha256, by=world.department_officer, at=timezone.now())
