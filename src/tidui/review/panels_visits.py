"""What site visits show on the page of a batch and, for the department alone, of a case."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest

from tidui.casework import panels, presenting
from tidui.casework.batching import stages_of
from tidui.casework.models import Application, Batch
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.review import visiting
from tidui.review.actions import commissioning
from tidui.review.enums import VisitState
from tidui.review.kinds import SITE_VISIT
from tidui.review.lists_visits import overdue_q
from tidui.review.models import Visit


@panels.add("batch", order=30)
def batch(request: HttpRequest, thing: Batch) -> panels.Panel | None:
    """How far the visits of a batch are, and the way to commission."""
    if not access.check("review.view_reviews", request.user) or not stages_of(thing.call, SITE_VISIT.name):
        return None
    counts = visible_to(request.user, Visit).filter(commission__batch=thing).aggregate(
        out=Count("pk", filter=Q(state__in=visiting.OPEN)),
        reported=Count("pk", filter=Q(state=VisitState.REPORTED)),
        accepted=Count("pk", filter=Q(state=VisitState.ACCEPTED)),
        late=Count("pk", filter=overdue_q()),
    )
    waiting = commissioning.waiting(thing).count()
    if not waiting and not any(counts.values()):
        return None
    may = bool(access.check("review.commission", request.user))
    context = {"batch": thing, "waiting": waiting, "may": may and bool(waiting), **counts}
    return panels.Panel("review/visits/_batch.html", context)


@panels.add("case", order=30)
def case(request: HttpRequest, thing: Application) -> panels.Panel | None:
    """What was found on the spot, and what it changes: never for the applicant, the county or an institution."""
    if not access.check("review.view_reviews", request.user):
        return None
    found = visiting.finding_of(thing)
    if found is None:
        return None
    return panels.Panel("review/visits/_case.html", case_context(found))


def case_context(found: visiting.VisitFinding) -> dict[str, object]:
    """A finding with its words, for the page of a case, of a visit and of a decision."""
    return {
        "finding": found, "state": (VisitState(found.state).label, visiting.TONES[VisitState(found.state)]),
        "before": presenting.VERDICTS.get(found.before), "after": presenting.VERDICTS.get(found.after),
        "changed": [
            (one, presenting.VERDICTS.get(one.before), presenting.VERDICTS.get(one.after)) for one in found.changed
        ],
    }  # fmt: skip
