"""Which records of review a person may know of. Until a decision is public, applicants know of none of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tidui.accounts.standing import NOTHING, standing
from tidui.kit.prepared import Prepared
from tidui.kit.visibility import door
from tidui.review.enums import SEATED, DrawState, SheetState
from tidui.review.models import (
    Absence,
    Calibration,
    Claim,
    Commission,
    Draw,
    Expert,
    ExpertField,
    FeeLine,
    FeeSheet,
    File,
    Group,
    PanelForm,
    Photo,
    Record,
    Recusal,
    Review,
    Seat,
    SecondLook,
    Secret,
    Sheet,
    Tie,
    Visit,
)

_entry_of: Prepared[Expert] = Prepared(lambda user: Expert.objects.filter(user=user))


def expert_of(user: Any) -> Expert | None:
    """The entry of the register that is about a person, read once a request."""
    if not getattr(user, "is_authenticated", False):
        return None
    if not hasattr(user, "_expert"):
        user._expert = _entry_of.first(user.pk)
    found: Expert | None = user._expert
    return found


def _own(user: Any, path: str = "expert") -> Q:
    found = expert_of(user)
    return Q(**{path: found.pk}) if found is not None else NOTHING


def _all(user: Any) -> bool:
    return standing(user).sees_everything


@door(Expert)
def experts(user: Any) -> QuerySet[Expert]:
    """All for the department and inspection, those that one's unit nominated, and oneself."""
    if _all(user):
        return Expert.objects.all()
    units = standing(user).deciding_units
    nominated = Q(nominated_by__in=units) if units else NOTHING
    return Expert.objects.filter(nominated | _own(user, "pk"))


def _of_experts(user: Any) -> Q:
    return Q(expert__in=experts(user).values("pk"))


@door(ExpertField)
def expert_fields(user: Any) -> QuerySet[ExpertField]:
    """Those of the experts that the person may know of."""
    return ExpertField.objects.filter(_of_experts(user))


@door(Absence)
def absences(user: Any) -> QuerySet[Absence]:
    """One's own; all for the department."""
    return Absence.objects.all() if _all(user) else Absence.objects.filter(_own(user))


@door(Tie)
def ties(user: Any) -> QuerySet[Tie]:
    """One's own; all for the department."""
    return Tie.objects.all() if _all(user) else Tie.objects.filter(_own(user))


@door(Recusal)
def recusals(user: Any) -> QuerySet[Recusal]:
    """The department's: whom an applicant named is not told to the one who was named."""
    return Recusal.objects.all() if _all(user) else Recusal.objects.none()


@door(FeeSheet)
def fee_sheets(user: Any) -> QuerySet[FeeSheet]:
    """The department's."""
    return FeeSheet.objects.all() if _all(user) else FeeSheet.objects.none()


@door(FeeLine)
def fee_lines(user: Any) -> QuerySet[FeeLine]:
    """The department's; an expert sees their own once it is paid."""
    return FeeLine.objects.all() if _all(user) else FeeLine.objects.filter(_own(user), sheet__paid_on__isnull=False)


@door(Review)
def reviews(user: Any) -> QuerySet[Review]:
    """The department's."""
    return Review.objects.all() if _all(user) else Review.objects.none()


@door(Group)
def groups(user: Any) -> QuerySet[Group]:
    """The department's; an expert's own."""
    if _all(user):
        return Group.objects.all()
    return Group.objects.filter(pk__in=_seats_of(user).values("group"))


def _seats_of(user: Any) -> QuerySet[Seat]:
    return Seat.objects.filter(_own(user), state__in=SEATED)


@door(File)
def files(user: Any) -> QuerySet[File]:
    """The department's; an expert's are those of their panels that nothing recuses them from."""
    if _all(user):
        return File.objects.all()
    seats = _seats_of(user)
    mine = Q(group__in=seats.values("group")) | Q(pk__in=seats.values("file"))
    recused = Recusal.objects.filter(_own(user), lifted_at__isnull=True).values("application")
    return File.objects.filter(mine).exclude(application__in=recused)


@door(Draw)
def draws(user: Any) -> QuerySet[Draw]:
    """That there was a draw, its digests and its composition are public once it is frozen; names are not here."""
    if _all(user):
        return Draw.objects.all()
    mine = Q(secrets__unit__in=standing(user).ids) if standing(user).ids else NOTHING
    return Draw.objects.filter(mine | Q(frozen_at__isnull=False) & ~Q(state=DrawState.PREPARED)).distinct()


@door(Secret)
def secrets(user: Any) -> QuerySet[Secret]:
    """A unit's own; that of others once both are opened is in the file."""
    return Secret.objects.filter(unit__in=standing(user).ids) if standing(user).ids else Secret.objects.none()


@door(Seat)
def seats(user: Any) -> QuerySet[Seat]:
    """The department's, and one's own; who else sits in a panel is for its leader alone, by its page."""
    return Seat.objects.all() if _all(user) else Seat.objects.filter(_own(user))


@door(Sheet)
def sheets(user: Any) -> QuerySet[Sheet]:
    """The department's; an expert's own, while nothing recuses them."""
    if _all(user):
        return Sheet.objects.all()
    recused = Recusal.objects.filter(_own(user), lifted_at__isnull=True).values("application")
    own = Sheet.objects.filter(_own(user), seat__state__in=SEATED).exclude(state=SheetState.VOID)
    return own.exclude(file__application__in=recused)


@door(PanelForm)
def panel_forms(user: Any) -> QuerySet[PanelForm]:
    """The department's; a leader's own."""
    return PanelForm.objects.all() if _all(user) else PanelForm.objects.filter(_own(user, "seat__expert"))


@door(SecondLook)
def second_looks(user: Any) -> QuerySet[SecondLook]:
    """The department's; those of the files that one reviews."""
    return SecondLook.objects.all() if _all(user) else SecondLook.objects.filter(file__in=files(user).values("pk"))


@door(Calibration)
def calibrations(user: Any) -> QuerySet[Calibration]:
    """The department's."""
    return Calibration.objects.all() if _all(user) else Calibration.objects.none()


@door(Commission)
def commissions(user: Any) -> QuerySet[Commission]:
    """The department's, and those of one's institution."""
    if _all(user):
        return Commission.objects.all()
    return Commission.objects.filter(institution__in=standing(user).ids)


def _of_commissions(user: Any, path: str) -> Q:
    return Q(**{f"{path}__in": commissions(user).values("pk")})


@door(Visit)
def visits(user: Any) -> QuerySet[Visit]:
    """Those of the commissions that the person may see."""
    return Visit.objects.filter(_of_commissions(user, "commission"))


@door(Claim)
def claims(user: Any) -> QuerySet[Claim]:
    """Those of the visits that the person may see."""
    return Claim.objects.filter(_of_commissions(user, "visit__commission"))


@door(Record)
def records(user: Any) -> QuerySet[Record]:
    """Those of the visits that the person may see."""
    return Record.objects.filter(_of_commissions(user, "visit__commission"))


@door(Photo)
def photos(user: Any) -> QuerySet[Photo]:
    """Those of the visits that the person may see."""
    return Photo.objects.filter(_of_commissions(user, "visit__commission"))
