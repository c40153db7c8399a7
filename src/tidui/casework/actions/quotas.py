"""The department gives each unit its places under a call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.casework import quotas
from tidui.casework.enums import CallState
from tidui.casework.models import Call, Quota
from tidui.kit import access
from tidui.kit.access import NotAllowed, Refused

CALL_ENDED: Final = Refused("call-closed", gettext_lazy("申报通知已经提前截止，不能再调整名额。"))


@transaction.atomic
def set_quotas(*, call: Call, places: Mapping[int, int | None], by: User, at: dt.datetime) -> int:
    """Give units (by key) their places; None takes the limit away. How many were changed.

    ValidationError for a unit that has recommended more already; nothing is changed then.
    """
    access.require("casework.manage_calls", by)
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.state == CallState.CLOSED:
        raise NotAllowed(CALL_ENDED)
    names = dict(Organisation.objects.filter(pk__in=places).values_list("pk", "name"))
    now = {one.unit_id: one for one in Quota.objects.select_for_update().filter(call=held, unit__in=places)}
    faults = []
    changed: dict[str, list[int | None]] = {}
    for unit, most in sorted(places.items()):
        quota = now.get(unit)
        taken = quotas.used(held, unit) if most is not None else 0
        if most is not None and most < taken:
            said = {"unit": names[unit], "used": taken, "most": most}
            faults.append(_("%(unit)s已推荐 %(used)s 项，名额不能减为 %(most)s。") % said)
        elif (quota.most if quota else None) != most:
            changed[str(unit)] = [quota.most if quota else None, most]
            _write(held, quota, unit, most)
    if faults:
        raise ValidationError(faults)
    if changed:
        events.record("casework.set_quotas", actor=by, subject=held, at=at, details={"places": changed})
    return len(changed)


def _write(call: Call, quota: Quota | None, unit: int, most: int | None) -> None:
    if most is None:
        if quota is not None:
            quota.delete()
    elif quota is None:
        Quota.objects.create(call=call, unit_id=unit, most=most)
    else:
        quota.most = most
        quota.save(update_fields=["most"])
