"""The form of an application as its page shows it, and what its texts say.

`form_of` gives the page: groups of cells over the enterprise file, questions, evidence, the agency, what was returned.
`read` gives the values that the texts stand for; `complaints` what is missing for a submission. Both name faults by the
field beside which they are shown.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.casework import judging, tables, writing
from tidui.casework.enums import State
from tidui.casework.models import Application, Attachment, Step, Submission
from tidui.casework.programme import CORRECTION, Evidence, Programme, Question, programme
from tidui.casework.writing import AGENCY, EVIDENCE, NONE_SUFFIX, ON, QUESTION, STAMPED, Texts, fields_of
from tidui.codes.faults import BadValue
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue, slips
from tidui.facts.factset import FactSet, Key
from tidui.facts.faults import Fault
from tidui.kit import clock, files
from tidui.kit.prepared import Prepared
from tidui.registry import checking, property_facts, sheet, showing
from tidui.registry.assessing import Told, told
from tidui.registry.entry import Merged
from tidui.registry.enums import Source
from tidui.registry.facts import File, by_place, file_of
from tidui.registry.layout import label_of
from tidui.rules.values import NONE, NoneValue, Value

__all__ = [
    "Block", "Correction", "EvidenceRow", "FormCell", "FormView", "Read", "agencies", "attached", "complaints",
    "contradictions", "fields_of", "form_of", "label_of_field", "of_facts", "read",
]  # fmt: skip

_PHONE: Final = re.compile(r"(\+?86[- ]?)?(1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}([- ]\d{1,6})?|[48]00[- ]?\d{3}[- ]?\d{4})")


@dataclass(slots=True)
class FormCell(sheet.Cell):
    """One field of the form; `fact` is empty for a question. `returned`: it was named when the form was sent back."""

    fact: str = ""
    year: int | None = None
    required: bool = False
    most: int = 0
    returned: bool = False
    #: It says what the last application said, and nobody has changed it since.
    carried: bool = False


@dataclass(slots=True)
class Block:
    """Facts or questions under a title."""

    name: str
    title: str
    lead: str
    cells: list[FormCell]


@dataclass(slots=True)
class EvidenceRow:
    """A kind of document that is attached, and what is attached of it."""

    evidence: Evidence
    attached: list[Attachment]
    fault: str = ""
    returned: bool = False

    @property
    def name(self) -> str:
        """As fields to be corrected name it."""
        return EVIDENCE + self.evidence.name

    @property
    def room(self) -> int:
        """How many more may be attached."""
        return max(0, self.evidence.most - len(self.attached))


@dataclass(slots=True)
class Correction:
    """That the form was sent back: by whom, why, and which fields, each with its label."""

    step: Step
    fields: list[tuple[str, str]]


@dataclass(slots=True)
class Read:
    """What a form says: facts (None: not known), answers to its questions, and the faults by field."""

    stated: dict[Key, Value | None] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Told] = field(default_factory=dict)


@dataclass
class FormView:
    """The form of an application, for an assessed year, with money in a unit.

    Its cells are made when they are asked for: who only submits what was typed pays for no page.
    """

    application: Application
    programme: Programme
    year: int
    unit: MoneyUnit
    file: File
    texts: dict[str, str]
    left_out: frozenset[str]
    floor: int = 0

    @property
    def facts(self) -> FactSet:
        """The accepted facts."""
        return self.file.facts

    @cached_property
    def blocks(self) -> list[Block]:
        """The facts that are asked for."""
        blocks = _blocks(self.programme, self.year, self.facts, self.unit, self.left_out, self._origins)
        self._fill(cell for block in blocks for cell in block.cells)
        return blocks

    @cached_property
    def questions(self) -> Block:
        """The form's own questions."""
        cells = [_question_cell(one) for one in self.programme.form.questions]
        self._fill(cells)
        return Block("questions", _("其他内容"), "", cells)

    @cached_property
    def agency(self) -> FormCell | None:
        """The field of the agency, where one is chosen."""
        if not self.programme.agency:
            return None
        cell = _agency_cell(self.agencies)
        self._fill([cell])
        return cell

    @cached_property
    def agencies(self) -> list[Organisation]:
        """The agencies that can be chosen."""
        return agencies() if self.programme.agency else []

    @cached_property
    def evidence(self) -> list[EvidenceRow]:
        """What is attached now."""
        rows = evidence_of(self.application, self.programme)
        for row in rows:
            row.returned = any(name in (row.name, row.evidence.name) for name in self._returned)
        return rows

    @cached_property
    def _origins(self) -> dict[Key, Any]:
        return _origins(self.file, self.programme, self.year)

    @cached_property
    def own(self) -> frozenset[Key]:
        """Facts whose accepted value is what the enterprise itself said: leaving them blank takes that back."""
        return _own(self._origins, self.application.organisation)

    @cached_property
    def _step(self) -> Step | None:
        return _returning_step(self.application)

    @property
    def _returned(self) -> Sequence[str]:
        return self._step.fields if self._step is not None else ()

    @cached_property
    def correction(self) -> Correction | None:
        """That it was sent back, and which of its fields are named in that."""
        return _correction(self, self._step) if self._step is not None else None

    def _fill(self, cells: Iterable[FormCell]) -> None:
        """Put the texts, their versions and what was returned into cells."""
        held = writing.versions(self.application.answers)
        for cell in cells:
            cell.text = self.texts.get(cell.name, "")
            cell.none = self.texts.get(cell.name + NONE_SUFFIX) == ON
            cell.version = held.get(cell.name, self.floor)
            cell.none_version = held.get(cell.name + NONE_SUFFIX, self.floor)
            cell.returned = any(name in _called(cell) for name in self._returned)

    @cached_property
    def cells(self) -> dict[str, FormCell]:
        """All cells by field."""
        found = {cell.name: cell for block in (*self.blocks, self.questions) for cell in block.cells}
        return found | ({AGENCY: self.agency} if self.agency is not None else {})

    @property
    def first_time(self) -> bool:
        """Whether the form has not been submitted yet."""
        return self.application.state == State.DRAFT

    def put(self, texts: Texts) -> None:
        """Show these texts in the fields."""
        self.texts = {**self.texts, **texts}
        drawn = [block for name in ("blocks", "questions") if name in self.__dict__ for block in self._drawn(name)]
        self._fill(cell for block in drawn for cell in block.cells)
        if self.__dict__.get("agency") is not None and self.agency is not None:
            self._fill([self.agency])

    def _drawn(self, name: str) -> list[Block]:
        return self.blocks if name == "blocks" else [self.questions]

    def complain(self, faults: Mapping[str, Told]) -> None:
        """Show faults beside their fields."""
        if not faults:
            return
        cells = self.cells
        for name, fault in faults.items():
            if name in cells:
                cells[name].fault = fault
        for row in self.evidence:
            if row.name in faults:
                row.fault = faults[row.name].message

    def dispute(self, conflicts: Sequence[Any]) -> None:
        """Show beside their fields what others typed meanwhile."""
        for conflict in conflicts:
            self.cells[conflict.name.removesuffix(NONE_SUFFIX)].conflict = conflict

    def facts_with(self, stated: Mapping[Key, Value | None]) -> FactSet:
        """The facts as they would be after the submission of these."""
        changed = {key: value for key, value in stated.items() if value is not None or key in self.own}
        return self.facts.with_values(changed)


