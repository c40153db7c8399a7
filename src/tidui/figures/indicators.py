"""Figures by name: what each counts, of whom, over which period, and whose figure it is.

An indicator is a condition over `Line`; its number is how many lines fulfil it, and the lines are what it opens to.
"""

# tidui: data

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from django.db.models import Q

from tidui.casework.enums import State
from tidui.kit.lang import Pair

#: Counted by this system, or received from another one.
Origin = Literal["own", "received"]

OWN: Final = Pair("本系统办理记录", "records of this system")
RECEIVED: Final = Pair("国家平台回复", "answers of the national platform")
YEAR: Final = Pair("申报通知所属年度", "the year of the call")
SUBMITTED: Final = Pair("当年提交过的申报", "applications submitted in the year")
ENTERPRISES: Final = Pair(
    "当年提交过申报的企业，每家计最近一份", "enterprises that submitted in the year, by their last application"
)

NUMBERED: Final = Q(application__recognition__isnull=False)
_OPEN: Final = Q(application__recognition__isnull=True)
_REFUSED: Final = _OPEN & Q(application__state=State.REFUSED)
_RUNNING: Final = Q(application__state__in=[State.ACTIVE, State.CORRECTION])


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure: its name, what it is called and means, what it counts. `part` marks the parts of all submissions.

    `open_by` says that its numbers by place and field may be published; others are published as totals only.
    `needs` names the kind of stage without which a programme has no such figure.
    """

    name: str
    title: Pair
    definition: Pair
    where: Q
    population: Pair = SUBMITTED
    period: Pair = YEAR
    origin: Origin = "own"
    part: bool = False
    open_by: bool = False
    needs: str = ""

    @property
    def source(self) -> Pair:
        """Whose figure it is, in words."""
        return RECEIVED if self.origin == "received" else OWN


def _made(*found: Indicator) -> Mapping[str, Indicator]:
    return MappingProxyType({one.name: one for one in found})


INDICATORS: Final = _made(
    Indicator(
        "took_part", Pair("参评企业", "enterprises that took part"),
        Pair("至少提交过一次自评的企业数，一家企业只计一次。", "Enterprises that submitted at least once, each once."),
        Q(latest=True), ENTERPRISES, open_by=True,
    ),
    Indicator(
        "submitted", Pair("提交的申报", "applications submitted"),
        Pair("提交过的申报份数；撤回后重新申报的另计一份。",
             "Applications submitted; one made anew after a withdrawal is another."),
        Q(),
    ),
    Indicator(
        "in_time", Pair("截止前提交", "complete by the deadline"),
        Pair("最后一次提交不晚于申报截止时间。", "The last submission came in by the end of the call."),
        Q(late=False),
    ),
    Indicator(
        "late", Pair("截止后补正", "corrected after the deadline"),
        Pair("退回补正后，在申报截止之后再次提交。",
             "Returned for correction and submitted again after the call had closed."),
        Q(late=True),
    ),
    Indicator(
        "returned", Pair("曾退回补正", "returned for correction"),
        Pair("至少被退回补正一次。", "Returned for correction at least once."),
        Q(application__corrections__gt=0),
    ),
    Indicator(
        "confirmed", Pair("省级确认", "confirmed by the province"),
        Pair("已列入批次。", "Taken into a batch."),
        Q(application__batch__isnull=False),
    ),
    Indicator(
        "in_notice", Pair("正在公示", "in public notice now"),
        Pair("处于公示环节，尚未结束。", "At the stage of public notice, not ended."),
        Q(application__stage="notice", application__state=State.ACTIVE),
    ),
    Indicator(
        "objected", Pair("被提出异议", "objected to"),
        Pair("公示期间收到至少一项实名异议。", "At least one objection under real name during the notice."),
        Q(objected=True),
    ),
    Indicator(
        "upheld", Pair("异议成立", "objection upheld"),
        Pair("因异议成立而未通过。", "Refused because an objection was upheld."),
        _REFUSED & Q(reason="objection"),
    ),
    Indicator(
        "pending", Pair("正在办理", "under way"),
        Pair("尚未办结，也没有取得编号。", "Neither ended nor numbered yet."),
        _OPEN & _RUNNING, part=True,
    ),
    Indicator(
        "withdrawn", Pair("撤回", "withdrawn"),
        Pair("提交后由企业撤回。", "Withdrawn by the enterprise after submission."),
        _OPEN & Q(application__state=State.WITHDRAWN), part=True,
    ),
    Indicator(
        "lapsed", Pair("逾期未补正", "lapsed"),
        Pair("退回补正后逾期没有再次提交。", "Returned for correction and not submitted again in time."),
        _OPEN & Q(application__state=State.LAPSED), part=True,
    ),
    Indicator(
        "refused", Pair("未通过", "refused"),
        Pair("由本省各环节决定不予通过，不含国家平台不予登记。",
             "Refused at a stage of the province; not by the platform."),
        _REFUSED & ~Q(reason="platform"), part=True,
    ),
    Indicator(
        "refused_by_platform", Pair("国家平台不予登记", "refused by the national platform"),
        Pair("国家平台回复不予登记。", "The national platform answered that it does not register."),
        _REFUSED & Q(reason="platform"), origin="received", part=True, needs="platform",
    ),
    Indicator(
        "closed", Pair("办结但无编号", "ended without a number"),
        Pair("流程已经办结，但没有登记编号。", "The procedure has ended, and no number is on record."),
        _OPEN & Q(application__state=State.ACCEPTED), part=True,
    ),
    Indicator(
        "registered", Pair("入库登记", "registered"),
        Pair("取得国家平台入库登记编号，含后来撤销的。",
             "Given a number by the national platform, later revoked ones included."),
        NUMBERED, origin="received", part=True, open_by=True, needs="platform",
    ),
    Indicator(
        "reviewed", Pair("专家评审", "reviewed by experts"),
        Pair("专家评审已经完成。", "The experts' review is done."),
        Q(application__file__done_at__isnull=False), needs="panel_review",
    ),
    Indicator(
        "suggested", Pair("其中：评审组推荐", "of these recommended by their panel"),
        Pair("评审组意见为推荐；是否认定由厅务会决定。", "The panel recommends; the department's meeting decides."),
        Q(application__file__done_at__isnull=False, application__file__recommended=True), needs="panel_review",
    ),
    Indicator(
        "visited", Pair("现场考察", "visited"),
        Pair("现场考察报告已采用。", "The report of a site visit was accepted."),
        Q(visited=True), needs="site_visit",
    ),
    Indicator(
        "refuted", Pair("其中：申报内容有不符", "of these with a claim refuted"),
        Pair("现场考察有至少一项申报内容不符。", "At least one claim of the file was found otherwise on the spot."),
        Q(refuted=True), needs="site_visit",
    ),
    Indicator(
        "recognised", Pair("认定企业", "recognised"),
        Pair("省科技厅认定并发证，含后来撤销的。", "Recognised with a certificate, later revoked ones included."),
        NUMBERED, part=True, open_by=True, needs="issue",
    ),
    Indicator(
        "direct", Pair("其中：直接确认", "of these by a direct route"),
        Pair("取得编号，且符合高企证书、国家奖励、研发机构或主导标准任一直接确认条件。",
             "Numbered, with an HTE certificate, a national award, an R&D institution or a standard."),
        NUMBERED & ~Q(route__in=["", "none"]), origin="received", open_by=True, needs="platform",
    ),
    Indicator(
        "revoked", Pair("后被撤销", "revoked later"),
        Pair("取得的编号或证书后来被撤销。", "The number or certificate was revoked later."),
        Q(application__recognition__revoked_on__isnull=False), open_by=True,
    ),
)  # fmt: skip
