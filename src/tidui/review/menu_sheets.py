"""Marking and the department's reviews, in the navigation."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.kit import access, navigation
from tidui.review.enums import SEATED, ReviewState, SeatState, SheetState
from tidui.review.models import Seat, Sheet
from tidui.review.queries import expert_of


def _waiting(user: Any) -> int | None:
    """Invitations that wait for an answer, and sheets that were begun and not signed."""
    found = expert_of(user)
    if found is None:
        return None
    called = Seat.objects.filter(expert=found, state=SeatState.CALLED).count()
    begun = Sheet.objects.filter(
        expert=found, state=SheetState.DRAFT, seat__state__in=SEATED, file__review__state=ReviewState.REVIEWING
    )
    return called + begun.count() or None


@navigation.home
def own_reviews(user: Any) -> str | None:
    """An expert who works for no organisation of the site begins with what there is to mark."""
    alone = expert_of(user) is not None and not standing(user).held
    return reverse("review:my_reviews") if alone and access.check("review.seat", user) else None


navigation.add(
    "review.my_reviews", _("我的评审"), "review:my_reviews", "review.seat", order=250, icon="clipboard-list",
    group=_("我的评审"), count=_waiting, holds=r"/sheets/\d+/",
)  # fmt: skip
navigation.add(
    "review.reviews", pgettext_lazy("many", "专家评审"),
    "review:reviews", "review.view_reviews", order=262, icon="users-group",
    group=pgettext_lazy("many", "评审"),
)  # fmt: skip
