"""What the page of an import shows, in the words of its reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tidui.facts.faults import Fault
from tidui.facts.wording import said
from tidui.registry import showing
from tidui.registry.importing.enums import ImportState, Policy
from tidui.registry.importing.models import Import
from tidui.registry.values import values_of

#: All or nothing of more rows holds up other writers for longer than a person notices; see docs/adr/0065.
LARGE = 10_000
TONES = {
    ImportState.CHECKING: "info",
    ImportState.CHECKED: "wait",
    ImportState.APPLYING: "info",
    ImportState.APPLIED: "good",
    ImportState.FAILED: "bad",
    ImportState.CANCELLED: "neutral",
}


def page_of(one: Import) -> dict[str, Any]:
    """Everything that the template shows besides the import itself."""
    told: Mapping[str, Any] = one.result or one.preview
    return {
        "tone": TONES[ImportState(one.state)],
        "told": told,
        "stats": _stats(one.preview) if one.preview else [],
        "written": _written(one.result) if one.result else [],
        "tables": _tables(told),
        "faults": [_fault(fault) for fault in told.get("first", ())],
        "more_faults": max(0, told.get("faults", 0) + told.get("warnings", 0) - len(told.get("first", ()))),
        "samples": _samples(one.preview),
        "has_faults": bool(told.get("faults")),
        "large": one.policy == Policy.ALL_OR_NOTHING and one.preview.get("rows", 0) > LARGE,
    }


def _stats(preview: Mapping[str, Any]) -> list[dict[str, Any]]:
    firms = preview["firms"]
    waiting = preview["counts"].get("differences", 0)
    note = ngettext("%(count)s 项指标差异", "%(count)s 项指标差异", waiting) % {"count": waiting} if waiting else ""
    return [
        _stat(_("新增企业"), firms["new"], "good"),
        _stat(_("有变化的企业"), firms["changed"]),
        _stat(_("有差异待处理的企业"), firms["differing"], "warn", note),
        _stat(_("无变化的企业"), firms["unchanged"]),
        _stat(_("错误"), preview["faults"], "bad", _left_out(firms)),
        _stat(_("提醒"), preview["warnings"], "warn"),
    ]


def _stat(label: str, value: int, tone: str = "neutral", note: str = "") -> dict[str, Any]:
    """A number with its label; the tone counts where there is any."""
    return {"label": label, "value": value, "tone": tone if value else "neutral", "note": note}


def _left_out(firms: Mapping[str, int]) -> str:
    count = firms["left_out"]
    return ngettext("涉及 %(count)s 家企业", "涉及 %(count)s 家企业", count) % {"count": count} if count else ""


def _written(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    written = result["written"]
    return [
        {"label": _("新建企业"), "value": written["organisations"]},
        {"label": _("写入档案的企业"), "value": written["enterprises"]},
        {"label": _("填报记录"), "value": written["returns"]},
        {"label": _("待处理的差异"), "value": written["differences"]},
    ]


def _tables(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of declared tables, and items of property, by what happens to them."""
    rows = [
        {
            "label": name,
            "new": counts.get("new", 0),
            "changed": counts.get("changed", 0),
            "unchanged": counts.get("unchanged", 0),
        }
        for name, counts in told.get("tables", {}).items()
    ]
    counts = told.get("counts", {})
    items = {sort: counts.get(f"property_{sort}", 0) for sort in ("new", "changed", "unchanged")}
    if any(items.values()):
        rows.append({"label": _("知识产权登记册"), **items})
    return rows


def _fault(stored: Mapping[str, Any]) -> Fault:
    return said(Fault(**stored), get_language() or "zh-hans")


def _samples(preview: Mapping[str, Any]) -> list[dict[str, Any]]:
    titles = {
        "new": _("新增的企业"),
        "changed": _("有变化的企业"),
        "differing": _("有差异的企业"),
        "unchanged": _("无变化的企业"),
    }
    found = []
    for sort, title in titles.items():
        rows = preview.get("samples", {}).get(sort, [])
        if rows:
            count = preview["firms"][sort]
            found.append(
                {
                    "title": title,
                    "sort": sort,
                    "count": count,
                    "rows": [_row(row) for row in rows],
                    "more": count - len(rows),
                }
            )
    return found


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "facts": [_change(fact) for fact in row["facts"]]}


def _change(fact: Mapping[str, Any]) -> dict[str, Any]:
    name = fact["fact"]
    before, after = (values_of({name: fact[key]})[name] for key in ("before", "after"))
    label = str(showing.label_of(name))
    return {
        "label": f"{label} {fact['year']}" if fact["year"] else label,
        "before": showing.shown(name, before),
        "after": showing.shown(name, after),
        "known": before is not None,
    }
