"""An expert opens, declares, marks and signs; the leader sums up; whatever the panel has signed stays."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.test import Client
from django.utils import timezone
from tests.people import World
from tests.review_sheets import GIVEN, all_signed, done, filled, opened, panel_of_five, person_of, signed

from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.review import marks, reading, recusing, results
from tidui.review.actions import leading, marking
from tidui.review.enums import LookState, SeatState, SheetState
from tidui.review.models import File, PanelForm, Recusal, SecondLook, Sheet
from tidui.review.scheme import scheme

pytestmark = pytest.mark.django_db


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def sheet_texts(sheet: Sheet, **changed: str) -> dict[str, str]:
    """What a browser would send of a complete sheet."""
    by = scheme(sheet.file.review.scheme)
    texts = {f"mark.{item.name}": str(GIVEN[item.name]) for item in by.marked_by(sheet.kind)}
    return {**texts, "opinion": "同意", **changed}


def test_the_declaration_shows_no_content_and_the_sheet_only_after_it(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    browser = client_of(person_of(seats[0]))
    page = browser.get(f"/my-reviews/{file.pk}/").content.decode()
    assert file.application.organisation.name in page
    assert "薄膜" not in page and "ZL2020" not in page and Sheet.objects.count() == 0
    answer = browser.post(f"/my-reviews/{file.pk}/", {"do": "clear"})
    sheet = Sheet.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/sheets/{sheet.pk}/")
    page = browser.get(f"/sheets/{sheet.pk}/").content.decode()
    assert "薄膜压力芯片研制" in page and "RD01" in page and "技术的先进程度" in page


def test_an_undeclared_sheet_leads_back_to_the_declaration_and_takes_no_mark(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    person = person_of(seats[0])
    sheet = marking.open_sheet(seat=seats[0], file=file, by=person, at=timezone.now())
    browser = client_of(person)
    assert browser.get(f"/sheets/{sheet.pk}/")["Location"] == f"/my-reviews/{file.pk}/"
    with pytest.raises(NotAllowed) as refused:
        marking.save_mark(sheet=sheet, field="mark.count", text="7", base=0, by=person, at=timezone.now(), bands={})
    assert refused.value.refused.code == "declare-first"


def test_each_kind_of_expert_marks_its_own_items_only(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    technical, financial = opened(file, seats[0]), opened(file, seats[4])
    page = client_of(person_of(seats[0])).get(f"/sheets/{technical.pk}/").content.decode()
    assert 'name="mark.count"' in page and 'name="mark.sales"' not in page
    page = client_of(person_of(seats[4])).get(f"/sheets/{financial.pk}/").content.decode()
    assert 'name="mark.sales"' in page and 'name="mark.count"' not in page
    with pytest.raises(NotAllowed) as refused:
        marking.save_mark(
            sheet=financial, field="mark.count", text="7", base=0, by=person_of(seats[4]), at=timezone.now(), bands={}
        )
    assert refused.value.refused.code == "no-such-field"


def test_the_facts_give_bands_and_a_mark_outside_wants_a_reason_before_the_signature(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    bands = marks.given_bands(scheme("provincial-2024"), reading.newest(file))
    assert bands == {
        "count": (7, 8), "acquisition": (1, 6), "standards": None, "conversion": (7, 30), "assets": None, "sales": None,
    }  # fmt: skip
    sheet = opened(file, seats[0])
    browser = client_of(person_of(seats[0]))
    url = f"/sheets/{sheet.pk}/"
    page = browser.post(url, {**sheet_texts(sheet, **{"mark.count": "3"}), "do": "sign"})
    assert page.status_code == 422 and "评分超出档次，请写明理由" in page.content.decode()
    sheet.refresh_from_db()
    assert sheet.state == SheetState.DRAFT and marks.mark_of(sheet, "count") == 3
    answer = browser.post(
        url, {**sheet_texts(sheet, **{"mark.count": "3", "reason.count": "一项专利已失效"}), "base.mark.count": "1", "do": "sign"}
    )
    sheet.refresh_from_db()
    assert answer.status_code == 302 and (sheet.state, sheet.total) == (SheetState.SIGNED, 50)
    assert sheet.marks["count"]["band"] == [7, 8] and sheet.digest == marks.digest_of(sheet)


def test_a_field_is_saved_by_itself_with_its_version_and_a_second_window_is_told(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    sheet = opened(file, seats[0])
    browser = client_of(person_of(seats[0]))
    url = f"/sheets/{sheet.pk}/draft/"
    first = browser.post(url, {"field": "mark.count", "value": "7", "base": "0"}, headers={"Accept": "application/json"})
    assert (first.status_code, first.json()) == (200, {"version": 1, "error": ""})
    late = browser.post(url, {"field": "mark.count", "value": "8", "base": "0"}, headers={"Accept": "application/json"})
    assert late.status_code == 409 and late.json()["value"] == "7"
    out = browser.post(url, {"field": "mark.count", "value": "2", "base": "1"}, headers={"Accept": "application/json"})
    assert out.status_code == 200 and "7–8" in out.json()["error"]
    for wrong in ("9", "-1", "7.5", "七"):
        bad = browser.post(url, {"field": "mark.count", "value": wrong, "base": "2"})
        assert bad.status_code == 422 and "0 至 8" in bad.json()["error"]
    sheet.refresh_from_db()
    assert marks.mark_of(sheet, "count") == 2 and sheet.marks["count"]["version"] == 2


def test_a_whole_form_keeps_what_another_window_did_not_touch_and_shows_what_it_did(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    sheet = opened(file, seats[0])
    browser = client_of(person_of(seats[0]))
    browser.post(f"/sheets/{sheet.pk}/draft/", {"field": "mark.count", "value": "7", "base": "0"})
    page = browser.post(f"/sheets/{sheet.pk}/", {"mark.count": "8", "base.mark.count": "0", "mark.support": "5"})
    assert page.status_code == 422 and "另一个窗口刚保存的内容" in page.content.decode()
    sheet.refresh_from_db()
    assert (marks.mark_of(sheet, "count"), marks.mark_of(sheet, "support")) == (7, 5)


def test_a_signature_locks_the_sheet_for_good(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    sheet = signed(file, seats[0])
    person = person_of(seats[0])
    before = (sheet.marks, sheet.opinion, sheet.digest)
    bands = marks.given_bands(scheme("provincial-2024"), reading.newest(file))
    browser = client_of(person)
    answers = [
        browser.post(f"/sheets/{sheet.pk}/draft/", {"field": "mark.count", "value": "1", "base": "9"}),
        browser.post(f"/sheets/{sheet.pk}/", {"mark.count": "1", "base.mark.count": "9"}),
        browser.post(f"/sheets/{sheet.pk}/", {"do": "sign"}),
        browser.post(f"/sheets/{sheet.pk}/withdraw/", {"note": "想退出"}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422]
    with pytest.raises(NotAllowed) as refused:
        marking.sign(sheet=sheet, by=person, at=timezone.now(), bands=bands)
    sheet.refresh_from_db()
    assert refused.value.refused.code == "sheet-signed" and (sheet.marks, sheet.opinion, sheet.digest) == before
    page = browser.get(f"/sheets/{sheet.pk}/").content.decode()
    assert sheet.digest in page and "data-mark" not in page


def test_a_sheet_cannot_be_signed_while_anything_is_missing(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    sheet = opened(file, seats[4])
    page = client_of(person_of(seats[4])).post(f"/sheets/{sheet.pk}/", {"mark.sales": "6", "do": "sign"})
    said = page.content.decode()
    assert page.status_code == 422 and "还没有评分" in said and "请写明评审意见" in said


# ---------------------------------------------------------------------- recusals
def test_a_recused_expert_is_refused_everywhere(world: World) -> None:
    _review, (file, other), seats = panel_of_five(world, 2)
    sheet = opened(file, seats[1])
    person = person_of(seats[1])
    browser = client_of(person)
    assert browser.get(f"/sheets/{sheet.pk}/").status_code == 200
    name = file.application.organisation.name
    recusing.recuse(
        expert=seats[1].expert, application=file.application, by=world.department_officer, at=timezone.now(), note="举报"
    )
    reads = (f"/sheets/{sheet.pk}/", f"/sheets/{sheet.pk}/withdraw/", f"/my-reviews/{file.pk}/", f"/my-reviews/{file.pk}/panel/")
    assert [browser.get(url).status_code for url in reads] == [404] * 4
    writes = (f"/sheets/{sheet.pk}/", f"/sheets/{sheet.pk}/draft/", f"/my-reviews/{file.pk}/", f"/my-reviews/{file.pk}/panel/look/")
    assert [browser.post(url, {"do": "clear"}).status_code for url in writes] == [404] * 4
    listed = browser.get("/my-reviews/").content.decode()
    assert name not in listed and other.application.organisation.name in listed
    with pytest.raises(NotAllowed):
        marking.open_sheet(seat=seats[1], file=file, by=person, at=timezone.now())


def test_who_withdraws_at_the_declaration_never_sees_the_file(world: World) -> None:
    _review, (file, _other), seats = panel_of_five(world, 2)
    browser = client_of(person_of(seats[2]))
    assert browser.post(f"/my-reviews/{file.pk}/", {"do": "withdraw", "note": ""}).status_code == 422
    assert browser.post(f"/my-reviews/{file.pk}/", {"do": "withdraw", "note": "曾是同事"}).status_code == 302
    assert Recusal.objects.get().kind == "declared"
    assert browser.get(f"/my-reviews/{file.pk}/").status_code == 404


def test_a_tie_that_became_known_after_the_draw_takes_the_expert_off_at_the_declaration(world: World) -> None:
    _review, (file, _other), seats = panel_of_five(world, 2)
    expert = seats[3].expert
    expert.employer = file.application.organisation.name
    expert.save(update_fields=["employer"])
    browser = client_of(person_of(seats[3]))
    answer = browser.post(f"/my-reviews/{file.pk}/", {"do": "clear"}, follow=True)
    assert "已自动回避" in answer.content.decode()
    assert [one.state for one in Sheet.objects.all()] == [SheetState.VOID]
    assert browser.get(f"/my-reviews/{file.pk}/").status_code == 404


def test_strangers_the_applicant_and_an_expert_of_another_panel_open_nothing(world: World) -> None:
    from tests.review import make_experts

    _review, (file,), seats = panel_of_five(world)
    sheet = opened(file, seats[0])
    outsider = make_experts(world, 1, prefix="外")[0].user
    filer = file.application.begun_by
    urls = (
        f"/sheets/{sheet.pk}/", f"/my-reviews/{file.pk}/", f"/my-reviews/{file.pk}/panel/", f"/reviews/{file.review_id}/",
        f"/reviews/{file.review_id}/results/", f"/reviews/{file.review_id}/files/{file.pk}/",
        f"/reviews/{file.review_id}/calibration/",
    )  # fmt: skip
    for user in (outsider, filer, world.county_officer, person_of(seats[1])):
        browser = client_of(user)
        for url in urls:
            allowed = user == person_of(seats[1]) and url == f"/my-reviews/{file.pk}/"
            assert (browser.get(url).status_code in (403, 404)) is not allowed, (user, url)
    assert client_of(world.department_officer).get(f"/sheets/{sheet.pk}/").status_code in (403, 404)


# ---------------------------------------------------------------------- the leader
def test_the_leader_signs_exact_means_when_everybody_has_signed(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    leader = person_of(seats[0])
    for seat in seats[:-1]:
        signed(file, seat, {"advancement": 7} if seat is seats[1] else None)
    leading.save_opinion(file=file, text="同意推荐", base=0, by=leader, at=timezone.now())
    with pytest.raises(NotAllowed) as refused:
        leading.sign_form(file=file, by=leader, at=timezone.now())
    assert refused.value.refused.code == "not-all-signed"
    signed(file, seats[4])
    assert Message.objects.filter(kind="review.all_signed", recipient=leader).count() == 1
    with pytest.raises(NotAllowed) as refused:
        leading.sign_form(file=file, by=person_of(seats[1]), at=timezone.now())
    assert refused.value.refused.code == "not-the-leader"
    browser = client_of(leader)
    page = browser.get(f"/my-reviews/{file.pk}/panel/").content.decode()
    assert "6.25" in page and "66.25" in page
    assert browser.post(f"/my-reviews/{file.pk}/panel/", {"opinion": "同意推荐。", "base.opinion": "1", "do": "sign"}).status_code == 302
    file.refresh_from_db()
    found = results.result_of(file)
    assert found is not None and found.means["advancement"] == Fraction(25, 4)
    assert (found.total, file.total, file.recommended) == (Fraction(265, 4), 66_250_000, False)
    form = PanelForm.objects.get()
    assert (form.means["advancement"], form.total) == ("25/4", "265/4") and len(form.digest) == 64
    again = browser.post(f"/my-reviews/{file.pk}/panel/", {"opinion": "改了", "base.opinion": "2", "do": "sign"})
    form.refresh_from_db()
    assert again.status_code == 422 and form.opinion == "同意推荐。"
    assert [one.state for one in file.review.seats.all()] == [SeatState.DONE] * 5


def test_marks_far_apart_ask_for_a_second_look_that_the_leader_answers_with_a_reason(world: World) -> None:
    _review, (file,), seats = panel_of_five(world, alarm=10)
    leader = person_of(seats[0])
    low = {"advancement": 1, "support": 1, "management": 1}
    all_signed(file, seats, {1: low})
    look = SecondLook.objects.get()
    assert look.alarms == [{"what": "spread", "kind": "technical", "low": 40, "high": 54, "most": 10}]
    leading.save_opinion(file=file, text="同意推荐", base=0, by=leader, at=timezone.now())
    with pytest.raises(NotAllowed) as refused:
        leading.sign_form(file=file, by=leader, at=timezone.now())
    assert refused.value.refused.code == "second-look"
    browser = client_of(leader)
    url = f"/my-reviews/{file.pk}/panel/look/"
    assert "相差 14 分" in browser.get(f"/my-reviews/{file.pk}/panel/").content.decode()
    assert browser.post(url, {"do": "keep", "answer": ""}).status_code == 422
    assert browser.post(url, {"do": "keep", "answer": "各有依据，维持。"}).status_code == 302
    look.refresh_from_db()
    assert look.state == LookState.KEPT
    leading.sign_form(file=file, by=leader, at=timezone.now())


def test_a_mark_outside_its_band_asks_for_a_second_look_even_with_a_reason(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    all_signed(file, seats, {2: {"count": 4}})
    (alarm,) = SecondLook.objects.get().alarms
    assert (alarm["what"], alarm["item"], alarm["mark"], alarm["band"]) == ("outside", "count", 4, [7, 8])


def test_marked_again_the_old_sheet_is_void_and_stays_and_the_new_one_counts(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    leader = person_of(seats[0])
    all_signed(file, seats, {2: {"count": 4}})
    old = Sheet.objects.get(expert=seats[2].expert)
    look = SecondLook.objects.get()
    answer = client_of(leader).post(
        f"/my-reviews/{file.pk}/panel/look/", {"do": "again", "answer": "请核对专利状态", "again": [str(old.pk)]}
    )
    look.refresh_from_db()
    old.refresh_from_db()
    assert answer.status_code == 302 and (look.state, old.state) == (LookState.CHANGED, SheetState.VOID)
    assert (old.total, len(old.digest)) == (51, 64)
    fresh = Sheet.objects.get(expert=seats[2].expert, state=SheetState.DRAFT)
    assert marks.mark_of(fresh, "count") == 4 and fresh.declared_at is not None
    assert Message.objects.filter(kind="review.mark_again", recipient=person_of(seats[2])).count() == 1
    bands = marks.given_bands(scheme("provincial-2024"), reading.newest(file))
    marking.save_marks(
        sheet=fresh, texts={"mark.count": "7", "reason.count": ""}, bases={"mark.count": 1, "reason.count": 1},
        by=person_of(seats[2]), at=timezone.now(), bands=bands,
    )  # fmt: skip
    marking.sign(sheet=fresh, by=person_of(seats[2]), at=timezone.now(), bands=bands)
    leading.save_opinion(file=file, text="同意推荐", base=0, by=leader, at=timezone.now())
    leading.sign_form(file=file, by=leader, at=timezone.now())
    found = results.result_of(file)
    assert found is not None and found.means["count"] == 7 and not SecondLook.objects.filter(state=LookState.OPEN).exists()


def test_a_conflict_found_after_the_leader_signed_opens_the_file_again_without_that_sheet(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    file = done(file, seats, {1: {"advancement": 8}})
    assert results.result_of(file).total == Fraction(133, 2)  # type: ignore[union-attr]
    recusing.recuse(
        expert=seats[1].expert, application=file.application, by=world.department_officer, at=timezone.now(), note="亲属"
    )
    file.refresh_from_db()
    assert (file.total, file.done_at, results.result_of(file)) == (None, None, None)
    leading.sign_form(file=file, by=person_of(seats[0]), at=timezone.now())
    assert results.result_of(file).total == 66  # type: ignore[union-attr]


def test_when_the_leader_is_recused_the_first_technical_expert_leads(world: World) -> None:
    _review, (file, _other), seats = panel_of_five(world, 2)
    recusing.recuse(
        expert=seats[0].expert, application=file.application, by=world.department_officer, at=timezone.now(), note="亲属"
    )
    assert leading.require_leader(file, person_of(seats[1])).pk == seats[1].pk
    with pytest.raises(NotAllowed):
        leading.require_leader(file, person_of(seats[0]))


def test_nobody_marks_before_answering_or_after_the_leader_signed(world: World) -> None:
    _review, (file, other), seats = panel_of_five(world, 2)
    seats[0].__class__.objects.filter(pk=seats[3].pk).update(state=SeatState.CALLED)
    with pytest.raises(NotAllowed) as refused:
        marking.open_sheet(seat=seats[3], file=file, by=person_of(seats[3]), at=timezone.now())
    assert refused.value.refused.code == "answer-first"
    assert filled(other, seats[0]).state == SheetState.DRAFT
    File.objects.filter(pk=other.pk).update(done_at=timezone.now())
    sheet = Sheet.objects.get(file=other)
    with pytest.raises(NotAllowed) as refused:
        marking.save_mark(
            sheet=sheet, field="mark.count", text="8", base=1, by=person_of(seats[0]), at=timezone.now(), bands={}
        )
    assert refused.value.refused.code == "review-not-open"


def test_what_somebody_signed_before_they_left_counts_and_is_shown(world: World) -> None:
    from tidui.review.models import Seat

    _review, (file,), seats = panel_of_five(world)
    signed(file, seats[1], {"advancement": 8})
    Seat.objects.filter(pk=seats[1].pk).update(state=SeatState.NO_SHOW)
    for seat in (seats[0], *seats[2:]):
        signed(file, seat)
    leader = person_of(seats[0])
    page = client_of(leader).get(f"/my-reviews/{file.pk}/panel/").content.decode()
    assert seats[1].expert.name in page and "66.5" in page
    leading.save_opinion(file=file, text="同意", base=0, by=leader, at=timezone.now())
    leading.sign_form(file=file, by=leader, at=timezone.now())
    assert results.result_of(file).total == Fraction(133, 2)  # type: ignore[union-attr]


def test_a_panel_that_lacks_somebody_is_pointed_out(world: World) -> None:
    from tidui.review.models import Seat

    _review, (file,), seats = panel_of_five(world)
    Seat.objects.filter(pk=seats[1].pk).update(state=SeatState.DECLINED)
    page = client_of(person_of(seats[0])).get(f"/my-reviews/{file.pk}/panel/").content.decode()
    assert "只有 4 位专家评分，少于规定的 5 位" in page
