"""Who may do what to organisations and people, and the predicates that other apps build theirs from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import DECIDING, REACHED, REACHING, RECOMMENDING, OrganisationKind, Role
from tidui.accounts.models import Organisation
from tidui.accounts.standing import Standing, standing
from tidui.kit import access
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused

READ_ONLY = Refused("read-only", _("纪检、审计账号只能查看，不能修改。"))
NOT_A_MEMBER = Refused("not-a-member", _("您不是该单位的成员，或者没有所需的角色。"))
OUT_OF_REACH = Refused("out-of-reach", _("该单位不在您的辖区或推荐范围内，或者您没有所需的角色。"))
NOT_DEPARTMENT = Refused("not-the-department", _("只有省科技厅可以进行此项操作。"))
OWN_REQUEST = Refused("own-request", _("不能审核自己的申请，请由同事处理。"))
NOT_INSPECTION = Refused("not-inspection", _("只有纪检、审计人员可以查看。"))


def organisation_of(thing: Any) -> Organisation | None:
    """The organisation that a thing is or belongs to; None for a permission that is about no thing."""
    if thing is None or isinstance(thing, Organisation):
        return thing
    organisation = getattr(thing, "organisation", None)
    return organisation if isinstance(organisation, Organisation) else None


def _asking(question: Callable[[Standing, Organisation | None], Outcome]) -> Predicate:
    """A predicate that asks a standing; somebody who has not signed in is asked to."""

    def ask(user: Any, thing: Any) -> Outcome:
        if not getattr(user, "is_authenticated", False):
            return access.SIGN_IN
        return question(standing(user), organisation_of(thing))

    return Predicate(ask)


Thing = TypeVar("Thing")


def narrowing(
    base: Predicate, kind: type[Thing], *, about_it: bool = True
) -> Callable[[Callable[[Standing, Thing], Outcome]], Predicate]:
    """Ask `base` first, and of a thing of this kind the decorated question as well.

    `base` is asked about the thing; not so where `about_it` is False, because the thing is another organisation's.
    """

    def made(question: Callable[[Standing, Thing], Outcome]) -> Predicate:
        def ask(user: Any, thing: Any) -> Outcome:
            outcome = base(user, thing if about_it else None)
            return question(standing(user), thing) if outcome and isinstance(thing, kind) else outcome

        return Predicate(ask)

    return made


def member_of(*roles: str, kinds: Collection[str] | None = None, changes: bool = True) -> Predicate:
    """A member with one of these roles (none named: any) of the thing's organisation, or without a thing of any.

    Somebody of inspection is refused unless the permission `changes` nothing.
    """

    def question(who: Standing, organisation: Organisation | None) -> Outcome:
        if changes and who.is_inspection:
            return READ_ONLY
        return ALLOWED if who.has(roles or None, organisation, kinds) else NOT_A_MEMBER

    return _asking(question)


@_asking
def officer_reaching(who: Standing, organisation: Organisation | None) -> Outcome:
    """An officer or leader of a unit that reaches the organisation (the department reaches all)."""
    if who.is_inspection:
        return READ_ONLY
    if organisation is not None:
        return ALLOWED if who.decides_on(organisation) else OUT_OF_REACH
    return ALLOWED if who.has(DECIDING, kinds={*RECOMMENDING, OrganisationKind.DEPARTMENT}) else OUT_OF_REACH


@_asking
def reader_reaching(who: Standing, organisation: Organisation | None) -> Outcome:
    """Whoever may look into what lies in a reach: officers, leaders, readers, the department, inspection."""
    if organisation is not None:
        return ALLOWED if who.reaches(organisation) else OUT_OF_REACH
    units = {*RECOMMENDING, OrganisationKind.DEPARTMENT}
    return ALLOWED if who.is_inspection or who.has(REACHING, kinds=units) else OUT_OF_REACH


@_asking
def sees(who: Standing, organisation: Organisation | None) -> Outcome:
    """A member of the organisation, or somebody whose unit reaches it."""
    if organisation is None:
        return ALLOWED if who.held else NOT_A_MEMBER
    return ALLOWED if who.sees(organisation) else OUT_OF_REACH


@_asking
def department_officer(who: Standing, organisation: Organisation | None) -> Outcome:
    """An officer or leader of the department."""
    return ALLOWED if who.decides_for_department else NOT_DEPARTMENT


@_asking
def department_reader(who: Standing, organisation: Organisation | None) -> Outcome:
    """Whoever reads the records of the whole province: the department and inspection."""
    return ALLOWED if who.sees_everything else NOT_DEPARTMENT


@_asking
def department_administrator(who: Standing, organisation: Organisation | None) -> Outcome:
    """The administrator of the department."""
    return ALLOWED if who.is_department_administrator else NOT_DEPARTMENT


@_asking
def inspector(who: Standing, organisation: Organisation | None) -> Outcome:
    """Discipline inspection and audit."""
    return ALLOWED if who.is_inspection else NOT_INSPECTION


@_asking
def can_change(who: Standing, organisation: Organisation | None) -> Outcome:
    """Anybody but inspection; to be joined with another predicate by `&`."""
    return READ_ONLY if who.is_inspection else ALLOWED


administrator = member_of(Role.ADMINISTRATOR)


@_asking
def manages_members(who: Standing, organisation: Organisation | None) -> Outcome:
    """The organisation's administrator, or the department's for any organisation."""
    if who.is_inspection:
        return READ_ONLY
    if who.is_department_administrator:
        return ALLOWED
    return ALLOWED if who.has(Role.ADMINISTRATOR, organisation) else NOT_A_MEMBER


@_asking
def knows_members(who: Standing, organisation: Organisation | None) -> Outcome:
    """A member, an officer whose unit reaches the organisation, the department, inspection."""
    if who.is_department_administrator:
        return ALLOWED
    if organisation is None:
        return ALLOWED if who.held else NOT_A_MEMBER
    return ALLOWED if who.sees(organisation) else OUT_OF_REACH


@Predicate
def signs_up(user: Any, thing: Any) -> Outcome:
    """A newcomer; whoever has an account is led on from there to joining, and may do what is asked for there."""
    return can_change(user, thing) if getattr(user, "is_authenticated", False) else ALLOWED


@Predicate
def decides_request(user: Any, thing: Any) -> Outcome:
    """Who confirms a request to join: the enterprise's administrator, its recommending unit, else the department.

    Without a request: whoever may have such requests on the desk. Nobody decides on their own.
    """
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    who = standing(user)
    if who.is_inspection:
        return READ_ONLY
    if thing is None:
        officer = who.has(DECIDING, kinds={*RECOMMENDING, OrganisationKind.DEPARTMENT})
        return ALLOWED if officer or who.has(Role.ADMINISTRATOR, kinds=REACHED) else NOT_A_MEMBER
    if thing.user_id == user.pk:
        return OWN_REQUEST
    if thing.inside:
        return ALLOWED if who.has(Role.ADMINISTRATOR, thing.organisation_id) else NOT_A_MEMBER
    if who.decides_for_department or thing.unit_id in who.deciding_units:
        return ALLOWED
    return OUT_OF_REACH


@Predicate
def holds_or_manages(user: Any, thing: Any) -> Outcome:
    """Whose membership (or delegation of it) it is, or who manages the members of its organisation."""
    signed_in = access.SIGNED_IN.predicate(user)
    if not signed_in or thing is None:
        return signed_in
    membership = getattr(thing, "membership", thing)
    if membership.user_id == user.pk and not standing(user).is_inspection:
        return ALLOWED
    return manages_members(user, membership)


VIEW_ORGANISATIONS = access.define(
    "accounts.view_organisations", _("查看辖区内的单位"), reader_reaching | department_administrator
)
VIEW_ORGANISATION = access.define("accounts.view_organisation", _("查看单位"), sees | department_administrator)
FOUND = access.define("accounts.found_organisation", _("登记新单位"), department_officer)
RENAME = access.define("accounts.rename_organisation", _("登记更名和代码变更"), department_officer | officer_reaching)
MOVE = access.define("accounts.move_organisation", _("登记迁移、隶属变更"), department_officer)
CHANGE_UNITS = access.define("accounts.change_units", _("合并、撤销单位"), department_officer)
VIEW_REACH = access.define("accounts.view_reach", _("查看全部推荐范围"), department_reader)
MANAGE_REACH = access.define("accounts.manage_reach", _("设定推荐范围"), department_officer)
VIEW_MEMBERS = access.define("accounts.view_members", _("查看成员"), knows_members)
MANAGE_MEMBERS = access.define("accounts.manage_members", _("授予、撤销角色，邀请成员"), manages_members)
DELEGATE = access.define("accounts.delegate", _("登记外出期间的代理"), holds_or_manages & can_change)
VIEW_REQUESTS = access.define("accounts.view_requests", _("查看入驻申请"), decides_request | department_reader)
DECIDE_REQUEST = access.define("accounts.decide_request", _("审核入驻申请"), decides_request)
JOIN = access.define("accounts.join", _("申请加入单位"), can_change)
SIGN_UP = access.define("accounts.sign_up", _("企业注册"), signs_up)
PROFILE = access.define("accounts.profile", _("查看、修改本人信息"), access.signed_in)
EDIT_PROFILE = access.define("accounts.edit_profile", _("修改本人信息"), can_change)
MY_ORGANISATION = access.define("accounts.my_organisation", _("查看本单位"), sees)
