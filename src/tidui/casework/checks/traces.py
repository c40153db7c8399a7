"""What leads from one application to others like it, kept beside the newest submission: telephones, people, wording.

Only digests are kept. Those of telephones and people are keyed, so that the table alone tells nobody's number.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, QuerySet

from tidui.casework.checks.texts import fingerprints
from tidui.casework.enums import State
from tidui.casework.models import Application, Submission, Trace
from tidui.casework.programme import Programme
from tidui.casework.tables import field_of, number_of, plain_rows

PHONE: Final = "phone"
PERSON: Final = "person"
TEXT: Final = "text"
#: Numbers of intellectual property and names of staff, as the tables of a form list them.
PROPERTY: Final = "property"
STAFF: Final = "people"
#: Applications that came to nothing by themselves are no others.
_NO_OTHERS: Final = (State.WITHDRAWN, State.LAPSED)
_DIGITS: Final = re.compile(r"\D+")
_SPACE: Final = re.compile(r"\s+")
#: Numbers are compared without their letters in front and without points: ZL2020…1.1 is 2020…11.
_LISTED: Final = re.compile(r"^zl|[.．·-]")


def phone_of(text: Any) -> str:
    """A telephone number in one spelling: digits without the country's; empty for what is too short to be one."""
    digits = _DIGITS.sub("", unicodedata.normalize("NFKC", str(text or "")))
    if digits.startswith("86") and len(digits) == 13:
        digits = digits[2:]
    return digits if len(digits) >= 7 else ""


def name_of(text: Any) -> str:
    """A person's name in one spelling."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", str(text or ""))).casefold()


def _keyed(kind: str, text: str) -> int:
    made = hmac.digest(settings.SECRET_KEY.encode(), f"tidui.trace.{kind}.{text}".encode(), hashlib.sha256)
    return int.from_bytes(made[:8], "big") >> 1


def phones(programme: Programme, answers: Any) -> dict[str, str]:
    """The telephones of an application, by the question that asks for them."""
    asked = (one for one in programme.form.questions if one.compared == "contact" and one.kind == "phone")
    found = {one.name: phone_of(answers.get(one.name)) for one in asked}
    return {name: number for name, number in found.items() if number}


def people(programme: Programme, answers: Any) -> dict[str, str]:
    """The people of an application, each a name with a telephone, by the question that asks for the name."""
    asked = (one for one in programme.form.questions if one.compared == "contact" and one.kind == "name")
    names = {one.name: name_of(answers.get(one.name)) for one in asked}
    numbers = sorted(set(phones(programme, answers).values()))
    return {name: f"{said} {number}" for name, said in names.items() if said for number in numbers[:1]}


def wording(programme: Programme, answers: Any, least: int) -> dict[str, str]:
    """The texts of an application that are compared, by question; those shorter than `least` characters are not."""
    asked = (one for one in programme.form.questions if one.compared == "text")
    found = {one.name: str(answers.get(one.name) or "").strip() for one in asked}
    return {name: text for name, text in found.items() if len(text) >= least}


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that a row of a table lists: what it says, the row's first column, its number, its field."""

    text: str
    title: str
    number: str
    field: str


def listed(programme: Programme, answers: Any, kind: str) -> dict[int, Listed]:
    """What the tables of an application list of a kind, by its digest; the first of several alike."""
    found: dict[int, Listed] = {}
    for table in programme.form.tables:
        for column in (column for column in table.columns if column.compared == kind):
            for row in plain_rows(answers, table):
                said = _LISTED.sub("", name_of(row.get(column.name)))
                if said:
                    title = str(row.get(table.columns[0].name, ""))
                    number, field = number_of(table, row["key"]), field_of(table.name, str(row["key"]))
                    text = str(row[column.name])
                    found.setdefault(_keyed(kind, said), Listed(text, title, number, field))
    return found


def phone_value(number: str) -> int:
    """The digest by which a telephone is found."""
    return _keyed(PHONE, number)


def person_value(person: str) -> int:
    """The digest by which a person is found."""
    return _keyed(PERSON, person)


def _of(programme: Programme, answers: Any, least: int) -> Iterator[tuple[str, int]]:
    for number in phones(programme, answers).values():
        yield PHONE, phone_value(number)
    for person in people(programme, answers).values():
        yield PERSON, person_value(person)
    for text in wording(programme, answers, least).values():
        for value in fingerprints(text):
            yield TEXT, value
    for kind in (PROPERTY, STAFF):
        for value in listed(programme, answers, kind):
            yield kind, value


def write(programme: Programme, submission: Submission, least: int) -> None:
    """Keep the traces of a submission in the place of those of an earlier one. In a transaction."""
    wanted = set(_of(programme, submission.answers, least))
    held = {(row.kind, row.value): row.pk for row in Trace.objects.filter(application=submission.application_id)}
    gone = [key for trace, key in held.items() if trace not in wanted]
    if gone:
        Trace.objects.filter(pk__in=gone).delete()
    key = submission.application_id
    rows = [Trace(application_id=key, kind=kind, value=value) for kind, value in sorted(wanted - set(held))]
    Trace.objects.bulk_create(rows, ignore_conflicts=True)


def others(application: Application, kind: str, values: Iterable[int]) -> QuerySet[Trace]:
    """The traces of applications of other organisations that have one of these values."""
    return (
        Trace.objects.filter(kind=kind, value__in=list(values))
        .exclude(application__organisation=application.organisation_id)
        .exclude(application__state__in=_NO_OTHERS)
    )


def most_alike(application: Application, values: Iterable[int], most: int) -> list[int]:
    """The applications of other organisations whose wording shares most with this one's."""
    counted = others(application, TEXT, values).values("application").annotate(shared=Count("pk"))
    return [row["application"] for row in counted.order_by("-shared", "application")[:most]]


def newest_submissions(applications: Iterable[int]) -> dict[int, Submission]:
    """The newest submission of each application."""
    rows = Submission.objects.filter(application__in=list(applications)).order_by("application", "number")
    return {row.application_id: row for row in rows.select_related("application").defer("facts", "result", "stated")}
