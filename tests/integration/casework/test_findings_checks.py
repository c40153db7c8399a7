"""Each check at, below and above its threshold, on applications that were submitted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.casework import ANSWERS, make_call, submitted
from tests.people import World, make_organisation
from tidui.accounts.enums import OrganisationKind
from tidui.casework import findings
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.models import Application, Call, Finding
from tidui.kit import clock
from tidui.kit.models import ParameterValue
from tidui.registry.actions import file_return, settle
from tidui.registry.enums import Source
from tidui.registry.models import Difference, IntellectualProperty, YearFigures
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db

NOT_REVOKED = {"sme_revoked_on": NONE, "sme_barred_until": NONE}

TEXT = "本公司专注于高精度压力传感器的研发与生产产品广泛应用于石油化工电力和轨道交通等领域并出口多国"
OTHER_TEXT = "从事马铃薯脱毒种薯繁育与淀粉精深加工在定西建有千亩示范基地带动周边农户增收成效显著得到肯定"


def year() -> int:
    """The year that a form submitted today is about."""
    return clock.today().year - 1


def of_a(world: World, call: Call, **changed: Any) -> Application:
    """The application of enterprise `a`."""
    answers = {**ANSWERS, "contact": "白小慧", "phone": "13900001111", **changed.pop("answers", {})}
    return submitted(world, call, answers=answers, **changed)


def of_b(world: World, call: Call, **changed: Any) -> Application:
    """The application of enterprise `b`, in another county, with its own people."""
    answers = {**ANSWERS, "contact": "黄大山", "phone": "13811112222", **changed.pop("answers", {})}
    return submitted(world, call, world.b, world.clerk_b, answers=answers, **changed)


def keys(application: Application, kind: str) -> set[str]:
    """The findings of a kind that stand open after a look."""
    findings.look(application)
    rows = Finding.objects.filter(findings.OPEN, application=application, kind=kind)
    return set(rows.values_list("key", flat=True))


def only(application: Application, kind: str) -> Finding:
    """The one finding of a kind."""
    findings.look(application)
    return Finding.objects.get(findings.OPEN, application=application, kind=kind)


def filed(world: World, facts: dict[str, Any], of: int | None, source: str = Source.SELF, section: str = "years") -> None:
    """A return of enterprise `a`, by itself or by the tax side through the department."""
    own = source == Source.SELF
    file_return(
        organisation=world.a, section=section, year=of, facts=facts, source=source, at=timezone.now(),
        by=world.clerk_a if own else world.department_officer, filed_for=world.a if own else world.department,
    )  # fmt: skip


def given(name: str, value: Any) -> None:
    """A parameter with this value since long ago."""
    ParameterValue.objects.create(
        name=name, since=dt.date(2020, 1, 1), value=value, reason="试", set_at=timezone.now()
    )
    from tidui.kit import stamp

    stamp.forget_all()


# ---------------------------------------------------------------------- people and telephones
def test_a_telephone_of_another_organisation_is_found_however_it_is_written(world: World) -> None:
    """With its country code and spaces; under another name it is the telephone alone."""
    call = make_call(world)
    theirs = of_b(world, call, answers={"phone": "+86 139-0000-1111"})
    mine = of_a(world, call)
    findings.look(theirs)
    found = only(mine, FindingKind.SAME_CONTACT)
    assert (found.other, found.params["others"], found.params["n"]) == (theirs, [theirs.pk], 1)
    assert keys(mine, FindingKind.SAME_PEOPLE) == set()
    assert "13900001111" in findings.said(found)
    assert world.b.name not in findings.said(found)


def test_the_same_name_with_the_same_telephone_is_one_finding(world: World) -> None:
    """It is told as a person, and not again as a telephone."""
    call = make_call(world)
    findings.look(of_b(world, call, answers={"contact": "白 小慧", "phone": "13900001111"}))
    mine = of_a(world, call)
    assert keys(mine, FindingKind.SAME_PEOPLE) == {"people:contact"}
    assert keys(mine, FindingKind.SAME_CONTACT) == set()


def test_other_people_and_telephones_are_no_finding(world: World) -> None:
    """The same name with another telephone is another person."""
    call = make_call(world)
    findings.look(of_b(world, call, answers={"contact": "白小慧"}))
    mine = of_a(world, call)
    assert keys(mine, FindingKind.SAME_PEOPLE) | keys(mine, FindingKind.SAME_CONTACT) == set()


def test_ones_own_earlier_application_is_no_other(world: World) -> None:
    """Last year's contact is this year's."""
    before = timezone.now() - dt.timedelta(days=400)
    findings.look(of_a(world, make_call(world, at=before), at=before))
    assert keys(of_a(world, make_call(world)), FindingKind.SAME_PEOPLE) == set()


def test_who_came_first_learns_of_who_came_later(world: World, django_capture_on_commit_callbacks: Any) -> None:
    """The worker looks at the other one too, once."""
    call = make_call(world)
    first = of_b(world, call, answers={"phone": "13900001111"})
    findings.look(first)
    second = of_a(world, call)
    findings.look_at.call(second.pk)
    from django_tasks_db.models import DBTaskResult

    queued = DBTaskResult.objects.filter(task_path=findings.look_at.module_path)
    args = [row.args_kwargs for row in queued]
    assert {"args": [first.pk], "kwargs": {"spread": False}} in args
    findings.look_at.call(first.pk, spread=False)
    assert Finding.objects.get(application=first, kind=FindingKind.SAME_CONTACT).other == second


# ---------------------------------------------------------------------- texts
@pytest.mark.parametrize(("share", "count"), [(79, 1), (80, 1), (81, 0)])
def test_copied_wording_is_found_from_the_set_share_on(world: World, share: int, count: int) -> None:
    """Four fifths of the text stand in the other one."""
    given("casework.copied_share", share)
    call = make_call(world)
    copied = TEXT[:36]
    findings.look(of_b(world, call, answers={"products": OTHER_TEXT + copied}))
    mine = of_a(world, call, answers={"products": copied + OTHER_TEXT[::-1][:9]})
    assert len(keys(mine, FindingKind.COPIED_TEXT)) == count


def test_what_is_copied_is_shown_with_its_share(world: World) -> None:
    """The passage is one's own, so nothing of the other is shown by it."""
    call = make_call(world)
    theirs = of_b(world, call, answers={"innovation": f"概况：{TEXT}。"})
    findings.look(theirs)
    found = only(of_a(world, call, answers={"products": TEXT}), FindingKind.COPIED_TEXT)
    assert (found.other, found.params["percent"], found.params["passage"]) == (theirs, 100, TEXT)


