"""The wording of notices and recognition documents of what the province decides itself, until somebody rewords it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

_PAPER = {
    "programme": _("业务"), "year": _("年度"), "batch": _("批次"), "count": _("家数"),
}  # fmt: skip

texts.define(
    "recognition.notice.provincial", _("公示的标题和正文（省科技创新型企业）"),
    zh=(
        "关于{year}年{programme}{batch}拟认定企业名单的公示",
        "经推荐、专家评审、现场考察和厅务会审定，拟认定{count}家企业，现予公示。",
    ),
    en=(
        "Public notice: {programme} {year}, {batch}",
        "After recommendation, expert review, site visit and the department's meeting, {count} enterprises are shown "
        "to the public before they are recognised.",
    ),
    placeholders=_PAPER,
)  # fmt: skip
texts.define(
    "recognition.recognise", _("认定文件的标题和正文"),
    zh=(
        "关于认定{year}年{programme}{batch}企业的通知",
        "经推荐、专家评审、现场考察、厅务会审定和公示，认定{count}家企业，自本文件印发之日起有效，现予公布并颁发证书。",
    ),
    en=(
        "Recognition: {programme} {year}, {batch}",
        "After recommendation, expert review, site visit, the department's meeting and public notice, {count} "
        "enterprises are recognised from the day of this document; certificates are issued.",
    ),
    placeholders=_PAPER,
)  # fmt: skip
