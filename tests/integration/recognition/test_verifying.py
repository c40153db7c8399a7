"""The public asks whether a number is valid on a day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import World
from tidui.recognition import limiting, verifying
from tidui.recognition.models import Recognition
from tidui.recognition.verifying import Standing

pytestmark = pytest.mark.django_db

NUMBER = "202662010200000123"


def recognised(world: World, number: str = NUMBER, **changed: object) -> Recognition:
    """An announced number of enterprise `a`, valid from June to the end of 2026."""
    given = {
        "organisation": world.a, "programme": "tech-sme", "rung": "sme", "number": number, "year": 2026,
        "valid_from": dt.date(2026, 6, 10), "valid_until": dt.date(2026, 12, 31), "announced_at": timezone.now(),
        "recorded_by": world.department_officer, "recorded_at": timezone.now(), "document_number": "国科函〔2026〕3号",
    }  # fmt: skip
    return Recognition.objects.create(**{**given, **changed})


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        ("2026-06-09", Standing.NOT_YET), ("2026-06-10", Standing.VALID), ("2026-12-31", Standing.VALID),
        ("2027-01-01", Standing.EXPIRED),
    ],
)  # fmt: skip
def test_a_number_holds_from_its_first_to_its_last_day(world: World, day: str, standing: Standing) -> None:
    recognised(world)
    assert verifying.lookup(NUMBER, dt.date.fromisoformat(day)).standing is standing


@pytest.mark.parametrize(("day", "standing"), [("2026-08-31", Standing.VALID), ("2026-09-01", Standing.REVOKED)])
def test_a_revoked_number_held_until_the_day_before(world: World, day: str, standing: Standing) -> None:
    recognised(world, revoked_on=dt.date(2026, 9, 1))
    assert verifying.lookup(NUMBER, dt.date.fromisoformat(day)).standing is standing


def test_what_is_not_announced_yet_is_not_known(world: World) -> None:
    recognised(world, announced_at=None)
    answer = verifying.lookup(NUMBER, dt.date(2026, 7, 1))
    assert (answer.standing, answer.recognition) == (Standing.UNKNOWN, None)


def test_a_number_that_breaks_the_coding_rule_is_told_why(world: World) -> None:
    short = verifying.lookup("2026620102000001", dt.date(2026, 7, 1))
    assert short.standing is Standing.MALFORMED and "16" in str(short.faults[0])
    wrong = verifying.lookup("20266201020C000123"[:10] + "C0000123", dt.date(2026, 7, 1))
    assert wrong.standing is Standing.MALFORMED and len(wrong.faults) == 1


def test_the_page_answers_anybody_by_an_address_that_a_code_can_hold(world: World, client: Client) -> None:
    recognised(world)
    said = client.get("/verify/", {"number": " ２０２６６２０１０２００００01 23", "on": "2026-07-01"}).content.decode()
    assert "当日有效" in said and world.a.name in said and "国科函〔2026〕3号" in said
    unknown = client.get("/verify/", {"number": "202662010200000999"}).content.decode()
    assert "没有查到该编号" in unknown
    assert world.a.name not in unknown
    assert client.get("/verify/", {"number": NUMBER, "on": "2026-02-30"}).status_code == 422
    assert client.get("/verify/").status_code == 200


def test_a_known_and_an_unknown_number_cost_at_most_three_questions(world: World, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    recognised(world)
    recognised(world, number="202662010300000001", organisation=world.b)
    with django_assert_num_queries(3):
        verifying.lookup(NUMBER, dt.date(2026, 7, 1))
    with django_assert_num_queries(1):
        verifying.lookup("202662010200000999", dt.date(2026, 7, 1))


def test_nobody_tries_all_numbers(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "VERIFY", limiting.Limit("verify", 3, 10**9))
    answers = [client.get("/verify/", {"number": NUMBER}).status_code for _time in range(4)]
    assert answers == [200, 200, 200, 429]
    assert client.get("/verify/").status_code == 200
