"""Draws in the navigation: for the department and inspection with what their unit has to do, and for everybody."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.kit import access, navigation
from tidui.review import lists_drawing, panels_drawing, texts_drawing  # noqa: F401  make themselves known
from tidui.review.actions import making_draws, seats  # noqa: F401  a job and a listener
from tidui.review.models import Secret


def _secrets(user: Any) -> int | None:
    """How many secrets the person's units have to commit or open."""
    mine = standing(user).ids
    waits = Q(draw__state="prepared", commitment="") | Q(draw__state="frozen", opened_at__isnull=True)
    return Secret.objects.filter(waits, unit__in=mine).count() or None if mine else None


navigation.add(
    "review.draws", _("专家抽取"), "review:draws", "review.view_reviews", order=262, icon="arrows-random",
    group=pgettext_lazy("many", "评审"),
    count=_secrets, holds=r"/(draws/|reviews/\d+/(arrange|panels|settings|draws)|reviews/groups/)",
)  # fmt: skip
navigation.add(
    "review.public_draws", _("专家抽取"), "review:draws", "review.public_draws", order=36, icon="arrows-random",
    place=navigation.PUBLIC,
)  # fmt: skip
navigation.add(
    "review.own_secrets", _("专家抽取"), "review:draws", "review.see_own_secrets", order=262, icon="arrows-random",
    group=pgettext_lazy("many", "评审"), count=_secrets, holds=r"/draws/",
)  # fmt: skip


def own_draws(user: Any) -> str | None:
    """Whoever has nothing else to begin with, and works for a unit that put a secret into a draw, begins there."""
    return reverse("review:draws") if access.check("review.see_own_secrets", user) else None


navigation.home(own_draws, order=500)
