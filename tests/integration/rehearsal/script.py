"""The script of the rehearsal: which enterprises there are, and what becomes of each. Plain Python, no database.

The totals are counted here from the script alone; `tests.integration.rehearsal.playing` plays it on the site, and the
tests compare what the site counts with what the script says.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

YEAR: Final = 2026
#: Where the enterprises lie; the first two counties have a unit of their own that recommends.
PLACES: Final = ("620102", "620103", "620502", "620602", "620702")
FIELDS: Final = ("101", "201", "401", "604", "803")
#: Of 100 employees so many are scientists, and so many points that is (第七条(一)); the other parts give 60.
STAFF: Final = ((35, 20), (27, 16), (22, 12), (17, 8), (12, 4))
OTHER_POINTS: Final = 60
#: The last day on which a submission still gives the mark 0.
LINE: Final = dt.date(YEAR, 5, 31)

#: How many enterprises meet with what. Whoever is not named here goes all the way without anything special.
FATES: Final = {
    "lapses": 8,  # begins a draft and never submits
    "leaves_as_draft": 2,  # withdraws before submitting
    "leaves_at_agency": 4,
    "leaves_at_confirmation": 3,
    "returned": 10,  # sent back once, corrected in time
    "late": 5,  # sent back in the last hours, corrected after the call has closed
    "overdue": 2,  # sent back, never corrected, refused by the department
    "moves": 4,  # to another county while the agency has it
    "undone": 2,  # the agency accepts by mistake and takes it back
    "shares_contact": 6,  # in pairs with the same telephone; looked into, cleared, accepted
    "copies": 2,  # a pair with copied wording and contact, refused
    "fails": 6,  # the verdict is fail; refused by the department
    "objected_upheld": 1,
    "objected_dismissed": 1,
    "objected_rejected": 1,
    "tax_differs": 4,
    "platform_refuses": 7,
    "held": 2,  # the platform's number has the mark of another half-year; a person accepts it with a reason
    "answered_late": 5,  # missing in the platform's first file, in the second
    "answered_twice": 3,  # two equal lines in the platform's file
    "revoked": 2,  # the year after: fraud, and a big change
    "young": 5,  # founded in the year of the evaluation
    "june": 20,  # submitted after 31 May
}
#: How many reach the list to the national platform.
LISTED: Final = 303
#: What ends before that list.
STOPS: Final = (
    "lapses", "leaves_as_draft", "leaves_at_agency", "leaves_at_confirmation", "overdue", "copies", "fails",
    "objected_upheld", "tax_differs",
)  # fmt: skip
#: What is refused, and the reason that the figures give; `scored` is the condition that fails.
REFUSED: Final = {"overdue": "other", "copies": "other", "fails": "scored", "objected_upheld": "objection",
                  "tax_differs": "tax", "platform_refuses": "platform"}  # fmt: skip
#: What ends by the enterprise's own will, or by its silence, before anything was submitted.
NEVER_SUBMITTED: Final = ("lapses", "leaves_as_draft")
WITHDRAWN: Final = ("leaves_at_agency", "leaves_at_confirmation")


@dataclass(frozen=True, slots=True)
class Firm:
    """One enterprise of the script."""

    place: int
    fate: str
    division: str
    field: str
    st_staff: int
    staff_points: int
    founded_on: dt.date
    submits_on: dt.date
    phone: str

    @property
    def name(self) -> str:
        """What it is called."""
        return f"陇上{self.place:03d}号科技有限公司"

    @property
    def moved_to(self) -> str:
        """The county where it is at the end."""
        return PLACES[1] if self.fate == "moves" else self.division

    @property
    def points(self) -> int:
        """Its score."""
        return self.staff_points + OTHER_POINTS

    @property
    def submits(self) -> bool:
        """Does it ever submit?"""
        return self.fate not in NEVER_SUBMITTED

    @property
    def listed(self) -> bool:
        """Does it stand in the list to the national platform?"""
        return self.fate not in STOPS

    @property
    def numbered(self) -> bool:
        """Does it get a number?"""
        return self.listed and self.fate != "platform_refuses"

    @property
    def mark(self) -> str:
        """The 11th character of its number, by the coding rule."""
        if self.founded_on.year >= YEAR:
            return "B"
        return "0" if self.submits_on <= LINE else "A"

    @property
    def written(self) -> str:
        """The 11th character as the platform wrote it: that of the other half-year for some."""
        return {"0": "A", "A": "0"}[self.mark] if self.fate == "held" else self.mark


def register() -> list[Firm]:
    """Every enterprise of the script, always the same."""
    special = [fate for fate, count in FATES.items() for _one in range(count)]
    plain = LISTED - sum(count for fate, count in FATES.items() if fate not in STOPS)
    fates = [*special, *["plain"] * plain]
    # Neighbours have different fates: 7 and the number of firms have no common divisor.
    fates = [fates[place * 7 % len(fates)] for place in range(len(fates))]
    return [_firm(place, fate, fates[:place].count(fate)) for place, fate in enumerate(fates)]


def _firm(place: int, fate: str, nth: int) -> Firm:
    st_staff, points = STAFF[place % len(STAFF)]
    if fate == "fails":
        st_staff, points = 5, 0
    shared = {"shares_contact": f"1381000{nth // 2:04d}", "copies": "13820000000"}
    return Firm(
        place=place, fate=fate, division=PLACES[0] if fate == "moves" else PLACES[place % len(PLACES)],
        field=FIELDS[place // 3 % len(FIELDS)], st_staff=st_staff, staff_points=points,
        founded_on=dt.date(YEAR, 1, 15) if fate == "young" else dt.date(2012 + place % 9, 5, 20),
        submits_on=dt.date(YEAR, 6, 3) if fate == "june" else dt.date(YEAR, 4, 7 + place % 20),
        phone=shared.get(fate, f"1390000{place:04d}"),
    )  # fmt: skip


# ---------------------------------------------------------------------- counted from the script alone
@dataclass(frozen=True)
class Totals:
    """What the year comes to, by the names of the site's figures; each table by the values of its dimension."""

    figures: dict[str, int]
    registered_by_county: dict[str, int]
    took_part_by_county: dict[str, int]
    registered_by_field: dict[str, int]
    took_part_by_band: dict[str, int]
    registered_by_mark: dict[str, int]
    failed_by_reason: dict[str, int]


