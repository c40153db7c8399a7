"""What people change about themselves."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from tidui.accounts.models import User
from tidui.audit import events
from tidui.kit import access


@transaction.atomic
def edit_profile(*, name: str, email: str, mobile: str, by: User, at: dt.datetime) -> User:
    """A person corrects their own name, e-mail and mobile; the event names the fields, not what stood in them."""
    access.require("accounts.edit_profile", by)
    person = User.objects.select_for_update().get(pk=by.pk)
    wanted = {"name": name, "email": email, "mobile": mobile}
    changed = [field for field, value in wanted.items() if getattr(person, field) != value]
    if not changed:
        return person
    for field in changed:
        setattr(person, field, wanted[field])
    person.save(update_fields=changed)
    events.record("accounts.edit_profile", actor=by, subject=person, at=at, details={"fields": changed})
    return person
