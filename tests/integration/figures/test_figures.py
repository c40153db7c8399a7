"""Figures: every number is the length of its list, parts add up, reach cuts both alike, frozen ones stay."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.integration.recognition.held import number_of
from tests.people import World
from tidui.casework import actions
from tidui.casework.models import Application, Call
from tidui.figures import counting, freezing
from tidui.figures.dimensions import NONE
from tidui.figures.lines import band, fill, rebuild
from tidui.figures.models import FigureSet, FrozenLine, Line
from tidui.figures.shapes import shape_of
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.recognition.models import Recognition

SHAPE = shape_of("tech-sme")
pytestmark = pytest.mark.django_db
YEAR = clock.today().year
TELLING = {"took_part", "submitted", "pending", "withdrawn", "refused", "registered", "revoked", "direct"}


def year_of(world: World) -> Call:
    """A year in which one enterprise is numbered, one refused, one withdrew and came again, one waits."""
    call = make_call(world)
    number_of(world, world.a, application=confirmed(world, accepted(world, submitted(world, call))))
    waits = accepted(world, submitted(world, call, world.b, world.clerk_b, field="401", industry="M7320"))
    actions.move(
        application=waits, name="refuse", by=world.department_officer, at=timezone.now(), seen=waits.version,
        reason="规模超限",
    )  # fmt: skip
    first = submitted(world, call, world.zoned, world.administrator_zoned)
    actions.withdraw(
        application=first, reason="填错", by=world.administrator_zoned, at=timezone.now(), seen=first.version
    )
    submitted(world, call, world.zoned, world.administrator_zoned, national_award_top3=True)
    submitted(world, call, world.spinoff, world.administrator_spinoff, rd_deductible=0)
    return call


def client_of(person: Any) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    client.force_login(person)
    return client


def test_the_totals_of_a_small_year_are_as_counted_by_hand(world: World) -> None:
    year_of(world)
    found = counting.totals(world.department_officer, "tech-sme", YEAR)
    assert {name: found[name] for name in TELLING} == {
        "took_part": 4, "submitted": 5, "pending": 2, "withdrawn": 1, "refused": 1, "registered": 1, "revoked": 0,
        "direct": 0,
    }  # fmt: skip
    assert (found["in_time"], found["late"], found["confirmed"], found["in_notice"]) == (5, 0, 1, 1)


def test_every_submitted_application_is_in_exactly_one_part(world: World) -> None:
    year_of(world)
    user = world.department_officer
    found = counting.totals(user, "tech-sme", YEAR)
    assert sum(found[name] for name in SHAPE.parts) == found["submitted"]
    seen = [pk for name in SHAPE.parts for pk in counting.records(user, "tech-sme", YEAR, name).values_list("pk", flat=True)]
    assert sorted(seen) == sorted(Line.objects.values_list("pk", flat=True))


PEOPLE = ("department_officer", "inspector", "prefecture_officer", "county_officer", "zone_officer", "university_officer")


@pytest.mark.parametrize("person", PEOPLE)
def test_every_cell_is_the_length_of_its_list_and_rows_add_up_to_the_total(world: World, person: str) -> None:
    year_of(world)
    user = getattr(world, person)
    totals = counting.totals(user, "tech-sme", YEAR)
    for name in SHAPE.indicators:
        assert totals[name] == counting.records(user, "tech-sme", YEAR, name).count(), name
    for name, dimension in SHAPE.dimensions.items():
        rows = counting.table(user, "tech-sme", YEAR, name)
        for indicator in SHAPE.columns:
            for row in rows:
                behind = counting.records(user, "tech-sme", YEAR, indicator, name, row.value or NONE)
                assert row.counts[indicator] == behind.count(), (name, indicator, row.value)
            if not dimension.only:
                assert sum(row.counts[indicator] for row in rows) == totals[indicator], (name, indicator)
    assert [row.counts["registered"] for row in counting.table(user, "tech-sme", YEAR, "mark")] in ([1], [])


@pytest.mark.parametrize(
    ("person", "count"),
    [("department_officer", 5), ("prefecture_officer", 3), ("county_officer", 2), ("other_county_officer", 1),
     ("zone_officer", 2), ("university_officer", 1), ("inspector", 5)],
)  # fmt: skip
def test_a_unit_counts_its_reach_and_nothing_else(world: World, person: str, count: int) -> None:
    year_of(world)
    assert counting.totals(getattr(world, person), "tech-sme", YEAR)["submitted"] == count


def test_the_page_shows_each_total_as_a_link_to_a_list_of_that_length(world: World) -> None:
    year_of(world)
    client = client_of(world.department_officer)
    page = client.get(f"/figures/tech-sme/{YEAR}/").content.decode()
    links = re.findall(r'<a href="([^"]+)" data-figure="([a-z_]+)">([\d,]+)</a>', page)
    assert [name for _url, name, _text in links] == list(SHAPE.indicators)
    for url, _name, text in links:
        shown = client.get(url).content.decode()
        assert len(set(re.findall(r'href="/applications/(\d+)/"', shown))) == int(text), url


def test_the_chart_carries_the_same_numbers_as_the_table(world: World) -> None:
    year_of(world)
    page = client_of(world.department_officer).get(f"/figures/tech-sme/{YEAR}/by/county/").content.decode()
    found = re.search(r'data-chart="([^"]+)"', page)
    assert found is not None
    data = json.loads(html.unescape(found[1]))
    rows = counting.table(world.department_officer, "tech-sme", YEAR, "county")
    assert data["labels"] == [row.label for row in rows]
    assert data["series"][0]["values"] == [row.counts["registered"] for row in rows]
    assert "<script>" not in page and "style=" not in page


@pytest.mark.parametrize("dimension", list(SHAPE.dimensions))
@pytest.mark.parametrize("person", ["department_officer", "county_officer", "inspector"])
def test_every_table_opens_for_whoever_reads_figures(world: World, person: str, dimension: str) -> None:
    year_of(world)
    assert client_of(getattr(world, person)).get(f"/figures/tech-sme/{YEAR}/by/{dimension}/").status_code == 200


@pytest.mark.parametrize("person", ["clerk_a", "agency_clerk", "stranger"])
def test_others_see_only_what_was_published(world: World, person: str) -> None:
    year_of(world)
    client = client_of(getattr(world, person))
    assert client.get(f"/figures/tech-sme/{YEAR}/").status_code == 403
    assert client.get(f"/figures/tech-sme/{YEAR}/records/refused/").status_code == 403
    assert client.get("/figures/").status_code == 200


def test_the_export_holds_every_table_and_is_on_record(world: World) -> None:
    import io

    from python_calamine import CalamineWorkbook

    from tidui.audit.models import Event

    year_of(world)
    sent = client_of(world.department_officer).post(f"/figures/tech-sme/{YEAR}/export/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sent.streaming_content)))  # type: ignore[attr-defined]
    text = " ".join(str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row)
    assert len(book.sheet_names) == 2 + len(SHAPE.dimensions) and "参评企业" in text
    assert Event.objects.filter(verb="kit.export").count() == 1


def test_growth_is_against_the_year_before(world: World) -> None:
    assert counting.growth(12, 10) == 20
    assert counting.growth(5, 10) == -50
    assert counting.growth(5, 0) is None


@pytest.mark.parametrize(
    ("score", "expected"),
    [(None, ""), (0, "0"), (5_999, "0"), (6_000, "60"), (6_999, "60"), (7_000, "70"), (8_999, "80"), (9_000, "90"), (10_000, "90")],
)
def test_a_score_falls_into_its_band(score: int | None, expected: str) -> None:
    assert band(score) == expected


def test_why_it_was_refused_is_the_first_condition_that_failed(world: World) -> None:
    """An applicant too large fails the condition of size; one refused although it passed has another reason."""
    call = make_call(world)
    for organisation, clerk, facts in ((world.a, world.clerk_a, {"employees": 501}), (world.b, world.clerk_b, {})):
        sent = accepted(world, submitted(world, call, organisation, clerk, **facts))
        actions.move(
            application=sent, name="refuse", by=world.department_officer, at=timezone.now(), seen=sent.version,
            reason="不符合条件",
        )  # fmt: skip
    assert list(Line.objects.order_by("pk").values_list("reason", flat=True)) == ["size", "other"]
    rows = counting.table(world.department_officer, "tech-sme", YEAR, "reason")
    assert {row.value: (row.label, row.counts["refused"]) for row in rows} == {
        "size": ("规模", 1), "other": ("其他理由，见告知书", 1),
    }  # fmt: skip


def test_a_refusal_that_is_taken_back_has_no_reason_any_more(world: World) -> None:
    sent = accepted(world, submitted(world, make_call(world), employees=501))
    step = actions.move(
        application=sent, name="refuse", by=world.department_officer, at=timezone.now(), seen=sent.version, reason="超限"
    )
    assert Line.objects.get().reason == "size"
    actions.undo(step=step, reason="看错", by=world.department_officer, at=timezone.now())  # type: ignore[arg-type]
    assert Line.objects.get().reason == ""


def test_what_the_platform_told_is_a_table_that_opens(world: World) -> None:
    call = make_call(world)
    for firm, clerk, reason in (
        (world.a, world.clerk_a, "已在外省/市入库"), (world.b, world.clerk_b, "人数不一致"),
        (world.zoned, world.administrator_zoned, "人数不一致"),
    ):  # fmt: skip
        held = confirmed(world, accepted(world, submitted(world, call, firm, clerk)))
        Application.objects.filter(pk=held.pk).update(stage="platform", turn="platform")
        actions.advance(application=held, name="refused", at=timezone.now(), reason=reason)
    user, client = world.department_officer, client_of(world.department_officer)
    rows = counting.table(user, "tech-sme", YEAR, "told")
    assert {row.label: row.counts["refused_by_platform"] for row in rows} == {"人数不一致": 2, "已在外省／市入库": 1}
    page = client.get(f"/figures/tech-sme/{YEAR}/by/told/").content.decode()
    links = re.findall(rf'href="(/figures/tech-sme/{YEAR}/records/refused_by_platform/told/[^"]+)">(\d)<', page)
    assert sorted(number for _url, number in links) == ["1", "2"]
    for url, number in links:
        text = client.get(html.unescape(url)).content.decode()
        assert len(set(re.findall(r'href="/applications/(\d+)/"', text))) == int(number)
    for odd in ("%00", "%0A"):
        assert client.get(f"/figures/tech-sme/{YEAR}/records/refused_by_platform/told/{odd}/").status_code == 404
    Line.objects.update(told="")
    assert fill(timezone.now()) == 3
    assert set(Line.objects.values_list("told", flat=True)) == {"人数不一致", "已在外省／市入库"}


def test_lines_made_again_are_the_lines_that_were_kept_up(world: World) -> None:
    year_of(world)
    before = list(Line.objects.order_by("pk").values())
    Line.objects.all().delete()
    assert rebuild("tech-sme", YEAR) == 5
    assert list(Line.objects.order_by("pk").values()) == before


def test_an_enterprise_that_moves_stays_where_it_was_when_it_submitted(world: World) -> None:
    from tidui.accounts.models import OrganisationState

    submitted(world, make_call(world))
    state = OrganisationState.objects.get(organisation=world.a, until__isnull=True)
    tomorrow = clock.today() + dt.timedelta(days=1)
    state.until = tomorrow
    state.save()
    OrganisationState.objects.create(organisation=world.a, name=world.a.name, division="620103", since=tomorrow)
    world.a.division = "620103"
    world.a.save()
    rebuild("tech-sme", YEAR)
    assert Line.objects.get().county == "620102"


def test_changing_records_moves_the_totals_by_exactly_as_much(world: World) -> None:
    year_of(world)
    user = world.department_officer
    before = counting.totals(user, "tech-sme", YEAR)
    held = Recognition.objects.get()
    held.revoked_on = clock.today()
    held.save()
    after = counting.totals(user, "tech-sme", YEAR)
    assert {name: after[name] - before[name] for name in SHAPE.indicators if after[name] != before[name]} == {"revoked": 1}


@pytest.mark.parametrize("more", [0, 2])
def test_a_year_is_counted_in_the_same_number_of_queries_however_many_records(
    world: World, more: int, django_assert_num_queries: Any
) -> None:
    call = make_call(world)
    people = [(world.a, world.clerk_a), (world.b, world.clerk_b), (world.zoned, world.administrator_zoned)]
    for organisation, person in people[: 1 + more]:
        submitted(world, call, organisation, person)
    counting.totals(world.department_officer, "tech-sme", YEAR)
    with django_assert_num_queries(1):
        counting.totals(world.department_officer, "tech-sme", YEAR)
    with django_assert_num_queries(1):
        counting.table(world.department_officer, "tech-sme", YEAR, "county")


# ---------------------------------------------------------------------- frozen sets
def frozen(world: World) -> FigureSet:
    """The figures of the small year, frozen."""
    return freezing.freeze(
        programme_name="tech-sme", year=YEAR, title="年度统计", by=world.department_officer, at=timezone.now()
    )


def test_frozen_figures_are_those_of_the_moment_with_every_record(world: World) -> None:
    year_of(world)
    held = frozen(world)
    assert held.totals == counting.totals(world.department_officer, "tech-sme", YEAR)
    assert (held.count, held.lines.count()) == (5, 5)
    for name in SHAPE.dimensions:
        rows = counting.table(world.department_officer, "tech-sme", YEAR, name)
        assert held.tables[name] == [{"value": row.value, "counts": dict(row.counts)} for row in rows]
    assert freezing.holds(held)
    assert freezing.differences(held).records == ()


def test_what_changes_later_is_a_difference_and_not_in_the_frozen_figures(world: World) -> None:
    year_of(world)
    held = frozen(world)
    waiting = Application.objects.filter(state="active", organisation=world.spinoff).get()
    actions.withdraw(
        application=waiting, reason="不申报了", by=world.administrator_spinoff, at=timezone.now(), seen=waiting.version
    )
    held.refresh_from_db()
    assert (held.totals["withdrawn"], held.totals["pending"]) == (1, 2)
    found = freezing.differences(held)
    assert {name: (then, now) for name, then, now in found.totals if then != now} == {
        "pending": (2, 1), "withdrawn": (1, 2),
    }  # fmt: skip
    assert [(one.application, one.lost, one.gained) for one in found.records] == [(waiting, ("pending",), ("withdrawn",))]
    page = client_of(world.department_officer).get(f"/figures/sets/{held.pk}/").content.decode()
    assert waiting.number is not None and waiting.number in page


def test_a_table_that_came_after_a_set_was_frozen_is_no_difference(world: World) -> None:
    year_of(world)
    held = frozen(world)
    for row in FrozenLine.objects.all():
        row.places.pop("told")
        FrozenLine.objects.filter(pk=row.pk).update(places=row.places)
    assert freezing.differences(held).records == ()


def test_a_frozen_record_that_was_touched_breaks_the_digest(world: World) -> None:
    year_of(world)
    held = frozen(world)
    line = held.lines.order_by("pk")[0]
    type(line).objects.filter(pk=line.pk).update(counted=["submitted"])
    assert not freezing.holds(held)


def test_the_public_sees_a_set_when_it_is_published_and_no_record_of_it(world: World) -> None:
    year_of(world)
    held = frozen(world)
    page = f"/figures/sets/{held.pk}/"
    assert Client().get(page).status_code == 404
    assert client_of(world.county_officer).get(page).status_code == 404
    officer = client_of(world.department_officer)
    assert officer.post(f"{page}publish/").status_code == 302
    shown = Client().get(page)
    text = shown.content.decode()
    assert shown.status_code == 200 and held.digest in text and "参评企业" in text
    assert world.a.name not in text and "冻结以后的变化" not in text
    assert officer.post(f"{page}publish/").status_code == 422


@pytest.mark.parametrize("person", ["county_officer", "inspector", "department_administrator", "clerk_a"])
def test_only_the_department_freezes_and_publishes(world: World, person: str) -> None:
    year_of(world)
    held, by, now = frozen(world), getattr(world, person), timezone.now()
    with pytest.raises(NotAllowed):
        freezing.freeze(programme_name="tech-sme", year=YEAR, title="x", by=by, at=now)
    with pytest.raises(NotAllowed):
        freezing.publish(figure_set=held, by=by, at=now)


def test_freezing_in_the_browser_asks_for_a_title(world: World) -> None:
    year_of(world)
    client = client_of(world.department_officer)
    page = f"/figures/tech-sme/{YEAR}/freeze/"
    assert client.post(page, {"title": ""}).status_code == 422
    sent = client.post(page, {"title": "2026年度统计"})
    assert sent.headers["Location"] == f"/figures/sets/{FigureSet.objects.get().pk}/"
