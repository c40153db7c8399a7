"""A whole kernel as LLVM IR text: the loop over rows around the instructions of `kernel_emitter`, branch-free.

The plain form reads rows in blocks, ahead of their turn; the wide form reads only the rows that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from tidui.rules.integers import Word, order
from tidui.rules.kernel_emitter import (
    BLOCK,
    FUNCTION,
    LARGEST,
    LEAF_OPS,
    SIZES,
    Code,
    Emitter,
    NumberOutput,
    Output,
    Source,
    TooLarge,
    TruthOutput,
    within,
)  # fmt: skip
from tidui.rules.nodes import Leaf


def words_of(outputs: Iterable[Output]) -> list[Word]:
    """Every word that the outputs store."""
    found: list[Word] = []
    for output in outputs:
        if isinstance(output, TruthOutput):
            found += [output.yes, output.no, *([output.unneeded] if output.unneeded else [])]
        elif isinstance(output, NumberOutput):
            found.append(output.word)
        else:
            found += output.truths
    return found


def emit(outputs: Sequence[Output], sources: Mapping[Leaf, Source], *, wide: bool = False) -> Code:
    """The IR of the function that computes these outputs. Raises TooLarge where a number is not bounded."""
    words = order(words_of(outputs))
    if not all(within(word, LARGEST) for word in words if word.kind == "int"):
        raise TooLarge("a number of this program has no bound that a double could hold")
    read = dict.fromkeys(word.value for word in words if word.op in LEAF_OPS)
    leaves = tuple(leaf for leaf in read if not sources[leaf].absent)
    contexts = tuple(dict.fromkeys(word.value for word in words if word.op == "context"))
    emitter = Emitter(
        sources, {leaf: at for at, leaf in enumerate(leaves)}, {context: at for at, context in enumerate(contexts)},
        wide,
    )  # fmt: skip
    for word in words:
        emitter.word(word)
    for place, output in enumerate(outputs):
        emitter.store(place, output)
    emitter.store_doubt()
    arguments = ["i64 %n", *(["ptr noalias nocapture readonly %rows"] if wide else [])]
    arguments += [f"i64 %context{place}" for place in range(len(contexts))]
    for place, leaf in enumerate(leaves):
        arguments += _leaf_parameters(place, sources[leaf])
    arguments += [f"ptr noalias nocapture writeonly %out{place}" for place in range(len(outputs))]
    arguments.append("ptr noalias nocapture writeonly %doubts")
    rounded = any(number.magnitude is not None for number in emitter.numbers.values())
    arrays = _arrays(leaves, sources, outputs)
    text = _wide_function(arguments, emitter) if wide else _function(arguments, emitter, arrays)
    return Code(text, contexts, leaves, wide, rounded)


def _arrays(
    leaves: Sequence[Leaf], sources: Mapping[Leaf, Source], outputs: Sequence[Output]
) -> list[tuple[str, int, bool]]:
    """Every array that a row is read from or written to: its name, bytes a row, and whether it is written."""
    found = []
    for place, leaf in enumerate(leaves):
        source = sources[leaf]
        found.append((f"%values{place}", SIZES[source.dtype], False))
        if source.states:
            found.append((f"%states{place}", 1, False))
    for place, output in enumerate(outputs):
        found.append((f"%out{place}", output.bits // 8 if isinstance(output, NumberOutput) else 1, True))
    return [*found, ("%doubts", 1, True)]




def _leaf_parameters(place: int, source: Source) -> list[str]:
    read = "ptr noalias nocapture readonly"
    found = [f"{read} %values{place}"]
    if source.states:
        found.append(f"{read} %states{place}")
    if source.table:
        found += [f"{read} %table{place}", f"i64 %base{place}", f"i64 %slot{place}"]
    return found


_DECLARATIONS: Final = """declare double @llvm.fabs.f64(double)
declare double @llvm.floor.f64(double)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
declare i256 @llvm.smin.i256(i256, i256)
declare i256 @llvm.smax.i256(i256, i256)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
"""

#: Asks for the memory of rows `from` up to `to` of one array, a cache line at a time.
_FETCH: Final = """define internal void @fetch_{0}(ptr %array, i64 %from, i64 %to, i64 %size) noinline {{
entry:
  %first = mul i64 %from, %size
  %end = mul i64 %to, %size
  %any = icmp slt i64 %first, %end
  br i1 %any, label %loop, label %done
loop:
  %byte = phi i64 [ %first, %entry ], [ %next, %loop ]
  %at = getelementptr i8, ptr %array, i64 %byte
  call void @llvm.prefetch.p0(ptr %at, i32 {1}, i32 2, i32 1)
  %next = add i64 %byte, 64
  %more = icmp slt i64 %next, %end
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def _function(arguments: list[str], emitter: Emitter, arrays: list[tuple[str, int, bool]]) -> str:
    """All rows, block by block. No processor follows a hundred arrays by itself, so each block is asked for, array
    by array, while the one before it is computed."""
    fetch = [
        "  call void @fetch_{}(ptr {}, i64 {{0}}, i64 {{1}}, i64 {})".format("out" if out else "in", name, size)
        for name, size, out in arrays
    ]
    fetches = "\n".join(fetch)
    body = "\n".join(emitter.lines)
    return f"""{_DECLARATIONS}{_FETCH.format("in", 0)}{_FETCH.format("out", 1)}
define void @{FUNCTION}({", ".join(arguments)}) "prefer-vector-width"="512" {{
entry:
  %any = icmp sgt i64 %n, 0
  br i1 %any, label %begin, label %done
begin:
  %first = call i64 @llvm.smin.i64(i64 {BLOCK}, i64 %n)
{fetches.format("0", "%first")}
  br label %block
block:
  %start = phi i64 [ 0, %begin ], [ %stop, %after ]
  %full = add i64 %start, {BLOCK}
  %stop = call i64 @llvm.smin.i64(i64 %full, i64 %n)
  %ahead = add i64 %stop, {BLOCK}
  %until = call i64 @llvm.smin.i64(i64 %ahead, i64 %n)
{fetches.format("%stop", "%until")}
  br label %loop
loop:
  %i = phi i64 [ %start, %block ], [ %next, %loop ]
{body}
  %next = add nuw nsw i64 %i, 1
  %last = icmp eq i64 %next, %stop
  br i1 %last, label %after, label %loop
after:
  %end = icmp eq i64 %stop, %n
  br i1 %end, label %done, label %block
done:
  ret void
}}
"""


def _wide_function(arguments: list[str], emitter: Emitter) -> str:
    """The rows whose places are given, one by one."""
    body = "\n".join(emitter.lines)
    return f"""{_DECLARATIONS}
define void @{FUNCTION}({", ".join(arguments)}) {{
entry:
  %any = icmp sgt i64 %n, 0
  br i1 %any, label %loop, label %done
loop:
  %place = phi i64 [ 0, %entry ], [ %next, %loop ]
  %at = getelementptr inbounds i64, ptr %rows, i64 %place
  %i = load i64, ptr %at, align 8
{body}
  %next = add nuw nsw i64 %place, 1
  %last = icmp eq i64 %next, %n
  br i1 %last, label %done, label %loop
done:
  ret void
}}
"""


def source_dtype(dtype: np.dtype[np.generic]) -> str:
    """The LLVM type of a column's numbers."""
    return {8: "i64", 4: "i32", 1: "i8"}[dtype.itemsize]
