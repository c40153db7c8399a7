"""A plan as a person reads it, in Chinese or English."""

from __future__ import annotations

from typing import Any, Final

from tidui.codes.numbers import counted
from tidui.policies.words import fact_words

WORDS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "qualified": "已符合条件", "plan": "可以达到", "wait": "到期即可达到", "impossible": "无法达到",
        "unknown": "须先查明指标", "option": "方案", "cost": "费用", "yuan": "元", "days": "天", "lead": "最长周期",
        "ready": "最早", "serves": "用于", "time": "只能等待", "from": "起", "blocked": "无法满足", "find": "先查明",
        "house": "费用和周期为本地默认值，可用 --levers 修改",
        "year": "指标按 {year} 年度计：该年度已结束的，以后年度达到同样的数即可",
        "unproved": "未能证明没有更省的方案",
        "ends": "注意：本版本适用至 {day}，之后达到的方案须按届时有效的版本核对",
    },
    "en": {
        "qualified": "already qualifies", "plan": "within reach", "wait": "qualifies when time has passed",
        "impossible": "not possible", "unknown": "facts must be found out first", "option": "Option", "cost": "cost",
        "yuan": "yuan", "days": "days", "lead": "longest lead time", "ready": "from", "serves": "serves",
        "time": "Only time meets", "from": "from", "blocked": "Cannot be met", "find": "Find out first",
        "house": "costs and lead times are house defaults; change them with --levers",
        "year": "figures are those of {year}: where that year is over, a later year must reach the same",
        "unproved": "a cheaper plan could not be ruled out",
        "ends": "mind: this version holds until {day}; a plan ready later must be read by the text then in force",
    },
}  # fmt: skip


def plan_text(found: dict[str, Any], lang: str) -> str:
    """The whole plan as lines of text."""
    words = WORDS[lang]
    lines = [f"{found['policy']} {found['version']} · {found['on']}: {words[found['status']]}"]
    for number, option in enumerate(found["alternatives"], 1):
        lines.append("")
        lines.append(
            f"{words['option']} {number}: {words['cost']} {option['cost']} {words['yuan']} · {words['lead']} "
            f"{option['lead_days']} {words['days']} · {words['ready']} {option['ready_on']}"
        )
        for step in option["steps"]:
            lines.extend(_step(step, lang))
    for waiting in found["time"]:
        said = f"{_label(waiting, lang)} · {words['from']} {waiting['holds_on']}"
        lines.append(f"\n{words['time']}: {said} [{'; '.join(waiting['cites'])}]")
    for blocked in found["blocked"]:
        reason = blocked["reason"][lang] if isinstance(blocked["reason"], dict) else blocked["reason"]
        lines.append(f"\n{words['blocked']}: {_label(blocked, lang)}: {reason} [{'; '.join(blocked['cites'])}]")
    if found["find_out"]:
        lines.append(f"\n{words['find']}")
        lines.extend(f"  {fact_words(fact, lang)}" for fact in found["find_out"])
    if found["alternatives"]:
        lines.append(f"\n{words['year'].format(year=found['fiscal_year'])}; {words['house']}")
    ends = found["version_ends"]
    if ends and any(option["ready_on"] > ends for option in found["alternatives"]):
        lines.append(words["ends"].format(day=ends))
    if not found["cheapest_proved"]:
        lines.append(words["unproved"])
    return "\n".join(lines)


def _label(item: dict[str, Any], lang: str) -> str:
    label = item.get("label")
    return str(label[lang]) if label else str(item["condition"])


def _step(step: dict[str, Any], lang: str) -> list[str]:
    words = WORDS[lang]
    unit = step["unit"][lang] if isinstance(step["unit"], dict) else step["unit"] or ""
    amount = f" {counted(str(step['units']), unit)}" if step["units"] and unit else ""
    days = counted(str(step["lead_days"]), words["days"])
    head = f"  · {step['label'][lang]}{amount} ({step['cost']} {words['yuan']}, {days})"
    lines = [head, *(f"      {fact_words(c['fact'], lang)}: {c['from']} → {c['to']}" for c in step["changes"])]
    if step["serves"]:
        lines.append(f"      {words['serves']}: {', '.join(step['serves'])} [{'; '.join(step['cites'])}]")
    return lines
