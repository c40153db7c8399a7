"""What was found on the spot, read as values of facts; where facts are looked at."""

from __future__ import annotations

import pytest

from tidui.codes.faults import BadValue
from tidui.facts import catalogue
from tidui.review import checklist, visiting
from tidui.review.photos import sealed_stages
from tidui.rules.values import NONE


def test_amounts_are_found_in_ten_thousands_and_counts_as_they_are() -> None:
    assert visiting.found_value("sales_revenue", "1,250.5") == 1_250_5000_00
    assert visiting.found_value("sales_revenue", "800元") == 800_00
    assert visiting.found_value("st_staff", " 30 ") == 30
    assert visiting.found_value("sound_accounts", "false") is False


@pytest.mark.parametrize("text", ["", "三十来个", "-4", "说不清"])
def test_what_is_no_value_of_a_fact_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(BadValue):
        visiting.found_value("st_staff", text)


def test_nothing_is_found_only_where_a_fact_can_be_none() -> None:
    known = catalogue.load()
    can = next(name for name in known if known[name].can_be_none)
    assert visiting.found_value(can, "无") is NONE
    with pytest.raises(BadValue):
        visiting.found_value("st_staff", "无")


def test_every_fact_has_a_section_and_amounts_are_looked_at_in_the_accounts() -> None:
    assert {checklist.section_of(name) for name in catalogue.load()} <= set(checklist.SECTIONS)
    assert (checklist.section_of("net_assets"), checklist.section_of("rd_expense")) == ("accounts", "rd")


def test_what_was_found_is_sealed_from_the_visit_until_the_public_notice() -> None:
    assert {"visit", "meeting"} <= sealed_stages() and not {"notice", "application", "review"} & sealed_stages()
