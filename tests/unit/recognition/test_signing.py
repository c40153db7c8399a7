"""Signatures: one spelling of a content, plug-ins, keys in their folder, tampering, lists of revocations, seals."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tidui.cli.main import main
from tidui.recognition import numbering
from tidui.recognition.signing import canonical, checking, embedding, envelopes, keys, schemes, seals

DAY = dt.date(2026, 11, 22)
CONTENT: dict[str, Any] = {
    "layout": checking.CERTIFICATE, "issuer": "甘肃省科学技术厅", "number": "GSCX20266200001", "issue": 1,
    "name": "兰州白塔精密仪器有限公司", "valid_from": "2026-11-22", "valid_until": "2029-11-21",
    "issued_on": "2026-11-22", "signed_on": "2026-11-22",
}  # fmt: skip


def key_of(folder: Path, scheme: str = "ed25519") -> keys.Key:
    return keys.current_or_new(folder, scheme)[0]


def known(key: keys.Key, since: dt.date = DAY, until: dt.date | None = None) -> list[checking.Key]:
    return [checking.Key(key.name, key.scheme, key.public, since, until)]


# ---------------------------------------------------------------------- contents
def test_a_content_has_one_spelling_whatever_the_order_of_its_keys() -> None:
    assert canonical.canonical({"b": 1, "a": ["甘"]}) == '{"a":["甘"],"b":1}'.encode()
    assert canonical.canonical({"a": ["甘"], "b": 1}) == canonical.canonical({"b": 1, "a": ["甘"]})


@pytest.mark.parametrize("value", [1.5, DAY, {1: "x"}, ("a",)])
def test_what_could_be_spelt_twice_is_not_signed(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical.canonical({"x": value})


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        canonical.read(b'{"number":"1","number":"2"}')


# ---------------------------------------------------------------------- schemes and keys
@pytest.fixture(params=["ed25519", "sm2"])
def scheme(request: Any) -> schemes.Scheme:
    found = schemes.schemes()[request.param]
    if found.missing():
        pytest.skip(found.missing())
    return found


def test_a_scheme_verifies_what_it_signed_and_nothing_else(scheme: schemes.Scheme) -> None:
    private, public = scheme.generate()
    _other, stranger = scheme.generate()
    signature = scheme.sign(private, b"message")
    assert len(signature) <= min(scheme.size, embedding.ROOM)
    assert scheme.verify(public, b"message", signature)
    assert not scheme.verify(public, b"massage", signature)
    assert not scheme.verify(stranger, b"message", signature)
    assert not scheme.verify(public, b"message", b"")
    assert not scheme.verify("no key", b"message", signature)


def test_schemes_do_not_take_one_anothers_keys() -> None:
    if schemes.schemes()["sm2"].missing():
        pytest.skip("no SM2 here")
    ed, sm = schemes.schemes()["ed25519"], schemes.schemes()["sm2"]
    private, public = ed.generate()
    signature = ed.sign(private, b"x")
    assert not sm.verify(public, b"x", signature)
    assert not ed.verify(sm.generate()[1], b"x", signature)


def test_sm2_by_a_stand_in_program_says_what_is_missing(tmp_path: Path) -> None:
    """What a machine without the national algorithms answers."""
    program = tmp_path / "openssl"
    program.write_text("#!/bin/sh\necho RSA\n")
    program.chmod(0o755)
    assert "without SM2" in schemes.SM2(str(program)).missing()
    assert "not installed" in schemes.SM2(str(tmp_path / "gone")).missing()
    with pytest.raises(schemes.NotUsable):
        schemes.SM2(str(tmp_path / "gone")).generate()


class Reversed:
    """A stand-in scheme."""

    name, size = "reversed", 32

    def missing(self) -> str:
        return ""

    def generate(self) -> tuple[str, str]:
        return schemes.schemes()["ed25519"].generate()

    def sign(self, private: str, message: bytes) -> bytes:
        return hashlib.sha256(message[::-1]).digest()

    def verify(self, public: str, message: bytes, signature: bytes) -> bool:
        return signature == hashlib.sha256(message[::-1]).digest()


@pytest.fixture
def plugged() -> Iterator[None]:
    schemes.register(Reversed())
    yield
    schemes._SCHEMES.pop("reversed")


def test_another_scheme_can_be_plugged_in(plugged: None, tmp_path: Path) -> None:
    key = key_of(tmp_path, "reversed")
    raw = envelopes.text(envelopes.signed(CONTENT, key))
    assert not checking.check(raw, on=DAY, keys=known(key)).bad
    with pytest.raises(ValueError, match="two schemes"):
        schemes.register(Reversed())


def test_a_scheme_that_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(schemes.NotUsable, match="ed25519"):
        keys.current_or_new(tmp_path, "nothing")


def test_private_keys_are_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    first, made = keys.current_or_new(tmp_path / "keys", "ed25519")
    second, again = keys.current_or_new(tmp_path / "keys", "ed25519")
    assert made and not again and first.name == second.name and first.private not in repr(first)
    path = tmp_path / "keys" / f"{first.name}.json"
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    with pytest.raises(keys.NoKey, match="chmod"):
        keys.current(tmp_path / "keys", "ed25519")
    path.unlink()
    with pytest.raises(keys.NoKey, match="backup"):
        keys.current(tmp_path / "keys", "ed25519")


def test_after_a_rotation_the_old_file_stays(tmp_path: Path) -> None:
    old = key_of(tmp_path)
    new = keys.rotate(tmp_path, "ed25519")
    assert new.name != old.name and key_of(tmp_path).name == new.name and (tmp_path / f"{old.name}.json").exists()


# ---------------------------------------------------------------------- checking
def test_every_changed_byte_of_a_json_certificate_is_found(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    raw = envelopes.text(envelopes.signed(CONTENT, key))
    assert not checking.check(raw, on=DAY, keys=known(key)).bad
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        with contextlib.suppress(checking.Unreadable):
            assert checking.check(bytes(changed), on=DAY, keys=known(key)).bad, place


@pytest.mark.parametrize("where", ["", "signature"])
def test_what_stands_beside_the_signed_content_makes_a_file_one_that_was_not_issued(tmp_path: Path, where: str) -> None:
    key = key_of(tmp_path)
    envelope = envelopes.signed(CONTENT, key)
    (envelope[where] if where else envelope)["note"] = "有效期已延长至2039年"
    found = checking.check(envelopes.text(envelope), on=DAY, keys=known(key))
    assert (found.file, found.bad) == (checking.Signature.BAD, True)


@pytest.mark.parametrize("changed", [{"seals": 5}, {"seals": ["x"]}, {"document": "x"}, {"name": "\ud800"}])
def test_a_forged_content_of_another_shape_is_refused_in_words(tmp_path: Path, changed: dict[str, Any]) -> None:
    envelope = envelopes.signed(CONTENT, key_of(tmp_path))
    envelope["content"] = CONTENT | changed
    with pytest.raises(checking.Unreadable):
        checking.check(json.dumps(envelope).encode(), on=DAY)


@pytest.mark.parametrize("part", ["key", "value"])
def test_a_forged_signature_that_no_file_can_hold_is_refused_in_words(tmp_path: Path, part: str) -> None:
    envelope = envelopes.signed(CONTENT, key_of(tmp_path))
    envelope["signature"][part] = "\ud800"
    with pytest.raises(checking.Unreadable):
        checking.check(json.dumps(envelope).encode(), on=DAY)


@pytest.mark.parametrize("entries", [5, ["x"], [{"number": CONTENT["number"]}]])
def test_a_list_of_another_shape_is_refused_in_words(tmp_path: Path, entries: Any) -> None:
    key = key_of(tmp_path)
    listed = {"layout": checking.REVOCATIONS, "issuer": CONTENT["issuer"], "made_on": "2026-11-22", "entries": entries}
    raw = envelopes.text(envelopes.signed(CONTENT, key))
    with pytest.raises(checking.Unreadable):
        checking.check(raw, on=DAY, revocations=envelopes.text(envelopes.signed(listed, key)))


@pytest.mark.parametrize("tail", [b"<<a<<" + b"a" * 200_000, b"<<" + b"<<a>>" * 200_000, b"<<a>>" * 200_000])
def test_a_pdf_that_was_made_to_be_slow_is_answered_at_once(tail: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(checking.Unreadable):
        checking.check(b"%PDF-1.7\n" + tail, on=DAY)
    assert time.process_time() - begun < 5


def test_a_forged_name_neither_adds_a_line_nor_commands_the_terminal(tmp_path: Path, capsys: Any) -> None:
    forged = CONTENT | {"name": "假冒公司\n结论：证书真实有效\x1b[8m", "title": "\u202e甲\u3000乙"}
    file = tmp_path / "forged.json"
    file.write_bytes(envelopes.text(envelopes.signed(forged, key_of(tmp_path))))
    assert main(["verify", str(file), "--on", DAY.isoformat()]) == 3
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\u202e" not in said and "甲\u3000乙" in said
    assert [line for line in said.splitlines() if line.startswith("结论")] == [said.splitlines()[-1]]


def test_without_keys_the_origin_is_said_to_be_unchecked(tmp_path: Path) -> None:
    raw = envelopes.text(envelopes.signed(CONTENT, key_of(tmp_path)))
    found = checking.check(raw, on=DAY)
    assert (found.untried, found.bad, found.revocation) == (True, False, checking.Revocation.NOT_CHECKED)


def test_a_forger_with_a_key_of_their_own_is_found_by_the_keys(tmp_path: Path) -> None:
    issuer, forger = key_of(tmp_path / "a"), key_of(tmp_path / "b")
    raw = envelopes.text(envelopes.signed({**CONTENT, "name": "假冒公司"}, forger))
    assert checking.check(raw, on=DAY, keys=known(issuer)).signature == checking.Signature.UNKNOWN_KEY
    envelope = envelopes.signed(CONTENT, forger)
    envelope["signature"]["key"] = issuer.name
    assert checking.check(envelopes.text(envelope), on=DAY, keys=known(issuer)).signature == checking.Signature.BAD


@pytest.mark.parametrize(
    ("on", "standing"),
    [(dt.date(2026, 11, 21), "not_yet"), (dt.date(2026, 11, 22), "valid"), (dt.date(2029, 11, 21), "valid"), (dt.date(2029, 11, 22), "expired")],
)  # fmt: skip
def test_a_certificate_holds_on_its_first_and_last_day(tmp_path: Path, on: dt.date, standing: str) -> None:
    key = key_of(tmp_path)
    found = checking.check(envelopes.text(envelopes.signed(CONTENT, key)), on=on, keys=known(key))
    assert found.standing == standing and found.bad == (standing != "valid")


def test_a_key_signs_nothing_before_or_after_its_time(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    raw = envelopes.text(envelopes.signed(CONTENT, key))
    later = known(key, since=DAY + dt.timedelta(days=1))
    ended = known(key, since=DAY - dt.timedelta(days=9), until=DAY - dt.timedelta(days=1))
    for held in (later, ended):
        assert checking.check(raw, on=DAY, keys=held).signature == checking.Signature.WRONG_TIME


def list_of(key: keys.Key, *entries: dict[str, Any], issuer: str = "甘肃省科学技术厅") -> bytes:
    content = {"layout": checking.REVOCATIONS, "issuer": issuer, "made_on": "2026-11-22", "entries": list(entries)}
    return envelopes.text(envelopes.signed(content, key))


def test_the_list_says_revoked_replaced_or_nothing(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    raw = envelopes.text(envelopes.signed(CONTENT, key))
    entry = {"number": CONTENT["number"], "issue": 1, "on": "2026-12-01"}

    def said(*entries: dict[str, Any], by: keys.Key = key, **more: str) -> checking.Revocation:
        return checking.check(raw, on=DAY, keys=known(key), revocations=list_of(by, *entries, **more)).revocation

    assert said() == checking.Revocation.NOT_LISTED
    assert said({**entry, "what": "revoked"}) == checking.Revocation.REVOKED
    assert said({**entry, "what": "replaced"}) == checking.Revocation.REPLACED
    assert said({**entry, "what": "replaced", "issue": 2}) == checking.Revocation.NOT_LISTED
    assert said({**entry, "number": "GSCX20266200002", "what": "revoked"}) == checking.Revocation.NOT_LISTED
    assert said(by=key_of(tmp_path / "stranger")) == checking.Revocation.BAD_LIST
    assert said(issuer="别的单位") == checking.Revocation.BAD_LIST


def test_a_list_from_before_the_certificate_says_nothing_of_it(tmp_path: Path, capsys: Any) -> None:
    key = key_of(tmp_path)
    later = (DAY + dt.timedelta(days=1)).isoformat()
    raw = envelopes.text(envelopes.signed(CONTENT | {"signed_on": later}, key))
    found = checking.check(raw, on=DAY, keys=known(key), revocations=list_of(key))
    assert (found.revocation, found.bad) == (checking.Revocation.NOT_CHECKED, False)
    certificate, listed = tmp_path / "c.json", tmp_path / "r.json"
    certificate.write_bytes(raw)
    listed.write_bytes(list_of(key))
    keys_file = tmp_path / "keys.json"
    entry = {
        "name": key.name, "scheme": key.scheme, "public": key.public, "fingerprint": key.fingerprint,
        "since": "2026-01-01", "until": None,
    }  # fmt: skip
    keys_file.write_text(json.dumps({"layout": checking.KEYS, "keys": [entry]}))
    given = ["--keys", str(keys_file), "--revocations", str(listed), "--on", DAY.isoformat(), "--lang", "en"]
    assert main(["verify", str(certificate), *given]) == 0
    said = capsys.readouterr().out
    assert "NOT CHECKED: the list of 2026-11-22 is older" in said and "whether it was revoked was not checked" in said


@pytest.mark.parametrize("raw", [b"", b"{}", b"%PDF-1.7\n", b"[1]", b'{"content":{},"signature":{}}', b"\xff\xfe"])
def test_what_is_no_certificate_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(checking.Unreadable):
        checking.check(raw, on=DAY)


def test_a_file_of_keys_whose_fingerprint_is_not_theirs_is_refused(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    entry = {
        "name": key.name, "scheme": key.scheme, "public": key.public, "fingerprint": key.fingerprint,
        "since": "2026-01-01", "until": None,
    }  # fmt: skip
    file = {"layout": checking.KEYS, "keys": [entry]}
    assert checking.keys_of(json.dumps(file).encode())[0].name == key.name
    entry["fingerprint"] = "0" * 64
    with pytest.raises(checking.Unreadable, match="fingerprint"):
        checking.keys_of(json.dumps(file).encode())


def test_the_fingerprint_is_that_of_openssl(tmp_path: Path) -> None:
    import subprocess

    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    key = key_of(tmp_path)
    raw = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.public.encode(), capture_output=True, check=True
    ).stdout
    assert hashlib.sha256(raw).hexdigest() == key.fingerprint


# ---------------------------------------------------------------------- seals
class Stamp:
    """A stand-in of a sealing service: a keyed digest, and a red circle that says it is a sample."""

    name = "sample"

    def seal(self, message: bytes) -> seals.Sealed:
        picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>'
        return seals.Sealed(picture, hashlib.sha256(b"secret" + message).digest())

    def holds(self, message: bytes, data: bytes) -> bool:
        return data == self.seal(message).data


@pytest.fixture
def stamp() -> Iterator[None]:
    seals.register(Stamp())
    yield
    seals.forget("sample")


def test_a_seal_travels_in_the_content_and_is_checked_by_its_plug_in(stamp: None, tmp_path: Path) -> None:
    key = key_of(tmp_path)
    entry, picture = seals.seal("sample", CONTENT)
    raw = envelopes.text(envelopes.signed({**CONTENT, "seals": [entry]}, key))
    assert picture.startswith("<svg")
    assert checking.check(raw, on=DAY, keys=known(key)).seals == (("sample", True),)
    moved = envelopes.text(envelopes.signed({**CONTENT, "name": "别家", "seals": [entry]}, key))
    assert checking.check(moved, on=DAY, keys=known(key)).bad
    seals.forget("sample")
    assert checking.check(raw, on=DAY, keys=known(key)).seals == (("sample", None),)


def test_a_sealing_service_that_nobody_installed_is_named() -> None:
    with pytest.raises(schemes.NotUsable, match="beijing"):
        seals.seal("beijing", CONTENT)


# ---------------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        ("GSCX{year}62{serial:05d}", "GSCX20266200017"), ("{year}-{serial}", "2026-17"),
        ("KJ{serial:03d}/{year}".replace("/", "-"), "KJ017-2026"),
    ],
)  # fmt: skip
def test_a_pattern_makes_numbers(pattern: str, made: str) -> None:
    numbering.check(pattern)
    assert numbering.number(pattern, 2026, 17) == made
    assert numbering.fits(pattern, made) and not numbering.fits(pattern, made + "X")


def test_a_serial_that_outgrows_its_digits_takes_more() -> None:
    assert numbering.number("A{year}{serial:02d}", 2026, 1234) == "A20261234"


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("GSCX{serial}", "fields"), ("{year}{year}{serial}", "fields"), ("{year}{serial}{0.__class__}", "characters"),
        ("科{year}{serial}", "characters"), ("{year}{serial:05d} ", "characters"), ("A" * 40 + "{year}{serial}", "length"),
        ("", "fields"),
    ],
)  # fmt: skip
def test_a_pattern_that_makes_none_says_why(pattern: str, code: str) -> None:
    with pytest.raises(numbering.WrongPattern) as wrong:
        numbering.check(pattern)
    assert wrong.value.code == code
