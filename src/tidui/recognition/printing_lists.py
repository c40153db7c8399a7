"""The comprehensive list on paper: A4 across, one line an application. In Chinese, as the meeting reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from tidui.accounts.models import User
from tidui.casework.models import Batch
from tidui.casework.programme import programme
from tidui.kit import formats, pdf
from tidui.kit.lists import division_name
from tidui.recognition.lines import Line
from tidui.recognition.showing_lines import checked, decided, panel, verdict, visited, warning

TEMPLATE: Final = Path(__file__).with_name("typst") / "review_list.typ"
_WIDTHS: Final = (3, 13, 10, 7, 6, 6, 6, 5, 9, 10, 8, 5, 7)


def printed(batch: Batch, lines: Sequence[Line], *, by: User, at: dt.datetime) -> bytes:
    """The PDF. Raises pdf.MissingGlyph, pdf.NoFont. Not to be called in a transaction."""
    with override("zh-hans"):
        columns = [
            _("序号"), _("企业名称"), _("受理编号"), _("所在地"), _("提交时结论"), _("今日结论"), _("评审均分"),
            _("分差"),
            _("评审组意见"), _("现场考察"), _("联审（工作日）"), _("核查发现"), _("审定意见"),
        ]  # fmt: skip
        owner = programme(batch.call.programme)
        data = {
            "title": _("%(programme)s综合审查清单") % {"programme": owner.title},
            "lead": _("%(batch)s，共%(count)s件") % {"batch": batch.title, "count": len(lines)},
            "foot": _("%(name)s %(at)s 打印　内部资料，注意保密") % {"name": by.name, "at": formats.moment(at)},
            "columns": columns, "widths": _WIDTHS,
            "rows": [_row(place, one) for place, one in enumerate(lines, start=1)],
        }  # fmt: skip
        return pdf.render(TEMPLATE, data, at=at)


def _row(place: int, line: Line) -> list[str]:
    held = line.application
    opinion = formats.listed(one for one in (str(panel(line)[1]), warning(line)) if one)
    days = "" if line.joint_days is None else f" {line.joint_days}"
    return [
        str(place), held.organisation.name, held.number or "", division_name(held.organisation.division),
        str(verdict(line.verdict)[1]),
        str(verdict(line.today)[1]), line.result.shown if line.result else formats.NOTHING,
        formats.NOTHING if line.spread is None else str(line.spread), opinion, visited(line),
        f"{checked(line)[1]}{days}", str(line.open_findings), decided(line),
    ]  # fmt: skip
