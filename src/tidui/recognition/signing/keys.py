"""Private keys in a folder of their own, outside the database: one file a key, readable by nobody else.

`current-<scheme>` names the key that signs now. A new key takes its place; the files of old ones stay where they are
until the operator puts them away, and what they signed is verified by their public halves.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidui.recognition.signing.schemes import fingerprint, key_name, scheme

MODE: Final = 0o600


class NoKey(RuntimeError):
    """The private key is not where it was kept; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A pair of keys. `private` is never shown."""

    name: str
    scheme: str
    public: str
    private: str

    def __repr__(self) -> str:
        return f"Key({self.name})"

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the public half."""
        return fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature over a message."""
        return scheme(self.scheme).sign(self.private, message)


def current(folder: Path, name: str) -> Key | None:
    """The key of a scheme that signs now; None before the first. NoKey where its file is gone or open to others."""
    pointer = folder / f"current-{name}"
    if not pointer.exists():
        return None
    path = folder / f"{pointer.read_text().strip()}.json"
    if not path.exists():
        raise NoKey(f"{path.name} is missing: put it back from the backup of the keys, or make a new key")
    if path.stat().st_mode & 0o077:
        raise NoKey(f"{path.name} may be read by others: chmod 600 {path}")
    held = json.loads(path.read_text())
    return Key(name=held["name"], scheme=held["scheme"], public=held["public"], private=held["private"])


def current_or_new(folder: Path, name: str) -> tuple[Key, bool]:
    """The key that signs now, made where there is none yet; and whether it was made. One at a time."""
    with _held(folder):
        found = current(folder, name)
        return (found, False) if found is not None else (_make(folder, name), True)


def rotate(folder: Path, name: str) -> Key:
    """A new key that signs from now on."""
    with _held(folder):
        return _make(folder, name)


def _make(folder: Path, name: str) -> Key:
    private, public = scheme(name).generate()
    made = Key(name=key_name(name, public), scheme=name, public=public, private=private)
    text = json.dumps({"name": made.name, "scheme": name, "public": public, "private": private}, indent=1)
    _write(folder / f"{made.name}.json", text)
    _write(folder / f"current-{name}", made.name)
    return made


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
