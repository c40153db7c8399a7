"""What imports plant: a file of the county of `b` with a fault in it, and declared tables of `b`."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from django.utils import timezone

from tests import walk
from tests.unit.tables.making import workbook
from tidui.kit import files, jobs
from tidui.registry.importing import actions
from tidui.registry.importing.models import (
    Conversion,
    DeclaredProperty,
    PastEvent,
    Product,
    RdActivity,
    RdYearCost,
)
from tidui.registry.importing.stored import UPLOAD

#: Who sees what the unit of `b`'s county imports: itself, and whoever reads the whole province.
SEERS = frozenset({"other_county_officer", "department_officer", "department_leader", "inspector"})


@walk.plants
def imported(garden: walk.Garden) -> None:
    """An import that was read: its name, its remark, and what is wrong in it."""
    world, now = garden.world, timezone.now()
    wrong = garden.mark("a bad cell of an import", seers=SEERS)
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(
            Path(folder) / f"{garden.mark('file name of an import', seers=SEERS)}.xlsx",
            企业=[["统一社会信用代码", "Ⅰ类知识产权数"], [world.b.uscc, wrong]],
        )
        received = files.receive(path, kind=UPLOAD, name=path.name)
    one = actions.hand_in(
        received=received, filed_for=world.other_county, source="unit", policy="keep", by=world.other_county_officer,
        note=garden.mark("remark on an import", seers=SEERS, shown=False), at=now,
    )  # fmt: skip
    assert one.job is not None
    jobs.run_job.call(str(one.job.pk))
    one.refresh_from_db()
    garden.things |= {"import": one, "marked": one.marked}


@walk.plants
def declared(garden: walk.Garden) -> None:
    """A row of each declared table of `b`; they leave with its file alone."""
    world, now = garden.world, timezone.now()
    common = {"organisation": world.b, "batch": garden.things["import"], "filed_at": now}
    year = {"declared_year": 2026, **common}
    day = dt.date(2024, 5, 6)
    DeclaredProperty.objects.create(
        code="IP01", name=garden.mark("declared property of b"), kind="4", number="2024SR0000001", acquisition="2",
        granted_on=day, **year,
    )  # fmt: skip
    RdActivity.objects.create(code="RD01", name=garden.mark("activity of b"), started_on=day, **year)
    RdYearCost.objects.create(code="RD01", year=2025, rd_staff_cost=7, **year)
    Product.objects.create(code="PS01", name=garden.mark("product of b"), income=7, **year)
    Conversion.objects.create(name=garden.mark("conversion of b"), outcome="1", year=2025, **year)
    PastEvent.objects.create(kind="bank", on=day, note=garden.mark("past event of b"), **common)


for _name in ("import", "start_import", "leave_import"):
    walk.example(f"registry:{_name}", lambda garden: [garden.things["import"].pk])
for _shape in ("facts", "official", "past"):
    walk.example("registry:export_file", lambda garden, shape=_shape: [garden.world.b.pk, shape])
for _template in ("facts", "official", "takeover"):
    walk.example("registry:import_template", lambda garden, name=_template: [name])
walk.example("kit:file", lambda garden: [garden.things["import"].file_id])
walk.example("kit:file", lambda garden: [garden.things["marked"].pk])

walk.post("registry:start_import", lambda garden: {"sha256": garden.things["import"].file.sha256, "policy": "keep"})
walk.post("registry:leave_import", lambda garden: {})
walk.own_account("registry:export_register", "the job and its workbook are their own, and it only reads")
walk.post("registry:new_import", lambda garden: {"source": "unit"})
walk.writes("registry:export_file", "audit_event", "taking a file out is written down")
