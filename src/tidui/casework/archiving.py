"""The package of a case: everything that was submitted, attached, decided, asked and issued, with an index and digests.

A zip: the papers in folders, `目录.csv` and `目录.pdf` as its index, and `sha256sums.txt`, by which `sha256sum -c`
checks every file of it. It holds what whoever has it made may see: the applicant's has neither what checks found nor
what others answered. It is written outside of transactions: by a job for who asks for it, and whole by the system when
a case has ended. Higher rooms add their papers with `part`.
"""

# tidui: data

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import itertools
import json
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone, translation

from tidui.accounts.models import User
from tidui.accounts.standing import System, standing
from tidui.audit import personal
from tidui.casework import presenting, printing, sealing, wording
from tidui.casework.actions.printing import keep_archive
from tidui.casework.enums import Scope
from tidui.casework.models import Application, Archive, ExchangeRow, Finding, Proposal, Submission
from tidui.casework.programme import programme
from tidui.casework.stamping import ARCHIVE
from tidui.casework.writing import STAMPED
from tidui.kit import access, clock, exports, files, formats, jobs, pdf, schedule
from tidui.kit.models import Job, StoredFile
from tidui.kit.visibility import get_visible, visible_to

logger = logging.getLogger(__name__)

INDEX: Final = Path(__file__).parent / "typst" / "index.typ"
JOB: Final = "casework.archive"
_PIECE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper of the package: its path, what it is, of when, and its content or where that lies."""

    path: str
    title: str
    at: dt.datetime | None
    content: bytes | Path


@dataclass(frozen=True, slots=True)
class Packed:
    """A paper as it lies in the package."""

    path: str
    title: str
    at: dt.datetime | None
    size: int
    sha256: str


Part = Callable[[Application, User], Iterable[Entry]]
_parts: list[tuple[int, str, Part]] = []


def part(order: int) -> Callable[[Part], Part]:
    """Register a function that adds papers: `papers(application, reader)`, of what the reader may see."""

    def registered(function: Part) -> Part:
        _parts.append((order, function.__qualname__, function))
        return function

    return registered


def stored(folder: str, number: int, title: str, file: StoredFile, at: dt.datetime | None = None) -> Entry:
    """A file that lies in the store; its number keeps two of one name apart."""
    return Entry(f"{folder}/{number:02d}-{file.name}", title, at or file.uploaded_at, files.path(file))


def table(path: str, title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Entry:
    """A table as CSV, with a byte order mark; nothing in it runs in a spreadsheet program."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(head)
    for row in rows:
        writer.writerow([exports.safe_text(str(value)) for value in row])
    return Entry(path, title, None, ("\ufeff" + buffer.getvalue()).encode())


# ---------------------------------------------------------------------- the papers of casework
@part(10)
def submissions(application: Application, reader: User) -> Iterator[Entry]:
    """Each submission as it is printed, and as data with what the rules said."""
    for one in application.submissions.order_by("number"):
        stem = f"01-申报书/第{one.number}次提交"
        yield _printed(one, stem)
        content = {
            "number": one.number, "mark": printing.mark_of(one), "digest": one.digest, "facts": one.facts,
            "stated": one.stated, "answers": sealing.answers_for(reader, application, one.answers),
            "differs": one.differs, "policy": one.policy,
            "policy_version": one.policy_version, "policy_hash": one.policy_hash, "on": one.on.isoformat(),
            "year": one.year, "verdict": one.verdict, "result": one.result, "submitted_by": one.submitted_by.name,
            "submitted_at": one.submitted_at.isoformat(),
        }  # fmt: skip
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        yield Entry(f"{stem}.json", f"申报数据（第{one.number}次提交）", one.submitted_at, text.encode())


def _printed(one: Submission, stem: str) -> Entry:
    """The paper; where a character in it has no glyph, a note that says so: the data beside it is whole."""
    title = f"申报书（第{one.number}次提交）"
    try:
        return Entry(f"{stem}.pdf", title, one.submitted_at, printing.of_submission(one))
    except pdf.MissingGlyph as missing:
        return Entry(f"{stem}.txt", f"{title}，不能打印", one.submitted_at, str(missing).encode())


@part(20)
def attachments(application: Application, reader: User) -> Iterator[Entry]:
    """All attachments, also those that were taken off again."""
    owner = programme(application.programme)
    titles = {one.name: str(one.title) for one in owner.form.evidence} | {STAMPED: "盖章页"}
    rows = application.attachments.filter(submission__isnull=False).select_related("file", "submission")
    for number, row in enumerate(rows.order_by("pk"), start=1):
        assert row.submission is not None
        said = titles.get(row.evidence, row.evidence) + f"（第{row.submission.number}次提交）"
        gone = f"，已于{formats.moment(row.removed_at)}移除" if row.removed_at else ""
        folder = "03-盖章页" if row.evidence == STAMPED else "02-证明材料"
        yield stored(folder, number, said + gone, row.file, row.added_at)


