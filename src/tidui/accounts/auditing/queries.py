"""The doors of the histories."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet

from tidui.audit.models import Event, Forgetting, Publication, Seal, Shape, TamperRow
from tidui.kit import access
from tidui.kit.visibility import door


def _cut(user: Any, model: type[models.Model], permission: str) -> QuerySet[Any]:
    rows = model._default_manager.all()
    return rows if access.check(permission, user) else rows.none()


@door(Event)
def events(user: Any) -> QuerySet[Event]:
    """Inspection reads all."""
    return _cut(user, Event, "accounts.read_history")


@door(TamperRow)
def changes(user: Any) -> QuerySet[TamperRow]:
    """Inspection reads all."""
    return _cut(user, TamperRow, "accounts.read_history")


@door(Forgetting)
def forgettings(user: Any) -> QuerySet[Forgetting]:
    """Inspection reads all."""
    return _cut(user, Forgetting, "accounts.read_history")


@door(Shape)
def shapes(user: Any) -> QuerySet[Shape]:
    """Inspection and the department's administrator."""
    return _cut(user, Shape, "accounts.verify_history")


@door(Seal)
def seals(user: Any) -> QuerySet[Seal]:
    """Inspection and the department's administrator; without the leaves, which are large."""
    return _cut(user, Seal, "accounts.verify_history").defer("event_leaves", "tamper_leaves")


@door(Publication)
def publications(user: Any) -> QuerySet[Publication]:
    """The heads of the chain are there for everybody."""
    return Publication.objects.all()
