"""The entries of exchanges in the navigation, and what partners see first."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.casework.lists_exchange import RUNNING
from tidui.casework.models import Exchange, HeldAnswer
from tidui.casework.permissions import ANSWERING
from tidui.kit import navigation
from tidui.kit.visibility import visible_to


def unsettled(user: Any) -> int | None:
    """How many answers wait for a person of the department."""
    return visible_to(user, HeldAnswer).filter(ended_at__isnull=True).count() or None


def unanswered(user: Any) -> int | None:
    """How many lists wait for an answer of the person's organisation."""
    return visible_to(user, Exchange).filter(state__in=RUNNING).count() or None


navigation.add(
    "casework.exchanges", pgettext_lazy("many", "数据交换"), "casework:exchanges", "casework.list_exchanges", order=340,
    icon="arrows-exchange", group=pgettext_lazy("many", "认定"), count=unsettled, holds=r"/(exchanges|answers)/",
)  # fmt: skip
navigation.add(
    "casework.partner", _("待回复清单"), "casework:partner", "casework.partner", order=345, icon="inbox",
    group=pgettext_lazy("many", "认定"), count=unanswered, holds=r"/(partner|exchanges|answers)/",
)  # fmt: skip


@navigation.home
def partner_home(user: Any) -> str | None:
    """Whoever answers for the tax side or a partner authority begins with the lists sent to it."""
    who = standing(user)
    alone = bool(who.held) and all(one.organisation.kind in ANSWERING for one in who.held)
    return reverse("casework:partner") if alone else None
