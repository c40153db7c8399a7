"""The words of a program as LLVM instructions: how each is computed, and when its row is in doubt.

A word whose bounds lie within ±2^62 is an i64 and exact. Any other is a double that carries a magnitude: the same
expression made of absolute values. A comparison of doubles that are nearer to each other than their rounding can
tell sets the row's doubt, as does a value beyond what the bounds assume; a doubtful row is settled by exact
arithmetic, so that no row is ever decided by a rounding.

The same program in `wide` form reads only the rows it is given, one by one, with 256 bits for what 64 do not hold.
It settles the ties of doubles; what it still doubts is left to Python.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from tidui.rules.integers import Word
from tidui.rules.nodes import Leaf

#: Words within ± this are computed in 64 bits.
WORD_LIMIT: Final = 2**62
#: In wide form, what 64 bits do not hold is computed in so many, if that is enough.
WIDE_BITS: Final = 256
WIDE_LIMIT: Final = 2 ** (WIDE_BITS - 2)
#: Whole numbers up to here, and every sum and product that stays below, are exact in a double.
DOUBLE_LIMIT: Final = 2**53
#: The narrowest margin, relative to the magnitude, within which a comparison of doubles is in doubt.
MARGIN_BITS: Final = 48
#: Rows that are asked of the memory together, ahead of their turn: their columns fit a processor's own cache twice.
BLOCK: Final = 512
#: No double comes near its own limit.
LARGEST: Final = 2**960
FUNCTION: Final = "screen"
SIZES: Final = {"i64": 8, "i32": 4, "i8": 1}

LeafOp = Literal["value", "known", "none", "yes", "no"]
LEAF_OPS: Final = frozenset({"value", "known", "none", "yes", "no"})


class TooLarge(Exception):
    """A program with numbers that no machine reading bounds; it is read by exact arithmetic alone."""


@dataclass(frozen=True, slots=True)
class Source:
    """How a leaf lies in memory: the numpy type of its numbers, whether there are states, whether they are places
    in a lookup table; `absent` means unknown in every row."""

    dtype: str = "i64"
    states: bool = True
    table: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True)
class TruthOutput:
    """0 false, 1 true, 2 neither, 3 not needed, as one byte a row."""

    yes: Word
    no: Word
    unneeded: Word | None = None


@dataclass(frozen=True, slots=True)
class NumberOutput:
    """A whole number in so many bits."""

    word: Word
    bits: int


@dataclass(frozen=True, slots=True)
class BitsOutput:
    """Up to eight truths as the bits of one byte, the first the lowest."""

    truths: tuple[Word, ...]


Output: TypeAlias = TruthOutput | NumberOutput | BitsOutput


@dataclass(frozen=True, slots=True)
class Code:
    """The IR, and the order of the function's arguments after the number of rows: in wide form a pointer to the places
    of the rows, then the contexts, then for each leaf its pointers, then one for each output, then the doubts.
    `rounded` is whether any number is a double, so that the wide form knows better."""

    text: str
    contexts: tuple[object, ...]
    leaves: tuple[Leaf, ...]
    wide: bool
    rounded: bool


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as emitted: an i64, an i256 (`wide`), or a double with its magnitude and how often it was rounded."""

    name: str
    word: Word
    magnitude: str | None = None
    roundings: int = 0
    wide: bool = False


@dataclass(slots=True)
class _Leaf:
    value: str
    known: str
    none: str


def fits(word: Word) -> bool:
    """Whether the bounds of a word leave it within 64 bits."""
    return within(word, WORD_LIMIT)


def within(word: Word, limit: int) -> bool:
    """Whether a word is bounded by ± this."""
    return word.low is not None and word.high is not None and -limit <= word.low and word.high <= limit


def double(value: float) -> str:
    """A double as LLVM writes it, exactly."""
    return "0x" + struct.pack(">d", float(value)).hex().upper()


