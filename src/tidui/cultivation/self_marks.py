"""An enterprise marks itself where a panel will mark, so that its plan is more than a wide range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from django import forms
from django.db import transaction

from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.cultivation.models import SelfMarks
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key
from tidui.kit import access, lang
from tidui.rules.values import Value

#: The facts that a panel gives.
NAMES: Final = catalogue.load().sections["expert"]


class SelfMarksForm(forms.Form):
    """One number for each item, from 0 to the most that it can give; an empty one stays open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            fact = catalogue.load()[name]
            most = int(fact.high or 0)
            self.fields[name] = forms.DecimalField(
                label=lang.of(fact.zh, fact.en), min_value=0, max_value=most, max_digits=4, decimal_places=1,
                required=False, help_text=f"0–{most}",
            )  # fmt: skip

    def marks(self) -> dict[str, str]:
        """The marks that were given, as text."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value is not None}


@transaction.atomic
def mark_oneself(*, organisation: Organisation, marks: Mapping[str, str], by: User, at: dt.datetime) -> SelfMarks:
    """Keep the marks that an enterprise gives itself, in place of earlier ones."""
    access.require("cultivation.mark_oneself", by, organisation)
    row, _made = SelfMarks.objects.update_or_create(
        organisation=organisation, defaults={"marks": dict(marks), "marked_by": by, "marked_at": at}
    )
    events.record(
        "cultivation.mark_oneself", actor=by, subject=row, at=at, organisation_id=organisation.pk,
        details={"marks": dict(marks)},
    )  # fmt: skip
    return row


def with_self_marks(facts: FactSet, row: SelfMarks | None) -> FactSet:
    """The facts with the enterprise's own marks where a panel has not marked."""
    if row is None:
        return facts
    own: dict[Key, Value | None] = {
        (name, None): Fraction(text) for name, text in row.marks.items() if facts.get(name) is None
    }
    return facts.with_values(own)
