"""Three years on: a recognised firm is told of the call, begins with what it said before, and is recognised anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from tests.integration.rehearsal.provincial import YEAR, Year, ask_partners, texts
from tests.people import make_member as join
from tests.people import make_organisation, make_user
from tests.review import ANSWERS, facts_of_form
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import Organisation, User
from tidui.casework import actions, findings, tabling
from tidui.casework.actions import calls
from tidui.casework.actions import tabling as carrying
from tidui.casework.enums import Weight
from tidui.casework.models import Application, Batch, Call
from tidui.demo import reviewing
from tidui.kit import clock, jobs
from tidui.kit.access import NotAllowed
from tidui.recognition import yearly
from tidui.recognition.models import Recognition
from tidui.review.actions import commissioning, experts
from tidui.review.enums import ExpertState
from tidui.review.models import Expert

#: The firm that renews, and its number of R&D staff then.
RENEWS: Final = 60
STAFF: Final = 41
AGAIN: Final = YEAR + 3
_DAY: Final = dt.timedelta(days=1)


def moment(year: int, month: int, day: int) -> dt.datetime:
    """Nine in the morning of a day."""
    return dt.datetime(year, month, day, 9, tzinfo=clock.LEGAL_ZONE)


@dataclass
class Renewal:
    """The way of one firm, after a year that was played."""

    year: Year
    first: Recognition = field(init=False)
    refused: NotAllowed = field(init=False)
    call: Call = field(init=False)
    application: Application = field(init=False)
    second: Recognition = field(init=False)

    @property
    def firm(self) -> tuple[Organisation, User]:
        """The firm, and who files for it."""
        return self.year.firms[RENEWS]

    def play(self) -> Renewal:
        """Too early, then in time."""
        self.first = Recognition.objects.get(application=self.year.applications[RENEWS])
        self.too_early()
        self.call = self.publish(AGAIN)
        self.remind()
        self.apply()
        self.review()
        self.recognise()
        return self

    def publish(self, year: int) -> Call:
        """The call of a later year."""
        by = self.year.world.department_officer
        with clock.standing_at(moment(year, 3, 1)):
            drafted = calls.draft_call(
                programme_name="provincial", year=year, title=f"{year}年申报通知", text="请按时申报。",
                opens_at=moment(year, 3, 2), closes_at=moment(year, 3, 31), by=by, at=clock.now(),
            )  # fmt: skip
            return calls.publish_call(call=drafted, by=by, at=clock.now())

    def too_early(self) -> None:
        """In the year after, the recognition holds for too long."""
        call, (firm, person) = self.publish(YEAR + 1), self.firm
        with clock.standing_at(moment(YEAR + 1, 3, 3)):
            try:
                actions.begin(call=call, organisation=firm, by=person, at=clock.now())
            except NotAllowed as refused:
                self.refused = refused

    def remind(self) -> None:
        """The morning's work: whose recognition ends soon is told of the call."""
        with clock.standing_at(moment(AGAIN, 3, 2)):
            yearly.remind(clock.now())

    def apply(self) -> None:
        """What was said before is there; the firm looks at it, has more staff, and submits."""
        firm, person = self.firm
        at = moment(AGAIN, 3, 5)
        with clock.standing_at(at):
            begun = actions.begin(call=self.call, organisation=firm, by=person, at=at)
            for table in sorted(tabling.read(tabling.tables_of(begun)).carried):
                carrying.confirm_carried(application=begun, table=table, by=person, at=at)
            begun = Application.objects.get(pk=begun.pk)
            said = {name: one["text"] for name, one in begun.answers.items()}
            answers = {name: said.get(f"q.{name}", "") for name in ANSWERS if not name.startswith("table.")}
            self.application = actions.submit(
                application=begun, stated=facts_of_form(AGAIN - 1, st_staff=STAFF, field="803"), by=person, at=at,
                answers=answers | tabling.read(tabling.tables_of(begun)).answers, seen=begun.version,
            ).application  # fmt: skip

    def review(self) -> None:
        """The county, the department, the authorities, five experts; no visit is needed."""
        world, hands = self.year.world, self.year.hands
        by = world.department_officer
        batch = self._accepted(moment(AGAIN, 4, 6))
        partner = make_organisation(Kind.PARTNER, "省信用办（新）")
        clerk = make_user("credit-again", "信用经办")
        join(clerk, partner, Role.CLERK)
        ask_partners(batch, by, clerk, partner, moment(AGAIN, 4, 9))
        self._affirm(moment(AGAIN, 4, 10))
        made = reviewing.prepared(batch, hands, moment(AGAIN, 4, 13))
        with clock.standing_at(moment(AGAIN, 4, 14)):
            reviewing.drawn(made, hands, moment(AGAIN, 4, 14))
        reviewing.accepted(made, moment(AGAIN, 4, 16))
        reviewing.marked(made, moment(AGAIN, 4, 17), {})
        reviewing.closed(made, hands, moment(AGAIN, 4, 20))
        with clock.standing_at(moment(AGAIN, 4, 21)):
            commissioning.waive_many(
                batch=batch, applications=[self.application.pk], reason="复审免于考察", at=clock.now(), by=by
            )
            jobs.work_off()
        self.batch = batch

    def _accepted(self, at: dt.datetime) -> Batch:
        world = self.year.world
        by = world.department_officer
        county = world.other_county_officer if RENEWS % 4 == 3 else world.county_officer
        with clock.standing_at(at):
            batch = calls.open_batch(call=self.call, title="复审", by=by, at=at)
            findings.look(self.application)
            self.application.findings.filter(weight=Weight.STOP).update(weight=Weight.NOTE)
            for name, who in (("recommend", county), ("confirm", by)):
                found = Application.objects.get(pk=self.application.pk)
                actions.move(application=found, name=name, by=who, at=at, seen=found.version)
            return calls.close_batch(batch=batch, by=by, at=at + _DAY)

    def _affirm(self, at: dt.datetime) -> None:
        """Experts whose term has ended are given another, and say again what they do."""
        by = self.year.world.department_officer
        with clock.standing_at(at):
            for one in Expert.objects.filter(state=ExpertState.CONFIRMED).select_related("user"):
                held = experts.renew(expert=one, by=by, at=at, until=clock.day_of(at) + 365 * _DAY)
                assert one.user is not None
                experts.affirm(expert=held, by=one.user, at=at)

    def recognise(self) -> None:
        """Meeting, notice, certificate."""
        hands = self.year.hands
        with clock.standing_at(moment(AGAIN, 4, 24)):
            reviewing.decided(self.batch, hands, moment(AGAIN, 4, 24), {})
        notice = reviewing.noticed(self.batch, hands, moment(AGAIN, 4, 26))
        reviewing.recognised(self.batch, hands, reviewing.ended(notice, hands) + 3 * _DAY)
        self.second = Recognition.objects.get(application=self.application)


def said_before() -> dict[str, Any]:
    """What the firm's first application said that the second carries."""
    return {**ANSWERS, **texts(RENEWS)}
