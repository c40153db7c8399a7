"""The messages about site visits, as they are worded until an administrator rewords them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

texts.define(
    "review.commissioned", _("委托现场考察"),
    zh=(
        "受托现场考察{count}家企业",
        "省科技厅委托贵单位现场考察{count}家企业，请于{due}前完成并提交报告。委托文号：{number}",
    ),
    en=(
        "{count} site visits commissioned",
        "The department commissions you with {count} site visits; reports are due {due}. Letter: {number}",
    ),
    placeholders={"count": _("家数"), "due": _("考察期限"), "number": _("委托文号")}, by_sms=True,
)  # fmt: skip
texts.define(
    "review.visits_due", _("现场考察即将到期"),
    zh=(
        "还有{count}家企业的现场考察没有报告，期限{due}",
        "受托现场考察的企业中，还有{count}家没有提交报告，期限{due}。委托文号：{number}",
    ),
    en=(
        "{count} reports of site visits are due {due}",
        "{count} of the site visits that you were commissioned with have no report yet; they are due {due}. "
        "Letter: {number}",
    ),
    placeholders={"count": _("家数"), "due": _("考察期限"), "number": _("委托文号")}, by_sms=True,
)  # fmt: skip
texts.define(
    "review.visit_reported", _("现场考察报告已提交"),
    zh=("现场考察报告已提交：{enterprise}", "{institution}已提交对{enterprise}的现场考察报告，请审阅。"),
    en=("Report of a site visit: {enterprise}", "{institution} has handed in its report on {enterprise}."),
    placeholders={"enterprise": _("企业名称"), "institution": _("专业机构")},
)  # fmt: skip
texts.define(
    "review.visit_returned", _("现场考察报告退回补充"),
    zh=("现场考察报告退回补充：{enterprise}", "对{enterprise}的现场考察报告需要补充：{reason}"),
    en=("Report returned: {enterprise}", "The report on {enterprise} has to be completed: {reason}"),
    placeholders={"enterprise": _("企业名称"), "reason": _("理由")}, by_sms=True,
)  # fmt: skip
texts.define(
    "review.visit_taken_back", _("现场考察委托收回"),
    zh=("现场考察委托已收回：{enterprise}", "对{enterprise}的现场考察委托已收回：{reason}"),
    en=("Site visit taken back: {enterprise}", "The commission to visit {enterprise} was taken back: {reason}"),
    placeholders={"enterprise": _("企业名称"), "reason": _("理由")}, by_sms=True,
)  # fmt: skip
