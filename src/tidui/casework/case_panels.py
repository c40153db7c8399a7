"""What calls, printing and hand-overs show on the page of a case."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tidui.casework import panels, printing, quotas, stamping
from tidui.casework.enums import ENDED, OPEN_TO_APPLICANT, State
from tidui.casework.kinds import RECOMMENDATION
from tidui.casework.models import Application, Quota, Submission
from tidui.casework.panels import Panel
from tidui.casework.presenting import stage_title
from tidui.casework.programme import programme
from tidui.casework.writing import STAMPED
from tidui.kit import access
from tidui.kit.visibility import visible_to


@panels.add("case", order=15)
def hand_over(request: HttpRequest, application: Application) -> Panel | None:
    """The enterprise has moved: whose it should be, and the button that hands it over."""
    if application.unit_changed_at is None or application.state in ENDED:
        return None
    if not access.check("casework.transfer", request.user, application):
        return None
    unit = application.unit_now.name if application.unit_now else _("省科技厅")
    old = application.unit.name if application.unit else _("省科技厅")
    return Panel("casework/batches/_hand_over.html", {"application": application, "unit": unit, "old": old})


@panels.add("case", order=18)
def places(request: HttpRequest, application: Application) -> Panel | None:
    """Before a recommendation: how many places the unit has left."""
    if application.state != State.ACTIVE or application.unit_id is None:
        return None
    if programme(application.programme).stage(application.stage).kind.name != RECOMMENDATION.name:
        return None
    quota = visible_to(request.user, Quota).filter(call=application.call_id, unit=application.unit_id).first()
    if quota is None:
        return None
    row = quotas.Row(quota.unit, quota.most, quotas.used(application.call, quota.unit_id))
    return Panel("casework/calls/_places.html", {"row": row})


@panels.add("case", order=60)
def papers(request: HttpRequest, application: Application) -> Panel | None:
    """The printed application of each submission, its stamped pages, the package of the case."""
    submissions = list(
        visible_to(request.user, Submission).filter(application=application).order_by("-number")
    )
    own = bool(access.check("casework.write", request.user, application)) and application.state in OPEN_TO_APPLICANT
    if not submissions and not own:
        return None
    stamped = application.attachments.filter(evidence=STAMPED, removed_at__isnull=True)
    context = {
        "application": application, "submissions": [(one, printing.mark_of(one)) for one in submissions], "draft": own,
        "stamped": list(stamped.select_related("file", "submission").order_by("-submission__number", "pk")),
        "unstamped": application.state not in ENDED and stamping.is_missing(application),
        "may_stamp": bool(submissions) and bool(access.check("casework.stamp", request.user, application)),
    }  # fmt: skip
    return Panel("casework/print/_papers.html", context)


@panels.add("case", order=70)
def batch(request: HttpRequest, application: Application) -> Panel | None:
    """The batch that it is in, with the ways out for the department."""
    if application.batch is None or not access.check("casework.view_all", request.user):
        return None
    may = bool(access.check("casework.batches", request.user)) and application.state not in ENDED
    context = {
        "application": application, "batch": application.batch,
        "stage": stage_title(application.programme, application.batch.stage) if application.batch.stage else "",
        "take_out": may and application.batch.closed_at is None,
        "rebatch": may and application.batch.closed_at is not None,
    }  # fmt: skip
    return Panel("casework/batches/_of_case.html", context)
