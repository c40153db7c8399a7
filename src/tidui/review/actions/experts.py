"""The register of experts: nominated or applying, confirmed, affirmed yearly, paused, ended; ties and absences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation, User
from tidui.accounts.queries import officers_of
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.audit.personal import months_after
from tidui.casework.actions.moving import department
from tidui.kit import access, clock, outbox, parameters, search
from tidui.kit.access import NotAllowed, Refused
from tidui.review import qualifying, recusing
from tidui.review.enums import ExpertState, TieKind, TieSource
from tidui.review.models import Absence, Expert, ExpertField, Tie
from tidui.review.parameters import TERM_YEARS

NO_REASON: Final = Refused("no-reason", _("请写明理由。"))
NOT_NOW: Final = Refused("not-now", _("专家的状态已经改变，请刷新页面查看。"))
ONESELF: Final = Refused("oneself", _("不能审核、变更自己的入库资格，请由同事办理。"))
UNQUALIFIED: Final = Refused(
    "unqualified", _("不符合评审专家条件；确需入库的，请写明不按条件的理由。")
)
ALREADY: Final = Refused("already", _("您已在专家库登记，请在“我的专家信息”中维护。"))
STALE: Final = Refused("stale", _("专家信息已被他人修改，请刷新页面后重新填写。"))
TOO_EARLY: Final = Refused("too-early", _("结束日期不能早于登记日期；登记有误的请联系省科技厅移除。"))
NO_TERM: Final = Refused("no-term", _("聘期截止日期不能早于开始日期。"))

#: What a form says of an expert, beside the fields.
WRITTEN: Final = (
    "name", "kind", "title", "level", "qualification", "years", "employer", "employer_uscc", "division", "mobile",
    "email", "load", "bank", "account",
)  # fmt: skip
#: On what the confirmation rests: the department changes it, not the expert.
JUDGED: Final = frozenset({"name", "kind", "level", "qualification", "years"})
_WAITING: Final = frozenset({ExpertState.APPLIED, ExpertState.NOMINATED})


# ---------------------------------------------------------------------- into the register
@transaction.atomic
def nominate(
    *, said: Mapping[str, Any], fields: Sequence[str], unit: Organisation, by: User, at: dt.datetime
) -> Expert:
    """A unit (or the department itself) names somebody for the register."""
    access.require("review.nominate", by)
    if unit.pk not in standing(by).deciding_units:
        raise NotAllowed(Refused("not-your-unit", _("只能代表您所在的单位提名。")))
    return write_new(said, fields, state=ExpertState.NOMINATED, by=by, at=at, unit=unit)


@transaction.atomic
def apply(*, said: Mapping[str, Any], fields: Sequence[str], by: User, at: dt.datetime) -> Expert:
    """A person asks to be an expert; one whose earlier application was not taken asks again."""
    access.require("review.apply_as_expert", by)
    held = Expert.objects.select_for_update(of=("self",)).filter(user=by).first()
    if held is None:
        return write_new(said, fields, state=ExpertState.APPLIED, by=by, at=at, user=by)
    if held.state not in (ExpertState.DECLINED, ExpertState.ENDED):
        raise NotAllowed(ALREADY)
    return _apply_again(held, said, fields, by, at)


def _apply_again(held: Expert, said: Mapping[str, Any], fields: Sequence[str], by: User, at: dt.datetime) -> Expert:
    before = held.state
    _put(held, said)
    held.state, held.reason, held.decided_by, held.decided_at = ExpertState.APPLIED, "", None, None
    held.recorded_by, held.recorded_at, held.version = by, at, held.version + 1
    held.save()
    _put_fields(held, fields)
    _index(held)
    _record("review.apply_as_expert", held, by, at, {"before": before})
    _tell_department(held, at)
    return held


def write_new(
    said: Mapping[str, Any], fields: Sequence[str], *, state: str, by: User, at: dt.datetime,
    unit: Organisation | None = None, user: User | None = None, tell: bool = True,
) -> Expert:  # fmt: skip
    """The same for an action that has asked for its own permission."""
    made = Expert(user=user, state=state, nominated_by=unit, recorded_by=by, recorded_at=at)
    _put(made, said)
    made.save()
    _put_fields(made, fields)
    _index(made)
    verb = "review.nominate_expert" if state == ExpertState.NOMINATED else "review.apply_as_expert"
    _record(verb, made, by, at, {"kind": made.kind, "unit": unit.pk if unit else None})
    if tell:
        _tell_department(made, at)
    return made


# ---------------------------------------------------------------------- what stands there
@transaction.atomic
def change(
    *, expert: Expert, said: Mapping[str, Any], fields: Sequence[str], by: User, at: dt.datetime, seen: int
) -> Expert:
    """Change what stands in the register. The expert changes what the confirmation does not rest on.

    A new employer leaves the one before as a tie; whoever sits in a panel is checked anew at once.
    """
    own = expert.user_id == by.pk
    access.require("review.own_expert" if own else "review.manage_experts", by, expert if own else None)
    held = _locked(expert)
    if held.version != seen:
        raise NotAllowed(STALE)
    kept = JUDGED if own and held.state not in _WAITING else frozenset()
    before = {name: getattr(held, name) for name in WRITTEN}
    _put(held, {name: value for name, value in said.items() if name not in kept})
    held.version += 1
    held.save()
    _put_fields(held, fields)
    _index(held)
    changed = sorted(name for name in WRITTEN if before[name] != getattr(held, name))
    _record("review.change_expert", held, by, at, {"changed": changed, "own": own})
    if "employer" in changed:
        source = TieSource.OWN if own else TieSource.DEPARTMENT
        Tie.objects.create(
            expert=held, kind=TieKind.FORMER, name=before["employer"], uscc=before["employer_uscc"],
            until=clock.day_of(at), source=source, recorded_by=by, recorded_at=at,
        )  # fmt: skip
    recusing.recheck(held, at, by)
    return held


def _put(expert: Expert, said: Mapping[str, Any]) -> None:
    for name in WRITTEN:
        if name in said:
            value = said[name]
            setattr(expert, name, value.strip() if isinstance(value, str) else value)


def _put_fields(expert: Expert, codes: Sequence[str]) -> None:
    """The fields as named, the first one the main one; what stands already is left alone."""
    wanted = {code: place == 0 for place, code in enumerate(dict.fromkeys(codes))}
    held = {one.code: one for one in expert.fields.all()}
    expert.fields.exclude(code__in=wanted).delete()
    for code, main in wanted.items():
        if code not in held:
            ExpertField.objects.create(expert=expert, code=code, main=main)
        elif held[code].main != main:
            ExpertField.objects.filter(pk=held[code].pk).update(main=main)


def checked(expert: Expert) -> qualifying.Checked:
    """What the rule says of an expert as they stand in the register."""
    fields = [one.code for one in expert.fields.all()]
    return qualifying.check(
        kind=expert.kind, level=expert.level, qualification=expert.qualification, years=expert.years, fields=fields
    )


# ---------------------------------------------------------------------- the department decides
def term_from(since: dt.date) -> dt.date:
    """The last day of a term that begins on a day."""
    return months_after(since, 12 * int(parameters.get(TERM_YEARS, since))) - dt.timedelta(days=1)


@transaction.atomic
def confirm(
    *, expert: Expert, by: User, at: dt.datetime, since: dt.date | None = None, until: dt.date | None = None,
    override: str = "",
) -> Expert:  # fmt: skip
    """Take somebody into the register for a term; whoever does not meet the rule, only with a reason."""
    held = _decided(expert, by, *_WAITING)
    found = checked(held)
    if not found.qualified and not override.strip():
        raise NotAllowed(UNQUALIFIED)
    today = clock.day_of(at)
    held.since = since or today
    held.until = until or term_from(held.since)
    if held.until < held.since:
        raise NotAllowed(NO_TERM)
    held.affirmed_on = today
    _decide(held, ExpertState.CONFIRMED, override.strip(), by, at)
    details = {"since": held.since.isoformat(), "until": held.until.isoformat(), "qualified": found.qualified}
    _record("review.confirm_expert", held, by, at, {**details, "override": override.strip()})
    _tell(held, "review.expert_confirmed", at)
    return held


@transaction.atomic
def decline(*, expert: Expert, by: User, at: dt.datetime, reason: str) -> Expert:
    """Not take somebody into the register."""
    held = _decided(expert, by, *_WAITING)
    _needs(reason)
    _decide(held, ExpertState.DECLINED, reason, by, at)
    _record("review.decline_expert", held, by, at, {"reason": reason})
    _tell(held, "review.expert_declined", at, reason)
    return held


@transaction.atomic
def pause(*, expert: Expert, by: User, at: dt.datetime, reason: str) -> Expert:
    """Leave an expert out of draws until they are resumed."""
    held = _decided(expert, by, ExpertState.CONFIRMED)
    _needs(reason)
    _decide(held, ExpertState.PAUSED, reason, by, at)
    _record("review.pause_expert", held, by, at, {"reason": reason})
    _tell(held, "review.expert_paused", at, reason)
    return held


@transaction.atomic
def resume(*, expert: Expert, by: User, at: dt.datetime) -> Expert:
    """Let a paused expert be drawn again; the term goes on as it was."""
    held = _decided(expert, by, ExpertState.PAUSED)
    _decide(held, ExpertState.CONFIRMED, "", by, at)
    _record("review.resume_expert", held, by, at, {})
    return held


@transaction.atomic
def renew(*, expert: Expert, by: User, at: dt.datetime, until: dt.date) -> Expert:
    """Give a confirmed expert a longer term."""
    held = _decided(expert, by, ExpertState.CONFIRMED)
    if held.since is not None and until < held.since:
        raise NotAllowed(NO_TERM)
    before, held.until = held.until, until
    _decide(held, ExpertState.CONFIRMED, held.reason, by, at)
    _record("review.renew_expert", held, by, at, {"before": before, "until": until})
    return held


@transaction.atomic
def end(*, expert: Expert, by: User, at: dt.datetime, reason: str) -> Expert:
    """Take an expert out of the register; what they did stays."""
    held = _decided(expert, by, ExpertState.CONFIRMED, ExpertState.PAUSED)
    _needs(reason)
    today = clock.day_of(at)
    held.until = max(held.since or today, min(held.until or today, today))
    _decide(held, ExpertState.ENDED, reason, by, at)
    _record("review.end_expert", held, by, at, {"reason": reason})
    _tell(held, "review.expert_ended", at, reason)
    return held


# ---------------------------------------------------------------------- the expert says
@transaction.atomic
def affirm(*, expert: Expert, by: User, at: dt.datetime) -> Expert:
    """The expert says that what stands in the register is still so: once a year, else they are not drawn."""
    access.require("review.own_expert", by, expert)
    held = _locked(expert)
    if held.state not in (ExpertState.CONFIRMED, ExpertState.PAUSED):
        raise NotAllowed(NOT_NOW)
    held.affirmed_on = clock.day_of(at)
    held.save(update_fields=["affirmed_on"])
    _record("review.affirm_expert", held, by, at, {"on": held.affirmed_on})
    return held


def _own_or_department(expert: Expert, by: User) -> bool:
    """Is it the expert? If not, the department's permission is asked."""
    own = expert.user_id == by.pk
    access.require("review.own_expert" if own else "review.manage_experts", by, expert if own else None)
    return own


