"""Who does not review what: every ground, in bulk, and what a recusal takes away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.people import World, make_member
from tests.review import at_stage, make_experts

from tidui.accounts.enums import Role
from tidui.casework.models import Application
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.visibility import visible_to
from tidui.review import recusing
from tidui.review.actions import experts as actions
from tidui.review.enums import RecusalKind, SeatState, SheetState, TieKind, TieSource
from tidui.review.models import Absence, Draw, Expert, File, Group, Recusal, Review, Seat, Sheet, Tie

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(world: World) -> list[Application]:
    """Two applications at the review: 甘肃试验000科技有限公司 and 甘肃试验001科技有限公司."""
    return at_stage(world, "review", 2)[1]


@pytest.fixture
def expert(world: World) -> Expert:
    return make_experts(world, 1)[0]


def _kinds(rows: list[Application], expert: Expert) -> list[RecusalKind | None]:
    found = recusing.recusals_of(rows, [Expert.objects.get(pk=expert.pk)], clock.today())
    return [found.get((one.pk, expert.pk)) for one in rows]


def _tie(world: World, expert: Expert, kind: str, name: str, **more: Any) -> Tie:
    return Tie.objects.create(
        expert=expert, kind=kind, name=name, source=TieSource.DEPARTMENT, recorded_by=world.department_officer,
        recorded_at=timezone.now(), **more,
    )  # fmt: skip


def _answered(application: Application, **answers: str) -> None:
    newest = application.submissions.latest("number")
    type(newest).objects.filter(pk=newest.pk).update(answers={**newest.answers, **answers})


def test_an_expert_whom_nothing_ties_to_an_applicant_reviews_it(rows: list[Application], expert: Expert) -> None:
    assert _kinds(rows, expert) == [None, None]


@pytest.mark.parametrize(
    "employer", ["甘肃试验000科技有限公司", "甘肃试验０００科技有限责任公司", "甘肃（试验000）科技股份有限公司"]
)
def test_the_employer_does_not_get_reviewed(rows: list[Application], expert: Expert, employer: str) -> None:
    Expert.objects.filter(pk=expert.pk).update(employer=employer)
    assert _kinds(rows, expert) == [RecusalKind.EMPLOYER, None]


def test_the_employer_is_known_by_its_credit_code(rows: list[Application], expert: Expert) -> None:
    Expert.objects.filter(pk=expert.pk).update(employer="改了名的单位", employer_uscc=rows[1].organisation.uscc)
    assert _kinds(rows, expert) == [None, RecusalKind.EMPLOYER]


def test_an_applicant_is_known_by_the_name_that_it_had(world: World, rows: list[Application], expert: Expert) -> None:
    rows[0].organisation.states.update(name="旧名仪器有限公司")
    Expert.objects.filter(pk=expert.pk).update(employer="旧名仪器有限公司")
    assert _kinds(rows, expert) == [RecusalKind.EMPLOYER, None]


@pytest.mark.parametrize(("ago", "kind"), [(1, RecusalKind.FORMER), (3 * 365 - 2, RecusalKind.FORMER), (3 * 366 + 2, None)])
def test_a_former_employer_counts_for_the_years_of_the_parameter(
    world: World, rows: list[Application], expert: Expert, ago: int, kind: RecusalKind | None
) -> None:
    until = clock.today() - dt.timedelta(days=ago)
    _tie(world, expert, TieKind.FORMER, rows[0].organisation.name, until=until)
    assert _kinds(rows, expert) == [kind, None]


def test_a_former_employer_whose_end_is_not_known_counts(world: World, rows: list[Application], expert: Expert) -> None:
    _tie(world, expert, TieKind.FORMER, "写法不同的名称", organisation=rows[0].organisation)
    assert _kinds(rows, expert) == [RecusalKind.FORMER, None]


def test_an_employment_that_is_over_is_a_former_one(world: World, rows: list[Application], expert: Expert) -> None:
    until = clock.today() - dt.timedelta(days=30)
    _tie(world, expert, TieKind.EMPLOYER, rows[0].organisation.name, until=until)
    assert _kinds(rows, expert) == [RecusalKind.FORMER, None]


@pytest.mark.parametrize("kind", [TieKind.ADVISER, TieKind.MENTOR, TieKind.KIN, TieKind.OTHER, TieKind.OFFICER])
def test_every_kind_of_tie_keeps_away(world: World, rows: list[Application], expert: Expert, kind: str) -> None:
    _tie(world, expert, kind, "另一种写法", uscc=rows[1].organisation.uscc or "")
    assert _kinds(rows, expert) == [None, kind]


def test_a_tie_that_was_removed_keeps_nobody_away(world: World, rows: list[Application], expert: Expert) -> None:
    _tie(world, expert, TieKind.KIN, rows[0].organisation.name, removed_at=timezone.now())
    assert _kinds(rows, expert) == [None, None]


@pytest.mark.parametrize("line", ["技专家00", "董事：技专家00", "王某\n技专家00（监事）"])
def test_an_officer_of_the_applicant_does_not_review_it(rows: list[Application], expert: Expert, line: str) -> None:
    _answered(rows[0], officers=line)
    assert _kinds(rows, expert) == [RecusalKind.OFFICER, None]


def test_an_owner_in_which_the_expert_is_an_officer_ties_them_to_the_applicant(
    world: World, rows: list[Application], expert: Expert
) -> None:
    _answered(rows[1], officers="法定代表人 王某\n股东：甘肃陇上投资有限公司 60%")
    _tie(world, expert, TieKind.OFFICER, "甘肃陇上投资（有限责任公司）")
    assert _kinds(rows, expert) == [None, RecusalKind.OFFICER]


def test_an_owner_that_employs_the_expert_ties_them_to_the_applicant(rows: list[Application], expert: Expert) -> None:
    _answered(rows[1], officers="股东：远方大学00")
    assert _kinds(rows, expert) == [None, RecusalKind.OFFICER]


@pytest.mark.parametrize("line", ["技专家00", "技专家00 远方大学00", "技专家00，远方大学", "技专家00远方大学00"])
def test_whom_the_applicant_names_is_kept_away(rows: list[Application], expert: Expert, line: str) -> None:
    _answered(rows[1], avoid=line)
    assert _kinds(rows, expert) == [None, RecusalKind.NAMED]


def test_only_the_newest_submission_names_somebody(rows: list[Application], expert: Expert) -> None:
    newest = rows[0].submissions.latest("number")
    _answered(rows[0], avoid="技专家00")
    newest.pk, newest.number = None, newest.number + 1
    newest.save()
    assert _kinds(rows, expert) == [None, None]


def test_whose_account_acts_for_an_applicant_does_not_review_it(rows: list[Application], expert: Expert) -> None:
    assert expert.user is not None
    held = make_member(expert.user, rows[0].organisation, Role.READER)
    assert _kinds(rows, expert) == [RecusalKind.EMPLOYER, None]
    held.until = timezone.now() - dt.timedelta(days=10)
    held.save()
    assert _kinds(rows, expert) == [RecusalKind.FORMER, None]


def test_the_first_ground_in_the_order_is_named(rows: list[Application], expert: Expert) -> None:
    Expert.objects.filter(pk=expert.pk).update(employer=rows[0].organisation.name)
    _answered(rows[0], avoid="技专家00")
    assert _kinds(rows, expert) == [RecusalKind.EMPLOYER, None]


def test_a_recorded_recusal_counts_until_it_is_lifted(world: World, rows: list[Application], expert: Expert) -> None:
    made = recusing.recuse(
        expert=expert, application=rows[0], by=world.department_officer, at=timezone.now(), note="合作论文"
    )
    assert _kinds(rows, expert) == [RecusalKind.FOUND, None]
    recusing.lift(recusal=made, by=world.department_officer, at=timezone.now(), reason="同名同姓")
    assert _kinds(rows, expert) == [None, None]


def test_any_number_of_experts_and_applications_costs_the_same_queries(world: World) -> None:
    _batch, rows = at_stage(world, "review", 3)
    people = make_experts(world, 3)
    for expert in people:
        _tie(world, expert, TieKind.ADVISER, rows[0].organisation.name)
    counts = []
    for some, those in ((rows[:1], people[:1]), (rows, people)):
        with CaptureQueriesContext(connection) as told:
            recusing.recusals_of(some, those, clock.today())
        counts.append(len([one for one in told if "parametervalue" not in one["sql"] and "stamp" not in one["sql"]]))
    # one fewer on PostgreSQL
    assert counts[0] == counts[1] <= 6


# ---------------------------------------------------------------------- who may be drawn
def test_only_who_is_confirmed_in_term_affirmed_and_there_may_be_drawn(world: World) -> None:
    people = make_experts(world, 7)
    today = clock.today()
    changed: list[dict[str, Any]] = [
        {"state": "paused"}, {"until": today - dt.timedelta(days=1)}, {"since": today + dt.timedelta(days=1)},
        {"affirmed_on": today - dt.timedelta(days=366)}, {"user": None},
    ]  # fmt: skip
    for expert, change in zip(people, changed, strict=False):
        Expert.objects.filter(pk=expert.pk).update(**change)
    Absence.objects.create(expert=people[5], since=today, until=today)
    assert list(recusing.suitable_experts(today)) == [people[6]]


def test_who_is_away_later_is_left_out_where_the_review_lasts_until_then(world: World) -> None:
    expert = make_experts(world, 1)[0]
    today = clock.today()
    later = today + dt.timedelta(days=5)
    Absence.objects.create(expert=expert, since=later, until=later)
    assert recusing.suitable_experts(today).count() == 1
    assert recusing.suitable_experts(today, until=later).count() == 0


# ---------------------------------------------------------------------- taking somebody off
@pytest.fixture
def seat(world: World, rows: list[Application], expert: Expert) -> Seat:
    """The expert sits in a group of both applications and has a signed sheet of the first."""
    now = timezone.now()
    review = Review.objects.create(
        batch=rows[0].batch, scheme="provincial-2024", state="reviewing", made_by=world.department_officer, made_at=now
    )
    group = Group.objects.create(review=review, number=1, title="第一组")
    files = [
        File.objects.create(review=review, application=one, group=group, code=f"F{number}")
        for number, one in enumerate(rows)
    ]
    draw = Draw.objects.create(
        review=review, number=1, public_source="体彩", public_on=clock.today(), made_by=world.department_officer, made_at=now
    )
    made = Seat.objects.create(
        review=review, group=group, expert=expert, kind="technical", draw=draw, called_at=now, state=SeatState.ACCEPTED
    )
    Sheet.objects.create(
        file=files[0], seat=made, expert=expert, kind="technical", state=SheetState.SIGNED, total=80, declared_at=now,
        signed_at=now, digest="0" * 64,
    )  # fmt: skip
    Sheet.objects.create(file=files[1], seat=made, expert=expert, kind="technical")
    return made


def test_who_declares_is_off_that_file_and_keeps_the_other(rows: list[Application], expert: Expert, seat: Seat) -> None:
    assert expert.user is not None
    made = recusing.declare(seat=seat, application=rows[1], by=expert.user, at=timezone.now(), note="师生关系")
    assert made.kind == RecusalKind.DECLARED
    seat.refresh_from_db()
    assert seat.state == SeatState.ACCEPTED
    assert [one.state for one in seat.sheets.order_by("file")] == [SheetState.SIGNED, SheetState.VOID]
    assert list(visible_to(expert.user, File)) == [File.objects.get(application=rows[0])]


def test_a_seat_of_which_no_file_is_left_is_given_up(
    world: World, rows: list[Application], expert: Expert, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(recusing, "_LISTENERS", [lambda one, application, at: told.append((one.pk, application.pk))])
    for one in rows:
        recusing.recuse(
            expert=expert, application=one, by=world.department_officer, at=timezone.now(), note="任顾问"
        )
    seat.refresh_from_db()
    assert seat.state == SeatState.RECUSED and seat.reason
    assert {one.state for one in seat.sheets.all()} == {SheetState.VOID}
    assert told == [(seat.pk, rows[0].pk), (seat.pk, rows[1].pk)]


def test_the_same_recusal_is_written_once(world: World, rows: list[Application], expert: Expert) -> None:
    for _time in range(2):
        recusing.recuse(expert=expert, application=rows[0], by=world.department_officer, at=timezone.now(), note="顾问")
    assert Recusal.objects.count() == 1


def test_a_tie_that_becomes_known_late_takes_the_expert_off_at_once(
    world: World, rows: list[Application], expert: Expert, seat: Seat
) -> None:
    actions.add_tie(
        expert=expert, kind=TieKind.ADVISER, name=rows[0].organisation.name, by=world.department_officer, at=timezone.now()
    )
    found = Recusal.objects.get()
    assert (found.application_id, found.kind) == (rows[0].pk, RecusalKind.ADVISER)
    assert seat.sheets.get(file__application=rows[0]).state == SheetState.VOID
    assert seat.sheets.get(file__application=rows[1]).state == SheetState.DRAFT


def test_a_new_employer_takes_the_expert_off_and_leaves_the_old_one_as_a_tie(
    world: World, rows: list[Application], expert: Expert, seat: Seat
) -> None:
    assert expert.user is not None
    said = {name: getattr(expert, name) for name in actions.WRITTEN}
    actions.change(
        expert=expert, said={**said, "employer": rows[1].organisation.name}, fields=["803"], by=expert.user,
        at=timezone.now(), seen=expert.version,
    )  # fmt: skip
    assert Recusal.objects.get().application_id == rows[1].pk
    assert Tie.objects.get().name == "远方大学00"


def test_only_the_seated_expert_declares_and_only_for_files_of_the_seat(
    world: World, rows: list[Application], expert: Expert, seat: Seat
) -> None:
    other = make_experts(world, 1, prefix="别")[0]
    assert other.user is not None and expert.user is not None
    with pytest.raises(NotAllowed):
        recusing.declare(seat=seat, application=rows[0], by=other.user, at=timezone.now())
    stranger = at_stage(world, "review", 1)[1][0]
    with pytest.raises(NotAllowed):
        recusing.declare(seat=seat, application=stranger, by=expert.user, at=timezone.now())
    with pytest.raises(NotAllowed):
        recusing.recuse(expert=expert, application=rows[0], by=world.county_officer, at=timezone.now(), note="x")
    assert not Recusal.objects.exists()


def test_whom_an_applicant_named_is_shown_to_the_department_only(
    world: World, rows: list[Application], expert: Expert
) -> None:
    recusing.recuse(expert=expert, application=rows[0], by=world.department_officer, at=timezone.now(), note="x")
    assert expert.user is not None
    for person in (expert.user, world.county_officer, world.clerk_a, world.stranger):
        assert not visible_to(person, Recusal).exists()
