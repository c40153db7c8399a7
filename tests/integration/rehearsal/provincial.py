"""A year of provincial recognition: 160 apply, 123 are recognised; every fate that the procedure knows is somebody's.

The script alone says what every figure comes to (`counted`); `Year.play` lets the site do it, through its actions.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from tests.people import World, make_organisation, make_user
from tests.people import make_member as join
from tests.review import applied
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import Organisation, OrganisationState, User
from tidui.casework import actions, findings
from tidui.casework.actions import calls, exchanging, joint_checking
from tidui.casework.enums import Weight
from tidui.casework.exchanging import Plan
from tidui.casework.models import Application, Batch, Call
from tidui.demo import reviewing
from tidui.demo.answering import answer
from tidui.demo.reviewing import Hands
from tidui.kit import clock, jobs
from tidui.recognition.actions import objections, revocation
from tidui.recognition.models import Notice, Recognition
from tidui.review import recusing
from tidui.review.actions import commissioning, seats
from tidui.review.models import Expert, File, Group, Review, Seat

YEAR: Final = 2026
COUNT: Final = 160
RECOGNISED: Final = 123
#: The fate of a firm, by its place; whoever is not named is recognised and stays so.
FATES: Final = {
    "not_recommended": range(0, 5), "withdraws": range(5, 7), "not_accepted": range(7, 11), "weak": range(11, 33),
    "refuted": range(33, 34), "voted_down": range(34, 36), "objected": range(36, 37), "revoked": range(37, 38),
}  # fmt: skip
REFUSED: Final = frozenset({"not_recommended", "not_accepted", "weak", "refuted", "voted_down", "objected"})
#: Twelve are visited, the others need not be.
VISITED: Final = range(33, 45)
FIELDS: Final = ("803", "101", "402", "604", "202")
_DAY: Final = dt.timedelta(days=1)


def fate_of(place: int) -> str:
    """What becomes of a firm."""
    return next((name for name, places in FATES.items() if place in places), "recognised")


def division_of(place: int) -> str:
    """In which county a firm lies."""
    return "620103" if place % 4 == 3 else "620102"


def field_of(place: int) -> str:
    """The technical field of a firm."""
    return FIELDS[place % len(FIELDS)]


def counted() -> dict[str, int]:
    """The figures of the year, from the script alone."""
    fates = Counter(fate_of(place) for place in range(COUNT))
    in_batch = COUNT - fates["not_recommended"] - fates["withdraws"] - fates["not_accepted"]
    return {
        "took_part": COUNT, "submitted": COUNT, "withdrawn": fates["withdraws"],
        "refused": sum(fates[name] for name in REFUSED), "confirmed": in_batch, "reviewed": in_batch,
        "suggested": in_batch - fates["weak"], "visited": len(VISITED), "refuted": fates["refuted"],
        "objected": fates["objected"], "upheld": fates["objected"],
        "recognised": fates["recognised"] + fates["revoked"], "revoked": fates["revoked"], "pending": 0, "late": 0,
    }  # fmt: skip


def moment(month: int, day: int, hour: int = 9) -> dt.datetime:
    """A moment of the year."""
    return dt.datetime(YEAR, month, day, hour, tzinfo=clock.LEGAL_ZONE)


def applied_at(place: int) -> dt.datetime:
    """When a firm applies."""
    return moment(3, 3 + place % 20)


@dataclass
class Year:
    """The year as it was played."""

    world: World
    firms: list[tuple[Organisation, User]] = field(default_factory=list)
    applications: list[int] = field(default_factory=list)
    call: Call = field(init=False)
    batch: Batch = field(init=False)
    review: Review = field(init=False)
    notice: Notice = field(init=False)
    ended: dt.datetime = field(init=False)
    institution: Organisation = field(init=False)
    visitor: User = field(init=False)
    #: The expert who was found tied to an applicant after the draw, and the application.
    conflicted: tuple[Expert, int] = field(init=False)
    #: The group of which nobody came.
    absent: Group = field(init=False)

    @property
    def hands(self) -> Hands:
        """Who acts."""
        world = self.world
        keepers = ((world.department, world.department_officer), (world.university, world.university_officer))
        return Hands(world.department_officer, world.department_leader, keepers)

    def of(self, fate: str) -> list[int]:
        """The applications of a fate."""
        return [self.applications[place] for place in FATES[fate]]

    def play(self) -> Year:
        """From the call to the certificates, an upheld objection and a revocation; each step may be played otherwise."""
        for step in (
            self.enter, self.gather, self.draw, self.mark, self.visit, self.decide, self.show, self.issue, self.revoke,
        ):  # fmt: skip
            step()
        return self

    # ------------------------------------------------------------------ applying
    def enter(self) -> None:
        """The call, the firms, their applications."""
        self.call = self.publish()
        for place in range(COUNT):
            firm = make_organisation(Kind.ENTERPRISE, f"甘肃演练{place:03d}科技有限公司", division_of(place))
            self.firms.append((firm, _member(f"firm-{place}", "填报员", firm, Role.CLERK)))
        OrganisationState.objects.filter(organisation__in=[firm for firm, _who in self.firms]).update(
            since=dt.date(2020, 1, 1)
        )
        for place in range(COUNT):
            self.applications.append(self.apply(place))

    def publish(self) -> Call:
        """The department calls."""
        by = self.world.department_officer
        drafted = calls.draft_call(
            programme_name="provincial", year=YEAR, title="申报通知", text="请按时申报。", opens_at=moment(3, 2),
            closes_at=moment(3, 31, 18), by=by, at=moment(3, 1),
        )  # fmt: skip
        return calls.publish_call(call=drafted, by=by, at=moment(3, 1, 10))

    def apply(self, place: int) -> int:
        """A firm applies; the key of its application."""
        firm, person = self.firms[place]
        return applied(
            self.call, firm, person, at=applied_at(place), answers=texts(place), field=field_of(place)
        ).pk

    def gather(self) -> None:
        """Counties recommend, the department accepts into a batch, the authorities know nothing."""
        self.batch = self.open_batch()
        for place in FATES["withdraws"]:
            made = Application.objects.get(pk=self.applications[place])
            actions.withdraw(
                application=made, reason="改为明年申报", by=self.firms[place][1], at=moment(4, 1), seen=made.version
            )
        rows = [place for place in range(COUNT) if fate_of(place) != "withdraws"]
        for place in rows:
            made = Application.objects.select_related("organisation").get(pk=self.applications[place])
            findings.look(made)
            made.findings.filter(weight=Weight.STOP).update(weight=Weight.NOTE)
        self.recommend(rows)
        self.confirm([place for place in rows if fate_of(place) != "not_recommended"])
        self.batch = self.close_batch()
        self._ask_partners()

    def open_batch(self) -> Batch:
        """The batch into which the department accepts."""
        return calls.open_batch(call=self.call, title="第一批", by=self.world.department_officer, at=moment(4, 6))

    def recommend(self, places: list[int]) -> None:
        """The counties recommend, or refuse to."""
        for place in places:
            county = self.world.county_officer if division_of(place) == "620102" else self.world.other_county_officer
            if fate_of(place) == "not_recommended":
                self._move(self.applications[place], "refuse", county, moment(4, 2), reason="不符合推荐条件")
            else:
                self._move(self.applications[place], "recommend", county, moment(4, 2))

    def confirm(self, places: list[int]) -> None:
        """The department accepts, or refuses."""
        by = self.world.department_officer
        for place in places:
            if fate_of(place) == "not_accepted":
                self._move(self.applications[place], "refuse", by, moment(4, 7), reason="材料与申报不一致")
            else:
                self._move(self.applications[place], "confirm", by, moment(4, 7))

    def close_batch(self) -> Batch:
        """The batch is closed."""
        return calls.close_batch(batch=self.batch, by=self.world.department_officer, at=moment(4, 8))

    def _move(self, key: int, name: str, by: User, at: dt.datetime, **more: Any) -> None:
        found = Application.objects.get(pk=key)
        actions.move(application=found, name=name, by=by, at=at, seen=found.version, **more)

    def _ask_partners(self) -> None:
        by, partner = self.world.department_officer, make_organisation(Kind.PARTNER, "省信用办")
        ask_partners(self.batch, by, _member("credit", "信用经办", partner, Role.CLERK), partner, moment(4, 9))

    # ------------------------------------------------------------------ review
    def draw(self) -> None:
        """Experts are drawn; a conflict is found late, a whole panel does not come; both are drawn again."""
        reviewing.make_experts(
            self.world.department_officer, moment(3, 1), technical=36, financial=14, fields=FIELDS,
            account=lambda name: make_user(f"expert-{User.objects.count()}", name),
        )  # fmt: skip
        self.review = self.prepare()
        self.first_draw()
        self.absent = self.review.groups.order_by("-number")[0]
        missing = list(self.absent.seats.order_by("pk"))
        self.answer(missing)
        for seat in missing:
            self.miss(seat)
        first = self.review.groups.order_by("number")[0]
        tied = first.seats.filter(kind="technical", leader=False, state="accepted").order_by("pk")[0]
        file = File.objects.filter(group=first).order_by("pk")[0]
        self.mark_early(Seat.objects.select_related("expert__user", "review").get(pk=tied.pk), file)
        self.conflict(tied.expert, file.application)
        self.conflicted = (tied.expert, file.application_id)
        self.draw_again()
        reviewing.accepted(self.review, moment(4, 22))

    def prepare(self) -> Review:
        """The files are packed into groups."""
        return reviewing.prepared(self.batch, self.hands, moment(4, 13), group_size=30)

    def first_draw(self) -> None:
        """Everybody is drawn."""
        reviewing.drawn(self.review, self.hands, moment(4, 14))

    def answer(self, missing: list[Seat]) -> None:
        """All but these accept."""
        reviewing.accepted(self.review, moment(4, 16), but=[one.pk for one in missing])

    def miss(self, seat: Seat) -> None:
        """An expert did not come."""
        seats.no_show(seat=seat, reason="未按时答复", by=self.world.department_officer, at=moment(4, 17))

    def mark_early(self, seat: Seat, file: File) -> None:
        """An expert marks a file before anybody knows of the tie."""
        reviewing.mark_sheet(seat, file, moment(4, 17), 1)

    def conflict(self, expert: Expert, application: Application) -> None:
        """The tie is found."""
        with clock.standing_at(moment(4, 18)):
            recusing.recuse(
                expert=expert, application=application, by=self.world.department_officer, at=moment(4, 18),
                note="举报核实：专家配偶在该企业任职", kind="kin",
            )  # fmt: skip

    def draw_again(self) -> None:
        """The vacant seats are drawn."""
        reviewing.drawn(self.review, self.hands, moment(4, 20), reason="一个评审组未到，一名专家须回避")

    def mark(self) -> None:
        """Every sheet is signed; the weak come out below the line."""
        self.sign(dict.fromkeys(self.of("weak"), 0.1))
        self.close()

    def sign(self, levels: dict[int, float]) -> None:
        """The sheets and the leaders' forms."""
        reviewing.marked(self.review, moment(4, 23), levels)

    def close(self) -> None:
        """The review ends."""
        reviewing.closed(self.review, self.hands, moment(4, 27))

    # ------------------------------------------------------------------ visits and decision
    def visit(self) -> None:
        """Twelve are visited, of one a claim is refuted; the others need not be."""
        self.institution = make_organisation(Kind.SITE_INSTITUTION, "河西评估院")
        self.visitor = _member("visitor", "考察员", self.institution, Role.CLERK)
        waiting = set(commissioning.waiting(self.batch).values_list("pk", flat=True))
        chosen = {self.applications[place] for place in VISITED}
        with clock.standing_at(moment(4, 28)):
            commissioning.waive_many(
                batch=self.batch, applications=sorted(waiting - chosen), reason="书面材料已足够", at=clock.now(),
                by=self.world.department_officer,
            )  # fmt: skip
            jobs.work_off()
        self.inspect(dict.fromkeys(self.of("refuted"), f"st_staff.{YEAR - 1}"))

    def inspect(self, refuted: dict[int, str]) -> None:
        """An institution goes there."""
        reviewing.visited(self.batch, self.institution, self.visitor, self.hands, moment(4, 28), refuted)

    def decide(self) -> None:
        """The meeting refuses the weak, the refuted, and two more."""
        why = dict.fromkeys(self.of("weak"), "评审得分未达到推荐线")
        why |= dict.fromkeys(self.of("refuted"), "现场核实研发人员占比不足")
        why |= dict.fromkeys(self.of("voted_down"), "会议认为核心技术不属于支持领域")
        self.meet(why)

    def meet(self, refused: dict[int, str]) -> None:
        """The meeting, and its publication."""
        reviewing.decided(self.batch, self.hands, moment(5, 8), refused)

    def show(self) -> None:
        """The notice, with an objection that proves right."""
        self.notice = self.notify()
        self.object()
        self.ended = self.end_notice()

    def notify(self) -> Notice:
        """The list is shown to the public."""
        return reviewing.noticed(self.batch, self.hands, moment(5, 11))

    def object(self) -> None:
        """Somebody objects under their name, and is right."""
        by = self.world.department_officer
        filed = objections.file_objection(
            notice=self.notice, application=self.of("objected")[0], name="祁明远", mobile="13900009999", employer="某公司",
            text="该企业的发明专利已转让。", at=moment(5, 13),
        )  # fmt: skip
        taken = objections.accept_objection(objection=filed, by=by, at=moment(5, 14), seen=filed.version)
        objections.uphold_objection(
            objection=taken, answer="经核实属实。", reason="核心知识产权已转让，不再具备条件", by=by, at=moment(5, 18),
            seen=taken.version,
        )  # fmt: skip

    def end_notice(self) -> dt.datetime:
        """Its days pass; the moment."""
        return reviewing.ended(self.notice, self.hands)

    def issue(self) -> None:
        """The certificates."""
        reviewing.recognised(self.batch, self.hands, self.ended + 3 * _DAY)

    def revoke(self) -> None:
        """One is revoked later."""
        held = Recognition.objects.get(application__in=self.of("revoked"))
        officer, leader = self.world.department_officer, self.world.department_leader
        with clock.standing_at(moment(9, 1)):
            opened = revocation.open_revocation(
                recognition=held, ground="fraud", evidence="经查虚报研发费用。", by=officer, at=clock.now()
            )
            revocation.tell(revocation=opened, by=officer, at=clock.now())
        with clock.standing_at(moment(9, 20)):
            revocation.propose(revocation=opened, opinion="企业未提出申辩，建议撤销。", by=officer, at=clock.now())
            revocation.decide(revocation=opened, agree=True, by=leader, at=clock.now())


