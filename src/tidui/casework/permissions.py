"""Who may apply, see an application, and decide when it is their turn."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import DECIDING, FILING, REACHED, OrganisationKind, Role
from tidui.accounts.permissions import (
    can_change,
    department_officer,
    department_reader,
    member_of,
    narrowing,
    officer_reaching,
    reader_reaching,
)
from tidui.accounts.standing import Standing, standing
from tidui.casework.enums import ENDED, OPEN_TO_APPLICANT, State, Turn
from tidui.casework.models import Application, Exchange
from tidui.casework.programme import programme
from tidui.casework.units import OUTSIDE, WORKING, above
from tidui.kit import access, clock
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused

NOT_YOURS: Final = Refused("not-yours", _("这份申报不属于您的单位。"))
NOT_YOUR_TURN: Final = Refused("not-your-turn", _("现在不由您的单位办理。"))
ENDED_ALREADY: Final = Refused("ended", _("这份申报已经办结。"))
NOT_OPEN: Final = Refused("not-open", _("申报已经提交，不能再修改；如需修改请联系办理单位退回补正。"))
NOT_SUBMITTED: Final = Refused("not-submitted", _("申报还没有提交；请先提交，再打印盖章。"))
READS_ONLY: Final = Refused("read-only", _("您的账号只能查看，不能办理。"))
NOT_RETURNED: Final = Refused("not-returned", _("这份申报没有处于退回补正。"))
NOT_OVERDUE: Final = Refused("not-overdue", _("补正期限未到，请等待申报单位补正。"))
OWN_DESK: Final = Refused("own-desk", _("这份申报正由您的单位办理。"))
NOT_BELOW: Final = Refused("not-below", _("只有上级单位可以催办。"))


def may_work(who: Standing, organisation_id: int) -> bool:
    """May the person decide for this organisation, whose turn it is?"""
    return any(
        one.organisation.pk == organisation_id
        and (one.role in DECIDING or (one.organisation.kind in OUTSIDE and one.role in WORKING))
        for one in who.held
    )


def works_anywhere(who: Standing) -> bool:
    """Does the person decide on anything at all?"""
    return any(one.role in DECIDING or (one.organisation.kind in OUTSIDE and one.role in WORKING) for one in who.held)


@Predicate
def at_work(user: Any, thing: Any) -> Outcome:
    """Whoever decides for an organisation, whichever it is; of an application it is asked further whose turn it is."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    who = standing(user)
    if who.is_inspection:
        return READS_ONLY
    return ALLOWED if isinstance(thing, Application) or works_anywhere(who) else NOT_YOUR_TURN


@narrowing(at_work, Application)
def holder(who: Standing, application: Application) -> Outcome:
    """Whoever works for the organisation whose turn it is; without an application, whoever works anywhere."""
    if application.state in ENDED:
        return ENDED_ALREADY
    if application.state != State.ACTIVE or application.turn == Turn.APPLICANT or application.holder_id is None:
        return NOT_YOUR_TURN
    return ALLOWED if may_work(who, application.holder_id) else NOT_YOUR_TURN


