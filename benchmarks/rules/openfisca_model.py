"""The same rules as an OpenFisca tax-benefit system: yearly variables, dated parameters, scales, vectorised formulas.

Written as OpenFisca's own country packages are; money is in yuan, as floats. OpenFisca has no lists, so lists of dates
come in as their last date, and no "unknown": a missing value is its default, zero.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from openfisca_core.entities import Entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable, config

ON = np.datetime64("2020-06-30")
NEVER = dt.date(1900, 1, 1)

Firm = Entity("enterprise", "enterprises", "An enterprise", "")
Firm.is_person = True

YEARLY_MONEY = ("sales_revenue", "rd_expense", "rd_expense_domestic", "net_assets")
MONEY = ("total_assets", "total_cost", "rd_deductible", "total_income", "high_tech_income")
COUNTS = ("employees", "st_staff")
WHOLE = ("ip_class1", "ip_class2", "ip_class2_unused")
MARKS = (
    "tech_advancement", "core_support", "ip_count_marks", "ip_acquisition", "standards_bonus", "conversion_marks",
    "rd_management", "rd_institution", "rd_incentives", "rd_talent", "net_asset_growth_marks", "sales_growth_marks",
)  # fmt: skip
FLAGS = (
    "resident", "prohibited_products", "abnormal_listed", "dishonesty_listed", "national_award_top3",
    "provincial_rd_institution", "standard_lead", "core_ip", "self_developed_ip", "standards_drafted", "has_field",
)  # fmt: skip
DATES = (
    "established_on", "hte_valid_until", "hte_revoked_on", "sme_revoked_on", "last_incident", "last_dishonesty",
    "hte_last_recognised",
)  # fmt: skip


def value(number: float, since: str = "2016-01-01") -> dict[str, Any]:
    return {"values": {since: {"value": number}}}


def scale(*rows: tuple[float, float], since: str = "2016-01-01") -> dict[str, Any]:
    brackets = [{"threshold": {since: {"value": at}}, "amount": {since: {"value": points}}} for at, points in rows]
    return {"metadata": {"type": "single_amount"}, "brackets": brackets}


FLOOR = -1e30
GROWTH = ((FLOOR, 0), (np.nextafter(0, 1), 1), (0.05, 3), (0.15, 5), (0.25, 7), (0.35, 9))
GROWTH_HIGH = ((FLOOR, 0), (np.nextafter(0, 1), 2), (0.05, 4), (0.15, 6), (0.25, 8), (0.35, 10))
PARAMETERS = {
    "sme": {
        "employees": value(500), "sales": value(200e6), "assets": value(200e6), "score": value(60),
        "staff": scale((FLOOR, 0), (0.10, 4), (0.15, 8), (0.20, 12), (0.25, 16), (0.30, 20)),
        "rd_of_sales": scale((FLOOR, 0), (0.02, 10), (0.03, 20), (0.04, 30), (0.05, 40), (0.06, 50)),
        "rd_of_cost": scale((FLOOR, 0), (0.10, 10), (0.15, 20), (0.20, 30), (0.25, 40), (0.30, 50)),
        "class1": scale((FLOOR, 0), (1, 30)), "class2": scale((FLOOR, 0), (1, 6), (2, 12), (3, 18), (4, 24)),
    },
    "hte": {
        "age": value(365), "staff_share": value(0.10), "domestic": value(0.60), "income": value(0.60),
        "score": value(70), "small_sales": value(50e6), "medium_sales": value(200e6),
        "rd_small": value(0.05), "rd_medium": value(0.04), "rd_large": value(0.03),
        "class1_low": scale((FLOOR, 0), (1, 7)), "class1_high": scale((FLOOR, 0), (1, 8)),
        "class2_low": scale((FLOOR, 0), (1, 1), (3, 3), (5, 5)),
        "class2_high": scale((FLOOR, 0), (1, 2), (3, 4), (5, 6)),
        "conversion_low": scale((FLOOR, 0), (1, 1), (2, 7), (3, 13), (4, 19), (5, 25)),
        "conversion_high": scale((FLOOR, 0), (1, 6), (2, 12), (3, 18), (4, 24), (5, 30)),
        "growth_low": scale(*GROWTH), "growth_high": scale(*GROWTH_HIGH),
    },
}  # fmt: skip


def variable(name: str, type_: type, formula: Any = None, period: Any = DateUnit.YEAR, **more: Any) -> type[Variable]:
    found = {"value_type": type_, "entity": Firm, "definition_period": period, "label": name, **more}
    return type(name, (Variable,), {**found, "formula": formula} if formula else found)


def share(top: Any, bottom: Any) -> Any:
    """top ÷ bottom, 0 where bottom is 0."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom != 0)


