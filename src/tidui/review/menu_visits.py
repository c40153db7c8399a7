"""What site visits add to the navigation."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.standing import standing
from tidui.kit import navigation
from tidui.kit.visibility import visible_to
from tidui.review import visiting
from tidui.review.enums import VisitState
from tidui.review.models import Visit


def waiting(user: Any) -> int | None:
    """What waits for a person: reports for the department, visits for an institution; None for none."""
    wanted = [VisitState.REPORTED] if standing(user).sees_everything else list(visiting.OPEN)
    return visible_to(user, Visit).filter(state__in=wanted).count() or None


navigation.add(
    "review.visits", _("现场考察"), "review:visits", "review.view_commissions", order=280, icon="map-pin-check",
    group=pgettext_lazy("many", "评审"), count=waiting, holds=r"/visits/(?!commissions/)",
)  # fmt: skip
navigation.add(
    "review.commissions", _("考察委托"), "review:commissions", "review.view_commissions", order=282,
    icon="file-certificate", group=pgettext_lazy("many", "评审"),
)  # fmt: skip


@navigation.home
def own_visits(user: Any) -> str | None:
    """Whoever works for a site-visit institution, and nowhere else, begins with its visits."""
    who = standing(user)
    alone = bool(who.held) and all(one.organisation.kind == OrganisationKind.SITE_INSTITUTION for one in who.held)
    return reverse("review:visits") if alone else None
