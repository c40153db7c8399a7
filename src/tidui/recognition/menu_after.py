"""What follows the number, in the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.casework.permissions import may_work
from tidui.kit import navigation
from tidui.recognition import lists_after, panels_after, revoking, yearly  # noqa: F401  make themselves known
from tidui.recognition.enums import RevocationState, SampleState
from tidui.recognition.models import Revocation, Sample

_GROUP = pgettext_lazy("many", "认定")


def _samples(user: Any) -> int | None:
    who = standing(user)
    mine = [key for key in who.ids if may_work(who, key)]
    return Sample.objects.filter(unit__in=mine, state=SampleState.WAITING).count() or None if mine else None


def _revocations(user: Any) -> int | None:
    who = standing(user)
    if not who.decides_for_department:
        return None
    waiting = (RevocationState.OPENED, RevocationState.ANSWERED, RevocationState.PROPOSED)
    return Revocation.objects.filter(state__in=waiting).count() or None


navigation.add(
    "recognition.revocations", pgettext_lazy("many", "撤销"),
    "recognition:revocations", "recognition.view_revocations", order=370,
    icon="certificate-off", group=_GROUP, count=_revocations,
)  # fmt: skip
navigation.add(
    "recognition.samplings", pgettext_lazy("many", "抽查"),
    "recognition:samplings", "kit.signed_in", order=360, icon="arrows-random",
    group=_GROUP,
)  # fmt: skip
navigation.add(
    "recognition.samples", _("抽查任务"), "recognition:samples", "recognition.view_samples", order=362,
    icon="clipboard-search", group=_GROUP, count=_samples,
)  # fmt: skip
navigation.add(
    "recognition.updates", _("年度更新"), "recognition:updates", "recognition.view_updates", order=355,
    icon="calendar-repeat", group=_GROUP,
)  # fmt: skip
navigation.add(
    "recognition.public_samplings", pgettext_lazy("many", "抽查"),
    "recognition:samplings", "recognition.view_public", order=35,
    icon="arrows-random", place=navigation.PUBLIC,
)  # fmt: skip
