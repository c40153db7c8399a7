"""Where the first page and the register stand in the navigation, and where a person is led after signing in."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.enums import REACHED
from tidui.accounts.standing import standing
from tidui.kit import access, navigation

navigation.add(
    "cultivation.register", _("企业名册"), "cultivation:register", "cultivation.view_register", order=10,
    icon="building", group=pgettext_lazy("many", "企业"), holds=r"/enterprises/",
)  # fmt: skip


def home(user: Any) -> str | None:
    """A member of an enterprise is led to its first page, an officer to the register."""
    own = [one for one in standing(user).organisations if one.kind in REACHED]
    if own:
        return reverse("cultivation:first_page", args=[own[0].pk])
    if access.check("cultivation.view_register", user):
        return reverse("cultivation:register")
    return None


navigation.home(home, order=50)
