"""The applicant's form: what it shows, two tabs, a closed call, submission."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.casework import ANSWERS, make_call, submitted
from tests.integration.registry.making import file, yuan
from tests.people import World
from tidui.accounts.models import Membership, User
from tidui.casework import actions, form, hooks, judging
from tidui.casework.actions import calls, sending, writing
from tidui.casework.enums import State
from tidui.casework.models import Application, Call
from tidui.kit import clock
from tidui.kit.models import Message
from tidui.registry.facts import fact_set

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1

#: What an accountant types of an enterprise that passes with 80 points.
TYPED = {
    "established_on": "2015-05-20", "industry": "C3571", "field": "101", "resident": "true", "audit_collection": "true",
    "sound_accounts": "true", "collects_rd_costs": "true", "pays_income_tax": "true", f"employees.{YEAR}": "100",
    f"st_staff.{YEAR}": "35", f"sales_revenue.{YEAR}": "10,000,000", f"total_cost.{YEAR}": "8,000,000",
    f"total_assets.{YEAR}": "20,000,000", f"rd_deductible.{YEAR}": "450,000", "ip_class1": "1", "ip_class2": "0",
    "national_award_top3": "false", "provincial_rd_institution": "false", "standard_lead": "false",
    "prohibited_products": "false", "major_incidents.none": "on", "serious_fraud.none": "on",
    "research_dishonesty.none": "on", "abnormal_listed": "false", "dishonesty_listed": "false", "q.contact": "白小慧",
    "q.phone": "13900001111", "q.products": "精密传感器", "pledge": "on",
}  # fmt: skip


def browser(user: User) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(user)
    return client


def begun(world: World, call: Call | None = None) -> Application:
    """A draft of enterprise `a`."""
    return actions.begin(call=call or make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())


def url(application: Application, tail: str = "form/") -> str:
    """An address of an application."""
    return f"/applications/{application.pk}/{tail}"


def sent(page: Any, **changes: str) -> dict[str, str]:
    """What a browser without scripts sends back of a page, with some fields changed."""
    text = page.content.decode()
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    hidden = {name: html.unescape(value) for name, value in found}
    fields = json.loads(hidden["was"])
    return {**{name: value for name, value in fields.items() if value}, **hidden, "do": "save", **changes}


def post(client: Client, application: Application, tail: str = "form/", **changes: str) -> Any:
    """Open the form, change fields, send it."""
    return client.post(url(application, tail), sent(client.get(url(application)), **changes))


def all_typed(world: World, **changes: str) -> dict[str, str]:
    """Everything that a submission needs."""
    return {**TYPED, "agency": str(world.agency.pk), **changes}


def autosave(client: Client, application: Application, field: str, value: str, base: int = 0) -> Any:
    """What the page's script sends for one field."""
    return client.post(
        url(application, "form/draft/"), {"field": field, "value": value, "base": base},
        headers={"X-Requested-With": "tidui-autosave", "Accept": "application/json"},
    )  # fmt: skip


def picture(colour: str = "red") -> SimpleUploadedFile:
    """A small scan."""
    body = b"%PDF-1.4\n% " + colour.encode() + b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return SimpleUploadedFile(f"{colour}.pdf", body, "application/pdf")


def test_the_form_is_filled_from_the_file_with_source_and_last_year(world: World) -> None:
    file(world.a, world.clerk_a, "years", YEAR - 1, sales_revenue=yuan(1000))
    file(world.a, world.clerk_a, "years", YEAR, sales_revenue=yuan(2000))
    text = browser(world.clerk_a).get(url(begun(world))).content.decode()
    assert 'value="2,000"' in text and "2,000.00 元" in text and "1,000.00 元" in text and "企业自行填报" in text
    assert world.agency.name in text and "本企业承诺" in text


