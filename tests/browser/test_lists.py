"""Lists and uploads in a real browser: with and without a script, by keyboard, on a telephone, over a broken line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NARROW, WIDE, Axe, SignIn
from tidui.accounts.models import Organisation, User
from tidui.kit import files, search
from tidui.kit.models import StoredFile

pytestmark = [pytest.mark.urls("tests.integration.kit.list_site"), pytest.mark.journey]
BLOCK = b"% a line of padding that makes the file long enough to come in several pieces\n"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + BLOCK * 75_000 + b"trailer\n<</Size 1>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def officer(transactional_db: None) -> User:
    rows = [
        Organisation(kind="enterprise" if number % 3 else "county", name=f"兰州第{number:03d}厂", division="620102")
        for number in range(120)
    ]
    rows.append(Organisation(kind="enterprise", name="天水<b>&厂", division="620502", uscc="91620500MA71XYZ12A"))
    made = Organisation.objects.bulk_create(rows)
    search.index_many(Organisation, [(one.pk, one.name) for one in made])
    return User.objects.create_user("officer", name="经办人")


def first(page: Page) -> Any:
    return expect(page.locator("tbody th").first)


def test_everything_works_without_a_script(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer, java_script_enabled=False)
    page.goto("/list/")
    page.get_by_text("筛选", exact=True).click()
    page.get_by_label("县区科技局").check()
    page.get_by_label("区划").select_option("620100")
    page.get_by_role("button", name="应用筛选").click()
    expect(page.locator(".list-total")).to_have_text("共 40 条")
    page.get_by_role("link", name="名称").click()
    first(page).to_have_text("兰州第117厂")
    page.get_by_role("link", name="去掉条件：类别 县区科技局").click()
    expect(page.locator(".list-total")).to_have_text("共 120 条")
    page.get_by_role("link", name="下一页").click()
    first(page).to_have_text("兰州第069厂")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 Excel").click()
    assert download.value.suggested_filename.startswith("单位名册 ")


def test_with_a_script_only_the_list_is_exchanged_and_the_address_follows(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/list/")
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="名称").focus()
    page.keyboard.press("Enter")
    first(page).to_have_text("天水<b>&厂")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("名称")
    expect(page.get_by_role("link", name="名称")).to_be_focused()
    page.get_by_role("searchbox").fill("兰州 第00")
    page.keyboard.press("Enter")
    expect(page.locator(".list-total")).to_have_text("共 10 条")
    expect(page).to_have_url(re.compile(r"/list/\?sort=-name&q=%E5%85%B0%E5%B7%9E\+%E7%AC%AC00$"))
    assert page.evaluate("window.stayed")
    page.go_back()
    expect(page.locator(".list-total")).to_have_text("共 121 条")
    first(page).to_have_text("天水<b>&厂")


def test_the_panel_of_filters_closes_by_escape(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/list/")
    opener = page.locator(".list-filters > summary")
    opener.focus()
    page.keyboard.press("Enter")
    page.get_by_label("县区科技局").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("县区科技局")).to_be_hidden()
    expect(opener).to_be_focused()


def test_rows_are_ticked_all_at_once_and_worked_on_after_a_question(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/list/?q=兰州+第00")
    page.get_by_label("选择本页全部").check()
    expect(page.locator("[data-ticked]")).to_have_text("已选 10")
    page.get_by_label("选择 兰州第003厂").uncheck()
    expect(page.locator("[data-ticked]")).to_have_text("已选 9")
    page.get_by_role("button", name="停用").click()
    expect(page.get_by_text("对 9 条记录：停用后不能登录。")).to_be_visible()
    page.get_by_role("button", name="停用").click()
    expect(page.get_by_text("已停用 9 家")).to_be_visible()
    assert Organisation.objects.filter(active=False).count() == 9


def test_filters_are_kept_under_a_name(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/list/?kind=county")
    page.get_by_text("常用筛选").click()
    page.get_by_label("把现在的条件存为").fill("县局")
    page.get_by_role("button", name="保存").click()
    page.goto("/list/")
    page.get_by_text("常用筛选").click()
    page.get_by_role("link", name="县局").click()
    expect(page.locator(".list-total")).to_have_text("共 40 条")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(sign_in: SignIn, axe: Axe, officer: User, size: Any) -> None:
    page = sign_in(officer, viewport=size)
    for address in ("/list/?q=兰州&kind=county&page=x", "/list/?q=无此单位", "/list/?page=9", "/evidence/"):
        page.goto(address)
        if page.locator(".list-filters > summary").count():
            page.locator(".list-filters > summary").click()
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


# --------------------------------------------------------------------------------------------------- uploads
def choose(page: Page, data: bytes = PDF, name: str = "审计报告.pdf") -> None:
    page.get_by_label("材料").set_input_files([{"name": name, "mimeType": "application/pdf", "buffer": data}])


def sent(page: Page) -> StoredFile:
    page.wait_for_selector("body > pre, body:not(:has(*))")
    return StoredFile.objects.get(pk=int(page.inner_text("body")))


def test_a_large_file_goes_on_after_the_line_broke(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/evidence/")
    offsets: list[str] = []

    def piece(route: Route) -> None:
        offsets.append(route.request.url.rpartition("=")[2])
        # The second piece is cut off once before it leaves, and its answer is lost once after it arrived.
        if len(offsets) == 2:
            route.abort()
        elif len(offsets) == 3:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*/?offset=*", piece)
    page.get_by_label("名称").fill("甲")
    choose(page)
    expect(page.locator(".upload-status")).to_contain_text("已上传 审计报告.pdf")
    page.get_by_role("button", name="提交").click()
    stored = sent(page)
    assert stored.sha256 == hashlib.sha256(PDF).hexdigest() and stored.name == "审计报告.pdf"
    assert offsets == ["0", str(4 * files.MB), str(4 * files.MB), str(4 * files.MB)]


def test_a_form_that_is_sent_too_early_waits_for_its_file(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/evidence/")
    page.get_by_label("名称").fill("甲")
    held: list[Route] = []
    page.route("**/uploads/*/finish/", lambda route: held.append(route))
    with page.expect_request("**/uploads/*/finish/"):
        choose(page)
        page.get_by_role("button", name="提交").click()
    page.wait_for_timeout(300)
    assert page.url.endswith("/evidence/") and not StoredFile.objects.exists()
    held.pop().continue_()
    assert sent(page).size == len(PDF)


def test_a_refusal_of_the_server_is_shown_beside_the_field(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/evidence/")
    choose(page, b"MZ" + b"\x00" * 2 * files.MB)
    expect(page.locator(".upload-bad")).to_contain_text("文件内容与扩展名 .pdf 不符")
    choose(page, b"%PDF" + b"\x00" * 10 * files.MB)
    expect(page.locator(".upload-bad")).to_contain_text("文件过大")
    choose(page, PDF, "机密★.pdf")
    expect(page.locator(".upload-bad")).to_contain_text("线下报送")


def test_a_small_file_goes_with_its_form_and_survives_another_fields_fault(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer)
    page.goto("/evidence/")
    choose(page, PDF[:40] + b"\n%%EOF\n")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".upload-status")).to_contain_text("已收到 审计报告.pdf，不必再选")
    page.get_by_label("名称").fill("甲")
    page.get_by_role("button", name="提交").click()
    assert sent(page).name == "审计报告.pdf"


def test_without_a_script_a_large_file_goes_with_its_form(sign_in: SignIn, officer: User) -> None:
    page = sign_in(officer, java_script_enabled=False)
    page.goto("/evidence/")
    page.get_by_label("名称").fill("甲")
    choose(page)
    page.get_by_role("button", name="提交").click()
    assert sent(page).size == len(PDF)
