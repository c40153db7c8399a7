"""Pages of findings: who reads them, what they tell of others, and how many queries they take."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.casework import ANSWERS, make_call, submitted
from tests.people import World
from tidui.accounts.models import User
from tidui.casework import findings, letters, panels_checks, showing_findings
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.models import Application, Finding
from tidui.kit.visibility import visible_to

pytestmark = pytest.mark.django_db

#: The keys of the page, the rows with what they show, how many there are.
LIST_QUERIES = 2


def copies(world: World) -> tuple[Application, Application]:
    """Applications of two counties with one text and one telephone, both looked at."""
    call = make_call(world)
    text = "本公司专注于高精度压力传感器的研发与生产产品广泛应用于石油化工电力和轨道交通等领域并出口多国"
    mine = submitted(world, call, answers={**ANSWERS, "innovation": text})
    theirs = submitted(
        world, call, world.b, world.clerk_b, answers={**ANSWERS, "contact": "黄大山", "innovation": f"窥探{text}"}
    )
    for one in (mine, theirs, mine):
        findings.look(one)
    return mine, theirs


def seen(client: Client, person: User, url: str) -> tuple[int, str]:
    """What a person sees at an address."""
    client.force_login(person)
    answered = client.get(url)
    return answered.status_code, answered.content.decode()


def test_a_county_learns_of_another_countys_application_only_where_it_lies(world: World, client: Client) -> None:
    """Neither its name, nor its number, nor its text, nor a link: on no page and in no record."""
    mine, theirs = copies(world)
    found = mine.findings.get(kind=FindingKind.COPIED_TEXT)
    for url in (
        reverse("casework:finding", args=[found.pk]), reverse("casework:checks", args=[mine.pk]),
        reverse("casework:case", args=[mine.pk]), reverse("casework:findings"),
    ):  # fmt: skip
        status, text = seen(client, world.county_officer, url)
        assert status == 200, url
        assert findings.said(found).replace("“", "") in text.replace("“", ""), url
        for hidden in (world.b.name, theirs.number or "?", "窥探", reverse("casework:case", args=[theirs.pk])):
            assert hidden not in text, (url, hidden)
    assert "七里河" in seen(client, world.county_officer, reverse("casework:finding", args=[found.pk]))[1]
    assert not visible_to(world.county_officer, Finding).filter(application=theirs).exists()
    status, _text = seen(client, world.county_officer, reverse("casework:checks", args=[theirs.pk]))
    assert status == 404


def test_who_may_see_both_is_led_to_the_other(world: World, client: Client) -> None:
    """The agency of both, and the department."""
    mine, theirs = copies(world)
    for person in (world.agency_clerk, world.department_officer, world.inspector):
        status, text = seen(client, person, reverse("casework:checks", args=[mine.pk]))
        assert (status, world.b.name in text) == (200, True)
        assert reverse("casework:case", args=[theirs.pk]) in text


def test_the_applicant_never_reads_a_finding(world: World, client: Client) -> None:
    """On no page, in no panel, by no record, though the case is its own."""
    mine, _theirs = copies(world)
    found = mine.findings.get(kind=FindingKind.SAME_CONTACT)
    for person in (world.clerk_a, world.administrator_a):
        assert not visible_to(person, Finding).exists()
        status, text = seen(client, person, reverse("casework:case", args=[mine.pk]))
        assert (status, "核查发现" in text, findings.said(found) in text) == (200, False, False)
        for url in (
            reverse("casework:finding", args=[found.pk]), reverse("casework:checks", args=[mine.pk]),
            reverse("casework:findings"),
        ):  # fmt: skip
            assert seen(client, person, url)[0] in (403, 404), url


def test_a_finding_is_cleared_on_its_page_and_leads_back(world: World, client: Client) -> None:
    """Without a reason the page says so and keeps nothing; with one it goes back to where the person came from."""
    mine, _theirs = copies(world)
    found = mine.findings.get(kind=FindingKind.SAME_CONTACT)
    client.force_login(world.agency_clerk)
    url = reverse("casework:clear_finding", args=[found.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    case = reverse("casework:case", args=[mine.pk])
    assert client.post(url, {"reason": "同一会计公司", "next": case}).headers["Location"] == case
    found.refresh_from_db()
    assert found.cleared_reason == "同一会计公司"
    assert client.post(reverse("casework:reopen_finding", args=[found.pk])).status_code == 302
    found.refresh_from_db()
    assert found.cleared_at is None
    client.force_login(world.county_officer)
    assert client.post(url, {"reason": "越权"}).status_code == 422
    found.refresh_from_db()
    assert found.cleared_at is None


def test_the_checks_are_run_again_by_the_holder_alone(world: World, client: Client) -> None:
    """The telephone of the other one has gone meanwhile."""
    mine, theirs = copies(world)
    theirs.traces.all().delete()
    url = reverse("casework:look_again", args=[mine.pk])
    client.force_login(world.county_officer)
    assert client.post(url).status_code == 422
    assert mine.findings.get(kind=FindingKind.SAME_CONTACT).gone_at is None
    client.force_login(world.agency_clerk)
    assert client.post(url).status_code == 302
    assert mine.findings.get(kind=FindingKind.SAME_CONTACT).gone_at is not None


def more(application: Application, count: int, others: list[int]) -> None:
    """Further findings about other applications."""
    Finding.objects.bulk_create(
        Finding(
            application=application, kind=FindingKind.SAME_CONTACT, weight=Weight.DOUBT, key=f"more:{number}",
            found_at=timezone.now(), params={"word": "contact_same", "phone": "1", "n": 1, "others": others, "organisations": []},
        )
        for number in range(count)
    )  # fmt: skip


def test_the_list_takes_the_same_queries_for_one_finding_and_for_three(world: World, client: Client) -> None:
    """Whatever the findings are about."""
    mine, theirs = copies(world)
    Finding.objects.all().delete()
    client.force_login(world.department_officer)
    url = reverse("casework:findings")
    client.get(url)
    lengths: list[int] = []
    for count in (1, 3):
        Finding.objects.all().delete()
        more(mine, count, [theirs.pk])
        with CaptureQueriesContext(connection) as taken:
            assert client.get(url).status_code == 200
        lengths.append(len(taken))
        assert len([one for one in taken if "casework_finding" in one["sql"]]) == LIST_QUERIES
    assert lengths[0] == lengths[1]


def test_a_case_takes_the_same_queries_for_one_finding_and_for_many(world: World, django_assert_num_queries: Any) -> None:
    """The findings, the applications beside them, and which of these the person may see."""
    mine, theirs = copies(world)
    person = User.objects.get(pk=world.department_officer.pk)
    visible_to(person, Finding).count()
    for count in (1, 30):
        Finding.objects.all().delete()
        more(mine, count, [theirs.pk])
        with django_assert_num_queries(3):
            assert len(showing_findings.of(person, mine)) == count


def test_the_heaviest_open_ones_come_first_and_the_gone_last(world: World) -> None:
    """As one who clears fifty files an hour wants them."""
    mine, _theirs = copies(world)
    Finding.objects.all().delete()
    now = timezone.now()
    given = {"application": mine, "kind": FindingKind.LIMIT, "found_at": now, "params": {}}
    for key, weight, gone, cleared in (
        ("gone", "stop", now, None), ("cleared", "stop", None, now), ("note", "note", None, None),
        ("stop", "stop", None, None), ("doubt", "doubt", None, None),
    ):  # fmt: skip
        Finding.objects.create(
            key=key, weight=weight, gone_at=gone, cleared_at=cleared, cleared_reason="好" if cleared else "",
            cleared_by=world.agency_clerk if cleared else None, **given,
        )  # fmt: skip
    assert [one.key for one in findings.ordered(mine.findings.all())] == ["stop", "doubt", "note", "cleared", "gone"]


def test_what_is_not_worded_says_at_least_its_kind(world: World) -> None:
    """A finding of a version to come is not an error of this one."""
    mine, _theirs = copies(world)
    row = Finding(application=mine, kind=FindingKind.LIMIT, weight="note", params={"word": "of the future"})
    assert findings.said(row) == FindingKind.LIMIT.label


def test_every_case_panel_of_the_checks_stays_away_where_it_has_nothing_to_show(world: World, rf: Any) -> None:
    """A draft shows none of them, not even to those who see everything."""
    from tidui.casework import actions

    begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    request = rf.get("/")
    request.user = world.department_officer
    for panel in (panels_checks.findings, panels_checks.joint_checks, panels_checks.letter, panels_checks.letter_to_come):
        assert panel(request, begun) is None
    with pytest.raises(LookupError):
        letters.refusal(begun)


