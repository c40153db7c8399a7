"""Divisions as an administrator keeps them: changes since this version was made, over the table of `tidui.codes`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.audit import events
from tidui.codes import divisions as codes
from tidui.kit import access, clock, stamp
from tidui.kit.models import DivisionChange


def _load() -> dt.date:
    """Hand the changes in force to `tidui.codes.divisions`, which every reader of a code asks; the day of today."""
    rows = DivisionChange.objects.filter(since__lte=clock.today()).order_by("since", "pk")
    codes.use_changes([(row.code, row.zh, row.en, row.successor) for row in rows])
    return clock.today()


_kept = stamp.Remembered(_load)


def table() -> Mapping[str, codes.Division]:
    """All divisions of the province as of today, by code."""
    if _kept.get() != clock.today():  # a change dated today comes into force at midnight
        _kept.forget()
        _kept.get()
    return codes.table()


@transaction.atomic
def change(
    *, code: str, zh: str, en: str, successor: str, since: dt.date, document: str, by: Any, at: dt.datetime
) -> DivisionChange:
    """Add or rename a division (`zh`), or end one whose area belongs to `successor` from then on."""
    access.require("kit.administer", by)
    if bool(zh) == bool(successor):
        raise ValidationError(_("请填写新名称，或者填写并入的区划代码，二者只填其一。"))
    if len(code) != 6 or not code.isdigit() or not code.startswith(codes.PROVINCE):
        raise ValidationError({"code": _("区划代码为 62 开头的六位数字。")})
    if successor and (successor == code or successor not in table()):
        raise ValidationError({"successor": _("没有这个区划代码。")})
    row, _made = DivisionChange.objects.update_or_create(
        code=code, since=since,
        defaults={"zh": zh, "en": en, "successor": successor, "document": document, "set_by": by, "set_at": at},
    )  # fmt: skip
    details = {"code": code, "zh": zh, "successor": successor, "since": str(since), "document": document}
    events.record("kit.change_division", actor=by, subject=row, at=at, details=details)
    stamp.changed()
    return row
