"""Tax verification, the national platform and its stand-in: what an answer does to an application."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.people import World, make_organisation
from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation, User
from tidui.casework import actions
from tidui.casework.actions import answering
from tidui.casework.actions import exchanging as listing
from tidui.casework.enums import ExchangeState, State
from tidui.casework.exchanging import Plan
from tidui.casework.models import AnswerFile, Application, Batch, Exchange, ExchangeRow, HeldAnswer
from tidui.codes import sme_numbers
from tidui.demo import standin
from tidui.kit import clock, files, jobs
from tidui.kit.access import NotAllowed
from tidui.recognition.models import Recognition
from tidui.registry.facts import fact_set
from tidui.registry.models import Return
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db


def at_platform(world: World, *, tax_first: bool = False, stage: str = "platform", others: int = 0) -> Batch:
    """A closed batch of `a`, `b` and so many more, whose notice has ended."""
    from tidui.casework.actions.calls import close_batch

    call = make_call(world, tax_first=tax_first)
    firms = [(world.a, world.clerk_a), (world.b, world.clerk_b)]
    for number in range(others):
        firm = make_organisation(OrganisationKind.ENTERPRISE, f"兰州第{number}仪表有限公司", "620102", number=700 + number)
        firms.append((firm, _clerk_of(firm, number)))
    for firm, clerk in firms:
        confirmed(world, accepted(world, submitted(world, call, firm, clerk)))
    batch = Batch.objects.get()
    close_batch(batch=batch, by=world.department_officer, at=timezone.now())
    for one in Application.objects.all():
        actions.advance(application=one, name="end", at=timezone.now(), expect="notice")
    assert set(Application.objects.values_list("stage", flat=True)) == {stage}
    return Batch.objects.get()


def _clerk_of(firm: Organisation, number: int) -> User:
    from tests.people import make_member, make_user
    from tidui.accounts.enums import Role

    clerk = make_user(f"more_{number}", "新人")
    make_member(clerk, firm, Role.CLERK)
    return clerk


def listed(world: World, batch: Batch, purpose: str) -> Exchange:
    """A list of the batch that was sent."""
    by, now = world.department_officer, timezone.now()
    made = listing.prepare(purpose=purpose, batch=batch, by=by, at=now)
    listing.write_files(exchange=made, by=by, at=now)
    return listing.send(exchange=made, by=by, at=now, way="公文交换")


def read_in(world: World, exchange: Exchange, path: Path, **more: Any) -> AnswerFile:
    """Hand a file of answers in and have it read."""
    received = files.receive(path, kind=listing.ANSWERS)
    made = answering.read_answers(
        exchange=exchange, received=received, by=world.department_officer, at=timezone.now(), **more
    )
    jobs.work_off()
    return AnswerFile.objects.get(pk=made.pk)


def answers_of(exchange: Exchange, tmp_path: Path, name: str = "answers.xlsx", **plan: Any) -> Path:
    """What the stand-in answers to a list."""
    exchange.refresh_from_db()
    assert exchange.file is not None
    target = tmp_path / name
    standin.answer(files.path(exchange.file), exchange.file.name, target, Plan(**plan))
    return target


def mark() -> str:
    """The eleventh character of the number of whoever was founded in an earlier year and submits today."""
    today = clock.today()
    return sme_numbers.mark_of(today.year, dt.date(today.year - 1, 1, 1), today)


def by_hand(exchange: Exchange, firm: Organisation, by: User, **cells: str) -> answering.Result:
    """Answer one enterprise on the page."""
    return answering.answer_row(row=exchange.rows.get(organisation=firm), cells=cells, by=by, at=timezone.now())


def test_the_platform_gives_numbers_once_and_the_file_says_so(world: World, tmp_path: Path) -> None:
    """The recognition, the status and the step come together; reading the same file again changes nothing."""
    batch = at_platform(world)
    sent = listed(world, batch, "platform")
    path = answers_of(sent, tmp_path)
    made = read_in(world, sent, path, document_number="国科火函〔2026〕3号", document_date=clock.today())
    assert (made.report["taken"], made.report["held"], made.error) == (2, 0, "")
    application = Application.objects.get(organisation=world.a)
    assert (application.stage, application.state) == ("announcement", State.ACTIVE)
    one = Recognition.objects.get(application=application)
    assert one.number.startswith(f"{clock.today().year}620102{mark()}")
    assert (one.year, one.rung, one.valid_from) == (clock.today().year, "sme", clock.today())
    assert one.valid_until == dt.date(clock.today().year, 12, 31)
    assert (one.document_number, one.row) == ("国科火函〔2026〕3号", ExchangeRow.objects.get(application=application))
    facts = fact_set(world.a)
    assert (facts.get("sme_number"), facts.get("sme_valid_until")) == (one.number, one.valid_until)
    assert facts.get("sme_revoked_on") == NONE
    assert facts.get("sme_number_in_year", one.year) is True
    assert facts.get("sme_zero_number_next_year", one.year - 1) is (mark() == "0")
    returns = Return.objects.filter(source="recognition").count()
    read_in(world, sent, path)
    assert (Recognition.objects.count(), Return.objects.filter(source="recognition").count()) == (2, returns)
    assert Exchange.objects.get().state == ExchangeState.COMPLETE
    assert Batch.objects.get().stage == "announcement"


def test_a_refused_enterprise_learns_the_platforms_reason(world: World, tmp_path: Path) -> None:
    """Its application ends; the others go on."""
    sent = listed(world, at_platform(world), "platform")
    made = read_in(world, sent, answers_of(sent, tmp_path, refuse=1))
    assert made.report["taken"] == 2
    refused = Application.objects.get(state=State.REFUSED)
    assert refused.steps.order_by("-number")[0].reason in standin.REASONS
    assert Recognition.objects.count() == 1


def test_late_duplicate_and_spoilt_answers_leave_their_rows_waiting(world: World, tmp_path: Path) -> None:
    """A later file completes them; whoever was answered stays as they were."""
    sent = listed(world, at_platform(world, others=4), "platform")
    first = read_in(world, sent, answers_of(sent, tmp_path, late=1, duplicate=1, malformed=2, refuse=1))
    assert first.report | {} == {
        "lines": 7, "taken": 3, "held": 2, "same": 0, "refused": 0, "blank": 1, "repeated": 1, "open": 3,
    }  # fmt: skip
    codes = sorted(fault["code"] for held in HeldAnswer.objects.all() for fault in held.faults)
    assert codes == ["number-length", "number-mark"]
    second = read_in(world, sent, answers_of(sent, tmp_path, "later.xlsx", refuse=1))
    assert (second.report["taken"], second.report["same"], second.report["open"]) == (3, 3, 0)
    assert Recognition.objects.count() == 5
    assert Recognition.objects.values("number").distinct().count() == 5


def test_a_doubtful_number_needs_a_person_and_one_that_is_none_is_asked_again(world: World) -> None:
    """The mark of another half-year can be accepted with a reason, seventeen characters cannot."""
    sent, by = listed(world, at_platform(world), "platform"), world.department_officer
    year, other = clock.today().year, {"0": "A", "A": "0"}[mark()]
    assert by_hand(sent, world.a, by, outcome="赋号", number=f"{year}620102{other}0000001") == answering.Result.HELD
    assert by_hand(sent, world.b, by, outcome="赋号", number=f"{year}620103{mark()}000001") == answering.Result.HELD
    soft, hard = HeldAnswer.objects.get(row__organisation=world.a), HeldAnswer.objects.get(row__organisation=world.b)
    assert "第11位" in soft.faults[0]["zh"]
    assert "character" in hard.faults[0]["en"] or "编号" in hard.faults[0]["en"]
    assert not Recognition.objects.exists()
    answering.settle(held=soft, accept=True, reason="平台书面说明", by=by, at=timezone.now())
    assert Recognition.objects.get().number == f"{year}620102{other}0000001"
    with pytest.raises(NotAllowed):
        answering.settle(held=hard, accept=True, reason="先登记", by=by, at=timezone.now())
    assert Application.objects.get(organisation=world.b).stage == "platform"


def test_a_number_that_is_anothers_is_never_registered(world: World) -> None:
    """The second enterprise's answer is held, and cannot be accepted."""
    sent, by = listed(world, at_platform(world), "platform"), world.department_officer
    number = f"{clock.today().year}620100{mark()}0000001"
    assert by_hand(sent, world.a, by, outcome="赋号", number=number) == answering.Result.TAKEN
    assert by_hand(sent, world.b, by, outcome="赋号", number=number) == answering.Result.HELD
    held = HeldAnswer.objects.get()
    assert [one["code"] for one in held.faults] == ["used"]
    with pytest.raises(NotAllowed):
        answering.settle(held=held, accept=True, reason="先登记", by=by, at=timezone.now())


