"""Who may not apply, and what an application may not say: what stands at the door of a programme with experts.

A programme says so by its `extra`: `barred_by` names rungs of the ladder whose holders may not apply, `renewed` the
fact with the last day of a status that is in force and may be applied for again only in its last months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation
from tidui.audit.personal import months_after
from tidui.casework import hooks
from tidui.casework.models import Application, Call
from tidui.casework.programme import programme
from tidui.kit import clock, formats, lang, parameters
from tidui.kit.access import Refused
from tidui.policies.ladder import STATUSES, rungs
from tidui.policies.library import default_year, shelf
from tidui.registry.facts import fact_set
from tidui.review import naming
from tidui.review.parameters import MOST_NAMED, RENEWAL_MONTHS

#: The question in which an applicant names experts to be kept away.
AVOID: Final = "avoid"


@hooks.entry
def may_not_apply(call: Call, organisation: Organisation, at: dt.datetime) -> Refused | None:
    """Who holds a status that is above the programme's, or its own for longer than the window of renewal."""
    extra = programme(call.programme).extra
    barring, renewed = extra.get("barred_by", ()), extra.get("renewed", "")
    if not barring and not renewed:
        return None
    facts, today = fact_set(organisation), clock.day_of(at)
    answer = shelf().explain(STATUSES, facts, on=today, year=default_year(today, facts))
    for rung in rungs():
        if rung.id in barring and answer.truth(rung.status) is True:
            return Refused("holds-higher", _("本单位是有效期内的%(status)s，不能再申报这项认定。") % {
                "status": lang.of(rung.zh, rung.en),
            })  # fmt: skip
    until = facts.get(renewed, None) if renewed else None
    return _too_early(until, today) if isinstance(until, dt.date) and until >= today else None


def _too_early(until: dt.date, today: dt.date) -> Refused | None:
    opens = window_opens(until, parameters.get(RENEWAL_MONTHS, today))
    if today >= opens:
        return None
    said = _("本单位的认定有效至%(until)s；%(opens)s起可以再次申报（届满前%(months)s个月，本系统默认值）。")
    return Refused("too-early", said % {
        "until": formats.day(until), "opens": formats.day(opens), "months": parameters.get(RENEWAL_MONTHS, today),
    })  # fmt: skip


def window_opens(until: dt.date, months: int) -> dt.date:
    """The first day on which a status that holds until a day may be applied for again."""
    return months_after(until, -months)


@hooks.answering
def names_too_many(application: Application, answers: Mapping[str, Any]) -> dict[str, str]:
    """An applicant may ask for a few experts to be kept away, one a line; whoever names everybody chooses the panel."""
    named = naming.people(str(answers.get(AVOID) or ""))
    most = parameters.get(MOST_NAMED, clock.today())
    if len(named) <= most:
        return {}
    said = _("最多可申请 %(most)s 名专家回避，现写了 %(count)s 名；请一行写一人，只写确有理由的。")
    return {AVOID: said % {"most": most, "count": len(named)}}
