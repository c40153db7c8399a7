"""An explanation as a person reads it, in Chinese or English."""

from __future__ import annotations

from typing import Any, Final

from tidui.facts import catalogue

WORDS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "pass": "符合", "fail": "不符合", "unknown": "不明", "not_needed": "无需", "verdict": "结论", "score": "得分",
        "of": "满分", "conditions": "条件", "amounts": "金额(元)", "outcomes": "结果",
        "missing": "尚缺指标",
        "matters": "影响结论", "idle": "不影响结论", "house": "本地默认取值", "flags": "提示", "short": "差",
        "now": "现为", "needs": "要求", "year": "年度", "estimated": "(当年估算数)",
        "true": "是", "false": "否", "none": "不明",
        "version": "版本", "open": "不限",
    },
    "en": {
        "pass": "met", "fail": "not met", "unknown": "unknown", "not_needed": "not needed", "verdict": "Verdict",
        "score": "Score", "of": "of", "conditions": "Conditions", "amounts": "Amounts (yuan)", "outcomes": "Results",
        "missing": "Facts still missing", "matters": "matters", "idle": "changes nothing", "house": "House defaults",
        "flags": "Notes", "short": "short by", "now": "is", "needs": "needs", "year": "fiscal year",
        "estimated": "(estimated)", "true": "yes", "false": "no", "none": "unknown", "version": "version",
        "open": "open",
    },
}  # fmt: skip
SIGNS: Final = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}
MARKS: Final = {"pass": "✓", "fail": "✗", "unknown": "?", "not_needed": "–"}


def shown(value: Any, lang: str) -> str:
    """One value of the JSON, in words."""
    words = WORDS[lang]
    if value is None or value == "":
        return words["none"]
    if isinstance(value, bool):
        return words["true" if value else "false"]
    if isinstance(value, dict) and "shown" in value:
        return str(value["shown"])
    if isinstance(value, dict):
        ends = [words["open"] if value[key] is None else shown(value[key], lang) for key in ("low", "high")]
        return "–".join(ends)
    return str(value)


def explanation_text(found: dict[str, Any], lang: str) -> str:
    """The whole explanation as lines of text."""
    words = WORDS[lang]
    year = f"{found['fiscal_year']} {words['year']}" if lang == "zh" else f"{words['year']} {found['fiscal_year']}"
    head = f"{found['title'][lang]}  ({found['policy']} {words['version']} {found['version']})"
    lines = [head, f"{found['on']} · {year}{words['estimated'] if found.get('estimated') else ''}"]
    if found["verdict"]:
        lines.append(f"{words['verdict']}: {MARKS[found['verdict']]} {words[found['verdict']]}")
    lines.extend(_score_lines(found["score"], lang))
    if found["conditions"]:
        lines.append(f"\n{words['conditions']}")
        for condition in found["conditions"]:
            lines.extend(_condition_lines(condition, lang))
    amounts = {name: amount or found["amount_ranges"].get(name) for name, amount in found["amounts"].items()}
    lines.extend(_pairs(words["amounts"], amounts, lang))
    lines.extend(_pairs(words["outcomes"], found["outcomes"], lang))
    if found["flags"]:
        lines.append(f"\n{words['flags']}")
        lines.extend(f"  ! {flag['label'][lang]}  [{'; '.join(flag['cites'])}]" for flag in found["flags"])
    if found["missing"]:
        lines.append(f"\n{words['missing']}")
        ordered = sorted(found["missing"], key=lambda item: not item["matters"])
        for item in ordered:
            lines.append(f"  {fact_words(item['fact'], lang)}  ({words['matters' if item['matters'] else 'idle']})")
    if found["house_defaults"]:
        lines.append(f"\n{words['house']}")
        lines.extend(f"  {item['id']} = {item['value']}: {item['why'][lang]}" for item in found["house_defaults"])
    return "\n".join(lines)


def fact_words(path: str, lang: str) -> str:
    """The path of a fact in words: the year, if any, and the label."""
    return f"{fact_label(path, lang)} [{path}]"


def fact_label(path: str, lang: str) -> str:
    """The same without the path."""
    *where, name = path.split(".")
    fact = catalogue.load()[name]
    label = fact.zh if lang == "zh" else fact.en
    year = f"{where[1]}{'年' if lang == 'zh' else ' '}" if len(where) > 1 else ""
    return f"{year}{label}"


def _score_lines(score: dict[str, Any] | None, lang: str) -> list[str]:
    if score is None:
        return []
    words = WORDS[lang]
    lines = [f"{words['score']}: {_points(score)} ({words['of']} {score['max']})"]
    lines.extend(f"    {part['label'][lang]}: {_points(part)} / {part['max']}" for part in score["parts"])
    return lines


def _points(part: dict[str, Any]) -> str:
    low, high = part["low"], part["high"]
    return f"{low:g}" if low == high and low is not None else f"{low:g}–{high:g}" if low is not None else "?"


def reason_words(condition: dict[str, Any], lang: str) -> str:
    """Why a condition is not met, on one line: its first unmet test, or its label, with the article."""
    words = WORDS[lang]
    cites = "; ".join(condition["cites"])
    label = condition["label"][lang]
    for test in condition["tests"]:
        if test["verdict"] == condition["verdict"] and test["relation"] and test["value"] is not None:
            name = test["label"][lang] if test["label"] else label
            return f"{name}: {compared(test, lang)} [{cites}]"
    return f"{label}: {words[condition['verdict']]} [{cites}]"


def compared(test: dict[str, Any], lang: str) -> str:
    """A comparison in words: what the value is, what the text needs, and what is short."""
    words = WORDS[lang]
    value, threshold = shown(test["value"], lang), shown(test["threshold"], lang)
    said = f"{words['now']} {value}, {words['needs']} {SIGNS[test['relation']]} {threshold}"
    return said + (f", {words['short']} {shown(test['shortfall'], lang)}" if test["shortfall"] is not None else "")


def _condition_lines(condition: dict[str, Any], lang: str) -> list[str]:
    cites = "; ".join(condition["cites"]) or condition["house_default"][lang]
    verdict = condition["verdict"]
    lines = [f"  {MARKS[verdict]} {condition['label'][lang]}  [{cites}]"]
    if verdict not in ("fail", "unknown"):
        return lines
    for test in condition["tests"]:
        failed = test["verdict"] == "fail" or (test["verdict"] == "unknown" and verdict == "unknown")
        if not failed:
            continue
        label = test["label"][lang] if test["label"] else ""
        if test["relation"]:
            lines.append(f"      {label + ': ' if label else ''}{compared(test, lang)}")
        elif len(condition["tests"]) > 1:
            lines.append(f"      {MARKS[test['verdict']]} {label or test['text']}")
    return lines


def _pairs(title: str, pairs: dict[str, Any], lang: str) -> list[str]:
    return [f"\n{title}", *(f"  {name}: {shown(value, lang)}" for name, value in pairs.items())] if pairs else []
