"""Dated settings of review: house defaults where no published text says."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tidui.kit import parameters

#: How many experts an applicant may ask to be kept away; the published texts do not say.
MOST_NAMED: Final = parameters.define(
    "review.most_named", _("申报单位最多可申请回避的专家人数"), "int", 3, low=0, high=10,
    help=_("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
#: For how many years a former employer is one.
FORMER_YEARS: Final = parameters.define(
    "review.former_years", _("曾任职单位回避年限"), "int", 3, low=0, high=20,
    help=_("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
#: How long before its end a recognition may be applied for again, and its holder is told of calls: with one call a
#: year, twelve months leave nobody between two of them.
RENEWAL_MONTHS: Final = parameters.define(
    "review.renewal_months", _("认定届满前几个月内可以再次申报"), "int", 12, low=0, high=36,
    help=_("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
#: How long an expert is appointed.
TERM_YEARS: Final = parameters.define("review.term_years", _("专家聘期年数"), "int", 3, low=1, high=10).name
#: Working days within which a called expert answers.
ANSWER_DAYS: Final = parameters.define("review.answer_days", _("专家答复工作日数"), "int", 1, low=1, high=10).name
#: How a panel is composed; 国科发火〔2016〕195号 says so of high-tech enterprises, the provincial text does not say.
PANEL_SIZE: Final = parameters.define(
    "review.panel_size", _("评审组最少专家人数"), "int", 5, low=1, high=15,
    help=_("省办法没有规定，按国科发火〔2016〕195号，为本系统默认值。"),
).name  # fmt: skip
TECHNICAL_SHARE: Final = parameters.define(
    "review.technical_share", _("技术专家最低比例（%）"), "int", 60, low=0, high=100,
    help=_("省办法没有规定，按国科发火〔2016〕195号，为本系统默认值。"),
).name  # fmt: skip
FINANCIAL_LEAST: Final = parameters.define(
    "review.financial_least", _("财务专家最少人数"), "int", 1, low=0, high=10,
    help=_("省办法没有规定，按国科发火〔2016〕195号，为本系统默认值。"),
).name  # fmt: skip
