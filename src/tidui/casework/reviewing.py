"""What an officer looks at to decide on one application: what differs and what changed first, then all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext as _

from tidui.accounts.standing import standing
from tidui.casework import judging, presenting, sealing
from tidui.casework.comparing import Change, changed
from tidui.casework.enums import ENDED, Weight
from tidui.casework.findings import OPEN
from tidui.casework.form import label_of_field
from tidui.casework.models import Application, Attachment, Finding, Submission
from tidui.casework.programme import CORRECTION, REFUSED, Evidence, Move, Programme, Question, Stage, programme
from tidui.casework.queries import decides_on
from tidui.casework.tables import parts_of
from tidui.casework.writing import EVIDENCE, QUESTION, STAMPED, field_of, key_of
from tidui.facts import catalogue
from tidui.facts.factset import FactSet
from tidui.kit import clock, files, formats, lang
from tidui.kit.visibility import visible_to
from tidui.registry.showing import shown
from tidui.registry.values import of_plain
from tidui.rules.values import Value

#: Under this name a programme's `extra` words what a policy works out: outcome to (label, {code: words}).
OUTCOMES: Final = "outcomes"
#: Kinds of questions that ask for personal data.
PERSONAL: Final = frozenset({"name", "phone", "mail"})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form as it was submitted. `marks` say in words why one should look at it."""

    field: str
    label: str
    value: str
    last: str
    accepted: str
    before: str
    asked: bool

    @property
    def looked_at(self) -> bool:
        """Is there anything to look at?"""
        return bool(self.accepted or self.before or self.asked)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a title of the form; `yearly` where the year before is shown beside."""

    title: str
    rows: list[Row]
    yearly: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was attached."""

    name: str
    url: str
    size: int
    note: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """A document that the form asks for, with the files that were attached."""

    field: str
    title: str
    required: bool
    files: list[Document]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the score, or a condition that is not met or not known."""

    label: str
    text: str
    tone: str
    cites: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A move that may be decided, the key that picks it, and usual reasons: value and words."""

    move: Move
    key: str
    reasons: list[tuple[str, str]]


