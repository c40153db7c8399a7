"""The same decision for many: what would happen to each, shown before; done by a job that may be killed and run again.

From a list nothing is accepted that a person should look at: what does not pass the rules, or has doubts that nobody
has cleared, is left for the officer's own page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.casework import actions, hooks
from tidui.casework.actions import Stale, moving
from tidui.casework.enums import ENDED
from tidui.casework.hooks import Moving
from tidui.casework.models import Application, Proposal, Step
from tidui.casework.programme import ACCEPTED, CORRECTION, ENDS, Move, Stage, programme
from tidui.kit import access, classified, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.kit.visibility import visible_to

#: Rows of one bulk decision.
MOST: Final = 2_000
DONE: Final = ""
PROPOSED: Final = "proposed"

NO_PASS: Final = Refused("not-passed", gettext_lazy("规则测算未通过，须打开逐件审核。"))
DOUBTS: Final = Refused("doubts", gettext_lazy("有未核销的存疑项，须打开逐件审核。"))
ALONE: Final = Refused("alone", gettext_lazy("这种办理不能批量进行。"))
GONE: Final = Refused("not-found", gettext_lazy("没有这份申报，或者您不能查看。"))
CHANGED: Final = Refused("changed", gettext_lazy("预览后申报有了变动，请重新查看。"))


@dataclass(frozen=True, slots=True)
class Line:
    """One application of a preview: `refused` is empty where the move would go through."""

    application: Application
    refused: Any = ""
    code: str = ""


def moves_of(stage: Stage) -> list[Move]:
    """What may be done to many at a stage."""
    return [move for move in stage.moves if move.by_hand and not move.alone]


def found(user: Any, keys: Sequence[int]) -> list[Application]:
    """These applications as far as the person may see them, in the order of the keys. One query."""
    rows = visible_to(user, Application).filter(pk__in=keys[:MOST]).select_related("organisation", "call", "holder")
    by_key = {row.pk: row for row in rows}
    return [by_key[key] for key in keys if key in by_key]


def preview(user: User, applications: Sequence[Application], stage: Stage, move: Move, at: dt.datetime) -> list[Line]:
    """What would happen to each, the ones that would be refused first."""
    waiting = set(
        Proposal.objects.filter(application__in=[one.pk for one in applications], ended_at=None)
        .values_list("application", flat=True)
    )  # fmt: skip
    lines = []
    for one in applications:
        refused = _against(user, one, stage, move, at, waiting)
        lines.append(Line(one) if refused is None else Line(one, refused.reason, refused.code))
    return sorted(lines, key=lambda line: not line.code)


def _against(
    user: User, one: Application, stage: Stage, move: Move, at: dt.datetime, waiting: set[int]
) -> Refused | None:
    """What stands against a move, asked in the order of `moving.move`."""
    outcome = access.check("casework.decide", user, one)
    if isinstance(outcome, Refused):
        return outcome
    if one.stage != stage.name or one.state in ENDED:
        return moving.NO_SUCH_MOVE
    refused = house_rule(one, move)
    if refused is not None:
        return refused
    if one.pk in waiting:
        return moving.WAITS_FOR_SECOND
    if move.to == CORRECTION:
        owner = programme(one.programme)
        if not owner.late_correction and at > one.call.closes_at:
            return moving.TOO_LATE
        if one.corrections >= owner.most_corrections:
            return moving.TOO_OFTEN
    return hooks.refusal(Moving(one, stage, move, user, at))


def house_rule(one: Application, move: Move) -> Refused | None:
    """What is not done to many at once."""
    if move.alone:
        return ALONE
    forward = move.to != CORRECTION and (move.to not in ENDS or move.to == ACCEPTED)
    if forward and one.verdict != "pass":
        return NO_PASS
    if forward and one.doubts:
        return DOUBTS
    return None


def start(
    *, applications: Mapping[int, int], stage: str, move: str, reason: str, title: str, by: User, at: dt.datetime
) -> Job:
    """Have the worker do it: `applications` is key to the version that the preview showed."""
    classified.require_open(reason)
    pairs = [[key, version] for key, version in applications.items()][:MOST]
    return jobs.start(
        "casework.bulk", by=by, title=title, at=at,
        arguments={"pairs": pairs, "stage": stage, "move": move, "reason": reason},
    )  # fmt: skip


def _page(job: Job) -> str:
    from django.urls import reverse

    return reverse("casework:bulk_result", args=[job.pk])


@jobs.job("casework.bulk", page=_page)
def run(
    job: Job, progress: jobs.Progress, *, pairs: list[list[int]], stage: str, move: str, reason: str
) -> Mapping[str, Any]:
    """Each application in a transaction of its own; what this job did before it was killed is found, not repeated."""
    by = User.objects.get(pk=job.owner_id)
    progress.total(len(pairs))
    rows = []
    for number, (key, version) in enumerate(pairs, start=1):
        code, said = _one(job, by, key, version, stage, move, reason)
        rows.append([key, code, said])
        progress.done(number)
    return {"rows": rows, "stage": stage, "move": move}


def _one(job: Job, by: User, key: int, version: int, stage: str, name: str, reason: str) -> tuple[str, str]:
    """What became of one application: a code, empty where it went well, and the reason."""
    try:
        with transaction.atomic():
            held = moving.locked(visible_to(by, Application).get(pk=key))
            chosen = moving.stage_of(held).move(name)
            if held.version == version and held.stage == stage and chosen is not None:
                refused = house_rule(held, chosen)
                if refused is not None:
                    raise NotAllowed(refused)
            made = actions.move(
                application=held, name=name, by=by, at=timezone.now(), seen=version, reason=reason
            )
    except Application.DoesNotExist:
        return GONE.code, str(GONE.reason)
    except NotAllowed as refused:
        done = _done_before(job, by, key, stage, name, refused)
        return done or (refused.refused.code, _why(refused))
    return (PROPOSED, _("已提交，等待同事复核")) if isinstance(made, Proposal) else (DONE, "")


def _why(refused: NotAllowed) -> str:
    return str(CHANGED.reason) if isinstance(refused, Stale) else str(refused.refused.reason)


def _done_before(
    job: Job, by: User, key: int, stage: str, name: str, refused: NotAllowed
) -> tuple[str, str] | None:
    """Did this job do it already, before its worker was killed?"""
    same = {"application": key, "by": by, "move": name, "at__gte": job.created_at}
    if isinstance(refused, Stale) and Step.objects.filter(stage=stage, **same).exists():
        return DONE, ""
    if refused.refused.code == moving.WAITS_FOR_SECOND.code and Proposal.objects.filter(ended_at=None, **same).exists():
        return PROPOSED, _("已提交，等待同事复核")
    return None