def test_a_late_refusal_does_not_take_a_number_away_but_a_late_number_reopens(world: World) -> None:
    """What has its number is revoked by its own procedure; what was refused can get a number after all."""
    sent, by = listed(world, at_platform(world), "platform"), world.department_officer
    year = clock.today().year
    by_hand(sent, world.a, by, outcome="赋号", number=f"{year}620102{mark()}0000001")
    by_hand(sent, world.b, by, outcome="不予登记", reason="信息不完整")
    assert by_hand(sent, world.a, by, outcome="不予登记", reason="弄错了") == answering.Result.HELD
    assert by_hand(sent, world.b, by, outcome="赋号", number=f"{year}620103{mark()}0000002") == answering.Result.HELD
    taken, given = HeldAnswer.objects.get(row__organisation=world.a), HeldAnswer.objects.get(row__organisation=world.b)
    with pytest.raises(NotAllowed) as told:
        answering.settle(held=taken, accept=True, reason="平台更正", by=by, at=timezone.now())
    assert told.value.refused.code == "numbered"
    answering.settle(held=given, accept=True, reason="平台更正", by=by, at=timezone.now())
    back = Application.objects.get(organisation=world.b)
    assert (back.stage, back.state, back.ended_at) == ("announcement", State.ACTIVE, None)
    assert [one.move for one in back.steps.order_by("-number")[:3]] == ["numbered", "reopen", "refused"]
    assert Recognition.objects.get(organisation=world.b).number == f"{year}620103{mark()}0000002"