# ---------------------------------------------------------------------- the page
def form_of(application: Application, unit: MoneyUnit = "元", *, file: File | None = None) -> FormView:
    """The form of an application with what stands in its fields now: about ten queries, however long the form.

    `file` is that of its enterprise, where it has been read for the same request.
    """
    owner = programme(application.programme)
    file = file or file_of(application.organisation, named=True)
    last = None
    if application.submitted_at is not None:  # kept since the first submission, whatever became of it
        last = application.submissions.order_by("-number").first()
    year = year_of(application, file.facts, last)
    complete = file.enterprise is not None and file.enterprise.property_complete_at is not None
    left_out = frozenset(property_facts.NAMES) if complete else frozenset()
    base = writing.base_texts(
        owner, year, file.facts, unit, last=last, agency=application.agency_id, kept=left_out
    )
    texts = writing.with_answers(base, application.answers, unit)
    return FormView(application, owner, year, unit, file, texts, left_out, writing.floor(last))


def after_saving(view: FormView, year: int, unit: MoneyUnit, merged: Merged) -> FormView:
    """The form anew, after what was sent for a year was saved: with the texts as they were merged.

    Where it is still about that year, these are the texts of all its fields.
    """
    last = None
    if view.application.submitted_at is not None:
        last = view.application.submissions.order_by("-number").first()
    if year_of(view.application, view.facts, last) == year:
        again = dataclasses.replace(view, year=year, unit=unit, texts=dict(merged.texts), floor=writing.floor(last))
    else:
        again = form_of(view.application, unit, file=view.file)
        again.put({name: text for name, text in merged.texts.items() if name in again.texts})
    if merged.conflicts:
        again.dispute([one for one in merged.conflicts if one.name.removesuffix(NONE_SUFFIX) in again.cells])
    return again


