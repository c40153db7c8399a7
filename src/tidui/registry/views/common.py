"""What the pages of a file share: getting the organisation, its tabs, the year of an address."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import row_reaches, standing
from tidui.facts.catalogue import FIRST_YEAR
from tidui.kit import access, clock
from tidui.kit.visibility import get_visible, visible_to
from tidui.registry.enums import DifferenceState, Section
from tidui.registry.models import Difference, Enterprise


def file_of(request: HttpRequest, pk: int) -> Organisation:
    """The organisation whose file the person may see; 404 for any other."""
    file = (
        visible_to(request.user, Enterprise).select_related("organisation", "organisation__zone").filter(pk=pk).first()
    )
    if file is None:
        organisation = get_visible(request.user, Organisation, pk=pk)
        access.require("registry.view_file", request.user, organisation)
        return organisation
    access.require("registry.view_file", request.user, file.organisation)
    return file.organisation


def person(request: HttpRequest) -> User:
    """Who has signed in; every page of this app asks for that first."""
    assert isinstance(request.user, User)
    return request.user


def texts_before(request: HttpRequest) -> dict[str, str]:
    """What the fields said when the page was made, as the page itself gives it back (`was`)."""
    try:
        held = json.loads(request.POST.get("was", "") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(text) for name, text in held.items()} if isinstance(held, dict) else {}


def clear_names(request: HttpRequest, organisation: Organisation) -> bool:
    """Whether the person reads names of people whole: in their own organisation and what they reach."""
    return bool(access.check("registry.see_people", request.user, organisation))


def section_of(section: str, year: int | None) -> Section:
    """The section of an address; 404 for one that is not, or whose year does not fit."""
    if section not in Section.values or (year is None) != (section == Section.ENTERPRISE):
        raise Http404
    if year is not None and not FIRST_YEAR <= year <= clock.today().year:
        raise Http404
    return Section(section)


def form_url(organisation: int, section: str, year: int | None) -> str:
    """The address of a section and year of a file."""
    if year is None:
        return reverse("registry:form", args=[organisation, section])
    return reverse("registry:form_of_year", args=[organisation, section, year])


def tabs(request: HttpRequest, organisation: Organisation, current: str) -> list[tuple[Any, ...]]:
    """The parts of a file: overview, returns, differences, intellectual property."""
    open_ones = (
        visible_to(request.user, Difference).filter(organisation=organisation, state=DifferenceState.OPEN).count()
    )
    key = [organisation.pk]
    return [
        (_("总览"), reverse("registry:file", args=key), current == "file"),
        (_("填报记录"), reverse("registry:file_returns", args=key), current == "returns"),
        (_("差异"), reverse("registry:file_differences", args=key), current == "differences", open_ones or None),
        (_("知识产权"), reverse("registry:property", args=key), current == "property"),
    ]


def acting_for(user: Any, organisation: Organisation) -> Organisation | None:
    """The unit for which the person acts on a file: the enterprise itself, or the unit of theirs that reaches it."""
    who = standing(user)
    if who.has(None, organisation):
        return organisation
    if not who.decides_on(organisation):
        return None
    # Whoever works for two units acts for the one that reaches the enterprise: the other learns nothing of it.
    reaching = {row.unit_id for row in who.reaches_rows if row_reaches(row, organisation)}
    units = (held.organisation for held in who.held if _decides(user, held.organisation))
    return next((unit for unit in units if unit.pk in reaching or unit.kind == OrganisationKind.DEPARTMENT), None)


def _decides(user: Any, unit: Organisation) -> bool:
    from tidui.accounts.enums import DECIDING, RECOMMENDING

    return standing(user).has(DECIDING, unit, {*RECOMMENDING, OrganisationKind.DEPARTMENT})
