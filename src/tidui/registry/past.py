"""Everything that happened to one fact: who said what when and from where, who settled and verified it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tidui.kit.formats import desensitise
from tidui.registry import history
from tidui.registry.acceptance import SectionState
from tidui.registry.models import Difference, Return, Verification
from tidui.registry.queries import veiled
from tidui.registry.showing import shown
from tidui.rules.values import Value


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a fact; `accepted` is the accepted value afterwards."""

    kind: str
    at: dt.datetime
    by: str
    for_organisation: str
    source: str
    filed: Return
    said: Value | None
    accepted: Value | None
    changed: bool
    note: str


def of_fact(organisation: int, name: str, section: str, year: int | None) -> list[Happening]:
    """The history of one fact, oldest first, without what is hidden still: six queries."""
    steps = history.of_place(organisation, section, year)
    returns = Return.objects.filter(organisation=organisation, section=section, year=year)
    returns = returns.exclude(pk__in=veiled().values("pk"))
    filed = {row.pk: row for row in returns.select_related("filed_by", "filed_for", "document")}
    settled = {
        (row.offered_id, row.fact): row
        for row in Difference.objects.filter(organisation=organisation, fact=name, section=section, year=year)
        .exclude(settled_by=None)
        .select_related("settled_by", "settled_for")
    }
    verified = {
        row.pk: row
        for row in Verification.objects.filter(filed__in=filed).select_related("verified_by", "verified_for")
    }
    state = SectionState()
    found: list[Happening] = []
    for step in steps:
        before = state.values.get(name)
        history.take(state, step)
        after = state.values.get(name)
        match step:
            case history.Filed() if name in step.facts and step.filed in filed:
                found.append(_filed(step, filed[step.filed], step.facts[name], before, after))
            case history.Settled() if step.fact == name and step.filed in filed:
                found.append(_settled(step, settled[step.filed, name], filed[step.filed], before, after))
            case history.Verified() if name in step.facts and step.filed in filed:
                found.append(_verified(step, verified[step.verification], filed[step.filed], before, after))
    return found


def _filed(step: Any, row: Return, said: Value | None, before: Value | None, after: Value | None) -> Happening:
    kind = "taken_back" if said is None else "filed"
    return Happening(
        kind, step.at, str(row.filed_by), str(row.filed_for), str(row.get_source_display()), row, said, after,
        before != after, row.source_note,
    )  # fmt: skip


def _settled(step: Any, row: Difference, filed: Return, before: Value | None, after: Value | None) -> Happening:
    kind = "accepted" if step.accept else "kept"
    return Happening(
        kind, step.at, str(row.settled_by), str(row.settled_for), "", filed, None, after, before != after, row.reason
    )


def _verified(step: Any, row: Verification, filed: Return, before: Value | None, after: Value | None) -> Happening:
    return Happening(
        "verified" if row.holds else "unverified",
        step.at,
        str(row.verified_by),
        str(row.verified_for),
        "",
        filed,
        None,
        after,
        before != after,
        row.note,
    )


def timeline(name: str, happenings: list[Happening], *, clear: bool) -> list[dict[str, Any]]:
    """The history for `{% timeline %}`, newest first; unless `clear`, names of people are hidden."""
    tones = {"filed": "info", "taken_back": "warn", "accepted": "good", "kept": "neutral", "verified": "good"}
    tones["unverified"] = "warn"
    return [
        {
            "at": one.at, "title": _title(name, one), "tone": tones[one.kind],
            "by": f"{one.for_organisation} {one.by if clear else desensitise(one.by, 'name')}",
            "text": _text(name, one),
        }
        for one in reversed(happenings)
    ]  # fmt: skip


def _title(name: str, one: Happening) -> str:
    values = {"said": shown(name, one.said), "source": one.source}
    titles = {
        "filed": _("填报 %(said)s(%(source)s)"),
        "taken_back": _("撤回所填的值(%(source)s)"),
        "accepted": _("差异处理：采用新值"),
        "kept": _("差异处理：保留现值"),
        "verified": _("核实"),
        "unverified": _("撤回核实"),
    }
    return titles[one.kind] % values


def _text(name: str, one: Happening) -> str:
    now = _("现值：%(value)s") % {"value": shown(name, one.accepted)}
    changed = now if one.changed else _("现值未变：%(value)s") % {"value": shown(name, one.accepted)}
    return "\n".join(part for part in (one.note, changed) if part)