def three_years(name: str) -> Any:
    return lambda firm, year: firm(name, year) + firm(name, year.last_year) + firm(name, year.offset(-2, "year"))


def growth(name: str) -> Any:
    def formula(firm: Any, year: Any) -> Any:
        now, before, first = (firm(name, year.offset(-back, "year")) for back in (0, 1, 2))
        age = firm("age_in_years", year)
        step = np.divide(now, before, out=np.ones_like(now), where=before != 0)
        earlier = np.divide(before, first, out=np.ones_like(now), where=first != 0)
        return np.where((age < 2) | (first == 0), step - 1, (earlier + step) / 2 - 1)

    return formula


def no_growth(name: str) -> Any:
    return lambda firm, year: (firm("age_in_years", year) < 1) | (firm(name, year.last_year) == 0)


def growth_band(name: str, end: str) -> Any:
    def formula(firm: Any, year: Any, parameters: Any) -> Any:
        points = parameters(year).hte[f"growth_{end}"].calc(firm(f"{name}_growth", year))
        none = firm(f"{name}_no_growth", year)
        if name == "net_assets":
            none = none | firm("negative_net_assets", year)
        return np.where(none, 0, points)

    return formula


def outside(mark: str, band: str) -> Any:
    def formula(firm: Any, year: Any) -> Any:
        return (firm(mark, year) < firm(f"{band}_low", year)) | (firm(mark, year) > firm(f"{band}_high", year))

    return formula


def tech_sme() -> list[type[Variable]]:
    def size(firm: Any, year: Any, parameters: Any) -> Any:
        most = parameters(year).sme
        small = (firm("employees", year) <= most.employees) & (firm("sales_revenue", year) <= most.sales)
        return small & (firm("total_assets", year) <= most.assets)

    def clean(firm: Any, year: Any) -> Any:
        since = np.datetime64("2019-01-01")
        incident, dishonesty = firm("last_incident", year), firm("last_dishonesty", year)
        recent = ((incident >= since) & (incident <= ON)) | ((dishonesty >= since) & (dishonesty <= ON))
        return ~(recent | firm("abnormal_listed", year) | firm("dishonesty_listed", year))

    def revoked(firm: Any, year: Any) -> Any:
        return (firm("sme_revoked_on", year) >= np.datetime64("2020-01-01")) & (firm("sme_revoked_on", year) <= ON)

    def holds_hte(firm: Any, year: Any) -> Any:
        taken = firm("hte_revoked_on", year)
        gone = (taken > NEVER) & (taken <= ON) & ~(firm("hte_last_recognised", year) > taken)
        return (firm("hte_valid_until", year) >= ON) & ~gone

    def rd_points(firm: Any, year: Any, parameters: Any) -> Any:
        spent, bands = firm("rd_deductible", year), parameters(year).sme
        by_sales = bands.rd_of_sales.calc(share(spent, firm("sales_revenue", year)))
        return np.maximum(by_sales, bands.rd_of_cost.calc(share(spent, firm("total_cost", year))))

    def ip_points(firm: Any, year: Any, parameters: Any) -> Any:
        bands = parameters(year).sme
        return np.maximum(bands.class1.calc(firm("ip_class1", year)), bands.class2.calc(firm("ip_class2", year)))

    def verdict(firm: Any, year: Any, parameters: Any) -> Any:
        direct = firm("sme_holds_hte", year) | firm("national_award_top3", year)
        direct = direct | firm("provincial_rd_institution", year) | firm("standard_lead", year)
        enough = (firm("sme_score", year) >= parameters(year).sme.score) & (firm("sme_staff_points", year) > 0)
        base = firm("resident", year) & firm("sme_size", year) & firm("sme_products", year) & firm("sme_clean", year)
        return base & ~firm("sme_revoked", year) & (direct | enough)

    return [
        variable("st_share", float, lambda firm, year: share(firm("st_staff", year), firm("employees", year))),
        variable("sme_is_resident", bool, lambda firm, year: firm("resident", year)),
        variable("sme_size", bool, size), variable("sme_clean", bool, clean), variable("sme_revoked", bool, revoked),
        variable("sme_products", bool, lambda firm, year: ~firm("prohibited_products", year)),
        variable("sme_holds_hte", bool, holds_hte), variable("sme_rd_points", float, rd_points),
        variable("sme_staff_points", float, lambda firm, year, of: of(year).sme.staff.calc(firm("st_share", year))),
        variable("sme_ip_points", float, ip_points),
        variable("sme_score", float, lambda firm, year: (
            firm("sme_staff_points", year) + firm("sme_rd_points", year) + firm("sme_ip_points", year)
        )),
        variable("sme_verdict", bool, verdict),
    ]  # fmt: skip


