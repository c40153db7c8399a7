"""What an institution looks at on the spot: the facts that the form asked, and the rows of its tables.

Only what was claimed stands here. What the rules said of it, marks and experts do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.casework import judging, tables, writing
from tidui.casework.models import Submission
from tidui.casework.programme import programme
from tidui.facts import catalogue
from tidui.kit import formats
from tidui.registry.layout import label_of
from tidui.registry.showing import shown
from tidui.registry.values import plain_of
from tidui.rules.values import Value

#: The sections of the checklist, in the order of the page.
SECTIONS: Final = {
    "facts": gettext_lazy("企业概况"),
    "staff": gettext_lazy("人员"),
    "accounts": gettext_lazy("账务"),
    "rd": gettext_lazy("研发活动"),
    "ip": gettext_lazy("知识产权"),
    "products": gettext_lazy("产品与服务"),
    "conversions": gettext_lazy("成果转化"),
    "equipment": gettext_lazy("研发设备"),
}
#: Where a fact is looked at; the others stand under `facts`, amounts under `accounts`.
_PLACES: Final = {
    "employees": "staff", "st_staff": "staff", "rd_staff": "staff", "rd_expense": "rd", "core_ip": "ip",
    "ip_class1": "ip", "ip_class2": "ip", "self_developed_ip": "ip", "conversions": "conversions",
    "sound_accounts": "accounts", "audit_collection": "accounts", "collects_rd_costs": "accounts",
}  # fmt: skip
MOST_TITLE: Final = 300
MOST_SAID: Final = 500


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be looked at: where it stands, its key, what it is called, what was stated (plain and in words)."""

    section: str
    key: str
    title: str
    value: Any
    said: str


def section_of(fact: str) -> str:
    """Under which section of the checklist a fact is looked at."""
    known = catalogue.load()[fact]
    return _PLACES.get(fact, "accounts" if known.kind == "money" else "facts")


def items_of(submission: Submission) -> list[Item]:
    """The whole checklist of a submission, section by section; its words are kept in Chinese, as a record."""
    with translation.override("zh-hans"):
        found = [*_facts(submission), *_rows(submission)]
    order = {name: place for place, name in enumerate(SECTIONS)}
    return sorted(found, key=lambda item: order[item.section])


def fact_title(name: str, year: int | None) -> str:
    """What a fact of a year is called, in the language of the page."""
    if year is None:
        return label_of(name)
    return _("%(fact)s（%(year)s年）") % {"fact": label_of(name), "year": year}


def _facts(submission: Submission) -> Iterator[Item]:
    owner = programme(submission.application.programme)
    facts = judging.facts_of(submission)
    seen: set[str] = set()
    for name, year in writing.facts_asked(owner, submission.year):
        key = writing.field_of(name, year)
        value: Value | None = facts.get(name, year)
        if value is None or key in seen:
            continue
        seen.add(key)
        said = shown(name, value, "auto")[:MOST_SAID]
        yield Item(section_of(name), key, fact_title(name, year)[:MOST_TITLE], plain_of(name, value), said)


def _rows(submission: Submission) -> Iterator[Item]:
    """The rows of the tables that are looked at on the spot."""
    for table in programme(submission.application.programme).form.tables:
        if not table.visited:
            continue
        section = table.name if table.name in SECTIONS else "facts"
        for row in tables.rows_of(submission, table):
            rest = [one for one in row.cells[1:] if one.text != formats.NOTHING]
            said = _("；").join(_("%(label)s：%(text)s") % {"label": one.label, "text": one.text} for one in rest)
            yield Item(section, row.field, f"{row.number} {row.title}"[:MOST_TITLE], dict(row.plain), said[:MOST_SAID])
