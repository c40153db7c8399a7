"""Letters of refusal: which condition is not met, what the rule says, what the value is and where it comes from, what
would change it, and where to turn.

A letter is made from the newest submission alone: what its rules said then, with the texts that were in force. It is
issued as a document by whoever registers with `issued_by`; a document speaks Chinese, a page its reader's language.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.casework import hooks
from tidui.casework.actions import moving
from tidui.casework.enums import State
from tidui.casework.explaining import FactLine, fact_lines, need_words, shortfall_words, value_words
from tidui.casework.models import Application, Step, Submission
from tidui.casework.programme import REFUSED, Stage, programme
from tidui.kit import formats, lang, parameters, texts
from tidui.policies.library import shelf

_WORD: Final = re.compile(r"[a-z_]+")
REVIEW_DAYS: Final = parameters.define(
    "casework.review_days", gettext_lazy("不予通过：申请复核的工作日数"), "int", 15, low=1, high=60,
    help=gettext_lazy("告知书写明的复核期限，为本厅设定。"),
).name  # fmt: skip
CONTACT: Final = parameters.define(
    "casework.contact", gettext_lazy("告知书上的咨询电话、地址"), "text", ""
).name
REMEDIES: Final = texts.define(
    "casework.remedies", gettext_lazy("不予通过告知书：复核和救济途径（本厅文本）"),
    zh=(
        "复核和救济途径",
        "复核：对本结果有异议的，可以自收到本告知书之日起{days}个工作日内向{department}书面申请复核，并附证明材料。\n"
        "行政复议：认为本结果侵犯合法权益的，可以自知道之日起六十日内依法申请行政复议。\n"
        "行政诉讼：也可以自知道之日起六个月内依法向人民法院提起行政诉讼。\n"
        "再次申报：补足未达到的条件后，可以在下一次受理期间重新申报。",
    ),
    en=(
        "Review and remedies",
        "Review: whoever disagrees may ask {department} in writing for a review, with evidence, within {days} working "
        "days of receiving this letter.\n"
        "Administrative reconsideration: within sixty days of learning of the result.\n"
        "Administrative litigation: within six months of learning of the result.\n"
        "Applying again: once the conditions that were not met are met, in the next period.",
    ),
    placeholders={"days": gettext_lazy("复核工作日数"), "department": gettext_lazy("省科技厅")},
).key  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One requirement that is not met, or of which it could not be seen that it is (`known` False)."""

    condition: str
    label: str
    article: str
    rule: str
    value: str
    change: str
    known: bool = True
    facts: tuple[FactLine, ...] = ()
    house: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the score."""

    label: str
    points: str
    most: str
    article: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A refusal as data; every text is in the language that was active when it was made."""

    title: str
    to: str
    number: str
    programme: str
    submitted_on: dt.date
    policy: str
    documents: str
    stage: str
    reason: str
    points: tuple[Point, ...]
    score: tuple[Part, ...]
    remedies: tuple[str, ...]
    turn_to: tuple[str, ...]
    year: int

    @property
    def failing(self) -> tuple[Point, ...]:
        """The requirements that are not met."""
        return tuple(one for one in self.points if one.known)

    @property
    def open(self) -> tuple[Point, ...]:
        """The requirements of which it is not known whether they are met."""
        return tuple(one for one in self.points if not one.known)


def refusal(application: Application, *, reason: str | None = None, step: Step | None = None) -> Letter:
    """The letter of refusal of an application, or as it would be with this reason. LookupError before a submission."""
    submission = application.submissions.order_by("-number").first()
    if submission is None:
        raise LookupError(f"application {application.pk} was never submitted")
    if step is None and application.state == State.REFUSED:
        step = application.steps.filter(to=REFUSED).order_by("-number").first()
    owner = programme(application.programme)
    found = submission.result
    stage = _stage(owner.stages, step.stage if step is not None else application.stage)
    return Letter(
        title=_("%(programme)s不予通过告知书") % {"programme": owner.title}, to=application.organisation.name,
        number=application.number or "", programme=str(owner.title), submitted_on=submission.on,
        policy=lang.of_label(found["title"]), documents=_documents(submission), stage=stage,
        reason=(step.reason if step is not None else "") if reason is None else reason.strip(),
        points=tuple(_points(submission)), score=tuple(_score(found)), remedies=tuple(_remedies(submission.on)),
        turn_to=tuple(_turn_to(application)), year=submission.year,
    )  # fmt: skip


def _stage(stages: tuple[Stage, ...], name: str) -> str:
    return next((str(one.title) for one in stages if one.name == name), name)