@transaction.atomic
def add_absence(
    *, expert: Expert, since: dt.date, until: dt.date, reason: str, by: User, at: dt.datetime
) -> Absence:
    """Days on which the expert is not drawn."""
    _own_or_department(expert, by)
    if until < since:
        raise ValidationError({"until": _("截止日期不能早于开始日期。")})
    made = Absence.objects.create(expert=expert, since=since, until=until, reason=reason.strip()[:200])
    _record("review.add_absence", expert, by, at, {"since": since, "until": until})
    return made


@transaction.atomic
def remove_absence(*, absence: Absence, by: User, at: dt.datetime) -> None:
    """The expert is there after all."""
    _own_or_department(absence.expert, by)
    _record("review.remove_absence", absence.expert, by, at, {"since": absence.since, "until": absence.until})
    absence.delete()


@transaction.atomic
def add_tie(
    *, expert: Expert, kind: str, name: str, by: User, at: dt.datetime, uscc: str = "",
    since: dt.date | None = None, until: dt.date | None = None, note: str = "",
) -> Tie:  # fmt: skip
    """What ties an expert to an organisation, declared by the expert or recorded by the department.

    It is found in the register of organisations where its code or its whole name stands there. Files of their panels
    are checked at once.
    """
    own = _own_or_department(expert, by)
    if since is not None and until is not None and until < since:
        raise ValidationError({"until": _("截止日期不能早于开始日期。")})
    known = Organisation.objects.filter(uscc=uscc) if uscc else Organisation.objects.filter(name=name.strip())
    made = Tie.objects.create(
        expert=expert, kind=TieKind(kind), organisation=known.first(), uscc=uscc, name=name.strip(), since=since,
        until=until, source=TieSource.OWN if own else TieSource.DEPARTMENT, note=note.strip()[:200], recorded_by=by,
        recorded_at=at,
    )  # fmt: skip
    _record("review.add_tie", expert, by, at, {"tie": made.pk, "kind": made.kind, "name": made.name})
    recusing.recheck(expert, at, by)
    return made


