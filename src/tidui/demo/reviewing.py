"""Experts, draws, marks, visits and meetings, played through the actions of the pages on days of the past."""

# tidui: data

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tidui.accounts.models import Organisation, User
from tidui.casework.models import Application, Batch
from tidui.kit import clock, jobs
from tidui.recognition.actions import certificates, meetings, notices
from tidui.recognition.models import Notice
from tidui.review import marks, seating
from tidui.review.actions import (
    closing,
    commissioning,
    drawing,
    experts,
    leading,
    making_draws,
    marking,
    preparing,
    seats,
    visits,
)
from tidui.review.drawing import model, replaying
from tidui.review.enums import ClaimOutcome, ExpertKind, ExpertState, SeatState, SheetState, TitleLevel
from tidui.review.models import Draw, Expert, File, Review, Seat, Sheet, Visit
from tidui.review.scheme import Item, scheme

#: What is published of a day's public number in the demonstration.
SOURCE: Final = "中国福利彩票双色球当日开奖号码，红球由小到大、蓝球在后，以空格分隔（演示）"
NUMBER: Final = "03 08 14 19 27 30 11"
#: Numbers that are tried to seat somebody, at most.
NUMBERS_TRIED: Final = 100
_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
#: Names and employers of experts; nobody is meant.
_NAMES: Final = (
    "石维汉", "贺兰青", "童志远", "芮素珍", "柴永祥", "聂小川", "简明德", "盛文静", "车万里", "路遥峰", "桑建业",
    "党晓梅", "冉国强", "蔺相远", "暴海波", "屈艳玲", "逯明轩", "辛若兰", "戈大伟", "仝俊杰", "仲秋菊", "邸长青",
)  # fmt: skip
_EMPLOYERS: Final = ("河西理工大学", "陇东学院", "西北材料研究所", "祁连工程设计院", "天水职业大学", "敦煌文化科技学院")


@dataclass(frozen=True)
class Hands:
    """Who acts: the officer and the colleague who confirms, the two units that hold secrets, each with its person."""

    officer: User
    second: User
    keepers: Sequence[tuple[Organisation, User]]


# ---------------------------------------------------------------------- experts
def make_experts(
    by: User, at: dt.datetime, *, technical: int, financial: int, fields: Sequence[str],
    account: Callable[[str], User],
) -> list[Expert]:  # fmt: skip
    """Confirmed experts, each with an account: the technical ones know three fields each, so that all are covered."""
    made = []
    for place in range(technical + financial):
        is_technical = place < technical
        name = _NAMES[place % len(_NAMES)]
        said = {
            "name": name, "kind": ExpertKind.TECHNICAL if is_technical else ExpertKind.FINANCIAL,
            "title": "教授" if is_technical else "正高级会计师", "level": TitleLevel.SENIOR, "years": 12 + place % 15,
            "qualification": "" if is_technical else "注册会计师",
            "employer": f"{_EMPLOYERS[place % len(_EMPLOYERS)]}（演示）",
            "division": ("620100", "620500", "620700", "620200")[place % 4], "mobile": f"1390004{place:04d}",
            "bank": "甘肃演示银行", "account": f"62220000{place:08d}",
        }  # fmt: skip
        known = [fields[(place + step) % len(fields)] for step in range(0, 3 * 2, 2)] if is_technical else []
        entry = experts.write_new(
            said, list(dict.fromkeys(known)), state=ExpertState.APPLIED, by=by, at=at, user=account(name), tell=False
        )
        made.append(experts.confirm(expert=entry, by=by, at=at + _HOUR))
    return made


# ---------------------------------------------------------------------- the draw
def prepared(batch: Batch, hands: Hands, at: dt.datetime, **settings: Any) -> Review:
    """The review of a batch, its files packed into groups."""
    chosen = {"load": 60, "opens_on": clock.day_of(at), "due_on": clock.day_of(at + 20 * _DAY), **settings}
    return preparing.prepare(batch=batch, settings=chosen, by=hands.officer, at=at)


