"""What a person must be to review, as a checked rule with its source.

国科发火〔2016〕195号 asks of an expert of the technical side a senior title and a background in the fields that the
state supports; of one of the financial side a senior title, or a professional qualification with ten years of such
work. The provincial text says nothing of experts: for its programme the same is a house default.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.review.enums import ExpertKind, TitleLevel

CITES: Final = _("《高新技术企业认定管理工作指引》（国科发火〔2016〕195号）评审专家条件")
HOUSE: Final = _("省办法没有规定专家条件，暂按高新技术企业认定管理工作指引。")
#: The years of related work that a professional qualification needs beside it.
YEARS: Final = 10
SENIOR: Final = frozenset({TitleLevel.SENIOR, TitleLevel.ASSOCIATE})


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked, and whether it holds."""

    text: Any
    holds: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rule says of a person."""

    conditions: tuple[Condition, ...]
    cites: Any = CITES
    house: Any = HOUSE

    @property
    def qualified(self) -> bool:
        """Does everything that is asked hold?"""
        return all(one.holds for one in self.conditions)

    @property
    def missing(self) -> tuple[Any, ...]:
        """What does not hold, in words."""
        return tuple(one.text for one in self.conditions if not one.holds)


def check(*, kind: str, level: str, qualification: str, years: int, fields: Collection[str]) -> Checked:
    """Check what a person is against what the guide asks of experts of a kind."""
    senior = level in SENIOR
    if kind == ExpertKind.TECHNICAL:
        return Checked(
            (
                Condition(_("具有高级职称（正高级或副高级）"), senior),
                Condition(_("有国家重点支持的高新技术领域内的专业背景"), bool(fields)),
            )
        )
    works = bool(qualification.strip()) and years >= YEARS
    return Checked(
        (Condition(_("具有高级职称，或者具有执业资格且从事相关工作十年以上"), senior or works),)
    )
