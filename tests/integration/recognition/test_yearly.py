"""The yearly update: who is reminded when, how far everybody is, and that lateness revokes nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.integration.recognition.held import number_of
from tests.people import World
from tidui.accounts.models import OrganisationState
from tidui.casework import actions
from tidui.kit import clock
from tidui.kit.models import Message
from tidui.recognition import yearly
from tidui.recognition.enums import ReminderKind
from tidui.recognition.lists_after import progress_of
from tidui.recognition.models import Recognition, Reminder

pytestmark = pytest.mark.django_db
YEAR = clock.today().year


def kinds() -> list[str]:
    """What was reminded of, in order."""
    return list(Reminder.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("year", "opens", "closes"),
    [(2023, (2023, 1, 1), (2023, 12, 31)), (2025, (2025, 6, 30), (2025, 9, 30)), (2026, (2026, 6, 1), (2026, 8, 31)),
     (2030, (2030, 1, 1), (2030, 12, 31))],
)  # fmt: skip
def test_the_window_of_a_year_is_the_policys(
    year: int, opens: tuple[int, int, int], closes: tuple[int, int, int]
) -> None:
    assert yearly.window("tech-sme", year) == (dt.date(*opens), dt.date(*closes))


def test_the_holder_of_last_years_number_is_reminded_once_when_a_call_opens(world: World) -> None:
    """Not who was revoked, not who holds one of another year, not who submitted already."""
    number_of(world, world.a, year=YEAR - 1)
    number_of(world, world.b, serial=2, year=YEAR - 1, revoked_on=dt.date(YEAR - 1, 6, 1))
    number_of(world, world.zoned, serial=3, year=YEAR - 2)
    call = make_call(world)
    number_of(world, world.spinoff, serial=4, year=YEAR - 1)
    submitted(world, call, world.spinoff, world.administrator_spinoff)
    now = timezone.now()
    assert (yearly.remind(now), yearly.remind(now)) == (1, 0)
    assert Reminder.objects.get().recognition.organisation == world.a
    told = Message.objects.filter(kind="recognition.update_open").values_list("recipient__username", flat=True)
    assert sorted(told) == ["administrator_a", "clerk_a"]


@pytest.mark.parametrize(("days", "expected"), [(16, ["open"]), (15, ["open", "closing"]), (1, ["open", "closing"])])
def test_who_has_not_submitted_is_reminded_again_before_the_call_closes(
    world: World, days: int, expected: list[str]
) -> None:
    number_of(world, world.a, year=YEAR - 1)
    call = make_call(world)
    yearly.remind(call.closes_at - dt.timedelta(days=days))
    assert kinds() == expected


def test_whoever_has_a_draft_is_reminded_that_it_is_not_submitted(world: World) -> None:
    number_of(world, world.a, year=YEAR - 1)
    call = make_call(world)
    actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
    yearly.remind(call.closes_at - dt.timedelta(days=3))
    assert ReminderKind.CLOSING in kinds()


def test_lateness_revokes_nothing(world: World) -> None:
    """Years after the call has closed the number is as it was."""
    held = number_of(world, world.a, year=YEAR - 1)
    call = make_call(world)
    yearly.remind(call.closes_at + dt.timedelta(days=400))
    held.refresh_from_db()
    assert (held.revoked_on, held.barred_until, held.revocations.count()) == (None, None, 0)


def test_a_new_name_is_to_be_filed_within_three_months(world: World) -> None:
    number_of(world, world.a)
    state = OrganisationState.objects.get(organisation=world.a, until__isnull=True)
    today = clock.today()
    state.until = today
    state.save()
    OrganisationState.objects.create(organisation=world.a, name="兰州白塔仪器股份有限公司", division="620102", since=today)
    assert (yearly.renamed(timezone.now()), yearly.renamed(timezone.now())) == (1, 0)
    reminder = Reminder.objects.get()
    assert (reminder.kind, reminder.due_on) == (ReminderKind.RENAMED, yearly.months_after(today, 3))
    body = Message.objects.filter(recipient=world.clerk_a).get().body
    assert world.a.name in body and "兰州白塔仪器股份有限公司" in body


def test_facts_that_end_the_rating_are_to_be_filed_and_others_are_not(world: World) -> None:
    from tidui.registry.actions import file_return

    filed = submitted(world, make_call(world))
    number_of(world, world.a, application=filed)
    now, year = timezone.now(), YEAR - 1

    def file(**facts: int) -> None:
        file_return(
            organisation=world.a, section="years", year=year, facts=facts, source="self", by=world.clerk_a,
            at=timezone.now(), filed_for=world.a,
        )  # fmt: skip

    file(employees=101)
    assert yearly.changed(now + dt.timedelta(minutes=1)) == 0
    file(employees=501)
    assert yearly.changed(now + dt.timedelta(minutes=1)) == 1
    assert yearly.changed(now + dt.timedelta(minutes=2)) == 0
    assert Reminder.objects.get().kind == ReminderKind.CHANGED


def test_the_page_tells_how_far_everybody_is(world: World) -> None:
    call = make_call(world)
    people = {
        world.a: world.clerk_a, world.b: world.clerk_b, world.zoned: world.administrator_zoned,
        world.spinoff: world.administrator_spinoff,
    }  # fmt: skip
    for serial, organisation in enumerate(people, start=1):
        number_of(world, organisation, serial=serial, year=YEAR - 1)
    actions.begin(call=call, organisation=world.b, by=world.clerk_b, at=timezone.now())
    submitted(world, call, world.zoned, world.administrator_zoned)
    number_of(world, world.spinoff, serial=9)
    rows = yearly.standing_of(world.department_officer, YEAR, "tech-sme")
    found = {row.organisation: progress_of(row) for row in rows}
    assert found == {world.a: "not_begun", world.b: "writing", world.zoned: "submitted", world.spinoff: "renewed"}
    client = Client()
    client.force_login(world.department_officer)
    for word, organisation in (("not_begun", world.a), ("renewed", world.spinoff)):
        shown = client.get(f"/updates/tech-sme/{YEAR}/", {"progress": word}).content.decode()
        assert [one.name in shown for one in people] == [one == organisation for one in people]
    client.force_login(world.other_county_officer)
    shown = client.get(f"/updates/tech-sme/{YEAR}/").content.decode()
    assert [one.name in shown for one in people] == [False, True, False, False]


def test_a_number_whose_days_are_over_is_on_the_list_of_the_expired(world: World) -> None:
    number_of(world, world.a, year=YEAR - 1, valid_until=clock.today())
    number_of(world, world.b, serial=2, year=YEAR - 1, valid_until=clock.today() - dt.timedelta(days=1))
    client = Client()
    client.force_login(world.inspector)
    shown = client.get(f"/updates/tech-sme/{YEAR}/", {"validity": "expired"}).content.decode()
    assert (world.a.name in shown, world.b.name in shown) == (False, True)
    assert Recognition.objects.filter(revoked_on__isnull=False).count() == 0
