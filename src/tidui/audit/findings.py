"""What a verification found, and how it is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Where something was found.
PLACES: Final = {
    "event": gettext_lazy("事件"),
    "tamper": gettext_lazy("变更记录"),
    "seal": gettext_lazy("封存"),
    "publication": gettext_lazy("公布的链首"),
    "table": gettext_lazy("数据表"),
    "trigger": gettext_lazy("触发器"),
}
#: What was found.
KINDS: Final = {
    "changed": gettext_lazy("内容被改动"),
    "removed": gettext_lazy("被删除"),
    "inserted": gettext_lazy("被插入"),
    "cut": gettext_lazy("末尾被截去"),
    "emptied": gettext_lazy("个人信息被清空，但没有删除记录"),
    "missing": gettext_lazy("缺失"),
    "disabled": gettext_lazy("被停用"),
    "foreign": gettext_lazy("不属于本系统"),
    "shape": gettext_lazy("列已不同，无法比对"),
    "unreadable": gettext_lazy("无法读取"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: where, what, which row, and as far as known which columns and when."""

    place: str
    kind: str
    table: str
    row: str = ""
    columns: tuple[str, ...] = ()
    #: The values as logged and as they are now, of the columns that are known.
    values: tuple[tuple[str, str, str], ...] = ()
    #: When and by whom the row was last written as the log knows it.
    logged_at: dt.datetime | None = None
    logged_by: int | None = None
    note: str = ""

    def text(self) -> str:
        """The finding as one line, in the active language."""
        parts = [f"{PLACES[self.place]} {self.table}{' #' + self.row if self.row else ''}: {KINDS[self.kind]}"]
        if self.columns:
            parts.append(_("列：%(columns)s") % {"columns": ", ".join(self.columns)})
        elif self.kind == "changed" and self.place == "table":
            parts.append(_("列：无法确定"))
        for column, before, after in self.values:
            parts.append(_("%(column)s 记录为 %(before)s，现为 %(after)s") % {
                "column": column, "before": before, "after": after
            })  # fmt: skip
        if self.logged_at is not None:
            at = localtime(self.logged_at).strftime("%Y-%m-%d %H:%M:%S")
            parts.append(_("最后一次合法写入：%(at)s") % {"at": at})
        if self.logged_by is not None:
            parts.append(_("写入人编号 %(who)s") % {"who": self.logged_by})
        if self.note:
            parts.append(self.note)
        return "; ".join(parts)


@dataclass(slots=True)
class Report:
    """The outcome of a verification."""

    findings: list[Finding] = field(default_factory=list)
    events: int = 0
    tampers: int = 0
    seals: int = 0
    rows: int = 0
    tables: int = 0
    heads: int = 0
    unsealed_events: int = 0
    unsealed_tampers: int = 0
    #: More was found than is listed.
    left_out: int = 0

    @property
    def sound(self) -> bool:
        """Was nothing found?"""
        return not self.findings
