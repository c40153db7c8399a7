"""Machine code kept between runs, in a folder that only its owner can write to.

Each file is the SHA-256 of the object code, then the object code. A file that does not match, or a folder that
somebody else could write to, counts as nothing: the code is compiled anew and never taken from there.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = "tidui"
SUFFIX: Final = ".kernel"
#: Old code goes when there is more than this many files.
KEPT: Final = 512
_DIGEST_BYTES: Final = 32


def default_folder() -> Path:
    """$XDG_CACHE_HOME/tidui, or ~/.cache/tidui."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / FOLDER


@dataclass(frozen=True, slots=True)
class KernelCache:
    """Object code by key. `folder` None keeps nothing."""

    folder: Path | None

    @classmethod
    def open(cls, folder: Path | None = None) -> KernelCache:
        """The cache in this folder (or the default one), made if need be; keeps nothing where it is not private."""
        chosen = folder or default_folder()
        try:
            chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(chosen if is_private(chosen) else None)
        except (OSError, RuntimeError):  # RuntimeError: there is no home folder
            return cls(None)

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / (key + SUFFIX)

    def get(self, key: str) -> bytes | None:
        """The object code kept under this key, if it is there and whole."""
        path = self._path(key)
        if path is None:
            return None
        try:
            with open(path, "rb") as file:
                if not _is_ours(os.fstat(file.fileno())):
                    return None
                content = file.read()
        except OSError:
            return None
        digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        return code if code and hashlib.sha256(code).digest() == digest else None

    def put(self, key: str, code: bytes) -> None:
        """Keeps object code under this key; a full or read-only disk is no fault, the code is just not kept."""
        path = self._path(key)
        if path is None:
            return
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(code).digest() + code)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
            self._prune()
        except OSError:
            return

    def _prune(self) -> None:
        assert self.folder is not None
        files = list(self.folder.glob("*" + SUFFIX))
        if len(files) > KEPT:
            files.sort(key=lambda path: path.stat().st_mtime)
            for path in files[: len(files) - KEPT]:
                path.unlink(missing_ok=True)


def describe() -> str:
    """The default folder and what it holds, in one line."""
    folder = default_folder()
    cache = KernelCache.open()
    if cache.folder is None:
        return f"{folder} is not private to this user: compiled policies are not kept"
    files = list(cache.folder.glob("*" + SUFFIX))
    size = sum(path.stat().st_size for path in files)
    return f"{folder}: {len(files)} compiled policies, {size / 2**20:.1f} MiB"


def is_private(folder: Path) -> bool:
    """Whether a folder is ours and nobody else may write to it."""
    return _is_ours(folder.lstat(), folder=True)


def _is_ours(found: os.stat_result, *, folder: bool = False) -> bool:
    right_kind = stat.S_ISDIR(found.st_mode) if folder else stat.S_ISREG(found.st_mode)
    return right_kind and found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
