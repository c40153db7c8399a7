"""The accepted facts: wide tables with one column for each fact of the catalogue, rebuilt from returns at any time.

The names are those of the catalogue; a contract test compares them. Money is in fen, numbers and shares are exact.
"""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR
from tidui.registry.fields import (
    CountColumn,
    DayColumn,
    FlagColumn,
    ListColumn,
    MoneyColumn,
    NumberField,
    WordColumn,
)

#: Facts that the organisation itself has; nobody files them.
IDENTITY: Final = ("uscc", "name", "division")


class Accepted(models.Model):
    """What every row of accepted facts says about its values.

    `nones` names the facts that are known to be none; `provenance` gives for every known fact the return that it
    came with, `verified` for every verified one the verification.
    """

    #: The section of the catalogue that the table holds.
    section: ClassVar[str]

    nones = models.JSONField(_("已知为无的指标"), default=list, editable=False)
    provenance = models.JSONField(_("来源填报"), default=dict, editable=False)
    verified = models.JSONField(_("核实记录"), default=dict, editable=False)

    class Meta:
        abstract = True


class AcceptedYear(Accepted):
    """Accepted facts of one organisation and year."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    year = models.PositiveSmallIntegerField(_("年度"))

    class Meta:
        abstract = True
        constraints = (
            models.UniqueConstraint(fields=["organisation", "year"], name="%(class)s_one_row_a_year"),
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR), name="%(class)s_year_in_bounds"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"


class Enterprise(Accepted):
    """The file of an organisation: its facts that hold on a date. `steps` counts what happened to the whole file.

    Credit code, name and division are those of the organisation: `IDENTITY` names the facts without a column.
    """

    section = "enterprise"

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, primary_key=True, related_name="file", verbose_name=_("单位")
    )
    #: How many filings, settlements and verifications the file has seen: the order of its history.
    steps = models.PositiveIntegerField(_("步数"), default=0, editable=False)
    #: Since when the enterprise says that its register of intellectual property is complete: counts follow it.
    property_complete_at = models.DateTimeField(_("知识产权登记完整"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("最近变更时间"), null=True, blank=True, editable=False, db_index=True)

    established_on = DayColumn()
    industry = WordColumn()
    field = WordColumn()
    resident = FlagColumn()
    audit_collection = FlagColumn()
    sound_accounts = FlagColumn()
    collects_rd_costs = FlagColumn()
    pays_income_tax = FlagColumn()
    listed = FlagColumn()
    prohibited_products = FlagColumn()
    major_incidents = ListColumn()
    serious_fraud = ListColumn()
    research_dishonesty = ListColumn()
    abnormal_listed = FlagColumn()
    dishonesty_listed = FlagColumn()
    core_ip = FlagColumn()
    self_developed_ip = FlagColumn()
    ip_class1 = CountColumn()
    ip_class2 = CountColumn()
    ip_class2_unused = CountColumn()
    standards_drafted = FlagColumn()
    national_award_top3 = FlagColumn()
    provincial_rd_institution = FlagColumn()
    standard_lead = FlagColumn()
    tenant_of = WordColumn()
    tenant_since = DayColumn()
    tenant_until = DayColumn()
    sme_number = WordColumn()
    sme_valid_until = DayColumn()
    sme_revoked_on = DayColumn()
    sme_barred_until = DayColumn()
    provincial_recognised_on = ListColumn()
    provincial_valid_until = DayColumn()
    hte_recognised_on = ListColumn()
    hte_valid_until = DayColumn()
    hte_revoked_on = DayColumn()
    hte_bank_selected_on = DayColumn()
    hte_bank_left_on = DayColumn()
    rewards_paid = ListColumn()
    national_contest_prizes = ListColumn()
    carrier_kind = WordColumn()
    carrier_history = ListColumn()

    class Meta:
        verbose_name = _("企业档案")

    def __str__(self) -> str:
        return str(self.organisation_id)


class YearFigures(AcceptedYear):
    """The figures of one enterprise and fiscal year."""

    section = "years"

    estimated = FlagColumn()
    sales_revenue = MoneyColumn()
    total_income = MoneyColumn()
    high_tech_income = MoneyColumn()
    total_cost = MoneyColumn()
    total_assets = MoneyColumn()
    net_assets = MoneyColumn()
    employees = NumberField()
    st_staff = NumberField()
    conversions = CountColumn()
    rd_staff_cost = MoneyColumn()
    rd_direct_input = MoneyColumn()
    rd_depreciation = MoneyColumn()
    rd_intangibles = MoneyColumn()
    rd_design = MoneyColumn()
    rd_testing = MoneyColumn()
    rd_other = MoneyColumn()
    rd_external_domestic = MoneyColumn()
    rd_external_overseas = MoneyColumn()
    rd_expense = MoneyColumn()
    rd_expense_domestic = MoneyColumn()
    rd_deductible = MoneyColumn()

    class Meta(AcceptedYear.Meta):
        verbose_name = _("年度指标")


class TaxYear(AcceptedYear):
    """What the income-tax rules read of one enterprise and year."""

    section = "tax_years"

    adjusted_income = MoneyColumn()
    restricted_industry = FlagColumn()
    reduced_project_income = MoneyColumn()
    operating_months = CountColumn()
    employees_quarterly = NumberField()
    assets_quarterly = MoneyColumn()
    tax_rd_staff_cost = MoneyColumn()
    tax_rd_direct_input = MoneyColumn()
    tax_rd_depreciation = MoneyColumn()
    tax_rd_intangibles = MoneyColumn()
    tax_rd_design_trials = MoneyColumn()
    tax_rd_other = MoneyColumn()
    tax_rd_external_domestic = MoneyColumn()
    tax_rd_external_overseas = MoneyColumn()
    tax_rd_capitalised_formed = MoneyColumn()
    tax_rd_amortised = MoneyColumn()
    tax_rd_q4 = MoneyColumn()
    excluded_industry_share = NumberField()
    manufacturing_share = NumberField()
    ic_or_machine_tool = FlagColumn()
    sme_number_in_year = FlagColumn()
    sme_zero_number_next_year = FlagColumn()
    hte_in_year = FlagColumn()
    west_development = FlagColumn()
    losses = ListColumn()

    class Meta(AcceptedYear.Meta):
        verbose_name = _("纳税年度指标")


class CarrierYear(AcceptedYear):
    """What the rules for carriers read of one carrier and calendar year."""

    section = "carrier_years"

    separate_books = FlagColumn()
    owns_property = FlagColumn()
    vat_taxpayer = WordColumn()
    lease_vat_method = WordColumn()
    input_vat_transferred_out = MoneyColumn()
    half_relief = FlagColumn()
    property_value_used = MoneyColumn()
    property_rent = MoneyColumn()
    land_area = NumberField()
    land_rate = MoneyColumn()
    service_income = MoneyColumn()
    lease_income = MoneyColumn()
    months_exempt = CountColumn()

    class Meta(AcceptedYear.Meta):
        verbose_name = _("载体年度指标")


#: The table of each section.
TABLES: dict[str, type[Enterprise | YearFigures | TaxYear | CarrierYear]] = {
    "enterprise": Enterprise,
    "years": YearFigures,
    "tax_years": TaxYear,
    "carrier_years": CarrierYear,
}
