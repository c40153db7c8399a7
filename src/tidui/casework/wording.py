"""What findings say, in the language of the page. Another organisation is never named here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.casework.checks import key_of
from tidui.casework.models import Finding
from tidui.facts import catalogue
from tidui.facts import wording as fault_words
from tidui.facts.faults import Fault
from tidui.kit import formats, lang
from tidui.registry.enums import Acquisition, Source
from tidui.registry.layout import label_of
from tidui.registry.showing import shown
from tidui.registry.values import of_plain

Params = Mapping[str, Any]

def said(finding: Finding) -> str:
    """What a finding says, in a sentence."""
    params = finding.params
    word = params.get("word", "")
    made = _WORDS.get(word)
    return made(params, finding) if made is not None else str(finding.get_kind_display())


def field_label(field: str) -> str:
    """What a field of the form is called: a fact with its year."""
    name, year = key_of(field)
    if name not in catalogue.load():
        return field
    label = label_of(name)
    return label if year is None else _("%(year)s年%(label)s") % {"year": year, "label": label}


def value_words(field: str, plain: Any) -> str:
    """A value as JSON holds it, in words."""
    name, _year = key_of(field)
    return shown(name, of_plain(catalogue.load()[name], plain), "auto")


def source_words(source: str) -> str:
    """Where a fact comes from."""
    return str(dict(Source.choices).get(source, "")) or _("档案")


# ---------------------------------------------------------------------- the wordings
def _property_shared(params: Params, finding: Finding) -> str:
    return _("%(number)s（%(name)s）另有 %(n)d 家单位登记。") % params


def _property_listed(params: Params, finding: Finding) -> str:
    return _("%(row)s %(number)s（%(name)s）在另外 %(n)d 家单位的申报中也列出。") % params


def _staff_listed(params: Params, finding: Finding) -> str:
    return _("研发人员名单中有 %(count)d 人与另外 %(n)d 家单位的名单同名：%(names)s。") % (
        dict(params) | {"names": formats.listed(params["names"])}
    )


def _property_joint(params: Params, finding: Finding) -> str:
    return _("%(number)s（%(name)s）由权利人中的另外 %(n)d 家单位同时登记，为共有。") % params


def _property_bought(params: Params, finding: Finding) -> str:
    return _(
        "%(number)s（%(name)s）以%(acquisition)s方式取得，%(day)s才登记，距提交不足 %(months)d 个月；"
        "登记册没有转让日期，请核对转让合同。"
    ) % {
        "number": params["number"], "name": params["name"], "months": params["months"],
        "acquisition": dict(Acquisition.choices).get(params["acquisition"], ""),
        "day": formats.day(params["entered_on"]),
    }  # fmt: skip


def _people_same(params: Params, finding: Finding) -> str:
    return _("联系人%(person)s及其电话也是另外 %(n)d 家单位的联系人。") % params


def _contact_same(params: Params, finding: Finding) -> str:
    return _("联系电话 %(phone)s 也是另外 %(n)d 家单位的联系电话，可能由同一中介代办。") % params


def _text_copied(params: Params, finding: Finding) -> str:
    return _("“%(question)s”有 %(percent)d%% 与另一单位的申报相同。") % {
        "question": lang.of_label(params["question"]), "percent": params["percent"],
    }  # fmt: skip


def _fault(params: Params, finding: Finding) -> str:
    fault = Fault(finding.place, params["message"], params["instead"] or None, level="warning")
    worded = fault_words.said(fault, "zh" if lang.active() == "zh" else "en")
    return formats.labelled(worded.message, worded.instead) if worded.instead else worded.message


def _slip_peers(params: Params, finding: Finding) -> str:
    return _(
        "%(field)s %(value)s，折合每名职工 %(own)s，其他企业的中位数为 %(usual)s，相差约一万倍：是否把万元与元填错？"
    ) % {
        "field": field_label(params["field"]), "value": value_words(params["field"], params["value"]),
        "own": formats.money(params["own_fen"]), "usual": formats.money(params["usual_fen"], "auto"),
    }  # fmt: skip


def _field(params: Params) -> dict[str, Any]:
    found = {"field": field_label(params["field"]), "value": value_words(params["field"], params["value"])}
    for name in ("before", "accepted", "tax"):
        if name in params:
            found[name] = value_words(params["field"], params[name])
    return found


def _last(text: Any) -> Callable[[Params, Finding], str]:
    return lambda params, finding: str(text) % (_field(params) | {"percent": params["percent"]})


def _file_differs(params: Params, finding: Finding) -> str:
    return _("%(field)s所填为 %(value)s，档案现值为 %(accepted)s（来源：%(source)s）。") % (
        _field(params) | {"source": source_words(params["source"])}
    )


def _file_replaced(params: Params, finding: Finding) -> str:
    return _("%(field)s此前填报为 %(accepted)s，本次改为 %(value)s。") % _field(params)


def _tax(text: Any) -> Callable[[Params, Finding], str]:
    return lambda params, finding: str(text) % (_field(params) | {"percent": params["percent"]})


def _limit_open(params: Params, finding: Finding) -> str:
    return _("%(year)s年度已有另一份同类申报（%(number)s），每年只受理一份。") % {
        "year": params["year"], "number": params["number"],
    }  # fmt: skip


def _limit_holds(params: Params, finding: Finding) -> str:
    status = lang.of_label(params["status"])
    if not params["until_on"]:
        return _("该单位已具有%(status)s资格，%(year)s年内有效。") % {"status": status, "year": params["year"]}
    day = formats.day(dt.date.fromisoformat(params["until_on"]))
    return _("该单位已具有%(status)s资格，有效至%(day)s。") % {"status": status, "day": day}


def _flag(params: Params, finding: Finding) -> str:
    return _("%(label)s（依据：%(cites)s）") % {
        "label": lang.of_label(params["label"]), "cites": formats.listed(params["cites"]) or _("本地口径"),
    }  # fmt: skip


def _flag_reason(params: Params, finding: Finding) -> str:
    return _("%(label)s：%(reason)s（依据：%(cites)s）") % {
        "label": lang.of_label(params["label"]), "reason": lang.of_label(params["reason"]),
        "cites": formats.listed(params["cites"]),
    }  # fmt: skip


def _joint_hit(params: Params, finding: Finding) -> str:
    return _("%(purpose)s：%(partner)s反馈有记录。%(reason)s") % {
        "purpose": lang.of_label(params["purpose"]), "partner": params["partner"] or _("联审部门"),
        "reason": params["reason"],
    }  # fmt: skip


_WORDS: Final[Mapping[str, Callable[[Params, Finding], str]]] = {
    "property_shared": _property_shared, "property_joint": _property_joint, "property_bought": _property_bought,
    "property_listed": _property_listed, "staff_listed": _staff_listed,
    "people_same": _people_same, "contact_same": _contact_same, "text_copied": _text_copied, "fault": _fault,
    "slip_peers": _slip_peers, "file_differs": _file_differs, "file_replaced": _file_replaced,
    "last_more": _last(gettext_lazy("%(field)s %(value)s，比上年的 %(before)s 多 %(percent)d%%。")),
    "last_less": _last(gettext_lazy("%(field)s %(value)s，比上年的 %(before)s 少 %(percent)d%%。")),
    "tax_differs": _tax(gettext_lazy("%(field)s所填为 %(value)s，税务部门的数据为 %(tax)s，相差 %(percent)s%%。")),
    "tax_other": _tax(gettext_lazy("%(field)s所填为 %(value)s，税务部门的数据为 %(tax)s。")),
    "tax_items": _tax(
        gettext_lazy("%(field)s所填为 %(value)s，按纳税申报各项计算为 %(tax)s，相差 %(percent)s%%。")
    ),
    "tax_mean": _tax(
        gettext_lazy(
            "%(field)s所填为 %(value)s，纳税申报的季度平均值为 %(tax)s，相差 %(percent)s%%，口径不同，请核对。"
        )
    ),
    "limit_open": _limit_open, "limit_holds": _limit_holds, "flag": _flag, "flag_reason": _flag_reason,
    "joint_hit": _joint_hit,
}  # fmt: skip
