"""Dated parameters: settings that an administrator changes from a day on, with a reason, and that keep their past.

What a law says is no parameter of this kind: it stands in `tidui.policies`, with its own dates and overlays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.audit import events
from tidui.kit import access, clock, stamp
from tidui.kit.models import ParameterValue

Kind = Literal["int", "bool", "text"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting: its name, what it means, its kind, its default, and the bounds of a number."""

    name: str
    title: Any
    kind: Kind
    default: int | bool | str
    help: Any = ""
    low: int | None = None
    high: int | None = None

    def read(self, raw: str) -> int | bool | str:
        """The value that a person typed; ValidationError with what to write instead."""
        if self.kind == "bool":
            if raw not in ("true", "false"):
                raise ValidationError(_("请选择“是”或“否”。"))
            return raw == "true"
        if self.kind == "text":
            return raw.strip()
        try:
            number = int(raw.strip())
        except ValueError:
            raise ValidationError(_("请填写整数。")) from None
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise ValidationError(_("请填写 %(low)s 至 %(high)s 之间的整数。") % {"low": self.low, "high": self.high})
        return number


_known: dict[str, Parameter] = {}


def define(
    name: str, title: Any, kind: Kind, default: int | bool | str, *,
    help: Any = "", low: int | None = None, high: int | None = None,
) -> Parameter:  # fmt: skip
    """Make a parameter known; ValueError if its name is taken."""
    if name in _known:
        raise ValueError(f"the parameter {name} is defined twice")
    _known[name] = Parameter(name, title, kind, default, help, low, high)
    return _known[name]


def known() -> Mapping[str, Parameter]:
    """All parameters, by name."""
    return MappingProxyType(_known)


def _load() -> dict[str, list[tuple[dt.date, Any]]]:
    rows: dict[str, list[tuple[dt.date, Any]]] = {}
    for name, since, value in ParameterValue.objects.order_by("name", "since").values_list("name", "since", "value"):
        rows.setdefault(name, []).append((since, value))
    return rows


_kept = stamp.Remembered(_load)


def get(name: str, on: dt.date | None = None) -> Any:
    """The value of a parameter on a day (today unless given). KeyError for one that is not defined."""
    parameter = _known[name]
    day = on or clock.today()
    value: Any = parameter.default
    for since, given in _kept.get().get(name, ()):
        if since <= day:
            value = given
    return value


@transaction.atomic
def set_value(*, name: str, raw: str, since: dt.date, reason: str, by: Any, at: dt.datetime) -> ParameterValue:
    """Give a parameter a value from a day on. Days that have begun keep theirs: `since` is today or later."""
    access.require("kit.administer", by)
    if since < clock.day_of(at):
        raise ValidationError({"since": _("不能改动已经过去的日期，请选择今天或以后。")})
    if not reason.strip():
        raise ValidationError({"reason": _("请写明原因。")})
    value = _known[name].read(raw)
    row, _made = ParameterValue.objects.update_or_create(
        name=name, since=since, defaults={"value": value, "reason": reason.strip(), "set_by": by, "set_at": at}
    )
    details = {"name": name, "value": value, "since": str(since), "reason": reason}
    events.record("kit.set_parameter", actor=by, subject=row, at=at, details=details)
    stamp.changed()
    return row
