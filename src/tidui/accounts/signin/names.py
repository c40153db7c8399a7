"""What a person types to say who they are: the sign-in name, or a mobile number or e-mail that only they have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tidui.accounts.models import User

_SEPARATORS: Final = re.compile(r"[\s\-()]")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")


def as_mobile(typed: str) -> str:
    """The eleven digits of a mainland mobile number, or "" if it is none."""
    digits = re.sub(r"^(\+|00)?86(?=1)", "", _SEPARATORS.sub("", typed))
    return digits if _MOBILE.fullmatch(digits) else ""


def person_called(typed: str) -> User | None:
    """The one person who is meant, active or not, in one query; None if there is none or several share the number."""
    from tidui.accounts.models import User

    typed = typed.strip()
    mobile = as_mobile(typed)
    meant = Q(username__in={typed, typed.lower()})
    if mobile:
        meant |= Q(mobile=mobile)
    if "@" in typed:
        meant |= Q(email__iexact=typed)
    found = list(User.objects.filter(meant).order_by("pk")[:10])
    for name in (typed, typed.lower()):
        for one in found:
            if one.username == name:
                return one
    return found[0] if len(found) == 1 else None


def check_name(name: str) -> None:
    """ValidationError for a sign-in name that could be taken for another person's number or address."""
    if as_mobile(name) or "@" in name:
        raise ValidationError(
            _("登录名不能是手机号码或电子邮箱；用手机号码或邮箱登录时请在资料中填写。"), code="ambiguous"
        )
