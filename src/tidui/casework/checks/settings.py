"""Dated thresholds of the checks."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tidui.kit import parameters

COPIED_SHARE: Final = parameters.define(
    "casework.copied_share", _("雷同提示：文字相同的比例不低于（%）"), "int", 50, low=5, high=100,
    help=_("与其他单位申报相同的文字占本份申报该栏文字的比例。"),
).name  # fmt: skip
COPIED_LEAST: Final = parameters.define(
    "casework.copied_least", _("雷同提示：比对的文字不少于（字）"), "int", 30, low=10, high=500,
    help=_("更短的文字不比对。"),
).name  # fmt: skip
YEAR_CHANGE: Final = parameters.define(
    "casework.year_change", _("与上年相比变动超过（%）时提示"), "int", 200, low=10, high=10_000
).name
YEAR_CHANGE_LEAST: Final = parameters.define(
    "casework.year_change_least", _("与上年相比：变动额不足此数（万元）不提示"), "int", 50, low=0, high=100_000
).name
TAX_TOLERANCE: Final = parameters.define(
    "casework.tax_tolerance", _("与纳税申报相差超过（%）时提示"), "int", 5, low=0, high=100
).name
BOUGHT_MONTHS: Final = parameters.define(
    "casework.bought_months", _("知识产权受让提示：提交前几个月内"), "int", 12, low=1, high=60
).name
SAME_STAFF: Final = parameters.define(
    "casework.same_staff", _("研发人员重复提示：与另一份申报同名的人数不少于"), "int", 3, low=1, high=50,
    help=_("同一姓名可能是同名的另一人，几人同时重复才提示。"),
).name  # fmt: skip
