"""Which rows of enterprise files a person may know of."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tidui.accounts.standing import standing
from tidui.kit.visibility import door
from tidui.registry.models import (
    CarrierYear,
    Difference,
    Draft,
    Enterprise,
    IntellectualProperty,
    Return,
    TaxYear,
    Verification,
    YearFigures,
)


def _reached(user: Any) -> Q:
    return standing(user).reach_q("organisation__")


@door(Enterprise)
def files(user: Any) -> QuerySet[Enterprise]:
    """Files of the person's organisations and of what their units reach."""
    return Enterprise.objects.filter(_reached(user))


@door(YearFigures)
def year_figures(user: Any) -> QuerySet[YearFigures]:
    """The yearly figures of the files that the person may see."""
    return YearFigures.objects.filter(_reached(user))


@door(TaxYear)
def tax_years(user: Any) -> QuerySet[TaxYear]:
    """The tax years of the files that the person may see."""
    return TaxYear.objects.filter(_reached(user))


@door(CarrierYear)
def carrier_years(user: Any) -> QuerySet[CarrierYear]:
    """The carrier years of the files that the person may see."""
    return CarrierYear.objects.filter(_reached(user))


@door(Return)
def returns(user: Any) -> QuerySet[Return]:
    """Returns of the files that the person may see, and those that their unit filed or verified."""
    who = standing(user)
    own = who.settled_q("filed_for")
    verified = Q(pk__in=Verification.objects.filter(who.settled_q("verified_for")).values("filed"))
    return Return.objects.filter(who.reach_q("organisation__") | own | verified)


@door(Difference)
def differences(user: Any) -> QuerySet[Difference]:
    """Differences in the files that the person may see, and those that their unit settled."""
    who = standing(user)
    return Difference.objects.filter(who.reach_q("organisation__") | who.settled_q("settled_for"))


@door(Verification)
def verifications(user: Any) -> QuerySet[Verification]:
    """Verifications in the files that the person may see, and those that their unit made."""
    who = standing(user)
    return Verification.objects.filter(who.reach_q("organisation__") | who.settled_q("verified_for"))


@door(Draft)
def drafts(user: Any) -> QuerySet[Draft]:
    """What is being typed in the person's own organisations; nobody else sees a draft."""
    ids = standing(user).ids
    return Draft.objects.filter(organisation__in=ids) if ids else Draft.objects.none()


@door(IntellectualProperty)
def intellectual_property(user: Any) -> QuerySet[IntellectualProperty]:
    """The registers of intellectual property of the files that the person may see."""
    return IntellectualProperty.objects.filter(_reached(user))