def year_of(application: Application, facts: FactSet, last: Submission | None) -> int:
    """The fiscal year that the form is about, with the founding day as it is typed now."""
    key: Key = ("established_on", None)
    typed = application.answers.get("established_on")
    founded = facts.get(*key)
    if typed is not None:
        try:
            founded = writing.read_fact("established_on", typed["text"], "元")
        except BadValue:
            founded = None
    elif last is not None:
        founded = judging.facts_of(last).get(*key)
    # The year follows from the day of the founding alone.
    known = FactSet.of({key: founded}) if founded is not None else FactSet.of({})
    return judging.year_of(application, known, clock.today())


def _blocks(
    owner: Programme, year: int, facts: FactSet, unit: MoneyUnit, left_out: frozenset[str], origins: Mapping[Key, Any]
) -> list[Block]:
    known = catalogue.load()
    blocks = []
    for number, asked in enumerate(owner.form.asked, start=1):
        cells = []
        for name in asked.facts:
            of = year - (asked.back or 0) if known[name].yearly else None
            cells.append(_fact_cell(name, of, facts, unit, name in left_out, origins.get((name, of))))
        title = str(asked.title)
        if asked.back is not None:
            title = _("%(title)s（%(year)s 年）") % {"title": title, "year": year - asked.back}
        blocks.append(Block(f"group{number}", title, str(asked.lead or ""), cells))
    return blocks


def _fact_cell(
    name: str, year: int | None, facts: FactSet, unit: MoneyUnit, readonly: bool, origin: Any
) -> FormCell:
    value = facts.get(name, year)
    before = facts.values.get((name, year - 1)) if year is not None else None
    return FormCell(
        name=writing.field_of(name, year), accepted=showing.shown(name, value), known=value is not None,
        none=isinstance(value, NoneValue), fact=name, year=year, readonly=readonly, origin=origin,
        last_year=showing.shown(name, before) if before is not None else "", **sheet.shape_of(name, unit),
    )  # fmt: skip


_WIDGETS: Final = {"text": "lines", "choice": "choice", "tick": "tick"}


def _question_cell(question: Question) -> FormCell:
    options = [("", ""), *((code, str(label)) for code, label in question.options)] if question.options else []
    return FormCell(
        name=QUESTION + question.name, label=str(question.title), help=str(question.help or ""), kind="text",
        widget=_WIDGETS.get(question.kind, "line"), unit="", accepted="", known=False, options=options,
        required=question.required, most=question.most,
    )  # fmt: skip


def _agency_cell(offered: Sequence[Organisation]) -> FormCell:
    return FormCell(
        name=AGENCY, label=_("评价机构"), help=_("由其审核您填报的内容；提交后不能更换。"), kind="code",
        widget="choice", unit="", accepted="", known=False, required=True,
        options=[("", ""), *((str(one.pk), one.name) for one in offered)],
    )  # fmt: skip


def agencies() -> list[Organisation]:
    """The evaluation agencies that an applicant can choose: those that are at work."""
    return _agencies(OrganisationKind.AGENCY.value)


_agencies: Prepared[Organisation] = Prepared(
    lambda kind: Organisation.objects.filter(kind=kind, active=True).order_by("name", "pk")
)
_attached: Prepared[Attachment] = Prepared(
    lambda key: Attachment.objects.filter(application=key, removed_at__isnull=True)
    .select_related("file", "added_by").order_by("pk")
)  # fmt: skip


def attached(application: Application) -> list[Attachment]:
    """What is attached now. One query, none for what is not begun or was begun just now."""
    if application.attached_now is not None:
        return application.attached_now
    return _attached(application.pk) if application.is_begun else []


