"""The lists of technology-SME evaluation: tax verification before or after the number, and the national platform."""

# tidui: data

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import User
from tidui.casework import batching, exchanging, hooks, judging
from tidui.casework.actions import advance
from tidui.casework.actions.answering import reopen
from tidui.casework.actions.exchanging import newest
from tidui.casework.exchanging import Answer, Column, Outcome, Purpose, RowFault
from tidui.casework.models import Application, Batch, ExchangeRow
from tidui.casework.programme import Stage
from tidui.codes import divisions, sme_numbers
from tidui.codes.faults import BadValue
from tidui.kit import clock
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.lang import Pair
from tidui.recognition import registering
from tidui.recognition.kinds import PLATFORM, TAX_VERIFICATION
from tidui.recognition.models import Recognition
from tidui.rules.values import NoneValue

NUMBERED: Final = Refused("numbered", _("该申报已取得编号。如需取消资格，请按撤销程序办理。"))
#: What does not fit in a number, in words.
_FAULTS: Final[Mapping[str, Any]] = {
    "length": _("编号有 %(found)s 个字符，应为18位。"),
    "form": _("编号“%(found)s”不符合编码规则：年份4位、行政区划代码6位、第11位为0、A或B、顺序号7位。"),
    "year": _("编号的年份是 %(found)s，应为 %(expected)s。"),
    "division": _("编号的行政区划代码是 %(found)s，企业所在地是 %(expected)s。"),
    "mark": _("编号第11位是 %(found)s，按成立年份和自评提交日期应为 %(expected)s。"),
}
_TAKEN: Final = RowFault("used", registering.USED.reason, hard=True)


# ---------------------------------------------------------------------- what goes out
def _fact(facts: Any, name: str, year: int | None = None) -> Any:
    """A fact as a list holds it: money in fen, a day as text, nothing for what is unknown or none."""
    value = facts.get(name, year)
    if value is None or isinstance(value, NoneValue):
        return None
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else f"{float(value):g}"
    return value.isoformat() if isinstance(value, dt.date) else value


def _place(application: Application) -> dict[str, Any]:
    division = application.organisation.division
    found = divisions.find(division)
    return {"number": application.number, "division": division, "place": found.zh if found else ""}


def tax_row(application: Application) -> dict[str, Any]:
    """What the tax side compares with its own records."""
    made = newest(application)
    facts = judging.facts_of(made)
    return {
        **_place(application), "year": made.year, "audit_collection": _fact(facts, "audit_collection"),
        "sales_revenue": _fact(facts, "sales_revenue", made.year), "total_cost": _fact(facts, "total_cost", made.year),
        "rd_deductible": _fact(facts, "rd_deductible", made.year),
    }  # fmt: skip


def relief_row(application: Application) -> dict[str, Any]:
    """What the tax side needs to look up the relief that was enjoyed."""
    made = Recognition.objects.filter(application=application).first()
    return {**_place(application), "year": newest(application).year, "sme_number": made.number if made else ""}


def platform_row(application: Application) -> dict[str, Any]:
    """What the national platform takes of an enterprise."""
    made = newest(application)
    facts, year = judging.facts_of(made), made.year
    # Full points are whole; halves stay as they are.
    score = application.score_low
    return {
        **_place(application), "call_year": application.call.year, "year": year,
        "established_on": _fact(facts, "established_on"), "industry": _fact(facts, "industry"),
        "field": _fact(facts, "field"),
        "submitted_on": clock.day_of(application.submitted_at).isoformat() if application.submitted_at else "",
        "score": "" if score is None else f"{score / 100:g}",
        "employees": _fact(facts, "employees", year), "st_staff": _fact(facts, "st_staff", year),
        "sales_revenue": _fact(facts, "sales_revenue", year), "total_cost": _fact(facts, "total_cost", year),
        "total_assets": _fact(facts, "total_assets", year), "rd_deductible": _fact(facts, "rd_deductible", year),
        "ip_class1": _fact(facts, "ip_class1"), "ip_class2": _fact(facts, "ip_class2"),
    }  # fmt: skip


# ---------------------------------------------------------------------- what comes back: the tax side
def _verifies(stage: Stage) -> bool:
    return stage.kind.name == TAX_VERIFICATION.name and stage.move("differs") is not None


def _reports_relief(stage: Stage) -> bool:
    return stage.kind.name == TAX_VERIFICATION.name and stage.move("differs") is None


@hooks.guard("", "withdraw")
def stays_numbered(asked: hooks.Moving) -> Refused | None:
    """What has its number is not withdrawn any more: the number would stay, and nobody would ever announce it."""
    return NUMBERED if Recognition.objects.filter(application=asked.application.pk).exists() else None


