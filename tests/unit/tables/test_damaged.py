"""Damaged files are faults with their place, never a traceback."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tidui.facts.faults import Faults
from tidui.tables.reading import open_population
from tidui.tables.sample import WORKBOOK


def read(path: Path) -> None:
    for _ in open_population(path, year=2025).batches():
        pass


@pytest.mark.parametrize(
    ("what", "change"),
    [("cut short", lambda data: data[: len(data) // 2]), ("not there", lambda data: None)],
    ids=["a sheet cut short", "no shared strings"],
)
def test_a_damaged_sheet_is_a_fault(what: str, change: Callable[[bytes], bytes | None], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.xlsx"
    member = "xl/worksheets/sheet2.xml" if what == "cut short" else "xl/sharedStrings.xml"
    with zipfile.ZipFile(WORKBOOK) as old, zipfile.ZipFile(damaged, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(old.read(name)) if name == member else old.read(name)
            if data is not None:
                new.writestr(name, data)
    with pytest.raises(Faults, match="the sheet cannot be read"):
        read(damaged)


def test_a_text_that_is_not_the_utf_16_it_claims_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "enterprise.csv").write_bytes(b"\xff\xfe\x00\xd8uscc")
    with pytest.raises(Faults, match="byte 2 is not UTF-16"):
        read(tmp_path)


def test_a_part_that_unpacks_to_almost_nothing_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    shutil.copy(WORKBOOK, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/huge.xml", "w") as part:
        for _ in range(257):
            part.write(b" " * 2**20)
    with pytest.raises(Faults, match="257 MiB of almost nothing"):
        open_population(path, year=2025)
