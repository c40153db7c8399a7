"""Recognition of provincial S&T innovation enterprises (甘科高规〔2024〕1号), run and decided by the province alone.

The published text gives the procedure but no form, marks or times: what stands here beyond it is a house default.
"""

# tidui: data

from __future__ import annotations

from typing import Final

from tidui.casework.kinds import CONFIRMATION, JOINT_CHECK, RECOMMENDATION, SELF_EVALUATION
from tidui.casework.programme import Asked, Column, Evidence, Form, Programme, Question, Setting, Stage, Table, register
from tidui.kit.lang import Pair
from tidui.programmes import provincial_scheme
from tidui.recognition.kinds import DECISION, ISSUE, NOTICE
from tidui.review.kinds import PANEL_REVIEW, SITE_VISIT

_FROM: Final = (
    ("own", Pair("自主研发", "own development")), ("bought", Pair("受让", "assigned")),
    ("given", Pair("受赠", "given")), ("merged", Pair("并购", "merger")), ("other", Pair("其他", "other")),
)  # fmt: skip
_CLASSES: Final = (
    ("12", Pair("发明专利（非国防专利）", "invention patent")),
    ("7", Pair("植物新品种", "plant variety")),
    ("8", Pair("国家级农作物品种", "national crop variety")),
    ("9", Pair("国家新药", "national new drug")),
    ("10", Pair("国家一级中药保护品种", "protected Chinese medicine, first class")),
    ("11", Pair("集成电路布图设计专有权", "layout design of integrated circuits")),
    ("2", Pair("实用新型专利", "utility model")),
    ("3", Pair("外观设计专利", "design patent")),
    ("4", Pair("软件著作权", "software copyright")),
)  # fmt: skip
_SOURCES: Final = (
    ("1", Pair("大专院校", "university")), ("2", Pair("地方属科研院所", "local research institute")),
    ("3", Pair("其他企业技术", "another enterprise")),
    ("4", Pair("引进技术本企业消化创新", "introduced and developed further")),
    ("5", Pair("国外技术", "abroad")), ("6", Pair("企业自有技术", "own technology")),
    ("7", Pair("中央属科研院所", "national research institute")),
)  # fmt: skip
_RESULTS: Final = (
    ("product", Pair("新产品", "new product")), ("service", Pair("新服务", "new service")),
    ("equipment", Pair("新设备", "new equipment")), ("use", Pair("新技术应用", "new technology in use")),
    ("sample", Pair("样品/样机", "sample or prototype")), ("other", Pair("其他", "other")),
)  # fmt: skip

