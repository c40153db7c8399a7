"""Tables of a form: filled, saved, loaded from elsewhere, submitted, sent back, and read again."""

from __future__ import annotations

import datetime as dt
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from tests.people import World
from tests.review import enterprises, facts_of_form, never_recognised, provincial_call
from tidui.casework import actions, findings, printing, tables, tables_archive, tables_loading, tabling
from tidui.casework.actions import tabling as deeds
from tidui.casework.comparing import changed
from tidui.casework.models import Application, DraftRow
from tidui.casework.programme import programme
from tidui.kit import clock
from tidui.registry.models import IntellectualProperty

pytestmark = pytest.mark.django_db
#: Queries of a page of a table, of the form's page, and of one cell that is saved: however long the table is.
#: Of the form of a draft one asks which application it comes after, by which the browser keeps what waits.
TABLE_QUERIES, FORM_QUERIES, SAVE_QUERIES = 8, 11, 9


@pytest.fixture
def draft(world: World) -> Application:
    """A provincial application that was begun."""
    call = provincial_call(world)
    never_recognised(call, world.a, timezone.now())
    return actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())


@pytest.fixture
def client(world: World) -> Client:
    """Who files for the enterprise."""
    made = Client()
    made.force_login(world.clerk_a)
    return made


def address(application: Application, table: str, more: str = "") -> str:
    return f"/applications/{application.pk}/form/{table}/{more}"


def rows(application: Application, table: str) -> list[DraftRow]:
    return list(application.draft_rows.filter(table=table).order_by("key"))


def answers(application: Application) -> dict[str, Any]:
    return tabling.read(tabling.tables_of(Application.objects.get(pk=application.pk))).answers


def test_rows_are_added_filled_without_javascript_and_removed(draft: Application, client: Client) -> None:
    done = client.post(address(draft, "equipment"), {"do": "add", "count": "2"})
    assert done.status_code == 302 and done["Location"].endswith("/equipment/#row-1")
    shown = client.get(address(draft, "equipment"))
    assert shown.status_code == 200 and "SB01" in shown.text and "SB02" in shown.text
    post = {
        "row": ["1", "2"], "was": json.dumps({}), "do": "save", "t.equipment.1.name": "真空镀膜机",
        "t.equipment.1.count": "2", "t.equipment.1.value": "60.5", "t.equipment.1.place": "一号车间",
        "t.equipment.2.name": "示波器",
    }  # fmt: skip
    assert client.post(address(draft, "equipment"), post).status_code == 302
    assert answers(draft)["table.equipment"][0] == {
        "key": "1", "name": "真空镀膜机", "count": 2, "value": 60_5000_00, "place": "一号车间",
    }  # fmt: skip
    assert client.post(address(draft, "equipment"), {"do": "remove:1"}).status_code == 302
    assert [row["name"] for row in answers(draft)["table.equipment"]] == ["示波器"]
    assert answers(draft)["table.equipment"][0]["key"] == "1", "the first submission numbers from one"


def test_two_tabs_do_not_overwrite_each_other(draft: Application, client: Client) -> None:
    client.post(address(draft, "staff"), {"do": "add", "count": "1"})

    def save(value: str, base: int) -> Any:
        return client.post(address(draft, "staff", "draft/"), {"field": "t.staff.1.name", "value": value, "base": base})

    first = save("王工", 0)
    assert first.status_code == 200 and first.json()["error"] == ""
    other = save("李工", 0)
    assert (other.status_code, other.json()["value"]) == (409, "王工")
    assert save("李工", first.json()["version"]).status_code == 200
    was = json.dumps({"t.staff.1.name": "王工"})
    late = client.post(address(draft, "staff"), {"row": "1", "was": was, "t.staff.1.name": "赵工", "t.staff.1.degree": "博士"})
    assert late.status_code == 422 and "李工" in late.text and "赵工" in late.text
    held = rows(draft, "staff")[0].cells
    assert held["name"]["text"] == "李工" and held["degree"]["text"] == "博士", "what nobody else touched is kept"


