"""The model beside the means: it finds a strict expert, says what would change, and knows what it cannot compare."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidui.review.calibrating import LEAST_FILES, calibrate, plain_means


def simulated(seed: int, bias: dict[int, float], *, files: int = 120, panel: int = 5, outliers: int = 0) -> list:
    """Marks of files by a panel drawn from twelve experts, one of whom may add something to each."""
    chance = random.Random(seed)
    rows = []
    for file in range(files):
        worth = chance.gauss(60, 8)
        for expert in chance.sample(range(12), panel):
            rows.append((file, expert, "technical", round(worth + bias.get(expert, 0.0) + chance.gauss(0, 2))))
    for place in range(outliers):
        file, expert, kind, total = rows[place * 7]
        rows[place * 7] = (file, expert, kind, total - 35)
    return rows


def test_a_strict_and_a_lenient_expert_are_found_with_intervals_that_hold_the_truth() -> None:
    found = {one.expert: one for one in calibrate(simulated(1, {3: -8.0, 7: 5.0}), 70).effects}
    mean = (-8.0 + 5.0) / 12
    for expert, bias in ((3, -8.0), (7, 5.0), (0, 0.0)):
        one = found[expert]
        assert one.low is not None and one.high is not None
        assert one.low < bias - mean < one.high and one.high - one.low < 3
    assert found[3].clear and found[7].clear and found[3].effect < -6 and found[7].effect > 4


def test_single_wild_marks_do_not_make_an_expert_strict() -> None:
    clean = {one.expert: one.effect for one in calibrate(simulated(2, {}), 70).effects}
    wild = {one.expert: one.effect for one in calibrate(simulated(2, {}, outliers=20), 70).effects}
    assert max(abs(wild[one] - clean[one]) for one in clean) < 1.0


def test_a_file_that_only_a_strict_panel_marked_would_pass_and_is_named_while_its_mean_stays() -> None:
    rows = [(file, expert, "technical", 72) for file in range(30) for expert in range(4)]
    rows = [(file, expert, kind, total - (10 if expert == 3 else 0)) for file, expert, kind, total in rows]
    rows += [("last", 3, "technical", 62), ("last", 2, "technical", 72)]
    found = calibrate(rows, 68)
    assert found.means["last"] == Fraction(67)
    (flip,) = found.flips
    assert flip.file == "last" and flip.recommended and flip.calibrated == pytest.approx(69.5, abs=0.1)
    assert found.means == plain_means(rows)


def test_the_official_mean_is_shifted_and_never_replaced() -> None:
    rows = simulated(3, {3: -8.0})
    official = {file: Fraction(70) for file in range(120)}
    found = calibrate(rows, 70, official=official)
    assert found.means == official
    plain = calibrate(rows, 70)
    for file in range(120):
        assert found.calibrated[file] - 70 == pytest.approx(plain.calibrated[file] - float(plain.means[file]))


def test_the_line_itself_is_reached_or_not_as_the_scheme_says() -> None:
    rows = [(1, 1, "technical", 70), (1, 2, "technical", 70), (2, 1, "technical", 60), (2, 2, "technical", 60)]
    assert calibrate(rows, 70, over=True).flips == () and calibrate(rows, 70, over=False).flips == ()


def test_panels_without_a_common_expert_are_apart_and_not_compared() -> None:
    rows = [(("a", n), expert, "technical", 70) for n in range(5) for expert in (1, 2)]
    rows += [(("b", n), expert, "technical", 50) for n in range(5) for expert in (3, 4)]
    found = calibrate(rows, 60)
    assert found.warnings == ("apart:technical",)
    assert sorted((one.experts, one.files) for one in found.components) == [((1, 2), 5), ((3, 4), 5)]
    assert all(abs(one.effect) < 1e-9 for one in found.effects) and found.flips == ()


def test_one_common_expert_links_two_panels() -> None:
    rows = [(("a", n), expert, "technical", 70) for n in range(5) for expert in (1, 2)]
    rows += [(("b", n), expert, "technical", 60) for n in range(5) for expert in (2, 3)]
    found = calibrate(rows, 60)
    assert found.warnings == () and len(found.components) == 1


def test_technical_and_financial_experts_are_modelled_apart() -> None:
    rows = simulated(4, {3: -8.0}) + [(file, 100 + file % 3, "financial", 15) for file in range(120)]
    found = calibrate(rows, 70)
    assert {one.kind for one in found.effects if one.expert >= 100} == {"financial"}
    assert "apart:financial" in found.warnings  # one each: nobody stands beside them
    alone = next(one for one in found.effects if one.expert == 100)
    assert (alone.effect, alone.low, alone.high) == (0, None, None) and not alone.clear


def test_with_very_few_files_no_interval_is_claimed() -> None:
    rows = [*simulated(5, {}), (0, 99, "technical", 40)]
    few = next(one for one in calibrate(rows, 70).effects if one.expert == 99)
    assert few.files < LEAST_FILES and few.low is None and not few.clear


def test_nothing_gives_nothing() -> None:
    found = calibrate([], 70)
    assert (found.effects, found.flips, found.components, dict(found.means)) == ((), (), (), {})


@settings(max_examples=40)
@given(st.data())
def test_the_order_of_the_marks_does_not_matter_and_agreeing_panels_change_nothing(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    worth = data.draw(st.lists(st.integers(0, 80), min_size=count, max_size=count))
    seats = data.draw(st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=5), min_size=count, max_size=count))
    rows = [(file, expert, "technical", worth[file]) for file in range(count) for expert in sorted(seats[file])]
    shuffled = data.draw(st.permutations(rows))
    found, again = calibrate(rows, 40), calibrate(shuffled, 40)
    assert found == again
    assert found.flips == () and all(abs(one.effect) < 1e-6 for one in found.effects)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_effects_add_to_nothing_within_each_component(seed: int) -> None:
    found = calibrate(simulated(seed, {1: 4.0}, files=12, panel=3), 60)
    for number in {one.component for one in found.effects}:
        mine = [one for one in found.effects if one.component == number]
        assert abs(sum(one.effect * one.files for one in mine)) < 1e-6
