"""The content of an enterprise's first page and of the page of one policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.cultivation import presenting
from tidui.cultivation.benefits import Benefit, benefits
from tidui.cultivation.models import SelfMarks
from tidui.cultivation.naming import rung_name
from tidui.cultivation.presenting import ConditionView, FactLink, Mark, OptionView, PartView
from tidui.cultivation.rules import levers, policies
from tidui.cultivation.self_marks import with_self_marks
from tidui.facts.factset import FactSet
from tidui.kit import formats, lang
from tidui.policies import words
from tidui.policies.ladder import STATUSES, Ladder, Place, rungs
from tidui.policies.library import default_year
from tidui.rules.answers import Answer
from tidui.rules.errors import NoVersion, UnknownPolicy
from tidui.rules.explain import condition_of, explanation


@dataclass(frozen=True, slots=True)
class RungView:
    """A rung on the ladder: held, the one to reach, or neither; until when it is held, where the facts say."""

    id: str
    name: str
    state: str
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class BenefitView:
    """A policy that the enterprise can use: what it is worth (fen), what to do, by when."""

    policy: str
    title: str
    worth: str
    low: int | None
    high: int | None
    state: str
    do: str
    due: dt.date | None
    overdue: bool
    missing: Sequence[FactLink]

    @property
    def unbounded(self) -> bool:
        """Do the facts say nothing yet of what it is worth?"""
        return not self.low and self.high is None


@dataclass(frozen=True, slots=True)
class NextView:
    """The next rung: its policy, the verdict, what is open, what must be found out, whether a panel marks, the plan."""

    name: str
    policy: str
    title: str
    mark: Mark
    verdict: str
    score: str
    most: str
    open: Sequence[ConditionView]
    missing: Sequence[FactLink]
    marked: bool
    plan: PlanView | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """The least change: `status` is qualified, plan, wait, impossible or unknown."""

    status: str
    options: Sequence[OptionView]
    waits: Sequence[str]
    blocked: Sequence[str]
    find_out: Sequence[FactLink]
    defaults: Sequence[str]


@dataclass(frozen=True, slots=True)
class FirstPage:
    """All that stands on the page."""

    on: dt.date
    year: int
    rungs: Sequence[RungView]
    rung: str
    next: NextView | None
    usable: Sequence[BenefitView] = field(default_factory=tuple)
    open: Sequence[BenefitView] = field(default_factory=tuple)
    nothing: Sequence[BenefitView] = field(default_factory=tuple)


#: Until when a status is held, by the fact that says so.
_UNTIL = {
    "tenant": "tenant_until", "sme": "sme_valid_until", "provincial": "provincial_valid_until",
    "hte": "hte_valid_until",
}  # fmt: skip


def present(facts: FactSet, organisation: Organisation, on: dt.date, marks: SelfMarks | None = None) -> FirstPage:
    """What stands on the first page as of a day; the enterprise's own marks stand in for those of a panel."""
    facts = with_self_marks(facts, marks)
    year = default_year(on, facts)
    place = Ladder(policies(), on).place(facts, year)
    carrier = organisation.kind == OrganisationKind.CARRIER
    offers = [_benefit(one, organisation, on) for one in benefits(facts, on=on, carrier=carrier)]
    return FirstPage(
        on=on,
        year=year,
        rungs=[_rung(place, index, facts) for index in range(len(rungs()))],
        rung=rung_name(place.rung.id) if place.rung else "",
        next=_next(place, facts, organisation, on, year),
        usable=[one for one in offers if one.state == "usable"],
        open=[one for one in offers if one.state == "unknown"],
        nothing=[one for one in offers if one.state == "nothing"],
    )


def _rung(place: Place, index: int, facts: FactSet) -> RungView:
    rung = rungs()[index]
    until = facts.get(_UNTIL[rung.id])
    held = rung.id in place.held
    following = place.next is not None and place.next.id == rung.id
    state = "held" if held else "next" if following else "unclear" if rung.id in place.unclear else "open"
    return RungView(rung.id, lang.of(rung.zh, rung.en), state, until if held and isinstance(until, dt.date) else None)


def _next(place: Place, facts: FactSet, organisation: Organisation, on: dt.date, year: int) -> NextView | None:
    if place.next is None:
        return None
    answer = policies().explain(place.next.policy, facts, on=on, year=year)
    found = explanation(answer)
    score = found["score"]
    return NextView(
        name=lang.of(place.next.zh, place.next.en),
        policy=place.next.policy,
        title=lang.of_label(found["title"]),
        mark=presenting.mark(found["verdict"]),
        verdict=found["verdict"],
        score=presenting.points(score) if score else "",
        most=f"{score['max']:g}" if score else "",
        open=[presenting.condition_view(one, organisation.pk) for one in place.reasons],
        missing=[presenting.fact_link(path, organisation.pk) for path in place.missing],
        marked=any(path.startswith("expert.") for path in _asked(found)),
        plan=None if found["verdict"] == "pass" else _plan(answer, facts, organisation, on, year),
    )


