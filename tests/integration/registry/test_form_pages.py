"""The form of a section and year: drafts, two people at once, stale pages, filing; and the same page for officers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.integration.registry.making import file, yuan
from tests.people import World

from tidui.accounts.enums import Role
from tidui.accounts.models import Membership, User
from tidui.accounts.standing import forget
from tidui.facts.faults import Faults
from tidui.kit import clock, files
from tidui.registry import actions
from tidui.registry.evidence import EVIDENCE
from tidui.registry.facts import fact_set
from tidui.registry.models import Draft, Return, Verification
from tidui.registry.views.common import acting_for

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(user)
    return client


def url(world: World, section: str = "years", year: int | None = 2025, tail: str = "") -> str:
    """The address of a section and year of the file of enterprise `a`."""
    return f"/enterprises/{world.a.pk}/file/{section}/" + (f"{year}/" if year else "") + tail


def sent(page: Any, **changes: str) -> dict[str, str]:
    """What a browser without scripts sends back of a page, with some fields changed."""
    text = page.content.decode()
    hidden = {name: _unescaped(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)}
    fields = json.loads(hidden["was"])
    return {**{name: value for name, value in fields.items() if value}, **hidden, "do": "save", **changes}


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def autosave(client: Client, world: World, field: str, value: str, base: int = 0, query: str = "") -> Any:
    """What the page's script sends for one field."""
    return client.post(
        url(world, tail="draft/") + query, {"field": field, "value": value, "base": base},
        headers={"X-Requested-With": "tidui-autosave", "Accept": "application/json"},
    )  # fmt: skip


def test_a_form_shows_what_is_known_and_last_year(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2024, sales_revenue=yuan(1000))
    file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(2000))
    page = browser(world.clerk_a).get(url(world))
    text = page.content.decode()
    assert 'value="2,000"' in text and "2,000.00 元" in text and "1,000.00 元" in text and "企业自行填报" in text


def test_money_can_be_typed_in_either_unit(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(123456))
    client = browser(world.clerk_a)
    page = client.get(url(world) + "?unit=wan")
    assert 'value="12.3456"' in page.content.decode()
    client.post(url(world), sent(page, sales_revenue="20.5", do="file"))
    assert fact_set(world.a).get("sales_revenue", 2025) == yuan(205_000)


def test_a_draft_is_kept_and_not_accepted(world: World) -> None:
    client = browser(world.clerk_a)
    answer = client.post(url(world), sent(client.get(url(world)), employees="12"))
    assert answer.status_code == 302 and fact_set(world.a).get("employees", 2025) is None
    assert 'value="12"' in client.get(url(world)).content.decode()


def test_filing_gives_a_receipt_and_lets_the_draft_go(world: World) -> None:
    client = browser(world.clerk_a)
    autosave(client, world, "employees", "12")
    answer = client.post(url(world), sent(client.get(url(world)), sales_revenue="1,000.50", do="file"), follow=True)
    filed = Return.objects.get()
    assert filed.facts == {"employees": 12, "sales_revenue": "1000.50"}
    assert filed.digest in answer.content.decode() and filed.number in answer.content.decode()
    assert not Draft.objects.exists()


def test_what_cannot_be_read_is_told_beside_the_field_and_nothing_is_lost(world: World) -> None:
    client = browser(world.clerk_a)
    answer = client.post(url(world), sent(client.get(url(world)), employees="很多", sales_revenue="7", do="file"))
    text = answer.content.decode()
    assert answer.status_code == 422 and not Return.objects.exists()
    assert "很多" in text and "不是数字" in text and 'aria-invalid="true"' in text
    assert Draft.objects.get().values["sales_revenue"]["text"] == "7"


def test_a_total_that_disagrees_is_told_at_its_field(world: World) -> None:
    items = ("rd_staff_cost", "rd_direct_input", "rd_depreciation", "rd_intangibles", "rd_design", "rd_testing", "rd_other",
             "rd_external_domestic", "rd_external_overseas")  # fmt: skip
    client = browser(world.clerk_a)
    page = client.get(url(world))
    answer = client.post(url(world), sent(page, **dict.fromkeys(items, "10"), rd_expense="900", do="file"))
    assert answer.status_code == 422 and "研究开发费用总额" in answer.content.decode() and not Return.objects.exists()


def test_two_people_are_merged_field_by_field(world: World) -> None:
    one, two = browser(world.clerk_a), browser(world.administrator_a)
    first, second = one.get(url(world)), two.get(url(world))
    one.post(url(world), sent(first, employees="12"))
    two.post(url(world), sent(second, st_staff="3"))
    held = Draft.objects.get().values
    assert {name: entry["text"] for name, entry in held.items()} == {"employees": "12", "st_staff": "3"}


