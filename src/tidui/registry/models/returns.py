"""Returns, what differs between them, who verified what, and what is being typed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.registry.enums import DifferenceState, Section, Source

PERSON = settings.AUTH_USER_MODEL
#: The section of an enterprise holds on a date, the others for a year.
YEAR_FITS_SECTION = Q(section="enterprise", year__isnull=True) | (~Q(section="enterprise") & Q(year__isnull=False))

_SECTIONS = dict(Section.choices)
_SOURCES = dict(Source.choices)


class Return(models.Model):
    """A filed, dated, sourced set of facts of one organisation; it is never changed, only followed by another.

    `facts` holds values as FACTS files do; null means that the filer takes back what it had said of the fact.
    The database refuses every change and removal (see `tidui.registry.immutable`).
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="returns", verbose_name=_("单位"))
    section = models.CharField(_("部分"), max_length=20, choices=Section.choices)
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    facts = models.JSONField(_("指标"), default=dict)
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices)
    source_note = models.CharField(_("来源说明"), max_length=200, blank=True)
    document = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("依据文件")
    )
    filed_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("填报人"))
    filed_for = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("填报单位"))
    filed_at = models.DateTimeField(_("填报时间"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    step = models.PositiveIntegerField(_("步"))
    #: The import that it came with; the row is of `registry.importing`.
    batch = models.UUIDField(_("导入批次"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("填报")
        constraints = (
            models.CheckConstraint(condition=YEAR_FITS_SECTION, name="return_year_fits_section"),
            models.CheckConstraint(condition=~Q(digest=""), name="return_has_a_digest"),
            models.UniqueConstraint(fields=["organisation", "step"], name="return_has_its_step"),
        )
        indexes = (
            models.Index(fields=["organisation", "section", "year"], name="return_of_section"),
            models.Index(fields=["-filed_at"], name="return_newest"),
        )

    def __str__(self) -> str:
        year = f" {self.year}" if self.year else ""
        # Not by `get_…_display`, which makes a table of all choices each time: every return writes this into its event.
        section, source = _SECTIONS.get(self.section, self.section), _SOURCES.get(self.source, self.source)
        return f"{section}{year} {source}"

    @property
    def number(self) -> str:
        """The number on the receipt."""
        return f"{self.filed_at:%Y}-{self.pk:08d}"


class Verification(models.Model):
    """Somebody checked facts of a return against their evidence and found them right.

    Where it does not `hold`, it takes a verification of these facts back: it was a mistake, and the note says which.
    """

    filed = models.ForeignKey(Return, models.PROTECT, related_name="verifications", verbose_name=_("填报"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    facts = models.JSONField(_("指标"), default=list)
    verified_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("核实人"))
    verified_for = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("核实单位"))
    verified_at = models.DateTimeField(_("核实时间"))
    note = models.CharField(_("核实说明"), max_length=500, blank=True)
    holds = models.BooleanField(_("核实无误"), default=True)
    step = models.PositiveIntegerField(_("步"))

    class Meta:
        verbose_name = _("核实")
        constraints = (
            models.UniqueConstraint(fields=["organisation", "step"], name="verification_has_its_step"),
            models.CheckConstraint(condition=Q(holds=True) | ~Q(note=""), name="a_verification_taken_back_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.verified_for} {self.verified_at:%Y-%m-%d}"


class Difference(models.Model):
    """A return says otherwise than the accepted value; a person settles it with a reason, once."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="differences", verbose_name=_("单位"))
    section = models.CharField(_("部分"), max_length=20, choices=Section.choices)
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    fact = models.CharField(_("指标"), max_length=40)
    accepted = models.ForeignKey(Return, models.PROTECT, related_name="+", verbose_name=_("现值来源"))
    offered = models.ForeignKey(Return, models.PROTECT, related_name="differences", verbose_name=_("新值来源"))
    state = models.CharField(_("状态"), max_length=10, choices=DifferenceState.choices, default=DifferenceState.OPEN)
    settled_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理人")
    )
    settled_for = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理单位")
    )
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    reason = models.CharField(_("处理理由"), max_length=500, blank=True)
    #: The place of the settlement in the file's history; a lapse has that of the return that ended the difference.
    settled_step = models.PositiveIntegerField(_("步"), null=True, blank=True)

    class Meta:
        verbose_name = _("差异")
        constraints = (
            models.CheckConstraint(condition=YEAR_FITS_SECTION, name="difference_year_fits_section"),
            models.UniqueConstraint(fields=["offered", "fact"], name="a_return_differs_once_in_a_fact"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True, settled_by__isnull=True, settled_step__isnull=True)
                | (
                    Q(state__in=["accepted", "kept"], settled_at__isnull=False, settled_by__isnull=False)
                    & Q(settled_for__isnull=False, settled_step__isnull=False)
                    & ~Q(reason="")
                )
                | Q(state="lapsed", settled_at__isnull=False, settled_step__isnull=False),
                name="a_settled_difference_says_who_when_and_why",
            ),
            models.CheckConstraint(condition=~Q(accepted=F("offered")), name="a_difference_is_of_two_returns"),
        )
        indexes = (
            models.Index(fields=["organisation", "section", "year", "fact"], name="difference_of_fact"),
            models.Index(fields=["organisation"], condition=Q(state="open"), name="difference_open"),
        )

    def __str__(self) -> str:
        return f"{self.fact} {self.get_state_display()}"


class Draft(models.Model):
    """What is being typed for a section and year of an organisation, field by field; shared by its people.

    `values`: {name: {"text": as typed, "version": n, "by": person's id, "at": ISO time}}. `base_step` is the step of
    the file's history that the form showed when the draft was begun.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="drafts", verbose_name=_("单位"))
    section = models.CharField(_("部分"), max_length=20, choices=Section.choices)
    #: 0 for the section of the enterprise, so that the database can hold one draft for each.
    year = models.PositiveSmallIntegerField(_("年度"), default=0)
    values = models.JSONField(_("内容"), default=dict)
    base_step = models.PositiveIntegerField(_("起始步"), default=0)
    updated_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("最近修改人"))
    updated_at = models.DateTimeField(_("最近修改时间"))

    class Meta:
        verbose_name = _("草稿")
        constraints = (
            models.UniqueConstraint(fields=["organisation", "section", "year"], name="one_draft_for_a_section"),
            models.CheckConstraint(
                condition=Q(section="enterprise", year=0) | (~Q(section="enterprise") & Q(year__gt=0)),
                name="draft_year_fits_section",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_section_display()} {self.year or ''}"
