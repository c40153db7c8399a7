"""Labels that come in two languages with the data: facts, policies, divisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import get_language

Lang = Literal["zh", "en"]


def active() -> Lang:
    """The language in which the page is shown."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def of(zh: str, en: str) -> str:
    """The label in the language of the page; the Chinese one where there is no English."""
    return en if active() == "en" and en else zh


def of_label(label: Mapping[str, str]) -> str:
    """The same for a mapping with `zh` and `en`."""
    return of(label.get("zh", ""), label.get("en", ""))


class Pair:
    """A label in two languages that is decided when it is shown: `str(Pair('省', 'province'))`."""

    __slots__ = ("en", "zh")

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en

    def __str__(self) -> str:
        return of(self.zh, self.en)

    def __repr__(self) -> str:
        return f"Pair({self.zh!r}, {self.en!r})"



__all__ = ["Lang", "Pair", "active", "of", "of_label"]
