"""From the call to a certificate that anyone can verify, every role at its pages: 160 apply, 123 are recognised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.review.at_pages import People, Wall, go
from tests.browser.review.browsed import HERSELF, Browsed, Renewed, command
from tests.integration.rehearsal import provincial as script
from tests.integration.rehearsal.provincial import RECOGNISED, YEAR, moment
from tests.integration.rehearsal.renewing import AGAIN
from tests.integration.rehearsal.renewing import moment as day
from tests.people import make_world
from tidui.casework import invariants
from tidui.figures import counting
from tidui.recognition.models import Recognition

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def wall(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Wall:
    """The clock of the server, some weeks before the year begins."""
    return Wall(moment(2, 1)).hang(monkeypatch)


def test_from_the_call_to_a_certificate_that_anyone_can_verify(
    wall: Wall, sign_in: SignIn, visitor: SignIn, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    public = visitor()
    year = Browsed(
        make_world(), people=People(sign_in, wall), wall=wall, visitor_of_the_public=public, folder=tmp_path
    )
    year.play()

    found = counting.totals(year.world.department_officer, "provincial", YEAR)
    assert {name: found[name] for name in script.counted()} == script.counted()
    assert Recognition.objects.filter(revoked_on=None).count() == RECOGNISED - 1
    assert [str(one) for one in invariants.broken()] == []

    held = Recognition.objects.get(application=year.applications[HERSELF])
    taken = Recognition.objects.exclude(revoked_on=None).get()
    for one, word in ((held, "当日有效"), (taken, "当日已被撤销")):
        go(public, f"/verify/?number={one.number}")
        expect(public.locator("main")).to_contain_text(one.organisation.name)
        expect(public.locator("main")).to_contain_text(word)

    for name in ("keys", "revocations"):
        (tmp_path / f"{name}.json").write_bytes(public.request.get(f"/open/{name}.json").body())
    offline = ["--keys", str(tmp_path / "keys.json"), "--on", f"{YEAR}-10-01"]
    alone = command("verify", str(tmp_path / "mine.pdf"), *offline)
    assert alone.returncode == 0 and held.organisation.name in alone.stdout and "撤销" in alone.stdout
    offline += ["--revocations", str(tmp_path / "revocations.json")]
    assert command("verify", str(tmp_path / "mine.pdf"), *offline).returncode == 0
    assert command("verify", str(tmp_path / "taken.pdf"), *offline).returncode == 1

    again = Renewed(year).play()
    wall.to(day(AGAIN, 12, 1))
    go(public, f"/verify/?number={again.second.number}")
    expect(public.locator("main")).to_contain_text(again.second.organisation.name)
    expect(public.locator("main")).to_contain_text("当日有效")