def filled(draft: Application, world: World, staff: int = 1) -> None:
    """Every table of the form, one row each, and so many people."""
    now = timezone.now()
    given: dict[str, list[dict[str, str]]] = {
        "ip": [{"name": "压力传感器", "class": "发明专利（非国防专利）", "number": "ZL202010000001.1", "obtained": "own",
                "granted_on": "2021/3/2"}],
        "rd": [{"name": "薄膜压力芯片研制", "began_on": "2024-01-01", "field": "803", "source": "6", "ip": "IP01",
                "budget": "200", "spent": "180.5", "core": "薄膜工艺"}],
        "products": [{"name": "压力传感器", "field": "803", "sales": "8000", "main": "是", "ip": "1", "technology": "0.05级"}],
        "conversions": [{"name": "产业化", "year": "2025年", "result": "新产品", "ip": "IP01", "rd": "RD01", "products": "PS1"}],
        "staff": [{"name": f"王工{number:03d}", "degree": "硕士", "post": "研发", "days": "240"} for number in range(staff)],
        "equipment": [{"name": "镀膜机", "count": "1", "value": "600", "place": "一号车间"}],
    }  # fmt: skip
    for table, lines in given.items():
        refused = deeds.load_rows(
            application=draft, table=table, rows=lines, replace=True, by=world.clerk_a, at=now
        )
        assert refused == {}


def submit(draft: Application, world: World) -> Application:
    """What the form's page does with the tables."""
    said = tabling.read(tabling.tables_of(Application.objects.get(pk=draft.pk)))
    assert said.faults == {}
    plain = {"contact": "白小慧", "phone": "13900001111", "technology": "工艺", "organisation": "中心", "officers": "白建国",
             "avoid": ""}  # fmt: skip
    return actions.submit(
        application=draft, stated=facts_of_form(clock.today().year - 1), answers=plain | said.answers, by=world.clerk_a,
        at=timezone.now(), seen=draft.version,
    ).application  # fmt: skip


def test_what_was_typed_is_kept_as_values_and_read_by_people(draft: Application, world: World) -> None:
    filled(draft, world)
    made = submit(draft, world)
    kept = made.submissions.get()
    assert kept.answers["table.ip"] == [
        {"key": "1", "name": "压力传感器", "class": "12", "number": "ZL202010000001.1", "obtained": "own",
         "granted_on": "2021-03-02"}
    ]  # fmt: skip
    activity = kept.answers["table.rd"][0]
    assert (activity["budget"], activity["spent"], activity["ip"]) == (200_0000_00, 180_5000_00, ["1"])
    assert kept.answers["table.conversions"][0] | {"year": 2025, "result": "product", "products": ["1"]} == (
        kept.answers["table.conversions"][0]
    )
    row = tables.rows_of(kept, "rd")[0]
    assert (row.number, row.text("spent"), row.text("ip")) == ("RD01", "180.5 万元", "IP01")
    assert row.text("field").startswith("803 ") and tables.rows_of(kept, "products")[0].text("main") == "是"
    assert not made.draft_rows.exists(), "what was submitted is in the submission alone"


def test_faults_name_their_place_and_stop_the_submission(draft: Application, client: Client, world: World) -> None:
    filled(draft, world)
    now = timezone.now()
    deeds.load_rows(
        application=draft, table="rd", replace=True, by=world.clerk_a, at=now,
        rows=[{"name": "研制", "began_on": "2025-05-01", "ended_on": "2024-05-01", "field": "999", "source": "6", "ip": "IP07",
               "budget": "很多", "spent": "-1"}],
    )  # fmt: skip
    deeds.load_rows(
        application=draft, table="ip", replace=False, by=world.clerk_a, at=now,
        rows=[{"name": "又一项", "class": "12", "number": "zl202010000001.1", "obtained": "own", "granted_on": "2021-03-02"}],
    )  # fmt: skip
    found = tabling.tables_of(draft)
    faults = {name: one.message for name, one in tabling.read(found).faults.items()}
    key = rows(draft, "rd")[0].key
    assert {name.rpartition(".")[2] for name in faults if name.startswith(f"t.rd.{key}.")} == {
        "ended_on", "field", "ip", "budget", "spent", "core",
    }  # fmt: skip
    assert [text for name, text in faults.items() if name.startswith("t.ip.")] == ["与 IP01 重复"]
    sent = client.post(f"/applications/{draft.pk}/submit/", {"year": clock.today().year - 1, "version": draft.version})
    assert sent.status_code == 422 and "研究开发活动情况表 RD01 技术领域" in sent.text
    assert f"/form/rd/?check=1&amp;page=1#id_t.rd.{key}.field" in sent.text


def test_an_empty_table_that_must_have_a_row_is_named(draft: Application) -> None:
    faults = tabling.read(tabling.tables_of(draft)).faults
    assert set(faults) == {"t.ip", "t.rd", "t.products"}


