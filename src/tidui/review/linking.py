"""Which account is an expert's: one that the department names, or whoever follows a link that works once."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.kit import access
from tidui.kit.access import NotAllowed, Refused
from tidui.review import naming
from tidui.review.enums import ExpertState
from tidui.review.models import Expert

#: How long a link can be followed.
OPEN_FOR: Final = dt.timedelta(days=7)
_SALT: Final = "tidui.review.expert"

LINKED: Final = Refused("linked", _("该专家已有关联账号。"))
TAKEN: Final = Refused("taken", _("该账号已关联其他专家。"))
NO_ACCOUNT: Final = Refused("no-account", _("没有这个登录名的账号，或者账号姓名与专家姓名不一致。"))
NO_LINK: Final = Refused("no-link", _("该链接已使用、已失效或已过期，请向省科技厅索取新的链接。"))


def invite(*, expert: Expert, by: User, at: dt.datetime) -> str:
    """The token of a link by which a person takes the entry as theirs: once, within its time. Nothing of it is kept."""
    access.require("review.manage_experts", by)
    with transaction.atomic():
        held = Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)
        if held.user_id is not None:
            raise NotAllowed(LINKED)
        events.record("review.invite_expert", actor=by, subject=held, at=at, details={"expert": held.pk})
    said = {"expert": held.pk, "by": by.pk, "until": (at + OPEN_FOR).isoformat()}
    return signing.dumps(said, salt=_SALT, compress=True)


def opened(token: str, at: dt.datetime) -> Expert | None:
    """The entry that a link opens, while it does: whoever gave it must still keep the register."""
    try:
        said = signing.loads(token, salt=_SALT)
        until = dt.datetime.fromisoformat(said["until"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    giver = User.objects.filter(pk=said["by"], is_active=True).first()
    if until <= at or giver is None or not access.check("review.manage_experts", giver):
        return None
    ended = (ExpertState.DECLINED, ExpertState.ENDED)
    return Expert.objects.filter(pk=said["expert"], user__isnull=True).exclude(state__in=ended).first()


@transaction.atomic
def claim(*, token: str, by: User, at: dt.datetime) -> Expert:
    """Take the entry that a link opens as one's own."""
    access.require("review.apply_as_expert", by)
    found = opened(token, at)
    if found is None:
        raise NotAllowed(NO_LINK)
    return _link(found, by, by, at)


@transaction.atomic
def link(*, expert: Expert, username: str, by: User, at: dt.datetime) -> Expert:
    """Say whose entry it is, by the sign-in name of an account under the same name."""
    access.require("review.manage_experts", by)
    found = User.objects.filter(username=username.strip(), is_active=True).first()
    if found is None or naming.plain(found.name) != naming.plain(expert.name):
        raise NotAllowed(NO_ACCOUNT)
    return _link(expert, found, by, at)


def _link(expert: Expert, user: User, by: User, at: dt.datetime) -> Expert:
    held = Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)
    if held.user_id is not None:
        raise NotAllowed(LINKED)
    if Expert.objects.filter(user=user).exists():
        raise NotAllowed(TAKEN)
    held.user = user
    held.version += 1
    held.save(update_fields=["user", "version"])
    events.record(
        "review.link_expert", actor=by, subject=held, at=at, details={"expert": held.pk, "user": user.pk}
    )
    return held
