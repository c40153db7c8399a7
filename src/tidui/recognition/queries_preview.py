"""Which trials of policies a person may know of."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tidui.accounts.standing import standing
from tidui.kit.visibility import door
from tidui.recognition.models import PolicyPreview, PreviewRow


@door(PolicyPreview)
def previews(user: Any) -> QuerySet[PolicyPreview]:
    """For those who read the records of the whole province."""
    return PolicyPreview.objects.all() if standing(user).sees_everything else PolicyPreview.objects.none()


@door(PreviewRow)
def preview_rows(user: Any) -> QuerySet[PreviewRow]:
    """Those of the trials."""
    return PreviewRow.objects.all() if standing(user).sees_everything else PreviewRow.objects.none()
