"""An expert marks and signs a file by keyboard, without a script, on a telephone, in the dark."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NARROW, Axe, SignIn
from tests.people import World
from tests.review_sheets import GIVEN, all_signed, done, opened, panel_of_five, person_of, signed
from tidui.review import marks
from tidui.review.actions import closing
from tidui.review.enums import SheetState
from tidui.review.models import Sheet

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = (
    "advancement", "support", "count", "acquisition", "standards", "conversion", "management", "institution",
    "incentives", "talent",
)  # fmt: skip


def fits(page: Page) -> bool:
    """Is nothing wider than the screen?"""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_an_expert_marks_and_signs_without_touching_the_mouse(sign_in: SignIn, world: World) -> None:
    _review, (file, other), seats = panel_of_five(world, 2)
    page = sign_in(person_of(seats[0]))
    page.goto("/my-reviews/")
    page.get_by_role("link", name=file.code).press("Enter")
    page.get_by_role("button", name="没有利害关系，打开评审").press("Enter")
    page.wait_for_url("**/sheets/*/")

    page.keyboard.press("m")
    for item in ITEMS:
        expect(page.locator(f"[name='mark.{item}']")).to_be_focused()
        page.keyboard.type("3" if item == "count" else str(GIVEN[item]))
        page.keyboard.press("Enter")
    expect(page.locator("#id_opinion")).to_be_focused()
    expect(page.get_by_text("按所填指标应为 7–8 分；超出须写明理由")).to_be_visible()
    page.keyboard.type("材料齐全，建议推荐。")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_text("还不能签署")).to_be_visible()
    page.get_by_role("link", name="评分超出档次，请写明理由").press("Enter")
    page.locator("[name='reason.count']").focus()
    page.keyboard.type("两项专利尚未授权。")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_text("评分表已签署，不能再改。")).to_be_visible()
    page.wait_for_url(f"**/my-reviews/{other.pk}/")

    sheet = Sheet.objects.get(file=file)
    assert (sheet.state, sheet.total) == (SheetState.SIGNED, 50)
    assert (marks.mark_of(sheet, "count"), sheet.marks["count"]["reason"]) == (3, "两项专利尚未授权。")
    page.goto(f"/sheets/{sheet.pk}/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/my-reviews/{other.pk}/")


def test_a_form_waits_for_a_save_whose_answer_is_slow(sign_in: SignIn, world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    sheet = opened(file, seats[4])
    page = sign_in(person_of(seats[4]))
    page.goto(f"/sheets/{sheet.pk}/")

    def slowly(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_timeout(4500)
        route.fulfill(response=answer)

    page.route(f"**/sheets/{sheet.pk}/draft/", slowly, times=1)
    with page.expect_request(f"**/sheets/{sheet.pk}/draft/"):
        page.locator("#id_opinion").fill("财务数据")
    page.locator("#id_opinion").fill("财务数据完整。")
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.get_by_text("已保存，尚未签署。")).to_be_visible()
    assert Sheet.objects.get().opinion == "财务数据完整。"


def test_everything_is_marked_without_a_script_too(sign_in: SignIn, world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    page = sign_in(person_of(seats[4]), java_script_enabled=False)
    page.goto(f"/my-reviews/{file.pk}/")
    page.get_by_role("button", name="没有利害关系，打开评审").click()
    page.locator("[name='mark.assets']").fill("6")
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.get_by_text("已保存，尚未签署。")).to_be_visible()
    page.locator("[name='mark.assets']").fill("7")
    page.locator("[name='mark.sales']").fill("6")
    page.locator("#id_opinion").fill("财务数据完整。")
    page.get_by_role("button", name="签署").click()
    expect(page.get_by_text("评分表已签署，不能再改。")).to_be_visible()
    assert Sheet.objects.get().total == 13


def test_the_pages_are_accessible_and_fit_a_telephone(sign_in: SignIn, world: World, axe: Axe) -> None:
    review, files, seats = panel_of_five(world, 3)
    done(files[0], seats)
    all_signed(files[1], seats, {1: {"count": 2}})
    signed(files[2], seats[1])
    sheet = opened(files[2], seats[0])
    closing.keep_calibration(review=review, by=world.department_officer, at=timezone.now())
    page = sign_in(person_of(seats[0]), viewport=NARROW)
    for url in (
        "/my-reviews/", f"/my-reviews/{files[2].pk}/", f"/sheets/{sheet.pk}/", f"/sheets/{sheet.pk}/withdraw/",
        f"/my-reviews/{files[0].pk}/panel/", f"/my-reviews/{files[1].pk}/panel/",
    ):  # fmt: skip
        page.goto(url)
        assert axe(page) == [], url
        assert fits(page), url
    page = sign_in(world.department_officer, viewport=NARROW)
    for url in (
        "/reviews/", f"/reviews/{review.pk}/", f"/reviews/{review.pk}/results/",
        f"/reviews/{review.pk}/files/{files[1].pk}/", f"/reviews/{review.pk}/calibration/",
    ):  # fmt: skip
        page.goto(url)
        assert axe(page) == [], url
        assert fits(page), url
