"""Helpers for tests of site visits: an institution with its people, a batch that is commissioned, claims and notes."""

from __future__ import annotations

import datetime as dt
import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from tests.people import World, make_member, make_organisation, make_user
from tests.review import at_stage
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import Organisation, User
from tidui.casework.models import Application, Batch
from tidui.kit import clock
from tidui.review.actions import commissioning
from tidui.review.actions import visits as actions
from tidui.review.actions.visits import Kept, Note
from tidui.review.models import Claim, Visit


@dataclass
class Institution:
    """An institution and two who go out for it."""

    organisation: Organisation
    first: User
    second: User


def make_institution(name: str = "河西考察评估院", place: str = "hexi") -> Institution:
    """An institution that may be commissioned, with two people."""
    made = make_organisation(Kind.SITE_INSTITUTION, name, "620100")
    people = [make_user(f"visitor-{place}-{number}", f"考察员{place}{number}") for number in (1, 2)]
    for person in people:
        make_member(person, made, Role.CLERK)
    return Institution(made, *people)


def commissioned(
    world: World, count: int = 1, institution: Institution | None = None, **changed: Any
) -> tuple[Batch, list[Visit], Institution]:
    """A batch at its visits, all of which one institution is commissioned with."""
    batch, rows = at_stage(world, "visit", count, **changed)
    institution = institution or make_institution()
    commission(world, batch, rows, institution)
    return batch, list(Visit.objects.filter(application__in=rows).order_by("pk")), institution


def commission(world: World, batch: Batch, rows: list[Application], institution: Institution) -> None:
    """The department commissions an institution."""
    commissioning.commission(
        batch=batch, applications=[one.pk for one in rows], institution=institution.organisation,
        due_on=clock.today() + dt.timedelta(days=10), document_number="甘科高函〔2026〕7号",
        by=world.department_officer, at=timezone.now(),
    )  # fmt: skip


def claim(visit: Visit, key: str) -> Claim:
    """The claim of a key such as `st_staff.2025`, as it is now; by its beginning where the year does not matter."""
    found: Claim = visit.claims.filter(key__startswith=key).order_by("number")[0]
    return found


def note(
    visit: Visit, at: Claim, outcome: str = "confirmed", *, by: User, found: str = "", words: str = "",
    base: int | None = None, key: uuid.UUID | None = None, device: str = "phone",
) -> Kept:  # fmt: skip
    """A record of a claim, made by a device that had seen its newest version unless told otherwise."""
    made = Note(
        key=key or uuid.uuid4(), claim=at.pk, base=Claim.objects.get(pk=at.pk).version if base is None else base,
        outcome=outcome, found=found, note=words, device=device,
    )  # fmt: skip
    return actions.keep_note(visit=visit, note=made, by=by, at=timezone.now())


def seen(visit: Visit, by: User, *but: str) -> None:
    """Every claim is as it was said, but for those whose keys are named."""
    for one in visit.claims.order_by("number"):
        if one.key not in but and one.outcome == "open":
            note(visit, one, by=by)


def picture(shade: int = 200) -> bytes:
    """A small photograph: a grey PNG of 40 by 30 points."""

    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b"".join(b"\x00" + bytes([shade]) * 40 for _row in range(30))
    head = struct.pack(">IIBBBBB", 40, 30, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
