"""Which rows of enterprise files a person may know of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

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

#: Returns that nobody but the department and inspection may know of yet: conditions over returns.
_VEILS: Final[list[Callable[[], Q]]] = []


def veil(condition: Callable[[], Q]) -> Callable[[], Q]:
    """Hide the returns that meet a condition from all but those who see everything, with their differences."""
    _VEILS.append(condition)
    return condition


def veiled() -> QuerySet[Return]:
    """The returns that are still hidden: pages of a file that do not ask who looks leave them out for everybody."""
    hidden = Q(pk__in=())
    for condition in _VEILS:
        hidden |= condition()
    return Return.objects.filter(hidden)


def _veiled(user: Any) -> QuerySet[Return] | None:
    """The same for a person; None where nothing is hidden from them."""
    return None if standing(user).sees_everything or not _VEILS else veiled()


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
    found = Return.objects.filter(who.reach_q("organisation__") | own | verified)
    hidden = _veiled(user)
    return found if hidden is None else found.exclude(pk__in=hidden.values("pk"))


@door(Difference)
def differences(user: Any) -> QuerySet[Difference]:
    """Differences in the files that the person may see, and those that their unit settled."""
    who = standing(user)
    found = Difference.objects.filter(who.reach_q("organisation__") | who.settled_q("settled_for"))
    hidden = _veiled(user)
    return found if hidden is None else found.exclude(offered__in=hidden.values("pk"))


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
