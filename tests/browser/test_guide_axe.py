"""axe finds nothing on any page of the site, in the light and in the dark, whoever looks at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import walk
from tests.browser.conftest import AXE, COLOURS, SignIn
from tests.browser.guide import drawn, settled_garden
from tests.people import make_world

#: Who looks: together they see every template.
LOOKERS = ("clerk_b", "department_officer", "department_administrator", "inspector")
#: The rules that the site promises, all of them: WCAG 2.1 A and AA and what axe calls good practice.
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
FIND = """async (rules) => (await axe.run(document, {resultTypes: ['violations'], runOnly: rules})).violations
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}`))"""


@pytest.fixture
def garden(settings: Any, tmp_path: Path, transactional_db: None) -> walk.Garden:
    """The world with what all apps plant."""
    settings.MEDIA_ROOT = tmp_path
    return settled_garden(make_world())


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it is, and what it finds of its colours in the dark."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(FIND, RULES)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # no colour is looked at on its way to another
    found += [f"in the dark: {one}" for one in page.evaluate(FIND, COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def test_axe_finds_nothing_on_any_template(garden: walk.Garden, sign_in: SignIn, visitor: SignIn) -> None:
    found: list[str] = []
    seen: set[str] = set()
    for who in ("", *LOOKERS):
        user = getattr(garden.world, who) if who else None
        page = sign_in(user) if user else visitor()
        for url, templates in drawn(garden, user):
            if templates <= seen:
                continue
            seen |= templates
            page.goto(url)
            found += [f"{who or 'visitor'} {url}: {fault}" for fault in faults(page)]

    assert len(seen) > 80, f"the walk reached {len(seen)} templates only"
    assert not found, "\n".join(found)
