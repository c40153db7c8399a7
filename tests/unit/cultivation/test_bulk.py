"""The bulk reading of the ladder says of every enterprise what the explained one says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tidui.cultivation.bulk import BulkLadder
from tidui.policies.ladder import Ladder
from tidui.policies.library import shelf
from tidui.tables.reading import open_population

SAMPLE = Path(__file__).resolve().parents[3] / "src/tidui/tables/sample/enterprises.xlsx"


@pytest.mark.parametrize("on", [dt.date(2026, 6, 30), dt.date(2022, 3, 1)])
def test_bulk_and_explained_ladder_agree_on_the_sample(on: dt.date) -> None:
    population = open_population(SAMPLE, year=on.year - 1, young_year=on.year, keep_going=True)
    ladder = Ladder(shelf(), on)
    compared = 0
    for batch in population.batches(512):
        with BulkLadder(shelf(), on, batch.year) as bulk:
            for placed, row in zip(bulk.place(batch), batch, strict=True):
                place = ladder.place(row, batch.year)
                assert placed.uscc == row.id
                assert (placed.held, placed.unclear) == (place.held, place.unclear)
                assert placed.rung == (place.rung.id if place.rung else None)
                assert placed.next == (place.next.id if place.next else None)
                assert placed.verdict == place.verdict
                assert placed.score == place.score
                assert set(placed.open) == {reason["id"] for reason in place.reasons}
                compared += 1
    assert compared > 1000
