"""The registration number of a technology SME (入库登记编号): 18 characters by the numbering rule of 2018.

Year (1–4), administrative division (5–10), mark (11), serial (12–18). The mark says when the enterprise was founded and
when it submitted: `B` founded in the number's year; founded before it, `0` for a self-evaluation submitted until the
line of the year (31 May) and `A` after it. How the serial is made up is not published; seven characters are all that
is asked of it. Only the national platform gives numbers: here they are taken apart and compared.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from tidui.codes import divisions, uscc
from tidui.codes.faults import BadValue, quoted

LENGTH: Final = 18
MARKS: Final = ("0", "A", "B")
#: The last day of a year on which a submission still gives the mark 0: month and day.
LINE: Final = (5, 31)
FORM: Final = re.compile(r"(?P<year>20[0-9]{2})(?P<division>[0-9]{6})(?P<mark>[0AB])(?P<serial>[0-9A-Z]{7})")

What = Literal["length", "form", "year", "division", "mark"]


@dataclass(frozen=True, slots=True)
class SmeNumber:
    """The parts of a number."""

    year: int
    division: str
    mark: str
    serial: str

    def __str__(self) -> str:
        return f"{self.year}{self.division}{self.mark}{self.serial}"


@dataclass(frozen=True, slots=True)
class NumberFault:
    """What does not fit: `length` and `form` make it no number at all; the others compare what it says.

    `found` is what stands in the number, `expected` what would stand there.
    """

    what: What
    found: str
    expected: str = ""

    @property
    def malformed(self) -> bool:
        """Is it no number at all?"""
        return self.what in ("length", "form")

    def __str__(self) -> str:
        if self.what == "length":
            return f"has {self.found} characters; a registration number has {LENGTH}"
        if self.what == "form":
            return f"{self.found} is not year (4), division (6), 0, A or B, and a serial (7)"
        return f"has the {self.what} {self.found}; {self.expected} is expected"


def normalise(text: str) -> str:
    """Full-width characters made plain, small letters capital, spaces and hyphens left out."""
    return uscc.normalise(text)


def parse(text: str) -> SmeNumber:
    """The parts of a number; BadValue for what is none."""
    number = normalise(text)
    wrong = problem(number)
    if wrong is not None:
        raise BadValue(f"{quoted(text)} {wrong}", "write the number as the platform gave it")
    return _parts(number)


def problem(number: str) -> NumberFault | None:
    """Why a normalised text is no number; None if it is one."""
    if len(number) != LENGTH:
        return NumberFault("length", str(len(number)))
    return None if FORM.fullmatch(number) else NumberFault("form", number)


def mark_of(year: int, founded_on: dt.date, submitted_on: dt.date, line: tuple[int, int] = LINE) -> str:
    """The mark (11th character) of a number of a year: when it was founded, and when it submitted.

    Who submits in the year after the number's is past the line of the number's year.
    """
    if founded_on.year >= year:
        return "B"
    return "0" if submitted_on <= dt.date(year, *line) else "A"


def check(
    number: str, *, division: str, founded_on: dt.date | None, submitted_on: dt.date, year: int | None = None,
    line: tuple[int, int] = LINE,
) -> list[NumberFault]:  # fmt: skip
    """What of a number does not fit an enterprise; empty if everything does.

    `division` is the enterprise's; a code that the division had before, its prefecture's, and a statistics code of the
    same prefecture (兰州新区) fit as well. `year` is the number's expected year, else that of the submission. Without
    a founding day the mark is only asked to be one of the three.
    """
    given = normalise(number)
    wrong = problem(given)
    if wrong is not None:
        return [wrong]
    parts, expected = _parts(given), year or submitted_on.year
    found = []
    if parts.year != expected:
        found.append(NumberFault("year", str(parts.year), str(expected)))
    if not _same_place(parts.division, division):
        found.append(NumberFault("division", parts.division, divisions.normalise(division)))
    if founded_on is not None:
        mark = mark_of(expected, founded_on, submitted_on, line)
        if parts.mark != mark:
            found.append(NumberFault("mark", parts.mark, mark))
    return found


def _parts(number: str) -> SmeNumber:
    return SmeNumber(int(number[:4]), number[4:10], number[10], number[11:])


def _same_place(written: str, division: str) -> bool:
    """Does the code in a number name the enterprise's division: by today's code, an old one, or the prefecture's?"""
    own, code = divisions.normalise(division), divisions.normalise(written)
    if code == own:
        return True
    place = divisions.find(code)
    if place is None or place.prefecture != own[:4] + "00":
        return False
    return place.level in ("prefecture", "statistics")
