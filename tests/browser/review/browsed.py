"""The rehearsed year of provincial recognition, in which every role does its part of it by the pages.

What 160 firms and fifty experts do alike is done for the others by the script; whoever is named here sits at a browser.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.browser.casework.test_applying_browser import enter, saved
from tests.browser.conftest import NARROW
from tests.browser.review.at_pages import People, Wall, go, in_bulk, press, send
from tests.browser.review.test_visit_offline import opened as field_opened
from tests.browser.review.test_visit_offline import record
from tests.integration.rehearsal.provincial import FATES, YEAR, Year, applied_at, fate_of, moment
from tests.integration.rehearsal.renewing import AGAIN, STAFF, Renewal
from tests.integration.rehearsal.renewing import moment as day
from tests.review import never_recognised
from tests.visits import picture
from tidui.accounts.models import User
from tidui.casework.models import Application, Batch, Call
from tidui.demo import reviewing
from tidui.kit import jobs
from tidui.recognition.models import Notice, Objection, Recognition, Revocation
from tidui.recognition.models_decisions import Meeting
from tidui.review import marks
from tidui.review.models import Commission, Draw, Expert, File, Review, Seat, Visit
from tidui.review.scheme import scheme

#: The firm whose accountant sits at a browser; it is recognised.
HERSELF: Final = 50
_DAY: Final = dt.timedelta(days=1)
#: What the accountant types: facts of the enterprise, and the questions.
TYPED: Final = {
    "established_on": "2015-05-20", "industry": "C3571", "field": "803", "resident": "true", "sound_accounts": "true",
    "audit_collection": "true", "collects_rd_costs": "true", "core_ip": "true", "ip_class1": "1", "ip_class2": "2",
    "self_developed_ip": "true",
}  # fmt: skip
ANSWERED: Final = {
    "q.contact": "白小慧", "q.phone": "13900001111", "q.technology": "高精度压力传感器的薄膜工艺，精度0.05级。",
    "q.organisation": "设有研发中心，与高校共建实验室，制度健全。", "q.officers": "白建国",
}  # fmt: skip
#: One row of each table.
ROWS: Final = {
    "ip": {"name": "压力传感器", "class": "12", "number": "ZL202150000001.1", "obtained": "own", "granted_on": "2021-03-02"},
    "rd": {"name": "薄膜芯片研制", "began_on": "2024-01-01", "field": "803", "source": "6", "budget": "200",
           "spent": "180", "core": "薄膜工艺"},
    "products": {"name": "压力传感器", "field": "803", "sales": "800", "technology": "精度0.05级"},
    "staff": {"name": "研发甲五〇", "degree": "硕士", "post": "研发工程师", "days": "240"},
    "equipment": {"name": "真空镀膜机", "count": "1", "value": "60", "place": "一号车间"},
}  # fmt: skip


def of_years(last: int, staff: int = 35) -> dict[str, str]:
    """What she types of the two years before."""
    return {
        f"employees.{last}": "100", f"st_staff.{last}": str(staff), f"sales_revenue.{last}": "120,000,000",
        f"net_assets.{last}": "96,000,000", f"conversions.{last}": "3", f"rd_expense.{last}": "8,400,000",
        f"sales_revenue.{last - 1}": "100,000,000", f"net_assets.{last - 1}": "80,000,000",
        f"conversions.{last - 1}": "3", f"rd_expense.{last - 1}": "7,000,000",
    }  # fmt: skip


@dataclass
class Browsed(Year):
    """The year at the pages."""

    people: People = field(kw_only=True)
    wall: Wall = field(kw_only=True)
    visitor_of_the_public: Page = field(kw_only=True)
    folder: Path = field(kw_only=True)

    def at(self, user: User, when: dt.datetime, **options: Any) -> Page:
        """The page of somebody at a moment."""
        self.wall.to(when)
        return self.people.of(user, **options)

    @property
    def officer(self) -> User:
        """Who runs it in the department."""
        return self.world.department_officer

    # ------------------------------------------------------------------ applying
    def publish(self) -> Call:
        page = self.at(self.officer, moment(3, 1, 8))
        send(
            page, "/calls/new/", "保存拟稿", programme="provincial", year=str(YEAR), title="科技创新型企业申报通知",
            text="请按时申报。", opens_at=f"{YEAR}-03-02T09:00", closes_at=f"{YEAR}-03-31T18:00",
        )  # fmt: skip
        press(page, "发布")
        press(page, "确认发布")
        expect(page.locator("main")).to_contain_text("发布时已固定")
        return Call.objects.get()

    def apply(self, place: int) -> int:
        if place != HERSELF:
            return super().apply(place)
        # the others' days are written down by the script; she comes when all of them were here
        firm, person = self.firms[place]
        never_recognised(self.call, firm, applied_at(place))
        self.wall.to(moment(3, 26))
        page = self.people.of(person)
        go(page, "/calls/")
        page.get_by_role("link", name="科技创新型企业申报通知").first.click()
        press(page, "申报")
        page.wait_for_url("**/apply/*/")
        press(page, "保存")  # the draft is there from now on
        page.wait_for_url("**/form/")
        made = Application.objects.get(organisation=firm)
        for table, cells in ROWS.items():
            self._table(page, f"/applications/{made.pk}/form/{table}/", table, cells)
        fill_in(page, made, TYPED | of_years(YEAR - 1) | ANSWERED)
        return made.pk

    def _table(self, page: Page, url: str, table: str, cells: dict[str, str]) -> None:
        go(page, url)
        if not page.locator(f'[name="t.{table}.1.name"]').count():
            page.get_by_role("button", name="加行", exact=True).click()
            expect(page.locator(f'[name="t.{table}.1.name"]')).to_be_focused()
        for name, value in cells.items():
            enter(page, f"t.{table}.1.{name}", value)
        saved(page)

    # ------------------------------------------------------------------ recommending and accepting
    def open_batch(self) -> Batch:
        page = self.at(self.officer, moment(3, 31))
        send(page, f"/calls/{self.call.pk}/batches/new/", "", title="第一批")
        return Batch.objects.get()

    def recommend(self, places: list[int]) -> None:
        self.wall.to(moment(4, 2))
        refused = [place for place in places if fate_of(place) == "not_recommended"]
        for county in (self.world.county_officer, self.world.other_county_officer):
            page, own = self.people.of(county), self._of(county, places)
            self._all_of_a_desk(page, [place for place in own if place not in refused], "recommend")
            self._all_of_a_desk(page, [place for place in own if place in refused], "refuse", "不符合推荐条件")

    def _of(self, county: User, places: list[int]) -> list[int]:
        other = county == self.world.other_county_officer
        return [place for place in places if (place % 4 == 3) == other]

    def _all_of_a_desk(self, page: Page, places: list[int], move: str, reason: str = "") -> None:
        """As many as the desk shows at once, until none is left."""
        keys = [self.applications[place] for place in places]
        while keys:
            go(page, "/desk/?size=100")
            shown = {int(one) for one in page.locator('input[name="ids"]').evaluate_all("all => all.map(one => one.value)")}
            chosen = [key for key in keys if key in shown]
            assert chosen, "nothing of it on the desk"
            in_bulk(page, "/desk/?size=100", chosen, move, reason)
            keys = [key for key in keys if key not in shown]

    def confirm(self, places: list[int]) -> None:
        page = self.at(self.officer, moment(4, 7))
        refused = [place for place in places if fate_of(place) == "not_accepted"]
        self._all_of_a_desk(page, [place for place in places if place not in refused], "confirm")
        self._all_of_a_desk(page, refused, "refuse", "材料与申报不一致")

    def close_batch(self) -> Batch:
        page = self.at(self.officer, moment(4, 8))
        go(page, f"/batches/{self.batch.pk}/close/")
        press(page, "封闭批次")
        self.wall.to(moment(4, 12))
        return Batch.objects.get()

    # ------------------------------------------------------------------ review
    def prepare(self) -> Review:
        page = self.at(self.officer, moment(4, 13))
        send(
            page, f"/batches/{self.batch.pk}/review/", "建立评审并分组", load="60", group_size="30",
            opens_on=f"{YEAR}-04-13", due_on=f"{YEAR}-05-03", told="已建立评审",
        )  # fmt: skip
        return Review.objects.get()

    def first_draw(self) -> None:
        self._drawn(moment(4, 14), "")

    def draw_again(self) -> None:
        self._drawn(moment(4, 20), "一个评审组未到，一名专家须回避")
        self.wall.to(moment(4, 22))

    def _drawn(self, at: dt.datetime, reason: str) -> None:
        """The officer, and the two units with their secrets; the number is published on the next day."""
        page = self.at(self.officer, at)
        units = {unit.pk: person for unit, person in self.hands.keepers}
        first, second = units
        more = {"reason": reason} if reason else {}
        send(
            page, f"/reviews/{self.review.pk}/draws/new/", "建立抽取", first=str(first), second=str(second),
            public_source="双色球当日开奖号码", public_on=(at + _DAY).date().isoformat(), **more,
        )  # fmt: skip
        made = Draw.objects.order_by("-pk")[0]
        for unit, person in units.items():
            send(
                self.people.of(person), f"/draws/{made.pk}/", "提交密码摘要", said=f"第{made.pk}次抽取由第{unit}号单位保管的密码",
                told="已提交密码摘要",
            )  # fmt: skip
        go(page, f"/draws/{made.pk}/")
        press(page, "封存并公布摘要")
        expect(page.locator("body")).to_contain_text("已封存")
        page = self.at(self.officer, at + _DAY)
        for unit, person in units.items():
            send(
                self.people.of(person), f"/draws/{made.pk}/", "开启密码", said=f"第{made.pk}次抽取由第{unit}号单位保管的密码",
                told="密码已开启",
            )  # fmt: skip
        send(page, f"/draws/{made.pk}/", "录入", number="03 08 14 19 27 30 11", told="已录入")
        press(page, "抽取并通知专家")
        assert Draw.objects.get(pk=made.pk).state == "drawn"
        self._replayed(page, made)

    def _replayed(self, page: Page, made: Draw) -> None:
        """What inspection downloads gives the same panels on another computer."""
        go(page, f"/draws/{made.pk}/")
        with page.expect_download() as told:
            page.get_by_role("link", name="下载验算文件").click()
        file = self.folder / f"draw-{made.pk}.json"
        told.value.save_as(file)
        assert command("draw", "replay", str(file)).returncode == 0

    def answer(self, missing: list[Seat]) -> None:
        self.wall.to(moment(4, 16))
        seat = self.review.seats.filter(state="called").exclude(pk__in=[one.pk for one in missing]).order_by("pk")[0]
        assert seat.expert.user is not None
        send(self.people.of(seat.expert.user), f"/seats/{seat.pk}/answer/", "提交答复", accept="yes", told="已接受")
        super().answer(missing)

    def miss(self, seat: Seat) -> None:
        page = self.at(self.officer, moment(4, 17))
        send(page, f"/seats/{seat.pk}/no-show/", "登记未到", reason="未按时答复", told="空缺席位可以补抽")

    def mark_early(self, seat: Seat, file: File) -> None:
        assert seat.expert.user is not None
        self.wall.to(moment(4, 17))
        self._sheet(self.people.of(seat.expert.user), file)

    def _sheet(self, page: Page, file: File) -> None:
        """An expert declares, gives every item the most that the facts allow, and signs."""
        go(page, f"/my-reviews/{file.pk}/")
        press(page, "没有利害关系，打开评审")
        page.wait_for_url("**/sheets/*/")
        chosen = scheme(file.review.scheme)
        bands = marks.given_bands(chosen, file.application.submissions.order_by("-number").first())
        most = {f"mark.{item.name}": (bands.get(item.name) or (0, item.most))[1] for item in chosen.items}
        for mark in page.locator('input[name^="mark."]').all():
            mark.fill(str(most[mark.get_attribute("name") or ""]))
        page.locator("#id_opinion").fill("材料齐全，建议推荐。")
        page.get_by_role("button", name="签署").click()
        expect(page.get_by_text("评分表已签署，不能再改。")).to_be_visible()

    def conflict(self, expert: Expert, application: Application) -> None:
        page = self.at(self.officer, moment(4, 18))
        go(page, f"/experts/{expert.pk}/")
        page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        form = page.locator(f'form[action="/experts/{expert.pk}/recuse/"]')
        form.locator('[name="number"]').fill(application.number or "")
        form.locator('[name="recuse-reason"]').fill("举报核实：专家配偶在该企业任职")
        form.get_by_role("button").first.click()
        expect(page.locator("body")).to_contain_text("已登记回避")

    def sign(self, levels: dict[int, float]) -> None:
        """One expert by the pages; the other sheets and the leaders' forms by the script."""
        self.wall.to(moment(4, 23))
        file = File.objects.get(application=self.applications[HERSELF])
        seat = next(one for one in reviewing.panel_of(file) if not one.leader)
        assert seat.expert.user is not None
        self._sheet(self.people.of(seat.expert.user), file)
        super().sign(levels)

    def close(self) -> None:
        page = self.at(self.officer, moment(4, 27))
        go(page, f"/reviews/{self.review.pk}/results/")
        expect(page.locator("tbody tr").first).to_be_visible()
        go(page, f"/reviews/{self.review.pk}/close/")
        page.locator("main form").get_by_role("button").first.click()
        page.wait_for_load_state()
        jobs.work_off()

    # ------------------------------------------------------------------ the visit
    def visit(self) -> None:
        self.wall.to(moment(4, 28))
        super().visit()

    def inspect(self, refuted: dict[int, str]) -> None:
        """The department commissions; the visitor goes to the refuted one without a line; the others by the script."""
        page = self.at(self.officer, moment(4, 28))
        go(page, f"/visits/batches/{self.batch.pk}/")
        for box in page.locator('input[name="application"]').all():
            box.check()
        for name, value in (("due_on", f"{YEAR}-05-13"), ("document_number", "甘科评函3号")):
            page.locator(f'[name="{name}"]').fill(value)
        page.locator('[name="institution"]').select_option(str(self.institution.pk))
        press(page, "委托")
        assert Commission.objects.count() == 1
        (key, claim), = refuted.items()
        gone = Visit.objects.get(application=key)
        self._go_there(gone, claim)
        for visit in Visit.objects.exclude(pk=gone.pk).order_by("pk"):
            reviewing.report(visit, self.visitor, moment(4, 30), "")
        self.wall.to(moment(5, 1))
        page = self.people.of(self.officer)
        for visit in Visit.objects.order_by("pk"):
            go(page, f"/visits/{visit.pk}/accept/")
            press(page, "采用")
        go(page, f"/visits/{gone.pk}/")
        expect(page.get_by_text("现场所见改变了规则测算的结论。")).to_be_visible()

    def _go_there(self, visit: Visit, claim: str) -> None:
        page = self.at(self.visitor, moment(4, 29), viewport=NARROW)
        send(page, f"/visits/{visit.pk}/", "登记日期", planned_on=f"{YEAR}-04-30", visitors="梁求实、卜文渊")
        field_opened(page, visit)
        page.context.set_offline(True)
        for one in visit.claims.order_by("number"):
            if one.key == claim:
                record(page, one, "不符", str(int(one.value or 0) // 4), "社保名单只有这些人")
            else:
                record(page, one, "属实")
        expect(page.locator("[data-state]")).to_contain_text("没有网络")
        page.context.set_offline(False)
        expect(page.locator("[data-state]")).to_have_text("全部已同步")
        send(page, f"/visits/{visit.pk}/", "提交报告", opinion="研发人员与申报不符。")

    # ------------------------------------------------------------------ meeting and notice
    def meet(self, refused: dict[int, str]) -> None:
        page = self.at(self.officer, moment(5, 8))
        send(
            page, f"/batches/{self.batch.pk}/meeting/", "保存", title="第一批厅务会", held_on=f"{YEAR}-05-08",
            place="三楼会议室", chair="马国梁", present="马国梁\n程志远\n罗静",
        )  # fmt: skip
        meeting = Meeting.objects.get()
        self._record(page, meeting, None, "approve", "")
        for reason in sorted(set(refused.values())):
            self._record(page, meeting, {key for key, why in refused.items() if why == reason}, "refuse", reason)
        go(page, f"/meetings/{meeting.pk}/propose/")
        press(page, "提交复核")
        leader = self.people.of(self.world.department_leader)
        go(leader, f"/meetings/{meeting.pk}/confirm/")
        press(leader, "确认")
        page = self.at(self.officer, moment(5, 9))
        go(page, f"/meetings/{meeting.pk}/publish/")
        press(page, "公布")

    def _record(self, page: Page, meeting: Meeting, keys: set[int] | None, outcome: str, reason: str) -> None:
        """Decide on everybody at once, or on some, page after page."""
        left, number = set(keys or ()), 1
        while keys is None or left:
            go(page, f"/meetings/{meeting.pk}/?page={number}")
            boxes = page.locator('input[name="ids"]')
            here = left & {int(one) for one in boxes.evaluate_all("all => all.map(one => one.value)")}
            for key in here:
                page.locator(f'input[name="ids"][value="{key}"]').check()
            if keys is None:
                page.locator('[name="whole"]').check()
            if here or keys is None:
                page.locator('#deciding [name="outcome"]').select_option(outcome)
                press(page, "预览")
                page.locator('[name="votes_for"]').fill("3")
                page.locator('[name="reason"]').fill(reason)
                press(page, "记录审定意见")
            if keys is None:
                return
            left, number = left - here, number + 1
            assert number < 20, left

    def notify(self) -> Notice:
        page = self.at(self.officer, moment(5, 11))
        go(page, f"/batches/{self.batch.pk}/")
        press(page, "拟定公示")
        made = Notice.objects.get()
        go(page, f"/notices/{made.pk}/publish/")
        page.locator("main form").get_by_role("button").first.click()
        page.wait_for_load_state()
        return Notice.objects.get()

    def object(self) -> None:
        """Somebody of the public objects under their name; the department finds that it is so."""
        self.wall.to(moment(5, 13))
        page = self.visitor_of_the_public
        send(
            page, f"/notices/{self.notice.pk}/object/", "提交异议", application=str(self.of("objected")[0]),
            name="祁明远", mobile="13900009999", employer="某公司", text="该企业的发明专利已转让。",
        )  # fmt: skip
        filed = Objection.objects.get()
        page = self.at(self.officer, moment(5, 14))
        go(page, f"/objections/{filed.pk}/")
        press(page, "受理，开始调查")
        page = self.at(self.officer, moment(5, 18))
        go(page, f"/objections/{filed.pk}/")
        form = page.locator(f'form[action="/objections/{filed.pk}/uphold/"]')
        form.locator('[name="answer"]').fill("经核实属实。")
        form.locator('[name="reason"]').fill("核心知识产权已转让，不再具备条件")
        form.get_by_role("button").last.click()
        page.wait_for_load_state()

    def end_notice(self) -> dt.datetime:
        assert self.notice.ends_on is not None
        at = moment(self.notice.ends_on.month, self.notice.ends_on.day) + _DAY
        page = self.at(self.officer, at)
        go(page, f"/batches/{self.batch.pk}/")
        press(page, "结束公示")
        return at

    # ------------------------------------------------------------------ certificates, and one that is taken back
    def issue(self) -> None:
        page = self.at(self.officer, self.ended + 3 * _DAY)
        go(page, f"/batches/{self.batch.pk}/certificates/")
        press(page, "印发认定文件并发证")
        for name, key in (("mine", self.applications[HERSELF]), ("taken", self.of("revoked")[0])):
            held = Recognition.objects.get(application=key)
            made = self.visitor_of_the_public.request.get(f"/verify/{held.number}.pdf")
            (self.folder / f"{name}.pdf").write_bytes(made.body())

    def revoke(self) -> None:
        held = Recognition.objects.get(application__in=self.of("revoked"))
        page = self.at(self.officer, moment(9, 1))
        send(page, f"/revocations/new/{held.pk}/", "提出撤销", ground="fraud", evidence="经查虚报研发费用。")
        opened = Revocation.objects.get()
        go(page, f"/revocations/{opened.pk}/")
        press(page, "告知企业")
        firm = self.at(self.firms[FATES["revoked"][0]][1], moment(9, 3))
        send(firm, f"/revocations/{opened.pk}/", "提交申辩", text="研发费用归集口径有误，并非虚报。")
        page = self.at(self.officer, moment(9, 20))
        send(page, f"/revocations/{opened.pk}/", "拟予撤销", opinion="申辩不成立，建议撤销。")
        leader = self.people.of(self.world.department_leader)
        send(leader, f"/revocations/{opened.pk}/", "确定", agree="yes")


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """The tool, on a computer that knows nothing of the site."""
    program = Path(sys.executable).with_name("tidui")
    return subprocess.run([str(program), *words], capture_output=True, text=True, check=False)


def fill_in(page: Page, made: Application, said: dict[str, str]) -> None:
    """The form of an application from its first field to its receipt."""
    go(page, f"/applications/{made.pk}/form/")
    for name, value in said.items():
        enter(page, name, value)
    saved(page)
    for name, shade in (("licence", 200), ("audit", 100)):
        scan: Any = {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture(shade)}
        page.set_input_files(f'[name="file.{name}"]', scan)
    for box in page.locator('[name="carried"], [name="pledge"]').all():
        box.check()
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/receipt/")


@dataclass
class Renewed(Renewal):
    """The renewal, in which the firm sits at its browser."""

    year: Browsed

    def too_early(self) -> None:
        super().too_early()
        page = self.year.at(self.firm[1], day(YEAR + 1, 3, 3))
        go(page, f"/calls/{Call.objects.get(year=YEAR + 1).pk}/")
        expect(page.locator("main")).to_contain_text("起可以再次申报")

    def apply(self) -> None:
        page = self.year.at(self.firm[1], day(AGAIN, 3, 5))
        go(page, "/messages/")
        expect(page.locator("main")).to_contain_text("可以重新申报")
        go(page, f"/calls/{self.call.pk}/")
        press(page, "申报")
        page.wait_for_url("**/apply/*/")
        press(page, "保存")  # the draft is there from now on
        page.wait_for_url("**/form/")
        made = Application.objects.get(call=self.call)
        expect(page.locator("main")).to_contain_text("沿用 1 行")
        fill_in(page, made, TYPED | of_years(AGAIN - 1, STAFF))
        self.application = Application.objects.get(pk=made.pk)
