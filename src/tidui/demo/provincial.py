"""Provincial S&T innovation enterprises in the demonstration: batches wherever one can be, with experts and visitors.

Played through the same actions as the pages, on days before today: one batch has its certificates, one waits for the
department's meeting, one is visited, one is marked by its panels; others wait for their county or the department.
"""

# tidui: data

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.accounts.actions.members import become
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Organisation, User
from tidui.casework import actions, judging, writing
from tidui.casework.actions import calls, exchanging, joint_checking
from tidui.casework.actions.writing import save_field
from tidui.casework.exchanging import Plan
from tidui.casework.models import Application, Batch, Call
from tidui.casework.programme import programme
from tidui.demo import reviewing
from tidui.demo.answering import answer
from tidui.demo.enterprises import YEARS
from tidui.facts.factset import FactSet, Key
from tidui.kit import clock, jobs
from tidui.registry.facts import fact_sets
from tidui.review.actions import commissioning
from tidui.review.models import Expert, Seat
from tidui.rules.values import Value

PROGRAMME: Final = "provincial"
#: How many applications are in each batch, and wait elsewhere.
RECOGNISED, TO_MEET, VISITED, REVIEWED, TO_ACCEPT, TO_RECOMMEND, DRAFTS = 6, 4, 4, 6, 3, 5, 1
#: How many of them are the county's whose officer has an account.
OF_COUNTY: Final = 12
_SURNAMES: Final = "姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
_GIVEN: Final = ("立新", "玉琴", "宏伟", "秀芳", "长河", "雅丽", "天佑", "小军")
_TECHNOLOGY: Final = (
    "以薄膜沉积与微加工工艺提高传感元件的长期稳定性，零点漂移降至千分之一以内", "开发高寒高海拔工况下的变桨控制算法",
    "用近红外光谱在线判别药材等级，误判率低于百分之二", "自主研制井下防爆通信模组，覆盖三公里巷道",
    "膜下滴灌与土壤墒情联动控制，亩均节水四成", "石化管线内腐蚀的漏磁与超声复合检测", "梯度掺杂正极材料的连续烧结制备",
    "文物表面多光谱无损采集与色彩还原", "变压吸附制氧设备的低温启动与节能", "边坡位移毫米波雷达监测与分级预警",
    "冷链车厢温湿度全程记录与异常追溯", "镍钴合金粉末的气雾化粒径控制",
)  # fmt: skip
_ORGANISED: Final = (
    "设研发中心一处，按项目归集研发支出，每季度由财务与技术部门共同核对", "与高校共建实验室，研发人员按成果提成",
    "实行首席工程师制，设专利奖励和技能等级津贴", "研发部下设三个课题组，年初立项、年末验收",
    "成立技术委员会评审立项，配备专职财务核算研发费用",
)  # fmt: skip
_DEVICES: Final = ("扫描电子显微镜", "疲劳试验机", "恒温恒湿箱", "光谱分析仪", "三坐标测量机")


@dataclass
class Firm:
    """An enterprise that applies, who files for it, and what its file says."""

    organisation: Organisation
    person: User
    facts: FactSet


@dataclass
class Stage:
    """Who acts, and what there is so far."""

    at: dt.datetime
    people: Mapping[str, User]
    units: Mapping[str, Organisation]
    firms: list[Firm]
    call: Call = field(init=False)
    officers: dict[int, User] = field(default_factory=dict)

    @property
    def department(self) -> User:
        """The officer of the department."""
        return self.people["officer"]

    def ago(self, days: float) -> dt.datetime:
        """A moment so many days before today."""
        return self.at - dt.timedelta(days=days)

    def take(self, count: int) -> list[Firm]:
        """The next so many enterprises."""
        taken, self.firms = self.firms[:count], self.firms[count:]
        return taken

    def officer_of(self, unit: Organisation) -> User:
        """Who decides for a unit; one is made where the demonstration has nobody."""
        if unit.pk not in self.officers:
            held = unit.memberships.filter(role=Role.OFFICER, until__isnull=True).select_related("user").first()
            self.officers[unit.pk] = held.user if held is not None else self._officer(unit)
        return self.officers[unit.pk]

    def _officer(self, unit: Organisation) -> User:
        return _person(f"unit-{unit.pk}", unit, Role.OFFICER, self.department, self.ago(70))


