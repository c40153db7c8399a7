"""What happens at the same time: two clerks on one application, a member removed, a call that closes under one's hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from benchmarks.web.load import fields
from benchmarks.web.submission import TYPED
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.casework import ANSWERS, facts_of_form, make_call, submitted
from tests.people import World, make_member, make_user
from tidui.accounts.actions.members import revoke_role
from tidui.accounts.enums import Role
from tidui.accounts.models import Membership, User
from tidui.casework import actions, invariants
from tidui.casework.actions import Stale, calls
from tidui.casework.actions import applying as begins
from tidui.casework.enums import State
from tidui.casework.models import Application, Call, Submission
from tidui.casework.views import applying
from tidui.kit import clock
from tidui.kit.access import NotAllowed


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do things at the same moment, each on a connection of its own; what each gave, or raised."""
    found: list[object] = [None] * len(works)
    ready = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], object]) -> None:
        ready.wait()
        try:
            found[place] = work()
        except NotAllowed as refused:
            found[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def browser(person: User) -> Client:
    """Somebody who has signed in."""
    client = Client()
    client.force_login(person)
    return client


def form_of(client: Client, call: Call, world: World) -> tuple[str, dict[str, str]]:
    """A form that somebody has opened and filled in: its address, and what it will send."""
    address = reverse("casework:apply", args=[call.pk, world.a.pk])
    page = client.get(address)
    given = fields(page.content, r"/apply/\d+/")
    year = next(name.partition(".")[2] for name in given if name.startswith("employees."))
    given |= {name.format(year=year): text for name, text in TYPED.items()}
    given.pop("do", None)
    return f"{address}submit/?since=0", given | {"agency": str(world.agency.pk)}


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_decide_at_once_one_wins_and_the_other_is_told(world: World) -> None:
    other = make_user("agency-2", "马评审")
    make_member(other, world.agency, Role.CLERK)
    sent = submitted(world, make_call(world))
    now = timezone.now()

    def decides(by: User, name: str, **more: Any) -> Callable[[], object]:
        return lambda: actions.move(application=sent, name=name, by=by, at=now, seen=sent.version, **more)

    found = at_once(decides(world.agency_clerk, "accept"), decides(other, "return", reason="漏填", fields=["employees"]))
    told = [one for one in found if isinstance(one, Stale)]

    assert len(told) == 1 and told[0].step is not None
    assert Application.objects.get().version == sent.version + 1
    assert [str(one) for one in invariants.broken()] == []


@pytest.mark.django_db(transaction=True)
def test_two_people_of_one_enterprise_who_submit_at_once_submit_once(world: World) -> None:
    call, now = make_call(world), timezone.now()
    begun = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=now)
    stated = facts_of_form(clock.day_of(now).year - 1)

    def submits(by: User) -> Callable[[], object]:
        return lambda: actions.submit(
            application=begun, stated=stated, answers=dict(ANSWERS), by=by, at=now, seen=begun.version, agency=world.agency
        )

    found = at_once(submits(world.clerk_a), submits(world.administrator_a))

    assert sum(isinstance(one, NotAllowed) for one in found) == 1
    assert Submission.objects.count() == 1
    assert [str(one) for one in invariants.broken()] == []


@pytest.mark.django_db(transaction=True)
def test_forms_of_one_enterprise_that_wait_for_each_other_are_both_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One passes and goes in one piece, its application last; the other does not and is begun first. On PostgreSQL each
    has locked then what the other one needs; on SQLite one has to end before the other begins."""
    call, waits = make_call(world), connection.vendor == "postgresql"
    first, second = browser(world.administrator_a), browser(world.clerk_a)
    address, passing = form_of(first, call, world)
    failing = {name: text for name, text in form_of(second, call, world)[1].items() if name != "despite"}
    failing["prohibited_products"] = "true"
    has_begun, has_file = threading.Event(), threading.Event()
    file_returns = begins.file_returns

    def filed(**given: Any) -> Any:
        if given["by"] == world.clerk_a:
            has_begun.set()
            has_file.wait(5 * waits)
            return file_returns(**given)
        done = file_returns(**given)
        has_file.set()
        has_begun.wait(5 * waits)
        time.sleep(0.3 * waits)  # the other one waits first, and is the one whom PostgreSQL ends
        return done

    monkeypatch.setattr(begins, "file_returns", filed)
    answers = at_once(lambda: first.post(address, passing), lambda: second.post(address, failing))
    statuses = [getattr(one, "status_code", one) for one in answers]
    found = Application.objects.get()
    assert set(statuses) <= {302, 422} and Submission.objects.count() == statuses.count(302)
    if found.state == State.DRAFT:  # each is told what the other one wrote, or what stands against it
        assert statuses == [422, 422] and found.answers["prohibited_products"]["text"] == "true"
    assert [str(one) for one in invariants.broken()] == []


@pytest.mark.django_db(transaction=True)
def test_numbers_that_are_given_at_once_have_no_gap(world: World) -> None:
    call, now = make_call(world), timezone.now()
    people = [(world.a, world.clerk_a), (world.b, world.clerk_b), (world.zoned, world.administrator_zoned),
              (world.spinoff, world.administrator_spinoff)]  # fmt: skip

    at_once(*(lambda one=one, by=by: submitted(world, call, one, by, at=now) for one, by in people))

    numbers = Application.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"KX{call.year}{place:06d}" for place in range(1, 5)]


@pytest.mark.django_db
def test_a_member_who_was_removed_while_a_form_is_open_changes_nothing_and_keeps_what_was_typed(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    address, given = form_of(client, call, world)
    held = Membership.objects.get(user=world.clerk_a, organisation=world.a)
    revoke_role(membership=held, reason="离职", by=world.administrator_a, at=timezone.now())
    draft = client.post(
        address.replace("/submit/", "/draft/"), {"field": "q.contact", "value": "改", "base": "0"},
        headers={"X-Requested-With": "tidui-autosave", "Accept": "application/json"},
    )  # fmt: skip
    answer = client.post(address, given, headers={"Origin": "http://testserver"})

    assert (draft.status_code, answer.status_code) == (422, 422)
    assert "精密传感器" in answer.text, "what was typed is on the page that refuses"
    assert not Application.objects.exists()


@pytest.mark.django_db
def test_a_call_that_closes_while_a_draft_is_written_takes_nothing_in_and_loses_nothing(world: World) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    address, given = form_of(client, call, world)
    client.post(address.replace("/submit/", "/draft/"), {"field": "q.contact", "value": "白小慧", "base": "0"})
    calls.close_call(call=call, reason="名额已满", by=world.department_officer, at=timezone.now())
    late = client.post(address, given)

    assert late.status_code == 422
    assert "申报已经截止" in late.text
    found = Application.objects.get()
    assert (found.state, found.number) == (State.DRAFT, None)
    assert found.answers["q.products"]["text"] == "精密传感器"


@pytest.mark.django_db
def test_what_arrived_in_time_counts_however_long_its_work_takes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call, client = make_call(world), browser(world.clerk_a)
    address, given = form_of(client, call, world)
    taken = applying._sent

    def slowly(*given: Any) -> Any:
        Call.objects.filter(pk=call.pk).update(closes_at=timezone.now())  # the call ends while this is worked on
        return taken(*given)

    monkeypatch.setattr(applying, "_sent", slowly)
    answer = client.post(address, given)
    found = Application.objects.select_related("call").get()

    assert (answer.status_code, found.state) == (302, State.ACTIVE)
    assert found.submitted_at is not None and found.submitted_at < found.call.closes_at < timezone.now()
