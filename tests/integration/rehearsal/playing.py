"""Plays the script on the site: through the same actions as the pages, on the days that the script says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.casework import answer_file, facts_of_form
from tests.integration.rehearsal.script import YEAR, Firm
from tests.people import World, credit_code, make_member, make_organisation, make_user
from tidui.accounts.actions.organisations import NewOrganisation, change_organisation, found_all
from tidui.accounts.enums import Role
from tidui.accounts.models import Membership, Organisation, User
from tidui.casework import actions
from tidui.casework.actions import answering, calls, clearing, exchanging, taking_back, transferring
from tidui.casework.enums import State
from tidui.casework.models import AnswerFile, Application, Batch, Call, Exchange, Finding, HeldAnswer, Step
from tidui.kit import clock, jobs
from tidui.recognition.actions import announcements, notices, objections, revocation
from tidui.recognition.enums import Ground
from tidui.recognition.models import Notice, Recognition

CLOSES: Final = dt.datetime(YEAR, 6, 5, 18, tzinfo=clock.LEGAL_ZONE)


def moment(month: int, day: int, hour: int = 10, minute: int = 0) -> dt.datetime:
    """A moment of the year of the script."""
    return dt.datetime(YEAR, month, day, hour, minute, tzinfo=clock.LEGAL_ZONE)


@dataclass
class Play:
    """A register of enterprises, a call, and what has become of each so far."""

    world: World
    firms: Sequence[Firm]
    boss: User = field(init=False)
    tax: Organisation = field(init=False)
    taxman: User = field(init=False)
    organisations: dict[int, Organisation] = field(init=False)
    call: Call = field(init=False)
    batch: Batch = field(init=False)
    applications: dict[int, int] = field(default_factory=dict)

    # ------------------------------------------------------------------ parts
    def of(self, *fates: str) -> list[Firm]:
        """The firms of these fates."""
        return [one for one in self.firms if one.fate in fates]

    def application(self, firm: Firm) -> Application:
        """How a firm's application stands now."""
        return Application.objects.select_related("call", "organisation").get(pk=self.applications[firm.place])

    def move(self, firm: Firm, name: str, by: User, at: dt.datetime, **more: Any) -> None:
        """A decision by a person who has just looked."""
        held = self.application(firm)
        actions.move(application=held, name=name, by=by, at=at, seen=held.version, **more)

    def many(self, firms: Iterable[Firm], name: str, by: User, at: dt.datetime, **more: Any) -> None:
        """The same decision on many; each of them must go well."""
        for one in firms:
            self.move(one, name, by, at, **more)

    # ------------------------------------------------------------------ the register and the call
    def prepare(self) -> None:
        """Everybody is registered; the call is published."""
        world, at = self.world, moment(3, 2)
        self.tax = make_organisation("tax", "兰州税务", "")
        self.taxman = make_user("taxman", "田税官")
        make_member(self.taxman, self.tax, Role.CLERK)
        rows = [
            NewOrganisation(
                kind="enterprise", name=one.name, uscc=credit_code(6_000_000 + one.place, one.division),
                division=one.division,
            )
            for one in self.firms
        ]  # fmt: skip
        made = found_all(organisations=rows, since=dt.date(2020, 1, 1), by=world.department_administrator, at=at)
        self.organisations = {one.place: made[place] for place, one in enumerate(self.firms)}
        self.boss = make_user("boss", "白总")
        since = clock.start_of(dt.date(2020, 1, 1))
        Membership.objects.bulk_create(
            Membership(user=self.boss, organisation=one, role=Role.ADMINISTRATOR, since=since) for one in made
        )
        drafted = calls.draft_call(
            programme_name="tech-sme", year=YEAR, title=f"{YEAR}年科技型中小企业评价工作的通知", text="请按时申报。",
            opens_at=at, closes_at=CLOSES, by=world.department_officer, at=at,
        )  # fmt: skip
        self.call = calls.publish_call(call=drafted, by=world.department_officer, at=at)

    # ------------------------------------------------------------------ the enterprises
    def apply(self) -> None:
        """Everybody begins; those who submit do so on their day."""
        for firm in self.firms:
            at = dt.datetime.combine(firm.submits_on, dt.time(9), tzinfo=clock.LEGAL_ZONE)
            begun = actions.begin(call=self.call, organisation=self.organisations[firm.place], by=self.boss, at=at)
            self.applications[firm.place] = begun.pk
            if firm.submits:
                self.submit(firm, at)
        for firm in self.of("leaves_as_draft"):
            self.withdraw(firm, moment(4, 30))

    def submit(self, firm: Firm, at: dt.datetime, **changed: Any) -> None:
        """Submit, for the first time or again."""
        held = self.application(firm)
        year = YEAR if firm.founded_on.year == YEAR else YEAR - 1
        given = {"st_staff": firm.st_staff, "established_on": firm.founded_on, "field": firm.field, **changed}
        words = f"{firm.name}研制第{firm.place * 7919}型检测装置"
        if firm.fate == "copies":
            words = "面向河西走廊风光储一体化电站的智能运维装备研制、生产和现场服务，含远程诊断与备件调度"
        answers = {"contact": f"联系{firm.place}", "phone": firm.phone, "products": words, "innovation": ""}
        actions.submit(
            application=held, stated=facts_of_form(year, **given), answers=answers, by=self.boss, at=at,
            seen=held.version, agency=self.world.agency,
        )  # fmt: skip

    def withdraw(self, firm: Firm, at: dt.datetime) -> None:
        """The enterprise withdraws."""
        held = self.application(firm)
        actions.withdraw(application=held, reason="暂不参加", by=self.boss, at=at, seen=held.version)

    # ------------------------------------------------------------------ agency, corrections, moves, the end of the call
    def check(self) -> None:
        """The agency looks at everything, with mistakes, returns and corrections, before and after the call closes."""
        clerk = self.world.agency_clerk
        for firm in self.of("leaves_at_agency"):
            self.withdraw(firm, moment(5, 6))
        for firm in self.of("undone"):
            self.move(firm, "accept", clerk, moment(5, 7))
            last = Step.objects.filter(application=self.applications[firm.place]).order_by("-number").first()
            assert last is not None
            actions.undo(step=last, reason="点错了", by=clerk, at=moment(5, 7, 11))
        for firm in self.of("returned"):
            self.move(firm, "return", clerk, moment(5, 8), reason="职工总数有误", fields=["employees"])
            self.submit(firm, moment(5, 12), total_assets=21_000_000_00)
        for firm in self.of("moves"):
            change_organisation(
                organisation=self.organisations[firm.place], changes={"division": firm.moved_to},
                since=dt.date(YEAR, 5, 13), reason="住所变更", by=self.world.department_officer, at=moment(5, 13),
            )  # fmt: skip
            held = self.application(firm)
            transferring.transfer(application=held, by=self.world.department_officer, at=moment(5, 14), seen=held.version)
        for firm in self.of("late", "overdue"):
            self.move(firm, "return", clerk, moment(6, 5, 17), reason="研发费用与报表不符", fields=["rd_deductible"])
        calls.lapse_drafts(moment(6, 9, 1))
        for firm in self.of("late"):
            self.submit(firm, moment(6, 9), rd_deductible=451_000_00)
        waiting = [one for one in self.firms if self.application(one).stage == "agency_check"]
        going = [one for one in waiting if self.application(one).state == State.ACTIVE]
        self.many(going, "accept", clerk, moment(6, 10))

    def confirm(self) -> None:
        """The department clears doubts, refuses what fails, confirms the rest into a batch, and closes it."""
        officer = self.world.department_officer
        for firm in self.of("leaves_at_confirmation"):
            self.withdraw(firm, moment(6, 11))
        for firm in self.of("overdue"):
            held = self.application(firm)
            taking_back.refuse_overdue(
                application=held, reason="逾期未补正", by=officer, at=moment(6, 16), seen=held.version
            )
        for firm in self.of("shares_contact"):
            key = self.applications[firm.place]
            for one in Finding.objects.filter(application=key, gone_at__isnull=True, cleared_at__isnull=True):
                clearing.clear(finding=one, reason="同一集团，联系人相同", by=officer, at=moment(6, 16))
        for fate, reason in (("copies", "申报内容雷同"), ("fails", "不符合科技人员比例要求")):
            for firm in self.of(fate):
                self.move(firm, "refuse", officer, moment(6, 16), reason=reason)
        self.batch = calls.open_batch(call=self.call, title="第一批", by=officer, at=moment(6, 16))
        going = [one for one in self.firms if self.application(one).stage == "confirmation"]
        self.many([one for one in going if self.application(one).ended_at is None], "confirm", officer, moment(6, 17))
        self.batch = calls.close_batch(batch=self.batch, by=officer, at=moment(6, 17, 15))

    # ------------------------------------------------------------------ notice
    def give_notice(self) -> Notice:
        """The notice, objections under real names, its end."""
        officer, at = self.world.department_officer, moment(6, 18)
        notice = notices.publish_notice(notice=notices.draft_notice(batch=self.batch, by=officer, at=at), by=officer, at=at)
        ways: dict[str, Callable[..., Any]] = {
            "objected_upheld": objections.uphold_objection, "objected_dismissed": objections.dismiss_objection,
            "objected_rejected": objections.reject_objection,
        }  # fmt: skip
        for fate, way in ways.items():
            for firm in self.of(fate):
                self._object(notice, firm, fate, way)
        assert notice.ends_on is not None
        after = dt.datetime.combine(notice.ends_on + dt.timedelta(days=1), dt.time(9), tzinfo=clock.LEGAL_ZONE)
        notices.end_notice(notice=notice, by=officer, at=after)
        jobs.work_off()
        return notice

    def _object(self, notice: Notice, firm: Firm, fate: str, way: Callable[..., Any]) -> None:
        officer = self.world.department_officer
        filed = objections.file_objection(
            notice=notice, application=self.applications[firm.place], name="祁明远", mobile="13700001111",
            employer="某公司", text="该企业知识产权存在争议。", at=moment(6, 22),
        )  # fmt: skip
        given = {"objection": filed, "by": officer, "at": moment(6, 24), "seen": filed.version}
        if fate == "objected_rejected":
            way(**given, reason="未提供证明材料")
            return
        taken = objections.accept_objection(**given)
        more = {"answer": "已核实。"} | ({"reason": "知识产权权属不清"} if fate == "objected_upheld" else {})
        way(objection=taken, by=officer, at=moment(6, 25), seen=taken.version, **more)

    # ------------------------------------------------------------------ lists out, answers in
    def list_out(self, purpose: str, at: dt.datetime, partner: Organisation | None = None) -> Exchange:
        """A list of what waits in the batch, sent."""
        officer = self.world.department_officer
        made = exchanging.prepare(purpose=purpose, by=officer, at=at, batch=self.batch, partner=partner)
        exchanging.write_files(exchange=made, by=officer, at=at)
        return exchanging.send(exchange=made, by=officer, at=at, way="专网报送")

    def answer(
        self, exchange: Exchange, filled: Callable[[dict[str, str]], Sequence[Mapping[str, str]]], by: User, at: dt.datetime,
        name: str,
    ) -> AnswerFile:  # fmt: skip
        """Answer a list by the file that was sent: `filled` gives the lines that come back for a line that went out."""
        made = answering.read_answers(
            exchange=exchange, received=answer_file(exchange, filled, name), by=by, at=at,
            document_number="国科火字〔2026〕1号", document_date=at.date(),
        )  # fmt: skip
        jobs.work_off()
        made.refresh_from_db()
        assert made.finished_at is not None and made.error == "", made.error
        return made

    def firm_of(self, row: Mapping[str, str]) -> Firm:
        """Whose line it is."""
        return self._by_code[row["统一社会信用代码"]]

    @property
    def _by_code(self) -> dict[str, Firm]:
        return {self.organisations[one.place].uscc or "": one for one in self.firms}

    def verify(self) -> AnswerFile:
        """The tax side agrees with all but some."""
        exchange = self.list_out("tax", moment(7, 6), self.tax)
        known = self._by_code

        def said(row: dict[str, str]) -> list[dict[str, str]]:
            differs = known[row["统一社会信用代码"]].fate == "tax_differs"
            return [row | {"回复结论": "不符" if differs else "相符", "原因说明": "收入与申报表不符" if differs else ""}]

        return self.answer(exchange, said, self.taxman, moment(7, 10), "tax.csv")

    def number(self) -> tuple[AnswerFile, AnswerFile]:
        """The platform answers twice: with refusals, a wrong mark, lines given twice, lines left out at first."""
        exchange = self.list_out("platform", moment(7, 13))
        known, officer = self._by_code, self.world.department_officer

        def first(row: dict[str, str]) -> list[dict[str, str]]:
            firm = known[row["统一社会信用代码"]]
            if firm.fate == "answered_late":
                return [row]
            return [platform_line(row, firm)] * (2 if firm.fate == "answered_twice" else 1)

        def second(row: dict[str, str]) -> list[dict[str, str]]:
            firm = known[row["统一社会信用代码"]]
            return [platform_line(row, firm)] if firm.fate == "answered_late" else []

        one = self.answer(exchange, first, officer, moment(7, 20), "platform-1.csv")
        self.settle(moment(7, 21))
        self.announce(moment(7, 22))
        two = self.answer(exchange, second, officer, moment(8, 20), "platform-2.csv")
        self.announce(moment(8, 21))
        return one, two

    def settle(self, at: dt.datetime) -> None:
        """Accept what was held back, with a reason."""
        for held in HeldAnswer.objects.filter(ended_at__isnull=True).order_by("pk"):
            answering.settle(held=held, accept=True, reason="平台已说明", by=self.world.department_officer, at=at)

    def number_after_all(self, firms: Sequence[Firm], at: dt.datetime) -> None:
        """The platform corrects itself: a number for those that it had refused."""
        exchange = Exchange.objects.get(purpose="platform")
        known, chosen = self._by_code, {one.place for one in firms}

        def said(row: dict[str, str]) -> list[dict[str, str]]:
            firm = known[row["统一社会信用代码"]]
            number = f"{YEAR}{row['行政区划代码']}{firm.mark}{firm.place:07d}"
            return [row | {"回复结论": "赋号", "入库登记编号": number}] if firm.place in chosen else []

        self.answer(exchange, said, self.world.department_officer, at, f"platform-{len(firms)}-more.csv")
        self.settle(at)

    def announce(self, at: dt.datetime) -> None:
        """Announce what has come."""
        announcements.announce(
            batch=self.batch, title="入库企业公告", text="现予公告。", by=self.world.department_officer, at=at
        )
        jobs.work_off()

    # ------------------------------------------------------------------ afterwards
    def revoke(self, firm: Firm, ground: str, at: dt.datetime) -> Recognition:
        """Told, answered, decided by two."""
        officer, leader = self.world.department_officer, self.world.department_leader
        held = Recognition.objects.get(application=self.applications[firm.place])
        opened = revocation.open_revocation(recognition=held, ground=ground, evidence="抽查不符", by=officer, at=at)
        told = revocation.tell(revocation=opened, by=officer, at=at)
        replied = revocation.reply(revocation=told, text="我公司有异议。", by=self.boss, at=at + dt.timedelta(days=1))
        proposed = revocation.propose(
            revocation=replied, opinion="应予撤销", by=officer, at=at + dt.timedelta(days=2)
        )
        revocation.decide(revocation=proposed, agree=True, by=leader, at=at + dt.timedelta(days=3))
        held.refresh_from_db()
        return held

    def play(self) -> None:
        """The whole year."""
        self.prepare()
        self.apply()
        self.check()
        self.confirm()
        self.give_notice()
        self.verify()
        self.number()
        for firm, ground in zip(self.of("revoked"), (Ground.FRAUD, Ground.CONDITIONS), strict=True):
            self.revoke(firm, ground, moment(10, 12))


def platform_line(row: dict[str, str], firm: Firm) -> dict[str, str]:
    """What the national platform answers to a line."""
    if firm.fate == "platform_refuses":
        return row | {"回复结论": "不予登记", "原因说明": "信息与国家库不一致"}
    return row | {"回复结论": "赋号", "入库登记编号": f"{YEAR}{row['行政区划代码']}{firm.written}{firm.place:07d}"}
