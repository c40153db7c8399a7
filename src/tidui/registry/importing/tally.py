"""What an import would do, or did, in numbers, with the first rows of each sort: what the pages show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.registry.importing.contents import Firm

#: So many enterprises of each sort are shown.
SHOWN: Final = 10
#: So many changed facts of one enterprise are shown.
SHOWN_FACTS: Final = 6
SORTS: Final = ("new", "changed", "differing", "unchanged")


@dataclass(slots=True)
class Tally:
    """Counts by what happens: enterprises by sort, facts, differences, rows of tables, items of property."""

    firms: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    tables: dict[str, Counter[str]] = field(default_factory=dict)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add_firm(self, sort: str, firm: Firm, facts: Sequence[Mapping[str, Any]] = ()) -> None:
        """Count an enterprise, and keep it if it is one of the first of its sort."""
        self.firms[sort] += 1
        kept = self.samples.setdefault(sort, [])
        if len(kept) < SHOWN:
            name = firm.given.get("name") or (firm.organisation.name if firm.organisation else "")
            kept.append({
                "code": firm.code, "name": name, "sheet": firm.sheet, "row": firm.row,
                "facts": [dict(fact) for fact in facts[:SHOWN_FACTS]], "more": max(0, len(facts) - SHOWN_FACTS),
            })  # fmt: skip

    def add_row(self, table: str, sort: str) -> None:
        """Count a row of a declared table."""
        self.tables.setdefault(table, Counter())[sort] += 1

    def as_json(self) -> dict[str, Any]:
        """What is kept with the import."""
        return {
            "firms": {sort: self.firms[sort] for sort in (*SORTS, "left_out")},
            "counts": dict(self.counts),
            "tables": {name: dict(counts) for name, counts in sorted(self.tables.items())},
            "samples": self.samples,
        }