def _plan(answer: Answer, facts: FactSet, organisation: Organisation, on: dt.date, year: int) -> PlanView | None:
    known = levers()
    if known is None:
        return None
    from tidui.rules.plan import plan, plan_json

    found = plan_json(plan(answer.explainer, facts, known, on=on, year=year))
    return PlanView(
        status=found["status"],
        options=presenting.options(found),
        waits=[formats.labelled(_named(one), one["holds_on"]) for one in found["time"]],
        blocked=[formats.labelled(_named(one), _reason(one)) for one in found["blocked"]],
        find_out=[presenting.fact_link(path, organisation.pk) for path in found["find_out"]],
        defaults=[lang.of_label(one["why"]) for one in found["house_defaults"]],
    )


def _asked(found: dict[str, Any]) -> Iterator[str]:
    """The facts that the policy reads, by path."""
    yield from (one["fact"] for one in found["missing"])
    for condition in found["conditions"]:
        yield from condition["facts"]


def _named(one: dict[str, Any]) -> str:
    return lang.of_label(one["label"]) if one.get("label") else str(one["condition"])


def _reason(one: dict[str, Any]) -> str:
    return lang.of_label(one["reason"]) if isinstance(one["reason"], dict) else str(one["reason"])


def _benefit(one: Benefit, organisation: Organisation, on: dt.date) -> BenefitView:
    return BenefitView(
        policy=one.entry.policy,
        title=lang.of_label(one.title),
        worth=lang.of_label(one.worth_label) if one.worth_label else "",
        low=one.low,
        high=one.high,
        state=one.state,
        do=lang.of_label(one.entry.do),
        due=one.due,
        overdue=one.due is not None and one.due < on,
        missing=[presenting.fact_link(path, organisation.pk) for path in one.missing],
    )


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """All that one policy says of one enterprise."""

    policy: str
    title: str
    version: str
    hash: str
    on: dt.date
    year: int
    mark: Mark | None
    score: str
    most: str
    parts: Sequence[PartView]
    conditions: Sequence[ConditionView]
    amounts: Sequence[tuple[str, str]]
    flags: Sequence[tuple[str, str]]
    missing: Sequence[tuple[FactLink, bool]]
    defaults: Sequence[tuple[str, str, str]]


def present_policy(name: str, facts: FactSet, organisation: Organisation, on: dt.date) -> PolicyPage | None:
    """What a policy says of an enterprise on a day; None if there is no such policy, or no version of it in force."""
    year = default_year(on, facts)
    if name == STATUSES:
        return None
    try:
        answer = policies().explain(name, facts, on=on, year=year)
    except (NoVersion, UnknownPolicy):
        return None
    found = explanation(answer)
    key, score, language = organisation.pk, found["score"], lang.active()
    return PolicyPage(
        policy=name, title=lang.of_label(found["title"]), version=found["version"], hash=found["hash"], on=on,
        year=year,
        mark=presenting.mark(found["verdict"]) if found["verdict"] else None,
        score=presenting.points(score) if score else "", most=f"{score['max']:g}" if score else "",
        parts=presenting.score_parts(score),
        conditions=[
            presenting.condition_view(condition_of(answer, one), key) for one in answer.program.of_kind("condition")
        ],
        amounts=_results(answer, found),
        flags=[(lang.of_label(flag["label"]), "; ".join(flag["cites"])) for flag in found["flags"]],
        missing=[(presenting.fact_link(one["fact"], key), one["matters"]) for one in found["missing"]],
        defaults=[
            (one["id"], words.shown(one["value"], language), lang.of_label(one["why"]))
            for one in found["house_defaults"]
        ],
    )  # fmt: skip


def _results(answer: Answer, found: dict[str, Any]) -> list[tuple[str, str]]:
    """Amounts and outcomes with their labels."""
    language = lang.active()
    rules = answer.program.rules
    rows = []
    for name, amount in found["amounts"].items():
        given = amount or found["amount_ranges"].get(name)
        rows.append((_label(rules[name].rule.label, name), words.shown(given, language)))
    for name, value in found["outcomes"].items():
        rows.append((_label(rules[name].rule.label, name), words.shown(value, language)))
    return rows


def _label(label: Any, name: str) -> str:
    return lang.of_label(label) if label else name
