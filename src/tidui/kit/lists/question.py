"""What an address asks of a list: words, filters, order, page. Whatever cannot be used becomes a problem in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils.translation import gettext as _

from tidui.kit import search
from tidui.kit.lists.filters import Chip, Given, Problem
from tidui.kit.lists.spec import List, Rows, Scope

MAX_PAGE: Final = 100_000
MAX_QUERY: Final = 2_000


@dataclass(frozen=True)
class Question:
    """A list as one person asked for it."""

    spec: List
    user: Any
    asked: QueryDict
    scope: Scope
    words: str = ""
    sort: str = ""
    page: int = 1
    size: int = 0
    exact: bool = False
    given: Mapping[str, Given] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Is anything asked that leaves rows out?"""
        return bool(self.words) or any(self.given.values())

    def base(self) -> Rows:
        """What the person may see."""
        return self.spec.base(self.user, self.scope)

    def matching(self) -> Rows:
        """The rows that fit, without an order: the page, its total, the export and bulk actions all begin here."""
        rows = self.base()
        for one in self.spec.filters:
            if self.given[one.name]:
                rows = one.narrow(rows, self.given[one.name])
        return search.matching(rows, self.words)

    def ordered(self, rows: Rows) -> Rows:
        """The same rows in the order that was asked for, which is total."""
        return rows.order_by(*self.ordering())

    def ordering(self) -> list[OrderBy]:
        """The order that was asked for, or that of the declaration."""
        return self.spec.ordering(self.sort or self.spec.order)

    def chips(self) -> list[Chip]:
        """What is active, in words."""
        found = [Chip(_("搜索"), self.words, (("q", None),))] if self.words else []
        for one in self.spec.filters:
            if self.given[one.name]:
                found += one.chips(self.given[one.name], self.user)
        return found

    def conditions(self) -> list[str]:
        """The same as lines of an export."""
        return [_("%(label)s：%(text)s") % {"label": one.label, "text": one.text} for one in self.chips()]

    def query(self, *, drop: Iterable[tuple[str, str | None]] = (), **change: str | None) -> str:
        """The address's parameters with some changed (None: left out); changing anything returns to the first page."""
        kept = dict(self._kept)
        if "page" not in change:
            kept.pop("page", None)
        for name, value in drop:
            left = [one for one in kept.get(name, ()) if value is not None and one != value]
            kept[name] = left
        for name, text in change.items():
            kept[name] = [text] if text else []
        return urlencode(kept, doseq=True) if kept else ""

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        """The parameters that mean something, without those that were left empty."""
        known = self.parameters()
        named = {name: [one for one in self.asked.getlist(name) if one != ""] for name in self.asked if name in known}
        return {name: values for name, values in named.items() if values}

    def parameters(self) -> set[str]:
        """The parameters that mean something to this list."""
        own = {"q", "sort", "size", "page", "count"}
        return own.union(*(one.parameters for one in self.spec.filters)) if self.spec.filters else own


def read(spec: List, user: Any, asked: QueryDict | str, scope: Scope | None = None) -> Question:
    """Understand an address."""
    if isinstance(asked, str):
        asked = QueryDict(asked[:MAX_QUERY])
    problems: list[Problem] = []
    given = {one.name: one.read(asked, user) for one in spec.filters}
    for one in given.values():
        problems += one.problems
    return Question(
        spec=spec,
        user=user,
        asked=asked,
        scope=dict(scope or {}),
        words=_words(spec, asked, problems),
        sort=_sort(spec, asked, problems),
        page=_page(asked, problems),
        size=_size(spec, asked, problems),
        exact=asked.get("count") == "all",
        given=given,
        problems=tuple(dict.fromkeys(problems)),
    )


def rows_of(spec: List, user: Any, query: QueryDict | str = "", scope: Scope | None = None) -> Rows:
    """The rows that a person sees in a list at an address, all pages, in its order."""
    question = read(spec, user, query, scope)
    return question.ordered(question.matching())


def _words(spec: List, asked: QueryDict, problems: list[Problem]) -> str:
    words = asked.get("q", "").strip()
    if spec.search is None:
        return ""
    if len(words) > search.MAX_QUESTION:
        problems.append(Problem(_("搜索词过长，只用了前 %(count)s 个字。") % {"count": search.MAX_QUESTION}))
        words = words[: search.MAX_QUESTION]
    return words.replace("\x00", "")


def _sort(spec: List, asked: QueryDict, problems: list[Problem]) -> str:
    sort = asked.get("sort", "")
    if not sort:
        return ""
    column = spec.column(sort.removeprefix("-"))
    if column is None or not column.sorts or not column.page:
        problems.append(Problem(_("不能按“%(name)s”排序，已按默认顺序显示。") % {"name": sort[:40]}))
        return ""
    return sort


def _page(asked: QueryDict, problems: list[Problem]) -> int:
    text = asked.get("page", "1") or "1"
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_PAGE:
        return int(text)
    problems.append(Problem(_("没有第“%(page)s”页，已显示第 1 页。") % {"page": text[:40]}))
    return 1


def _size(spec: List, asked: QueryDict, problems: list[Problem]) -> int:
    text = asked.get("size", "")
    if not text:
        return spec.page_sizes[0]
    if text in {str(one) for one in spec.page_sizes}:
        return int(text)
    problems.append(Problem(_("每页不能显示“%(size)s”条。") % {"size": text[:40]}))
    return spec.page_sizes[0]
