"""The printed application 申报书: what stands in it, and the mark by which its stamped pages are known again.

Every page of what was submitted carries the version of the form and the beginning of the submission's digest. A draft
carries no mark but a watermark: nothing can be stamped that was not submitted. The paper is in Chinese, in whatever
language the pages are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from tidui.casework import explaining, form, judging, tables_print
from tidui.casework.models import Application, Attachment, Submission
from tidui.casework.programme import Programme, programme
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key
from tidui.kit import clock, formats, lang, pdf
from tidui.kit.lists import division_name
from tidui.policies import words
from tidui.registry import showing
from tidui.registry.layout import label_of
from tidui.registry.values import of_plain

TEMPLATE: Final = Path(__file__).parent / "typst" / "application.typ"
#: Characters of the digest that are printed.
SHORT: Final = 8
_VERDICTS: Final = {"pass": "✓", "fail": "×", "unknown": "?", "not_needed": "—"}


def mark_of(submission: Submission) -> str:
    """The version mark of a submission: `2022-9F3A11BC`."""
    version = submission.form_version or programme(submission.application.programme).form.version
    return f"{version}-{submission.digest[:SHORT].upper()}"


def same_mark(typed: str, mark: str) -> bool:
    """Does what a person typed name this mark? Spaces, dashes, widths and small letters do not matter."""
    return _bare(typed) == _bare(mark)


def _bare(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def of_submission(submission: Submission) -> bytes:
    """The PDF of a submission: the same bytes whenever it is printed. Not to be called in a transaction."""
    with translation.override("zh-hans"):
        return pdf.render(TEMPLATE, submitted(submission), at=submission.submitted_at)


def of_draft(application: Application) -> bytes:
    """The PDF of what is being written, with the watermark of a draft. Not to be called in a transaction."""
    with translation.override("zh-hans"):
        return pdf.render(TEMPLATE, drafted(application))


# ---------------------------------------------------------------------- what stands in it
def submitted(submission: Submission) -> dict[str, Any]:
    """The content of the paper for a submission."""
    application = submission.application
    owner, facts = programme(application.programme), judging.facts_of(submission)
    mark = mark_of(submission)
    differs = {one["field"]: one["accepted"] for one in submission.differs}
    held = application.attachments.filter(submission__number__lte=submission.number).exclude(
        removed_at__lte=submission.submitted_at
    )
    return _paper(
        application, owner, facts, submission.year, submission.answers, submission.result, list(_evidence(owner, held)),
        stated=submission.stated, differs=differs,
    ) | {
        "draft": "", "mark": mark,
        "foot": _("版本标识 %(mark)s · 第 %(number)s 次提交") % {"mark": mark, "number": submission.number},
        "day": _("提交时间：%(at)s") % {"at": formats.moment(submission.submitted_at)},
        "digest": _("内容摘要（SHA-256）：%(digest)s") % {"digest": submission.digest},
    }  # fmt: skip


def drafted(application: Application) -> dict[str, Any]:
    """The content of the paper for what is being written: what cannot be read yet is left open."""
    view = form.form_of(application)
    found = form.read(view.programme, view.texts, view.year, view.unit, without=view.left_out)
    facts = view.facts_with(found.stated)
    told = judging.judge(view.programme.policy, facts, on=clock.today(), year=view.year)
    held = application.attachments.filter(removed_at__isnull=True)
    if application.agency is None:
        application.agency = form.chosen_agency(view)  # only chosen on the form yet; not saved
    return _paper(
        application, view.programme, facts, view.year, found.answers | tables_print.drafted(application), told.result,
        list(_evidence(view.programme, held)), stated={}, differs={},
    ) | {
        "draft": _("草稿"), "mark": "", "foot": _("草稿，尚未提交，不能用于盖章"),
        "day": _("打印时间：%(at)s") % {"at": formats.moment(clock.now())}, "digest": "",
    }  # fmt: skip


def _paper(
    application: Application, owner: Programme, facts: FactSet, year: int, answers: Mapping[str, Any],
    result: Mapping[str, Any], evidence: list[list[str]], *, stated: Mapping[str, Any], differs: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    organisation = application.organisation
    asked, groups = set(), []
    for group in owner.form.asked:
        keys = [_key(name, year - (group.back or 0)) for name in group.facts]
        asked.update(keys)
        title = str(group.title) if group.back is None else _("%(title)s（%(year)s 年）") % {
            "title": group.title, "year": year - group.back,
        }  # fmt: skip
        groups.append({"title": title, "rows": [_row(key, facts, differs) for key in keys]})
    rest = [key for key in map(_of_path, sorted(stated)) if key is not None and key not in asked]
    if rest:
        groups.append({"title": _("其他指标"), "rows": [_row(key, facts, differs) for key in rest]})
    cover = [
        [_("企业名称"), organisation.name], [_("统一社会信用代码"), organisation.uscc or formats.NOTHING],
        [_("行政区划"), division_name(organisation.division)],
        [_("推荐单位"), application.unit.name if application.unit else _("省科技厅")],
    ]  # fmt: skip
    if owner.agency:
        cover.append([_("评价机构"), application.agency.name if application.agency else formats.NOTHING])
    cover.append([_("受理编号"), application.number or formats.NOTHING])
    return {
        "title": _("%(programme)s申报书") % {"programme": owner.title}, "call": application.call.title,
        "year": _("%(year)s 年度") % {"year": application.call.year}, "author": organisation.name,
        "cover": cover, "groups": groups, "questions": _questions(owner, answers), "evidence": evidence,
        "tables": tables_print.content(owner, answers),
        "result": _result(result), "pledge": str(owner.form.pledge or ""), "labels": _labels(),
        "form": _("表单版本 %(version)s") % {"version": owner.form.version},
    }  # fmt: skip


def _key(name: str, year: int) -> Key:
    return (name, year) if catalogue.load()[name].yearly else (name, None)


def _of_path(path: str) -> Key | None:
    name, _dot, year = path.partition(".")
    return (name, int(year) if year else None) if name in catalogue.load() else None


def _row(key: Key, facts: FactSet, differs: Mapping[str, Any]) -> list[str]:
    name, year = key
    path = name if year is None else f"{name}.{year}"
    note = ""
    if path in differs:
        accepted = of_plain(catalogue.load()[name], differs[path])
        note = _("档案现值：%(value)s") % {"value": showing.shown(name, accepted)}
    return [label_of(name), showing.shown(name, facts.get(*key)), note]


def _questions(owner: Programme, answers: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for one in owner.form.questions:
        value = answers.get(one.name, "")
        if one.sealed and value:
            value = _("已填写，不打印")
        if one.kind == "tick":
            value = formats.yes_no(bool(value))
        elif one.options:
            value = next((str(label) for code, label in one.options if code == value), value)
        rows.append([str(one.title), str(value) or formats.NOTHING])
    return rows


def _evidence(owner: Programme, held: Any) -> Iterator[list[str]]:
    """The list of attachments: which, its file, size, the beginning of its digest, when."""
    titles = {one.name: str(one.title) for one in owner.form.evidence}
    rows: Sequence[Attachment] = held.filter(evidence__in=titles).select_related("file").order_by("evidence", "pk")
    for row in rows:
        yield [
            titles[row.evidence], row.file.name, formats.number(-(-row.file.size // 1024)) + " KB",
            row.file.sha256[:SHORT].upper(), formats.day(row.added_at, short=True),
        ]  # fmt: skip


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules say: the verdict, the parts of the score with their articles, the conditions, what is unknown."""
    score = result.get("score")
    language: Callable[[Mapping[str, str]], str] = lang.of_label
    verdict = {"pass": _("符合"), "fail": _("不符合"), "unknown": _("待查明")}.get(result.get("verdict") or "", "")
    parts = [
        [language(one["label"]), _points(one), f"{one['max']:g}", _cites(one)] for one in (score or {}).get("parts", ())
    ]
    conditions = [
        [language(one["label"]), _VERDICTS[one["verdict"]], "\n".join(_lines(one)), _cites(one)]
        for one in result["conditions"]
    ]
    return {
        "policy": language(result["title"]), "on": formats.day(result["on"]),
        "year": _("%(year)s 年") % {"year": result["fiscal_year"]},
        "verdict": verdict, "score": _points(score) if score else "", "most": f"{score['max']:g}" if score else "",
        "parts": parts, "conditions": conditions,
        "missing": [words.fact_label(one["fact"], lang.active()) for one in result["missing"] if one["matters"]],
        "basis": _("依据 %(policy)s（版本 %(version)s，摘要 %(hash)s）")
        % {"policy": language(result["title"]), "version": result["version"], "hash": result["hash"][:12]},
    }  # fmt: skip