def test_the_platform_may_correct_a_number_that_it_gave(world: World) -> None:
    """The recognition and the status get the new one; nothing is doubled."""
    sent, by = listed(world, at_platform(world), "platform"), world.department_officer
    year = clock.today().year
    by_hand(sent, world.a, by, outcome="赋号", number=f"{year}620102{mark()}0000001")
    by_hand(sent, world.a, by, outcome="赋号", number=f"{year}620102{mark()}0000009")
    answering.settle(held=HeldAnswer.objects.get(), accept=True, reason="平台更正", by=by, at=timezone.now())
    assert Recognition.objects.get().number == f"{year}620102{mark()}0000009"
    assert fact_set(world.a).get("sme_number") == f"{year}620102{mark()}0000009"


def test_the_tax_side_verifies_before_the_number_where_the_call_says_so(world: World, tmp_path: Path) -> None:
    """Verified goes on to the platform; what differs ends with the tax side's reason."""
    batch = at_platform(world, tax_first=True, stage="tax_before")
    tax = make_organisation(OrganisationKind.TAX, "省税务局")
    made = listing.prepare(purpose="tax", batch=batch, partner=tax, by=world.department_officer, at=timezone.now())
    row = made.rows.get(organisation=world.a)
    assert row.sent["sales_revenue"] == 10_000_000_00
    assert row.sent["audit_collection"] is True
    listing.write_files(exchange=made, by=world.department_officer, at=timezone.now())
    listing.send(exchange=made, by=world.department_officer, at=timezone.now(), way="系统内")
    read_in(world, made, answers_of(made, tmp_path, "tax.csv", refuse=1))
    assert sorted(Application.objects.values_list("stage", "state")) == [
        ("platform", State.ACTIVE), ("tax_before", State.REFUSED),
    ]  # fmt: skip
    assert Application.objects.get(state=State.REFUSED).steps.order_by("-number")[0].move == "differs"


