"""What people are told about draws: units that put a secret in, experts who are called, officers who have to act."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

COMMIT: Final = "review.commit_secret"
OPEN: Final = "review.open_secret"
CALLED: Final = "review.called"
LACKING: Final = "review.lacking"

texts.define(
    COMMIT, _("提交抽取密码摘要"),
    zh=("评审专家抽取：请提交密码摘要", "{review}将抽取评审专家，由{unit}提交密码摘要，抽取前请妥善保管密码。"),
    en=(
        "Draw of experts: commit a secret",
        "Experts are to be drawn for {review}. {unit} commits a secret and keeps it until it is opened.",
    ),
    placeholders={"review": _("批次"), "unit": _("单位")},
)  # fmt: skip
texts.define(
    OPEN, _("开启抽取密码"),
    zh=(
        "评审专家抽取：请开启密码",
        "{review}的抽取文件已封存，摘要{digest}。请{unit}在{day}前开启密码；不开启的，本次抽取作废。",
    ),
    en=(
        "Draw of experts: open your secret",
        "The file of the draw for {review} is frozen, digest {digest}. {unit} opens its secret by {day}; a secret that "
        "is not opened voids the draw.",
    ),
    placeholders={"review": _("批次"), "unit": _("单位"), "digest": _("摘要"), "day": _("日期")},
)  # fmt: skip
texts.define(
    CALLED, _("评审邀请"), by_sms=True,
    zh=("评审邀请：{review}", "您被抽取为{review}的评审专家，共{count}份，请于{due}前答复是否参加。"),
    en=("Invitation to review: {review}", "You were drawn as an expert for {review}: {count} files. Answer by {due}."),
    placeholders={"review": _("批次"), "count": _("份数"), "due": _("答复期限")},
)  # fmt: skip
texts.define(
    LACKING, _("评审席位空缺"),
    zh=("评审席位空缺，可以补抽", "{review}：{expert}{why}，{count}份申报的评审组缺人，可以补抽。"),
    en=("A seat is vacant", "{review}: {expert} — {why}. The panels of {count} files lack somebody; draw again."),
    placeholders={"review": _("批次"), "expert": _("专家"), "why": _("原因"), "count": _("份数")},
)  # fmt: skip