TABLES: Final = (
    Table(
        "ip", Pair("知识产权汇总表", "intellectual property"), prefix="IP", least=1, most=100, copied="property",
        help=Pair(
            "只列在有效期内、权属归本企业的知识产权；其他表用这里的编号（IP01）引用。国防专利不在此填报。",
            "Only what is valid and owned by the enterprise; other tables refer to these numbers (IP01). Defence "
            "patents are not entered here.",
        ),
        columns=(
            Column("name", Pair("知识产权名称", "name")),
            Column("class", Pair("类别", "class"), "choice", options=_CLASSES),
            Column("number", Pair("授权号", "number"), most=60, once=True, compared="property"),
            Column("obtained", Pair("获得方式", "how obtained"), "choice", options=_FROM),
            Column("granted_on", Pair("授权日期", "granted on"), "date"),
        ),
    ),
    Table(
        "rd", Pair("研究开发活动情况表", "R&D activities"), prefix="RD", least=1,
        help=Pair(
            "近两年内进行的研究开发活动，一项一行；支出应与研发费用辅助账一致。",
            "Research and development of the last two years, one activity a row; what was spent agrees with the books.",
        ),
        columns=(
            Column("name", Pair("研发活动名称", "name")),
            Column("began_on", Pair("开始日期", "begun on"), "date"),
            Column("ended_on", Pair("结束日期", "ended on"), "date", required=False, after="began_on"),
            Column("field", Pair("技术领域", "field"), "field"),
            Column("source", Pair("技术来源", "source of technology"), "choice", options=_SOURCES),
            Column("ip", Pair("知识产权编号", "intellectual property"), "refs", required=False, refs="ip"),
            Column("budget", Pair("研发经费总预算", "budget"), "money"),
            Column("spent", Pair("近两年总支出", "spent in two years"), "money"),
            Column("core", Pair("核心技术及创新点", "core technology and novelty"), "text", most=400),
            Column("results", Pair("取得的阶段性成果", "results so far"), "text", required=False, most=400),
        ),
    ),
    Table(
        "products", Pair("上年度高新技术产品（服务）情况表", "products and services of last year"), prefix="PS",
        least=1,
        help=Pair(
            "上一会计年度的产品（服务），主要产品请勾选；收入之和不应超过上年度销售收入。",
            "Products and services of the last fiscal year, the main ones ticked; together not above its sales.",
        ),
        columns=(
            Column("name", Pair("产品（服务）名称", "name")),
            Column("field", Pair("技术领域", "field"), "field"),
            Column("sales", Pair("上年度销售收入", "sales of last year"), "money"),
            Column("main", Pair("主要产品（服务）", "main product"), "tick", required=False),
            Column("ip", Pair("知识产权编号", "intellectual property"), "refs", required=False, refs="ip"),
            Column("technology", Pair("关键技术及主要技术指标", "key technology"), "text", most=400),
        ),
    ),
    Table(
        "conversions", Pair("科技成果转化情况", "results converted"), prefix="ZH",
        help=Pair(
            "一项成果一行，注明由哪些研发活动、知识产权转化为哪些产品；没有转化的可以不填。",
            "One result a row, with the activities and rights it comes from and the products it came to; if any.",
        ),
        columns=(
            Column("name", Pair("科技成果名称", "name")),
            Column("year", Pair("转化时间（年）", "year"), "year"),
            Column("result", Pair("转化结果", "came to"), "choice", options=_RESULTS),
            Column("ip", Pair("关联知识产权", "intellectual property"), "refs", required=False, refs="ip"),
            Column("rd", Pair("关联研发活动", "R&D activities"), "refs", required=False, refs="rd"),
            Column("products", Pair("关联产品", "products"), "refs", required=False, refs="products"),
        ),
    ),
    Table(
        "staff", Pair("研发人员名单", "R&D staff"), prefix="RY", most=300,
        help=Pair(
            "在职的研发人员和科技管理人员，人数应与所填的科技人员数一致；人多时请用模板上传。",
            "R&D staff employed, as many as the number of scientists stated; with many of them upload the workbook.",
        ),
        columns=(
            Column("name", Pair("姓名", "name"), most=40, compared="people", personal=True),
            Column("degree", Pair("学历", "degree"), most=20),
            Column("post", Pair("岗位", "post"), most=40),
            Column("since", Pair("入职日期", "since"), "date", required=False),
            Column("days", Pair("上年度实际工作天数", "days worked last year"), "number"),
        ),
    ),
    Table(
        "equipment", Pair("主要研发设备", "main R&D equipment"), prefix="SB", most=100,
        help=Pair("现场考察时会按存放地点查看。", "A site visit looks at it where it stands."),
        columns=(
            Column("name", Pair("设备名称", "name")),
            Column("model", Pair("型号", "model"), required=False, most=60),
            Column("count", Pair("台（套）数", "how many"), "number"),
            Column("value", Pair("原值", "original value"), "money"),
            Column("place", Pair("存放地点", "where it stands"), most=100),
        ),
    ),
)  # fmt: skip

