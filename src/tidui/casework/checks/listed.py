"""What tables of a form list that another organisation's application lists too: the same number, the same people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidui.casework.checks import Found, Look, check, settings, traces
from tidui.casework.enums import FindingKind

#: Names that a finding gives at most.
_NAMED = 10


def _others(look: Look, kind: str, values: Mapping[int, object]) -> dict[int, dict[int, int]]:
    """Applications of others with these traces: value to application to its organisation. One query."""
    found: dict[int, dict[int, int]] = {}
    if not values:
        return found
    rows = traces.others(look.application, kind, values)
    for value, application, organisation in rows.values_list("value", "application", "application__organisation"):
        found.setdefault(value, {})[application] = organisation
    return found


@check
def same_number(look: Look) -> Iterator[Found]:
    """A number of intellectual property that another organisation's application lists too."""
    rows = traces.listed(look.programme, look.submission.answers, traces.PROPERTY)
    for value, others in _others(look, traces.PROPERTY, rows).items():
        row = rows[value]
        yield Found(
            FindingKind.SAME_PROPERTY, f"listed:{row.text}", "property_listed",
            params={"number": row.text, "name": row.title, "row": row.number, "n": len(set(others.values()))},
            place=row.field, others=tuple(sorted(others)),
        )  # fmt: skip


@check
def same_staff(look: Look) -> Iterator[Found]:
    """Several names of a list of staff that stand together in another organisation's list: one name is a namesake."""
    least = look.setting(settings.SAME_STAFF)
    rows = traces.listed(look.programme, look.submission.answers, traces.STAFF)
    shared: dict[int, list[int]] = {}
    organisations: dict[int, int] = {}
    for value, others in _others(look, traces.STAFF, rows).items():
        for application, organisation in others.items():
            shared.setdefault(application, []).append(value)
            organisations[application] = organisation
    alike = {application: values for application, values in shared.items() if len(values) >= least}
    if not alike:
        return
    names = sorted({rows[value].text for values in alike.values() for value in values})
    yield Found(
        FindingKind.SAME_PEOPLE, "staff", "staff_listed",
        params={
            "names": names[:_NAMED], "count": len(names), "n": len({organisations[one] for one in alike}),
        },
        place=next(iter(rows.values())).field.rpartition(".")[0], others=tuple(sorted(alike)),
    )  # fmt: skip


