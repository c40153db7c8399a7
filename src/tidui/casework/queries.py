"""Which calls and applications a person may know of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from tidui.accounts.models import Organisation
from tidui.accounts.standing import NOTHING, Standing, standing
from tidui.casework.enums import OPEN_TO_APPLICANT, CallState, Scope, State
from tidui.casework.models import (
    AnswerFile,
    Application,
    Archive,
    Attachment,
    Batch,
    Call,
    DraftRow,
    Exchange,
    ExchangeRow,
    Finding,
    HeldAnswer,
    Proposal,
    Quota,
    Series,
    Step,
    Submission,
    Trace,
    Urge,
)
from tidui.casework.models_indexes import waits
from tidui.kit.prepared import Counting, Prepared
from tidui.kit.visibility import door


@door(Call)
def calls(user: Any) -> QuerySet[Call]:
    """Published calls are public; drafts are the department's."""
    if standing(user).sees_everything:
        return Call.objects.all()
    return Call.objects.exclude(state=CallState.DRAFT)


_call: Prepared[Call] = Prepared(lambda key: Call.objects.filter(pk=key))


def call_of(user: Any, pk: int) -> Call | None:
    """One call, where the person may see it by the door of calls."""
    found = _call.first(pk)
    if found is not None and found.state == CallState.DRAFT and not standing(user).sees_everything:
        return None
    return found


@door(Quota)
def quotas(user: Any) -> QuerySet[Quota]:
    """A unit's own, all for the department."""
    who = standing(user)
    if who.sees_everything:
        return Quota.objects.all()
    return Quota.objects.filter(unit__in=who.units).exclude(call__state=CallState.DRAFT)


@door(Batch)
def batches(user: Any) -> QuerySet[Batch]:
    """Batches are the department's."""
    return Batch.objects.all() if standing(user).sees_everything else Batch.objects.none()


def application_q(who: Standing, prefix: str = "") -> Q:
    """Applications that somebody may see, over the fields of Application.

    One's own; once they are submitted also those that one's agency was chosen for, those of one's reach, those that
    one's unit recommends or has decided on (old files stay readable), and all for the department and inspection.
    """
    submitted = Q(**{f"{prefix}submitted_at__isnull": False})
    if who.sees_everything:
        return submitted | Q(**{f"{prefix}organisation__in": who.ids})
    own = Q(**{f"{prefix}organisation__in": who.ids}) if who.ids else NOTHING
    agency = Q(**{f"{prefix}agency__in": who.ids}) if who.ids else NOTHING
    # By their keys, not by a join: the database then finds each part of the condition by its index.
    lying = Organisation.objects.filter(who.officer_q()).values("pk")
    reached = Q(**{f"{prefix}organisation__in": lying})
    decided = NOTHING
    if who.units:
        steps = Step.objects.filter(by_unit__in=who.units).values("application")
        decided = Q(**{f"{prefix}unit__in": who.units}) | Q(**{f"{prefix}pk__in": steps})
    return own | (submitted & (agency | reached | decided))


@door(Application)
def applications(user: Any) -> QuerySet[Application]:
    """See `application_q`."""
    return Application.objects.filter(application_q(standing(user)))


def submitted_applications(user: Any) -> QuerySet[Application]:
    """Those of them that were submitted; for whoever sees everything there is nothing else to ask."""
    submitted = Application.objects.filter(submitted_at__isnull=False)
    who = standing(user)
    return submitted if who.sees_everything else submitted.filter(application_q(who))


_with_its_parties: Prepared[Application] = Prepared(
    lambda key: Application.objects.filter(pk=key).select_related("call", "organisation", "holder", "agency")
)


def own_application(user: Any, pk: int) -> Application | None:
    """An application of one of the person's own organisations, with its call and who is concerned."""
    found = _with_its_parties.first(pk)
    return found if found is not None and found.organisation_id in standing(user).ids else None


#: What is over without having led anywhere does not stand in the way of a new application.
GONE: Final = (State.WITHDRAWN, State.LAPSED, State.REFUSED)


def under(call: Call, organisation: Organisation) -> list[Application]:
    """All applications of an organisation under a call, the oldest first."""
    # By the organisation, which has few: asked for both, SQLite walks through all applications of the call.
    return [one for one in _of(organisation.pk) if one.call_id == call.pk]


def running_of(there: Iterable[Application]) -> Application | None:
    """The one among an organisation's applications under a call that has not come to nothing, if there is one."""
    return next((one for one in there if one.state not in GONE), None)


_of: Prepared[Application] = Prepared(lambda key: Application.objects.filter(organisation=key).order_by("pk"))


def own_applications(user: Any) -> QuerySet[Application]:
    """The applications of the person's own organisations, drafts included."""
    return Application.objects.filter(organisation__in=standing(user).ids)


_open_of: Prepared[int] = Prepared(
    lambda own: Application.objects.filter(organisation__in=own, state__in=OPEN_TO_APPLICANT)
    .values_list("pk", flat=True)
)  # fmt: skip


def waiting_for_applicant(user: Any) -> Counting:
    """How many of them wait for the applicant to write."""
    return _open_of.counting(sorted(standing(user).ids))