def evidence_of(application: Application, owner: Programme) -> list[EvidenceRow]:
    """The same by the evidence that the form asks for."""
    held: dict[str, list[Attachment]] = {}
    for row in attached(application):
        held.setdefault(row.evidence, []).append(row)
    return [EvidenceRow(one, held.get(one.name, [])) for one in owner.form.evidence]


def _origins(file: File, owner: Programme, year: int) -> dict[Key, Any]:
    """Where the accepted values come from, by fact and year: one query."""
    known = catalogue.load()
    places = {(known[name].section, of) for name, of in writing.facts_asked(owner, year)}
    rows = {place: file.rows[place] for place in places if place in file.rows}
    return {(name, of): origin for (_, of), held in sheet.origins_of(rows).items() for name, origin in held.items()}


def _own(origins: Mapping[Key, Any], organisation: Organisation) -> frozenset[Key]:
    return frozenset(
        key
        for key, origin in origins.items()
        if not origin.verified and origin.filed.source == Source.SELF and origin.filed.filed_for_id == organisation.pk
    )


def _returning_step(application: Application) -> Step | None:
    """The step that sent the form back, while it is."""
    if application.state != State.CORRECTION:
        return None
    return application.steps.filter(to=CORRECTION).select_related("by", "by_unit").order_by("-number").first()


def _called(cell: FormCell) -> tuple[str, ...]:
    """What a field may be called where a form is sent back."""
    return cell.name, cell.fact, cell.name.removeprefix(QUESTION)


def _correction(view: FormView, step: Step) -> Correction:
    """The fields that were named, each with where it stands."""
    linked = []
    for name in step.fields:
        place = "tables" if tables.parts_of(name) else ""
        for cell in view.cells.values():
            if name in _called(cell):
                place = cell.name
        for row in view.evidence:
            if name in (row.name, row.evidence.name):
                place = row.name
        linked.append((place, label_of_field(view.programme, name)))
    return Correction(step, linked)


# ---------------------------------------------------------------------- what it says
def label_of_field(owner: Programme, field: str) -> str:
    """What a field is called, in the language of the page; the name itself where it is none of the form."""
    key = writing.key_of(field)
    if key is None and field in catalogue.load():
        key = (field, None)  # a yearly fact that was named without its year
    if key is not None:
        label = label_of(key[0])
        return label if key[1] is None else _("%(year)s 年%(label)s") % {"year": key[1], "label": label}
    question = owner.form.question(field.removeprefix(QUESTION))
    if question is not None:
        return str(question.title)
    for one in owner.form.evidence:
        if field in (one.name, EVIDENCE + one.name):
            return str(one.title)
    named = {AGENCY: _("评价机构"), STAMPED: _("盖章页"), "pledge": _("承诺"), "carried": _("沿用的内容")}
    return tables.label_of(owner, field) or named.get(field, field)


def read(
    owner: Programme, texts: Texts, year: int, unit: MoneyUnit, *, without: Iterable[str] = ()
) -> Read:
    """The values that the texts stand for; what cannot be read is a fault of its field.

    `without` names facts that the form does not state, because a register gives them.
    """
    found = Read()
    left_out = frozenset(without)
    for key in writing.facts_asked(owner, year):
        if key[0] in left_out:
            continue
        name = writing.field_of(*key)
        try:
            found.stated[key] = _fact_value(name, texts, unit)
        except BadValue as bad:
            found.faults[name] = told(Fault(catalogue.load().path(*key), bad.message, bad.instead))
    for question in owner.form.questions:
        name = QUESTION + question.name
        text = texts.get(name, "").strip()
        fault = _question_fault(question, text)
        if fault:
            found.faults[name] = Told(name, fault, "", "fault")
        found.answers[question.name] = (text == ON) if question.kind == "tick" else text
    return found


def _fact_value(name: str, texts: Texts, unit: MoneyUnit) -> Value | None:
    value = writing.read_fact(name, texts.get(name, ""), unit)
    if texts.get(name + NONE_SUFFIX) == ON:
        if value is not None and value is not NONE:
            raise BadValue("is said to be none, and yet a value is given", "leave out the one or the other")
        return NONE
    return value


