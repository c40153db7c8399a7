"""Files packed into groups by field, on two levels: as even as can be, small groups put together."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

#: A group that fills less than one part in so many of its room is put together with another.
SMALL = 3


@dataclass(frozen=True, slots=True)
class Pack:
    """A group: its files, in the order in which they came, and their second-level fields."""

    files: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def wide(self) -> tuple[str, ...]:
        """The fields of the eight that it touches, by their codes of two digits."""
        return tuple(sorted({f"{one[:1]}0" for one in self.fields if one}))


def pack(files: Iterable[tuple[str, str]], size: int) -> list[Pack]:
    """Groups of at most `size` of some files, each with its second-level field.

    Files of one second-level field stay together where they fit; those of one field of the eight are cut evenly, in
    the order of their second-level fields. What is left small is put together with other small groups, whatever their
    fields. ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError("a group holds one file at least")
    by_wide: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file, field in files:
        by_wide[field[:1]].append((file, field))
    packs = [one for wide in sorted(by_wide) for one in _cut(by_wide[wide], size)]
    return [_pack(one) for one in _merged(packs, size)]


def _cut(rows: list[tuple[str, str]], size: int) -> list[list[tuple[str, str]]]:
    """Even pieces of files of one field, cut between second-level fields where that costs no further piece."""
    rows = sorted(rows, key=lambda one: one[1])
    count = -(-len(rows) // size)
    by_field: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in rows:
        by_field[one[1]].append(one)
    whole: list[list[tuple[str, str]]] = []
    for each in sorted(by_field.values(), key=len, reverse=True):
        place = next((held for held in whole if len(held) + len(each) <= size), None)
        if place is None:
            whole.append(list(each))
        else:
            place += each
    if len(whole) <= count and all(len(one) <= size for one in whole):
        return whole
    bounds = [len(rows) * place // count for place in range(count + 1)]
    return [rows[start:end] for start, end in itertools.pairwise(bounds)]


def _merged(packs: list[list[tuple[str, str]]], size: int) -> list[list[tuple[str, str]]]:
    """Small groups put together, the smallest first, as long as they fit into one."""
    made = [one for one in packs if len(one) * SMALL >= size]
    held: list[tuple[str, str]] = []
    for one in sorted((one for one in packs if len(one) * SMALL < size), key=len):
        if held and len(held) + len(one) > size:
            made.append(held)
            held = []
        held = held + one
    if held and len(held) * SMALL < size:
        roomy = [one for one in made if len(one) + len(held) <= size]
        if roomy:
            min(roomy, key=len).extend(held)
            held = []
    return [*made, *([held] if held else [])]


def _pack(rows: list[tuple[str, str]]) -> Pack:
    return Pack(tuple(file for file, _field in rows), tuple(sorted({field for _file, field in rows if field})))