def test_a_removed_row_takes_its_references_along(draft: Application, world: World, client: Client) -> None:
    filled(draft, world)
    deeds.remove_row(application=draft, table="ip", key=rows(draft, "ip")[0].key, by=world.clerk_a, at=timezone.now())
    said = answers(draft)
    assert said["table.rd"][0].get("ip", []) == [] and said["table.conversions"][0].get("ip", []) == []
    gone = client.post(address(draft, "ip", "draft/"), {"field": "t.ip.1.name", "value": "晚到的字", "base": "0"})
    assert gone.status_code == 422, "what was typed into a row that is gone is not lost silently"


def test_no_row_gets_the_key_of_one_that_was_taken_off(draft: Application, world: World, client: Client) -> None:
    filled(draft, world)
    old = [row.key for row in rows(draft, "ip")]
    for key in old:
        deeds.remove_row(application=draft, table="ip", key=key, by=world.clerk_a, at=timezone.now())
    (added,) = deeds.add_rows(application=draft, table="ip", count=1, by=world.clerk_a, at=timezone.now())
    assert added.key > max(old)
    stale = client.post(address(draft, "ip", "draft/"), {"field": f"t.ip.{old[-1]}.name", "value": "旧页", "base": "0"})
    assert stale.status_code == 422 and rows(draft, "ip")[0].cells == {}
    given = [{"name": "一种传感器"}]
    again = {"application": draft, "table": "ip", "rows": given, "replace": True, "by": world.clerk_a}
    deeds.load_rows(**again, at=timezone.now())
    deeds.load_rows(**again, at=timezone.now())
    assert [row.key for row in rows(draft, "ip")] == [added.key + 2]


def test_classified_marks_are_not_kept(draft: Application, client: Client) -> None:
    client.post(address(draft, "equipment"), {"do": "add", "count": "1"})
    said = client.post(address(draft, "equipment", "draft/"), {"field": "t.equipment.1.name", "value": "机密★10年 设备", "base": "0"})
    assert said.status_code == 422
    page = client.post(
        address(draft, "equipment"),
        {"row": "1", "was": "{}", "t.equipment.1.name": "机密★10年 设备", "t.equipment.1.place": "车间"},
    )
    assert page.status_code == 422 and "机密" in page.text
    assert set(rows(draft, "equipment")[0].cells) == {"place"}


def test_a_table_is_pasted_and_its_faulty_cells_are_named(draft: Application, client: Client) -> None:
    text = "姓名\t学历\t岗位\t上年度实际工作天数\t备注\n王工\t硕士\t研发\t240\tx\n李工\t博士\t研发\t很多\t"
    done = client.post(address(draft, "staff", "load/"), {"pasted": text, "how": "append"})
    assert done.status_code == 302
    shown = client.get(done["Location"])
    assert "读入2行" in shown.text and "备注" in shown.text, "a heading that no column has is told of"
    assert "RY02 上年度实际工作天数" in shown.text and "很多" in shown.text
    plain = client.post(address(draft, "staff", "load/"), {"pasted": "张工,本科,测试,,180", "how": "replace"})
    assert plain.status_code == 302
    assert [row["name"] for row in answers(draft)["table.staff"]] == ["张工"], "without a heading, in the columns' order"


def test_a_table_that_is_too_long_or_empty_is_refused(draft: Application, client: Client) -> None:
    many = "\n".join(f"人{number}\t硕士\t研发\t\t240" for number in range(301))
    for text in (many, "姓名\t学历\n", "  "):
        said = client.post(address(draft, "staff", "load/"), {"pasted": text, "how": "append"})
        assert said.status_code == 422, text[:20]
    assert rows(draft, "staff") == []


def test_of_a_small_file_of_very_many_lines_no_more_is_read_than_tells_that_it_is_too_much(
    draft: Application, tmp_path: Path
) -> None:
    table = programme(draft.programme).form.table("equipment")
    assert table is not None
    file = tmp_path / "many.csv"
    file.write_bytes("显微镜\n".encode() * 500_000)
    tracemalloc.start()
    try:
        with pytest.raises(tables_loading.NotRead, match="最多"):
            tables_loading.of_file(table, file, "many.csv")
        assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    finally:
        tracemalloc.stop()


