"""The same people and telephones in applications of different organisations."""

from __future__ import annotations

from collections.abc import Iterator

from tidui.casework.checks import Found, Look, check, traces
from tidui.casework.enums import FindingKind
from tidui.casework.models import Trace


def _apart(look: Look, kind: str, value: int) -> dict[int, int]:
    """The applications of others with this trace, each with its organisation."""
    found: list[Trace] = list(traces.others(look.application, kind, [value]).select_related("application"))
    return {one.application_id: one.application.organisation_id for one in found}


@check
def same_people(look: Look) -> Iterator[Found]:
    """The same name with the same telephone, at another organisation."""
    for name, person in traces.people(look.programme, look.submission.answers).items():
        others = _apart(look, traces.PERSON, traces.person_value(person))
        if others:
            yield Found(
                FindingKind.SAME_PEOPLE, f"people:{name}", "people_same",
                params={"person": look.submission.answers[name], "n": len(set(others.values()))},
                place=f"q.{name}", others=tuple(sorted(others)),
            )  # fmt: skip


@check
def same_contact(look: Look) -> Iterator[Found]:
    """The same telephone under another name: one agent who applies for many."""
    answers = look.submission.answers
    people = traces.people(look.programme, answers).values()
    same = {key for person in people for key in _apart(look, traces.PERSON, traces.person_value(person))}
    for name, number in traces.phones(look.programme, answers).items():
        others = _apart(look, traces.PHONE, traces.phone_value(number))
        if set(others) - same:
            yield Found(
                FindingKind.SAME_CONTACT, f"contact:{name}", "contact_same",
                params={"phone": number, "n": len(set(others.values()))},
                place=f"q.{name}", others=tuple(sorted(others)),
            )  # fmt: skip
