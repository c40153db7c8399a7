"""Certificates: recognised by a document, signed, printed, verified by anybody, issued again, issued by the hundred."""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.meetings import before_meeting
from tests.people import World
from tests.review import at_stage
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch
from tidui.cli.main import main
from tidui.kit import clock, files, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.models import Job, JobState
from tidui.recognition import certificates, holding_keys, registering, revoked_list, verifying
from tidui.recognition.actions import certificates as actions
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document, Recognition
from tidui.recognition.models_certificates import Certificate, SigningKey
from tidui.recognition.signing import checking
from tidui.registry.facts import fact_set

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    """Keys of the tests lie in a folder of their own."""
    settings.HOME = tmp_path


def issued(world: World, count: int = 1) -> tuple[Batch, list[Certificate]]:
    """Certificates of a batch, made by the job."""
    batch, _rows = at_stage(world, "issue", count)
    actions.recognise(batch=batch, title="认定通知", text="现予认定。", by=world.department_officer, at=timezone.now())
    jobs.work_off()
    return batch, list(Certificate.objects.order_by("pk"))


def eve_of_third_anniversary(day: dt.date) -> dt.date:
    """The day before the same day three years on; a 29 February has its anniversary on the 28th."""
    year = day.year + 3
    last = calendar.monthrange(year, day.month)[1]
    return dt.date(year, day.month, min(day.day, last)) - dt.timedelta(days=1)


def raw_of(one: Certificate) -> bytes:
    assert one.file is not None
    return files.path(one.file).read_bytes()


def test_whoever_passed_the_notice_is_recognised_with_a_number_a_status_and_a_certificate(world: World) -> None:
    batch, (one, two) = issued(world, 2)
    today = clock.today()
    paper = Document.objects.get(kind=DocumentKind.RECOGNITION)
    assert paper.public and paper.number.startswith("甘科认〔")
    assert [one.number, two.number] == [f"GSCX{today.year}6200001", f"GSCX{today.year}6200002"]
    held = Recognition.objects.get(number=one.number)
    assert (held.rung, held.valid_from, held.document_number) == ("provincial", today, paper.number)
    assert held.valid_until == eve_of_third_anniversary(today)
    facts = fact_set(held.organisation)
    assert facts.get("provincial_recognised_on") == (today,)
    assert facts.get("provincial_valid_until") == held.valid_until
    assert {row.state for row in Application.objects.filter(batch=batch)} == {State.ACCEPTED}
    assert Batch.objects.get(pk=batch.pk).ended_at is not None
    assert raw_of(one)[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-11-23", "2029-11-22"), ("2028-02-29", "2031-02-27"), ("2028-03-01", "2031-02-28"), ("2027-01-01", "2029-12-31")],
)
def test_a_recognition_lasts_until_the_eve_of_its_third_anniversary(since: str, until: str) -> None:
    day = dt.date.fromisoformat(since)
    assert certificates.valid_until("gansu/provincial-innovative", day) == dt.date.fromisoformat(until)
    assert eve_of_third_anniversary(day) == dt.date.fromisoformat(until)


def test_no_certificate_bears_a_number_that_another_programme_gave(world: World) -> None:
    year = clock.today().year
    Recognition.objects.create(
        organisation=world.b, programme="tech-sme", rung="tech-sme", year=year, number=f"GSCX{year}6200001",
        valid_from=clock.today(), valid_until=clock.today(), recorded_by=world.department_officer,
        recorded_at=timezone.now(), announced_at=timezone.now(),
    )  # fmt: skip
    _batch, (one,) = issued(world)
    assert one.number == f"GSCX{year}6200002"


def test_the_ladder_follows(world: World) -> None:
    from tidui.cultivation import placing
    from tidui.cultivation.models import Placement

    _batch, (one,) = issued(world)
    placing.place_all([one.recognition.organisation_id], on=clock.today(), at=timezone.now())
    assert Placement.objects.get(organisation=one.recognition.organisation_id).rung == "provincial"


