"""What follows the number in the demonstration: a drawn sampling check, a revocation awaiting a reply, figures."""

# tidui: data

from __future__ import annotations

import datetime as dt

from tidui.accounts.models import User
from tidui.casework.programme import programme as programme_of
from tidui.figures import freezing
from tidui.figures.models import Line
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


def publish(*, officer: User, at: dt.datetime) -> None:
    """Freeze and publish the figures of every programme and year, so that the public has some to open."""
    for name, year in Line.objects.values_list("programme", "year").distinct().order_by("programme", "year"):
        title = f"{year}年{programme_of(name).title.zh}统计（演示）"
        frozen = freezing.freeze(
            programme_name=name, year=year, title=title, note="截至冻结之时的申报、办理与认定情况。", by=officer, at=at
        )
        freezing.publish(figure_set=frozen, by=officer, at=at)
