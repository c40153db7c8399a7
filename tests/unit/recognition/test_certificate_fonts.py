"""The fonts of a certificate: what is the same for a batch is cut once, as cutting costs more than all the rest."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tidui.recognition import certificates
from tidui.recognition.signing import canonical, envelopes, keys

_STREAM = re.compile(rb"/FlateDecode[^>]*>>\s*stream\r?\n")
_CFF = b"\x01\x00\x04"


def fonts(made: bytes) -> set[bytes]:
    """The outlines that a PDF carries (CFF), as they stand in it."""
    opened = (zlib.decompressobj().decompress(made[found.end() :]) for found in _STREAM.finditer(made))
    return {one for one in opened if one.startswith(_CFF)}


def printed(key: keys.Key, *, name: str, number: str, uscc: str) -> bytes:
    """The certificate of an enterprise that does not exist."""
    content = {
        "issuer": "甘肃省科学技术厅", "title": "甘肃省科技创新型企业", "number": number, "name": name, "uscc": uscc,
        "document": {"number": "甘科认〔2026〕1号", "date": "2026-11-22"}, "valid_from": "2026-11-22",
        "valid_until": "2029-11-21", "issued_on": "2026-11-22", "verify": f"https://example.org/?number={number}",
    }  # fmt: skip
    one: Any = SimpleNamespace(
        content=content, signature=envelopes.signature(content, key), digest=canonical.digest(content), issue=1,
        picture="", issued_at=dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC),
    )  # fmt: skip
    return certificates.printed(one, key)


def test_only_the_font_of_the_name_differs_within_a_batch(tmp_path: Path) -> None:
    key, _made = keys.current_or_new(tmp_path, "ed25519")
    first = fonts(printed(key, name="兰州白塔新材料有限公司", number="GSCX20266200017", uscc="91620102MA0000017X"))
    second = fonts(printed(key, name="兰州雁滩数据服务有限公司", number="GSCX20266293840", uscc="91620103MAD5HJKLN4"))
    assert (len(first), len(second), len(first & second)) == (2, 2, 1)
