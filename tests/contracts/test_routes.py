"""Every route as every person, against records that could leak; see tests/walk.py."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests import walk
from tests.people import PASSWORD, World

from tidui.kit import access, lists
from tidui.kit.lists import exporting

#: The persons of the world, and somebody who has not signed in.
ANONYMOUS: Final = "anonymous"
PEOPLE: Final = (
    ANONYMOUS, "department_officer", "department_leader", "department_administrator", "prefecture_officer",
    "county_officer", "county_leader", "county_reader", "county_administrator", "other_county_officer", "zone_officer",
    "university_officer", "agency_clerk", "inspector", "administrator_a", "clerk_a", "administrator_b", "clerk_b",
    "administrator_zoned", "administrator_spinoff", "stranger", "expert", "visitor",
)  # fmt: skip
#: Doors and permissions are the same on both databases: on SQLite everybody walks, on PostgreSQL one of each kind.
WALKERS: Final = (
    PEOPLE
    if os.environ.get("TIDUI_TEST_DATABASE") != "postgres"
    else (ANONYMOUS, "department_officer", "other_county_officer", "agency_clerk", "inspector", "clerk_a", "expert")
)
#: They may see most of what is shown to anybody, and are asked first.
SEERS: Final = (
    "department_officer",
    "department_administrator",
    "other_county_officer",
    "administrator_b",
    "inspector",
)
#: They see nothing of enterprise `b`: what is planted there must not change so much as a count on their pages.
UNTOUCHED: Final = ("stranger", "administrator_a", "clerk_a", "county_officer", "zone_officer", ANONYMOUS)
#: Writing down that a session is in use or that somebody took an export is no change of what the site holds.
HOUSEKEEPING: Final = frozenset({"django_session", "usersessions_usersession"})
OUR_APPS: Final = ("audit", "kit", "accounts", "registry", "casework", "review", "recognition", "cultivation", "figures")
#: What a refusal may look like.
REFUSALS: Final = frozenset({401, 403, 404, 405, 422})


@pytest.fixture
def garden(world: World, settings: Any, tmp_path: Path) -> walk.Garden:
    """The world with what all apps plant."""
    settings.MEDIA_ROOT = tmp_path
    return walk.plant(world)


@cache
def routes() -> tuple[walk.Route, ...]:
    """All routes, with what the apps tell about them."""
    walk.load()
    return tuple(walk.routes())


def client_of(world: World, name: str) -> Client:
    """A browser in which this person has signed in."""
    client = Client(raise_request_exception=False)
    if name != ANONYMOUS:
        answer = client.post(reverse(settings.LOGIN_URL), {"login": name, "password": PASSWORD})
        assert answer.status_code == 302, f"{name} cannot sign in"
        # Somebody who is kept at another page first would walk past every leak.
        assert client.get(reverse("accounts:profile")).status_code == 200, f"{name} is kept from the pages"
    return client


def addresses(route: walk.Route, garden: walk.Garden) -> list[str]:
    """The addresses of a route: for a route with parameters those of its examples."""
    if not route.parameters:
        return [address(route, [])]
    return [address(route, arguments(garden)) for arguments in walk.examples.get(route.name, [])]


def address(route: walk.Route, arguments: list[Any] | dict[str, Any]) -> str:
    """The address of a route with these arguments."""
    if isinstance(arguments, dict):
        return reverse(route.name, kwargs=arguments)
    if ":" not in route.name and route.name == route.pattern:
        return "/" + route.pattern
    return reverse(route.name, args=arguments)


def said(response: Any) -> str:
    """Everything that an answer says: headers, text, and the texts inside a workbook."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = unquote("\n".join(f"{name}: {value}" for name, value in response.items()))
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as workbook:
            body = b"\n".join(workbook.read(name) for name in workbook.namelist())
    return headers + "\n" + body.decode("utf-8", "replace")


def leaked(text: str, garden: walk.Garden, name: str) -> list[str]:
    """The labels of marks that this person may not see, and that the text shows."""
    return [mark.label for mark in garden.marks if mark.text in text and name not in mark.seers]


