"""What the tests of the guide share: the pages that the walk reaches, and a register as a department keeps it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.test import Client, signals
from django.urls import reverse
from django.utils import timezone

from tests import walk
from tests.people import World
from tidui.accounts.models import Organisation, User
from tidui.kit import clock
from tidui.registry.actions import file_return
from tidui.rules.values import NONE

#: Ten thousand yuan, in fen.
WAN: Final = 1_000_000

#: Downloads and addresses that answer something else than a page.
NO_PAGES = frozenset({"kit:session", "kit:upload", "kit:file", "registry:import_template"})


def file_facts(organisation: Organisation, by: User, section: str, year: int | None, **facts: Any) -> None:
    """File facts of an enterprise by one of its own people."""
    file_return(
        organisation=organisation, section=section, year=year, facts=facts, source="self", by=by,
        at=timezone.now(), filed_for=organisation,
    )  # fmt: skip


def known_enterprise(world: World) -> None:
    """Enterprise `a` filed what it is and its last year: a small firm that lacks R&D expenses and nothing else."""
    file_facts(
        world.a, world.clerk_a, "enterprise", None, established_on=dt.date(2018, 5, 4), industry="C3571", field="801",
        resident=True, prohibited_products=False, major_incidents=(), serious_fraud=(), research_dishonesty=(),
        abnormal_listed=False, dishonesty_listed=False, ip_class1=1, ip_class2=2, provincial_rd_institution=False,
        national_award_top3=False, standard_lead=False, sound_accounts=True, audit_collection=True,
        collects_rd_costs=True, pays_income_tax=True,
    )  # fmt: skip
    file_return(
        organisation=world.a, section="enterprise", year=None, source="takeover", by=world.department_officer,
        at=timezone.now(), filed_for=world.department,
        facts={
            "hte_recognised_on": (), "hte_valid_until": NONE, "hte_revoked_on": NONE, "sme_number": NONE,
            "sme_valid_until": NONE, "sme_revoked_on": NONE, "sme_barred_until": NONE,
        },
    )  # fmt: skip
    file_facts(
        world.a, world.clerk_a, "years", clock.today().year - 1, sales_revenue=500 * WAN, total_cost=450 * WAN,
        total_assets=800 * WAN, employees=40, st_staff=12, rd_deductible=5 * WAN,
    )  # fmt: skip


def settled_garden(world: World) -> walk.Garden:
    """The world with everything that the apps plant for the walk."""
    return walk.plant(world)


def drawn(garden: walk.Garden, user: Any) -> list[tuple[str, frozenset[str]]]:
    """Every page of this person (None: nobody signed in): its address, and the templates it is made of."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    pages = []
    for route in walk.routes():
        for url in _addresses(route, garden):
            templates = _templates(client, url)
            if templates:
                pages.append((url, templates))
    return pages


def _addresses(route: walk.Route, garden: walk.Garden) -> list[str]:
    if route.name in NO_PAGES or "sign-out" in route.pattern:
        return []
    if not route.parameters:
        return ["/" + route.pattern] if ":" not in route.name and route.name == route.pattern else [reverse(route.name)]
    found = []
    for arguments in walk.examples.get(route.name, []):
        given = arguments(garden)
        found.append(reverse(route.name, kwargs=given) if isinstance(given, dict) else reverse(route.name, args=given))
    return found


def _templates(client: Client, url: str) -> frozenset[str]:
    """The templates of the page at this address; empty where there is no page of its own."""
    names: set[str] = set()

    def note(sender: Any, template: Any, **rest: Any) -> None:
        names.add(str(template.name))

    signals.template_rendered.connect(note)
    try:
        answer = client.get(url)
    finally:
        signals.template_rendered.disconnect(note)
    answer.close()
    page = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return frozenset(names) if page and not answer.streaming else frozenset()
