"""Roles given and revoked, invitations, absences: what the organisation's administrator does, and cannot do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts import actions
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import Invitation, Membership, User
from tidui.accounts.standing import Standing, forget
from tidui.accounts.standing import standing as kept_standing
from tidui.audit.models import Event
from tidui.kit.access import NotAllowed

pytestmark = pytest.mark.django_db


def standing(user: User) -> Standing:
    """What the person is now; these tests keep people longer than a request does."""
    forget(user)
    return kept_standing(user)


def role_of(user: User) -> Membership:
    """The role that somebody of the world holds."""
    return Membership.objects.get(user=user)


def give(world: World, user: User, role: str, by: User) -> Membership:
    return actions.give_role(organisation=world.a, user=user, role=role, by=by, at=timezone.now())


def revoke(membership: Membership, by: User) -> Membership:
    return actions.revoke_role(membership=membership, reason="离职", by=by, at=timezone.now())


def refusal(error: pytest.ExceptionInfo[NotAllowed]) -> str:
    return error.value.refused.code


class TestGivingARole:
    def test_makes_a_clerk_an_administrator_too(self, world: World) -> None:
        give(world, world.clerk_a, Role.ADMINISTRATOR, world.administrator_a)

        assert standing(world.clerk_a).has(Role.ADMINISTRATOR, world.a)
        assert Event.objects.filter(verb="accounts.give_role").count() == 1

    def test_to_oneself_is_refused(self, world: World) -> None:
        with pytest.raises(NotAllowed) as error:
            give(world, world.administrator_a, Role.CLERK, world.administrator_a)
        assert refusal(error) == "yourself"

    def test_to_a_stranger_is_refused_so_that_names_cannot_be_guessed(self, world: World) -> None:
        with pytest.raises(ValidationError):
            give(world, world.stranger, Role.CLERK, world.administrator_a)

    def test_twice_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            give(world, world.clerk_a, Role.CLERK, world.administrator_a)

    def test_that_the_kind_of_organisation_does_not_have_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            give(world, world.clerk_a, Role.LEADER, world.administrator_a)

    @pytest.mark.parametrize("name", ["clerk_a", "administrator_b", "county_officer", "department_officer", "inspector", "stranger"])
    def test_is_for_the_administrator(self, world: World, name: str) -> None:
        with pytest.raises(NotAllowed):
            give(world, world.clerk_a, Role.READER, getattr(world, name))

    def test_is_open_to_the_administrator_of_the_department_anywhere(self, world: World) -> None:
        assert give(world, world.clerk_a, Role.ADMINISTRATOR, world.department_administrator).pk

    def test_elsewhere_to_who_inspects_is_refused(self, world: World) -> None:
        make_member(world.inspector, world.a, Role.READER)
        with pytest.raises(NotAllowed) as error:
            give(world, world.inspector, Role.CLERK, world.administrator_a)
        assert refusal(error) == "inspects"

    def test_after_it_was_revoked_is_open_again(self, world: World) -> None:
        revoke(role_of(world.clerk_a), world.administrator_a)
        give(world, world.clerk_a, Role.CLERK, world.administrator_a)

        assert standing(world.clerk_a).has(Role.CLERK, world.a)


class TestRevokingARole:
    def test_ends_it_at_once(self, world: World) -> None:
        revoke(role_of(world.clerk_a), world.administrator_a)

        assert standing(world.clerk_a).held == ()

    def test_of_the_last_administrator_is_refused(self, world: World) -> None:
        for by in (world.administrator_a, world.department_administrator):
            with pytest.raises(NotAllowed) as error:
                revoke(role_of(world.administrator_a), by)
            assert refusal(error) == "last-administrator"

    def test_of_an_administrator_is_refused_when_the_other_cannot_sign_in(self, world: World) -> None:
        give(world, world.clerk_a, Role.ADMINISTRATOR, world.administrator_a)
        User.objects.filter(pk=world.clerk_a.pk).update(is_active=False)
        with pytest.raises(NotAllowed):
            revoke(role_of(world.administrator_a), world.administrator_a)

    def test_of_one_of_two_administrators_works(self, world: World) -> None:
        give(world, world.clerk_a, Role.ADMINISTRATOR, world.administrator_a)
        revoke(role_of(world.administrator_a), world.administrator_a)

        assert standing(world.administrator_a).held == ()

    def test_twice_is_refused(self, world: World) -> None:
        ended = revoke(role_of(world.clerk_a), world.administrator_a)
        with pytest.raises(ValidationError):
            revoke(ended, world.administrator_a)

    def test_ends_what_was_delegated_of_it(self, world: World) -> None:
        now = timezone.now()
        colleague = make_user("colleague", "同事")
        make_member(colleague, world.county, Role.READER)
        actions.delegate(
            membership=role_of(world.county_officer), to=colleague, since=now, until=now + dt.timedelta(days=5), reason="",
            by=world.county_officer, at=now,
        )  # fmt: skip
        revoke(role_of(world.county_officer), world.county_administrator)

        assert not standing(colleague).has(Role.OFFICER)

    def test_of_another_organisation_is_refused(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            revoke(role_of(world.clerk_b), world.administrator_a)


class TestAnInvitation:
    def invite(self, world: World, at: dt.datetime | None = None) -> tuple[Invitation, str]:
        return actions.invite(
            organisation=world.a, role=Role.CLERK, name="新人", by=world.administrator_a, at=at or timezone.now()
        )

    def accept(self, token: str, by: User) -> Membership:
        return actions.accept_invitation(token=token, by=by, at=timezone.now())

    def test_makes_whoever_follows_the_link_a_member(self, world: World) -> None:
        self.accept(self.invite(world)[1], world.stranger)

        assert standing(world.stranger).has(Role.CLERK, world.a)

    def test_works_once(self, world: World) -> None:
        token = self.invite(world)[1]
        self.accept(token, world.stranger)
        with pytest.raises(NotAllowed):
            self.accept(token, world.clerk_b)

    def test_keeps_only_the_digest_of_the_link(self, world: World) -> None:
        invitation, token = self.invite(world)
        assert token not in str(Invitation.objects.filter(pk=invitation.pk).values().get())
        assert not Event.objects.filter(details_text__icontains=token).exists()

    def test_expires_after_seven_days(self, world: World) -> None:
        token = self.invite(world, at=timezone.now() - dt.timedelta(days=7, seconds=1))[1]
        with pytest.raises(NotAllowed):
            self.accept(token, world.stranger)

    def test_that_was_withdrawn_opens_nothing(self, world: World) -> None:
        invitation, token = self.invite(world)
        actions.withdraw_invitation(invitation=invitation, by=world.administrator_a, at=timezone.now())
        with pytest.raises(NotAllowed):
            self.accept(token, world.stranger)

    def test_dies_with_the_role_of_who_invited(self, world: World) -> None:
        token = self.invite(world)[1]
        give(world, world.clerk_a, Role.ADMINISTRATOR, world.administrator_a)
        revoke(role_of(world.administrator_a), world.administrator_a)
        with pytest.raises(NotAllowed):
            self.accept(token, world.stranger)

    def test_cannot_be_accepted_by_who_made_it(self, world: World) -> None:
        with pytest.raises(NotAllowed) as error:
            self.accept(self.invite(world)[1], world.administrator_a)
        assert refusal(error) == "yourself"

    def test_lets_a_newcomer_make_an_account_by_the_link(self, world: World, client: Client) -> None:
        token = self.invite(world)[1]
        page = reverse("accounts:accept", args=[token])
        assert world.a.name in client.get(page).content.decode()

        answer = client.post(
            page,
            {"person": "新人", "mobile": "13811112222", "username": "newcomer", "password": "Huanghe-2026-qiao", "again": "Huanghe-2026-qiao"},
        )
        assert answer.status_code == 302
        assert standing(User.objects.get(username="newcomer")).has(Role.CLERK, world.a)

    def test_page_shows_the_link_once_and_a_wrong_link_shows_nothing(self, world: World, client: Client) -> None:
        client.force_login(world.administrator_a)
        answer = client.post(reverse("accounts:invite", args=[world.a.pk]), {"name": "新人", "role": "clerk"})
        assert "/join/" in answer.content.decode()

        invitation = Invitation.objects.get()
        later = client.get(reverse("accounts:invitation", args=[invitation.pk]))
        assert "/join/" not in later.content.decode().replace(reverse("accounts:join"), "").replace(reverse("accounts:requests"), "")
        assert client.get(reverse("accounts:accept", args=["wrong"])).status_code == 404


class TestAbsence:
    def lend(self, world: World, to: User, by: User | None = None, **times: Any) -> Any:
        now = timezone.now()
        given = {"since": now, "until": now + dt.timedelta(days=3), **times}
        return actions.delegate(
            membership=role_of(world.county_officer), to=to, reason="出差", by=by or world.county_officer, at=now, **given
        )

    def test_lets_a_colleague_decide_meanwhile(self, world: World) -> None:
        assert not standing(world.county_reader).decides_on(world.a)
        self.lend(world, world.county_reader)

        assert standing(world.county_reader).decides_on(world.a)

    def test_to_somebody_outside_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            self.lend(world, world.other_county_officer)

    def test_of_another_person_is_for_the_administrator_but_never_to_themselves(self, world: World) -> None:
        assert self.lend(world, world.county_reader, by=world.county_administrator).pk
        with pytest.raises(NotAllowed):
            self.lend(world, world.county_administrator, by=world.county_administrator)
        with pytest.raises(NotAllowed):
            self.lend(world, world.county_leader, by=world.county_reader)

    def test_twice_at_the_same_time_is_refused(self, world: World) -> None:
        self.lend(world, world.county_reader)
        with pytest.raises(ValidationError):
            self.lend(world, world.county_leader)

    def test_longer_than_a_year_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            self.lend(world, world.county_reader, until=timezone.now() + dt.timedelta(days=400))

    def test_ends_early_when_the_holder_is_back(self, world: World) -> None:
        lent = self.lend(world, world.county_reader)
        actions.end_delegation(delegation=lent, by=world.county_officer, at=timezone.now())

        assert not standing(world.county_reader).decides_on(world.a)


class TestHandingOver:
    def test_gives_the_role_to_the_colleague_and_ends_it(self, world: World) -> None:
        actions.hand_over(
            membership=role_of(world.county_officer), to=world.county_reader, reason="调离", by=world.county_administrator, at=timezone.now()
        )

        assert standing(world.county_officer).held == ()
        assert standing(world.county_reader).decides_on(world.a)

    def test_of_the_last_administrator_works_because_there_is_a_new_one(self, world: World) -> None:
        actions.hand_over(
            membership=role_of(world.administrator_a), to=world.clerk_a, reason="调离", by=world.administrator_a, at=timezone.now()
        )
        assert standing(world.clerk_a).has(Role.ADMINISTRATOR, world.a)
        assert not standing(world.administrator_a).has(Role.ADMINISTRATOR)

    def test_to_oneself_is_refused(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            actions.hand_over(
                membership=role_of(world.county_officer), to=world.county_administrator, reason="", by=world.county_administrator, at=timezone.now()
            )


class TestThePages:
    def test_an_administrator_gives_a_role_by_the_form(self, world: World, client: Client) -> None:
        client.force_login(world.administrator_a)
        page = reverse("accounts:give_role", args=[world.a.pk])
        assert client.get(page).status_code == 200

        answer = client.post(page, {"user": world.clerk_a.pk, "role": "reader", "reason": ""}, follow=True)
        assert answer.status_code == 200
        assert Membership.objects.filter(user=world.clerk_a, role="reader", until=None).exists()

    def test_a_refused_revocation_says_why_with_422(self, world: World, client: Client) -> None:
        client.force_login(world.administrator_a)
        answer = client.post(reverse("accounts:revoke", args=[role_of(world.administrator_a).pk]), {"reason": "离职"})

        assert answer.status_code == 422
        assert "唯一的管理员" in answer.content.decode()

    def test_days_of_an_absence_count_whole(self, world: World, client: Client) -> None:
        client.force_login(world.county_officer)
        answer = client.post(
            reverse("accounts:delegate", args=[role_of(world.county_officer).pk]),
            {"to": world.county_reader.pk, "first": "2099-03-01", "last": "2099-03-02", "reason": ""},
        )
        assert answer.status_code == 302
        lent = role_of(world.county_officer).delegations.get()
        assert lent.until - lent.since == dt.timedelta(days=2)

    def test_numbers_are_shown_whole_to_the_administrator_alone(self, world: World, client: Client) -> None:
        page = reverse("accounts:members", args=[world.a.pk])
        client.force_login(world.administrator_a)
        assert world.clerk_a.mobile in client.get(page).content.decode()

        client.force_login(world.clerk_a)
        assert world.administrator_a.mobile not in client.get(page).content.decode()

    def test_another_enterprise_finds_no_page(self, world: World, client: Client) -> None:
        client.force_login(world.administrator_b)
        for name in ("members", "past_members", "give_role", "delegations", "invitations", "invite"):
            assert client.get(reverse(f"accounts:{name}", args=[world.a.pk])).status_code == 404

    @pytest.mark.parametrize("rows", [1, 3, 30])
    @pytest.mark.parametrize(("name", "queries"), [("members", 6), ("delegations", 6), ("invitations", 6)])
    def test_a_list_takes_the_same_queries_at_any_length(
        self, world: World, client: Client, django_assert_num_queries: Any, rows: int, name: str, queries: int
    ) -> None:
        firm = make_organisation(Kind.ENTERPRISE, "一家企业", "620102")
        boss = make_user("boss", "老板")
        own = make_member(boss, firm, Role.ADMINISTRATOR)
        now = timezone.now()
        for number in range(rows):
            person = make_user(f"person{number}", f"人员{number}")
            role = make_member(person, firm, Role.CLERK)
            role.delegations.create(to=boss, since=now - dt.timedelta(days=9), until=now, given_by=boss)
            actions.invite(organisation=firm, role=Role.CLERK, name=f"客人{number}", by=boss, at=now)
        client.force_login(boss)
        page = reverse(f"accounts:{name}", args=[own.organisation_id])
        alone = {"HX-Request": "true", "HX-Target": f"list-accounts-{name}"}
        client.get(page)

        with django_assert_num_queries(queries):
            answer = client.get(page, headers=alone)
        assert answer.content.decode().count("<tr>") > rows