@transaction.atomic
def end_tie(*, tie: Tie, until: dt.date, by: User, at: dt.datetime) -> Tie:
    """A tie is over since a day; it keeps the expert away for the years of a former employer still.

    An expert ends no tie earlier than the day on which it was recorded.
    """
    held = Tie.objects.select_for_update(of=("self",)).get(pk=tie.pk)
    own = _own_or_department(held.expert, by)
    if held.removed_at is not None or until > clock.day_of(at):
        raise NotAllowed(NOT_NOW)
    first = clock.day_of(held.recorded_at) if own else held.since
    if first is not None and until < first:
        raise NotAllowed(TOO_EARLY)
    held.until = until
    held.save(update_fields=["until"])
    _record("review.end_tie", held.expert, by, at, {"tie": held.pk, "until": until})
    return held


@transaction.atomic
def remove_tie(*, tie: Tie, by: User, at: dt.datetime, reason: str) -> Tie:
    """The department takes away a tie that was recorded by mistake; one that is over gets its last day instead."""
    access.require("review.manage_experts", by)
    _needs(reason)
    held = Tie.objects.select_for_update(of=("self",)).get(pk=tie.pk)
    if held.expert.user_id == by.pk:
        raise NotAllowed(ONESELF)
    if held.removed_at is None:
        held.removed_at = at
        held.save(update_fields=["removed_at"])
        _record("review.remove_tie", held.expert, by, at, {"tie": held.pk, "name": held.name, "reason": reason})
    return held


