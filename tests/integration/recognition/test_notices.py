"""Public notices: drafted from a closed batch, frozen as published, ended after their last day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.integration.recognition.noticing import after, batch_at_notice, objected, shown, taken_up
from tests.people import World
from tidui.audit.models import Event
from tidui.casework.actions import calls
from tidui.casework.actions.batches import rebatch
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch
from tidui.kit import calendar, clock, jobs
from tidui.kit.access import NotAllowed
from tidui.recognition import noticing
from tidui.recognition.actions import notices, objections
from tidui.recognition.enums import NoticeState
from tidui.recognition.models import Notice

pytestmark = pytest.mark.django_db


def stages(batch: Batch) -> dict[str, str]:
    """Where the applications of a batch are, by the name of their enterprise."""
    rows = Application.objects.filter(batch=batch).select_related("organisation").order_by("pk")
    return {one.organisation.name[2:4]: one.stage for one in rows}


def test_a_notice_lists_the_batch_and_lasts_ten_working_days(world: World) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    assert [(one["application"], one["name"]) for one in notice.entries] == [
        (made[0].pk, world.a.name), (made[1].pk, world.b.name),
    ]  # fmt: skip
    assert notice.entries[0]["place"] == "兰州市城关区"
    assert set(notice.entries[0]) == {"application", "number", "name", "uscc", "division", "place"}
    assert notice.ends_on == calendar.calendar().after(clock.today(), 10)
    assert notice.document is not None and notice.document.number == f"甘科公示〔{clock.today().year}〕1号"
    assert {one.due_on for one in Application.objects.filter(batch=batch)} == {notice.ends_on}


@pytest.mark.parametrize("name", ["days.notice", "notice_days"], ids=["now", "published before"])
def test_the_days_are_those_that_the_call_fixed(world: World, name: str) -> None:
    batch, _made = batch_at_notice(world)
    batch.call.settings[name] = 7
    batch.call.save()
    assert shown(world, batch).ends_on == calendar.calendar().after(clock.today(), 7)


def test_what_was_published_stays_as_it_was_when_an_enterprise_is_renamed(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    world.a.name = "兰州新名仪器有限公司"
    world.a.save()
    again = Notice.objects.get(pk=notice.pk)
    assert again.entries[0]["name"] == "兰州白塔精密仪器有限公司"
    assert noticing.digest_of(again) == again.digest
    again.entries[0]["name"] = "兰州新名仪器有限公司"
    assert noticing.digest_of(again) != again.digest


def test_an_open_batch_and_an_empty_one_get_no_notice(world: World) -> None:
    batch, made = batch_at_notice(world)
    Batch.objects.filter(pk=batch.pk).update(closed_at=None, closed_by=None)
    with pytest.raises(NotAllowed) as told:
        notices.draft_notice(batch=batch, by=world.department_officer, at=timezone.now())
    assert told.value.refused.code == "batch-open"
    Batch.objects.filter(pk=batch.pk).update(closed_at=timezone.now(), closed_by=world.department_officer)
    Application.objects.filter(pk__in=[one.pk for one in made]).update(stage="platform")
    with pytest.raises(NotAllowed) as told:
        notices.draft_notice(batch=batch, by=world.department_officer, at=timezone.now())
    assert told.value.refused.code == "nothing-to-show"


def test_a_batch_has_one_running_notice(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notices.draft_notice(batch=batch, by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed) as told:
        notices.draft_notice(batch=batch, by=world.department_officer, at=timezone.now())
    assert told.value.refused.code == "notice-running"


def test_only_the_departments_officers_publish(world: World) -> None:
    batch, _made = batch_at_notice(world)
    drafted = notices.draft_notice(batch=batch, by=world.department_officer, at=timezone.now())
    for person in (world.inspector, world.county_officer, world.clerk_a, world.agency_clerk, world.department_administrator):
        with pytest.raises(NotAllowed):
            notices.publish_notice(notice=drafted, by=person, at=timezone.now())
    assert Notice.objects.get(pk=drafted.pk).state == NoticeState.DRAFT


def test_a_published_notice_is_neither_reworded_nor_thrown_away(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    with pytest.raises(NotAllowed):
        notices.edit_notice(notice=notice, title="x", text="y", by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed):
        notices.discard_notice(notice=notice, by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed):
        notices.publish_notice(notice=notice, by=world.department_officer, at=timezone.now())


def test_a_wrong_notice_is_taken_down_with_a_reason_and_published_again_with_a_new_number(world: World) -> None:
    batch, _made = batch_at_notice(world)
    wrong = shown(world, batch)
    with pytest.raises(NotAllowed) as told:
        notices.withdraw_notice(notice=wrong, reason="  ", by=world.department_officer, at=timezone.now())
    assert told.value.refused.code == "no-reason"
    notices.withdraw_notice(notice=wrong, reason="名单有误", by=world.department_officer, at=timezone.now())
    right = shown(world, batch)
    assert Notice.objects.get(pk=wrong.pk).state == NoticeState.WITHDRAWN
    assert right.document is not None and right.document.number.endswith("2号")


def test_a_notice_does_not_end_on_its_last_day_but_on_the_next(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    last = after(notice) - dt.timedelta(hours=12, seconds=1)
    with pytest.raises(NotAllowed) as told:
        notices.end_notice(notice=notice, by=world.department_officer, at=last)
    assert told.value.refused.code == "not-over"
    assert noticing.end_due(last) == 0
    notices.end_notice(notice=notice, by=world.department_officer, at=after(notice))
    assert Notice.objects.get(pk=notice.pk).state == NoticeState.ENDED


def test_the_button_moves_everything_on_in_a_job(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    job = notices.end_notice(notice=notice, by=world.department_officer, at=after(notice))
    assert stages(batch) == {"白塔": "notice", "黄峪": "notice"}
    jobs.work_off()
    job.refresh_from_db()
    assert job.result == {"moved": 2, "waiting": 0}
    assert stages(batch) == {"白塔": "tax_before", "黄峪": "tax_before"}
    assert Batch.objects.get(pk=batch.pk).stage == "tax_before"


def test_the_night_ends_a_notice_and_does_so_once(world: World) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    assert noticing.end_due(after(notice)) == 1
    assert stages(batch) == {"白塔": "tax_before", "黄峪": "tax_before"}
    assert noticing.end_due(after(notice)) == 0
    assert made[0].steps.filter(move="end").count() == 1


def test_a_job_that_broke_off_in_the_middle_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, _made = batch_at_notice(world, third=True)
    notice = shown(world, batch)
    job = notices.end_notice(notice=notice, by=world.department_officer, at=after(notice))
    real, done = noticing.advance, []

    def once(**asked: object) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return real(**asked)  # type: ignore[arg-type]

    monkeypatch.setattr(noticing, "advance", once)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_job.call(str(job.pk))
    assert sorted(stages(batch).values()) == ["notice", "notice", "tax_before"]
    monkeypatch.setattr(noticing, "advance", real)
    jobs.run_job.call(str(job.pk))
    assert set(stages(batch).values()) == {"tax_before"}
    assert {one.steps.filter(move="end").count() for one in Application.objects.filter(batch=batch)} == {1}


def test_the_night_takes_up_what_a_job_that_was_given_up_left(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    notices.end_notice(notice=notice, by=world.department_officer, at=after(notice))
    noticing.end_due(after(notice))
    assert set(stages(batch).values()) == {"tax_before"}


def test_an_application_with_an_open_objection_waits_and_moves_when_it_is_dismissed(world: World) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    objection = taken_up(world, objected(notice, made[1]))
    noticing.end_due(after(notice))
    assert stages(batch) == {"白塔": "tax_before", "黄峪": "notice"}
    objections.dismiss_objection(
        objection=objection, answer="经核实，数据一致。", by=world.department_officer, at=after(notice),
        seen=objection.version,
    )  # fmt: skip
    assert stages(batch) == {"白塔": "tax_before", "黄峪": "tax_before"}


def test_an_application_that_was_withdrawn_meanwhile_stays_withdrawn(world: World) -> None:
    from tidui.casework.actions import withdraw

    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    now = Application.objects.get(pk=made[0].pk)
    withdraw(application=now, reason="不再申报", by=world.clerk_a, at=timezone.now(), seen=now.version)
    noticing.end_due(after(notice))
    assert Application.objects.get(pk=made[0].pk).state == State.WITHDRAWN
    assert Notice.objects.get(pk=notice.pk).entries[0]["application"] == made[0].pk


def test_every_step_of_a_notice_is_written_down(world: World) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    noticing.end_due(after(notice))
    verbs = Event.objects.filter(subject_model="recognition.Notice").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["recognition.draft_notice", "recognition.publish_notice", "recognition.end_notice"]


def test_what_was_shown_in_one_batch_does_not_go_on_in_another(world: World) -> None:
    batch, made = batch_at_notice(world)
    now = timezone.now()
    other = calls.open_batch(call=batch.call, title="第二批", by=world.department_officer, at=now)
    given = {"to": other, "reason": "补正材料", "by": world.department_officer, "at": now}
    seen = Application.objects.get(pk=made[1].pk)
    rebatch(application=seen, seen=seen.version, **given)
    notice = shown(world, batch)
    assert [one["application"] for one in notice.entries] == [made[0].pk]
    seen = Application.objects.get(pk=made[0].pk)
    with pytest.raises(NotAllowed) as told:
        rebatch(application=seen, seen=seen.version, **given)
    assert told.value.refused.code == "listed"
