"""How time and memory are taken: the processor time of the process and the wall clock, the best of several runs."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def measured(run: Callable[[], Result], repeats: int) -> tuple[Result, dict[str, float]]:
    """The last result, and seconds of processor and of wall clock: the least and the median of the repeats.

    The least is what the program needs; the rest is what else the machine was doing.
    """
    processor, wall = [], []
    for _ in range(repeats):
        begun, began = time.process_time(), time.perf_counter()
        result = run()
        processor.append(time.process_time() - begun)
        wall.append(time.perf_counter() - began)
    middle = repeats // 2
    return result, {
        "processor": min(processor), "wall": min(wall),
        "processor_median": sorted(processor)[middle], "wall_median": sorted(wall)[middle],
    }  # fmt: skip


def peak_memory() -> int:
    """The most memory that the process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
