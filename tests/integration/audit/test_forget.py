"""Forgetting a person: what goes, what must stay until when, and the chain stays sound."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.integration.audit.attacks import behind, findings, sealed
from tests.people import World, make_user
from tidui.accounts.enums import JoinState
from tidui.accounts.models import JoinRequest, Membership, User
from tidui.audit import events, forget, personal
from tidui.audit.models import Event, Forgetting, TamperRow

pytestmark = pytest.mark.django_db

MOBILE = "13912345678"


@pytest.fixture
def applicant() -> User:
    """Somebody who asked to act for an enterprise, gave a mobile number, and was refused."""
    person = make_user("qian", "钱多多")
    person.mobile, person.email = MOBILE, "qian@example.cn"
    person.save()
    at = timezone.now() - dt.timedelta(days=60)
    request = JoinRequest.objects.create(
        user=person, uscc="91620102MA00000000", name="某公司", division="620102", state=JoinState.REFUSED, decided_at=at,
        asked_at=at,
    )  # fmt: skip
    events.record("accounts.ask", actor=person, subject=request, at=at, details={"mobile": MOBILE, "name": person.name})
    events.record("accounts.refuse", actor=None, subject=request, at=at, details={"why": "材料不全"})
    return person


def texts() -> str:
    """Everything that the histories say."""
    said = [f"{event.actor_name} {event.subject_text} {event.details_text}" for event in Event.objects.all()]
    return "\n".join([*said, *TamperRow.objects.values_list("changes", flat=True)])


@pytest.mark.parametrize("when", ["sealed", "unsealed"])
def test_an_applicant_who_was_never_confirmed_is_forgotten_whole_and_the_chain_stays_sound(
    applicant: User, when: str
) -> None:
    if when == "sealed":
        sealed()
    assert MOBILE in texts() and "钱多多" in texts()

    forget.forget(applicant, at=timezone.now())

    applicant.refresh_from_db()
    assert (applicant.name, applicant.username) == ("已删除的人员", f"forgotten-{applicant.pk}")
    assert (applicant.mobile, applicant.email, applicant.is_active) == ("", "", False)
    assert not [word for word in ("钱多多", MOBILE, "qian@example.cn", "qian") if word in texts()]
    assert "材料不全" in texts()
    assert findings() == []


def test_what_was_forgotten_cannot_be_put_back_or_guessed_unseen(applicant: User) -> None:
    sealed()
    forget.forget(applicant, at=timezone.now())
    part = Forgetting.objects.filter(place="actor")[0]
    behind("UPDATE audit_event SET actor_name = %s WHERE id = %s", "别人", part.row)

    assert findings() == [("emptied", "audit_event", str(part.row))]


def test_forgetting_is_recorded_and_a_second_time_finds_nothing(applicant: User) -> None:
    forget.forget(applicant, at=timezone.now())
    event = Event.objects.get(verb="audit.forget")
    assert (event.subject_pk, event.subject_text) == (str(applicant.pk), "已删除的人员")
    assert [(one["model"], one["rows"]) for one in event.details["removed"]] == [("accounts.User", 1)] * 2

    applicant.refresh_from_db()
    again = forget.plan(applicant)
    assert (again.removals, again.parts) == ([], set())


def test_a_plan_changes_nothing(applicant: User) -> None:
    before = texts()
    plan = forget.plan(applicant)

    assert [one.declaration.model._meta.label for one in plan.removals] == ["accounts.User", "accounts.User"]
    assert (texts(), Event.objects.filter(verb="audit.forget").count()) == (before, 0)


def test_a_member_keeps_everything_while_serving(world: World) -> None:
    plan = forget.plan(world.county_officer)

    assert plan.removals == []
    assert {staying.hold.until for staying in plan.staying} == {dt.date.max}


def test_a_former_member_loses_the_telephone_at_once_and_the_name_when_the_records_expire(world: World) -> None:
    officer = world.county_officer
    events.record("test.decide", actor=officer, subject=world.a, at=timezone.now())
    ended = timezone.now() - dt.timedelta(days=30)
    Membership.objects.filter(user=officer).update(until=ended)

    done = forget.forget(officer, at=timezone.now())

    officer.refresh_from_db()
    assert (officer.name, officer.mobile) == ("孙丽华", "")
    assert {staying.hold.until for staying in done.staying} == {personal.years_after(ended, 10)}
    assert Event.objects.filter(actor_name="孙丽华").exists()
    assert findings() == []


def test_after_the_archive_term_the_name_goes_from_the_events_too(world: World) -> None:
    officer = world.county_officer
    events.record("test.decide", actor=officer, subject=world.a, at=timezone.now(), details={"by": "孙丽华"})
    Membership.objects.filter(user=officer).update(until=timezone.now() - dt.timedelta(days=11 * 366))

    forget.forget(officer, at=timezone.now())

    event = Event.objects.get(verb="test.decide")
    assert (event.actor_name, event.actor_id, event.subject_text) == ("", officer.pk, str(world.a))
    assert findings() == []


def test_another_person_of_the_same_name_is_left_alone(applicant: User) -> None:
    namesake = make_user("qian2", "钱多多")
    events.record("test.done", actor=namesake, subject=namesake, at=timezone.now(), details={"name": "钱多多"})

    forget.forget(applicant, at=timezone.now())

    event = Event.objects.get(verb="test.done")
    assert (event.actor_name, event.details) == ("钱多多", {"name": "钱多多"})


def test_a_person_whose_row_was_tampered_with_is_not_forgotten(applicant: User) -> None:
    behind("UPDATE accounts_user SET name = %s WHERE id = %s", "别人", applicant.pk)

    with pytest.raises(forget.Tampered, match=f"#{applicant.pk}"):
        forget.forget(applicant, at=timezone.now())
    assert User.objects.get(pk=applicant.pk).mobile == MOBILE


def test_those_never_confirmed_are_found_by_organisation(applicant: User, world: World) -> None:
    now = timezone.now()
    waiting = make_user("sun", "孙某")
    JoinRequest.objects.create(user=waiting, uscc="91620102MA00000000", name="某公司", division="620102")

    assert list(personal.never_confirmed("91620102MA00000000", now)) == [applicant]
    assert list(personal.never_confirmed("91620102MA99999999", now)) == []
    assert list(personal.never_confirmed(None, now - dt.timedelta(days=90))) == []


def test_what_was_kept_for_its_time_expires(world: World) -> None:
    from axes.models import AccessLog

    from tidui.kit.models import Delivery, Message

    now = timezone.now()
    old = AccessLog.objects.create(username="a", ip_address="10.0.0.1")
    new = AccessLog.objects.create(username="a", ip_address="10.0.0.1")
    AccessLog.objects.filter(pk=old.pk).update(attempt_time=now - dt.timedelta(days=190))
    message = Message.objects.create(recipient=world.clerk_a, kind="test", subject="题", body="文")
    sent = Delivery.objects.create(message=message, channel="sms", address=MOBILE, sent_at=now - dt.timedelta(days=190))

    assert forget.expire(at=now) == {"axes.AccessLog": 1, "kit.Delivery": 1}
    assert list(AccessLog.objects.all()) == [new]
    sent.refresh_from_db()
    assert sent.address == ""
