"""The messages to experts while they review, as they are worded until an administrator rewords them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

_CODE = {"code": _("评审编号")}

texts.define(
    "review.remind", _("评审提醒"),
    zh=("还有{count}份申报待您评审，{due}截止", "您还有{count}份申报没有签署评分表，评审于{due}截止，请尽快完成。"),
    en=(
        "{count} files wait for your marks until {due}",
        "You have not signed {count} score sheets yet; the review ends on {due}.",
    ),
    placeholders={"count": _("份数"), "due": _("评审截止")}, by_sms=True,
)  # fmt: skip
texts.define(
    "review.all_signed", _("评分表已全部签署"),
    zh=("{code}的评分表已全部签署，请填写评审组意见", "{code}的评分表已全部签署，请组长填写并签署评审组意见。"),
    en=(
        "All sheets of {code} are signed",
        "All score sheets of {code} are signed; please write and sign the panel's form.",
    ),
    placeholders=_CODE,
)  # fmt: skip
texts.define(
    "review.second_look", _("评审复议"),
    zh=("{code}需要复议", "{code}的评分相差较大或者超出档次，请组长组织复议并答复。"),
    en=(
        "{code} needs a second look",
        "The marks of {code} lie far apart or outside their bands; please lead a second look and answer it.",
    ),
    placeholders=_CODE, by_sms=True,
)  # fmt: skip
texts.define(
    "review.mark_again", _("重新评分"),
    zh=("请重新评审{code}", "经复议，请您重新评审{code}：原评分已复制到新的评分表，请核对修改后签署。"),
    en=(
        "Please mark {code} again",
        "After a second look, please mark {code} again: a fresh sheet holds your marks; check, change and sign it.",
    ),
    placeholders=_CODE, by_sms=True,
)  # fmt: skip