@Predicate
def sees_application(user: Any, thing: Any) -> Outcome:
    """Its applicant; whoever may see it by `queries.applications`."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    who = standing(user)
    if not isinstance(thing, Application):
        return ALLOWED if who.held else NOT_YOURS
    from tidui.casework.queries import applications

    return ALLOWED if applications(user).filter(pk=thing.pk).exists() else NOT_YOURS


#: Whoever files for their own organisation.
applicant = member_of(*FILING, kinds=REACHED)


@narrowing(applicant, Application)
def writes_application(who: Standing, application: Application) -> Outcome:
    """Whoever files for the applicant, while the application is open to it."""
    if application.state in ENDED:
        return ENDED_ALREADY
    return ALLOWED if application.state in OPEN_TO_APPLICANT else NOT_OPEN


@narrowing(applicant, Application)
def stamps_application(who: Standing, application: Application) -> Outcome:
    """Whoever files for the applicant, from the first submission until the application ends."""
    if application.state in ENDED:
        return ENDED_ALREADY
    return ALLOWED if application.submitted_at is not None else NOT_SUBMITTED


@narrowing(at_work, Application)
def returner(who: Standing, application: Application) -> Outcome:
    """Whoever works for the unit that returned an application, once the correction is overdue; and the department."""
    if application.state != State.CORRECTION:
        return NOT_RETURNED
    turn = programme(application.programme).stage(application.stage).turn
    unit = {Turn.AGENCY: application.agency_id, Turn.UNIT: application.unit_id}.get(turn)
    if not who.decides_for_department and (unit is None or not may_work(who, unit)):
        return NOT_YOUR_TURN
    return ALLOWED if application.due_on is not None and application.due_on < clock.today() else NOT_OVERDUE


@narrowing(officer_reaching, Application)
def above_holder(who: Standing, application: Application) -> Outcome:
    """Who may urge whoever holds an application: the department, the unit above the holder, and, while the
    enterprise has it for correction, whoever reaches the enterprise."""
    holder_now = application.holder
    if application.state in ENDED or holder_now is None or not application.submitted_at:
        return ENDED_ALREADY
    if holder_now.pk in who.ids:
        return OWN_DESK
    if who.decides_for_department or application.turn == Turn.APPLICANT:
        return ALLOWED
    unit = above(holder_now)
    return ALLOWED if unit is not None and unit.pk in who.deciding_units else NOT_BELOW


#: Whoever looks into the applications of others: the department, inspection, units, agencies.
reads_applications = reader_reaching | member_of(*WORKING, Role.READER, kinds={OrganisationKind.AGENCY}, changes=False)


@Predicate
def hands_over(user: Any, thing: Any) -> Outcome:
    """The department, and whoever decides for the unit that has recommended the enterprise so far."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    who = standing(user)
    if who.decides_for_department:
        return ALLOWED
    if not isinstance(thing, Application):
        return ALLOWED if who.deciding_units else NOT_YOUR_TURN
    return ALLOWED if thing.unit_id is not None and thing.unit_id in who.deciding_units else NOT_YOUR_TURN


#: Who answers lists: the tax side and the partner authorities.
ANSWERING: Final = frozenset({OrganisationKind.TAX, OrganisationKind.PARTNER})
NOT_YOUR_LIST: Final = Refused("not-your-list", _("这份清单不是发给您的单位的，或者您没有所需的角色。"))
#: Whoever looks into lists that were sent to their organisation.
answering_member = member_of(*WORKING, Role.READER, kinds=ANSWERING, changes=False)


@narrowing(member_of(*WORKING, kinds=ANSWERING), Exchange, about_it=False)
def answers_list(who: Standing, exchange: Exchange) -> Outcome:
    """Whoever works for the organisation that a list was sent to; without a list, for any such organisation."""
    if exchange.sent_at is None or exchange.partner_id is None:
        return NOT_YOUR_LIST
    return ALLOWED if who.has(WORKING, exchange.partner_id) else NOT_YOUR_LIST


access.define("casework.view_calls", _("查看申报通知"), access.anyone)
access.define("casework.manage_calls", _("拟定、发布申报通知"), can_change & department_officer)
access.define("casework.view_all", _("查看全省申报"), department_reader)
access.define("casework.view", _("查看申报"), sees_application)
access.define("casework.apply", _("申报"), can_change & applicant)
access.define("casework.write", _("填写申报"), can_change & writes_application)
access.define("casework.withdraw", _("撤回申报"), can_change & applicant)
access.define("casework.desk", _("办理申报"), holder)
access.define("casework.decide", _("审核申报"), holder)
access.define("casework.take_back", _("办理逾期未补正的申报"), returner)
access.define("casework.list", _("查看申报名册"), reads_applications)
access.define("casework.urge", _("催办"), can_change & above_holder)
access.define("casework.batches", _("编制批次"), can_change & department_officer)
access.define("casework.transfer", _("转交其他推荐单位"), can_change & hands_over)
access.define("casework.archive", _("生成案卷包"), can_change & sees_application)
access.define("casework.see_transfers", _("查看待转交的申报"), department_reader | hands_over)
access.define("casework.stamp", _("上传盖章页"), can_change & stamps_application)
access.define("casework.exchange", _("编制、发出数据交换清单，核定回复"), can_change & department_officer)
access.define("casework.view_exchanges", _("查看数据交换清单"), department_reader | answering_member)
access.define("casework.list_exchanges", _("查看全部数据交换"), department_reader)
access.define("casework.answer", _("回复清单"), can_change & (department_officer | answers_list))
access.define("casework.partner", _("查看发给本单位的清单"), answering_member)
access.define("casework.see_findings", _("查看核查发现"), reads_applications)
