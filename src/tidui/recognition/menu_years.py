"""What follows a recognition that holds for years: in the navigation, and on the page of the recognition."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.casework import panels
from tidui.casework.panels import Panel
from tidui.kit import access, clock, navigation
from tidui.kit.visibility import visible_to
from tidui.recognition import lasting, lists_years, reminding  # noqa: F401  make themselves known
from tidui.recognition.measures import measure
from tidui.recognition.models import Recognition
from tidui.recognition.models_years import Change, ChangeState, YearlyReturn

_GROUP = pgettext_lazy("many", "认定")


def _changes(user: Any) -> int | None:
    if not standing(user).decides_for_department:
        return None
    return Change.objects.filter(state=ChangeState.FILED).count() or None


navigation.add(
    "recognition.yearly", _("年度报告"), "recognition:yearly_returns", "recognition.view_years", order=356,
    icon="report", group=_GROUP,
)  # fmt: skip
navigation.add(
    "recognition.changes", _("变更报告"), "recognition:changes", "recognition.view_years", order=357, icon="replace",
    group=_GROUP, count=_changes,
)  # fmt: skip


@panels.add("recognition", order=60)
def years(request: HttpRequest, held: Recognition) -> Panel | None:
    """How long it holds and by what rule, the information of each year, changes, and what one may do."""
    found = lasting.validity(held.programme, held.valid_from)
    if found is None:
        return None
    today = clock.today()
    standing_now = lasting.in_force(today).filter(pk=held.pk).exists()
    returns = visible_to(request.user, YearlyReturn).filter(recognition=held).order_by("-year")
    return Panel(
        "recognition/years/_panel.html",
        {
            "recognition": held, "validity": found, "house": measure(held.programme).house or "",
            "returns": [(one, *lists_years.standing_of(one)) for one in returns],
            "changes": [
                (one, lists_years.CHANGE_TONES[one.state])
                for one in visible_to(request.user, Change).filter(recognition=held).order_by("-pk")
            ],
            "may_report": standing_now and bool(access.check("recognition.report_change", request.user, held)),
            "may_revoke": held.revoked_on is None
            and bool(access.check("recognition.propose_revocation", request.user, held.organisation)),
        },
    )  # fmt: skip
