"""Lists out and answers in, whatever the purpose: prepared, sent, answered by file or by hand, held back, settled."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.utils import timezone

from tests.casework import ANSWERS, accepted, confirmed, facts_of_form, make_call, submitted
from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Organisation, User
from tidui.casework import exchange_files, exchanging
from tidui.casework.actions import answering
from tidui.casework.actions import exchanging as actions
from tidui.casework.enums import ExchangeState, State
from tidui.casework.exchanging import Answer, Column, Outcome, Purpose, RowFault
from tidui.casework.models import AnswerFile, Application, Batch, Exchange, ExchangeRow, HeldAnswer
from tidui.kit import files, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.lang import Pair
from tidui.kit.models import Message

pytestmark = pytest.mark.django_db

TAKEN: list[tuple[str, str]] = []


def _apply(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    TAKEN.append((row.uscc, answer.outcome))


def _read(row: ExchangeRow, answer: Answer) -> list[RowFault]:
    note = str(answer.values.get("note", ""))
    return [RowFault("odd", "奇怪", hard=note == "坏")] if note in ("怪", "坏") else []


@pytest.fixture
def purpose() -> Iterator[Purpose]:
    """A purpose of a partner authority that may answer at any stage."""
    TAKEN.clear()
    yield exchanging.define(
        Purpose(
            name="joint:test", title=Pair("信用核查", "credit check"), layout="1",
            columns=(Column("number", Pair("受理编号", "number"), "code"),),
            outcomes=(Outcome("ok", Pair("无异常", "clear"), "good"), Outcome("hit", Pair("命中", "hit"), "bad", needs=("reason",))),
            answers=(Column("note", Pair("备注", "note")), Column("fine", Pair("罚款(元)", "fine"), "money")),
            write_row=lambda application: {"number": application.number}, read_row=_read, apply_row=_apply,
            partner_kind=OrganisationKind.PARTNER, fits=lambda stage: stage.name == "notice",
        )
    )  # fmt: skip
    exchanging.forget("joint:test")


@pytest.fixture
def partner(world: World) -> Organisation:
    """An authority that answers, with a clerk `partner_clerk`."""
    made = make_organisation(OrganisationKind.PARTNER, "省信用中心")
    make_member(make_user("partner_clerk", "宋信"), made, Role.CLERK)
    return made


def _two(world: World) -> tuple[Batch, list[Application]]:
    call = make_call(world)
    first = confirmed(world, accepted(world, submitted(world, call)))
    second = confirmed(world, accepted(world, submitted(world, call, world.b, world.clerk_b)))
    assert first.batch is not None
    return first.batch, [first, second]


def _sent(world: World, purpose: Purpose, batch: Batch, partner: Organisation | None = None) -> Exchange:
    by, now = world.department_officer, timezone.now()
    made = actions.prepare(purpose=purpose, batch=batch, partner=partner, by=by, at=now)
    actions.write_files(exchange=made, by=by, at=now)
    return actions.send(exchange=made, by=by, at=now, way="公文交换", document_number="甘科函〔2026〕7号")


def _answers(exchange: Exchange, tmp_path: Path, lines: Sequence[Mapping[str, str]], name: str = "a.csv") -> files.Received:
    purpose = exchanging.purpose(exchange.purpose)
    headings = [one.title.zh for one in exchange_files.columns_of(purpose)]
    place = tmp_path / name
    with place.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(exchange_files.mark_of(exchange, purpose))
        writer.writerow(headings)
        for line in lines:
            writer.writerow([line.get(one, "") for one in headings])
    return files.receive(place, kind=actions.ANSWERS)


def _read_in(exchange: Exchange, received: files.Received, by: User) -> AnswerFile:
    made = answering.read_answers(exchange=exchange, received=received, by=by, at=timezone.now())
    jobs.work_off()
    return AnswerFile.objects.get(pk=made.pk)


def _line(application: Application, outcome: str, **more: str) -> dict[str, str]:
    return {"统一社会信用代码": application.organisation.uscc or "", "回复结论": outcome, **more}


def test_a_list_holds_what_waits_and_nobody_is_in_two_open_lists_of_a_purpose(world: World, purpose: Purpose) -> None:
    """The second list has nobody to hold; one given by hand is refused."""
    batch, both = _two(world)
    by, now = world.department_officer, timezone.now()
    made = actions.prepare(purpose=purpose, batch=batch, by=by, at=now)
    assert sorted(made.rows.values_list("uscc", flat=True)) == sorted([world.a.uscc, world.b.uscc])
    assert (made.count, made.stage, len(made.digest)) == (2, "notice", 64)
    with pytest.raises(NotAllowed) as told:
        actions.prepare(purpose=purpose, batch=batch, by=by, at=now)
    assert told.value.refused.code == "nobody"
    with pytest.raises(NotAllowed) as told:
        actions.prepare(purpose=purpose, applications=both[:1], by=by, at=now)
    assert told.value.refused.code == "in-a-list"


def test_only_the_department_lists_and_only_a_partner_of_the_right_kind_is_asked(world: World, purpose: Purpose) -> None:
    """A county officer may not; the tax side does not answer credit lists."""
    batch, _both = _two(world)
    with pytest.raises(NotAllowed):
        actions.prepare(purpose=purpose, batch=batch, by=world.county_officer, at=timezone.now())
    tax = make_organisation(OrganisationKind.TAX, "省税务局")
    with pytest.raises(NotAllowed) as told:
        actions.prepare(purpose=purpose, batch=batch, partner=tax, by=world.department_officer, at=timezone.now())
    assert told.value.refused.code == "wrong-partner"


def test_the_files_say_their_layout_and_hold_no_formula(world: World, purpose: Purpose) -> None:
    """A name that begins like a formula is a text in both; the code keeps its digits."""
    Organisation.objects.filter(pk=world.a.pk).update(name="=cmd|' /C calc'!A0")
    batch, _both = _two(world)
    by, now = world.department_officer, timezone.now()
    made = actions.write_files(exchange=actions.prepare(purpose=purpose, batch=batch, by=by, at=now), by=by, at=now)
    assert made.file is not None
    assert made.csv is not None
    text = files.path(made.csv).read_text("utf-8-sig").splitlines()
    assert text[0].startswith(f"清单格式,joint:test/1,清单编号,{made.pk},家数,2,内容摘要,{made.digest}")
    assert text[1] == "序号,统一社会信用代码,单位名称,受理编号,回复结论,备注,罚款(元),原因说明"
    assert "'=cmd" in text[2]
    lines = exchange_files.read(files.path(made.file), made.file.name, made, purpose)
    assert [(one.uscc, one.answer) for one in lines] == [(world.a.uscc, None), (world.b.uscc, None)]
    again = actions.write_files(exchange=made, by=by, at=now)
    assert again.file_id == made.file_id


def test_sending_starts_the_clock_and_tells_the_partner(world: World, purpose: Purpose, partner: Organisation) -> None:
    """Who answers for the partner gets a message; before that they do not see the list."""
    batch, _both = _two(world)
    clerk = User.objects.get(username="partner_clerk")
    sent = _sent(world, purpose, batch, partner)
    assert sent.state == ExchangeState.SENT
    assert sent.due_on is not None
    assert sent.sent_note == "公文交换 甘科函〔2026〕7号"
    assert Message.objects.filter(recipient=clerk, kind="casework.list_sent").count() == 1


def test_answers_are_taken_once_and_a_later_file_completes_them(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """The same file changes nothing; the second answers who was missing."""
    batch, (first, second) = _two(world)
    sent = _sent(world, purpose, batch)
    received = _answers(sent, tmp_path, [_line(first, "无异常", 备注="好"), _line(second, "")])
    made = _read_in(sent, received, world.department_officer)
    assert made.report | {} == {
        "lines": 2, "taken": 1, "held": 0, "same": 0, "refused": 0, "blank": 1, "repeated": 0, "open": 1,
    }  # fmt: skip
    assert Exchange.objects.get().state == ExchangeState.ANSWERED
    assert _read_in(sent, received, world.department_officer).pk == made.pk
    assert [outcome for _uscc, outcome in TAKEN] == ["ok"]
    later = _answers(sent, tmp_path, [_line(first, "无异常", 备注="好"), _line(second, "命中", 原因说明="失信")], "b.csv")
    report = _read_in(sent, later, world.department_officer).report
    assert (report["taken"], report["same"], report["open"]) == (1, 1, 0)
    assert Exchange.objects.get().state == ExchangeState.COMPLETE
    assert [outcome for _uscc, outcome in TAKEN] == ["ok", "hit"]


def test_lines_that_cannot_be_taken_say_why(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """An unknown code, a wrong word, a missing reason, an amount that is none, two lines that contradict."""
    batch, (first, second) = _two(world)
    sent = _sent(world, purpose, batch)
    stranger = {"统一社会信用代码": world.zoned.uscc or "", "回复结论": "无异常"}
    lines = [
        stranger, _line(first, "也许"), _line(first, "命中"), _line(first, "无异常", **{"罚款(元)": "很多"}),
        _line(second, "无异常"), _line(second, "命中", 原因说明="失信"), {"回复结论": "无异常"},
    ]  # fmt: skip
    made = _read_in(sent, _answers(sent, tmp_path, lines), world.department_officer)
    codes = [[fault["code"] for fault in row["faults"]] for row in made.faults]
    assert codes == [["not-listed"], ["wrong-outcome"], ["missing"], ["value"], ["twice"], ["twice"], ["no-code"]]
    assert made.faults[1]["line"] == 4
    assert "也许" in made.faults[1]["faults"][0]["zh"]
    assert TAKEN == []


def test_two_lines_that_agree_count_once(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """A repeated line is no contradiction."""
    batch, (first, _second) = _two(world)
    sent = _sent(world, purpose, batch)
    made = _read_in(sent, _answers(sent, tmp_path, [_line(first, "无异常")] * 2), world.department_officer)
    assert (made.report["taken"], made.report["repeated"]) == (1, 1)


def test_a_file_of_another_list_or_layout_is_not_read(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """It says which list it answers."""
    batch, (first, _second) = _two(world)
    sent = _sent(world, purpose, batch)
    other = Exchange(pk=sent.pk + 1, purpose=sent.purpose, layout="1", count=2, digest="x")
    made = _read_in(sent, _answers(other, tmp_path, [_line(first, "无异常")]), world.department_officer)
    assert f"第 {sent.pk + 1} 号" in made.error
    newer = Exchange(pk=sent.pk, purpose=sent.purpose, layout="2", count=2, digest="x")
    made = _read_in(sent, _answers(newer, tmp_path, [_line(first, "无异常")], "n.csv"), world.department_officer)
    assert "joint:test/2" in made.error
    assert not ExchangeRow.objects.exclude(outcome="").exists()


def test_a_later_answer_that_says_otherwise_waits_for_a_person(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """Nothing is overwritten; who accepts it gives a reason, and both answers stay on record."""
    batch, (first, _second) = _two(world)
    sent, by = _sent(world, purpose, batch), world.department_officer
    _read_in(sent, _answers(sent, tmp_path, [_line(first, "无异常")]), by)
    made = _read_in(sent, _answers(sent, tmp_path, [_line(first, "命中", 原因说明="失信")], "b.csv"), by)
    row = ExchangeRow.objects.get(application=first)
    assert (row.outcome, made.report["held"]) == ("ok", 1)
    held = HeldAnswer.objects.get()
    assert [one["code"] for one in held.faults] == ["otherwise"]
    with pytest.raises(NotAllowed) as told:
        answering.settle(held=held, accept=True, reason=" ", by=by, at=timezone.now())
    assert told.value.refused.code == "no-reason"
    with pytest.raises(NotAllowed):
        answering.settle(held=held, accept=True, reason="可以", by=world.county_officer, at=timezone.now())
    answering.settle(held=held, accept=True, reason="信用中心来函更正", by=by, at=timezone.now())
    row.refresh_from_db()
    assert (row.outcome, row.answer) == ("hit", {"reason": "失信"})
    with pytest.raises(NotAllowed) as told:
        answering.settle(held=held, accept=False, reason="又不要", by=by, at=timezone.now())
    assert told.value.refused.code == "settled"


def test_a_doubtful_answer_is_held_and_taken_only_with_a_reason(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """A soft fault can be accepted; a hard one can only be asked again, and the row goes on waiting."""
    batch, (first, second) = _two(world)
    sent, by = _sent(world, purpose, batch), world.department_officer
    _read_in(sent, _answers(sent, tmp_path, [_line(first, "无异常", 备注="怪"), _line(second, "无异常", 备注="坏")]), by)
    soft, hard = HeldAnswer.objects.order_by("line")
    assert TAKEN == []
    answering.settle(held=soft, accept=True, reason="已电话核实", by=by, at=timezone.now())
    assert [outcome for _uscc, outcome in TAKEN] == ["ok"]
    with pytest.raises(NotAllowed) as told:
        answering.settle(held=hard, accept=True, reason="算了", by=by, at=timezone.now())
    assert told.value.refused.code == "hard"
    answering.settle(held=hard, accept=False, reason="请重新答复", by=by, at=timezone.now())
    assert ExchangeRow.objects.get(application=second).open


def test_a_killed_reading_is_run_again_and_nothing_is_doubled(
    world: World, purpose: Purpose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the first row; the second run takes the rest and counts as one reading."""
    batch, (first, second) = _two(world)
    sent, by = _sent(world, purpose, batch), world.department_officer
    received = _answers(sent, tmp_path, [_line(first, "无异常"), _line(second, "无异常", 备注="怪")])
    made = answering.read_answers(exchange=sent, received=received, by=by, at=timezone.now())
    whole = answering.take

    class Killed(BaseException):
        pass

    def dies(**arguments: Any) -> answering.Result:
        if ExchangeRow.objects.exclude(outcome="").exists():
            raise Killed
        return whole(**arguments)

    monkeypatch.setattr(answering, "take", dies)
    with pytest.raises(Killed):
        answering.take_file(AnswerFile.objects.select_related("exchange__batch", "file", "read_by").get(pk=made.pk))
    monkeypatch.setattr(answering, "take", whole)
    assert (TAKEN, AnswerFile.objects.get().finished_at) == ([(world.a.uscc, "ok")], None)
    jobs.work_off()
    made.refresh_from_db()
    assert (made.report["taken"], made.report["held"], made.report["same"]) == (1, 1, 0)
    assert len(TAKEN) == 1
    assert HeldAnswer.objects.count() == 1


