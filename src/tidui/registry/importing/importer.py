"""Who imports, on whose behalf, and which enterprises lie within their reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import DECIDING, FILING, REACHED, RECOMMENDING, OrganisationKind
from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import Standing, standing
from tidui.registry.enums import Source

#: What each sort of importer may give as the source, the usual one first.
_DEPARTMENT: Final = (Source.TAKEOVER, Source.UNIT, Source.TAX, Source.AUDIT)
_UNIT: Final = (Source.UNIT, Source.TAX, Source.AUDIT)
_OWN: Final = (Source.SELF,)

#: Said of every enterprise that may not be imported, whether it is in the register or not.
OUT_OF_REACH: Final = (
    "the enterprise is not in your reach",
    "leave its rows out, or ask the department to import them",
)
NOT_YOURS: Final = ("the row is not of your enterprise", "give only rows of your own credit code")


def sources_of(organisation: Organisation) -> tuple[Source, ...]:
    """The sources that a member of this organisation may import as."""
    if organisation.kind == OrganisationKind.DEPARTMENT:
        return _DEPARTMENT
    return _OWN if organisation.kind in REACHED else _UNIT


def bodies_of(user: User) -> list[Organisation]:
    """The organisations for which a person may import."""
    who = standing(user)
    if who.is_inspection:
        return []
    found = []
    for one in who.organisations:
        if one.kind in REACHED:
            allowed = who.has(FILING, one)
        else:
            allowed = one.kind in {*RECOMMENDING, OrganisationKind.DEPARTMENT} and who.has(DECIDING, one)
        found += [one] if allowed else []
    return found


@dataclass(slots=True)
class Importer:
    """The person who imports, the organisation that speaks, and as which source."""

    by: User
    filed_for: Organisation
    source: str
    who: Standing = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.who = standing(self.by)

    @property
    def own(self) -> bool:
        """Whether it is an enterprise that imports its own file."""
        return self.source == Source.SELF

    def may(self, organisation: Organisation) -> bool:
        """Whether this enterprise (also one that is not saved yet) may be imported."""
        if self.own:
            return organisation.pk is not None and organisation.pk == self.filed_for.pk
        return organisation.active and self.who.decides_on(organisation)

    @property
    def refusal(self) -> tuple[str, str]:
        """What is said of an enterprise that may not be imported, and what to do instead."""
        return NOT_YOURS if self.own else OUT_OF_REACH

    @property
    def writes_statuses(self) -> bool:
        """Whether statuses may be given."""
        return self.source == Source.TAKEOVER


def label(organisation: Organisation) -> Any:
    """How an organisation is offered on the form."""
    return organisation.name or _("未命名单位")
