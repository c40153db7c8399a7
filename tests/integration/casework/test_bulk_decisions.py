"""The same decision for many: the preview, the job and its results, and what a killed worker leaves; four eyes."""

from __future__ import annotations

import dataclasses
import html
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.casework import accepted, make_call, submitted
from tests.integration.casework.test_desk import decide, get, several
from tests.people import World, make_member, make_user
from tidui.accounts.models import User
from tidui.casework import actions, bulk
from tidui.casework.enums import State
from tidui.casework.models import Application, Proposal, Step
from tidui.casework.programme import programme
from tidui.kit import jobs
from tidui.kit.models import Job

pytestmark = pytest.mark.django_db


def hidden(page: str, name: str) -> str:
    """The value of the last hidden field of a name."""
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[-1]


def previewed(client: Client, rows: list[Application], **more: Any) -> str:
    """The preview of ticked rows."""
    return client.post("/desk/", {"action": "bulk", "ids": [one.pk for one in rows], **more}).content.decode()


def begun(client: Client, page: str, **more: Any) -> Job:
    """The job that the form of a preview starts."""
    data = {name: hidden(page, name) for name in ("keys", "pairs", "queue", "at", "move")}
    answer = client.post("/desk/bulk/start/", {**data, **more})
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.latest("created_at")


def test_the_preview_says_of_each_what_will_happen_and_why_not(world: World, client: Client) -> None:
    first, second, third = several(world, make_call(world), 3)
    Application.objects.filter(pk=second.pk).update(doubts=1)
    Application.objects.filter(pk=third.pk).update(verdict="fail")
    client.force_login(world.agency_clerk)

    page = previewed(client, [first, second, third])

    assert str(bulk.DOUBTS.reason) in page and str(bulk.NO_PASS.reason) in page
    assert hidden(page, "pairs") == f"{first.pk}:{first.version}"
    assert not Step.objects.filter(move="accept").exists(), "a preview decides nothing"


def test_where_no_batch_takes_anything_in_the_pages_lead_to_opening_one(world: World, client: Client) -> None:
    """Told above the decision and in the preview, to whoever may open it; gone once there is one."""
    call = make_call(world)
    first, second = (accepted(world, one) for one in several(world, call, 2))
    missing, way = "还没有可以列入的批次", f'href="/calls/{call.pk}/batches/new/'
    client.force_login(world.department_officer)
    for page in (get(client, f"/desk/{first.pk}/"), previewed(client, [first, second])):
        assert missing in page and page.count(way) == 1

    asks = html.unescape(re.findall(rf'{way}([^"]*)', get(client, f"/desk/{first.pk}/"))[0])
    asked = f"/calls/{call.pk}/batches/new/{asks}"
    assert f'href="/desk/{first.pk}/"' in get(client, asked), "whoever cancels is back at the file"
    opened = client.post(asked, {"title": "第一批"})
    assert opened.status_code == 302 and opened["location"].startswith(f"/desk/{first.pk}/")
    elsewhere = client.post(f"/calls/{call.pk}/batches/new/?next=https://example.com/", {"title": "第二批"})
    assert elsewhere.status_code == 422 or elsewhere["location"].startswith("/calls/"), "nowhere but on this site"
    for page in (get(client, f"/desk/{first.pk}/"), previewed(client, [first, second])):
        assert missing not in page and way not in page


