"""Files: checked, stored once, served to those who may read them; large ones in pieces; what nobody wants is swept."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tests.integration.kit.list_site  # noqa: F401  declares the kinds of files
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tidui.accounts.models import Organisation, User
from tidui.audit.models import Event
from tidui.kit import files, sweeping
from tidui.kit.aside import tell
from tidui.kit.models import StoredFile, Upload
from tidui.kit.views import files as views

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.kit.list_site")]
BACKEND = "django.contrib.auth.backends.ModelBackend"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + b"% padding\n" * 20 + b"trailer\n<</Size 1>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    """Where files lie in this test."""
    settings.MEDIA_ROOT = tmp_path
    settings.AUTHENTICATION_BACKENDS = [BACKEND]
    return tmp_path


def signed_in(username: str = "officer") -> Client:
    user = User.objects.filter(username=username).first() or User.objects.create_user(username, name=username)
    client = Client()
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def client() -> Client:
    return signed_in()


def content(answer: Any) -> bytes:
    """What was sent; the file is closed, as a server does."""
    data: bytes = answer.getvalue()
    for close in answer._resource_closers:
        close()
    return data


def on_disk(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file())


def upload(data: bytes = PDF, name: str = "证书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def store(data: bytes = PDF, name: str = "证书.pdf", kind: str = "tests.evidence", about: Any = None) -> StoredFile:
    received = files.receive(upload(data, name), kind=kind)
    user = User.objects.filter(username="officer").first()
    return files.keep(received, by=user, at=timezone.now(), about=about)


class TestStoring:
    def test_the_content_lies_under_its_hash_and_the_row_says_what_it_is(self, client: Client, place: Path) -> None:
        stored = store()
        digest = hashlib.sha256(PDF).hexdigest()
        assert files.path(stored) == place / "content" / digest[:2] / digest[2:4] / digest
        assert files.path(stored).read_bytes() == PDF
        assert (stored.sha256, stored.size, stored.media_type) == (digest, len(PDF), "application/pdf")

    def test_the_same_content_is_on_disk_once_with_a_row_for_each_upload(self, client: Client, place: Path) -> None:
        first, second = store(), store(name="另一份.pdf")
        assert first.pk != second.pk and second.name == "另一份.pdf"
        assert on_disk(place) == [files.path(first)]

    @pytest.mark.parametrize(
        ("data", "name", "code"),
        [
            (b"", "a.pdf", "empty"),
            (b"%PDF-1.7 %%EOF" + b"\n" * (9 * files.MB), "a.pdf", "too-large"),
            (b"MZ", "a.pdf", "type"),
            (PDF, "a.exe", "type"),
            (PDF, "机密级.pdf", "classified"),
            ("国防专利号".encode(), "a.txt", "classified"),
        ],
    )
    def test_what_is_refused_leaves_nothing_behind(self, place: Path, data: bytes, name: str, code: str) -> None:
        with pytest.raises((files.NotStored, files.Classified)) as refusal:
            files.receive(upload(data, name), kind="tests.evidence")
        assert refusal.value.code == code
        assert on_disk(place) == []

    def test_the_disk_is_waited_for_by_whoever_uses_the_content(
        self, client: Client, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let, sync = threading.Event(), files._sync
        monkeypatch.setattr(files, "_sync", lambda path: (let.wait(20), sync(path)))
        received = files.receive(upload(), kind="tests.evidence", wait=False)
        assert received.settling is not None and not received.settling.done()
        assert not files.content_path(received.sha256).exists()
        threading.Timer(0.05, let.set).start()
        stored = files.keep(received, by=User.objects.get(), at=timezone.now())
        assert on_disk(place) == [files.path(stored)] and files.path(stored).read_bytes() == PDF
        again = files.receive(upload(), kind="tests.evidence", wait=False)
        assert files.Received.of_token(again.token, "tests.evidence") == received

    def test_whoever_waits_for_the_disk_steps_aside_and_only_for_as_long(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let, sync = threading.Event(), files._sync
        said: list[Any] = []

        @contextmanager
        def way() -> Iterator[None]:
            said.append("aside")
            let.set()  # what comes to pass while others work
            yield
            said.append("back")

        def work() -> None:
            tell(way)
            received = files.receive(upload(), kind="tests.evidence", wait=False)
            said.append("on the way")
            received.settled()
            received.settled()
            said.append(received.path.read_bytes())
            files.receive(upload(PDF + b"\n"), kind="tests.evidence")

        monkeypatch.setattr(files, "_sync", lambda path: (let.wait(20), sync(path)))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(30)
        assert said == ["on the way", "aside", "back", PDF, "aside", "back"]

    def test_a_disk_that_fails_is_told_to_whoever_waits_and_nothing_is_kept(
        self, client: Client, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(handle: int) -> None:
            raise OSError(errno.ENOSPC, "no space")

        monkeypatch.setattr(os, "fsync", full)
        received = files.receive(upload(), kind="tests.evidence", wait=False)
        for use in (received.settled, lambda: received.token, lambda: received.path):
            with pytest.raises(OSError, match="no space"):
                use()
        with pytest.raises(OSError, match="no space"):
            files.keep(received, by=User.objects.get(), at=timezone.now())
        with pytest.raises(OSError, match="no space"):
            files.receive(upload(), kind="tests.evidence")
        assert not StoredFile.objects.exists() and on_disk(place) == []

    def test_where_there_is_no_thread_for_it_the_disk_is_waited_for_at_once(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def closed(*given: Any) -> None:
            raise RuntimeError("cannot schedule new futures after shutdown")

        monkeypatch.setattr(ThreadPoolExecutor, "submit", closed)
        received = files.receive(upload(), kind="tests.evidence", wait=False)
        assert received.settling is None and on_disk(place) == [received.path]

    def test_what_is_refused_is_not_brought_to_the_disk(self, place: Path) -> None:
        with pytest.raises(files.NotStored):
            files.receive(upload(b"MZ"), kind="tests.evidence", wait=False)
        assert on_disk(place) == []

    def test_own_files_are_not_held_to_the_limit(self, place: Path) -> None:
        source = place / "made.txt"
        source.write_bytes(b"x" * 500)
        assert files.receive(source, kind="tests.plain", name="made.txt", own=True).size == 500
        with pytest.raises(files.NotStored):
            files.receive(source, kind="tests.plain", name="made.txt")

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\Users\\王\\证书.pdf", "证书.pdf"),
            ("证\x00书\r\n.pdf", "证_书_ _.pdf".replace("_ _", "__")),
            ("gpj.\u202efdp.pdf", "gpj._fdp.pdf"),
            ("  .. 证书 . pdf", "证书.pdf"),
            ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
            (".pdf", "pdf"),
            ("<>.pdf", "__.pdf"),
            ('a<b>:"c|?*.pdf', "a_b___c___.pdf"),
            ("证书.PDF", "证书.PDF"),
        ],
    )
    def test_names_lose_their_tricks_and_keep_their_ending(self, given: str, kept: str) -> None:
        name = files.clean_name(given)
        assert name == kept and len(name) <= files.MAX_NAME


class TestServing:
    def test_it_comes_as_an_attachment_that_no_browser_opens(self, client: Client) -> None:
        stored = store(name="高新技术企业 证书(1).pdf")
        answer = client.get(files.url(stored))
        assert answer.status_code == 200 and content(answer) == PDF
        assert answer["Content-Type"] == "application/pdf" and answer["Content-Length"] == str(len(PDF))
        assert answer["Content-Disposition"] == (
            "attachment; filename*=utf-8''%E9%AB%98%E6%96%B0%E6%8A%80%E6%9C%AF%E4%BC%81%E4%B8%9A%20%E8%AF%81%E4%B9%A6%281%29.pdf"
        )
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Security-Policy"].startswith("sandbox")

    def test_a_stranger_gets_the_same_answer_as_for_a_file_that_is_not_there(self, client: Client) -> None:
        stored = store()
        stranger = signed_in("stranger")
        theirs, missing = stranger.get(files.url(stored)), stranger.get("/files/999999/")
        assert theirs.status_code == missing.status_code == 404
        assert content(signed_in("reader").get(files.url(stored))) == PDF

    def test_whoever_has_not_signed_in_is_sent_to_sign_in(self, client: Client) -> None:
        assert Client().get(files.url(store())).status_code == 302

    def test_a_file_of_a_kind_that_is_not_known_any_more_is_nobodys(self, client: Client) -> None:
        stored = store()
        StoredFile.objects.update(kind="gone.kind")
        assert client.get(files.url(stored)).status_code == 404

    def test_a_content_that_is_lost_is_not_found(self, client: Client) -> None:
        stored = store()
        files.path(stored).unlink()
        assert client.get(files.url(stored)).status_code == 404

    def test_a_download_of_a_sensitive_kind_is_written_down(self, client: Client) -> None:
        content(client.get(files.url(store())))
        assert [one.verb for one in Event.objects.all()] == ["kit.download"]
        content(client.get(files.url(store(b"plain", "a.txt", "tests.plain"))))
        assert Event.objects.count() == 1


class TestTheForm:
    def send(self, client: Client, **fields: Any) -> HttpResponse:
        return client.post("/evidence/", {"name": "甲", **fields})  # type: ignore[return-value]

    def test_a_plain_form_stores_its_file(self, client: Client) -> None:
        answer = self.send(client, document=upload())
        stored = StoredFile.objects.get(pk=int(answer.content))
        assert stored.name == "证书.pdf" and stored.about_model == "accounts.user"
        assert files.about(stored) == User.objects.get(username="officer")

    def test_a_file_is_needed(self, client: Client) -> None:
        assert self.send(client).status_code == 422

    def test_a_refusal_is_told_beside_the_field(self, client: Client) -> None:
        text = self.send(client, document=upload(b"MZ", "a.pdf")).content.decode()
        assert "文件内容与扩展名 .pdf 不符" in text

    def test_a_file_need_not_be_chosen_again_when_another_field_was_wrong(self, client: Client) -> None:
        text = self.send(client, name="国防专利", document=upload()).content.decode()
        assert "线下报送" in text and "已收到 证书.pdf" in text
        token = re.search(r'name="document-kept" value="([^"]+)"', text)
        assert token is not None
        answer = self.send(client, **{"document-kept": token.group(1)})
        assert answer.status_code == 200 and StoredFile.objects.get().name == "证书.pdf"

    @pytest.mark.parametrize("token", ["x", "a:b:c", "../../etc/passwd", ""])
    def test_a_forged_token_is_refused(self, client: Client, token: str) -> None:
        assert self.send(client, **{"document-kept": token}).status_code == 422
        assert not StoredFile.objects.exists()

    def test_a_token_of_another_kind_is_refused(self, client: Client) -> None:
        token = files.receive(upload(b"x", "a.txt"), kind="tests.plain").token
        assert self.send(client, **{"document-kept": token}).status_code == 422


class TestPieces:
    def begin(self, client: Client, data: bytes = PDF, **more: Any) -> HttpResponse:
        asked = {"kind": "tests.evidence", "name": "证书.pdf", "size": len(data), **more}
        return client.post("/uploads/", json.dumps(asked), content_type="application/json")  # type: ignore[return-value]

    def put(self, client: Client, key: str, data: bytes, offset: Any) -> HttpResponse:
        url = f"/uploads/{key}/?offset={offset}"
        return client.put(url, data, content_type="application/octet-stream")  # type: ignore[return-value]

    def test_a_file_arrives_in_pieces_and_its_form_keeps_it(self, client: Client, place: Path) -> None:
        begun = self.begin(client).json()
        key = begun["id"]
        assert self.put(client, key, PDF[:100], 0).json() == {"offset": 100}
        assert self.put(client, key, PDF[100:], 100).json() == {"offset": len(PDF)}
        done = client.post(f"/uploads/{key}/finish/").json()
        assert done["name"] == "证书.pdf"
        answer = client.post("/evidence/", {"name": "甲", "document-kept": done["token"]})
        stored = StoredFile.objects.get(pk=int(answer.content))
        assert files.path(stored).read_bytes() == PDF
        assert on_disk(place) == [files.path(stored)]

    def test_after_a_break_it_goes_on_from_what_arrived(self, client: Client) -> None:
        key = self.begin(client).json()["id"]
        self.put(client, key, PDF[:60], 0)
        again = self.put(client, key, PDF[:60], 0)  # the answer was lost: the same piece once more
        assert again.status_code == 409 and again.json() == {"offset": 60}
        assert client.get(f"/uploads/{key}/").json()["offset"] == 60
        self.put(client, key, PDF[60:], 60)
        first, second = (client.post(f"/uploads/{key}/finish/") for _ in range(2))
        assert first.status_code == second.status_code == 200
        assert first.json()["token"] == second.json()["token"]

    def test_finishing_early_tells_where_to_go_on(self, client: Client) -> None:
        key = self.begin(client).json()["id"]
        self.put(client, key, PDF[:60], 0)
        answer = client.post(f"/uploads/{key}/finish/")
        assert answer.status_code == 409 and answer.json() == {"offset": 60}

    def test_more_than_was_announced_is_refused(self, client: Client) -> None:
        key = self.begin(client, PDF[:50]).json()["id"]
        assert self.put(client, key, PDF, 0).status_code == 413
        assert client.get(f"/uploads/{key}/").json()["offset"] == 0

    def test_a_piece_that_is_too_large_is_refused(self, client: Client, monkeypatch: Any) -> None:
        monkeypatch.setattr(views, "PIECE", 10)
        key = self.begin(client).json()["id"]
        assert self.put(client, key, PDF[:11], 0).status_code == 413

    @pytest.mark.parametrize("offset", ["x", "-1", "", "9" * 30, "١"])
    def test_an_offset_that_is_none_is_refused(self, client: Client, offset: str) -> None:
        key = self.begin(client).json()["id"]
        assert self.put(client, key, PDF, offset).status_code == 422

    def test_an_upload_is_nobody_elses(self, client: Client) -> None:
        key = self.begin(client).json()["id"]
        stranger = signed_in("stranger")
        assert self.put(stranger, key, PDF, 0).status_code == 404
        assert stranger.get(f"/uploads/{key}/").status_code == 404
        assert stranger.post(f"/uploads/{key}/finish/").status_code == 404
        assert stranger.delete(f"/uploads/{key}/").status_code == 404

    def test_no_more_is_taken_in_once_a_file_is_finished(self, client: Client) -> None:
        key = self.begin(client).json()["id"]
        self.put(client, key, PDF, 0)
        client.post(f"/uploads/{key}/finish/")
        assert self.put(client, key, PDF, 0).status_code == 409
        assert client.get(f"/uploads/{key}/").json()["offset"] == len(PDF)
        assert not views.part_path(Upload.objects.get(pk=key)).exists()

    def test_what_another_person_uploaded_cannot_be_kept_with_their_token(self, client: Client) -> None:
        key = self.begin(client).json()["id"]
        self.put(client, key, PDF, 0)
        token = client.post(f"/uploads/{key}/finish/").json()["token"]
        received = files.Received.of_token(token, "tests.evidence")
        assert received is not None
        signed_in("stranger")
        with pytest.raises(files.NotStored):
            files.keep(received, by=User.objects.get(username="stranger"), at=timezone.now())

    @pytest.mark.parametrize(
        ("more", "status", "words"),
        [
            ({"kind": "nope"}, 422, "不完整"),
            ({"size": "x"}, 422, "不完整"),
            ({"size": -1}, 422, "不完整"),
            ({"size": 0}, 422, "空的"),
            ({"size": 10 * files.MB}, 422, "文件超过"),
            ({"name": "a.exe"}, 422, "不接收这种文件"),
            ({"name": "a.xlsm"}, 422, "宏"),
            ({"name": "机密★.pdf"}, 422, "线下报送"),
        ],
    )
    def test_what_could_never_be_stored_is_refused_before_it_is_sent(
        self, client: Client, more: dict[str, Any], status: int, words: str
    ) -> None:
        answer = self.begin(client, **more)
        assert answer.status_code == status and words in answer.json()["error"]
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("body", ["", "[]", "{", "null", '"x"', "[" * 100_000])
    def test_a_request_that_is_no_announcement_is_refused(self, client: Client, body: str) -> None:
        assert client.post("/uploads/", body, content_type="application/json").status_code == 422

    def test_whoever_may_not_add_this_kind_is_refused(self) -> None:
        assert self.begin(signed_in("barred")).status_code == 422
        assert not Upload.objects.exists()

    def test_a_file_that_turns_out_to_be_wrong_is_thrown_away(self, client: Client, place: Path) -> None:
        data = b"MZ" + b"\x00" * 100
        key = self.begin(client, data).json()["id"]
        self.put(client, key, data, 0)
        answer = client.post(f"/uploads/{key}/finish/")
        assert answer.status_code == 422 and "不符" in answer.json()["error"]
        assert on_disk(place) == [] and not Upload.objects.exists()

    def test_nobody_has_too_many_on_the_way(self, client: Client) -> None:
        for _ in range(views.MOST_OPEN):
            assert self.begin(client).status_code == 201
        assert "太多" in self.begin(client).json()["error"]

    def test_giving_up_leaves_nothing(self, client: Client, place: Path) -> None:
        key = self.begin(client).json()["id"]
        self.put(client, key, PDF[:10], 0)
        assert client.delete(f"/uploads/{key}/").status_code == 204
        assert on_disk(place) == [] and not Upload.objects.exists()


class TestSweeping:
    now = timezone.now()
    old = now - sweeping.PATIENCE - dt.timedelta(hours=1)

    def age(self, *paths: Path) -> None:
        for path in paths:
            os.utime(path, (self.old.timestamp(), self.old.timestamp()))

    def test_a_content_without_a_row_goes_once_it_is_old(self, client: Client, place: Path) -> None:
        kept, loose = store(about=User.objects.get()), files.receive(upload(PDF + b"\n", "b.pdf"), kind="tests.evidence")
        assert sweeping.sweep(self.now).contents == 0
        self.age(files.path(kept), loose.path)
        assert sweeping.sweep(self.now).contents == 1
        assert on_disk(place) == [files.path(kept)]

    def test_a_content_that_is_handed_in_again_is_young(self, client: Client) -> None:
        loose = files.receive(upload(), kind="tests.evidence")
        self.age(loose.path)
        files.receive(upload(), kind="tests.evidence")
        assert sweeping.sweep(self.now).contents == 0 and loose.path.exists()

    def test_a_row_about_nothing_goes_and_one_about_a_record_stays(self, client: Client) -> None:
        loose, kept = store(), store(about=User.objects.get())
        StoredFile.objects.update(uploaded_at=self.old)
        assert sweeping.sweep(self.now).rows == 1
        assert list(StoredFile.objects.values_list("pk", flat=True)) == [kept.pk] and loose.pk != kept.pk

    def test_a_row_goes_with_the_record_that_it_was_about(self, client: Client) -> None:
        record = Organisation.objects.create(kind="enterprise", name="甲")
        store(about=record)
        StoredFile.objects.update(uploaded_at=self.old)
        assert sweeping.sweep(self.now).rows == 0
        record.delete()
        assert sweeping.sweep(self.now).rows == 1

    def test_a_row_that_another_record_points_to_stays(self, client: Client) -> None:
        stored = store()
        StoredFile.objects.update(uploaded_at=self.old)
        free = sweeping._free()
        assert list(free) == [stored] and "registry_return" in str(free.query)

    def test_a_kind_that_is_kept_for_days_goes_after_them(self, client: Client) -> None:
        store(b"x", "a.txt", "tests.short", about=User.objects.get())
        StoredFile.objects.update(uploaded_at=self.now - dt.timedelta(days=2, hours=23))
        assert sweeping.sweep(self.now).rows == 0
        StoredFile.objects.update(uploaded_at=self.now - dt.timedelta(days=3, hours=1))
        assert sweeping.sweep(self.now).rows == 1

    def test_uploads_that_broke_off_go_with_their_pieces(self, client: Client, place: Path) -> None:
        pieces = TestPieces()
        key = pieces.begin(client).json()["id"]
        pieces.put(client, key, PDF[:10], 0)
        assert sweeping.sweep(self.now).uploads == 0
        Upload.objects.update(started_at=self.old)
        self.age(*on_disk(place))
        assert sweeping.sweep(self.now).uploads == 1
        assert on_disk(place) == []
