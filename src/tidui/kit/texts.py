"""Texts of messages and letters: defined by the app that sends them, reworded by an administrator.

A text has a subject and a body in each language, with placeholders in braces: `{enterprise}`. Only the placeholders
that its app names may be used. A body is plain text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tidui.audit import events
from tidui.kit import access, stamp
from tidui.kit.models import TextVersion

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
#: Languages by the code that Django uses.
LANGUAGES: Final = ("zh-hans", "en")


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and body in one language."""

    subject: str
    body: str


@dataclass(frozen=True)
class Text:
    """A text by its key, with the default wording in each language and what its placeholders mean.

    `by_sms` says that it is urgent enough for a short message.
    """

    key: str
    title: Any
    wordings: Mapping[str, Wording]
    placeholders: Mapping[str, Any]
    by_sms: bool = False


_known: dict[str, Text] = {}


def define(
    key: str, title: Any, *, zh: tuple[str, str], en: tuple[str, str], placeholders: Mapping[str, Any],
    by_sms: bool = False,
) -> Text:  # fmt: skip
    """Make a text known; ValueError if its key is taken or a wording uses a placeholder that is not named."""
    if key in _known:
        raise ValueError(f"the text {key} is defined twice")
    text = Text(key, title, {"zh-hans": Wording(*zh), "en": Wording(*en)}, MappingProxyType(dict(placeholders)), by_sms)
    for language, wording in text.wordings.items():
        wrong = unknown_placeholders(text, wording)
        if wrong:
            raise ValueError(f"{key} ({language}) uses {', '.join(sorted(wrong))}, which it does not name")
    _known[key] = text
    return text


def known() -> Mapping[str, Text]:
    """All texts, by key."""
    return MappingProxyType(_known)


def unknown_placeholders(text: Text, wording: Wording) -> set[str]:
    """Placeholders of a wording that the text does not have."""
    return set(PLACEHOLDER.findall(wording.subject + wording.body)) - set(text.placeholders)


def _load() -> dict[tuple[str, str], Wording]:
    rows = TextVersion.objects.order_by("key", "language", "version")
    return {(row.key, row.language): Wording(row.subject, row.body) for row in rows}


_kept = stamp.Remembered(_load)


def wording(key: str, language: str) -> Wording:
    """How a text is worded now. KeyError for a text that is not defined."""
    language = "en" if language.startswith("en") else "zh-hans"
    return _kept.get().get((key, language)) or _known[key].wordings[language]


def render(key: str, language: str, context: Mapping[str, Any]) -> Wording:
    """The text with its placeholders filled. KeyError if one that the text names is not given."""
    text, words = _known[key], wording(key, language)
    values = {name: str(context[name]) for name in text.placeholders}

    def fill(template: str) -> str:
        return PLACEHOLDER.sub(lambda found: values[found[1]], template)

    return Wording(" ".join(fill(words.subject).split())[:200], fill(words.body))


@transaction.atomic
def reword(*, key: str, language: str, subject: str, body: str, by: Any, at: dt.datetime) -> TextVersion:
    """Give a text another wording from now on; ValidationError for a placeholder that the text does not have."""
    access.require("kit.administer", by)
    words = Wording(subject.strip(), body.strip())
    wrong = unknown_placeholders(_known[key], words)
    if wrong:
        names = ", ".join("{" + name + "}" for name in sorted(wrong))
        raise ValidationError({"body": _("没有这些占位符：%(names)s。") % {"names": names}})
    newest = TextVersion.objects.filter(key=key, language=language).aggregate(n=Max("version"))["n"] or 0
    row = TextVersion.objects.create(
        key=key, language=language, subject=words.subject, body=words.body, version=newest + 1, set_by=by, set_at=at
    )
    details = {"key": key, "language": language, "version": row.version}
    events.record("kit.reword", actor=by, subject=row, at=at, details=details)
    stamp.changed()
    return row
