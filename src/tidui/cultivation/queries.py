"""Which placements a person may know of, and the enterprises of the register."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tidui.accounts.models import Organisation
from tidui.accounts.standing import standing
from tidui.cultivation.models import Placement, SelfMarks
from tidui.kit.visibility import door, visible_to


@door(Placement)
def placements(user: Any) -> QuerySet[Placement]:
    """Placements of the enterprises that the person may see."""
    return Placement.objects.filter(standing(user).reach_q("organisation__"))


def register(user: Any) -> QuerySet[Organisation]:
    """The organisations with a file that the person may see, each with its placement."""
    return visible_to(user, Organisation).filter(file__isnull=False)


@door(SelfMarks)
def self_marks(user: Any) -> QuerySet[SelfMarks]:
    """The marks that enterprises within sight gave themselves."""
    return SelfMarks.objects.filter(standing(user).reach_q("organisation__"))
