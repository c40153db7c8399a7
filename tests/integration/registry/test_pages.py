"""The pages of a file beside its forms: overview, history, returns, differences, intellectual property."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.integration.registry.making import file, yuan
from tests.integration.registry.test_property import details, enter
from tests.people import World

from tidui.accounts.actions.organisations import change_organisation
from tidui.accounts.models import User
from tidui.kit import clock
from tidui.registry import actions
from tidui.registry.facts import fact_set
from tidui.registry.models import Difference, IntellectualProperty, Return

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, url: str) -> str:
    """The text of a page that opens."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def move_to_the_other_county(world: World) -> None:
    """Enterprise `a` moves."""
    change_organisation(
        organisation=world.a, changes={"division": "620103"}, since=clock.today(), reason="迁址",
        by=world.department_officer, at=timezone.now(),
    )  # fmt: skip


def dispute(world: World) -> Difference:
    """The county says otherwise than the enterprise."""
    file(world.a, world.clerk_a, "years", 2025, employees=40, sales_revenue=yuan(7))
    done = file(world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=38)
    return done.differences[0]


def test_a_member_comes_to_the_file_of_the_own_enterprise(world: World) -> None:
    answer = browser(world.clerk_a).get("/file/")
    assert answer["Location"] == f"/enterprises/{world.a.pk}/file/"


def test_the_overview_says_what_is_known_open_and_begun(world: World) -> None:
    dispute(world)
    actions.save_field(
        organisation=world.a, section="tax_years", year=2024, name="operating_months", text="12", base=0, unit="元",
        by=world.clerk_a, at=timezone.now(),
    )  # fmt: skip
    text = text_of(browser(world.clerk_a), f"/enterprises/{world.a.pk}/file/")
    assert "2/22" in text and "1 处差异" in text and "有草稿" in text
    assert "有草稿" not in text_of(browser(world.county_officer), f"/enterprises/{world.a.pk}/file/")


def test_another_year_is_opened_and_one_to_come_is_not(world: World) -> None:
    client, url = browser(world.clerk_a), f"/enterprises/{world.a.pk}/file/"
    assert client.post(url, {"section": "years", "year": "2019"})["Location"] == f"{url}years/2019/"
    answer = client.post(url, {"section": "years", "year": str(clock.today().year + 1)})
    assert answer.status_code == 422 and "之间的年份" in answer.content.decode()


@pytest.mark.parametrize("filings", [1, 3])
def test_the_overview_takes_the_same_queries_for_any_number_of_filings(
    world: World, filings: int, django_assert_num_queries: Any
) -> None:
    for number in range(filings):
        file(world.a, world.clerk_a, "years", 2025, employees=number + 1)
        file(world.a, world.clerk_a, "years", 2020 + number, employees=number + 1)
    client = browser(world.clerk_a)
    client.get(f"/enterprises/{world.a.pk}/file/")
    with django_assert_num_queries(13):
        client.get(f"/enterprises/{world.a.pk}/file/")


@pytest.mark.parametrize("filings", [1, 3])
def test_a_form_takes_the_same_queries_for_any_number_of_filings(
    world: World, filings: int, django_assert_num_queries: Any
) -> None:
    for number in range(filings):
        file(world.a, world.clerk_a, "years", 2025, employees=number + 1, sales_revenue=yuan(number + 1))
    client = browser(world.clerk_a)
    client.get(f"/enterprises/{world.a.pk}/file/years/2025/")
    with django_assert_num_queries(15):
        client.get(f"/enterprises/{world.a.pk}/file/years/2025/")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("returns", 14), ("differences", 15)])
