"""Technology-SME evaluation in the demonstration: a call of the year with applications wherever one can be.

Played through the same actions as the pages, on days before today: one batch has its numbers from the stand-in, one
waits for the tax side, one is shown to the public; the others wait for the agency, the department or their enterprise.
"""

# tidui: data

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.accounts.actions.members import become
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Organisation, User
from tidui.casework import actions, findings, judging, writing
from tidui.casework.actions import calls, exchanging
from tidui.casework.actions.clearing import clear
from tidui.casework.actions.writing import save_field
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.exchanging import Plan
from tidui.casework.models import Application, Batch, Call, Exchange
from tidui.casework.programme import programme
from tidui.demo.answering import answer
from tidui.demo.enterprises import YEARS
from tidui.facts.factset import FactSet, Key
from tidui.kit import clock, jobs
from tidui.recognition.actions import announcements, notices, objections
from tidui.recognition.models import Notice
from tidui.registry.facts import fact_sets
from tidui.rules.values import Value

PROGRAMME: Final = "tech-sme"
#: How many applications wait where; those of the first three are in a batch each.
NUMBERED, AT_TAX, IN_NOTICE, TO_CONFIRM, TO_CHECK, DRAFTS = 10, 5, 9, 8, 9, 3
#: How many of them are the county's whose officer has an account.
OF_COUNTY: Final = 14
_NAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN: Final = ("文博", "海燕", "志强", "雪梅", "国栋", "晓琳", "建华", "玉兰", "永安", "思远", "凤霞", "立群")
_PRODUCTS: Final = (
    "马铃薯淀粉加工装备", "风电齿轮箱在线监测装置", "中药材趁鲜切制生产线", "矿用无人值守皮带系统",
    "戈壁设施农业水肥一体机", "石化管道腐蚀检测服务", "新型锂电负极材料", "文物数字化采集平台",
    "高原制氧设备", "地质灾害监测预警终端", "牛羊肉冷链追溯系统", "镍钴合金粉末材料",
)  # fmt: skip


@dataclass
class Stage:
    """Who acts in the demonstration, and what there is so far."""

    at: dt.datetime
    department: User
    agency: Organisation
    clerk: User
    tax: Organisation
    applicants: list[tuple[Organisation, User, FactSet]]
    call: Call = field(init=False)

    def ago(self, days: float) -> dt.datetime:
        """A moment so many days before today."""
        return self.at - dt.timedelta(days=days)

    def take(self, count: int) -> list[tuple[Organisation, User, FactSet]]:
        """The next so many enterprises."""
        taken, self.applicants = self.applicants[:count], self.applicants[count:]
        return taken


def play(people: Mapping[str, User], *, department: User, first: Organisation, at: dt.datetime) -> None:
    """Make the call and its applications. `first` is the enterprise with accounts of its own: its file was returned."""
    agency = people["agency"].memberships.get().organisation
    tax = people["tax"].memberships.get().organisation
    county = people["county"].memberships.get().organisation
    chosen = choose(county, first, at)
    applicants = [(one, _person(place, one, department, at), facts) for place, (one, facts) in enumerate(chosen)]
    stage = Stage(at, department, agency, people["agency"], tax, applicants)
    stage.call = _call(stage)
    _numbered(stage)
    _at_tax(stage)
    _in_notice(stage)
    _returned(stage, (first, people["boss"], fact_sets([first.pk])[first.pk]))
    _with_the_department(stage)
    _with_the_agency(stage)
    _drafts(stage)


