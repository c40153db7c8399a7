"""The lines of the comprehensive list in words: for the page, the workbook and the paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.casework import joint
from tidui.casework.presenting import VERDICTS
from tidui.kit import formats
from tidui.kit.lists import division_name
from tidui.recognition.deciding import remarks_of, votes_of
from tidui.recognition.lines import Line
from tidui.recognition.models_decisions import Outcome

#: Tone and word of what a visit found.
VISITS: Final = {
    "": ("neutral", gettext_lazy("未考察")), "open": ("wait", gettext_lazy("考察未报告")),
    "fits": ("good", gettext_lazy("考察属实")), "differs": ("bad", gettext_lazy("考察有不符")),
}  # fmt: skip
#: The filters with their words, in the order of the page.
FILTER_WORDS: Final = (
    ("verdict", gettext_lazy("今日结论"), (
        ("pass", gettext_lazy("符合")), ("fail", gettext_lazy("不符合")), ("unknown", gettext_lazy("待查明")),
        ("changed", gettext_lazy("与提交时不同")),
    )),
    ("panel", gettext_lazy("专家评审"), (
        ("yes", gettext_lazy("推荐")), ("no", gettext_lazy("不推荐")), ("none", gettext_lazy("没有结果")),
        ("warned", gettext_lazy("有分差或校准提示")),
    )),
    ("visit", gettext_lazy("现场考察"), (
        ("differs", gettext_lazy("考察有不符")), ("verdict", gettext_lazy("考察后结论有变")),
        ("fits", gettext_lazy("考察属实")), ("open", gettext_lazy("考察未报告")), ("none", gettext_lazy("未考察")),
    )),
    ("joint", gettext_lazy("联审"), (
        ("hit", gettext_lazy("有记录")), ("old", gettext_lazy("已过有效期")), ("open", gettext_lazy("没有反馈")),
        ("clear", gettext_lazy("无记录")),
    )),
    ("doubts", gettext_lazy("核查发现"), (
        ("some", gettext_lazy("有未核销的")), ("none", gettext_lazy("没有")),
    )),
    ("outcome", gettext_lazy("审定意见"), (
        ("none", gettext_lazy("未记录")), ("approve", gettext_lazy("同意认定")), ("refuse", gettext_lazy("不予认定")),
        ("defer", gettext_lazy("暂缓")),
    )),
)  # fmt: skip
_OUTCOME_TONES: Final = {Outcome.APPROVE: "good", Outcome.REFUSE: "bad", Outcome.DEFER: "wait"}


def verdict(value: str) -> tuple[str, Any]:
    """Tone and word of a verdict; what is not known is no verdict."""
    return VERDICTS.get(value, ("neutral", formats.NOTHING))


def panel(line: Line) -> tuple[str, Any]:
    """Tone and word of the panel's opinion."""
    if line.result is None:
        return "neutral", _("没有结果")
    return ("good", _("推荐")) if line.result.recommended else ("bad", _("不推荐"))


def warning(line: Line) -> str:
    """Why the mean is to be taken with care."""
    said = []
    if line.alarm:
        said.append(_("分差大"))
    if line.flips:
        said.append(_("校准后结论不同"))
    return formats.listed(said)


def checked(line: Line) -> tuple[str, Any]:
    """Tone and word of the joint checks."""
    return joint.STATES[line.joint] if line.joint else ("neutral", _("不联审"))


def visited(line: Line) -> str:
    """What the visit found, in one text."""
    said = str(VISITS[line.visited][1])
    if line.visit is not None and line.visit.verdict_changed:
        said = _("%(said)s，结论变为%(after)s") % {"said": said, "after": verdict(line.visit.after)[1]}
    return said


def decided(line: Line) -> str:
    """What was decided; nothing where it was not."""
    return str(Outcome(line.outcome).label) if line.outcome else ""


def shown(line: Line) -> dict[str, Any]:
    """A line as the pages show it."""
    held = line.application
    tone, word = verdict(line.today)
    return {
        "pk": held.pk, "name": held.organisation.name, "number": held.number or formats.NOTHING,
        "place": division_name(held.organisation.division),
        "url": reverse("casework:case", args=[held.pk]), "then": verdict(line.verdict), "today": (tone, word),
        "changed": line.changed, "total": line.result.shown if line.result else formats.NOTHING,
        "panel": panel(line), "spread": formats.NOTHING if line.spread is None else line.spread,
        "warning": warning(line), "visit": VISITS[line.visited],
        "visit_changed": bool(line.visit and line.visit.verdict_changed),
        "differing": len(line.visit.differing) if line.visit else 0, "joint": checked(line),
        "joint_days": line.joint_days, "findings": line.open_findings, "stops": line.stops,
        "outcome": (_OUTCOME_TONES[Outcome(line.outcome)], decided(line)) if line.outcome else None,
        "votes": votes_of(line.decision) if line.decision else "",
        "remarks": remarks_of(line.decision) if line.decision else "",
    }  # fmt: skip


def _age(line: Line) -> Any:
    return line.joint_days


#: The columns of the workbook: label, kind, value.
SHEET: Final[tuple[tuple[Any, Any, Callable[[Line], Any]], ...]] = (
    (gettext_lazy("受理编号"), "code", lambda one: one.application.number or ""),
    (gettext_lazy("企业名称"), "text", lambda one: one.application.organisation.name),
    (gettext_lazy("统一社会信用代码"), "code", lambda one: one.application.organisation.uscc or ""),
    (gettext_lazy("所在地"), "text", lambda one: one.place),
    (gettext_lazy("提交时结论"), "text", lambda one: str(verdict(one.verdict)[1])),
    (gettext_lazy("今日结论"), "text", lambda one: str(verdict(one.today)[1])),
    (gettext_lazy("评审均分"), "number", lambda one: one.result.total if one.result else None),
    (gettext_lazy("评审组意见"), "text", lambda one: str(panel(one)[1])),
    (gettext_lazy("最大分差"), "int", lambda one: one.spread),
    (gettext_lazy("评分提示"), "text", warning),
    (gettext_lazy("现场考察"), "text", visited),
    (gettext_lazy("不符项"), "int", lambda one: len(one.visit.differing) if one.visit else None),
    (gettext_lazy("联审"), "text", lambda one: str(checked(one)[1])),
    (gettext_lazy("联审距今工作日"), "int", _age),
    (gettext_lazy("未核销的核查发现"), "int", lambda one: one.open_findings),
    (gettext_lazy("审定意见"), "text", decided),
    (gettext_lazy("表决"), "text", lambda one: votes_of(one.decision) if one.decision else ""),
    (gettext_lazy("理由、条件和回避"), "text", lambda one: remarks_of(one.decision) if one.decision else ""),
)  # fmt: skip
