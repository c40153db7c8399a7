"""Asks whether a password is the person's own."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from tidui.accounts.models import User
from tidui.accounts.signin.names import person_called
from tidui.kit.prepared import Prepared

_active: Prepared[User] = Prepared(lambda key: User.objects.filter(pk=key, is_active=True))


class PasswordBackend(BaseBackend):
    """Sign-in name, mobile number or e-mail, and a password.

    Whatever is wrong, the answer is the same and so is the work: one query and one run of the hasher.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **rest: Any
    ) -> User | None:
        """The person, or None."""
        if not username or not password:
            return None
        person = person_called(username)
        if person is None:
            User().set_password(password)
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The person whom a session belongs to; None once they may no longer sign in."""
        return _active.first(user_id)
