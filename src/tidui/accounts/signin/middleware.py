"""Between the request and the view: sessions that are over end, and what a person must do first comes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from tidui.accounts.signin import duties, sessions

Next = Callable[[HttpRequest], HttpResponseBase]

#: Where each duty is done.
PLACES: Final = {duties.PASSWORD: "account_change_password", duties.SECOND_FACTOR: "mfa_index"}
#: Pages that stay open while something is to be done first: those where it is done, and the way out.
OPEN: Final = frozenset(
    {
        "account_change_password", "account_logout", "account_reauthenticate", "account_inactive",
        "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn", "kit:language", "kit:theme", "kit:session",
    }
)  # fmt: skip


class SessionLimits:
    """Signs out whoever has been signed in, or idle, for too long; the request then goes on as nobody's."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = time.time()
            if sessions.over(request.session, now):
                auth.logout(request)
                messages.info(request, _("登录已过期，请重新登录。"))
            else:
                sessions.note_use(request, now)
        return self.get_response(request)


class Duties:
    """Sends a person who must choose a password or add a second factor there, and nowhere else."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        left = request.session.get(sessions.DUTIES) if request.user.is_authenticated else None
        if not left or _is_open(request):
            return self.get_response(request)
        place = reverse(PLACES[left[0]])
        if request.headers.get("HX-Request") == "true":  # a part of a page: the whole page goes there
            return HttpResponse(headers={"HX-Redirect": place})
        return HttpResponseRedirect(place)


def _is_open(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in OPEN
    except Resolver404:
        return False
