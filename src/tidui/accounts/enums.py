"""Kinds of organisations, of reach, and the roles of members."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganisationKind(models.TextChoices):
    """What an organisation is in the programme."""

    ENTERPRISE = "enterprise", _("企业")
    DEPARTMENT = "department", _("省科技厅")
    PREFECTURE = "prefecture", _("市州科技局")
    COUNTY = "county", _("县区科技局")
    ZONE = "zone", _("开发区、新区")
    UNIVERSITY = "university", _("高等院校")
    BUREAU = "bureau", _("省直部门")
    CENTRAL = "central", _("中央在甘单位")
    AGENCY = "agency", _("评价机构")
    AUTHORITY = "authority", _("认定机构成员单位")
    SITE_INSTITUTION = "site_institution", _("现场考察专业机构")
    TAX = "tax", _("税务部门")
    PARTNER = "partner", _("联审部门")
    FINANCE = "finance", _("财政部门")
    CARRIER = "carrier", _("孵化载体")
    ASSOCIATION = "association", _("孵化协会")
    EXPERTS = "experts", _("专家库")
    INSPECTION = "inspection", _("纪检、审计")


#: Kinds that may recommend what lies in their reach.
RECOMMENDING = frozenset(
    {
        OrganisationKind.PREFECTURE, OrganisationKind.COUNTY, OrganisationKind.ZONE,
        OrganisationKind.UNIVERSITY, OrganisationKind.BUREAU, OrganisationKind.CENTRAL,
    }
)  # fmt: skip


class ReachKind(models.TextChoices):
    """By what a unit's reach is drawn."""

    PROVINCE = "province", _("全省")
    DIVISION = "division", _("行政区划")
    ZONE = "zone", _("开发区、新区")
    AFFILIATION = "affiliation", _("隶属单位")
    ORGANISATION = "organisation", _("指定单位")


class Role(models.TextChoices):
    """What a member does for the organisation."""

    ADMINISTRATOR = "administrator", _("单位管理员")
    CLERK = "clerk", _("填报员")
    OFFICER = "officer", _("经办人")
    LEADER = "leader", _("审核负责人")
    READER = "reader", _("查看人")


class JoinState(models.TextChoices):
    """What became of a request to act for an enterprise."""

    WAITING = "waiting", _("待审核")
    CONFIRMED = "confirmed", _("已确认")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


#: Kinds whose records lie in the reach of units.
REACHED = frozenset({OrganisationKind.ENTERPRISE, OrganisationKind.CARRIER})

#: Roles that look into what their unit reaches; an administrator of members alone does not.
REACHING = frozenset({Role.OFFICER, Role.LEADER, Role.READER})

#: Roles that may change what their unit reaches.
DECIDING = frozenset({Role.OFFICER, Role.LEADER})

#: Roles that may file for their own organisation.
FILING = frozenset({Role.ADMINISTRATOR, Role.CLERK})

_OF_UNITS = (Role.ADMINISTRATOR, Role.OFFICER, Role.LEADER, Role.READER)


def roles_for(kind: str) -> tuple[Role, ...]:
    """The roles that an organisation of this kind gives to its members."""
    if kind in RECOMMENDING or kind == OrganisationKind.DEPARTMENT:
        return _OF_UNITS
    if kind in REACHED:
        return (Role.ADMINISTRATOR, Role.CLERK, Role.READER)
    if kind == OrganisationKind.INSPECTION:
        return (Role.READER,)
    return (Role.ADMINISTRATOR, Role.CLERK, Role.OFFICER, Role.LEADER, Role.READER)
