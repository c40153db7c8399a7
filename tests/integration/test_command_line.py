"""The command line is a contract: arguments in, documented JSON and exit codes out."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tidui.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "enterprise.yaml"
ON = ["--on", "2026-06-30"]

SMALL = """
enterprise: {{established_on: 2019-03-05, resident: true, prohibited_products: false, industry: C3571,
  major_incidents: [], research_dishonesty: [], serious_fraud: [], abnormal_listed: false, dishonesty_listed: false,
  sound_accounts: true, audit_collection: true, collects_rd_costs: true, pays_income_tax: true, ip_class1: 0,
  ip_class2: 4, hte_recognised_on: [], hte_valid_until: "", hte_revoked_on: "", national_award_top3: false,
  provincial_rd_institution: false, standard_lead: false}}
years:
  2022: {{employees: 100, st_staff: {st_staff}, sales_revenue: 1000, total_cost: 1000, total_assets: 1, rd_deductible: 20}}
"""


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def explained(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, out, _ = said(capsys, "explain", *arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def facts(tmp_path: Path, text: str, name: str = "facts.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# ---------------------------------------------------------------------- explain
def test_explain_answers_with_the_documented_keys(capsys: pytest.CaptureFixture[str]) -> None:
    found = explained(capsys, "cn/hte", EXAMPLE, *ON)
    documented = [
        "policy", "version", "title", "on", "fiscal_year", "hash", "verdict", "score", "amounts", "amount_ranges",
        "outcomes", "conditions", "flags", "missing", "house_defaults", "estimated",
    ]  # fmt: skip
    assert list(found) == documented
    assert (found["policy"], found["version"], found["on"], found["fiscal_year"]) == (
        "cn/hte", "2016-01-01", "2026-06-30", 2025,
    )  # fmt: skip
    condition = next(item for item in found["conditions"] if item["id"] == "rd_share")
    assert list(condition) == [
        "id", "verdict", "cites", "label", "value", "relation", "threshold", "shortfall", "facts", "join",
        "house_default", "tests",
    ]  # fmt: skip
    assert condition["verdict"] == "fail"
    assert condition["relation"] == ">="
    value, threshold, gap = (Fraction(condition[key]["exact"]) for key in ("value", "threshold", "shortfall"))
    assert value + gap == threshold
    assert "years.2025.sales_revenue" in condition["facts"]
    parts = [part["id"] for part in found["score"]["parts"]]
    assert parts == [
        "tech_advancement", "core_support", "ip_count_marks", "ip_acquisition", "standards_bonus", "conversion_marks",
        "rd_management", "rd_institution", "rd_incentives", "rd_talent", "net_asset_growth_marks", "sales_growth_marks",
    ]  # fmt: skip


@pytest.mark.parametrize(("st_staff", "marks"), [("9.99", 0), ("10", 4), ("14.9999", 4), ("15", 8), ("30", 20)])
def test_a_share_is_exact_at_its_threshold(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, st_staff: str, marks: int
) -> None:
    found = explained(capsys, "cn/tech-sme", facts(tmp_path, SMALL.format(st_staff=st_staff)), "--on", "2023-06-30")
    staff = next(part for part in found["score"]["parts"] if part["id"] == "staff")
    assert (staff["low"], staff["high"], staff["max"]) == (marks, marks, 20)


def test_yaml_and_json_facts_give_one_answer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = facts(tmp_path, "enterprise: {established_on: 2020-01-01}\nyears: {2022: {employees: 12.5}}\n")
    other = facts(tmp_path, '{"enterprise": {"established_on": "2020-01-01"}, "years": {"2022": {"employees": 12.5}}}', "f.json")
    on = ["--on", "2023-01-01"]
    assert explained(capsys, "cn/tech-sme", one, *on) == explained(capsys, "cn/tech-sme", other, *on)


def test_unknown_facts_are_named_and_their_weight_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = SMALL.format(st_staff=30).replace("ip_class2: 4", "ip_class2: null").replace("rd_deductible: 20", "rd_deductible: 60")
    found = explained(capsys, "cn/tech-sme", facts(tmp_path, text), "--on", "2023-06-30")
    assert found["verdict"] == "pass"  # 20 + 50 already pass, whatever the intellectual property
    assert (found["score"]["low"], found["score"]["high"]) == (70, 94)
    assert {"fact": "enterprise.ip_class2", "matters": False} in found["missing"]
    open_text = text.replace("rd_deductible: 60", "rd_deductible: 20").replace("st_staff: 30", "st_staff: 12")
    found = explained(capsys, "cn/tech-sme", facts(tmp_path, open_text), "--on", "2023-06-30")
    assert found["verdict"] == "fail"  # 4 + 10 + at most 24
    found = explained(capsys, "cn/tech-sme", facts(tmp_path, open_text.replace("rd_deductible: 20", "rd_deductible: 50")), "--on", "2023-06-30")
    assert found["verdict"] == "unknown"
    assert {"fact": "enterprise.ip_class2", "matters": True} in found["missing"]


def test_a_firm_founded_this_year_is_assessed_for_this_year(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = explained(capsys, "cn/tech-sme", facts(tmp_path, "enterprise: {established_on: 2026-02-01}"), *ON)
    assert (found["fiscal_year"], found["estimated"]) == (2026, True)


def test_the_text_form_is_chinese_first_and_english_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    _, chinese, _ = said(capsys, "explain", "cn/hte", EXAMPLE, *ON)
    _, english, _ = said(capsys, "explain", "cn/hte", EXAMPLE, *ON, "--lang", "en")
    assert chinese.startswith("高新技术企业认定管理办法")
    assert "结论: ✗ 不符合" in chinese
    assert "第十一条(五)" in chinese
    assert english.startswith("Recognition of high-tech enterprises")
    assert "Verdict: ✗ not met" in english


def test_params_replace_a_house_value_and_change_the_hash(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plain = explained(capsys, "gansu/provincial-innovative", EXAMPLE, *ON)
    from tidui.policies.library import shelf

    file = shelf().file(shelf().versions["gansu/provincial-innovative"][-1])
    name = next(key for key, dated in file.parameters.items() if dated.unit_name == "share" and dated.house_default is None)
    params = facts(tmp_path, f"gansu/provincial-innovative: {{{name}: 0.99}}\n", "params.yaml")
    changed = explained(capsys, "gansu/provincial-innovative", EXAMPLE, *ON, "--params", params)
    assert changed["hash"] != plain["hash"]
    assert changed["verdict"] == "fail"
    wrong = facts(tmp_path, "gansu/provincial-innovative: {min_st_shar: 0.99}\n", "wrong.yaml")
    code, _, err = said(capsys, "explain", "gansu/provincial-innovative", EXAMPLE, "--params", wrong)
    assert code == 1
    assert "did you mean" in err


# ---------------------------------------------------------------------- exit codes
def test_faults_in_facts_are_all_listed_with_exit_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = "enterprise: {established_on: 2023-02-30, ip_class1: -1, resident: maybe}\nyears: {2022: {employes: 3}}\n"
    code, out, err = said(capsys, "explain", "cn/hte", facts(tmp_path, text), *ON)
    assert (code, out) == (1, "")
    for place in ("enterprise.established_on", "enterprise.ip_class1", "enterprise.resident", "years.2022.employes"):
        assert place in err
    assert "employees" in err


def test_no_version_in_force_is_exit_code_2_and_names_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "explain", "cn/tech-sme", EXAMPLE, "--on", "2016-12-31")
    assert code == 2
    assert "2017-05-03" in err
    code, _, err = said(capsys, "explain", "cn/rd-super-deduction", EXAMPLE, "--year", "2028")
    assert code == 2
    assert "2016-01-01" in err


def test_an_unknown_policy_is_exit_code_2_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "explain", "cn/htee", EXAMPLE)
    assert (code, err) == (2, "tidui: there is no policy 'cn/htee'; did you mean cn/hte?\n")


@pytest.mark.parametrize(
    "arguments",
    [[], ["explane"], ["explain", "cn/hte"], ["explain", "cn/hte", "x.yaml", "--on", "30.6.2026"], ["policies", "--on", "0001-01-01"],
     ["sql", "cn/hte"],
     ["screen", "x.xlsx", "--out", "y.xlsx"], ["explain", "cn/hte", "x.yaml", "--year", "26"]],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_a_file_that_is_not_there_is_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = said(capsys, "explain", "cn/hte", tmp_path / "no.yaml")
    assert code == 2
    assert "no.yaml" in err


# ---------------------------------------------------------------------- policies, check
def test_policies_lists_versions_and_marks_the_one_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "policies", "--on", "2018-01-01", "--json")
    listed = {entry["policy"]: entry for entry in json.loads(out)}
    assert code == 0
    assert listed["cn/tech-sme"]["in_force"] == "2017-05-03"
    assert listed["gansu/provincial-innovative"]["in_force"] is None
    named = {
        "cn/tech-sme", "cn/hte", "gansu/provincial-innovative", "gansu/hte-bank", "gansu/rewards", "cn/rd-super-deduction",
        "cn/small-low-profit", "cn/loss-carry-forward", "cn/income-tax", "cn/carrier-tax", "cn/contest-groups", "cn/tenant",
    }  # fmt: skip
    assert named <= set(listed)


@pytest.mark.slow
def test_check_finds_nothing_wrong_with_the_shipped_policies(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "check")
    assert (code, out) == (0, "")
    assert "no problems" in err


def test_check_names_file_line_and_rule(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "shelf" / "cn" / "mine" / "2020-01-01"
    folder.mkdir(parents=True)
    policy = folder / "policy.yaml"
    policy.write_text(
        "policy: cn/mine\ntitle: {zh: 试, en: try}\ndocument: 试〔2020〕1号\neffective: {from: 2020-01-01}\n"
        "rules:\n  - {id: verdict, kind: verdict, is: residnt, cites: 第一条, label: {zh: 结论, en: verdict}}\n"
        "  - {id: idle, is: employees}\n",
        encoding="utf-8",
    )
    for path in (tmp_path / "shelf", policy):
        code, out, _ = said(capsys, "check", path)
        assert code == 1
        assert ":6: verdict: unknown name 'residnt'; did you mean resident?" in out
        assert ":7: idle: is never read by a result" in out


# ---------------------------------------------------------------------- plan
def test_a_plan_costs_serves_and_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "plan", "cn/hte", EXAMPLE, *ON, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["status"] == "plan"
    option = found["alternatives"][0]
    assert option["check"]["verdict"] == "pass"
    assert option["steps"][0]["serves"] == ["rd_share"]


def test_a_plan_that_is_ready_after_its_version_ends_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = EXAMPLE.read_text("utf-8").replace("2019-03-18", "2023-01-10").replace("st_staff: 7", "st_staff: 2")
    text = text.replace("[2025-09-22]", "[]").replace("provincial_valid_until: 2028-09-21", 'provincial_valid_until: ""')
    arguments = ["plan", "gansu/provincial-innovative", facts(tmp_path, text), "--on", "2024-03-20"]
    found = json.loads(said(capsys, *arguments, "--json")[1])
    assert found["version_ends"] == "2024-03-31"
    assert found["alternatives"][0]["ready_on"] > "2024-03-31"
    assert "本版本适用至 2024-03-31" in said(capsys, *arguments)[1]


def test_a_policy_without_a_verdict_has_no_plan(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "plan", "tidui/rungs", EXAMPLE, *ON)
    assert code == 2
    assert "no verdict" in err
