"""How faults are said."""

from __future__ import annotations

import copy
import pickle

from tidui.codes.faults import BadValue, quoted
from tidui.facts.faults import Fault, Faults


def test_a_fault_names_its_place_what_is_wrong_and_what_to_write() -> None:
    assert str(Fault("years.2022.employees", "is negative", "write at least 0")) == (
        "years.2022.employees: is negative; write at least 0"
    )
    assert str(Fault("", "has no sections")) == "has no sections"


def test_a_fault_of_a_table_names_sheet_row_and_column() -> None:
    fault = Fault("years.2022.employees", "is negative", sheet="years", row=3, column="职工总数")
    assert str(fault) == "sheet years, row 3, column 职工总数, years.2022.employees: is negative"


def test_a_warning_says_that_it_is_one() -> None:
    assert str(Fault("a", "b", level="warning")) == "warning: a: b"


def test_faults_lists_every_one() -> None:
    both = Faults([Fault("a", "b"), Fault("c", "d")])
    assert str(both) == "a: b\nc: d"
    assert len(both.faults) == 2


def test_a_bad_value_survives_a_process_boundary() -> None:
    bad = pickle.loads(pickle.dumps(BadValue("is wrong", "write it right")))
    assert (bad.message, bad.instead, str(bad)) == ("is wrong", "write it right", "is wrong")
    assert copy.copy(bad).instead == "write it right"


def test_a_shown_value_is_short_and_printable() -> None:
    assert quoted("a" * 61) == "a" * 57 + "…"
    assert quoted("a" * 60) == "a" * 60
    assert quoted("a\x00\ud800b") == "a\\x00\\ud800b"
    assert quoted(10**5000) == "a whole number of 16610 bits"

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    assert quoted(Broken()) == "a Broken"
