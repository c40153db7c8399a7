"""Calls, quotas and batches: what is public, what is fixed, who gets the last place, who leaves a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.casework import ANSWERS, accepted, confirmed, facts_of_form, make_call, submitted
from tests.people import World, make_organisation, make_world
from tidui.accounts.models import User
from tidui.audit.models import Event
from tidui.casework import actions, bulk, call_page, hooks, quotas
from tidui.casework import programme as programmes
from tidui.casework.actions import batches, calls
from tidui.casework.actions.quotas import set_quotas
from tidui.casework.enums import CallState, State, Turn
from tidui.casework.kinds import CONFIRMATION, RECOMMENDATION, SELF_EVALUATION
from tidui.casework.models import Application, Batch, Call, Quota
from tidui.casework.programme import Form, Programme, Stage
from tidui.kit import clock
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.lang import Pair
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def page_of(user: User | None, name: str, *arguments: Any, language: str = "zh-hans", **query: str) -> Any:
    """A page as this person gets it."""
    client = Client(headers={"host": "localhost"})
    if user is not None:
        client.force_login(user)
    client.cookies["tidui_language"] = language
    return client.get(reverse(f"casework:{name}", args=arguments), query)


def post_to(user: User, name: str, *arguments: Any, **data: Any) -> Any:
    """The answer to a form that this person sends."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client.post(reverse(f"casework:{name}", args=arguments), data)


def queries_of(user: User | None, name: str, element: str) -> int:
    """How often a list asks the database, with the session, the person and their standing; without the navigation."""
    client = Client(headers={"host": "localhost", "HX-Request": "true", "HX-Target": element})
    if user is not None:
        client.force_login(user)
    client.get(reverse(f"casework:{name}"))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(f"casework:{name}")).status_code == 200
    return len(asked)


def draft(world: World, *, at: dt.datetime | None = None, **changed: Any) -> Call:
    """A call that the department has drafted."""
    now = at or timezone.now()
    said = {
        "programme_name": "tech-sme", "year": 2026, "title": "2026 年评价申报通知", "text": "第一段\n\n第二段",
        "opens_at": now + DAY, "closes_at": now + 30 * DAY,
    }  # fmt: skip
    return calls.draft_call(**said | changed, by=world.department_officer, at=now)


@pytest.fixture
def recommended() -> Iterator[Programme]:
    """A small programme with a recommendation, known during one test."""
    made = programmes.register(
        Programme(
            name="small", title=Pair("小项目", "small grant"), lead=Pair("推荐后确认。", "Recommended, then confirmed."),
            policy="cn/tech-sme", prefix="XM", by_unit=True, form=Form(version="1", asked=()),
            stages=(
                Stage("filling", SELF_EVALUATION), Stage("recommendation", RECOMMENDATION, days=5),
                Stage("confirmation", CONFIRMATION, days=5),
            ),
        )
    )  # fmt: skip
    yield made
    programmes.forget("small")


def at_unit(world: World, call: Call, letter: str) -> Application:
    """An application of another enterprise of 城关区 that waits for its recommendation."""
    from tests.people import make_member, make_user
    from tidui.accounts.enums import Role

    enterprise = make_organisation("enterprise", f"兰州{letter}科技有限公司", "620102")
    person = make_user(f"clerk-{letter}", f"填报{letter}")
    make_member(person, enterprise, Role.CLERK)
    now = timezone.now()
    begun = actions.begin(call=call, organisation=enterprise, by=person, at=now)
    stated = facts_of_form(clock.day_of(now).year - 1)
    return actions.submit(
        application=begun, stated=stated, answers=ANSWERS, by=person, at=now, seen=begun.version
    ).application


