"""The declaration of a list, and all lists by name (an export job finds its list again by it)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from tidui.kit.lists.columns import Column
from tidui.kit.lists.filters import Filter
from tidui.kit.visibility import visible_to

Rows: TypeAlias = "QuerySet[Any]"
Scope: TypeAlias = Mapping[str, Any]

PAGE_SIZES: Final = (50, 100, 200)
EMPTY: Final = _("没有符合条件的记录")
START: Final = _("还没有记录")
#: GET parameters that every list reads.
OWN_PARAMETERS: Final = ("q", "sort", "page", "size", "count")


@dataclass(frozen=True)
class Bulk:
    """Something that can be done with the rows that are ticked: `run(user, rows, at)` answers in words what it did.

    `rows` are rows that the person may see; the action itself asks again for the permission on each.
    """

    name: str
    label: Any
    permission: str
    run: Callable[[Any, Rows, dt.datetime], Any]
    confirm: Any = ""
    tone: str = "plain"
    icon: str = ""


@dataclass(frozen=True)
class List:
    """A list of records of one model; see the modules of this package for its parts.

    `loaded` gives the same rows as `rows`, said so that the few of a page are looked up by their keys: for conditions
    that thousands of rows fulfil, of which SQLite believes that it is ten.
    """

    name: str
    title: Any
    model: type[Model]
    permission: str
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    rows: Callable[..., Rows] | None = None
    loaded: Callable[..., Rows] | None = None
    search: Any = None
    order: str = "-pk"
    related: Sequence[str] = ()
    prefetch: Sequence[Any] = ()
    annotate: Callable[[Rows], Rows] | None = None
    link: Callable[[Any], str | None] | None = None
    empty: Any = EMPTY
    start: Any = START
    start_text: Any = ""
    page_sizes: Sequence[int] = PAGE_SIZES
    actions: Sequence[Bulk] = ()
    export: bool = True
    saved: bool = True

    def __post_init__(self) -> None:
        names = [one.name for one in self.columns]
        asked = [name for one in self.filters for name in one.parameters]
        if len(set(names)) != len(names) or len({*asked, *OWN_PARAMETERS}) != len(asked) + len(OWN_PARAMETERS):
            raise ValueError(f"the list {self.name} names a column or a parameter twice")
        known = _lists.get(self.name)
        if known is not None and known.model is not self.model:
            raise ValueError(f"two lists are called {self.name}")
        _lists[self.name] = self

    @property
    def element(self) -> str:
        """The id of its fragment in the page."""
        return "list-" + self.name.replace(".", "-").replace("_", "-")

    def base(self, user: Any, scope: Scope) -> Rows:
        """The rows before anything is asked of them: only what this person may see."""
        return self.rows(user, **scope) if self.rows is not None else visible_to(user, self.model)

    def by_keys(self, user: Any, scope: Scope, keys: Sequence[Any]) -> Rows:
        """Those of the rows that have one of these keys."""
        rows = self.loaded(user, **scope) if self.loaded is not None else self.base(user, scope)
        return rows.filter(pk__in=keys)

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((one for one in self.columns if one.name == name), None)

    def shown(self) -> list[Column]:
        """The columns of the page."""
        return [one for one in self.columns if one.page]

    def exported(self) -> list[Column]:
        """The columns of the export."""
        return [one for one in self.columns if one.export]

    def ordering(self, sort: str) -> list[OrderBy]:
        """The order that a sort parameter (or the default) stands for, made total by the key.

        Rows without a value come last in either direction, on both databases.
        """
        down, name = sort.startswith("-"), sort.lstrip("-")
        column = self.column(name)
        fields = column.sorts if column is not None and column.sorts else (name,)
        order = [_ordered(self.model, one.lstrip("-"), down != one.startswith("-")) for one in fields if one != "pk"]
        return [*order, F("pk").desc() if down else F("pk").asc()]


_lists: dict[str, List] = {}


def lists() -> Mapping[str, List]:
    """All lists, by name."""
    return MappingProxyType(_lists)


def _ordered(model: type[Model], path: str, down: bool) -> OrderBy:
    last = True if _nullable(model, path) else None
    return F(path).desc(nulls_last=last) if down else F(path).asc(nulls_last=last)


def _nullable(model: Any, path: str) -> bool:
    """May the value at the end of a path be missing? What is no field (an annotation) may."""
    *relations, last = path.split("__")
    try:
        for name in relations:
            field = model._meta.get_field(name)
            if field.null or not field.concrete:
                return True
            model = field.related_model
        return bool(model._meta.get_field(last).null)
    except (FieldDoesNotExist, AttributeError):
        return True
