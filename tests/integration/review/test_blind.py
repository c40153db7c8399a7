"""A blind review: no page of an expert names the applicant or its people, whatever they wrote."""

from __future__ import annotations

import re
from typing import Final

import pytest
from django.test import Client
from django.utils import timezone
from tests.people import World
from tests.review import at_stage, make_experts
from tests.review_sheets import all_signed, make_group, make_review, opened, person_of

from tidui.casework.models import Attachment
from tidui.kit.models import StoredFile
from tidui.review.enums import ExpertKind
from tidui.review.models import File, Seat

pytestmark = pytest.mark.django_db
NAME: Final = "兰州雪岭精密科技有限公司"


def blind_file(world: World) -> tuple[File, list[Seat]]:
    """A file whose texts are full of the applicant's name, its people, its telephone and its code."""
    from tidui.accounts.models import Organisation, OrganisationState

    batch, rows = at_stage(world, "review", 1)
    firm = rows[0].organisation
    Organisation.objects.filter(pk=firm.pk).update(name=NAME)
    OrganisationState.objects.filter(organisation=firm).update(name="甘肃雪岭仪器有限公司")
    submission = rows[0].submissions.get()
    said = f"{NAME}（简称雪岭精密）由白建国创办，信用代码{firm.uscc}，雪岭品牌，联系白小慧13900001111，原甘肃雪岭仪器有限公司。王工主持。"
    submission.__class__.objects.filter(pk=submission.pk).update(
        answers={**submission.answers, "technology": said, "organisation": said, "avoid": "刘专家 远方大学"}
    )
    stored = StoredFile.objects.create(
        kind="casework.evidence", name="雪岭精密营业执照.pdf", size=10, sha256="a" * 64, media_type="application/pdf",
        uploaded_by=world.clerk_a,
    )  # fmt: skip
    Attachment.objects.create(
        application=rows[0], evidence="licence", file=stored, added_by=world.clerk_a, added_at=timezone.now(),
        submission=submission,
    )  # fmt: skip
    review = make_review(world, batch, blind=True, alarm=5)
    experts = [*make_experts(world, 2), *make_experts(world, 1, ExpertKind.FINANCIAL)]
    (file,), seats = make_group(world, review, rows, experts)
    file = File.objects.select_related("application__organisation").get(pk=file.pk)
    return file, seats


def telling(file: File) -> list[str]:
    """What would tell who the applicant is."""
    code = file.application.organisation.uscc or ""
    return [
        NAME, "雪岭", "甘肃雪岭仪器有限公司", code, code[8:17], "白小慧", "白建国", "王工", "13900001111",
        "ZL202010000001.1", "刘专家", "营业执照.pdf",
    ]  # fmt: skip


def test_no_page_of_an_expert_tells_who_the_applicant_is(world: World) -> None:
    file, seats = blind_file(world)
    browser = Client()
    browser.force_login(person_of(seats[0]))
    seen: dict[str, str] = {}
    waiting = ["/my-reviews/", f"/my-reviews/{file.pk}/"]
    sheet = None
    for turn in range(2):
        while waiting:
            url = waiting.pop()
            if url in seen and turn == 0:
                continue
            answer = browser.get(url, follow=True)
            seen[url] = answer.content.decode(errors="replace") if not answer.streaming else ""
            found = re.findall(r'href="((?:/my-reviews|/sheets)/[^"#]*)"', seen[url])
            waiting += [one for one in found if one not in seen]
        if turn == 0:
            sheet = opened(file, seats[0])
            all_signed(file, seats[1:], {0: {"count": 2}})
            waiting = ["/my-reviews/", f"/my-reviews/{file.pk}/", f"/sheets/{sheet.pk}/", f"/my-reviews/{file.pk}/panel/"]
    for url, text in seen.items():
        for word in telling(file):
            assert word not in text, (url, word)
    assert sheet is not None
    page = seen[f"/sheets/{sheet.pk}/"]
    assert "薄膜压力芯片研制" in page and "〔隐去〕" in page and file.code in page
    assert {f"/sheets/{sheet.pk}/", f"/sheets/{sheet.pk}/withdraw/", f"/my-reviews/{file.pk}/panel/"} <= set(seen)


def test_no_document_is_served_and_no_message_names_the_applicant(world: World) -> None:
    from tidui.kit.models import Message

    file, seats = blind_file(world)
    browser = Client()
    browser.force_login(person_of(seats[0]))
    sheet = opened(file, seats[0])
    attachment = Attachment.objects.get()
    assert browser.get(f"/sheets/{sheet.pk}/documents/{attachment.pk}/").status_code == 404
    assert browser.get(f"/files/{attachment.file_id}/").status_code == 404
    all_signed(file, seats[1:])
    told = " ".join(f"{one.subject}{one.body}" for one in Message.objects.filter(kind__startswith="review."))
    assert not any(word in told for word in telling(file))


def test_in_an_open_review_documents_are_served_to_the_panel_and_nobody_else(world: World) -> None:
    from tidui.review.models import Review

    file, seats = blind_file(world)
    Review.objects.update(blind=False)
    sheet = opened(file, seats[0])
    url = f"/sheets/{sheet.pk}/documents/{Attachment.objects.get().pk}/"
    browser = Client()
    browser.force_login(person_of(seats[0]))
    page = browser.get(f"/sheets/{sheet.pk}/").content.decode()
    assert url in page and NAME in page and "刘专家" not in page
    other = Client()
    other.force_login(person_of(seats[1]))
    assert other.get(url).status_code == 404
