"""Experts from a workbook or a CSV file: read row by row, shown with what is wrong, taken over without what is.

One heading row with the Chinese names of the columns, in any order; every row is checked as the form would be.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.actions.moving import department
from tidui.codes import divisions
from tidui.codes import fields as codes
from tidui.facts.faults import Faults
from tidui.kit import access, exports, files
from tidui.kit.access import ALLOWED, NotAllowed, Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.review import naming
from tidui.review.actions.experts import write_new
from tidui.review.enums import ExpertKind, ExpertState, TitleLevel
from tidui.review.forms_experts import ExpertForm
from tidui.review.models import Expert
from tidui.tables.delimited import open_delimited
from tidui.tables.workbook import open_workbook

KIND: Final = "review.experts"
MOST_ROWS: Final = 5_000
_HEAD_ROWS: Final = 20
#: Heading to field of the form.
HEADINGS: Final = {
    "姓名": "name", "类别": "kind", "职称级别": "level", "职称": "title", "执业资格": "qualification",  # tidui: data
    "相关工作年限": "years", "主要领域": "main", "其他领域": "more", "工作单位": "employer",  # tidui: data
    "工作单位统一社会信用代码": "employer_uscc", "所在地": "division", "手机号码": "mobile",  # tidui: data
    "电子邮箱": "email", "每批最多评审份数": "load", "开户银行": "bank", "银行账号": "account",  # tidui: data
}  # fmt: skip
_NEEDED: Final = ("name", "kind", "employer", "mobile")
_KINDS: Final = {"技术": ExpertKind.TECHNICAL, "财务": ExpertKind.FINANCIAL}  # tidui: data
_LEVELS: Final = {
    "正高": TitleLevel.SENIOR, "副高": TitleLevel.ASSOCIATE, "高级": TitleLevel.ASSOCIATE,  # tidui: data
    "中级": TitleLevel.MIDDLE, "无": TitleLevel.NONE,  # tidui: data
}
_SPLIT: Final = re.compile("[,，、;；/\\s]+")  # tidui: data


class Unreadable(Exception):
    """Nothing of a file can be read as experts; the text says why, and what to do."""

    def __init__(self, text: Any) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(slots=True)
class Row:
    """One row of the file: what it says, what is wrong with it, and whether the person stands in the register."""

    number: int
    given: dict[str, str]
    said: dict[str, Any] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    known: bool = False

    @property
    def good(self) -> bool:
        """Is it taken over?"""
        return not self.faults and not self.known


def read(path: Path, name: str) -> list[Row]:
    """The rows of a file, each checked. Raises Unreadable where it has no such headings at all."""
    try:
        rows = list(itertools.islice(_grid(path, name), MOST_ROWS + 1))
    except Faults as unreadable:
        raise Unreadable(_("文件无法读取：%(why)s") % {"why": unreadable.faults[0]}) from None
    except FileNotFoundError:
        raise Unreadable(_("文件已经清理，请重新上传。")) from None
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("一次最多导入 %(most)s 行，请分开上传。") % {"most": MOST_ROWS})
    place, columns = _heading(rows)
    found = []
    for number, cells in rows[place + 1 :]:
        given = {one: _text(cells[index]) for one, index in columns.items() if index < len(cells)}
        if any(given.values()):
            found.append(_checked(Row(number, given)))
    _mark_known(found)
    return found


def _grid(path: Path, name: str) -> Iterator[tuple[int, Sequence[object]]]:
    if name.lower().endswith((".csv", ".txt")):
        yield from open_delimited(path, None).rows()
        return
    book = open_workbook(path)
    try:
        if book.names:
            yield from book.sheet(book.names[0], None).rows()
    finally:
        book.close()


def _heading(rows: Sequence[tuple[int, Sequence[object]]]) -> tuple[int, dict[str, int]]:
    for place, (_number, cells) in enumerate(rows[:_HEAD_ROWS]):
        found: dict[str, int] = {}
        for index, cell in enumerate(cells):
            name = HEADINGS.get(_text(cell).rstrip("*"))
            if name is not None:
                found.setdefault(name, index)
        if all(one in found for one in _NEEDED):
            return place, found
    words = "、".join(word for word, one in HEADINGS.items() if one in _NEEDED)  # tidui: data
    raise Unreadable(_("没有找到表头：至少须有列 %(names)s。可下载模板填写。") % {"names": words})


def _text(cell: object) -> str:
    if cell is None or isinstance(cell, tuple):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    return text[1:] if text.startswith("'") and exports.is_formula(text[1:]) else text


def _checked(row: Row) -> Row:
    """Read the words of a row into what the form takes, and ask the form."""
    given = dict(row.given)
    data: dict[str, Any] = {name: given.get(name, "") for name in HEADINGS.values()}
    data["kind"] = next((kind for word, kind in _KINDS.items() if given.get("kind", "").startswith(word)), "")
    level = given.get("level", "")
    data["level"] = next((one for word, one in _LEVELS.items() if level.startswith(word)), "" if level else "none")
    data["years"] = given.get("years") or "0"
    data["main"] = _code(given.get("main", ""))
    data["more"] = [_code(one) for one in _SPLIT.split(given.get("more", "")) if one]
    if data["division"]:
        data["division"] = divisions.normalise(data["division"])
    form = ExpertForm(data)
    if form.is_valid():
        row.said, row.codes = form.said(), form.codes()
        return row
    for name, problems in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        row.faults += [f"{label} {problem}".strip() for problem in problems]
    return row


def _code(word: str) -> str:
    """A field by its code or its name, on either level."""
    whole = next((one.code for one in codes.FIELDS.values() if one.zh == word), "")
    return whole or codes.normalise(word)


def _mark_known(rows: Sequence[Row]) -> None:
    """Who stands in the register already, or higher up in the file: by telephone, or by name and employer."""
    named = {one.said["name"] for one in rows if one.said}
    phones = {one.said["mobile"] for one in rows if one.said and one.said["mobile"]}
    here = Expert.objects.exclude(state__in=(ExpertState.DECLINED, ExpertState.ENDED))
    taken: set[tuple[str, str]] = set()
    for name, employer in here.filter(name__in=named).values_list("name", "employer"):
        taken.add((naming.plain(name), naming.organisation(employer)))
    held = set(here.filter(mobile__in=phones).values_list("mobile", flat=True))
    for row in rows:
        if not row.said:
            continue
        who = (naming.plain(row.said["name"]), naming.organisation(row.said["employer"]))
        row.known = who in taken or row.said["mobile"] in held
        taken.add(who)
        held |= {row.said["mobile"]} - {""}


@transaction.atomic
def take_over(*, stored: StoredFile, by: User, at: dt.datetime) -> list[Expert]:
    """Take the good rows of a file into the register, waiting to be confirmed; the others are left out."""
    access.require("review.manage_experts", by)
    unit = department()
    try:
        rows = read(files.path(stored), stored.name)
    except Unreadable as wrong:
        raise NotAllowed(Refused("unreadable", wrong.text)) from None
    made = [
        write_new(row.said, row.codes, state=ExpertState.NOMINATED, by=by, at=at, unit=unit, tell=False)
        for row in rows
        if row.good
    ]
    events.record(
        "review.import_experts", actor=by, subject=stored, at=at, details={"count": len(made), "sha256": stored.sha256}
    )
    return made


def template_rows() -> list[Mapping[str, str]]:
    """Two rows that show how the template is filled in."""
    return [
        {
            "name": "张样例", "kind": "技术", "level": "正高", "title": "教授",  # tidui: data
            "years": "15", "main": "803",
            "more": "801、804", "employer": "样例大学", "division": "620102",  # tidui: data
            "mobile": "13900000000",
        },
        {
            "name": "李样例", "kind": "财务", "level": "中级", "title": "会计师",  # tidui: data
            "qualification": "注册会计师", "years": "12", "employer": "样例会计师事务所",  # tidui: data
            "division": "620102", "mobile": "13900000001",
        },
    ]  # fmt: skip


def _may_read(user: Any, stored: StoredFile) -> Outcome:
    if stored.uploaded_by_id == getattr(user, "pk", None):
        return ALLOWED
    return Refused("not-yours", _("这份文件不归您查看。"))


def _may_add(user: Any) -> Outcome:
    return access.check("review.manage_experts", user)


files.define(
    files.Kind(
        name=KIND, title=_("专家名单文件"), accepts=("xlsx", "csv"), limit=10 * files.MB, may_read=_may_read,
        may_add=_may_add, sensitive=True, keep=30,
    )
)  # fmt: skip