def test_two_people_in_one_field_are_both_told(world: World) -> None:
    one, two = browser(world.clerk_a), browser(world.administrator_a)
    first, second = one.get(url(world)), two.get(url(world))
    one.post(url(world), sent(first, employees="12"))
    answer = two.post(url(world), sent(second, employees="13", do="file"))
    text = answer.content.decode()
    assert answer.status_code == 422 and 'value="13"' in text and "<strong>12</strong>" in text
    assert Draft.objects.get().values["employees"]["text"] == "12" and not Return.objects.exists()
    again = {**sent(answer), "employees": "13", "do": "file"}
    assert two.post(url(world), again).status_code == 302
    assert fact_set(world.a).get("employees", 2025) == 13


def test_a_form_whose_facts_changed_meanwhile_says_what_changed(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=10, st_staff=2)
    client = browser(world.clerk_a)
    page = client.get(url(world))
    file(world.a, world.administrator_a, "years", 2025, employees=11)
    answer = client.post(url(world), sent(page, sales_revenue="5", do="file"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "10 人 → 11 人" in text and Return.objects.count() == 2
    answer = client.post(url(world), {**sent(answer), "sales_revenue": "5", "do": "file"})
    assert answer.status_code == 302 and fact_set(world.a).get("employees", 2025) == 11


def test_a_page_of_earlier_still_saves_what_only_it_changed(world: World) -> None:
    client = browser(world.clerk_a)
    old = client.get(url(world))
    autosave(client, world, "employees", "12")
    client.post(url(world), sent(old, st_staff="2"))
    assert {name: held["text"] for name, held in Draft.objects.get().values.items()} == {"employees": "12", "st_staff": "2"}


def test_autosave_answers_with_versions_and_faults(world: World) -> None:
    client = browser(world.clerk_a)
    first = autosave(client, world, "employees", "12").json()
    assert first["version"] > 0 and first["error"] == ""
    second = autosave(client, world, "employees", "x", first["version"]).json()
    assert second["version"] > first["version"] and "不是数字" in second["error"]


def test_autosave_shows_the_value_of_whoever_was_faster(world: World) -> None:
    autosave(browser(world.clerk_a), world, "sales_revenue", "120000")
    answer = autosave(browser(world.administrator_a), world, "sales_revenue", "15", query="?unit=wan")
    told = answer.json()
    assert (answer.status_code, told["value"], told["by"]) == (409, "12", "小白")
    mine = autosave(browser(world.administrator_a), world, "sales_revenue", "15", told["version"], query="?unit=wan")
    assert mine.status_code == 200 and Draft.objects.get().values["sales_revenue"]["unit"] == "万元"


def test_a_tab_that_was_open_before_the_filing_is_noticed(world: World) -> None:
    client = browser(world.clerk_a)
    version = autosave(client, world, "employees", "12").json()["version"]
    client.post(url(world), sent(client.get(url(world)), do="file"))
    autosave(client, world, "employees", "20")
    assert autosave(client, world, "employees", "12", version).status_code == 409


@pytest.mark.parametrize("name", ["hte_valid_until", "uscc", "no_such", "csrfmiddlewaretoken"])
def test_autosave_takes_no_field_that_the_form_does_not_have(world: World, name: str) -> None:
    answer = autosave(browser(world.clerk_a), world, name, "1")
    assert answer.status_code == 422 and not Draft.objects.exists()


def test_none_and_unknown_are_two_things(world: World) -> None:
    client = browser(world.clerk_a)
    page = client.get(url(world, "enterprise", None))
    client.post(url(world, "enterprise", None), sent(page, **{"field.none": "on", "do": "file"}))
    assert Return.objects.get().facts == {"field": ""}
    page = client.get(url(world, "enterprise", None))
    assert re.search(r'name="field.none"[^>]* checked', page.content.decode())
    answer = client.post(url(world, "enterprise", None), sent(page, field="101", do="file"))
    assert answer.status_code == 422 and "勾选了" in answer.content.decode()


def test_a_field_that_is_emptied_takes_the_value_back(world: World) -> None:
    client = browser(world.clerk_a)
    client.post(url(world), sent(client.get(url(world)), employees="12", do="file"))
    client.post(url(world), sent(client.get(url(world)), employees="", do="file"))
    assert fact_set(world.a).get("employees", 2025) is None
    assert [filed.facts for filed in Return.objects.order_by("step")] == [{"employees": 12}, {"employees": None}]


def test_filing_the_same_again_says_so(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=12)
    client = browser(world.clerk_a)
    answer = client.post(url(world), sent(client.get(url(world)), do="file"), follow=True)
    assert "没有产生新的填报" in answer.content.decode() and Return.objects.count() == 1


def test_a_draft_can_be_thrown_away(world: World) -> None:
    client = browser(world.clerk_a)
    autosave(client, world, "employees", "12")
    client.post(url(world), {"do": "discard"})
    assert not Draft.objects.exists()


def test_totals_and_findings_follow_what_is_typed(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2024, sales_revenue=yuan(30_000_000))
    client = browser(world.clerk_a)
    page = client.get(url(world))
    answer = client.post(url(world, tail="check/"), sent(page, employees="10", st_staff="11", sales_revenue="3,100"))
    text = answer.content.decode()
    assert "110.00%" in text and "科技人员数 11" in text and "错误" in text and "提醒" in text
    assert not Draft.objects.exists()


def test_the_counts_of_a_complete_register_are_not_typed(world: World) -> None:
    client = browser(world.clerk_a)
    actions.complete_property(organisation=world.a, by=world.clerk_a, at=timezone.now())
    page = client.get(url(world, "enterprise", None))
    client.post(url(world, "enterprise", None), sent(page, ip_class1="9", listed="false", do="file"))
    assert (fact_set(world.a).get("ip_class1"), fact_set(world.a).get("listed")) == (0, False)


def test_an_officer_reads_and_verifies_and_cannot_type(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=12, st_staff=2)
    client = browser(world.county_officer)
    text = client.get(url(world)).content.decode()
    assert 'name="employees"' not in text and 'name="fact" value="employees"' in text
    client.post(url(world, tail="verify/"), {"fact": ["employees"], "note": "审计报告"})
    assert Verification.objects.get().facts == ["employees"]
    assert client.post(url(world), {"do": "file", "employees": "3"}).status_code == 422
    assert "已核实" in client.get(url(world)).content.decode()


@pytest.mark.parametrize("who", ["clerk_b", "other_county_officer", "stranger", "zone_officer", "agency_clerk"])
@pytest.mark.parametrize("tail", ["", "draft/", "check/", "verify/"])
def test_nobody_else_gets_to_a_file(world: World, who: str, tail: str) -> None:
    client = browser(getattr(world, who))
    method = client.post if tail else client.get
    answer = method(url(world, tail=tail), {"field": "employees", "value": "1"})
    assert answer.status_code in {403, 404, 422} and world.a.name not in answer.content.decode()
    assert not Draft.objects.exists()


@pytest.mark.parametrize("address", ["nonsense/", "years/", "enterprise/2025/", "years/1900/", "years/20255/"])
def test_an_address_that_is_none_is_not_found(world: World, address: str) -> None:
    assert browser(world.clerk_a).get(f"/enterprises/{world.a.pk}/file/{address}").status_code == 404


def test_a_number_that_no_database_has_is_not_found(world: World) -> None:
    assert browser(world.clerk_a).get(f"/enterprises/{10**22}/file/").status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "9999-12-30"])
