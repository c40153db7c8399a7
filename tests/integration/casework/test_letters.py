"""Letters of refusal: each condition with its article, rule, value, source and what would change it; remedies; issue."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from tests.casework import accepted, make_call, submitted
from tests.people import World
from tidui.casework import actions, letters
from tidui.casework.enums import State
from tidui.casework.models import Application
from tidui.kit import clock
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document
from tidui.registry.actions import file_return
from tidui.registry.enums import Source

pytestmark = pytest.mark.django_db


def refuse(world: World, application: Application, reason: str = "综合评价未达标") -> Application:
    """The department refuses an application that the agency has accepted."""
    held = accepted(world, application) if application.stage == "agency_check" else application
    actions.move(
        application=held, name="refuse", by=world.department_officer, at=timezone.now(), seen=held.version,
        reason=reason,
    )  # fmt: skip
    return Application.objects.get(pk=held.pk)


def point(letter: letters.Letter, label: str) -> letters.Point:
    """The requirement whose label has these words."""
    found = [one for one in letter.points if label in one.label]
    assert len(found) == 1, [one.label for one in letter.points]
    return found[0]


def test_a_route_that_nobody_has_to_take_is_told_as_a_choice(world: World) -> None:
    """Its ways are named, and proof is asked for; it fails nothing."""
    told = point(letters.refusal(submitted(world, make_call(world), ip_class1=0, standard_lead=None)), "直接确认")
    assert (told.known, told.change) == (False, "如具备其中一项，请补充证明材料。")
    assert told.rule.startswith("具备下列之一：高新技术企业证书在有效期内、")


def test_a_figure_over_its_limit_is_told_with_everything(world: World) -> None:
    """520 employees where 500 are the most: the article, the rule, the value, its year and source, what would change it."""
    year = clock.today().year - 1
    sent = submitted(world, make_call(world), employees=520, st_staff=200)
    told = point(letters.refusal(sent), "职工总数")
    assert told.article == "国科发政〔2017〕115号 第六条(二)"
    assert (told.rule, told.value, told.change) == ("不超过 500 人", "520 人", "至少需减少 20 人。")
    assert [(one.label, one.source) for one in told.facts] == [(f"{year}年职工总数", "本次申报所填")]
    assert told.condition == "规模"


def test_the_limit_itself_is_no_failing_condition(world: World) -> None:
    """500 employees are allowed."""
    letter = letters.refusal(submitted(world, make_call(world), employees=500, st_staff=200))
    assert letter.points == ()


def test_money_is_told_in_words_and_from_its_source(world: World) -> None:
    """Assets that the file has from the tax side, not from the form."""
    year = clock.today().year - 1
    file_return(
        organisation=world.a, section="years", year=year, facts={"total_assets": 230_000_000_00}, source=Source.TAX,
        by=world.department_officer, at=timezone.now(), filed_for=world.department,
    )  # fmt: skip
    sent = submitted(world, make_call(world), total_assets=None)
    told = point(letters.refusal(sent), "资产总额")
    assert (told.rule, told.value, told.change) == ("不超过 2.00 亿元", "2.30 亿元", "至少需减少 3,000.00 万元。")
    assert told.facts[0].source == "企业档案（税务部门）"


def test_a_score_that_is_too_low_is_told_by_its_parts(world: World) -> None:
    """Without intellectual property the results indicator has 0 of 30, and 10 points are short."""
    letter = letters.refusal(submitted(world, make_call(world), ip_class1=0))
    told = point(letter, "综合评价得分")
    assert (told.rule, told.value, told.change) == ("不低于 60 分", "50 分", "至少需增加 10 分。")
    assert {one.label: (one.points, one.most) for one in letter.score} == {
        "科技人员指标": ("20", "20"), "研发投入指标": ("30", "50"), "科技成果指标": ("0", "30"),
    }  # fmt: skip
    assert all(one.article for one in letter.score)


def test_a_condition_without_a_figure_says_what_it_asks_for(world: World) -> None:
    """Not taxed on audited accounts."""
    told = point(letters.refusal(submitted(world, make_call(world), audit_collection=False)), "查账征收")
    assert (told.known, told.rule) == (True, "实行查账征收")
    assert "否" in told.value
    assert told.change == "达到“实行查账征收”的要求后可以再次申报。"


def test_what_is_not_known_is_told_apart_from_what_fails(world: World) -> None:
    """An enterprise that leaves its accounting out is asked for it."""
    letter = letters.refusal(submitted(world, make_call(world), sound_accounts=None, employees=520, st_staff=200))
    assert [one.label for one in letter.open] == ["会计核算健全"]
    assert letter.open[0].change == "请补充：会计核算健全。"
    assert [one.label for one in letter.failing] == ["职工总数不超过500人"]


def test_remedies_and_contacts_name_the_department_and_the_unit(world: World) -> None:
    """The terms are this department's own text, and the letter says so."""
    letter = letters.refusal(submitted(world, make_call(world)))
    assert any("15个工作日" in line and world.department.name in line for line in letter.remedies)
    assert any("行政复议" in line for line in letter.remedies) and any("行政诉讼" in line for line in letter.remedies)
    assert letter.turn_to[0] == world.department.name
    assert any(world.county.name in line for line in letter.turn_to)
    made = letters.content(letter)
    assert any("本厅设定" in text for section in made["sections"] for text in section.get("paragraphs", []))


