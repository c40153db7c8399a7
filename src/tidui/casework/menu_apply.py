"""What the applicant's pages make known: the list of own applications, evidence files, messages, the navigation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.models import User
from tidui.casework import evidence, lapsing, panels
from tidui.casework.actions.applying import withdrawal_refused
from tidui.casework.models import Application
from tidui.casework.queries import waiting_for_applicant
from tidui.kit import access, clock, navigation
from tidui.kit.prepared import Counting

__all__ = ["evidence", "lapsing", "of_applicant", "waiting"]


def waiting(user: Any) -> Counting:
    """How many applications wait for the applicant to write."""
    return waiting_for_applicant(user)


@panels.add("case", order=90)
def of_applicant(request: HttpRequest, application: Application) -> panels.Panel | None:
    """What the applicant can do with an application beside writing it: read the receipt, withdraw."""
    if not access.check("casework.withdraw", request.user, application):
        return None
    assert isinstance(request.user, User)  # the permission has been asked
    may = withdrawal_refused(application, request.user, clock.now()) is None
    context = {"application": application, "may_withdraw": may}
    return panels.Panel("casework/apply/_of_applicant.html", context)


navigation.add(
    "casework.mine", _("我的申报"), "casework:mine", "casework.apply", order=25, icon="file-text",
    group=pgettext_lazy("many", "申报"),
    count=waiting, holds=r"/applications/\d+/",
)  # fmt: skip
