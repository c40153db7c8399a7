"""The key that signs now: its private half in the site's folder of keys, its public half in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tidui.audit import events
from tidui.kit import clock, parameters
from tidui.recognition.models_certificates import SigningKey
from tidui.recognition.signing import checking, keys
from tidui.recognition.signing.keys import Key, NoKey

SCHEME: Final = parameters.define(
    "recognition.signature", _("证书签名算法"), "text", "ed25519",
    help=_("ed25519，或者 sm2（须有支持国密的 openssl 程序），或者另行安装的算法。本厅设定。"),
).name  # fmt: skip


def folder() -> Path:
    """Where the private halves lie; nothing else may read it, and it has a backup of its own."""
    return Path(settings.HOME) / "keys"


def current(at: dt.datetime) -> Key:
    """The key that signs at a moment, made where there is none yet. Raises NoKey, NotUsable."""
    name = str(parameters.get(SCHEME, clock.day_of(at))).strip().lower()
    held = SigningKey.objects.filter(scheme=name, retired_at__isnull=True).first()
    if held is not None:
        found = keys.current(folder(), name)
        if found is None or found.public != held.public:
            raise NoKey(f"the private half of {held.name} is not in {folder()}: put it back, or run tidui keys rotate")
        return found
    found, _made = keys.current_or_new(folder(), name)
    _keep(found, at)
    return found


def existing(at: dt.datetime) -> Key | None:
    """The key that signs now, of the site's scheme or another; None before the first. Nothing is made. Raises NoKey."""
    name = str(parameters.get(SCHEME, clock.day_of(at))).strip().lower()
    rows = list(SigningKey.objects.filter(retired_at__isnull=True).order_by("pk"))
    held = next((one for one in rows if one.scheme == name), rows[-1] if rows else None)
    if held is None:
        return None
    found = keys.current(folder(), held.scheme)
    if found is None or found.public != held.public:
        raise NoKey(f"the private half of {held.name} is not in {folder()}")
    return found


def rotate(name: str, at: dt.datetime) -> Key:
    """A new key signs from now on; what the old one signed stays good."""
    made = keys.rotate(folder(), name)
    with transaction.atomic():
        for old in SigningKey.objects.select_for_update().filter(scheme=name, retired_at__isnull=True):
            old.retired_at = at
            old.save(update_fields=["retired_at"])
        _keep(made, at)
    return made


def _keep(key: Key, at: dt.datetime) -> None:
    try:
        with transaction.atomic():
            row = SigningKey.objects.create(
                name=key.name, scheme=key.scheme, public=key.public, fingerprint=key.fingerprint, made_at=at
            )
            details = {"name": key.name, "scheme": key.scheme, "fingerprint": key.fingerprint}
            events.record("recognition.new_key", actor=None, subject=row, at=at, details=details)
    except IntegrityError:  # another worker was faster with the same key
        pass


def published(rows: Iterable[SigningKey]) -> dict[str, Any]:
    """The file of public keys that anybody may take."""
    return {
        "layout": checking.KEYS,
        "keys": [
            {
                "name": one.name, "scheme": one.scheme, "public": one.public, "fingerprint": one.fingerprint,
                "since": clock.day_of(one.made_at).isoformat(),
                "until": clock.day_of(one.retired_at).isoformat() if one.retired_at else None,
            }
            for one in rows
        ],
    }  # fmt: skip
