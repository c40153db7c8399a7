"""axe finds nothing on the pages of casework that the walk over every route does not come by: ends, panels, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from tests.browser.conftest import Axe, SignIn
from tests.casework import ANSWERS, accepted, confirmed, make_call, submitted
from tests.integration.recognition.noticing import batch_at_notice, numbered, shown
from tests.people import World, make_member, make_organisation, make_user, make_world
from tidui.accounts.enums import OrganisationKind, Role
from tidui.casework import actions, exchanging
from tidui.casework.actions import calls, joint_checking, taking_back
from tidui.casework.actions import exchanging as listing
from tidui.casework.actions.quotas import set_quotas
from tidui.casework.kinds import CONFIRMATION, JOINT_CHECK, MEETING, RECOMMENDATION, SELF_EVALUATION
from tidui.casework.models import Application
from tidui.casework.programme import Programme, Stage, forget, programme, register
from tidui.demo import standin
from tidui.kit.lang import Pair
from tidui.recognition.actions import revocation
from tidui.recognition.enums import Ground

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
#: Sends a form from the page that is open, with its token.
SEND = """([action, fields]) => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = action;
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
  Object.entries({...fields, csrfmiddlewaretoken: token}).forEach(([name, value]) => {
    const input = document.createElement('input');
    Object.assign(input, {type: 'hidden', name, value});
    form.append(input);
  });
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    """The small world."""
    settings.MEDIA_ROOT = tmp_path
    return make_world()


@pytest.fixture
def trial() -> Iterator[Programme]:
    """A programme with recommendation within a quota, and a joint check."""
    like = programme("tech-sme")
    yield register(
        Programme(
            name="axe-trial", title=Pair("联审试验", "trial"), lead=Pair("试", "trial"), policy=like.policy,
            form=like.form, prefix="LS", by_unit=True,
            stages=(
                Stage("filing", SELF_EVALUATION), Stage("recommendation", RECOMMENDATION, days=5),
                Stage("confirmation", CONFIRMATION, days=10), Stage("joint", JOINT_CHECK, days=10),
                Stage("meeting", MEETING, days=10),
            ),
            extra={"joint": ("credit",)},
        )
    )  # fmt: skip
    forget("axe-trial")


def send(page: Page, action: str, **fields: str) -> None:
    """Post a form from the open page, and wait for the answer."""
    with page.expect_navigation():
        page.evaluate(SEND, [action, fields])


def look(page: Page, axe: Axe, url: str, wanted: str) -> list[str]:
    """What axe finds at an address that shows what is wanted."""
    page.goto(url)
    return seen(page, axe, wanted)


def seen(page: Page, axe: Axe, wanted: str) -> list[str]:
    """The same of the page as it is, in the light and in the dark."""
    assert wanted in page.content(), f"{page.url} does not show {wanted}"
    return [f"{page.url} {fault}" for fault in axe(page)]


def test_what_ends_and_what_is_refused(world: World, sign_in: SignIn, axe: Axe) -> None:
    now, call = timezone.now(), make_call(world)
    begun = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=now)
    actions.withdraw(application=begun, reason="不报了", by=world.clerk_a, at=now, seen=begun.version)
    sent = submitted(world, call, answers=ANSWERS | {"products": "传感器\U0001fabf"})
    Application.objects.filter(pk=sent.pk).update(unit_changed_at=now, unit_now=world.other_county)
    mine = sign_in(world.clerk_a)
    found = look(mine, axe, f"/applications/{begun.pk}/form/", "已经撤回，不能再填写")
    found += look(mine, axe, f"/applications/{sent.pk}/print/", "U+1FABF")
    desk = sign_in(world.agency_clerk)
    desk.goto("/desk/")
    send(desk, "/desk/bulk/", keys=str(sent.pk))
    found += seen(desk, axe, "批量办理")
    actions.move(application=sent, name="return", by=world.agency_clerk, at=now, seen=sent.version, reason="请改")
    send(desk, f"/desk/{sent.pk}/decide/", move="accept", seen=str(sent.version))
    found += seen(desk, axe, "请改")
    officer = sign_in(world.department_officer)
    found += look(officer, axe, f"/applications/{sent.pk}/", "转交")
    again = Application.objects.get(pk=sent.pk)
    Application.objects.filter(pk=sent.pk).update(due_on="2020-01-01", unit_changed_at=None, unit_now=None)
    taking_back.refuse_overdue(
        application=again, reason="逾期未补正", by=world.department_officer, at=now, seen=again.version
    )
    found += look(mine, axe, f"/applications/{sent.pk}/", "告知书")
    assert found == []