@part(30)
def steps(application: Application, reader: User) -> Iterator[Entry]:
    """What happened, as the reader is shown it; proposals and their confirmation for those who may see them."""
    rows = [
        [number, formats.moment(one.at), one.title, one.by, one.text]
        for number, one in enumerate(reversed(presenting.timeline(application, reader)), start=1)
    ]
    yield table("04-办理记录/办理记录.csv", "办理记录", ("序号", "时间", "事项", "办理", "说明"), rows)
    proposals = visible_to(reader, Proposal).filter(application=application).select_related("by", "ended_by")
    said = [
        [
            formats.moment(one.at), one.by.name, one.move, one.reason, one.ended_by.name if one.ended_by else "",
            formats.yes_no(one.confirmed), one.answer,
        ]
        for one in proposals.order_by("pk")
    ]  # fmt: skip
    if said:
        head = ("时间", "提出人", "动作", "理由", "复核人", "同意", "复核意见")
        yield table("04-办理记录/复核.csv", "复核记录", head, said)


@part(40)
def findings(application: Application, reader: User) -> Iterator[Entry]:
    """What checks found, and how it was cleared."""
    rows = visible_to(reader, Finding).filter(application=application).select_related("cleared_by", "other")
    said = [
        [
            formats.moment(one.found_at), one.get_kind_display(), one.get_weight_display(), wording.said(one),
            one.source, one.cleared_by.name if one.cleared_by else "",
            formats.moment(one.cleared_at) if one.cleared_at else "",
            one.cleared_reason,
        ]
        for one in rows.order_by("pk")
    ]  # fmt: skip
    if said:
        head = ("发现时间", "类别", "轻重", "内容", "来源", "核销人", "核销时间", "核销理由")
        yield table("05-核查/核查发现.csv", "核查发现", head, said)


@part(50)
def exchanges(application: Application, reader: User) -> Iterator[Entry]:
    """What was sent to other authorities about it, and what they answered."""
    rows = visible_to(reader, ExchangeRow).filter(application=application).select_related("exchange__partner")
    said = [
        [
            row.exchange.title, row.exchange.partner.name if row.exchange.partner else "",
            formats.moment(row.exchange.sent_at) if row.exchange.sent_at else "", _json(row.sent), row.outcome,
            _json(row.answer), formats.moment(row.answered_at) if row.answered_at else "",
        ]
        for row in rows.order_by("pk")
    ]  # fmt: skip
    if said:
        head = ("清单", "对方", "发出时间", "发出内容", "结论", "回复内容", "回复时间")
        yield table("06-数据交换/数据交换.csv", "数据交换", head, said)


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True) if content else ""


# ---------------------------------------------------------------------- the package
def write(path: Path, application: Application, *, by: User, at: dt.datetime, told: Callable[[int], None]) -> int:
    """Write the package as this person may see it; how many papers it holds. `told(n)` hears of each.

    Not to be called in a transaction.
    """
    packed: list[Packed] = []
    with translation.override("zh-hans"), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for _order, _name, papers in sorted(_parts, key=lambda one: one[:2]):
            for entry in papers(application, by):
                packed.append(_put(archive, entry, at))
                told(len(packed))
        for entry in _indexes(application, packed, scope=scope_of(by, application), at=at):
            packed.append(_put(archive, entry, at))
        sums = "".join(f"{one.sha256}  {one.path}\n" for one in packed)
        _put(archive, Entry("sha256sums.txt", "摘要", at, sums.encode()), at)
    return len(packed)


