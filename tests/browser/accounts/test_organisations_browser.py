"""Organisations and people in a real browser: every page in both themes and on a telephone, sign-up, a move."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests.people import World, credit_code, make_organisation, make_world
from tests.walks.accounts import PDF
from tidui.accounts import actions
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.models import JoinRequest, Membership, Reach
from tidui.kit import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NARROW = {"width": 360, "height": 740}
#: The pages that the guide shows.
PICTURES = {"organisations", "organisation", "reaches", "check_reach", "members", "request", "requests", "profile"}


@pytest.fixture
def settled(settings: Any, tmp_path: Path, transactional_db: None) -> World:
    """The world with one of everything that these pages show."""
    settings.MEDIA_ROOT = tmp_path
    world, now = make_world(), timezone.now()
    make_organisation(Kind.ENTERPRISE, "庆阳无人推荐的企业", "621002")
    Reach.objects.create(unit=world.prefecture, kind="organisation", target=world.zoned, since=dt.date(2024, 1, 1))
    Reach.objects.create(unit=world.county, kind="organisation", target=world.zoned, since=dt.date(2024, 1, 1))
    actions.change_organisation(
        organisation=world.a, changes={"name": "甘肃白塔仪器股份有限公司"}, since=clock.today(), reason="股份制改造",
        by=world.department_officer, at=now,
    )  # fmt: skip
    actions.invite(organisation=world.a, role="clerk", name="新同事", by=world.administrator_a, at=now)
    clerk = Membership.objects.get(user=world.clerk_a)
    actions.delegate(
        membership=clerk,
        to=world.administrator_a,
        since=now,
        until=now + dt.timedelta(days=3),
        reason="出差",
        by=world.clerk_a,
        at=now,
    )
    actions.ask_to_join(
        uscc=credit_code(4321),
        name="兰州新企业有限公司",
        division="620102",
        zone=None,
        evidence=None,
        by=world.stranger,
        at=now,
    )
    return world


def pages(world: World) -> list[tuple[str, str, list[Any]]]:
    """Every page: who looks, route, arguments."""
    clerk = Membership.objects.get(user=world.clerk_a)
    firm, unit = [world.a.pk], [world.county.pk]
    delegation, invitation = clerk.delegations.get(), world.a.invitations.get()
    request = JoinRequest.objects.get()
    officer, boss = "department_officer", "administrator_a"
    return [
        (officer, "organisations", []), (officer, "found", []), (officer, "organisation", firm), (officer, "organisation", unit),
        (officer, "rename", firm), (officer, "move", firm), (officer, "close", firm), (officer, "merge", unit), (officer, "reaches", []),
        (officer, "give_reach", []), (officer, "check_reach", []), (officer, "reach_row", [world.county.reaches.all()[0].pk]),
        (boss, "members", firm), (boss, "past_members", firm), (boss, "give_role", firm), (boss, "delegations", firm),
        (boss, "invitations", firm), (boss, "invite", firm), (boss, "member", [clerk.pk]), (boss, "revoke", [clerk.pk]),
        (boss, "hand_over", [clerk.pk]), (boss, "delegate", [clerk.pk]), (boss, "delegation", [delegation.pk]),
        (boss, "invitation", [invitation.pk]), (boss, "profile", []), (boss, "edit_profile", []), ("stranger", "profile", []),
        ("stranger", "join", []), ("stranger", "request", [request.pk]), ("county_officer", "requests", []),
        ("county_officer", "decided_requests", []), ("county_officer", "request", [request.pk]),
    ]  # fmt: skip


def test_axe_finds_nothing_on_any_page(settled: World, sign_in: Any, visitor: Any, axe: Any, screenshot: Any) -> None:
    faults = []
    for who in ("department_officer", "administrator_a", "stranger", "county_officer"):
        page = sign_in(getattr(settled, who))
        for name, arguments in ((name, arguments) for person, name, arguments in pages(settled) if person == who):
            page.goto(reverse(f"accounts:{name}", args=arguments))
            faults += [f"{name}: {fault}" for fault in axe(page)]
            if name in PICTURES:
                screenshot(page, f"accounts-{name.replace('_', '-')}-{who.replace('_', '-')}")
    page = visitor()
    page.goto(reverse("accounts:sign_up"))
    faults += [f"sign_up: {fault}" for fault in axe(page)]
    screenshot(page, "accounts-sign-up")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_is_wider_than_a_small_telephone(settled: World, sign_in: Any, language: str) -> None:
    wide = []
    for who in ("department_officer", "administrator_a", "stranger", "county_officer"):
        person = getattr(settled, who)
        type(person).objects.filter(pk=person.pk).update(language=language)
        page = sign_in(person, viewport=NARROW)
        for name, arguments in ((name, arguments) for user, name, arguments in pages(settled) if user == who):
            page.goto(reverse(f"accounts:{name}", args=arguments))
            width = page.evaluate("document.scrollingElement.scrollWidth")
            wide += [f"{name}: {width}"] if width > 360 else []

    assert not wide, "\n".join(wide)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_enterprise_signs_up_and_its_county_lets_it_in(
    settled: World, sign_in: Any, visitor: Any, tmp_path: Path, scripts: bool
) -> None:
    paper = tmp_path / "licence.pdf"
    paper.write_bytes(PDF)
    page = visitor(java_script_enabled=scripts)
    page.goto(reverse("accounts:sign_up"))
    for name, value in {
        "uscc": credit_code(4400), "name": "兰州自己注册的企业", "person": "注册人", "mobile": "13812345678", "username": "newcomer",
        "password": "Huanghe-2026-qiao", "again": "Huanghe-2026-qiao",
    }.items():  # fmt: skip
        page.fill(f"[name={name}]", value)
    page.select_option("[name=division]", "620102")
    page.set_input_files("input[type=file]", str(paper))
    page.click("main button[type=submit]")
    page.wait_for_url("**" + reverse("accounts:signed_up"))

    officer = sign_in(settled.county_officer, java_script_enabled=scripts)
    officer.goto(reverse("accounts:requests"))
    officer.click("text=兰州自己注册的企业")
    officer.click("button:has-text('确认')")
    officer.wait_for_selector("text=已确认")
    assert Membership.objects.filter(
        user__username="newcomer", role="administrator", organisation__name="兰州自己注册的企业"
    ).exists()


def test_an_enterprise_that_moves_leaves_one_county_and_comes_to_the_other(
    settled: World, sign_in: Any, screenshot: Any
) -> None:
    department = sign_in(settled.department_officer)
    department.goto(reverse("accounts:move", args=[settled.a.pk]))
    department.select_option("[name=division]", "620103")
    department.fill("[name=reason]", "迁址登记")
    department.click("main button[type=submit]")
    department.wait_for_url("**" + reverse("accounts:organisation", args=[settled.a.pk]))
    screenshot(department, "accounts-moved")

    before = sign_in(settled.county_officer)
    assert before.goto(reverse("accounts:organisation", args=[settled.a.pk])).status == 404
    after = sign_in(settled.other_county_officer)
    after.goto(reverse("accounts:organisations") + "?q=白塔精密")
    expect(after.get_by_text("甘肃白塔仪器股份有限公司").first).to_be_visible()


def test_a_role_is_given_with_the_keyboard_alone(settled: World, sign_in: Any) -> None:
    page = sign_in(settled.administrator_a)
    page.goto(reverse("accounts:give_role", args=[settled.a.pk]))
    page.focus("[name=user]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    while page.evaluate("document.activeElement.type") != "submit":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**" + reverse("accounts:members", args=[settled.a.pk]))

    assert Membership.objects.filter(user=settled.clerk_a, until=None).count() == 2
