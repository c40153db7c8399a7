"""Calendar, divisions and parameters: changed by the department's administrator, dated, seen by every process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from tests.people import World

from tidui.codes import divisions as codes
from tidui.kit import access, clock, divisions, parameters, stamp
from tidui.kit import calendar as workdays
from tidui.kit.models import ParameterValue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_parameter() -> Iterator[None]:
    """A parameter that only these tests know; and no change to the divisions outlives a test."""
    before = dict(parameters._known)
    parameters.define("test.limit", "a limit", "int", 10, low=1, high=100)
    stamp.forget_all()
    yield
    parameters._known.clear()
    parameters._known.update(before)
    codes.use_changes(())
    stamp.forget_all()


def test_a_day_worked_for_a_holiday_counts(world: World) -> None:
    by, at = world.department_administrator, timezone.now()
    saturday = dt.date(2027, 2, 13)

    workdays.set_day(day=saturday, working=True, name="春节调休", by=by, at=at)

    assert workdays.calendar().is_working(saturday)
    assert workdays.calendar().is_provisional(saturday)
    workdays.announce(year=2027, document="国办发明电〔2026〕7号", by=by, at=at)
    assert not workdays.calendar().is_provisional(saturday)


def test_a_new_division_is_known_and_one_that_ended_leads_to_its_successor(world: World) -> None:
    by, at = world.department_administrator, timezone.now()
    day = clock.today()

    divisions.change(
        code="620125", zh="新城区", en="Xincheng", successor="", since=day, document="国函〔2026〕1号", by=by, at=at
    )
    divisions.change(
        code="620103", zh="", en="", successor="620125", since=day, document="国函〔2026〕1号", by=by, at=at
    )

    assert divisions.table()["620125"].zh == "新城区"
    assert "620103" not in divisions.table()
    assert codes.parse("新城区") == "620125" == codes.parse("620103")


def test_a_change_of_tomorrow_is_not_in_force_today(world: World) -> None:
    tomorrow = clock.today() + dt.timedelta(days=1)

    divisions.change(
        code="620125", zh="新城区", en="", successor="", since=tomorrow, document="国函〔2026〕1号",
        by=world.department_administrator, at=timezone.now(),
    )  # fmt: skip

    assert "620125" not in divisions.table()


@pytest.mark.parametrize(
    ("zh", "successor"), [("", ""), ("甲区", "620102"), ("", "620199"), ("", "620125")],
)  # fmt: skip
def test_a_change_names_a_division_or_ends_it_and_its_successor_exists(world: World, zh: str, successor: str) -> None:
    with pytest.raises(ValidationError):
        divisions.change(
            code="620125", zh=zh, en="", successor=successor, since=clock.today(), document="x",
            by=world.department_administrator, at=timezone.now(),
        )  # fmt: skip


def test_a_parameter_has_its_value_from_its_day_on_and_keeps_its_past(world: World) -> None:
    by, at = world.department_administrator, timezone.now()
    today = clock.day_of(at)
    later = today + dt.timedelta(days=7)

    parameters.set_value(name="test.limit", raw="20", since=today, reason="试行", by=by, at=at)
    parameters.set_value(name="test.limit", raw="30", since=later, reason="正式", by=by, at=at)

    days = (today - dt.timedelta(days=1), today, later - dt.timedelta(days=1), later)
    assert [parameters.get("test.limit", day) for day in days] == [10, 20, 20, 30]
    assert ParameterValue.objects.count() == 2


@pytest.mark.parametrize("raw", ["0", "101", "many", "", "１２。"])
def test_a_value_out_of_bounds_is_refused(world: World, raw: str) -> None:
    with pytest.raises(ValidationError):
        parameters.set_value(
            name="test.limit", raw=raw, since=clock.today(), reason="x",
            by=world.department_administrator, at=timezone.now(),
        )  # fmt: skip


def test_the_past_cannot_be_changed(world: World) -> None:
    with pytest.raises(ValidationError, match="已经过去"):
        parameters.set_value(
            name="test.limit", raw="20", since=clock.today() - dt.timedelta(days=1), reason="x",
            by=world.department_administrator, at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize("who", ["department_officer", "county_administrator", "administrator_a", "inspector"])
def test_only_the_departments_administrator_changes_reference_data(world: World, who: str) -> None:
    by, at = getattr(world, who), timezone.now()

    with pytest.raises(access.NotAllowed):
        parameters.set_value(name="test.limit", raw="20", since=clock.today(), reason="x", by=by, at=at)
    with pytest.raises(access.NotAllowed):
        workdays.set_day(day=clock.today(), working=True, name="x", by=by, at=at)
    assert ParameterValue.objects.count() == 0


def test_the_administrator_changes_them_on_the_pages(world: World, client: Client) -> None:
    client.force_login(world.department_administrator)
    today = str(clock.today())

    wrong = client.post("/administration/parameters/test.limit/", {"raw": "0", "since": today, "reason": "试行"})
    right = client.post("/administration/parameters/test.limit/", {"raw": "50", "since": today, "reason": "试行"})
    day = {"what": "day", "day": "2027-02-13", "working": "1", "name": "春节调休"}
    calendar = client.post("/calendar/2027/edit/", day)

    assert (wrong.status_code, right.status_code, calendar.status_code) == (422, 302, 302)
    assert parameters.get("test.limit") == 50
    assert "春节调休" in client.get("/calendar/2027/").content.decode()


def test_the_calendar_is_public_and_says_what_is_provisional(client: Client, db: None) -> None:
    assert "暂定" in client.get("/calendar/2027/").content.decode()
    assert "暂定" not in client.get("/calendar/2026/").content.decode()
    assert "248" in client.get("/calendar/2026/").content.decode()
    assert client.get("/calendar/1200/").status_code == 404
