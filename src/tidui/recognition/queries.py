"""Which records of recognition a person may know of."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tidui.accounts.standing import standing
from tidui.casework.queries import applications
from tidui.kit.visibility import door
from tidui.recognition import queries_decisions  # noqa: F401
from tidui.recognition.enums import NoticeState
from tidui.recognition.models import (
    Change,
    Document,
    Meeting,
    Notice,
    Objection,
    Recognition,
    Reminder,
    Revocation,
    Sample,
    Sampling,
    YearlyReturn,
)
from tidui.recognition.models_decisions import MeetingState


@door(Notice)
def notices(user: Any) -> QuerySet[Notice]:
    """What was published is public; drafts are the department's."""
    if standing(user).sees_everything:
        return Notice.objects.all()
    return Notice.objects.exclude(state=NoticeState.DRAFT)


@door(Objection)
def objections(user: Any) -> QuerySet[Objection]:
    """The department's: who objects is not shown to the one objected to."""
    return Objection.objects.all() if standing(user).sees_everything else Objection.objects.none()


def sealed_documents() -> Q:
    """Minutes of meetings whose decisions are not published: the department's alone."""
    sealed = Meeting.objects.exclude(state=MeetingState.PUBLISHED).filter(minutes__isnull=False)
    return Q(pk__in=sealed.values("minutes"))


@door(Document)
def documents(user: Any) -> QuerySet[Document]:
    """Public ones; those sent to one's own organisation or to one of the reach; all for the department."""
    who = standing(user)
    if who.sees_everything:
        return Document.objects.all() if who.is_department else Document.objects.exclude(sealed_documents())
    own = Q(organisation__in=who.ids) | Q(application__in=applications(user).values("pk"))
    return Document.objects.filter(Q(public=True) | own) if who.held else Document.objects.filter(public=True)


@door(Recognition)
def recognitions(user: Any) -> QuerySet[Recognition]:
    """Those of the organisations that the person may see; what the public may ask is `verifying.lookup`."""
    return Recognition.objects.filter(standing(user).reach_q("organisation__"))


@door(Revocation)
def revocations(user: Any) -> QuerySet[Revocation]:
    """Those of one's own organisation once it was told, and of one's reach."""
    who = standing(user)
    reached = who.officer_q("recognition__organisation__")
    own = Q(recognition__organisation__in=who.ids, told_at__isnull=False)
    return Revocation.objects.filter(reached | own)


@door(Sampling)
def samplings(user: Any) -> QuerySet[Sampling]:
    """Frozen lists are published with their digest: everybody may know of them, nobody learns a name from them."""
    return Sampling.objects.all()


@door(Sample)
def samples(user: Any) -> QuerySet[Sample]:
    """The department's, and those that one's unit checks."""
    who = standing(user)
    return Sample.objects.all() if who.sees_everything else Sample.objects.filter(unit__in=who.units)


@door(Reminder)
def reminders(user: Any) -> QuerySet[Reminder]:
    """Those about the recognitions that the person may see."""
    return Reminder.objects.filter(standing(user).reach_q("recognition__organisation__"))


@door(YearlyReturn)
def yearly_returns(user: Any) -> QuerySet[YearlyReturn]:
    """One's own, and those of one's reach."""
    return YearlyReturn.objects.filter(standing(user).reach_q("recognition__organisation__"))


@door(Change)
def changes(user: Any) -> QuerySet[Change]:
    """One's own, and those of one's reach."""
    return Change.objects.filter(standing(user).reach_q("recognition__organisation__"))
