"""Electronic seals, by plug-ins: a sealing service gives a picture and its own data beside our signature.

A province that has an electronic seal (GB/T 38540) registers a `Sealer` for it in a start-up module of its own. Its
data travel in the certificate's content under `seals`, are covered by the signature, and are checked by whoever has the
same plug-in. A seal is over the content without its seals.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

from tidui.recognition.signing.canonical import canonical
from tidui.recognition.signing.schemes import NotUsable


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealing service gave: the picture as SVG, and the data that prove it."""

    picture: str
    data: bytes


class Sealer(Protocol):
    """A sealing service."""

    name: str

    def seal(self, message: bytes) -> Sealed:
        """Seal a message. NotUsable where the service does not answer; whatever asked for it can be repeated."""

    def holds(self, message: bytes, data: bytes) -> bool:
        """Are these the data of a seal over this message?"""


_SEALERS: Final[dict[str, Sealer]] = {}


def register(sealer: Sealer) -> Sealer:
    """Make a sealing service known; ValueError if its name is taken by another."""
    if _SEALERS.get(sealer.name, sealer) is not sealer:
        raise ValueError(f"two sealing services are called {sealer.name}")
    _SEALERS[sealer.name] = sealer
    return sealer


def forget(name: str) -> None:
    """Take a sealing service out again: for tests that register one of their own."""
    _SEALERS.pop(name, None)


def sealers() -> Mapping[str, Sealer]:
    """All sealing services by name."""
    return MappingProxyType(_SEALERS)


def seal(name: str, content: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The entry of `seals` for a content, and the picture. NotUsable for a service that nobody registered."""
    if name not in _SEALERS:
        raise NotUsable(f"no sealing service is called {name!r}")
    made = _SEALERS[name].seal(_message(content))
    return {"sealer": name, "value": base64.b64encode(made.data).decode()}, made.picture


def holds(entry: Mapping[str, Any], content: Mapping[str, Any]) -> bool | None:
    """Does a seal hold? None where its plug-in is not here to tell."""
    sealer = _SEALERS.get(str(entry.get("sealer")))
    if sealer is None:
        return None
    try:
        data = base64.b64decode(str(entry.get("value")), validate=True)
    except (binascii.Error, ValueError):
        return False
    return sealer.holds(_message(content), data)


def _message(content: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in content.items() if name != "seals"})