class Walker:
    """Goes everywhere as one person and notes what is wrong."""

    def __init__(self, garden: walk.Garden, name: str) -> None:
        self.garden, self.name = garden, name
        self.client = client_of(garden.world, name)
        self.user = None if name == ANONYMOUS else getattr(garden.world, name)
        self.faults: list[str] = []
        self.seen: set[str] = set()

    def walk(self) -> Walker:
        """All routes: pages, searches, exports."""
        for route in routes():
            for url in addresses(route, self.garden):
                self.visit(route, url)
        return self

    def visit(self, route: walk.Route, url: str) -> None:
        """One address: as it is, with a search, and its export."""
        response = self.ask(route, url)
        if response.status_code != 200:
            self.judge_refusal(route, url)
            return
        self.judge_permission(route, url)
        if b'name="q"' in getattr(response, "content", b""):
            for words in (walk.STEM, walk.WORD, (self.garden.world.b.uscc or "")[:12]):
                self.ask(route, f"{url}?q={words}")
        if b'name="export"' in getattr(response, "content", b""):
            self.judge(route, f"export {url}", self.client.post(url, {"export": "xlsx"}))

    def ask(self, route: walk.Route, url: str) -> Any:
        """Get an address, and judge what it says and whether it wrote."""
        with walk.Writes() as noted:
            response = self.client.get(url)
        self.judge(route, f"GET {url}", response)
        self.judge_writes(route, url, noted.tables)
        return response

    def judge(self, route: walk.Route, what: str, response: Any) -> None:
        """Does the answer break, or show a mark that it must not?"""
        text = said(response)
        if response.status_code >= 500:
            self.faults.append(f"{what}: status {response.status_code}")
        self.faults += [f"{what} shows: {label}" for label in leaked(text, self.garden, self.name)]
        self.seen |= {mark.label for mark in self.garden.marks if mark.text in text}

    def judge_writes(self, route: walk.Route, url: str, tables: set[str]) -> None:
        """A GET changes nothing, unless the app says which table and why."""
        unexpected = tables - HOUSEKEEPING - set(walk.written.get(route.name, {}))
        if unexpected:
            self.faults.append(f"GET {url} writes {sorted(unexpected)}")

    def judge_permission(self, route: walk.Route, url: str) -> None:
        """Who is refused the permission of the route has no business on its page."""
        from django.contrib.auth.models import AnonymousUser

        asked = getattr(route.view, "permission", None)
        if asked in access.permissions() and not access.check(asked, self.user or AnonymousUser()):
            self.faults.append(f"GET {url} answers although {asked} is refused")

    def judge_refusal(self, route: walk.Route, url: str) -> None:
        """A GET never signs a person out: that would make the rest of this walk blind."""
        if self.user is not None and "_auth_user_id" not in self.client.session:
            self.faults.append(f"GET {url} signs {self.name} out")
            self.client = client_of(self.garden.world, self.name)


def test_every_route_declares_a_permission_that_somebody_defined() -> None:
    undeclared = [
        route.name for route in routes() if getattr(route.view, "permission", None) not in access.permissions()
    ]

    assert undeclared == []


def test_the_walk_knows_arguments_for_every_route_that_needs_some() -> None:
    unknown = [route.name for route in routes() if route.parameters and route.name not in walk.examples]

    assert unknown == []


def test_no_two_routes_share_a_name_and_parameters() -> None:
    """The second of them could only be reached by luck."""
    known = [(route.name, route.parameters, route.pattern) for route in routes()]

    assert sorted({one for one in known if known.count(one) > 1}) == []


def test_the_walk_names_no_route_that_does_not_exist() -> None:
    names = {route.name for route in routes()}

    assert sorted({*walk.examples, *walk.posts, *walk.written, *walk.own, *walk.grows} - names) == []


@pytest.mark.django_db
def test_something_is_planted_of_every_model(garden: walk.Garden) -> None:
    bare = [
        model.__name__
        for label in OUR_APPS
        for model in apps.get_app_config(label).get_models()
        if model not in walk.empties and not model._default_manager.exists()
    ]

    assert bare == []


#: The marks that each person saw, in walks of this process: they are planted the same in every test.
_seen: dict[str, set[str]] = {}


def _walked(garden: walk.Garden, name: str) -> Walker:
    walker = Walker(garden, name).walk()
    _seen[name] = walker.seen
    return walker


