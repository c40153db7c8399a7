"""What lists of applications count and show is what is there: held against the same told row by row, in Python."""

from __future__ import annotations

import datetime as dt
import importlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.integration.recognition.noticing import batch_at_notice, objected, shown
from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts.enums import Role
from tidui.accounts.models import Delegation, Membership, Organisation, User
from tidui.casework import actions, desk
from tidui.casework.enums import DECIDED, ENDED, State, Turn
from tidui.casework.lists_calls import BATCHES
from tidui.casework.lists_desk import ALL, DESK, RETURNED, all_rows, returned_rows
from tidui.casework.models import Application, Batch, Step
from tidui.casework.queries import on_desk
from tidui.casework.views.batches import counts
from tidui.kit import clock, lists
from tidui.recognition import noticing

pytestmark = pytest.mark.django_db
STAGES = ("agency_check", "confirmation", "notice", "platform", "announcement")


@pytest.fixture
def mixed(world: World) -> list[Application]:
    """Applications of two calls in every state, at every stage, with everybody's turn; some were sent back."""
    chance, now = random.Random(7), timezone.now()
    batches = []
    for year in (2025, 2026):
        call = make_call(world)
        batches.append(
            Batch.objects.create(call=call, number=1, title=f"{year}年第一批", made_by=world.department_officer, made_at=now)
        )
    Batch.objects.create(call=call, number=2, title="空的", made_by=world.department_officer, made_at=now)
    enterprises = [
        make_organisation("enterprise", f"兰州第{number:02d}厂", ("620102", "620103")[number % 2], number=9_000 + number)
        for number in range(40)
    ]
    made = [
        _application(world, one, batch, chance, place, now)
        for place, (one, batch) in enumerate((one, batch) for batch in batches for one in enterprises)
    ]
    made = Application.objects.bulk_create(made)
    Step.objects.bulk_create(step for one in made for step in _steps(world, one, chance, now))
    for one in made:
        last = one.steps.order_by("-number").first()
        if one.state == State.CORRECTION and last is not None and last.to == "correction":
            Application.objects.filter(pk=one.pk).update(sent_back_by=last.by_unit)
    return list(Application.objects.order_by("pk"))


def _application(
    world: World, one: Organisation, batch: Batch, chance: random.Random, place: int, now: dt.datetime
) -> Application:
    state = chance.choice([*[State.ACTIVE] * 6, *[State.CORRECTION] * 4, *State])
    turn = chance.choice([one for one in Turn if one not in (Turn.NOBODY, Turn.APPLICANT)])
    ended, writing = state in ENDED, state in (State.DRAFT, State.CORRECTION)
    holder: Organisation | None = chance.choice([world.agency, world.department])
    sent = state != State.DRAFT
    return Application(
        call=batch.call, programme=batch.call.programme, organisation=one, agency=chance.choice([world.agency, None]),
        stage=chance.choice(STAGES), state=state,
        turn=Turn.NOBODY if ended else Turn.APPLICANT if writing else turn,
        holder=None if ended else one if writing else holder, batch=batch if sent and chance.random() < 0.5 else None,
        number=f"KX{place:08d}" if sent else None,
        due_on=None if ended or chance.random() < 0.2 else clock.today() + dt.timedelta(days=chance.randrange(-4, 5)),
        version=2 if sent else 0, verdict=chance.choice(["pass", "fail", "unknown", ""]), doubts=chance.randrange(3),
        begun_by=world.clerk_a, begun_at=now, submitted_at=now if sent else None, ended_at=now if ended else None,
        changed_at=now + dt.timedelta(minutes=chance.randrange(30)),
    )  # fmt: skip


def _steps(world: World, one: Application, chance: random.Random, now: dt.datetime) -> Iterator[Step]:
    """Sent back now, or sent back once and handed over since."""
    for number in range(1, one.version + 1):
        to = "correction" if one.state == State.CORRECTION and chance.random() < 0.7 else ""
        yield Step(
            application=one, number=number, stage=one.stage, move="x", to=to, by=world.agency_clerk, at=now,
            by_unit=chance.choice([world.agency, world.department]),
        )  # fmt: skip