@pytest.mark.parametrize(("length", "count"), [(31, 0), (30, 1)])
def test_a_text_below_the_least_length_is_not_compared(world: World, length: int, count: int) -> None:
    """Thirty characters are, one less is not: the parameter says so."""
    given("casework.copied_least", length)
    call = make_call(world)
    findings.look(of_b(world, call, answers={"products": TEXT}))
    mine = of_a(world, call, answers={"products": TEXT[:30]})
    assert len(keys(mine, FindingKind.COPIED_TEXT)) == count


# ---------------------------------------------------------------------- property
def _item(world: World, organisation: Any, **changed: Any) -> IntellectualProperty:
    given_fields = {
        "name": "一种压力传感器", "kind": "12", "number": "ZL201810123456.3", "key": "ZL201810123456.3",
        "owners": [organisation.name], "acquisition": "2", "granted_on": dt.date(2020, 5, 1),
        "entered_by": world.clerk_a, "entered_at": timezone.now(), "changed_at": timezone.now(), **changed,
    }  # fmt: skip
    return IntellectualProperty.objects.create(organisation=organisation, **given_fields)


def test_property_in_another_register_is_in_doubt_and_jointly_owned_is_noted(world: World) -> None:
    """The other has not applied: it is told by its place, without an application."""
    mine = of_a(world, make_call(world))
    item = _item(world, world.a)
    assert keys(mine, FindingKind.SAME_PROPERTY) == set()
    _item(world, world.b)
    found = only(mine, FindingKind.SAME_PROPERTY)
    assert (found.weight, found.params["organisations"], found.params["others"]) == (Weight.DOUBT, [world.b.pk], [])
    item.owners = [world.a.name, world.b.name]
    item.save()
    assert only(mine, FindingKind.SAME_PROPERTY).weight == Weight.NOTE


def test_property_that_was_struck_or_has_ended_is_no_twin(world: World) -> None:
    """Neither in the own register nor in the other's."""
    mine = of_a(world, make_call(world))
    _item(world, world.a, valid_until=clock.today() - dt.timedelta(days=1))
    _item(world, world.b)
    assert keys(mine, FindingKind.SAME_PROPERTY) == set()


