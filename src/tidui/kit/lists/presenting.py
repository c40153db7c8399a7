"""From a question to what the templates draw: a page of rows, the total, headings, chips, filters.

The number of database queries does not depend on the number of rows: the keys of the page, its rows, the total (capped:
counting to ten thousand is quick, counting a whole province is done when somebody asks), one for each filter with
counts, and the prefetches of the declaration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext as _

from tidui.kit import access, search
from tidui.kit.lists import gathering
from tidui.kit.lists.columns import Cell, Column, cell
from tidui.kit.lists.filters import Chip, Choice, Division, Option, Problem
from tidui.kit.lists.question import Question
from tidui.kit.lists.spec import Bulk, List, Rows
from tidui.kit.models import SavedView
from tidui.kit.prepared import Prepared

#: Rows are counted to here; beyond it the page says "more than".
COUNT_CAP: Final = 10_000


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column: where a click leads, and how the rows are ordered by it now."""

    column: Column
    url: str | None
    order: str  # ascending, descending, none


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the page."""

    pk: Any
    name: str
    cells: list[Cell]
    url: str | None


@dataclass(frozen=True, slots=True)
class ShownChip:
    """An active value of a filter with the address without it."""

    chip: Chip
    url: str


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """A filter with what its form needs."""

    name: str
    label: str
    form: str
    options: list[Option]
    groups: list[tuple[Option, list[Option]]]
    ends: list[tuple[str, str, str]]  # name of the parameter, its label, what was typed
    input: str
    active: bool


class Presented:
    """A list as the templates draw it."""

    def __init__(self, question: Question, path: str, whole: int | None = None) -> None:
        """`whole`: how many rows there are when nothing is asked, where the page has counted them already."""
        self.question = question
        self.spec: List = question.spec
        self.path = path
        self.extra: list[Problem] = []
        #: How many rows fit, where that is known before anybody asks.
        self.known = None if question.narrowed else whole
        keys = self._keys()
        self.more = len(keys) > question.size
        self.rows = self._load(keys[: question.size])

    def _keys(self) -> list[Any]:
        question = self.question
        first, most = (question.page - 1) * question.size, question.size + 1
        if gathering.worth_it(question):
            keys, self.known = gathering.page_and_total(question, first, most)
            return keys
        return list(question.ordered(question.matching()).values_list("pk", flat=True)[first : first + most])

    def _load(self, keys: list[Any]) -> list[ShownRow]:
        """The rows of these keys, in their order; only these are joined, annotated and prefetched."""
        if not keys:
            return []
        rows = self.spec.by_keys(self.question.user, self.question.scope, keys)
        found = {row.pk: row for row in fully(self.spec, rows)}
        return [self._shown(found[key]) for key in keys if key in found]

    def _shown(self, row: Any) -> ShownRow:
        user = self.question.user
        url = self.spec.link(row) if self.spec.link is not None else None
        return ShownRow(row.pk, str(row), [cell(column, row, user) for column in self.columns], url)

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of the page."""
        return self.spec.shown()

    @cached_property
    def total(self) -> int:
        """How many rows fit; more than COUNT_CAP may stand for more than can be counted quickly (see `capped`)."""
        if not self.more and (self.rows or self.question.page == 1):
            return self.first - 1 + len(self.rows)
        if self.known is not None:
            return self.known
        return total(self.question, None if self.question.exact else COUNT_CAP)

    @property
    def capped(self) -> bool:
        """Are there more than were counted?"""
        return not self.question.exact and self.known is None and self.total > COUNT_CAP

    @property
    def shown_total(self) -> int:
        """The number to be told."""
        return min(self.total, COUNT_CAP) if self.capped else self.total

    @property
    def cap(self) -> int:
        """To where rows are counted."""
        return COUNT_CAP

    @property
    def first(self) -> int:
        """The number of the first row of the page."""
        return (self.question.page - 1) * self.question.size + 1

    @property
    def last(self) -> int:
        """The number of the last row of the page."""
        return self.first + len(self.rows) - 1

    @property
    def pages(self) -> int | None:
        """How many pages there are, as far as that is known."""
        return None if self.capped else max(1, -(-self.total // self.question.size))

    @property
    def problems(self) -> list[Problem]:
        """What could not be used of the address."""
        found = list(self.question.problems)
        if not self.rows and self.question.page > 1:
            text = _("没有第 %(page)s 页了。") % {"page": self.question.page}
            found.append(Problem(text))
        return found

    def url(self, **change: Any) -> str:
        """The address of this list with some parameters changed."""
        return self._address(self.question.query(**change))

    def _address(self, query: str) -> str:
        return f"{self.path}?{query}" if query else self.path

    @property
    def headings(self) -> Iterator[Heading]:
        """The headings, sortable where the declaration says by what."""
        sort = self.question.sort or self.spec.order
        for column in self.columns:
            if not column.sorts:
                yield Heading(column, None, "none")
                continue
            order = "none"
            if sort.lstrip("-") == column.name:
                order = "descending" if sort.startswith("-") else "ascending"
            target = f"-{column.name}" if order == "ascending" else column.name
            yield Heading(column, self.url(sort=target), order)

    @cached_property
    def chips(self) -> list[ShownChip]:
        """What is active, each with the address without it."""
        return [ShownChip(one, self._address(self.question.query(drop=one.drop))) for one in self.question.chips()]

    @property
    def clear_url(self) -> str:
        """The address without words and filters; the order stays."""
        names = [name for one in self.spec.filters for name in one.parameters]
        return self._address(self.question.query(drop=[(name, None) for name in ["q", *names]]))

    @property
    def previous_url(self) -> str | None:
        """The page before."""
        page = self.question.page
        if page <= 1:
            return None
        if not self.rows and self.pages is not None:
            page = min(page, self.pages + 1)
        return self.url(page=str(page - 1) if page > 2 else None, count=self.question.asked.get("count") or None)

    @property
    def next_url(self) -> str | None:
        """The page after."""
        count = self.question.asked.get("count") or None
        return self.url(page=str(self.question.page + 1), count=count) if self.more else None

    @property
    def count_url(self) -> str:
        """The address that counts every row."""
        return self.url(count="all")

    @property
    def sizes(self) -> list[tuple[int, str, bool]]:
        """Rows a page, each with its address."""
        return [(one, self.url(size=str(one)), one == self.question.size) for one in self.spec.page_sizes]

    @property
    def query(self) -> str:
        """The parameters, for forms that post to the same address."""
        return self.question.query()

    @property
    def here(self) -> str:
        """The address of this very page."""
        page = self.question.page
        return self.url(page=str(page) if page > 1 else None)

    @property
    def action(self) -> str:
        """Where the forms of this list post to."""
        return self._address(self.query)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters that the filter form keeps: they have no field of their own in it."""
        asked = self.question.asked
        return [(name, asked.get(name, "")) for name in ("sort", "size") if asked.get(name)]

    @cached_property
    def filters(self) -> list[ShownFilter]:
        """The filters with their options."""
        return [self._filter(one) for one in self.spec.filters]

    def _filter(self, one: Any) -> ShownFilter:
        given, user = self.question.given[one.name], self.question.user
        options = one.offered(given, user, self._counts(one)) if isinstance(one, Choice) else []
        groups = one.offered(given) if isinstance(one, Division) else []
        ends: list[tuple[str, str, str]] = []
        if one.form == "range":
            typed = [text for text, _value in given.values] if given else ["", ""]
            ends = list(zip(one.parameters, (_("从"), _("到")), typed, strict=True))
        return ShownFilter(
            one.name, str(one.label), one.form, options, groups, ends, getattr(one, "input", ""), bool(given)
        )

    def _counts(self, one: Choice) -> dict[Any, int] | None:
        """How many of the rows have each value, whatever this filter itself asks; none where that is not cheap."""
        if not one.counts or not one.field or (self.total > COUNT_CAP and not self.question.exact):
            return None
        question = self.question
        rows = question.base()
        for other in self.spec.filters:
            if other.name != one.name and question.given[other.name]:
                rows = other.narrow(rows, question.given[other.name])
        rows = search.matching(rows, question.words).order_by()
        if question.given[one.name] and rows[: COUNT_CAP + 1].count() > COUNT_CAP:
            return None
        return dict(rows.values_list(one.field).annotate(Count("pk")))

    @cached_property
    def actions(self) -> list[Bulk]:
        """What this person may do with the rows that are ticked."""
        return [one for one in self.spec.actions if access.check(one.permission, self.question.user)]

    @cached_property
    def saved(self) -> list[tuple[SavedView, str, bool]]:
        """The person's own names for filters of this list, with their addresses."""
        user = self.question.user
        if not self.spec.saved or not getattr(user, "is_authenticated", False):
            return []
        return [(one, self._address(one.query), one.query == self.query) for one in _saved(user.pk, self.spec.name)]


_saved: Prepared[SavedView] = Prepared(
    lambda person, name: SavedView.objects.filter(user=person, list_name=name).order_by("name", "pk")
)


def fully(spec: List, rows: Rows) -> Rows:
    """The rows with everything that the columns ask for."""
    if spec.related:
        rows = rows.select_related(*spec.related)
    if spec.prefetch:
        rows = rows.prefetch_related(*spec.prefetch)
    return spec.annotate(rows) if spec.annotate is not None else rows


def total(question: Question, cap: int | None) -> int:
    """How many rows fit, counted at most to one more than `cap`."""
    rows = question.matching().order_by()
    return rows.count() if cap is None else rows[: cap + 1].count()
