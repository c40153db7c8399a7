"""A signed content as JSON: `{"content": …, "signature": {scheme, key, public, value}}`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from tidui.recognition.signing.canonical import canonical
from tidui.recognition.signing.keys import Key
from tidui.recognition.signing.schemes import NotUsable, scheme


def signed(content: Mapping[str, Any], key: Key) -> dict[str, Any]:
    """The content with its signature. The public half goes along, so that a reader can at least tell a fingerprint."""
    return {"content": dict(content), "signature": signature(content, key)}


def signature(content: Mapping[str, Any], key: Key) -> dict[str, str]:
    """The signature over a content."""
    value = base64.b64encode(key.sign(canonical(dict(content)))).decode()
    return {"scheme": key.scheme, "key": key.name, "public": key.public, "value": value}


def text(envelope: Mapping[str, Any]) -> bytes:
    """How an envelope is written to a file: the same bytes for the same envelope."""
    return json.dumps(envelope, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def holds(envelope: Mapping[str, Any], public: str) -> bool:
    """Is the signature that of this key over this content? NotUsable where the scheme cannot be used here."""
    mark = envelope["signature"]
    try:
        value = base64.b64decode(mark["value"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        return False
    if base64.b64encode(value).decode() != mark["value"] or mark["public"] != public:
        return False
    return scheme(str(mark["scheme"])).verify(public, canonical(envelope["content"]), value)


__all__ = ["NotUsable", "holds", "signature", "signed", "text"]