def test_the_last_day_that_there_is_can_be_asked_for(world: World, day: str) -> None:
    assert browser(world.clerk_a).get(f"/enterprises/{world.a.pk}/file/on/", {"on": day}).status_code == 200


def test_a_year_to_come_has_no_figures(world: World) -> None:
    year = clock.today().year + 1
    assert browser(world.clerk_a).post(url(world, year=year), {"employees": "3", "do": "file"}).status_code == 404
    with pytest.raises(Faults):
        file(world.a, world.clerk_a, "years", year, employees=3)
    assert not Return.objects.exists()


def test_what_the_page_said_before_may_be_anything(world: World) -> None:
    client = browser(world.clerk_a)
    answer = client.post(url(world), sent(client.get(url(world)), employees="3", was="[" * 100_000))
    assert answer.status_code in (302, 422)


def test_a_document_that_somebody_else_uploaded_is_not_filed(world: World) -> None:
    pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Size 1>>\n%%EOF\n"
    document = files.receive(SimpleUploadedFile("a.pdf", pdf), kind=EVIDENCE, by=world.clerk_b)
    client = browser(world.clerk_a)
    kept = {"document-kept": document.token}
    answer = client.post(url(world), sent(client.get(url(world)), employees="3", do="file", **kept))
    assert answer.status_code == 422 and "别人上传" in answer.content.decode()
    assert not Return.objects.exists()


def test_html_in_a_field_is_shown_as_text(world: World) -> None:
    client = browser(world.clerk_a)
    answer = client.post(url(world), sent(client.get(url(world)), employees='"><script>alert(1)</script>', do="file"))
    assert "<script>alert(1)" not in answer.content.decode() and answer.status_code == 422


def test_classified_words_in_the_note_are_refused(world: World) -> None:
    client = browser(world.clerk_a)
    answer = client.post(url(world), sent(client.get(url(world)), employees="3", note="机密★10年", do="file"))
    assert answer.status_code == 422 and not Return.objects.exists()


def test_an_officer_of_two_units_acts_for_the_one_that_reaches_the_enterprise(world: World) -> None:
    person, since = world.county_officer, timezone.now()
    Membership.objects.create(user=person, organisation=world.other_county, role=Role.OFFICER, since=since)
    forget(person)
    assert (acting_for(person, world.a), acting_for(person, world.b)) == (world.county, world.other_county)