@dataclass
class Emitter:
    """Writes the instructions of one row, word by word, and gathers what makes the row doubtful."""

    sources: Mapping[Leaf, Source]
    places: Mapping[Leaf, int]
    contexts: Mapping[object, int]
    wide: bool = False
    lines: list[str] = field(default_factory=list)
    numbers: dict[int, _Number] = field(default_factory=dict)
    truths: dict[int, str] = field(default_factory=dict)
    leaves: dict[Leaf, _Leaf] = field(default_factory=dict)
    doubles: dict[int, _Number] = field(default_factory=dict)
    wides: dict[int, str] = field(default_factory=dict)
    checked: set[Leaf] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)
    gathered: dict[int, str] = field(default_factory=dict)

    def new(self, expression: str) -> str:
        """One instruction; its name."""
        name = f"%t{len(self.lines)}"
        self.lines.append(f"  {name} = {expression}")
        return name

    # ------------------------------------------------------------------ truth
    def both(self, left: str, right: str) -> str:
        """left and right, folded where one is fixed."""
        if "false" in (left, right):
            return "false"
        if left == "true" or right == "true":
            return right if left == "true" else left
        return self.new(f"and i1 {left}, {right}")

    def either(self, left: str, right: str) -> str:
        """left or right."""
        if "true" in (left, right):
            return "true"
        if left == "false" or right == "false":
            return right if left == "false" else left
        return self.new(f"or i1 {left}, {right}")

    def negate(self, truth: str) -> str:
        """not truth."""
        if truth in ("true", "false"):
            return "true" if truth == "false" else "false"
        return self.new(f"xor i1 {truth}, true")

    def select(self, truth: str, type_: str, yes: str, no: str) -> str:
        """yes where truth, otherwise no."""
        if truth == "true" or yes == no:
            return yes
        return no if truth == "false" else self.new(f"select i1 {truth}, {type_} {yes}, {type_} {no}")

    def doubt(self, truth: str) -> None:
        """Rows of which this is true are doubtful."""
        if truth != "false":
            self.doubts.append(truth)

    # ------------------------------------------------------------------ leaves
    def leaf(self, leaf: Leaf) -> _Leaf:
        """What is loaded of a leaf."""
        found = self.leaves.get(leaf)
        if found is None:
            source = self.sources[leaf]
            if source.absent:
                found = _Leaf("0", "false", "false")
            else:
                load = self._load_table if source.table else self._load_plain
                found = load(self.places[leaf], source)
            self.leaves[leaf] = found
        return found

    def _load(self, pointer: str, type_: str) -> str:
        size = SIZES[type_]
        at = self.new(f"getelementptr inbounds {type_}, ptr %{pointer}, i64 %i")
        return self.new(f"load {type_}, ptr {at}, align {size}")

    def _load_number(self, place: int, source: Source) -> str:
        loaded = self._load(f"values{place}", source.dtype)
        if source.dtype == "i64":
            return loaded
        return self.new(f"{'zext' if source.dtype == 'i8' else 'sext'} {source.dtype} {loaded} to i64")

    def _load_plain(self, place: int, source: Source) -> _Leaf:
        number = self._load_number(place, source)
        if not source.states:
            return _Leaf(number, "true", "false")
        state = self._load(f"states{place}", "i8")
        known = self.new(f"icmp eq i8 {state}, 1")
        self.doubt(self.new(f"icmp eq i8 {state}, 3"))
        return _Leaf(self.select(known, "i64", number, "0"), known, self.new(f"icmp eq i8 {state}, 2"))

    def _load_table(self, place: int, source: Source) -> _Leaf:
        """The number is a place in a table of `value * 4 + state`; its last slot holds what is read of none."""
        index = self.new(f"sub i64 {self._load_number(place, source)}, %base{place}")
        there = "true"
        if source.states:
            state = self._load(f"states{place}", "i8")
            index = self.select(self.new(f"icmp eq i8 {state}, 1"), "i64", index, f"%slot{place}")
            there = self.new(f"icmp ne i8 {state}, 0")
        at = self.new(f"getelementptr inbounds i64, ptr %table{place}, i64 {index}")
        packed = self.new(f"load i64, ptr {at}, align 8")
        read = self.new(f"and i64 {packed}, 3")
        known, none, odd = (self.both(there, self.new(f"icmp eq i64 {read}, {state}")) for state in (1, 2, 3))
        self.doubt(odd)
        value = self.new(f"ashr i64 {packed}, 2")
        return _Leaf(self.select(known, "i64", value, "0"), known, none)

    def _leaf_value(self, word: Word) -> str:
        leaf: Leaf = word.value
        loaded, source = self.leaf(leaf), self.sources[leaf]
        # A table is checked when it is made, and a byte cannot leave its bounds.
        if leaf not in self.checked and not source.absent and not source.table and source.dtype != "i8":
            self.checked.add(leaf)
            self._check_bounds(loaded.value, word)
        return loaded.value

    def _check_bounds(self, value: str, word: Word) -> None:
        """A row is doubtful where a value is beyond its bounds. Those below one power of two are tested together (the
        power itself then counts as beyond)."""
        low, high = word.low, word.high
        assert low is not None and high is not None, "a leaf has bounds"
        if low == 0 and high.bit_count() == 1:
            held = self.gathered.get(high)
            self.gathered[high] = value if held is None else self.new(f"or i64 {held}, {value}")
            return
        from_low = self.new(f"sub i64 {value}, {low}") if low else value
        self.doubt(self.new(f"icmp ugt i64 {from_low}, {high - low}"))

    def _leaf_truth(self, word: Word) -> str:
        loaded = self.leaf(word.value)
        if word.op == "known":
            return loaded.known
        if word.op == "none":
            return loaded.none
        if loaded.known == "false":
            return "false"
        is_one = self.new(f"icmp eq i64 {loaded.value}, {1 if word.op == 'yes' else 0}")
        return self.both(loaded.known, is_one)

    # ------------------------------------------------------------------ words
    def word(self, word: Word) -> None:
        """Emits one word; its parts are there already."""
        if word.kind == "bool":
            self.truths[word.id] = self._truth(word)
        else:
            self.numbers[word.id] = self._number(word)

    def _truth(self, word: Word) -> str:
        if word.op in ("true", "false"):
            return word.op
        if word.op in LEAF_OPS:
            return self._leaf_truth(word)
        if word.op in ("lt", "le", "eq"):
            return self._compare(word)
        if word.op == "not":
            return self.negate(self.truths[word.args[0].id])
        join: Callable[[str, str], str] = self.both if word.op == "and" else self.either
        result = self.truths[word.args[0].id]
        for arg in word.args[1:]:
            result = join(result, self.truths[arg.id])
        return result

    def _number(self, word: Word) -> _Number:
        if word.op == "const":
            return self._constant(word)
        if word.op == "context":
            return _Number(f"%context{self.contexts[word.value]}", word)
        if word.op == "value":
            return _Number(self._leaf_value(word), word)
        parts = [self.numbers[arg.id] for arg in word.args if arg.kind == "int"]
        if word.op == "floordiv":
            return self._floordiv(word, *parts)
        if all(part.magnitude is None for part in parts):
            if fits(word) and not any(part.wide for part in parts):
                return _Number(self._whole(word, "i64", [part.name for part in parts]), word)
            if self.wide and within(word, WIDE_LIMIT):
                return _Number(self._whole(word, "i256", [self.as_wide(part) for part in parts]), word, wide=True)
        return self._real(word, [self.as_double(part) for part in parts])

    def _constant(self, word: Word) -> _Number:
        value: int = word.value
        if fits(word):
            return _Number(str(value), word)
        if self.wide and within(word, WIDE_LIMIT):
            return _Number(str(value), word, wide=True)
        return _Number(double(value), word, double(abs(value)), 1)

    def _whole(self, word: Word, type_: str, parts: list[str]) -> str:
        if word.op in ("add", "sub", "mul"):
            # No `nsw`: beyond the assumed bounds words may wrap, and the row's doubt must still be true.
            return self.new(f"{word.op} {type_} {parts[0]}, {parts[1]}")
        if word.op in ("min", "max"):
            return self.new(f"call {type_} @llvm.s{word.op}.{type_}({type_} {parts[0]}, {type_} {parts[1]})")
        return self.select(self.truths[word.args[0].id], type_, *parts)

    def as_wide(self, number: _Number) -> str:
        """The same whole number in 256 bits."""
        if number.wide or number.word.op == "const":
            return number.name
        if number.word.id not in self.wides:
            self.wides[number.word.id] = self.new(f"sext i64 {number.name} to i256")
        return self.wides[number.word.id]

    # ------------------------------------------------------------------ doubles
    def as_double(self, number: _Number) -> _Number:
        """The same number as a double with its magnitude."""
        if number.magnitude is not None:
            return number
        word = number.word
        found = self.doubles.get(word.id)
        if found is None:
            if word.op == "const":
                value: int = word.value
                name, magnitude = double(value), double(abs(value))
            else:
                name = self._real_of(number)
                magnitude = name if word.low is not None and word.low >= 0 else self._absolute(name)
            exact = fits(word) and max(abs(word.low or 0), abs(word.high or 0)) <= DOUBLE_LIMIT
            found = self.doubles[word.id] = _Number(name, word, magnitude, 0 if exact else 8)
        return found

    def _real_of(self, number: _Number) -> str:
        if not number.wide:
            return self.new(f"sitofp i64 {number.name} to double")
        return self._real_of_wide(number.name)

    def _real_of_wide(self, name: str) -> str:
        """256 bits as a double, 64 at a time: LLVM would call a library that may not be there."""
        below = self.new(f"icmp slt i256 {name}, 0")
        # The absolute value, for parts of contrary signs would cancel.
        size = self.select(below, "i256", self.new(f"sub i256 0, {name}"), name)
        total = double(0)
        for shift in range(WIDE_BITS - 64, -64, -64):
            part = self.new(f"trunc i256 {self.new(f'lshr i256 {size}, {shift}')} to i64")
            scaled = self.new(f"fmul double {self.new(f'uitofp i64 {part} to double')}, {double(2.0**shift)}")
            total = self.new(f"fadd double {total}, {scaled}")
        return self.select(below, "double", self.new(f"fneg double {total}"), total)

    def _absolute(self, name: str) -> str:
        return self.new(f"call double @llvm.fabs.f64(double {name})")

    def _real(self, word: Word, parts: list[_Number]) -> _Number:
        a, b = parts
        if word.op in ("min", "max"):
            return self._real_extreme(word, a, b)
        if word.op == "choose":
            truth = self.truths[word.args[0].id]
            name = self.select(truth, "double", a.name, b.name)
            plain = a.name == a.magnitude and b.name == b.magnitude
            magnitude = name if plain else self.select(truth, "double", _sized(a), _sized(b))
            return _Number(name, word, magnitude, max(a.roundings, b.roundings))
        name = self.new(f"f{word.op} double {a.name}, {b.name}")
        if word.op != "sub" and a.name == a.magnitude and b.name == b.magnitude:
            magnitude = name
        else:
            magnitude = self.new(f"{'fmul' if word.op == 'mul' else 'fadd'} double {_sized(a)}, {_sized(b)}")
        roundings = a.roundings + b.roundings if word.op == "mul" else max(a.roundings, b.roundings)
        return _Number(name, word, magnitude, roundings + 1)

    def _larger(self, left: str, right: str) -> str:
        if left == right:
            return left
        return self.select(self.new(f"fcmp ogt double {left}, {right}"), "double", left, right)

    def _real_extreme(self, word: Word, a: _Number, b: _Number) -> _Number:
        test = self.new(f"fcmp {'ole' if word.op == 'min' else 'oge'} double {a.name}, {b.name}")
        name = self.select(test, "double", a.name, b.name)
        # Whichever side is taken, the error is at most the larger of both.
        return _Number(name, word, self._larger(_sized(a), _sized(b)), max(a.roundings, b.roundings))

    def _margin(self, a: _Number, b: _Number) -> tuple[str, str]:
        """How far apart a and b must be to be certain, and whether anything was rounded at all."""
        total = self.new(f"fadd double {_sized(a)}, {_sized(b)}")
        spare = math.ceil(math.log2(max(a.roundings, b.roundings) + 2)) + 1
        bits = min(MARGIN_BITS, 53 - spare)
        rounded = self.new(f"fcmp ogt double {total}, {double(DOUBLE_LIMIT)}")
        return self.new(f"fmul double {total}, {double(2.0**-bits)}"), rounded

    def _compare(self, word: Word) -> str:
        parts = [self.numbers[arg.id] for arg in word.args]
        if all(part.magnitude is None for part in parts):
            how = {"lt": "slt", "le": "sle", "eq": "eq"}[word.op]
            if any(part.wide for part in parts):
                return self.new(f"icmp {how} i256 {self.as_wide(parts[0])}, {self.as_wide(parts[1])}")
            return self.new(f"icmp {how} i64 {parts[0].name}, {parts[1].name}")
        a, b = (self.as_double(part) for part in parts)
        apart = self._absolute(self.new(f"fsub double {a.name}, {b.name}"))
        margin, rounded = self._margin(a, b)
        self.doubt(self.both(rounded, self.new(f"fcmp ult double {apart}, {margin}")))
        how = {"lt": "olt", "le": "ole", "eq": "oeq"}[word.op]
        return self.new(f"fcmp {how} double {a.name}, {b.name}")

    # ------------------------------------------------------------------ division
    def _floordiv(self, word: Word, a: _Number, b: _Number) -> _Number:
        whole = a.magnitude is None and b.magnitude is None
        if whole and (a.wide or b.wide):
            return self._divide_wide(word, a, b)
        if whole and fits(word):
            if max(abs(word.low or 0), abs(word.high or 0)) < 2**50:
                return _Number(self._divide_whole(a, b), word)
            return _Number(self._divide_slowly(a, b), word)
        return self._divide_real(word, self.as_double(a), self.as_double(b))

    def _divide_whole(self, a: _Number, b: _Number) -> str:
        """The quotient of doubles is at most one off; the remainder tells."""
        x, y = self.as_double(a), self.as_double(b)
        near = self.new(f"call double @llvm.floor.f64(double {self.new(f'fdiv double {x.name}, {y.name}')})")
        quotient = self.new(f"freeze i64 {self.new(f'fptosi double {near} to i64')}")
        rest = self.new(f"sub i64 {a.name}, {self.new(f'mul i64 {quotient}, {b.name}')}")
        over = self.new(f"zext i1 {self.new(f'icmp sge i64 {rest}, {b.name}')} to i64")
        under = self.new(f"zext i1 {self.new(f'icmp slt i64 {rest}, 0')} to i64")
        return self.new(f"sub i64 {self.new(f'add i64 {quotient}, {over}')}, {under}")

    def _divide_slowly(self, a: _Number, b: _Number) -> str:
        divisor = self.new(f"call i64 @llvm.smax.i64(i64 {b.name}, i64 1)")
        quotient = self.new(f"sdiv i64 {a.name}, {divisor}")
        rest = self.new(f"sub i64 {a.name}, {self.new(f'mul i64 {quotient}, {divisor}')}")
        under = self.new(f"zext i1 {self.new(f'icmp slt i64 {rest}, 0')} to i64")
        return self.new(f"sub i64 {quotient}, {under}")

    def _divide_wide(self, word: Word, a: _Number, b: _Number) -> _Number:
        """Two steps by doubles leave a remainder that tells; a quotient beyond 62 bits leaves the row in doubt."""
        left = self.as_wide(a)
        right = self.new(f"call i256 @llvm.smax.i256(i256 {self.as_wide(b)}, i256 1)")
        divisor = self._real_of_wide(right)
        total = "0"
        for _ in range(2):
            quotient = self.new(f"fdiv double {self._real_of_wide(left)}, {divisor}")
            small = self.new(f"fcmp olt double {self._absolute(quotient)}, {double(WORD_LIMIT)}")
            self.doubt(self.negate(small))
            down = self.new(f"call double @llvm.floor.f64(double {self.select(small, 'double', quotient, double(0))})")
            step = self.new(f"fptosi double {down} to i64")
            taken = self.new(f"mul i256 {self.new(f'sext i64 {step} to i256')}, {right}")
            left = self.new(f"sub i256 {left}, {taken}")
            total = self.new(f"add i64 {total}, {step}")
        over = self.new(f"zext i1 {self.new(f'icmp sge i256 {left}, {right}')} to i64")
        under = self.new(f"zext i1 {self.new(f'icmp slt i256 {left}, 0')} to i64")
        result = self.new(f"sub i64 {self.new(f'add i64 {total}, {over}')}, {under}")
        if fits(word):
            return _Number(result, word)
        return _Number(self.new(f"sext i64 {result} to i256"), word, wide=True)

    def _divide_real(self, word: Word, a: _Number, b: _Number) -> _Number:
        """Rounded down where the quotient is clearly between two whole numbers; otherwise the row is doubtful."""
        quotient = self.new(f"fdiv double {a.name}, {b.name}")
        down = self.new(f"call double @llvm.floor.f64(double {quotient})")
        rest = self.new(f"fsub double {quotient}, {down}")
        size = self.new(f"fdiv double {_sized(a)}, {b.name}")
        if b.name != b.magnitude:
            size = self.new(f"fmul double {size}, {self.new(f'fdiv double {_sized(b)}, {b.name}')}")
        spare = math.ceil(math.log2(a.roundings + b.roundings + 3)) + 1
        margin = self.new(f"fmul double {size}, {double(2.0 ** -min(MARGIN_BITS, 53 - spare))}")
        upper = self.new(f"fsub double {double(1)}, {margin}")
        inside = self.both(
            self.new(f"fcmp ogt double {rest}, {margin}"), self.new(f"fcmp olt double {rest}, {upper}")
        )
        small = self.new(f"fcmp olt double {size}, {double(2.0**44)}")
        nothing = self.both(
            self.new(f"fcmp oeq double {_sized(a)}, {double(0)}"), self.new(f"fcmp ogt double {b.name}, {double(0)}")
        )
        self.doubt(self.negate(self.either(nothing, self.both(inside, small))))
        clipped = self.select(small, "double", down, double(0))
        if fits(word):
            return _Number(self.new(f"fptosi double {clipped} to i64"), word)
        return _Number(clipped, word, self._absolute(clipped), 0)

    # ------------------------------------------------------------------ storing
    def store(self, place: int, output: Output) -> None:
        """Stores one output of the row."""
        if isinstance(output, NumberOutput):
            type_, value = f"i{output.bits}", self._stored(output)
        elif isinstance(output, TruthOutput):
            type_, value = "i8", self._code(output)
        else:
            type_, value = "i8", self._bits(output)
        at = self.new(f"getelementptr inbounds {type_}, ptr %out{place}, i64 %i")
        self.lines.append(f"  store {type_} {value}, ptr {at}, align {int(type_[1:]) // 8}")

    def _stored(self, output: NumberOutput) -> str:
        number = self.numbers[output.word.id]
        name = number.name
        if number.wide:
            name = self.new(f"trunc i256 {number.name} to i64")
            back = self.new(f"sext i64 {name} to i256")
            self.doubt(self.new(f"icmp ne i256 {back}, {number.name}"))
        if number.magnitude is not None:
            exact = self.new(f"fcmp olt double {number.magnitude}, {double(DOUBLE_LIMIT)}")
            self.doubt(self.negate(exact))
            name = self.new(f"fptosi double {self.select(exact, 'double', name, double(0))} to i64")
        return name if output.bits == 64 else self.new(f"trunc i64 {name} to i{output.bits}")

    def _code(self, output: TruthOutput) -> str:
        yes, no = self.truths[output.yes.id], self.truths[output.no.id]
        code = self.select(yes, "i8", "1", self.select(no, "i8", "0", "2"))
        if output.unneeded is not None:
            code = self.select(self.truths[output.unneeded.id], "i8", "3", code)
        return code

    def _bits(self, output: BitsOutput) -> str:
        result = "0"
        for place, word in enumerate(output.truths):
            bit = self.select(self.truths[word.id], "i8", str(1 << place), "0")
            if bit != "0":
                result = bit if result == "0" else self.new(f"or i8 {result}, {bit}")
        return result

    def store_doubt(self) -> None:
        """Stores whether anything about the row is doubtful."""
        for limit, values in self.gathered.items():
            self.doubt(self.new(f"icmp uge i64 {values}, {limit}"))
        any_ = "false"
        for truth in self.doubts:
            any_ = self.either(any_, truth)
        at = self.new("getelementptr inbounds i8, ptr %doubts, i64 %i")
        self.lines.append(f"  store i8 {self.select(any_, 'i8', '1', '0')}, ptr {at}, align 1")


def _sized(number: _Number) -> str:
    assert number.magnitude is not None, "only doubles carry a magnitude"
    return number.magnitude


def bits_for(word: Word) -> int:
    """The narrowest machine number that holds every value within a word's bounds; 64 where none is known to."""
    if word.low is not None and word.high is not None:
        for bits in (8, 16, 32):
            if -(2 ** (bits - 1)) <= word.low and word.high < 2 ** (bits - 1):
                return bits
    return 64