def test_a_job_that_was_killed_goes_on_where_it_was(world: World, monkeypatch: Any) -> None:
    batch, _rows = at_stage(world, "issue", 3)
    made = actions.recognise(batch=batch, title="认定", text="认定。", by=world.department_officer, at=timezone.now())
    whole, calls = certificates.attach, []

    def killed(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:  # the second certificate is written, its PDF is not
            raise KeyboardInterrupt
        return whole(*given, **named)

    monkeypatch.setattr(certificates, "attach", killed)
    with pytest.raises(KeyboardInterrupt):
        certificates.issue(made.document, at=timezone.now(), by=world.department_officer)
    assert (Certificate.objects.count(), Certificate.objects.filter(file=None).count()) == (2, 1)
    monkeypatch.setattr(certificates, "attach", whole)

    result = certificates.issue(made.document, at=timezone.now(), by=world.department_officer)

    assert (result["issued"], result["left"]) == (3, 0)
    assert Recognition.objects.count() == Certificate.objects.exclude(file=None).count() == 3
    again = certificates.issue(made.document, at=timezone.now())
    assert again["issued"] == 3 and Certificate.objects.count() == 3


def test_a_name_that_cannot_be_printed_holds_up_nobody_else(world: World, monkeypatch: Any) -> None:
    from tidui.kit import pdf

    batch, _rows = at_stage(world, "issue", 2)
    made = actions.recognise(batch=batch, title="认定", text="认定。", by=world.department_officer, at=timezone.now())
    whole = certificates.printed

    def unprintable(one: Certificate, key: Any) -> bytes:
        if one.number.endswith("00001"):
            raise pdf.MissingGlyph("\U000323af")
        return whole(one, key)

    monkeypatch.setattr(certificates, "printed", unprintable)
    result = certificates.issue(made.document, at=timezone.now())
    assert (result["issued"], result["left"]) == (1, 1) and "U+323AF" in result["failures"][0][1]
    monkeypatch.setattr(certificates, "printed", whole)
    assert certificates.issue(made.document, at=timezone.now())["left"] == 0


def test_a_lost_key_is_said_before_anything_is_issued(world: World) -> None:
    _batch, (one,) = issued(world)
    for path in holding_keys.folder().glob("ed25519-*.json"):
        path.unlink()
    batch, _rows = at_stage(world, "issue", 1)
    actions.recognise(batch=batch, title="认定", text="认定。", by=world.department_officer, at=timezone.now())
    jobs.work_off()
    failed = Job.objects.order_by("-created_at").first()
    assert failed is not None and failed.state == JobState.FAILED and "backup" in failed.error
    assert Certificate.objects.count() == 1
    with pytest.raises(NotAllowed) as refused:
        certificates.reissue(one.recognition, "更名", world.department_officer, timezone.now())
    assert refused.value.refused.code == "no-key"
    assert Client().get("/open/revocations.json").status_code == 404


def published(folder: Path) -> tuple[Path, Path]:
    """The files that are published at /open/."""
    keys, listed = folder / "keys.json", folder / "revocations.json"
    keys.write_bytes(revoked_list.keys_text())
    listed.write_bytes(revoked_list.text(timezone.now()) or b"")
    return keys, listed


def test_anybody_verifies_a_certificate_without_a_network(world: World, tmp_path: Path, capsys: Any) -> None:
    _batch, (one,) = issued(world)
    pdf, data = tmp_path / "c.pdf", tmp_path / "c.json"
    pdf.write_bytes(raw_of(one))
    answer = Client().get(f"/verify/{one.number}.json")
    data.write_bytes(answer.content)
    keys, listed = published(tmp_path)

    assert main(["verify", str(pdf), "--keys", str(keys), "--revocations", str(listed)]) == 0
    said = capsys.readouterr().out
    assert one.name in said and one.number in said and "清单中没有它" in said and "证书真实有效" in said
    assert main(["verify", str(data), "--keys", str(keys), "--lang", "en"]) == 0
    assert "NOT CHECKED: no list was given" in capsys.readouterr().out
    assert main(["verify", str(data), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["key_checked"] is False
    assert main(["verify", str(pdf), "--keys", str(keys), "--on", "2020-01-01"]) == 1
    assert main(["verify", str(keys)]) == 2


def test_a_changed_byte_is_found_wherever_it_is(world: World, tmp_path: Path) -> None:
    import random

    _batch, (one,) = issued(world)
    keys, _listed = published(tmp_path)
    known = checking.keys_of(keys.read_bytes())
    for raw in (raw_of(one), Client().get(f"/verify/{one.number}.json").content):
        assert not checking.check(raw, on=clock.today(), keys=known).bad
        places = random.Random(7).sample(range(len(raw)), 120)
        for place in places:
            changed = bytearray(raw)
            changed[place] ^= 1
            with contextlib.suppress(checking.Unreadable):
                assert checking.check(bytes(changed), on=clock.today(), keys=known).bad, place


def test_a_revoked_certificate_says_so_everywhere(world: World, tmp_path: Path, capsys: Any) -> None:
    _batch, (one,) = issued(world)
    pdf = tmp_path / "c.pdf"
    pdf.write_bytes(raw_of(one))
    Recognition.objects.update(revoked_on=clock.today())
    keys, listed = published(tmp_path)
    assert main(["verify", str(pdf), "--keys", str(keys), "--revocations", str(listed)]) == 1
    assert "已撤销" in capsys.readouterr().out
    answer = verifying.lookup(one.number, clock.today())
    assert answer.standing == verifying.Standing.REVOKED and answer.certificate is None
    assert Client().get(f"/verify/{one.number}.pdf").status_code == 404
    spoilt = json.loads(listed.read_text())
    spoilt["content"]["entries"] = []
    listed.write_text(json.dumps(spoilt))
    assert main(["verify", str(pdf), "--keys", str(keys), "--revocations", str(listed)]) == 1
    assert "不可信" in capsys.readouterr().out


def test_the_list_tells_what_was_revoked_from_what_was_replaced_and_what_ended_early(world: World, tmp_path: Path) -> None:
    _batch, (one,) = issued(world)
    held, today = one.recognition, clock.today()
    last = today + dt.timedelta(days=30)
    registering.ended(recognition=held, on=last, reason="迁出", by=world.department_officer, at=timezone.now())
    keys, listed = published(tmp_path)
    known = checking.keys_of(keys.read_bytes())

    def said(on: dt.date) -> checking.Report:
        return checking.check(raw_of(one), on=on, keys=known, revocations=listed.read_bytes())

    assert (said(last).revocation, said(last).bad) == (checking.Revocation.NOT_LISTED, False)
    after = said(last + dt.timedelta(days=1))
    assert (after.revocation, after.bad) == (checking.Revocation.ENDED, True)
    registering.revoked(
        recognition=held, on=today, barred_until=None, by=world.department_officer, at=timezone.now()
    )
    keys, listed = published(tmp_path)
    assert (said(today).revocation, said(today).bad) == (checking.Revocation.REVOKED, True)


def test_a_renamed_enterprise_gets_another_issue_of_the_same_number(world: World, tmp_path: Path) -> None:
    _batch, (one,) = issued(world)
    old = raw_of(one)
    held = one.recognition
    held.organisation.name = "兰州白塔精密仪器股份有限公司"
    held.organisation.save()

    made = certificates.reissue(held, "企业更名", world.department_officer, timezone.now())
    certificates.make_file.call(made.pk)

    one.refresh_from_db()
    made.refresh_from_db()
    assert (made.number, made.issue, made.name) == (one.number, 2, "兰州白塔精密仪器股份有限公司")
    assert one.void_on == clock.today() and one.void_reason == "企业更名"
    keys, listed = published(tmp_path)
    known = checking.keys_of(keys.read_bytes())
    found = checking.check(old, on=clock.today(), keys=known, revocations=listed.read_bytes())
    assert found.revocation == checking.Revocation.REPLACED and found.bad
    found = checking.check(raw_of(made), on=clock.today(), keys=known, revocations=listed.read_bytes())
    assert found.revocation == checking.Revocation.NOT_LISTED and not found.bad
    page = Client().get("/verify/", {"number": one.number}).content.decode()
    assert one.name in page and made.name in page and "换发证书" in page


def test_what_an_old_key_signed_stays_good_after_a_new_one(world: World, tmp_path: Path) -> None:
    _batch, (one,) = issued(world)
    holding_keys.rotate("ed25519", timezone.now())
    again = certificates.reissue(one.recognition, "换发", world.department_officer, timezone.now())
    assert SigningKey.objects.count() == 2 and again.signature["key"] != one.signature["key"]
    keys, _listed = published(tmp_path)
    known = checking.keys_of(keys.read_bytes())
    assert not checking.check(raw_of(one), on=clock.today(), keys=known).bad


def test_the_number_page_and_the_files_tell_strangers_nothing_personal(world: World) -> None:
    _batch, (one,) = issued(world)
    client = Client()
    page = client.get("/verify/", {"number": one.number.lower()}).content.decode()
    assert "当日有效" in page and one.name in page
    data = client.get(f"/verify/{one.number}.json").content.decode()
    pdf = b"".join(client.get(f"/verify/{one.number}.pdf").streaming_content)  # type: ignore[attr-defined]
    for text in (page, data, pdf.decode("latin-1")):
        assert "白小慧" not in text and "13900001111" not in text and "填报000" not in text
    assert json.loads(client.get("/open/keys.json").content)["keys"][0]["fingerprint"]
    assert client.get("/open/").status_code == 200
    assert client.get(f"/open/provincial/{clock.today().year}.csv").status_code == 200


def test_certificates_are_issued_by_the_page(world: World, client: Client) -> None:
    batch, rows = at_stage(world, "issue", 2)
    client.force_login(world.department_officer)
    address = f"/batches/{batch.pk}/certificates/"
    page = client.get(address).content.decode()
    assert rows[0].organisation.name in page
    sent = client.post(address, {"title": "认定通知", "text": "现予认定。", "count": "1"})
    assert sent.status_code == 422 and not Certificate.objects.exists()
    assert client.post(address, {"title": "认定通知", "text": "现予认定。", "count": "2"}).status_code == 302
    jobs.work_off()
    assert "已颁发证书" in client.get(address).content.decode()
    client.force_login(rows[0].begun_by)
    case = client.get(f"/applications/{rows[0].pk}/").content.decode()
    assert Certificate.objects.order_by("pk")[0].number in case
    mine = Certificate.objects.order_by("pk")[0]
    assert client.get(f"/certificates/{mine.pk}.pdf").status_code == 200
    client.force_login(world.clerk_a)
    assert client.get(f"/certificates/{mine.pk}.pdf").status_code == 404


def test_before_meeting_helper_stands_at_the_meeting(world: World) -> None:
    batch, rows = before_meeting(world, 1)
    assert batch.stage == rows[0].stage == "meeting"