def take_tax(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    """Verified goes on; what differs ends the application, with the tax side's reason."""
    _advance(row, answer.outcome, answer, by, at)


def take_relief(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    """What relief was enjoyed stays on the row; the application is done with either way."""
    _advance(row, "verified", answer, by, at)


def change_tax(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    """Another answer in the place of an earlier one: back to where the tax side was asked, and on from there."""
    reopen(row, by, at, str(answer.values.get("reason", "")))
    take_tax(row, answer, by, at)


def may_change(row: ExchangeRow, answer: Answer) -> Refused | None:
    """What has its number is not undone by a late answer: that is what revocation is for."""
    return NUMBERED if Recognition.objects.filter(application=row.application_id).exists() else None


def _advance(row: ExchangeRow, move: str, answer: Answer, by: User, at: dt.datetime) -> None:
    if row.application is None or not row.exchange.stage:
        return
    advance(
        application=row.application, name=move, at=at, by=by, expect=row.exchange.stage,
        reason=str(answer.values.get("reason", "")),
        details={"exchange": row.exchange_id, "row": row.pk, "outcome": answer.outcome},
    )  # fmt: skip


# ---------------------------------------------------------------------- what comes back: the platform
def _numbers(stage: Stage) -> bool:
    return stage.kind.name == PLATFORM.name


def check_number(row: ExchangeRow, answer: Answer) -> list[RowFault]:
    """What of a number does not fit the enterprise by the coding rule, and whether it is another's."""
    if answer.outcome != "number" or row.application is None:
        return []
    application, number = row.application, str(answer.values.get("number", ""))
    facts = judging.facts_of(newest(application))
    founded = facts.get("established_on", None)
    found = sme_numbers.check(
        number, division=application.organisation.division,
        founded_on=founded if isinstance(founded, dt.date) else None,
        submitted_on=clock.day_of(application.submitted_at or row.exchange.made_at), year=application.call.year,
    )  # fmt: skip
    faults = [
        RowFault(f"number-{one.what}", _FAULTS[one.what], {"found": one.found, "expected": one.expected}, one.malformed)
        for one in found
    ]
    if not any(one.hard for one in faults) and registering.taken(application, sme_numbers.parse(number)):
        faults.append(_TAKEN)
    return faults


def take_platform(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    """A number is registered as the application goes on, in one transaction; a refusal ends it with its reason."""
    if answer.outcome != "number":
        _advance(row, "refused", answer, by, at)
        return
    if row.application is None:
        return
    moved = advance(
        application=row.application, name="numbered", at=at, by=by, expect=row.exchange.stage or "-",
        details={"exchange": row.exchange_id, "row": row.pk, "number": answer.values["number"]},
    )  # fmt: skip
    if moved is not None:
        _register(row, answer, by, at)


def _register(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    assert row.application is not None
    try:
        registering.register(
            application=row.application, number=str(answer.values["number"]), row=row, by=by, at=at,
            document_number=answer.document_number, document_date=answer.document_date,
        )  # fmt: skip
    except BadValue as bad:
        raise NotAllowed(Refused("number-form", bad.message)) from None


def change_platform(row: ExchangeRow, answer: Answer, by: User, at: dt.datetime) -> None:
    """The platform corrects itself: another number for the enterprise, or a number after all."""
    known = Recognition.objects.filter(application=row.application_id).first()
    if known is not None:
        registering.correct(
            recognition=known, number=str(answer.values["number"]), row=row, by=by, at=at,
            reason=str(answer.values.get("reason", "")), document_number=answer.document_number,
            document_date=answer.document_date,
        )  # fmt: skip
        return
    reopen(row, by, at, str(answer.values.get("reason", "")))
    take_platform(row, answer, by, at)


def may_change_platform(row: ExchangeRow, answer: Answer) -> Refused | None:
    """A number that is registered is not taken away by a late refusal."""
    if answer.outcome == "number":
        return None
    return may_change(row, answer)


# ---------------------------------------------------------------------- declarations
# tidui: data
# Headings and words of the files are the same in whichever language the page is read.
_NUMBER = Column("number", Pair("受理编号", "application no."), "code", width=18)
_DIVISION = Column("division", Pair("行政区划代码", "division"), "code", width=12)
_PLACE = Column("place", Pair("行政区划", "place"), width=14)
_YEAR = Column("year", Pair("所评会计年度", "fiscal year assessed"), "int", width=12)
_SALES = Column("sales_revenue", Pair("销售收入(元)", "sales revenue (yuan)"), "money", width=18)
_COST = Column("total_cost", Pair("成本费用总额(元)", "total cost and expense (yuan)"), "money", width=18)
_RD = Column("rd_deductible", Pair("可加计扣除研发费用(元)", "deductible R&D (yuan)"), "money", width=20)

TAX: Final = exchanging.define(
    Purpose(
        name="tax", layout="1", partner_kind=OrganisationKind.TAX, days=10, order=10, fits=_verifies,
        title=Pair("税务核验清单", "list for tax verification"),
        lead=Pair("请税务部门核对征收方式、收入和研发费用。", "The tax side compares collection, revenue and R&D."),
        columns=(
            _NUMBER, _DIVISION, _PLACE, _YEAR,
            Column("audit_collection", Pair("查账征收", "audit collection"), "bool", width=10),
            _SALES, _COST, _RD,
        ),
        outcomes=(
            Outcome("verified", Pair("相符", "agrees"), "good", also=("核验通过", "一致")),
            Outcome("differs", Pair("不符", "differs"), "bad", needs=("reason",), also=("不一致",)),
        ),
        write_row=tax_row, apply_row=take_tax, change_row=change_tax, may_change=may_change,
    )
)  # fmt: skip

TAX_AFTER: Final = exchanging.define(
    Purpose(
        name="tax-relief", layout="1", partner_kind=OrganisationKind.TAX, days=20, order=30, fits=_reports_relief,
        title=Pair("赋号企业享受税收优惠清单", "list of the relief that numbered enterprises enjoyed"),
        lead=Pair("请反馈加计扣除优惠享受情况；不影响已取得的编号。", "Relief enjoyed; numbers are not affected."),
        columns=(
            _NUMBER, _DIVISION, _PLACE, _YEAR,
            Column("sme_number", Pair("入库登记编号", "registration number"), "code", width=22),
        ),
        outcomes=(
            Outcome("enjoyed", Pair("已享受", "enjoyed"), "good", needs=("amount",)),
            Outcome("not_enjoyed", Pair("未享受", "not enjoyed"), "neutral"),
        ),
        answers=(Column("amount", Pair("加计扣除额(元)", "amount deducted (yuan)"), "money", width=18),),
        write_row=relief_row, apply_row=take_relief,
    )
)  # fmt: skip

PLATFORM_LIST: Final = exchanging.define(
    Purpose(
        name="platform", layout="1", days=15, order=20, fits=_numbers,
        title=Pair("国家平台登记清单", "list for the national platform"),
        lead=Pair("报送国家平台，由平台赋予入库登记编号。", "Goes to the national platform, which gives the numbers."),
        columns=(
            _NUMBER, _DIVISION, _PLACE,
            Column("call_year", Pair("评价年度", "year of evaluation"), "int", width=10),
            _YEAR,
            Column("established_on", Pair("成立日期", "founded on"), "date", width=12),
            Column("submitted_on", Pair("自评提交日期", "submitted on"), "date", width=14),
            Column("industry", Pair("国民经济行业代码", "industry"), "code", width=12),
            Column("field", Pair("技术领域代码", "field of technology"), "code", width=12),
            Column("score", Pair("综合得分", "score"), width=10),
            Column("employees", Pair("职工总数", "staff"), "int", width=10),
            Column("st_staff", Pair("科技人员数", "S&T staff"), "int", width=10),
            _SALES, _COST,
            Column("total_assets", Pair("资产总额(元)", "total assets (yuan)"), "money", width=18),
            _RD,
            Column("ip_class1", Pair("I类知识产权", "class I IP"), "int", width=10),
            Column("ip_class2", Pair("II类知识产权", "class II IP"), "int", width=10),
        ),
        outcomes=(
            Outcome("number", Pair("赋号", "numbered"), "good", needs=("number",), also=("登记", "已登记")),
            Outcome("refused", Pair("不予登记", "refused"), "bad", needs=("reason",), also=("退回",)),
        ),
        answers=(
            Column(
                "number", Pair("入库登记编号", "registration number"), "code", width=24, distinct=True, most=40,
                help=Pair("18位，按文本填写。", "18 characters, as text."),
            ),
        ),
        write_row=platform_row, read_row=check_number, apply_row=take_platform, change_row=change_platform,
        may_change=may_change_platform,
    )
)  # fmt: skip


@exchanging.when_answered
def follow(batch: Batch, at: dt.datetime) -> None:
    """The batch is where its applications are."""

    batching.follow(batch, at)
