"""Faults are listed by sheet and row, and counted where they are too many."""

from __future__ import annotations

from tidui.facts.faults import Fault
from tidui.tables.collect import FaultList, column_letter, column_title
from tidui.tables.workbook import column_index


def fault(sheet: str, row: int) -> Fault:
    return Fault("", f"{sheet}{row}", sheet=sheet, row=row)


def test_faults_come_by_sheet_as_found_and_by_row() -> None:
    found = FaultList()
    found.extend(fault(*place) for place in (("b", 9), ("a", 3), ("b", 2), ("a", 1)))
    assert [one.message for one in found] == ["b2", "b9", "a1", "a3"]


def test_what_is_beyond_the_limit_is_counted() -> None:
    found = FaultList(limit=2)
    found.extend(fault("a", row) for row in range(1, 6))
    assert found.full
    assert [one.message for one in found] == ["a1", "a2", "3 more faults are not listed"]


def test_letters_of_columns_go_on_after_z() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert [column_index(letters) for letters in (b"A", b"Z", b"AA", b"ZZ", b"AAA")] == [0, 25, 26, 701, 702]
    assert column_title(2, " 销售收入\n(元) ") == "C 销售收入 (元)"