def test_the_template_is_filled_in_and_uploaded_again(draft: Application, client: Client, world: World) -> None:
    filled(draft, world, staff=3)
    for table in ("ip", "rd", "products", "conversions", "staff", "equipment"):
        before = answers(draft)[f"table.{table}"]
        book = client.get(address(draft, table, "template/"))
        assert book.status_code == 200
        content = b"".join(book.streaming_content)  # type: ignore[arg-type]
        file = SimpleUploadedFile(f"{table}.xlsx", content)
        done = client.post(address(draft, table, "load/"), {"file": file, "how": "replace"})
        assert done.status_code == 302, done.text if done.status_code == 422 else ""
        kept = [{name: value for name, value in row.items() if name != "key"} for row in answers(draft)[f"table.{table}"]]
        expected = [{name: value for name, value in row.items() if name != "key"} for row in before]
        if table == "ip":  # what refers to rows that were replaced says so no more
            deeds.load_rows(
                application=draft, table="rd", replace=True, by=world.clerk_a, at=timezone.now(),
                rows=[{"name": "研制", "began_on": "2024-01-01", "field": "803", "source": "6", "ip": "IP01",
                       "budget": "2", "spent": "1", "core": "薄膜"}],
            )  # fmt: skip
        assert kept == expected, table


def test_rows_of_intellectual_property_come_from_the_register(draft: Application, client: Client, world: World) -> None:
    registered(world)
    client.post(address(draft, "ip"), {"do": "copy"})
    assert answers(draft)["table.ip"] == [
        {"key": "1", "name": "一种传感器", "class": "2", "number": "ZL202020000002.0", "obtained": "bought",
         "granted_on": "2021-05-06"}
    ]  # fmt: skip
    client.post(address(draft, "ip"), {"do": "copy"})
    assert len(rows(draft, "ip")) == 1, "what is in the table already is not copied again"


def registered(world: World) -> None:
    now = timezone.now()
    IntellectualProperty.objects.create(
        organisation=world.a, name="一种传感器", kind="2", number="ZL202020000002.0", key="ZL202020000002.0", owners=["甲"],
        acquisition="3", granted_on=dt.date(2021, 5, 6), valid_until=dt.date(2030, 1, 1), entered_by=world.clerk_a,
        entered_at=now, changed_at=now,
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3, 300])
def test_a_long_table_costs_no_more_queries_than_a_short_one(
    draft: Application, client: Client, world: World, count: int
) -> None:
    filled(draft, world, staff=count)
    client.get(address(draft, "staff"))
    for place, most in ((address(draft, "staff"), TABLE_QUERIES), (f"/applications/{draft.pk}/form/", FORM_QUERIES)):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(place).status_code == 200
        assert len(asked) == most, (place, len(asked))
    with CaptureQueriesContext(connection) as asked:
        saved = client.post(address(draft, "staff", "draft/"), {"field": "t.staff.1.name", "value": "改名", "base": "9" * 15})
    assert saved.status_code == 200 and len(asked) == SAVE_QUERIES, len(asked)
    shown = client.get(address(draft, "staff")).text
    assert shown.count('name="row"') == min(count, 50)


def test_an_application_goes_back_with_a_row_named_and_comes_again(
    draft: Application, client: Client, world: World
) -> None:
    filled(draft, world, staff=2)
    made = submit(draft, world)
    officer = Client()
    officer.force_login(world.county_officer)
    page = officer.get(reverse("casework:review", args=[made.pk]))
    assert page.status_code == 200 and "RD01" in page.text and 'value="t.rd.1"' in page.text
    sent = officer.post(
        reverse("casework:decide", args=[made.pk]),
        {"move": "return", "reason": "支出与账不符", "fields": ["t.rd.1", "t.nothing.1"], "seen": str(made.version)},
    )
    assert sent.status_code == 302
    made.refresh_from_db()
    assert made.steps.latest("number").fields == ["t.rd.1"]
    form = client.get(f"/applications/{made.pk}/form/")
    assert "研究开发活动情况表 RD01" in form.text and "需补正" in form.text
    shown = client.get(address(made, "rd"))
    assert "需补正" in shown.text and "180.5" in shown.text
    client.post(address(made, "rd", "draft/"), {"field": "t.rd.1.spent", "value": "175", "base": str(10**15)})
    deeds.remove_row(application=made, table="staff", key=1, by=world.clerk_a, at=timezone.now())
    deeds.load_rows(application=made, table="staff", rows=[{"name": "新人", "degree": "本科", "post": "测试", "days": "100"}],
                    replace=False, by=world.clerk_a, at=timezone.now())  # fmt: skip
    again = submit(made, world)
    newest, first = again.submissions.order_by("-number")
    assert [row.number for row in tables.rows_of(newest, "staff")] == ["RY02", "RY03"], "a number stays a row's own"
    said = {one.label: (one.before, one.after) for one in changed(first, newest)}
    assert said["研究开发活动情况表 RD01 近两年总支出"] == ("180.5 万元", "175 万元")
    assert said["研发人员名单 RY01"][1] == "移除" and "新人" in said["研发人员名单 RY03"][1]
    assert "175 万元" in officer.get(f"/applications/{again.pk}/").text


