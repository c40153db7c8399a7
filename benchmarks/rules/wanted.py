"""What every contender computes: conditions, scores, flags and verdicts of two policies."""

from __future__ import annotations

POLICIES = ("cn/tech-sme", "cn/hte")
#: Kinds of rules that Tidui computes: at least what is compared below.
KINDS = frozenset({"verdict", "condition", "total", "group", "flag"})
TRUTHS = {
    "cn/tech-sme": ("is_resident", "size", "products", "clean", "verdict"),
    "cn/hte": (
        "is_resident", "registered", "ip_owned", "in_field", "staff_share", "rd_share", "rd_in_china",
        "high_tech_share", "innovative", "clean", "verdict", "ip_count_outside", "ip_acquisition_outside",
        "standards_outside", "conversion_outside", "net_asset_growth_outside", "sales_growth_outside",
        "negative_net_assets",
    ),
}  # fmt: skip
NUMBERS = {"cn/tech-sme": ("score",), "cn/hte": ("score", "ip", "conversion", "organisation", "growth")}
#: Rows whose results are compared with exact fractions; one in ten lies on a threshold.
SAMPLE = 25_000


def names() -> list[str]:
    """All compared results, as `<policy>.<rule>`."""
    return [f"{policy}.{rule}" for policy in POLICIES for rule in (*TRUTHS[policy], *NUMBERS[policy])]
