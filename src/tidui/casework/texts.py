"""The messages of casework, as they are worded until an administrator rewords them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

_PLACES = {
    "programme": _("业务"), "enterprise": _("企业名称"), "number": _("受理编号"), "stage": _("环节"),
    "reason": _("理由"), "due": _("办理期限"), "unit": _("办理单位"),
}  # fmt: skip

texts.define(
    "casework.returned", _("申报退回补正"),
    zh=(
        "{programme}申报退回补正：{enterprise}",
        "{unit}退回了{enterprise}的申报（{number}），请于{due}前补正。理由：{reason}",
    ),
    en=(
        "Application returned for correction: {enterprise}",
        "{unit} returned the application {number} of {enterprise}; please correct it by {due}. Reason: {reason}",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "casework.refused", _("申报未通过"),
    zh=(
        "{programme}申报未通过：{enterprise}",
        "{enterprise}的申报（{number}）未通过。理由：{reason}。详见不予通过告知书。",
    ),
    en=(
        "Application refused: {enterprise}",
        "The application {number} of {enterprise} was refused. Reason: {reason}. The letter gives the details.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "casework.moved_on", _("申报进入下一环节"),
    zh=("{programme}申报进入“{stage}”：{enterprise}", "{enterprise}的申报（{number}）进入“{stage}”，由{unit}办理。"),
    en=(
        "Application has reached: {stage}",
        "The application {number} of {enterprise} has reached the stage “{stage}”; {unit} handles it.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "casework.accepted", _("申报办结"),
    zh=("{programme}申报已办结：{enterprise}", "{enterprise}的申报（{number}）已全部办结。"),
    en=(
        "Application completed: {enterprise}",
        "All stages of the application {number} of {enterprise} are done.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "casework.undone", _("办理已撤销"),
    zh=(
        "办理已撤销：{enterprise}的{programme}申报",
        "{unit}撤销了上一步办理，{enterprise}的申报（{number}）回到“{stage}”环节。理由：{reason}",
    ),
    en=(
        "A step was taken back: application of {enterprise}",
        "{unit} took back its last step; the application {number} of {enterprise} is at “{stage}” again. "
        "Reason: {reason}",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "casework.correction_due", _("补正期限提醒"),
    zh=(
        "请尽快补正：{enterprise}的{programme}申报",
        "{enterprise}的申报（{number}）须在{due}前补正；逾期未补正的，办理单位可以不予通过。退回理由：{reason}",
    ),
    en=(
        "Correction due: application of {enterprise}",
        "The application {number} of {enterprise} is to be corrected by {due}; after that it may be refused. "
        "Why it was returned: {reason}",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
texts.define(
    "casework.urge", _("催办"),
    zh=(
        "催办：{enterprise}的{programme}申报",
        "{enterprise}的申报（{number}）在“{stage}”环节，办理期限{due}，请{unit}及时办理。{reason}",
    ),
    en=(
        "Reminder: application of {enterprise}",
        "The application {number} of {enterprise} is at “{stage}”, due {due}; {unit} is asked to deal with it. "
        "{reason}",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip

_COUNTS = {
    "unit": _("办理单位"), "count": _("待办件数"), "fresh": _("新到件数"), "soon": _("即将到期件数"),
    "overdue": _("逾期件数"), "list": _("清单"),
}  # fmt: skip

texts.define(
    "casework.digest", _("每日待办"),
    zh=("待办申报{count}件", "{unit}有{count}件申报待办：新到{fresh}件，即将到期{soon}件，逾期{overdue}件。\n{list}"),
    en=(
        "{count} applications on your desk",
        "{unit} has {count} applications to deal with: {fresh} new, {soon} due soon, {overdue} overdue.\n{list}",
    ),
    placeholders=_COUNTS,
)  # fmt: skip
texts.define(
    "casework.overdue", _("逾期提醒"),
    zh=(
        "申报逾期{overdue}件，请尽快办理",
        "{unit}有{overdue}件申报已过办理期限（待办共{count}件，新到{fresh}件，即将到期{soon}件）。\n{list}",
    ),
    en=(
        "{overdue} applications are overdue",
        "{unit} has {overdue} overdue applications ({count} in all, {fresh} new, {soon} due soon).\n{list}",
    ),
    placeholders=_COUNTS, by_sms=True,
)  # fmt: skip
texts.define(
    "casework.escalated", _("下级单位逾期"),
    zh=("{unit}有{overdue}件申报逾期未办", "{unit}有{overdue}件申报逾期未办，请督促办理。\n{list}"),
    en=(
        "{unit} has {overdue} overdue applications",
        "{unit} has {overdue} overdue applications; please see to it.\n{list}",
    ),
    placeholders={"unit": _("办理单位"), "overdue": _("逾期件数"), "list": _("清单")},
)  # fmt: skip
texts.define(
    "casework.transferred", _("申报转交本单位"),
    zh=(
        "{enterprise}的{programme}申报已转交{unit}",
        "{enterprise}的推荐单位已变更，其申报（{number}）由{from}转交{unit}办理。办理期限：{due}",
    ),
    en=(
        "Application handed over: {enterprise}",
        "The recommending unit of {enterprise} has changed; "
        "its application {number} goes from {from} to {unit}. Due: {due}",
    ),
    placeholders={
        "programme": _("业务"), "enterprise": _("企业名称"), "number": _("受理编号"), "unit": _("办理单位"),
        "from": _("原推荐单位"), "due": _("办理期限"),
    },
)  # fmt: skip
