"""The facts of one enterprise."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from tidui.facts import catalogue
from tidui.facts.factset import FactSet, plain
from tidui.facts.faults import Fault
from tidui.facts.read import from_mapping
from tidui.rules.values import NONE

KNOWN = catalogue.load()
FOUNDED = dt.date(2018, 5, 4)


def firm() -> FactSet:
    return FactSet(
        enterprise={"established_on": FOUNDED, "industry": "C3571", "field": NONE},
        years={2021: {"employees": Fraction(22, 3), "sales_revenue": 12345}},
        expert={"core_support": Fraction(13, 2)},
        tax_years={2021: {"losses": ((("amount", 100), ("year", 2019)),)}},
        carrier_years={2021: {"separate_books": True}},
    )


def test_what_is_given_is_answered_by_name_and_year() -> None:
    facts = firm()
    assert facts.get("industry", None) == "C3571"
    assert facts.get("field", None) is NONE
    assert facts.get("employees", 2021) == Fraction(22, 3)
    assert facts.get("core_support", None) == Fraction(13, 2)
    assert facts.get("separate_books", 2021) is True


def test_what_is_not_given_is_unknown() -> None:
    assert firm().get("listed", None) is None
    assert firm().get("employees", 2020) is None
    assert firm().get("employees", 2022) is None


@pytest.mark.parametrize(
    ("name", "year", "value"),
    [
        ("employees", 2017, NONE),
        ("employees", 2018, None),
        ("adjusted_income", 2017, NONE),
        ("adjusted_income", 2018, None),
        ("service_income", 2017, None),
    ],
)
def test_figures_before_the_founding_year_are_none_except_those_of_carriers(
    name: str, year: int, value: object
) -> None:
    assert firm().get(name, year) is value


def test_without_a_founding_date_no_year_is_before_it() -> None:
    assert firm().with_value("established_on", None, None).get("employees", 1950) is None


def test_a_changed_set_leaves_the_first_as_it_was() -> None:
    first = firm()
    second = first.with_value("established_on", None, dt.date(2021, 1, 1))
    assert second.get("employees", 2020) is NONE
    assert first.get("employees", 2020) is None
    third = second.with_values({("employees", 2021): None, ("listed", None): False})
    assert third.get("employees", 2021) is None
    assert third.get("listed", None) is False
    assert first == firm()
    assert first != second


def test_a_fact_in_the_wrong_place_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="industry stands in enterprise, not in years"):
        FactSet(years={2021: {"industry": "C35"}})
    with pytest.raises(ValueError, match="employees is given for a year"):
        firm().with_value("employees", None, 5)
    with pytest.raises(ValueError, match="industry is not given for a year"):
        firm().with_value("industry", 2021, "C35")
    with pytest.raises(KeyError):
        firm().with_value("nothing", None, 5)


def test_the_values_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        firm().values["industry", None] = "C36"  # type: ignore[index]


def test_unknown_names_the_paths_that_are_not_known() -> None:
    facts = firm()
    missing = facts.unknown()
    assert "enterprise.listed" in missing
    assert not {"enterprise.industry", "enterprise.field"} & set(missing)
    assert len(missing) == 45 - 3 + 12 - 1
    assert len(facts.unknown(2021)) == 22 - 2 + 25 - 1 + 13 - 1
    assert facts.unknown(2017) == tuple(f"carrier_years.2017.{name}" for name in KNOWN.sections["carrier_years"])


def test_the_years_and_the_number_of_facts() -> None:
    assert firm().given_years == (2021,)
    assert len(firm()) == 8
    assert ("employees", 2021) in list(firm())


def test_warnings_are_kept_but_make_no_difference() -> None:
    warned = FactSet.of(firm().values, [Fault("x", "y", level="warning")])
    assert warned == firm()
    assert hash(warned) == hash(firm())
    assert warned.with_value("listed", None, True).warnings == warned.warnings


def test_what_is_written_as_plain_values_is_read_again() -> None:
    mapping = firm().to_mapping()
    assert mapping == {
        "enterprise": {"established_on": "2018-05-04", "industry": "C3571", "field": ""},
        "years": {"2021": {"employees": "22/3", "sales_revenue": "123.45"}},
        "expert": {"core_support": "13/2"},
        "tax_years": {"2021": {"losses": [{"amount": "1.00", "year": 2019}]}},
        "carrier_years": {"2021": {"separate_books": True}},
    }
    assert from_mapping(mapping) == firm()


def test_none_is_written_as_the_kind_of_the_fact_needs() -> None:
    assert plain(KNOWN["losses"], NONE) == []
    assert plain(KNOWN["major_incidents"], NONE) == []
    assert plain(KNOWN["field"], NONE) == ""
    assert plain(KNOWN["field"], None) is None
    assert plain(KNOWN["major_incidents"], (FOUNDED,)) == ["2018-05-04"]