FORM: Final = Form(
    version="2024",
    asked=(
        Asked(
            Pair("企业概况", "the enterprise"),
            ("established_on", "industry", "field", "resident", "sound_accounts", "audit_collection",
             "collects_rd_costs"),
        ),
        Asked(Pair("知识产权", "intellectual property"), ("core_ip", "ip_class1", "ip_class2", "self_developed_ip")),
        Asked(
            Pair("上一会计年度", "last fiscal year"),
            ("employees", "st_staff", "sales_revenue", "net_assets", "conversions", "rd_expense"), back=0,
        ),
        Asked(
            Pair("前一会计年度", "the year before"), ("sales_revenue", "net_assets", "conversions", "rd_expense"),
            back=1,
        ),
    ),
    questions=(
        Question("contact", Pair("联系人", "contact person"), "name", compared="contact"),
        Question("phone", Pair("联系电话", "telephone"), "phone", compared="contact"),
        Question(
            "technology", Pair("核心技术与创新点", "core technology"), "text", most=1500, compared="text",
            help=Pair(
                "写清解决了什么技术问题、主要指标、与同类相比的先进之处；专家据此评价技术先进程度。",
                "Which problem is solved, the main figures, what is better than elsewhere; experts judge by it.",
            ),
        ),
        Question(
            "organisation", Pair("研发组织管理情况", "how R&D is organised"), "text", most=1500, compared="text",
            help=Pair(
                "管理制度和研发投入核算、研发机构和产学研合作、成果转化激励、人才培养，各写几句。",
                "Rules and accounts of R&D, institution and partners, rewards, training: some lines each.",
            ),
        ),
        Question(
            "officers",
            Pair("法定代表人、股东、董事、监事和高管姓名", "legal representative, owners, directors, managers"),
            "text", most=500, help=Pair(
                "一行一人。系统据此让有关专家回避，不作他用。",
                "One a line. Experts among them are kept away; used for nothing else.",
            ),
        ),
        Question(
            "avoid", Pair("申请回避的专家", "experts to be kept away"), "text", required=False, most=300,
            help=Pair(
                "没有的留空。一行一人，写姓名和工作单位；人数有限（本系统默认 3 人），推荐单位看不到。",
                "Leave empty if there are none. One a line, name and employer; only a few (house default: 3). The "
                "recommending unit does not see it.",
            ),
            sealed=True,
        ),
    ),
    evidence=(
        Evidence("licence", Pair("营业执照", "business licence"), most=2),
        Evidence("audit", Pair("近两年审计报告或会计报表", "accounts of two years"), most=6),
        Evidence("results", Pair("知识产权和成果转化证明", "proof of intellectual property"), required=False, most=20),
    ),
    tables=TABLES,
    pledge=Pair(
        "本企业承诺所填信息真实、准确、完整，不涉及国家秘密，并承担相应责任。",
        "We declare that all we state is true, exact and complete, holds no state secret, and answer for it.",
    ),
)  # fmt: skip

PROVINCIAL: Final = register(
    Programme(
        name="provincial",
        title=Pair("省科技创新型企业认定", "provincial S&T innovation enterprises"),
        lead=Pair(
            "申报后经推荐、专家评审、现场考察、厅务会审定和公示，由省科技厅认定发证。",
            "Recommended, reviewed by experts, visited, decided by the department's meeting, shown to the public; "
            "the department issues the certificate.",
        ),
        policy="gansu/provincial-innovative",
        status="provincial",
        prefix="CX",
        form=FORM,
        by_unit=True,
        stages=(
            Stage("application", SELF_EVALUATION, named=Pair("填报申报", "application")),
            Stage("recommendation", RECOMMENDATION, days=10),
            Stage("acceptance", CONFIRMATION, named=Pair("受理", "acceptance"), days=10),
            Stage("joint", JOINT_CHECK, days=10),
            Stage("review", PANEL_REVIEW, days=20),
            Stage("visit", SITE_VISIT, days=20, when="visits"),
            Stage("meeting", DECISION, days=15),
            Stage("notice", NOTICE, days=10),
            Stage("issue", ISSUE, days=10),
        ),
        settings=(
            Setting("visits", Pair("开展现场考察", "site visits are made"), "bool", True),
            Setting(
                "notice_days", Pair("公示工作日数", "working days of the notice"), "int", 10, low=1, high=60,
                help=Pair("办法未查得公示天数，暂按10个工作日。", "The number of days is not known; ten are taken."),
            ),
            Setting(
                "objection_days", Pair("异议办理工作日数", "working days for an objection"), "int", 15, low=1, high=60
            ),
            Setting(
                "reply_days", Pair("撤销申辩工作日数", "working days for a reply to a revocation"), "int", 5,
                low=1, high=60,
            ),
            Setting("fraud_bar_years", Pair("弄虚作假限制年数", "years barred after fraud"), "int", 3, low=1, high=10),
        ),
        # Which authorities are asked the published text does not say: those of credit and of research integrity.
        extra={
            "scheme": provincial_scheme.SCHEME.name, "joint": ("credit", "integrity"),
            "barred_by": ("hte",), "renewed": "provincial_valid_until",
        },
        reasons={
            "return": (
                Pair("证明材料缺失、不清晰或已过期", "a proof is missing, not legible or out of date"),
                Pair("研发费用与审计报告或会计报表不符", "R&D expenses do not agree with the accounts"),
                Pair("研发人员名单与人数不符", "the list of R&D staff does not agree with their number"),
                Pair("知识产权权属或状态不清", "owner or state of the intellectual property is not clear"),
            ),
            "refuse": (
                Pair("不符合认定办法规定的条件", "the conditions of the measure are not met"),
                Pair("存在提供虚假信息的情形", "false information was given"),
            ),
        },
        correction_days=5,
        most_corrections=2,
        order=20,
    )
)  # fmt: skip
