"""Where many enterprises stand on the ladder, by the machine-code reading; equal to `Ladder.place` row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt

from tidui.policies.ladder import STATUSES, Rung, rungs
from tidui.policies.library import Shelf
from tidui.rules.columns import Batch
from tidui.rules.errors import NoVersion
from tidui.rules.screen import Screener
from tidui.rules.screen_result import FAIL, PASS, UNKNOWN, VERDICTS, ScreenResult

Array = npt.NDArray[np.int64]

#: No rung held, or none left to reach.
NO_RUNG: Final = -1


@dataclass(frozen=True, slots=True)
class Placed:
    """One enterprise: its rung and the next one (None: none), what the next one's policy says, and what is open.

    `open` are the conditions that fail or, where none fails and the verdict is unknown, those that are unknown;
    `score` is the lowest and highest score of a policy that scores.
    """

    uscc: str
    held: tuple[str, ...]
    unclear: tuple[str, ...]
    rung: str | None
    next: str | None
    verdict: str | None
    open: tuple[str, ...]
    score: tuple[float, float] | None


class BulkLadder:
    """Places batches of enterprises that are assessed for one fiscal year, on one day. Use it in a `with`."""

    def __init__(self, shelf: Shelf, on: dt.date, year: int, *, threads: int | None = None) -> None:
        self._rungs: tuple[Rung, ...] = rungs()
        programs = [shelf.program(STATUSES, on=on, year=year)]
        self._policies: dict[str, str] = {}
        for rung in self._rungs:
            try:
                programs.append(shelf.program(rung.policy, on=on, year=year))
            except NoVersion:
                continue  # not in force on that day: the ladder passes the rung by, as `Ladder.place` does
            self._policies[rung.id] = rung.policy
        self._stack = ExitStack()
        self._screener = Screener(programs, on=on, year=year, threads=threads)

    def __enter__(self) -> BulkLadder:
        self._stack.enter_context(self._screener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def place(self, batch: Batch) -> Iterator[Placed]:
        """Where each enterprise of the batch stands, in its order."""
        found = self._screener.batch(batch)
        statuses = found.policies[STATUSES].truths
        held = np.stack([statuses[rung.status] == PASS for rung in self._rungs])
        unclear = np.stack([statuses[rung.status] == UNKNOWN for rung in self._rungs])
        rung, following = self._heights(held, found, batch.n)
        for row, uscc in enumerate(batch.ids):
            yield self._one(row, str(uscc), held, unclear, int(rung[row]), int(following[row]), found)

    def _heights(self, held: npt.NDArray[np.bool_], found: ScreenResult, rows: int) -> tuple[Array, Array]:
        """The highest rung held in every row, and the next one to reach."""
        heights = np.arange(len(self._rungs))[:, None]
        rung = np.where(held, heights, NO_RUNG).max(axis=0)
        following = np.full(rows, NO_RUNG)
        for height in reversed(range(len(self._rungs))):
            one = self._rungs[height]
            if one.id not in self._policies:
                continue
            reachable = rung < height
            if one.optional:
                reachable &= self._verdict(found, one) == PASS
            following = np.where(reachable, height, following)
        return rung, following

    def _verdict(self, found: ScreenResult, rung: Rung) -> npt.NDArray[np.uint8]:
        verdict = found.policies[self._policies[rung.id]].verdict
        if verdict is None:
            raise ValueError(f"{rung.policy} gives no verdict")
        return verdict

    def _one(
        self, row: int, uscc: str, held: npt.NDArray[np.bool_], unclear: npt.NDArray[np.bool_], rung: int,
        following: int, found: ScreenResult,
    ) -> Placed:  # fmt: skip
        names = self._named(held[:, row]), self._named(unclear[:, row])
        now = self._rungs[rung].id if rung != NO_RUNG else None
        if following == NO_RUNG:
            return Placed(uscc, *names, now, None, None, (), None)
        aim = self._rungs[following]
        verdict = int(self._verdict(found, aim)[row])
        result = found.policies[self._policies[aim.id]]
        conditions = {name: int(truths[row]) for name, truths in result.conditions.items()}
        open_ = tuple(name for name, truth in conditions.items() if truth == FAIL)
        if not open_:
            open_ = tuple(name for name, truth in conditions.items() if truth == UNKNOWN)
        score = result.numbers.get("score")
        ends = score.range(row) if score is not None else None
        marks = (float(ends.low), float(ends.high)) if ends and ends.low is not None and ends.high is not None else None
        return Placed(uscc, *names, now, aim.id, VERDICTS[verdict], open_ if verdict != PASS else (), marks)

    def _named(self, flags: Sequence[bool] | npt.NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(rung.id for rung, flag in zip(self._rungs, flags, strict=True) if flag)