def test_what_was_withdrawn_meanwhile_is_held_back(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """Its answer moves nothing by itself."""
    from tidui.casework import actions as moves

    batch, (first, _second) = _two(world)
    sent, by = _sent(world, purpose, batch), world.department_officer
    moves.withdraw(application=first, reason="不申报了", by=world.clerk_a, at=timezone.now(), seen=first.version)
    _read_in(sent, _answers(sent, tmp_path, [_line(first, "无异常")]), by)
    assert [one["code"] for one in HeldAnswer.objects.get().faults] == ["not-waiting"]
    assert Application.objects.get(pk=first.pk).state == State.WITHDRAWN


def test_a_list_that_is_taken_back_lets_its_rest_be_listed_again(world: World, purpose: Purpose, tmp_path: Path) -> None:
    """What was answered stays; a late answer for what was taken back is no answer any more."""
    batch, (first, second) = _two(world)
    sent, by = _sent(world, purpose, batch), world.department_officer
    _read_in(sent, _answers(sent, tmp_path, [_line(first, "无异常")]), by)
    actions.take_back(exchange=sent, reason="改为书面核查", by=by, at=timezone.now())
    assert Exchange.objects.get().state == ExchangeState.COMPLETE
    again = actions.prepare(purpose=purpose, applications=[second], by=by, at=timezone.now())
    assert again.rows.get().application == second
    _read_in(sent, _answers(sent, tmp_path, [_line(second, "无异常")], "b.csv"), by)
    assert [one["code"] for one in HeldAnswer.objects.get().faults] == ["released"]


def test_the_partner_answers_by_hand_and_only_for_lists_sent_to_it(world: World, purpose: Purpose, partner: Organisation) -> None:
    """Before the list is sent nobody answers; another authority never does."""
    batch, (first, _second) = _two(world)
    clerk, now = User.objects.get(username="partner_clerk"), timezone.now()
    made = actions.prepare(purpose=purpose, batch=batch, partner=partner, by=world.department_officer, at=now)
    row = made.rows.get(application=first)
    cells = {"outcome": "命中", "reason": "列入异常", "fine": "1,200.50"}
    with pytest.raises(NotAllowed):
        answering.answer_row(row=row, cells=cells, by=clerk, at=now)
    actions.write_files(exchange=made, by=world.department_officer, at=now)
    actions.send(exchange=made, by=world.department_officer, at=now, way="系统内")
    with pytest.raises(answering.Wrong):
        answering.answer_row(row=row, cells={"outcome": "命中"}, by=clerk, at=now)
    assert answering.answer_row(row=row, cells=cells, by=clerk, at=now) == answering.Result.TAKEN
    row.refresh_from_db()
    assert (row.outcome, row.answer) == ("hit", {"reason": "列入异常", "fine": 120050})
    other = make_member(make_user("other_partner", "别人"), make_organisation(OrganisationKind.PARTNER, "省环保厅"), Role.CLERK)
    with pytest.raises(NotAllowed):
        answering.answer_row(row=made.rows.exclude(pk=row.pk).get(), cells=cells, by=other.user, at=now)


def test_a_workbook_in_which_a_code_became_a_number_is_told_apart(tmp_path: Path, purpose: Purpose) -> None:
    """A spreadsheet keeps fifteen digits; what it lost is not guessed."""
    place = tmp_path / "n.xlsx"
    book = xlsxwriter.Workbook(str(place))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["统一社会信用代码", "回复结论", "备注", "罚款(元)"])
    sheet.write_row(1, 0, ["91620102MA0000001X", "无异常", "x", 12.5])
    sheet.write_row(2, 0, ["91620102MA0000001X", "无异常", "=1+1", ""])
    book.close()
    exchange = Exchange(pk=1, purpose=purpose.name, layout="1", count=1, digest="")
    first, second = exchange_files.read(place, "n.xlsx", exchange, purpose)
    assert first.answer is not None
    assert dict(first.answer.values) == {"note": "x", "fine": 1250}
    assert second.faults == []
    number = Column("note", Pair("编号", "number"), "code")
    _answer, faults = exchange_files.read_answer(
        Purpose(**{**{one: getattr(purpose, one) for one in purpose.__dataclass_fields__}, "answers": (number,)}),
        {"outcome": "无异常", "note": 2.026620102e17},
    )
    assert [one.code for one in faults] == ["digits-lost"]


__all__ = ["ANSWERS", "facts_of_form"]
