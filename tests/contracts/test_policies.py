"""What holds of every policy on the shelf: proved by cases, cited, in both languages, with the fixed names."""

from __future__ import annotations

import pytest

from tidui.policies.cases import cases_of
from tidui.policies.ladder import rungs
from tidui.policies.library import Version, shelf

VERSIONS = [version for group in shelf().versions.values() for version in group]
FIXED = {
    "cn/tech-sme": {"staff", "rd", "ip", "score", "verdict"},
    "cn/hte": {
        "tech_advancement", "core_support", "ip_count_marks", "ip_acquisition", "standards_bonus", "conversion_marks",
        "rd_management", "rd_institution", "rd_incentives", "rd_talent", "net_asset_growth_marks", "sales_growth_marks",
    },
    "cn/rd-super-deduction": {"eligible", "extra_deduction"},
    "cn/small-low-profit": {"tax"},
    "cn/loss-carry-forward": {"usable_losses", "expiring"},
    "cn/income-tax": {"tax", "taxable_after", "saving"},
    "cn/carrier-tax": {"property_tax", "land_use_tax", "vat", "relief"},
    "gansu/rewards": {"reward"},
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: f"{version.policy}@{version.name}")
def test_every_condition_is_seen_met_and_unmet_by_some_case(version: Version) -> None:
    expected: dict[str, set[str]] = {}
    for case in cases_of(version):
        for name, value in case.expect.items():
            expected.setdefault(name, set()).add(str(value))
    for rule in shelf().file(version).rules.values():
        if rule.kind == "verdict":
            assert {"pass", "fail"} <= expected.get(rule.id, set())
        elif rule.kind == "condition":
            assert expected.get(rule.id), f"no case expects anything of {rule.id}"


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: f"{version.policy}@{version.name}")
def test_every_parameter_is_cited_or_a_house_default_and_every_result_is_labelled(version: Version) -> None:
    file = shelf().file(version)
    for dated in [*file.parameters.values(), *file.tables.values()]:
        assert dated.cites or dated.house_default or all(row.cites or row.house_default for row in dated.rows)
    for rule in file.rules.values():
        if rule.kind:
            assert rule.cites or rule.house_default
            assert rule.label is not None
            assert any("一" <= letter <= "鿿" for letter in rule.label["zh"])
            assert not any("一" <= letter <= "鿿" for letter in rule.label["en"])


@pytest.mark.parametrize("policy", sorted(FIXED))
def test_amounts_and_score_parts_have_the_names_that_scripts_rely_on(policy: str) -> None:
    for version in shelf().versions[policy]:
        assert FIXED[policy] <= set(shelf().file(version).rules)


def test_the_ladder_has_four_rungs_in_their_order() -> None:
    assert [rung.id for rung in rungs()] == ["tenant", "sme", "provincial", "hte"]
    assert all(rung.policy in shelf().versions for rung in rungs())
