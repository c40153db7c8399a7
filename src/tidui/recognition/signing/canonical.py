"""One spelling of a content: keys sorted, no blanks, UTF-8, whole numbers and texts only, so that all sign the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(content: Any) -> bytes:
    """The bytes that are signed. TypeError for what has several spellings: fractions, dates, odd keys."""
    _check(content)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(content: Any) -> str:
    """SHA-256 over the canonical bytes."""
    return hashlib.sha256(canonical(content)).hexdigest()


def read(raw: bytes) -> Any:
    """The value of JSON text. ValueError where a key stands twice, as readers differ about which of the two holds."""
    return json.loads(raw.decode(), object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, dict):
        for key, held in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is no key")
            _check(held)
    elif isinstance(value, list):
        for held in value:
            _check(held)
    else:
        raise TypeError(f"{value!r} has no single spelling")
