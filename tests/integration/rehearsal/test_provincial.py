"""A whole year of provincial recognition: what the site comes to is what the script says, counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.rehearsal import provincial as script
from tests.integration.rehearsal.provincial import COUNT, RECOGNISED, YEAR, Year
from tests.integration.rehearsal.renewing import AGAIN, RENEWS, STAFF, Renewal, said_before
from tidui.casework import invariants
from tidui.casework.enums import State
from tidui.casework.models import Application
from tidui.figures import counting
from tidui.kit.models import Message
from tidui.recognition.models import Document, Recognition
from tidui.review.actions import drawing
from tidui.review.drawing import replaying
from tidui.review.enums import SEATED, SheetState
from tidui.review.models import Draw, File, Seat, Sheet, Visit

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def renewal(year: Year) -> Renewal:
    """What one of its firms did three years on; played after the figures of the year were looked at."""
    return Renewal(year).play()


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any) -> Iterator[Year]:
    """The year as it was played, in a transaction that is taken back."""
    with django_db_blocker.unblock():
        from django.core.cache import cache
        from django.db import transaction

        from tests.people import make_world
        from tidui.kit import stamp

        cache.clear()
        stamp.forget_all()
        with transaction.atomic():
            yield Year(make_world()).play()
            transaction.set_rollback(True)
        stamp.forget_all()


def test_the_script_recognises_123_of_160() -> None:
    found = script.counted()

    assert (found["took_part"], found["recognised"]) == (COUNT, RECOGNISED)
    assert found["recognised"] + found["refused"] + found["withdrawn"] == COUNT


def test_every_figure_is_what_the_script_comes_to(year: Year) -> None:
    found = counting.totals(year.world.department_officer, "provincial", YEAR)

    assert {name: found[name] for name in script.counted()} == script.counted()


@pytest.mark.parametrize(
    ("dimension", "of"), [("county", script.division_of), ("field", lambda place: script.field_of(place)[0] + "0")]
)
def test_the_tables_are_what_the_script_comes_to(year: Year, dimension: str, of: Any) -> None:
    rows = counting.table(year.world.department_officer, "provincial", YEAR, dimension)
    fates = [(of(place), script.fate_of(place)) for place in range(COUNT)]

    for name, wanted in (("took_part", {*dict(fates).values()} | {fate for _at, fate in fates}),
                         ("recognised", {"recognised", "revoked"}), ("refused", script.REFUSED)):  # fmt: skip
        counted = Counter(place for place, fate in fates if fate in wanted)
        assert {row.value: row.counts[name] for row in rows if row.counts[name]} == dict(counted), name


def test_every_application_ended_and_everything_holds(year: Year) -> None:
    states = Counter(Application.objects.filter(call=year.call).values_list("state", flat=True))

    assert states == {State.ACCEPTED: RECOGNISED, State.REFUSED: script.counted()["refused"], State.WITHDRAWN: 2}
    assert [str(one) for one in invariants.broken()] == []


def test_no_panel_broke_a_rule_and_no_recused_expert_marked(year: Year) -> None:
    """Five at least, 60 % technical, one financial, one technical leader, for every file."""
    for file in year.review.files.select_related("group"):
        sheets = Sheet.objects.filter(file=file, state=SheetState.SIGNED)
        kinds = Counter(sheets.values_list("kind", flat=True))
        assert sum(kinds.values()) >= 5 and kinds["financial"] >= 1
        assert kinds["technical"] * 5 >= sum(kinds.values()) * 3
        assert file.form.seat.leader and file.form.seat.kind == "technical"
    expert, application = year.conflicted
    own = Sheet.objects.filter(expert=expert, file__application=application)
    assert [one.state for one in own] == [SheetState.VOID]


def test_the_panel_that_did_not_come_was_replaced_whole(year: Year) -> None:
    gone = set(year.absent.seats.exclude(state__in=SEATED).values_list("expert", flat=True))
    there = set(year.absent.seats.filter(state__in=SEATED).values_list("expert", flat=True))

    assert len(gone) == len(there) == 5 and not gone & there


def test_inspection_replays_every_draw(year: Year) -> None:
    draws = list(Draw.objects.filter(review=year.review).order_by("number"))

    assert [one.state for one in draws] == ["drawn", "drawn"]
    for one in draws:
        assert replaying.replay(drawing.file_of(one)) == []


def test_the_refuted_claim_turned_the_verdict_before_the_meeting(year: Year) -> None:
    visit = Visit.objects.get(application__in=year.of("refuted"))

    assert (visit.before["verdict"], visit.after["verdict"]) == ("pass", "fail")
    assert Visit.objects.filter(after__verdict="fail").count() == 1


def test_every_certificate_has_a_number_of_its_own_and_the_revoked_one_says_so(year: Year) -> None:
    held = Recognition.objects.filter(programme="provincial", year=YEAR)

    assert len({one.number for one in held}) == RECOGNISED == held.count()
    assert [one.application_id for one in held.exclude(revoked_on=None)] == year.of("revoked")


def test_who_was_refused_got_a_letter(year: Year) -> None:
    refused = Application.objects.filter(call=year.call, state=State.REFUSED)
    told = Document.objects.filter(kind="refusal", application__in=refused).values_list("application", flat=True)

    assert set(refused.values_list("pk", flat=True)) == set(told)


def test_seats_and_files_are_what_the_draws_say(year: Year) -> None:
    assert File.objects.filter(review=year.review, done_at=None).count() == 0
    assert not Seat.objects.filter(review=year.review, state="called").exists()


# ---------------------------------------------------------------------- three years on; keep these last
def test_a_recognition_is_not_renewed_years_before_it_ends(renewal: Renewal) -> None:
    assert renewal.refused.refused.code == "too-early"


def test_the_firm_was_told_that_it_may_renew(renewal: Renewal) -> None:
    told = Message.objects.filter(kind="recognition.renewal_open", recipient=renewal.firm[1])

    assert [renewal.first.number in one.body for one in told] == [True]


def test_the_renewed_application_says_what_the_first_said_but_for_what_changed(renewal: Renewal) -> None:
    first = Application.objects.get(pk=renewal.year.applications[RENEWS]).submissions.get()
    second = renewal.application.submissions.get()

    said = {name: value for name, value in second.answers.items() if value}
    assert said == {name: first.answers[name] for name in said} and "table.staff" in said
    assert said["contact"] == said_before()["contact"]
    assert second.stated[f"st_staff.{AGAIN - 1}"] == STAFF


def test_it_is_recognised_anew_while_the_first_still_holds(renewal: Renewal) -> None:
    first, second = Recognition.objects.get(pk=renewal.first.pk), renewal.second

    assert second.number != first.number and second.year == AGAIN
    assert second.valid_from <= first.valid_until < second.valid_until
    assert first.revoked_on is None
    assert [str(one) for one in invariants.broken()] == []