# ---------------------------------------------------------------------- parts
def _locked(expert: Expert) -> Expert:
    return Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)


def _decided(expert: Expert, by: User, *states: str) -> Expert:
    """The entry as it is now, for somebody of the department who is not the expert, in one of these states."""
    access.require("review.manage_experts", by)
    held = _locked(expert)
    if held.user_id == by.pk:
        raise NotAllowed(ONESELF)
    if held.state not in states:
        raise NotAllowed(NOT_NOW)
    return held


def _decide(held: Expert, state: str, reason: str, by: User, at: dt.datetime) -> None:
    held.state, held.reason, held.decided_by, held.decided_at = state, reason.strip()[:300], by, at
    held.version += 1
    held.save()


def _needs(reason: str) -> None:
    if not reason.strip():
        raise NotAllowed(NO_REASON)


def words_of(expert: Expert) -> str:
    """By what an expert is found in the list."""
    return f"{expert.name} {expert.employer} {expert.title} {expert.mobile}"


def _index(expert: Expert) -> None:
    search.index(expert, words_of(expert))


def _tell(held: Expert, template: str, at: dt.datetime, reason: str = "") -> None:
    """The expert, and whoever decides for the unit that nominated them."""
    to = [held.user] if held.user else []
    context = {"name": held.name, "reason": reason, "until": held.until or ""}
    outbox.notify(to=to, template=template, context=context, at=at, link="/experts/me/")
    if held.nominated_by is not None and held.nominated_by_id != department().pk:
        outbox.notify(
            to=officers_of(held.nominated_by), template=template, context=context, at=at, link=f"/experts/{held.pk}/"
        )


def _tell_department(held: Expert, at: dt.datetime) -> None:
    outbox.notify(
        to=officers_of(department()), template="review.expert_waiting",
        context={"name": held.name, "reason": held.employer, "until": ""}, at=at, link=f"/experts/{held.pk}/",
    )  # fmt: skip


def _record(verb: str, held: Expert, by: User, at: dt.datetime, details: Mapping[str, Any]) -> None:
    said = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in details.items()}
    events.record(verb, actor=by, subject=held, at=at, details={"expert": held.pk, **said})
