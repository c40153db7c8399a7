"""A form whose application is not begun: opening it writes nothing, the first thing that is kept of it begins it."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.casework import make_call
from tests.integration.casework.test_applying import TYPED, YEAR, all_typed, browser, picture, sent
from tests.people import World
from tests.review import applied, never_recognised, provincial_call
from tidui.accounts.models import Organisation
from tidui.audit.models import Event
from tidui.casework import actions, invariants
from tidui.casework.enums import State
from tidui.casework.models import Application, Call, DraftRow, Submission
from tidui.kit import files

pytestmark = pytest.mark.django_db
JSON = {"X-Requested-With": "tidui-autosave", "Accept": "application/json"}


def at(call: Call, organisation: Organisation, name: str = "apply", since: int = 0) -> str:
    """An address of a form that is not begun, as its page made while `since` was the newest application names it."""
    return reverse(f"casework:{name}", args=[call.pk, organisation.pk]) + ("" if name == "apply" else f"?since={since}")


def autosave(client: Client, address: str, field: str, value: str, base: int = 0) -> Any:
    """What the page's script sends for one field."""
    return client.post(address, {"field": field, "value": value, "base": base}, headers=JSON)


def test_opening_and_scoring_write_nothing(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    assert f'action="{at(call, world.a)}?since=0"' in page.text and "撤回申报" not in page.text
    scored = client.post(at(call, world.a, "work_out"), {**TYPED, "unit": "yuan", "year": str(YEAR)})
    assert "<strong>80</strong>" in scored.text
    without_scripts = client.post(at(call, world.a), sent(page, do="score", **TYPED))
    assert "<strong>80</strong>" in without_scripts.text and 'value="100"' in without_scripts.text
    assert not Application.objects.exists()


def test_the_first_field_begins_it_and_the_next_ones_go_into_the_same(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    address = at(call, world.a, "keep")
    first = autosave(client, address, "q.contact", "甲").json()
    assert autosave(client, address, "q.contact", "甲乙", base=first["version"]).status_code == 200
    assert autosave(client, address, f"employees.{YEAR}", "12").status_code == 200
    begun = Application.objects.get()
    assert {name: held["text"] for name, held in begun.answers.items()} == {"q.contact": "甲乙", f"employees.{YEAR}": "12"}
    assert (begun.state, begun.begun_by, begun.unit) == (State.DRAFT, world.clerk_a, world.county)
    assert client.get(at(call, world.a) + "?unit=wan").url == reverse("casework:form", args=[begun.pk]) + "?unit=wan"


def test_what_is_not_kept_begins_nothing(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    address = at(call, world.a, "keep")
    assert autosave(client, address, "pledge", "on").json() == {"version": 0}  # it goes with the form itself
    assert autosave(client, address, "q.nothing", "x").status_code == 422
    assert not Application.objects.exists()


@pytest.mark.parametrize("name", ["hand_in", "apply"])
def test_the_disk_is_waited_for_before_the_transaction_and_two_documents_are_both_there(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    outside, settled, depths = len(connection.savepoint_ids), files.Received.settled, []
    monkeypatch.setattr(
        files.Received, "settled", lambda self: (depths.append(len(connection.savepoint_ids)), settled(self))[1]
    )
    papers = {"file.accounts": picture(), "file.results": picture("yellow")}
    answer = client.post(at(call, world.a, name), sent(page, **all_typed(world)) | papers)
    kept = Application.objects.get()
    assert answer.status_code == 302 and depths[:2] == [outside, outside]
    assert {one.evidence for one in kept.attachments.all()} == {"accounts", "results"}
    assert kept.attachments.filter(submission__isnull=name == "apply").count() == 2
    verbs = list(Event.objects.order_by("pk").values_list("verb", flat=True))
    told = verbs[verbs.index("casework.attach") :]
    assert told[:2] == ["casework.attach"] * 2 and (told[-1] == "casework.move") == (name == "hand_in")


def test_a_form_is_submitted_in_one_request(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    fields = sent(page, **all_typed(world)) | {"file.accounts": picture()}
    answer = client.post(at(call, world.a, "hand_in"), fields)
    kept = Application.objects.get()
    assert answer.status_code == 302 and answer.url == reverse("casework:receipt", args=[kept.pk])
    assert (kept.stage, kept.verdict, kept.unit, kept.attachments.count()) == ("agency_check", "pass", world.county, 1)
    fields["file.accounts"] = picture()
    assert client.post(at(call, world.a, "hand_in"), fields).url == answer.url  # the button was pressed twice
    assert Submission.objects.count() == 1
    assert [str(one) for one in invariants.broken()] == []


def test_what_fails_after_it_was_written_in_one_piece_is_kept_as_a_draft(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form passes, so it is kept and submitted in one piece; where that fails late, it is done in two steps."""
    call, client, tried = make_call(world), browser(world.clerk_a), []

    def failing(*given: Any, **named: Any) -> Any:
        tried.append(Submission.objects.count())
        raise RuntimeError("a fault of the site")

    client.raise_request_exception = False
    fields = sent(client.get(at(call, world.a)), **all_typed(world)) | {"file.accounts": picture()}
    with monkeypatch.context() as broken:
        broken.setattr("tidui.casework.actions.applying.next_number", failing)
        assert client.post(at(call, world.a, "hand_in"), fields).status_code == 500
    begun = Application.objects.get()
    assert tried == [1, 1] and not Submission.objects.exists()
    assert (begun.state, begun.number, begun.attachments.count()) == (State.DRAFT, None, 1)
    assert begun.answers[f"st_staff.{YEAR}"]["text"] == "35"
    assert list(Event.objects.order_by("-pk").values_list("verb", flat=True)[:2]) == [
        "casework.attach", "casework.publish_call",
    ]  # fmt: skip
    page = client.get(reverse("casework:form", args=[begun.pk]))
    again = client.post(reverse("casework:submit", args=[begun.pk]), sent(page, pledge="on"))
    assert again.status_code == 302 and Submission.objects.count() == 1
    assert [str(one) for one in invariants.broken()] == []


def test_what_cannot_be_submitted_yet_is_kept_as_a_draft(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    changes = all_typed(world, **{f"employees.{YEAR}": "很多"})
    answer = client.post(at(call, world.a, "hand_in"), sent(page, **changes) | {"file.accounts": picture()})
    begun = Application.objects.get()
    assert answer.status_code == 422 and "很多" in answer.text and "填写的内容已保存" in answer.text
    assert f'action="{reverse("casework:form", args=[begun.pk])}"' in answer.text and "撤回申报" in answer.text
    assert begun.state == State.DRAFT and begun.answers[f"st_staff.{YEAR}"]["text"] == "35"
    assert begun.attachments.count() == 1
    again = client.post(
        reverse("casework:submit", args=[begun.pk]), sent(answer, **{f"employees.{YEAR}": "100", "pledge": "on"})
    )
    assert again.url == reverse("casework:receipt", args=[begun.pk])


@pytest.mark.parametrize("name", ["apply", "hand_in"])
def test_a_call_that_closes_meanwhile_keeps_nothing_and_says_so(world: World, name: str) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    Call.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
    answer = client.post(at(call, world.a, name), sent(page, **all_typed(world)))
    assert answer.status_code == 422 and "申报已经截止" in answer.text and "填写的内容没有保存" in answer.text
    assert 'value="35"' in answer.text and "填写的内容已保存" not in answer.text and "没有丢失" not in answer.text
    assert not Application.objects.exists()


def test_what_was_refused_before_anything_was_kept_goes_again_whole(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    Call.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
    refused = client.post(at(call, world.a, "hand_in"), sent(page, **all_typed(world)))
    Call.objects.update(closes_at=timezone.now() + dt.timedelta(days=1))  # it is prolonged
    fields = sent(refused) | all_typed(world)  # as the page shows them
    assert client.post(at(call, world.a, "hand_in"), fields).status_code == 302
    kept = Submission.objects.get()
    assert kept.stated[f"st_staff.{YEAR}"] == 35 and kept.answers["products"] == "精密传感器"


def test_saving_leads_to_the_draft_and_to_its_tables(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    saved = client.post(at(call, world.a), sent(client.get(at(call, world.a)), **{"q.contact": "甲"}))
    assert saved.url == reverse("casework:form", args=[Application.objects.get().pk])
    tabled = provincial_call(world)
    never_recognised(tabled, world.a, timezone.now())
    page = client.get(at(tabled, world.a))
    assert 'name="do" value="table:ip"' in page.text
    answer = client.post(at(tabled, world.a), sent(page, do="table:ip"))
    begun = Application.objects.get(call=tabled)
    assert answer.url == reverse("casework:table", args=[begun.pk, "ip"])


def test_two_people_who_open_it_write_into_one(world: World) -> None:
    call, one, two = make_call(world), browser(world.clerk_a), browser(world.administrator_a)
    first, second = one.get(at(call, world.a)), two.get(at(call, world.a))
    one.post(at(call, world.a), sent(first, **{f"employees.{YEAR}": "12", "q.contact": "甲"}))
    answer = two.post(at(call, world.a), sent(second, **{f"employees.{YEAR}": "13", "q.products": "仪器"}))
    assert answer.status_code == 422 and "别人刚填的值" in answer.text
    kept = {name: held["text"] for name, held in Application.objects.get().answers.items()}
    assert kept == {f"employees.{YEAR}": "12", "q.contact": "甲", "q.products": "仪器"}


def test_what_a_colleague_has_submitted_is_not_written_again(world: World) -> None:
    call, one, two = make_call(world), browser(world.clerk_a), browser(world.administrator_a)
    first, second = one.get(at(call, world.a)), two.get(at(call, world.a))
    one.post(at(call, world.a, "hand_in"), sent(first, **all_typed(world)))
    for name in ("apply", "hand_in"):
        answer = two.post(at(call, world.a, name), sent(second, **all_typed(world, **{"q.contact": "别人"})))
        assert answer.status_code == 422 and "申报已经提交" in answer.text
    assert autosave(two, at(call, world.a, "keep"), "q.contact", "别人").status_code == 422
    assert Submission.objects.get().answers["contact"] == "白小慧"


def test_a_page_from_before_a_draft_was_withdrawn_does_not_begin_another(world: World) -> None:
    call, one, two = make_call(world), browser(world.clerk_a), browser(world.administrator_a)
    page = two.get(at(call, world.a))
    autosave(one, at(call, world.a, "keep"), "q.contact", "甲")
    ended = Application.objects.get()
    actions.withdraw(application=ended, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=0)
    late = autosave(two, at(call, world.a, "keep"), "q.contact", "乙")
    assert late.status_code == 422 and "刚刚由同事提交或撤回" in late.json()["error"]
    whole = two.post(at(call, world.a, "hand_in"), sent(page, **all_typed(world)))
    assert whole.status_code == 422 and "填写的内容没有保存" in whole.text
    assert Application.objects.get().pk == ended.pk
    fresh = two.get(at(call, world.a))  # who opens it anew may apply again
    assert f"?since={ended.pk}" in fresh.text
    assert autosave(two, at(call, world.a, "keep", ended.pk), "q.contact", "乙").status_code == 200
    assert Application.objects.exclude(pk=ended.pk).get().answers["q.contact"]["text"] == "乙"


def test_what_the_last_application_said_is_shown_before_and_carried_over_with_the_first_field(world: World) -> None:
    applied(provincial_call(world), world.a, world.clerk_a)
    call, client = provincial_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    assert 'value="白小慧"' in page.text and "沿用 1 行" in page.text and 'name="carried"' in page.text
    assert Application.objects.filter(call=call).count() == 0 and not DraftRow.objects.exists()
    kept = autosave(client, at(call, world.a, "keep"), "q.phone", "13900002222", base=1)
    begun = Application.objects.get(call=call)
    assert kept.status_code == 200 and begun.answers["q.contact"]["carried"] and begun.draft_rows.count() == 6
    # A field that was carried over had been seen before there was a draft: to change it is no conflict.
    assert autosave(client, at(call, world.a, "keep"), "q.contact", "新联系人", base=1).status_code == 200
    assert not Application.objects.get(call=call).answers["q.contact"].get("carried")


def test_a_member_who_was_removed_is_told_so_and_loses_nothing(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    page = client.get(at(call, world.a))
    world.clerk_a.memberships.update(until=timezone.now())
    here = {"Referer": f"http://testserver{at(call, world.a)}"}
    whole = client.post(at(call, world.a), sent(page, **{f"employees.{YEAR}": "987654"}), headers=here)
    assert whole.status_code == 422 and "987654" in whole.text
    assert autosave(client, at(call, world.a, "keep"), "q.contact", "甲").status_code == 422
    assert not Application.objects.exists()


@pytest.mark.parametrize("since", ["", "?since=", "?since=-1", "?since=99999999999999999999", "?since=x"])
def test_an_address_that_does_not_say_what_there_was_means_nothing(world: World, since: str) -> None:
    call = make_call(world)
    address = reverse("casework:keep", args=[call.pk, world.a.pk]) + since
    assert autosave(browser(world.clerk_a), address, "q.contact", "甲").status_code == 200
    actions.withdraw(
        application=Application.objects.get(), reason="不报了", by=world.clerk_a, at=timezone.now(), seen=0
    )
    assert autosave(browser(world.clerk_a), address, "q.contact", "甲").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_of_two_who_submit_what_is_not_begun_at_once_one_submits(world: World) -> None:
    call = make_call(world)
    pages = [browser(one) for one in (world.clerk_a, world.administrator_a)]
    forms = [sent(client.get(at(call, world.a)), **all_typed(world)) for client in pages]
    found: dict[int, int] = {}

    def run(place: int) -> None:
        try:
            found[place] = pages[place].post(at(call, world.a, "hand_in"), forms[place]).status_code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found.values()) == [302, 422]
    assert Submission.objects.count() == Application.objects.count() == 1
    assert [str(one) for one in invariants.broken()] == []