def _lines(condition: Mapping[str, Any]) -> Iterator[str]:
    """The comparisons of a condition; of one that is not met only those that fail."""
    unmet = condition["verdict"] in ("fail", "unknown")
    tests = condition["tests"]
    return explaining.comparisons(one for one in tests if not unmet or one["verdict"] == condition["verdict"])


def _points(part: Mapping[str, Any]) -> str:
    low, high = part["low"], part["high"]
    if low is None or high is None:
        return "?"
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _cites(one: Mapping[str, Any]) -> str:
    return _("；").join(one["cites"])


def _labels() -> dict[str, str]:
    return {
        "facts": _("一、填报内容"), "questions": _("二、其他内容"), "evidence": _("三、证明材料目录"),
        "result": _("四、自评结果"), "pledge": _("五、承诺"), "fact": _("指标"), "value": _("填报值"),
        "note": _("说明"),
        "item": _("项目"), "points": _("得分"), "most": _("满分"), "cites": _("依据"), "condition": _("条件"),
        "met": _("结论"), "detail": _("比对"), "paper": _("材料"), "file": _("文件"), "size": _("大小"),
        "digest": _("摘要"), "added": _("上传日期"), "none": _("没有上传证明材料。"), "verdict": _("自评结论"),
        "score": _("自评得分"), "assessed": _("所评会计年度"), "on": _("截至"),
        "missing": _("尚不清楚且影响结论的指标："),
        "seal": _("申报单位（盖章）："), "legal": _("法定代表人（签字）："), "date": _("年　　月　　日"),
        "mark": _("版本标识"),
    }  # fmt: skip
