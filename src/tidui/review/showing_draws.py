"""What pages show of a draw: what is public, what its officers see, and in words why a draw is impossible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tidui.codes.fields import FIELDS, SECOND_LEVEL
from tidui.kit import formats, lang, lists
from tidui.review.drawing import explaining
from tidui.review.enums import ExpertKind, FieldReach, Per
from tidui.review.models import Draw, Review

_RULES: Final = {
    explaining.REGISTER: gettext_lazy("在库且可参加的专家不足"),
    explaining.FIELD: gettext_lazy("领域符合的专家不足"),
    explaining.RECUSAL: gettext_lazy("回避后专家不足"),
    explaining.LOAD: gettext_lazy("评审份数上限不够"),
    explaining.TOGETHER: gettext_lazy("这些组各自够，合起来不够"),
}


def field_name(code: str) -> str:
    """A field on either level, in the language of the page."""
    found = FIELDS.get(code) or SECOND_LEVEL.get(code)
    return str(lang.of(found.zh, found.en)) if found is not None else _("未填")


def settings_rows(review: Review) -> list[tuple[Any, ...]]:
    """The settings of a review as they were stated."""
    financial = review.size - review.technical
    return [
        (_("评审组"), Per(review.per).label),
        (_("每组专家人数"), review.size,
         _("技术专家%(technical)s人，财务专家%(financial)s人") % {"technical": review.technical,
                                                     "financial": financial}),
        (_("匹配权重"), review.fit, _("0为纯随机，100为只看匹配")),
        (_("专家领域要求"), FieldReach(review.reach).label),
        (_("每组申报份数"), review.group_size), (_("每位专家最多评审份数"), review.load),
        (_("盲评"), formats.yes_no(review.blind)), (_("分差预警（分）"), review.alarm),
        (_("评审开始"), formats.day(review.opens_on)), (_("评审截止"), formats.day(review.due_on)),
    ]  # fmt: skip


def public_rows(draw: Draw) -> list[tuple[Any, ...]]:
    """What everybody may know of a draw: times, digests, where the number comes from. No names."""
    rows: list[tuple[Any, ...]] = [(_("第几次"), draw.number)]
    if draw.reason:
        rows.append((_("抽取事由"), draw.reason))
    rows += [
        (_("封存时间"), formats.moment(draw.frozen_at)), (_("封存文件摘要（SHA-256）"), draw.digest or formats.NOTHING),
        (_("公开随机数来源"), draw.public_source), (_("公开随机数日期"), formats.day(draw.public_on)),
    ]  # fmt: skip
    for one in draw.secrets.select_related("unit").order_by("pk"):
        opened = _("%(at)s 开启") % {"at": formats.moment(one.opened_at)} if one.opened_at else _("未开启")
        rows.append((_("%(unit)s的密码摘要") % {"unit": one.unit.name}, one.commitment or formats.NOTHING, opened))
        if draw.drawn_at is not None:
            salt = _("盐值 %(salt)s") % {"salt": one.salt}
            rows.append((_("%(unit)s的密码") % {"unit": one.unit.name}, one.secret, salt))
    if draw.public_number:
        rows.append((_("公开随机数"), draw.public_number))
    if draw.drawn_at is not None:
        rows += [
            (_("种子"), draw.seed), (_("抽取时间"), formats.moment(draw.drawn_at)),
            (_("结果摘要（SHA-256）"), draw.output_digest),
        ]  # fmt: skip
    if draw.void_reason:
        rows.append((_("作废原因"), draw.void_reason))
    return rows


def composition_rows(draw: Draw) -> list[tuple[Any, ...]]:
    """The composition of the panels."""
    told = draw.result.get("composition")
    if not told:
        return []
    people = _("技术专家%(technical)s人，财务专家%(financial)s人") % told
    fields = [f"{field_name(code)} {count}" for code, count in told["fields"]]
    places = [f"{_place(code)} {count}" for code, count in told["places"]]
    return [
        (_("评审组数"), told["panels"], _files(told["files"])),
        (_("抽取专家"), told["experts"], people),
        (_("专家库人数"), told["listed"], _("其中可参加%(count)s人") % {"count": told["available"]}),
        (_("回避关系"), told["recusals"]),
        (_("技术专家主要领域"), _("、").join(fields) or formats.NOTHING),
        (_("专家所在地"), _("、").join(places) or formats.NOTHING),
    ]


def _place(code: str) -> str:
    return str(lists.division_name(code)) if code else _("未填")


def told(explanation: Mapping[str, Any]) -> dict[str, Any]:
    """An explanation in words: which rule blocks where, and the smallest changes that help."""
    return {
        "possible": explanation["possible"],
        "seats": [
            (ExpertKind(kind).label, explanation["seats"][kind], explanation["suitable"][kind])
            for kind in explanation["seats"]
        ],
        "blocked": [_blocked(one) for one in explanation["blocked"]],
        "changes": [_change(one) for one in explanation["changes"]],
    }


def _blocked(one: Mapping[str, Any]) -> dict[str, Any]:
    fields = _("、").join(field_name(code) for code in one["fields"])
    if one["rule"] == explaining.TOGETHER:
        counted = _("需要%(wanted)s席，最多能排%(there)s席") % {"wanted": one["wanted"], "there": one["left"]["there"]}
    else:
        counted = _(
            "需要%(wanted)s人：可参加%(register)s人，其中领域符合%(field)s人，无须回避%(recusal)s人，份数够%(load)s人"
        ) % {"wanted": one["wanted"], **one["left"]}
    return {
        "kind": ExpertKind(one["kind"]).label, "rule": _RULES[one["rule"]], "panels": _("、").join(one["panels"]),
        "fields": fields, "counted": counted,
    }  # fmt: skip


def _change(one: Mapping[str, Any]) -> str:
    kind = ExpertKind(one["kind"]).label
    said = {"kind": kind, "by": one["by"], "to": FieldReach(one["to"]).label if one["to"] else ""}
    if one["sort"] == explaining.MORE_LOAD:
        return _("%(kind)s每人的评审份数上限提高%(by)s份") % said
    if one["sort"] == explaining.WIDER:
        return _("%(kind)s的领域要求放宽为“%(to)s”") % said
    if one["sort"] == explaining.MORE_EXPERTS:
        return _("增加%(by)s名%(kind)s（领域符合、无须回避）") % said
    return _("%(kind)s的领域要求放宽为“%(to)s”，同时每人的评审份数上限提高%(by)s份") % said


def _files(count: int) -> str:
    return ngettext("%(count)s 份申报", "%(count)s 份申报", count) % {"count": count}
