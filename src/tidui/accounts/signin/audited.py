"""What signing in holds about a person, what for, and how long; what of it is watched for tampering."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.utils.translation import gettext_lazy as _

from tidui.accounts.signin.models import PasswordDuty
from tidui.audit import personal, tamper

tamper.watch(PasswordDuty)
personal.none(PasswordDuty)
personal.declare(
    UserSession,
    fields={"ip": _("让本人看到在哪里登录"), "user_agent": _("让本人看到用什么设备登录")},
    subject="user",
    delete=True,
)
personal.declare(Authenticator, fields={"data": _("两步验证的密钥")}, subject="user", delete=True)
personal.declare(
    SocialAccount,
    fields={"uid": _("省政务服务网登录"), "extra_data": _("省政务服务网登录时代表的单位")},
    subject="user",
    delete=True,
)
personal.declare(
    AccessAttempt,
    fields={"username": _("防止猜测密码"), "ip_address": _("防止猜测密码"), "user_agent": _("防止猜测密码")},
    subject=lambda person: AccessAttempt.objects.filter(username=person.username.lower()),
    delete=True,
)