def _documents(submission: Submission) -> str:
    """The number of the measure whose version decided."""
    version = shelf().version_for(submission.policy, on=submission.on, year=submission.year)
    content = shelf().file(version)
    return _("%(document)s，适用版本自%(day)s起") % {
        "document": content.document, "day": formats.day(dt.date.fromisoformat(submission.policy_version)),
    }  # fmt: skip


# ---------------------------------------------------------------------- conditions
def _points(submission: Submission) -> Iterator[Point]:
    for condition in submission.result["conditions"]:
        verdict = condition["verdict"]
        if verdict in ("fail", "unknown"):
            yield from _of_condition(condition, verdict, submission)


def _of_condition(condition: Mapping[str, Any], verdict: str, submission: Submission) -> Iterator[Point]:
    label = lang.of_label(condition["label"])
    house = lang.of_label(condition["house_default"]) if condition["house_default"] else ""
    tests = [test for test in condition["tests"] if test["verdict"] == verdict]
    if condition["join"] == "any":
        yield _choice(condition, label, verdict == "fail", house)
        return
    if not tests:
        yield _point(condition, None, label, verdict == "fail", house, submission)
        return
    for test in tests:
        yield _point(condition, test, label, verdict == "fail", house, submission)


def _choice(condition: Mapping[str, Any], label: str, known: bool, house: str) -> Point:
    """A condition that any one of several things meets."""
    ways = [lang.of_label(test["label"]) for test in condition["tests"] if test["label"]]
    return Point(
        condition="", label=label, article=formats.listed(condition["cites"]), known=known, house=house,
        rule=_("具备下列之一：%(what)s") % {"what": formats.listed(ways)} if ways else label,
        value=_("均不具备") if known else _("尚未查明"),
        change=_("具备其中一项后可以再次申报。") if known else _("如具备其中一项，请补充证明材料。"),
    )  # fmt: skip


def _point(
    condition: Mapping[str, Any], test: Mapping[str, Any] | None, label: str, known: bool, house: str,
    submission: Submission,
) -> Point:  # fmt: skip
    named = lang.of_label(test["label"]) if test is not None and test["label"] else label
    cites = (test["cites"] if test is not None else None) or condition["cites"]
    text = str(test["text"]) if test is not None else ""
    facts = tuple(fact_lines(condition["facts"], text, submission))
    compared = test is not None and test["relation"] and test["threshold"] is not None
    unit = facts[0].unit if compared and len(facts) == 1 else _("分") if "score" in _WORD.findall(text) else ""
    return Point(
        condition=label if label != named else "", label=named, article=formats.listed(cites), known=known,
        rule=need_words(test["relation"], test["threshold"], unit) if test is not None and compared else named,
        value=value_words(test["value"], unit) if test is not None and compared else _values(facts, known),
        change=_change(test, named, facts, known, unit), facts=facts, house=house,
    )  # fmt: skip


def _values(facts: tuple[FactLine, ...], known: bool) -> str:
    if not facts:
        return _("不符合") if known else _("尚未查明")
    return formats.listed(formats.labelled(one.label, one.value) for one in facts)


def _change(
    test: Mapping[str, Any] | None, label: str, facts: tuple[FactLine, ...], known: bool, unit: str
) -> str:
    """What would change it."""
    if not known:
        missing = [one.label for one in facts if one.missing]
        return _("请补充：%(what)s。") % {"what": formats.listed(missing)} if missing else _("请补充证明材料。")
    if test is not None and test["relation"] and test["shortfall"] is not None:
        return shortfall_words(test["relation"], test["shortfall"], unit)
    return _("达到“%(label)s”的要求后可以再次申报。") % {"label": label}


def _score(found: Mapping[str, Any]) -> Iterator[Part]:
    """The parts of the score, where a condition on the score is among those that are not met."""
    score = found["score"]
    if score is None or all(part["low"] == part["max"] for part in score["parts"]):
        return
    if not any(_reads_score(condition) for condition in found["conditions"]):
        return
    for part in score["parts"]:
        ends = [formats.number(part[end]) if part[end] is not None else "?" for end in ("low", "high")]
        yield Part(
            lang.of_label(part["label"]), ends[0] if ends[0] == ends[1] else "–".join(ends),
            formats.number(part["max"]), formats.listed(part["cites"]),
        )


def _reads_score(condition: Mapping[str, Any]) -> bool:
    words = (_WORD.findall(str(test["text"])) for test in condition["tests"])
    return condition["verdict"] in ("fail", "unknown") and any("score" in found for found in words)


