"""How a sampling check is drawn, so that anybody can draw it again.

1. The list of credit codes is sorted, joined by line feeds, and its SHA-256 is published: the digest.
2. A seed that could not be known on that day is published afterwards: a text, such as the numbers of a lottery.
3. Every code gets a ticket: the SHA-256, in hexadecimal, of the seed, a line feed and the code, in UTF-8.
4. The smallest tickets are drawn, as many as the share of the list says, rounded up.

Nothing here needs the site: `tidui sample replay FILE` runs on any machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

#: The layout of the file that is published; another one gets another number.
LAYOUT: Final = "tidui-sampling-1"


def digest(codes: Iterable[str]) -> str:
    """The digest of a list of credit codes, whatever order they come in."""
    return hashlib.sha256("\n".join(sorted(codes)).encode()).hexdigest()


def ticket(seed: str, code: str) -> str:
    """The ticket of a credit code under a seed."""
    return hashlib.sha256(f"{seed}\n{code}".encode()).hexdigest()


def size(count: int, share: int) -> int:
    """How many of `count` a share in percent draws, rounded up."""
    return -(-count * share // 100)


def draw(seed: str, codes: Iterable[str], number: int) -> list[str]:
    """The drawn codes, smallest ticket first. ValueError for an empty seed or a list that names a code twice."""
    if not seed:
        raise ValueError("there is no seed")
    listed = list(codes)
    if len(set(listed)) != len(listed):
        raise ValueError("the list names a code twice")
    return sorted(listed, key=lambda code: ticket(seed, code))[:number]


def replay(file: Mapping[str, Any]) -> list[str]:
    """Draw again what a published file tells of; what does not agree, in words. An empty list: it was drawn so."""
    if file.get("layout") != LAYOUT:
        return [f"this is no file of the layout {LAYOUT}"]
    codes, seed = [str(code) for code in file["population"]], str(file.get("seed") or "")
    found = []
    if digest(codes) != file["digest"]:
        found.append(f"the list has the digest {digest(codes)}, the file says {file['digest']}")
    if size(len(codes), int(file["share"])) != int(file["size"]):
        found.append(f"{file['share']} % of {len(codes)} is {size(len(codes), int(file['share']))}, not {file['size']}")
    if not seed:
        return [*found, "nothing is drawn yet: the file has no seed"]
    if str(file["frozen_on"]) >= str(file["seed_on"]):
        found.append("the seed was known when the list was frozen")
    again = draw(seed, codes, int(file["size"]))
    if again != list(file["drawn"]):
        wrong = sorted(set(again) ^ set(file["drawn"]))
        found.append("drawn again it gives another result: " + (", ".join(wrong) or "another order"))
    return found
