"""tidui ladder: every enterprise of an input with its rung, the next one, and what that needs."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from tidui.cli.population import check_output, open_input
from tidui.cli.progress import Progress
from tidui.policies import levers
from tidui.policies.ladder import Ladder, Place, Rung, rungs, summary
from tidui.policies.library import shelf
from tidui.policies.words import WORDS, fact_words, reason_words
from tidui.rules.values import NONE
from tidui.tables.writing import ColumnSpec, OutputWriter, SheetSpec, fault_rows, fault_sheet

PLACES: Final = SheetSpec("ladder", "梯级", "Ladder", (
    ColumnSpec("uscc", "统一社会信用代码", "unified social credit code", width=22),
    ColumnSpec("name", "企业名称", "name", width=34),
    ColumnSpec("division", "行政区划代码", "division", width=10),
    ColumnSpec("held", "有效资格", "statuses in force", width=26),
    ColumnSpec("unclear", "待查明资格", "statuses to be clarified", width=20),
    ColumnSpec("rung", "现处梯级", "rung", width=20),
    ColumnSpec("next", "下一梯级", "next rung", width=20),
    ColumnSpec("verdict", "结论", "verdict", width=10),
    ColumnSpec("unmet", "未满足条件数", "conditions not met", "int", width=8),
    ColumnSpec("reason", "最短的原因", "shortest reason", width=60),
    ColumnSpec("cites", "依据", "citation", width=36),
    ColumnSpec("plan", "培育方案", "plan", width=14),
    ColumnSpec("cost", "方案费用", "cost of the plan", "money", width=14),
    ColumnSpec("ready_on", "最早达到日期", "within reach from", "date", width=12),
))  # fmt: skip
REASONS: Final = SheetSpec("reasons", "未满足条件", "Conditions not met", (
    ColumnSpec("uscc", "统一社会信用代码", "unified social credit code", width=22),
    ColumnSpec("name", "企业名称", "name", width=34),
    ColumnSpec("policy", "政策", "policy", width=26),
    ColumnSpec("condition", "条件", "condition", width=20),
    ColumnSpec("verdict", "结论", "verdict", width=10),
    ColumnSpec("reason", "原因", "reason", width=80),
    ColumnSpec("cites", "依据", "citation", width=40),
))  # fmt: skip
PLAN: Final = {
    "zh": {"qualified": "已符合，可申报", "plan": "可以达到", "wait": "到期即可", "impossible": "无法达到",
           "unknown": "须先查明指标"},
    "en": {"qualified": "qualifies", "plan": "within reach", "wait": "with time", "impossible": "not possible",
           "unknown": "find out facts first"},
}  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Writes the ladder and prints its totals; 1 if the input has faults and --keep-going is not given."""
    check_output(options.out, options.input, "ladder", "reasons", "faults")
    known = levers.load(options.levers) if importlib.util.find_spec("ortools") else None
    ladder = Ladder(shelf(), options.on, known)
    population = open_input(
        options.input, year=options.on.year - 1, young_year=options.on.year, keep_going=options.keep_going
    )
    faults = fault_sheet()
    coded = options.out.suffix.lower() != ".xlsx"
    places: list[Place] = []
    with OutputWriter(options.out, [PLACES, REASONS, faults], lang=options.lang) as out:
        with Progress(population.count, "tidui ladder") as progress:
            for batch in population.batches(256):
                rows = [(row.id, row.get("name", None), row.get("division", None), ladder.place(row, batch.year))
                        for row in batch]  # fmt: skip
                out.write_rows("ladder", (_row(*row, lang=options.lang, coded=coded) for row in rows))
                out.write_rows("reasons", (line for row in rows for line in _reasons(*row, lang=options.lang)))
                places.extend(row[-1] for row in rows)
                progress.advance(len(rows))
        out.write_rows(faults.name, fault_rows(population.faults))
    print(totals(places, options.lang))
    if known is None:
        print("tidui: OR-tools is not installed, so the ladder has no plans", file=sys.stderr)
    return 0


