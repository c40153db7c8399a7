"""The signed list of certificates that hold no more, and the file of public keys: what an offline check needs."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q

from tidui.casework.actions.moving import department
from tidui.kit import clock
from tidui.recognition import holding_keys
from tidui.recognition.models_certificates import Certificate, SigningKey
from tidui.recognition.signing import canonical, checking, envelopes

_DAY = 24 * 3600


def entries() -> list[dict[str, Any]]:
    """What was revoked, once a number; what another issue replaced; what ended before the day that it says.

    `on` is the first day on which it does not hold; days to come are among them.
    """
    newer = Certificate.objects.filter(recognition=OuterRef("recognition"), issue__gt=OuterRef("issue"))
    rows = Certificate.objects.filter(
        Q(void_on__isnull=False) | Q(recognition__revoked_on__isnull=False), recognition__announced_at__isnull=False
    ).annotate(newer=Exists(newer))
    found = []
    for one in rows.select_related("recognition").order_by("number", "issue"):
        revoked = None if one.newer else one.recognition.revoked_on
        what = "replaced" if one.newer else "revoked" if revoked else "ended"
        on = revoked or one.void_on
        if on is not None:
            found.append({"number": one.number, "issue": one.issue, "what": what, "on": on.isoformat()})
    return found


def text(at: dt.datetime) -> bytes | None:
    """The list of the day, signed; the same content is signed once. None before the first key. Raises NoKey."""
    key = holding_keys.existing(at)
    if key is None:
        return None
    content = {
        "layout": checking.REVOCATIONS, "issuer": department().name, "made_on": clock.day_of(at).isoformat(),
        "entries": entries(),
    }  # fmt: skip
    place = f"recognition.revocations.{key.name}.{hashlib.sha256(canonical.canonical(content)).hexdigest()}"
    known: bytes | None = cache.get(place)
    if known is None:
        known = envelopes.text(envelopes.signed(content, key))
        cache.set(place, known, _DAY)
    return known


def keys_text() -> bytes:
    """The public keys, those that sign no more included."""
    rows = SigningKey.objects.order_by("pk")
    return json.dumps(holding_keys.published(rows), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