def figures(firms: Iterable[Firm]) -> dict[str, int]:
    """The figures of the year, counted one by one."""
    took_part = [one for one in firms if one.submits]

    def number(*fates: str) -> int:
        return sum(one.fate in fates for one in took_part)

    refused = number(*(fate for fate in REFUSED if fate != "platform_refuses"))
    return {
        "took_part": len(took_part), "submitted": len(took_part), "in_time": len(took_part) - number("late"),
        "late": number("late"), "returned": number("returned", "late", "overdue"),
        "confirmed": sum(one.listed for one in took_part) + number("objected_upheld", "tax_differs"), "in_notice": 0,
        "objected": number("objected_upheld", "objected_dismissed", "objected_rejected"),
        "upheld": number("objected_upheld"), "pending": 0, "withdrawn": number(*WITHDRAWN), "lapsed": 0,
        "refused": refused, "refused_by_platform": number("platform_refuses"), "closed": 0,
        "registered": sum(one.numbered for one in took_part), "direct": 0, "revoked": number("revoked"),
    }  # fmt: skip


def band(points: int) -> str:
    """The band of a score, as the figures call it."""
    return str(points // 10 * 10)


def count(firms: Iterable[Firm]) -> Totals:
    """Count what the site should come to."""
    everyone = list(firms)
    took_part, numbered = [one for one in everyone if one.submits], [one for one in everyone if one.numbered]
    return Totals(
        figures=figures(everyone),
        registered_by_county=dict(Counter(one.division for one in numbered)),
        took_part_by_county=dict(Counter(one.division for one in took_part)),
        registered_by_field=dict(Counter(f"{one.field[0]}0" for one in numbered)),
        took_part_by_band=dict(Counter(band(one.points) for one in took_part)),
        registered_by_mark=dict(Counter(one.written for one in numbered)),
        failed_by_reason=dict(Counter(REFUSED[one.fate] for one in everyone if one.fate in REFUSED)),
    )  # fmt: skip
