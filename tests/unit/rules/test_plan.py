"""Plans one by one: what they say, what only time meets, why something cannot be, and what must be found out."""

from __future__ import annotations

import builtins
import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

pytest.importorskip("ortools")

from tests.unit.rules.invented import ON, YEAR, Plain, program
from tests.unit.rules.planning import judged, lever
from tidui.rules.answers import Explainer
from tidui.rules.levers import Levers, Limit
from tidui.rules.plan import Cheapest, Plan, cheapest, plan, plan_json
from tidui.rules.plan_solver import PlanningUnavailable

HIRE = lever("hire", 100, 20, ("staff", 1), lead=90)
TRAIN = lever("train", 30, 10, ("mark", 1), lead=10)
PATENT = lever("patent", 50, 5, ("patents", 1), lead=200)
TIDY = lever("tidy", 70, 1, ("clean", None))
EARN = lever("earn", 2, 100, ("cash", 100))

CONDITIONS = """
  - {id: large, kind: condition, cites: 第一条, is: staff >= few, label: {zh: 大, en: large}}
  - {id: skilled, kind: score, max: 10, cites: 第二条, is: mark, label: {zh: 评分, en: mark}}
  - {id: score, kind: total, max: 10, cites: 第二条, parts: [skilled], label: {zh: 总分, en: score}}
  - {id: good, kind: condition, cites: 第三条, is: score >= 6, label: {zh: 好, en: good}}
  - {id: quiet, kind: condition, cites: 第四条, is: "not within(accidents, 365)", label: {zh: 无事故, en: quiet}}
  - {id: old, kind: condition, cites: 第五条, is: "days(established_on, on) >= 365", label: {zh: 满一年, en: a year old}}
  - {id: verdict, kind: verdict, cites: 第一条, is: large and good and quiet and old, label: {zh: 结论, en: verdict}}
"""


def firm(**changes: Any) -> Plain:
    """A firm that meets every condition of CONDITIONS but what is changed."""
    values: dict[str, Any] = {
        "staff": 10, "mark": 6, "accidents": (), "established_on": dt.date(2020, 1, 1), "patents": 0, "clean": False
    }  # fmt: skip
    return Plain({(name, None): value for name, value in {**values, **changes}.items() if value is not None})


def made(facts: Plain, levers: Levers = (HIRE, TRAIN)) -> Plan:
    """The plan under CONDITIONS."""
    return plan(Explainer(program(CONDITIONS)), facts, levers, on=ON, year=YEAR)


def sets(found: Plan) -> list[dict[str, int]]:
    """The levers and units of each alternative."""
    return [{step.lever.id: step.units for step in one.steps} for one in found.alternatives]


def test_a_firm_that_qualifies_is_told_so() -> None:
    found = plan_json(made(firm()))
    assert (found["status"], found["verdict_now"], found["alternatives"]) == ("qualified", "pass", [])


def test_a_plan_as_json_names_levers_changes_conditions_and_articles() -> None:
    found = plan_json(made(firm(staff=8, mark=4)))
    assert found["status"] == "plan"
    [one] = found["alternatives"]
    assert (one["cost"], one["lead_days"], one["ready_on"]) == ("260.00", 90, "2024-09-28")
    assert one["check"] == {"verdict": "pass", "score": {"low": 6, "high": 6}, "when_ready": "pass"}
    assert one["steps"] == [
        {
            "lever": "hire", "label": {"zh": "hire", "en": "hire"}, "units": 2, "unit": {}, "cost": "200.00",
            "lead_days": 90, "changes": [{"fact": "enterprise.staff", "from": 8, "to": 10}], "serves": ["large"],
            "raises": [], "cites": ["试〔2020〕1号 第一条"],
        },
        {
            "lever": "train", "label": {"zh": "train", "en": "train"}, "units": 2, "unit": {}, "cost": "60.00",
            "lead_days": 10, "changes": [{"fact": "expert.mark", "from": 4, "to": 6}], "serves": ["good"],
            "raises": [{"id": "skilled", "from": 4, "to": 6}], "cites": ["试〔2020〕1号 第三条", "试〔2020〕1号 第二条"],
        },
    ]  # fmt: skip


def test_alternatives_use_other_sets_of_levers_and_come_cheapest_first() -> None:
    explainer = judged("mark >= 5 or patents >= 2 or clean")
    found = plan(explainer, firm(mark=4), (TRAIN, PATENT, TIDY), on=ON, year=YEAR)
    assert sets(found) == [{"train": 1}, {"tidy": 1}, {"patent": 2}]
    assert [one.cost for one in found.alternatives] == [30, 70, 100]
    assert len(plan(explainer, firm(mark=4), (TRAIN, PATENT), on=ON, year=YEAR, alternatives=1).alternatives) == 1


