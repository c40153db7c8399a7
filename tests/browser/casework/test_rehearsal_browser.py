"""One enterprise from the call to the published list, everybody at their own browser: seven people and the public."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.casework.test_applying_browser import SignIn, enter
from tests.integration.casework.test_applying import TYPED
from tests.people import World, make_member, make_organisation, make_user, make_world
from tidui.accounts.enums import Role
from tidui.accounts.models import User
from tidui.casework import invariants
from tidui.casework.exchanging import Plan
from tidui.casework.models import Application, Batch, Call, Exchange
from tidui.demo import standin
from tidui.kit import clock, files, jobs
from tidui.recognition.models import Document, Notice, Recognition
from tidui.recognition.noticing import digest_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow, pytest.mark.journey]


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> None:
    """Files go where this test alone keeps them."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world."""
    return make_world()


@pytest.fixture
def taxman(world: World) -> User:
    """Somebody who works for the tax side."""
    office = make_organisation("tax", "兰州税务", "")
    person = make_user("taxman", "田税官")
    make_member(person, office, Role.CLERK)
    return person


def press(page: Page, name: str) -> None:
    """Press a button or a link of the page's own part."""
    main = page.locator("main")
    main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True)).first.click()


def publish_call(page: Page) -> None:
    """The department drafts and publishes the call of the year."""
    today = clock.today()
    page.goto("/calls/new/")
    enter(page, "programme", "tech-sme")
    for name, value in {
        "year": str(today.year), "title": "关于开展科技型中小企业评价工作的通知", "text": "请按时申报。",
        "opens_at": f"{today - dt.timedelta(days=1)}T08:00", "closes_at": f"{today + dt.timedelta(days=30)}T18:00",
    }.items():  # fmt: skip
        page.locator(f'main [name="{name}"]').fill(value)
    page.locator("main form").get_by_role("button").first.click()
    expect(page.locator("h1")).to_contain_text("科技型中小企业评价工作")
    press(page, "发布")
    press(page, "确认发布")
    expect(page.locator("main")).to_contain_text("发布时已固定")


def apply(page: Page, world: World) -> None:
    """The enterprise finds the call, fills in the form, submits."""
    page.goto("/calls/")
    page.get_by_role("link", name="关于开展科技型中小企业评价工作的通知").first.click()
    press(page, "申报")
    page.wait_for_url("**/apply/*/")
    for name, value in (TYPED | {"agency": str(world.agency.pk)}).items():
        enter(page, name, value)
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/receipt/")


def decide(page: Page, name: str) -> None:
    """Open what waits, decide, go on."""
    held = Application.objects.get()
    page.goto(f"/desk/{held.pk}/")
    page.locator(f'[name="move"][value="{name}"]').check()
    page.locator("#decision").get_by_role("button").last.click()
    page.wait_for_load_state()
    jobs.work_off()


def make_batch(page: Page) -> None:
    """The department opens a batch."""
    page.goto(f"/calls/{Call.objects.get().pk}/batches/new/")
    page.locator('main [name="title"]').fill("第一批")
    page.locator("main form").get_by_role("button").first.click()
    page.wait_for_load_state()


def give_notice(page: Page) -> None:
    """The department closes the batch, drafts its notice and publishes it."""
    batch = Batch.objects.get()
    page.goto(f"/batches/{batch.pk}/close/")
    press(page, "封闭批次")
    page.goto(f"/batches/{batch.pk}/")
    press(page, "拟定公示")
    page.wait_for_load_state()
    page.goto(f"/notices/{Notice.objects.get().pk}/publish/")
    page.locator("main form").get_by_role("button").first.click()
    page.wait_for_load_state()


def end_notice(page: Page) -> None:
    """Its days pass, as if it had been published earlier; the department ends it."""
    notice = Notice.objects.get()
    notice.ends_on = clock.today() - dt.timedelta(days=1)
    notice.digest = digest_of(notice)
    notice.save(update_fields=["ends_on", "digest"])
    page.goto(f"/batches/{notice.batch_id}/")
    press(page, "结束公示")
    page.wait_for_load_state()
    jobs.work_off()


