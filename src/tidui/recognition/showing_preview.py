"""What a trial of a policy would change, in words: conditions before and after, each with value and threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tidui.casework import explaining
from tidui.casework.presenting import VERDICTS
from tidui.kit import formats, lang
from tidui.recognition.models import PolicyPreview, PreviewRow


def reasons(row: PreviewRow) -> str:
    """Why it flips, a line for each condition."""
    return "\n".join(said(change) for change in row.changes)


def said(change: Mapping[str, Any]) -> str:
    """A condition under either text: `研发人员占比不低于10%：符合（现为 12%，要求 >= 10%）→ 不符合（…）`."""
    label = lang.of_label((change["after"] or change["before"])["label"] or {})
    return _("%(label)s：%(before)s → %(after)s") % {
        "label": label or (change["after"] or change["before"])["id"], "before": side(change["before"]),
        "after": side(change["after"]),
    }  # fmt: skip


def side(condition: Mapping[str, Any] | None) -> str:
    """What one text says of a condition, with the comparisons that decide it."""
    if condition is None:
        return _("没有这项条件")
    verdict = str(VERDICTS[condition["verdict"]][1]) if condition["verdict"] in VERDICTS else condition["verdict"]
    lines = list(explaining.comparisons(condition["tests"]))
    return _("%(verdict)s（%(lines)s）") % {"verdict": verdict, "lines": _("；").join(lines)} if lines else verdict


def totals(preview: PolicyPreview) -> list[tuple[str, str, str, int]]:
    """How many flip, by kind and both verdicts."""
    kinds = {"application": _("在办申报"), "recognition": _("有效资格")}
    return [
        (kinds[kind], _verdict(before), _verdict(after), count)
        for kind, before, after, count in preview.counts.get("verdicts", ())
    ]


def conditions(preview: PolicyPreview) -> list[tuple[str, int]]:
    """Which conditions differ for how many of them."""
    return [
        (lang.of_label(label) if label else name, count) for name, label, count in preview.counts.get("conditions", ())
    ]


def _verdict(code: str) -> str:
    return str(VERDICTS[code][1]) if code in VERDICTS else formats.NOTHING
