"""What a draw is made from, read from the records: who is missing where, who may be drawn, who is kept off what."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from tidui.kit import clock, parameters
from tidui.review import recusing, seating
from tidui.review.drawing import model
from tidui.review.enums import SEATED, ExpertState, Per, SeatState, SheetState
from tidui.review.models import Draw, Expert, File, Review, Seat, Sheet
from tidui.review.parameters import FINANCIAL_LEAST, TECHNICAL_SHARE

#: So many percent of a panel's files have to be reached by a technical expert.
COVER: Final = 50
#: Rounds of the fairness loop where panels are drawn for files.
FAIR: Final = 8
#: Why somebody is not drawn again where they were already.
LEFT: Final = "left"
_GONE: Final = (SeatState.DECLINED, SeatState.NO_SHOW)


@dataclass(frozen=True, slots=True, order=True)
class There:
    """Somebody who sits in a panel, or who signed and left."""

    expert: int
    kind: str
    leader: bool
    left: bool = False


@dataclass(frozen=True, slots=True)
class Want:
    """Files whose panel lacks the same experts: the whole of a group, or some files of it."""

    id: str
    group: int | None
    files: tuple[File, ...]
    technical: int
    financial: int
    there: tuple[There, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """What the draw keeps, so that its panels find their seats."""
        return {
            "id": self.id, "group": self.group, "files": [one.pk for one in self.files], "technical": self.technical,
            "financial": self.financial,
        }  # fmt: skip


def missing(review: Review) -> list[Want]:
    """Whom the panels lack, files that lack the same put together; files that are done lack nobody.

    A signed sheet of somebody who left counts as a seat: finished work is not done again. Five queries.
    """
    files = list(review.files.filter(done_at__isnull=True).select_related("group", "application").order_by("code"))
    panels = seating.panels_of(files)
    signed: dict[int, dict[int, str]] = defaultdict(dict)
    rows = Sheet.objects.filter(file__review=review, state=SheetState.SIGNED)
    for file, expert, kind in rows.values_list("file", "expert", "kind"):
        signed[file][expert] = kind
    sizes: dict[int | None, int] = defaultdict(int)
    for (group,) in review.files.values_list("group"):
        sizes[group] += 1
    alike: dict[Any, list[File]] = defaultdict(list)
    for one in files:
        there = _there(panels[one.pk], signed[one.pk])
        kinds = [each.kind for each in there]
        lacks = tuple(max(0, wanted - kinds.count(kind)) for kind, wanted in _wanted(review).items())
        if any(lacks):
            each = one.pk if review.per == Per.FILE else None
            alike[one.group_id, each, lacks, there].append(one)
    return _wants(review, alike, sizes)


def _there(seats: Iterable[Seat], signed: Mapping[int, str]) -> tuple[There, ...]:
    sit = [There(seat.expert_id, str(seat.kind), seat.leader) for seat in seats]
    here = {one.expert for one in sit}
    return tuple(sorted([*sit, *(There(key, kind, False, True) for key, kind in signed.items() if key not in here)]))


def _wanted(review: Review) -> dict[str, int]:
    return {model.TECHNICAL: review.technical, model.FINANCIAL: review.size - review.technical}


def _wants(review: Review, alike: Mapping[Any, list[File]], sizes: Mapping[int | None, int]) -> list[Want]:
    made, parts = [], defaultdict[Any, int](int)
    for (group, _each, (technical, financial), there), rows in alike.items():
        left = any(one.left for one in there)
        whole = review.per == Per.GROUP and group is not None and len(rows) == sizes[group] and not left
        if review.per == Per.FILE or rows[0].group is None:
            name = rows[0].code
        elif whole:
            name = f"G{rows[0].group.number:03d}"
        else:
            parts[group] += 1
            name = f"G{rows[0].group.number:03d}-{parts[group]:03d}"
        made.append(Want(name, group if whole else None, tuple(rows), technical, financial, there))
    return sorted(made, key=lambda one: one.id)


# ---------------------------------------------------------------------- the frozen file
@dataclass(frozen=True, slots=True)
class Gathered:
    """What is frozen: the file, who the pseudonyms are, and which seats its panels stand for."""

    raw: dict[str, Any]
    names: dict[str, Any]
    wanted: list[dict[str, Any]]


def gather(draw: Draw, at: dt.datetime) -> Gathered:
    """The input of a draw as the records are now. A constant number of queries."""
    review, day = draw.review, clock.day_of(at)
    wants = missing(review)
    experts = list(Expert.objects.filter(state=ExpertState.CONFIRMED).prefetch_related("fields").order_by("pk"))
    experts += _seated_besides(wants, experts)
    salt = str(draw.names.get("salt", ""))
    keys = {one.pk: pseudonym(salt, one.pk) for one in experts}
    files = sorted((file for want in wants for file in want.files), key=lambda one: one.code)
    names = {
        "salt": salt,
        "experts": {keys[one.pk]: [one.pk, model.name_digest(salt, one.name)] for one in experts},
        "files": {one.code: [one.application_id, one.application.number or ""] for one in files},
    }
    raw = {
        "layout": model.LAYOUT,
        "draw": {"review": f"{review.batch.call.title} {review.batch.title}", "number": draw.number,
                 "reason": draw.reason},
        "rules": rules(review, day),
        "experts": sorted(_people(review, experts, keys, day), key=lambda one: str(one["id"])),
        "files": [{"id": one.code, "field": one.field} for one in files],
        "panels": [_panel(want, keys) for want in wants],
        "forbidden": _forbidden(files, experts, keys, day),
        "units": [
            {"unit": one.unit.name, "salt": one.salt, "commitment": one.commitment}
            for one in draw.secrets.select_related("unit").order_by("pk")
        ],
        "frozen_on": day.isoformat(),
        "public": {"source": draw.public_source, "on": draw.public_on.isoformat()},
        "names": model.digest(names),
    }  # fmt: skip
    return Gathered(raw, names, [one.plain for one in wants])


def pseudonym(salt: str, key: int) -> str:
    """What an expert is called in the file of one draw."""
    text = f"{salt}\n{key}"
    return f"E{hashlib.sha256(text.encode()).hexdigest()[:12].upper()}"


def rules(review: Review, day: dt.date) -> dict[str, Any]:
    """The rules of a review, with the shares that were in force on a day."""
    return {
        "size": review.size, "technical": review.technical, "financial": review.size - review.technical,
        "technical_share": int(parameters.get(TECHNICAL_SHARE, day)),
        "financial_least": int(parameters.get(FINANCIAL_LEAST, day)),
        "fit": review.fit, "reach": str(review.reach), "cover": COVER, "fair": FAIR if review.per == Per.FILE else 0,
    }  # fmt: skip


def _seated_besides(wants: Iterable[Want], known: Iterable[Expert]) -> list[Expert]:
    """Those who sit in a panel and are no longer in the register: they stay in the file."""
    have = {one.pk for one in known}
    keys = {one.expert for want in wants for one in want.there} - have
    return list(Expert.objects.filter(pk__in=keys).prefetch_related("fields").order_by("pk")) if keys else []


def _people(
    review: Review, experts: Iterable[Expert], keys: Mapping[int, str], day: dt.date
) -> Iterable[dict[str, Any]]:
    begins = max(day, review.opens_on or day)
    suitable = recusing.suitable_experts(begins, max(begins, review.due_on or begins))
    there = set(suitable.values_list("pk", flat=True))
    gone = set(Seat.objects.filter(review=review, state__in=_GONE).values_list("expert", flat=True))
    spent = _spent(review)
    for one in experts:
        fields = sorted(one.fields.all(), key=lambda field: (not field.main, field.code))
        most = min(review.load, one.load if one.load is not None else review.load)
        yield {
            "id": keys[one.pk], "kind": str(one.kind), "level": str(one.level),
            "fields": [field.code for field in fields], "load": max(0, most - spent.get(one.pk, 0)),
            "available": one.pk in there and one.pk not in gone,
        }  # fmt: skip


def _spent(review: Review) -> dict[int, int]:
    """How many files each expert of a review has already; two queries."""
    counted: dict[int, int] = defaultdict(int)
    sizes: dict[int | None, int] = defaultdict(int)
    for (group,) in review.files.values_list("group"):
        sizes[group] += 1
    rows = Seat.objects.filter(review=review, state__in=SEATED)
    for expert, group in rows.values_list("expert", "group"):
        counted[expert] += sizes[group] if group is not None else 1
    return counted


def _panel(want: Want, keys: Mapping[int, str]) -> dict[str, Any]:
    seated = [{"expert": keys[one.expert], "kind": one.kind, "leader": one.leader} for one in want.there]
    return {
        "id": want.id, "files": [one.code for one in want.files], "technical": want.technical,
        "financial": want.financial, "seated": sorted(seated, key=lambda one: str(one["expert"])),
        "lead": "drawn" if want.group is None and want.there else "all",
    }  # fmt: skip


def _forbidden(
    files: Iterable[File], experts: Iterable[Expert], keys: Mapping[int, str], day: dt.date
) -> list[list[str]]:
    """Every recusal, and everybody who had a seat there before."""
    rows = list(files)
    by_application = {one.application_id: one.code for one in rows}
    found = recusing.recusals_of([one.application for one in rows], experts, day)
    pairs = {(by_application[key], keys[expert]): str(kind) for (key, expert), kind in found.items()}
    groups = defaultdict[int, list[str]](list)
    for one in rows:
        if one.group_id is not None:
            groups[one.group_id].append(one.code)
    codes = {one.pk: one.code for one in rows}
    before = Seat.objects.filter(Q(group__in=groups) | Q(file__in=codes), expert__in=keys)
    for expert, group, file in before.values_list("expert", "group", "file"):
        for code in groups.get(group, []) if group is not None else [codes[file]]:
            pairs.setdefault((code, keys[expert]), LEFT)
    return [[code, expert, reason] for (code, expert), reason in sorted(pairs.items())]
