"""Sampling checks: frozen, seeded, drawn so that anybody can draw again, checked by units."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.integration.recognition.held import number_of
from tests.people import World, make_organisation
from tidui.accounts.models import Organisation
from tidui.cli.main import main
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.recognition import sampling
from tidui.recognition.actions import sampling as checks
from tidui.recognition.enums import SampleState
from tidui.recognition.models import Revocation, Sample, Sampling

pytestmark = pytest.mark.django_db
SEED = "02 08 11 19 27 30 05"


def frozen(world: World, count: int = 21, **fields: Any) -> Sampling:
    """A frozen list of so many numbers in 城关区, whose seed comes tomorrow."""
    for serial in range(1, count + 1):
        enterprise = make_organisation("enterprise", f"兰州抽查{serial}号有限公司", "620102")
        number_of(world, enterprise, serial=serial)
    values: dict[str, Any] = {
        "programme_name": "tech-sme", "year": clock.today().year, "seed_source": "次日开奖号码",
        "seed_on": clock.today() + dt.timedelta(days=1), "by": world.department_officer, "at": timezone.now(),
    }  # fmt: skip
    return checks.freeze(**{**values, **fields})


def drawn(world: World, count: int = 21) -> Sampling:
    """The same, drawn a day later."""
    return checks.draw(
        drawn_from=frozen(world, count), seed=SEED, by=world.department_officer, at=timezone.now() + dt.timedelta(days=1)
    )


def refused(action: Any, /, **arguments: Any) -> str:
    """The code with which an action is refused."""
    with pytest.raises(NotAllowed) as told:
        action(**arguments)
    return told.value.refused.code


@pytest.mark.parametrize(("listed", "size"), [(1, 1), (19, 1), (20, 1), (21, 2), (40, 2), (41, 3), (303, 16)])
def test_five_percent_is_rounded_up(listed: int, size: int) -> None:
    assert sampling.size(listed, 5) == size


def test_the_draw_takes_the_smallest_tickets_whatever_the_order_of_the_list() -> None:
    codes = [f"91620102MA{place:08d}" for place in range(50)]
    first = sampling.draw(SEED, codes, 5)
    assert first == sampling.draw(SEED, reversed(codes), 5)
    last = sampling.ticket(SEED, first[-1])
    assert {code for code in codes if sampling.ticket(SEED, code) <= last} == set(first)
    assert first != sampling.draw(SEED + " ", codes, 5)


def test_the_frozen_list_leaves_out_what_a_high_tech_certificate_confirmed(world: World) -> None:
    """Its submission says by which route it passed."""
    filed = submitted(world, make_call(world))
    newest = filed.submissions.get()
    newest.result["outcomes"]["direct_route"] = "hte"
    type(newest).objects.filter(pk=newest.pk).update(result=newest.result)
    number_of(world, world.a, serial=900, application=filed)
    number_of(world, world.b, serial=901, revoked_on=clock.today())
    held = frozen(world, 20)
    assert (len(held.population), held.excluded, held.size, held.share) == (20, 1, 1, 5)
    assert held.population_digest == sampling.digest(code for code, _key in held.population)
    assert world.a.uscc not in {code for code, _key in held.population}


@pytest.mark.parametrize(("days", "code"), [(-1, "seed-too-early"), (0, "seed-too-early")])
def test_a_seed_that_may_be_known_at_freezing_is_refused(world: World, days: int, code: str) -> None:
    with pytest.raises(NotAllowed) as told:
        frozen(world, 1, seed_on=clock.today() + dt.timedelta(days=days))
    assert told.value.refused.code == code


def test_the_share_may_be_higher_than_the_rule_and_not_lower(world: World) -> None:
    with pytest.raises(NotAllowed) as told:
        frozen(world, 3, share=4)
    assert told.value.refused.code == "too-few"
    assert frozen(world, 0, share=50).size == 2


def test_it_is_drawn_on_the_day_of_the_seed_and_once(world: World) -> None:
    held, by, now = frozen(world), world.department_officer, timezone.now()
    assert refused(checks.draw, drawn_from=held, seed=SEED, by=by, at=now) == "not-yet"
    tomorrow = now + dt.timedelta(days=1)
    assert refused(checks.draw, drawn_from=held, seed="  ", by=by, at=tomorrow) == "no-seed"
    checks.draw(drawn_from=held, seed=SEED, by=by, at=tomorrow)
    assert refused(checks.draw, drawn_from=held, seed=SEED, by=by, at=tomorrow) == "drawn"
    assert Sample.objects.count() == 2


def test_enterprises_without_a_credit_code_are_drawn_by_their_numbers(world: World) -> None:
    frozen(world, 5)
    Sampling.objects.all().delete()
    Organisation.objects.filter(name__in=["兰州抽查2号有限公司", "兰州抽查3号有限公司"]).update(uscc=None)
    made = checks.freeze(
        programme_name="tech-sme", year=clock.today().year, seed_source="次日开奖号码", share=100,
        seed_on=clock.today() + dt.timedelta(days=1), by=world.department_officer, at=timezone.now(),
    )  # fmt: skip
    checks.draw(drawn_from=made, seed=SEED, by=world.department_officer, at=timezone.now() + dt.timedelta(days=1))
    assert Sample.objects.count() == 5


def test_a_list_that_was_touched_after_freezing_is_not_drawn_from(world: World) -> None:
    held = frozen(world)
    Sampling.objects.filter(pk=held.pk).update(population=held.population[1:])
    later = timezone.now() + dt.timedelta(days=1)
    assert refused(checks.draw, drawn_from=held, seed=SEED, by=world.department_officer, at=later) == "changed"


def test_a_second_list_of_the_same_scope_waits_for_the_first(world: World) -> None:
    frozen(world, 3)
    with pytest.raises(NotAllowed) as told:
        frozen(world, 0)
    assert told.value.refused.code == "open-already"


def test_the_samples_go_to_the_units_that_recommend_with_a_clock_and_one_message(world: World) -> None:
    held = drawn(world, 41)
    rows = list(held.samples.all())
    assert len(rows) == 3
    assert {row.unit for row in rows} == {world.county} and all(row.due_on for row in rows)
    told = Message.objects.filter(recipient=world.county_officer, kind="recognition.sampled")
    assert [message.subject for message in told] == ["抽查任务：3家"]
    assert not Message.objects.filter(recipient=world.other_county_officer).exists()


def test_anybody_draws_the_same_from_the_published_file(world: World, tmp_path: Path, capsys: Any) -> None:
    held = drawn(world)
    file = tmp_path / "sampling.json"
    file.write_text(json.dumps(checks.published(held)), encoding="utf-8")
    assert main(["sample", "replay", str(file)]) == 0
    assert held.population_digest in capsys.readouterr().out
    assert checks.drawn_codes(held) == [row.recognition.organisation.uscc for row in held.samples.order_by("pk")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": "another"}, "drawn again"),
        ({"size": 3}, "is 2, not 3"),
        ({"digest": "0" * 64}, "has the digest"),
        ({"seed_on": "2020-01-01"}, "was known"),
    ],
)
def test_a_file_that_was_touched_is_told(world: World, tmp_path: Path, capsys: Any, change: Any, said: str) -> None:
    file = tmp_path / "sampling.json"
    file.write_text(json.dumps({**checks.published(drawn(world)), **change}), encoding="utf-8")
    assert main(["sample", "replay", str(file)]) == 1
    assert said in capsys.readouterr().out


def test_what_conforms_needs_words_and_what_differs_opens_a_revocation(world: World) -> None:
    first, second = drawn(world).samples.order_by("pk")
    by, now = world.county_officer, timezone.now()
    assert refused(checks.check, sample=first, conforms=True, note=" ", by=by, at=now) == "no-reason"
    checks.check(sample=first, conforms=True, note="账实相符", by=by, at=now)
    assert refused(checks.check, sample=second, conforms=False, note="人数不符", by=by, at=now) == "no-ground"
    _sample, opened = checks.check(
        sample=second, conforms=False, note="人数不符", ground="conditions", by=by, at=now
    )
    assert opened is not None and (opened.evidence, opened.opened_for, opened.sample) == ("人数不符", world.county, second)
    first.refresh_from_db()
    assert first.state == SampleState.CONFORMS
    assert refused(checks.check, sample=second, conforms=True, note="相符", by=by, at=now) == "ended"
    assert Revocation.objects.count() == 1


@pytest.mark.parametrize("person", ["other_county_officer", "county_reader", "inspector", "clerk_a", "stranger"])
def test_only_the_unit_of_the_sample_says_what_it_found(world: World, person: str) -> None:
    sample = drawn(world).samples.order_by("pk")[0]
    with pytest.raises(NotAllowed):
        checks.check(sample=sample, conforms=True, note="相符", by=getattr(world, person), at=timezone.now())


def test_the_public_page_shows_digest_seed_and_numbers_and_no_name(world: World) -> None:
    held = drawn(world)
    answer = Client().get(f"/samplings/{held.pk}/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert held.population_digest in text and SEED in text and "21" in text
    assert "抽查1号" not in text and not any(code in text for code, _key in held.population)
    code = checks.drawn_codes(held)[0]
    asked = Client().get(f"/samplings/{held.pk}/", {"code": code}).content.decode()
    assert sampling.ticket(SEED, code) in asked and "即已抽中" in asked
    assert Client().get(f"/samplings/{held.pk}/file.json").status_code == 302


def test_the_county_sees_its_samples_and_its_neighbour_none(world: World) -> None:
    held = drawn(world)
    names = {row.recognition.organisation.name for row in held.samples.select_related("recognition__organisation")}
    for person, sees in ((world.county_officer, True), (world.other_county_officer, False), (world.inspector, True)):
        client = Client()
        client.force_login(person)
        for page in ("/samplings/samples/", f"/samplings/{held.pk}/"):
            text = client.get(page).content.decode()
            assert {name in text for name in names} == {sees}, (person, page)


def test_freezing_drawing_and_checking_in_the_browser(world: World) -> None:
    number_of(world, world.a)
    officer, county = Client(), Client()
    officer.force_login(world.department_officer)
    county.force_login(world.county_officer)
    year, tomorrow = clock.today().year, clock.today() + dt.timedelta(days=1)
    form = {"programme": "tech-sme", "year": year, "seed_on": tomorrow.isoformat(), "seed_source": "明日开奖号码"}
    assert officer.post("/samplings/new/", {**form, "seed_source": ""}).status_code == 422
    assert officer.post("/samplings/new/", form).status_code == 302
    held = Sampling.objects.get()
    assert "种子公布之后才能抽取" in officer.get(f"/samplings/{held.pk}/").content.decode()
    Sampling.objects.filter(pk=held.pk).update(seed_on=clock.today())
    assert "录入种子并抽取" in officer.get(f"/samplings/{held.pk}/").content.decode()
    officer.post(f"/samplings/{held.pk}/draw/", {"seed": SEED})
    sample = Sample.objects.get()
    assert county.post(f"/samplings/samples/{sample.pk}/", {"conforms": "no", "note": "不符"}).status_code == 422
    sent = county.post(
        f"/samplings/samples/{sample.pk}/", {"conforms": "no", "note": "不符", "ground": "conditions"}
    )
    assert sent.headers["Location"] == f"/revocations/{Revocation.objects.get().pk}/"
    assert county.get(sent.headers["Location"]).status_code == 200


#: Of the list itself, without the navigation.
QUERIES = 8


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_samples_asks_the_same_whatever_its_length(
    world: World, rows: int, django_assert_num_queries: Any
) -> None:
    drawn(world, 20 * rows)
    client = Client()
    client.force_login(world.department_officer)
    part = {"HX-Request": "true", "HX-Target": "list-recognition-samples"}
    client.get("/samplings/samples/", headers=part)
    with django_assert_num_queries(QUERIES):
        assert client.get("/samplings/samples/", headers=part).status_code == 200