class TestTheServersClock:
    def test_takes_what_arrives_at_the_last_moment_and_refuses_what_comes_after_it(self, world: World) -> None:
        call = make_call(world)
        begun = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
        late = actions.begin(call=call, organisation=world.b, by=world.clerk_b, at=timezone.now())

        def send(application: Application, by: User, at: dt.datetime) -> Application:
            return actions.submit(
                application=application, stated=facts_of_form(2025), answers=ANSWERS, by=by, at=at,
                seen=application.version, agency=world.agency,
            ).application  # fmt: skip

        assert send(begun, world.clerk_a, call.closes_at).state == State.ACTIVE
        with pytest.raises(NotAllowed) as told:
            send(late, world.clerk_b, call.closes_at + dt.timedelta(microseconds=1))
        assert told.value.refused.code == "call-closed"
        late.refresh_from_db()
        assert (late.state, late.number, late.submissions.count()) == (State.DRAFT, None, 0)

    def test_ends_drafts_that_were_not_submitted_and_a_prolongation_brings_them_back(self, world: World) -> None:
        call = make_call(world)
        begun = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
        Application.objects.filter(pk=begun.pk).update(answers={"q.contact": {"text": "白小慧", "version": 1}})
        over = call.closes_at + calls.GRACE + MINUTE
        assert calls.lapse_drafts(call.closes_at + calls.GRACE) == 0

        assert calls.lapse_drafts(over) == 1
        begun.refresh_from_db()
        assert (begun.state, begun.turn, begun.ended_at) == (State.LAPSED, Turn.NOBODY, over)
        assert calls.lapse_drafts(over) == 0

        calls.prolong_call(call=call, closes_at=over + DAY, reason="系统故障", by=world.department_officer, at=over)
        begun.refresh_from_db()
        assert (begun.state, begun.holder, begun.ended_at) == (State.DRAFT, world.a, None)
        assert begun.answers["q.contact"]["text"] == "白小慧"

    def test_a_prolongation_does_not_bring_back_what_was_begun_anew(self, world: World) -> None:
        call = make_call(world)
        first = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
        over = call.closes_at + calls.GRACE + MINUTE
        calls.lapse_drafts(over)
        calls.prolong_call(call=call, closes_at=over + DAY, reason="延长", by=world.department_officer, at=over)
        Application.objects.filter(pk=first.pk).update(
            state=State.LAPSED, turn=Turn.NOBODY, holder=None, ended_at=over
        )
        second = actions.begin(call=Call.objects.get(pk=call.pk), organisation=world.a, by=world.clerk_a, at=over)
        calls.prolong_call(call=call, closes_at=over + 2 * DAY, reason="再延长", by=world.department_officer, at=over)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == (State.LAPSED, State.DRAFT)

    @pytest.mark.parametrize(
        ("rest", "said"),
        [
            (3 * DAY + MINUTE, "3 天"), (DAY, "1 天"), (DAY - MINUTE, "23 小时"), (59 * MINUTE, "59 分钟"),
            (dt.timedelta(seconds=40), "不到 1 分钟"),
        ],
    )  # fmt: skip
    def test_the_time_that_is_left_is_said_in_words(self, rest: dt.timedelta, said: str) -> None:
        assert call_page.span(rest) == said


