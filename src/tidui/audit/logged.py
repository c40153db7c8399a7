"""What a row of the tamper log says, worked out for SQLite's triggers by one call a row."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import time
from typing import Any, Final

from tidui.audit import acting, digests

#: Where the parts stand in the text that `Row.told` gives: from, and how many characters. Time, who acts, for whom,
#: salt, image, digest, and the changes to the end. Numbers and the image may be missing: spaces.
PARTS: Final = ((1, 26), (27, 20), (47, 20), (67, 32), (99, 64), (163, 64), (227, 0))
_HIDDEN: Final = '["*","*"]'


class Row:
    """Writes rows of the log for one connection."""

    def __init__(self) -> None:
        self._second, self._written = -1, ""

    def told(
        self, table: str, row: str, operation: str, shape: int, names: str, old: str | None, new: str | None,
        text: str | None,
    ) -> str:  # fmt: skip
        """The parts in one text, at `PARTS`; the time as Django writes it.

        `names` are the columns whose changes are told (none: the image alone), `old` and `new` their values, `text` is
        what the image covers where that is not `new`.
        """
        micros = time.time_ns() // 1000
        second, fraction = divmod(micros, 1_000_000)
        if second != self._second:
            self._second = second
            self._written = dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
        actor, organisation = acting.current()
        salt = os.urandom(16).hex()
        covered = new if text is None else text
        image = digests.image(salt, covered) if covered is not None else ""
        changes = changed(names, old, new) if names else ""
        fields = (micros, table, operation, actor, organisation, shape, image, digests.tamper_mark(salt, changes))
        digest = digests.tamper_digest(fields, row)
        who, unit = "" if actor is None else actor, "" if organisation is None else organisation
        return f"{self._written}.{fraction:06d}{who:>20}{unit:>20}{salt}{image:64}{digest}{changes}"


def changed(names: str, old: str | None, new: str | None) -> str:
    """The changes as JSON, a column to [old, new], of the columns that differ; a row that is not there is all null."""
    columns = _columns(names)
    before, after = _values(old, len(columns)), _values(new, len(columns))
    parts = [
        f"{name}:{_HIDDEN if hidden else f'[{was},{becomes}]'}"
        for (name, hidden), was, becomes in zip(columns, before, after, strict=True)
        if was != becomes
    ]
    return f"{{{','.join(parts)}}}"


@functools.lru_cache(maxsize=1024)
def _columns(names: str) -> tuple[tuple[str, bool], ...]:
    """The columns, as JSON spells them, and whether their values are not copied."""
    return tuple((_spelled(name.removeprefix("*")), name.startswith("*")) for name in json.loads(names))


class _Number(str):
    """A number as SQLite wrote it: it is copied, never read."""

    __slots__ = ()


_decoder: Final = json.JSONDecoder(parse_float=_Number, parse_int=_Number)


def _values(text: str | None, count: int) -> list[str]:
    """The values of a row's text (a JSON array, or several one after another), each as JSON spells it."""
    if text is None:
        return ["null"] * count
    found: list[Any] = []
    end = 0
    while end < len(text):
        part, end = _decoder.raw_decode(text, end)
        found += part
    return [one if one.__class__ is _Number else _spelled(one) for one in found]


#: Kept: `json.dumps` makes one anew for every value.
_spell: Final = json.JSONEncoder(ensure_ascii=False).encode


def _spelled(value: Any) -> str:
    return "null" if value is None else _spell(value)
