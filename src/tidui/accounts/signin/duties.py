"""What a person must do after signing in before they may do anything else: choose a password, add a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import DECIDING, OrganisationKind
from tidui.accounts.signin.models import PasswordDuty
from tidui.accounts.signin.sessions import DUTIES
from tidui.accounts.standing import standing
from tidui.kit import parameters

if TYPE_CHECKING:
    from tidui.accounts.models import User

PASSWORD: Final = "password"
SECOND_FACTOR: Final = "second-factor"
REQUIRED: Final = parameters.define(
    "accounts.second_factor_required",
    _("省厅人员、审核人员和纪检、审计人员必须使用两步验证"),
    "bool",
    True,
    help=_("打开后，这些人员登录后须先设置动态口令或通行密钥。"),
)


def needs_second_factor(person: User) -> bool:
    """Is the person one of those whose account alone could do much harm: the department, who decides, inspection?"""
    who = standing(person)
    kinds = {OrganisationKind.DEPARTMENT, OrganisationKind.INSPECTION}
    return who.has(DECIDING) or who.has(kinds=kinds)


def second_factor_required() -> bool:
    """Is a second factor demanded of them? A demonstration says no by its settings."""
    return bool(settings.SECOND_FACTOR_ENFORCED and parameters.get(REQUIRED.name))


def has_second_factor(person: User) -> bool:
    """Has the person a code generator or a passkey?"""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user_id=person.pk, type__in=kinds).exists()


def of(person: User) -> list[str]:
    """What the person must do now."""
    found = [PASSWORD] if PasswordDuty.objects.filter(user_id=person.pk).exists() else []
    if second_factor_required() and needs_second_factor(person) and not has_second_factor(person):
        found.append(SECOND_FACTOR)
    return found


def settle(request: HttpRequest, person: User) -> None:
    """Work out anew what is left to do in this session."""
    request.session[DUTIES] = of(person)