def hte_conditions() -> list[type[Variable]]:
    def rd_share(firm: Any, year: Any, parameters: Any) -> Any:
        levels, sales = parameters(year).hte, firm("sales_revenue", year)
        medium = np.where(sales <= levels.medium_sales, levels.rd_medium, levels.rd_large)
        needed = np.where(sales <= levels.small_sales, levels.rd_small, medium)
        return share(firm("rd_three", year), firm("sales_three", year)) >= needed

    def in_china(firm: Any, year: Any, parameters: Any) -> Any:
        return share(firm("rd_home_three", year), firm("rd_three", year)) >= parameters(year).hte.domestic

    def income(firm: Any, year: Any, parameters: Any) -> Any:
        return share(firm("high_tech_income", year), firm("total_income", year)) >= parameters(year).hte.income

    def clean(firm: Any, year: Any) -> Any:
        last = firm("last_incident", year)
        return ~((last >= ON - np.timedelta64(365)) & (last <= ON))

    def registered(firm: Any, year: Any, parameters: Any) -> Any:
        return (ON - firm("established_on", year)).astype(int) >= parameters(year).hte.age

    def revoked(firm: Any, year: Any) -> Any:
        return (firm("hte_revoked_on", year) >= np.datetime64("2020-01-01")) & (firm("hte_revoked_on", year) <= ON)

    def verdict(firm: Any, year: Any) -> Any:
        found = ~firm("hte_revoked", year)
        for name in ("is_resident", "registered", "ip_owned", "in_field", "staff_share", "rd_share", "rd_in_china",
                     "high_tech_share", "innovative", "clean"):  # fmt: skip
            found = found & firm(f"hte_{name}", year)
        return found

    return [
        variable("rd_three", float, three_years("rd_expense")),
        variable("rd_home_three", float, three_years("rd_expense_domestic")),
        variable("sales_three", float, three_years("sales_revenue")),
        variable("hte_is_resident", bool, lambda firm, year: firm("resident", year)),
        variable("hte_registered", bool, registered), variable("hte_revoked", bool, revoked),
        variable("hte_ip_owned", bool, lambda firm, year: (
            firm("core_ip", year) & (firm("ip_class1", year) + firm("ip_class2", year) >= 1)
        )),
        variable("hte_in_field", bool, lambda firm, year: firm("has_field", year)),
        variable("hte_staff_share", bool, lambda firm, year, of: firm("st_share", year) >= of(year).hte.staff_share),
        variable("hte_rd_share", bool, rd_share), variable("hte_rd_in_china", bool, in_china),
        variable("hte_high_tech_share", bool, income), variable("hte_clean", bool, clean),
        variable("hte_innovative", bool, lambda firm, year, of: firm("hte_score", year) > of(year).hte.score),
        variable("hte_verdict", bool, verdict),
    ]


