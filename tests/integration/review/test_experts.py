"""The register of experts: into it, in it, out of it, and which account is whose."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.people import World, make_user
from tests.review import make_experts

from tidui.audit.models import Event
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.kit.visibility import visible_to
from tidui.review import affirming, importing, linking, recusing
from tidui.review.actions import experts as actions
from tidui.review.enums import ExpertKind, ExpertState, TieKind, TieSource, TitleLevel
from tidui.review.models import Absence, Expert, ExpertField, Tie

pytestmark = pytest.mark.django_db


def _said(**changed: Any) -> dict[str, Any]:
    return {
        "name": "张专家", "kind": ExpertKind.TECHNICAL, "title": "教授", "level": TitleLevel.SENIOR, "qualification": "",
        "years": 12, "employer": "兰州大学", "employer_uscc": "", "division": "620102", "mobile": "13911110000",
        "email": "", "load": None, "bank": "", "account": "", **changed,
    }  # fmt: skip


def _nominated(world: World, **changed: Any) -> Expert:
    return actions.nominate(
        said=_said(**changed), fields=["803", "80"], unit=world.county, by=world.county_officer, at=timezone.now()
    )


# ---------------------------------------------------------------------- into the register
def test_a_unit_nominates_and_the_department_confirms_for_a_term(world: World) -> None:
    made = _nominated(world)
    assert (made.state, made.nominated_by_id) == (ExpertState.NOMINATED, world.county.pk)
    assert Message.objects.filter(kind="review.expert_waiting", recipient=world.department_officer).exists()
    held = actions.confirm(expert=made, by=world.department_officer, at=timezone.now())
    today = clock.today()
    assert (held.state, held.since, held.affirmed_on) == (ExpertState.CONFIRMED, today, today)
    assert held.until == actions.term_from(today)
    assert [(one.code, one.main) for one in held.fields.order_by("code")] == [("80", False), ("803", True)]
    assert Message.objects.filter(kind="review.expert_confirmed", recipient=world.county_officer).exists()


def test_nobody_nominates_for_a_unit_that_is_not_theirs(world: World) -> None:
    with pytest.raises(NotAllowed):
        actions.nominate(said=_said(), fields=["803"], unit=world.county, by=world.other_county_officer, at=timezone.now())
    with pytest.raises(NotAllowed):
        actions.nominate(said=_said(), fields=["803"], unit=world.county, by=world.clerk_a, at=timezone.now())


def test_a_person_applies_once_and_again_after_a_refusal(world: World) -> None:
    made = actions.apply(said=_said(), fields=["803"], by=world.stranger, at=timezone.now())
    with pytest.raises(NotAllowed, match="already"):
        actions.apply(said=_said(), fields=["803"], by=world.stranger, at=timezone.now())
    actions.decline(expert=made, by=world.department_officer, at=timezone.now(), reason="领域不符")
    again = actions.apply(said=_said(title="研究员"), fields=["401"], by=world.stranger, at=timezone.now())
    assert (again.pk, again.state, again.title) == (made.pk, ExpertState.APPLIED, "研究员")
    assert list(ExpertField.objects.values_list("code", flat=True)) == ["401"]


def test_who_does_not_meet_the_rule_is_confirmed_only_with_a_reason_that_is_kept(world: World) -> None:
    made = _nominated(world, level=TitleLevel.MIDDLE)
    with pytest.raises(NotAllowed, match="unqualified"):
        actions.confirm(expert=made, by=world.department_officer, at=timezone.now())
    held = actions.confirm(expert=made, by=world.department_officer, at=timezone.now(), override="省内唯一该领域专家")
    assert held.reason == "省内唯一该领域专家"
    told = Event.objects.filter(verb="review.confirm_expert").latest("pk")
    assert told.details["qualified"] is False and told.details["override"] == "省内唯一该领域专家"


def test_nobody_decides_on_themselves_or_without_being_of_the_department(world: World) -> None:
    own = actions.apply(said=_said(), fields=["803"], by=world.department_officer, at=timezone.now())
    for person in (world.department_officer, world.county_officer, world.inspector):
        with pytest.raises(NotAllowed):
            actions.confirm(expert=own, by=person, at=timezone.now())
    assert actions.confirm(expert=own, by=world.department_leader, at=timezone.now()).state == ExpertState.CONFIRMED


def test_a_term_does_not_end_before_it_begins(world: World) -> None:
    made = _nominated(world)
    with pytest.raises(NotAllowed):
        actions.confirm(
            expert=made, by=world.department_officer, at=timezone.now(), since=dt.date(2026, 5, 1), until=dt.date(2026, 4, 1)
        )


# ---------------------------------------------------------------------- in the register
def test_pause_resume_renew_and_end_each_from_the_right_state(world: World) -> None:
    held, by, now = make_experts(world, 1)[0], world.department_officer, timezone.now()
    with pytest.raises(NotAllowed):
        actions.pause(expert=held, by=by, at=now, reason=" ")
    assert actions.pause(expert=held, by=by, at=now, reason="调查").state == ExpertState.PAUSED
    assert not recusing.suitable_experts(clock.today()).exists()
    with pytest.raises(NotAllowed):
        actions.pause(expert=held, by=by, at=now, reason="再次")
    assert actions.resume(expert=held, by=by, at=now).state == ExpertState.CONFIRMED
    later = clock.today() + dt.timedelta(days=2000)
    assert actions.renew(expert=held, by=by, at=now, until=later).until == later
    ended = actions.end(expert=held, by=by, at=now, reason="退休")
    assert (ended.state, ended.until) == (ExpertState.ENDED, clock.today())
    with pytest.raises(NotAllowed):
        actions.resume(expert=held, by=by, at=now)


def test_an_expert_changes_what_the_confirmation_does_not_rest_on(world: World) -> None:
    held = make_experts(world, 1)[0]
    assert held.user is not None
    said = _said(name="改名", kind=ExpertKind.FINANCIAL, level=TitleLevel.NONE, mobile="13911112222", employer=held.employer)
    after = actions.change(expert=held, said=said, fields=["401"], by=held.user, at=timezone.now(), seen=0)
    assert (after.name, after.kind, after.level) == (held.name, held.kind, held.level)
    assert (after.mobile, after.version) == ("13911112222", 1)
    with pytest.raises(NotAllowed, match="stale"):
        actions.change(expert=held, said=said, fields=["401"], by=held.user, at=timezone.now(), seen=0)
    other = make_experts(world, 1, prefix="别")[0]
    with pytest.raises(NotAllowed):
        actions.change(expert=held, said=said, fields=["401"], by=other.user, at=timezone.now(), seen=1)  # type: ignore[arg-type]


def test_a_tie_is_declared_by_the_expert_and_removed_by_the_department_only(world: World) -> None:
    held = make_experts(world, 1)[0]
    assert held.user is not None
    made = actions.add_tie(expert=held, kind=TieKind.KIN, name=world.b.name, by=held.user, at=timezone.now())
    assert (made.source, made.organisation_id) == (TieSource.OWN, world.b.pk)
    with pytest.raises(NotAllowed):
        actions.remove_tie(tie=made, by=held.user, at=timezone.now(), reason="不再")
    actions.remove_tie(tie=made, by=world.department_officer, at=timezone.now(), reason="登记错误")
    assert Tie.objects.get().removed_at is not None
    with pytest.raises(ValidationError):
        actions.add_tie(
            expert=held, kind=TieKind.KIN, name="x", by=held.user, at=timezone.now(), since=dt.date(2026, 2, 1),
            until=dt.date(2026, 1, 1),
        )  # fmt: skip


def test_a_tie_that_is_over_keeps_away_for_years_and_ends_no_earlier_than_it_was_recorded(world: World) -> None:
    held, today = make_experts(world, 1)[0], clock.today()
    assert held.user is not None
    made = actions.add_tie(expert=held, kind=TieKind.ADVISER, name=world.b.name, by=held.user, at=timezone.now())
    with pytest.raises(NotAllowed, match="too-early"):
        actions.end_tie(tie=made, until=today - dt.timedelta(days=1), by=held.user, at=timezone.now())
    with pytest.raises(NotAllowed):
        actions.end_tie(tie=made, until=today, by=world.clerk_a, at=timezone.now())
    actions.end_tie(tie=made, until=today, by=held.user, at=timezone.now())
    client = _client(held.user)
    assert client.post(reverse("review:end_tie", args=[made.pk]), {"until": ""}).status_code == 302
    assert Tie.objects.get().until == today


def test_an_absence_is_entered_and_taken_back_by_the_expert(world: World) -> None:
    held = make_experts(world, 1)[0]
    assert held.user is not None
    today = clock.today()
    made = actions.add_absence(expert=held, since=today, until=today, reason="出差", by=held.user, at=timezone.now())
    assert not recusing.suitable_experts(today).exists()
    with pytest.raises(NotAllowed):
        actions.remove_absence(absence=made, by=world.clerk_a, at=timezone.now())
    actions.remove_absence(absence=made, by=held.user, at=timezone.now())
    assert not Absence.objects.exists() and recusing.suitable_experts(today).exists()


# ---------------------------------------------------------------------- once a year
def test_who_has_to_affirm_is_reminded_once_in_thirty_days_and_drawn_again_after(world: World) -> None:
    due, fresh = make_experts(world, 2)
    now = timezone.now()
    Expert.objects.filter(pk=due.pk).update(affirmed_on=clock.today() - dt.timedelta(days=340))
    assert affirming.remind(now) == 1
    assert affirming.remind(now + dt.timedelta(days=29)) == 0
    assert affirming.remind(now + dt.timedelta(days=31)) == 1
    assert Message.objects.filter(kind=affirming.TEMPLATE, recipient=due.user).count() == 2
    assert not Message.objects.filter(recipient=fresh.user).exists()
    assert due.user is not None
    Expert.objects.filter(pk=due.pk).update(affirmed_on=clock.today() - dt.timedelta(days=400))
    assert list(recusing.suitable_experts(clock.today())) == [fresh]
    actions.affirm(expert=due, by=due.user, at=now)
    assert recusing.suitable_experts(clock.today()).count() == 2
    with pytest.raises(NotAllowed):
        actions.affirm(expert=due, by=fresh.user, at=now)  # type: ignore[arg-type]


# ---------------------------------------------------------------------- accounts
def test_the_department_links_an_account_of_the_same_name(world: World) -> None:
    made = _nominated(world)
    person = make_user("zhang", "张专家")
    with pytest.raises(NotAllowed):
        linking.link(expert=made, username="clerk_a", by=world.department_officer, at=timezone.now())
    linking.link(expert=made, username="zhang", by=world.department_officer, at=timezone.now())
    made.refresh_from_db()
    assert made.user_id == person.pk
    with pytest.raises(NotAllowed):
        linking.link(expert=made, username="zhang", by=world.department_officer, at=timezone.now())


def test_a_link_works_once_within_its_days_while_its_giver_keeps_the_register(world: World) -> None:
    made, now = _nominated(world), timezone.now()
    token = linking.invite(expert=made, by=world.department_officer, at=now)
    assert linking.opened(token, now + linking.OPEN_FOR) is None
    assert linking.opened(token + "x", now) is None
    person = make_user("zhang", "张专家")
    linking.claim(token=token, by=person, at=now)
    made.refresh_from_db()
    assert made.user_id == person.pk
    with pytest.raises(NotAllowed):
        linking.claim(token=token, by=world.stranger, at=now)
    with pytest.raises(NotAllowed):
        linking.invite(expert=made, by=world.department_officer, at=now)


# ---------------------------------------------------------------------- who sees whom
def test_an_expert_is_seen_by_the_department_their_unit_and_themselves(world: World) -> None:
    made = _nominated(world)
    own = make_experts(world, 1)[0]
    assert set(visible_to(world.department_officer, Expert)) == {made, own}
    assert list(visible_to(world.county_officer, Expert)) == [made]
    assert list(visible_to(own.user, Expert)) == [own]
    for person in (world.other_county_officer, world.clerk_a, world.stranger):
        assert not visible_to(person, Expert).exists()


# ---------------------------------------------------------------------- pages
def _client(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _form(**changed: str) -> dict[str, Any]:
    return {
        "name": "李专家", "kind": "technical", "level": "senior", "title": "研究员", "years": "12", "main": "803",
        "more": ["801", "20"], "employer": "甘肃省科学院", "employer_uscc": "", "division": "620102",
        "mobile": "13911113333", "email": "", "load": "", "bank": "", "account": "", "qualification": "", **changed,
    }  # fmt: skip


def test_a_nomination_goes_through_its_pages_without_scripts(world: World) -> None:
    client = _client(world.county_officer)
    assert client.get(reverse("review:nominate_expert")).status_code == 200
    bad = client.post(reverse("review:nominate_expert"), {**_form(main=""), "unit": world.county.pk})
    assert bad.status_code == 422 and "技术专家须选择主要领域" in bad.content.decode()
    client.post(reverse("review:nominate_expert"), {**_form(), "unit": world.county.pk})
    made = Expert.objects.get(name="李专家")
    assert sorted(one.code for one in made.fields.all()) == ["20", "801", "803"]
    assert client.get(reverse("review:expert", args=[made.pk])).status_code == 200
    officer = _client(world.department_officer)
    shown = officer.get(reverse("review:expert", args=[made.pk])).content.decode()
    assert "确认入库" in shown and "国科发火〔2016〕195号" in shown
    today = clock.today()
    officer.post(
        reverse("review:confirm_expert", args=[made.pk]), {"since": today, "until": today + dt.timedelta(days=365)}
    )
    made.refresh_from_db()
    assert made.state == ExpertState.CONFIRMED


def test_an_expert_keeps_their_own_page(world: World) -> None:
    held = make_experts(world, 1)[0]
    Expert.objects.filter(pk=held.pk).update(account="6222020200112233445", bank="工商银行")
    client = _client(held.user)
    shown = client.get(reverse("review:own_expert")).content.decode()
    assert "6222020200112233445" not in shown and "3445" in shown
    client.post(reverse("review:affirm_expert"))
    client.post(reverse("review:add_tie", args=[held.pk]), {"tie-kind": "kin", "tie-name": "某公司"})
    day = clock.today().isoformat()
    client.post(reverse("review:add_absence", args=[held.pk]), {"absence-since": day, "absence-until": day})
    assert (held.ties.count(), held.absences.count()) == (1, 1)
    narrow = client.get(reverse("review:edit_expert", args=[held.pk])).content.decode()
    assert 'name="employer"' in narrow and 'name="level"' not in narrow
    other = make_experts(world, 1, prefix="别")[0]
    assert client.get(reverse("review:edit_expert", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_many_stand_in_it(
    world: World, count: int, django_assert_num_queries: Any
) -> None:
    make_experts(world, count, fields=("803", "401"))
    client = _client(world.department_officer)
    part = {"HX-Request": "true", "HX-Target": "list-review-experts"}
    client.get(reverse("review:experts"), headers=part)
    with django_assert_num_queries(LIST_QUERIES):
        answer = client.get(reverse("review:experts"), {"field": "80"}, headers=part)
    assert answer.content.decode().count("技专家0") >= count


#: Of the list itself, without the navigation.
LIST_QUERIES = 9


def test_the_list_is_filtered_by_field_on_both_levels(world: World) -> None:
    narrow, whole = make_experts(world, 1, prefix="甲", fields=("803",)) + make_experts(world, 1, prefix="乙", fields=("80",))
    client = _client(world.department_officer)
    shown = client.get(reverse("review:experts"), {"field": "803"}).content.decode()
    assert narrow.name in shown and whole.name in shown
    shown = client.get(reverse("review:experts"), {"field": "801"}).content.decode()
    assert narrow.name not in shown and whole.name in shown


def test_bulk_confirmation_takes_only_who_meets_the_rule(world: World) -> None:
    good, bad = _nominated(world), _nominated(world, name="王专家", mobile="13911119999", level=TitleLevel.MIDDLE)
    answer = _client(world.department_officer).post(
        reverse("review:experts"), {"action": "confirm", "ids": [good.pk, bad.pk], "confirmed": "1"}
    )
    assert answer.status_code in (200, 302)
    states = {one.name: one.state for one in Expert.objects.all()}
    assert states == {"张专家": ExpertState.CONFIRMED, "王专家": ExpertState.NOMINATED}


# ---------------------------------------------------------------------- from a file
HEAD = "姓名,类别,职称级别,职称,执业资格,相关工作年限,主要领域,其他领域,工作单位,所在地,手机号码\n"


def test_a_file_is_shown_row_by_row_and_only_its_good_rows_are_taken_over(world: World, tmp_path: Any) -> None:
    _nominated(world)
    lines = [
        "赵一,技术专家,正高级,教授,,15,高性能、智能化仪器仪表,801；804,兰州理工大学,城关区,13922220001",
        "钱二,财务专家,中级,会计师,注册会计师,11,,,陇会会计师事务所,620102,13922220002",
        "孙三,技术专家,正高级,教授,,15,999,,兰州理工大学,620102,13922220003",
        "张专家,技术专家,正高级,教授,,12,803,,兰州大学,620102,13933330000",
        "赵一,技术专家,正高级,教授,,15,803,,兰州理工大学,620102,13922220001",
        ",,,,,,,,,,",
    ]
    client = _client(world.department_officer)
    place = tmp_path / "experts.csv"
    place.write_text(HEAD + "\n".join(lines), encoding="utf-8-sig")
    with place.open("rb") as handed:
        answer = client.post(reverse("review:import_experts"), {"document": handed})
    assert answer.status_code == 302
    shown = client.get(answer["Location"]).content.decode()
    assert "主要领域" in shown
    rows = importing.read(place, "experts.csv")
    assert [(row.good, row.known, bool(row.faults)) for row in rows] == [
        (True, False, False), (True, False, False), (False, False, True), (False, True, False), (False, True, False),
    ]  # fmt: skip
    client.post(answer["Location"])
    taken = {one.name: one for one in Expert.objects.exclude(name="张专家")}
    assert set(taken) == {"赵一", "钱二"} and taken["赵一"].state == ExpertState.NOMINATED
    assert {one.code for one in taken["赵一"].fields.all()} == {"803", "801", "804"}
    client.post(answer["Location"])
    assert Expert.objects.count() == 3


def test_a_file_without_the_headings_is_refused_in_words(tmp_path: Any) -> None:
    place = tmp_path / "x.csv"
    place.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(importing.Unreadable, match="没有找到表头"):
        importing.read(place, "x.csv")


def test_the_template_is_read_back_without_a_fault(world: World, tmp_path: Any) -> None:
    answer = _client(world.department_officer).get(reverse("review:import_template"))
    place = tmp_path / "template.csv"
    place.write_bytes(answer.content)
    assert [row.good for row in importing.read(place, "template.csv")] == [True, True]