def _question_fault(question: Question, text: str) -> str:
    if not text:
        return ""
    if len(text) > question.most and question.kind != "tick":
        return _("最多 %(most)s 字，现有 %(count)s 字") % {"most": question.most, "count": len(text)}
    if question.kind == "phone" and not _PHONE.fullmatch(text):
        return _("不是电话号码，请填写手机号或者带区号的座机号")
    if question.options and text not in dict(question.options):
        return _("不在可选项之内")
    try:
        if question.kind == "mail":
            validate_email(text)
        files.validate_open(text)
    except ValidationError as wrong:
        return _("；").join(wrong.messages)
    return ""


def field_fault(owner: Programme, name: str, text: str, unit: MoneyUnit) -> Told | None:
    """What is wrong with what stands in one field."""
    if name.startswith(QUESTION):
        question = owner.form.question(name.removeprefix(QUESTION))
        wrong = _question_fault(question, text.strip()) if question is not None else ""
        return Told(name, wrong, "", "fault") if wrong else None
    if name == AGENCY or name.endswith(NONE_SUFFIX):
        return None
    try:
        writing.read_fact(name, text, unit)
    except BadValue as bad:
        return told(Fault(name, bad.message, bad.instead))
    return None


def complaints(view: FormView, found: Read, *, pledged: bool) -> dict[str, Told]:
    """What a submission lacks: required answers, documents, the agency, the pledge."""
    said: dict[str, str] = {}
    for question in view.programme.form.questions:
        if question.required and not found.answers.get(question.name):
            said[QUESTION + question.name] = _("必填，请填写")
    if view.programme.agency and view.first_time:
        if not view.texts.get(AGENCY):
            said[AGENCY] = _("请选择评价机构")
        elif chosen_agency(view) is None:
            said[AGENCY] = _("该评价机构已不受理评价，请另选一家")
    for row in view.evidence:
        if row.evidence.required and not row.attached:
            said[row.name] = _("必须上传，还没有文件")
        elif len(row.attached) > row.evidence.most:
            said[row.name] = _("最多 %(most)s 个文件，请移除多余的") % {"most": row.evidence.most}
    if view.programme.form.pledge is not None and not pledged:
        said["pledge"] = _("请阅读并勾选承诺")
    return {name: Told(name, message, "", "fault") for name, message in said.items()}


def contradictions(view: FormView, found: Read) -> dict[str, Told]:
    """What the readable figures say against one another, by field: all of it, whatever else is wrong with the form.

    What cannot be read is unknown here, also where the file has a value: it contradicts nothing.
    """
    unread = [key for key in map(writing.key_of, found.faults) if key is not None]
    accepted = view.facts.with_values(dict.fromkeys(unread))
    told_of: dict[str, Told] = {}
    for (section, year), facts in by_place(found.stated).items():
        told_of |= of_facts(checking.stopping(checking.check(section, year, facts, Source.SELF, accepted)))
        accepted = accepted.with_values({(name, year): value for name, value in facts.items() if value is not None})
    return told_of


def of_facts(faults: Iterable[Fault]) -> dict[str, Told]:
    """Faults that facts have among each other, by the field of the form that they are about."""
    found: dict[str, Told] = {}
    for fault in faults:
        section, *rest = fault.place.split(".")
        year = int(rest[0]) if rest and rest[0].isdigit() else None
        if year is not None and len(rest) == 1:  # a whole year before the founding: that day is what can be mended
            section, rest, year = "established_on", [], None
        found[writing.field_of(rest[-1] if rest else section, year)] = told(fault)
    return found


def slips_of(facts: FactSet, stated: Iterable[Key]) -> dict[str, Told]:
    """Stated amounts that were probably meant in 万元, or in 元, by field: what to write instead, or to leave them."""
    known = catalogue.load()
    fields = {known.path(*key): writing.field_of(*key) for key in stated}
    found = {fields[one.place]: told(one) for one in slips.find(facts.values) if one.place in fields}
    return {name: Told(name, one.message, one.instead, one.level) for name, one in found.items()}


def chosen_agency(view: FormView) -> Organisation | None:
    """The agency that is chosen in the form, if it can be."""
    return next((one for one in view.agencies if str(one.pk) == view.texts.get(AGENCY)), None)
