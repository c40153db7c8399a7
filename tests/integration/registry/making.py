"""Short ways to file and to write amounts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tidui.accounts.models import Organisation, User
from tidui.registry.actions import Filed, file_return


def yuan(amount: int) -> int:
    """So many yuan, in fen."""
    return amount * 100


def file(
    organisation: Organisation, by: User, section: str, year: int | None, *, source: str = "self",
    filed_for: Organisation | None = None, at: Any = None, **facts: Any,
) -> Filed:  # fmt: skip
    """File these facts now, for the organisation itself unless another is given."""
    return file_return(
        organisation=organisation, section=section, year=year, facts=facts, source=source, by=by,
        at=at or timezone.now(), filed_for=filed_for or organisation,
    )  # fmt: skip