# ---------------------------------------------------------------------- where to turn
def _remedies(on: dt.date) -> list[str]:
    days = parameters.get(REVIEW_DAYS, on)
    said = texts.render(REMEDIES, get_language() or "zh-hans", {"days": days, "department": moving.department().name})
    return [line.strip() for line in said.body.splitlines() if line.strip()]


def _turn_to(application: Application) -> Iterator[str]:
    yield moving.department().name
    if application.unit is not None:
        yield _("推荐单位：%(name)s") % {"name": application.unit.name}
    if application.agency is not None:
        yield _("评价机构：%(name)s") % {"name": application.agency.name}
    contact = parameters.get(CONTACT).strip()
    if contact:
        yield contact


# ---------------------------------------------------------------------- as a document
def content(letter: Letter) -> dict[str, Any]:
    """The letter in the layout of documents: addressee, paragraphs, tables. Made in the language that is active."""
    lead = _(
        "你单位于%(day)s提交的%(programme)s申报（%(number)s），经“%(stage)s”环节审核，未予通过。"
    ) % {
        "day": formats.day(letter.submitted_on), "programme": letter.programme, "number": letter.number,
        "stage": letter.stage,
    }  # fmt: skip
    basis = _("依据：%(policy)s（%(documents)s），所评会计年度为%(year)s年。") % {
        "policy": letter.policy, "documents": letter.documents, "year": letter.year,
    }  # fmt: skip
    sections = [{"heading": _("一、决定理由"), "paragraphs": [letter.reason or _("见下列未达到的条件。")]}]
    sections += _tables(letter)
    numerals = _("二 三 四 五 六").split()
    ends = (
        (_("救济途径"), list(letter.remedies), _("以上途径和期限为本厅设定的告知文本，法律、法规另有规定的从其规定。")),
        (_("联系单位"), list(letter.turn_to), ""),
    )
    named = [*((one.pop("title"), one) for one in sections[1:])]
    named += [(title, {"paragraphs": [*lines, *([note] if note else [])]}) for title, lines, note in ends]
    made = [sections[0]]
    for numeral, (title, section) in zip(numerals, named, strict=False):
        made.append({"heading": _("%(numeral)s、%(title)s") % {"numeral": numeral, "title": title}, **section})
    return {"to": letter.to, "lead": [lead, basis], "sections": made}


def _tables(letter: Letter) -> list[dict[str, Any]]:
    columns = [_("条件"), _("规定"), _("依据条款"), _("申报单位情况"), _("数据来源"), _("如何达到")]
    found: list[dict[str, Any]] = []
    for title, points in ((_("未达到的条件"), letter.failing), (_("尚不能认定的条件"), letter.open)):
        if points:
            rows = [[one.label, one.rule, one.article, one.value, _sources(one), one.change] for one in points]
            found.append({"title": title, "columns": columns, "rows": rows, "widths": [20, 20, 22, 22, 18, 24]})
    if letter.score:
        rows = [[one.label, one.points, one.most, one.article] for one in letter.score]
        found.append({
            "title": _("评价得分"), "columns": [_("指标"), _("得分"), _("满分"), _("依据条款")], "rows": rows,
            "widths": [30, 12, 12, 40],
        })  # fmt: skip
    return found


def _sources(point: Point) -> str:
    named = formats.listed(dict.fromkeys(one.source for one in point.facts if one.source))
    return named or (_("按提交的数据计算") if point.known else "")


Issuer = Callable[[Application, Step, str, Mapping[str, Any], User, dt.datetime], object]
_issuers: list[Issuer] = []


def issued_by(issuer: Issuer) -> Issuer:
    """Have `issuer(application, step, title, content, by, at)` issue the letter, in the transaction of the refusal."""
    if issuer not in _issuers:
        _issuers.append(issuer)
    return issuer


@hooks.when_moved
def refused(application: Application, step: Step, at: dt.datetime) -> None:
    """Issue the letter of whatever is refused."""
    if step.to != REFUSED or not _issuers:
        return
    by = step.by or application.call.published_by
    if by is None or not application.submissions.exists():
        return
    with override("zh-hans"):
        letter = refusal(application, step=step)
        made = content(letter)
        for issuer in _issuers:
            issuer(application, step, letter.title, made, by, at)


@dataclass(frozen=True, slots=True)
class Issued:
    """The document that a letter was issued as: its number and address; `url` is empty until there is a page for it."""

    number: str
    url: str


Finder = Callable[[Application], "Issued | None"]
_finders: list[Finder] = []


def found_by(finder: Finder) -> Finder:
    """Have `finder(application)` name the document that the letter of a refused application was issued as."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def document_of(application: Application) -> Issued | None:
    """The document of the letter, if it was issued."""
    return next((one for one in (finder(application) for finder in _finders) if one is not None), None)
