"""Findings as records: written once, gone and back, cleared with a reason, counted, and before a decision."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.casework import ANSWERS, accepted, confirmed, facts_of_form, make_call, submitted
from tests.people import World
from tidui.audit.models import Event
from tidui.casework import actions, findings
from tidui.casework.actions import calls, clearing
from tidui.casework.enums import FindingKind, State
from tidui.casework.models import Application, Finding, Trace
from tidui.kit import clock
from tidui.kit.access import NotAllowed

pytestmark = pytest.mark.django_db


def pair(world: World) -> tuple[Application, Application]:
    """Two applications with one telephone, both looked at."""
    call = make_call(world)
    mine = submitted(world, call)
    theirs = submitted(world, call, world.b, world.clerk_b, answers={**ANSWERS, "contact": "黄大山"})
    for one in (mine, theirs, mine):
        findings.look(one)
    return Application.objects.get(pk=mine.pk), Application.objects.get(pk=theirs.pk)


def contact_of(application: Application) -> Finding:
    """The finding about the telephone."""
    return Finding.objects.get(application=application, kind=FindingKind.SAME_CONTACT)


def passed_on(world: World, application: Application) -> Application:
    """The agency accepts it, past the guard that is asked here."""
    held = Application.objects.get(pk=application.pk)
    actions.move(application=held, name="accept", by=world.agency_clerk, at=timezone.now(), seen=held.version)
    return Application.objects.get(pk=held.pk)


def resubmitted(world: World, application: Application, answers: dict[str, Any], **changed: Any) -> Application:
    """The application as it came back from a correction."""
    now = timezone.now()
    actions.move(application=application, name="return", by=world.agency_clerk, at=now, seen=application.version, reason="请改")
    back = Application.objects.get(pk=application.pk)
    return actions.submit(
        application=back, stated=facts_of_form(clock.today().year - 1, **changed), answers=answers, by=world.clerk_a,
        at=now, seen=back.version,
    ).application  # fmt: skip


def test_a_look_that_is_repeated_changes_nothing(world: World) -> None:
    """The rows stay the same ones, and so does the count of doubts."""
    mine, _theirs = pair(world)
    before = list(Finding.objects.order_by("pk").values())
    traces = list(Trace.objects.order_by("pk").values())
    findings.look(mine)
    assert list(Finding.objects.order_by("pk").values()) == before
    assert list(Trace.objects.order_by("pk").values()) == traces
    assert mine.doubts == mine.findings.filter(findings.OPEN, weight__in=findings.DOUBTS).count() > 0


def test_what_is_not_found_any_more_is_gone_and_comes_back_as_the_same(world: World) -> None:
    """The applicant corrects the telephone, and then writes the old one again."""
    mine, _theirs = pair(world)
    first = contact_of(mine)
    mine = resubmitted(world, mine, {**ANSWERS, "phone": "13712345678"})
    findings.look(mine)
    assert contact_of(mine).gone_at is not None
    mine = resubmitted(world, mine, dict(ANSWERS))
    findings.look(mine)
    again = contact_of(mine)
    assert (again.pk, again.gone_at, again.submission) == (first.pk, None, mine.submissions.get(number=3))


def test_a_cleared_finding_stays_cleared_until_it_says_something_else(world: World) -> None:
    """A third enterprise with the telephone makes it another finding."""
    mine, theirs = pair(world)
    doubts = mine.doubts
    found = clearing.clear(finding=contact_of(mine), reason="同一会计公司代办", by=world.agency_clerk, at=timezone.now())
    assert Application.objects.get(pk=mine.pk).doubts == doubts - 1
    findings.look(mine)
    assert contact_of(mine).cleared_at == found.cleared_at
    third = submitted(world, theirs.call, world.zoned, world.administrator_zoned, answers={**ANSWERS, "contact": "钟"})
    findings.look(third)
    findings.look(mine)
    again = contact_of(mine)
    assert (again.cleared_at, again.cleared_reason, again.params["n"]) == (None, "", 2)
    assert Event.objects.get(verb="casework.clear_finding").details["reason"] == "同一会计公司代办"


def test_clearing_asks_for_a_reason_and_is_the_holders_alone(world: World) -> None:
    """Neither the county, nor the department before its turn, nor the applicant, nor inspection."""
    mine, _theirs = pair(world)
    found = contact_of(mine)
    for person in (world.county_officer, world.department_officer, world.clerk_a, world.inspector, world.clerk_b):
        with pytest.raises(NotAllowed):
            clearing.clear(finding=found, reason="好", by=person, at=timezone.now())
    with pytest.raises(NotAllowed) as told:
        clearing.clear(finding=found, reason="  ", by=world.agency_clerk, at=timezone.now())
    assert told.value.refused.code == "no-reason"
    assert contact_of(mine).cleared_at is None


def test_a_clearing_is_taken_back_and_counts_again(world: World) -> None:
    """What had been said stays in the event."""
    mine, _theirs = pair(world)
    found = clearing.clear(finding=contact_of(mine), reason="已核实", by=world.agency_clerk, at=timezone.now())
    with pytest.raises(NotAllowed) as told:
        clearing.clear(finding=found, reason="再核", by=world.agency_clerk, at=timezone.now())
    assert told.value.refused.code == "cleared"
    clearing.reopen(finding=found, by=world.agency_clerk, at=timezone.now())
    assert contact_of(mine).cleared_at is None
    assert Application.objects.get(pk=mine.pk).doubts == mine.doubts
    assert Event.objects.get(verb="casework.reopen_finding").details["was"] == "已核实"
    with pytest.raises(NotAllowed):
        clearing.reopen(finding=found, by=world.agency_clerk, at=timezone.now())


def test_a_look_does_not_outdate_the_page_of_who_decides(world: World) -> None:
    """The version is that of the moves."""
    mine, _theirs = pair(world)
    assert mine.version == 1
    assert accepted(world, mine).stage == "confirmation"


def test_what_has_to_be_dealt_with_stops_whoever_passes_on_but_not_whoever_returns(world: World) -> None:
    """A second application of the year: accepted only after the finding was cleared."""
    submitted(world, make_call(world))
    second = submitted(world, make_call(world))
    assert second.looked_at is None
    with pytest.raises(NotAllowed) as told:
        passed_on(world, second)
    assert told.value.refused.code == "open-finding"
    findings.look(second)  # what the worker does; a refused move leaves nothing behind
    found = second.findings.get(kind=FindingKind.LIMIT)
    clearing.clear(finding=found, reason="第一份已另案撤销", by=world.agency_clerk, at=timezone.now())
    assert passed_on(world, second).stage == "confirmation"
    third = submitted(world, make_call(world), world.b, world.clerk_b)
    actions.move(
        application=third, name="return", by=world.agency_clerk, at=timezone.now(), seen=third.version, reason="补材料"
    )
    assert Application.objects.get(pk=third.pk).state == State.CORRECTION


def test_a_decision_looks_first_where_the_worker_has_not_yet(world: World) -> None:
    """Nobody decides on what was not checked, however far behind the worker is."""
    sent = submitted(world, make_call(world))
    assert findings.stale(sent)
    passed = passed_on(world, sent)
    assert passed.looked_at is not None
    assert not findings.stale(passed)


def test_a_submission_and_a_closed_batch_ask_the_worker_to_look(world: World) -> None:
    """The task is written in the transaction of what asks for it."""
    from django_tasks_db.models import DBTaskResult

    noted = confirmed(world, accepted(world, submitted(world, make_call(world))))
    assert noted.batch is not None
    looks = DBTaskResult.objects.filter(task_path=findings.look_at.module_path)
    assert [row.args_kwargs["args"] for row in looks] == [[noted.pk]]
    Application.objects.filter(pk=noted.pk).update(looked_at=None)
    calls.close_batch(batch=noted.batch, by=world.department_officer, at=timezone.now())
    again = DBTaskResult.objects.get(task_path=findings.look_at_many.module_path)
    findings.look_at_many.call(*again.args_kwargs["args"])
    assert Application.objects.get(pk=noted.pk).looked_at is not None


def test_an_application_that_was_never_submitted_is_not_looked_at(world: World) -> None:
    """A draft is the applicant's own."""
    begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    assert findings.look(begun) == []
    assert not Finding.objects.filter(application=begun).exists()
    assert not Trace.objects.filter(application=begun).exists()


def test_the_number_of_queries_of_a_look_does_not_grow_with_the_others(world: World, django_assert_num_queries: Any) -> None:
    """One other application with the telephone, or three."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    mine, theirs = pair(world)
    with CaptureQueriesContext(connection) as few:
        findings.look(mine)
    for organisation, person in ((world.zoned, world.administrator_zoned), (world.spinoff, world.administrator_spinoff)):
        findings.look(submitted(world, theirs.call, organisation, person, answers={**ANSWERS, "contact": person.name}))
    findings.look(mine)
    with django_assert_num_queries(len(few)):
        findings.look(mine)


def test_two_findings_of_one_key_are_refused_by_the_database(world: World) -> None:
    """Two workers that look at once write no finding twice."""
    from django.db import IntegrityError, transaction

    mine, _theirs = pair(world)
    found = contact_of(mine)
    found.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save(force_insert=True)
