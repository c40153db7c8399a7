"""What the public may ask of a number: is it valid on a day, whose is it, and by which document."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.codes import sme_numbers
from tidui.kit import clock
from tidui.recognition.enums import RevocationState
from tidui.recognition.models import Document, Recognition, Revocation
from tidui.recognition.models_certificates import Certificate

MOST: Final = 60


class Standing(Enum):
    """How a number stands on a day."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"


WORDS: Final[dict[Standing, tuple[Any, str]]] = {
    Standing.VALID: (_("当日有效"), "good"),
    Standing.NOT_YET: (_("当日尚未生效"), "wait"),
    Standing.EXPIRED: (_("当日已过有效期"), "warn"),
    Standing.REVOKED: (_("当日已被撤销"), "bad"),
    Standing.UNKNOWN: (_("没有查到该编号"), "neutral"),
    Standing.MALFORMED: (_("编号不符合编码规则"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened to a recognition: on which day, what, in words."""

    on: dt.date
    what: Any
    text: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a number on a day; nothing but the standing and the faults where it is not announced."""

    number: str
    on: dt.date
    standing: Standing
    faults: tuple[Any, ...] = ()
    recognition: Recognition | None = None
    announcement: Document | None = None
    revocation: Document | None = None
    history: tuple[Past, ...] = ()
    certificate: Certificate | None = None

    @property
    def word(self) -> Any:
        """The standing in words."""
        return WORDS[self.standing][0]

    @property
    def tone(self) -> str:
        """The tone of the standing."""
        return WORDS[self.standing][1]


def plain_number(typed: str) -> str:
    """A number as it is kept, from what a person typed: wide characters, spaces, small letters are forgiven."""
    return "".join(unicodedata.normalize("NFKC", typed).upper().split())[:MOST]


def faults_of(number: str) -> list[Any]:
    """Why a text breaks the coding rule of registration numbers, in words; empty for one that could be a number.

    What begins with a letter is no registration number but, perhaps, that of a certificate.
    """
    if number[:1].isalpha():
        return []
    wrong = sme_numbers.problem(number.replace("-", ""))
    if wrong is None:
        return []
    if wrong.what == "length":
        told = {"length": sme_numbers.LENGTH, "found": wrong.found}
        return [_("入库登记编号共%(length)s位，您输入的是%(found)s位。") % told]
    return [_("入库登记编号由4位年份、6位行政区划代码、1位标识（0、A或B）和7位序号组成，您输入的不是。")]


def standing_on(recognition: Recognition, on: dt.date) -> Standing:
    """How a recognition stands on a day: it held until the day it was revoked on."""
    if recognition.revoked_on is not None and on >= recognition.revoked_on:
        return Standing.REVOKED
    if on < recognition.valid_from:
        return Standing.NOT_YET
    return Standing.EXPIRED if on > recognition.valid_until else Standing.VALID


def history_of(recognition: Recognition, issues: list[Certificate]) -> tuple[Past, ...]:
    """What happened to a recognition, oldest first. Nothing personal, and no reasons: those are the enterprise's."""
    found = []
    for one in issues:
        what = _("颁发证书") if one.issue == 1 else _("换发证书")
        found.append(Past(one.issued_on, what, one.name, "good" if one.issue == 1 else "info"))
    if not issues and recognition.announced_at is not None:
        found.append(Past(clock.day_of(recognition.announced_at), _("公告"), recognition.document_number, "good"))
    if recognition.revoked_on is not None:
        found.append(Past(recognition.revoked_on, pgettext_lazy("done", "撤销"), "", "bad"))
    return tuple(sorted(found, key=lambda one: one.on))


def certificate_of(number: str, today: dt.date) -> Certificate | None:
    """The certificate of a number that anybody may take: the one in force, of what was announced and holds today."""
    rows = Certificate.objects.filter(number=number, void_on__isnull=True, recognition__announced_at__isnull=False)
    found = rows.select_related("recognition", "file").order_by("-pk").first()
    if found is None or standing_on(found.recognition, today) == Standing.REVOKED:
        return None
    return found


def lookup(number: str, on: dt.date) -> Answer:
    """What the public is told of a number on a day. Three queries for one that was announced, one for any other."""
    rows = Recognition.objects.filter(number__in={number, number.replace("-", "")}, announced_at__isnull=False)
    found = rows.select_related("organisation", "announcement").order_by("-year", "pk").first()
    if found is None:
        faults = tuple(faults_of(number))
        return Answer(number, on, Standing.MALFORMED if faults else Standing.UNKNOWN, faults)
    decided = Revocation.objects.filter(Q(recognition=found), state=RevocationState.DECIDED, document__public=True)
    by = decided.select_related("document").order_by("-decided_at").first()
    issues = list(Certificate.objects.filter(recognition=found).order_by("issue"))
    standing = standing_on(found, on)
    holding = next((one for one in issues if one.void_on is None), None)
    return Answer(
        number, on, standing, recognition=found, announcement=found.announcement,
        revocation=by.document if by else None, history=history_of(found, issues),
        certificate=holding if standing_on(found, clock.today()) != Standing.REVOKED else None,
    )  # fmt: skip