def test_a_refusal_issues_the_letter_as_a_numbered_document(world: World) -> None:
    """In Chinese whoever refuses; with the officer's reason; once for each refusal."""
    with translation.override("en"):
        gone = refuse(world, submitted(world, make_call(world), employees=520, st_staff=200), "职工总数超过上限")
    made = Document.objects.get(application=gone)
    assert (gone.state, made.kind, made.organisation) == (State.REFUSED, DocumentKind.REFUSAL, world.a)
    assert made.number == f"甘科告〔{clock.today().year}〕1号"
    assert made.title == "科技型中小企业评价不予通过告知书"
    headings = [section["heading"] for section in made.content["sections"]]
    assert headings == ["一、决定理由", "二、未达到的条件", "三、救济途径", "四、联系单位"]
    assert made.content["sections"][0]["paragraphs"] == ["职工总数超过上限"]
    row = made.content["sections"][1]["rows"][0]
    assert row == [
        "职工总数不超过500人", "不超过 500 人", "国科发政〔2017〕115号 第六条(二)", "520 人", "本次申报所填", "至少需减少 20 人。",
    ]  # fmt: skip


def test_the_letter_is_a_pdf_whose_text_can_be_read(world: World, tmp_path: Path) -> None:
    """Its title and the headings of its table are in it."""
    from tidui.kit import pdf_text
    from tidui.recognition import documents

    gone = refuse(world, submitted(world, make_call(world), ip_class1=0))
    content = documents.printed(Document.objects.get(application=gone))
    (tmp_path / "letter.pdf").write_bytes(content)
    text = pdf_text.text_of(tmp_path / "letter.pdf")
    assert all(words in text for words in ("不予通过告知书", "如何达到", "依据条款"))


def test_an_english_reader_reads_the_panel_in_english(world: World) -> None:
    """The page speaks the reader's language, the document Chinese."""
    gone = refuse(world, submitted(world, make_call(world), employees=520, st_staff=200))
    with translation.override("en"):
        told = letters.refusal(gone).points[0]
    assert told.label == "at most 500 employees"


def test_a_passed_condition_list_leaves_the_officers_reason(world: World) -> None:
    """Refused on what was found elsewhere: no condition is blamed."""
    letter = letters.refusal(refuse(world, submitted(world, make_call(world)), "现场核查与申报不符"))
    assert (letter.points, letter.score, letter.reason) == ((), (), "现场核查与申报不符")
    assert letter.stage == "省级确认"


def test_a_refusal_that_is_taken_back_makes_its_letter_void(world: World, client: Client) -> None:
    """The number stays used; refused again, the enterprise is shown the new letter."""
    gone = refuse(world, submitted(world, make_call(world), employees=520, st_staff=200))
    step = gone.steps.order_by("-number").first()
    assert step is not None
    actions.undo(step=step, reason="点错了", by=world.department_officer, at=timezone.now())
    first = Document.objects.get(application=gone)
    assert first.void_at is not None
    back = Application.objects.get(pk=gone.pk)
    assert letters.document_of(back) is None
    status, text = _page(client, world.clerk_a, reverse("recognition:document", args=[first.pk]))
    assert (status, "本公文作废" in text) == (200, True)
    again = refuse(world, back, "确实超过上限")
    second = Document.objects.get(application=again, void_at__isnull=True)
    assert (first.number, second.number) == tuple(f"甘科告〔{clock.today().year}〕{n}号" for n in (1, 2))
    assert letters.document_of(again) == letters.Issued(second.number, reverse("recognition:document", args=[second.pk]))


def test_nothing_is_issued_for_what_is_returned_or_withdrawn(world: World) -> None:
    """Only a refusal has a letter."""
    call = make_call(world)
    back = submitted(world, call)
    actions.move(application=back, name="return", by=world.agency_clerk, at=timezone.now(), seen=back.version, reason="改")
    gone = submitted(world, call, world.b, world.clerk_b)
    actions.withdraw(application=gone, reason="不办了", by=world.clerk_b, at=timezone.now(), seen=gone.version)
    assert not Document.objects.exists()


def _page(client: Client, user: Any, url: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    client.force_login(user)
    answered = client.get(url) if data is None else client.post(url, data)
    return answered.status_code, answered.content.decode()


def test_the_enterprise_reads_the_letter_at_its_case(world: World, client: Client) -> None:
    """With the number of the document; a stranger reads nothing."""
    gone = refuse(world, submitted(world, make_call(world), employees=520, st_staff=200), "职工总数超过上限")
    url = reverse("casework:case", args=[gone.pk])
    status, text = _page(client, world.clerk_a, url)
    assert status == 200
    for words in ("至少需减少 20 人", "国科发政〔2017〕115号 第六条(二)", "职工总数超过上限", "甘科告", "行政复议"):
        assert words in text
    assert _page(client, world.clerk_b, url)[0] == 404


def test_who_decides_sees_the_letter_before_refusing_and_nobody_else(world: World, client: Client) -> None:
    """With the reason that was typed; nothing is written by looking."""
    sent = accepted(world, submitted(world, make_call(world), employees=520, st_staff=200))
    url = reverse("casework:letter", args=[sent.pk])
    status, text = _page(client, world.department_officer, url)
    assert (status, "至少需减少 20 人" in text) == (200, True)
    assert "因超过上限" in _page(client, world.department_officer, url, {"reason": "因超过上限"})[1]
    for person in (world.clerk_a, world.county_officer, world.agency_clerk, world.inspector):
        assert _page(client, person, url)[0] in (403, 404)
    assert not Document.objects.exists()
    assert Application.objects.get(pk=sent.pk).version == sent.version


def test_a_day_in_a_letter_is_that_of_the_submission(world: World) -> None:
    """Thresholds and texts are those of that day."""
    before = timezone.now() - dt.timedelta(days=3)
    letter = letters.refusal(submitted(world, make_call(world, at=before), at=before))
    assert letter.submitted_on == clock.day_of(before)
