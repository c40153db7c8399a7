"""Figures in a browser: charts are drawn, each number opens to its records, nothing is too wide for a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Axe, Screenshot, SignIn
from tests.integration.figures.test_figures import YEAR, year_of
from tests.people import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_a_year_is_drawn_and_its_numbers_open(sign_in: SignIn, world: World, screenshot: Screenshot) -> None:
    year_of(world)
    page = sign_in(world.department_officer)
    page.goto(f"/figures/tech-sme/{YEAR}/")
    expect(page.locator("[data-figure=submitted]")).to_have_text("5")
    expect(page.locator("canvas, svg.chart, .chart svg").first).to_be_visible()
    screenshot(page, "figures")
    page.locator("[data-figure=submitted]").click()
    expect(page.locator("tbody tr")).to_have_count(5)


def test_a_table_by_place_is_accessible_and_fits_a_telephone(sign_in: SignIn, world: World, axe: Axe) -> None:
    year_of(world)
    page = sign_in(world.department_officer, viewport=NARROW)
    for name in ("prefecture", "reason"):
        page.goto(f"/figures/tech-sme/{YEAR}/by/{name}/")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
