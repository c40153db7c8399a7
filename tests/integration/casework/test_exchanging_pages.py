"""The pages of exchanges: the department's, and those on which a partner or the tax side answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.casework import actions as moves
from tidui.casework import exchanging
from tidui.casework.actions import calls
from tidui.casework.actions import exchanging as actions
from tidui.casework.models import AnswerFile, Application, Batch, Exchange, ExchangeRow, HeldAnswer
from tidui.demo import standin
from tidui.kit import jobs, lists

pytestmark = pytest.mark.django_db


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


@pytest.fixture
def batch(world: World) -> Batch:
    """A closed batch of two at the tax side."""
    call = make_call(world, tax_first=True)
    for firm, clerk in ((world.a, world.clerk_a), (world.b, world.clerk_b)):
        confirmed(world, accepted(world, submitted(world, call, firm, clerk)))
    made = Batch.objects.get()
    calls.close_batch(batch=made, by=world.department_officer, at=timezone.now())
    for one in Application.objects.all():
        moves.advance(application=one, name="end", at=timezone.now(), expect="notice")
    return made


@pytest.fixture
def tax(world: World) -> Organisation:
    """The tax side, with a clerk `tax_clerk`."""
    made = make_organisation(OrganisationKind.TAX, "国家税务总局甘肃省税务局")
    make_member(make_user("tax_clerk", "税小明"), made, Role.CLERK)
    return made


@pytest.fixture
def demonstration() -> Iterator[None]:
    """The stand-in answers, as in the demonstration."""
    exchanging.use_stand_in(standin.answer)
    yield
    exchanging.use_stand_in(None)


def _sent(world: World, batch: Batch, tax: Organisation | None = None, purpose: str = "tax") -> Exchange:
    by, now = world.department_officer, timezone.now()
    made = actions.prepare(purpose=purpose, batch=batch, partner=tax, by=by, at=now)
    actions.write_files(exchange=made, by=by, at=now)
    return actions.send(exchange=made, by=by, at=now, way="系统内")


def test_an_officer_makes_a_list_sends_it_and_reads_the_answers(
    world: World, batch: Batch, demonstration: None
) -> None:
    """From the batch to the report, as one would click."""
    client = _client(world.department_officer)
    new = reverse("casework:prepare_exchange", args=[batch.pk, "tax"])
    assert "2 家等待列入清单" in client.get(new).content.decode()
    page = client.post(new, {"title": "", "due_on": ""}, follow=True)
    one = Exchange.objects.get()
    assert page.redirect_chain[0][0] == reverse("casework:exchange", args=[one.pk])
    assert "请核对后登记发出" in page.content.decode()
    assert client.post(reverse("casework:send_exchange", args=[one.pk]), {}).status_code == 422
    sent = client.post(reverse("casework:send_exchange", args=[one.pk]), {"way": "公文交换"}, follow=True)
    assert "已登记发出" in sent.content.decode()
    answered = client.post(
        reverse("casework:stand_in", args=[one.pk]),
        {"refuse": 1, "late": 0, "duplicate": 0, "malformed": 0, "seed": "1"},
    )
    from django.core.files.uploadedfile import SimpleUploadedFile

    book = SimpleUploadedFile("回复.xlsx", b"".join(answered))  # type: ignore[call-overload]
    read = client.post(reverse("casework:read_answers", args=[one.pk]), {"file": book, "document_number": "甘税函1号"}, follow=True)
    assert "进展" in read.content.decode()
    assert read["Refresh"] == "4"
    jobs.work_off()
    made = AnswerFile.objects.get()
    report = client.get(reverse("casework:answer_file", args=[made.pk])).content.decode()
    assert "全部读取，没有问题" in report
    assert "甘税函1号" in report
    shown = client.get(reverse("casework:exchange", args=[one.pk])).content.decode()
    assert "全部回复" in shown
    assert "不符" in shown


def test_a_partner_sees_its_lists_only_when_they_were_sent_and_answers_row_by_row(
    world: World, batch: Batch, tax: Organisation
) -> None:
    """Its first page is its lists; after each answer comes the next enterprise."""
    clerk = User.objects.get(username="tax_clerk")
    client = _client(clerk)
    made = actions.prepare(purpose="tax", batch=batch, partner=tax, by=world.department_officer, at=timezone.now())
    assert client.get(reverse("casework:exchange", args=[made.pk])).status_code == 404
    assert made.title not in client.get(reverse("casework:partner")).content.decode()
    actions.write_files(exchange=made, by=world.department_officer, at=timezone.now())
    actions.send(exchange=made, by=world.department_officer, at=timezone.now(), way="系统内")
    assert made.title in client.get(reverse("casework:partner")).content.decode()
    page = client.get(reverse("casework:exchange", args=[made.pk])).content.decode()
    assert world.a.name in page
    assert "登记发出" not in page
    rows = list(ExchangeRow.objects.order_by("pk"))
    first = reverse("casework:exchange_row", args=[rows[0].pk])
    assert "填写回复" in client.get(first).content.decode()
    wrong = client.post(first, {"outcome": "不符"})
    assert (wrong.status_code, "须填写" in wrong.content.decode()) == (422, True)
    done = client.post(first, {"outcome": "不符", "reason": "收入不一致"})
    assert done["Location"] == reverse("casework:exchange_row", args=[rows[1].pk])
    done = client.post(reverse("casework:exchange_row", args=[rows[1].pk]), {"outcome": "相符"})
    assert done["Location"] == reverse("casework:exchange", args=[made.pk])
    assert sorted(Application.objects.values_list("stage", flat=True)) == ["platform", "tax_before"]
    assert client.get(reverse("casework:exchanges")).status_code == 403


def test_others_see_neither_lists_nor_rows(world: World, batch: Batch, tax: Organisation) -> None:
    """An applicant, a county officer and another authority are told that there is nothing."""
    made = _sent(world, batch, tax)
    row = made.rows.order_by("pk")[0]
    other = make_member(make_user("other_tax", "别人"), make_organisation(OrganisationKind.TAX, "兰州市税务局"), Role.CLERK)
    for user in (world.clerk_a, world.county_officer, other.user):
        client = _client(user)
        assert client.get(reverse("casework:exchange", args=[made.pk])).status_code in (403, 404)
        assert client.post(reverse("casework:exchange_row", args=[row.pk]), {"outcome": "相符"}).status_code in (404, 422)
    assert not ExchangeRow.objects.exclude(outcome="").exists()


def test_what_is_held_is_settled_on_the_page_of_its_row(world: World, batch: Batch, tax: Organisation) -> None:
    """The officer sees both answers, says why, and the partner sees that it was settled."""
    made = _sent(world, batch, tax)
    partner, officer = _client(User.objects.get(username="tax_clerk")), _client(world.department_officer)
    row = made.rows.get(organisation=world.a)
    there = reverse("casework:exchange_row", args=[row.pk])
    partner.post(there, {"outcome": "相符"})
    row.refresh_from_db()
    held = HeldAnswer.objects.create(
        row=row, outcome="differs", answer={"reason": "申报收入不一致"}, key="k", held_by=world.department_officer,
        held_at=timezone.now(), faults=[{"code": "otherwise", "zh": "与此前的回复不一致。", "en": "otherwise", "hard": False}],
    )  # fmt: skip
    page = officer.get(there).content.decode()
    assert "此前：相符" in page
    assert "等待省科技厅核定" in partner.get(there).content.decode()
    settle = reverse("casework:settle_answer", args=[held.pk])
    officer.post(settle, {"decision": "accept"})
    assert HeldAnswer.objects.get().ended_at is None
    officer.post(settle, {"decision": "accept", "reason": "税务来函更正"})
    application = Application.objects.get(organisation=world.a)
    assert (application.state, application.steps.order_by("-number")[0].reason) == ("refused", "申报收入不一致")
    assert "已采用" in officer.get(there).content.decode()


def test_the_rest_and_the_faults_are_workbooks_and_there_is_no_stand_in_here(
    world: World, batch: Batch, tax: Organisation
) -> None:
    """Outside the demonstration nobody answers in the place of the tax side."""
    made = _sent(world, batch, tax)
    client = _client(world.department_officer)
    rest = client.get(reverse("casework:exchange_rest", args=[made.pk]))
    assert b"".join(rest)[:2] == b"PK"  # type: ignore[call-overload]
    assert client.get(reverse("casework:stand_in", args=[made.pk])).status_code == 404
    assert "代为回复" not in client.get(reverse("casework:exchange", args=[made.pk])).content.decode()


def _asked(user: User, name: str, scope: dict[str, Any]) -> int:
    """How many questions the list asks for its rows and their number, whatever the page around it asks."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=user.pk)
    standing(request.user)
    with CaptureQueriesContext(connection) as asked:
        presented = lists.present(request, lists.lists()[name], scope=scope)
        assert len(presented.rows) == presented.total
    return len(asked)


