"""What of a certificate's file holds: its every byte, its content, whose key, its days, and whether it was revoked.

Everything is worked out from files: the certificate (PDF or JSON), the issuer's public keys and the list of
revocations, both as they are published at /open/. Without keys only the file's own key can be tried, which shows that
nothing was changed but not who signed; without a list nothing is said of revocation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tidui.recognition.signing import canonical, embedding, envelopes, seals
from tidui.recognition.signing.schemes import fingerprint

CERTIFICATE: Final = "tidui-certificate-1"
KEYS: Final = "tidui-keys-1"
REVOCATIONS: Final = "tidui-revocations-1"
_SIGNATURE: Final = frozenset({"scheme", "key", "public", "value"})


class Unreadable(ValueError):
    """A file is not what it was given as; the text says which and why."""


class Signature(StrEnum):
    """How a signature stands."""

    GOOD = "good"
    BAD = "bad"
    #: It fits the key in the file itself; whose key that is was not checked.
    OWN_KEY = "own_key"
    #: It was made by a key that is not among those given.
    UNKNOWN_KEY = "unknown_key"
    #: The key was not in use on the day on which it is said to have signed.
    WRONG_TIME = "wrong_time"


class Revocation(StrEnum):
    """What the list says."""

    NOT_CHECKED = "not_checked"
    NOT_LISTED = "not_listed"
    REVOKED = "revoked"
    #: Another issue of the same certificate has taken its place.
    REPLACED = "replaced"
    #: It ended before the day that it says; nothing was done wrong.
    ENDED = "ended"
    #: The list itself is not the issuer's.
    BAD_LIST = "bad_list"


class Standing(StrEnum):
    """How the days stand."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of the issuer, and from when until when it signed."""

    name: str
    scheme: str
    public: str
    since: dt.date
    until: dt.date | None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the key."""
        return fingerprint(self.public)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of revocations: of which day it is, and what it says of a certificate."""

    made_on: dt.date
    revocation: Revocation
    on: dt.date | None = None
    signature: Signature = Signature.GOOD


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `file` is about the whole file, every byte of it, and `signature` about its content."""

    content: Mapping[str, Any]
    on: dt.date
    signature: Signature
    file: Signature
    key: str
    fingerprint: str
    standing: Standing
    listed: Listed | None
    seals: tuple[tuple[str, bool | None], ...] = field(default=())

    @property
    def revocation(self) -> Revocation:
        """What is known of a revocation."""
        return self.listed.revocation if self.listed else Revocation.NOT_CHECKED

    @property
    def bad(self) -> bool:
        """Must nobody rely on it?"""
        wrong = {Signature.BAD, Signature.UNKNOWN_KEY, Signature.WRONG_TIME}
        revoked = self.revocation not in (Revocation.NOT_CHECKED, Revocation.NOT_LISTED)
        spoilt = self.signature in wrong or self.file in wrong or any(held is False for _name, held in self.seals)
        return spoilt or revoked or self.standing != Standing.VALID

    @property
    def untried(self) -> bool:
        """Was the key not compared with the issuer's?"""
        return Signature.OWN_KEY in (self.signature, self.file)


def check(raw: bytes, *, on: dt.date, keys: Sequence[Key] | None = None, revocations: bytes | None = None) -> Report:
    """Check a certificate. Unreadable for what is none; NotUsable where its scheme cannot be used on this machine."""
    is_pdf = raw.lstrip()[:5] == b"%PDF-"
    try:
        envelope = _envelope(embedding.content_of(raw) if is_pdf else raw, CERTIFICATE)
    except embedding.NotOurs as error:
        raise Unreadable(str(error)) from None
    content, mark = envelope["content"], envelope["signature"]
    marks = content.get("seals", [])
    if not isinstance(marks, list) or not all(isinstance(one, dict) for one in marks):
        raise Unreadable("the seals are not written as they should be")
    if not isinstance(content.get("document", {}), dict):
        raise Unreadable("the document is not written as it should be")
    day = _day(content, "signed_on")
    found = _judged(envelope, keys, day)
    shown = next((one for one in keys or () if one.name == mark["key"]), None)
    return Report(
        content=content, on=on, signature=found,
        file=_of_file(raw, mark, keys, day) if is_pdf else _as_written(raw, envelope, found),
        key=str(mark["key"]), fingerprint=shown.fingerprint if shown else fingerprint(str(mark["public"])),
        standing=_standing(content, on),
        listed=_listed(revocations, content, keys, on) if revocations is not None else None,
        seals=tuple((str(one.get("sealer")), seals.holds(one, content)) for one in marks),
    )  # fmt: skip


def _envelope(raw: bytes, layout: str) -> dict[str, Any]:
    try:
        found = canonical.read(raw)
        mark = found["signature"]
        if found["content"]["layout"] != layout:
            raise Unreadable(f"the layout is {found['content']['layout']}, not {layout}")
        if not all(isinstance(mark[name], str) for name in _SIGNATURE):
            raise Unreadable("the signature is not complete")
        fingerprint(mark["public"])
        canonical.canonical(found)
    except Unreadable:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"this is no {layout}: {error!r}") from None
    return dict(found)