# ---------------------------------------------------------------------- who applies
def choose(county: Organisation, at: dt.datetime, count: int) -> list[tuple[Organisation, FactSet]]:
    """Enterprises that meet the conditions and apply for nothing else: some of the county, others from everywhere."""
    rows = Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE, active=True, applications__isnull=True)
    own = _passing(rows.filter(division=county.division).order_by("pk")[:120], at, OF_COUNTY)
    rest = _passing(rows.exclude(division=county.division).order_by("name")[300 : 300 + count * 10], at, count)
    found: list[tuple[Organisation, FactSet]] = []
    while len(found) < count and (own or rest):
        found.append((own if own and (len(found) % 3 == 0 or not rest) else rest).pop(0))
    if len(found) < count:
        raise LookupError(f"only {len(found)} of {count} enterprises of the sample meet the conditions")
    _leave_some(county, found)
    return found


def _leave_some(county: Organisation, found: list[tuple[Organisation, FactSet]]) -> None:
    """Some of the county's change places with the last, so that its officer finds them to recommend.

    Those stay that are recognised in the end: their marks are known to be good.
    """
    last = len(found) - DRAFTS - TO_RECOMMEND
    places = [
        place for place, (one, _facts) in enumerate(found[:last])
        if one.division == county.division and one.zone_id is None and place not in range(1, RECOGNISED)
    ]  # fmt: skip
    for place, other in zip(places, range(last, last + TO_RECOMMEND - 1), strict=False):
        found[place], found[other] = found[other], found[place]


def _passing(rows: Iterable[Organisation], at: dt.datetime, most: int) -> list[tuple[Organisation, FactSet]]:
    held = list(rows)
    facts = fact_sets(one.pk for one in held)
    found: list[tuple[Organisation, FactSet]] = []
    for one in held:
        founded = facts[one.pk].get("established_on")
        old = isinstance(founded, dt.date) and founded.year < YEARS[0]
        held_until = facts[one.pk].get("provincial_valid_until")
        free = not isinstance(held_until, dt.date) or held_until < clock.day_of(at) - dt.timedelta(days=90)
        if len(found) < most and old and free and _meets(facts[one.pk], at):
            found.append((one, facts[one.pk]))
    return found


def _meets(facts: FactSet, at: dt.datetime) -> bool:
    known = {key: value for key, value in stated(facts, at).items() if value is not None}
    found = judging.judge(programme(PROGRAMME).policy, facts.with_values(known), on=clock.day_of(at))
    return found.verdict == "pass"


def stated(facts: FactSet, at: dt.datetime) -> dict[Key, Value | None]:
    """What the form says: the facts of the file."""
    year = clock.day_of(at).year - 1
    found: dict[Key, Value | None] = {}
    for name, of in writing.facts_asked(programme(PROGRAMME), year):
        known = facts.get(name, of)
        back = None if of is None else YEARS[-1] - (year - of)
        found[name, of] = facts.get(name, back) if known is None and back is not None else known
    return found


def _person(username: str, organisation: Organisation, role: Role, by: User, at: dt.datetime) -> User:
    """Somebody who acts for an organisation; nobody signs in as them."""
    place = User.objects.count()
    name = _SURNAMES[place % len(_SURNAMES)] + _GIVEN[place % len(_GIVEN)]
    made = User(username=username, name=name, mobile=f"1390003{place % 10_000:04d}")
    made.set_unusable_password()
    made.save()
    become(organisation, made, role, reason="演示数据", given_by=by, at=at)
    return made