def ask_partners(batch: Batch, by: User, clerk: User, partner: Organisation, at: dt.datetime) -> None:
    """The authorities are asked of everybody of a batch, and know nothing."""
    rows = list(Application.objects.filter(batch=batch).select_related("organisation", "call"))
    for one in joint_checking.ask(
        applications=rows, partners=dict.fromkeys(("credit", "integrity"), partner), by=by, at=at, batch=batch
    ):
        exchanging.write_files(exchange=one, by=by, at=at)
        exchanging.send(exchange=one, by=by, at=at, way="专网")
        with clock.standing_at(at + _DAY):
            answer(one, Plan(), clock.now(), clerk)
    with clock.standing_at(at + 2 * _DAY):
        joint_checking.finish(batch=batch, by=by, at=clock.now())
        jobs.work_off()


def _member(username: str, name: str, organisation: Organisation, role: Role) -> User:
    """Somebody new who acts for an organisation."""
    person = make_user(username, name)
    join(person, organisation, role)
    return person


def texts(place: int) -> dict[str, Any]:
    """Answers that no other firm gives, so that nothing looks copied."""
    return {
        "contact": f"联系人{place:03d}", "phone": f"1380000{place:04d}", "technology": f"{place:03d}号工艺" * 6,
        "organisation": f"{place:03d}号研发制度" * 5, "officers": f"法人{place:03d}",
        "table.staff": [
            {"key": "1", "name": f"研发{place:03d}", "degree": "硕士", "post": "研发工程师", "since": "2020-05-06",
             "days": 240},
        ],
        "table.ip": [
            {"key": "1", "name": f"装置{place:03d}", "class": "12", "number": f"ZL2021100{place:05d}.{place % 10}",
             "obtained": "own", "granted_on": "2021-03-02"},
        ],
    }  # fmt: skip
