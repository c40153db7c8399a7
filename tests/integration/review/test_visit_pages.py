"""The pages of site visits, what devices send to them, and who gets nothing."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.people import World, make_member, make_organisation, make_user
from tests.review import at_stage, make_experts
from tests.visits import claim, commission, commissioned, make_institution, note, picture, seen

from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.casework.models import Application
from tidui.kit import jobs
from tidui.registry.enums import Source
from tidui.registry.models import Difference, Return
from tidui.review.actions import commissioning
from tidui.review.actions import visits as actions
from tidui.review.actions.visits import Note
from tidui.review.models import Claim, Photo, Record, Visit

pytestmark = pytest.mark.django_db


def signed_in(client: Client, user: Any) -> Client:
    client.force_login(user)
    return client


def send(client: Client, visit: Visit, *records: Any) -> Any:
    content = json.dumps({"device": "phone", "records": list(records)})
    return client.post(reverse("review:sync_visit", args=[visit.pk]), content, content_type="application/json")


def made(at: Claim, outcome: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()), "claim": at.pk, "base": 0, "outcome": outcome, "found": "", "note": "",
        "noted_at": "2026-01-02T03:04:05.678Z", **more,
    }  # fmt: skip


def upload(client: Client, visit: Visit, key: str, **more: Any) -> Any:
    data = {"key": key, "photo": SimpleUploadedFile("a.png", picture(), "image/png"), **more}
    return client.post(reverse("review:visit_photos", args=[visit.pk]), data, headers={"Accept": "application/json"})


def test_a_device_sends_its_records_twice_and_each_is_kept_once(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    staff, people = claim(visit, "st_staff"), claim(visit, "employees")
    signed_in(client, institution.first)
    sent = [made(staff, "differs", found="30"), made(people)]
    first, again = send(client, visit, *sent), send(client, visit, *sent)
    assert [one["state"] for one in first.json()["results"]] == ["applied", "applied"]
    assert again.json()["results"] == first.json()["results"] and Record.objects.count() == 2
    held = {one["id"]: one for one in again.json()["claims"]}
    assert (held[staff.pk]["outcome"], held[staff.pk]["found"], held[staff.pk]["version"]) == ("differs", "30", 1)
    assert again.json()["closed"] is False and len(held) == visit.claims.count()
    assert Record.objects.first().noted_at.year == 2026  # type: ignore[union-attr]


def test_a_device_that_saw_an_older_version_is_told_of_both(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")
    note(visit, staff, "differs", by=institution.second, found="31", device="other")
    told = send(signed_in(client, institution.first), visit, made(staff, "differs", found="30")).json()
    assert told["results"][0]["state"] == "conflict"
    [mine] = [one for one in told["claims"] if one["id"] == staff.pk]
    assert mine["found"] == "31" and [one["found"] for one in mine["conflicts"]] == ["30"]
    answer = client.post(mine["conflicts"][0]["settle"], {"take": "yes", "from": "field"})
    assert answer.status_code == 302 and Claim.objects.get(pk=staff.pk).found == "30"


def test_what_cannot_be_kept_is_refused_one_by_one_and_the_rest_is_kept(world: World, client: Client) -> None:
    _batch, [visit, other], institution = commissioned(world, 2)
    staff = claim(visit, "st_staff")
    good = made(staff)
    rows = [
        {"key": "x"}, "nonsense", made(staff, "great"), made(claim(other, "st_staff")), made(staff, base=-1),
        made(claim(visit, "t.rd."), "differs", found="机密★十年"), good,
    ]  # fmt: skip
    told = send(signed_in(client, institution.first), visit, *rows).json()["results"]
    assert [one["state"] for one in told] == ["refused"] * 6 + ["applied"] and all(one["reason"] for one in told[:6])
    assert send(client, other, made(claim(other, "st_staff"), key=good["key"])).json()["results"][0]["code"] == "key-taken"
    assert Record.objects.count() == 1


def test_too_much_or_nonsense_is_refused_as_a_whole(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    signed_in(client, institution.first)
    address = reverse("review:sync_visit", args=[visit.pk])
    assert client.post(address, "{", content_type="application/json").status_code == 400
    assert client.post(address, "[]", content_type="application/json").status_code == 400
    assert client.post(address, "x" * 600_000, content_type="application/json").status_code == 413
    assert send(client, visit, *[made(claim(visit, "st_staff"))] * 101).status_code == 413
    strict = Client(enforce_csrf_checks=True)
    assert send(signed_in(strict, institution.first), visit, made(claim(visit, "st_staff"))).status_code == 403
    assert Record.objects.count() == 0


def test_a_record_that_no_database_takes_holds_up_no_other(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    signed_in(client, institution.first)
    address = reverse("review:sync_visit", args=[visit.pk])
    assert client.post(address, "[" * 200_000, content_type="application/json").status_code == 400
    first, second = claim(visit, "st_staff"), claim(visit, "employees")
    rows = [
        made(first, base=float("inf")), made(first, "differs", found="30 人 \ud83d"),
        made(second, noted_at="0001-01-01T00:00:00+14:00"),
    ]  # fmt: skip
    told = send(client, visit, *rows)
    assert [one["state"] for one in told.json()["results"]] == ["refused", "applied", "applied"]
    assert Claim.objects.get(pk=first.pk).found == "30 人 ?"
    odd = json.dumps({"device": "\ud83d", "records": [made(claim(visit, "t.rd."))]})
    assert client.post(address, odd, content_type="application/json").json()["results"][0]["state"] == "applied"
    photo = upload(client, visit, str(uuid.uuid4()), taken_at="9999-12-31T23:59:59-14:00")
    assert photo.status_code == 200 and Photo.objects.get().taken_at.year < 9999


def test_a_photograph_is_kept_once_with_its_time_and_place(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    signed_in(client, institution.first)
    key, at = str(uuid.uuid4()), claim(visit, "t.equipment")
    more = {"claim": at.pk, "latitude": "36.061380", "longitude": "103.834170", "accuracy": "12.4",
            "taken_at": "2026-01-02T03:04:05Z"}  # fmt: skip
    first, again = upload(client, visit, key, **more), upload(client, visit, key, **more)
    assert first.status_code == 200 and first.json() == again.json()
    photo = Photo.objects.get()
    assert (str(photo.latitude), photo.accuracy, photo.taken_at.isoformat()) == ("36.061380", 12, "2026-01-02T03:04:05+00:00")
    assert client.get(first.json()["url"]).status_code == 200
    bad = SimpleUploadedFile("a.png", b"no picture", "image/png")
    refused = client.post(
        reverse("review:visit_photos", args=[visit.pk]), {"key": str(uuid.uuid4()), "photo": bad},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert refused.status_code == 422 and refused.json()["error"] and Photo.objects.count() == 1
    assert upload(client, visit, "no key").status_code == 422


def test_the_field_page_works_as_plain_forms(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    signed_in(client, institution.first)
    page = client.get(reverse("review:visit_field", args=[visit.pk]))
    staff = claim(visit, "st_staff")
    assert "geolocation=(self)" in page.headers["Permissions-Policy"]
    assert "13900001111" in page.content.decode() and "35 人" in page.content.decode()
    data = {"claim": staff.pk, "base": 0, "key": str(uuid.uuid4()), "outcome": "differs", "found": "30", "note": "名单"}
    answer = client.post(reverse("review:visit_field", args=[visit.pk]), data)
    assert answer.status_code == 302 and answer.url.endswith(f"#claim-{staff.pk}")
    assert Claim.objects.get(pk=staff.pk).found == "30"
    assert client.post(reverse("review:visit_field", args=[visit.pk]), {"claim": staff.pk}).status_code == 422
    plain = {"key": str(uuid.uuid4()), "photo": SimpleUploadedFile("a.png", picture(), "image/png")}
    assert client.post(reverse("review:visit_photos", args=[visit.pk]), plain).status_code == 302
    assert Photo.objects.count() == 1


def test_the_worker_may_serve_the_pages_of_visits_and_nothing_else(client: Client) -> None:
    worker = client.get(reverse("review:visit_worker"))
    assert worker.headers["Service-Worker-Allowed"] == "/visits/" and "javascript" in worker.headers["Content-Type"]
    manifest = json.loads(client.get(reverse("review:visit_manifest")).content)
    assert manifest["scope"] == "/visits/" and manifest["start_url"] == "/visits/field/"


def test_the_whole_way_by_the_pages(world: World, client: Client) -> None:
    batch, rows = at_stage(world, "visit", 2)
    institution = make_institution()
    signed_in(client, world.department_officer)
    address = reverse("review:arrange_visits", args=[batch.pk])
    assert reverse("review:arrange_visits", args=[batch.pk]) in client.get(reverse("casework:batch", args=[batch.pk])).content.decode()
    told = {"do": "commission", "institution": institution.organisation.pk, "due_on": "2099-01-01",
                  "document_number": "函7号", "note": "", "application": [rows[0].pk]}  # fmt: skip
    assert client.post(address, {**told, "application": []}).status_code == 422
    assert client.post(address, told).status_code == 302
    waived = client.post(address, {"do": "waive", "waive_reason": "上年已考察", "application": [rows[1].pk]})
    assert waived.status_code == 302 and "/jobs/" in waived.url
    jobs.work_off()
    assert Application.objects.get(pk=rows[1].pk).stage == "meeting"
    visit = Visit.objects.get()
    signed_in(client, institution.first)
    assert rows[0].organisation.name in client.get(reverse("review:visits")).content.decode()
    plan = {"planned_on": "2099-01-01", "visitors": "甲、乙"}
    assert client.post(reverse("review:plan_visit", args=[visit.pk]), plan).status_code == 302
    report = reverse("review:report_visit", args=[visit.pk])
    assert client.post(report, {"opinion": "属实"}).status_code == 422
    staff = claim(visit, "st_staff")
    note(visit, staff, "differs", by=institution.first, found="2")
    seen(visit, institution.first)
    assert client.post(report, {"opinion": "人数不实"}).status_code == 302
    assert "data-visit-over" in client.get(reverse("review:visit", args=[visit.pk])).content.decode()
    signed_in(client, world.department_officer)
    accept = reverse("review:accept_visit", args=[visit.pk])
    assert "1 项不符" in client.get(accept).content.decode()
    assert client.post(accept, {"confirmed": "1"}).status_code == 302
    case = client.get(reverse("casework:case", args=[rows[0].pk])).content.decode()
    assert "现场所见改变了规则测算的结论" in case
    assert "现场所见改变了规则测算的结论" in client.get(reverse("review:visit", args=[visit.pk])).content.decode()
    assert "现场所见改变" not in signed_in(client, institution.first).get(reverse("review:visit", args=[visit.pk])).content.decode()


def test_a_rival_another_institution_an_expert_a_county_and_a_stranger_get_nothing(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    photo = upload(signed_in(client, institution.first), visit, str(uuid.uuid4())).json()["url"]
    staff = claim(visit, "st_staff")
    note(visit, staff, "differs", by=institution.first, found="30", device="a", base=0)
    late = note(visit, staff, "differs", by=institution.second, found="31", device="b", base=0).record
    rival = make_institution("陇上咨询中心", "rival").first
    owner = visit.application.organisation.memberships.get().user
    expert = make_experts(world, 1)[0].user
    pages = [reverse(f"review:{name}", args=[visit.pk]) for name in ("visit", "visit_field")] + [photo]
    posts = [
        (reverse("review:sync_visit", args=[visit.pk]), {}), (reverse("review:visit_photos", args=[visit.pk]), {}),
        (reverse("review:plan_visit", args=[visit.pk]), {"planned_on": "2099-01-01", "visitors": "x"}),
        (reverse("review:report_visit", args=[visit.pk]), {"opinion": "x"}),
        (reverse("review:settle_record", args=[late.pk]), {"take": "yes"}),
        (reverse("review:accept_visit", args=[visit.pk]), {"confirmed": "1"}),
        (reverse("review:return_visit", args=[visit.pk]), {"reason": "x"}),
        (reverse("review:take_back_visit", args=[visit.pk]), {"reason": "x"}),
    ]  # fmt: skip
    for person in (rival, owner, world.clerk_a, expert, world.county_officer, world.prefecture_officer, None):
        visitor = signed_in(Client(), person) if person is not None else Client()
        for address in pages:
            answer = visitor.get(address)
            assert answer.status_code in ((302, 403, 404) if person is not None else (302,)), (person, address)
            assert "35 人" not in answer.content.decode("utf-8", "replace")
        for address, data in posts:
            assert visitor.post(address, data).status_code in (401, 403, 404, 422), (person, address)
    assert "35 人" not in signed_in(client, rival).get(reverse("review:visits")).content.decode()
    held = Visit.objects.get(pk=visit.pk)
    assert (held.state, held.visitors) == ("underway", "") and Record.objects.get(pk=late.pk).state == "conflict"


def test_whom_to_call_is_told_while_the_visit_is_theirs_and_not_after_it_was_taken_back(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    answers = visit.submission.answers
    signed_in(client, institution.first)
    address = reverse("review:visit", args=[visit.pk])
    assert answers["phone"] in client.get(address).content.decode()
    commissioning.take_back(visit=visit, reason="改由他院", by=world.department_officer, at=timezone.now())
    page = client.get(address).content.decode()
    assert "改由他院" in page and answers["phone"] not in page and answers["contact"] not in page


def test_what_was_found_stays_with_the_department_until_the_decision_is_public(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    note(visit, claim(visit, "st_staff"), "differs", by=institution.first, found="2")
    seen(visit, institution.first)
    actions.report(visit=visit, opinion="人数不实", by=institution.first, at=timezone.now())
    commissioning.accept(visit=visit, by=world.department_officer, at=timezone.now())
    firm = visit.application.organisation
    owner = firm.memberships.get().user
    filed = Return.objects.get(source=Source.SITE)
    difference = Difference.objects.get(offered=filed)
    pages = [
        reverse("registry:file", args=[firm.pk]), reverse("casework:case", args=[visit.application_id]),
        reverse("registry:form_of_year", args=[firm.pk, "years", visit.submission.year]),
        reverse("registry:fact", args=[firm.pk, "st_staff"]) + f"?year={visit.submission.year}",
    ]  # fmt: skip
    for person in (owner, world.county_officer):
        told = " ".join(signed_in(client, person).get(page).content.decode() for page in pages)
        for hidden in ("人数不实", institution.organisation.name, f"/differences/{difference.pk}/"):
            assert hidden not in told
    assert signed_in(client, owner).get(reverse("registry:return", args=[filed.pk])).status_code == 404
    Application.objects.filter(pk=visit.application_id).update(stage="notice", turn="public")
    assert signed_in(client, owner).get(reverse("registry:return", args=[filed.pk])).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_asks_the_same_number_of_questions_for_one_visit_and_for_three(
    world: World, client: Client, count: int
) -> None:
    _batch, _visits, institution = commissioned(world, count)
    signed_in(client, institution.first)
    client.get(reverse("review:visits"))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("review:visits"))
    assert len(asked) == 13, [one["sql"][:160] for one in asked]


def test_arranging_asks_the_same_however_many_wait_or_are_commissioned(world: World, client: Client) -> None:
    batch, rows = at_stage(world, "visit", 6)
    institution, counts = make_institution(), []
    signed_in(client, world.department_officer)
    address = reverse("review:arrange_visits", args=[batch.pk])
    for chosen in (rows[:1], rows[1:3]):
        commission(world, batch, chosen, institution)
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1] < 40, counts


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_of_a_visit_ask_the_same_however_much_was_recorded(world: World, client: Client, count: int) -> None:
    _batch, [visit], institution = commissioned(world)
    for one in visit.claims.order_by("number")[:count]:
        note(visit, one, by=institution.first)
        note(visit, one, "not_seen", by=institution.second, words="x", base=0, device="b")
        upload(signed_in(client, institution.first), visit, str(uuid.uuid4()), claim=one.pk)
    for name, queries in (("visit", 13), ("visit_field", 13)):
        client.get(reverse(f"review:{name}", args=[visit.pk]))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(f"review:{name}", args=[visit.pk]))
        assert len(asked) == queries, (name, [one["sql"][:160] for one in asked])


@pytest.mark.django_db(transaction=True)
def test_one_key_that_arrives_twice_at_the_same_moment_is_one_record(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    staff, key, told = claim(visit, "st_staff"), uuid.uuid4(), []

    def arrive() -> None:
        try:
            kept = actions.keep_note(
                visit=visit, note=Note(key, staff.pk, 0, "differs", found="30", device="a"), by=institution.first,
                at=timezone.now(),
            )  # fmt: skip
            told.append(kept.record.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=arrive) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 4 and len(set(told)) == 1
    assert Record.objects.count() == 1 and Claim.objects.get(pk=staff.pk).version == 1


def test_a_reader_of_the_institution_sees_and_records_nothing(world: World, client: Client) -> None:
    _batch, [visit], institution = commissioned(world)
    reader = make_user("visit-reader", "阅览员")
    make_member(reader, institution.organisation, Role.READER)
    signed_in(client, reader)
    assert client.get(reverse("review:visit", args=[visit.pk])).status_code == 200
    assert client.get(reverse("review:visit_field", args=[visit.pk])).status_code == 403
    assert send(client, visit, made(claim(visit, "st_staff"))).status_code in (403, 422)
    assert Record.objects.count() == 0 and make_organisation(Kind.SITE_INSTITUTION, "空机构").pk
