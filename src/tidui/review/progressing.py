"""How far a review is, by expert and by group: counted by the database, so that its size does not matter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Max, Q

from tidui.review.enums import SEATED, ExpertKind, LookState, SeatState, SheetState
from tidui.review.models import File, Group, Recusal, Review, Seat, SecondLook, Sheet


@dataclass(slots=True)
class OfExpert:
    """How far one expert is: files to mark, begun, signed."""

    expert: int
    name: str
    kind: str
    employer: str
    files: int = 0
    begun: int = 0
    signed: int = 0
    leads: bool = False
    unanswered: bool = False
    groups: list[int] = field(default_factory=list)
    last: object = None

    @property
    def left(self) -> int:
        """How many files are not signed yet."""
        return max(0, self.files - self.signed)

    @property
    def kind_title(self) -> str:
        """On which side they mark."""
        return str(ExpertKind(self.kind).label)


@dataclass(slots=True)
class OfGroup:
    """How far one group is: files, those that are done, sheets that are due and signed, open second looks."""

    pk: int
    number: int
    title: str
    files: int = 0
    done: int = 0
    due: int = 0
    signed: int = 0
    looks: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A review at a glance."""

    files: int
    done: int
    recommended: int
    due: int
    signed: int
    looks: int


def of_experts(review: Review) -> list[OfExpert]:
    """How far everybody is, who has most left first. Five queries."""
    in_group = dict(
        File.objects.filter(review=review).order_by().values_list("group").annotate(count=Count("pk"))
    )
    kept_off = _kept_off(review)
    found: dict[int, OfExpert] = {}
    seats = Seat.objects.filter(review=review, state__in=SEATED).order_by("pk")
    grouped = seats.filter(group__isnull=False).values_list(
        "expert", "expert__name", "kind", "expert__employer", "group", "group__number", "leader", "state"
    )
    for expert, name, kind, employer, group, number, leader, state in grouped:
        row = found.setdefault(expert, OfExpert(expert, name, kind, employer))
        row.files += in_group.get(group, 0) - kept_off[expert, group]
        row.groups.append(number)
        row.leads |= leader
        row.unanswered |= state == SeatState.CALLED
    single = seats.filter(file__isnull=False).order_by().values_list(
        "expert", "expert__name", "kind", "expert__employer"
    ).annotate(
        count=Count("pk"), leads=Count("pk", filter=Q(leader=True)),
        called=Count("pk", filter=Q(state=SeatState.CALLED)),
    )  # fmt: skip
    for expert, name, kind, employer, count, leads, called in single:
        row = found.setdefault(expert, OfExpert(expert, name, kind, employer))
        row.files += count
        row.leads |= leads > 0
        row.unanswered |= called > 0
    sheets = Sheet.objects.filter(file__review=review).exclude(state=SheetState.VOID).order_by().values_list("expert")
    counted = sheets.annotate(
        begun=Count("pk"), signed=Count("pk", filter=Q(state=SheetState.SIGNED)), last=Max("changed_at")
    )
    for expert, begun, signed, last in counted:
        if expert in found:
            found[expert].begun, found[expert].signed, found[expert].last = begun, signed, last
    return sorted(found.values(), key=lambda row: (-row.left, row.name, row.expert))


def _kept_off(review: Review) -> Counter[tuple[int, int]]:
    """How many files of a group a recusal keeps an expert off."""
    rows = Recusal.objects.filter(application__file__review=review, lifted_at__isnull=True)
    pairs = set(rows.values_list("expert", "application__file__group", "application"))
    return Counter((expert, group) for expert, group, _application in pairs)


def of_groups(review: Review) -> list[OfGroup]:
    """How far every group is, in their order. Five queries."""
    found = {
        key: OfGroup(key, number, title)
        for key, number, title in Group.objects.filter(review=review).order_by("number").values_list(
            "pk", "number", "title"
        )
    }
    for group, files, done in (
        File.objects.filter(review=review).order_by().values_list("group")
        .annotate(files=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)))
    ):  # fmt: skip
        if group in found:
            found[group].files, found[group].done = files, done
    for group, count in _due(review).items():
        if group in found:
            found[group].due = count
    signed = Sheet.objects.filter(file__review=review, state=SheetState.SIGNED).order_by().values_list("file__group")
    for group, count in signed.annotate(count=Count("pk")):
        if group in found:
            found[group].signed = count
    looks = SecondLook.objects.filter(file__review=review, state=LookState.OPEN).order_by().values_list("file__group")
    for group, count in looks.annotate(count=Count("pk")):
        if group in found:
            found[group].looks = count
    return list(found.values())


def _due(review: Review) -> Counter[int | None]:
    """How many sheets are due in each group."""
    files = dict(File.objects.filter(review=review).order_by().values_list("group").annotate(count=Count("pk")))
    kept_off = _kept_off(review)
    due: Counter[int | None] = Counter()
    seats = Seat.objects.filter(review=review, state__in=SEATED)
    for expert, group in seats.filter(group__isnull=False).values_list("expert", "group"):
        due[group] += files.get(group, 0) - kept_off[expert, group]
    single = seats.filter(file__isnull=False).order_by().values_list("file__group").annotate(count=Count("pk"))
    for group, count in single:
        due[group] += count
    return due


def whole(review: Review, groups: list[OfGroup]) -> Whole:
    """The review at a glance. One query beside those of its groups."""
    counted = File.objects.filter(review=review).aggregate(
        files=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False)),
        recommended=Count("pk", filter=Q(recommended=True)),
    )  # fmt: skip
    return Whole(
        counted["files"], counted["done"], counted["recommended"], sum(one.due for one in groups),
        sum(one.signed for one in groups), sum(one.looks for one in groups),
    )  # fmt: skip
