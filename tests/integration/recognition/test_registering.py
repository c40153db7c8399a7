"""Numbers written down: their days, the status on the file, revocation of a present and of a past number, the pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.people import World, make_organisation
from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import User
from tidui.accounts.standing import standing
from tidui.casework.models import Application
from tidui.codes import sme_numbers
from tidui.codes.faults import BadValue
from tidui.kit import clock, lists, parameters
from tidui.kit.access import NotAllowed
from tidui.recognition import registering
from tidui.recognition.models import Recognition
from tidui.registry.facts import fact_set
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db

YEAR = clock.today().year
NUMBER = f"{YEAR}620102A0000001"


def _registered(world: World, number: str = NUMBER, **more: Any) -> Recognition:
    application = Application.objects.filter(organisation=world.a).first() or submitted(world, make_call(world))
    return registering.register(
        application=application, number=number, row=None, by=world.department_officer, at=timezone.now(), **more
    )


def test_the_same_number_twice_is_one_recognition_and_another_is_refused(world: World) -> None:
    """One number for one application; one recognition of a year for one enterprise."""
    one = _registered(world)
    assert _registered(world) == one
    with pytest.raises(NotAllowed) as told:
        _registered(world, f"{YEAR}620102A0000002")
    assert told.value.refused.code == "used"
    with pytest.raises(BadValue):
        _registered(world, "12345")
    assert Recognition.objects.count() == 1


def test_a_number_holds_from_the_day_of_the_document_within_its_year(world: World) -> None:
    """A letter of January about the year before does not make it begin after its end."""
    application, parts = submitted(world, make_call(world)), sme_numbers.parse(NUMBER)
    end = dt.date(YEAR, 12, 31)
    assert registering.valid_days(application, parts, dt.date(YEAR, 9, 1)) == (dt.date(YEAR, 9, 1), end)
    assert registering.valid_days(application, parts, dt.date(YEAR + 1, 1, 5)) == (end, end)
    assert registering.valid_days(application, parts, dt.date(YEAR - 1, 12, 30))[0] == dt.date(YEAR, 1, 1)


def test_a_dated_setting_fixes_another_last_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """31 March after the number was given; what is no day leaves it to the policy."""
    application, parts = submitted(world, make_call(world)), sme_numbers.parse(NUMBER)
    for said, end in (("03-31", dt.date(YEAR + 1, 3, 31)), ("02-30", dt.date(YEAR, 12, 31)), ("", dt.date(YEAR, 12, 31))):
        monkeypatch.setattr(parameters, "get", lambda name, on=None, said=said: said)
        assert registering.valid_days(application, parts, dt.date(YEAR, 9, 1))[1] == end


def test_revoking_the_present_number_is_a_status_of_the_file(world: World) -> None:
    """With the bar on coming again; the recognition keeps the days on which it held."""
    one, today = _registered(world), clock.today()
    registering.revoked(
        recognition=one, on=today, barred_until=dt.date(YEAR + 3, 12, 31), by=world.department_officer, at=timezone.now()
    )
    one.refresh_from_db()
    assert (one.revoked_on, one.barred_until) == (today, dt.date(YEAR + 3, 12, 31))
    facts = fact_set(world.a)
    assert facts.get("sme_revoked_on") == today
    assert facts.get("sme_barred_until") == dt.date(YEAR + 3, 12, 31)
    assert facts.get("sme_number_in_year", YEAR) is False


def test_revoking_a_past_years_number_leaves_the_present_one_alone(world: World) -> None:
    """The file goes on saying what holds now."""
    past = Recognition.objects.create(
        organisation=world.a, programme="tech-sme", rung="sme", number=f"{YEAR - 1}62010200000001", year=YEAR - 1,
        valid_from=dt.date(YEAR - 1, 5, 1), valid_until=dt.date(YEAR - 1, 12, 31), recorded_by=world.department_officer,
        recorded_at=timezone.now(),
    )  # fmt: skip
    present = _registered(world)
    registering.revoked(
        recognition=past, on=clock.today(), barred_until=None, by=world.department_officer, at=timezone.now()
    )
    facts = fact_set(world.a)
    assert (facts.get("sme_number"), facts.get("sme_revoked_on")) == (present.number, NONE)
    assert facts.get("sme_number_in_year", YEAR - 1) is False
    assert facts.get("sme_number_in_year", YEAR) is True


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def test_a_recognition_shows_what_it_rests_on_to_those_who_may_see_it(world: World) -> None:
    """The enterprise, its county and the department; another county is told that there is nothing."""
    one = _registered(world, document_number="国科火函〔2026〕3号")
    there = reverse("recognition:recognition", args=[one.pk])
    for user in (world.clerk_a, world.county_officer, world.department_officer, world.inspector):
        page = _client(user).get(there).content.decode()
        assert one.number in page
        assert "第1次提交" in page
        assert "国科火函〔2026〕3号" in page
    for user in (world.clerk_b, world.other_county_officer):
        assert _client(user).get(there).status_code == 404
    assert one.number not in _client(world.clerk_b).get(reverse("recognition:recognitions")).content.decode()


def test_a_recognition_is_found_by_its_number_and_its_state(world: World) -> None:
    """Waiting for the announcement first, then valid, then revoked."""
    one, client = _registered(world), _client(world.department_officer)
    there = reverse("recognition:recognitions")
    assert one.number in client.get(there, {"q": NUMBER[:12]}).content.decode()
    assert one.number in client.get(there, {"state": "waiting"}).content.decode()
    assert one.number not in client.get(there, {"state": "valid"}).content.decode()
    Recognition.objects.update(announced_at=timezone.now())
    assert one.number in client.get(there, {"state": "valid"}).content.decode()
    Recognition.objects.update(revoked_on=clock.today())
    assert one.number in client.get(there, {"state": "revoked"}).content.decode()


def test_the_list_of_recognitions_asks_the_same_at_one_and_three_rows(world: World) -> None:
    """Keys and rows: of a page that is the last, how many there are is known."""
    _registered(world)
    request = RequestFactory().get("/")
    request.user = world.department_officer
    standing(request.user)

    def asked() -> int:
        with CaptureQueriesContext(connection) as counted:
            presented = lists.present(request, lists.lists()["recognition.recognitions"])
            assert len(presented.rows) == presented.total
        return len(counted)

    assert asked() == 2
    for number in range(2):
        firm = make_organisation(OrganisationKind.ENTERPRISE, f"第{number}家", "620102", number=900 + number)
        Recognition.objects.create(
            organisation=firm, programme="tech-sme", rung="sme", number=f"{YEAR}62010200000{number:02d}9", year=YEAR,
            valid_from=clock.today(), valid_until=dt.date(YEAR, 12, 31), recorded_by=world.department_officer,
            recorded_at=timezone.now(),
        )  # fmt: skip
    assert asked() == 2