class Review:
    """One application as it lies before a person. The number of queries does not depend on what is in it."""

    def __init__(self, application: Application, user: Any) -> None:
        self.application = application
        self.user = user
        self.programme: Programme = programme(application.programme)
        self.stage: Stage = self.programme.stage(application.stage)
        self.submissions = list(visible_to(user, Submission).filter(application=application).order_by("-number")[:2])

    @property
    def submission(self) -> Submission | None:
        """The newest submission."""
        return self.submissions[0] if self.submissions else None

    @property
    def earlier(self) -> Submission | None:
        """The one before it."""
        return self.submissions[1] if len(self.submissions) > 1 else None

    @cached_property
    def facts(self) -> FactSet:
        """The facts of the newest submission."""
        return judging.facts_of(self.submission) if self.submission else FactSet.of({})

    # -- what to look at first
    @cached_property
    def changes(self) -> dict[str, str]:
        """What changed since the submission before: field to what it was, in words."""
        return {one.field: str(one.before) or formats.NOTHING for one in self._changed}

    @cached_property
    def _changed(self) -> list[Change]:
        if self.submission is None or self.earlier is None:
            return []
        return changed(self.earlier, self.submission)

    @cached_property
    def differing(self) -> dict[str, str]:
        """Stated facts whose accepted value is another one: field to the accepted value in words."""
        if self.submission is None:
            return {}
        return {one["field"]: _said(one["field"], one["accepted"]) for one in self.submission.differs}

    @cached_property
    def asked(self) -> frozenset[str]:
        """What the last return for correction named."""
        last = self.application.steps.filter(to="correction").order_by("-number").first()
        return frozenset(last.fields) if last is not None else frozenset()

    @property
    def first(self) -> list[Row]:
        """Every line that should be looked at: what differs, what changed, what was to be corrected."""
        return [row for group in self.groups for row in group.rows if row.looked_at] + self._listed

    @property
    def _listed(self) -> list[Row]:
        """The rows of tables that changed or were to be corrected, each with its number."""
        return [
            Row(one.field, one.label, one.after, "", "", one.before, one.field in self.asked)
            for one in self._changed if parts_of(one.field) is not None
        ]  # fmt: skip

    # -- the form
    @cached_property
    def groups(self) -> list[Group]:
        """Everything that was submitted, in the order of the form."""
        if self.submission is None:
            return []
        found = [
            Group(str(asked.title), [self._fact(name, asked.back) for name in asked.facts], asked.back is not None)
            for asked in self.programme.form.asked
        ]
        open_ = sealing.questions_for(self.user, self.application, self.programme)
        questions = [self._question(one) for one in open_]
        return [*found, Group(_("其他内容"), questions, False)] if questions else found

    def _fact(self, name: str, back: int | None) -> Row:
        assert self.submission is not None
        year = self.submission.year - (back or 0) if catalogue.load()[name].yearly else None
        field = field_of(name, year)
        label = label_of_field(self.programme, field)
        last = "" if year is None else shown(name, self.facts.get(name, year - 1), "auto")
        return self._row(field, label, shown(name, self.facts.get(name, year), "auto"), last)

    def _question(self, question: Question) -> Row:
        assert self.submission is not None
        text = answered(question, self.submission.answers)
        if question.kind in PERSONAL and not self.clear:
            text = formats.desensitise(text, "name" if question.kind == "name" else "")
        return self._row(QUESTION + question.name, str(question.title), text, "")

    @cached_property
    def clear(self) -> bool:
        """May the person read the contact person's name and telephone whole? The applicant, and who decides."""
        own = self.application.organisation_id in standing(self.user).ids
        return own or decides_on(self.user, self.application)

    def _row(self, field: str, label: str, value: str, last: str) -> Row:
        return Row(
            field, label, value, last, self.differing.get(field, ""), self.changes.get(field, ""), field in self.asked
        )

    @cached_property
    def proofs(self) -> list[Proof]:
        """The documents that the form asks for, with the files."""
        kept = visible_to(self.user, Attachment).filter(application=self.application, removed_at=None)
        rows = list(kept.exclude(submission=None).select_related("file").order_by("pk"))
        number = self.submission.pk if self.submission and self.earlier else None
        found = [_proof(one, rows, number) for one in self.programme.form.evidence]
        stamped = [row for row in rows if row.evidence == STAMPED]
        if stamped:
            found.append(Proof(STAMPED, _("盖章页"), True, [_document(row, number) for row in stamped]))
        return found

    # -- what the rules said
    @property
    def result(self) -> Mapping[str, Any]:
        """The explanation kept with the submission."""
        return self.submission.result if self.submission else {}

    @property
    def flags(self) -> list[Part]:
        """What the policy points out: a site check that is due, estimated figures."""
        found = self.result.get("flags", [])
        return [Part(lang.of_label(one["label"]), "", "warn", "; ".join(one["cites"])) for one in found]

    @property
    def open_conditions(self) -> list[Part]:
        """The conditions that are not met or not known."""
        found = [one for one in self.result.get("conditions", []) if one["verdict"] in ("fail", "unknown")]
        return [
            Part(
                lang.of_label(one["label"]), str(presenting.VERDICTS[one["verdict"]][1]),
                presenting.VERDICTS[one["verdict"]][0], "; ".join(one["cites"]),
            )
            for one in found
        ]  # fmt: skip

    @property
    def parts(self) -> list[Part]:
        """The parts of the score."""
        score = self.result.get("score")
        return [_part(one) for one in score["parts"]] if score else []

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """What else the policy worked out that the programme has words for, such as the direct route."""
        worked_out = self.result.get("outcomes", {})
        return [
            (str(label), str(words[worked_out[name]]))
            for name, (label, words) in self.programme.extra.get(OUTCOMES, {}).items()
            if worked_out.get(name) in words
        ]

    # -- what may be decided
    @cached_property
    def weights(self) -> list[tuple[str, str]]:
        """How many findings are open, by their weight, the gravest first: tone and words."""
        found = visible_to(self.user, Finding).filter(OPEN, application=self.application)
        counts = dict(found.order_by().values_list("weight").annotate(count=Count("pk")))
        shown_as = ((Weight.STOP, "bad"), (Weight.DOUBT, "warn"))
        return [(tone, f"{weight.label} {counts[weight]}") for weight, tone in shown_as if counts.get(weight)]

    @cached_property
    def again(self) -> str:
        """What today's rules say of the facts that were submitted, where that is something else; else empty."""
        if self.submission is None or self.application.state in ENDED:
            return ""
        now = judging.again(self.submission, clock.today())
        if now is None or now["verdict"] == self.submission.verdict:
            return ""
        then, today = (str(presenting.VERDICTS[one][1]) for one in (self.submission.verdict, now["verdict"]))
        return _("提交时%(then)s，今天%(today)s；请打开政策说明核对。") % {"then": then, "today": today}

    @property
    def verdict(self) -> tuple[Any, str]:
        """The verdict with the score, and its tone."""
        return presenting.verdict_badge(self.application)

    @property
    def moves(self) -> list[Move]:
        """What a person may decide here."""
        return [move for move in self.stage.moves if move.by_hand]

    @property
    def choices(self) -> list[Choice]:
        """The same with the key that picks each, and the reasons that are often given for it."""
        return [_choice(self.programme, move) for move in self.moves]