# ---------------------------------------------------------------------- who applies
def choose(county: Organisation, first: Organisation, at: dt.datetime) -> list[tuple[Organisation, FactSet]]:
    """Enterprises that pass and have no number now: some of the county, the others from everywhere."""
    wanted = NUMBERED + AT_TAX + IN_NOTICE + TO_CONFIRM + TO_CHECK + DRAFTS + 3
    rows = Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE, active=True).exclude(pk=first.pk)
    mine = list(rows.filter(division=county.division).order_by("pk")[:80])
    others = list(rows.exclude(division=county.division).order_by("name")[: wanted * 10])
    own, rest = _passing(mine, at, OF_COUNTY), _passing(others, at, wanted)
    # One of the county every third place, so that each part of the demonstration has some.
    found: list[tuple[Organisation, FactSet]] = []
    while len(found) < wanted and (own or rest):
        found.append((own if own and (len(found) % 3 == 0 or not rest) else rest).pop(0))
    if len(found) < wanted:
        raise LookupError(f"only {len(found)} of {wanted} enterprises of the sample pass and have no number")
    return found


def _passing(rows: Iterable[Organisation], at: dt.datetime, most: int) -> list[tuple[Organisation, FactSet]]:
    held = list(rows)
    facts = fact_sets(one.pk for one in held)
    found: list[tuple[Organisation, FactSet]] = []
    for one in held:
        if len(found) == most:
            break
        founded, number = facts[one.pk].get("established_on"), facts[one.pk].get("sme_number")
        young = not isinstance(founded, dt.date) or founded.year >= YEARS[-1]
        if not young and not isinstance(number, str) and _judged(facts[one.pk], at) == "pass":
            found.append((one, facts[one.pk]))
    return found


def _judged(facts: FactSet, at: dt.datetime) -> str:
    said = {key: value for key, value in stated(facts, at).items() if value is not None}
    return judging.judge(programme(PROGRAMME).policy, facts.with_values(said), on=clock.day_of(at)).verdict


def stated(facts: FactSet, at: dt.datetime, **changed: Value) -> dict[Key, Value | None]:
    """What the form says: the facts of the file, those of the last year of the sample for the year assessed."""
    year = clock.day_of(at).year - 1
    found: dict[Key, Value | None] = {}
    for name, of in writing.facts_asked(programme(PROGRAMME), year):
        known = facts.get(name, of)
        found[name, of] = facts.get(name, YEARS[-1]) if known is None and of is not None else known
    for name, value in changed.items():
        found[name, year if (name, year) in found else None] = value
    return found


def _person(place: int, organisation: Organisation, by: User, at: dt.datetime) -> User:
    """Who files for an enterprise; nobody signs in as them."""
    name = _NAMES[place % len(_NAMES)] + _GIVEN[place % len(_GIVEN)]
    made = User(username=f"filer-{place:02d}", name=name, mobile=f"1390001{place:04d}")
    made.set_unusable_password()
    made.save()
    become(organisation, made, Role.ADMINISTRATOR, reason="演示数据", given_by=by, at=at - dt.timedelta(days=70))
    return made


# ---------------------------------------------------------------------- the call
def _call(stage: Stage) -> Call:
    year = clock.day_of(stage.ago(60)).year
    closes = dt.datetime.combine(clock.day_of(stage.at) + dt.timedelta(days=20), dt.time(18), tzinfo=clock.LEGAL_ZONE)
    drafted = calls.draft_call(
        programme_name=PROGRAMME, year=year, title=f"关于开展{year}年科技型中小企业评价工作的通知（演示）",
        text="各有关企业：\n请登录系统如实填写信息表，选择评价机构后提交。逾期不予受理。\n各推荐单位请做好辅导。",
        opens_at=stage.ago(60), closes_at=closes, by=stage.department, at=stage.ago(62),
        document_number="甘科高〔演示〕1号",
    )  # fmt: skip
    return calls.publish_call(call=drafted, by=stage.department, at=stage.ago(61))


def _submit(
    stage: Stage, one: tuple[Organisation, User, FactSet], at: dt.datetime, *, phone: str = "", **changed: Value
) -> Application:
    """Begin and submit."""
    organisation, person, facts = one
    begun = actions.begin(call=stage.call, organisation=organisation, by=person, at=at - dt.timedelta(hours=3))
    product = _PRODUCTS[organisation.pk % len(_PRODUCTS)]
    answers = {
        "contact": person.name, "phone": phone or person.mobile, "products": product, "innovation": "",
    }  # fmt: skip
    sent = actions.submit(
        application=begun, stated=stated(facts, at, **changed), answers=answers, by=person, at=at, seen=begun.version,
        agency=stage.agency,
    )  # fmt: skip
    return sent.application


