"""Dated settings of marking and reminding."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tidui.kit import parameters

#: Working days before the end of a review from which on experts are reminded each working day.
REMIND_DAYS: Final = parameters.define(
    "review.remind_days", _("评审截止前开始提醒的工作日数"), "int", 1, low=0, high=20,
    help=_("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
#: Working days before the reports of site visits are due from which on the institution is reminded each working day.
VISIT_REMIND_DAYS: Final = parameters.define(
    "review.visit_remind_days", _("考察期限前开始提醒的工作日数"), "int", 3, low=0, high=20,
    help=_("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
