"""What an import is about to do with each enterprise: whose it is, whether it may, and what would be filed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation, OrganisationState
from tidui.codes import divisions
from tidui.facts import catalogue, checks
from tidui.facts.catalogue import FOUNDED_SECTIONS
from tidui.facts.factset import FactSet
from tidui.facts.faults import Fault
from tidui.kit import classified
from tidui.registry import checking, history
from tidui.registry.acceptance import Filer, SectionState
from tidui.registry.actions.bulk import Item
from tidui.registry.facts import fact_sets
from tidui.registry.importing.contents import Contents, Firm, Placed
from tidui.registry.importing.derived import add_facts
from tidui.registry.importing.importer import Importer
from tidui.registry.importing.models import PastEvent
from tidui.registry.importing.takeover import Event, add_statuses
from tidui.registry.models import Enterprise
from tidui.rules.values import NoneValue, Value

#: No mark of classification is shorter.
_SHORTEST_MARK: Final = 2
_ZONES: Final = (OrganisationKind.ZONE,)
_AFFILIATIONS: Final = (
    OrganisationKind.UNIVERSITY, OrganisationKind.BUREAU, OrganisationKind.CENTRAL, OrganisationKind.ZONE,
)  # fmt: skip


@dataclass(slots=True)
class Prepared:
    """A chunk of enterprises: those that can be imported, with their past events."""

    firms: list[Firm]
    states: Mapping[history.Place, SectionState] = field(default_factory=dict)
    events: dict[str, list[tuple[Event, Placed]]] = field(default_factory=dict)

    def items(self) -> list[Item]:
        """What would be filed, in the order of the file; the organisations must be saved before it is."""
        return [
            Item(firm.organisation, section, year, facts)  # type: ignore[arg-type]
            for firm in self.firms
            for (section, year), facts in sorted(firm.parts.items(), key=lambda one: (one[0][0], one[0][1] or 0))
            if facts
        ]


class Preparer:
    """Prepares chunks of a file; every fault and warning is added to the list of the file."""

    def __init__(self, contents: Contents, importer: Importer) -> None:
        self.contents = contents
        self.importer = importer
        self.zones = _by_name(_ZONES)
        self.affiliations = _by_name(_AFFILIATIONS)

    def prepare(self, firms: Sequence[Firm]) -> Prepared:
        """Find the organisations, refuse what may not be, and work out what would be filed. Six queries at most."""
        known = self._organisations([firm.code for firm in firms])
        for firm in firms:
            self._find(firm, known)
        prepared = Prepared([firm for firm in firms if not firm.bad])
        keys = [firm.organisation.pk for firm in prepared.firms if firm.organisation and not firm.new]
        before = self._before(prepared.firms, keys)
        past = self._past(keys) if before is not None else {}
        founded = dict(Enterprise.objects.filter(pk__in=keys).values_list("pk", "established_on"))
        for firm in prepared.firms:
            key = firm.organisation.pk if firm.organisation else None
            if firm.rows:
                self._refuse_classified(firm)
                add_facts(firm, self._tell)
                prepared.events[firm.code] = self._take_over(firm, (before or {}).get(key or 0), past.get(key or 0, ()))
            self._check(firm, founded.get(key or 0))
        self._hold_against_file(prepared)
        prepared.firms = [firm for firm in prepared.firms if not firm.bad]
        return prepared

    def _hold_against_file(self, prepared: Prepared) -> None:
        """Leave out what is accepted anyway, and refuse statuses that are not."""
        prepared.states = _states(prepared.firms)
        filer = Filer(self.importer.source, self.importer.filed_for.pk)
        for firm in prepared.firms:
            key = firm.organisation.pk if firm.organisation and not firm.new else None
            for (section, year), facts in list(firm.parts.items()):
                state = prepared.states.get((key, section, year)) if key is not None else None
                if state is not None and _agrees(state, filer, facts):
                    del firm.parts[section, year]
            held = prepared.states.get((key, "enterprise", None)) if key is not None else None
            for name, value in firm.statuses.items():
                if held is None or held.values.get(name) != value:
                    self._fault(firm, "is a status, which recognition alone writes", "leave it out",
                                part=("enterprise", None), name=name)  # fmt: skip

    def _tell(self, fault: Fault) -> None:
        self.contents.read.faults.add(fault)

    def _fault(self, firm: Firm, message: str, instead: str | None, **more: Any) -> None:
        self._tell(self.contents.fault(firm, message, instead, **more))

    def _organisations(self, codes: Sequence[str]) -> dict[str, Organisation]:
        """The organisations of these credit codes, also of those that they had before."""
        rows = Organisation.objects.filter(uscc__in=codes).select_related("zone")
        found = {row.uscc: row for row in rows if row.uscc}
        missing = [code for code in codes if code not in found]
        if missing:
            states = OrganisationState.objects.filter(uscc__in=missing).select_related("organisation__zone")
            found |= {state.uscc: state.organisation for state in states.order_by("since", "pk") if state.uscc}
        return found

    def _find(self, firm: Firm, known: Mapping[str, Organisation]) -> None:
        """Give the firm its organisation, a new one if there is none; refuse what is out of reach."""
        organisation = known.get(firm.code)
        if organisation is None:
            organisation = self._new(firm)
            firm.new = True
        if not self.importer.may(organisation):
            self._fault(firm, *self.importer.refusal)
            return
        firm.organisation = organisation
        if firm.new:
            self._check_new(firm)
        else:
            self._compare_identity(firm, organisation)

    def _new(self, firm: Firm) -> Organisation:
        """An organisation as the file describes it, not saved."""
        zone = self.zones.get(firm.given.get("located_in", ""))
        affiliation = self.affiliations.get(firm.given.get("affiliated_to", ""))
        kind = OrganisationKind.ENTERPRISE
        if ("takeover", "carriers") in firm.rows and len(firm.rows) == 1:
            kind = OrganisationKind.CARRIER
        return Organisation(
            kind=kind, name=firm.given.get("name", ""), uscc=firm.code, division=firm.given.get("division", ""),
            zone=zone, affiliation=affiliation,
        )  # fmt: skip

    def _check_new(self, firm: Firm) -> None:
        """What an enterprise must have to be added to the register."""
        part = ("enterprise", None)
        if not firm.given.get("name"):
            # tidui: data
            self._fault(firm, "the enterprise is new and has no name", "give its name 企业名称", part=part, name="name")
        division = firm.given.get("division", "")
        if not division:
            # tidui: data
            self._fault(
                firm,
                "the enterprise is new and has no division",
                "give its division 行政区划代码",
                part=part,
                name="division",
            )
        elif not division.startswith(divisions.PROVINCE):
            self._fault(
                firm,
                f"{division} is not in this province",
                "give the division where it is registered",
                part=part,
                name="division",
            )
        for name, table in (("located_in", self.zones), ("affiliated_to", self.affiliations)):
            given = firm.given.get(name)
            if given and given not in table:
                self._fault(
                    firm,
                    f"there is no unit called {given}",
                    "write the name as it stands in the register",
                    part=part,
                    name=name,
                )

    def _compare_identity(self, firm: Firm, organisation: Organisation) -> None:
        """A name or division that differs from the register changes nothing: a move or new name has its own page."""
        if organisation.uscc != firm.code:
            message = f"the credit code is an old one of {organisation.name}, which has {organisation.uscc} today"
            self._fault(firm, message, "the figures are filed under the code of today", level="warning")
        for name in ("name", "division"):
            given, held = firm.given.get(name), getattr(organisation, name)
            if given and held and given != held:
                message = f"{given} differs from the register, which has {held}"
                instead = "nothing is changed here; record the change with the organisation if it is right"
                self._fault(firm, message, instead, part=("enterprise", None), name=name, level="warning")

    def _before(self, firms: Iterable[Firm], keys: Sequence[int]) -> dict[int, FactSet] | None:
        """What is accepted of the enterprises, where past events are merged with it."""
        if not any(book == "takeover" for firm in firms for book, _ in firm.rows):
            return None
        return fact_sets(keys)

    def _past(self, keys: Sequence[int]) -> dict[int, list[Event]]:
        found: dict[int, list[Event]] = {}
        for row in PastEvent.objects.filter(organisation__in=keys, ended_at__isnull=True):
            event = Event(row.kind, row.on, row.until, row.number, row.detail, row.amount)
            found.setdefault(row.organisation_id, []).append(event)
        return found

    def _refuse_classified(self, firm: Firm) -> None:
        """A text with a mark of classification, or of a national-defence patent, must not enter this system."""
        for placed in firm.rows.values():
            for table, row in placed:
                for name, value in row.values.items():
                    if isinstance(value, str) and len(value) > _SHORTEST_MARK and classified.marked_short(value):
                        self._tell(
                            table.fault(
                                row,
                                name,
                                "classified matters are not taken here",
                                "file it through the classified channel",
                            )
                        )
                        firm.bad = True

    def _take_over(self, firm: Firm, before: FactSet | None, past: Sequence[Event]) -> list[tuple[Event, Placed]]:
        if not any(book == "takeover" for book, _ in firm.rows):
            return []
        if not self.importer.writes_statuses:
            self._fault(firm, "the past is taken over by the department only", "leave the sheet out")
            return []
        return add_statuses(firm, before, past, self._tell)

    def _check(self, firm: Firm, founded: dt.date | None) -> None:
        """What the file cannot hold, or this source may not say."""
        known = catalogue.load()
        for (section, year), facts in list(firm.parts.items()):
            for name in [name for name in facts if known[name].status and not self.importer.writes_statuses]:
                value = facts.pop(name)
                if not isinstance(value, NoneValue):  # a template prefills 无, which says nothing of an enterprise
                    firm.statuses[name] = value
            for fault in checking.value_faults(section, year, facts):
                name = fault.place.rpartition(".")[2]
                self._fault(firm, fault.message, fault.instead, part=(section, year), name=name)
            early = founded is not None and year is not None and year < founded.year and section in FOUNDED_SECTIONS
            if early and any(value not in (0, False) and not isinstance(value, NoneValue) for value in facts.values()):
                message = "a figure for a year before the founding of the enterprise"
                # tidui: data
                instead = "leave the year blank, or correct 注册成立日期 (established_on)"
                self._fault(firm, message, instead, part=(section, year), name=next(iter(facts)))
        if any(book == "official" for book, _ in firm.rows):
            self._check_together(firm)

    def _check_together(self, firm: Firm) -> None:
        """Facts that the official tables add up to, against each other."""
        values = {(name, year): value for (_, year), facts in firm.parts.items() for name, value in facts.items()}
        for fault in checks.check(values):
            section, _, rest = fault.place.partition(".")
            year = rest.partition(".")[0]
            part = (section, int(year) if year.isdigit() else None)
            self._fault(firm, fault.message, fault.instead, part=part, name=rest.rpartition(".")[2], level=fault.level)


def _states(firms: Sequence[Firm]) -> Mapping[history.Place, SectionState]:
    """What is accepted in the sections that the file is of. Three queries, none where all enterprises are new."""
    old = [firm for firm in firms if firm.organisation is not None and not firm.new and (firm.parts or firm.statuses)]
    if not old:
        return {}
    keys = sorted({firm.organisation.pk for firm in old if firm.organisation})
    parts = {part for firm in old for part in firm.parts} | {("enterprise", None) for firm in old if firm.statuses}
    years = sorted({year for _, year in parts if year is not None})
    where = Q(organisation__in=keys, section__in=sorted({section for section, _ in parts}))
    where &= Q(year__in=years) | Q(year__isnull=True)
    return {place: history.replay(steps) for place, steps in history.load(where).items()}


def _agrees(state: SectionState, filer: Filer, facts: Mapping[str, Value]) -> bool:
    """Whether all that is given is accepted, and the same filer has not said otherwise before."""
    said = state.said.get(filer, {})
    return all(state.values.get(name) == value and said.get(name, value) == value for name, value in facts.items())


def _by_name(kinds: Iterable[str]) -> dict[str, Organisation]:
    rows = Organisation.objects.filter(kind__in=list(kinds), active=True).order_by("-pk")
    return {row.name: row for row in rows}
