"""The messages of this app, as they are worded until an administrator rewords them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

ORGANISATION = _("单位名称")
ROLE = _("角色")
NAME = _("姓名")
ENTERPRISE = _("企业名称")
REASON = _("理由")
BY = _("经办人")

texts.define(
    "accounts.role_given", _("被授予角色"),
    zh=("您在{organisation}的角色：{role}", "{by}授予您在{organisation}的角色：{role}。"),
    en=("Your role at {organisation}: {role}", "{by} gave you a role at {organisation}: {role}."),
    placeholders={"organisation": ORGANISATION, "role": ROLE, "by": BY},
)  # fmt: skip
texts.define(
    "accounts.role_revoked", _("角色被撤销"),
    zh=("您在{organisation}的角色已撤销：{role}", "{by}撤销了您在{organisation}的角色：{role}。理由：{reason}"),
    en=(
        "Your role at {organisation} has ended: {role}",
        "{by} ended your role at {organisation}: {role}. Reason: {reason}",
    ),
    placeholders={"organisation": ORGANISATION, "role": ROLE, "by": BY, "reason": REASON},
)  # fmt: skip
texts.define(
    "accounts.invitation_accepted", _("邀请被接受"),
    zh=("{name}已加入{organisation}", "{name}接受了您的邀请，加入{organisation}，角色：{role}。"),
    en=("{name} has joined {organisation}", "{name} accepted your invitation and joined {organisation} as {role}."),
    placeholders={"organisation": ORGANISATION, "name": NAME, "role": ROLE},
)  # fmt: skip
texts.define(
    "accounts.delegated", _("受托代理"),
    zh=("您受托代理{name}的角色：{role}", "{name}外出期间，由您代理其在{organisation}的角色：{role}。"),
    en=("You stand in for {name}: {role}", "While {name} is away, you hold the role {role} at {organisation} too."),
    placeholders={"organisation": ORGANISATION, "name": NAME, "role": ROLE},
)  # fmt: skip
texts.define(
    "accounts.handed_over", _("接手工作"),
    zh=("您接手了{name}的工作", "{name}在{organisation}的角色（{role}）已移交给您。"),
    en=("You have taken over from {name}", "The role of {name} at {organisation} ({role}) is now yours."),
    placeholders={"organisation": ORGANISATION, "name": NAME, "role": ROLE},
)  # fmt: skip
texts.define(
    "accounts.join_asked", _("收到入驻申请"),
    zh=("{name}申请办理“{enterprise}”的业务", "请核对证明材料后确认或退回。"),
    en=("{name} asks to act for {enterprise}", "Please check the evidence, then confirm or refuse."),
    placeholders={"enterprise": ENTERPRISE, "name": NAME},
)  # fmt: skip
texts.define(
    "accounts.join_confirmed", _("入驻申请通过"),
    zh=("您可以办理“{enterprise}”的业务了", "您的申请已通过，角色：{role}。"),
    en=("You can now act for {enterprise}", "Your request was confirmed. Your role: {role}."),
    placeholders={"enterprise": ENTERPRISE, "role": ROLE},
    by_sms=True,
)  # fmt: skip
texts.define(
    "accounts.join_refused", _("入驻申请未通过"),
    zh=("“{enterprise}”的申请未通过", "理由：{reason}。改正后可以重新申请。"),
    en=("Your request for {enterprise} was refused", "Reason: {reason}. You can correct it and ask again."),
    placeholders={"enterprise": ENTERPRISE, "reason": REASON},
    by_sms=True,
)  # fmt: skip