def _judged(envelope: Mapping[str, Any], keys: Sequence[Key] | None, day: dt.date) -> Signature:
    """How the signature over a content stands."""
    mark = envelope["signature"]
    if keys is None:
        return Signature.OWN_KEY if envelopes.holds(envelope, mark["public"]) else Signature.BAD
    known = next((one for one in keys if one.name == mark["key"] and one.scheme == mark["scheme"]), None)
    if known is None:
        return Signature.UNKNOWN_KEY
    if not envelopes.holds(envelope, known.public):
        return Signature.BAD
    return _in_time(known, day)


def _in_time(key: Key, day: dt.date) -> Signature:
    return Signature.GOOD if key.since <= day and (key.until is None or day <= key.until) else Signature.WRONG_TIME


def _of_file(raw: bytes, signed: Mapping[str, Any], keys: Sequence[Key] | None, day: dt.date) -> Signature:
    """How the signature over the whole file stands; it is by the key of the content."""
    try:
        mark = embedding.mark_of(raw)
    except embedding.NotOurs:
        return Signature.BAD
    if mark.key != signed["key"] or mark.scheme != signed["scheme"]:
        return Signature.BAD
    if keys is None:
        return Signature.OWN_KEY if embedding.holds(mark, str(signed["public"])) else Signature.BAD
    known = next((one for one in keys if one.name == mark.key and one.scheme == mark.scheme), None)
    if known is None:
        return Signature.UNKNOWN_KEY
    return _in_time(known, day) if embedding.holds(mark, known.public) else Signature.BAD


def _as_written(raw: bytes, envelope: Mapping[str, Any], found: Signature) -> Signature:
    """JSON is written in one way only, with nothing beside what is signed; any other file is not as it was issued."""
    nothing_beside = set(envelope) == {"content", "signature"} and set(envelope["signature"]) == _SIGNATURE
    return found if nothing_beside and raw == envelopes.text(envelope) else Signature.BAD


def _standing(content: Mapping[str, Any], on: dt.date) -> Standing:
    if on < _day(content, "valid_from"):
        return Standing.NOT_YET
    return Standing.EXPIRED if on > _day(content, "valid_until") else Standing.VALID


def _day(content: Mapping[str, Any], name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(str(content[name]))
    except (KeyError, ValueError):
        raise Unreadable(f"{name} is missing or no date") from None


def _listed(raw: bytes, content: Mapping[str, Any], keys: Sequence[Key] | None, on: dt.date) -> Listed:
    """What a list says of a certificate; what ends is told from the day on which it does not hold any more."""
    envelope = _envelope(raw, REVOCATIONS)
    said = envelope["content"]
    made_on = _day(said, "made_on")
    found = _judged(envelope, keys, made_on)
    if found not in (Signature.GOOD, Signature.OWN_KEY) or said.get("issuer") != content.get("issuer"):
        return Listed(made_on, Revocation.BAD_LIST, signature=found)
    try:
        entries = [one for one in said["entries"] if one["number"] == content.get("number")]
        own = {one["what"]: one for one in entries if one["issue"] == content.get("issue")}
        revoked = next((one for one in entries if one["what"] == Revocation.REVOKED), None)
        replaced, ended = own.get(Revocation.REPLACED), own.get(Revocation.ENDED)
    except (KeyError, TypeError):
        raise Unreadable("the list of revocations is not written as it should be") from None
    if revoked is not None:
        return Listed(made_on, Revocation.REVOKED, _day(revoked, "on"), found)
    if replaced is not None:
        return Listed(made_on, Revocation.REPLACED, _day(replaced, "on"), found)
    if ended is not None and on >= _day(ended, "on"):
        return Listed(made_on, Revocation.ENDED, _day(ended, "on"), found)
    known = made_on >= _day(content, "signed_on")  # a list from before the certificate says nothing of it
    return Listed(made_on, Revocation.NOT_LISTED if known else Revocation.NOT_CHECKED, None, found)


def keys_of(raw: bytes) -> list[Key]:
    """The keys of a published file. Unreadable for what is none."""
    try:
        found = canonical.read(raw)
        if found["layout"] != KEYS:
            raise Unreadable(f"the layout is {found['layout']}, not {KEYS}")
        keys = [
            Key(
                str(one["name"]), str(one["scheme"]), str(one["public"]), dt.date.fromisoformat(one["since"]),
                dt.date.fromisoformat(one["until"]) if one["until"] else None,
            )
            for one in found["keys"]
        ]  # fmt: skip
        for key, one in zip(keys, found["keys"], strict=True):
            if key.fingerprint != one["fingerprint"]:
                raise Unreadable(f"the fingerprint of {key.name} is not that of its key")
    except Unreadable:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"this is no {KEYS}: {error!r}") from None
    return keys