def test_where_nothing_is_confirmed_no_batch_is_missed(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    assert "还没有可以列入的批次" not in get(client, f"/desk/{sent.pk}/")
    assert "还没有可以列入的批次" not in previewed(client, [sent])


def test_everything_of_a_filter_is_taken_and_nothing_of_others(world: World, client: Client) -> None:
    first, second, third = several(world, make_call(world), 3)
    Application.objects.filter(pk=second.pk).update(doubts=1)
    client.force_login(world.agency_clerk)

    page = client.post("/desk/?doubts=no", {"action": "bulk_all"}).content.decode()

    assert sorted(hidden(page, "keys").split(",")) == sorted([str(first.pk), str(third.pk)])
    assert hidden(page, "queue") == "doubts=no"


def test_the_job_gives_a_result_for_each_row_and_a_workbook(world: World, client: Client) -> None:
    first, second = several(world, make_call(world), 2)
    client.force_login(world.agency_clerk)
    job = begun(client, previewed(client, [first, second]))
    actions.move(application=second, name="return", by=world.agency_clerk, at=timezone.now(), seen=second.version, reason="漏填")

    assert jobs.work_off() == 1

    page = get(client, f"/desk/bulk/{job.pk}/")
    assert Application.objects.get(pk=first.pk).stage == "confirmation"
    assert Application.objects.get(pk=second.pk).state == State.CORRECTION
    assert str(bulk.CHANGED.reason) in page and "审核通过" in page
    book = b"".join(client.get(f"/desk/bulk/{job.pk}/results.xlsx").streaming_content)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("办理结果").to_python()
    found = {row[0]: row[2:4] for row in rows if str(row[0]).startswith("KX")}
    assert found == {first.number: ["审核通过", ""], second.number: ["未办理", str(bulk.CHANGED.reason)]}


def test_a_job_that_was_killed_in_the_middle_does_the_rest_and_nothing_twice(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = several(world, make_call(world), 3)
    client.force_login(world.agency_clerk)
    job = begun(client, previewed(client, rows))
    done = bulk.actions.move
    count = iter(range(10))

    def killed(**arguments: Any) -> Any:
        if next(count) == 2:
            raise SystemExit
        return done(**arguments)

    monkeypatch.setattr(bulk.actions, "move", killed)
    with pytest.raises(SystemExit):
        jobs.run_job.call(str(job.pk))
    assert Step.objects.filter(move="accept").count() == 2
    monkeypatch.setattr(bulk.actions, "move", done)

    jobs.run_job.call(str(job.pk))

    job.refresh_from_db()
    assert [code for _key, code, _said in job.result["rows"]] == ["", "", ""]
    assert Step.objects.filter(move="accept").count() == 3


def test_a_doubt_that_appears_after_the_preview_holds_the_row_back(world: World, client: Client) -> None:
    first, second = several(world, make_call(world), 2)
    client.force_login(world.agency_clerk)
    job = begun(client, previewed(client, [first, second]))
    Application.objects.filter(pk=second.pk).update(doubts=1)

    jobs.work_off()

    job.refresh_from_db()
    assert [code for _key, code, _said in job.result["rows"]] == ["", bulk.DOUBTS.code]


def test_a_bulk_return_needs_a_reason(world: World, client: Client) -> None:
    first, second = several(world, make_call(world), 2)
    client.force_login(world.agency_clerk)
    page = client.post(
        "/desk/bulk/", {"keys": f"{first.pk},{second.pk}", "at": "tech-sme:agency_check", "move": "return", "queue": ""}
    ).content.decode()
    data = {name: hidden(page, name) for name in ("keys", "pairs", "queue", "at", "move")}
    assert client.post("/desk/bulk/start/", data).status_code == 422
    assert not Job.objects.exists()
    begun(client, page, common="return.5")
    jobs.work_off()
    assert set(Step.objects.filter(move="return").values_list("reason", flat=True)) == {"证明材料缺失、不清晰或已过期"}


def test_nobody_decides_in_bulk_on_what_is_not_theirs(world: World, client: Client) -> None:
    first, second = several(world, make_call(world), 2)
    client.force_login(world.department_officer)
    page = previewed(client, [first, second])
    assert "现在不由您的单位办理" in page and 'name="pairs"' not in page
    client.force_login(world.other_county_officer)
    assert client.post("/desk/", {"action": "bulk", "ids": [first.pk]}).status_code == 302, "nothing is left of it"
    forged = {"pairs": f"{first.pk}:{first.version}", "at": "tech-sme:agency_check", "move": "accept", "queue": "", "keys": ""}
    client.post("/desk/bulk/start/", forged)
    jobs.work_off()
    assert Job.objects.get().result["rows"][0][1] == "not-found"
    client.force_login(world.clerk_a)
    get(client, "/desk/", 403)


# ---------------------------------------------------------------------- four eyes
@pytest.fixture
def four_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agency's acceptance needs a second person in this test."""
    from tidui.casework import programme as registry

    owner = programme("tech-sme")
    stages = tuple(
        dataclasses.replace(one, second=("accept",)) if one.name == "agency_check" else one for one in owner.stages
    )
    monkeypatch.setitem(registry._programmes, "tech-sme", dataclasses.replace(owner, stages=stages))


@pytest.fixture
def colleague(world: World) -> User:
    """A second person of the agency."""
    person = make_user("colleague", "同事甲")
    make_member(person, world.agency, "clerk")
    return person


@pytest.mark.usefixtures("four_eyes")
def test_a_proposal_waits_for_a_colleague_and_moves_nothing(world: World, client: Client, colleague: User) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    assert "须同事复核" in get(client, f"/desk/{sent.pk}/")
    decide(client, sent, "accept", reason="数据属实")
    proposal = Proposal.objects.get()
    assert Application.objects.get(pk=sent.pk).stage == "agency_check"
    assert "等待复核" in get(client, f"/desk/{sent.pk}/")
    own = client.post(f"/proposals/{proposal.pk}/answer/", {"agree": "1"})
    assert own.status_code == 422 and "另一位同事" in own.content.decode()

    client.force_login(colleague)
    assert world.a.name in get(client, "/proposals/")
    assert "数据属实" in get(client, f"/proposals/{proposal.pk}/")
    assert client.post(f"/proposals/{proposal.pk}/answer/", {"agree": "1"}).status_code == 302

    step = Step.objects.get(application=sent, move="accept")
    assert (step.by, step.second) == (world.agency_clerk, colleague)


@pytest.mark.usefixtures("four_eyes")
def test_a_declined_proposal_says_why_and_the_file_can_be_decided_anew(
    world: World, client: Client, colleague: User
) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    decide(client, sent, "accept")
    proposal = Proposal.objects.get()
    client.force_login(colleague)
    assert client.post(f"/proposals/{proposal.pk}/answer/", {"agree": "0"}).status_code == 422
    client.post(f"/proposals/{proposal.pk}/answer/", {"agree": "0", "answer": "职工数请再核"})
    proposal.refresh_from_db()
    assert (proposal.confirmed, proposal.answer) == (False, "职工数请再核")
    decide(client, sent, "accept")
    assert Proposal.objects.filter(ended_at=None).count() == 1


@pytest.mark.usefixtures("four_eyes")
def test_whoever_proposed_may_retract_it_and_nobody_else(world: World, client: Client, colleague: User) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    decide(client, sent, "accept")
    proposal = Proposal.objects.get()
    client.force_login(colleague)
    assert client.post(f"/proposals/{proposal.pk}/retract/").status_code == 422
    client.force_login(world.agency_clerk)
    assert client.post(f"/proposals/{proposal.pk}/retract/")["Location"] == f"/desk/{sent.pk}/"
    proposal.refresh_from_db()
    assert proposal.ended_by == world.agency_clerk and proposal.confirmed is None


@pytest.mark.usefixtures("four_eyes")
def test_a_proposal_ends_when_the_applicant_withdraws(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    decide(client, sent, "accept")
    actions.withdraw(application=sent, reason="不再申报", by=world.clerk_a, at=timezone.now(), seen=sent.version)
    proposal = Proposal.objects.get()
    assert proposal.ended_at is not None
    assert (proposal.ended_by, proposal.confirmed) == (None, None)


@pytest.mark.usefixtures("four_eyes")
def test_a_proposal_is_seen_by_ones_own_unit_alone(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    decide(client, sent, "accept", reason="内部意见")
    proposal = Proposal.objects.get()
    client.force_login(world.clerk_a)
    assert "内部意见" not in get(client, f"/applications/{sent.pk}/")
    client.force_login(world.county_officer)
    get(client, f"/proposals/{proposal.pk}/", 404)


@pytest.mark.usefixtures("four_eyes")
def test_bulk_with_four_eyes_proposes_each_and_is_safe_to_repeat(world: World, client: Client) -> None:
    rows = several(world, make_call(world), 2)
    client.force_login(world.agency_clerk)
    job = begun(client, previewed(client, rows))
    jobs.work_off()
    arguments = job.arguments
    again = bulk.run(Job.objects.get(pk=job.pk), jobs.Progress(job), **arguments)
    assert [code for _key, code, _said in again["rows"]] == [bulk.PROPOSED, bulk.PROPOSED]
    assert Proposal.objects.count() == 2
