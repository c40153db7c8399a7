"""Lists: one declaration gives the page with search, filters, sorting and paging, and its export from the same rows.

A list is declared at the level of a module, in `<app>/lists.py`, and shown by a view that calls `page`. Everything is
in the address: a list can be bookmarked, sent to a colleague and gone back to, and works without a script.
"""

from tidui.kit.lists.columns import (
    Cell,
    Column,
    badge,
    code,
    date,
    moment,
    money,
    number,
    share,
    text,
    whole,
    yes_no,
)
from tidui.kit.lists.filters import (
    amounts,
    choice,
    custom,
    dates,
    division,
    division_name,
    numbers,
    yes_no_filter,
)
from tidui.kit.lists.presenting import Presented, total
from tidui.kit.lists.question import Question, read, rows_of
from tidui.kit.lists.spec import Bulk, List, lists
from tidui.kit.lists.views import page, post, present

__all__ = [
    "Bulk",
    "Cell",
    "Column",
    "List",
    "Presented",
    "Question",
    "amounts",
    "badge",
    "choice",
    "code",
    "custom",
    "date",
    "dates",
    "division",
    "division_name",
    "lists",
    "moment",
    "money",
    "number",
    "numbers",
    "page",
    "post",
    "present",
    "read",
    "rows_of",
    "share",
    "text",
    "total",
    "whole",
    "yes_no",
    "yes_no_filter",
]