def list_out(page: Page, purpose: str, partner: int | None = None) -> Exchange:
    """The department makes a list and notes that it went out."""
    page.goto(f"/batches/{Batch.objects.get().pk}/exchanges/{purpose}/")
    if partner is not None:
        enter(page, "partner", str(partner))
    page.locator("main form").get_by_role("button").first.click()
    page.wait_for_load_state()
    made = Exchange.objects.get(purpose=purpose)
    page.goto(f"/exchanges/{made.pk}/")
    if made.file_id is None and page.get_by_role("button", name="生成文件").count():
        press(page, "生成文件")
    page.locator('main [name="way"]').fill("系统内发送")
    press(page, "登记发出")
    page.wait_for_load_state()
    made.refresh_from_db()
    return made


def verify(page: Page, made: Exchange) -> None:
    """The tax side finds the list and answers its one line on the page."""
    page.goto("/partner/")
    expect(page.locator("main")).to_contain_text("税务核验")
    row = made.rows.get()
    page.goto(f"/exchanges/rows/{row.pk}/")
    page.locator('[name="outcome"][value="相符"]').check()
    page.locator("main form").get_by_role("button").first.click()
    page.wait_for_load_state()
    jobs.work_off()


def answer(page: Page, made: Exchange, folder: Path) -> None:
    """The stand-in answers the workbook that went out; the department reads its file."""
    held = Exchange.objects.select_related("file").get(pk=made.pk)
    assert held.file is not None
    back = folder / "answers.xlsx"
    standin.answer(files.path(held.file), held.file.name, back, Plan())
    page.goto(f"/exchanges/{made.pk}/")
    page.set_input_files('main [name="file"]', back)
    page.locator('main [name="document_number"]').last.fill("国科火字〔2026〕1号")
    press(page, "上传并读取")
    page.wait_for_load_state()
    jobs.work_off()


def announce(page: Page) -> None:
    """The department announces."""
    page.goto(f"/batches/{Batch.objects.get().pk}/announce/")
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_load_state()
    jobs.work_off()


def test_from_the_call_to_the_published_list(
    world: World, taxman: User, sign_in: SignIn, visitor: SignIn, tmp_path: Path
) -> None:
    department, clerk, agency = (sign_in(one) for one in (world.department_officer, world.clerk_a, world.agency_clerk))
    tax, county, stranger, public = sign_in(taxman), sign_in(world.county_officer), sign_in(world.clerk_b), visitor()
    publish_call(department)
    public.goto("/calls/")
    expect(public.locator("main")).to_contain_text("科技型中小企业评价工作")

    apply(clerk, world)
    sent = Application.objects.get()
    county.goto(f"/applications/{sent.pk}/")
    expect(county.locator("main")).to_contain_text(sent.number or "?")
    assert stranger.goto(f"/applications/{sent.pk}/").status == 404  # type: ignore[union-attr]

    decide(agency, "accept")
    make_batch(department)
    decide(department, "confirm")
    give_notice(department)
    public.goto(f"/notices/{Notice.objects.get().pk}/")
    expect(public.locator("main")).to_contain_text(world.a.name)
    end_notice(department)
    assert Application.objects.get().stage == "tax_before"

    office = taxman.memberships.get().organisation_id
    verify(tax, list_out(department, "tax", office))
    answer(department, list_out(department, "platform"), tmp_path)
    given = Recognition.objects.get()
    announce(department)

    assert [str(one) for one in invariants.broken()] == []
    ended = Application.objects.get()
    assert (ended.state, ended.stage) == ("accepted", "announcement")
    public.goto(f"/documents/{Document.objects.get(kind='announcement').pk}/")
    expect(public.locator("main")).to_contain_text(given.number)
    public.goto(f"/verify/?number={given.number}")
    expect(public.locator("main")).to_contain_text(world.a.name)
    clerk.goto(f"/recognitions/{given.pk}/")
    expect(clerk.locator("main")).to_contain_text(given.number)