def test_a_plan_can_wait_and_work_at_once() -> None:
    found = made(firm(staff=9, accidents=(dt.date(2024, 1, 10),), established_on=dt.date(2024, 3, 1)))
    assert found.status == "plan"
    assert [(one.condition, one.holds_on) for one in found.time] == [
        ("quiet", dt.date(2025, 1, 10)), ("old", dt.date(2025, 3, 1))
    ]  # fmt: skip
    [one] = found.alternatives
    assert (one.holds_from, one.ready_on, one.verdict) == (dt.date(2025, 3, 1), dt.date(2025, 3, 1), "pass")


def test_what_only_time_can_meet_is_waited_for() -> None:
    found = plan_json(made(firm(accidents=(dt.date(2023, 12, 31), dt.date(2024, 2, 1)))))
    assert (found["status"], found["alternatives"]) == ("wait", [])
    assert found["time"] == [
        {
            "condition": "quiet",
            "holds_on": "2025-02-01",
            "label": {"zh": "无事故", "en": "quiet"},
            "cites": ["试〔2020〕1号 第四条"],
        }
    ]


def test_a_policy_without_conditions_waits_for_its_verdict() -> None:
    explainer = judged("listed or months(established_on, on) > 24")
    found = plan(explainer, Plain({("established_on", None): dt.date(2023, 1, 1)}), (), on=ON, year=YEAR)
    assert [(one.condition, one.holds_on) for one in found.time] == [("verdict", dt.date(2025, 2, 1))]


def test_a_condition_turned_true_opens_what_another_lever_adds() -> None:
    found = plan(judged("(mark if clean else 0) >= 4"), firm(mark=0), (TRAIN, TIDY), on=ON, year=YEAR)
    assert sets(found) == [{"train": 4, "tidy": 1}]
    assert sets(plan(judged("(mark if clean else 0) >= 4"), firm(mark=5), (TRAIN, TIDY), on=ON, year=YEAR)) == [
        {"tidy": 1}
    ]


def test_time_may_take_away_what_it_gave() -> None:
    explainer = judged("days(established_on, on) >= 900 and until >= on")
    facts = {"established_on": dt.date(2022, 6, 1), "until": dt.date(2024, 11, 17)}
    assert cheapest(explainer, firm(**facts), (), on=ON, year=YEAR).ready_on == dt.date(2024, 11, 17)
    facts["until"] = dt.date(2024, 11, 16)
    assert cheapest(explainer, firm(**facts), (), on=ON, year=YEAR).status == "impossible"


@pytest.mark.parametrize(
    ("facts", "levers", "blocked"),
    [
        ({"staff": 8}, (TRAIN,), [("large", "no_lever")]),
        ({"mark": 3}, (lever("train", 30, 2, ("mark", 1)),), [("good", "beyond_levers")]),
        ({"staff": 8, "mark": 3}, (), [("large", "no_lever"), ("good", "no_lever")]),
    ],
)
def test_what_cannot_be_is_given_its_reason(facts: dict[str, Any], levers: Levers, blocked: list[Any]) -> None:
    found = made(firm(**facts), levers)
    assert found.status == "impossible"
    assert [(one.condition, one.reason) for one in found.blocked] == blocked
    assert plan_json(found)["blocked"][0]["cites"] == [f"试〔2020〕1号 第{'一' if 'staff' in facts else '三'}条"]


def test_an_unknown_fact_counts_at_its_worst_and_is_to_be_found_out() -> None:
    found = made(firm(mark=None))
    assert (found.status, found.find_out) == ("unknown", ("expert.mark",))
    assert [(one.condition, one.reason) for one in found.blocked] == [("good", "unknown")]
    assert found.unusable == {"train": ("mark",)}
    with_failure = made(firm(mark=None, staff=9), (TRAIN,))
    assert (with_failure.status, with_failure.find_out) == ("impossible", ("expert.mark",))


def test_a_plan_does_not_count_on_what_is_unknown() -> None:
    found = plan(judged("mark + bands(part, steps) >= 8"), firm(mark=4), (TRAIN,), on=ON, year=YEAR)
    assert sets(found) == [{"train": 4}]
    assert found.find_out == ("enterprise.part",)