@pytest.mark.parametrize(("days", "count"), [(0, 1), (360, 1), (400, 0)])
def test_property_bought_just_before_is_found(world: World, days: int, count: int) -> None:
    """Assigned, and in the register for less than twelve months."""
    mine = of_a(world, make_call(world))
    _item(world, world.a, acquisition="3", entered_at=timezone.now() - dt.timedelta(days=days))
    assert len(keys(mine, FindingKind.SAME_PROPERTY)) == count


def test_property_of_ones_own_research_is_not_bought(world: World) -> None:
    """However new it is."""
    mine = of_a(world, make_call(world))
    _item(world, world.a)
    assert keys(mine, FindingKind.SAME_PROPERTY) == set()


# ---------------------------------------------------------------------- figures
def test_yuan_for_wan_is_found_by_the_year_before(world: World) -> None:
    """Sales of 1,000 yuan after ten million: the slip is told once, not also as a fall."""
    filed(world, {"sales_revenue": 10_000_000_00}, year() - 1)
    mine = of_a(world, make_call(world), sales_revenue=1_000_00)
    assert f"slip:years.{year()}.sales_revenue" in keys(mine, FindingKind.UNIT_SLIP)
    assert keys(mine, FindingKind.AGAINST_LAST) == set()
    assert "万元" in findings.said(Finding.objects.get(key=f"slip:years.{year()}.sales_revenue"))


def test_figures_are_compared_with_those_of_other_enterprises_for_each_employee(world: World) -> None:
    """Ten others have the figure; with nine of them nothing is said."""
    for number in range(10):
        one = make_organisation(OrganisationKind.ENTERPRISE, f"同行{number}", "620103")
        YearFigures.objects.create(organisation=one, year=year(), employees=50, total_assets=20_000_000_00 + number)
    # 100 people with 400 yuan each, where others have 400,000: neither one's own year nor the cost shows it.
    mine = of_a(world, make_call(world), total_assets=4_000_00, total_cost=None, sales_revenue=None, rd_deductible=None)
    assert keys(mine, FindingKind.UNIT_SLIP) == {f"peers:total_assets.{year()}"}
    YearFigures.objects.filter(organisation__name="同行9").delete()
    assert keys(mine, FindingKind.UNIT_SLIP) == set()


@pytest.mark.parametrize(
    ("before", "count"),
    [(3_333_333_34, 0), (3_333_333_33, 1), (30_000_000_00, 0), (30_000_000_01, 1)],
)
def test_a_change_beyond_the_set_share_is_found(world: World, before: int, count: int) -> None:
    """Three times last year's is 200 % more, and not beyond it; a third of it neither."""
    filed(world, {"sales_revenue": before}, year() - 1)
    mine = of_a(world, make_call(world))
    assert len(keys(mine, FindingKind.AGAINST_LAST)) == count


def test_a_small_amount_may_change_as_it_likes(world: World) -> None:
    """Less than 500,000 yuan apart: from 100,000 to 450,000 yuan of R&D."""
    filed(world, {"rd_deductible": 100_000_00}, year() - 1)
    assert keys(of_a(world, make_call(world)), FindingKind.AGAINST_LAST) == set()


def test_the_founding_year_is_nothing_to_compare_with(world: World) -> None:
    """It was not a whole one."""
    filed(world, {"sales_revenue": 1_000_000_00}, year() - 1)
    mine = of_a(world, make_call(world), established_on=dt.date(year() - 1, 9, 1))
    assert keys(mine, FindingKind.AGAINST_LAST) == set()


def test_a_value_of_the_tax_side_beyond_the_tolerance_is_found(world: World) -> None:
    """Five per cent of the tax side's figure are let pass."""
    filed(world, {"sales_revenue": 9_523_809_53}, year(), Source.TAX)
    mine = of_a(world, make_call(world))
    assert keys(mine, FindingKind.AGAINST_TAX) == set()
    filed(world, {"sales_revenue": 9_523_809_52}, year(), Source.TAX)
    found = only(mine, FindingKind.AGAINST_TAX)
    assert (found.place, found.source, found.weight) == (f"sales_revenue.{year()}", Source.TAX, Weight.DOUBT)


def test_what_the_file_has_otherwise_is_found_with_its_source(world: World) -> None:
    """The auditor's figure stands in the file; the form says otherwise."""
    filed(world, {"employees": 90}, year(), Source.AUDIT)
    mine = of_a(world, make_call(world))
    found = only(mine, FindingKind.AGAINST_FILE)
    assert (found.weight, found.params["value"], found.params["accepted"]) == (Weight.DOUBT, 100, 90)
    assert str(Source.AUDIT.label) in findings.said(found)