def _choice(owner: Programme, move: Move) -> Choice:
    key = {CORRECTION: "r", REFUSED: "x"}.get(move.to, "a" if move.tone == "primary" else "")
    return Choice(move, key, common_reasons(owner, [move]))


def common_reasons(owner: Programme, moves: Sequence[Move]) -> list[tuple[str, str]]:
    """The programme's usual reasons for the moves that need one, as values of a form with their words."""
    return [
        (f"{move.name}.{place}", str(text))
        for move in moves
        for place, text in enumerate(owner.reasons.get(move.name, ()))
    ]


def reason_of(owner: Programme, move: str, ticked: Sequence[str], typed: str) -> str:
    """The reason as it is kept: the usual ones that were ticked for this move, in Chinese, and what was typed."""
    known = {f"{move}.{place}": text.zh for place, text in enumerate(owner.reasons.get(move, ()))}
    words = [known[one] for one in ticked if one in known]
    return "；".join([*words, *([typed.strip()] if typed.strip() else [])])  # tidui: data, kept as a record


def answered(question: Question, answers: Mapping[str, Any]) -> str:
    """The answer to a question in words."""
    value = answers.get(question.name)
    if value in (None, ""):
        return formats.NOTHING
    if question.kind == "tick" or isinstance(value, bool):
        return formats.yes_no(bool(value))
    return next((str(title) for name, title in question.options if name == value), str(value))


def _said(field: str, raw: Any) -> str:
    key = key_of(field)
    if key is None:
        return str(raw)
    value: Value | None = of_plain(catalogue.load()[key[0]], raw)
    return shown(key[0], value, "auto")


def _proof(one: Evidence, rows: Sequence[Attachment], newest: int | None) -> Proof:
    mine = [_document(row, newest) for row in rows if row.evidence == one.name]
    return Proof(EVIDENCE + one.name, str(one.title), one.required, mine)


def _document(row: Attachment, newest: int | None) -> Document:
    return Document(row.file.name, files.url(row.file), row.file.size, row.note, row.submission_id == newest)


def _part(one: Mapping[str, Any]) -> Part:
    low, high, most = one["low"], one["high"], one["max"]
    ends = formats.number(low) if low == high else f"{formats.number(low)}–{formats.number(high)}"
    tone = "good" if low == most else "bad" if high == 0 else "neutral"
    return Part(lang.of_label(one["label"]), f"{ends}/{formats.number(most)}", tone, "; ".join(one["cites"]))
