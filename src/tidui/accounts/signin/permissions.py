"""Who may help another person to sign in again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import REACHED, Role
from tidui.accounts.models import Membership
from tidui.accounts.permissions import READ_ONLY
from tidui.accounts.standing import in_force, standing
from tidui.kit import access, clock
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused

ONESELF = Refused("oneself", _("本人的登录设置请在“登录与安全”中修改。"))
NOT_IN_CARE = Refused(
    "not-in-care", _("只有能管理此人所在全部单位的管理员（企业也可由推荐单位的经办人）才能代为处理登录问题。")
)


@Predicate
def helps(user: Any, thing: Any) -> Outcome:
    """The administrator of every organisation that the person is a member of; of an enterprise, whoever decides on it.

    Somebody who administers but one of them must not get at what the person may do in the others.
    """
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    who = standing(user)
    if who.is_inspection:
        return READ_ONLY
    if thing is None:
        return ALLOWED if who.held else NOT_IN_CARE
    if thing.pk == user.pk:
        return ONESELF
    if who.is_department_administrator:
        return ALLOWED
    rows = Membership.objects.filter(in_force(clock.now()), user=thing).select_related("organisation__zone")
    homes = {row.organisation_id: row.organisation for row in rows}
    in_care = all(
        who.has(Role.ADMINISTRATOR, home) or (home.kind in REACHED and who.decides_on(home)) for home in homes.values()
    )
    return ALLOWED if homes and in_care else NOT_IN_CARE


HELP = access.define("accounts.help_sign_in", _("协助他人恢复登录"), helps)
