"""An enterprise registers itself; its recommending unit confirms the first administrator, that one all later members."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.people import World, credit_code, make_organisation, make_user, make_world
from tests.walks.accounts import PDF
from tidui.accounts import actions
from tidui.accounts.actions import NewOrganisation
from tidui.accounts.enums import JoinState, Role
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.models import JoinRequest, Membership, Organisation, Reach, User
from tidui.accounts.standing import forget, standing
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.kit.visibility import visible_to

pytestmark = pytest.mark.django_db

NEW = credit_code(4321)


def ask(by: User, uscc: str = NEW, division: str = "620102", **fields: Any) -> JoinRequest:
    """A request to act for an enterprise."""
    given = {"name": "兰州新企业有限公司", "zone": None, "evidence": None, **fields}
    return actions.ask_to_join(uscc=uscc, division=division, by=by, at=timezone.now(), **given)


def confirm(request: JoinRequest, by: User, role: str = "") -> Membership:
    forget(by)
    return actions.confirm_request(request=request, role=role, by=by, at=timezone.now())


def refuse(request: JoinRequest, by: User, reason: str = "材料不全") -> JoinRequest:
    return actions.refuse_request(request=request, reason=reason, by=by, at=timezone.now())


def taken_over(division: str = "620102") -> Organisation:
    """An enterprise that stands in the register without anybody who acts for it."""
    return make_organisation(Kind.ENTERPRISE, "接管来的企业", division, number=777)


def test_who_only_reads_in_the_unit_does_not_decide_though_they_decide_elsewhere(world: World) -> None:
    request, person = ask(world.stranger), world.other_county_officer
    Membership.objects.create(user=person, organisation=world.county, role=Role.READER, since=timezone.now())
    forget(person)
    assert request.unit == world.county and request in visible_to(person, JoinRequest)
    with pytest.raises(NotAllowed):
        confirm(request, person)


class TestWhoIsAsked:
    def test_the_county_for_a_new_enterprise(self, world: World) -> None:
        request = ask(world.stranger)
        assert (request.unit, request.inside, request.role) == (world.county, False, Role.ADMINISTRATOR)

    def test_the_zone_alone_for_a_new_enterprise_in_it(self, world: World) -> None:
        assert ask(world.stranger, zone=world.zone, division="620121").unit == world.zone

    def test_the_department_where_no_unit_reaches(self, world: World) -> None:
        request = ask(world.stranger, division="621002")
        assert request.unit is None
        assert Message.objects.filter(recipient=world.department_officer, kind="accounts.join_asked").exists()

    def test_the_unit_of_the_register_not_of_what_the_request_says(self, world: World) -> None:
        firm = taken_over("620103")
        request = ask(world.stranger, uscc=firm.uscc or "", division="620102")
        assert (request.organisation, request.unit) == (firm, world.other_county)

    def test_the_administrator_of_an_enterprise_that_has_one(self, world: World) -> None:
        request = ask(world.stranger, uscc=world.a.uscc or "")
        assert (request.inside, request.unit, request.role) == (True, None, Role.CLERK)
        assert Message.objects.filter(recipient=world.administrator_a, kind="accounts.join_asked").exists()

    def test_only_those_see_the_request(self, world: World) -> None:
        ask(world.stranger)
        seeing = {name for name, user in world.people() if visible_to(user, JoinRequest).exists()}
        assert seeing == {
            "county_officer", "county_leader", "county_reader", "department_officer", "department_leader", "inspector", "stranger",
        }  # fmt: skip


class TestConfirming:
    def test_registers_the_enterprise_and_makes_the_first_administrator(self, world: World) -> None:
        membership = confirm(ask(world.stranger), world.county_officer)

        firm = membership.organisation
        assert (firm.uscc, firm.division, firm.kind) == (NEW, "620102", Kind.ENTERPRISE)
        assert membership.role == Role.ADMINISTRATOR
        forget(world.stranger)
        assert standing(world.stranger).sees(firm)
        assert Message.objects.filter(recipient=world.stranger, kind="accounts.join_confirmed").exists()

    def test_attaches_to_an_enterprise_that_was_taken_over(self, world: World) -> None:
        firm = taken_over()
        assert confirm(ask(world.stranger, uscc=firm.uscc or ""), world.county_officer).organisation == firm
        assert Organisation.objects.filter(uscc=firm.uscc).count() == 1

    def test_attaches_also_when_the_register_came_later_than_the_request(self, world: World) -> None:
        request = ask(world.stranger)
        actions.found_organisation(
            organisation=NewOrganisation(Kind.ENTERPRISE, "导入的企业", NEW, "620102"), since=clock.today(), by=world.department_officer,
            at=timezone.now(),
        )  # fmt: skip
        membership = confirm(request, world.county_officer)
        assert membership.organisation.name == "导入的企业"

    def test_by_the_enterprise_gives_the_role_that_its_administrator_chooses(self, world: World) -> None:
        request = ask(world.stranger, uscc=world.a.uscc or "")
        assert confirm(request, world.administrator_a, role=Role.READER).role == Role.READER

    @pytest.mark.parametrize(
        "name", ["other_county_officer", "prefecture_officer", "county_reader", "county_administrator", "inspector", "administrator_a", "stranger", "zone_officer"]
    )
    def test_is_for_the_unit_that_recommends(self, world: World, name: str) -> None:
        request = ask(world.stranger)
        with pytest.raises(NotAllowed):
            confirm(request, getattr(world, name))
        assert JoinRequest.objects.get().state == JoinState.WAITING

    def test_is_open_to_the_department(self, world: World) -> None:
        assert confirm(ask(world.stranger), world.department_officer).pk

    def test_ones_own_request_is_refused(self, world: World) -> None:
        request = ask(world.county_officer)
        with pytest.raises(NotAllowed) as error:
            confirm(request, world.county_officer)
        assert error.value.refused.code == "own-request"

    def test_sends_the_other_requests_for_the_enterprise_to_its_new_administrator(self, world: World) -> None:
        second = make_user("second", "第二人")
        first, later = ask(world.stranger), ask(second)
        confirm(first, world.county_officer)

        later.refresh_from_db()
        assert (later.inside, later.unit, later.role, later.organisation_id is not None) == (True, None, Role.CLERK, True)
        with pytest.raises(NotAllowed):
            confirm(later, world.county_officer)
        assert confirm(later, world.stranger, role=Role.CLERK).role == Role.CLERK

    def test_twice_is_refused_and_says_who_was_first(self, world: World) -> None:
        request = ask(world.stranger)
        confirm(request, world.county_officer)
        with pytest.raises(NotAllowed) as error:
            confirm(request, world.county_leader)
        assert error.value.refused.code == "already-decided"
        assert world.county_officer.name in str(error.value.refused.reason)

    def test_a_code_of_a_closed_enterprise_is_not_registered_again(self, world: World) -> None:
        firm = taken_over()
        actions.close_organisation(organisation=firm, since=clock.today(), reason="注销", by=world.department_officer, at=timezone.now())
        request = ask(world.stranger, uscc=firm.uscc or "")
        with pytest.raises(ValidationError):
            confirm(request, world.department_officer)


class TestRefusing:
    def test_tells_the_person_why(self, world: World) -> None:
        refuse(ask(world.stranger), world.county_officer, "委托书没有盖章")

        assert JoinRequest.objects.get().state == JoinState.REFUSED
        assert "委托书没有盖章" in Message.objects.get(recipient=world.stranger).body

    def test_without_a_reason_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            refuse(ask(world.stranger), world.county_officer, " ")

    def test_leaves_the_way_open_to_ask_again(self, world: World) -> None:
        refuse(ask(world.stranger), world.county_officer)
        assert ask(world.stranger).state == JoinState.WAITING


class TestAsking:
    def test_twice_for_the_same_enterprise_is_refused(self, world: World) -> None:
        ask(world.stranger)
        with pytest.raises(ValidationError):
            ask(world.stranger)

    def test_as_a_member_already_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            ask(world.clerk_a, uscc=world.a.uscc or "")

    def test_can_be_withdrawn_by_the_person_alone(self, world: World) -> None:
        request = ask(world.stranger)
        with pytest.raises(NotAllowed):
            actions.withdraw_request(request=request, by=world.clerk_a, at=timezone.now())
        actions.withdraw_request(request=request, by=world.stranger, at=timezone.now())
        with pytest.raises(NotAllowed):
            confirm(request, world.county_officer)

    def test_withdrawn_too_late_does_not_tell_who_decided(self, world: World) -> None:
        request = ask(world.stranger, uscc=world.a.uscc or "")
        refuse(request, world.administrator_a)
        with pytest.raises(NotAllowed) as error:
            actions.withdraw_request(request=request, by=world.stranger, at=timezone.now())
        assert world.administrator_a.name not in str(error.value.refused.reason)

    def test_is_not_for_inspection(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            ask(world.inspector)

    def test_follows_a_reach_that_changes_meanwhile(self, world: World) -> None:
        request = ask(world.stranger)
        yesterday = clock.today() - dt.timedelta(days=1)
        Reach.objects.filter(unit=world.county).update(since=yesterday)
        actions.end_reach(
            reach=Reach.objects.get(unit=world.county), until=clock.today(), reason="调整", by=world.department_officer, at=timezone.now()
        )
        request.refresh_from_db()
        assert request.unit == world.prefecture

    def test_goes_along_when_its_unit_is_merged(self, world: World) -> None:
        request = ask(world.stranger)
        actions.merge_units(
            absorbed=world.county, into=world.other_county, since=clock.today(), reason="撤并", by=world.department_officer, at=timezone.now()
        )
        assert confirm(request, world.other_county_officer).pk


FORM = {
    "uscc": NEW, "name": "兰州新企业有限公司", "division": "620102", "zone": "", "person": "新来的", "mobile": "13812345678", "email": "",
    "username": "newcomer", "password": "Huanghe-2026-qiao", "again": "Huanghe-2026-qiao",
}  # fmt: skip


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    yield
    cache.clear()


def paper() -> SimpleUploadedFile:
    """A business licence."""
    return SimpleUploadedFile("营业执照.pdf", PDF, "application/pdf")


@pytest.mark.usefixtures("media")
class TestTheSignUpPage:
    def test_makes_an_account_and_a_request_with_its_evidence(self, world: World, client: Client) -> None:
        assert client.get(reverse("accounts:sign_up")).status_code == 200
        answer = client.post(reverse("accounts:sign_up"), {**FORM, "evidence": paper()})

        assert answer.status_code == 302
        request = JoinRequest.objects.get(user__username="newcomer")
        assert request.evidence is not None and request.evidence.name == "营业执照.pdf"
        client.force_login(world.county_officer)
        assert client.get(reverse("kit:file", args=[request.evidence.pk])).status_code == 200
        client.force_login(world.other_county_officer)
        assert client.get(reverse("kit:file", args=[request.evidence.pk])).status_code in (403, 404)

    def test_answers_alike_for_an_enterprise_that_is_known_and_one_that_is_not(self, world: World) -> None:
        answers = set()
        for number, code in enumerate((NEW, world.a.uscc, taken_over().uscc)):
            client = Client()
            answer = client.post(
                reverse("accounts:sign_up"), {**FORM, "uscc": code, "username": f"newcomer{number}", "evidence": paper()}, follow=True
            )
            assert answer.status_code == 200
            answers.add(re.sub(rb"[A-Za-z0-9]{64}", b"token", answer.content))
        assert len(answers) == 1

    def test_the_persons_own_page_does_not_tell_who_decides(self, world: World, client: Client) -> None:
        ask(world.stranger, uscc=world.a.uscc or "", name="随便写的名字")
        client.force_login(world.stranger)
        for page in (reverse("accounts:profile"), reverse("accounts:request", args=[JoinRequest.objects.get().pk])):
            text = client.get(page).content.decode()
            assert world.a.name not in text and world.administrator_a.name not in text

    @pytest.mark.parametrize(
        ("field", "value"),
        [("uscc", "91620102MA00000011"), ("uscc", ""), ("division", "110101"), ("mobile", "123"), ("again", "something else"), ("username", "a b"), ("password", "1234567890"), ("evidence", None)],
    )
    def test_a_fault_leaves_neither_account_nor_request(self, world: World, client: Client, field: str, value: str | None) -> None:
        form = {**FORM, "evidence": paper(), field: value}
        if value is None:
            del form[field]
        if field == "password":
            form["again"] = value
        answer = client.post(reverse("accounts:sign_up"), form)

        assert answer.status_code == 422
        assert not User.objects.filter(username="newcomer").exists()
        assert not JoinRequest.objects.exists()

    def test_a_taken_name_is_refused_whatever_its_case(self, world: World, client: Client) -> None:
        answer = client.post(reverse("accounts:sign_up"), {**FORM, "username": "CLERK_A", "evidence": paper()})
        assert answer.status_code == 422

    def test_makes_no_accounts_by_the_dozen(self, world: World, client: Client) -> None:
        answers = [
            client.post(reverse("accounts:sign_up"), {**FORM, "username": f"robot{number}", "evidence": paper()}).status_code
            for number in range(21)
        ]
        assert answers.count(302) == 20 and answers[-1] == 429

    def test_reads_a_code_typed_with_spaces_and_small_letters(self, world: World, client: Client) -> None:
        typed = f"{NEW[:8].lower()} {NEW[8:].lower()}"
        assert client.post(reverse("accounts:sign_up"), {**FORM, "uscc": typed, "evidence": paper()}).status_code == 302
        assert JoinRequest.objects.get().uscc == NEW


class TestTheDesk:
    def test_an_officer_confirms_by_the_form(self, world: World, client: Client) -> None:
        request = ask(world.stranger)
        client.force_login(world.county_officer)
        page = reverse("accounts:request", args=[request.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {"what": "confirm"}).status_code == 302
        assert Membership.objects.filter(user=world.stranger, role=Role.ADMINISTRATOR).exists()

    def test_the_second_officer_is_told_with_422(self, world: World, client: Client) -> None:
        request = ask(world.stranger)
        confirm(request, world.county_leader)
        client.force_login(world.county_officer)
        answer = client.post(reverse("accounts:request", args=[request.pk]), {"what": "refuse", "reason": "不全"})

        assert answer.status_code == 422
        assert world.county_leader.name in answer.content.decode()

    @pytest.mark.parametrize("rows", [1, 3, 30])
    def test_the_list_takes_the_same_queries_at_any_length(
        self, world: World, client: Client, django_assert_num_queries: Any, rows: int
    ) -> None:
        for number in range(rows):
            ask(make_user(f"person{number}", f"人员{number}"), uscc=credit_code(6000 + number))
        client.force_login(world.county_officer)
        page, alone = reverse("accounts:requests"), {"HX-Request": "true", "HX-Target": "list-accounts-requests"}
        client.get(page)

        with django_assert_num_queries(7):
            answer = client.get(page, headers=alone)
        assert answer.content.decode().count("<tr>") == rows + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_decide_at_once_one_wins_and_the_other_is_told() -> None:
    world = make_world()
    request = ask(world.stranger)
    start, outcomes = threading.Barrier(2), []

    def decide(action: Any, by: User) -> None:
        try:
            start.wait()
            action(JoinRequest.objects.get(pk=request.pk), by)
            outcomes.append("won")
        except NotAllowed as error:
            outcomes.append(error.refused.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(confirm, world.county_officer)),
        threading.Thread(target=decide, args=(refuse, world.county_leader)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["already-decided", "won"]


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_revoke_each_other_at_once_leave_one() -> None:
    world = make_world()
    actions.give_role(organisation=world.a, user=world.clerk_a, role=Role.ADMINISTRATOR, by=world.administrator_a, at=timezone.now())
    start, outcomes = threading.Barrier(2), []

    def revoke(whose: User, by: User) -> None:
        try:
            start.wait()
            membership = Membership.objects.get(user=whose, role=Role.ADMINISTRATOR)
            actions.revoke_role(membership=membership, reason="", by=User.objects.get(pk=by.pk), at=timezone.now())
            outcomes.append("won")
        except NotAllowed as error:
            outcomes.append(error.refused.code)
        finally:
            connection.close()

    pairs = ((world.clerk_a, world.administrator_a), (world.administrator_a, world.clerk_a))
    threads = [threading.Thread(target=revoke, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("won") == 1
    assert Membership.objects.filter(organisation=world.a, role=Role.ADMINISTRATOR, until=None).count() == 1


def test_the_way_to_register_is_shown_to_those_who_may_go_it(world: World, client: Client) -> None:
    """A newcomer, and who can join another enterprise; inspection only reads, and is not led to a refusal."""
    way = f'href="{reverse("accounts:sign_up")}"'
    page = reverse("recognition:verify")
    assert way in client.get(page).text and client.get(reverse("accounts:sign_up")).status_code == 200
    client.force_login(world.clerk_a)
    assert way in client.get(page).text
    assert client.get(reverse("accounts:sign_up"))["location"] == reverse("accounts:join")
    client.force_login(world.inspector)
    assert way not in client.get(page).text and client.get(reverse("accounts:sign_up")).status_code == 403
