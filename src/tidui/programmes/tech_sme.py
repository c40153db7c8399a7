"""Evaluation of technology SMEs, the province's part (国科发政〔2017〕115号; 国科火字〔2022〕67号)."""

# tidui: data

from __future__ import annotations

from typing import Final

from tidui.casework.kinds import AGENCY_CHECK, CONFIRMATION, SELF_EVALUATION
from tidui.casework.programme import Asked, Evidence, Form, Programme, Question, Setting, Stage, register
from tidui.kit.lang import Pair
from tidui.recognition.kinds import ANNOUNCEMENT, NOTICE, PLATFORM, TAX_VERIFICATION

FORM: Final = Form(
    version="2022",
    asked=(
        Asked(
            Pair("企业概况", "the enterprise"),
            ("established_on", "industry", "field", "resident", "audit_collection", "sound_accounts",
             "collects_rd_costs", "pays_income_tax"),
        ),
        Asked(
            Pair("上一会计年度", "last fiscal year"),
            ("employees", "st_staff", "sales_revenue", "total_cost", "total_assets", "rd_deductible"),
            back=0,
            lead=Pair(
                "按上一会计年度数据填写；当年新注册的企业可用当年预估数据。",
                "Figures of the last fiscal year; a firm founded this year may use estimates.",
            ),
        ),
        Asked(Pair("科技成果", "results"), ("ip_class1", "ip_class2")),
        Asked(
            Pair("直接确认条件", "direct pass"),
            ("national_award_top3", "provincial_rd_institution", "standard_lead"),
            lead=Pair(
                "符合任一项的，不要求综合评价达到60分。", "With any of these the score of 60 is not asked for.",
            ),
        ),
        Asked(
            Pair("守法与诚信", "conduct"),
            ("prohibited_products", "major_incidents", "serious_fraud", "research_dishonesty", "abnormal_listed",
             "dishonesty_listed"),
        ),
    ),
    questions=(
        Question("contact", Pair("联系人", "contact person"), "name", compared="contact"),
        Question("phone", Pair("联系电话", "telephone"), "phone", compared="contact"),
        Question("products", Pair("主要产品（服务）", "main products or services"), "text", most=500, compared="text"),
        Question(
            "innovation", Pair("科技创新情况简述", "innovation in short"), "text", required=False, most=1500,
            compared="text",
        ),
    ),
    evidence=(
        Evidence(
            "accounts", Pair("上年度会计报表（含研发支出辅助账汇总）", "last year's accounts with the R&D ledger"),
            required=False,
        ),
        Evidence(
            "results", Pair("知识产权或直接确认条件证明", "proof of IP or of a direct route"), required=False, most=10,
        ),
    ),
    pledge=Pair(
        "本企业承诺所填信息真实、准确、完整，不涉及国家秘密，并承担相应责任。",
        "We declare that all we state is true, exact and complete, holds no state secret, and answer for it.",
    ),
)  # fmt: skip

TECH_SME: Final = register(
    Programme(
        name="tech-sme",
        title=Pair("科技型中小企业评价", "evaluation of technology SMEs"),
        lead=Pair(
            "自评填报，经评价机构审核、省级确认、公示和税务核验，由国家平台赋予入库登记编号。",
            "Self-evaluation, agency check, provincial confirmation, notice and tax verification; "
            "the national platform gives the number.",
        ),
        policy="cn/tech-sme",
        status="sme",
        prefix="KX",
        form=FORM,
        stages=(
            Stage("self_evaluation", SELF_EVALUATION),
            Stage("agency_check", AGENCY_CHECK, days=5),
            Stage("confirmation", CONFIRMATION, days=10),
            Stage("notice", NOTICE, days=10),
            Stage("tax_before", TAX_VERIFICATION, days=10, when="tax_first"),
            Stage("platform", PLATFORM, days=15),
            Stage("announcement", ANNOUNCEMENT, days=5),
            Stage("tax_after", TAX_VERIFICATION, days=20, when="!tax_first", second=(), dropped=("differs",)),
        ),
        settings=(
            Setting(
                "tax_first", Pair("赋号前先经税务核验", "tax verification before the number"), "bool", True,
                help=Pair(
                    "甘肃2021年做法为赋号前核验；国家办法为赋号后将信息送税务部门。",
                    "Gansu's account of 2021 has it before the number; the national text sends the data after.",
                ),
            ),
            Setting(
                "sample_share", Pair("抽查比例（%）", "share of the sampling check (%)"), "int", 5, low=5, high=100,
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
        agency=True,
        reasons={
            "return": (
                Pair(
                    "职工总数、科技人员数与社保或个税记录不符",
                    "staff or S&T staff do not agree with social insurance or tax",
                ),
                Pair(
                    "研发费用与加计扣除申报或辅助账不符",
                    "R&D expenses do not agree with the deduction or the R&D ledger",
                ),
                Pair("销售收入、成本费用与会计报表不符", "sales or costs do not agree with the accounts"),
                Pair("知识产权权属、状态或用途不清", "owner, state or use of the intellectual property is not clear"),
                Pair("行业或技术领域填写不准确", "the industry or the field of technology is not right"),
                Pair("证明材料缺失、不清晰或已过期", "a proof is missing, not legible or out of date"),
                Pair("数据单位有误（元、万元）", "an amount is in the wrong unit (yuan, 10,000 yuan)"),
            ),
            "refuse": (
                Pair("不符合评价办法规定的条件", "the conditions of the measure are not met"),
                Pair("综合评价得分未达到要求", "the score is below what is asked for"),
                Pair("存在提供虚假信息的情形", "false information was given"),
            ),
        },
        extra={
            "held": Pair(
                "每个企业一个年度只有一个入库登记编号，编号有效期内不需要再次申报。有效期满后要保持资格的，"
                "在下一年度开放评价时更新信息、重新参加评价。更名或者发生与评价条件有关的重大变化的，三个月内报告。",
                "An enterprise has one number a year; while it is valid there is nothing to apply for. To keep the "
                "status, update the information and be evaluated anew when the next year's evaluation opens. A new "
                "name, or a change that touches the conditions, is reported within three months.",
            ),
            "outcomes": {
                "direct_route": (
                    Pair("直接确认途径", "route of direct pass"),
                    {
                        "hte": Pair("有效期内的高新技术企业", "a valid high-tech enterprise certificate"),
                        "award": Pair("近五年国家级科技奖励前三名", "first three of a national award in five years"),
                        "institution": Pair("省部级以上研发机构", "an R&D institution of provincial rank or higher"),
                        "standard": Pair("近五年主导制定标准", "led the writing of a standard in five years"),
                    },
                ),
            },
        },
        correction_days=5,
        most_corrections=3,
        order=10,
    )
)  # fmt: skip
