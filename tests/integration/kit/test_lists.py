"""Lists: the same rows on the page, in its fragment and in its export; whatever the address says, an answer in words."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tidui.accounts.models import Organisation, User
from tidui.kit import divisions, jobs, lists, search
from tidui.kit.lists import exporting, gathering, presenting
from tidui.kit.models import Job, SavedView, StoredFile

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.kit.list_site")]
SQLITE = int(connection.vendor == "sqlite")
BACKEND = "django.contrib.auth.backends.ModelBackend"


def person(username: str = "officer") -> User:
    return User.objects.create_user(username, name=f"{username} 同志")


@pytest.fixture
def client(settings: Any) -> Client:
    """Somebody who has signed in."""
    settings.AUTHENTICATION_BACKENDS = [BACKEND]
    return signed_in(person())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    return client


def make(count: int = 1, **fields: Any) -> list[Organisation]:
    start = Organisation.objects.count()
    rows = Organisation.objects.bulk_create(
        [
            Organisation(**{"kind": "enterprise", "name": f"企业{number:05d}", "division": "620102", **fields})
            for number in range(start, start + count)
        ]
    )
    search.index_many(Organisation, [(one.pk, f"{one.name} {one.uscc or ''}") for one in rows])
    return rows


def names(answer: Any) -> list[str]:
    """The first cells of the rows."""
    return re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?([^<]*)', answer.content.decode())


def total(answer: Any) -> str:
    found = re.search(r'class="list-total"[^>]*>\s*(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", "", found.group(1)).split())


def get(client: Client, query: str = "", **headers: str) -> HttpResponse:
    answer = client.get(f"/list/?{query}", headers=headers)
    assert answer.status_code == 200
    return answer  # type: ignore[return-value]


class TestThePage:
    def test_it_shows_the_rows_in_the_declared_order_with_their_number(self, client: Client) -> None:
        make(name="乙"), make(name="丙"), make(name="丁")
        answer = get(client)
        assert names(answer) == sorted(["乙", "丙", "丁"])
        assert total(answer) == "共 3 条"

    @pytest.mark.parametrize(
        ("query", "few", "many"),
        [
            ("", 4, 5),  # keys, rows, saved views, counts of one filter; the total where it is not the last page
            ("kind=enterprise&sort=-zone", 5, 6),  # and how many rows that filter would be counted over
            ("q=企业&sort=-zone", 4, 5 - SQLITE),  # SQLite finds the total of what words find together with the keys
            ("page=2", 4, 5),  # a page beyond the last has no rows to load
        ],
    )
    def test_the_number_of_queries_does_not_grow_with_the_rows(self, query: str, few: int, many: int) -> None:
        user, counts = person(), []
        divisions.table()  # remembered, so asked for once
        for more in (1, 2, 147):
            make(more)
            with CaptureQueriesContext(connection) as captured:
                request = RequestFactory().get(f"/list/?{query}")
                request.user = user
                shown = lists.present(request, lists.lists()["tests.organisations"])
                render_to_string("kit/lists/_list.html", {"list": shown}, request)
            counts.append(len(captured))
        assert counts == [few, few, many]

    def test_a_total_that_the_page_has_counted_is_told_as_it_is_unless_something_is_asked(
        self, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(presenting, "COUNT_CAP", 55)
        make(120), make(70, kind="university")
        request = RequestFactory().get("/list/")
        request.user = person()
        shown = lists.present(request, lists.lists()["tests.organisations"], whole=190)
        assert (shown.total, shown.capped, shown.pages) == (190, False, 4)
        request = RequestFactory().get("/list/?kind=enterprise")
        request.user = User.objects.get()
        shown = lists.present(request, lists.lists()["tests.organisations"], whole=190)
        assert (shown.total, shown.capped, shown.pages) == (56, True, None)

    def test_beyond_the_cap_rows_are_counted_only_when_asked(self, client: Client, monkeypatch: Any) -> None:
        monkeypatch.setattr(presenting, "COUNT_CAP", 4)
        make(6)
        assert total(get(client)) == "超过 4 条 精确统计"
        assert total(get(client, "count=all")) == "共 6 条"

    def test_pages_cut_the_rows_without_overlap_or_gap(self, client: Client) -> None:
        made = make(120, name="同名")
        first, second, third = (get(client, f"page={page}") for page in (1, 2, 3))
        shown = [re.findall(r'name="ids" value="(\d+)"', one.content.decode()) for one in (first, second, third)]
        assert [len(one) for one in shown] == [50, 50, 20]
        assert sorted(int(key) for page in shown for key in page) == [one.pk for one in made]

    def test_htmx_gets_the_list_alone_and_everybody_else_the_page(self, client: Client) -> None:
        make()
        fragment = get(client, **{"HX-Request": "true", "HX-Target": "list-tests-organisations"})
        assert fragment.content.decode().lstrip().startswith("<section")
        assert names(fragment) == names(get(client))
        whole = get(client, **{"HX-Request": "true", "HX-Target": "other"})
        assert whole.content.decode().lstrip().startswith("<!doctype html>")
        assert "HX-Request" in fragment["Vary"]

    def test_a_scope_narrows_the_rows(self, client: Client) -> None:
        make(name="甲"), make(name="区", kind="zone")
        assert names(client.get("/list/zone/")) == ["区"]

    def test_a_missing_relation_leaves_the_cell_empty(self, client: Client) -> None:
        zone = make(name="新区", kind="zone")[0]
        make(name="在区", zone=zone), make(name="不在")
        text = get(client, "sort=zone").content.decode()
        assert text.index("在区") < text.index("不在")

    def test_markup_in_a_text_is_shown_as_text(self, client: Client) -> None:
        make(name="<script>alert(1)</script>\"'>")
        text = get(client, "q=script&kind=enterprise").content.decode()
        assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text

    def test_somebody_without_the_permission_is_refused(self, client: Client) -> None:
        make()
        barred = signed_in(person("barred"))
        assert barred.get("/list/").status_code == 403
        assert barred.post("/list/", {"export": "xlsx"}).status_code == 422

    def test_whoever_has_not_signed_in_is_sent_to_sign_in(self) -> None:
        answer = Client().get("/list/")
        assert answer.status_code == 302 and "next=" in answer["Location"]


class TestAPageAndItsTotalAtOnce:
    @pytest.mark.parametrize("sort", ["", "name", "-name", "kind", "-zone", "zone", "-created_at", "division"])
    def test_are_what_asking_for_each_of_them_gives(self, sort: str) -> None:
        user = person()
        zone = Organisation.objects.create(kind="zone", name="兰州新区", division="620102")
        make(40), make(35, zone=zone, division="620103"), make(25, kind="university", name="企业大学")
        make(30, name="别的")
        for words in ("企业", "企业大", "企业0001", "没有", "！", "企"):
            question = lists.read(lists.lists()["tests.organisations"], user, f"q={words}&sort={sort}&kind=enterprise")
            rows = question.ordered(question.matching())
            whole = list(rows.values_list("pk", flat=True))
            nothing = 0 if words == "！" else None  # of a mark nothing is looked up at all
            assert gathering.page_and_total(question, 0, 51) == (whole[:51], len(whole) or nothing)
            beyond = len(whole) if len(whole) > 50 else nothing
            assert gathering.page_and_total(question, 50, 51) == (whole[50:101], beyond)


class TestSearchAndFilters:
    def test_rows_that_one_may_not_see_are_not_found_or_counted(self, client: Client) -> None:
        make(name="隐藏单位"), make(name="公开单位")
        answer = get(client, "q=单位")
        assert names(answer) == ["公开单位"] and total(answer) == "共 1 条"
        kinds = re.search(r'value="enterprise"[^>]*><span>企业\s*<span[^>]*>(\d+)', answer.content.decode())
        assert kinds is not None and kinds.group(1) == "1"

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("q=兰州", ["兰州甲"]),
            ("q=9162", ["兰州甲"]),
            ("kind=county", ["县局"]),
            ("kind=county&kind=zone", ["县局", "新区"]),
            ("active=0", ["停用奇"]),
            ("active=0&active=1", ["兰州甲", "停用奇", "县局", "新区"]),
            ("division=620100", ["兰州甲", "停用奇"]),
            ("division=620102", ["兰州甲"]),
            ("odd=1", ["停用奇"]),
            ("created_from=2026-03-01&created_to=2026-03-01", ["新区"]),
            ("created_to=2026-02-28", ["县局"]),
            ("q=县局&kind=zone", []),
        ],
    )
    def test_each_filter_leaves_the_rows_that_fit(self, client: Client, query: str, expected: list[str]) -> None:
        make(name="兰州甲", uscc="91620100MA71XYZ12A")
        make(name="停用奇", active=False, division="620103")
        make(name="县局", kind="county", division="620201", created_at=moment("2026-02-28T15:59:59+00:00"))
        # The day is that of Shanghai: this is the last second of 1 March there.
        make(name="新区", kind="zone", division="620500", created_at=moment("2026-03-01T15:59:59+00:00"))
        assert sorted(names(get(client, query))) == sorted(expected)

    def test_numbers_and_amounts_are_ranges_with_both_ends(self, client: Client) -> None:
        keys = [one.pk for one in make(4)]
        assert len(names(get(client, f"number_from={keys[1]}&number_to={keys[2]}"))) == 2
        assert len(names(get(client, f"number_from={keys[3]}"))) == 1
        yuan = keys[1] / 1_000_000
        assert len(names(get(client, f"money_from={yuan:f}"))) == 3

    def test_active_conditions_are_chips_whose_links_take_them_away(self, client: Client) -> None:
        make(name="甲")
        text = get(client, "q=甲&kind=enterprise&kind=zone&created_from=2020-01-01&sort=-name").content.decode()
        chips = re.findall(r'class="chip" href="([^"]*)"', text)
        assert [one.replace("&amp;", "&") for one in chips] == [
            "/list/?kind=enterprise&kind=zone&created_from=2020-01-01&sort=-name",
            f"/list/?q={quote('甲')}&kind=zone&created_from=2020-01-01&sort=-name",
            f"/list/?q={quote('甲')}&kind=enterprise&created_from=2020-01-01&sort=-name",
            f"/list/?q={quote('甲')}&kind=enterprise&kind=zone&sort=-name",
        ]
        assert "自 2020" not in text and "2020-01-01 起" in text

    def test_sorting_goes_both_ways_and_is_announced(self, client: Client) -> None:
        make(name="甲", uscc="2"), make(name="乙", uscc="1"), make(name="丙", uscc=None)
        down = get(client, "sort=-uscc")
        assert names(get(client, "sort=uscc")) == ["乙", "甲", "丙"]
        assert names(down) == ["甲", "乙", "丙"]
        assert 'aria-sort="descending"' in down.content.decode()
        assert down.content.decode().count('aria-sort="none"') == 6

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("sort=password", "不能按“password”排序"),
            ("sort=phone", "不能按“phone”排序"),
            ("sort=zone__name", "不能按“zone__name”排序"),
            ("page=0", "没有第“0”页"),
            ("page=-1", "没有第“-1”页"),
            ("page=9" + "9" * 40, "没有第“999"),
            ("page=x", "没有第“x”页"),
            ("page=77", "没有第 77 页了"),
            ("size=7", "每页不能显示“7”条"),
            ("kind=<b>", "不认识“&lt;b&gt;”"),
            ("active=2", "不认识“2”"),
            ("division=999999", "不认识“999999”"),
            ("created_from=2026-02-30", "不认识“2026-02-30”"),
            ("created_from=0001-01-01", "不认识“0001-01-01”"),
            ("created_from=2026-03-01&created_to=2026-01-01", "起点大于终点"),
            ("number_from=1e9", "不认识“1e9”"),
            ("number_to=" + "9" * 30, "不认识“999"),
            ("money_from=很多", "不认识“很多”"),
            ("q=" + "长" * 300, "搜索词过长"),
        ],
    )
    def test_what_cannot_be_used_is_said_and_ignored(self, client: Client, query: str, message: str) -> None:
        make(name="甲")
        assert message in get(client, query).content.decode()

    @pytest.mark.parametrize("query", ["q=%00", "kind=%00", "number_from=%00", "q=%ff%fe", "x=1", "q=" + "%27%22%29" * 50])
    def test_odd_bytes_are_no_error(self, client: Client, query: str) -> None:
        make(name="甲")
        get(client, query)

    def test_a_value_sent_many_times_is_read_a_few_times(self, client: Client) -> None:
        make(name="甲")
        get(client, "&".join(f"division={number}" for number in range(100000, 100900)))


class TestDesensitising:
    def test_a_telephone_number_is_hidden_from_whoever_need_not_see_it(self, client: Client) -> None:
        make()
        text = get(client).content.decode()
        assert "138****3456" in text and "13893123456" not in text
        assert "13893123456" in get(signed_in(person("clear"))).content.decode()

    def test_the_export_hides_the_same(self, client: Client) -> None:
        make()
        assert cells(exported(client))[2][5] == "138****3456"
        assert cells(exported(signed_in(person("clear"))))[2][5] == "13893123456"


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def sent(answer: Any) -> bytes:
    """What was sent; the file is closed, as a server does."""
    data: bytes = answer.getvalue()
    for close in answer._resource_closers:
        close()
    return data


def exported(client: Client, query: str = "") -> CalamineWorkbook:
    answer = client.post(f"/list/?{query}", {"export": "xlsx"})
    assert answer.status_code == 200, answer.status_code
    return CalamineWorkbook.from_filelike(io.BytesIO(sent(answer)))


def cells(book: CalamineWorkbook) -> list[list[Any]]:
    return book.get_sheet_by_index(1).to_python()


@pytest.fixture
def recorded(monkeypatch: Any) -> list[tuple[str, dict[str, Any]]]:
    """What was written into the event chain, seen from its own table."""
    from tidui.audit.models import Event

    class Recorded(list):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter(Event.objects.order_by("pk"))

    return Recorded()


class TestTheExport:
    def test_it_holds_what_the_page_shows_in_its_order_on_all_pages(self, client: Client) -> None:
        make(60), make(name="别的", kind="zone")
        query = "kind=enterprise&sort=-name&page=2"
        rows = cells(exported(client, query))
        shown = names(get(client, "kind=enterprise&sort=-name")) + names(get(client, query))
        assert [row[0] for row in rows[2:]] == shown and len(shown) == 60

    def test_it_says_who_took_it_when_by_which_conditions_and_how_many_rows(self, client: Client) -> None:
        make(3)
        book = exported(client, "kind=enterprise&created_from=2020-01-01")
        about = {row[0]: row[1] for row in book.get_sheet_by_index(0).to_python()}
        lines = [" ".join(map(str, row)) for row in book.get_sheet_by_index(0).to_python()]
        assert about["导出人"] == "officer 同志 (officer)"
        assert about["行数"] == "单位名册 3"
        assert "条件 类别：企业" in lines and "条件 建立日期：2020-01-01 起" in lines
        assert "officer 同志" in cells(book)[0][0]

    def test_values_keep_their_kinds(self, client: Client) -> None:
        one = make(name="甲", uscc="91620100MA71XYZ12A", created_at=moment("2026-03-01T15:59:00+00:00"))[0]
        heading, row = cells(exported(client))[1:3]
        found = dict(zip(heading, row, strict=True))
        assert found["信用代码"] == "91620100MA71XYZ12A"
        assert found["收入(元)"] == one.pk * 101 / 100
        assert found["占比"] == 0.125
        assert found["建立时间"] == dt.datetime(2026, 3, 1, 23, 59)
        assert found["在用"] == "是" and found["类别"] == "企业" and found["备注"] == "只在导出"
        assert "屏幕" not in found

    @pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "＝1", '=HYPERLINK("http://x")', "http://x"])
    def test_no_text_becomes_a_formula_or_a_link(self, client: Client, name: str) -> None:
        make(name=name)
        content = io.BytesIO(sent(client.post("/list/", {"export": "xlsx"})))
        with zipfile.ZipFile(content) as book:
            sheets = b"".join(book.read(one) for one in book.namelist() if one.startswith("xl/worksheets"))
        content.seek(0)
        assert b"<f>" not in sheets and b"hyperlink" not in sheets
        assert cells(CalamineWorkbook.from_filelike(content))[2][0] == name

    def test_what_a_workbook_cannot_hold_is_left_out_or_cut(self, client: Client) -> None:
        make(name="甲\x01\x0b乙\ufffe")
        assert cells(exported(client))[2][0] == "甲乙"

    def test_it_is_written_down_with_filter_and_count(self, client: Client, recorded: Any) -> None:
        make(2)
        exported(client, "kind=enterprise")
        (event,) = [one for one in recorded if one.verb == "kit.export"]
        details = details_of(event)
        assert details["list"] == "tests.organisations" and details["query"] == "kind=enterprise"
        assert details["rows"] == 2

    def test_a_large_one_is_made_by_the_worker_for_whoever_asked(self, client: Client, monkeypatch: Any, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path
        monkeypatch.setattr(exporting, "DIRECT", 5)
        make(7), make(name="隐藏单位")
        answer = client.post("/list/?sort=-name", {"export": "xlsx"})
        job = Job.objects.get()
        assert answer.status_code == 302 and answer["Location"] == f"/jobs/{job.pk}/"
        jobs.work_off()
        job.refresh_from_db()
        assert job.state == "done" and job.result["rows"] == 7
        stored = StoredFile.objects.get()
        answer = client.get(f"/files/{stored.pk}/")
        rows = cells(CalamineWorkbook.from_filelike(io.BytesIO(sent(answer))))
        assert [row[0] for row in rows[2:]] == [f"企业{number:05d}" for number in range(6, -1, -1)]
        assert signed_in(person("other")).get(f"/files/{stored.pk}/").status_code == 404

    def test_a_large_one_whose_worker_died_at_its_end_is_the_same_file_again(
        self, client: Client, monkeypatch: Any, settings: Any, tmp_path: Any, recorded: Any
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        monkeypatch.setattr(exporting, "DIRECT", 0)
        make(3)
        client.post("/list/", {"export": "xlsx"})
        jobs.work_off()
        Job.objects.update(state="running", finished_at=None, result={})
        jobs.run_job.call(str(Job.objects.get().pk))
        made = Job.objects.get()
        assert (made.state, made.result) == ("done", {"file": StoredFile.objects.get().pk, "rows": 3})
        assert [one.verb for one in recorded].count("kit.export") == 1

    def test_whoever_lost_the_permission_meanwhile_gets_nothing(self, client: Client, monkeypatch: Any) -> None:
        monkeypatch.setattr(exporting, "DIRECT", 0)
        make(1)
        client.post("/list/", {"export": "xlsx"})
        User.objects.filter(username="officer").update(username="barred")
        jobs.work_off()
        assert Job.objects.get().state == "failed" and not StoredFile.objects.exists()


def details_of(event: Any) -> dict[str, Any]:
    found = getattr(event, "details", None)
    return found if isinstance(found, dict) else dict(event.content["details"])


class TestWhatIsPosted:
    def test_ticked_rows_are_worked_on_after_a_question(self, client: Client) -> None:
        first, _second = make(2)
        asked = client.post("/list/?sort=name", {"action": "stop", "ids": [first.pk]})
        assert asked.status_code == 200 and "停用后不能登录" in asked.content.decode()
        assert Organisation.objects.filter(active=False).count() == 0
        done = client.post("/list/?sort=name", {"action": "stop", "keys": str(first.pk), "confirmed": "1"})
        assert done.status_code == 302 and done["Location"] == "/list/?sort=name"
        assert list(Organisation.objects.filter(active=False)) == [first]

    def test_rows_that_one_may_not_see_are_not_touched(self, client: Client) -> None:
        hidden, seen = make(name="隐藏单位")[0], make(name="公开")[0]
        client.post("/list/", {"action": "mark", "ids": [hidden.pk, seen.pk]})
        assert list(Organisation.objects.filter(active=False)) == [seen]

    @pytest.mark.parametrize("ids", [["x"], ["-1"], ["9" * 40], ["1' OR 1=1"], [], ["٣"]])
    def test_forged_keys_do_nothing(self, client: Client, ids: list[str]) -> None:
        make(2)
        answer = client.post("/list/", {"action": "mark", "ids": ids}, follow=True)
        assert "请先勾选记录" in answer.content.decode()
        assert not Organisation.objects.filter(active=False).exists()

    def test_an_action_without_its_permission_is_refused_and_not_shown(self, client: Client) -> None:
        one = make()[0]
        assert 'value="never"' not in get(client).content.decode()
        assert client.post("/list/", {"action": "never", "ids": [one.pk]}).status_code == 422

    def test_a_refusal_of_the_action_is_told(self, client: Client) -> None:
        one = make(name="拒绝")[0]
        answer = client.post("/list/", {"action": "mark", "ids": [one.pk]}, follow=True)
        assert "不能停用“拒绝”" in answer.content.decode()

    def test_an_unknown_action_is_told(self, client: Client) -> None:
        assert "没有这个操作" in client.post("/list/", {"action": "x"}, follow=True).content.decode()
        assert "没有收到要办理的事项" in client.post("/list/", {}, follow=True).content.decode()


class TestSavedViews:
    def test_filters_are_kept_under_a_name_and_come_back(self, client: Client) -> None:
        make(name="甲")
        client.post("/list/?kind=enterprise&page=3&evil=1", {"save_view": "  我的  企业 "})
        view = SavedView.objects.get()
        assert (view.name, view.query) == ("我的 企业", "kind=enterprise")
        assert 'href="/list/?kind=enterprise"' in get(client).content.decode()

    def test_the_same_name_replaces_and_a_name_is_needed(self, client: Client) -> None:
        client.post("/list/?kind=enterprise", {"save_view": "甲"})
        client.post("/list/?kind=zone", {"save_view": "甲"})
        client.post("/list/?kind=zone", {"save_view": "  "})
        assert [(one.name, one.query) for one in SavedView.objects.all()] == [("甲", "kind=zone")]

    def test_another_persons_view_is_neither_shown_nor_deleted(self, client: Client) -> None:
        client.post("/list/?kind=zone", {"save_view": "只我可见"})
        other = signed_in(person("other"))
        assert "只我可见" not in get(other).content.decode()
        other.post("/list/", {"delete_view": SavedView.objects.get().pk})
        assert SavedView.objects.count() == 1
        client.post("/list/", {"delete_view": SavedView.objects.get().pk})
        assert SavedView.objects.count() == 0

    def test_there_is_an_end_to_them(self, client: Client) -> None:
        user = User.objects.get(username="officer")
        SavedView.objects.bulk_create(
            [SavedView(user=user, list_name="tests.organisations", name=str(n), saved_at=timezone.now()) for n in range(30)]
        )
        answer = client.post("/list/?kind=zone", {"save_view": "又一个"}, follow=True)
        assert "最多保存 30 个" in answer.content.decode() and SavedView.objects.count() == 30


def test_the_rows_behind_a_list_are_those_of_its_pages() -> None:
    user = person()
    make(3), make(name="隐藏单位")
    spec = lists.lists()["tests.organisations"]
    assert [one.name for one in lists.rows_of(spec, user, "sort=-name")] == ["企业00002", "企业00001", "企业00000"]


def test_a_list_that_names_a_parameter_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        lists.List(
            name="tests.twice", title="x", model=Organisation, permission="kit.signed_in",
            columns=(lists.text("name", "名称"),), filters=(lists.yes_no_filter("q", "问", field="active"),),
        )  # fmt: skip
