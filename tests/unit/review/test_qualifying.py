"""The rule that says who may be an expert."""

from __future__ import annotations

from typing import Any

import pytest

from tidui.review.enums import ExpertKind, TitleLevel
from tidui.review.qualifying import check


def _says(**changed: Any) -> bool:
    plain: dict[str, Any] = {
        "kind": ExpertKind.TECHNICAL, "level": TitleLevel.SENIOR, "qualification": "", "years": 0, "fields": ["803"],
    }  # fmt: skip
    return check(**{**plain, **changed}).qualified


@pytest.mark.parametrize(
    ("level", "holds"),
    [(TitleLevel.SENIOR, True), (TitleLevel.ASSOCIATE, True), (TitleLevel.MIDDLE, False), (TitleLevel.NONE, False)],
)
def test_a_technical_expert_has_a_senior_title(level: str, holds: bool) -> None:
    assert _says(level=level, years=30, qualification="注册会计师") is holds


def test_a_technical_expert_has_a_field() -> None:
    assert not _says(fields=[])


@pytest.mark.parametrize(
    ("level", "qualification", "years", "holds"),
    [
        (TitleLevel.SENIOR, "", 0, True),
        (TitleLevel.MIDDLE, "注册会计师", 10, True),
        (TitleLevel.MIDDLE, "注册会计师", 9, False),
        (TitleLevel.MIDDLE, "", 30, False),
        (TitleLevel.NONE, "税务师", 11, True),
    ],
)
def test_a_financial_expert_has_a_senior_title_or_ten_years_with_a_qualification(
    level: str, qualification: str, years: int, holds: bool
) -> None:
    found = _says(
        kind=ExpertKind.FINANCIAL, level=level, qualification=qualification, years=years, fields=[]
    )
    assert found is holds


def test_what_is_missing_is_said_in_words_with_the_source() -> None:
    found = check(kind=ExpertKind.TECHNICAL, level=TitleLevel.MIDDLE, qualification="", years=3, fields=[])
    assert len(found.missing) == 2
    assert "国科发火〔2016〕195号" in str(found.cites)