def _of_applications(user: Any) -> Q:
    # Asked of each row: SQLite would first gather a hundred thousand keys for the few rows of one case.
    return Q(Exists(applications(user).filter(pk=OuterRef("application"))))


@door(Submission)
def submissions(user: Any) -> QuerySet[Submission]:
    """Those of the applications that the person may see."""
    return Submission.objects.filter(_of_applications(user))


@door(Step)
def steps(user: Any) -> QuerySet[Step]:
    """Those of the applications that the person may see."""
    return Step.objects.filter(_of_applications(user))


@door(Attachment)
def attachments(user: Any) -> QuerySet[Attachment]:
    """Those of the applications that the person may see; of a draft only the applicant's own."""
    return Attachment.objects.filter(_of_applications(user))


def _deciding_q(who: Standing) -> Q:
    """Applications on which the person's organisation decides: what the applicant is not shown while it runs."""
    if who.sees_everything:
        return Q(pk__isnull=False)
    mine = who.units | who.ids
    if not mine:
        return NOTHING
    steps = Step.objects.filter(by_unit__in=mine).values("application")
    turn = Q(application__holder__in=mine) | Q(application__agency__in=mine) | Q(application__unit__in=mine)
    return (turn | Q(application__in=steps)) & ~Q(application__organisation__in=who.ids)


def decides_on(user: Any, application: Application) -> bool:
    """Does the person see what only those who decide on the application are shown? Once it was submitted."""
    return Submission.objects.filter(_deciding_q(standing(user)), application=application).exists()


@door(Finding)
def findings(user: Any) -> QuerySet[Finding]:
    """For whoever decides, now or before; never for the applicant, who might learn of another's application."""
    return Finding.objects.filter(_of_applications(user), _deciding_q(standing(user)))


@door(Archive)
def archives(user: Any) -> QuerySet[Archive]:
    """All for the department and inspection; those of one's own enterprise; one's own, of what one may still see."""
    who = standing(user)
    if who.sees_everything:
        return Archive.objects.all()
    own = Q(scope=Scope.OWN, application__organisation__in=who.ids)
    return Archive.objects.filter(_of_applications(user), own | Q(scope=Scope.SEEN, made_by=getattr(user, "pk", None)))


@door(Trace)
def traces(user: Any) -> QuerySet[Trace]:
    """Nobody looks at digests; they are there for the checks."""
    return Trace.objects.none()


@door(Proposal)
def proposals(user: Any) -> QuerySet[Proposal]:
    """Those of the person's own unit; the department and inspection see all."""
    who = standing(user)
    if who.sees_everything:
        return Proposal.objects.all()
    return Proposal.objects.filter(by_unit__in=who.units | who.ids)


@door(Urge)
def urges(user: Any) -> QuerySet[Urge]:
    """Reminders to the person's organisations, and about applications on which they decide."""
    who = standing(user)
    return Urge.objects.filter(Q(to__in=who.ids) | (_of_applications(user) & _deciding_q(who)))


@door(Exchange)
def exchanges(user: Any) -> QuerySet[Exchange]:
    """The department's, and for a partner authority or the tax side the lists that were sent to it."""
    who = standing(user)
    if who.sees_everything:
        return Exchange.objects.all()
    return Exchange.objects.filter(partner__in=who.ids, sent_at__isnull=False) if who.ids else Exchange.objects.none()


@door(ExchangeRow)
def exchange_rows(user: Any) -> QuerySet[ExchangeRow]:
    """The lines of the lists that the person may see."""
    return ExchangeRow.objects.filter(exchange__in=exchanges(user).values("pk"))


@door(AnswerFile)
def answer_files(user: Any) -> QuerySet[AnswerFile]:
    """The answers to the lists that the person may see."""
    return AnswerFile.objects.filter(exchange__in=exchanges(user).values("pk"))


@door(HeldAnswer)
def held_answers(user: Any) -> QuerySet[HeldAnswer]:
    """Answers to the lists that the person may see that were not taken by themselves."""
    return HeldAnswer.objects.filter(row__exchange__in=exchanges(user).values("pk"))


@door(Series)
def series(user: Any) -> QuerySet[Series]:
    """Nobody looks at counters, but for those who see everything."""
    return Series.objects.all() if standing(user).sees_everything else Series.objects.none()


def on_desk(user: Any, *, by_key: bool = False) -> QuerySet[Application]:
    """The applications that wait for a decision of the person's organisations.

    What lies with the public, the tax side or the national platform is kept by the department, and decided in batches.
    `by_key`: the same rows, to be looked up by their keys. The index of the desk is kept out of sight then: SQLite
    would go through the whole desk for the few of a page.
    """
    who = standing(user)
    from tidui.casework.permissions import may_work

    mine = [key for key in who.ids if may_work(who, key)]
    if not mine:
        return Application.objects.none()
    if by_key:
        holder = ExpressionWrapper(F("holder_id") + 0, output_field=BigIntegerField())
        return Application.objects.alias(held_by=holder).filter(waits(), held_by__in=mine)
    return Application.objects.filter(waits(), holder__in=mine)


@door(DraftRow)
def draft_rows(user: Any) -> QuerySet[DraftRow]:
    """What is being written: the applicant's own only."""
    who = standing(user)
    return DraftRow.objects.filter(application__organisation__in=who.ids) if who.ids else DraftRow.objects.none()
