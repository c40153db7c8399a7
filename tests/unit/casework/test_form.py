"""The texts of a form: which fields there are, what they mean, what is wrong with them, how two writers are merged."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from tidui.casework import form, writing
from tidui.casework.programme import Asked, Form, Programme, Question, programme
from tidui.kit.lang import Pair
from tidui.rules.values import NONE

TECH_SME = programme("tech-sme")


def texts(**typed: str) -> dict[str, str]:
    """A form of 2025 with these texts; `__` stands for a dot."""
    return dict.fromkeys(writing.fields_of(TECH_SME, 2025), "") | {name.replace("__", "."): text for name, text in typed.items()}


def test_fields_carry_the_year_that_they_are_of_and_a_second_one_for_none() -> None:
    names = writing.fields_of(TECH_SME, 2025)
    assert {"established_on", "employees.2025", "major_incidents", "major_incidents.none", "q.contact", "agency"} <= set(names)
    assert len(names) == len(set(names)) and "employees" not in names


def test_facts_of_years_before_are_asked_for_by_how_far_back_they_are() -> None:
    older = Asked(Pair("前年", "before"), ("sales_revenue",), back=1)
    made = Programme(
        name="of-two-years", title=Pair("两年", "two"), lead=Pair("", ""), policy="cn/tech-sme", prefix="XX", stages=(),
        form=Form("1", (Asked(Pair("上年", "last"), ("sales_revenue",), back=0), older)),
    )  # fmt: skip
    assert writing.fields_of(made, 2025) == ("sales_revenue.2025", "sales_revenue.2024")


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("employees.2025", ("employees", 2025)), ("resident", ("resident", None)), ("resident.none", ("resident", None)),
        ("employees", None), ("resident.2025", None), ("employees.x", None), ("q.contact", None), ("nothing.2025", None),
    ],
)  # fmt: skip
def test_a_field_names_its_fact_and_year(field: str, key: object) -> None:
    assert writing.key_of(field) == key


def test_texts_are_read_exactly_in_the_unit_of_the_page() -> None:
    typed = texts(established_on="2015年5月20日", employees__2025="22/3", sales_revenue__2025="1,234.56", resident="true")
    found = form.read(TECH_SME, typed, 2025, "万元")
    assert found.faults == {}
    assert found.stated["established_on", None] == dt.date(2015, 5, 20)
    assert found.stated["sales_revenue", 2025] == 1_234_560_000
    assert found.stated["resident", None] is True and found.stated["st_staff", 2025] is None


def test_none_is_said_by_its_own_field_and_not_together_with_a_value() -> None:
    found = form.read(TECH_SME, texts(major_incidents__none="on"), 2025, "元")
    assert found.stated["major_incidents", None] is NONE
    found = form.read(TECH_SME, texts(major_incidents="2024-01-02", major_incidents__none="on"), 2025, "元")
    assert set(found.faults) == {"major_incidents"} and ("major_incidents", None) not in found.stated


def test_what_a_register_gives_is_not_stated() -> None:
    found = form.read(TECH_SME, texts(ip_class1="7"), 2025, "元", without=("ip_class1",))
    assert ("ip_class1", None) not in found.stated and ("ip_class2", None) in found.stated


@pytest.mark.parametrize(
    ("name", "text", "fine"),
    [
        ("q.phone", "13900001111", True), ("q.phone", "0931-8765432", True), ("q.phone", "0931-8765432-12", True),
        ("q.phone", "400-810-1234", True), ("q.phone", "12", False), ("q.phone", "139000011112", False),
        ("q.contact", "白小慧", True), ("q.contact", "长" * 201, False), ("q.products", "长" * 500, True),
        ("q.products", "长" * 501, False), ("q.products", "本材料为机密文件，密级：机密", False), ("employees.2025", "12", True),
        ("employees.2025", "许多", False), ("agency", "7", True),
    ],
)  # fmt: skip
def test_one_field_is_told_what_is_wrong_with_it(name: str, text: str, fine: bool) -> None:
    fault = form.field_fault(TECH_SME, name, text, "元")
    assert (fault is None) == fine, fault


def test_options_and_mail_are_checked() -> None:
    way = Question("way", Pair("方式", "way"), "choice", options=(("post", Pair("邮寄", "by post")),))
    assert form._question_fault(way, "post") == "" and form._question_fault(way, "pigeon") != ""
    mail = Question("mail", Pair("邮箱", "mail"), "mail")
    assert form._question_fault(mail, "a@example.org") == "" and form._question_fault(mail, "a@") != ""


def test_fields_are_named_as_people_call_them() -> None:
    with translation.override("zh-hans"):
        said = [
            form.label_of_field(TECH_SME, name)
            for name in ("employees.2025", "employees", "q.contact", "contact", "evidence.accounts", "agency", "whatever")
        ]
    assert said[0] == "2025 年" + said[1] and said[2] == said[3] == "联系人"
    assert "会计报表" in said[4] and said[5:] == ["评价机构", "whatever"]


def test_two_writers_are_merged_and_only_what_both_changed_is_a_conflict() -> None:
    was = {"a": "1", "b": "1", "c": "1", "d": "1"}
    theirs = {"a": "1", "b": "2", "c": "2", "d": "2"}
    mine = {"a": "9", "b": "1", "c": "9", "d": "2"}
    merged = writing.merge(mine, was, theirs, {"c": {"by": 5, "at": "2026-01-01"}})
    assert merged.texts == {"a": "9", "b": "2", "c": "9", "d": "2"}
    assert [(one.name, one.theirs, one.by) for one in merged.conflicts] == [("c", "2", 5)]


def test_money_changes_with_the_unit_and_nothing_else_does() -> None:
    assert writing.in_unit("sales_revenue.2025", "125,000", "元", "万元") == "12.5"
    assert writing.in_unit("employees.2025", "125", "元", "万元") == "125"
    assert writing.in_unit("q.phone", "125000", "元", "万元") == "125000"
    assert writing.in_unit("sales_revenue.2025", "一大笔", "元", "万元") == "一大笔"