def test_quotas_and_joint_checks(world: World, trial: Programme, sign_in: SignIn, axe: Axe) -> None:
    now, by = timezone.now(), world.department_officer
    call = make_call(world, programme=trial.name)
    set_quotas(call=call, places={world.county.pk: 2}, by=by, at=now)
    sent = submitted(world, call)
    officer = sign_in(by)
    county = sign_in(world.county_officer)
    found = look(officer, axe, f"/calls/{call.pk}/quotas/", world.county.name)
    found += look(county, axe, f"/applications/{sent.pk}/", "名额")
    actions.move(application=sent, name="recommend", by=world.county_officer, at=now, seen=sent.version)
    held = confirmed(world, Application.objects.get(pk=sent.pk))
    batch = held.batch
    assert batch is not None
    authority = make_organisation(OrganisationKind.PARTNER, "省信用办")
    clerk = make_user("authority", "联审员")
    make_member(clerk, authority, Role.CLERK)
    found += look(officer, axe, f"/batches/{batch.pk}/joint/", "信用联审")
    (made,) = joint_checking.ask(applications=[held], partners={"credit": authority}, by=by, at=now, batch=batch)
    listing.write_files(exchange=made, by=by, at=now)
    listing.send(exchange=made, by=by, at=now, way="系统内发送")
    found += look(officer, axe, f"/applications/{sent.pk}/joint/", "信用联审")
    found += look(officer, axe, f"/applications/{sent.pk}/", "等待反馈")
    found += look(officer, axe, f"/batches/{batch.pk}/", "信用联审")
    found += look(sign_in(clerk), axe, "/partner/", made.title)
    assert found == []


def test_what_recognition_adds_to_cases_and_batches(world: World, sign_in: SignIn, visitor: SignIn, axe: Axe) -> None:
    now, by = timezone.now(), world.department_officer
    batch, (first, second) = batch_at_notice(world)
    notice = shown(world, batch)
    officer = sign_in(by)
    found = look(officer, axe, f"/applications/{first.pk}/", notice.title)
    public = visitor()
    public.goto(f"/notices/{notice.pk}/object/")
    send(
        public, f"/notices/{notice.pk}/object/", application=str(first.pk), name="石坚", mobile="13812340000",
        text="该企业研发费用与其公开的年报不一致。",
    )  # fmt: skip
    found += seen(public, axe, "查询码")
    held = numbered(world, second, f"{now.year}6201020000001")
    revocation.open_revocation(recognition=held, ground=Ground.CONDITIONS, evidence="条件不符", by=by, at=now)
    found += look(officer, axe, f"/applications/{second.pk}/", held.number)
    assert found == []


def test_lists_of_a_batch_and_the_stand_in(world: World, sign_in: SignIn, axe: Axe) -> None:
    now, by = timezone.now(), world.department_officer
    call = make_call(world, tax_first=False)
    held = confirmed(world, accepted(world, submitted(world, call)))
    assert held.batch is not None
    calls.close_batch(batch=held.batch, by=by, at=now)
    actions.advance(application=held, name="end", at=now, expect="notice")
    made = listing.prepare(purpose="platform", batch=held.batch, by=by, at=now)
    listing.write_files(exchange=made, by=by, at=now)
    exchanging.use_stand_in(standin.answer)
    try:
        officer = sign_in(by)
        found = look(officer, axe, f"/batches/{held.batch.pk}/", "国家平台登记清单")
        found += look(officer, axe, f"/applications/{held.pk}/", "国家平台登记清单")
        found += look(officer, axe, f"/exchanges/{made.pk}/stand-in/", "替身")
    finally:
        exchanging.use_stand_in(None)
    assert found == []
