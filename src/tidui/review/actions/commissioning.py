"""What the department does about site visits: commissions, waives, takes back, returns and accepts reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.casework import units
from tidui.casework.actions import moving
from tidui.casework.batching import at_stage, follow, stages_of
from tidui.casework.enums import State
from tidui.casework.messages import send
from tidui.casework.models import Application, Batch
from tidui.casework.programme import programme
from tidui.kit import access, clock, formats, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.registry.facts import by_place
from tidui.review import checklist, visiting
from tidui.review.actions import visits as visit_actions
from tidui.review.enums import VisitState
from tidui.review.kinds import SITE_VISIT
from tidui.review.models import Claim, Commission, Visit
from tidui.rules.values import Value

NOT_AN_INSTITUTION: Final = Refused("not-an-institution", gettext_lazy("请选择在册的现场考察专业机构。"))
NOTHING_CHOSEN: Final = Refused("nothing-chosen", gettext_lazy("请先勾选申报。"))
NOT_TO_VISIT: Final = Refused("not-to-visit", gettext_lazy("所选申报中有不在现场考察环节的，或者已经委托考察的。"))
DUE_PASSED: Final = Refused("due-passed", gettext_lazy("考察期限不能早于今天。"))
NO_REASON: Final = Refused("no-reason", gettext_lazy("请写明理由。"))
NOT_REPORTED: Final = Refused("not-reported", gettext_lazy("这次考察还没有提交报告，或者报告已经处理。"))
NOT_LIVE: Final = Refused("visit-over", gettext_lazy("这次考察的报告已采用，或者委托已收回。"))
#: Applications that are chosen at once.
MOST: Final = 500


def waiting(batch: Batch) -> Any:
    """Applications of a batch at their site visit for which nobody is commissioned."""
    live = Visit.objects.filter(state__in=visiting.LIVE)
    return at_stage(batch, SITE_VISIT.name).exclude(pk__in=live.values("application"))


@transaction.atomic
def commission(
    *, batch: Batch, applications: Sequence[int], institution: Organisation, due_on: dt.date, by: User,
    at: dt.datetime, document_number: str = "", note: str = "",
) -> Commission:  # fmt: skip
    """Commission an institution to visit applicants of a batch; each gets its checklist from what it submitted last."""
    access.require("review.commission", by)
    if institution.kind != OrganisationKind.SITE_INSTITUTION or not institution.active:
        raise NotAllowed(NOT_AN_INSTITUTION)
    if due_on < clock.day_of(at):
        raise NotAllowed(DUE_PASSED)
    held = Batch.objects.select_for_update(of=("self",)).select_related("call").get(pk=batch.pk)
    keys = sorted(set(applications))[:MOST]
    if not keys:
        raise NotAllowed(NOTHING_CHOSEN)
    rows = list(waiting(held).filter(pk__in=keys).select_related("organisation").order_by("pk"))
    if len(rows) != len(keys):
        raise NotAllowed(NOT_TO_VISIT)
    made = Commission.objects.create(
        batch=held, institution=institution, document_number=document_number.strip(), due_on=due_on,
        note=note.strip(), made_by=by, made_at=at,
    )  # fmt: skip
    for application in rows:
        _begin(made, application)
    events.record(
        "review.commission", actor=by, subject=made, at=at,
        details={
            "institution": institution.pk, "due_on": due_on.isoformat(), "number": made.document_number,
            "applications": keys,
        },
    )  # fmt: skip
    send(
        units.workers_of(institution), "review.commissioned",
        lambda: {"count": str(len(rows)), "due": formats.day(due_on), "number": made.document_number},
        at=at, link=reverse("review:visits"),
    )  # fmt: skip
    return made


def _begin(made: Commission, application: Application) -> Visit:
    submission = application.submissions.select_related("application").latest("number")
    visit = Visit.objects.create(application=application, commission=made, submission=submission)
    Claim.objects.bulk_create(
        Claim(
            visit=visit, number=place, section=item.section, key=item.key, title=item.title, value=item.value,
            said=item.said,
        )
        for place, item in enumerate(checklist.items_of(submission), start=1)
    )  # fmt: skip
    return visit


@transaction.atomic
def take_back(*, visit: Visit, reason: str, by: User, at: dt.datetime) -> Visit:
    """Take a visit back from its institution; what was recorded stays on record."""
    access.require("review.commission", by)
    held = visit_actions.locked(visit)
    if held.state in (VisitState.ACCEPTED, VisitState.WITHDRAWN):
        raise NotAllowed(NOT_LIVE)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    held.state, held.returned_reason = VisitState.WITHDRAWN, reason.strip()[:300]
    held.version += 1
    held.save(update_fields=["state", "returned_reason", "version"])
    events.record(
        "review.take_back_visit", actor=by, subject=held, at=at, organisation_id=held.application.organisation_id,
        details={"institution": held.commission.institution_id, "reason": held.returned_reason},
    )  # fmt: skip
    _tell_institution(held, "review.visit_taken_back", at)
    return held


@transaction.atomic
def give_to(
    *, visit: Visit, institution: Organisation, due_on: dt.date, reason: str, by: User, at: dt.datetime,
    document_number: str = "", note: str = "",
) -> Commission:  # fmt: skip
    """Take a visit back and commission another institution with it."""
    held = take_back(visit=visit, reason=reason, by=by, at=at)
    return commission(
        batch=held.commission.batch, applications=[held.application_id], institution=institution, due_on=due_on,
        by=by, at=at, document_number=document_number, note=note,
    )  # fmt: skip


@transaction.atomic
def return_report(*, visit: Visit, reason: str, by: User, at: dt.datetime) -> Visit:
    """Give a report back to its institution with what is missing."""
    access.require("review.commission", by)
    held = visit_actions.locked(visit)
    if held.state != VisitState.REPORTED:
        raise NotAllowed(NOT_REPORTED)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    held.state, held.returned_reason = VisitState.RETURNED, reason.strip()[:300]
    held.version += 1
    held.save(update_fields=["state", "returned_reason", "version"])
    events.record(
        "review.return_visit", actor=by, subject=held, at=at, organisation_id=held.application.organisation_id,
        details={"reason": held.returned_reason, "digest": held.digest},
    )  # fmt: skip
    _tell_institution(held, "review.visit_returned", at)
    return held


@transaction.atomic
def accept(*, visit: Visit, by: User, at: dt.datetime) -> Visit:
    """Accept a report: what was found otherwise goes into the enterprise file as a return of the site visit.

    It sets nothing aside there: a value that is accepted already stays, with a difference beside it. What the rules
    say of the facts as submitted, and with what was found, is kept; the application goes on.
    """
    access.require("review.commission", by)
    held = visit_actions.locked(visit)
    if held.state != VisitState.REPORTED:
        raise NotAllowed(NOT_REPORTED)
    found = visiting.found_facts(held)
    filed = _file(held, found, by, at)
    held.before, held.after = visiting.judged(held.submission, found)
    held.after = {**held.after, "returns": filed, "facts": sorted(_path(*key) for key in found)}
    held.state, held.accepted_by, held.accepted_at = VisitState.ACCEPTED, by, at
    held.version += 1
    held.save()
    events.record(
        "review.accept_visit", actor=by, subject=held, at=at, organisation_id=held.application.organisation_id,
        details={
            "digest": held.digest, "returns": filed, "before": held.before.get("verdict", ""),
            "after": held.after.get("verdict", ""), "facts": held.after["facts"],
        },
    )  # fmt: skip
    application = held.application
    if application.state == State.ACTIVE and _at_visit(application):
        moving.advance(
            application=application, name="visited", by=by, at=at, expect=application.stage,
            details={"visit": held.pk},
        )  # fmt: skip
    follow(held.commission.batch, at)
    return held


def _at_visit(application: Application) -> bool:
    return programme(application.programme).stage(application.stage).kind.name == SITE_VISIT.name


def _path(name: str, year: int | None) -> str:
    return name if year is None else f"{name}.{year}"


def _file(visit: Visit, found: Mapping[Any, Value], by: User, at: dt.datetime) -> list[int]:
    """File what was found otherwise, section by section and year by year, in the institution's name."""
    keys = []
    for (section, year), facts in by_place(found).items():
        filed = write_return(
            organisation=visit.application.organisation, section=section, year=year, facts=facts,
            source=Source.SITE, by=by, at=at, filed_for=visit.commission.institution,
            note=f"{visit.application.number} {visit.digest[:12]}",
        )  # fmt: skip
        if filed.filed is not None:
            keys.append(filed.filed.pk)
    return keys


