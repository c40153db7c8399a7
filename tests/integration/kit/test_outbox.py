"""Messages: written with what they tell of, worded in each person's language, sent by the outbox and tried again."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.people import World

from tidui.kit import access, outbox, texts
from tidui.kit.models import Delivery, DeliveryState, Message, TextVersion

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_text() -> Iterator[None]:
    """A text that only these tests know."""
    before = dict(texts._known)
    texts.define(
        "test.accepted",
        "a title",
        zh=("{enterprise}已通过", "{enterprise}的申报已经通过。"),
        en=("{enterprise} passed", "The application of {enterprise} has passed."),
        placeholders={"enterprise": "企业名称"},
        by_sms=True,
    )
    yield
    texts._known.clear()
    texts._known.update(before)


@pytest.fixture
def gateway_to_file(settings: Any, tmp_path: Path) -> Path:
    """Short messages go to a file of this test, mails to Django's outbox of tests."""
    settings.HOME = tmp_path
    settings.TIDUI_SMS_GATEWAY = "tidui.kit.outbox.FileGateway"
    settings.EMAIL_HOST = "mail.invalid"
    return tmp_path / "sms.jsonl"


def tell(world: World, at: dt.datetime, **person: str) -> Message:
    """One message to the officer of the county."""
    reader = world.county_officer
    for name, value in person.items():
        setattr(reader, name, value)
    reader.save()
    return outbox.notify(to=[reader], template="test.accepted", context={"enterprise": "甲公司"}, at=at)[0]


def test_everybody_is_written_to_once_in_their_own_language(world: World) -> None:
    world.clerk_a.language = "en"
    people = [world.county_officer, world.clerk_a, world.county_officer]

    sent = outbox.notify(to=people, template="test.accepted", context={"enterprise": "A"}, at=timezone.now())

    assert [(one.recipient, one.subject) for one in sent] == [
        (world.county_officer, "A已通过"), (world.clerk_a, "A passed"),
    ]  # fmt: skip


def test_nothing_is_written_when_what_it_tells_of_fails(world: World) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  what fails comes after
        tell(world, timezone.now())
        raise RuntimeError

    assert Message.objects.count() == 0


def test_mail_and_short_message_are_sent_once(world: World, gateway_to_file: Path) -> None:
    now = timezone.now()
    tell(world, now, email="officer@example.org", mobile="13900000001")

    assert (outbox.deliver(now), outbox.deliver(now + dt.timedelta(days=1))) == (2, 0)

    assert [(one.subject, one.to) for one in mail.outbox] == [("甲公司已通过", ["officer@example.org"])]
    assert json.loads(gateway_to_file.read_text("utf-8")) == {"to": "13900000001", "text": "【梯队】甲公司已通过"}


def test_without_a_gateway_it_is_said_and_nothing_is_lost(world: World, settings: Any) -> None:
    settings.TIDUI_SMS_GATEWAY, settings.EMAIL_HOST = "", ""
    now = timezone.now()
    tell(world, now, email="officer@example.org", mobile="13900000001")

    assert outbox.deliver(now) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.NO_GATEWAY}


class Answers(http.server.BaseHTTPRequestHandler):
    """A gateway for short messages that answers what the test says, and keeps what it was asked."""

    replies: ClassVar[list[tuple[int, bytes]]] = []
    asked: ClassVar[list[tuple[str | None, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Authorization"], json.loads(body)))
        status, reply = self.replies.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def http_gateway(settings: Any) -> Iterator[type[Answers]]:
    """The gateway over HTTP, with a real server behind it."""
    Answers.asked, Answers.replies = [], []
    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_HOST = ""
    settings.TIDUI_SMS_GATEWAY = "tidui.kit.outbox.HttpGateway"
    settings.TIDUI_SMS_URL, settings.TIDUI_SMS_TOKEN = f"http://127.0.0.1:{server.server_port}/", "a-token"
    yield Answers
    server.shutdown()
    server.server_close()


def test_a_gateway_that_fails_is_tried_again_later(world: World, http_gateway: type[Answers]) -> None:
    http_gateway.replies[:] = [(500, b""), (200, b'{"id": ""}'), (200, b'{"id": "x-1"}')]
    now = timezone.now()
    tell(world, now, mobile="13900000001", email="")
    moments = (now, now + dt.timedelta(seconds=59), now + dt.timedelta(minutes=1), now + dt.timedelta(minutes=6))

    sent = [outbox.deliver(moment) for moment in moments]

    delivery = Delivery.objects.get()
    assert sent == [0, 0, 0, 1]
    assert (delivery.state, delivery.attempts, delivery.reference) == (DeliveryState.SENT, 3, "x-1")
    assert {token for token, _body in http_gateway.asked} == {"Bearer a-token"}


def test_after_the_last_pause_it_is_given_up(world: World, http_gateway: type[Answers]) -> None:
    http_gateway.replies[:] = [(500, b"")] * 9
    now = timezone.now()
    tell(world, now, mobile="13900000001", email="")

    for day in range(8):
        outbox.deliver(now + dt.timedelta(days=day))

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, len(outbox.PAUSES))


def test_an_administrator_rewords_a_text_and_the_past_stays(world: World) -> None:
    now = timezone.now()
    by = world.department_administrator

    texts.reword(key="test.accepted", language="zh-hans", subject="恭喜{enterprise}", body="好", by=by, at=now)
    texts.reword(key="test.accepted", language="zh-hans", subject="祝贺{enterprise}", body="好", by=by, at=now)

    assert tell(world, now).subject == "祝贺甲公司"
    assert list(TextVersion.objects.order_by("version").values_list("version", "subject")) == [
        (1, "恭喜{enterprise}"), (2, "祝贺{enterprise}"),
    ]  # fmt: skip


def test_a_placeholder_that_the_text_does_not_have_is_refused(world: World) -> None:
    with pytest.raises(ValidationError, match=r"\{amount\}"):
        texts.reword(
            key="test.accepted", language="zh-hans", subject="x", body="{amount}",
            by=world.department_administrator, at=timezone.now(),
        )  # fmt: skip
    with pytest.raises(access.NotAllowed):
        texts.reword(
            key="test.accepted", language="zh-hans", subject="x", body="y", by=world.clerk_a, at=timezone.now()
        )


def test_values_are_filled_as_text_and_never_as_placeholders() -> None:
    words = texts.render("test.accepted", "zh-hans", {"enterprise": "{enterprise}<b>\r\nBcc: x"})

    assert words.subject == "{enterprise}<b> Bcc: x已通过"


def test_one_reads_ones_own_messages_only_and_opening_changes_nothing(world: World, client: Client) -> None:
    message = tell(world, timezone.now())
    client.force_login(world.clerk_b)
    assert client.get(f"/messages/{message.pk}/").status_code == 404
    assert "甲公司" not in client.get("/messages/").content.decode()

    client.force_login(world.county_officer)
    assert "甲公司的申报已经通过" in client.get(f"/messages/{message.pk}/").content.decode()
    message.refresh_from_db()
    assert message.read_at is None
    client.post(f"/messages/{message.pk}/")
    message.refresh_from_db()
    assert message.read_at is not None