def test_a_form_is_submitted_without_scripts_and_gives_a_receipt(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    answer = post(client, application, "submit/", **all_typed(world))
    assert answer.status_code == 302 and answer.url == url(application, "receipt/")
    kept = Application.objects.get(pk=application.pk)
    assert (kept.state, kept.stage, kept.verdict, kept.score_low) == (State.ACTIVE, "agency_check", "pass", 8000)
    assert kept.submissions.get().answers == {**ANSWERS, "innovation": ""}
    assert fact_set(world.a).get("employees", YEAR) == 100
    text = client.get(answer.url).content.decode()
    assert kept.number in text and kept.submissions.get().digest in text and world.agency.name in text


def test_every_fault_is_told_beside_its_field_and_nothing_is_lost(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    changes = all_typed(world, **{f"employees.{YEAR}": "很多", "q.phone": "12", "q.contact": "", "pledge": ""})
    answer = post(client, application, "submit/", **changes)
    text = answer.content.decode()
    assert answer.status_code == 422 and "不是电话号码" in text and "不是数字" in text and "请阅读并勾选承诺" in text
    assert "必填，请填写" in text and f'href="#employees.{YEAR}"' in text and "很多" in text
    kept = Application.objects.get(pk=application.pk)
    assert kept.state == State.DRAFT and kept.answers[f"st_staff.{YEAR}"]["text"] == "35"


def test_yuan_for_ten_thousand_yuan_are_told_before_anything_is_submitted(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    slip = {f"sales_revenue.{YEAR}": "1,000"}  # beside a cost of eight million
    assert f'<a href="#sales_revenue.{YEAR}">' in score(client, application, **slip)
    answer = post(client, application, "submit/", **all_typed(world, **slip))
    assert answer.status_code == 422 and "疑似元、万元错填" in answer.text and f'href="#sales_revenue.{YEAR}"' in answer.text
    assert "已核对" in answer.text and "如指万元" in answer.text
    kept = Application.objects.get()
    assert kept.state == State.DRAFT and kept.answers[f"sales_revenue.{YEAR}"]["text"] == "1,000"
    assert fact_set(world.a).get("sales_revenue", YEAR) is None, "nothing is filed before it is confirmed"
    assert client.post(url(application, "submit/"), sent(answer, despite="on", pledge="on")).status_code == 302


@pytest.mark.parametrize("unit", ["yuan", "wan"])
def test_what_was_submitted_stands_in_the_form_again_when_it_is_sent_back(world: World, unit: str) -> None:
    client, application = browser(world.clerk_a), begun(world)
    post(client, application, "submit/", **all_typed(world, **{"q.innovation": "自主研发"}))
    sent_one = Application.objects.get()
    assert sent_one.answers == {}, "it is in the submission"
    typed = json.loads(sent(client.get(url(begun_again(world, sent_one)) + f"?unit={unit}"))["was"])
    scale = 10_000 if unit == "wan" else 1
    for name, text in TYPED.items():
        shown = typed.get(name, "on")  # the pledge is given anew
        if name.partition(".")[0] in ("sales_revenue", "total_cost", "total_assets", "rd_deductible"):
            assert float(shown.replace(",", "")) * scale == float(text.replace(",", "")), name
        else:
            assert shown == text, name
    assert typed["q.innovation"] == "自主研发" and typed["major_incidents.none"] == "on"
    again = client.get(url(sent_one) + f"?unit={unit}")
    changed = client.post(url(sent_one, "submit/"), sent(again, **{"q.innovation": "改过了", "pledge": "on"}))
    assert changed.status_code == 302
    first, second = sent_one.submissions.order_by("number")
    assert first.stated == second.stated and second.answers == {**first.answers, "innovation": "改过了"}


def test_a_tab_from_before_the_submission_does_not_overwrite_what_was_submitted_unseen(world: World) -> None:
    one, two, application = browser(world.clerk_a), browser(world.administrator_a), begun(world)
    old = autosave(two, application, "q.products", "旧的").json()["version"]
    post(one, application, "submit/", **all_typed(world))
    begun_again(world, Application.objects.get())
    late = autosave(two, application, "q.products", "旧的改一改", base=old)
    assert late.status_code == 409
    assert (late.json()["value"], late.json()["by"]) == ("精密传感器", world.clerk_a.name)
    fresh = re.search(r'name="q.products"[^>]*data-version="(\d+)"', one.get(url(application)).text)
    assert fresh is not None and int(fresh[1]) == late.json()["version"]
    assert autosave(one, application, "q.products", "新的", base=int(fresh[1])).status_code == 200
    assert autosave(two, application, f"total_cost.{YEAR}", "8,000,000", base=0).status_code == 200  # it says the same


def begun_again(world: World, application: Application) -> Application:
    """The same, sent back by the agency."""
    actions.move(
        application=application, name="return", by=world.agency_clerk, at=timezone.now(), seen=1, reason="核对"
    )
    return application


def test_what_was_typed_outlives_a_submission_that_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))

    def failing(*given: Any, **named: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hooks, "tell", failing)  # after the application was written
    with pytest.raises(ZeroDivisionError):
        client.post(url(application, "submit/"), sent(page, **all_typed(world)))
    kept = Application.objects.get()
    assert (kept.state, kept.number, kept.submissions.count()) == (State.DRAFT, None, 0)
    assert kept.answers[f"st_staff.{YEAR}"]["text"] == "35" and fact_set(world.a).get("employees", YEAR) is None


def test_the_page_that_refuses_a_submission_is_no_dead_end(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    refused = post(client, application, "submit/", **all_typed(world, **{"q.contact": ""}))
    assert f'href="{url(application)}?unit=wan"' in refused.text
    browsers = {"Accept": "text/html,application/xhtml+xml"}
    again = client.get(url(application, "submit/"), headers=browsers)  # its address typed anew
    assert again.url == url(application, "")
    assert client.get(again.url).status_code in (200, 302)
    call = application.call
    never_begun = f"/calls/{call.pk}/apply/{world.b.pk}/"
    other = browser(world.clerk_b)
    assert other.get(f"{never_begun}submit/?since=0", headers=browsers).url == f"{never_begun}?since=0"
    assert client.get(url(application, "submit/")).status_code == 405  # for programs
    assert client.get("/language/", headers=browsers).status_code == 405  # there is no page above it


def test_a_missing_agency_is_told(world: World) -> None:
    answer = post(browser(world.clerk_a), begun(world), "submit/", **all_typed(world, agency=""))
    assert answer.status_code == 422 and "请选择评价机构" in answer.content.decode()


def test_an_agency_that_has_stopped_is_refused_also_when_forged(world: World) -> None:
    world.agency.active = False
    world.agency.save()
    answer = post(browser(world.clerk_a), begun(world), "submit/", **all_typed(world))
    assert answer.status_code == 422 and "已不受理评价" in answer.content.decode()
    answer = post(browser(world.clerk_a), Application.objects.get(), "submit/", agency=str(world.county.pk), pledge="on")
    assert answer.status_code == 422 and Application.objects.get().agency is None


def test_a_result_that_is_no_pass_asks_for_an_explicit_tick(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    poor = all_typed(world, resident="false")
    answer = post(client, application, "submit/", **poor)
    assert answer.status_code == 422 and 'name="despite"' in answer.content.decode()
    assert Application.objects.get().state == State.DRAFT
    assert post(client, application, "submit/", despite="on", pledge="on").status_code == 302
    assert Application.objects.get().verdict == "fail"


def test_figures_that_contradict_each_other_are_told_at_their_field(world: World) -> None:
    changes = all_typed(world, **{f"st_staff.{YEAR}": "120"})
    answer = post(browser(world.clerk_a), begun(world), "submit/", **changes)
    assert answer.status_code == 422 and f'href="#st_staff.{YEAR}"' in answer.content.decode()
    assert Application.objects.get().state == State.DRAFT and fact_set(world.a).get("employees", YEAR) is None


@pytest.mark.parametrize("missing", [{"q.contact": ""}, {f"total_assets.{YEAR}": "many"}, {"pledge": ""}])
def test_figures_that_contradict_each_other_are_told_with_what_is_missing(world: World, missing: dict[str, str]) -> None:
    """In the first round, not once the rest is mended; all is kept, nothing filed."""
    application = begun(world)
    answer = post(
        browser(world.clerk_a), application, "submit/",
        **all_typed(world, **{f"st_staff.{YEAR}": "120", **missing}),
    )  # fmt: skip
    text = answer.content.decode()
    assert answer.status_code == 422
    for name in (f"st_staff.{YEAR}", *missing):
        assert f'href="#{name}"' in text
    assert fact_set(world.a).get("employees", YEAR) is None


def test_a_figure_that_cannot_be_read_contradicts_nothing(world: World) -> None:
    """Not even by what the file has had in its place: whoever is about to correct the founding date is right."""
    file(world.a, world.clerk_a, "enterprise", None, established_on=dt.date(YEAR + 1, 1, 5))
    view = form.form_of(begun(world))
    for founded, against in ((f"{YEAR + 1}-01-05", {"established_on"}), ("2015-xx-20", set()), ("2015-05-20", set())):
        said = form.read(view.programme, {**TYPED, "established_on": founded}, YEAR, "元")
        assert set(form.contradictions(view, said)) == against


def test_all_contradictions_are_told_together(world: World) -> None:
    view = form.form_of(begun(world))
    texts = {**TYPED, f"st_staff.{YEAR}": "120", "established_on": f"{YEAR + 1}-01-05"}
    found = form.contradictions(view, form.read(view.programme, texts, YEAR, "元"))
    assert set(found) == {f"st_staff.{YEAR}", "established_on"}


def test_money_is_typed_in_either_unit(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application) + "?unit=wan")
    client.post(url(application), sent(page, **{f"sales_revenue.{YEAR}": "12.5"}))
    assert 'value="125,000"' in client.get(url(application) + "?unit=yuan").content.decode()


# ---------------------------------------------------------------------- two tabs, two people, an ended role
def test_two_tabs_do_not_overwrite_each_other_unseen(world: World) -> None:
    one, two = browser(world.clerk_a), browser(world.administrator_a)
    application, field = begun(world), f"employees.{YEAR}"
    version = autosave(one, application, field, "12").json()["version"]
    answer = autosave(two, application, field, "13")
    assert answer.status_code == 409
    assert answer.json()["value"] == "12" and answer.json()["by"] == world.clerk_a.name
    assert autosave(two, application, field, "13", base=version).json()["version"] > version
    assert Application.objects.get().answers[field]["text"] == "13"


def test_two_whole_forms_are_merged_field_by_field_and_conflicts_are_shown(world: World) -> None:
    one, two, application = browser(world.clerk_a), browser(world.administrator_a), begun(world)
    first, second = one.get(url(application)), two.get(url(application))
    one.post(url(application), sent(first, **{f"employees.{YEAR}": "12", "q.contact": "甲"}))
    answer = two.post(url(application), sent(second, **{f"employees.{YEAR}": "13", "q.products": "仪器"}))
    assert answer.status_code == 422 and "别人刚填的值" in answer.content.decode()
    kept = {name: held["text"] for name, held in Application.objects.get().answers.items()}
    assert kept == {f"employees.{YEAR}": "12", "q.contact": "甲", "q.products": "仪器"}


def test_what_cannot_be_read_is_kept_as_typed_and_told(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    answer = autosave(client, application, f"employees.{YEAR}", "许多").json()
    assert "不是数字" in answer["error"]
    assert Application.objects.get().answers[f"employees.{YEAR}"]["text"] == "许多"
    assert "不是电话号码" in autosave(client, application, "q.phone", "1").json()["error"]


def test_what_cannot_be_read_is_told_again_beside_its_field_when_the_form_is_opened_again(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    autosave(client, application, f"employees.{YEAR}", "许多")
    page = client.get(url(application)).text
    assert "许多" in page and "不是数字" in page and "有 1 项无法识别" in page


@pytest.mark.parametrize("field", ["sme_number", "q.nothing", f"revenue.{YEAR}", "employees", "agency.none", "employees.1999"])
def test_a_field_that_the_form_does_not_have_is_refused(world: World, field: str) -> None:
    answer = autosave(browser(world.clerk_a), begun(world), field, "1")
    assert answer.status_code == 422 and Application.objects.get().answers == {}


def test_a_member_who_was_removed_is_told_so_at_the_next_save(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))
    Membership.objects.filter(user=world.clerk_a).update(until=timezone.now())
    answer = autosave(client, application, f"employees.{YEAR}", "9")
    assert answer.status_code == 422 and "成员" in answer.json()["error"]
    here = {"Referer": f"http://testserver{url(application)}"}
    whole = client.post(url(application), sent(page, **{f"employees.{YEAR}": "987654"}), headers=here)
    assert whole.status_code == 422 and "987654" in whole.content.decode()
    assert Application.objects.get().answers == {}


def test_strangers_and_officers_do_not_see_a_draft(world: World) -> None:
    application = begun(world)
    autosave(browser(world.clerk_a), application, "q.contact", "窥探不得")
    for person in (world.clerk_b, world.county_officer, world.department_officer, world.agency_clerk, world.stranger):
        client = browser(person)
        assert client.get(url(application)).status_code in (403, 404)
        for tail in ("form/score/", "form/draft/", "submit/", "withdraw/"):
            answer = client.post(url(application, tail), {"field": "q.contact", "value": "x"})
            assert answer.status_code == 422 and "窥探不得" not in answer.content.decode()
    assert Client().get(url(application)).status_code == 302


def test_an_officer_of_the_reach_reads_no_form_of_a_submitted_application(world: World) -> None:
    sent_one = submitted(world, make_call(world))
    assert browser(world.county_officer).get(url(sent_one)).status_code in (403, 404)
    assert browser(world.clerk_a).get(url(sent_one)).url == url(sent_one, "")


# ---------------------------------------------------------------------- the score
def score(client: Client, application: Application, **typed: str) -> str:
    """The fragment of the live score for these fields."""
    answer = client.post(
        url(application, "form/score/"), {**TYPED, "unit": "yuan", "year": str(YEAR), **typed}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_score_follows_what_is_typed_and_saves_nothing(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    assert "<strong>80</strong>" in score(client, application)
    assert "<strong>70</strong>" in score(client, application, **{f"rd_deductible.{YEAR}": "350000"})
    text = score(client, application, **{f"st_staff.{YEAR}": "", f"rd_deductible.{YEAR}": "x"})
    assert "<strong>30–100</strong>" in text and "有 1 项无法识别" in text
    assert Application.objects.get().answers == {}


def test_the_score_is_there_without_scripts(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    answer = post(client, application, do="score", **TYPED)
    text = answer.content.decode()
    assert answer.status_code == 200 and "<strong>80</strong>" in text and 'value="100"' in text
    assert Application.objects.get().answers == {}
    answer = client.post(url(application), sent(answer, do="save"))
    assert answer.status_code == 302


def test_a_field_cleared_of_what_the_enterprise_said_itself_counts_as_unknown(world: World) -> None:
    file(world.a, world.clerk_a, "years", YEAR, employees=100)
    client, application = browser(world.clerk_a), begun(world)
    assert "<strong>60–80</strong>" in score(client, application, **{f"employees.{YEAR}": ""})


def test_a_field_that_cannot_be_read_counts_as_unknown_whatever_the_file_says(world: World) -> None:
    file(world.a, world.clerk_a, "years", YEAR, employees=100)
    client, application = browser(world.clerk_a), begun(world)
    assert "<strong>80</strong>" in score(client, application)
    assert "<strong>60–80</strong>" in score(client, application, **{f"employees.{YEAR}": "一百来人"})


def test_a_firm_founded_this_year_is_asked_for_figures_of_this_year(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    founded = f"{YEAR + 1}-01-05"
    assert f"应填写 {YEAR + 1} 年的数据" in score(client, application, established_on=founded)
    autosave(client, application, "established_on", founded)
    assert f'name="employees.{YEAR + 1}"' in client.get(url(application)).content.decode()


# ---------------------------------------------------------------------- times
def test_a_draft_written_while_the_call_closes_is_kept_and_refused_with_the_reason(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))
    Call.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
    answer = client.post(url(application, "submit/"), sent(page, **all_typed(world)))
    text = answer.content.decode()
    assert answer.status_code == 422 and "申报已经截止" in text and "没有丢失" in text
    kept = Application.objects.get()
    assert kept.state == State.DRAFT and kept.answers[f"st_staff.{YEAR}"]["text"] == "35"
    assert autosave(client, application, "q.innovation", "还能写").status_code == 200


def test_a_submission_counts_by_when_it_arrived(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call closes while the form is being read: what arrived before counts."""
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))
    take = writing.take_texts

    def closing(*given: Any, **named: Any) -> Any:
        Call.objects.update(closes_at=timezone.now())
        return take(*given, **named)

    monkeypatch.setattr(writing, "take_texts", closing)
    answer = client.post(url(application, "submit/"), sent(page, **all_typed(world)))
    kept = Application.objects.get()
    assert answer.status_code == 302 and kept.submissions.get().submitted_at < kept.call.closes_at < timezone.now()


def test_drafts_lapse_three_days_after_the_call_and_the_enterprise_is_told(world: World) -> None:
    application = begun(world)
    autosave(browser(world.clerk_a), application, "q.contact", "白小慧")
    now = timezone.now()
    Call.objects.update(opens_at=now - dt.timedelta(days=9), closes_at=now - dt.timedelta(days=2))
    calls.lapse_drafts(now)
    assert Application.objects.get().state == State.DRAFT
    calls.lapse_drafts(now + dt.timedelta(days=2))
    calls.lapse_drafts(now + dt.timedelta(days=2))
    kept = Application.objects.get()
    assert kept.state == State.LAPSED and kept.answers["q.contact"]["text"] == "白小慧"
    told = Message.objects.filter(kind="casework.lapsed")
    assert {one.recipient for one in told} == {world.clerk_a, world.administrator_a}
    text = browser(world.clerk_a).get(url(application)).content.decode()
    assert "没有在截止前提交" in text and "白小慧" in text


def test_a_page_of_before_a_colleague_submitted_is_stale(world: World) -> None:
    one, two, application = browser(world.clerk_a), browser(world.administrator_a), begun(world)
    page = two.get(url(application))
    post(one, application, "submit/", **all_typed(world))
    actions.move(
        application=Application.objects.get(), name="return", by=world.agency_clerk, at=timezone.now(), seen=1, reason="核对"
    )
    answer = two.post(url(application, "submit/"), sent(page, pledge="on"))
    assert answer.status_code == 422 and Application.objects.get().submissions.count() == 1


def test_a_button_that_is_pressed_twice_submits_once_and_shows_the_receipt(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    form = sent(client.get(url(application)), **all_typed(world))
    answers = [client.post(url(application, "submit/"), form) for _ in range(2)]
    assert [(one.status_code, one.url) for one in answers] == [(302, url(application, "receipt/"))] * 2
    assert application.submissions.count() == 1


def test_a_button_that_is_pressed_again_while_the_first_is_worked_on_shows_the_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second press waits for its turn while the first one submits: the page that is shown is its answer."""
    client, application = browser(world.clerk_a), begun(world)
    form = sent(client.get(url(application)), **all_typed(world))
    ahead, answers = sending._ahead, []

    def first_of_all(*given: Any) -> Any:
        monkeypatch.setattr(sending, "_ahead", ahead)
        answers.append(browser(world.clerk_a).post(url(application, "submit/"), form))
        return ahead(*given)

    monkeypatch.setattr(sending, "_ahead", first_of_all)
    answers.append(client.post(url(application, "submit/"), form))
    assert [(one.status_code, one.headers.get("Location")) for one in answers] == [(302, url(application, "receipt/"))] * 2
    assert application.submissions.count() == 1


def test_the_page_of_the_case_leads_the_applicant_to_receipt_and_withdrawal(world: World) -> None:
    application = submitted(world, make_call(world))
    text = browser(world.clerk_a).get(url(application, "")).content.decode()
    assert url(application, "receipt/") in text and url(application, "withdraw/") in text
    assert url(application, "withdraw/") not in browser(world.agency_clerk).get(url(application, "")).content.decode()


# ---------------------------------------------------------------------- one transaction
@pytest.mark.parametrize(
    "broken", ["casework.actions.applying.next_number", "casework.judging.judge", "casework.form.complaints"]
)
def test_what_was_typed_outlives_a_failure_of_the_site(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    client, application = browser(world.clerk_a), begun(world)
    client.raise_request_exception = False
    page = client.get(url(application))

    def failing(*given: Any, **named: Any) -> Any:
        raise RuntimeError("a fault of the site")

    monkeypatch.setattr(f"tidui.{broken}", failing)
    answer = client.post(url(application, "submit/"), sent(page, **all_typed(world)))
    kept = Application.objects.get()
    assert answer.status_code == 500 and kept.state == State.DRAFT and not kept.submissions.exists()
    assert kept.answers[f"st_staff.{YEAR}"]["text"] == "35"


def test_a_submission_rests_on_the_facts_at_its_turn_and_not_on_those_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules are asked before the transaction; where a fact changes in between, they are asked again in it."""
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))
    take, asked = writing.take_texts, []

    def meanwhile(*given: Any, **named: Any) -> Any:
        file(world.a, world.clerk_a, "enterprise", None, listed=True)
        return take(*given, **named)

    judge = judging.judge
    monkeypatch.setattr(writing, "take_texts", meanwhile)
    monkeypatch.setattr(judging, "judge", lambda *given, **named: asked.append(1) or judge(*given, **named))
    assert client.post(url(application, "submit/"), sent(page, **all_typed(world))).status_code == 302
    made = application.submissions.get()
    assert made.facts["enterprise"]["listed"] is True and len(asked) == 2
    assert fact_set(world.a).get("listed") is True


def test_the_rules_are_asked_once_where_nothing_changes_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))
    judge, asked = judging.judge, []
    monkeypatch.setattr(judging, "judge", lambda *given, **named: asked.append(1) or judge(*given, **named))
    assert client.post(url(application, "submit/"), sent(page, **all_typed(world))).status_code == 302
    made = application.submissions.get()
    assert len(asked) == 1 and made.result == judge("cn/tech-sme", judging.facts_of(made), on=made.on).result


def test_others_who_submit_wait_only_for_what_needs_the_number(world: World) -> None:
    """From the number on, everybody who submits waits until the transaction ends."""
    User.objects.filter(pk__in=[world.clerk_a.pk, world.administrator_a.pk]).update(email="a@example.cn")
    client, application = browser(world.clerk_a), begun(world)
    page = client.get(url(application))
    with CaptureQueriesContext(connection) as asked:
        assert client.post(url(application, "submit/"), sent(page, **all_typed(world))).status_code == 302
    sent_then = [one["sql"] for one in asked if not one["sql"].startswith("RELEASE")]
    given = next(place for place, one in enumerate(sent_then) if "casework_series" in one)
    assert Message.objects.filter(deliveries__isnull=False).count() >= 2
    if connection.vendor == "postgresql":  # who is told, and all that is written, however many they are
        assert len(sent_then[given:]) == 3, sent_then[given:]
    wrote = r"(?:INSERT INTO|(?<!DO )UPDATE) \"?(\w+)"  # several in one statement, where the database takes that
    tables = [found for one in asked for found in re.findall(wrote, one["sql"])]
    before, behind = (set(part.split()) for part in " ".join(tables).split("casework_series"))
    assert {"casework_submission", "casework_step", "figures_line"} <= before
    assert "casework_application" in behind
    assert behind <= {"casework_application", "kit_message", "kit_delivery", "kit_searchentry", "audit_event"}
