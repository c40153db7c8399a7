"""Which figures a person may see: the province's, those of their reach, or what was published."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tidui.accounts.standing import standing
from tidui.casework.queries import application_q
from tidui.figures.models import FigureSet, FrozenLine, Line
from tidui.kit.visibility import door


@door(Line)
def lines(user: Any) -> QuerySet[Line]:
    """Those of the applications that the person may see."""
    return Line.objects.filter(application_q(standing(user), "application__"))


@door(FigureSet)
def figure_sets(user: Any) -> QuerySet[FigureSet]:
    """Published ones are public; the others are the department's and inspection's."""
    if standing(user).sees_everything:
        return FigureSet.objects.all()
    return FigureSet.objects.filter(published_at__isnull=False)


@door(FrozenLine)
def frozen_lines(user: Any) -> QuerySet[FrozenLine]:
    """The records behind frozen figures are for those who see the whole province."""
    return FrozenLine.objects.all() if standing(user).sees_everything else FrozenLine.objects.none()