def hte_scores() -> list[type[Variable]]:
    def total(most: float, *parts: str) -> Any:
        return lambda firm, year: np.minimum(most, sum(firm(part, year) for part in parts))

    def count_band(end: str) -> Any:
        def formula(firm: Any, year: Any, parameters: Any) -> Any:
            bands = parameters(year).hte
            first = bands[f"class1_{end}"].calc(firm("ip_class1", year))
            return np.maximum(first, bands[f"class2_{end}"].calc(firm("ip_class2_unused", year)))

        return formula

    def acquisition_high(firm: Any, year: Any) -> Any:
        most = np.where(firm("self_developed_ip", year), 6, 3)
        return np.where(firm("ip_class1", year) + firm("ip_class2_unused", year) >= 1, most, 0)

    def acquisition_low(firm: Any, year: Any) -> Any:
        return np.where(firm("ip_class1", year) + firm("ip_class2_unused", year) >= 1, 1, 0)

    def standards_band(most: int) -> Any:
        return lambda firm, year: firm("standards_drafted", year) * most

    def conversion_band(end: str) -> Any:
        def formula(firm: Any, year: Any, parameters: Any) -> Any:
            years = np.clip(firm("age_in_years", year) + 1, 0, 3).astype(float)
            mean = share(three_years("conversions")(firm, year).astype(float), years)
            return parameters(year).hte[f"conversion_{end}"].calc(mean)

        return formula

    def negative(firm: Any, year: Any) -> Any:
        age = firm("age_in_years", year)
        found = firm("net_assets", year) < 0
        for back in (1, 2):
            found = found | ((age >= back) & (firm("net_assets", year.offset(-back, "year")) < 0))
        return found

    def age(firm: Any, year: Any) -> Any:
        return year.start.year - (firm("established_on", year).astype("datetime64[Y]").astype(int) + 1970)

    bands = []
    for end in ("low", "high"):
        bands += [
            variable(f"count_{end}", float, count_band(end)),
            variable(f"acquisition_{end}", float, acquisition_low if end == "low" else acquisition_high),
            variable(f"standards_{end}", float, standards_band(1 if end == "low" else 2)),
            variable(f"conversions_{end}", float, conversion_band(end)),
            variable(f"sales_revenue_band_{end}", float, growth_band("sales_revenue", end)),
            variable(f"net_assets_band_{end}", float, growth_band("net_assets", end)),
        ]  # fmt: skip
    return [
        *bands, variable("age_in_years", int, age), variable("negative_net_assets", bool, negative),
        variable("sales_revenue_growth", float, growth("sales_revenue")),
        variable("net_assets_growth", float, growth("net_assets")),
        variable("sales_revenue_no_growth", bool, no_growth("sales_revenue")),
        variable("net_assets_no_growth", bool, no_growth("net_assets")),
        variable("hte_ip", float, total(30, *MARKS[:5])), variable("hte_conversion", float, total(30, MARKS[5])),
        variable("hte_organisation", float, total(20, *MARKS[6:10])),
        variable("hte_growth", float, total(20, *MARKS[10:])),
        variable("hte_score", float, total(100, "hte_ip", "hte_conversion", "hte_organisation", "hte_growth")),
        variable("hte_ip_count_outside", bool, outside("ip_count_marks", "count")),
        variable("hte_ip_acquisition_outside", bool, outside("ip_acquisition", "acquisition")),
        variable("hte_standards_outside", bool, outside("standards_bonus", "standards")),
        variable("hte_conversion_outside", bool, outside("conversion_marks", "conversions")),
        variable("hte_net_asset_growth_outside", bool, outside("net_asset_growth_marks", "net_assets_band")),
        variable("hte_sales_growth_outside", bool, outside("sales_growth_marks", "sales_revenue_band")),
        variable("hte_negative_net_assets", bool, lambda firm, year: firm("negative_net_assets", year)),
    ]


def system(*, double: bool = True) -> TaxBenefitSystem:
    """The system; OpenFisca computes in float32 unless told otherwise."""
    config.VALUE_TYPES[float]["dtype"] = np.float64 if double else np.float32
    made = TaxBenefitSystem([Firm])
    made.parameters = ParameterNode("", data=PARAMETERS)
    for name in (*YEARLY_MONEY, *MONEY, *COUNTS):
        made.add_variable(variable(name, float))
    for name in (*WHOLE, "conversions"):
        made.add_variable(variable(name, int))
    for name in MARKS:
        made.add_variable(variable(name, float))
    for name in FLAGS:
        made.add_variable(variable(name, bool))
    for name in DATES:
        made.add_variable(variable(name, dt.date, period=DateUnit.ETERNITY, default_value=NEVER))
    for one in (*tech_sme(), *hte_conditions(), *hte_scores()):
        made.add_variable(one)
    return made
