"""What the checks found of an application: looked for, written down, worded, and shown without telling of others.

A finding is one by its key. One that a later look does not find again is marked gone; one that was cleared stays
cleared until it says something else. Hits of joint checks are written by `tidui.casework.joint` and left alone here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_tasks import task

from tidui.casework import hooks
from tidui.casework.actions import moving
from tidui.casework.checks import (  # noqa: F401
    Found,
    Look,
    contacts,
    copying,
    figures,
    flags,
    limits,
    listed,
    ownership,
    run,
    settings,
    traces,
)
from tidui.casework.enums import ENDED, FindingKind, Weight
from tidui.casework.hooks import Moving
from tidui.casework.models import Application, Batch, Finding, Step, Submission
from tidui.casework.programme import ACCEPTED, CORRECTION, ENDS
from tidui.casework.wording import said
from tidui.kit import clock
from tidui.kit.access import Refused

__all__ = ["DOUBTS", "MUTUAL", "OPEN", "count", "look", "look_at_batch", "ordered", "passes_on", "said", "stale"]

#: Kinds that are mutual: where one application shows it of another, the other shows it too.
MUTUAL: Final = frozenset(
    {FindingKind.SAME_CONTACT, FindingKind.SAME_PEOPLE, FindingKind.COPIED_TEXT, FindingKind.SAME_PROPERTY}
)
#: Weights that count as doubts.
DOUBTS: Final = (Weight.STOP, Weight.DOUBT)
#: Findings that nobody has dealt with yet.
OPEN: Final = Q(gone_at__isnull=True, cleared_at__isnull=True)
#: Applications of a batch that one task looks at.
AT_A_TIME: Final = 50

_SUBMITTING: Final = frozenset({"submit", "resubmit"})
_ORDER: Final = {Weight.STOP: 0, Weight.DOUBT: 1, Weight.NOTE: 2}


def look(application: Application, at: dt.datetime | None = None) -> list[Finding]:
    """Run every check on the newest submission and write down what they found; the findings that are new.

    Nothing is looked at before the first submission. Safe to repeat, and to run beside another run.
    """
    at = at or clock.now()
    rows = application.submissions.select_related("application__call", "application__organisation")
    newest = rows.order_by("-number").first()
    if newest is None:
        return []
    view = Look(newest.application, newest)
    found = run(view)
    with transaction.atomic():
        held = moving.locked(application)
        if Submission.objects.filter(application=held, number__gt=newest.number).exists():
            return []  # a later look is on its way, and knows more
        traces.write(view.programme, newest, view.setting(settings.COPIED_LEAST))
        made = _keep(held, newest, found, at)
        count(held, looked_at=at)
    application.doubts, application.looked_at = held.doubts, held.looked_at
    return made


def count(held: Application, looked_at: dt.datetime | None = None) -> None:
    """Count the open doubts of an application again. Its version stays: nobody who decides on it is outdated by it."""
    held.doubts = held.findings.filter(OPEN, weight__in=DOUBTS).count()
    held.looked_at = looked_at or held.looked_at
    Application.objects.filter(pk=held.pk).update(doubts=held.doubts, looked_at=held.looked_at)


def _keep(held: Application, newest: Submission, found: Sequence[Found], at: dt.datetime) -> list[Finding]:
    earlier = {one.key: one for one in held.findings.exclude(kind=FindingKind.JOINT_HIT)}
    new: list[Finding] = []
    for one in found:
        before = earlier.pop(one.key, None)
        if before is None:
            new.append(Finding(application=held, key=one.key, found_at=at, submission=newest, **_content(one)))
        elif _renewed(before, newest, _content(one), at):
            before.save()
    Finding.objects.bulk_create(new)
    gone = [one.pk for one in earlier.values() if one.gone_at is None]
    if gone:
        Finding.objects.filter(pk__in=gone).update(gone_at=at)
    return new


def _content(one: Found) -> dict[str, Any]:
    params = {
        "word": one.word, **one.params, "others": sorted(one.others), "organisations": sorted(one.organisations),
    }  # fmt: skip
    return {
        "kind": str(one.kind), "weight": str(one.weight), "place": one.place[:80], "source": one.source[:200],
        "params": params, "other_id": min(one.others, default=None),
    }  # fmt: skip


def _renewed(before: Finding, newest: Submission, content: Mapping[str, Any], at: dt.datetime) -> bool:
    """Put what was found again onto the row; did that change it? One that says something else is open again."""
    changed = any(getattr(before, name) != value for name, value in content.items())
    same = not changed and before.gone_at is None and before.submission_id == newest.pk
    if changed:
        for name, value in content.items():
            setattr(before, name, value)
        before.found_at = at
        before.cleared_at, before.cleared_by, before.cleared_reason = None, None, ""
    before.gone_at, before.submission = None, newest
    return not same


# ---------------------------------------------------------------------- when
@hooks.when_moving
def submitted(application: Application, step: Step, at: dt.datetime) -> None:
    """Whatever was submitted is looked at by the worker."""
    if step.move in _SUBMITTING:
        look_at.enqueue(application.pk)


@task()
def look_at(application: int, spread: bool = True) -> None:
    """Look at an application; then at those that it is like and that do not know of it yet."""
    found = Application.objects.filter(pk=application).first()
    if found is None:
        return
    look(found)
    if not spread:
        return
    theirs = {key for one in found.findings.filter(OPEN, kind__in=MUTUAL) for key in one.params.get("others", ())}
    for other in Application.objects.filter(pk__in=theirs).exclude(state__in=ENDED).order_by("pk"):
        look_at.enqueue(other.pk, spread=False)


@hooks.when_closed
def look_at_batch(batch: Batch, at: dt.datetime) -> None:
    """Have the worker look again at every application of a batch, some at a time."""
    keys = list(batch.applications.exclude(state__in=ENDED).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(keys), AT_A_TIME):
        look_at_many.enqueue(keys[first : first + AT_A_TIME])


@task()
def look_at_many(applications: list[int]) -> None:
    """Look at some applications, one transaction each."""
    for one in Application.objects.filter(pk__in=applications).order_by("pk"):
        look(one)


def stale(application: Application) -> bool:
    """Was the newest submission not looked at yet?"""
    newest = application.submissions.order_by("-number").values_list("submitted_at", flat=True).first()
    return newest is not None and (application.looked_at is None or application.looked_at < newest)


# ---------------------------------------------------------------------- before a decision
@hooks.guard("")
def dealt_with(asked: Moving) -> Refused | None:
    """What a person passes on was looked at, and nothing stands open that has to be dealt with first."""
    application = asked.application
    if not passes_on(asked):
        return None
    if stale(application):
        look(application, asked.at)
    stopping = application.findings.filter(OPEN, weight=Weight.STOP).order_by("pk").first()
    if stopping is None:
        return None
    text = _("有须先处理的核查发现：%(what)s请核实后写明理由核销，或者退回、不予通过。") % {"what": said(stopping)}
    return Refused("open-finding", text)


def passes_on(asked: Moving) -> bool:
    """Is this somebody's decision that lets the application go on to its next stage, or to a good end?"""
    backwards = {CORRECTION, *ENDS} - {ACCEPTED}
    of_stage = asked.stage.move(asked.move.name) is not None
    return of_stage and asked.move.by_hand and asked.move.to not in backwards


# ---------------------------------------------------------------------- showing
def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Open ones first, the heaviest before the others; then the cleared, then the gone."""
    return sorted(
        found,
        key=lambda one: (
            one.gone_at is not None, one.cleared_at is not None, _ORDER[Weight(one.weight)], one.kind, one.pk,
        ),
    )  # fmt: skip

