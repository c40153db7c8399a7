"""Machine code is kept where only its owner can write, and is never trusted when it does not match."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tidui.rules import kernel_cache
from tidui.rules.integers import Words
from tidui.rules.kernel import Kernel
from tidui.rules.kernel_cache import KernelCache
from tidui.rules.kernel_emitter import NumberOutput, Source
from tidui.rules.kernel_leaves import Prepared
from tidui.rules.nodes import Leaf

LEAF = Leaf("number", None)


def doubled(cache: KernelCache) -> tuple[list[int], bool]:
    """Compiles `2 × number` and runs it; whether the code came from the cache."""
    words = Words()
    word = words.mul(words.const(2), words.leaf("value", LEAF, 0, 100))
    kernel = Kernel([NumberOutput(word, 64)], {LEAF: Source("i64", states=False)}, cache)
    out, doubts = np.empty(3, np.int64), np.empty(3, np.uint8)
    kernel.run({LEAF: Prepared("complete", np.array([1, 2, 3]), None)}, [], [out], doubts)
    return out.tolist(), kernel.from_cache


def test_the_second_time_it_is_not_compiled(tmp_path: Path) -> None:
    cache = KernelCache.open(tmp_path / "cache")
    assert doubled(cache) == ([2, 4, 6], False)
    assert doubled(cache) == ([2, 4, 6], True)
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "digest only"])
def test_a_damaged_file_is_compiled_anew_and_replaced(tmp_path: Path, damage: str) -> None:
    cache = KernelCache.open(tmp_path)
    doubled(cache)
    (file,) = tmp_path.glob("*.kernel")
    whole = file.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    damaged = {"cut": whole[:-1], "flip": bytes(changed), "empty": b"", "digest only": whole[:32]}
    file.write_bytes(damaged[damage])
    assert doubled(cache) == ([2, 4, 6], False)
    assert file.read_bytes() == whole
    assert doubled(cache) == ([2, 4, 6], True)


def test_a_folder_that_others_may_write_to_keeps_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    os.chmod(folder, 0o777)
    cache = KernelCache.open(folder)
    assert cache.folder is None
    assert doubled(cache) == ([2, 4, 6], False)
    assert doubled(cache) == ([2, 4, 6], False)
    assert list(folder.iterdir()) == []


def test_a_link_to_another_folder_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert KernelCache.open(tmp_path / "link").folder is None


def test_a_file_that_others_may_write_to_is_not_loaded(tmp_path: Path) -> None:
    cache = KernelCache.open(tmp_path)
    cache.put("code", b"machine code")
    assert cache.get("code") == b"machine code"
    os.chmod(tmp_path / "code.kernel", 0o666)
    assert cache.get("code") is None


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = KernelCache.open(tmp_path / "file" / "below")
    assert cache.folder is None
    assert doubled(cache) == ([2, 4, 6], False)


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kernel_cache.default_folder() == tmp_path / "tidui"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert kernel_cache.default_folder() == tmp_path / "home" / ".cache" / "tidui"


def test_only_the_latest_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "KEPT", 3)
    cache = KernelCache.open(tmp_path)
    for place in range(5):
        cache.put(f"key{place}", b"code")
        os.utime(tmp_path / f"key{place}.kernel", (place, place))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key2.kernel", "key3.kernel", "key4.kernel"]


def test_doctor_says_where_it_is_and_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    KernelCache.open().put("key", b"code")
    assert kernel_cache.describe() == f"{tmp_path / 'tidui'}: 1 compiled policies, 0.0 MiB"
    os.chmod(tmp_path / "tidui", 0o770)
    assert "not private" in kernel_cache.describe()