@pytest.fixture
def several_roles(world: World) -> dict[str, User]:
    """People of one organisation, of two, and one who stands in for an absent colleague."""
    both = make_user("both", "兼职")
    make_member(both, world.agency, Role.CLERK)
    make_member(both, world.department, Role.OFFICER)
    deputy, now = make_user("deputy", "代班"), timezone.now()
    Delegation.objects.create(
        membership=Membership.objects.get(user=world.agency_clerk), to=deputy, since=now - dt.timedelta(hours=1),
        until=now + dt.timedelta(days=3), reason="出差", given_by=world.agency_clerk, given_at=now,
    )  # fmt: skip
    return {
        "agency": world.agency_clerk, "department": world.department_officer, "both": both, "deputy": deputy,
        "county": world.county_officer, "enterprise": world.clerk_a, "inspection": world.inspector,
    }  # fmt: skip


#: Whose organisations each of them decides for.
WORKS = {
    "agency": {"agency"}, "department": {"department"}, "both": {"agency", "department"}, "deputy": {"agency"},
    "county": {"county"}, "enterprise": set(), "inspection": set(),
}  # fmt: skip


def works(world: World, who: str) -> set[int]:
    return {getattr(world, name).pk for name in WORKS[who]}


def waits_for(world: World, who: str, rows: list[Application]) -> list[Application]:
    mine = works(world, who)
    return [one for one in rows if one.holder_id in mine and one.state == State.ACTIVE and one.turn in DECIDED]


@pytest.mark.parametrize("who", WORKS)
def test_a_desk_counts_what_waits_and_shows_it_in_its_order(
    world: World, mixed: list[Application], several_roles: dict[str, User], who: str
) -> None:
    user, today = several_roles[who], clock.today()
    there = waits_for(world, who, mixed)

    heaps = {heap.key: (heap.count, heap.overdue, heap.doubtful) for heap in desk.heaps(user)}
    assert heaps == {
        f"tech-sme:{stage}": (
            len(rows), sum(one.due_on is not None and one.due_on < today for one in rows),
            sum(one.doubts > 0 for one in rows),
        )
        for stage in STAGES
        if (rows := [one for one in there if one.stage == stage])
    }  # fmt: skip
    assert desk.waiting(user) == (len(there) or None)
    in_order = sorted(there, key=lambda one: (-one.doubts, one.due_on or dt.date.max, one.pk))
    assert list(lists.rows_of(DESK, user).values_list("pk", flat=True)) == [one.pk for one in in_order]
    loaded = DESK.by_keys(user, {"queue": "at=x"}, [one.pk for one in mixed])
    assert {(row.pk, row.queue) for row in loaded} == {(one.pk, "at=x") for one in there}


@pytest.mark.parametrize("who", WORKS)
def test_what_was_sent_back_is_that_of_which_the_last_step_did_so(
    world: World, mixed: list[Application], several_roles: dict[str, User], who: str
) -> None:
    user, mine = several_roles[who], works(world, who)
    last = {step.application_id: step for step in Step.objects.order_by("number")}
    seen = {one.pk for one in mixed if (who != "agency" and who != "deputy") or one.agency_id == world.agency.pk}
    there = {
        one.pk: one.due_on for one in mixed
        if one.pk in seen and one.state == State.CORRECTION and last[one.pk].to == "correction"
        and last[one.pk].by_unit_id in mine
    }  # fmt: skip

    assert set(returned_rows(user).values_list("pk", flat=True)) == set(there)
    overdue = sum(due is not None and due < clock.today() for due in there.values())
    assert desk.sent_back(user) == (len(there), overdue)
    assert bool(there) == (who in ("agency", "department", "both", "deputy"))


@pytest.mark.parametrize("who", WORKS)
def test_all_are_those_that_were_submitted_and_may_be_seen(
    world: World, mixed: list[Application], several_roles: dict[str, User], who: str
) -> None:
    sees = {
        "agency": lambda one: one.agency_id == world.agency.pk, "deputy": lambda one: one.agency_id == world.agency.pk,
        "county": lambda one: one.organisation.division == "620102", "enterprise": lambda one: False,
    }.get(who, lambda one: True)  # fmt: skip

    found = set(all_rows(several_roles[who]).values_list("pk", flat=True))

    assert found == {one.pk for one in mixed if one.submitted_at is not None and sees(one)}


def test_a_batch_counts_its_applications_by_how_they_stand(world: World, mixed: list[Application]) -> None:
    for batch in Batch.objects.all():
        inside = [one for one in mixed if one.batch_id == batch.pk]
        found = counts(batch)
        assert found["all"] == len(inside)
        assert found["running"] == sum(one.state not in ENDED for one in inside)
        assert found["doubtful"] == sum(one.doubts > 0 for one in inside)
        assert found["unmet"] == sum(one.verdict != "pass" for one in inside)
        kinds = Counter((one.state, one.stage) for one in inside)
        assert [count for _words, count, _tone in found["states"]] == sorted(kinds.values(), reverse=True)


