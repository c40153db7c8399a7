"""Who may not apply, how many experts may be named, and what a renewed application begins with."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from tests.people import World
from tests.review import ANSWERS, applied, facts_of_form, never_recognised, provincial_call

from tidui.casework import actions, renewing, tabling
from tidui.casework.actions import tabling as deeds
from tidui.casework.actions.moving import department
from tidui.casework.models import Application, Call
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.review.entry import window_opens
from tidui.rules.values import Value

pytestmark = pytest.mark.django_db


def recorded(world: World, call: Call, **facts: Value) -> None:
    """What recognition wrote into the file of enterprise `a`."""
    never_recognised(call, world.a, timezone.now())
    write_return(
        organisation=world.a, section="enterprise", year=None, facts=facts, source=Source.RECOGNITION,
        by=call.created_by, at=timezone.now(), filed_for=department(),
    )  # fmt: skip


def begin(world: World, call: Call) -> Application:
    return actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())


def test_a_high_tech_enterprise_may_not_apply(world: World) -> None:
    call, today = provincial_call(world), clock.today()
    since = today - dt.timedelta(days=300)
    recorded(world, call, hte_recognised_on=(since,), hte_valid_until=today + dt.timedelta(days=700))
    with pytest.raises(NotAllowed) as refused:
        begin(world, call)
    assert refused.value.refused.code == "holds-higher" and "高新技术企业" in str(refused.value.refused.reason)


def test_whose_certificate_has_run_out_or_was_revoked_may_apply(world: World) -> None:
    call, today = provincial_call(world), clock.today()
    since = today - dt.timedelta(days=300)
    recorded(
        world, call, hte_recognised_on=(since,), hte_valid_until=today + dt.timedelta(days=700),
        hte_revoked_on=today - dt.timedelta(days=3),
    )  # fmt: skip
    assert begin(world, call).pk


def test_a_recognition_is_renewed_in_its_last_months_only(world: World) -> None:
    call, today = provincial_call(world), clock.today()
    until = today + dt.timedelta(days=400)
    recorded(world, call, provincial_recognised_on=(today - dt.timedelta(days=600),), provincial_valid_until=until)
    with pytest.raises(NotAllowed) as refused:
        begin(world, call)
    assert refused.value.refused.code == "too-early"


def test_the_window_of_renewal_is_open_at_its_first_day(world: World) -> None:
    assert window_opens(dt.date(2027, 8, 31), 6) == dt.date(2027, 2, 28)
    assert window_opens(dt.date(2027, 1, 15), 6) == dt.date(2026, 7, 15)
    call, today = provincial_call(world), clock.today()
    recorded(
        world, call, provincial_recognised_on=(today - dt.timedelta(days=1000),),
        provincial_valid_until=today + dt.timedelta(days=90),
    )  # fmt: skip
    assert begin(world, call).pk


def test_only_a_few_experts_may_be_kept_away(world: World) -> None:
    call = provincial_call(world)
    never_recognised(call, world.a, timezone.now())
    begun = begin(world, call)

    def submit(names: str) -> Application:
        return actions.submit(
            application=begun, stated=facts_of_form(clock.today().year - 1), answers={**ANSWERS, "avoid": names},
            by=world.clerk_a, at=timezone.now(), seen=begun.version,
        ).application  # fmt: skip

    with pytest.raises(NotAllowed) as refused:
        submit("甲 远方大学\n乙 远方大学\n丙 远方大学\n丁 远方大学")
    assert "最多可申请 3 名" in str(refused.value.refused.reason)
    assert submit("甲 远方大学；乙 远方大学\n丙").number


def test_whom_an_applicant_does_not_want_its_county_does_not_read(world: World) -> None:
    made = applied(provincial_call(world), world.a, world.clerk_a, answers={"avoid": "邱某某 远方大学"})
    for person, reads in ((world.clerk_a, True), (world.department_officer, True), (world.county_officer, False)):
        client = Client()
        client.force_login(person)
        page = client.get(f"/applications/{made.pk}/")
        assert page.status_code == 200 and ("邱某某" in page.text) is reads


def test_a_renewed_application_begins_with_what_the_last_one_said(world: World) -> None:
    first = applied(provincial_call(world), world.a, world.clerk_a)
    again = begin(world, provincial_call(world))
    assert again.answers["q.contact"]["text"] == "白小慧" and again.answers["q.contact"]["carried"]
    assert again.draft_rows.count() == 6 and all(again.draft_rows.values_list("carried", flat=True))
    client = Client()
    client.force_login(world.clerk_a)
    page = client.get(f"/applications/{again.pk}/form/")
    assert "沿用 1 行" in page.text and 'name="carried"' in page.text
    sent = client.post(f"/applications/{again.pk}/submit/", {"year": clock.today().year - 1, "version": again.version})
    assert sent.status_code == 422 and "请核对沿用的内容并勾选确认" in sent.text
    row = again.draft_rows.get(table="staff")
    deeds.save_cell(
        application=again, name=f"t.staff.{row.key}.degree", text="博士", base=10**15, by=world.clerk_a,
        at=timezone.now(),
    )  # fmt: skip
    deeds.confirm_carried(application=again, table="ip", by=world.clerk_a, at=timezone.now())
    left = tabling.read(tabling.tables_of(again)).carried
    assert "staff" not in left and "ip" not in left and "rd" in left
    made = actions.submit(
        application=again, stated=facts_of_form(clock.today().year - 1, st_staff=36), by=world.clerk_a,
        answers={**ANSWERS, **tabling.read(tabling.tables_of(again)).answers}, at=timezone.now(), seen=again.version,
    ).application  # fmt: skip
    changes = {one.label: (one.before, one.after) for one in renewing.since(first.submissions.get(), made.submissions.get())}
    assert changes["研发人员名单 RY01 学历"] == ("硕士", "博士")
    assert [label for label in changes if "表" in label or "名单" in label] == ["研发人员名单 RY01 学历"]
    client.force_login(world.county_officer)
    assert "与上次申报相比" in client.get(f"/applications/{made.pk}/").text


def test_a_first_application_begins_empty(world: World) -> None:
    call = provincial_call(world)
    never_recognised(call, world.a, timezone.now())
    begun = begin(world, call)
    assert begun.answers == {} and not begun.draft_rows.exists()
