"""The wording of notices, announcements and messages about objections, until an administrator rewords them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

_PAPER = {
    "programme": _("业务"), "year": _("年度"), "batch": _("批次"), "count": _("家数"),
}  # fmt: skip

texts.define(
    "recognition.notice", _("公示的标题和正文"),
    zh=(
        "关于{year}年{programme}{batch}拟入库企业名单的公示",
        "经企业自主评价、评价机构审核和省科技厅确认，拟将{count}家企业列入{year}年{programme}{batch}名单，现予公示。",
    ),
    en=(
        "Public notice: {programme} {year}, {batch}",
        "After self-evaluation, agency check and provincial confirmation, {count} enterprises are shown to the public.",
    ),
    placeholders=_PAPER,
)  # fmt: skip
texts.define(
    "recognition.announcement", _("公告的标题和正文"),
    zh=(
        "关于{year}年{programme}{batch}入库企业名单的公告",
        "经公示无异议并取得入库登记编号，现将{year}年{programme}{batch}{count}家企业名单予以公告。",
    ),
    en=(
        "Announcement: {programme} {year}, {batch}",
        "{count} enterprises have been registered after the public notice; their numbers are announced.",
    ),
    placeholders=_PAPER,
)  # fmt: skip
texts.define(
    "recognition.objected", _("收到异议"),
    zh=("收到对公示的异议：{notice}", "收到对《{notice}》中{enterprise}的实名异议，请于{due}前办理。"),
    en=("Objection to a notice: {notice}", "An objection to {enterprise} in “{notice}” was filed; due {due}."),
    placeholders={"notice": _("公示"), "enterprise": _("企业名称"), "due": _("办理期限")},
)  # fmt: skip
texts.define(
    "recognition.objections_due", _("异议将到期或已逾期"),
    zh=("有{count}件异议将到期或已逾期", "有{count}件异议将到期或已逾期，最早的办理期限是{due}，请及时办理。"),
    en=("{count} objections are due or overdue", "{count} objections are due or overdue, the earliest on {due}."),
    placeholders={"count": _("件数"), "due": _("办理期限")}, by_sms=True,
)  # fmt: skip
