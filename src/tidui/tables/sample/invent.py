"""Inventing the enterprises of the sample: the same ones every time.

The figures are spread round the thresholds of the policies, so that verdicts vary: some are met exactly, some missed
by a little, some facts are unknown, and some are none.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Final

from tidui.codes import divisions, uscc
from tidui.rules.values import NONE
from tidui.tables.sample import people

#: The day on which the sample is meant to be screened, and the fiscal years that it gives.
SCREENED_ON: Final = dt.date(2026, 6, 30)
YEARS: Final = (2023, 2024, 2025)
COUNT: Final = 1307
_SEED: Final = 20_260_630
#: How many of each sort there are, by the highest status that they are meant to hold.
SORTS: Final = {"carrier": 12, "hte": 190, "provincial": 105, "sme": 420, "tenant": 230, "none": 350}
_LAPSED: Final = 0.08
_LIST_FACTS: Final = ("major_incidents", "serious_fraud", "research_dishonesty")
_STATUS_FACTS: Final = (
    "tenant_of",
    "tenant_since",
    "tenant_until",
    "sme_number",
    "sme_valid_until",
    "sme_revoked_on",
    "sme_barred_until",
    "provincial_recognised_on",
    "provincial_valid_until",
    "hte_recognised_on",
    "hte_valid_until",
    "hte_revoked_on",
    "hte_bank_selected_on",
    "hte_bank_left_on",
    "rewards_paid",
    "national_contest_prizes",
    "carrier_kind",
    "carrier_history",
)

Row = dict[str, object]


@dataclass(slots=True)
class Invented:
    """One enterprise: its sort and its rows by section; yearly rows by year."""

    sort: str
    enterprise: Row
    years: dict[int, Row] = field(default_factory=dict)
    expert: Row = field(default_factory=dict)
    tax_years: dict[int, Row] = field(default_factory=dict)
    carrier_years: dict[int, Row] = field(default_factory=dict)


def invent() -> list[Invented]:
    """The enterprises of the sample, in the order of the workbook."""
    chance = random.Random(_SEED)
    sorts = [sort for sort, count in SORTS.items() for _ in range(count)]
    carriers = sorts[: SORTS["carrier"]]
    others = sorts[SORTS["carrier"] :]
    chance.shuffle(others)
    made: list[Invented] = []
    codes: list[str] = []
    names: set[str] = set()
    for number, sort in enumerate([*carriers, *others]):
        one = _Maker(chance, number, sort, codes, names).make()
        if sort == "carrier":
            codes.append(str(one.enterprise["uscc"]))
        made.append(one)
    return made


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day some years on; 28 February for 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@dataclass(slots=True)
class _Maker:
    chance: random.Random
    number: int
    sort: str
    carriers: list[str]
    names: set[str]
    strong: bool = False

    def make(self) -> Invented:
        """One enterprise with all its rows. A strong one is well above the thresholds of high-tech enterprises."""
        self.strong = self.sort in ("hte", "provincial", "sme") and self._often(0.3)
        enterprise = self._identity()
        founded = enterprise["established_on"]
        assert isinstance(founded, dt.date)
        self._standing(enterprise)
        self._statuses(enterprise, founded)
        made = Invented(self.sort, enterprise)
        self._figures(made, founded)
        if self.sort == "hte" or (self.sort == "provincial" and self.chance.random() < 0.5):
            made.expert = self._marks()
        if self.chance.random() < 0.3 and founded.year < SCREENED_ON.year:
            self._tax(made)
        if self.sort == "carrier":
            self._carrier(made)
        self._forget(made)
        return made

    def _day(self, first: dt.date, last: dt.date) -> dt.date:
        return first + dt.timedelta(days=self.chance.randrange((last - first).days + 1))

    def _often(self, share: float) -> bool:
        return self.chance.random() < share

    def _identity(self) -> Row:
        chance = self.chance
        prefecture = chance.choices(list(people.PREFECTURES), list(people.PREFECTURES.values()))[0]
        counties = divisions.counties(prefecture)
        division = chance.choice(counties).code if counties else prefecture
        body = f"91{prefecture}XNY{self.number + 10_001:05d}{chance.choice('0123456789')}"
        place = people.SHORT_NAMES[prefecture]
        name = f"{place}{people.CARRIER_NAMES[self.number]}有限公司" if self.sort == "carrier" else self._name(place)
        if self.sort == "none" and self._often(0.35):
            industry, self_field = chance.choice(people.OTHER_TRADES)[0], NONE
            trade: tuple[object, str] = (self_field, industry)
        else:
            trade = chance.choice(people.TRADES)[:2]
        if self.sort == "carrier":
            trade = ("504", "M7590")
        return {
            "uscc": body + uscc.check_character(body),
            "name": name,
            "established_on": self._founded(),
            "division": division,
            "industry": trade[1],
            "field": trade[0],
        }

    def _name(self, place: str) -> str:
        """A name that no other has."""
        chance = self.chance
        while True:
            name = place + chance.choice(people.FIRST_PARTS) + chance.choice(people.SECOND_PARTS)
            name += chance.choice(people.ENDINGS)
            if name not in self.names:
                self.names.add(name)
                return name

    def _founded(self) -> dt.date:
        day = self._day
        if self.sort in ("hte", "carrier"):
            return day(dt.date(2004, 1, 5), dt.date(2019, 12, 20))
        if self.sort == "provincial":
            return day(dt.date(2009, 1, 5), dt.date(2021, 12, 20))
        if self.sort == "tenant":
            return day(dt.date(2022, 9, 1), dt.date(2026, 5, 20))
        if self.sort == "sme":
            return day(dt.date(2012, 1, 5), dt.date(2025, 10, 20))
        return day(dt.date(2006, 1, 5), dt.date(2026, 4, 20)) if self._often(0.9) else dt.date(2025, 6, 30)

    def _standing(self, row: Row) -> None:
        """What holds of most enterprises, and now and then does not."""
        usual = {"resident": 0.99, "audit_collection": 0.95, "sound_accounts": 0.97, "pays_income_tax": 0.98}
        for name, share in usual.items():
            row[name] = self._often(share)
        row["collects_rd_costs"] = self._often(0.75 if self.sort == "none" else 0.96)
        rare = {"listed": 0.01, "prohibited_products": 0.01, "abnormal_listed": 0.02, "dishonesty_listed": 0.005}
        for name, share in rare.items():
            row[name] = self._often(share)
        for name in _LIST_FACTS:
            row[name] = (self._day(dt.date(2022, 1, 1), dt.date(2026, 5, 1)),) if self._often(0.012) else NONE
        able = {"hte": 0.99, "provincial": 0.95, "sme": 0.85, "tenant": 0.6, "carrier": 0.5}.get(self.sort, 0.4)
        row["core_ip"] = self._often(able)
        row["self_developed_ip"] = bool(row["core_ip"]) and self._often(0.85)
        most = {"hte": 4, "provincial": 2, "sme": 1}.get(self.sort, 0)
        row["ip_class1"] = self.chance.choice([0] * 3 + list(range(1, most + 1))) if most else int(self._often(0.05))
        row["ip_class2"] = self.chance.choice(
            [0, 1, 2, 3, 4, 5, 6, 8, 12] if self.sort != "none" else [0, 0, 0, 1, 2, 4]
        )
        row["ip_class2_unused"] = min(_whole(row["ip_class2"]), self.chance.choice([0, 1, 2, 4, 5, 8]))
        if self.strong or (self.sort == "hte" and not row["ip_class1"] and not row["ip_class2"]):
            row["ip_class1"] = self.chance.choice((1, 2, 3))
            row["core_ip"] = row["self_developed_ip"] = True
        row["standards_drafted"] = self._often(0.08)
        row["national_award_top3"] = self._often(0.003)
        row["provincial_rd_institution"] = self._often(0.06 if self.sort in ("hte", "provincial") else 0.01)
        row["standard_lead"] = self._often(0.02)

    def _statuses(self, row: Row, founded: dt.date) -> None:
        """What is not held is none, never blank: a department knows whom it has recognised."""
        row.update(dict.fromkeys(_STATUS_FACTS, NONE))
        if self.sort == "hte":
            self._hte(row)
        if self.sort == "provincial" or (self.sort == "hte" and self._often(0.2)):
            self._provincial(row)
        if self.sort == "sme" or (self.sort in ("hte", "provincial") and self._often(0.6)):
            self._sme(row, founded)
        if self.sort == "tenant" or (self.sort == "sme" and founded.year >= 2022 and self._often(0.5)):
            self._tenant(row, founded)
        if self.sort in ("provincial", "sme") and self._often(0.12) and founded.year < 2024:
            row["hte_bank_selected_on"] = day = self._day(dt.date(2024, 3, 1), dt.date(2025, 11, 30))
            if self._often(0.7):
                row["rewards_paid"] = f"bank {years_later(day, 0) + dt.timedelta(days=120)} 50000"
        if self._often(0.015):
            row["national_contest_prizes"] = f"{self.chance.choice((10, 11, 12))} {self.chance.choice((1, 2, 3))}"

    def _hte(self, row: Row) -> None:
        last = self._day(dt.date(2023, 7, 5), dt.date(2025, 12, 15))
        if self._often(_LAPSED):
            last = self._day(dt.date(2021, 9, 1), dt.date(2023, 6, 10))
        founded = row["established_on"]
        assert isinstance(founded, dt.date)
        dates = [last]
        while years_later(dates[0], -3) > years_later(founded, 2) and self._often(0.5):
            dates.insert(0, years_later(dates[0], -3) + dt.timedelta(days=self.chance.randrange(-20, 20)))
        row["hte_recognised_on"] = tuple(dates)
        row["hte_valid_until"] = years_later(last, 3) - dt.timedelta(days=1)
        if self._often(0.015):
            row["hte_revoked_on"] = last + dt.timedelta(days=self.chance.randrange(60, 180))
        if self._often(0.6):
            kind, amount = ("first", 200_000) if len(dates) == 1 else ("again", 100_000)
            row["rewards_paid"] = f"{kind} {last + dt.timedelta(days=200)} {amount}"

    def _provincial(self, row: Row) -> None:
        first = dt.date(2023, 7, 20) if not self._often(_LAPSED) else dt.date(2022, 8, 1)
        day = self._day(first, first + dt.timedelta(days=300)) if first.year == 2022 else None
        day = day or self._day(first, dt.date(2025, 12, 1))
        row["provincial_recognised_on"] = (day,)
        row["provincial_valid_until"] = years_later(day, 3) - dt.timedelta(days=1)

    def _sme(self, row: Row, founded: dt.date) -> None:
        lapsed = self._often(_LAPSED) and founded.year < 2024
        year = 2024 if lapsed else 2025
        mark = "B" if founded.year == year else "A"
        row["sme_number"] = f"{year}{row['division']}{mark}{self.number + 100:07d}"
        row["sme_valid_until"] = dt.date(2025, 9, 30) if lapsed else dt.date(2026, 8, 31)
        if self._often(0.02):
            row["sme_revoked_on"] = self._day(dt.date(2025, 11, 1), dt.date(2026, 5, 30))

    def _tenant(self, row: Row, founded: dt.date) -> None:
        latest = min(founded + dt.timedelta(days=600 if self._often(0.94) else 900), dt.date(2026, 6, 10))
        since = self._day(min(founded, latest), latest)
        row["tenant_of"], row["tenant_since"] = self.chance.choice(self.carriers), since
        if self.sort == "sme" and self._often(0.25) and since < dt.date(2026, 1, 1):
            row["tenant_until"] = self._day(since + dt.timedelta(days=60), dt.date(2026, 6, 20))

    def _figures(self, made: Invented, founded: dt.date) -> None:
        years = [year for year in YEARS if year >= founded.year] or [founded.year]
        chance = self.chance
        heads = max(3.0, min(chance.lognormvariate(_SIZE[self.sort], 0.75), 640.0))
        share = chance.choice(_STAFF_SHARES["hte"][2:] if self.strong else _STAFF_SHARES[self.sort])
        ratio = chance.choice(_RD_RATIOS["hte"][5:] if self.strong else _RD_RATIOS[self.sort])
        sales = heads * chance.uniform(120_000, 620_000)
        assets = sales * chance.uniform(0.5, 1.9)
        for year in years:
            part = 0.5 if year == founded.year else 1.0
            made.years[year] = self._year(year, heads, share, ratio, sales * part, assets)
            growth = chance.choice(_GROWTH[5:] if self.strong else _GROWTH)
            sales, assets = sales * growth, assets * (0.4 + 0.6 * growth)
            heads = max(3.0, min(heads * (0.7 + 0.3 * growth), 640.0))
        if founded.year == SCREENED_ON.year:
            made.years[founded.year]["estimated"] = True

    def _year(self, year: int, heads: float, share: float, ratio: float, sales: float, assets: float) -> Row:
        chance = self.chance
        employees = round(heads) if self._often(0.6) else round(heads * 12) / 12
        if share in (0.1, 0.3):  # met exactly, or missed by one month's mean
            employees = max(10, round(employees / 10) * 10)
        staff: float = round(employees * share, 0 if share not in (0.1, 0.3) else 4)
        if share == 0.1 and self._often(0.3):
            staff = (staff * 12 - 1) / 12
        income = _hundreds(sales)
        total = income + _hundreds(income * chance.choice((0.0, 0.0, 0.01, 0.03)))
        high = _HIGH_SHARES["hte"][2:] if self.strong else _HIGH_SHARES[self.sort]
        converted = (5, 6, 8) if self.strong else (0, 0, 0, 1, 2) if self.sort == "none" else (0, 1, 2, 3, 4, 5, 6)
        rd, rd_row = self._research(income, ratio)
        row: Row = {
            "estimated": False,
            "sales_revenue": income,
            "total_income": total,
            "high_tech_income": min(total, _hundreds(total * chance.choice(high))),
            "total_cost": _hundreds(income * chance.uniform(0.75, 1.12)) + _hundreds(rd * 0.2),
            "total_assets": _hundreds(assets),
            "net_assets": _hundreds(assets * (0.5 if self.strong else chance.uniform(-0.02, 0.7))),
            "employees": employees,
            "st_staff": min(staff, employees),
            "conversions": chance.choice(converted),
        }
        return {**row, **rd_row}

    def _research(self, income: int, ratio: float) -> tuple[int, Row]:
        """Items and totals of research, in whole yuan; the total is what the items make."""
        chance = self.chance
        wanted = income * ratio
        if self._often(0.2):  # on the threshold, or a hundred yuan beside it
            wanted = -(-wanted // 100) * 100 + chance.choice((0, 0, -100))
        parts = {"rd_direct_input": 0.24, "rd_depreciation": 0.07, "rd_intangibles": 0.02, "rd_design": 0.03}
        parts["rd_testing"] = 0.04
        row: Row = {name: _hundreds(wanted * share * chance.uniform(0.6, 1.4)) for name, share in parts.items()}
        row["rd_other"] = _hundreds(wanted * chance.choice((0.03, 0.06, 0.06, 0.2)))
        row["rd_external_domestic"] = _hundreds(wanted * chance.choice((0, 0, 0.05, 0.1)))
        row["rd_external_overseas"] = _hundreds(wanted * chance.choice((0, 0, 0, 0, 0, 0 if self.strong else 0.3)))
        external = _whole(row["rd_external_domestic"]) + _whole(row["rd_external_overseas"])
        rest = sum(_whole(row[name]) for name in parts) + _whole(row["rd_other"])
        row["rd_staff_cost"] = max(0, _hundreds(wanted - rest - external * 0.8))
        base = _whole(row["rd_staff_cost"]) + sum(_whole(row[name]) for name in parts)
        counted = base + min(_whole(row["rd_other"]), base / 4)
        total = counted + external * 4 / 5
        row["rd_expense"] = total
        row["rd_expense_domestic"] = counted + _whole(row["rd_external_domestic"]) * 4 / 5
        row["rd_deductible"] = _hundreds(total * chance.uniform(0.8, 0.98))
        return base, row

    def _marks(self) -> Row:
        chance = self.chance
        most = {
            "tech_advancement": 8,
            "core_support": 8,
            "ip_acquisition": 6,
            "rd_management": 6,
            "rd_institution": 6,
            "rd_incentives": 4,
            "rd_talent": 4,
        }
        return {
            name: round(high * chance.uniform(0.85 if self.strong else 0.55, 1.0) * 5) / 5
            for name, high in most.items()
        }

    def _tax(self, made: Invented) -> None:
        for year, figures in made.years.items():
            if year not in YEARS:
                continue
            adjusted = _hundreds((_whole(figures["total_income"]) - _whole(figures["total_cost"])) * 1.05)
            losses = f"{year - 1} {self.chance.randrange(1, 80) * 10_000}" if self._loss_possible(made, year) else NONE
            made.tax_years[year] = {
                "adjusted_income": adjusted,
                "restricted_industry": False,
                "reduced_project_income": 0,
                "operating_months": 12,
                "employees_quarterly": figures["employees"],
                "assets_quarterly": figures["total_assets"],
                "tax_rd_staff_cost": figures["rd_staff_cost"],
                "tax_rd_direct_input": figures["rd_direct_input"],
                "tax_rd_depreciation": _hundreds(_whole(figures["rd_depreciation"]) * 0.8),
                "tax_rd_intangibles": figures["rd_intangibles"],
                "tax_rd_design_trials": _whole(figures["rd_design"]) + _whole(figures["rd_testing"]),
                "tax_rd_other": figures["rd_other"],
                "tax_rd_external_domestic": figures["rd_external_domestic"],
                "tax_rd_external_overseas": figures["rd_external_overseas"],
                "manufacturing_share": _manufacturing(str(made.enterprise["industry"])),
                "excluded_industry_share": 1.0 if str(made.enterprise["industry"])[:2] in _EXCLUDED else 0.0,
                "ic_or_machine_tool": False,
                "hte_in_year": self.sort == "hte",
                "west_development": self._often(0.05),
                "losses": losses,
            }

    def _loss_possible(self, made: Invented, year: int) -> bool:
        founded = made.enterprise["established_on"]
        return isinstance(founded, dt.date) and founded.year < year and self._often(0.25)

    def _carrier(self, made: Invented) -> None:
        chance = self.chance
        name = str(made.enterprise["name"])
        kind = "makerspace" if "众创" in name else "science_park" if "大学" in name else "incubator"
        level = "national" if self._often(0.5) else "provincial"
        day = self._day(dt.date(2019, 3, 1), dt.date(2023, 10, 1))
        founded = made.enterprise["established_on"]
        assert isinstance(founded, dt.date)
        made.enterprise["carrier_kind"] = kind
        made.enterprise["carrier_history"] = f"{level} {max(day, years_later(founded, 1))} 无"
        for year in (2024, 2025):
            area = chance.randrange(20, 160) * 100
            made.carrier_years[year] = {
                "separate_books": True,
                "owns_property": self._often(0.7),
                "vat_taxpayer": "general",
                "lease_vat_method": "general",
                "input_vat_transferred_out": chance.randrange(0, 40) * 1000,
                "half_relief": False,
                "property_value_used": area * chance.randrange(1800, 3200),
                "property_rent": area * chance.randrange(40, 120),
                "land_area": round(area * 0.7, 1),
                "land_rate": chance.choice((6, 9, 12)),
                "service_income": chance.randrange(40, 400) * 10_000,
                "lease_income": area * chance.randrange(60, 140),
                "months_exempt": 12,
            }

    def _forget(self, made: Invented) -> None:
        """Leave some cells blank: what is not known yet."""
        if self.sort == "carrier" or not self._often(0.22):
            return
        forgotten = ("collects_rd_costs", "ip_class2_unused", "core_ip", "standards_drafted", "sound_accounts", "field")
        for name in forgotten:
            if self._often(0.25):
                made.enterprise.pop(name, None)
        for row in made.years.values():
            for name in ("st_staff", "rd_expense", "rd_deductible", "net_assets", "conversions", "high_tech_income"):
                if self._often(0.12):
                    row.pop(name, None)


_GROWTH: Final = (0.82, 0.95, 1.0, 1.04, 1.08, 1.15, 1.15, 1.26, 1.4)
_SIZE: Final = {"hte": 4.1, "provincial": 3.8, "sme": 3.2, "tenant": 2.2, "none": 3.0, "carrier": 2.7}
_STAFF_SHARES: Final = {
    "hte": (0.1, 0.12, 0.18, 0.25, 0.3, 0.35, 0.45),
    "provincial": (0.08, 0.1, 0.1, 0.15, 0.2, 0.3),
    "sme": (0.1, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
    "tenant": (0.05, 0.1, 0.2, 0.3, 0.5, 0.6),
    "none": (0.0, 0.02, 0.05, 0.09, 0.1, 0.16),
    "carrier": (0.1, 0.2),
}
_RD_RATIOS: Final = {
    "hte": (0.03, 0.04, 0.045, 0.05, 0.05, 0.06, 0.08, 0.12),
    "provincial": (0.028, 0.035, 0.04, 0.05, 0.05, 0.06, 0.09),
    "sme": (0.015, 0.025, 0.035, 0.045, 0.05, 0.06, 0.06, 0.1),
    "tenant": (0.01, 0.04, 0.06, 0.1, 0.2, 0.35),
    "none": (0.0, 0.005, 0.01, 0.02, 0.03, 0.05),
    "carrier": (0.0, 0.02),
}
_HIGH_SHARES: Final = {
    "hte": (0.58, 0.6, 0.64, 0.72, 0.85, 0.95),
    "provincial": (0.35, 0.55, 0.6, 0.62, 0.75),
    "sme": (0.2, 0.45, 0.59, 0.6, 0.7, 0.9),
    "tenant": (0.3, 0.6, 0.9, 1.0),
    "none": (0.0, 0.1, 0.3, 0.55),
    "carrier": (0.0, 0.4),
}
_EXCLUDED: Final = frozenset({"F5", "H6", "L7", "K7"})


def _hundreds(amount: float) -> int:
    """An amount in yuan, rounded to a hundred."""
    return round(amount / 100) * 100


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def _manufacturing(industry: str) -> float:
    shares = {code: share for _, code, share in people.TRADES} | dict(people.OTHER_TRADES)
    return shares.get(industry, 0.0)