def _text(value: Any) -> Any:
    return None if value is None or value is NONE else value


def _rung_name(rung: Rung | None, lang: str, coded: bool) -> str | None:
    if rung is None:
        return None
    return rung.id if coded else rung.zh if lang == "zh" else rung.en


def _row(uscc: str, name: Any, division: Any, place: Place, *, lang: str, coded: bool) -> list[object]:
    """One line of the sheet: labels in a workbook, codes in a file for machines."""
    names = {rung.id: _rung_name(rung, lang, coded) for rung in rungs()}
    verdict = place.verdict if coded or place.verdict is None else WORDS[lang][place.verdict]
    plan = place.plan if coded or place.plan is None else PLAN[lang][place.plan]
    reason, cites = shortest_reason(place, lang)
    cost = None if place.cost is None else round(place.cost * 100)
    return [
        uscc, _text(name), _text(division), "、".join(str(names[held]) for held in place.held) or None,
        "、".join(str(names[held]) for held in place.unclear) or None, _rung_name(place.rung, lang, coded),
        _rung_name(place.next, lang, coded), verdict, len(place.reasons) if place.verdict == "fail" else None,
        reason, cites, plan, cost, place.ready_on,
    ]  # fmt: skip


def shortest_reason(place: Place, lang: str) -> tuple[str | None, str | None]:
    """The unmet condition that is said in the fewest words, how many others there are, and its citation."""
    if place.reasons:
        said = {reason_words(condition, lang): condition for condition in place.reasons}
        shortest = min(said, key=len)
        others = len(place.reasons) - 1
        more = ("" if not others else f"；另有{others}项" if lang == "zh" else f"; and {others} more")
        return shortest.rpartition(" [")[0] + more, "; ".join(said[shortest]["cites"])
    if place.missing:
        return "、".join(fact_words(path, lang).rpartition(" [")[0] for path in place.missing[:3]), None
    return None, None


def _reasons(uscc: str, name: Any, division: Any, place: Place, *, lang: str) -> Iterator[list[object]]:
    for condition in place.reasons:
        policy = place.next.policy if place.next else None
        yield [
            uscc, _text(name), policy, condition["id"], WORDS[lang][condition["verdict"]],
            reason_words(condition, lang).rpartition(" [")[0], "; ".join(condition["cites"]),
        ]  # fmt: skip


def totals(places: list[Place], lang: str) -> str:
    """How many stand on each rung, and of those that look to the next one how many meet it, or are one short."""
    counts = summary(places)
    zh = lang == "zh"
    lines = [f"{len(places)} 家企业" if zh else f"{len(places)} enterprises"]
    for rung in reversed(rungs()):
        lines.append(_total(rung.zh if zh else rung.en, counts, rung.id, zh))
    none = counts["rung"]["none"]
    lines.append(f"  {'尚无资格' if zh else 'no status'}: {none}")
    return "\n".join(lines)


def _total(name: str, counts: dict[str, Counter[str]], rung: str, zh: bool) -> str:
    following = counts["next"]
    pairs = [
        ("可申报" if zh else "may apply", following[f"{rung}.pass"]),
        ("差一项条件" if zh else "one condition short", following[f"{rung}.one_short"]),
        ("差多项" if zh else "more short", following[f"{rung}.fail"] - following[f"{rung}.one_short"]),
        ("指标不明" if zh else "facts unknown", following[f"{rung}.unknown"]),
    ]
    said = " · ".join(f"{label} {count}" for label, count in pairs if count)
    aiming = (f"；以此为下一梯级: {said}" if zh else f"; next rung for: {said}") if said else ""
    holders = counts["held"][rung]
    held = f"（持有 {holders}）" if zh else f" (held by {holders})"
    return f"  {name}: {counts['rung'][rung]}{held}{aiming}"