def _tell_institution(visit: Visit, template: str, at: dt.datetime) -> None:
    enterprise = visit.application.organisation.name
    send(
        units.workers_of(visit.commission.institution), template,
        lambda: {"enterprise": enterprise, "reason": visit.returned_reason}, at=at,
        link=reverse("review:visit", args=[visit.pk]),
    )  # fmt: skip


# ---------------------------------------------------------------------- without a visit
def waive_many(*, batch: Batch, applications: Sequence[int], reason: str, by: User, at: dt.datetime) -> Job:
    """Have the worker let applications go on without a visit, each with the reason."""
    access.require("review.commission", by)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    keys = sorted(set(applications))[:MOST]
    if not keys:
        raise NotAllowed(NOTHING_CHOSEN)
    if waiting(batch).filter(pk__in=keys).count() != len(keys):
        raise NotAllowed(NOT_TO_VISIT)
    return jobs.start(
        "review.waive", by=by, at=at, title=_("免于现场考察：%(batch)s") % {"batch": batch.title},
        arguments={"batch": batch.pk, "applications": keys, "reason": reason.strip()},
    )  # fmt: skip


@jobs.job("review.waive", page=lambda job: reverse("review:arrange_visits", args=[job.arguments["batch"]]))
def waive(
    job: Job, progress: jobs.Progress, *, batch: int, applications: list[int], reason: str
) -> Mapping[str, Any]:
    """One transaction for each; what has gone on already, or has been commissioned meanwhile, is left alone."""
    by, held = User.objects.get(pk=job.owner_id), Batch.objects.select_related("call").get(pk=batch)
    stages, moved = stages_of(held.call, SITE_VISIT.name), 0
    progress.total(len(applications))
    for number, key in enumerate(applications, start=1):
        with transaction.atomic():
            one = moving.locked(key)
            if one.batch_id == held.pk and one.stage in stages and waiting(held).filter(pk=key).exists():
                moving.advance(
                    application=one, name="waived", by=by, at=timezone.now(), reason=reason, expect=one.stage
                )
                moved += 1
        progress.done(number)
    follow(held, timezone.now())
    return {"moved": moved}
