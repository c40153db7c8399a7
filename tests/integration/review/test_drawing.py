"""A draw from the closed batch to the panels, and what happens to its seats."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.drawing import NUMBER, SECRETS, begun, committed, drawn, frozen, made, opened, pool, prepared, secrets_of
from tests.people import World
from tests.review import at_stage

from tidui.accounts.models import User
from tidui.audit.models import Event
from tidui.cli.main import main
from tidui.kit import clock, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.review import gathering, recusing
from tidui.review.actions import drawing, making_draws, preparing, seats
from tidui.review.drawing import model, replaying
from tidui.review.enums import SEATED, DrawState, Per, RecusalKind, ReviewState, SeatState, SheetState, TieKind
from tidui.review.models import Draw, Expert, File, Recusal, Review, Seat, Secret, Sheet, Tie

pytest.importorskip("ortools")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def client_of(user: User | None) -> Client:
    client = Client(headers={"host": "localhost"})
    if user is not None:
        client.force_login(user)
    return client


def refused(code: str) -> Any:
    return pytest.raises(NotAllowed, check=lambda error: error.refused.code == code)


# ---------------------------------------------------------------------- before the draw
def test_a_closed_batch_becomes_files_under_codes_in_groups_by_field(world: World) -> None:
    review = prepared(world, 5, group_size=2)
    files = list(review.files.select_related("group"))
    assert {one.field for one in files} == {"803"} and len({one.code for one in files}) == 5
    assert sorted(one.files.count() for one in review.groups.all()) == [1, 2, 2]
    assert not any(one.application.number and one.application.number in one.code for one in files)
    assert review.groups.first().title == "先进制造与自动化·高性能、智能化仪器仪表"  # type: ignore[union-attr]


def test_settings_below_what_is_prescribed_are_refused(world: World) -> None:
    batch, _rows = at_stage(world, "review", 1)
    now, by = timezone.now(), world.department_officer
    for given, code in (
        ({"size": 4, "technical": 3}, "too-small"), ({"size": 5, "technical": 2}, "too-few-technical"),
        ({"size": 5, "technical": 5}, "too-few-financial"),
    ):  # fmt: skip
        with refused(code):
            preparing.prepare(batch=batch, settings=given, by=by, at=now)
    with pytest.raises(NotAllowed):
        preparing.prepare(batch=batch, settings={}, by=world.county_officer, at=now)
    preparing.prepare(batch=batch, settings={"size": 5, "technical": 3}, by=by, at=now)
    with refused("prepared"):
        preparing.prepare(batch=batch, settings={}, by=by, at=now)


def test_a_file_is_moved_between_groups_until_the_freeze(world: World) -> None:
    pool(world, 14, 4)
    review = prepared(world, 4, group_size=2)
    now, by = timezone.now(), world.department_officer
    first, second = review.groups.order_by("number")
    for file in first.files.all():
        preparing.move_file(file=file, group=second, by=by, at=now)
    assert list(review.groups.values_list("pk", flat=True)) == [second.pk] and second.files.count() == 4
    alone = preparing.move_file(file=second.files.first(), group=None, by=by, at=now)  # type: ignore[arg-type]
    assert alone.group is not None and alone.group.number == 3
    frozen(world, review)
    with refused("fixed"):
        preparing.move_file(file=alone, group=second, by=by, at=now)
    with refused("fixed"):
        preparing.change(review=review, settings={"fit": 50}, by=by, at=now)


# ---------------------------------------------------------------------- the road
def test_panels_are_drawn_as_the_rules_say_and_everybody_is_called_once(world: World) -> None:
    pool(world)
    review = prepared(world, 4, group_size=2)
    held = drawn(world, review)
    assert held.state == DrawState.DRAWN and len(held.seed) == 64
    for group in review.groups.all():
        rows = list(group.seats.all())
        assert sorted(one.kind for one in rows) == ["financial"] + ["technical"] * 4
        assert [one.kind for one in rows if one.leader] == ["technical"]
    review.refresh_from_db()
    assert review.state == ReviewState.REVIEWING and gathering.missing(review) == []
    called = Message.objects.filter(kind="review.called")
    assert called.count() == len(set(review.seats.values_list("expert", flat=True)))
    assert "兰州" not in "".join(called.values_list("body", flat=True))
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"review.begin_draw", "review.commit_secret", "review.freeze_draw", "review.open_secret",
            "review.give_number", "review.draw"} <= verbs  # fmt: skip


def test_the_file_of_inspection_draws_the_same_again(world: World, tmp_path: Path) -> None:
    pool(world)
    held = drawn(world, prepared(world, 3))
    answer = client_of(world.inspector).get(reverse("review:draw_file", args=[held.pk]))
    path = tmp_path / "draw.json"
    path.write_bytes(answer.content)
    assert main(["draw", "replay", str(path), "--digest", held.digest, "--output-digest", held.output_digest]) == 0
    file = json.loads(answer.content)
    assert replaying.replay(file) == []
    forged = {
        **file,
        "output": {"panels": [{**one, "leader": one["technical"][-1]} for one in file["output"]["panels"]]},
    }
    forged["output_digest"] = model.digest(forged["output"])
    assert (replaying.replay(forged) == []) == (forged["output"] == file["output"])
    people = {key: row[0] for key, row in file["names"]["experts"].items()}
    told = {people[key] for one in file["output"]["panels"] for key in (*one["technical"], *one["financial"])}
    assert told == set(Seat.objects.values_list("expert", flat=True))


def test_no_digest_of_a_secret_gives_the_secret_away_before_it_is_opened(world: World) -> None:
    pool(world)
    held = frozen(world, prepared(world, 2))
    assert set(Secret.objects.values_list("secret", flat=True)) == {""}
    raw = drawing.input_of(held)
    assert not any(one in json.dumps(raw) for one in SECRETS)
    assert [one["unit"] for one in raw["units"]] == [world.department.name, world.university.name]
    assert held.digest == model.digest(raw)


def test_nothing_happens_out_of_its_order(world: World) -> None:
    pool(world)
    review, now, by = prepared(world, 2), timezone.now(), world.department_officer
    tomorrow = now + dt.timedelta(days=1)
    with refused("too-early"):
        begun(world, review, public_on=clock.today())
    with refused("two-units"):
        begun(world, review, units=(world.department, world.department))
    for other in (world.inspection, world.a, world.agency):
        with refused("no-holder"):
            begun(world, review, units=(world.department, other))
    held = begun(world, review)
    with refused("already"):
        begun(world, review)
    own, other = held.secrets.order_by("pk")
    with refused("not-your-secret"):
        drawing.commit(secret=other, said=SECRETS[1], by=by, at=now)
    with refused("too-short"):
        drawing.commit(secret=own, said="short", by=by, at=now)
    with refused("no-digest"):
        drawing.commit(secret=own, digest="x" * 64, by=by, at=now)
    with refused("not-now"):
        drawing.freeze(draw=held, by=by, at=now)
    for secret, person, said in secrets_of(world, held):
        drawing.commit(secret=secret, said=said, by=person, at=now)
        with refused("committed"):
            drawing.commit(secret=secret, said=said, by=person, at=now)
    with refused("not-now"):
        drawing.open_secret(secret=own, said=SECRETS[0], by=by, at=now)
    with refused("too-early"):
        drawing.freeze(draw=Draw.objects.get(pk=held.pk), by=by, at=tomorrow)
    held = drawing.freeze(draw=Draw.objects.get(pk=held.pk), by=by, at=now)
    with refused("not-yet"):
        drawing.give_number(draw=held, number=NUMBER, by=by, at=now)
    with refused("wrong-secret"):
        drawing.open_secret(secret=own, said=SECRETS[1], by=by, at=now)
    with refused("no-number"):
        making_draws.draw(draw=held, by=by, at=tomorrow)
    drawing.give_number(draw=held, number=NUMBER, by=by, at=tomorrow)
    with refused("number-given"):
        drawing.give_number(draw=held, number="1 2 3", by=by, at=tomorrow)
    with refused("not-opened"):
        making_draws.draw(draw=held, by=by, at=tomorrow)


def test_an_unopened_secret_leaves_only_the_way_to_void_the_draw_for_all_to_see(world: World) -> None:
    pool(world)
    review = prepared(world, 2)
    held = frozen(world, review)
    drawing.void(draw=held, reason="纪检组未开启密码", by=world.department_officer, at=timezone.now())
    page = client_of(None).get(reverse("review:draw", args=[held.pk])).content.decode()
    assert "纪检组未开启密码" in page and "未开启" in page and held.digest in page
    with refused("not-frozen"):
        making_draws.draw(draw=held, by=world.department_officer, at=timezone.now())
    assert drawn(world, review).number == 2


def test_a_secret_that_was_swapped_in_the_database_voids_the_draw(world: World) -> None:
    pool(world)
    held = opened(world, frozen(world, prepared(world, 2)))
    Secret.objects.filter(draw=held).update(secret="swapped by somebody with the database")
    held = made(world, held)
    assert held.state == DrawState.VOID and Seat.objects.count() == 0


def test_an_input_that_was_swapped_in_the_store_is_not_drawn(world: World, tmp_path: Path) -> None:
    from tidui.kit import files

    pool(world)
    held = opened(world, frozen(world, prepared(world, 2)))
    raw = drawing.input_of(held)
    path = files.path(held.input)  # type: ignore[arg-type]
    path.chmod(0o600)
    path.write_bytes(model.canonical({**raw, "forbidden": []}) + b" ")
    path.write_bytes(model.canonical({**raw, "frozen_on": "2020-01-01"}))
    job = making_draws.draw(draw=held, by=world.department_officer, at=timezone.now() + dt.timedelta(days=1))
    jobs.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert job.state == "failed" and Seat.objects.count() == 0


def test_a_job_that_runs_twice_seats_nobody_twice(world: World) -> None:
    pool(world)
    held = opened(world, frozen(world, prepared(world, 2)))
    later = timezone.now() + dt.timedelta(days=1)
    two = [making_draws.draw(draw=held, by=world.department_officer, at=later) for _time in range(2)]
    for job in two:
        jobs.run_job.call(str(job.pk))
    assert Seat.objects.count() == 5 and Message.objects.filter(kind="review.called").count() == 5


# ---------------------------------------------------------------------- who is kept off
def test_nobody_is_drawn_whom_a_tie_a_name_or_an_absence_keeps_off(world: World) -> None:
    people = pool(world, 8, 2)
    batch, rows = at_stage(world, "review", 2)
    firm = rows[0].organisation
    people[0].employer = firm.name
    people[0].save()
    Tie.objects.create(
        expert=people[1], kind=TieKind.ADVISER, organisation=firm, name=firm.name, source="own",
        recorded_by=world.department_officer, recorded_at=timezone.now(),
    )  # fmt: skip
    people[2].absences.create(since=clock.today(), until=clock.today() + dt.timedelta(days=40))
    Recusal.objects.create(
        expert=people[3], application=rows[1], kind=RecusalKind.FOUND, by=world.department_officer, at=timezone.now()
    )
    review = preparing.prepare(batch=batch, settings={}, by=world.department_officer, at=timezone.now())
    drawn(world, review)
    taken = set(review.seats.filter(kind="technical").values_list("expert", flat=True))
    assert taken == {one.pk for one in people[4:8]}


def test_an_impossible_draw_is_explained_before_the_freeze_and_not_frozen(world: World) -> None:
    pool(world, 3, 1)
    held = committed(world, prepared(world, 2))
    told = drawing.check(held, timezone.now())
    assert [(one.kind, one.rule) for one in told.blocked] == [("technical", "register")]
    assert [(one.sort, one.by) for one in told.changes] == [("more_experts", 1)]
    with refused("impossible"):
        drawing.freeze(draw=held, by=world.department_officer, at=timezone.now())
    page = client_of(world.department_officer).get(reverse("review:check_draw", args=[held.pk])).content.decode()
    assert "增加1名技术专家" in page and "回避不能放宽" in page


# ---------------------------------------------------------------------- after the draw
def test_a_declined_seat_and_a_no_show_are_drawn_again_and_nobody_else(world: World) -> None:
    pool(world)
    Expert.objects.update(load=2)  # nobody sits in both groups
    review = prepared(world, 4, group_size=2)
    drawn(world, review)
    first, second = review.groups.order_by("number")
    gone = first.seats.get(leader=True)
    seats.answer(seat=gone, accept=False, reason="出差", by=gone.expert.user, at=timezone.now())  # type: ignore[arg-type]
    absent = second.seats.filter(kind="financial").get()
    seats.no_show(seat=absent, reason="未到会", by=world.department_officer, at=timezone.now())
    assert [(one.group, one.technical, one.financial) for one in gathering.missing(review)] == [
        (first.pk, 1, 0), (second.pk, 0, 1),
    ]  # fmt: skip
    assert Message.objects.filter(kind="review.lacking").exists()
    before = set(Seat.objects.filter(state__in=SEATED).values_list("pk", flat=True))
    again = drawn(world, review, reason="专家请假")
    assert again.number == 2 and again.seats.count() == 2 and gathering.missing(review) == []
    assert before < set(Seat.objects.filter(state__in=SEATED).values_list("pk", flat=True))
    assert not {gone.expert_id, absent.expert_id} & set(again.seats.values_list("expert", flat=True))
    leaders = Seat.objects.filter(group=first, leader=True, state__in=SEATED)
    assert [one.kind for one in leaders] == ["technical"]
    file = drawing.file_of(again)
    assert replaying.replay(file, again.digest, again.output_digest) == []


def test_an_expert_recused_late_from_one_file_is_replaced_for_that_file_alone(world: World) -> None:
    pool(world)
    review = prepared(world, 3)
    drawn(world, review)
    file = review.files.order_by("code").first()
    assert file is not None and file.group is not None
    leader = file.group.seats.get(leader=True)
    recusing.recuse(
        expert=leader.expert, application=file.application, by=world.department_officer, at=timezone.now(),
        note="举报属实",
    )  # fmt: skip
    (want,) = gathering.missing(review)
    assert (want.group, [one.pk for one in want.files], want.technical) == (None, [file.pk], 1)
    drawn(world, review, reason="回避")
    (added,) = Seat.objects.filter(file=file)
    assert added.leader and added.expert_id != leader.expert_id
    leader.refresh_from_db()
    assert leader.state in SEATED and leader.leader


def test_what_a_no_show_signed_counts_and_the_rest_is_drawn_again(world: World) -> None:
    pool(world)
    review = prepared(world, 3)
    drawn(world, review)
    one, *others = review.files.order_by("code")
    seat = review.seats.filter(kind="technical", leader=False).first()
    assert seat is not None
    now = timezone.now()
    Sheet.objects.create(
        file=one, seat=seat, expert=seat.expert, kind=seat.kind, state=SheetState.SIGNED, total=60, declared_at=now,
        signed_at=now, digest="d" * 64,
    )  # fmt: skip
    seats.no_show(seat=seat, reason="中途离会", by=world.department_officer, at=now)
    (want,) = gathering.missing(review)
    assert {file.pk for file in want.files} == {file.pk for file in others} and want.group is None
    drawn(world, review)
    added = Seat.objects.filter(file__isnull=False)
    assert {row.file_id for row in added} == {file.pk for file in others} and len({row.expert_id for row in added}) == 1
    assert Message.objects.filter(kind="review.called", recipient=added[0].expert.user).count() == 1


def test_one_answer_answers_all_seats_of_a_draw(world: World) -> None:
    pool(world, 5, 1)
    review = prepared(world, 3, per=Per.FILE)
    drawn(world, review)
    financial = review.seats.filter(kind="financial")
    assert financial.count() == 3 and len(set(financial.values_list("expert", flat=True))) == 1
    seat = financial[0]
    seats.answer(seat=seat, accept=True, by=seat.expert.user, at=timezone.now())  # type: ignore[arg-type]
    assert set(financial.values_list("state", flat=True)) == {SeatState.ACCEPTED}
    with refused("answered"):
        seats.answer(seat=seat, accept=True, by=seat.expert.user, at=timezone.now())  # type: ignore[arg-type]


def test_a_panel_for_each_file_keeps_the_load_of_every_expert(world: World) -> None:
    pool(world, 12, 4)
    Expert.objects.update(load=2)
    review = prepared(world, 4, per=Per.FILE, fit=40)
    drawn(world, review)
    loads = [review.seats.filter(expert=one).count() for one in Expert.objects.all()]
    assert sum(loads) == 20 and max(loads) <= 2
    assert all(file.seats.filter(leader=True).count() == 1 for file in File.objects.all())


# ---------------------------------------------------------------------- pages
def test_the_whole_road_by_its_pages(world: World) -> None:
    pool(world)
    batch, _rows = at_stage(world, "review", 3)
    officer, university = client_of(world.department_officer), client_of(world.university_officer)
    assert reverse("review:prepare", args=[batch.pk]) in officer.get(
        reverse("casework:batch", args=[batch.pk])).content.decode()  # fmt: skip
    said = {"per": "group", "size": 5, "technical": 4, "fit": 20, "reach": "first", "group_size": 30, "load": 60,
            "alarm": 20}  # fmt: skip
    url = reverse("review:prepare", args=[batch.pk])
    assert officer.get(url).status_code == 200
    assert officer.post(url, {**said, "technical": 2}).status_code == 422
    assert officer.post(url, said).status_code == 302
    review = Review.objects.get(batch=batch)
    for name in ("arrange", "panels", "settings", "begin_draw"):
        assert officer.get(reverse(f"review:{name}", args=[review.pk])).status_code == 200
    group = review.groups.get()
    assert officer.get(reverse("review:group", args=[group.pk])).status_code == 200
    file = group.files.first()
    assert officer.post(reverse("review:move_file", args=[file.pk]), {"group": ""}).status_code == 302  # type: ignore[union-attr]
    assert officer.post(reverse("review:pack", args=[review.pk])).status_code == 302
    begin = {"first": world.department.pk, "second": world.university.pk, "public_source": "双色球",
             "public_on": (clock.today() + dt.timedelta(days=1)).isoformat()}  # fmt: skip
    assert officer.post(reverse("review:begin_draw", args=[review.pk]), begin).status_code == 302
    draw = review.draws.get()
    page = reverse("review:draw", args=[draw.pk])
    assert client_of(None).get(page).status_code == 404  # nothing is public before the freeze
    shown = university.get(page)
    assert "提交密码摘要" in shown.content.decode()
    for client, (secret, _who, text) in zip((officer, university), secrets_of(world, draw), strict=True):
        assert client.post(reverse("review:commit", args=[secret.pk]), {"said": text}).status_code == 302
    assert officer.get(reverse("review:check_draw", args=[draw.pk])).status_code == 200
    assert officer.post(reverse("review:freeze_draw", args=[draw.pk])).status_code == 302
    public = client_of(None).get(page).content.decode()
    draw.refresh_from_db()
    assert draw.digest in public and not any(one.name in public for one in Expert.objects.all())
    for client, (secret, _who, text) in zip((officer, university), secrets_of(world, draw), strict=True):
        assert client.post(reverse("review:open_secret", args=[secret.pk]), {"said": text}).status_code == 302
    Draw.objects.filter(pk=draw.pk).update(public_on=clock.today())
    assert officer.post(reverse("review:give_number", args=[draw.pk]), {"number": NUMBER}).status_code == 302
    assert "抽取并通知专家" in officer.get(page).content.decode()


def test_after_the_draw_the_public_sees_composition_and_no_names_and_the_expert_answers(world: World) -> None:
    people = pool(world)
    review = prepared(world, 2)
    held = drawn(world, review)
    page = client_of(None).get(reverse("review:draw", args=[held.pk])).content.decode()
    assert "先进制造与自动化 4" in page and "兰州" in page and held.seed in page
    assert not any(one.name in page or one.employer in page for one in people)
    assert held.names["salt"] not in page and not any(key in page for key in held.names["experts"])
    assert client_of(None).get(reverse("review:draws")).status_code == 200
    seat = review.seats.filter(leader=True).get()
    client = client_of(seat.expert.user)
    url = reverse("review:answer_seat", args=[seat.pk])
    shown = client.get(url).content.decode()
    assert "组长" in shown and not any(one.application.organisation.name in shown for one in review.files.all())
    assert client.post(url, {"accept": "no"}).status_code == 422
    assert client.post(url, {"accept": "yes"}).status_code == 302
    seat.refresh_from_db()
    assert seat.state == SeatState.ACCEPTED
    other = review.seats.exclude(pk=seat.pk).first()
    assert client.get(reverse("review:answer_seat", args=[other.pk])).status_code == 404  # type: ignore[union-attr]
    officer = client_of(world.department_officer)
    assert officer.post(reverse("review:no_show", args=[seat.pk]), {"reason": "未到"}).status_code == 302
    assert "有席位空缺" in officer.get(reverse("review:arrange", args=[review.pk])).content.decode()


@pytest.mark.parametrize("name", ["clerk_a", "county_officer", "agency_clerk", "stranger", "inspector"])
def test_others_prepare_and_draw_nothing(world: World, name: str) -> None:
    pool(world)
    held = frozen(world, prepared(world, 1))
    client = client_of(getattr(world, name))
    for route in ("freeze_draw", "give_number", "make_draw", "void_draw", "reset_public"):
        answer = client.post(reverse(f"review:{route}", args=[held.pk]), {"number": "1", "reason": "x"})
        assert answer.status_code in (403, 404, 422), route
    if name != "inspector":
        for route, key in (("arrange", held.review_id), ("panels", held.review_id), ("draw_file", held.pk)):
            assert client.get(reverse(f"review:{route}", args=[key])).status_code in (403, 404), route
        assert world.university_officer.name not in client.get(reverse("review:draw", args=[held.pk])).content.decode()
    held.refresh_from_db()
    assert (held.state, held.public_number, held.void_reason) == (DrawState.FROZEN, "", "")


def test_inspection_changes_nothing_of_a_draw_even_by_a_secret_of_its_own(world: World) -> None:
    pool(world)
    held = begun(world, prepared(world, 1))
    own = Secret.objects.create(draw=held, unit=world.inspection, salt="s")
    with refused("read-only"):
        drawing.commit(secret=own, said="a secret of inspection", by=world.inspector, at=timezone.now())


def queries(work: Any) -> int:
    """How often something asks the database."""
    with CaptureQueriesContext(connection) as noted:
        work()
    return len(noted)


@pytest.mark.parametrize("rows", [1, 3])
def test_what_reads_many_rows_asks_the_database_a_constant_number_of_times(world: World, rows: int) -> None:
    pool(world, 5 + rows, 1 + rows)
    review = prepared(world, rows, group_size=1)
    held = committed(world, review)
    seen = Draw.objects.select_related("review__batch__call").get(pk=held.pk)
    gathering.gather(seen, timezone.now())  # what is remembered from the first time on
    counted = {"gather": queries(lambda: gathering.gather(seen, timezone.now()))}
    made(world, opened(world, drawing.freeze(draw=held, by=world.department_officer, at=timezone.now())))
    client = client_of(world.department_officer)
    group = review.groups.first()
    assert group is not None
    # a page that reads no rows stands for what every page asks: the session, the person, the navigation
    plain = reverse("review:prepare", args=[review.batch_id])
    client.get(plain)
    before = queries(lambda: client.get(plain))
    for name, key in (("arrange", review.pk), ("group", group.pk), ("panels", review.pk), ("draw", held.pk)):
        url = reverse(f"review:{name}", args=[key])
        client.get(url)
        counted[name] = queries(lambda url=url: client.get(url)) - before  # type: ignore[misc]
    assert counted == {"gather": 19, "arrange": 7, "group": 3, "panels": 8, "draw": 3}
