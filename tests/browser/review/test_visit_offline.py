"""A visitor's telephone loses the line: what was recorded stays, survives a reload, and arrives once the line is back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NARROW, SignIn
from tests.people import World
from tests.visits import claim, commissioned, note, picture, seen
from tidui.review.actions import visits as actions
from tidui.review.models import Claim, Photo, Record, Visit

pytestmark = pytest.mark.django_db(transaction=True)

STATE = "[data-state]"
#: Waits until the service worker has what the page needs.
KEPT = """async (path) => {
    const whole = async () => {
        const cache = await caches.open("tidui-visits-1");
        const icons = (await cache.keys()).some((one) => one.url.includes("icons"));
        return icons && Boolean(await cache.match(path)) && Boolean(navigator.serviceWorker.controller);
    };
    while (!await whole()) await new Promise((done) => { setTimeout(done, 50); });
}"""
#: Waits until every photograph that waits in the device has its place.
PLACED = """async (visit) => {
    const placed = async () => (await tiduiVisits.all("photos", visit)).every((one) => one.latitude);
    while (!await placed()) await new Promise((done) => { setTimeout(done, 50); });
}"""


def shot(page: Page, name: str) -> None:
    """A picture to look at, where one is asked for."""
    folder = os.environ.get("LOOK")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def opened(page: Page, visit: Visit) -> None:
    """The page of a visit, with its copy in the device."""
    page.goto(f"/visits/{visit.pk}/field/")
    expect(page.locator(STATE)).to_have_text("全部已同步")
    page.evaluate(KEPT, f"/visits/{visit.pk}/field/")


def record(page: Page, at: Claim, outcome: str, found: str = "", words: str = "") -> None:
    """Open a claim and say what was found of it."""
    card = page.locator(f"[data-claim='{at.pk}']")
    if not card.evaluate("one => one.open"):
        card.locator("summary").click()
    card.get_by_label(outcome, exact=True).check()
    if outcome == "属实":
        return
    if found:
        card.locator("[name=found]").fill(found)
    card.get_by_label("说明").fill(words)
    card.get_by_role("button", name="保存").click()


def test_three_claims_and_a_photograph_recorded_without_a_line_arrive_when_it_is_back(
    world: World, sign_in: SignIn
) -> None:
    _batch, [visit], institution = commissioned(world)
    page = sign_in(institution.first, viewport=NARROW, permissions=["geolocation"],
                   geolocation={"latitude": 36.06138, "longitude": 103.83417})  # fmt: skip
    opened(page, visit)
    shot(page, "field")
    staff, people, machine = claim(visit, "st_staff"), claim(visit, "employees"), claim(visit, "t.equipment")
    page.context.set_offline(True)
    record(page, staff, "不符", "30", "社保名单")
    record(page, people, "属实")
    record(page, machine, "未能核实", words="设备外借")
    card = page.locator(f"[data-claim='{machine.pk}']")
    card.locator("input[type=file]").set_input_files(
        {"name": "machine.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(page.locator(STATE)).to_contain_text("没有网络，4 条待同步")
    shot(page, "offline")
    page.evaluate(PLACED, visit.pk)
    assert Record.objects.count() == 0
    page.reload()
    expect(page.locator(STATE)).to_contain_text("没有网络，4 条待同步")
    expect(page.locator(f"[data-claim='{staff.pk}'] [data-outcome]")).to_have_text("不符 · 待同步")
    expect(page.locator(f"[data-claim='{staff.pk}'] [name=found]")).to_have_value("30")
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_have_text("全部已同步")
    shot(page, "synced")
    held = {one.key: one for one in visit.claims.all()}
    assert (held[staff.key].outcome, held[staff.key].found, held[staff.key].note) == ("differs", "30", "社保名单")
    assert held[people.key].outcome == "confirmed" and held[machine.key].note == "设备外借"
    photo = Photo.objects.get()
    assert photo.claim_id == machine.pk and round(float(photo.latitude or 0), 4) == 36.0614
    assert Record.objects.count() == 3
    page.reload()
    expect(page.locator(f"[data-claim='{staff.pk}'] [data-outcome]")).to_have_text("不符")


def test_a_page_that_was_just_opened_does_not_say_that_all_has_arrived_before_it_has_asked(
    world: World, sign_in: SignIn
) -> None:
    _batch, [visit], institution = commissioned(world)
    page = sign_in(institution.first, viewport=NARROW)
    asked: list[Route] = []
    page.route("**/session/", lambda route: asked.append(route))
    said: list[str] = []
    page.expose_function("heard", lambda words: said.append(words))
    page.add_init_script("""document.addEventListener("DOMContentLoaded", () => {
        const state = document.querySelector("[data-state]");
        new MutationObserver(() => heard(state.textContent)).observe(state, {childList: true});
    });""")
    with page.expect_request("**/session/"):
        page.goto(f"/visits/{visit.pk}/field/")
    expect(page.locator(STATE)).to_have_text("正在核对")
    assert set(said) == {"正在核对"}
    asked.pop().continue_()
    expect(page.locator(STATE)).to_have_text("全部已同步")


def test_a_photograph_is_not_sent_before_its_place_is_known(world: World, sign_in: SignIn) -> None:
    _batch, [visit], institution = commissioned(world)
    page = sign_in(institution.first, viewport=NARROW)
    page.add_init_script("""navigator.geolocation.getCurrentPosition = (found) => {
        window.locate = () => found({coords: {latitude: 36.06138, longitude: 103.83417, accuracy: 5}});
    };""")
    opened(page, visit)
    card = page.locator(f"[data-claim='{claim(visit, 't.equipment').pk}']")
    card.locator("summary").click()
    card.locator("input[type=file]").set_input_files(
        {"name": "machine.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.wait_for_function("() => window.locate")
    record(page, claim(visit, "st_staff"), "不符", "30")
    expect(page.locator(f"[data-claim='{claim(visit, 'st_staff').pk}'] [data-outcome]")).to_have_text("不符")
    expect(page.locator(STATE)).to_have_text("1 条待同步")
    assert Record.objects.count() == 1 and not Photo.objects.exists()
    page.evaluate("locate()")
    expect(page.locator(STATE)).to_have_text("全部已同步")
    assert round(float(Photo.objects.get().latitude or 0), 4) == 36.0614


def test_a_session_that_ends_in_between_loses_nothing(world: World, sign_in: SignIn) -> None:
    _batch, [visit], institution = commissioned(world)
    page = sign_in(institution.first, viewport=NARROW)
    opened(page, visit)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    record(page, claim(visit, "st_staff"), "不符", "30")
    expect(page.locator(STATE)).to_contain_text("登录已失效，1 条待同步")
    expect(page.get_by_role("link", name="重新登录")).to_be_visible()
    shot(page, "signed-out")
    assert Record.objects.count() == 0
    page.reload()  # the copy is not shown in place of the way to sign in, and what was recorded is still there
    assert "sign-in" in page.url
    page.context.add_cookies(cookies)
    page.goto(f"/visits/{visit.pk}/field/")
    expect(page.locator(STATE)).to_have_text("全部已同步")
    assert Record.objects.get().found == "30"


def test_what_two_visitors_saw_stands_side_by_side_and_one_chooses(world: World, sign_in: SignIn) -> None:
    _batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")
    page = sign_in(institution.first, viewport=NARROW)
    opened(page, visit)
    page.context.set_offline(True)
    record(page, staff, "不符", "30")
    note(visit, staff, "differs", by=institution.second, found="29", device="other")
    page.context.set_offline(False)
    card = page.locator(f"[data-claim='{staff.pk}']")
    expect(card.locator("[data-slot=other]")).to_contain_text("30")
    expect(card.locator("[data-slot=standing]")).to_contain_text("29")
    shot(page, "conflict")
    card.get_by_role("button", name="采用这一条").last.click()
    expect(page.locator(STATE)).to_have_text("全部已同步")
    assert Claim.objects.get(pk=staff.pk).found == "30" and Record.objects.filter(state="settled").count() == 1


def test_an_answer_that_was_lost_on_the_way_makes_no_second_record(world: World, sign_in: SignIn) -> None:
    _batch, [visit], institution = commissioned(world)
    page = sign_in(institution.first, viewport=NARROW)
    opened(page, visit)

    def lose(route: Any) -> None:
        route.fetch()  # the server has it, the device never hears
        route.abort()

    page.route("**/sync/", lose)
    record(page, claim(visit, "st_staff"), "不符", "30")
    expect(page.locator(STATE)).to_contain_text("没有网络，1 条待同步")
    page.unroute("**/sync/")
    page.get_by_role("button", name="立即同步").click()
    expect(page.locator(STATE)).to_have_text("全部已同步")
    assert Record.objects.get().found == "30" and Claim.objects.get(pk=claim(visit, "st_staff").pk).version == 1


def test_what_the_device_held_is_removed_once_the_report_is_in(world: World, sign_in: SignIn) -> None:
    _batch, [visit], institution = commissioned(world)
    page = sign_in(institution.first, viewport=NARROW)
    opened(page, visit)
    seen(visit, institution.first)
    actions.report(visit=visit, opinion="属实", by=institution.first, at=timezone.now())
    page.goto(f"/visits/{visit.pk}/")
    expect(page.locator("[data-swept]")).to_have_text("报告已提交，本机保存的这次考察数据已清除。")
    left = page.evaluate("""async () => [
        (await tiduiVisits.whole("claims")).length,
        (await (await caches.open("tidui-visits-1")).keys()).filter((one) => /visits\\/\\d+\\/field/.test(one.url)).length,
    ]""")  # fmt: skip
    assert left == [0, 0]


def test_axe_finds_nothing_and_nothing_is_too_wide(world: World, sign_in: SignIn, axe: Any) -> None:
    batch, [visit, other], institution = commissioned(world, 2)
    staff = claim(visit, "st_staff")
    note(visit, staff, "differs", by=institution.first, found="30", base=0, device="a")
    note(visit, staff, "differs", by=institution.second, found="29", base=0, device="b")
    page = sign_in(institution.first, viewport=NARROW)
    faults = []
    for address in ("/visits/", "/visits/field/", f"/visits/{visit.pk}/", f"/visits/{visit.pk}/field/"):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details.field-claim').forEach((one) => { one.open = true; })")
        faults += [f"{address} {fault}" for fault in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{address} is too wide")
        shot(page, f"page{address.replace('/', '-')}")
    seen(other, institution.first)
    actions.report(visit=other, opinion="属实", by=institution.first, at=timezone.now())
    office = sign_in(world.department_officer, viewport=NARROW)
    for address in (f"/visits/{other.pk}/", f"/visits/batches/{batch.pk}/", "/visits/commissions/"):
        office.goto(address)
        faults += [f"{address} {fault}" for fault in axe(office)]
        shot(office, f"page{address.replace('/', '-')}")
    assert faults == []