def test_what_the_tax_side_gave_is_told_once_and_with_its_tolerance(world: World) -> None:
    """Four per cent apart: neither against the tax side nor against the file that has it from there."""
    filed(world, {"employees": 96}, year(), Source.TAX)
    mine = of_a(world, make_call(world))
    assert mine.submissions.get().differs
    assert keys(mine, FindingKind.AGAINST_FILE) | keys(mine, FindingKind.AGAINST_TAX) == set()


def test_a_difference_that_was_settled_for_the_form_is_only_noted(world: World) -> None:
    """The department takes the enterprise's value over; what the file had before is still told."""
    filed(world, {"employees": 90}, year(), Source.AUDIT)
    mine = of_a(world, make_call(world))
    settle(
        difference=Difference.objects.get(organisation=world.a, fact="employees"), accept=True, reason="以社保记录为准",
        by=world.department_officer, at=timezone.now(), settled_for=world.department,
    )  # fmt: skip
    found = only(mine, FindingKind.AGAINST_FILE)
    assert (found.weight, found.params["accepted"]) == (Weight.NOTE, 90)


def test_ones_own_earlier_value_is_corrected_without_a_word(world: World) -> None:
    """The return of the form takes its place at once."""
    filed(world, {"employees": 90}, year())
    assert keys(of_a(world, make_call(world)), FindingKind.AGAINST_FILE) == set()


def test_the_items_of_the_tax_return_are_added_up(world: World) -> None:
    """Staff cost of 300,000 yuan and nothing else is no R&D expense of 450,000."""
    items = dict.fromkeys((
        "tax_rd_direct_input", "tax_rd_depreciation", "tax_rd_intangibles", "tax_rd_design_trials", "tax_rd_other",
        "tax_rd_external_domestic", "tax_rd_external_overseas", "tax_rd_capitalised_formed", "tax_rd_amortised",
    ), 0)  # fmt: skip
    filed(world, {**items, "tax_rd_staff_cost": 300_000_00}, year(), section="tax_years")
    found = only(of_a(world, make_call(world)), FindingKind.AGAINST_TAX)
    assert (found.place, found.params["tax"], found.params["percent"]) == (f"rd_deductible.{year()}", "300000.00", 50)


# ---------------------------------------------------------------------- limits and flags
def test_a_second_application_of_the_year_is_stopped(world: World) -> None:
    """Unless the first came to nothing."""
    from tidui.casework import actions

    first = of_a(world, make_call(world))
    second = of_a(world, make_call(world))
    found = only(second, FindingKind.LIMIT)
    assert (found.weight, found.other) == (Weight.STOP, first)
    actions.withdraw(application=first, reason="重复", by=world.clerk_a, at=timezone.now(), seen=first.version)
    assert keys(second, FindingKind.LIMIT) == set()


@pytest.mark.parametrize(("days", "count"), [(0, 1), (-1, 0)])
def test_who_holds_the_status_to_the_end_of_the_year_is_stopped(world: World, days: int, count: int) -> None:
    """A number that ends a day before the year does is to be renewed."""
    until = dt.date(clock.today().year, 12, 31) + dt.timedelta(days=days)
    filed(
        world, {"sme_number": f"{clock.today().year}620102{0}1234567", "sme_valid_until": until, **NOT_REVOKED}, None,
        Source.RECOGNITION, section="enterprise",
    )  # fmt: skip
    assert len(keys(of_a(world, make_call(world)), FindingKind.LIMIT)) == count


def test_each_reason_for_a_visit_is_told_with_its_notice(world: World) -> None:
    """Five employees are few in 2026; six are not, and then only the first evaluation is a reason."""
    call = make_call(world)
    mine = of_a(world, call, employees=5, st_staff=2)
    findings.look(mine)
    said = [findings.said(one) for one in Finding.objects.filter(application=mine, kind=FindingKind.FLAG)]
    assert any("5人" in one and "160号" in one for one in said)
    theirs = of_b(world, call, employees=6, st_staff=2)
    findings.look(theirs)
    assert not any("5人" in findings.said(one) for one in theirs.findings.filter(kind=FindingKind.FLAG))


def test_an_application_like_any_other_shows_no_doubt_but_that_it_is_the_first(world: World) -> None:
    """What is told is seldom wrong: a plain form has no finding that asks for more than the policy does."""
    mine = of_a(world, make_call(world))
    findings.look(mine)
    assert set(mine.findings.values_list("kind", flat=True)) <= {FindingKind.FLAG}
