"""What happens to an application that is under way: correction, documents, withdrawal, and the enterprise's list."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.integration.casework.test_applying import YEAR, all_typed, begun, browser, picture, post, sent, url
from tests.people import World, make_member
from tidui.accounts.enums import Role
from tidui.casework import actions, comparing
from tidui.casework import programme as declared
from tidui.casework.enums import State
from tidui.casework.models import Application, Attachment, Call
from tidui.casework.programme import Evidence, programme
from tidui.kit import files
from tidui.kit.lang import Pair

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------------- correction
def returned(world: World, fields: list[str]) -> Application:
    """An application that the agency sent back."""
    application = submitted(world, make_call(world))
    actions.move(
        application=application, name="return", by=world.agency_clerk, at=timezone.now(), seen=application.version,
        reason="职工人数与社保名册不符", fields=fields,
    )  # fmt: skip
    return Application.objects.get(pk=application.pk)


def test_a_returned_form_names_what_is_to_be_corrected_and_keeps_the_rest(world: World) -> None:
    application = returned(world, [f"employees.{YEAR}", "q.phone", "evidence.accounts", "st_staff"])
    text = browser(world.clerk_a).get(url(application)).content.decode()
    assert "职工人数与社保名册不符" in text and world.agency.name in text
    for place in (f"employees.{YEAR}", "q.phone", "evidence.accounts", f"st_staff.{YEAR}"):
        assert f'<a href="#{place}">' in text
    assert text.count("需补正") == 4 and 'value="白小慧"' in text and 'value="13900001111"' in text


def test_a_corrected_form_goes_back_to_whoever_returned_it_and_shows_what_changed(world: World) -> None:
    application = returned(world, ["employees"])
    client = browser(world.clerk_a)
    changes = {f"employees.{YEAR}": "110", "q.products": "精密传感器和芯片", "pledge": "on"}
    answer = post(client, application, "submit/", **changes)
    assert answer.status_code == 302
    first, second = application.submissions.order_by("number")
    said = [(one.field, one.before, one.after) for one in comparing.changed(first, second)]
    assert said == [(f"employees.{YEAR}", "100 人", "110 人"), ("q.products", "精密传感器", "精密传感器和芯片")]
    assert Application.objects.get().stage == "agency_check"


def test_a_correction_comes_in_after_the_call_has_closed(world: World) -> None:
    application = returned(world, ["employees"])
    Call.objects.update(opens_at=timezone.now() - dt.timedelta(days=9), closes_at=timezone.now() - dt.timedelta(hours=1))
    page = browser(world.clerk_a).get(url(application))
    assert "现在不能提交" not in page.content.decode()
    assert post(browser(world.clerk_a), application, "submit/", pledge="on").status_code == 302


def test_a_programme_without_late_corrections_takes_none_after_the_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = dataclasses.replace(programme("tech-sme"), late_correction=False)
    monkeypatch.setitem(declared._programmes, "tech-sme", strict)
    application, client = returned(world, ["employees"]), browser(world.clerk_a)
    page = client.get(url(application))
    Call.objects.update(opens_at=timezone.now() - dt.timedelta(days=9), closes_at=timezone.now() - dt.timedelta(hours=1))
    answer = client.post(url(application, "submit/"), sent(page, pledge="on", **{f"employees.{YEAR}": "110"}))
    assert answer.status_code == 422 and "不允许截止后补正" in answer.content.decode()
    kept = Application.objects.get()
    assert kept.submissions.count() == 1 and kept.answers[f"employees.{YEAR}"]["text"] == "110"


def test_required_documents_are_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = programme("tech-sme")
    wanted = (Evidence("accounts", Pair("会计报表", "accounts")),)
    strict = dataclasses.replace(plain, form=dataclasses.replace(plain.form, evidence=wanted))
    monkeypatch.setitem(declared._programmes, "tech-sme", strict)
    client, application = browser(world.clerk_a), begun(world)
    text = post(client, application, "submit/", **all_typed(world)).content.decode()
    assert "必须上传，还没有文件" in text and 'href="#evidence.accounts"' in text
    attach(client, application, picture())
    assert post(client, application, "submit/", **all_typed(world)).status_code == 302


# ---------------------------------------------------------------------- documents
def attach(client: Client, application: Application, upload: Any, **more: str) -> Any:
    """Send a document with the form."""
    data = sent(client.get(url(application)), do="attach", **more)
    return client.post(url(application), {**data, "file.accounts": upload})


def test_a_document_is_attached_with_a_note_and_what_was_typed_is_kept(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    assert attach(client, application, picture(), **{"note.accounts": "2025 年报", "q.contact": "甲"}).status_code == 302
    row = Attachment.objects.get()
    assert (row.evidence, row.note, row.file.name, row.added_by) == ("accounts", "2025 年报", "red.pdf", world.clerk_a)
    assert Application.objects.get().answers["q.contact"]["text"] == "甲"
    text = client.get(url(application)).content.decode()
    assert "red.pdf" in text and "已有 1 个文件，最多 5 个" in text
    assert client.get(files.url(row.file)).status_code == 200
    for person in (world.clerk_b, world.agency_clerk, world.department_officer):
        assert browser(person).get(files.url(row.file)).status_code == 404


def test_the_same_document_twice_is_one_and_more_than_its_share_is_refused(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    for colour in ("red", "red", "green", "blue", "white", "black"):
        attach(client, application, picture(colour))
    assert Attachment.objects.count() == 5
    assert "id_file_accounts" not in client.get(url(application)).content.decode()
    data = sent(client.get(url(application)), do="attach")
    answer = client.post(url(application), {**data, "file.accounts": picture("yellow")})
    assert answer.status_code == 422 and "已达上限" in answer.content.decode() and Attachment.objects.count() == 5


def test_a_removed_document_is_marked_and_not_deleted(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    attach(client, application, picture())
    row = Attachment.objects.get()
    post(client, application, do=f"remove:{row.pk}")
    row.refresh_from_db()
    assert row.removed_by == world.clerk_a and row.removed_at is not None
    assert "red.pdf" not in client.get(url(application)).content.decode()


def test_a_document_of_another_enterprise_cannot_be_removed(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    attach(client, application, picture())
    other = actions.begin(call=application.call, organisation=world.b, by=world.clerk_b, at=timezone.now())
    answer = post(browser(world.clerk_b), other, do=f"remove:{Attachment.objects.get().pk}")
    assert answer.status_code == 404 and Attachment.objects.get().removed_at is None


def test_a_macro_or_a_wrong_type_is_refused_beside_what_was_typed(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    answer = attach(client, application, SimpleUploadedFile("run.exe", b"MZ\x90"), **{"q.contact": "甲"})
    assert answer.status_code == 422 and not Attachment.objects.exists()
    assert Application.objects.get().answers["q.contact"]["text"] == "甲"


def test_the_agency_reads_documents_once_they_are_submitted(world: World) -> None:
    client, application = browser(world.clerk_a), begun(world)
    attach(client, application, picture())
    post(client, application, "submit/", **all_typed(world))
    row = Attachment.objects.get()
    assert row.submission is not None
    assert browser(world.agency_clerk).get(files.url(row.file)).status_code == 200
    assert browser(world.clerk_b).get(files.url(row.file)).status_code == 404


# ---------------------------------------------------------------------- withdrawal
def test_an_application_is_withdrawn_with_a_reason(world: World) -> None:
    application = submitted(world, make_call(world))
    client = browser(world.clerk_a)
    assert "确认撤回" in client.get(url(application, "withdraw/")).content.decode()
    assert client.post(url(application, "withdraw/"), {"reason": "", "version": 1}).status_code == 422
    answer = client.post(url(application, "withdraw/"), {"reason": "数据有误，重新申报", "version": application.version})
    assert answer.status_code == 302 and Application.objects.get().state == State.WITHDRAWN
    assert client.get(url(application, "withdraw/")).status_code == 403


def test_a_withdrawal_of_a_stale_page_is_refused(world: World) -> None:
    application = submitted(world, make_call(world))
    answer = browser(world.clerk_a).post(url(application, "withdraw/"), {"reason": "不报了", "version": 0})
    assert answer.status_code == 422 and Application.objects.get().state == State.ACTIVE


# ---------------------------------------------------------------------- the list
def test_the_list_says_what_to_do_next_and_until_when(world: World) -> None:
    application = returned(world, ["employees"])
    text = browser(world.clerk_a).get("/applications/").content.decode()
    assert "按退回理由补正后重新提交" in text and application.number in text and url(application) in text
    assert "退回补正" in text and browser(world.clerk_b).get("/applications/").content.decode().count("退回补正后") == 0


def test_a_reader_of_the_enterprise_sees_no_list_of_forms_to_write(world: World) -> None:
    make_member(world.stranger, world.a, Role.READER)
    assert browser(world.stranger).get("/applications/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(world: World, rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        call = make_call(world)
        Call.objects.filter(pk=call.pk).update(title=f"通知{number}")
        begun(world, call)
    client = browser(world.clerk_a)
    client.get("/applications/")
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get("/applications/").content.decode().count("填写并提交") == rows


LIST_QUERIES = 8