# ---------------------------------------------------------------------- what they write
def _staff_name(place: int) -> str:
    """A name for somebody of the R&D staff; the same one rarely stands in two lists."""
    return _SURNAMES[place % len(_SURNAMES)] + _GIVEN[place // len(_SURNAMES) % len(_GIVEN)]


def tables(firm: Firm, at: dt.datetime) -> dict[str, Any]:
    """The tables of the form, as far as the facts of the file tell: so many items as they count."""
    year = clock.day_of(at).year - 1
    code = str(firm.facts.get("field") or "803")
    first, second = _count(firm, "ip_class1"), _count(firm, "ip_class2")
    sales, spent = _count(firm, "sales_revenue", YEARS[-1]), _count(firm, "rd_expense", YEARS[-1])
    product = firm.organisation.name[2:6]
    return {
        "table.ip": [
            {"key": str(place), "name": f"{product}关键技术之{place}", "class": "12" if place <= first else "2",
             "number": f"ZL20{20 + place % 5}1{firm.organisation.pk % 10_000:04d}{place:04d}.{place % 10}",
             "obtained": "own", "granted_on": f"20{20 + place % 5}-0{1 + place % 9}-15"}
            for place in range(1, min(first + second, 12) + 1)
        ],
        "table.rd": [
            {"key": "1", "name": f"{product}成套装备研制", "began_on": f"{year - 1}-02-01", "ended_on": f"{year}-11-30",
             "field": code, "source": "6", "ip": ["1"], "budget": spent, "spent": spent,
             "core": "突破关键部件的设计与制造工艺。", "results": "完成样机并通过第三方检测。"},
        ],
        "table.products": [
            {"key": "1", "name": f"{product}系列产品", "field": code, "sales": sales * 7 // 10, "main": True,
             "ip": ["1"], "technology": "主要技术指标达到行业标准一级。"},
        ],
        "table.conversions": [
            {"key": "1", "name": f"{product}产业化", "year": year, "result": "product", "ip": ["1"], "rd": ["1"],
             "products": ["1"]},
        ],
        "table.staff": [
            {"key": str(place), "name": _staff_name(firm.organisation.pk * 7 + place),
             "degree": "硕士" if place % 3 == 0 else "本科", "post": "研发工程师", "since": f"20{15 + place}-07-01",
             "days": 230 + place}
            for place in range(1, 5)
        ],
        "table.equipment": [
            {"key": "1", "name": _DEVICES[firm.organisation.pk % len(_DEVICES)], "model": "GX-200", "count": 1,
             "value": 480_000_00, "place": "研发中心"},
        ],
    }  # fmt: skip


def _count(firm: Firm, name: str, year: int | None = None) -> int:
    value = firm.facts.get(name, year)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else 0


def answers(firm: Firm, at: dt.datetime) -> dict[str, Any]:
    """Everything that the form asks beside facts."""
    place = int(firm.person.username.rpartition("-")[2])
    return {
        "contact": firm.person.name, "phone": firm.person.mobile,
        "technology": _TECHNOLOGY[place % len(_TECHNOLOGY)] + f"（演示{place:02d}）",
        "organisation": _ORGANISED[place % len(_ORGANISED)] + f"（演示{place:02d}）",
        "officers": firm.person.name, "avoid": "", **tables(firm, at),
    }  # fmt: skip


# ---------------------------------------------------------------------- the way into a batch
def make_call(stage: Stage) -> Call:
    """The call of the year, open for some days yet."""
    closes = dt.datetime.combine(clock.day_of(stage.at) + dt.timedelta(days=15), dt.time(18), tzinfo=clock.LEGAL_ZONE)
    year = clock.day_of(stage.ago(66)).year
    drafted = calls.draft_call(
        programme_name=PROGRAMME, year=year, title=f"关于组织申报{year}年省科技创新型企业的通知（演示）",
        text="各有关单位：\n符合条件的企业请登录系统填写申报书，经推荐单位推荐后报送省科技厅。",
        opens_at=stage.ago(66), closes_at=closes, by=stage.department, at=stage.ago(68),
        document_number="甘科高函〔演示〕69号",
    )  # fmt: skip
    return calls.publish_call(call=drafted, by=stage.department, at=stage.ago(67))


def submit(stage: Stage, firm: Firm, at: dt.datetime) -> Application:
    """Begin and submit."""
    early = at - dt.timedelta(hours=5)
    begun = actions.begin(call=stage.call, organisation=firm.organisation, by=firm.person, at=early)
    return actions.submit(
        application=begun, stated=stated(firm.facts, at), answers=answers(firm, at), by=firm.person, at=at,
        seen=begun.version,
    ).application  # fmt: skip


def move(application: Application, name: str, by: User, at: dt.datetime, **more: Any) -> None:
    """One move by a person."""
    seen = Application.objects.get(pk=application.pk).version
    actions.move(application=application, name=name, by=by, at=at, seen=seen, **more)


def recommended(stage: Stage, count: int, submitted: float, sent_on: float) -> list[Application]:
    """So many that their units recommend."""
    made = []
    for place, firm in enumerate(stage.take(count)):
        sent = submit(stage, firm, stage.ago(submitted) + dt.timedelta(minutes=13 * place))
        by = stage.officer_of(sent.unit) if sent.unit is not None else stage.department
        move(sent, "recommend", by, stage.ago(sent_on) + dt.timedelta(minutes=7 * place), reason="符合条件，同意推荐。")
        made.append(sent)
    return made


def batch_of(stage: Stage, title: str, made: Sequence[Application], at: dt.datetime) -> Batch:
    """A closed batch of them, past the joint check."""
    opened = calls.open_batch(call=stage.call, title=title, by=stage.department, at=at)
    for place, one in enumerate(made):
        move(one, "confirm", stage.department, at + dt.timedelta(minutes=3 * place))
    closed = calls.close_batch(batch=opened, by=stage.department, at=at + dt.timedelta(hours=2))
    joint_check(stage, closed, at + dt.timedelta(hours=3))
    return Batch.objects.get(pk=closed.pk)


def joint_check(stage: Stage, batch: Batch, at: dt.datetime) -> None:
    """Ask the authorities; they know nothing of anybody."""
    partner = stage.people["credit"].memberships.get().organisation
    rows = list(Application.objects.filter(batch=batch).select_related("organisation", "call").order_by("number"))
    listed = joint_checking.ask(
        applications=rows, partners=dict.fromkeys(("credit", "integrity"), partner), by=stage.department, at=at,
        batch=batch,
    )  # fmt: skip
    for one in listed:
        exchanging.write_files(exchange=one, by=stage.department, at=at)
        exchanging.send(exchange=one, by=stage.department, at=at, way="专网报送（演示）")
        with clock.standing_at(at + dt.timedelta(hours=20)):
            answer(one, Plan(seed="演示"), clock.now(), stage.people["credit"])
    with clock.standing_at(at + dt.timedelta(hours=22)):
        joint_checking.finish(batch=batch, by=stage.department, at=clock.now())
        jobs.work_off()


def draft(stage: Stage, firm: Firm, at: dt.datetime) -> None:
    """Somebody has begun to write."""
    begun = actions.begin(call=stage.call, organisation=firm.organisation, by=firm.person, at=at)
    for name, text in (("q.contact", firm.person.name), ("q.phone", firm.person.mobile)):
        save_field(application=begun, name=name, text=text, base=0, unit="元", by=firm.person, at=at)


# ---------------------------------------------------------------------- the batches
def _fields(stage: Stage) -> list[str]:
    """The fields of the applicants, those asked for most first."""
    known = [str(firm.facts.get("field") or "") for firm in stage.firms]
    return sorted({code for code in known if len(code) == 3}, key=lambda code: (-known.count(code), code))


def _accounts(people: Mapping[str, User]) -> Callable[[str], User]:
    """Accounts of experts: two sign in, the others are there for the panels."""
    known = {people["expert"].name: people["expert"], people["cpa"].name: people["cpa"]}

    def account(name: str) -> User:
        if name in known:
            return known[name]
        made = User(username=f"expert-{User.objects.count():03d}", name=name, mobile="13900040000")
        made.set_unusable_password()
        made.save()
        return made

    return account


def _marked(stage: Stage, hands: reviewing.Hands, batch: Batch, days: float, weak: int) -> None:
    """The review of a batch from the draw to its end; one of the files is found weak."""
    review = reviewing.prepared(batch, hands, stage.ago(days))
    reviewing.drawn(review, hands, stage.ago(days - 1))
    reviewing.accepted(review, stage.ago(days - 3))
    keys = reviewing.of_batch(batch)
    levels = {key: 0.95 - place * 0.02 for place, key in enumerate(keys)} | {keys[weak]: 0.45}
    reviewing.marked(review, stage.ago(days - 4), levels)
    reviewing.closed(review, hands, stage.ago(days - 6))


def _visited(stage: Stage, hands: reviewing.Hands, batch: Batch, days: float, place: int) -> None:
    """Everybody of a batch is visited; of one the institution counts fewer R&D staff than were stated."""
    visitor = stage.people["visitor"]
    year = clock.day_of(stage.at).year - 1
    keys = reviewing.of_batch(batch)
    reviewing.visited(
        batch, visitor.memberships.get().organisation, visitor, hands, stage.ago(days),
        {keys[place]: f"st_staff.{year}"},
    )  # fmt: skip


def _recognised(stage: Stage, hands: reviewing.Hands) -> None:
    """A batch that has been all the way: two were refused, the others have their certificates."""
    batch = batch_of(stage, "第一批", recommended(stage, RECOGNISED, 64, 62), stage.ago(61))
    _marked(stage, hands, batch, 58, weak=1)
    _visited(stage, hands, batch, 51, place=0)
    keys = reviewing.of_batch(batch)
    why = {
        keys[0]: "现场考察核实研发人员占比不足百分之十，不符合认定条件。",
        keys[1]: "专家评审平均分没有超过推荐线，评审组不推荐。",
    }
    reviewing.decided(batch, hands, stage.ago(44), why)
    notice = reviewing.noticed(batch, hands, stage.ago(42))
    ended = reviewing.ended(notice, hands)
    reviewing.recognised(batch, hands, ended + dt.timedelta(days=3))


def _to_meet(stage: Stage, hands: reviewing.Hands) -> None:
    """A batch that waits for the department's meeting; a visit refuted a claim."""
    batch = batch_of(stage, "第二批", recommended(stage, TO_MEET, 45, 42), stage.ago(40))
    _marked(stage, hands, batch, 37, weak=2)
    _visited(stage, hands, batch, 30, place=1)


def _to_visit(stage: Stage, hands: reviewing.Hands) -> None:
    """A batch that is being visited: the institution has its checklists."""
    batch = batch_of(stage, "第三批", recommended(stage, VISITED, 32, 28), stage.ago(26))
    _marked(stage, hands, batch, 23, weak=0)
    visitor = stage.people["visitor"]
    commissioning.commission(
        batch=batch, applications=reviewing.of_batch(batch), institution=visitor.memberships.get().organisation,
        due_on=clock.day_of(stage.at) + dt.timedelta(days=9), by=hands.officer, at=stage.ago(3),
        document_number="甘科评函〔演示〕4号", note="请逐项核对申报书所列人员、设备和知识产权。",
    )  # fmt: skip


def _to_mark(stage: Stage, hands: reviewing.Hands) -> None:
    """A batch before its panels: some have accepted and signed, others are called."""
    batch = batch_of(stage, "第四批", recommended(stage, REVIEWED, 16, 12), stage.ago(10))
    review = reviewing.prepared(batch, hands, stage.ago(8))
    reviewing.drawn(review, hands, stage.ago(7), wanted=[stage.people["expert"], stage.people["cpa"]])
    called = {entry.pk for one in ("expert", "cpa") for entry in Expert.objects.filter(user=stage.people[one])}
    mine = Seat.objects.filter(review=review, expert__in=called)
    last = Seat.objects.filter(review=review).exclude(expert__in=called).order_by("-pk").first()
    reviewing.accepted(review, stage.ago(5), but=[last.pk] if last is not None and mine.exists() else [])
    for file in review.files.select_related("review", "application", "group").order_by("pk")[:2]:
        for seat in reviewing.panel_of(file):
            if seat.expert_id not in called:
                reviewing.mark_sheet(seat, file, stage.ago(4), 0.85)


def play(units: Mapping[str, Organisation], people: Mapping[str, User], *, at: dt.datetime) -> None:
    """Make the call and its applications."""
    county = people["county"].memberships.get().organisation
    count = RECOGNISED + TO_MEET + VISITED + REVIEWED + TO_ACCEPT + TO_RECOMMEND + DRAFTS
    department, began = people["officer"], at - dt.timedelta(days=70)
    firms = [
        Firm(one, _person(f"applicant-{place:02d}", one, Role.ADMINISTRATOR, department, began), facts)
        for place, (one, facts) in enumerate(choose(county, at, count))
    ]
    stage = Stage(at, people, units, firms)
    stage.call = make_call(stage)
    hands = reviewing.Hands(
        people["officer"], people["leader"],
        tuple((one.memberships.get().organisation, one) for one in (people["officer2"], people["keeper"])),
    )
    reviewing.make_experts(
        department, stage.ago(69), technical=17, financial=5, fields=_fields(stage), account=_accounts(people)
    )
    _recognised(stage, hands)
    _to_meet(stage, hands)
    _to_visit(stage, hands)
    _to_mark(stage, hands)
    calls.open_batch(call=stage.call, title="第五批", by=department, at=stage.ago(4))
    recommended(stage, TO_ACCEPT, 6, 3)
    for place, firm in enumerate(stage.take(TO_RECOMMEND)):
        submit(stage, firm, stage.ago(2.5 - place / 2))
    for firm in stage.take(DRAFTS):
        draft(stage, firm, stage.ago(1))
