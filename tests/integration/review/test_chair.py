"""The department's pages of a review: progress, reminders, results, calibration beside the means, the end."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.people import World
from tests.review import at_stage, make_experts
from tests.review_sheets import (
    all_signed,
    done,
    make_group,
    make_review,
    opened,
    panel_of_five,
    person_of,
    plant_signed,
    signed,
)

from tidui.audit.models import Event
from tidui.casework import judging
from tidui.casework.models import Application
from tidui.kit import clock, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.review import comparing, progressing, recusing, results, urging
from tidui.review.actions import closing
from tidui.review.enums import ExpertKind, Per, ReviewState
from tidui.review.models import Calibration, File, PanelForm, Review, Seat, SecondLook

pytestmark = pytest.mark.django_db


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def queries(browser: Client, url: str) -> int:
    """How many queries a page takes once the process is warm."""
    browser.get(url)
    with CaptureQueriesContext(connection, ) as counted:
        assert browser.get(url).status_code == 200
    return len(counted)


def grown(world: World, count: int) -> tuple[Review, list[File], list[Seat]]:
    """A review of so many groups of one file, each with a panel of its own, all of it signed."""
    batch, rows = at_stage(world, "review", count)
    review = make_review(world, batch)
    files, seats = [], []
    for number, row in enumerate(rows, start=1):
        experts = [*make_experts(world, 2, prefix=f"{number}"), *make_experts(world, 1, ExpertKind.FINANCIAL, prefix=f"{number}")]
        made, panel = make_group(world, review, [row], experts, number=number)
        files += made
        seats += panel
        done(made[0], panel)
    return review, files, seats


# ---------------------------------------------------------------------- progress
def test_progress_is_told_by_expert_and_group_without_what_a_recusal_takes(world: World) -> None:
    review, (first, second), seats = panel_of_five(world, 2)
    signed(first, seats[0])
    opened(second, seats[0])
    recusing.recuse(
        expert=seats[1].expert, application=first.application, by=world.department_officer, at=timezone.now(), note="亲属"
    )
    rows = {one.expert: one for one in progressing.of_experts(review)}
    mine = rows[seats[0].expert_id]
    assert (mine.files, mine.begun, mine.signed, mine.left, mine.leads) == (2, 2, 1, 1, True)
    assert (rows[seats[1].expert_id].files, rows[seats[1].expert_id].left) == (1, 1)
    (group,) = progressing.of_groups(review)
    assert (group.files, group.done, group.due, group.signed) == (2, 0, 9, 1)


def test_progress_counts_panels_of_single_files_too(world: World) -> None:
    batch, (row,) = at_stage(world, "review", 1)
    review = make_review(world, batch, per=Per.FILE)
    files, seats = make_group(world, review, [row], make_experts(world, 3))
    Seat.objects.update(group=None, file=files[0])
    rows = progressing.of_experts(review)
    assert [(one.files, one.left) for one in rows] == [(1, 1)] * 3
    assert [one.due for one in progressing.of_groups(review)] == [3] and len(seats) == 3


def test_the_page_names_who_is_late_and_reminds_all_of_them_or_one(world: World) -> None:
    review, (file,), seats = panel_of_five(world)
    Review.objects.filter(pk=review.pk).update(due_on=clock.today() - dt.timedelta(days=1))
    signed(file, seats[0])
    browser = client_of(world.department_officer)
    page = browser.get(f"/reviews/{review.pk}/").content.decode()
    assert "逾期" in page and seats[1].expert.name in page
    browser.post(f"/reviews/{review.pk}/remind/", {"expert": str(seats[1].expert_id)})
    assert [one.recipient_id for one in Message.objects.filter(kind="review.remind")] == [person_of(seats[1]).pk]
    browser.post(f"/reviews/{review.pk}/remind/")
    assert Message.objects.filter(kind="review.remind").count() == 5
    assert not Message.objects.filter(kind="review.remind", recipient=person_of(seats[0])).exists()


def test_the_inspector_reads_the_review_and_changes_nothing(world: World) -> None:
    review, (file,), _seats = panel_of_five(world)
    browser = client_of(world.inspector)
    for url in ("", "results/", f"files/{file.pk}/", "calibration/"):
        assert browser.get(f"/reviews/{review.pk}/{url}").status_code == 200
    for url in ("remind/", "close/", "calibration/", f"files/{file.pk}/"):
        assert browser.post(f"/reviews/{review.pk}/{url}", {"reason": "看看"}).status_code == 422


def test_every_working_morning_whoever_is_behind_is_reminded_when_it_is_nearly_due(world: World) -> None:
    review, _files, _seats = panel_of_five(world)
    monday = dt.datetime(2026, 11, 23, 0, 0, tzinfo=dt.UTC)
    Review.objects.filter(pk=review.pk).update(due_on=dt.date(2026, 12, 20))
    assert urging.remind_experts(monday) == 0
    Review.objects.filter(pk=review.pk).update(due_on=dt.date(2026, 11, 24))
    assert urging.remind_experts(monday - dt.timedelta(days=1)) == 0  # a Sunday
    assert urging.remind_experts(monday) == 5


# ---------------------------------------------------------------------- results
def test_results_are_sorted_by_the_official_mean_and_given_to_those_who_decide(world: World) -> None:
    review, files, seats = panel_of_five(world, 3)
    done(files[0], seats)
    done(files[1], seats, {place: {"management": 6, "talent": 4} for place in range(4)})
    found = results.results(review)
    assert [one.file.pk for one in found] == [files[1].pk, files[0].pk, files[2].pk]
    assert [one.result.total if one.result else None for one in found] == [68, 66, None]
    assert results.result_of(files[1]).means["talent"] == 4  # type: ignore[union-attr]
    page = client_of(world.department_officer).get(f"/reviews/{review.pk}/results/").content.decode()
    assert page.index("68.00") < page.index("66.00") and files[2].code in page
    with CaptureQueriesContext(connection) as counted:
        results.results(review)
    assert len(counted) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_take_the_same_queries_however_many_files_there_are(world: World, count: int) -> None:
    review, files, seats = grown(world, count)
    closing.keep_calibration(review=review, by=world.department_officer, at=timezone.now())
    browser = client_of(world.department_officer)
    taken = {url: queries(browser, f"/reviews/{review.pk}/{url}") for url in ("", "results/", "calibration/")}
    taken["file"] = queries(browser, f"/reviews/{review.pk}/files/{files[0].pk}/")
    taken["reviews"] = queries(browser, "/reviews/")
    taken["mine"] = queries(client_of(person_of(seats[0])), "/my-reviews/")
    assert taken == COUNTS


#: Queries of each page, with what a signed-in person's every request takes.
COUNTS = {"": 36, "results/": 22, "calibration/": 22, "file": 28, "reviews": 20, "mine": 16}


def test_the_department_asks_a_panel_to_look_again_before_its_leader_signs(world: World) -> None:
    review, (file,), seats = panel_of_five(world)
    browser = client_of(world.department_officer)
    url = f"/reviews/{review.pk}/files/{file.pk}/"
    assert browser.post(url, {"reason": "请核对"}).status_code == 422
    all_signed(file, seats)
    assert browser.post(url, {"reason": "请核对转化项数"}).status_code == 302
    look = SecondLook.objects.get()
    assert look.alarms == [{"what": "asked", "reason": "请核对转化项数"}] and look.asked_by == world.department_officer
    assert "请核对转化项数" in client_of(person_of(seats[0])).get(f"/my-reviews/{file.pk}/panel/").content.decode()


# ---------------------------------------------------------------------- calibration
def test_calibration_stands_beside_the_means_and_changes_none(world: World) -> None:
    review, files, seats = panel_of_five(world, 4)
    strict = {1: {"management": 1, "institution": 1, "incentives": 1, "talent": 1}}
    for file in files:
        done(file, seats, strict)
    before = list(File.objects.order_by("pk").values_list("total", "recommended"))
    made = closing.keep_calibration(review=review, by=world.department_officer, at=timezone.now())
    assert made.digest == judging.digest(made.result)
    effect = next(one for one in made.result["effects"] if one["expert"] == seats[1].expert_id)
    assert effect["effect"] == pytest.approx(-9.0) and effect["files"] == 4
    assert list(File.objects.order_by("pk").values_list("total", "recommended")) == before
    assert made.result["warnings"] == [] and made.line == 70
    page = client_of(world.department_officer).get(f"/reviews/{review.pk}/calibration/").content.decode()
    assert seats[1].expert.name in page and "-9" in page and "只供参考" in page and made.digest in page
    assert Event.objects.filter(verb="review.calibrate").count() == 1


def test_panels_that_share_no_expert_are_warned_of(world: World) -> None:
    review, _files, _seats = grown(world, 2)
    closing.keep_calibration(review=review, by=world.department_officer, at=timezone.now())
    page = client_of(world.department_officer).get(f"/reviews/{review.pk}/calibration/").content.decode()
    assert "各组没有共同的专家" in page


def test_what_would_change_at_the_line_is_named(world: World) -> None:
    """The third expert is strict: a last file that only they and one other marked misses the line by that."""
    batch, rows = at_stage(world, "review", 7)
    review = make_review(world, batch)
    experts = make_experts(world, 3)
    files, seats = make_group(world, review, rows, experts)
    for file in files[:-1]:
        for seat, total in zip(seats, (76, 76, 61), strict=True):
            plant_signed(file, seat, total)
    plant_signed(files[-1], seats[0], 76)
    plant_signed(files[-1], seats[2], 61)
    for place, file in enumerate(files):
        total = Fraction(137, 2) if place == 6 else Fraction(71)
        PanelForm.objects.create(
            file=file, seat=seats[0], total=str(total), recommended=total > 70, signed_by=world.clerk_a,
            signed_at=timezone.now(), digest="0" * 64, opinion="同意",
        )  # fmt: skip
    found = comparing.worked_out(review)
    (flip,) = found["flips"]
    assert (flip["file"], flip["official"], flip["recommended"]) == (files[-1].pk, "137/2", True)
    assert flip["calibrated"] == pytest.approx(71, abs=0.5)


def test_without_signed_sheets_there_is_nothing_to_calibrate(world: World) -> None:
    review, _files, _seats = panel_of_five(world)
    with pytest.raises(NotAllowed) as refused:
        closing.keep_calibration(review=review, by=world.department_officer, at=timezone.now())
    assert refused.value.refused.code == "nothing-signed" and not Calibration.objects.exists()


# ---------------------------------------------------------------------- the end
def test_a_review_ends_when_every_file_is_done_and_its_applications_go_on(world: World) -> None:
    review, files, seats = panel_of_five(world, 2)
    browser = client_of(world.department_officer)
    done(files[0], seats)
    assert browser.get(f"/reviews/{review.pk}/close/").status_code == 403
    with pytest.raises(NotAllowed) as refused:
        closing.close(review=review, by=world.department_officer, at=timezone.now())
    assert refused.value.refused.code == "not-done"
    done(files[1], seats)
    assert browser.get(f"/reviews/{review.pk}/close/").status_code == 200
    answer = browser.post(f"/reviews/{review.pk}/close/", {"confirmed": "1"})
    assert answer.status_code == 302 and jobs.work_off() == 1
    review.refresh_from_db()
    review.batch.refresh_from_db()
    assert review.state == ReviewState.CLOSED and review.batch.stage == "visit"
    assert set(Application.objects.values_list("stage", flat=True)) == {"visit"}
    assert closing.move_on(review, at=timezone.now()) == 0
    with pytest.raises(NotAllowed):
        closing.close(review=review, by=world.department_officer, at=timezone.now())


def test_an_application_that_left_meanwhile_holds_up_nothing(world: World) -> None:
    review, files, seats = panel_of_five(world, 2)
    done(files[0], seats)
    Application.objects.filter(pk=files[1].application_id).update(
        state="withdrawn", turn="nobody", holder=None, ended_at=timezone.now()
    )
    assert closing.waiting(review) == 0
    closing.close(review=review, by=world.department_officer, at=timezone.now())
    jobs.work_off()
    assert Application.objects.get(pk=files[0].application_id).stage == "visit"


def test_what_a_lost_job_left_behind_moves_on_at_night(world: World) -> None:
    review, files, seats = panel_of_five(world)
    done(files[0], seats)
    closing.close(review=review, by=world.department_officer, at=timezone.now())
    assert urging.move_on_left_behind(timezone.now()) == 1
    assert urging.move_on_left_behind(timezone.now()) == 0


def test_the_page_of_the_batch_shows_the_review_to_those_who_may_see_it(world: World) -> None:
    review, (file,), seats = panel_of_five(world)
    signed(file, seats[0])
    page = client_of(world.department_officer).get(f"/batches/{review.batch_id}/").content.decode()
    assert "已签署评分表 1/5 份" in page and f"/reviews/{review.pk}/" in page
    answer = client_of(world.prefecture_officer).get(f"/batches/{review.batch_id}/")
    assert "已签署评分表" not in answer.content.decode()

