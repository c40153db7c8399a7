"""What follows the number, in the demonstration: a sampling check that was drawn, a revocation awaiting a reply."""

# tidui: data

from __future__ import annotations

import datetime as dt

from tidui.accounts.models import User
from tidui.kit import clock
from tidui.recognition.actions import revocation as revoking
from tidui.recognition.actions import sampling
from tidui.recognition.models import Recognition

SEED = "04 09 13 21 26 33 08"


def play(*, officer: User, programme: str, at: dt.datetime) -> None:
    """Draw a fifth of the newest year's numbers; propose to revoke another one and tell the enterprise."""
    newest = Recognition.objects.filter(programme=programme).order_by("-year").first()
    if newest is None:
        return
    year = newest.year
    held = list(Recognition.objects.filter(programme=programme, year=year, revoked_on__isnull=True).order_by("number"))
    if all(one.route == "hte" for one in sampling.population(programme, year)):  # type: ignore[attr-defined]
        return
    frozen_at = at - dt.timedelta(days=9)
    frozen = sampling.freeze(
        programme_name=programme, year=year, share=20, by=officer, at=frozen_at,
        seed_source="次日中国福利彩票双色球开奖号码，红球由小到大、蓝球在后，以空格分隔（演示）",
        seed_on=clock.day_of(frozen_at) + dt.timedelta(days=1),
    )  # fmt: skip
    sampling.draw(drawn_from=frozen, seed=SEED, by=officer, at=at - dt.timedelta(days=7))
    drawn = set(frozen.samples.values_list("recognition", flat=True))
    other = next((one for one in held if one.pk not in drawn), held[0])
    opened = revoking.open_revocation(
        recognition=other, ground="listed", evidence="经联审查询，该企业已被列入经营异常名录（演示）。", by=officer,
        at=at - dt.timedelta(days=2),
    )  # fmt: skip
    revoking.tell(revocation=opened, by=officer, at=at - dt.timedelta(days=1))
