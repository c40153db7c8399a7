"""From the meeting to the publication in a browser: one officer decides, another confirms, then all may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.meetings import before_meeting
from tests.people import World, make_world
from tidui.casework.models import Application
from tidui.kit import jobs
from tidui.recognition.models_decisions import Meeting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SignIn = Callable[..., Page]
Axe = Callable[[Page], list[str]]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world."""
    return make_world()


def test_a_meeting_from_its_list_to_the_publication(world: World, sign_in: SignIn, axe: Axe, monkeypatch: Any) -> None:
    batch, rows = before_meeting(world, 3, monkeypatch)
    page = sign_in(world.department_officer)
    page.goto(f"/batches/{batch.pk}/review-list/")
    expect(page.locator("tbody tr")).to_have_count(3)
    assert axe(page) == []

    page.goto(f"/batches/{batch.pk}/")
    page.get_by_role("link", name="组织厅务会").click()
    for name, value in (("place", "三楼会议室"), ("chair", "马国梁"), ("present", "马国梁\n程志远\n罗静")):
        page.locator(f'[name="{name}"]').fill(value)
    page.get_by_role("button", name="保存").click()
    meeting = Meeting.objects.get()
    expect(page.get_by_text("公布前，审定意见只有省科技厅的同事能看到")).to_be_visible()

    # Two in bulk, with a preview; the third by itself.
    for one in rows[:2]:
        page.locator(f'input[name="ids"][value="{one.pk}"]').check()
    page.get_by_role("button", name="预览").click()
    page.locator('[name="votes_for"]').fill("3")
    page.get_by_role("button", name="记录审定意见").click()
    page.locator("tbody").get_by_role("link", name=rows[2].organisation.name).click()
    page.locator('[name="outcome"]').select_option("refuse")
    page.locator('[name="reason"]').fill("研发费用归集不实")
    assert axe(page) == []
    page.get_by_role("button", name="保存", exact=True).click()
    assert axe(page) == []
    page.get_by_role("link", name="提交复核").click()
    page.get_by_role("button", name="提交复核").click()
    expect(page.get_by_text("须由另一位同事确认")).to_be_visible()

    leader = sign_in(world.department_leader, viewport=NARROW)
    leader.goto(f"/meetings/{meeting.pk}/")
    assert leader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    leader.get_by_role("link", name="确认").click()
    leader.get_by_role("button", name="确认").click()
    expect(leader.get_by_text("会议纪要文号")).to_be_visible()
    outsider = sign_in(rows[2].begun_by)
    outsider.goto(f"/applications/{rows[2].pk}/")
    expect(outsider.get_by_text("研发费用归集不实")).to_have_count(0)

    leader.goto(f"/meetings/{meeting.pk}/")
    leader.get_by_role("link", name="公布审定结果").click()
    leader.get_by_role("button", name="公布").click()
    jobs.work_off()
    states = dict(Application.objects.filter(batch=batch).values_list("pk", "stage"))
    assert [states[one.pk] for one in rows[:2]] == ["notice", "notice"]
    outsider.reload()
    expect(outsider.get_by_text("研发费用归集不实").first).to_be_visible()