def drawn(
    review: Review, hands: Hands, at: dt.datetime, reason: str = "", wanted: Sequence[User] = ()
) -> Draw:
    """A draw from the commitments to the seats: frozen on a day, drawn by the number of the next.

    Late in the evening the freeze falls on the next day: the day of the number is counted from it. The number is
    made up anyway; where people are `wanted` in the panels, one is made up that draws them.
    """
    frozen = at + 2 * _HOUR
    later = frozen + _DAY
    made = drawing.begin(
        review=review, units=[unit for unit, _person in hands.keepers], public_source=SOURCE,
        public_on=clock.day_of(later), by=hands.officer, at=at, reason=reason,
    )  # fmt: skip
    words, keepers = {}, {unit.pk: person for unit, person in hands.keepers}
    for secret in made.secrets.order_by("pk"):
        words[secret.pk] = f"演示密码-{made.pk}-{secret.pk}-祁连山下不可外传"
        drawing.commit(secret=secret, by=keepers[secret.unit_id], at=at + _HOUR, said=words[secret.pk])
    drawing.freeze(draw=made, by=hands.officer, at=frozen)
    for secret in made.secrets.order_by("pk"):
        drawing.open_secret(secret=secret, said=words[secret.pk], by=keepers[secret.unit_id], at=later)
    drawing.give_number(draw=made, number=_number(made, wanted), by=hands.officer, at=later)
    with clock.standing_at(later + _HOUR):
        making_draws.draw(draw=made, by=hands.officer, at=clock.now())
        jobs.work_off()
    return Draw.objects.get(pk=made.pk)


def _number(made: Draw, wanted: Sequence[User]) -> str:
    """A public number that seats as many of the wanted people as any of those tried."""
    if not wanted:
        return NUMBER
    held = Draw.objects.get(pk=made.pk)
    frozen, secrets = model.load(drawing.input_of(held)), [one.secret for one in held.secrets.order_by("pk")]
    entries = set(Expert.objects.filter(user__in=wanted).values_list("pk", flat=True))
    keys = {key for key, known in held.names["experts"].items() if known[0] in entries}
    best, most = NUMBER, -1
    for last in range(1, NUMBERS_TRIED + 1):
        number = f"03 08 14 19 {20 + last // 17:02d} 33 {last % 17:02d}"
        _seed, output = replaying.run(frozen, secrets, number)
        found = len(keys & {key for panel in output["panels"] for kind in model.KINDS for key in panel[kind]})
        if found > most:
            best, most = number, found
        if most == len(keys):
            break
    return best


def accepted(review: Review, at: dt.datetime, but: Sequence[int] = ()) -> None:
    """Everybody who was called accepts, but for the seats named."""
    rows = Seat.objects.filter(review=review, state=SeatState.CALLED).exclude(pk__in=but)
    seen: set[tuple[int, int]] = set()
    for seat in rows.select_related("expert__user").order_by("pk"):
        if (seat.draw_id, seat.expert_id) not in seen and seat.expert.user is not None:
            seen.add((seat.draw_id, seat.expert_id))
            seats.answer(seat=Seat.objects.get(pk=seat.pk), accept=True, by=seat.expert.user, at=at)


# ---------------------------------------------------------------------- marks
def panel_of(file: File) -> list[Seat]:
    """The seats that mark a file, as far as they were accepted."""
    keys = [one.pk for one in seating.panel_of(file) if one.state in (SeatState.ACCEPTED, SeatState.DONE)]
    return list(Seat.objects.filter(pk__in=keys).select_related("expert__user", "review").order_by("pk"))


