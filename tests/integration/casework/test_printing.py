"""The printed application, its version mark, and the stamped pages that must carry it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.casework import ANSWERS, facts_of_form, make_call, submitted
from tests.integration.casework.test_calls import page_of, post_to
from tests.people import World
from tidui.accounts.models import User
from tidui.casework import actions, printing
from tidui.casework import programme as declared
from tidui.casework.actions.printing import add_stamped
from tidui.casework.models import Application, Attachment, Submission
from tidui.casework.stamping import STAMPED
from tidui.kit import clock, files
from tidui.kit.access import NotAllowed
from tidui.kit.pdf_text import text_of

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def scan(name: str = "盖章页.pdf") -> SimpleUploadedFile:
    """A scan of stamped pages."""
    return SimpleUploadedFile(name, PDF, "application/pdf")


def returned(world: World, sent: Application) -> Application:
    """The agency sends it back."""
    actions.move(
        application=sent, name="return", by=world.agency_clerk, at=timezone.now(), seen=sent.version, reason="人数有误"
    )
    return Application.objects.get(pk=sent.pk)


def sent_again(world: World, back: Application, **changed: Any) -> Application:
    """The enterprise corrects and submits again."""
    return actions.submit(
        application=back, stated=facts_of_form(clock.today().year - 1, **changed), answers=ANSWERS, by=world.clerk_a,
        at=timezone.now(), seen=back.version,
    ).application  # fmt: skip


def stamp(world: World, held: Application, mark: str, by: User | None = None) -> Attachment:
    """Stamped pages with this mark."""
    return add_stamped(
        application=held, received=files.receive(scan(), kind=STAMPED), mark=mark, by=by or world.clerk_a,
        at=timezone.now(),
    )  # fmt: skip


class TestThePaper:
    def test_holds_what_was_submitted_with_units_and_years_and_the_result_with_its_articles(self, world: World) -> None:
        sent = submitted(world, make_call(world), employees=123)
        paper = printing.submitted(sent.submissions.get())
        year = clock.today().year - 1
        rows = {row[0]: row[1] for group in paper["groups"] for row in group["rows"]}
        assert rows["职工总数"] == "123 人"
        assert "10,000,000.00 元" in rows.values()
        assert any(f"{year} 年" in group["title"] for group in paper["groups"])
        assert dict(paper["questions"])["主要产品（服务）"] == "精密传感器"
        assert dict(paper["cover"])["受理编号"] == sent.number
        assert (paper["result"]["verdict"], paper["result"]["most"]) == ("符合", "100")
        assert all(part[3] for part in paper["result"]["parts"])
        assert "不涉及国家秘密" in paper["pledge"]

    def test_says_beside_a_figure_that_the_file_holds_another_one(self, world: World) -> None:
        first = submitted(world, make_call(world), employees=123)
        Submission.objects.filter(pk=first.submissions.get().pk).update(
            differs=[{"field": f"employees.{clock.today().year - 1}", "accepted": 99, "stated": 123}]
        )
        paper = printing.submitted(first.submissions.get())
        notes = [row[2] for group in paper["groups"] for row in group["rows"] if row[2]]
        assert notes == ["档案现值：99 人"]

    def test_is_the_same_bytes_whenever_it_is_printed_and_in_whatever_language(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        one = page_of(world.clerk_a, "print", sent.pk)
        other = page_of(world.agency_clerk, "print", sent.pk, language="en", number="1")
        assert one["Content-Type"] == "application/pdf"
        assert one.content == other.content
        assert one.content[:5] == b"%PDF-"
        assert printing.mark_of(sent.submissions.get()) in one["Content-Disposition"]

    def test_carries_its_mark_on_every_page(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        submission = sent.submissions.get()
        mark = printing.mark_of(submission)
        assert mark == f"2022-{submission.digest[:8].upper()}"
        paper = printing.submitted(submission)
        assert mark in paper["foot"]
        assert not paper["draft"]

    def test_of_a_draft_has_a_watermark_and_no_mark_and_is_only_for_its_writers(self, world: World) -> None:
        call = make_call(world)
        begun = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
        paper = printing.drafted(begun)
        assert (paper["draft"], paper["mark"]) == ("草稿", "")
        assert page_of(world.clerk_a, "print", begun.pk).content[:5] == b"%PDF-"
        for person in (world.county_officer, world.department_officer, world.clerk_b):
            assert page_of(person, "print", begun.pk).status_code == 404

    def test_of_an_earlier_submission_stays_as_it_was(self, world: World) -> None:
        sent = submitted(world, make_call(world), employees=123)
        before = page_of(world.clerk_a, "print", sent.pk).content
        again = sent_again(world, returned(world, sent), employees=124)
        assert page_of(world.clerk_a, "print", again.pk, number="1").content == before
        assert page_of(world.clerk_a, "print", again.pk).content != before
        assert page_of(world.clerk_a, "print", again.pk, number="3").status_code == 404
        assert page_of(world.clerk_a, "print", again.pk, number="x").status_code == 404

    def test_with_a_character_that_no_font_has_says_which(self, world: World) -> None:
        sent = submitted(world, make_call(world), answers=ANSWERS | {"products": "传感器\U0001fabf"})
        answer = page_of(world.clerk_a, "print", sent.pk)
        assert answer.status_code == 422
        assert "U+1FABF" in answer.content.decode()


class TestStampedPages:
    def test_are_kept_with_the_submission_whose_mark_they_carry_however_it_is_typed(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        mark = printing.mark_of(sent.submissions.get())
        for typed in (mark, mark.lower(), f" {mark.replace('-', ' － ')} "):
            assert stamp(world, sent, typed).submission == sent.submissions.get()

    def test_of_an_earlier_submission_are_refused_with_what_to_do(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        old = printing.mark_of(sent.submissions.get())
        stamp(world, sent, old)
        again = sent_again(world, returned(world, sent), employees=101)
        with pytest.raises(ValidationError) as told:
            stamp(world, again, old)
        said = told.value.message_dict["mark"][0]
        assert "第 1 次提交" in said
        assert "重新盖章后上传" in said
        stamp(world, again, printing.mark_of(again.submissions.get(number=2)))

    def test_of_a_draft_or_another_application_are_refused(self, world: World) -> None:
        call = make_call(world)
        sent = submitted(world, call)
        other = submitted(world, call, world.b, world.clerk_b)
        for mark in ("草稿", "2022-00000000", printing.mark_of(other.submissions.get())):
            with pytest.raises(ValidationError) as told:
                stamp(world, sent, mark)
            assert "不符" in told.value.message_dict["mark"][0]
        assert not Attachment.objects.exists()

    def test_are_uploaded_and_taken_off_by_the_applicant_alone(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        mark = printing.mark_of(sent.submissions.get())
        for person in (world.agency_clerk, world.department_officer, world.clerk_b, world.inspector):
            assert page_of(person, "stamped", sent.pk).status_code in (403, 404)
            with pytest.raises(NotAllowed):
                stamp(world, sent, mark, by=person)
        answer = post_to(world.clerk_a, "stamped", sent.pk, mark=mark, pages=scan())
        assert answer.status_code == 302
        row = Attachment.objects.get()
        assert "盖章页.pdf" in page_of(world.clerk_a, "stamped", sent.pk).content.decode()
        assert post_to(world.clerk_a, "remove_stamped", sent.pk, row.pk).status_code == 302
        row.refresh_from_db()
        assert (row.removed_by, row.file.name) == (world.clerk_a, "盖章页.pdf")
        assert post_to(world.clerk_a, "remove_stamped", sent.pk, row.pk).status_code == 422

    def test_with_a_wrong_mark_keep_the_file_in_the_form(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        answer = post_to(world.clerk_a, "stamped", sent.pk, mark="2022-00000000", pages=scan())
        assert answer.status_code == 422
        token = re.search(r'name="pages-kept" value="([^"]+)"', answer.content.decode())
        assert token is not None
        mark = printing.mark_of(sent.submissions.get())
        again = post_to(world.clerk_a, "stamped", sent.pk, **{"mark": mark, "pages-kept": token[1]})
        assert again.status_code == 302

    def test_come_only_after_the_submission_and_not_after_the_end(self, world: World) -> None:
        begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
        assert page_of(world.clerk_a, "stamped", begun.pk).status_code == 403
        sent = submitted(world, make_call(world))
        mark = printing.mark_of(sent.submissions.get())
        actions.withdraw(application=sent, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=sent.version)
        with pytest.raises(NotAllowed):
            stamp(world, sent, mark)

    def test_are_read_by_those_who_see_the_case_and_by_no_others(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        row = stamp(world, sent, printing.mark_of(sent.submissions.get()))
        assert files.may_read(world.agency_clerk, row.file)
        assert files.may_read(world.county_officer, row.file)
        assert not files.may_read(world.clerk_b, row.file)
        assert not files.may_read(world.other_county_officer, row.file)


class TestAProgrammeThatAsksForThem:
    @pytest.fixture(autouse=True)
    def _asks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = declared.programme("tech-sme")
        asking = dataclasses.replace(plain, form=dataclasses.replace(plain.form, stamped=True))
        monkeypatch.setitem(declared._programmes, "tech-sme", asking)

    def test_is_accepted_by_nobody_before_they_are_there_and_says_so_to_both_sides(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        assert "还要上传盖章页" in page_of(world.clerk_a, "receipt", sent.pk).content.decode()
        assert "还没有最近一次提交的盖章页" in page_of(world.agency_clerk, "review", sent.pk).content.decode()
        decided = {"move": "accept", "seen": str(sent.version)}
        answer = post_to(world.agency_clerk, "decide", sent.pk, **decided)
        assert answer.status_code == 422 and "还没有上传最近一次提交的盖章页" in answer.content.decode()
        stamp(world, sent, printing.mark_of(sent.submissions.get()))
        assert "还要上传盖章页" not in page_of(world.clerk_a, "receipt", sent.pk).content.decode()
        assert post_to(world.agency_clerk, "decide", sent.pk, **decided).status_code == 302
        assert Application.objects.get().stage == "confirmation"

    def test_asks_again_after_a_correction_and_lets_it_be_returned_without_them(self, world: World) -> None:
        sent = submitted(world, make_call(world))
        stamp(world, sent, printing.mark_of(sent.submissions.get()))
        again = sent_again(world, returned(world, sent), employees=101)
        with pytest.raises(NotAllowed) as told:
            actions.move(
                application=again, name="accept", by=world.agency_clerk, at=timezone.now(), seen=again.version
            )
        assert told.value.refused.code == "not-stamped"
        returned(world, again)


def test_the_printed_file_can_be_searched(world: World, tmp_path: Path) -> None:
    """Its text can be read again by a program: the mark on it, and the number."""
    sent = submitted(world, make_call(world))
    file = tmp_path / "paper.pdf"
    file.write_bytes(page_of(world.clerk_a, "print", sent.pk).content)
    text = re.sub(r"\s", "", text_of(file))
    assert sent.number is not None
    assert sent.number in text
    assert text.count(printing.mark_of(sent.submissions.get())) > 3
