"""What the policy itself points out, such as that a visit is due, with each reason and its article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidui.casework.checks import Found, Look, check
from tidui.casework.enums import FindingKind, Weight
from tidui.policies.library import shelf
from tidui.rules.answers import Answer
from tidui.rules.program import Built

#: Flags that ask somebody to do something; the others are only noted.
_ACTED_ON = ("on_site_check",)


@check
def flags(look: Look) -> Iterator[Found]:
    """Every flag of the policy that is up, once for each reason that holds where the text names them."""
    answer = shelf().explain(look.submission.policy, look.facts, on=look.on, year=look.submission.year)
    for built in answer.program.of_kind("flag"):
        if not answer.truth(built.rule.id):
            continue
        weight = Weight.DOUBT if built.rule.id in _ACTED_ON else Weight.NOTE
        reasons = list(_reasons(answer, built))
        for place, (label, cites) in enumerate(reasons):
            yield Found(
                FindingKind.FLAG, f"flag:{built.rule.id}:{place}", "flag_reason", weight=weight,
                params={"label": built.rule.label, "reason": label, "cites": cites},
            )  # fmt: skip
        if not reasons:
            yield Found(
                FindingKind.FLAG, f"flag:{built.rule.id}", "flag", weight=weight,
                params={"label": built.rule.label, "cites": list(built.rule.cites)},
            )  # fmt: skip


def _reasons(answer: Answer, built: Built) -> Iterator[tuple[Mapping[str, str], list[str]]]:
    for node, test in zip(built.tests, built.rule.tests, strict=True):
        if test.label and answer.layout.truth(node, answer.row):
            yield test.label, list(test.cites or built.rule.cites)