class TestACall:
    def test_as_a_draft_is_seen_by_nobody_but_the_department(self, world: World) -> None:
        made = draft(world)
        assert page_of(None, "call", made.pk).status_code == 404
        assert page_of(world.clerk_a, "call", made.pk).status_code == 404
        assert page_of(world.department_officer, "call", made.pk).status_code == 200
        for call in (made.pk, made.pk + 1):
            assert page_of(world.clerk_a, "apply", call, world.a.pk).status_code == 404
            assert post_to(world.clerk_a, "hand_in", call, world.a.pk).status_code == 404
        assert "评价申报通知" not in page_of(None, "calls").content.decode()

    def test_is_public_once_it_is_published_with_what_it_needs_and_its_way(self, world: World) -> None:
        made = calls.publish_call(call=draft(world, document_number="甘科高〔2026〕1号"), by=world.department_officer, at=timezone.now())
        said = page_of(None, "call", made.pk).content.decode()
        for text in ("甘科高〔2026〕1号", "即将开始", "企业", "评价机构审核", "5 个工作日", "主要产品（服务）", "赋号前先经税务核验", "第二段"):
            assert text in said
        assert "2026 年评价申报通知" in page_of(None, "calls").content.decode()

    def test_fixes_its_settings_and_the_days_of_its_stages_for_good(self, world: World) -> None:
        answer = post_to(
            world.department_officer, "publish_call", draft(world).pk,
            **publishing() | {"days.notice": "7", "days.agency_check": "8"},
        )  # fmt: skip
        assert answer.status_code == 302
        made = Call.objects.get()
        assert made.state == CallState.PUBLISHED
        assert (made.settings["days.notice"], made.settings["days.agency_check"], made.settings["tax_first"]) == (7, 8, True)
        step = next(one for one in call_page.steps(call_page.owner_of(made), made.settings) if "机构" in one.title)
        assert step.time == "8 个工作日"

    def test_that_is_published_cannot_be_edited_or_thrown_away(self, world: World) -> None:
        made = make_call(world)
        for name in ("edit_call", "discard_call", "publish_call"):
            assert page_of(world.department_officer, name, made.pk).status_code == 403
        with pytest.raises(NotAllowed):
            calls.discard_call(call=made, by=world.department_officer, at=timezone.now())
        assert Call.objects.filter(pk=made.pk).exists()

    def test_whose_time_is_over_cannot_be_published(self, world: World) -> None:
        made = draft(world, opens_at=timezone.now() - 2 * DAY, closes_at=timezone.now() - DAY)
        with pytest.raises(ValidationError):
            calls.publish_call(call=made, by=world.department_officer, at=timezone.now())

    def test_is_only_the_departments_to_write(self, world: World) -> None:
        made = draft(world)
        for person in (world.county_officer, world.clerk_a, world.inspector, world.department_administrator):
            for name in ("publish_call", "edit_call"):
                assert page_of(person, name, made.pk).status_code in (403, 404)
            with pytest.raises(NotAllowed):
                calls.publish_call(call=made, by=person, at=timezone.now())

    def test_of_last_year_is_the_base_of_the_next(self, world: World) -> None:
        made = make_call(world)
        Call.objects.filter(pk=made.pk).update(title="2026 年评价申报通知", year=2026)
        client = Client(headers={"host": "localhost"})
        client.force_login(world.department_officer)
        said = client.get(reverse("casework:draft_call"), {"from": made.pk}).content.decode()
        assert "2027 年评价申报通知" in said
        assert f"{made.closes_at.astimezone(clock.LEGAL_ZONE).year + 1}-" in said

    def test_can_be_edited_thrown_away_prolonged_and_closed_in_the_browser(self, world: World) -> None:
        officer = world.department_officer
        data = {
            "programme": "tech-sme", "year": "2026", "title": "新通知", "opens_at": "2026-01-01T08:00",
            "closes_at": "2099-01-31T18:00", "text": "", "document_number": "",
        }  # fmt: skip
        assert post_to(officer, "draft_call", **data).status_code == 302
        made = Call.objects.get()
        assert clock.day_of(made.opens_at) == dt.date(2026, 1, 1)
        assert post_to(officer, "edit_call", made.pk, **data | {"closes_at": "2025-01-01T08:00"}).status_code == 422
        assert post_to(officer, "edit_call", made.pk, **data | {"title": "改过的通知"}).status_code == 302
        assert post_to(officer, "discard_call", draft(world).pk).status_code == 302
        assert [one.title for one in Call.objects.all()] == ["改过的通知"]
        calls.publish_call(call=made, by=officer, at=timezone.now())
        later = {"closes_at": "2099-02-28T18:00", "reason": "应企业要求"}
        assert post_to(officer, "prolong_call", made.pk, **later).status_code == 302
        assert post_to(officer, "prolong_call", made.pk, **later).status_code == 422
        assert post_to(officer, "close_call", made.pk, reason="").status_code == 422
        assert post_to(officer, "close_call", made.pk, reason="名额已满").status_code == 302
        made.refresh_from_db()
        assert made.state == CallState.CLOSED


def publishing() -> dict[str, str]:
    """The form that publishes a call, as it is shown."""
    from tidui.casework.call_forms import PublishForm
    from tidui.casework.programme import programme

    owner = programme("tech-sme")
    form = PublishForm(owner=owner, settings=calls.settings_on(owner, clock.today()))
    return {name: str(field.initial) for name, field in form.fields.items()}


def number_given(world: World, number: str, until: dt.date) -> None:
    """Enterprise `a` holds a technology-SME number."""
    facts = {"sme_number": number, "sme_valid_until": until, "sme_revoked_on": NONE, "sme_barred_until": NONE}
    write_return(
        organisation=world.a, section="enterprise", year=None, facts=facts, source=Source.RECOGNITION,
        by=world.department_officer, at=timezone.now(), filed_for=world.department,
    )  # fmt: skip


def asked_by(user: User, name: str, *arguments: Any) -> int:
    """How often a page asks the database."""
    with CaptureQueriesContext(connection) as asked:
        assert page_of(user, name, *arguments).status_code == 200
    return len(asked)


