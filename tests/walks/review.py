"""Two who walk as strangers: an expert who sits in no panel, and somebody of an institution that visits nobody.

What the other modules of review plant about enterprise `b` is shown to neither.
"""

from __future__ import annotations

from django.utils import timezone

from tests import walk
from tests.people import make_organisation, make_user
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import Membership
from tidui.kit import clock
from tidui.review.enums import ExpertKind, ExpertState, TitleLevel
from tidui.review.models import Expert, ExpertField


@walk.plants
def strangers(garden: walk.Garden) -> None:
    """`world.expert` and `world.visitor`, who sign in by these names."""
    world, now = garden.world, timezone.now()
    expert = make_user("expert", "评审专家甲")
    entry = Expert.objects.create(
        user=expert, name=expert.name, kind=ExpertKind.TECHNICAL, title="教授", level=TitleLevel.SENIOR,
        employer="远方大学", state=ExpertState.CONFIRMED, recorded_by=world.department_officer, recorded_at=now,
        decided_by=world.department_officer, decided_at=now, since=clock.today(), affirmed_on=clock.today(),
    )  # fmt: skip
    ExpertField.objects.create(expert=entry, code="803", main=True)
    institution = make_organisation(Kind.SITE_INSTITUTION, "河西核查中心", "620600")
    visitor = make_user("visitor", "核查员乙")
    Membership.objects.create(user=visitor, organisation=institution, role=Role.CLERK, since=now)
    world.expert, world.visitor = expert, visitor  # type: ignore[attr-defined]
