"""Documents: numbers without gaps, a digest, a PDF that is made afterwards, and who may read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import World
from tidui.kit import clock, files
from tidui.recognition import documents
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document

pytestmark = pytest.mark.django_db

CONTENT = {
    "to": "兰州白塔精密仪器有限公司", "lead": ["你单位的申报未通过。"],
    "sections": [{"heading": "不符合的条件", "columns": ["条件", "所填"], "rows": [["职工总数", "600"]]}],
}  # fmt: skip


def issued(world: World, **changed: Any) -> Document:
    """A letter to enterprise `a`."""
    given: dict[str, Any] = {
        "kind": DocumentKind.REFUSAL, "title": "不予通过告知书", "content": CONTENT, "by": world.department_officer,
        "at": timezone.now(), "organisation": world.a,
    }  # fmt: skip
    return documents.issue(**{**given, **changed})


def test_each_kind_has_its_own_series_in_a_year(world: World) -> None:
    year = clock.today().year
    numbers = [issued(world).number, issued(world).number, issued(world, kind=DocumentKind.LETTER).number]
    assert numbers == [f"甘科告〔{year}〕1号", f"甘科告〔{year}〕2号", f"甘科函〔{year}〕1号"]


def test_a_document_that_was_not_issued_in_the_end_leaves_no_gap(world: World) -> None:
    class Undone(Exception):
        pass

    @transaction.atomic
    def undone() -> None:
        issued(world)
        raise Undone

    with pytest.raises(Undone):
        undone()
    assert issued(world).number.endswith("1号")


def test_the_digest_covers_number_title_day_and_content(world: World) -> None:
    made = Document.objects.get(pk=issued(world).pk)
    assert documents.holds(made)
    for name, other in (("number", "甘科告〔2026〕9号"), ("title", "告知书"), ("content", {**made.content, "to": "别家"})):
        kept = getattr(made, name)
        setattr(made, name, other)
        assert not documents.holds(made)
        setattr(made, name, kept)


def test_the_department_signs_what_names_no_signer(world: World) -> None:
    assert issued(world).content["signed"] == world.department.name


def test_the_pdf_is_attached_once_and_is_the_same_whoever_made_it(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    made = issued(world)
    documents.make_pdf.call(made.pk)
    made.refresh_from_db()
    assert made.file is not None and made.file.name == f"{made.number}.pdf"
    assert files.path(made.file).read_bytes() == documents.printed(made)
    first = made.file_id
    documents.make_pdf.call(made.pk)
    made.refresh_from_db()
    assert made.file_id == first


def test_the_pdf_can_be_had_before_the_worker_has_made_it(world: World, client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    made = issued(world)
    client.force_login(world.clerk_a)
    early = client.get(f"/documents/{made.pk}/pdf/")
    documents.make_pdf.call(made.pk)
    late = client.get(f"/documents/{made.pk}/pdf/")
    assert early.content == b"".join(late.streaming_content)  # type: ignore[attr-defined]
    assert early["Content-Type"] == late["Content-Type"] == "application/pdf"


def test_a_character_that_cannot_be_printed_is_told_and_the_page_still_shows_the_text(world: World, client: Client) -> None:
    made = issued(world, title="关于\ue000的告知书")
    client.force_login(world.clerk_a)
    told = client.get(f"/documents/{made.pk}/pdf/")
    assert told.status_code == 403 and "U+E000" in told.content.decode()
    assert client.get(f"/documents/{made.pk}/").status_code == 200


def test_a_letter_is_read_by_its_addressee_and_the_department_and_nobody_else(world: World, client: Client) -> None:
    made = issued(world)
    answers = {}
    for person in (world.clerk_a, world.department_officer, world.inspector, world.clerk_b, world.county_officer, world.stranger):
        client.force_login(person)
        answers[person.username] = [client.get(f"/documents/{made.pk}/{end}").status_code for end in ("", "pdf/")]
    client.logout()
    answers["nobody"] = [client.get(f"/documents/{made.pk}/{end}").status_code for end in ("", "pdf/")]
    assert answers == {
        "clerk_a": [200, 200], "department_officer": [200, 200], "inspector": [200, 200], "clerk_b": [404, 404],
        "county_officer": [404, 404], "stranger": [404, 404], "nobody": [404, 404],
    }  # fmt: skip


def test_a_public_document_is_everybodys(world: World, client: Client) -> None:
    made = issued(world, public=True)
    answer = client.get(f"/documents/{made.pk}/")
    assert answer.status_code == 200 and "职工总数" in answer.content.decode()


def test_the_list_asks_the_same_for_one_and_for_three(world: World, client: Client) -> None:
    client.force_login(world.department_officer)
    issued(world)
    one = asked(client)
    issued(world)
    issued(world)
    assert (one, asked(client)) == (3, 3)


def asked(client: Client) -> int:
    """How often the page of the list asks for documents: the keys, the rows, the kinds."""
    with CaptureQueriesContext(connection) as noted:
        assert client.get("/documents/").status_code == 200
    return sum('FROM "recognition_document"' in one["sql"] for one in noted.captured_queries)
