"""The wording of messages about the register of experts, until an administrator rewords them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

_PLACES = {"name": _("姓名"), "reason": _("理由"), "until": _("日期")}

texts.define(
    "review.expert_waiting", _("专家待审核"),
    zh=("专家待审核：{name}", "{name}（{reason}）提出入库，请审核。"),
    en=("An expert waits: {name}", "{name} ({reason}) is to join the register of experts; please decide."),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "review.expert_confirmed", _("专家入库"),
    zh=("已入专家库：{name}", "{name}已入评审专家库，聘期至{until}。请每年确认一次本人信息。"),
    en=(
        "In the register of experts: {name}",
        "{name} is in the register of experts until {until}. Please affirm once a year.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "review.expert_declined", _("专家未入库"),
    zh=("未入专家库：{name}", "{name}未入评审专家库。理由：{reason}"),
    en=(
        "Not in the register of experts: {name}",
        "{name} was not taken into the register of experts. Reason: {reason}",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "review.expert_paused", _("专家暂停"),
    zh=("专家资格暂停：{name}", "{name}的评审专家资格已暂停，暂停期间不参加抽取。理由：{reason}"),
    en=("Paused: {name}", "{name} is paused as an expert and not drawn meanwhile. Reason: {reason}"),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "review.expert_ended", _("专家出库"),
    zh=("已出专家库：{name}", "{name}已出评审专家库。理由：{reason}"),
    en=("No longer in the register: {name}", "{name} has left the register of experts. Reason: {reason}"),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "review.affirm_due", _("专家年度确认"),
    zh=(
        "请确认本人专家信息",
        "{name}，请在线确认您的专家信息、利害关系和领域。有效至{until}，逾期未确认的不参加抽取。",
    ),
    en=(
        "Please affirm your entry",
        "{name}, please affirm your entry, ties and fields. It counts until {until}; who has not is not drawn.",
    ),
    placeholders=_PLACES, by_sms=True,
)  # fmt: skip