def test_after_the_number_the_tax_side_only_reports_relief(world: World, tmp_path: Path) -> None:
    """The recognition stays as it is; the application is done with either way."""
    batch = at_platform(world)
    read_in(world, sent := listed(world, batch, "platform"), answers_of(sent, tmp_path))
    for one in Application.objects.all():
        actions.advance(application=one, name="announce", at=timezone.now(), expect="announcement")
    before = list(Recognition.objects.order_by("pk").values())
    relief = listed(world, batch, "tax-relief")
    assert relief.rows.get(organisation=world.a).sent["sme_number"] == Recognition.objects.get(organisation=world.a).number
    made = read_in(world, relief, answers_of(relief, tmp_path, "relief.xlsx", refuse=1))
    assert made.report["taken"] == 2
    assert set(Application.objects.values_list("state", flat=True)) == {State.ACCEPTED}
    assert list(Recognition.objects.order_by("pk").values()) == before
    assert relief.rows.get(outcome="enjoyed").answer["amount"] == 10_000_000
    assert Batch.objects.get().ended_at is not None


def test_a_killed_reading_leaves_no_number_doubled_or_lost(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the row and its number, nothing of that row is there; run again, everything is there once."""
    from tidui.recognition import registering

    sent = listed(world, at_platform(world, others=2), "platform")
    received = files.receive(answers_of(sent, tmp_path), kind=listing.ANSWERS)
    made = answering.read_answers(exchange=sent, received=received, by=world.department_officer, at=timezone.now())
    whole = registering._write_status

    class Killed(BaseException):
        pass

    def dies(*arguments: Any) -> None:
        if Recognition.objects.count() == 3:
            raise Killed
        whole(*arguments)

    monkeypatch.setattr(registering, "_write_status", dies)
    with pytest.raises(Killed):
        answering.take_file(AnswerFile.objects.select_related("exchange__batch", "file", "read_by").get(pk=made.pk))
    monkeypatch.setattr(registering, "_write_status", whole)
    assert Recognition.objects.count() == ExchangeRow.objects.exclude(outcome="").count() == 2
    assert Application.objects.filter(stage="announcement").count() == 2
    jobs.work_off()
    made.refresh_from_db()
    assert (made.report["taken"], Recognition.objects.count()) == (4, 4)
    assert Return.objects.filter(source="recognition", section="enterprise").count() == 4


def test_the_stand_in_answers_the_same_list_alike_and_gives_everybody_one_number(world: World, tmp_path: Path) -> None:
    """Also from the CSV file; a file that is no list is refused."""
    sent = listed(world, at_platform(world, others=3), "platform")
    assert sent.csv is not None
    first = standin.read_list(answers_of(sent, tmp_path, "one.csv", refuse=1, seed="x"))
    target = tmp_path / "two.csv"
    counts = standin.answer(files.path(sent.csv), sent.csv.name, target, Plan(seed="x", refuse=1))
    assert standin.read_list(target).rows == first.rows
    assert counts == {"answered": 5, "refused": 1, "late": 0, "doubled": 0, "malformed": 0}
    nothing = tmp_path / "nothing.csv"
    nothing.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(standin.NoList):
        standin.answer(nothing, "nothing.csv", target, Plan())


def test_a_list_is_answered_on_the_command_line(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a rehearsal without the page; a file that is no list is a wrong use."""
    from tidui.cli.main import main

    sent = listed(world, at_platform(world), "platform")
    assert sent.csv is not None
    source, target = tmp_path / "list.csv", tmp_path / "answers.csv"
    source.write_bytes(files.path(sent.csv).read_bytes())
    assert main(["demo", "answer", str(source), "--out", str(target), "--refuse", "1"]) == 0
    assert capsys.readouterr().out == "answered 2, refused 1, late 0, doubled 0, malformed 0\n"
    assert read_in(world, sent, target).report["taken"] == 2
    assert main(["demo", "answer", str(target), "--out", str(tmp_path / "answers.pdf")]) == 2
