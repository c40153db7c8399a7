"""An application that follows an earlier one of the same organisation: what it begins with, and what changed since.

Facts come from the file anyway. Answers and tables are carried over from the newest submission of the last application
of the same programme that came to something, marked so until somebody changes or confirms them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.casework import comparing, hooks, tables_compare, tabling, writing
from tidui.casework.actions.tabling import seed
from tidui.casework.comparing import Change
from tidui.casework.enums import State
from tidui.casework.form import label_of_field
from tidui.casework.models import Application, Submission
from tidui.casework.programme import programme
from tidui.casework.writing import ON, QUESTION
from tidui.facts import catalogue
from tidui.kit.prepared import Prepared

#: Applications that came to nothing by themselves are not followed.
_NOTHING: Final = (State.WITHDRAWN, State.LAPSED)
#: Above every key: an application that is not begun follows all that there are.
_NOT_BEGUN: Final = 2**62


def earlier_of(application: Application) -> Submission | None:
    """The newest submission of the organisation's last application of the same programme before this one."""
    before = application.pk if application.is_begun else _NOT_BEGUN
    return _earlier.first(application.organisation_id, application.programme, before)


_earlier: Prepared[Submission] = Prepared(
    lambda organisation, programme, before: Submission.objects.filter(
        application__organisation=organisation, application__programme=programme, application__pk__lt=before
    ).exclude(application__state__in=_NOTHING).select_related("application").order_by("-application", "-number")[:1]
)  # fmt: skip


def foresee(application: Application, at: dt.datetime) -> None:
    """Put into an application that is not begun what it would begin with; nothing is written."""
    before = earlier_of(application)
    application.follows = (before,)
    if before is not None:
        application.answers = _carried(application, before, at)
        application.rows_to_begin = tuple(tabling.rows_of(application, before, at, carried=True))


@hooks.when_begun
def prefill(application: Application, at: dt.datetime) -> Submission | None:
    """Begin an application with what the last one said; which submission that was. In a transaction."""
    before = application.follows[0] if application.follows is not None else earlier_of(application)
    if before is None:
        return None
    application.answers = _carried(application, before, at)
    if application.answers:
        application.save(update_fields=["answers"])
    seed(application, before, at, carried=True)
    return before


def _carried(application: Application, before: Submission, at: dt.datetime) -> dict[str, Any]:
    """The answers of a submission as they are carried over, by field."""
    owner, found = programme(application.programme), {}
    # The same version whenever it is begun: a page that was made before that has seen these texts.
    stamp = {"version": 1, "unit": "元", "by": None, "at": at.isoformat(), "carried": True}
    for question in owner.form.questions:
        said = before.answers.get(question.name)
        if said:
            found[QUESTION + question.name] = stamp | {"text": ON if question.kind == "tick" else str(said)}
    return found


# ---------------------------------------------------------------------- what changed since
def since(before: Submission, after: Submission) -> list[Change]:
    """What an application says otherwise than the one before it; figures of a year beside those of its own year."""
    owner = programme(after.application.programme)
    found = list(_facts(before, after))
    for one in owner.form.questions:
        old, new = (comparing.answer_text(one, of.answers.get(one.name)) for of in (before, after))
        found.append(Change(QUESTION + one.name, str(one.title), old, new))
    found += [Change(*one) for one in tables_compare.changed(before, after)]
    return [one for one in found if one.before != one.after]


def _facts(before: Submission, after: Submission) -> Iterator[Change]:
    owner = programme(after.application.programme)
    known = catalogue.load()
    for asked in owner.form.asked:
        for name in asked.facts:
            years = [of.year - (asked.back or 0) if known[name].yearly else None for of in (before, after)]
            fields = [writing.field_of(name, year) for year in years]
            old, new = (
                comparing.fact_text(field, of.stated.get(field))
                for field, of in zip(fields, (before, after), strict=True)
            )
            label = label_of_field(owner, name)
            if years[0] != years[1] and asked.back is not None:
                label = _("%(label)s（%(before)s 年、%(after)s 年）") % {
                    "label": label, "before": years[0], "after": years[1],
                }  # fmt: skip
            yield Change(fields[1], label, old, new)