def mark_sheet(seat: Seat, file: File, at: dt.datetime, level: float, *, signed: bool = True) -> Sheet | None:
    """One expert opens, declares, marks and signs a file; `level` from 0 to 1 is how good they find it.

    None where the expert has signed a sheet of it already.
    """
    by = seat.expert.user
    assert by is not None
    if Sheet.objects.filter(file=file, expert=seat.expert, state=SheetState.SIGNED).exists():
        return None
    sheet = marking.open_sheet(seat=seat, file=file, by=by, at=at)
    sheet = marking.declare_clear(sheet=sheet, by=by, at=at)
    chosen = scheme(file.review.scheme)
    newest = file.application.submissions.order_by("-number").first()
    bands = marks.given_bands(chosen, newest)
    texts = {"opinion": "材料齐全，数据可信，建议按评分结果办理。"}
    for item in chosen.marked_by(seat.kind):
        chance = f"{seat.expert_id}/{file.pk}/{item.name}"
        texts[f"mark.{item.name}"] = str(_mark(item, bands.get(item.name), level, chance))
    marking.save_marks(sheet=sheet, texts=texts, bases={}, by=by, at=at, bands=bands)
    return marking.sign(sheet=sheet, by=by, at=at + _HOUR / 4, bands=bands) if signed else sheet


def _mark(item: Item, band: tuple[int, int] | None, level: float, key: str) -> int:
    """A mark within what the facts give, a little apart from the colleagues'."""
    low, high = band if band is not None else (0, item.most)
    chance = hashlib.sha256(key.encode()).digest()[0] / 255 - 0.5
    return max(low, min(high, round(low + (high - low) * min(1.0, max(0.0, level + chance * 0.2)))))


def led(file: File, at: dt.datetime) -> None:
    """The leader writes the panel's opinion and signs."""
    leader = seating.leader_of(panel_of(file))
    by = leader.expert.user if leader is not None else None
    assert by is not None
    for look in file.looks.filter(state="open"):
        leading.answer_look(look=look, answer="经复议，各位专家维持原评分。", by=by, at=at)
    leading.save_opinion(file=file, text="评审组认为该企业研发活动真实，技术水平与申报一致。", base=0, by=by, at=at)
    leading.sign_form(file=file, by=by, at=at + _HOUR / 4)


def marked(review: Review, at: dt.datetime, levels: Mapping[int, float]) -> None:
    """All sheets of all files are signed, and the leaders' forms; `levels` by application."""
    files = review.files.select_related("review", "application__organisation", "group").order_by("pk")
    for file in files:
        for seat in panel_of(file):
            mark_sheet(seat, file, at, levels.get(file.application_id, 0.9))
        led(File.objects.select_related("review", "group", "application").get(pk=file.pk), at + _HOUR)


def closed(review: Review, hands: Hands, at: dt.datetime) -> None:
    """The review ends, and its applications go on."""
    with clock.standing_at(at):
        closing.close(review=Review.objects.get(pk=review.pk), by=hands.officer, at=at)
        jobs.work_off()


# ---------------------------------------------------------------------- visits
def visited(
    batch: Batch, institution: Organisation, visitor: User, hands: Hands, at: dt.datetime,
    refuted: Mapping[int, str],
) -> None:  # fmt: skip
    """An institution visits everybody of a batch; `refuted`: application to the claim of which a quarter was found."""
    rows = list(commissioning.waiting(batch).values_list("pk", flat=True))
    made = commissioning.commission(
        batch=batch, applications=rows, institution=institution, due_on=clock.day_of(at + 15 * _DAY), by=hands.officer,
        at=at, document_number="甘科评函〔演示〕3号", note="请逐项核对申报书所列人员、设备和知识产权。",
    )  # fmt: skip
    for visit in made.visits.order_by("pk"):
        visits.plan(
            visit=visit, planned_on=clock.day_of(at + 2 * _DAY), visitors="梁求实、卜文渊", by=visitor, at=at + _HOUR
        )
        report(visit, visitor, at + 2 * _DAY, refuted.get(visit.application_id, ""))
        with clock.standing_at(at + 3 * _DAY):
            commissioning.accept(visit=Visit.objects.get(pk=visit.pk), by=hands.officer, at=at + 3 * _DAY)


