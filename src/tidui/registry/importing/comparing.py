"""What filing would change, without writing anything: the dry run goes by the same rules as filing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tidui.registry import acceptance, history
from tidui.registry.acceptance import Filer, SectionState
from tidui.registry.actions.bulk import Item
from tidui.registry.actions.filing import said
from tidui.registry.importing.contents import Firm
from tidui.registry.importing.declared_rows import RowPlan
from tidui.registry.importing.preparing import Prepared
from tidui.registry.importing.tally import Tally
from tidui.registry.models import IDENTITY
from tidui.registry.values import plain_of


def compare(prepared: Prepared, rows: RowPlan, filer: Filer, tally: Tally) -> None:
    """Count what a chunk of enterprises would change."""
    items = prepared.items()
    states = prepared.states
    by_code: dict[str, list[Item]] = {}
    for item in items:
        by_code.setdefault(item.organisation.uscc or "", []).append(item)
    for firm in prepared.firms:
        _compare_firm(
            firm, by_code.get(firm.organisation.uscc or "" if firm.organisation else "", []), states, rows, filer, tally
        )
    for table, sort in rows.sorts():
        tally.add_row(table, sort)


def _compare_firm(
    firm: Firm,
    items: Sequence[Item],
    states: Mapping[history.Place, SectionState],
    rows: RowPlan,
    filer: Filer,
    tally: Tally,
) -> None:
    changed: list[dict[str, Any]] = []
    differing: list[dict[str, Any]] = []
    for item in items:
        facts = {name: value for name, value in item.facts.items() if value is not None and name not in IDENTITY}
        state = states.get((item.organisation.pk, item.section, item.year)) or SectionState()
        told = said(state, filer, facts)
        if not told or acceptance.says_nothing_new(state, filer, told):
            tally.counts["returns_unchanged"] += 1
            continue
        tally.counts["returns"] += 1
        before = dict(state.values)
        # The state is thrown away afterwards: no return has a key below nought.
        outcome = acceptance.file(state, -1, filer, told)
        for names, found in ((outcome.accepted, changed), (outcome.opened, differing)):
            found += [
                {
                    "fact": name, "year": item.year, "before": plain_of(name, before.get(name)),
                    "after": plain_of(name, facts[name]),
                }
                for name in names
            ]  # fmt: skip
    tally.counts["accepted"] += len(changed)
    tally.counts["differences"] += len(differing)
    if firm.new:
        tally.add_firm("new", firm, changed)
    elif differing:
        tally.add_firm("differing", firm, differing)
        if changed:
            tally.counts["also_changed"] += 1
    elif changed or rows.changes(firm):
        tally.add_firm("changed", firm, changed)
    else:
        tally.add_firm("unchanged", firm)
