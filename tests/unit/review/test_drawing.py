"""The draw: what must hold of every panel, and that nothing but the seed decides between equals."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.review.drawn import SEED, expert, experts, frozen, panel

from tidui.review.drawing import explaining, model, seeding, solving

pytest.importorskip("ortools")


def drawn(raw: dict[str, Any], seed: str = SEED) -> list[dict[str, Any]]:
    return solving.solve(model.load(raw), seed)


def test_a_panel_has_what_the_rules_want_and_its_leader_is_technical() -> None:
    (made,) = drawn(frozen(experts(8, 3), [panel("G1", ["F1", "F2"])]))
    assert (len(made["technical"]), len(made["financial"])) == (4, 1)
    assert made["leader"] in made["technical"]


def test_the_leader_is_one_of_the_highest_title_and_the_seed_says_which() -> None:
    people = [expert("T1", level="senior"), expert("T2", level="senior"), expert("T3", level="associate")]
    people += [expert("T4", level="none"), expert("F1", "financial")]
    raw = frozen(people, [panel("G1", ["F1"])])
    leaders = Counter(drawn(raw, f"{seed:064d}")[0]["leader"] for seed in range(60))
    assert set(leaders) == {"T1", "T2"} and min(leaders.values()) > 15


def test_who_sits_already_stays_and_leads_and_is_not_drawn_again() -> None:
    seated = [{"expert": "T000", "kind": "technical", "leader": True}]
    (made,) = drawn(frozen(experts(5, 1), [panel("G1", ["F1"], 3, 1, seated=seated)]))
    assert made == {
        "id": "G1", "technical": made["technical"], "financial": ["F000"], "leader": "T000",
    } and "T000" not in made["technical"] and len(made["technical"]) == 3  # fmt: skip


def test_where_the_leader_left_one_who_sits_there_may_become_it_in_a_whole_panel_but_not_for_some_files() -> None:
    seated = [{"expert": f"T00{n}", "kind": "technical", "leader": False} for n in range(3)]
    people = [*experts(0, 1), *(expert(f"T00{n}") for n in range(3)), expert("T009", level="middle")]
    whole = frozen(people, [panel("G1", ["F1"], 1, 1, seated=seated)])
    some = frozen(people, [panel("G1", ["F1"], 1, 1, seated=seated, lead="drawn")])
    assert drawn(whole)[0]["leader"] in {"T000", "T001", "T002"}
    assert drawn(some)[0]["leader"] == "T009"


def test_a_load_is_kept_in_files_whichever_groups_an_expert_gets() -> None:
    people = [*experts(8, 0, load=30), *(expert(f"F{n}", "financial", load=50) for n in range(2))]
    panels = [panel("G1", [f"A{n:02d}" for n in range(30)]), panel("G2", [f"B{n:02d}" for n in range(20)])]
    made = drawn(frozen(people, panels))
    assert not set(made[0]["technical"]) & set(made[1]["technical"])
    with pytest.raises(solving.Impossible):
        drawn(frozen([one if one["kind"] == "technical" else {**one, "load": 19} for one in people], panels))


def test_two_groups_fit_one_expert_exactly_when_both_fit_the_load() -> None:
    sizes, loads = np.array([30, 20]), np.array([50, 49, 29])
    allowed = sizes[:, None] <= loads[None, :]
    assert solving.room(allowed, sizes, loads).tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("fields", "reach", "may"),
    [
        (("803",), "second", True), (("101", "803"), "second", True), (("80",), "second", True),
        (("804",), "second", False), (("804",), "first", True), (("101",), "first", False), (("101",), "any", True),
        ((), "second", False), ((), "any", True),
    ],
)  # fmt: skip
def test_who_is_near_enough(fields: tuple[str, ...], reach: str, may: bool) -> None:
    people = [expert("F1", "financial"), *(expert(f"T{n}", fields=fields) for n in range(4))]
    raw = frozen(people, [panel("G1", ["A"])], reach=reach)
    assert explaining.explain(model.load(raw)).possible is may


def test_fit_zero_is_blind_to_fit_and_full_fit_takes_the_best() -> None:
    people = [expert("F1", "financial"), *(expert(f"M{n}") for n in range(4))]
    people += [expert(f"W{n}", fields=("80",)) for n in range(4)]
    plain, best = frozen(people, [panel("G1", ["A"])]), frozen(people, [panel("G1", ["A"])], fit=100)
    taken = Counter(who[0] for seed in range(100) for who in drawn(plain, f"{seed:064d}")[0]["technical"])
    assert 150 < taken["W"] < 250
    assert all(drawn(best, f"{seed:064d}")[0]["technical"] == ["M0", "M1", "M2", "M3"] for seed in range(20))


def test_equals_are_drawn_equally_often_alone_and_in_pairs() -> None:
    raw = frozen(experts(8, 4), [panel("G1", ["A", "B"]), panel("G2", ["C"])], size=5)
    rounds, singles, pairs = 1400, Counter[str](), Counter[tuple[str, str]]()
    places = Counter[tuple[str, str]]()
    for seed in range(rounds):
        for made in drawn(raw, f"{seed:064d}"):
            singles.update(made["technical"])
            places.update((made["id"], one) for one in made["financial"])
            pairs.update(itertools.combinations(made["technical"], 2))
    # seven degrees of freedom of experts, 27 of pairs, 3 of financial ones in each panel; bounds of 1 in 100,000
    assert _chi(singles.values(), rounds * 2 * 4 / 8) < 35.0
    assert len(pairs) == 28 and _chi(pairs.values(), rounds * 2 * 6 / 28) < 71.0
    for name in ("G1", "G2"):
        assert _chi([places[name, f"F00{n}"] for n in range(4)], rounds / 4) < 26.0


def _chi(counts: Any, expected: float) -> float:
    return sum((count - expected) ** 2 / expected for count in counts)


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """Draws of all shapes: most can be made, some cannot."""
    pick = draw(st.randoms(use_true_random=False))
    codes = ["101", "102", "803", "804"]
    people = [
        expert(
            f"E{n:03d}", pick.choice(["technical", "technical", "technical", "financial"]),
            pick.sample([*codes, "80", "10"], pick.randint(0, 3)), level=pick.choice(model.LEVELS),
            load=pick.choice([0, 1, 3, 6, 60]), available=pick.random() < 0.9,
        )
        for n in range(draw(st.integers(8, 40)))
    ]  # fmt: skip
    panels, fields = [], {}
    for place in range(draw(st.integers(1, 6))):
        files = [f"P{place}F{n}" for n in range(draw(st.integers(1, 4)))]
        fields |= {file: pick.choice(codes) for file in files}
        there = pick.sample([one for one in people if one["kind"] == "technical"] or people[:1], 1)
        seated = [{"expert": one["id"], "kind": one["kind"], "leader": pick.random() < 0.5} for one in there]
        some = seated if pick.random() < 0.3 and there[0]["kind"] == "technical" else []
        panels.append(panel(f"P{place}", files, 3 - len(some), pick.randint(1, 2), seated=some))
    pairs = {(pick.choice(list(fields)), pick.choice(people)["id"]) for _n in range(draw(st.integers(0, 30)))}
    return frozen(
        people, panels, fields=fields, forbidden=sorted(pairs), size=4, technical=3, reach=pick.choice(model.REACHES),
        fit=pick.choice([0, 30, 100]), fair=pick.choice([0, 3]),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(inputs(), st.integers(0, 10**6))
def test_no_recusal_is_broken_and_the_composition_is_kept_or_the_rule_that_blocks_is_named(
    raw: dict[str, Any], seed: int
) -> None:
    read = model.load(raw)
    told = explaining.explain(read)
    if not told.possible:
        with pytest.raises(solving.Impossible) as impossible:
            solving.solve(read, f"{seed:064d}")
        assert impossible.value.kind in {one.kind for one in told.blocked}
        return
    made = solving.solve(read, f"{seed:064d}")
    assert made == solving.solve(read, f"{seed:064d}")
    _hold(read, made)


def _hold(read: model.Input, made: list[dict[str, Any]]) -> None:
    spent = Counter[str]()
    for one, row in zip(read.panels, made, strict=True):
        new = [*row["technical"], *row["financial"]]
        spent.update({who: len(one.files) for who in new})
        assert len(set(new)) == len(new) and not set(new) & {each.expert for each in one.seated}
        assert (len(row["technical"]), len(row["financial"])) == (one.technical, one.financial)
        assert all(read.expert(who).kind == "technical" for who in row["technical"])
        assert all(read.expert(who).kind == "financial" for who in row["financial"])
        assert all(read.expert(who).available for who in new)
        assert not [(file, who) for file in one.files for who in new if (file, who) in read.forbidden]
        assert read.expert(row["leader"]).kind == "technical"
    assert all(files <= read.expert(who).load for who, files in spent.items())


@settings(max_examples=60, deadline=None)
@given(inputs())
def test_every_change_that_is_named_helps_and_a_smaller_one_does_not(raw: dict[str, Any]) -> None:
    read = model.load(raw)
    told = explaining.explain(read)
    for change in told.changes:
        changed = solving.market(explaining.apply(read, change), change.kind)
        assert explaining.possible(changed)
        if change.by:
            less = explaining.Change(change.kind, change.sort, change.by - 1, change.to)
            assert not explaining.possible(solving.market(explaining.apply(read, less), change.kind))
    assert {one.kind for one in told.blocked} == {one.kind for one in told.changes} or not told.blocked


def test_the_rule_that_takes_the_last_expert_is_the_one_that_blocks() -> None:
    one = panel("G1", ["A"])
    few = model.load(frozen(experts(3, 1), [one]))
    far = model.load(frozen([*experts(3, 1), expert("T9", fields=("101",))], [one]))
    tied = model.load(frozen(experts(4, 1), [one], forbidden=[("A", "T000")]))
    full = model.load(frozen(experts(4, 1, load=0), [one]))
    told = [explaining.explain(read).blocked[0] for read in (few, far, tied, full)]
    assert [each.rule for each in told] == ["register", "field", "recusal", "load"]
    assert told[2].left == {"register": 4, "field": 4, "recusal": 3, "load": 3} and told[2].fields == ("803",)


def test_groups_that_cannot_be_filled_together_are_named_together() -> None:
    panels = [panel("G1", ["A"]), panel("G2", ["B"]), panel("G3", ["C"])]
    people = [*experts(7, 9, load=1), *(expert(f"U00{n}", fields=("101",), load=1) for n in range(5))]
    told = explaining.explain(model.load(frozen(people, panels, fields={"C": "101"})))
    (blocked,) = told.blocked
    assert (blocked.rule, blocked.panels, blocked.wanted, blocked.left) == ("together", ("G1", "G2"), 8, {"there": 7})
    assert [(one.sort, one.by) for one in told.changes] == [("more_load", 1), ("more_experts", 1)] or told.changes


def test_an_impossible_kind_is_said_and_a_possible_one_is_not() -> None:
    told = explaining.explain(model.load(frozen(experts(9, 0), [panel("G1", ["A"])])))
    assert {one.kind for one in told.blocked} == {"financial"}
    assert [(one.sort, one.by) for one in told.changes] == [("more_experts", 1)]
    assert told.plain()["seats"] == {"technical": 4, "financial": 1}


def test_pruned_pairs_hold_the_rules_and_come_near_the_whole_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [expert(f"T{n:03d}", fields=(f"80{n % 9 + 1}",), load=9) for n in range(120)]
    panels = [panel(f"P{n:03d}", [f"F{n:03d}"], 4, 0) for n in range(60)]
    fields = {f"F{n:03d}": f"80{n % 9 + 1}" for n in range(60)}
    raw = frozen(
        people, panels, fields=fields, size=4, technical=4, financial=0, financial_least=0, fit=90, reach="any"
    )
    read = model.load(raw)
    monkeypatch.setattr(solving, "PAIRS", 100)
    monkeypatch.setattr(solving, "KEPT", 4)
    made = solving.solve(read, SEED)
    _hold(read, made)
    fit = solving.fits(read, "technical")
    names = [one.id for one in read.of_kind("technical")]
    assert np.mean([fit[row, names.index(who)] for row, one in enumerate(made) for who in one["technical"]]) > 900


def test_tickets_in_bulk_are_the_tickets_one_by_one() -> None:
    pairs = [("P1", "E1"), ("P1", "E2"), ("P2", "E1")]
    chance = solving.Chance(SEED, ["P1", "P2"], ["E1", "E2"])
    bulk = chance.of(np.array([0, 0, 1]), np.array([0, 1, 0])).tolist()
    assert bulk == [seeding.ticket(SEED, *pair) for pair in pairs]


def test_fairness_lifts_the_worst_served_panel() -> None:
    pick = np.random.default_rng(3)
    fit = (pick.random((80, 30)) * pick.random((80, 1)) * 1000).astype(np.int16)
    given = solving.Market(fit, np.ones(fit.shape, np.bool_), np.full(80, 5, np.int64), np.full(30, 14, np.int64))
    chance = solving.Chance(SEED, [f"P{n}" for n in range(80)], [f"T{n}" for n in range(30)])

    def worst(rounds: int) -> int:
        found = solving.allocate(given, 100, rounds, chance)
        assert found is not None
        return int(np.bincount(found[0], fit[found], 80).min())

    assert worst(8) > worst(0) * 1.05
