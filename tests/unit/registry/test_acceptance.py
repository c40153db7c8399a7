"""What becomes of a filed value, rule by rule."""

from __future__ import annotations

import pytest

from tidui.registry import acceptance
from tidui.registry.acceptance import Filer, SectionState
from tidui.rules.values import NONE

OWN = Filer("self", 1)
AGENCY = Filer("agency", 2)
TAX = Filer("tax", 3)
RECOGNITION = Filer("recognition", 9)
TAKEOVER = Filer("takeover", 9)


@pytest.fixture
def state() -> SectionState:
    """A file in which the enterprise has said that it has 40 employees (return 1)."""
    state = SectionState()
    acceptance.file(state, 1, OWN, {"employees": 40})
    return state


def test_where_nothing_is_accepted_a_filed_value_is(state: SectionState) -> None:
    outcome = acceptance.file(state, 2, AGENCY, {"st_staff": 12})
    assert (outcome.accepted, outcome.opened) == (["st_staff"], [])
    assert (state.values, state.provenance) == ({"employees": 40, "st_staff": 12}, {"employees": 1, "st_staff": 2})


def test_who_filed_a_value_may_correct_it(state: SectionState) -> None:
    outcome = acceptance.file(state, 2, OWN, {"employees": 41})
    assert (outcome.accepted, state.values, state.provenance) == (["employees"], {"employees": 41}, {"employees": 2})


def test_after_verification_a_correction_is_a_difference(state: SectionState) -> None:
    acceptance.verify(state, 1, ["employees"], 5)
    outcome = acceptance.file(state, 2, OWN, {"employees": 41})
    assert (outcome.accepted, outcome.opened, outcome.against) == ([], ["employees"], {"employees": 1})
    assert state.values == {"employees": 40}


def test_somebody_else_who_says_otherwise_makes_a_difference(state: SectionState) -> None:
    outcome = acceptance.file(state, 2, AGENCY, {"employees": 38})
    assert (outcome.opened, state.values["employees"]) == (["employees"], 40)


def test_somebody_else_who_says_the_same_agrees(state: SectionState) -> None:
    outcome = acceptance.file(state, 2, AGENCY, {"employees": 40})
    assert (outcome.agreed, outcome.opened, state.provenance) == (["employees"], [], {"employees": 1})


def test_saying_otherwise_again_keeps_the_first_difference(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    outcome = acceptance.file(state, 3, AGENCY, {"employees": 38, "st_staff": 9})
    assert (outcome.opened, outcome.lapsed, outcome.accepted) == ([], [], ["st_staff"])
    assert [offer.filed for offer in state.open.values()] == [2]


def test_another_value_replaces_the_difference(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    outcome = acceptance.file(state, 3, AGENCY, {"employees": 39})
    assert ([offer.filed for offer in outcome.lapsed], outcome.opened) == ([2], ["employees"])


def test_a_correction_to_what_others_offer_ends_their_difference(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    outcome = acceptance.file(state, 3, OWN, {"employees": 38})
    assert ([offer.filed for offer in outcome.lapsed], state.open, state.values) == ([2], {}, {"employees": 38})


def test_a_correction_that_others_still_dispute_is_what_their_difference_is_against(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    outcome = acceptance.file(state, 3, OWN, {"employees": 41})
    assert (outcome.moved, outcome.lapsed) == (["employees"], [])


def test_what_is_taken_back_is_not_known_any_more(state: SectionState) -> None:
    outcome = acceptance.file(state, 2, OWN, {"employees": None})
    assert (outcome.taken_back, state.values, state.provenance) == (["employees"], {}, {})


def test_nobody_takes_back_what_another_said(state: SectionState) -> None:
    outcome = acceptance.file(state, 2, AGENCY, {"employees": None})
    assert (outcome.taken_back, state.values) == ([], {"employees": 40})


def test_a_verified_value_is_not_taken_back(state: SectionState) -> None:
    acceptance.verify(state, 1, ["employees"], 5)
    outcome = acceptance.file(state, 2, OWN, {"employees": None})
    assert (outcome.taken_back, state.values) == ([], {"employees": 40})


def test_none_is_a_value_like_another() -> None:
    state = SectionState()
    acceptance.file(state, 1, OWN, {"field": NONE})
    assert acceptance.file(state, 2, AGENCY, {"field": "101"}).opened == ["field"]


def test_an_accepted_difference_brings_its_verification_along(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    acceptance.verify(state, 2, ["employees"], 7)
    assert state.verified == {}
    acceptance.settle(state, "employees", 2, accept=True)
    assert (state.values, state.provenance, state.verified) == ({"employees": 38}, {"employees": 2}, {"employees": 7})


def test_an_accepted_difference_is_no_longer_verified_by_who_verified_the_old_value(state: SectionState) -> None:
    acceptance.verify(state, 1, ["employees"], 5)
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    acceptance.settle(state, "employees", 2, accept=True)
    assert state.verified == {}


def test_a_value_that_was_set_aside_is_not_offered_again(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    acceptance.settle(state, "employees", 2, accept=False)
    assert acceptance.file(state, 3, AGENCY, {"employees": 38, "st_staff": 9}).opened == []
    assert acceptance.file(state, 4, TAX, {"employees": 38}).opened == ["employees"]


def test_settling_for_one_ends_the_others_who_say_the_same(state: SectionState) -> None:
    acceptance.file(state, 2, AGENCY, {"employees": 38})
    acceptance.file(state, 3, TAX, {"employees": 38})
    lapsed = acceptance.settle(state, "employees", 2, accept=True)
    assert ([offer.filed for offer in lapsed], state.open) == ([3], {})


def test_settling_what_is_not_open_is_refused(state: SectionState) -> None:
    with pytest.raises(KeyError):
        acceptance.settle(state, "employees", 2, accept=True)


def test_recognition_decides_statuses_and_takeover_does_not() -> None:
    state = SectionState()
    acceptance.file(state, 1, TAKEOVER, {"hte_revoked_on": NONE})
    assert acceptance.file(state, 2, RECOGNITION, {"hte_revoked_on": "2024-01-01"}).accepted == ["hte_revoked_on"]
    assert acceptance.file(state, 3, TAKEOVER, {"hte_revoked_on": NONE}).opened == ["hte_revoked_on"]


def test_recognition_does_not_decide_what_is_no_status(state: SectionState) -> None:
    assert acceptance.file(state, 2, RECOGNITION, {"employees": 38}).opened == ["employees"]


def test_a_filer_who_says_the_same_again_says_nothing_new(state: SectionState) -> None:
    assert acceptance.says_nothing_new(state, OWN, {"employees": 40})
    assert not acceptance.says_nothing_new(state, OWN, {"employees": 41})
    assert not acceptance.says_nothing_new(state, AGENCY, {"employees": 40})


def test_a_value_that_comes_back_is_new(state: SectionState) -> None:
    acceptance.file(state, 2, OWN, {"employees": 41})
    assert not acceptance.says_nothing_new(state, OWN, {"employees": 40})
