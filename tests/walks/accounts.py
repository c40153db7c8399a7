"""People, organisations, roles and requests of enterprise `b` and of its county."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import walk
from tests.people import credit_code, make_member, make_user
from tidui.accounts import finding
from tidui.accounts.enums import JoinState, ReachKind, Role
from tidui.accounts.models import (
    Delegation,
    Invitation,
    JoinRequest,
    Membership,
    Organisation,
    OrganisationState,
    Reach,
)
from tidui.kit import clock, files

#: The department's list of requests is its own business and the county's; the prefecture does not decide on them.
REQUEST = {"other_county_officer", "department_officer", "department_leader", "inspector"}
#: An absence is known to the two concerned, to the organisation's administrator, to those who answer for roles.
ABSENCE = {"administrator_b", "clerk_b", "department_administrator", "inspector"}
INVITED = {"administrator_b", "department_administrator", "inspector"}
#: Who `b` is today is also known to the agency that it chose for its application.
APPLICANT = walk.MEMBERS | {"agency_clerk"}
TOKEN = "a-token-that-opens-nothing"


@walk.plants
def organisation(garden: walk.Garden) -> None:
    """Names, codes and history of `b`."""
    b = garden.world.b
    garden.known(b.uscc or "", "credit code of b", seers=APPLICANT)
    old = garden.mark("former name of b", seers=walk.MEMBERS)
    state = OrganisationState.objects.get(organisation=b)
    OrganisationState.objects.filter(pk=state.pk).update(since=dt.date(2022, 5, 1))
    OrganisationState.objects.create(
        organisation=b, name=old, uscc=b.uscc, division=b.division, since=dt.date(2020, 1, 1), until=dt.date(2022, 5, 1),
        reason=garden.mark("why b was renamed", seers=walk.MEMBERS),
    )  # fmt: skip
    Organisation.objects.filter(pk=b.pk).update(name=garden.mark("name of today of b", seers=APPLICANT))
    b.refresh_from_db()
    OrganisationState.objects.filter(pk=state.pk).update(name=b.name)
    finding.index(b)


@walk.plants
def members(garden: walk.Garden) -> None:
    """A member of `b`, a colleague of the county, an absence, an invitation."""
    world, now = garden.world, timezone.now()
    member = make_user("walked", garden.mark("name of a member of b", seers=walk.MEMBERS))
    member.mobile = garden.mobile("mobile of a member of b", seers=walk.MEMBERS)
    member.email = f"{garden.mark('mail of a member of b', seers={'administrator_b'}, shown=False)}@example.org"
    member.username = garden.mark("sign-in name of a member of b", seers=INVITED)
    member.save()
    garden.things["membership"] = make_member(member, world.b, Role.READER)
    officer = make_user("walked-officer", garden.mark("name of an officer of the county of b", seers=walk.UNIT))
    garden.things["county membership"] = make_member(officer, world.other_county, Role.READER)
    clerk = Membership.objects.get(user=world.clerk_b)
    garden.things["delegation"] = Delegation.objects.create(
        membership=clerk, to=world.administrator_b, since=now, until=now + dt.timedelta(days=9),
        reason=garden.mark("why the clerk of b is away", seers=ABSENCE), given_by=world.clerk_b,
    )  # fmt: skip
    garden.things["invitation"] = Invitation.objects.create(
        organisation=world.b, role=Role.CLERK, name=garden.mark("whom b invited", seers=INVITED),
        digest=hashlib.sha256(TOKEN.encode()).hexdigest(), invited_by=world.administrator_b,
        expires_at=now + dt.timedelta(days=5), withdrawn_at=now,
    )  # fmt: skip


@walk.plants
def reach(garden: walk.Garden) -> None:
    """A reach row of the county of `b`."""
    garden.things["reach"] = Reach.objects.create(
        unit=garden.world.other_county, kind=ReachKind.ORGANISATION, target=garden.world.b, since=dt.date(2024, 1, 1),
        reason=garden.mark("why the county reaches b", seers={"department_officer", "department_leader", "inspector"}),
    )  # fmt: skip


@walk.plants
def requests(garden: walk.Garden) -> None:
    """A request in the county of `b` by somebody who holds no role, with its evidence."""
    world, now = garden.world, timezone.now()
    asking = make_user("walked-asking", garden.mark("who asks to join", seers=REQUEST))
    request = JoinRequest.objects.create(
        user=asking, uscc=credit_code(77, "620103"), name=garden.mark("enterprise of a request", seers=REQUEST),
        division="620103", unit=world.other_county, role=Role.ADMINISTRATOR, asked_at=now,
    )  # fmt: skip
    name = garden.mark("file name of evidence", seers=REQUEST) + ".pdf"
    received = files.receive(SimpleUploadedFile(name, PDF, "application/pdf"), kind="accounts.evidence")
    request.evidence = files.keep(received, by=asking, at=now, about=request)
    request.save()
    garden.things["request"], garden.things["evidence"] = request, request.evidence
    JoinRequest.objects.create(
        user=asking, uscc=credit_code(78, "620103"), name=garden.mark("enterprise of a refused request", seers=REQUEST),
        division="620103", unit=world.other_county, state=JoinState.REFUSED, decided_at=now,
        decided_by=world.other_county_officer, reason=garden.mark("why a request was refused", seers=REQUEST, shown=False),
    )  # fmt: skip


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def _b(garden: walk.Garden) -> list[int]:
    return [garden.world.b.pk]


def _county(garden: walk.Garden) -> list[int]:
    return [garden.world.other_county.pk]


for _name in (
    "organisation", "rename", "move", "close", "merge", "members", "past_members", "give_role", "delegations",
    "invitations", "invite",
):  # fmt: skip
    walk.example(f"accounts:{_name}", _b)
    walk.example(f"accounts:{_name}", _county)
for _name in ("member", "revoke", "hand_over", "delegate"):
    walk.example(f"accounts:{_name}", lambda garden: [garden.things["membership"].pk])
    walk.example(f"accounts:{_name}", lambda garden: [garden.things["county membership"].pk])
walk.example("accounts:delegation", lambda garden: [garden.things["delegation"].pk])
walk.example("accounts:invitation", lambda garden: [garden.things["invitation"].pk])
walk.example("accounts:reach_row", lambda garden: [garden.things["reach"].pk])
walk.example("accounts:request", lambda garden: [garden.things["request"].pk])
walk.example("accounts:accept", lambda garden: [TOKEN])

for _list in ("accounts.delegations", "accounts.invitations"):
    walk.scope(_list, lambda garden: {"organisation": garden.world.b.pk})
walk.scope("accounts.members", lambda garden: {"organisation": garden.world.b.pk, "ended": False})
walk.scope("accounts.members", lambda garden: {"organisation": garden.world.other_county.pk, "ended": False})
walk.scope("accounts.members", lambda garden: {"organisation": garden.world.b.pk, "ended": True})
walk.scope("accounts.requests", lambda garden: {"decided": False})
walk.scope("accounts.requests", lambda garden: {"decided": True})


def _today() -> str:
    return clock.today().isoformat()


walk.post("accounts:found", lambda garden: {"kind": "agency", "name": "新评价所", "since": _today()})
walk.post("accounts:rename", lambda garden: {"name": "新名称", "uscc": garden.world.b.uscc, "since": _today(), "reason": "更名"})
walk.post("accounts:move", lambda garden: {"division": "620102", "since": _today(), "reason": "迁址"})
walk.post("accounts:close", lambda garden: {"since": _today(), "reason": "注销"})
walk.post("accounts:give_role", lambda garden: {"user": garden.things["membership"].user_id, "role": "clerk", "reason": ""})
walk.post("accounts:invite", lambda garden: {"name": "新人", "role": "clerk"})
walk.post("accounts:revoke", lambda garden: {"reason": "离职"})
walk.post("accounts:hand_over", lambda garden: {"to": garden.world.clerk_b.pk, "reason": "离职"})
walk.post(
    "accounts:delegate",
    lambda garden: {"to": garden.world.clerk_b.pk, "first": _today(), "last": _today(), "reason": "出差"},
)
walk.post("accounts:delegation", lambda garden: {})
walk.post("accounts:invitation", lambda garden: {})
walk.post(
    "accounts:give_reach",
    lambda garden: {"unit": garden.world.county.pk, "kind": "division", "division": "620104", "since": _today(), "reason": "调整"},
)
walk.post("accounts:reach_row", lambda garden: {"until": _today(), "reason": "调整"})
walk.post("accounts:request", lambda garden: {"what": "confirm"})
walk.post("accounts:request", lambda garden: {"what": "refuse", "reason": "材料不全"})
walk.post("accounts:edit_profile", lambda garden: {"name": "另一个名字"})

