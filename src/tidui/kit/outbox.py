"""Messages to people: on the site at once, by e-mail and short message through an outbox that a worker empties.

`notify` writes rows in the caller's transaction and sends nothing, so that a message exists exactly when what it tells
of does. `deliver` sends what waits, and tries again what failed: after 1, 5, 30 minutes, 2 and 12 hours.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.module_loading import import_string

from tidui.audit import rows
from tidui.kit import texts
from tidui.kit.models import Channel, Delivery, DeliveryState, Message

logger = logging.getLogger(__name__)

PAUSES: Final = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
#: How many are taken in one round; a round holds no transaction while it sends.
ROUND: Final = 200


class SmsGateway(Protocol):
    """What a province plugs in to send short messages (`TIDUI_SMS_GATEWAY`, a dotted path to a class)."""

    def send(self, mobile: str, text: str) -> str:
        """Send, and return the gateway's own reference. Any exception means that it was not sent."""
        ...


class FileGateway:
    """Writes short messages to a file instead of sending them: for the demonstration and for tests."""

    def send(self, mobile: str, text: str) -> str:
        """Append one line of JSON to `sms.jsonl` in the site's folder."""
        file = Path(settings.HOME) / "sms.jsonl"
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"to": mobile, "text": text}, ensure_ascii=False) + "\n")
        return f"file:{file.stat().st_size}"


class HttpGateway:
    """Posts `{"mobile": …, "text": …}` as JSON to `TIDUI_SMS_URL` with a bearer token; expects `{"id": …}` back."""

    def send(self, mobile: str, text: str) -> str:
        """Send one message; ValueError for an answer without an id."""
        body = json.dumps({"mobile": mobile, "text": text}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {settings.TIDUI_SMS_TOKEN}"}
        asked = urllib.request.Request(settings.TIDUI_SMS_URL, data=body, headers=headers, method="POST")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            said = json.loads(answer.read(65_536))
        if not isinstance(said, dict) or not said.get("id"):
            raise ValueError("the gateway gave no id")
        return str(said["id"])


def notify(
    *, to: Iterable[Any], template: str, context: Mapping[str, Any], at: dt.datetime, link: str = ""
) -> list[Message]:
    """Write a message to each of these people (each once), in the language that each has chosen.

    `template` names a text of `tidui.kit.texts`; `link` is a path of this site. Must run inside the transaction of what
    it tells of.
    """
    sent = []
    urgent = texts.known()[template].by_sms
    with transaction.atomic(savepoint=False):
        for person in {one.pk: one for one in to}.values():
            words = texts.render(template, person.language, context)
            message = rows.insert(
                Message(recipient=person, kind=template, subject=words.subject, body=words.body, link=link, sent_at=at)
            )
            ways = [(Channel.EMAIL, person.email)] + ([(Channel.SMS, person.mobile)] if urgent else [])
            for channel, address in ways:
                if address:
                    rows.insert(Delivery(message=message, channel=channel, address=address, next_at=at))
            sent.append(message)
    return sent


def deliver(at: dt.datetime) -> int:
    """Send what is due; how many were sent. Run by the worker every minute."""
    due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=at).order_by("next_at", "pk")
    sent = 0
    for delivery in due.select_related("message")[:ROUND]:
        # Claimed before it is sent: a second worker, or this one after being killed, leaves it alone for the pause.
        pause = PAUSES[min(delivery.attempts, len(PAUSES) - 1)]
        claim = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts)
        if claim.update(attempts=delivery.attempts + 1, next_at=at + pause):
            sent += _send(delivery, at)
    return sent


def _send(delivery: Delivery, at: dt.datetime) -> int:
    row = Delivery.objects.filter(pk=delivery.pk)
    try:
        reference = _by_mail(delivery) if delivery.channel == Channel.EMAIL else _by_sms(delivery)
    except NoGateway:
        row.update(state=DeliveryState.NO_GATEWAY)
        return 0
    except Exception as failure:
        logger.warning("delivery %s failed: %s", delivery.pk, failure)
        given_up = delivery.attempts + 1 >= len(PAUSES)
        state = DeliveryState.FAILED if given_up else DeliveryState.WAITING
        row.update(state=state, error=f"{type(failure).__name__}: {failure}"[:300])
        return 0
    row.update(state=DeliveryState.SENT, sent_at=at, reference=reference[:100], error="")
    return 1


class NoGateway(Exception):
    """Nothing is plugged in for this channel."""


def _by_mail(delivery: Delivery) -> str:
    if not settings.EMAIL_HOST:
        raise NoGateway
    message = delivery.message
    body = message.body + (f"\n\n{settings.TIDUI_ADDRESS}{message.link}" if message.link else "")
    EmailMessage(message.subject, body, to=[delivery.address]).send()
    return ""


def _by_sms(delivery: Delivery) -> str:
    if not settings.TIDUI_SMS_GATEWAY:
        raise NoGateway
    gateway: SmsGateway = import_string(settings.TIDUI_SMS_GATEWAY)()
    return gateway.send(delivery.address, f"【梯队】{delivery.message.subject}")  # tidui: data, a sender's mark
