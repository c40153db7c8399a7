"""What the audit watches of figures."""

from __future__ import annotations

from tidui.audit import personal, tamper
from tidui.figures.models import FigureSet, FrozenLine, Line

for _model in (FigureSet, FrozenLine):
    tamper.watch(_model, brief=True)
personal.none(Line, FigureSet, FrozenLine)
