"""Machine code of a program: LLVM compiles the loop of `kernel_ir` once, and it runs over the columns of a batch.

Needs llvmlite; without it screening runs the Python reading. Compiled code is kept by what it was made of: the IR,
the processor, and the versions of llvmlite and LLVM.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tidui.rules.kernel_cache import KernelCache
from tidui.rules.kernel_emitter import FUNCTION, Code, Output, Source
from tidui.rules.kernel_ir import emit
from tidui.rules.kernel_leaves import CHUNK, KNOWN, Prepared
from tidui.rules.nodes import Leaf

Array = npt.NDArray[Any]


def available() -> bool:
    """Whether llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None


@dataclass(frozen=True, slots=True)
class Machine:
    """The processor that is compiled for, and its name with the versions of the compiler."""

    binding: Any
    target: Any
    identity: str


@functools.lru_cache(maxsize=1)
def machine() -> Machine:
    """This processor. ImportError where llvmlite is missing."""
    import llvmlite
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    version = ".".join(map(str, llvm.llvm_version_info))
    identity = f"{target.triple} {cpu} {features} llvmlite {llvmlite.__version__} llvm {version}"
    made = target.create_target_machine(cpu=cpu, features=features, opt=3, jit=True)
    return Machine(llvm, made, identity)


class Function:
    """One compiled function, called with addresses. It lets other threads of Python run meanwhile."""

    def __init__(self, code: Code, cache: KernelCache) -> None:
        on = machine()
        key = hashlib.sha256(f"{code.text}\n{on.identity}".encode()).hexdigest()
        kept = cache.get(key)
        self.from_cache = kept is not None
        if kept is None:
            kept = _compile(code, on)
            cache.put(key, kept)
        # The engine owns the code: it lives as long as the function.
        self._engine = on.binding.create_mcjit_compiler(on.binding.parse_assembly(""), _target(on))
        self._engine.add_object_file(on.binding.ObjectFileRef.from_data(kept))
        self._engine.finalize_object()
        address = self._engine.get_function_address(FUNCTION)
        self.call = ctypes.CFUNCTYPE(None)(address)


def _target(on: Machine) -> Any:
    """A target machine of its own: an engine takes possession of the one it is given."""
    llvm = on.binding
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )


def _compile(code: Code, on: Machine) -> bytes:
    llvm = on.binding
    module = llvm.parse_assembly(code.text)
    module.verify()
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization, tuning.slp_vectorization = not code.wide, False
    builder = llvm.create_pass_builder(on.target, tuning)
    builder.getModulePassManager().run(module, builder)
    return bytes(on.target.emit_object(module))


class Kernel:
    """The compiled reading of some outputs over leaves that lie in memory as `sources` says."""

    def __init__(self, outputs: Sequence[Output], sources: Mapping[Leaf, Source], cache: KernelCache) -> None:
        self.outputs, self.sources, self.cache = outputs, sources, cache
        self.code = emit(outputs, sources)
        self._function = Function(self.code, cache)
        self.from_cache = self._function.from_cache
        self._wide: Function | None = None

    def run(
        self, leaves: Mapping[Leaf, Prepared], contexts: Sequence[int], outputs: Sequence[Array], doubts: Array,
        executor: Executor | None = None,
    ) -> None:
        """Fills the outputs for every row, and `doubts` with 1 where exact arithmetic has to decide."""
        pointers = self._pointers(leaves, outputs, doubts)
        fixed = [ctypes.c_int64(value) for value in contexts]

        def chunk(start: int) -> None:
            count = min(CHUNK, len(doubts) - start)
            self._function.call(ctypes.c_int64(count), *fixed, *_arguments(pointers, start))

        starts = range(0, len(doubts), CHUNK)
        if executor is None or len(starts) < 2:
            for start in starts:
                chunk(start)
        else:
            list(executor.map(chunk, starts))

    def settle(
        self, leaves: Mapping[Leaf, Prepared], contexts: Sequence[int], outputs: Sequence[Array], doubts: Array,
        rows: Array,
    ) -> None:
        """Reads these rows (ascending) again with 256 bits, and clears the doubts that this settles."""
        if not self.code.rounded:
            return
        if self._wide is None:
            self._wide = Function(emit(self.outputs, self.sources, wide=True), self.cache)
        pointers = self._pointers(leaves, outputs, doubts)
        fixed = [ctypes.c_int64(value) for value in contexts]
        for start in range(0, len(doubts), CHUNK):
            first, last = np.searchsorted(rows, [start, start + CHUNK])
            places = np.ascontiguousarray(rows[first:last] - start, dtype=np.int64)
            if len(places):
                at = ctypes.c_void_p(places.ctypes.data)
                self._wide.call(ctypes.c_int64(len(places)), at, *fixed, *_arguments(pointers, start))

    def _pointers(
        self, leaves: Mapping[Leaf, Prepared], outputs: Sequence[Array], doubts: Array
    ) -> list[tuple[int, int]]:
        """Address and bytes a row of every argument; a number that is no address has _PLAIN."""
        found: list[tuple[int, int]] = []
        for leaf in self.code.leaves:
            source, prepared = self.sources[leaf], leaves[leaf]
            again = prepared.mode == "absent"
            found.append(_address(prepared.values, again=again))
            if source.states:
                known = prepared.states is None
                found.append(_address(KNOWN if prepared.states is None else prepared.states, again=again or known))
            if source.table:
                assert prepared.table is not None
                found += [_address(prepared.table, again=True), (prepared.base, _PLAIN), (prepared.slot, _PLAIN)]
        return found + [_address(array) for array in (*outputs, doubts)]


#: Marks an argument that is a number, not an address.
_PLAIN: Final = -1


def _arguments(pointers: list[tuple[int, int]], start: int) -> list[Any]:
    """The arguments for a chunk that begins at this row."""
    return [ctypes.c_void_p(a + start * step) if step >= 0 else ctypes.c_int64(a) for a, step in pointers]


def _address(array: Array, *, again: bool = False) -> tuple[int, int]:
    """Where an array begins, and by how many bytes a row it goes on; 0 for one that is read again for every chunk."""
    assert array.flags.c_contiguous, "the machine code reads whole arrays"
    return array.__array_interface__["data"][0], 0 if again else array.itemsize
