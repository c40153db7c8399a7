"""Everybody of a year at their own browser, while the wall clock of the server goes through the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Response, expect

from tests.browser.casework.test_applying_browser import enter
from tidui.accounts.models import User
from tidui.kit import jobs

SignIn = Callable[..., Page]


@dataclass
class Wall:
    """The clock of this process: server, jobs and script alike; it is set, and stands."""

    moment: dt.datetime

    def hang(self, monkeypatch: pytest.MonkeyPatch) -> Wall:
        """From now on the server looks here."""
        monkeypatch.setattr(timezone, "now", lambda: self.moment)
        return self

    def to(self, moment: dt.datetime) -> None:
        """Set it; never back."""
        assert moment >= self.moment, f"{moment} is before {self.moment}"
        self.moment = moment


@dataclass
class People:
    """Pages of people; one signs in anew on another day, as sessions end."""

    sign_in: SignIn
    wall: Wall
    pages: dict[int, tuple[dt.date, Page]] = field(default_factory=dict)

    def of(self, user: User, **options: Any) -> Page:
        """The page of this person today."""
        today, held = self.wall.moment.date(), self.pages.get(user.pk)
        if held is not None and held[0] == today:
            return held[1]
        if held is not None:
            held[1].context.close()
        page = self.sign_in(user, **options)
        self.pages[user.pk] = (today, page)
        return page

    def all_done(self) -> None:
        """Everybody leaves."""
        for _day, page in self.pages.values():
            page.context.close()
        self.pages.clear()


def go(page: Page, url: str) -> Page:
    """Open an address that must be there; the page of a job that looks again by itself may come in between."""
    answer = page.goto(url) or page.goto(url)
    assert isinstance(answer, Response) and answer.status == 200, f"{url}: {answer and answer.status}"
    return page


def press(page: Page, name: str) -> None:
    """Press a button or a link of the page's own part, wait for what comes, let the worker work; "": the form's first."""
    main = page.locator("main")
    if not name:
        name = main.locator("form").get_by_role("button").first.inner_text()
    both = main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True))
    there = main.get_by_role("button").or_(main.get_by_role("link"))
    page.wait_for_load_state()  # of a page that has only just begun to come
    assert both.count(), f"{page.url}: no {name} among {there.all_inner_texts()}"
    both.first.click()
    page.wait_for_load_state()
    jobs.work_off()


def send(page: Page, url: str, button: str, *, told: str = "", **fields: str) -> None:
    """Fill a form in and send it; no fault is shown, and the page says what is expected."""
    go(page, url)
    for name, value in fields.items():
        enter(page, name, value)
    press(page, button)
    faults = page.locator("main [aria-invalid=true], main .alert-danger").all_inner_texts()
    assert faults == [], f"{url}: {faults} {page.locator('main').inner_text()[:600]}"
    if told:
        expect(page.locator("body")).to_contain_text(told)


def in_bulk(page: Page, url: str, keys: list[int], move: str, reason: str = "") -> None:
    """Tick applications on the desk, look at the preview, decide on all of them."""
    go(page, url)
    for key in keys:
        page.locator(f'input[name="ids"][value="{key}"]').check()
    page.locator('[name="action"]').first.click()
    page.wait_for_load_state()
    page.locator('[name="move"]').first.select_option(move)
    press(page, "更新预览")
    if reason:
        page.locator('[name="reason"]').fill(reason)
    page.locator("main form").last.get_by_role("button").first.click()
    page.wait_for_load_state()
    jobs.work_off()
