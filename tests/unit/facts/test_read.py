"""Reading FACTS files."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.facts.faults import Faults
from tidui.facts.read import collect, from_mapping, read_facts
from tidui.rules.values import NONE

YAML = """
enterprise:
  name: 甘肃示例科技有限公司
  established_on: 2018-05-04
  industry: 3571
  division: 城关区
  listed: no
  field: ""
  resident:
  major_incidents: []
  rewards_paid:
    - {kind: first, on: 2021-01-05, amount: 200000}
years:
  2020: {sales_revenue: 32000000.10, 职工总数: 7.333333333333333}
  2021年:
    销售收入(万元): 3200.5
    employees: 22/3
expert: {core_support: 6.5}
tax_years: {2021: {losses: [{year: 2019, amount: 12.5}]}}
carrier_years:
"""


def faults_of(content: object) -> list[str]:
    with pytest.raises(Faults) as refused:
        from_mapping(content)
    return [str(fault) for fault in refused.value.faults]


def test_a_yaml_file_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "firm.yaml"
    path.write_text(YAML, encoding="utf-8")
    facts = read_facts(path)
    assert dict(facts.values) == {
        ("name", None): "甘肃示例科技有限公司",
        ("established_on", None): dt.date(2018, 5, 4),
        ("industry", None): "C3571",
        ("division", None): "620102",
        ("listed", None): False,
        ("field", None): NONE,
        ("major_incidents", None): NONE,
        ("rewards_paid", None): ((("amount", 20_000_000), ("kind", "first"), ("on", dt.date(2021, 1, 5))),),
        ("sales_revenue", 2020): 3_200_000_010,
        ("employees", 2020): Fraction(22, 3),
        ("sales_revenue", 2021): 3_200_500_000,
        ("employees", 2021): Fraction(22, 3),
        ("core_support", None): Fraction(13, 2),
        ("losses", 2021): ((("amount", 1250), ("year", 2019)),),
    }
    assert facts.warnings == ()


def test_the_same_facts_in_json_are_equal(tmp_path: Path) -> None:
    (tmp_path / "firm.yaml").write_text(YAML, encoding="utf-8")
    facts = read_facts(tmp_path / "firm.yaml")
    (tmp_path / "firm.json").write_text(json.dumps(facts.to_mapping()), encoding="utf-8")
    assert read_facts(str(tmp_path / "firm.json")) == facts


def test_every_fault_is_told_with_its_place_and_what_to_write_instead(tmp_path: Path) -> None:
    path = tmp_path / "firm.yaml"
    path.write_text(
        """
enterprise: {industy: C35, industry: D35, uscc: 91330100799655058C, listed: maybe, employees: 5, name: ""}
years:
  2022: {employees: -3, sales_revenue: 1234.565, sales_revenues: 5, 职工总数: 4, st_staff(元): 3}
  employees: 5
  1948: {employees: 5}
  2021: 7
  2020: {sales_revenue: "", conversions: 2.5}
