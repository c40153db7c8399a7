"""Entries of the wrong shape in files of the user are named with their line; none ends in a traceback."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from tidui.facts.read import read_facts
from tidui.policies import cases, levers
from tidui.policies.library import SHELF, read_overlay, shelf, versions_in
from tidui.rules import policyfile
from tidui.rules.errors import PolicyError
from tidui.rules.plan import plan, plan_json

TEXT = (SHELF / "cn/tech-sme/2022-01-01/policy.yaml").read_text("utf-8")
EXAMPLE = Path(__file__).parents[3] / "docs/examples/enterprise.yaml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("issued_by:", "issued_by: 5 #"), "issued_by is a list of texts"),
        (TEXT.replace("\nrules:\n", "\nrules:\n  - {id: x1, options: 5, is: '1'}\n"), "options is a list of texts"),
        (TEXT.replace("\nrules:\n", "\nrules:\n  - {id: x1, parts: 5, is: '1'}\n"), "parts is a list of texts"),
        (TEXT.replace("\ndocuments:", "\ndocuments: [1]\nnote:"), "documents is a mapping"),
    ],
)
def test_a_policy_file(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=said):
        policyfile.load(path, "policy.yaml")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("params: {max_employees: abc}", "params gives"),
        ("params: [1]", "params gives"),
        ("year: 99999", "from 1949 to 2100"),
    ],
)
def test_a_case(entry: str, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "me/x/2022-01-01"
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_text(TEXT, "utf-8")
    (folder / "cases.yaml").write_text(f"- {{case: one, {entry}, expect: {{verdict: pass}}}}\n", "utf-8")
    with pytest.raises(PolicyError, match=said):
        cases.cases_of(versions_in(tmp_path)[0])


@pytest.mark.parametrize(("entry", "said"), [("limits: 5", "limits: expected a list"), ("5: 1", "unknown key 5")])
def test_a_lever(entry: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "levers.yaml"
    path.write_text(f"- {{id: st_hire, {entry}}}\n", "utf-8")
    with pytest.raises(PolicyError, match=said):
        levers.load(path)


@pytest.mark.parametrize("text", ["{5: {a: 1}}", "{cn/hte: {5: 1}}"])
def test_house_values_with_a_number_for_a_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(PolicyError, match="no p"):
        read_overlay(path, shelf())


@pytest.mark.parametrize("cost", ["999999999999999999999999999999", '"1/99999999999999999999999"'])
def test_costs_beyond_machine_numbers_still_give_a_plan(cost: str, tmp_path: Path) -> None:
    pytest.importorskip("ortools")
    path = tmp_path / "levers.yaml"
    path.write_text(f"- {{id: st_hire, cost_yuan: {cost}}}\n", "utf-8")
    day = dt.date(2026, 6, 30)
    explainer = shelf().explainer("cn/hte", on=day, year=2025)
    facts = read_facts(EXAMPLE)
    usual = plan(explainer, facts, levers.load(), on=day, year=2025, alternatives=1)
    found = plan(explainer, facts, levers.load(path), on=day, year=2025, alternatives=1)
    assert found.status == usual.status == "plan"
    assert Fraction(found.alternatives[0].cost) == Fraction(usual.alternatives[0].cost)
    assert plan_json(found)["cheapest_proved"] is False