def test_the_printed_application_and_the_package_hold_the_tables(draft: Application, world: World) -> None:
    filled(draft, world, staff=2)
    made = submit(draft, world)
    kept = made.submissions.get()
    paper = printing.submitted(kept)
    assert [one["title"] for one in paper["tables"]][:2] == ["表1　知识产权汇总表", "表2　研究开发活动情况表"]
    assert paper["tables"][4]["rows"][1][:2] == ["RY02", "王工001"]
    assert printing.of_submission(kept).startswith(b"%PDF")
    entries = list(tables_archive.listed(made, world.department_officer))
    assert entries[0].path == "01-申报书/第1次提交-知识产权汇总表.csv" and len(entries) == 6


def test_the_same_number_and_the_same_people_elsewhere_are_found(draft: Application, world: World) -> None:
    filled(draft, world, staff=5)
    mine = submit(draft, world)
    firm, person = enterprises(1)[0]
    never_recognised(mine.call, firm, timezone.now())
    other = actions.begin(call=mine.call, organisation=firm, by=person, at=timezone.now())
    for table, row in (("ip", {"number": "２０２０１００００００１１", "name": "传感器"}), ):
        deeds.load_rows(application=other, table=table, rows=[row], replace=False, by=person, at=timezone.now())
    names = [{"name": f"王工{number:03d}"} for number in range(3)]
    deeds.load_rows(application=other, table="staff", rows=names, replace=False, by=person, at=timezone.now())
    said = tabling.read(tabling.tables_of(other))
    actions.submit(
        application=other, stated=facts_of_form(clock.today().year - 1), by=person, at=timezone.now(), seen=other.version,
        answers={"contact": "甲", "phone": "13911112222", "technology": "另一种", "organisation": "", "officers": "", "avoid": "",
                 **said.answers},
    )  # fmt: skip
    findings.look(Application.objects.get(pk=other.pk))
    findings.look(mine)
    found = {one.params["word"]: findings.said(one) for one in mine.findings.all()}
    assert "ZL202010000001.1" in found["property_listed"] and "另外 1 家" in found["property_listed"]
    assert "3 人" in found["staff_listed"] and firm.name not in "".join(found.values())


def test_strangers_are_kept_out_of_a_table(draft: Application, world: World) -> None:
    filled(draft, world)
    for person in (world.clerk_b, world.county_officer, world.department_officer, world.inspector):
        client = Client()
        client.force_login(person)
        for more in ("", "load/", "template/"):
            assert client.get(address(draft, "staff", more)).status_code in (403, 404)
        assert client.post(address(draft, "staff", "draft/"), {"field": "t.staff.1.name", "value": "x"}).status_code in (403, 422)
    assert rows(draft, "staff")[0].cells["name"]["text"] == "王工000"


@pytest.mark.parametrize(
    ("unit", "meant"), [("(10,000 yuan)", "12.5"), (" (yuan)", "12.5元"), ("（万元）", "12.5"), ("(¥10,000)", "12.5")]
)
def test_an_amount_is_read_under_its_heading_in_either_language(unit: str, meant: str) -> None:
    """The English template's heading names the unit too, and is what comes back."""
    owner = programme("provincial")
    table = next(one for one in owner.form.tables if any(column.kind == "money" for column in one.columns))
    money = next(column for column in table.columns if column.kind == "money")
    first = next(column for column in table.columns if column is not money)
    with translation.override("en"):
        assert tables_loading.heading_of(money) == f"{money.title.en} (10,000 yuan)"
    found = tables_loading.of_lines(table, [[first.title.en, f"{money.title.en}{unit}"], ["RD1", "12.5"]])
    assert (found.unknown, found.rows[0][money.name]) == ([], meant)