yeras: {}
employees: 3
expert: 5
""",
        encoding="utf-8",
    )
    with pytest.raises(Faults) as refused:
        read_facts(path)
    assert [(fault.place, fault.message, fault.instead) for fault in refused.value.faults] == [
        ("enterprise.industy", "is not a fact", "did you mean industry?"),
        (
            "enterprise.industry",
            "国民经济行业代码 D35 has the division 35 under D; it belongs to section C 制造业",
            "write the letter and two to four digits of GB/T 4754-2017",
        ),
        (
            "enterprise.uscc",
            "统一社会信用代码 91330100799655058C has the check character C; its first 17 characters ask for B",
            "write the 18 characters as on the business licence",
        ),
        ("enterprise.listed", "上市公司 maybe is neither yes nor no", "write 是 or 否 (true or false)"),
        ("enterprise.employees", "does not stand in enterprise", "write it under years.<year>"),
        ("enterprise.name", "企业名称 cannot be none", "leave it out if it is not known"),
        ("years.2022.employees", "职工总数 -3 is negative", "write at least 0"),
        (
            "years.2022.sales_revenue",
            "销售收入 1234.565 is not a whole number of fen",
            "write yuan with two decimals, such as 1234.57",
        ),
        ("years.2022.sales_revenues", "is not a fact", "did you mean sales_revenue?"),
        ("years.2022.职工总数", "is employees, which is given before", "write it once"),
        ("years.2022.st_staff(元)", "has the unit 元, but is not money", "write st_staff"),
        ("years.employees", "is not a year", "write the year between: years: {2022: {employees: …}}"),
        ("years.1948", "is not a year", "write a year from 1949 to 2100, such as 2022"),
        ("years.2021", "has no facts", "write names and values below it"),
        (
            "years.2020.sales_revenue",
            "销售收入 cannot be none",
            "write 0 if it is zero, leave it out if it is not known",
        ),
        ("years.2020.conversions", "科技成果转化数 2.5 is not a whole number", "write a whole number"),
        ("yeras", "is not a section", "did you mean years?"),
        ("employees", "is not a section", "write it under years.<year>"),
        ("expert", "has no facts", "write names and values below it"),
    ]


@pytest.mark.parametrize("content", [None, [], "x", 5])
def test_what_has_no_sections_is_refused(content: object) -> None:
    expected = "has no sections; write the sections enterprise, years, expert, tax_years, carrier_years"
    assert faults_of(content) == [expected]


@pytest.mark.parametrize(
    ("year", "fits"), [(1948, False), (1949, True), (2100, True), (2101, False), (True, False), (2022.0, False)]
)
def test_years_are_from_1949_to_2100(year: object, fits: bool) -> None:
    found, faults = collect({"years": {year: {"employees": 5}}})
    assert (len(found), len(faults)) == ((1, 0) if fits else (0, 1))


def test_one_year_in_two_spellings_is_a_fault() -> None:
    said = faults_of({"years": {2022: {"employees": 5}, "2022年": {"employees": 6}}})
    assert said == ["years.2022年: is the year 2022, which is given before; write every year once"]


def test_nothing_at_all_is_a_set_of_which_all_is_unknown() -> None:
    assert len(from_mapping({})) == 0
    assert len(from_mapping({"enterprise": None, "years": {2022: None}})) == 0


def test_values_of_a_program_are_taken_as_they_are() -> None:
    facts = from_mapping({"enterprise": {"established_on": dt.date(2018, 5, 4), "listed": False, "field": []}})
    assert facts.get("established_on") == dt.date(2018, 5, 4)
    assert facts.get("listed") is False
    assert facts.get("field") is NONE


def test_facts_that_disagree_are_faults() -> None:
    said = faults_of({"years": {2022: {"employees": 5, "st_staff": 6}}})
    assert said == ["years.2022.st_staff: 科技人员数 6 is more than 职工总数 5; correct st_staff or employees"]


def test_a_warning_is_no_fault() -> None:
    facts = from_mapping({"years": {2021: {"sales_revenue": 32_000_000}, 2022: {"sales_revenue": 3200}}})
    assert [(fault.place, fault.level) for fault in facts.warnings] == [("years.2022.sales_revenue", "warning")]


names = st.sampled_from(["enterprise", "years", "expert", "2022", "employees", "losses", "uscc", "销售收入(万元)", "x"])
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates())
trees: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names | st.integers() | st.booleans(), inner, max_size=5)
    ),
    max_leaves=15,
)


@given(trees)
def test_anything_is_facts_or_faults_with_advice(content: object) -> None:
    try:
        facts = from_mapping(content)
        again = from_mapping(facts.to_mapping())
        advice = [""]
    except Faults as faults:
        facts = again = from_mapping({})
        advice = [fault.instead or "" for fault in faults.faults]
        assert all(advice)
    assert facts == again
    assert advice
