"""Where the chance of a draw comes from: two secrets committed before the freeze, and a number drawn in public after.

- A unit's commitment is SHA-256 of its salt, a line feed and its secret, in UTF-8, in hexadecimal. The salt is made by
  the system, so that equal secrets look different; the secret is known to nobody but the unit until it is opened.
- The seed is SHA-256 of the canonical JSON of [digest of the frozen file, [secrets in the order of the units], number].
- A ticket is the first 32 bits of SHA-256 of seed, file or panel, and expert, joined by line feeds.

No unit can steer the seed by what it opens, as it is bound by its commitment; nor by the choice of what it commits to,
as the other's secret and the public number are not known then.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
from collections.abc import Iterable, Sequence
from typing import Final

from tidui.review.drawing.model import Input, canonical

#: A secret that could be guessed would be no secret: at least so many characters.
LEAST: Final = 16
#: A ticket is a whole number below this.
TICKETS: Final = 2**32
#: Without the letters and digits that are taken for one another.
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Void(ValueError):
    """A secret was not opened, or is not the one that was committed: the draw is void."""


def suggest() -> str:
    """A secret of 140 random bits, in groups that can be written down."""
    return "-".join("".join(randomness.choice(_LETTERS) for _place in range(4)) for _group in range(7))


def new_salt() -> str:
    """A salt of 128 random bits."""
    return randomness.token_hex(16)


def commitment(salt: str, secret: str) -> str:
    """What a unit gives before the freeze."""
    return hashlib.sha256(f"{salt}\n{secret}".encode()).hexdigest()


def agrees(salt: str, secret: str, committed: str) -> bool:
    """Is this the secret that was committed?"""
    return hmac.compare_digest(commitment(salt, secret), committed)


def seed(frozen: Input, secrets: Sequence[str], number: str) -> str:
    """The seed of a draw; Void for a secret that is missing or another one, ValueError without a public number."""
    if len(secrets) != len(frozen.units):
        raise Void("not every unit opened its secret")
    for unit, secret in zip(frozen.units, secrets, strict=True):
        if not secret:
            raise Void(f"{unit.unit} did not open its secret")
        if not agrees(unit.salt, secret, unit.commitment):
            raise Void(f"the secret of {unit.unit} is not the one that was committed")
    if not number or number != number.strip():
        raise ValueError("there is no public number")
    return hashlib.sha256(canonical([frozen.digest, list(secrets), number])).hexdigest()


def ticket(drawn_by: str, place: str, expert: str) -> int:
    """The ticket of an expert for a panel under a seed."""
    return int.from_bytes(hashlib.sha256(f"{drawn_by}\n{place}\n{expert}".encode()).digest()[:4])


def tickets(drawn_by: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """The tickets of many pairs, four bytes each, the highest first: what `ticket` gives, in bulk."""
    sha256, before = hashlib.sha256, f"{drawn_by}\n"
    return b"".join(sha256(f"{before}{place}\n{expert}".encode()).digest()[:4] for place, expert in pairs)
