"""Wording that two applications share: candidates by fingerprints of the text, then the passages themselves.

Texts are compared without spaces, punctuation and width, so that a copy with other commas is still one. Fingerprints
are chosen by winnowing (Schleimer, Wilkerson, Aiken, 2003): of every WINDOW neighbouring shingles the least one, so
that any passage of at least GUARANTEED characters that two texts share gives them a fingerprint in common.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import LCSseq

#: Characters of a shingle, and neighbouring shingles of which one is kept.
SHINGLE: Final = 8
WINDOW: Final = 16
#: A passage of so many characters is always found.
GUARANTEED: Final = SHINGLE + WINDOW - 1
#: Shorter pieces are no passage: words that everybody uses.
LEAST_PASSAGE: Final = SHINGLE
#: Texts with which one text is compared at most, those with most fingerprints in common.
MOST_CANDIDATES: Final = 20

_NOT_SAID: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two texts share: how much of the first (0 to 1), and the longest passage as the first one has it."""

    share: float
    passage: str


def plain(text: str) -> str:
    """The text as it is compared: letters and digits only, of one width, in small letters."""
    return _NOT_SAID.sub("", unicodedata.normalize("NFKC", text)).casefold()


def fingerprints(text: str) -> frozenset[int]:
    """The fingerprints of a text, signed 63-bit numbers; empty for one that is shorter than a shingle."""
    said = plain(text)
    hashes = [_hashed(said[place : place + SHINGLE]) for place in range(len(said) - SHINGLE + 1)]
    if not hashes:
        return frozenset()
    return frozenset(min(hashes[place : place + WINDOW]) for place in range(max(1, len(hashes) - WINDOW + 1)))


def _hashed(piece: str) -> int:
    return int.from_bytes(hashlib.blake2b(piece.encode(), digest_size=8).digest(), "big") >> 1


def overlap(own: str, other: str) -> Overlap:
    """How much of one text stands in another, in passages of at least LEAST_PASSAGE characters."""
    said, places = _placed(own)
    blocks = [
        block for block in LCSseq.editops(said, plain(other)).as_matching_blocks() if block.size >= LEAST_PASSAGE
    ]
    if not blocks or not said:
        return Overlap(0.0, "")
    longest = max(blocks, key=lambda block: block.size)
    passage = own[places[longest.a] : places[longest.a + longest.size - 1] + 1]
    return Overlap(sum(block.size for block in blocks) / len(said), passage)


def _placed(text: str) -> tuple[str, list[int]]:
    """The text as it is compared, and where each of its characters stands in the text as it was written."""
    said: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for kept in plain(character):
            said.append(kept)
            places.append(place)
    return "".join(said), places