def _move(application: Application, name: str, by: User, at: dt.datetime, **more: Any) -> None:
    seen = Application.objects.get(pk=application.pk).version
    actions.move(application=application, name=name, by=by, at=at, seen=seen, **more)


def _accepted(stage: Stage, count: int, submitted: float, checked: float, unseen: int = 0) -> list[Application]:
    """So many that the agency accepted, after it went where the rules ask for a visit; but for the last `unseen`."""
    made = []
    for place, one in enumerate(stage.take(count)):
        sent = _submit(stage, one, stage.ago(submitted) + dt.timedelta(minutes=17 * place))
        if place < count - unseen:
            _visited(stage, sent, stage.ago(checked) - dt.timedelta(hours=20))
        _move(sent, "accept", stage.clerk, stage.ago(checked) + dt.timedelta(minutes=5 * place))
        made.append(sent)
    return made


def _visited(stage: Stage, sent: Application, at: dt.datetime) -> None:
    """The agency was there, and says so where the rules had asked for it."""
    findings.look(sent, at)
    for one in sent.findings.filter(findings.OPEN, kind=FindingKind.FLAG, weight=Weight.DOUBT).order_by("pk"):
        clear(finding=one, reason="已实地核查，生产经营、人员和研发情况与填报一致（演示）。", by=stage.clerk, at=at)


def _batch(stage: Stage, title: str, made: Iterable[Application], at: dt.datetime) -> Batch:
    """A closed batch of them."""
    opened = calls.open_batch(call=stage.call, title=title, by=stage.department, at=at)
    for place, one in enumerate(made):
        _move(one, "confirm", stage.department, at + dt.timedelta(minutes=3 * place))
    return calls.close_batch(batch=opened, by=stage.department, at=at + dt.timedelta(hours=5))


def _noticed(stage: Stage, batch: Batch, at: dt.datetime) -> Notice:
    drafted = notices.draft_notice(batch=batch, by=stage.department, at=at)
    return notices.publish_notice(notice=drafted, by=stage.department, at=at + dt.timedelta(hours=1))


def _ended(stage: Stage, notice: Notice) -> dt.datetime:
    """End a notice on the day after its last; that moment."""
    assert notice.ends_on is not None
    at = clock.start_of(notice.ends_on + dt.timedelta(days=1)) + dt.timedelta(hours=9)
    notices.end_notice(notice=notice, by=stage.department, at=at)
    jobs.work_off()
    return at


# ---------------------------------------------------------------------- the batches
def _numbered(stage: Stage) -> None:
    """A batch that has been all the way: one differed from its taxes, one was refused, the others have numbers."""
    batch = _batch(stage, "第一批", _accepted(stage, NUMBERED, 58, 55), stage.ago(54))
    ended = _ended(stage, _noticed(stage, batch, stage.ago(53)))
    day = dt.timedelta(days=1)
    listed = _list_out(stage, "tax", batch, ended + day, stage.tax)
    answer(listed, Plan(seed="演示", refuse=1), ended + 3 * day, stage.tax.memberships.order_by("pk")[0].user)
    listed = _list_out(stage, "platform", batch, ended + 4 * day)
    answer(listed, Plan(seed="演示", refuse=1), ended + 8 * day, stage.department)
    announcements.announce(
        batch=batch, title="科技型中小企业入库登记编号公告（演示）",
        text="经评价、公示和国家平台登记，现将入库企业名单予以公告。",
        by=stage.department, at=ended + 9 * day,
    )  # fmt: skip
    jobs.work_off()


