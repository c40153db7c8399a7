"""The schemes that sign: Ed25519 built in, SM2 with SM3 by the openssl program; others register themselves."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol


class NotUsable(RuntimeError):
    """A scheme cannot be used on this machine; the text says what is missing."""


class Scheme(Protocol):
    """A way of signing. Keys are PEM texts: private ones PKCS#8, public ones SubjectPublicKeyInfo.

    `size` is the most bytes that a signature takes.
    """

    name: str
    size: int

    def missing(self) -> str:
        """What stands in the way of using it here; empty for nothing."""

    def generate(self) -> tuple[str, str]:
        """A new private and public key."""

    def sign(self, private: str, message: bytes) -> bytes:
        """The signature over a message."""

    def verify(self, public: str, message: bytes, signature: bytes) -> bool:
        """Is it the signature over this message by the holder of the private half? False for anything odd."""


class Ed25519:
    """Ed25519 (RFC 8032) by the `cryptography` package."""

    name = "ed25519"
    size = 64

    def missing(self) -> str:
        """The package, where it is not installed."""
        try:
            import cryptography  # noqa: F401
        except ImportError:
            return "the package cryptography is not installed: pip install tidui[site]"
        return ""

    def generate(self) -> tuple[str, str]:
        """A new pair."""
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        made = Ed25519PrivateKey.generate()
        private = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        public = made.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        return private.decode(), public.decode()

    def sign(self, private: str, message: bytes) -> bytes:
        """The same message always has the same signature."""
        return bytes(_ed25519(private).sign(message))

    def verify(self, public: str, message: bytes, signature: bytes) -> bool:
        """False for a wrong signature and for a key of another kind."""
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(public.encode())
            if not isinstance(key, Ed25519PublicKey):
                return False
            key.verify(signature, message)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True


@functools.lru_cache(maxsize=4)
def _ed25519(private: str) -> Any:
    """The key that a text holds; a batch signs with one, and reading it takes as long as signing."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(private.encode(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return key


class SM2:
    """SM2 with SM3 (GM/T 0003, GM/T 0009) by the openssl program, which has both since 1.1.1."""

    name = "sm2"
    size = 72
    #: Who signs, where nothing else was agreed (GM/T 0009 section 10).
    IDENTITY: Final = "1234567812345678"

    def __init__(self, program: str = "openssl") -> None:
        self.program = program

    def missing(self) -> str:
        """The program, or its SM2."""
        found = shutil.which(self.program)
        if found is None:
            return f"{self.program} is not installed"
        listed = subprocess.run([found, "list", "-public-key-algorithms"], capture_output=True, text=True, check=False)
        return "" if "SM2" in listed.stdout.upper() else f"{self.program} was built without SM2"

    def generate(self) -> tuple[str, str]:
        """A new pair."""
        private = self._run(["genpkey", "-algorithm", "SM2"])
        return private.decode(), self._run(["pkey", "-pubout"], private).decode()

    def sign(self, private: str, message: bytes) -> bytes:
        """The signature in DER; each one differs."""
        with tempfile.TemporaryDirectory() as folder:
            key = _private_file(Path(folder), private)
            options = ["-sm3", "-sign", str(key), "-sigopt", f"distid:{self.IDENTITY}"]
            return self._run(["dgst", *options], message)

    def verify(self, public: str, message: bytes, signature: bytes) -> bool:
        """False for a wrong signature and for a key of another kind."""
        with tempfile.TemporaryDirectory() as folder:
            key, mark = Path(folder) / "key.pem", Path(folder) / "signature"
            key.write_text(public)
            mark.write_bytes(signature)
            options = ["-sm3", "-verify", str(key), "-signature", str(mark), "-sigopt", f"distid:{self.IDENTITY}"]
            try:
                return b"Verified OK" in self._run(["dgst", *options], message)
            except ValueError:
                return False

    def _run(self, arguments: list[str], given: bytes = b"") -> bytes:
        try:
            done = subprocess.run([self.program, *arguments], input=given, capture_output=True, check=False)
        except FileNotFoundError:
            raise NotUsable(f"{self.program} is not installed") from None
        if done.returncode:
            raise ValueError(done.stderr.decode(errors="replace").strip()[:300])
        return done.stdout


def _private_file(folder: Path, private: str) -> Path:
    path = folder / "key.pem"
    path.touch(mode=0o600)
    path.write_text(private)
    return path


_SCHEMES: Final[dict[str, Scheme]] = {}


def register(scheme: Scheme) -> Scheme:
    """Make a scheme known; ValueError if its name is taken by another."""
    if _SCHEMES.get(scheme.name, scheme) is not scheme:
        raise ValueError(f"two schemes are called {scheme.name}")
    _SCHEMES[scheme.name] = scheme
    return scheme


def schemes() -> Mapping[str, Scheme]:
    """All schemes by name."""
    return MappingProxyType(_SCHEMES)


def scheme(name: str) -> Scheme:
    """The scheme of this name. NotUsable for one that nobody registered, or that this machine cannot do."""
    found = _SCHEMES.get(name)
    if found is None:
        raise NotUsable(f"no scheme is called {name!r}; there are {', '.join(sorted(_SCHEMES))}")
    missing = found.missing()
    if missing:
        raise NotUsable(missing)
    return found


def fingerprint(public: str) -> str:
    """SHA-256 over the key itself (DER), as `openssl pkey -pubin -outform DER | sha256sum` gives it. ValueError."""
    import base64
    import binascii

    lines = [line.strip() for line in public.strip().splitlines()]
    if len(lines) < 3 or lines[0] != "-----BEGIN PUBLIC KEY-----" or lines[-1] != "-----END PUBLIC KEY-----":
        raise ValueError("not a public key in PEM")
    try:
        raw = base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error as error:
        raise ValueError("not a public key in PEM") from error
    return hashlib.sha256(raw).hexdigest()


def key_name(scheme_name: str, public: str) -> str:
    """What a key is called: its scheme and the beginning of its fingerprint."""
    return f"{scheme_name}-{fingerprint(public)[:16]}"


register(Ed25519())
register(SM2())