def test_a_lever_stays_within_the_bounds_of_a_fact_and_buys_whole_steps() -> None:
    by_threes = lever("course", 10, 9, ("mark", 1), step=3)
    assert sets(plan(judged("mark >= 9"), firm(mark=6), (by_threes,), on=ON, year=YEAR)) == [{"course": 3}]
    assert plan(judged("mark >= 9"), firm(mark=8), (by_threes,), on=ON, year=YEAR).status == "impossible"
    both = (by_threes, lever("coach", 20, 9, ("mark", 5)))
    assert plan(judged("mark > 9.5"), firm(mark=3), both, on=ON, year=YEAR).status == "impossible"
    found = plan(judged("mark >= 9"), firm(mark=1), both, on=ON, year=YEAR)
    assert sets(found) == [{"course": 3, "coach": 1}, {"course": 9}]


def test_a_limit_holds_one_fact_below_another() -> None:
    free = lever("shift", 5, 100, ("cash", 100))
    bound = lever("shift", 5, 100, ("cash", 100), limits=(Limit("cash", "profit", 0),))
    values = {("cash", YEAR): 0, ("profit", YEAR): 50_000}
    explainer = judged("cash >= 0.6 * enough")
    assert plan(explainer, Plain(values), (free,), on=ON, year=YEAR).status == "plan"
    assert plan(explainer, Plain(values), (bound,), on=ON, year=YEAR).status == "impossible"


def test_hiring_that_helps_one_condition_may_break_another() -> None:
    grow = lever("grow", 1, 50, ("patents", 1), ("staff", 1))
    found = plan(judged("patents >= 3 and staff <= few"), firm(staff=8), (grow,), on=ON, year=YEAR)
    assert found.status == "impossible"
    assert sets(plan(judged("patents >= 2 and staff <= few"), firm(staff=8), (grow,), on=ON, year=YEAR)) == [
        {"grow": 2}
    ]


def test_money_is_exact_to_the_fen() -> None:
    values = {("cash", YEAR): 99_999, ("cash", YEAR - 1): 0}
    cent = lever("cent", 1, 1000, ("cash", "0.01"))
    found = plan(judged("cash >= enough"), Plain(values), (cent,), on=ON, year=YEAR)
    assert sets(found) == [{"cent": 1}]
    assert found.alternatives[0].steps[0].changes == ((("cash", YEAR), 99_999, 100_000),)


def test_a_free_lever_is_not_pulled_in_vain() -> None:
    free = lever("smile", 0, 3, ("part", "1/10"))
    facts = firm(mark=5, part=Fraction(1, 2))
    assert sets(plan(judged("mark >= 6"), facts, (free, TRAIN), on=ON, year=YEAR)) == [{"train": 1}]


def test_the_short_form_has_cost_day_and_reason() -> None:
    explainer = Explainer(program(CONDITIONS))

    def short(facts: Plain, *levers: Any) -> Cheapest:
        return cheapest(explainer, facts, tuple(levers), on=ON, year=YEAR)

    assert short(firm(), HIRE) == Cheapest("qualified", Fraction(0), ON, None)
    assert short(firm(staff=8), HIRE) == Cheapest("plan", Fraction(200), dt.date(2024, 9, 28), None)
    assert short(firm(established_on=dt.date(2024, 1, 1)), HIRE) == Cheapest(
        "wait", Fraction(0), dt.date(2024, 12, 31), "old"
    )
    assert short(firm(staff=8)) == Cheapest("impossible", None, None, "large")
    assert short(firm(mark=None)) == Cheapest("unknown", None, None, "good")


def test_the_same_question_always_gets_the_same_answer() -> None:
    explainer = judged("mark >= 6 and (patents >= 1 or clean) and cash >= enough")
    facts = Plain({**firm(mark=4).values, ("cash", YEAR): 91_000})
    levers = (TRAIN, PATENT, TIDY, EARN)
    first = plan_json(plan(explainer, facts, levers, on=ON, year=YEAR))
    assert all(plan_json(plan(explainer, facts, levers, on=ON, year=YEAR)) == first for _ in range(3))


def test_a_policy_without_a_verdict_is_refused() -> None:
    explainer = Explainer(program("  - {id: twice, is: 2 * mark}\n"))
    with pytest.raises(ValueError, match="test/invented has no verdict"):
        plan(explainer, firm(), (), on=ON, year=YEAR)


def test_without_the_solver_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("ortools"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(PlanningUnavailable, match=r"pip install 'tidui\[plan\]'"):
        made(firm(staff=8))
    assert made(firm()).status == "qualified"