def _at_tax(stage: Stage) -> None:
    """A batch whose list lies with the tax side."""
    batch = _batch(stage, "第二批", _accepted(stage, AT_TAX, 46, 43), stage.ago(42))
    ended = _ended(stage, _noticed(stage, batch, stage.ago(41)))
    _list_out(stage, "tax", batch, max(ended + dt.timedelta(hours=3), stage.ago(4)), stage.tax)


def _in_notice(stage: Stage) -> None:
    """A batch that is shown to the public; somebody objects to one of it."""
    batch = _batch(stage, "第三批", _accepted(stage, IN_NOTICE, 16, 12), stage.ago(8))
    notice = _noticed(stage, batch, stage.ago(5))
    filed = objections.file_objection(
        notice=notice, application=notice.entries[2]["application"], name="祁明远", mobile="13900009999",
        employer="兰州某科技有限公司（演示）", text="该企业填报的发明专利已于去年转让，请核实。", at=stage.ago(2),
    )  # fmt: skip
    objections.accept_objection(objection=filed, by=stage.department, at=stage.ago(1), seen=filed.version)


def _list_out(
    stage: Stage, purpose: str, batch: Batch, at: dt.datetime, partner: Organisation | None = None
) -> Exchange:
    made = exchanging.prepare(purpose=purpose, by=stage.department, at=at, batch=batch, partner=partner)
    exchanging.write_files(exchange=made, by=stage.department, at=at)
    return exchanging.send(exchange=made, by=stage.department, at=at, way="专网报送（演示）")


# ---------------------------------------------------------------------- what is on somebody's desk
def _returned(stage: Stage, first: tuple[Organisation, User, FactSet]) -> None:
    """The enterprise with accounts has to correct; another one is late with that."""
    asked = ["rd_deductible.{year}", "q.products"]
    year = clock.day_of(stage.at).year - 1
    reason = "研发费用与辅助账汇总表不一致，请核对；主要产品请写明型号。"
    named = [one.format(year=year) for one in asked]
    for one, submitted, returned in ((first, 9, 2), (stage.take(1)[0], 24, 16)):
        sent = _submit(stage, one, stage.ago(submitted))
        _move(sent, "return", stage.clerk, stage.ago(returned), reason=reason, fields=named)


def _with_the_department(stage: Stage) -> None:
    """Some wait to be confirmed; one was refused, one withdrew."""
    calls.open_batch(call=stage.call, title="第四批", by=stage.department, at=stage.ago(3))
    waiting = _accepted(stage, TO_CONFIRM + 2, 11, 6, unseen=2)
    reason = "主要产品属于国家规定禁止类，不符合评价办法第六条。"
    _move(waiting[0], "refuse", stage.department, stage.ago(3), reason=reason)
    gone = Application.objects.select_related("begun_by").get(pk=waiting[1].pk)
    actions.withdraw(
        application=gone, reason="本年度改为申报高新技术企业。", by=gone.begun_by, at=stage.ago(2), seen=gone.version
    )


def _with_the_agency(stage: Stage) -> None:
    """Some wait for the agency: two overdue, two with the same telephone, one with revenue in the wrong unit."""
    rows = stage.take(TO_CHECK)
    for place, one in enumerate(rows):
        phone = "13900007777" if place in (3, 4) else ""
        revenue = one[2].get("sales_revenue", YEARS[-1])
        slip: dict[str, Value] = {}
        if place == 5 and isinstance(revenue, int) and revenue > 10_000:
            slip = {"sales_revenue": revenue // 10_000}
        days = 12 - place if place < 2 else 4 - place / 3
        _submit(stage, one, stage.ago(max(days, 0.2)), phone=phone, **slip)


def _drafts(stage: Stage) -> None:
    """Some have begun to write."""
    for place, (organisation, person, _facts) in enumerate(stage.take(DRAFTS)):
        at = stage.ago(1 + place)
        begun = actions.begin(call=stage.call, organisation=organisation, by=person, at=at)
        for name, text in (("q.contact", person.name), ("q.phone", person.mobile), ("agency", str(stage.agency.pk))):
            save_field(application=begun, name=name, text=text, base=0, unit="元", by=person, at=at)