@pytest.mark.django_db
@pytest.mark.parametrize("name", WALKERS)
def test_nobody_sees_on_any_route_what_is_not_theirs(garden: walk.Garden, name: str) -> None:
    faults = _walked(garden, name).faults

    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_every_mark_is_shown_to_somebody_who_may_see_it(garden: walk.Garden) -> None:
    """Or else the walk would be looking for what no page ever shows, and could not fail."""
    hidden = {mark.label: mark.seers for mark in garden.marks if mark.shown}
    for name in (*SEERS, *PEOPLE):
        if any(name in seers for seers in hidden.values()):
            seen = _seen[name] if name in _seen else _walked(garden, name).seen
            hidden = {label: seers for label, seers in hidden.items() if label not in seen}

    assert sorted(hidden) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in WALKERS if name != ANONYMOUS])
def test_no_export_holds_what_is_not_theirs(garden: walk.Garden, name: str, tmp_path: Path) -> None:
    user = getattr(garden.world, name)
    faults = []
    for spec, scope in _lists_with_scopes(garden):
        if not access.check(spec.permission, user):
            continue
        path = tmp_path / "list.xlsx"
        exporting.write(path, lists.read(spec, user, _no_question(), scope), at=timezone.now())
        with zipfile.ZipFile(path) as workbook:
            text = "\n".join(workbook.read(part).decode("utf-8", "replace") for part in workbook.namelist())
        faults += [f"{spec.name} {scope} holds: {label}" for label in leaked(text, garden, name)]

    assert not faults, "\n".join(faults)


def _no_question() -> Any:
    from django.http import QueryDict

    return QueryDict("")


def _lists_with_scopes(garden: walk.Garden) -> Iterator[tuple[lists.List, dict[str, Any]]]:
    for name, spec in sorted(lists.lists().items()):
        if not name.startswith(OUR_APPS):
            continue
        for scope in walk.scopes.get(name, [lambda garden: {}]):
            yield spec, dict(scope(garden))


@pytest.mark.django_db
@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_is_hidden_does_not_change_so_much_as_a_count(
    world: World, settings: Any, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = client_of(world, name)
    before = _plain_pages(client)

    walk.plant(world)

    after = _plain_pages(client)
    assert [route for route, text in before.items() if after[route] != text] == []


def _plain_pages(client: Client) -> dict[str, str]:
    """What the pages without parameters say, but for those by which people sign in and out."""
    plain = [route for route in routes() if not route.parameters and route.name not in {*walk.own, *walk.grows}]
    return {route.name: _still(client.get(address(route, []))) for route in plain}


def _still(response: Any) -> str:
    """An answer without what differs each time: tokens, times, session keys, pictures of secrets."""
    text = re.sub(r"<svg\b.*?</svg>", "", said(response), flags=re.DOTALL)
    return re.sub(r'[A-Za-z0-9_-]{32,}|\d\d:\d\d(:\d\d)?|(?<=\D)\d{10,}(?=\D)|"\d+(\.\d+)? ?(ms|s)"', "", text)


@pytest.mark.django_db
def test_inspection_changes_nothing_by_any_form(garden: walk.Garden) -> None:
    client = client_of(garden.world, "inspector")
    faults = []
    for route in routes():
        if route.name in walk.own:
            continue
        if "_auth_user_id" not in client.session:
            faults.append(f"signed out before {route.name}")
            client = client_of(garden.world, "inspector")
        forms = [form(garden) for form in walk.posts.get(route.name, [])] + [{}, {"confirmed": "1"}]
        for url in addresses(route, garden):
            for form in forms:
                with walk.Writes() as noted:
                    response = client.post(url, form)
                changed = noted.tables - HOUSEKEEPING
                if changed:
                    faults.append(f"POST {url} {form} writes {sorted(changed)}")
                if response.status_code not in REFUSALS | {200, 302}:
                    faults.append(f"POST {url} {form}: status {response.status_code}")
                if form and route.name in walk.posts and response.status_code not in REFUSALS:
                    faults.append(f"POST {url} {form} is not refused: {response.status_code}")

    assert not faults, "\n".join(faults)