def _put(archive: zipfile.ZipFile, entry: Entry, at: dt.datetime) -> Packed:
    when = (entry.at or at).astimezone(clock.LEGAL_ZONE)
    info = zipfile.ZipInfo(entry.path, max(when.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o640 << 16
    size, digest = 0, hashlib.sha256()
    with archive.open(info, "w", force_zip64=isinstance(entry.content, Path)) as target:
        for piece in _pieces(entry.content):
            size += len(piece)
            digest.update(piece)
            target.write(piece)
    return Packed(entry.path, entry.title, entry.at, size, digest.hexdigest())


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _indexes(application: Application, packed: Sequence[Packed], *, scope: Scope, at: dt.datetime) -> Iterator[Entry]:
    head = ("序号", "题名", "文件", "日期", "字节", "SHA-256")
    lines = [
        [number, one.title, one.path, formats.day(one.at, short=True) if one.at else "", one.size, one.sha256]
        for number, one in enumerate(packed, start=1)
    ]
    yield table("目录.csv", "卷内目录", head, lines)
    about, until = _about(application, scope=scope, at=at), formats.day(_keep_until(application, at))
    data = {
        "title": "申报案卷卷内目录", "author": application.organisation.name,
        "foot": f"{application.number or application.pk} 案卷",
        "about": [*about, ["保管期限至", until]], "columns": [*head[:5], "SHA-256（前 16 位）"],
        "rows": [[str(value) for value in line[:5]] + [str(line[5])[:16]] for line in lines],
        "note": "每份文件的完整摘要见 sha256sums.txt，可用 sha256sum -c sha256sums.txt 核对。",
    }  # fmt: skip
    yield Entry("目录.pdf", "卷内目录", at, pdf.render(INDEX, data, at=at))


def _about(application: Application, *, scope: Scope, at: dt.datetime) -> list[list[str]]:
    owner = programme(application.programme)
    stands = application.get_state_display()
    ended = f"{stands}（{formats.day(application.ended_at)}）" if application.ended_at else f"{stands}，尚未办结"
    return [
        ["案卷", f"{owner.title} {application.number or ''}".strip()], ["申报单位", application.organisation.name],
        ["统一社会信用代码", application.organisation.uscc or ""], ["申报通知", application.call.title],
        ["办理情况", ended], ["范围", str(scope.label)], ["整理时间", formats.moment(at)],
    ]  # fmt: skip


def _keep_until(application: Application, at: dt.datetime) -> dt.date:
    return personal.years_after(application.ended_at or at, personal.archive_years())


def _result_page(job: Job) -> str:
    return reverse("casework:archive", args=[job.arguments["application"]])


def scope_of(user: Any, application: Application) -> Scope:
    """What a package is that this person has made."""
    who = standing(user)
    if who.sees_everything:
        return Scope.WHOLE
    return Scope.OWN if application.organisation_id in who.ids else Scope.SEEN


@jobs.job(JOB, page=_result_page)
def run(job: Job, progress: jobs.Progress, *, application: int) -> dict[str, Any]:
    """Pack a case, as the person who asked and with what they may see now. Run again it packs nothing twice."""
    user = User.objects.get(pk=job.owner_id)
    found = get_visible(user, Application, pk=application)
    outcome = access.check("casework.archive", user, found)
    if isinstance(outcome, access.Refused):
        raise jobs.JobFailed(str(outcome.reason))
    made = visible_to(user, Archive).filter(application=found, made_by=user, made_at__gte=job.created_at)
    ready = made.order_by("-pk").first()
    if ready is None:
        ready = pack(found, by=user, at=timezone.now(), told=progress.done)
    return {"archive": ready.pk, "file": ready.file_id}


def pack(
    application: Application, *, by: User | None, at: dt.datetime, told: Callable[[int], None] = lambda count: None
) -> Archive:
    """Write the package of a case and keep it; by None: the whole, by the system. Not to be called in a transaction."""
    reader: Any = System() if by is None else by
    version, scope = application.version, scope_of(reader, application)
    with tempfile.TemporaryDirectory(prefix="tidui-archive-") as folder:
        path = Path(folder) / "case.zip"
        entries = write(path, application, by=reader, at=at, told=told)
        name = f"{application.number or application.pk}-{scope.label}-{clock.day_of(at)}.zip"
        received = files.receive(path, name=name, kind=ARCHIVE, own=True)
    return keep_archive(
        application=application, received=received, version=version, scope=scope, entries=entries, by=by, at=at
    )


# ---------------------------------------------------------------------- when a case ends
#: The papers of the end, such as a letter, are printed by the worker first.
PAUSE: Final = dt.timedelta(hours=1)
#: Packages of one round: other work of the worker does not wait long.
ROUND: Final = 20
#: What could not be packed is tried again after so many seconds.
AGAIN: Final = 24 * 3600
_LOOKED_AT: Final = 500


def unpacked(at: dt.datetime) -> QuerySet[Application]:
    """Cases that were submitted and have ended, of which there is no whole package as they ended; the oldest first."""
    packed = Archive.objects.filter(
        application=OuterRef("pk"), version=OuterRef("version"), scope=Scope.WHOLE, final=True
    )
    ended = Application.objects.filter(submitted_at__isnull=False, ended_at__lte=at - PAUSE)
    return ended.filter(~Exists(packed)).select_related("call", "organisation").order_by("ended_at", "pk")


@schedule.every(name="casework.archive", minutes=2)
def pack_ended(at: dt.datetime) -> int:
    """Pack what has ended, some at a time; how many were. What cannot be packed holds up nothing and is logged."""
    made = 0
    tried = (one for one in unpacked(at)[:_LOOKED_AT] if cache.get(_failed(one)) is None)
    for one in itertools.islice(tried, ROUND):
        try:
            pack(one, by=None, at=at)
        except Exception:
            logger.exception("application %s could not be packed", one.pk)
            cache.set(_failed(one), True, AGAIN)
        else:
            made += 1
    return made


def _failed(application: Application) -> str:
    return f"casework.archive.failed.{application.pk}.{application.version}"
