"""Numbers in series without gaps: given inside the transaction of what they number."""

from __future__ import annotations

from django.db import transaction

from tidui.casework.models import Series


def next_number(name: str) -> int:
    """The next number of a series, 1 for the first; held until the transaction ends. RuntimeError outside one."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is given inside the transaction of what it numbers")
    Series.objects.get_or_create(name=name)
    row = Series.objects.select_for_update().get(name=name)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