class TestTheWayIn:
    def test_leads_to_the_form_and_begins_nothing(self, world: World) -> None:
        call = make_call(world)
        address = reverse("casework:apply", args=[call.pk, world.a.pk])
        assert f'href="{address}"' in page_of(world.clerk_a, "call", call.pk).content.decode()
        assert page_of(world.clerk_a, "apply", call.pk, world.a.pk).status_code == 200
        assert not Application.objects.exists()

    def test_tells_who_holds_the_status_before_the_work_is_done(self, world: World) -> None:
        """With the number, until when it holds and what applies: on the call's page, its form, and once it is begun."""
        call, year = make_call(world), clock.today().year
        number, until = f"{year}62010201234567", dt.date(year, 12, 31)
        pages = [("call", call.pk), ("apply", call.pk, world.a.pk)]
        number_given(world, f"{year - 1}62010207654321", dt.date(year - 1, 12, 31))
        before = [asked_by(world.clerk_a, *page) for page in pages]
        number_given(world, number, until)
        assert [asked_by(world.clerk_a, *page) for page in pages] == before
        for name, *key in pages:
            said = page_of(world.clerk_a, name, *key).content.decode()
            assert "已具有科技型中小企业资格" in said and f"编号 {number}，有效至{until.year}年12月31日。" in said
            assert "三个月内报告" in said and "仍可提交" in said
            english = page_of(world.clerk_a, name, *key, language="en").content.decode()
            assert f"Number {number}, valid until 31 Dec {until.year}." in english
        post_to(world.clerk_a, "apply", call.pk, world.a.pk, do="save")
        begun = Application.objects.get()
        assert number in page_of(world.clerk_a, "form", begun.pk).content.decode()
        for other in (world.clerk_b, world.county_officer, None):
            assert number not in page_of(other, "call", call.pk).content.decode()

    def test_says_nothing_of_a_status_that_ends_within_the_year(self, world: World) -> None:
        call, year = make_call(world), clock.today().year
        number_given(world, f"{year}62010201234567", dt.date(year, 12, 30))
        for name, *key in [("call", call.pk), ("apply", call.pk, world.a.pk)]:
            assert "已具有" not in page_of(world.clerk_a, name, *key).content.decode()

    def test_leads_to_what_a_colleague_has_begun(self, world: World) -> None:
        call = make_call(world)
        post_to(world.clerk_a, "apply", call.pk, world.a.pk, do="save")
        made = Application.objects.get()
        assert page_of(world.administrator_a, "apply", call.pk, world.a.pk).url == reverse("casework:form", args=[made.pk])
        assert "继续填写" in page_of(world.clerk_a, "call", call.pk).content.decode()

    def test_leads_to_what_was_withdrawn_and_in_again(self, world: World) -> None:
        call, now = make_call(world), timezone.now()
        sent = submitted(world, call)
        actions.withdraw(application=sent, reason="不报了", by=world.clerk_a, at=now, seen=sent.version)
        shown = page_of(world.clerk_a, "call", call.pk).content.decode()
        past, again = reverse("casework:case", args=[sent.pk]), reverse("casework:apply", args=[call.pk, world.a.pk])
        assert f'<a href="{past}">已撤回 · {sent.number}</a>' in shown and f'href="{again}"' in shown
        assert page_of(world.clerk_a, "case", sent.pk).status_code == 200

    def test_is_closed_to_others(self, world: World) -> None:
        call = make_call(world)
        for name in ("apply", "keep", "work_out", "hand_in"):
            for other in (world.clerk_b, world.county_officer, world.inspector):
                assert post_to(other, name, call.pk, world.a.pk).status_code == 422
        assert page_of(world.clerk_b, "apply", call.pk, world.a.pk).status_code == 404
        assert page_of(world.county_officer, "apply", call.pk, world.a.pk).status_code == 403
        assert not Application.objects.exists()

    @pytest.mark.parametrize(
        ("opens", "closes", "said"), [(DAY, 2 * DAY, "申报尚未开始"), (-2 * DAY, -MINUTE, "申报已经截止")]
    )
    def test_says_why_it_is_not_open(self, world: World, opens: dt.timedelta, closes: dt.timedelta, said: str) -> None:
        call, now = make_call(world), timezone.now()
        Call.objects.filter(pk=call.pk).update(opens_at=now + opens, closes_at=now + closes)
        shown = page_of(world.clerk_a, "call", call.pk).content.decode()
        assert said in shown
        assert reverse("casework:apply", args=[call.pk, world.a.pk]) not in shown
        for status, refused in (
            (403, page_of(world.clerk_a, "apply", call.pk, world.a.pk)),
            (422, post_to(world.clerk_a, "apply", call.pk, world.a.pk)),
            (422, post_to(world.clerk_a, "hand_in", call.pk, world.a.pk)),
        ):
            assert refused.status_code == status
            assert said in refused.content.decode()
        assert not Application.objects.exists()

    def test_says_who_is_barred_and_for_whom_it_is_not(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        call = make_call(world)
        barred = Refused("barred", "编号撤销未满一年")
        monkeypatch.setattr(hooks, "_entries", [lambda call, organisation, at: barred])
        assert "编号撤销未满一年" in page_of(world.clerk_a, "call", call.pk).content.decode()
        assert page_of(world.clerk_a, "apply", call.pk, world.a.pk).status_code == 403
        world.a.kind = "carrier"
        world.a.save()
        assert "不受理该类单位" in page_of(world.clerk_a, "call", call.pk).content.decode()

    def test_shows_what_was_sent_instead_of_a_button(self, world: World) -> None:
        call = make_call(world)
        sent = submitted(world, call)
        shown = page_of(world.clerk_a, "call", call.pk).content.decode()
        assert reverse("casework:case", args=[sent.pk]) in shown
        assert reverse("casework:apply", args=[call.pk, world.a.pk]) not in shown


class TestAQuota:
    def test_gives_the_last_place_to_one_and_tells_the_other_why(self, world: World, recommended: Programme) -> None:
        call = make_call(world, programme="small")
        set_quotas(call=call, places={world.county.pk: 2}, by=world.department_officer, at=timezone.now())
        sent = [at_unit(world, call, letter) for letter in "甲乙丙"]
        for one, person in zip(sent[:2], (world.county_officer, world.county_leader), strict=True):
            actions.move(application=one, name="recommend", by=person, at=timezone.now(), seen=one.version)

        with pytest.raises(NotAllowed) as told:
            actions.move(
                application=sent[2], name="recommend", by=world.county_officer, at=timezone.now(), seen=sent[2].version
            )

        assert told.value.refused.code == "quota-used"
        assert "名额为 2 个，已推荐 2 个" in str(told.value.refused.reason)
        sent[2].refresh_from_db()
        assert (sent[2].stage, sent[2].holder) == ("recommendation", world.county)

    def test_is_locked_while_it_is_asked(self, world: World, recommended: Programme) -> None:
        call = make_call(world, programme="small")
        set_quotas(call=call, places={world.county.pk: 1}, by=world.department_officer, at=timezone.now())
        sent = at_unit(world, call, "甲")
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            actions.move(
                application=sent, name="recommend", by=world.county_officer, at=timezone.now(), seen=sent.version
            )
        reads = [one["sql"] for one in asked if 'FROM "casework_quota"' in one["sql"]]
        assert len(reads) == 1
        assert connection.vendor == "sqlite" or "FOR UPDATE" in reads[0]

    @pytest.mark.django_db(transaction=True)
    def test_is_shown_in_a_preview_which_locks_nothing(self, recommended: Programme) -> None:
        """A preview is in no transaction: on PostgreSQL a lock would be an error there."""
        world = make_world()
        call = make_call(world, programme="small")
        set_quotas(call=call, places={world.county.pk: 0}, by=world.department_officer, at=timezone.now())
        sent = at_unit(world, call, "甲")
        stage = recommended.stage("recommendation")
        move = stage.move("recommend")
        assert move is not None
        Application.objects.update(verdict="pass", doubts=0)
        found = bulk.found(world.county_officer, [sent.pk])
        (line,) = bulk.preview(world.county_officer, found, stage, move, timezone.now())
        assert line.code == "quota-used"

    def test_is_free_again_when_a_recommendation_is_taken_back_or_withdrawn(
        self, world: World, recommended: Programme
    ) -> None:
        call = make_call(world, programme="small")
        set_quotas(call=call, places={world.county.pk: 1}, by=world.department_officer, at=timezone.now())
        first, second, third = (at_unit(world, call, letter) for letter in "甲乙丙")
        now = timezone.now()
        step = actions.move(application=first, name="recommend", by=world.county_officer, at=now, seen=first.version)
        actions.undo(step=step, reason="点错了", by=world.county_officer, at=now)  # type: ignore[arg-type]
        actions.move(application=second, name="recommend", by=world.county_officer, at=now, seen=second.version)
        assert quotas.used(call, world.county) == 1
        second.refresh_from_db()
        actions.withdraw(application=second, reason="不做了", by=second.begun_by, at=now, seen=second.version)
        actions.move(application=third, name="recommend", by=world.county_officer, at=now, seen=third.version)
        assert quotas.used(call, world.county) == 1

    def test_does_not_bind_a_unit_that_has_none(self, world: World, recommended: Programme) -> None:
        call = make_call(world, programme="small")
        set_quotas(call=call, places={world.zone.pk: 0}, by=world.department_officer, at=timezone.now())
        sent = at_unit(world, call, "甲")
        actions.move(application=sent, name="recommend", by=world.county_officer, at=timezone.now(), seen=sent.version)
        assert quotas.used(call, world.county) == 1

    def test_cannot_be_less_than_what_was_recommended(self, world: World, recommended: Programme) -> None:
        call = make_call(world, programme="small")
        sent = at_unit(world, call, "甲")
        actions.move(application=sent, name="recommend", by=world.county_officer, at=timezone.now(), seen=sent.version)
        with pytest.raises(ValidationError) as told:
            set_quotas(
                call=call, places={world.county.pk: 0, world.zone.pk: 3}, by=world.department_officer, at=timezone.now()
            )
        assert "已推荐 1 项" in told.value.messages[0]

    def test_is_pasted_from_a_table_line_by_line(self, world: World, recommended: Programme) -> None:
        call = make_call(world, programme="small")
        officer = world.department_officer
        text = "城关区科学技术局\t12\n\n兰州新区，３个\n"
        assert post_to(officer, "quotas", call.pk, lines=text).status_code == 302
        assert dict(Quota.objects.values_list("unit__name", "most")) == {"城关区科学技术局": 12, "兰州新区": 3}
        wrong = post_to(officer, "quotas", call.pk, lines="城关区科学技术局 5\n没有这个局 3\n只有字")
        assert wrong.status_code == 422
        said = wrong.content.decode()
        assert "第 2 行的单位不是在用的推荐单位" in said
        assert "第 3 行读不出单位和名额" in said
        assert Quota.objects.get(unit=world.county).most == 12
        assert post_to(officer, "quotas", call.pk, unit=world.county.pk, most="").status_code == 302
        assert not Quota.objects.filter(unit=world.county).exists()

    def test_is_no_matter_of_a_programme_without_recommendation(self, world: World) -> None:
        assert page_of(world.department_officer, "quotas", make_call(world).pk).status_code == 404


class TestABatch:
    def test_takes_in_what_is_confirmed_and_closes_with_its_numbers(self, world: World) -> None:
        call = make_call(world)
        confirmed(world, accepted(world, submitted(world, call)))
        made = Batch.objects.get()
        Application.objects.update(doubts=2)
        shown = page_of(world.department_officer, "close_batch", made.pk).content.decode()
        assert world.a.name in shown
        assert "仍有存疑项的申报" in shown
        assert post_to(world.department_officer, "close_batch", made.pk).status_code == 302
        made.refresh_from_db()
        assert made.stage == "notice"
        assert made.closed_by == world.department_officer
        assert post_to(world.department_officer, "close_batch", made.pk).status_code == 422

    def test_that_is_empty_cannot_be_closed(self, world: World) -> None:
        made = calls.open_batch(call=make_call(world), title="第一批", by=world.department_officer, at=timezone.now())
        assert post_to(world.department_officer, "close_batch", made.pk).status_code == 422
        made.refresh_from_db()
        assert made.closed_at is None

    def test_gives_back_an_application_to_the_confirmation_while_it_is_open(self, world: World) -> None:
        held = confirmed(world, accepted(world, submitted(world, make_call(world))))
        assert held.batch is not None
        answer = post_to(world.department_officer, "take_out", held.pk, reason="材料待核", seen=held.version)
        assert answer.status_code == 302
        back = Application.objects.get(pk=held.pk)
        assert (back.batch, back.stage, back.holder) == (None, "confirmation", world.department)
        step = back.steps.order_by("-number")[0]
        assert (step.move, step.reason, step.details) == ("take_out", "材料待核", {"batch": held.batch.pk})
        again = confirmed(world, back)
        assert (again.batch, again.stage) == (held.batch, "notice")

    def test_that_is_closed_gives_nothing_back_but_lets_it_move_to_the_next(self, world: World) -> None:
        call = make_call(world)
        held = confirmed(world, accepted(world, submitted(world, call)))
        first = Batch.objects.get()
        officer, now = world.department_officer, timezone.now()
        calls.close_batch(batch=first, by=officer, at=now)
        with pytest.raises(NotAllowed) as told:
            batches.take_out(application=held, reason="材料待核", by=officer, at=now, seen=held.version)
        assert told.value.refused.code == "batch-closed"
        second = calls.open_batch(call=call, title="第二批", by=officer, at=now)
        assert post_to(officer, "rebatch", held.pk, to=second.pk, reason="异议待查", seen=held.version).status_code == 302
        held.refresh_from_db()
        assert (held.batch, held.stage) == (second, "notice")

    def test_does_not_take_what_has_gone_on(self, world: World) -> None:
        call = make_call(world)
        held = confirmed(world, accepted(world, submitted(world, call)))
        officer, now = world.department_officer, timezone.now()
        calls.close_batch(batch=Batch.objects.get(), by=officer, at=now)
        move = next(one for one in call_page.owner_of(call).stage("notice").moves if one.to == "next")
        actions.advance(application=held, name=move.name, at=now, expect="notice")
        second = calls.open_batch(call=call, title="第二批", by=officer, at=now)
        held.refresh_from_db()
        with pytest.raises(NotAllowed) as told:
            batches.rebatch(application=held, to=second, reason="太晚", by=officer, at=now, seen=held.version)
        assert told.value.refused.code == "gone-on"

    def test_lets_nobody_leave_without_a_reason_or_on_an_old_page(self, world: World) -> None:
        held = confirmed(world, accepted(world, submitted(world, make_call(world))))
        officer = world.department_officer
        assert post_to(officer, "take_out", held.pk, reason=" ").status_code == 422
        assert post_to(officer, "take_out", held.pk, reason="材料待核", seen=held.version - 1).status_code == 422
        for person in (world.county_officer, world.clerk_a, world.inspector):
            assert post_to(person, "take_out", held.pk, reason="材料待核").status_code in (404, 422)
        held.refresh_from_db()
        assert held.batch is not None

    def test_is_the_departments_alone(self, world: World) -> None:
        confirmed(world, accepted(world, submitted(world, make_call(world))))
        made = Batch.objects.get()
        assert page_of(world.department_officer, "batch", made.pk).status_code == 200
        assert page_of(world.inspector, "batch", made.pk).status_code == 200
        assert page_of(world.county_officer, "batch", made.pk).status_code == 403


class TestLists:
    def test_of_calls_and_batches_ask_as_often_for_many_as_for_one(self, world: World) -> None:
        officer = world.department_officer
        calls.open_batch(call=make_call(world), title="第一批", by=officer, at=timezone.now())

        def counted() -> tuple[int, int]:
            lists = ("calls", "list-casework-calls"), ("batches", "list-casework-batches")
            return queries_of(None, *lists[0]), queries_of(officer, *lists[1])

        one = counted()
        for _number in range(2):
            calls.open_batch(call=make_call(world), title="第一批", by=officer, at=timezone.now())
        assert counted() == one == (2, 6)

    def test_of_calls_are_narrowed_by_how_they_stand(self, world: World) -> None:
        call, now = make_call(world), timezone.now()
        Call.objects.filter(pk=call.pk).update(title="旧通知", opens_at=now - 2 * DAY, closes_at=now - DAY)
        make_call(world)
        said = page_of(None, "calls", phase="closed").content.decode()
        assert "旧通知" in said
        assert "评价申报通知" not in said

    def test_of_calls_speak_english(self, world: World) -> None:
        make_call(world)
        assert page_of(None, "calls", language="en").status_code == 200


def test_every_deed_leaves_an_event(world: World) -> None:
    """The department's work on calls and batches is told by who did it."""
    held = confirmed(world, accepted(world, submitted(world, make_call(world))))
    batches.take_out(
        application=held, reason="材料待核", by=world.department_officer, at=timezone.now(), seen=held.version
    )
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"casework.draft_call", "casework.publish_call", "casework.open_batch", "casework.move"} <= verbs