def test_lists_take_the_same_queries_for_any_number_of_rows(
    world: World, page: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    for year in range(rows):
        file(world.a, world.clerk_a, "years", 2020 + year, employees=1)
        file(world.a, world.county_officer, "years", 2020 + year, source="unit", filed_for=world.county, employees=2)
    client = browser(world.county_officer)
    client.get(f"/{page}/")
    with django_assert_num_queries(queries):
        client.get(f"/{page}/")


def test_the_file_of_a_day_says_what_was_known_and_what_changed(world: World) -> None:
    yesterday = timezone.now() - dt.timedelta(days=1)
    file(world.a, world.clerk_a, "years", 2025, at=yesterday, employees=40)
    file(world.a, world.clerk_a, "years", 2025, employees=41)
    url = f"/enterprises/{world.a.pk}/file/on/"
    text = text_of(browser(world.clerk_a), f"{url}?on={clock.day_of(yesterday)}")
    assert "40 人" in text and "41 人" in text
    assert "没有变化" in text_of(browser(world.clerk_a), f"{url}?on={clock.today()}")
    assert "请填写日期" in text_of(browser(world.clerk_a), f"{url}?on=2026-99-99")


def test_the_history_of_a_fact_says_who_what_when_and_why(world: World) -> None:
    difference = dispute(world)
    actions.settle(
        difference=difference, accept=True, reason="社保名册", by=world.county_officer, at=timezone.now(),
        settled_for=world.county,
    )  # fmt: skip
    actions.verify(
        filed=difference.offered, facts=["employees"], by=world.county_officer, at=timezone.now(),
        verified_for=world.county, note="现场核对",
    )  # fmt: skip
    text = text_of(browser(world.clerk_a), f"/enterprises/{world.a.pk}/file/facts/employees/?year=2025")
    for word in ("填报 40 人", "填报 38 人", "采用新值", "社保名册", "现场核对", "城关区科学技术局"):
        assert word in text


@pytest.mark.parametrize("address", ["employees/", "no_such/", "tech_advancement/", "employees/?year=x", "listed/?year=2025"])
def test_a_fact_that_is_none_is_not_found(world: World, address: str) -> None:
    assert browser(world.clerk_a).get(f"/enterprises/{world.a.pk}/file/facts/{address}").status_code == 404


def test_a_return_its_receipt_and_what_changed_between_two(world: World) -> None:
    first = file(world.a, world.clerk_a, "years", 2025, employees=40, st_staff=3).filed
    second = file(world.a, world.clerk_a, "years", 2025, employees=41, st_staff=3).filed
    client = browser(world.clerk_a)
    assert first.number in text_of(client, f"/returns/{first.pk}/")
    assert first.digest in text_of(client, f"/returns/{first.pk}/receipt/")
    text = text_of(client, f"/returns/{second.pk}/since/{first.pk}/")
    assert "40 人" in text and "41 人" in text and "科技人员数" not in text


def test_returns_of_two_parts_are_not_compared(world: World) -> None:
    first = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    second = file(world.a, world.clerk_a, "years", 2024, employees=41).filed
    assert browser(world.clerk_a).get(f"/returns/{second.pk}/since/{first.pk}/").status_code == 404


def test_an_officer_verifies_facts_of_a_return(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40, st_staff=3).filed
    client = browser(world.county_officer)
    client.post(f"/returns/{filed.pk}/verify/", {"fact": ["employees"], "note": "审计报告"})
    assert "审计报告" in text_of(client, f"/returns/{filed.pk}/")
    answer = client.post(f"/returns/{filed.pk}/verify/", {"note": "x"}, follow=True)
    assert "请勾选" in answer.content.decode()
    assert browser(world.clerk_a).post(f"/returns/{filed.pk}/verify/", {"fact": ["st_staff"]}).status_code == 422


def test_who_filed_for_its_unit_still_reads_that_return_after_the_enterprise_moved(world: World) -> None:
    difference = dispute(world)
    actions.settle(
        difference=difference, accept=True, reason="社保名册", by=world.county_officer, at=timezone.now(),
        settled_for=world.county,
    )  # fmt: skip
    move_to_the_other_county(world)
    old, new = browser(world.county_officer), browser(world.other_county_officer)
    assert old.get(f"/enterprises/{world.a.pk}/file/").status_code == 404
    assert new.get(f"/enterprises/{world.a.pk}/file/").status_code == 200
    assert old.get(f"/returns/{difference.offered_id}/").status_code == 200
    assert old.get(f"/returns/{difference.accepted_id}/").status_code == 404
    assert "社保名册" in text_of(old, f"/differences/{difference.pk}/")


def test_an_officer_says_otherwise_and_comes_to_the_difference(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(7))
    client, url = browser(world.county_officer), f"/enterprises/{world.a.pk}/file/facts/sales_revenue/"
    assert f"{url}say/?year=2025" in text_of(client, f"{url}?year=2025")
    said = {"value": "0.0009万元", "source": "tax", "note": "纳税申报表"}
    answer = client.post(f"{url}say/?year=2025", said)
    difference = Difference.objects.get()
    assert answer["Location"] == f"/differences/{difference.pk}/"
    assert difference.offered.facts == {"sales_revenue": "9.00"} and difference.offered.source == "tax"
    assert "没有新的记录" in client.post(f"{url}say/?year=2025", said, follow=True).content.decode()
    wrong = client.post(f"{url}say/?year=2025", {**said, "value": "很多"})
    assert wrong.status_code == 422 and "不是金额" in wrong.content.decode()


@pytest.mark.parametrize("who", ["clerk_a", "county_reader", "inspector"])
def test_only_officers_say_otherwise(world: World, who: str) -> None:
    client = browser(getattr(world, who))
    answer = client.post(f"/enterprises/{world.a.pk}/file/facts/employees/say/?year=2025", {"value": "1"})
    assert answer.status_code == 422 and not Return.objects.exists()


def test_nobody_types_a_status(world: World) -> None:
    client = browser(world.department_officer)
    assert client.get(f"/enterprises/{world.a.pk}/file/facts/hte_valid_until/say/").status_code == 404


def test_a_verification_is_taken_back_on_the_page_of_the_fact(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    actions.verify(filed=filed, facts=["employees"], by=world.county_officer, at=timezone.now(), verified_for=world.county)
    client, url = browser(world.county_officer), f"/enterprises/{world.a.pk}/file/facts/employees/"
    assert "撤回核实" in text_of(client, f"{url}?year=2025")
    client.post(f"{url}unverify/?year=2025", {"reason": "看错年份"})
    text = text_of(client, f"{url}?year=2025")
    assert "看错年份" in text and f"{url}unverify/" not in text


def test_a_difference_is_settled_on_its_page_with_a_reason(world: World) -> None:
    difference = dispute(world)
    client, url = browser(world.county_officer), f"/differences/{difference.pk}/"
    text = text_of(client, url)
    assert "40 人" in text and "38 人" in text
    assert client.post(url, {"accept": "yes", "reason": ""}).status_code == 422
    assert client.post(url, {"accept": "yes", "reason": "社保名册"}).status_code == 302
    assert fact_set(world.a).get("employees", 2025) == 38
    assert "社保名册" in text_of(client, url)


def test_the_officer_who_comes_second_is_told(world: World) -> None:
    difference = dispute(world)
    url = f"/differences/{difference.pk}/"
    second = browser(world.prefecture_officer)
    assert 'name="reason"' in text_of(second, url)
    browser(world.county_officer).post(url, {"accept": "no", "reason": "原值正确"})
    answer = second.post(url, {"accept": "yes", "reason": "社保名册"})
    assert answer.status_code == 422 and "刚刚已由他人处理" in answer.content.decode()
    assert Difference.objects.get().reason == "原值正确"


def test_an_enterprise_is_told_that_it_cannot_set_a_verified_value_aside(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    actions.verify(filed=filed, facts=["employees"], by=world.county_officer, at=timezone.now(), verified_for=world.county)
    (difference,) = file(world.a, world.clerk_a, "years", 2025, employees=45).differences
    client = browser(world.clerk_a)
    assert "不能自行替换" in text_of(client, f"/differences/{difference.pk}/")
    answer = client.post(f"/differences/{difference.pk}/", {"accept": "yes", "reason": "更正"})
    assert answer.status_code == 422 and Difference.objects.get().state == "open"


def test_a_reader_sees_a_difference_and_cannot_settle_it(world: World) -> None:
    difference = dispute(world)
    client = browser(world.county_reader)
    assert 'name="reason"' not in text_of(client, f"/differences/{difference.pk}/")
    assert client.post(f"/differences/{difference.pk}/", {"accept": "yes", "reason": "x"}).status_code == 422


def test_names_of_people_are_whole_only_for_those_who_reach_the_enterprise(world: World) -> None:
    difference = dispute(world)
    assert world.clerk_a.name in text_of(browser(world.county_officer), f"/differences/{difference.pk}/")
    actions.settle(
        difference=difference, accept=True, reason="社保名册", by=world.county_leader, at=timezone.now(),
        settled_for=world.county,
    )  # fmt: skip
    move_to_the_other_county(world)
    text = text_of(browser(world.county_officer), f"/differences/{difference.pk}/")
    assert world.clerk_a.name not in text and world.county_leader.name not in text


FORM = {"kind": "2", "name": "一种装置", "acquisition": "2", "filed_on": "2022-05-01", "granted_on": "2023-02-01"}


def test_an_item_is_entered_changed_and_struck_out(world: World) -> None:
    client = browser(world.clerk_a)
    number = details().number
    client.post(f"/enterprises/{world.a.pk}/file/property/new/", {**FORM, "number": number})
    item = IntellectualProperty.objects.get()
    assert number in text_of(client, f"/enterprises/{world.a.pk}/file/property/")
    client.post(f"/property/{item.pk}/change/", {**FORM, "number": number, "name": "改进的装置", "core": "on"})
    assert "改进的装置" in text_of(client, f"/property/{item.pk}/")
    client.post(f"/property/{item.pk}/strike/", {"reason": "录错"})
    assert "已注销" in text_of(client, f"/property/{item.pk}/")


def test_what_is_wrong_with_an_item_is_told_at_its_field(world: World) -> None:
    answer = browser(world.clerk_a).post(
        f"/enterprises/{world.a.pk}/file/property/new/", {**FORM, "number": "ZL202220000001.0"}
    )
    assert answer.status_code == 422 and "校验位" in answer.content.decode()


def test_a_defence_patent_is_refused_on_the_page(world: World) -> None:
    answer = browser(world.clerk_a).post(
        f"/enterprises/{world.a.pk}/file/property/new/", {**FORM, "kind": "6", "number": "1"}
    )
    assert answer.status_code == 422 and "保密" in answer.content.decode()
    assert not IntellectualProperty.objects.exists()


def test_a_complete_register_goes_into_the_file(world: World) -> None:
    enter(world, details())
    client = browser(world.clerk_a)
    assert "登记册已完整" in text_of(client, f"/enterprises/{world.a.pk}/file/property/")
    client.post(f"/enterprises/{world.a.pk}/file/property/complete/")
    assert fact_set(world.a).get("ip_class2") == 1
    assert Return.objects.get().source_note == "按知识产权登记册计算"


def test_the_use_of_class_two_is_noted_and_an_enterprise_cannot_undo_it(world: World) -> None:
    item = enter(world, details())
    url = f"/property/{item.pk}/use/"
    browser(world.department_officer).post(url, {"year": "2023", "reason": "2023 年认定名单"})
    item.refresh_from_db()
    assert item.used_year == 2023
    assert browser(world.clerk_a).post(url, {"year": "", "reason": "没有用过"}).status_code == 422
    browser(world.department_officer).post(url, {"year": "", "reason": "名单有误"})
    item.refresh_from_db()
    assert (item.used_year, item.used_note) == (None, "名单有误")


def test_officers_alone_are_told_of_an_item_in_two_registers(world: World) -> None:
    item = enter(world, details())
    enter(world, details(), world.b, world.clerk_b)
    url = f"/property/{item.pk}/"
    assert "另有企业登记" not in text_of(browser(world.clerk_a), url)
    county = text_of(browser(world.county_officer), url)
    assert "辖区外另有 1 家企业" in county and world.b.name not in county
    assert world.b.name in text_of(browser(world.department_officer), url)
    assert "另有企业登记" in text_of(browser(world.department_officer), "/property/?shared=yes")


def test_an_enterprise_has_no_page_of_other_registers(world: World) -> None:
    assert browser(world.clerk_a).get("/property/").status_code == 403


def test_items_are_found_by_a_part_of_their_name(world: World) -> None:
    enter(world, details(1, name="高温压力传感器"))
    enter(world, details(2, name="齿轮箱"))
    text = text_of(browser(world.clerk_a), f"/enterprises/{world.a.pk}/file/property/?q=压力")
    assert "高温压力传感器" in text and "齿轮箱" not in text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_in_one_language(world: World, language: str) -> None:
    import re

    difference = dispute(world)
    item = enter(world, details(name="Sensor", owners=("Baita",)))
    client = browser(world.clerk_a)
    client.cookies["tidui_language"] = language
    for url in (
        f"/enterprises/{world.a.pk}/file/", f"/enterprises/{world.a.pk}/file/enterprise/",
        f"/enterprises/{world.a.pk}/file/years/2025/", f"/enterprises/{world.a.pk}/file/tax_years/2025/",
        f"/enterprises/{world.a.pk}/file/carrier_years/2025/", f"/differences/{difference.pk}/", f"/property/{item.pk}/",
        f"/enterprises/{world.a.pk}/file/facts/employees/?year=2025", f"/returns/{difference.offered_id}/",
        f"/enterprises/{world.a.pk}/file/property/",
    ):  # fmt: skip
        text = re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style|option)\b.*?</\1>", " ", text_of(client, url), flags=re.S))
        for name in (world.a.name, world.county.name, world.clerk_a.name, world.county_officer.name, "中文", "梯队"):
            text = text.replace(name, "")
        chinese = re.findall(r"[一-鿿]{2,}", text)
        assert bool(chinese) == (language != "en"), (url, chinese[:5])
