"""What a site visit found, and what the rules say of it: for the department, and for who decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tidui.casework import judging, writing
from tidui.casework.models import Application, Submission
from tidui.codes.faults import BadValue
from tidui.facts import catalogue
from tidui.facts.factset import Key
from tidui.kit import lang
from tidui.registry import checking
from tidui.registry.values import of_plain
from tidui.review import checklist
from tidui.review.enums import ClaimOutcome, VisitState
from tidui.review.models import Claim, Visit
from tidui.rules.errors import NoVersion, UnknownPolicy
from tidui.rules.values import NONE, Value

#: A visit in one of these states takes what devices send.
OPEN: Final = frozenset({VisitState.ASSIGNED, VisitState.PLANNED, VisitState.UNDERWAY, VisitState.RETURNED})
#: In these it is in the hands of the institution or of the department: the application has a visit.
LIVE: Final = frozenset(set(VisitState) - {VisitState.WITHDRAWN})
TONES: Final = {
    VisitState.ASSIGNED: "wait", VisitState.PLANNED: "info", VisitState.UNDERWAY: "info", VisitState.REPORTED: "wait",
    VisitState.RETURNED: "warn", VisitState.ACCEPTED: "good", VisitState.WITHDRAWN: "neutral",
}  # fmt: skip
OUTCOME_TONES: Final = {
    ClaimOutcome.OPEN: "neutral", ClaimOutcome.CONFIRMED: "good", ClaimOutcome.DIFFERS: "bad",
    ClaimOutcome.NOT_SEEN: "warn",
}  # fmt: skip
_NONE: Final = frozenset({"无", "none"})  # tidui: data


@dataclass(frozen=True, slots=True)
class Differing:
    """A claim that does not hold, or that could not be looked at: what was said, what was found."""

    section: str
    title: str
    said: str
    found: str
    note: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A condition of the policy that says something else since the visit."""

    label: str
    cites: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VisitFinding:
    """What lies before the decider: how the visit stands, what differs, and what the rules said before and after.

    `before` and `after` are verdicts (pass, fail, unknown), empty until the report was accepted. Scores in hundredths.
    """

    visit: int
    state: str
    institution: str
    reported_at: Any
    opinion: str
    differing: tuple[Differing, ...]
    unseen: tuple[Differing, ...]
    before: str
    after: str
    score_before: int | None
    score_after: int | None
    changed: tuple[Changed, ...]

    @property
    def verdict_changed(self) -> bool:
        """Do the rules say something else since the visit?"""
        return bool(self.after) and self.before != self.after


def finding_of(application: Application) -> VisitFinding | None:
    """What the visit to an applicant found so far; None where nobody was commissioned."""
    return findings_of([application]).get(application.pk)


def findings_of(applications: Iterable[Application]) -> dict[int, VisitFinding]:
    """The same for many, by the application's key: two queries."""
    keys = [one.pk for one in applications]
    rows = Visit.objects.filter(application__in=keys, state__in=LIVE).select_related("commission__institution")
    visits = {one.pk: one for one in rows}
    told = Claim.objects.filter(visit__in=visits, outcome__in=[ClaimOutcome.DIFFERS, ClaimOutcome.NOT_SEEN])
    by_visit: dict[int, list[Claim]] = {}
    for claim in told.order_by("visit", "number"):
        by_visit.setdefault(claim.visit_id, []).append(claim)
    return {one.application_id: _finding(one, by_visit.get(one.pk, [])) for one in visits.values()}


def _finding(visit: Visit, claims: list[Claim]) -> VisitFinding:
    before, after = visit.before, visit.after
    # What is still being looked at is nobody's finding yet.
    told = claims if visit.state in (VisitState.REPORTED, VisitState.ACCEPTED) else []
    return VisitFinding(
        visit=visit.pk, state=visit.state, institution=visit.commission.institution.name,
        reported_at=visit.reported_at, opinion=visit.opinion if told or visit.reported_at else "",
        differing=tuple(_said(one) for one in told if one.outcome == ClaimOutcome.DIFFERS),
        unseen=tuple(_said(one) for one in told if one.outcome == ClaimOutcome.NOT_SEEN),
        before=before.get("verdict", ""), after=after.get("verdict", ""),
        score_before=before.get("score_low"), score_after=after.get("score_low"),
        changed=tuple(
            Changed(lang.of_label(one["label"]), "; ".join(one["cites"]), one["before"], one["after"])
            for one in after.get("changed", [])
        ),
    )  # fmt: skip


def _said(claim: Claim) -> Differing:
    return Differing(claim.section, title_of(claim), claim.said, claim.found, claim.note)


def title_of(claim: Claim) -> str:
    """What a claim is called: a fact in the language of the page, a row of a table as it was written."""
    key = writing.key_of(claim.key)
    return claim.title if key is None else checklist.fact_title(*key)


# ---------------------------------------------------------------------- the facts that were found
def read_found(claim: Claim) -> tuple[Key, Value] | None:
    """The value found of a fact; None for a row of a table. Raises BadValue for what is no value of this fact."""
    key = writing.key_of(claim.key)
    if key is None:
        return None
    return key, found_value(key[0], claim.found)


def found_value(name: str, text: str) -> Value:
    """What was typed on the spot as the value of a fact, amounts in 万元. Raises BadValue."""
    fact = catalogue.load()[name]
    if fact.can_be_none and text.strip().lower() in _NONE:
        return NONE
    value = checking.read_value(name, text.strip(), "万元")  # tidui: data
    if value is None:
        raise BadValue("is blank", "write what was found")
    return value


def found_facts(visit: Visit) -> dict[Key, Value]:
    """The facts of which something else was found, by name and year."""
    found: dict[Key, Value] = {}
    known = catalogue.load()
    for claim in visit.claims.filter(outcome=ClaimOutcome.DIFFERS).order_by("number"):
        try:
            told = read_found(claim)
        except BadValue:
            continue  # the report is not taken while one of these stands
        if told is not None and told[1] != of_plain(known[told[0][0]], claim.value):
            found[told[0]] = told[1]
    return found


def judged(submission: Submission, found: Mapping[Key, Value]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the rules say of the facts as submitted, and of the same with what was found; by the text of that day.

    Both are empty where the text is gone.
    """
    facts = judging.facts_of(submission)
    try:
        first = judging.judge(submission.policy, facts, on=submission.on, year=submission.year)
        second = judging.judge(
            submission.policy, facts.with_values(dict(found)), on=submission.on, year=submission.year
        )
    except (NoVersion, UnknownPolicy):
        return {}, {}
    before, after = _kept(first), _kept(second)
    after["changed"] = _changes(first, second)
    return before, after


def _kept(found: judging.Judgement) -> dict[str, Any]:
    return {
        "verdict": found.verdict, "score_low": found.score_low, "score_high": found.score_high,
        "version": found.version, "hash": found.hash, "on": found.on.isoformat(),
        "conditions": {one["id"]: one["verdict"] for one in found.result["conditions"]},
    }  # fmt: skip


def _changes(first: judging.Judgement, second: judging.Judgement) -> list[dict[str, Any]]:
    was = {one["id"]: one["verdict"] for one in first.result["conditions"]}
    return [
        {
            "id": one["id"], "label": one["label"], "cites": list(one["cites"]), "before": was.get(one["id"], ""),
            "after": one["verdict"],
        }
        for one in second.result["conditions"]
        if was.get(one["id"], "") != one["verdict"]
    ]  # fmt: skip
