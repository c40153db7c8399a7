"""How fast the register and the first page answer at 1,000 and at 100,000 enterprises, and with how many queries.

    python -m benchmarks.web.pages [--sizes 1000,100000] [--databases sqlite,postgres] [--out PAGES.md]

Each run is a process of its own with a new database that holds so many enterprises, spread over all counties, each with
the facts of one firm of the sample. The department's officer asks for each page 40 times through Django's own stack
(no network). The peer of the large register is the small one: the promise is a p95 within twice that of 1,000.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.web.sizes import Run, main, page_of, table

PAGES: Final = (
    ("register", "/register/"),
    ("register, second page of 200", "/register/?size=200&page=2"),
    ("register, one condition short", "/register/?verdict=fail&shortfall=one"),
    ("register, one county, by shortfall", "/register/?division=620102&sort=-shortfall"),
    ("register, two-character search", "/register/?q=%E7%94%9F%E7%89%A9"),
    ("register, the last page", "/register/?page={last}"),
    ("first page", "/enterprises/{enterprise}/"),
)


def fill(count: int) -> tuple[Any, int, float]:
    """A department and so many enterprises; the officer, one enterprise, and the seconds that placing them took."""
    import datetime as dt

    from django.db import transaction
    from django.utils import timezone

    from tidui.accounts.actions.organisations import NewOrganisation, found_all
    from tidui.accounts.enums import Role
    from tidui.accounts.models import Membership
    from tidui.codes import divisions, uscc
    from tidui.cultivation.placing import place_all
    from tidui.demo.enterprises import firms, items_of
    from tidui.kit import clock
    from tidui.registry.actions import file_many
    from tidui.site.beginning import begin

    at = timezone.now()
    first = begin(department="省科技厅", username="officer", name="经办人", password="a-long-password-1", at=at)
    Membership.objects.create(user=first.administrator, organisation=first.department, role=Role.OFFICER, since=at)
    counties = [one.code for one in divisions.table().values() if one.level == "county"]
    samples = list(firms())
    rows = []
    for number in range(count):
        body = f"91{counties[number % len(counties)]}BM{number:07d}"
        name = f"{samples[number % len(samples)]['name', None]}{number}"
        code = body + uscc.check_character(body)
        rows.append(NewOrganisation(kind="enterprise", name=name, uscc=code, division=counties[number % len(counties)]))
    by = first.administrator
    with transaction.atomic():
        made = found_all(organisations=rows, since=dt.date(2020, 1, 1), by=by, at=at)
    items = (item for number, one in enumerate(made) for item in items_of(one, samples[number % len(samples)]))
    file_many(items, source="takeover", by=by, at=at, filed_for=first.department)
    begun = time.perf_counter()
    place_all([one.pk for one in made], on=clock.today(), at=at)
    return by, made[count // 2].pk, time.perf_counter() - begun


def child(count: int) -> None:
    """One run; prints what it measured as JSON."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    by, enterprise, placing = fill(count)
    client = Client(SERVER_NAME="localhost")
    client.force_login(by)
    found: dict[str, Any] = {"placing": placing, "pages": {}}
    for name, address in PAGES:
        url = address.format(last=count // 50, enterprise=enterprise)
        found["pages"][name] = page_of(client, url)
    print(json.dumps(found))


def report(found: list[Run]) -> str:
    """The results as Markdown."""
    promise = "register over p95 of the smaller, at most 2"
    lines = table("Pages at 1,000 and 100,000 enterprises", "enterprises", promise, found)
    lines += ["", "Placing every enterprise on the ladder again (the whole reach, in the worker):", ""]
    for database, size, measured in found:
        lines.append(f"- {database}, {size:,} enterprises: {measured['placing']:.1f} s")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main("benchmarks.web.pages", __doc__ or "", Path(__file__).with_name("PAGES.md"), child, report)
