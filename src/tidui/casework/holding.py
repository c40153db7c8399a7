"""What an enterprise holds already of what a call leads to: told to it before it fills in, to reviewers by a check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Call
from tidui.casework.programme import Programme, programme
from tidui.facts.factset import FactSet
from tidui.kit import formats
from tidui.kit.lang import of_label
from tidui.policies.ladder import STATUSES, Rung, rungs
from tidui.policies.library import shelf
from tidui.registry.facts import fact_sets


@dataclass(frozen=True, slots=True)
class Held:
    """A status in force to the end of a call's year: which, its number (empty: none known), and until when it holds."""

    programme: Programme
    rung: Rung
    year: int
    number: str
    until: dt.date | None

    @property
    def title(self) -> str:
        """That it is held."""
        return _("已具有%(status)s资格") % {"status": self._status}

    @property
    def text(self) -> str:
        """The number, and until when it holds."""
        if self.until is None:
            said = _("%(year)s年内有效") % {"year": self.year}
        else:
            said = _("有效至%(day)s") % {"day": formats.day(self.until)}
        if not self.number:
            return _("%(status)s资格%(until)s。") % {"status": self._status, "until": said}
        return _("编号 %(number)s，%(until)s。") % {"number": self.number, "until": said}

    @property
    def rule(self) -> str:
        """What applies to whoever holds it, as the programme says."""
        return str(self.programme.extra.get("held", ""))

    @property
    def _status(self) -> str:
        return of_label({"zh": self.rung.zh, "en": self.rung.en})


def held(owner: Programme, year: int, facts: FactSet) -> Held | None:
    """The status that a programme leads to, where these facts say that it is held until the end of a year.

    What holds for years and may be applied for again before it ends is let in by the door of its programme (`renewed`).
    """
    rung = next((one for one in rungs() if one.id == owner.status), None)
    if rung is None or owner.extra.get("renewed"):
        return None
    if not shelf().explain(STATUSES, facts, on=dt.date(year, 12, 31), year=year - 1).truth(rung.status):
        return None
    number, until = facts.get(f"{rung.id}_number"), facts.get(f"{rung.id}_valid_until")
    return Held(
        owner, rung, year, number if isinstance(number, str) else "", until if isinstance(until, dt.date) else None
    )


def held_by(call: Call, organisations: Iterable[Organisation]) -> dict[int, Held]:
    """The same of several organisations, those that hold it: five queries, however many there are."""
    owner = programme(call.programme)
    if not owner.status or owner.extra.get("renewed"):
        return {}
    known = fact_sets(one.pk for one in organisations)
    found = {key: held(owner, call.year, facts) for key, facts in known.items()}
    return {key: one for key, one in found.items() if one is not None}
