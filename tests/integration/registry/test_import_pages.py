"""The pages of imports: they work without a script, and show nobody what is not theirs."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.integration.registry.importing import bring, hand_in, run
from tests.people import World
from tests.unit.tables.making import workbook

from tidui.accounts.models import User
from tidui.kit import files
from tidui.registry.importing.enums import ImportState
from tidui.registry.importing.models import Import
from tidui.registry.importing.stored import UPLOAD

pytestmark = pytest.mark.django_db

HEAD = ["统一社会信用代码", "企业名称", "Ⅰ类知识产权数"]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "tidui.accounts.signin.backends.PasswordBackend")
    return client


def upload(client: Client, path: Path, **more: Any) -> Any:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post(reverse("registry:new_import"), {"file": file, **more})


def test_a_file_is_handed_in_read_looked_at_and_imported(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "名册.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, 3]])
    client = signed_in(world.department_officer)
    answer = upload(client, path, source="takeover", policy="all")
    one = Import.objects.get()
    assert answer.headers["Location"] == reverse("registry:import", args=[one.pk])
    waiting = client.get(answer.headers["Location"])
    assert waiting.headers["Refresh"]
    run()
    page = client.get(answer.headers["Location"]).content.decode()
    assert "有变化的企业" in page
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert sha256 is not None
    client.post(reverse("registry:start_import", args=[one.pk]), {"sha256": sha256[1]})
    run()
    assert "文件已导入" in client.get(answer.headers["Location"]).content.decode()


def test_a_page_with_faults_names_the_cell_in_chinese_and_in_english(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, "很多"]])
    one = hand_in(path, world.department_officer, world.department)
    run()
    client = signed_in(world.department_officer)
    url = reverse("registry:import", args=[one.pk])
    page = client.get(url).content.decode()
    assert "很多 不是数字" in page
    assert "C Ⅰ类知识产权数" in page
    client.cookies["tidui_language"] = "en"
    assert "很多 is not a number" in client.get(url).content.decode()


def test_another_file_than_the_one_that_was_looked_at_is_not_imported(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, 3]])
    one = hand_in(path, world.department_officer, world.department)
    run()
    client = signed_in(world.department_officer)
    answer = client.post(reverse("registry:start_import", args=[one.pk]), {"sha256": "0" * 64})
    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.state == ImportState.CHECKED


def test_an_import_is_seen_by_its_own_unit_and_the_department_alone(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "机密无关.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, 3]])
    one = bring(path, world.county_officer, world.county, source="unit")
    url = reverse("registry:import", args=[one.pk])
    for user, status in (
        (world.county_leader, 200), (world.department_officer, 200), (world.inspector, 200),
        (world.other_county_officer, 404), (world.clerk_b, 404), (world.stranger, 403), (world.agency_clerk, 403),
    ):  # fmt: skip
        assert signed_in(user).get(url).status_code == status, user.username
    listed = signed_in(world.other_county_officer).get(reverse("registry:imports")).content.decode()
    assert one.file.name not in listed
    assert one.file.name in signed_in(world.county_leader).get(reverse("registry:imports")).content.decode()
    denied = signed_in(world.inspector).post(
        reverse("registry:start_import", args=[one.pk]), {"sha256": one.file.sha256}
    )
    assert denied.status_code == 422


@pytest.mark.parametrize("name", ["inspector", "county_reader", "county_administrator", "stranger", "agency_clerk"])
def test_who_does_not_file_cannot_hand_a_file_in(world: World, tmp_path: Path, name: str) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, 3]])
    answer = upload(signed_in(getattr(world, name)), path)
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_file_that_somebody_else_uploaded_is_not_handed_in(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, 3]])
    theirs = files.receive(path, kind=UPLOAD, name=path.name, by=world.clerk_b)
    answer = signed_in(world.clerk_a).post(reverse("registry:new_import"), {"file-kept": theirs.token, "policy": "all"})
    assert answer.status_code == 422 and "别人上传" in answer.content.decode()
    assert not Import.objects.exists()


def test_a_county_cannot_claim_to_take_over_the_past(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, 3]])
    answer = upload(signed_in(world.county_officer), path, source="takeover")
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_templates_are_downloaded_the_take_over_by_the_department_only(world: World) -> None:
    url = reverse("registry:import_template", args=["takeover"])
    assert signed_in(world.county_officer).get(url).status_code == 404
    answer = signed_in(world.department_officer).get(url)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"


def test_the_marked_workbook_is_had_by_those_who_see_the_import(world: World, tmp_path: Path) -> None:
    import python_calamine

    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, world.a.name, "很多"]])
    one = hand_in(path, world.county_officer, world.county, source="unit")
    run()
    one.refresh_from_db()
    url = reverse("kit:file", args=[one.marked_id])
    assert signed_in(world.other_county_officer).get(url).status_code == 404
    answer = signed_in(world.county_officer).get(url)
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheet_names == ["问题清单", "企业"]
    assert book.get_sheet_by_name("企业").to_python()[1][2] == "很多"
    assert book.get_sheet_by_name("问题清单").to_python()[1][:4] == ["错误", "企业", "2", "C Ⅰ类知识产权数"]


def test_an_enterprise_file_is_exported_in_both_shapes_to_those_who_see_it(world: World) -> None:
    for shape in ("facts", "official", "past"):
        url = reverse("registry:export_file", args=[world.a.pk, shape])
        assert signed_in(world.clerk_a).get(url).status_code == 200
        assert signed_in(world.county_officer).get(url).status_code == 200
        assert signed_in(world.clerk_b).get(url).status_code == 404
        assert signed_in(world.other_county_officer).get(url).status_code == 404


def test_the_register_of_a_reach_is_exported_and_holds_nobody_else(world: World) -> None:
    import python_calamine

    from tidui.kit import files, jobs
    from tidui.kit.models import Job, StoredFile

    client = signed_in(world.county_officer)
    answer = client.post(reverse("registry:export_register"))
    jobs.work_off()
    job = Job.objects.get(kind="registry.export_register")
    assert answer.headers["Location"] == reverse("kit:job", args=[job.pk])
    stored = StoredFile.objects.get(pk=job.result["file"])
    book = python_calamine.CalamineWorkbook.from_path(str(files.path(stored)))
    cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    assert world.a.uscc in cells
    assert world.b.uscc not in cells
    assert any("孙丽华" in str(cell) for cell in cells)
    assert signed_in(world.clerk_a).post(reverse("registry:export_register")).status_code == 422