def test_the_lists_ask_the_same_number_of_questions_at_one_and_three_rows(
    world: World, batch: Batch, tax: Organisation
) -> None:
    """Keys, rows, and how many there are."""
    made, officer = _sent(world, batch, tax), world.department_officer
    scope = {"exchange": made.pk}
    ExchangeRow.objects.filter(organisation=world.b).delete()
    assert (_asked(officer, "casework.exchanges", {}), _asked(officer, "casework.exchange_rows", scope)) == (2, 2)
    for number in range(2):
        firm = make_organisation(OrganisationKind.ENTERPRISE, f"第{number}家", "620102", number=800 + number)
        ExchangeRow.objects.create(exchange=made, organisation=firm, uscc=firm.uscc, purpose="tax", sent={"name": firm.name})
        Exchange.objects.create(
            purpose="tax", layout="1", title=f"第{number}份", digest="d", count=1, made_by=officer,
            made_at=timezone.now(), partner=tax,
        )  # fmt: skip
    assert (_asked(officer, "casework.exchanges", {}), _asked(officer, "casework.exchange_rows", scope)) == (2, 2)


def test_the_page_of_a_list_asks_no_more_for_more_rows(world: World, batch: Batch, tax: Organisation) -> None:
    """Also with answers that were held back."""
    made, client = _sent(world, batch, tax), _client(world.department_officer)
    there = reverse("casework:exchange", args=[made.pk])
    counts = []
    for row in made.rows.order_by("pk"):
        HeldAnswer.objects.create(
            row=row, outcome="differs", answer={}, key="k", held_by=world.department_officer, held_at=timezone.now(),
            faults=[],
        )
        with CaptureQueriesContext(connection) as asked:
            client.get(there)
        counts.append(len(asked))
    assert counts[0] >= counts[1]