def test_the_list_of_batches_tells_how_many_are_in_each(world: World, mixed: list[Application], client: Client) -> None:
    inside = Counter(one.batch_id for one in mixed)
    assert BATCHES.annotate is not None
    found = {row.pk: row.count for row in BATCHES.annotate(Batch.objects.all())}
    assert found == {pk: inside[pk] for pk in Batch.objects.values_list("pk", flat=True)}
    assert 0 in found.values() and len(set(found.values())) == 3


def test_the_desk_begins_with_the_first_of_its_order_on_every_page(
    world: World, mixed: list[Application], client: Client
) -> None:
    client.force_login(world.agency_clerk)
    rows = waits_for(world, "agency", mixed)
    for query in ("", "doubts=yes", "sort=-left"):
        first = lists.rows_of(DESK, world.agency_clerk, query).first()
        assert first is not None
        for page in ("", "page=2"):
            said = client.get(f"/desk/?{query}&{page}").content.decode()
            begin = f"/desk/{first.pk}/" + (f"?{query}" if query else "")
            assert f'href="{begin}"' in said, (query, page)
    assert f"共 <b>{len(rows)}</b> 条" in client.get("/desk/").content.decode()
    assert "开始逐件审核" not in client.get("/desk/?due=overdue&doubts=no&verdict=pass&division=623000").content.decode()


def test_only_what_is_out_for_correction_was_sent_back(world: World) -> None:
    sent = submitted(world, make_call(world))
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=sent.pk).update(sent_back_by=world.agency)


def test_who_sent_it_back_is_kept_until_it_moves_again(world: World) -> None:
    sent, now = submitted(world, make_call(world)), timezone.now()
    step = actions.move(
        application=sent, name="return", by=world.agency_clerk, at=now, seen=sent.version, reason="请补正",
        fields=["employees"],
    )  # fmt: skip
    assert isinstance(step, Step)
    assert Application.objects.get(pk=sent.pk).sent_back_by == world.agency
    assert desk.sent_back(world.agency_clerk) == (1, 0)
    actions.undo(step=step, reason="点错了", by=world.agency_clerk, at=now)
    assert Application.objects.get(pk=sent.pk).sent_back_by is None
    assert desk.sent_back(world.agency_clerk) == (0, 0)


def test_the_migration_finds_who_sent_back_what_is_out(world: World, mixed: list[Application]) -> None:
    before = {one.pk: one.sent_back_by_id for one in mixed}
    assert {None, world.agency.pk, world.department.pk} == set(before.values())
    Application.objects.update(sent_back_by=None)

    importlib.import_module("tidui.casework.migrations.0007_who_sent_it_back").fill(apps, None)

    assert dict(Application.objects.values_list("pk", "sent_back_by")) == before


def test_those_that_an_objection_holds_up_are_counted_once(world: World) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    rows = Application.objects.filter(batch=batch)
    assert noticing.objected_among(rows) == 0
    objected(notice, made[0]), objected(notice, made[0])
    assert noticing.objected_among(rows) == len(noticing.objected(one.pk for one in made)) == 1
    assert noticing.objected_among(rows.exclude(pk=made[0].pk)) == 0


def plan_of(rows: QuerySet[Any]) -> str:
    """How the database answers; PostgreSQL would read a table of some rows whole."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    return rows.explain()


def test_the_indexes_are_those_that_the_queries_ask_for(world: World, mixed: list[Application]) -> None:
    officer = world.department_officer
    rows = {
        "application_desk": on_desk(officer).filter(programme="tech-sme", stage="notice").values("pk"),
        "application_queue": lists.rows_of(DESK, officer).values("pk")[:51],
        "application_": on_desk(officer).order_by().values("programme", "stage").annotate(),
        "application_sent_back": lists.rows_of(RETURNED, officer).values("pk"),
        "application_changed": lists.rows_of(ALL, officer).values("pk")[:51],
        "application_batch": Application.objects.filter(batch=Batch.objects.all()[0]).values("stage"),
    }
    for index, asked in rows.items():
        # PostgreSQL weighs them by what it knows of so few rows: which one it takes is not the same each time.
        assert (index if connection.vendor == "sqlite" else "application_") in plan_of(asked), index
