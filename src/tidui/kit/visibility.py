"""The one door to records: for every model, which rows a person may know of.

Each app registers one function for each of its models in `queries.py`. Lists, searches, exports, counts and API
answers start from `visible_to`; one thing is got by `get_visible`, which says "not found" for what is not the person's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

Row = TypeVar("Row", bound=Model)
Door = Callable[[Any], "QuerySet[Any]"]

_doors: dict[type[Model], Door] = {}


def door(model: type[Row]) -> Callable[[Callable[[Any], QuerySet[Row]]], Callable[[Any], QuerySet[Row]]]:
    """Register the function that cuts this model's rows to those that a person may see."""

    def registered(function: Callable[[Any], QuerySet[Row]]) -> Callable[[Any], QuerySet[Row]]:
        if model in _doors:
            raise ValueError(f"{model.__name__} has two doors")
        _doors[model] = function
        return function

    return registered


def doors() -> Mapping[type[Model], Door]:
    """Every model with its door."""
    return MappingProxyType(_doors)


def visible_to(user: Any, model: type[Row]) -> QuerySet[Row]:
    """The rows of this model that the person may see. KeyError for a model without a door."""
    return _doors[model](user)


def get_visible(user: Any, model: type[Row], **lookup: Any) -> Row:
    """The one row that the person may see; Http404 alike for one that is not there and one that is not theirs."""
    try:
        found = visible_to(user, model).filter(**lookup)[:2]
        rows = list(found)
    except (ValueError, TypeError):
        rows = []
    if len(rows) != 1:
        raise Http404
    return rows[0]