def report(visit: Visit, by: User, at: dt.datetime, refuted: str) -> None:
    """Every claim is looked at, and the report handed in."""
    for claim in visit.claims.order_by("number"):
        found = str(int(claim.value or 0) // 4) if claim.key == refuted else ""
        note = visits.Note(
            key=uuid.uuid5(uuid.NAMESPACE_OID, f"{visit.pk}/{claim.pk}"), claim=claim.pk, base=claim.version,
            outcome=ClaimOutcome.DIFFERS if found else ClaimOutcome.CONFIRMED, found=found,
            note="现场查看原始凭证" if found else "", device="演示", noted_at=at,
        )  # fmt: skip
        visits.keep_note(visit=visit, note=note, by=by, at=at)
    opinion = "有申报内容与现场不符，已逐项记录。" if refuted else "现场所见与申报材料相符。"
    visits.report(visit=Visit.objects.get(pk=visit.pk), opinion=opinion, by=by, at=at + _HOUR)


# ---------------------------------------------------------------------- decision, notice, certificates
def decided(batch: Batch, hands: Hands, at: dt.datetime, refused: Mapping[int, str]) -> None:
    """The department's meeting decides on everybody who waits, and publishes it."""
    made = meetings.draft(
        batch=batch, title=f"{batch.title}厅务会审定（演示）", held_on=clock.day_of(at), place="厅三楼会议室",
        chair="马国梁", present=["马国梁", "程志远", "罗静"], absent=[], note="听取评审和考察情况汇报。",
        by=hands.officer, at=at,
    )  # fmt: skip
    listed = list(made.decisions.values_list("application", flat=True))
    votes = meetings.Votes(3, 0, 0)
    passing = [key for key in listed if key not in refused]
    meetings.decide(meeting=made, applications=passing, outcome="approve", by=hands.officer, at=at, votes=votes)
    for key, why in refused.items():
        meetings.decide(
            meeting=made, applications=[key], outcome="refuse", by=hands.officer, at=at, reason=why, votes=votes
        )
    meetings.propose(meeting=made, by=hands.officer, at=at + _HOUR)
    meetings.confirm(meeting=made, by=hands.second, at=at + 2 * _HOUR)
    with clock.standing_at(at + _DAY):
        meetings.publish(meeting=made, by=hands.officer, at=at + _DAY)
        jobs.work_off()


def noticed(batch: Batch, hands: Hands, at: dt.datetime) -> Notice:
    """The list is shown to the public."""
    drafted = notices.draft_notice(batch=Batch.objects.get(pk=batch.pk), by=hands.officer, at=at)
    return notices.publish_notice(notice=drafted, by=hands.officer, at=at + _HOUR)


def ended(notice: Notice, hands: Hands) -> dt.datetime:
    """The notice ends on the day after its last; that moment."""
    assert notice.ends_on is not None
    at = clock.start_of(notice.ends_on + _DAY) + 9 * _HOUR
    with clock.standing_at(at):
        notices.end_notice(notice=notice, by=hands.officer, at=at)
        jobs.work_off()
    return at


def recognised(batch: Batch, hands: Hands, at: dt.datetime) -> None:
    """The recognition document and its certificates."""
    with clock.standing_at(at):
        certificates.recognise(
            batch=Batch.objects.get(pk=batch.pk), title="关于认定省科技创新型企业的通知（演示）",
            text="经推荐、专家评审、现场考察、厅务会审定和公示，决定认定下列企业为甘肃省科技创新型企业。",
            by=hands.officer, at=at,
        )  # fmt: skip
        jobs.work_off()


def of_batch(batch: Batch) -> list[int]:
    """The keys of its applications, by number."""
    return list(Application.objects.filter(batch=batch).order_by("number").values_list("pk", flat=True))
