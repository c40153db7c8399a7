"""Who may see how somebody signs in: only they themselves; an administrator gets at it by the page that helps."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tidui.accounts.signin.models import PasswordDuty
from tidui.kit.visibility import door


@door(PasswordDuty)
def password_duties(user: Any) -> QuerySet[PasswordDuty]:
    """One's own."""
    return PasswordDuty.objects.filter(user_id=user.pk)
