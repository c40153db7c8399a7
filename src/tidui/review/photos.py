"""The kind of file that is photographed on the spot, and what stays hidden of a visit until a decision is public."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.casework.enums import Turn
from tidui.casework.programme import programmes
from tidui.kit import access, files
from tidui.kit.access import Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to
from tidui.registry.enums import Source
from tidui.registry.queries import veil
from tidui.review.enums import VisitState
from tidui.review.kinds import SITE_VISIT
from tidui.review.models import Photo, Visit

KIND: Final = "review.photo"
LIMIT: Final = 12 * files.MB
_NOT_YOURS: Final = Refused("not-yours", _("这份文件不归您查看。"))


def may_read(user: Any, stored: StoredFile) -> Outcome:
    """Whoever may see the visit: the department, and the institution that made it."""
    return access.ALLOWED if visible_to(user, Photo).filter(file=stored).exists() else _NOT_YOURS


def may_add(user: Any) -> Outcome:
    """Whoever visits for an institution."""
    return access.check("review.visit", user)


files.define(
    files.Kind(
        name=KIND, title=_("现场照片"), accepts=("jpg", "png", "webp"), limit=LIMIT, may_read=may_read,
        may_add=may_add,
    )
)  # fmt: skip


def sealed_stages() -> frozenset[str]:
    """The stages from a site visit on until the public is told: nothing of what was found is out before."""
    names: set[str] = set()
    for owner in programmes().values():
        within = False
        for stage in owner.stages:
            within = (within or stage.kind.name == SITE_VISIT.name) and stage.turn != Turn.PUBLIC
            if within:
                names.add(stage.name)
    return frozenset(names)


@veil
def of_open_decisions() -> Q:
    """What a visit found lies with the department until the applicant's decision is public."""
    visits = Visit.objects.filter(
        state=VisitState.ACCEPTED, application__ended_at__isnull=True, application__stage__in=sealed_stages()
    )
    return Q(source=Source.SITE, organisation__in=visits.values("application__organisation"))
