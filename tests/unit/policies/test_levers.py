"""The file of levers: what is shipped, what a user changes, and what is refused with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tidui.facts import catalogue
from tidui.policies import levers
from tidui.rules.errors import PolicyError
from tidui.rules.levers import Change, Limit

COURSE = """
- id: course
  label: {zh: 培训, en: course}
  unit: {zh: 人, en: people}
  changes: [{fact: st_staff, per_unit: 1}]
  limits: [{fact: st_staff, at_most: employees}]
  cost_yuan: "1/3"
  lead_days: 20
  max: 10
  step: 2
"""


def read(tmp_path: Path, text: str) -> levers.Levers:
    """The levers with this file of the user's."""
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return levers.load(file)


def refused(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a file of the user's."""
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, text)
    return [f"{problem.line}: {problem.rule}: {problem.message}" for problem in caught.value.problems]


def test_every_shipped_lever_is_a_house_default_and_raises_facts_only() -> None:
    shipped = levers.load()
    assert len({lever.id for lever in shipped}) == len(shipped) > 10
    for lever in shipped:
        assert lever.house_default is not None
        assert set(lever.house_default) == {"zh", "en"}
        assert set(lever.label) == {"zh", "en"}
        assert lever.steps > 0
        for change in lever.changes:
            kind = catalogue.load()[change.fact]
            assert not kind.status
            assert kind.yearly == (change.offset is not None)
            assert (kind.kind == "bool") == (change.per_unit is None)
            assert change.per_unit is None or change.per_unit > 0


def test_a_user_adds_a_lever(tmp_path: Path) -> None:
    added = read(tmp_path, COURSE)[-1]
    assert (added.id, added.cost, added.lead_days, added.maximum, added.step) == ("course", Fraction(1, 3), 20, 10, 2)
    assert added.changes == (Change("st_staff", 0, Fraction(1)),)
    assert added.limits == (Limit("st_staff", "employees", 0),)
    assert added.house_default is None
    assert read(tmp_path, COURSE)[:-1] == levers.load()


def test_a_user_changes_one_number_and_keeps_the_rest(tmp_path: Path) -> None:
    before = {lever.id: lever for lever in levers.load()}
    after = {lever.id: lever for lever in read(tmp_path, "- {id: st_hire, cost_yuan: 80000.5}\n")}
    assert after["st_hire"].cost == Fraction(160001, 2)
    assert after["st_hire"].changes == before["st_hire"].changes
    assert list(after) == list(before)


def test_a_user_takes_a_lever_away(tmp_path: Path) -> None:
    assert "st_hire" not in [lever.id for lever in read(tmp_path, "- {id: st_hire, remove: true}\n")]
    assert refused(tmp_path, "- {id: st_hired, remove: true}\n") == [
        "1: st_hired: there is no lever 'st_hired' to remove; did you mean st_hire?"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("per_unit: 1", "per_unit: -1", "st_staff: per_unit is a number above 0, since no lever lowers a fact"),
        ("per_unit: 1", "per_unit: 0", "st_staff: per_unit is a number above 0, since no lever lowers a fact"),
        ("fact: st_staff, per_unit: 1}]", "fact: st_stuff, per_unit: 1}]", "there is no fact 'st_stuff'; did you mean st_staff?"),
        ("st_staff, per_unit: 1", "core_ip, per_unit: 1", "core_ip is true or false; write set: true"),
        ("st_staff, per_unit: 1", "industry, per_unit: 1", "industry is of type code; levers move numbers, money and conditions"),
        ("st_staff, per_unit: 1", "ip_class1, per_unit: 0.5", "ip_class1 is a whole number, so per_unit is whole as well"),
        ("st_staff, per_unit: 1", "sales_revenue, per_unit: 0.001", "sales_revenue is money in whole fen; per_unit has at most two decimals"),
        ("st_staff, per_unit: 1", "sme_number, per_unit: 1", "sme_number is a status: recognition writes it, no lever moves it"),
        ("st_staff, per_unit: 1", "ip_class1, year_offset: 0, per_unit: 1", "ip_class1 is not given for a year; leave year_offset out"),
        ("per_unit: 1", "year_offset: 1, per_unit: 1", "st_staff: year_offset is 0 for the year assessed, -1 for the one before"),
        ("at_most: employees", "at_most: total_assets", "limits: st_staff and total_assets are not of one kind"),
        ("max: 10", "max: 2.5", "max: expected a whole number from 0 up, found Fraction(5, 2)"),
        ("lead_days: 20", "lead_days: soon", "lead_days: expected a whole number from 0 up, found 'soon'"),
        ('cost_yuan: "1/3"', "cost_yuan: -1", "cost_yuan: expected a number from 0 up, found -1"),
        ("label: {zh: 培训, en: course}", "label: {zh: 培训}", "label: expected {zh: …, en: …}"),
        ("  unit:", "  units:", "unknown key 'units'; did you mean unit?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_lever_is_said_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in COURSE
    text = COURSE.replace(old, new)
    if "limits" not in message and "st_staff" not in new and "fact:" in text:
        text = text.replace("  limits: [{fact: st_staff, at_most: employees}]\n", "")
    assert refused(tmp_path, text) == [f"2: course: {message}"]


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "course: {}\n") == ["1: : expected a list of levers"]
