"""A whole year of technology-SME evaluation: what the site comes to is what the script says, counted apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.integration.rehearsal.playing import Play, moment
from tests.integration.rehearsal.script import LISTED, REFUSED, WITHDRAWN, YEAR, Firm, Totals, count, register
from tidui.casework import actions, invariants
from tidui.casework.enums import State
from tidui.casework.models import AnswerFile, Application, Exchange, Step
from tidui.figures import counting
from tidui.recognition.enums import Ground
from tidui.recognition.models import Document, Recognition

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def totals() -> Totals:
    """What the script alone comes to."""
    return count(register())


def now(play: Play) -> dict[str, int]:
    """The site's figures of the year as they are now."""
    return counting.totals(play.world.department_officer, "tech-sme", YEAR)


def table(play: Play, dimension: str, indicator: str) -> dict[str, int]:
    """One indicator by a dimension, without empty rows."""
    rows = counting.table(play.world.department_officer, "tech-sme", YEAR, dimension)
    return {row.value: row.counts[indicator] for row in rows if row.counts[indicator]}


def test_the_script_has_303_on_the_list_and_7_of_them_refused(totals: Totals) -> None:
    found = totals.figures

    assert (sum(one.listed for one in register()), found["refused_by_platform"]) == (LISTED, 7)
    assert found["took_part"] == found["registered"] + found["refused"] + found["refused_by_platform"] + found["withdrawn"]


def test_everything_holds_at_the_end(played: Play) -> None:
    assert [str(one) for one in invariants.broken()] == []


def test_every_application_ended_as_the_script_says(played: Play) -> None:
    wanted = {
        **dict.fromkeys(REFUSED, State.REFUSED), **dict.fromkeys(WITHDRAWN, State.WITHDRAWN), "lapses": State.LAPSED,
        "leaves_as_draft": State.WITHDRAWN,
    }  # fmt: skip
    states = dict(Application.objects.filter(call=played.call).values_list("pk", "state"))

    wrong = {
        firm.name: (firm.fate, states[played.applications[firm.place]])
        for firm in played.firms
        if states[played.applications[firm.place]] != wanted.get(firm.fate, State.ACCEPTED)
    }
    assert wrong == {}


def test_every_figure_is_what_the_script_comes_to(played: Play, totals: Totals) -> None:
    assert now(played) == totals.figures


def test_every_table_is_what_the_script_comes_to(played: Play, totals: Totals) -> None:
    assert table(played, "county", "registered") == totals.registered_by_county
    assert table(played, "county", "took_part") == totals.took_part_by_county
    assert table(played, "field", "registered") == totals.registered_by_field
    assert table(played, "band", "took_part") == totals.took_part_by_band
    assert table(played, "mark", "registered") == totals.registered_by_mark
    failed = counting.table(played.world.department_officer, "tech-sme", YEAR, "reason")
    assert {one.value: one.counts["refused"] + one.counts["refused_by_platform"] for one in failed} == totals.failed_by_reason


def test_every_number_of_the_platform_is_the_one_that_was_given(played: Play) -> None:
    given = dict(Recognition.objects.values_list("application", "number"))

    wanted = {
        played.applications[one.place]: f"{YEAR}{one.moved_to}{one.written}{one.place:07d}"
        for one in played.firms
        if one.numbered
    }
    assert given == wanted


def test_the_lists_went_out_whole_and_every_answer_was_taken_once(played: Play, totals: Totals) -> None:
    sent = {one.purpose: one.count for one in Exchange.objects.all()}
    first, second = AnswerFile.objects.filter(exchange__purpose="platform").order_by("pk")

    assert sent == {"tax": LISTED + totals.failed_by_reason["tax"], "platform": LISTED}
    assert (first.report["taken"], first.report["held"], first.report["open"], first.report["repeated"]) == (296, 2, 7, 3)
    assert (second.report["taken"], second.report["open"]) == (5, 0)


def test_numbers_of_documents_have_no_gap(played: Play) -> None:
    kinds: dict[str, list[int]] = {}
    for one in Document.objects.order_by("pk"):
        kinds.setdefault(one.kind, []).append(int(one.number.rpartition("〕")[2].removesuffix("号")))

    assert {"notice": [1], "announcement": [1, 2], "revocation": [1, 2]}.items() <= kinds.items()
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in kinds.values())


# ---------------------------------------------------------------------- a change of k records
def revoke(play: Play, firms: Sequence[Firm]) -> None:
    """Numbers are revoked."""
    for firm in firms:
        play.revoke(firm, Ground.INCIDENT, moment(10, 20))


def number_after_all(play: Play, firms: Sequence[Firm]) -> None:
    """The platform corrects itself."""
    play.number_after_all(firms, moment(9, 1))


def refuse_no_longer(play: Play, firms: Sequence[Firm]) -> None:
    """The department takes its refusals back on the same day."""
    for firm in firms:
        last = Step.objects.filter(application=play.applications[firm.place]).order_by("-number").first()
        assert last is not None
        actions.undo(step=last, reason="点错了", by=play.world.department_officer, at=moment(6, 16, 11))


CHANGES = [
    (revoke, "plain", 1, {"revoked": 1}), (revoke, "plain", 3, {"revoked": 3}),
    (number_after_all, "platform_refuses", 1, {"refused_by_platform": -1, "registered": 1}),
    (number_after_all, "platform_refuses", 4, {"refused_by_platform": -4, "registered": 4}),
    (refuse_no_longer, "fails", 2, {"refused": -2, "pending": 2}),
    (refuse_no_longer, "fails", 5, {"refused": -5, "pending": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "fate", "k", "difference"), CHANGES)
def test_changing_k_records_moves_every_total_by_exactly_that(
    played: Play, change: Callable[[Play, Sequence[Firm]], None], fate: str, k: int, difference: dict[str, int]
) -> None:
    before, counties = now(played), table(played, "county", "registered")
    chosen = played.of(fate)[:k]
    change(played, chosen)
    after = now(played)

    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == difference
    more = [one.division for one in chosen] if difference.get("registered") else []
    assert table(played, "county", "registered") == {
        county: number + more.count(county) for county, number in counties.items()
    }
    assert [str(one) for one in invariants.broken()] == []
