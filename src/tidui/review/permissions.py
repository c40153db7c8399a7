"""Who keeps the register, prepares and replays draws, marks, visits."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.permissions import (
    can_change,
    department_officer,
    department_reader,
    member_of,
    officer_reaching,
    reader_reaching,
)
from tidui.accounts.standing import standing
from tidui.casework.units import WORKING
from tidui.kit import access
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused
from tidui.review.enums import SEATED, ExpertState, SheetState
from tidui.review.models import Expert, Seat, Secret, Sheet, Visit
from tidui.review.queries import expert_of

NOT_AN_EXPERT: Final = Refused("not-an-expert", _("您不是在库的评审专家。"))
NOT_YOUR_SEAT: Final = Refused("not-your-seat", _("这个评审席位不是您的，或者您已不再参加该组评审。"))
NOT_YOUR_SECRET: Final = Refused("not-your-secret", _("只有提交该密码的单位的工作人员可以办理。"))
NOT_YOUR_SHEET: Final = Refused("not-your-sheet", _("这份评分表不是您的，或者您须回避。"))
NOT_YOUR_VISIT: Final = Refused("not-your-visit", _("这次考察没有委托给您的单位，或者您没有所需的角色。"))


@Predicate
def own_expert(user: Any, thing: Any) -> Outcome:
    """The person that an entry of the register is about; without an entry, whoever has one."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    found = expert_of(user)
    if found is None or standing(user).is_inspection:
        return NOT_AN_EXPERT
    return ALLOWED if not isinstance(thing, Expert) or thing.pk == found.pk else NOT_AN_EXPERT


@Predicate
def seated(user: Any, thing: Any) -> Outcome:
    """The expert whose seat it is, while they sit there; without a seat, an expert of the register."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    found = expert_of(user)
    if found is None or found.state != ExpertState.CONFIRMED:
        return NOT_AN_EXPERT
    if not isinstance(thing, Seat):
        return ALLOWED
    return ALLOWED if thing.expert_id == found.pk and thing.state in SEATED else NOT_YOUR_SEAT


@Predicate
def holds_secret(user: Any, thing: Any) -> Outcome:
    """Whoever works for the unit that puts a secret into a draw."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    who = standing(user)
    roles = [role for role in Role if role != Role.ADMINISTRATOR]
    if not isinstance(thing, Secret):
        return ALLOWED if who.has(roles) else NOT_YOUR_SECRET
    return ALLOWED if who.has(roles, thing.unit_id) else NOT_YOUR_SECRET


@Predicate
def sees_own_secrets(user: Any, thing: Any) -> Outcome:
    """Whoever works for an authority that was named in a draw; the department and inspection see all draws anyway."""
    outcome = holds_secret(user, None)
    if not outcome:
        return outcome
    if not any(one.kind == OrganisationKind.AUTHORITY for one in standing(user).organisations):
        return NOT_YOUR_SECRET  # nothing is asked of the database for the many others
    return ALLOWED if Secret.objects.filter(unit__in=standing(user).ids).exists() else NOT_YOUR_SECRET


@Predicate
def marks_sheet(user: Any, thing: Any) -> Outcome:
    """The expert whose sheet it is, while they sit in its panel and nothing recuses them from its file."""
    outcome = seated(user, thing.seat if isinstance(thing, Sheet) else None)
    if not outcome or not isinstance(thing, Sheet):
        return outcome
    if thing.state == SheetState.VOID or thing.expert_id != expert_of(user).pk:  # type: ignore[union-attr]
        return NOT_YOUR_SHEET
    recused = thing.expert.recusals.filter(application=thing.file.application_id, lifted_at__isnull=True)
    return NOT_YOUR_SHEET if recused.exists() else ALLOWED


@Predicate
def visits(user: Any, thing: Any) -> Outcome:
    """Whoever works for the institution that a visit is commissioned to; without a visit, for any institution."""
    outcome = member_of(*WORKING, kinds={OrganisationKind.SITE_INSTITUTION})(user, None)
    if not outcome or not isinstance(thing, Visit):
        return outcome
    return ALLOWED if standing(user).has(WORKING, thing.commission.institution_id) else NOT_YOUR_VISIT


#: Whoever looks at what an institution was commissioned with.
institution_member = member_of(*WORKING, Role.READER, kinds={OrganisationKind.SITE_INSTITUTION}, changes=False)

access.define("review.view_experts", _("查看专家库"), department_reader)
access.define("review.view_register", _("查看本单位提名的专家"), reader_reaching)
access.define("review.keep_expert", _("维护专家信息"), can_change & (department_officer | own_expert))
access.define("review.manage_experts", _("管理专家库"), can_change & department_officer)
access.define("review.nominate", _("提名评审专家"), can_change & officer_reaching)
access.define("review.apply_as_expert", _("申请入库、维护本人信息"), can_change)
access.define("review.own_expert", _("维护本人专家信息"), own_expert)
access.define("review.recuse", _("登记回避"), can_change & department_officer)
access.define("review.fees", _("编制评审费清单"), can_change & department_officer)
access.define("review.view_fees", _("查看评审费清单"), department_reader)
access.define("review.prepare", _("组织评审、抽取专家"), can_change & department_officer)
access.define("review.view_reviews", _("查看评审"), department_reader)
access.define("review.hold_secret", _("提交和开启抽取密码"), can_change & holds_secret)
access.define("review.see_own_secrets", _("查看本单位参加的抽取"), sees_own_secrets)
access.define("review.public_draws", _("查看抽取公开信息"), access.anyone)
access.define("review.seat", _("参加评审"), seated)
access.define("review.mark", _("评分"), marks_sheet)
access.define("review.commission", _("委托现场考察、采用报告"), can_change & department_officer)
access.define("review.view_commissions", _("查看考察委托"), department_reader | institution_member)
access.define("review.visit", _("现场考察"), can_change & visits)
