"""How often somebody who has not signed in may ask or send: counted by address, in windows of time."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so many seconds."""

    name: str
    most: int
    seconds: int


#: Looking up numbers; a whole office may stand behind one address.
VERIFY: Final = Limit("verify", 120, 60)
#: Asking by receipt codes: nobody is to guess them.
RECEIPT: Final = Limit("receipt", 20, 60)
OBJECT: Final = Limit("object", 10, 3600)


def within(limit: Limit, request: HttpRequest) -> bool:
    """Count one more time from where the request comes; False where it is once too often."""
    address = get_adapter(request).get_client_ip(request) or ""
    window = int(time.time()) // limit.seconds
    key = hashlib.sha256(f"{limit.name} {window} {address}".encode()).hexdigest()
    key = f"recognition.limit.{key}"
    cache.add(key, 0, limit.seconds)
    try:
        return cache.incr(key) <= limit.most
    except ValueError:  # the window ended between the two
        return True
