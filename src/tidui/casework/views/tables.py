"""The applicant's pages of a table: fill it, row by row; load it from elsewhere; its template."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tidui.casework import copying_property, tables, tables_cells, tables_loading, tabling
from tidui.casework.actions import tabling as deeds
from tidui.casework.actions import writing as keeping
from tidui.casework.enums import OPEN_TO_APPLICANT
from tidui.casework.models import Application
from tidui.casework.programme import CORRECTION, Column, Programme, Table, programme
from tidui.casework.tables_loading import KIND, Loaded, NotRead
from tidui.casework.tabling import AT_A_TIME, Row, Tables
from tidui.casework.views import applying
from tidui.kit import access, clock, files, formats
from tidui.kit.access import NotAllowed
from tidui.kit.lists.exporting import XLSX
from tidui.kit.routes import page
from tidui.registry.entry import Merged
from tidui.registry.views.common import person, texts_before

_MOST_ADDED: Final = 50
#: Rows with faults that are named above the table.
_NAMED: Final = 20


def _one(request: HttpRequest, pk: int, table: str) -> tuple[Application, Table]:
    """An application of the person's own enterprise, and a table of its form."""
    application = applying.own(request, pk)
    wanted = programme(application.programme).form.table(table)
    if wanted is None:
        raise Http404
    return application, wanted


# ---------------------------------------------------------------------- the page
@page("casework.apply", methods=("GET", "POST"))
def table_page(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """A table of the form. POST: save the page, add or remove rows, copy them from a register (`do`)."""
    application, wanted = _one(request, pk, table)
    if request.method != "POST" and application.state not in OPEN_TO_APPLICANT:
        return redirect("casework:form", pk=pk)
    access.require("casework.write", request.user, application)
    if request.method != "POST":
        return _page(request, application, wanted)
    merged, refused = deeds.save_page(
        application=application, table=table, mine=_posted(request, wanted), was=texts_before(request),
        by=person(request), at=clock.now(),
    )  # fmt: skip
    if merged.conflicts or refused:
        return _page(request, application, wanted, status=422, merged=merged, refused=refused)
    return _after(request, application, wanted)


def _posted(request: HttpRequest, table: Table) -> dict[str, str]:
    """What the page was sent with: the cells of the rows that it says it has, boxes that were not ticked included."""
    found: dict[str, str] = {}
    for key in request.POST.getlist("row")[:AT_A_TIME]:
        if key.isascii() and key.isdigit() and len(key) < 7:
            for column in table.columns:
                name = tables.field_of(table.name, key, column.name)
                found[name] = request.POST.get(name, "").replace("\r\n", "\n")
    return found


def _after(request: HttpRequest, application: Application, table: Table) -> HttpResponse:
    """What the button that was pressed asks for, once the page is saved."""
    what, _colon, given = request.POST.get("do", "").partition(":")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 7 else 0
    by, at, name = person(request), clock.now(), table.name
    if what == "add":
        wanted = request.POST.get("count", "1")
        count = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else 1
        made = deeds.add_rows(application=application, table=name, count=min(count, _MOST_ADDED), by=by, at=at)
        return _to(application, name, made[0].key)
    if what == "remove":
        deeds.remove_row(application=application, table=name, key=number, by=by, at=at)
        messages.success(request, _("已移除一行。"))
        return _to(application, name, page_number=_page_number(request))
    if what == "copy":
        return _copied(request, application, table)
    if what == "carried":
        deeds.confirm_carried(application=application, table=name, by=by, at=at)
        messages.success(request, _("已确认沿用的内容仍然属实。"))
    elif what == "page":
        return _to(application, name, page_number=number)
    elif what == "form":
        return redirect(reverse("casework:form", args=[application.pk]) + "#tables")
    else:
        messages.success(request, _("已保存，尚未提交。"))
    return _to(application, name, page_number=_page_number(request))


def _copied(request: HttpRequest, application: Application, table: Table) -> HttpResponse:
    """Take in the rows of the register that the table does not have yet."""
    rows = copying_property.missing(application, table)
    if not rows:
        messages.info(request, _("登记册里的知识产权都已在表中。"))
        return _to(application, table.name)
    deeds.load_rows(
        application=application, table=table.name, rows=rows, replace=False, by=person(request), at=clock.now()
    )
    said = ngettext("已从登记册复制%(count)d行。", "已从登记册复制%(count)d行。", len(rows))
    messages.success(request, said % {"count": len(rows)})
    return _to(application, table.name)


def _to(application: Application, table: str, key: int | None = None, page_number: int = 1) -> HttpResponse:
    """To a page of the editor: that of a row, or the one named."""
    if key is not None:
        page_number = tabling.page_of(tabling.tables_of(application), table, key)
    query = f"?page={page_number}" if page_number > 1 else ""
    anchor = f"#row-{key}" if key is not None else ""
    return redirect(reverse("casework:table", args=[application.pk, table]) + query + anchor)


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _page(
    request: HttpRequest, application: Application, table: Table, *, status: int = 200,
    merged: Merged | None = None, refused: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    found = tabling.tables_of(application)
    rows = found.rows(table, _returned(application))
    if request.GET.get("check") or status != 200:
        _check(found, rows)
    _dispute(rows, merged, refused or {})
    shown = Paginator(rows, AT_A_TIME).get_page(_page_number(request))
    columns = _columns(table, found.owner)
    context = {
        "application": application, "table": table, "columns": columns, "page_obj": shown, "count": len(rows),
        "title": table.title, "programme": found.owner, "wide": tables.is_wide(table),
        "rows": [
            (row, [(cell, *one[1:]) for cell, one in zip(row.cells, columns, strict=True)]) for row in shown
        ],
        "yes": " ".join(sorted(tables_cells.YES)),
        "was": json.dumps({cell.name: _was_shown(cell) for row in shown for cell in row.cells}, ensure_ascii=False),
        "faulty": _faulty(application, table, rows), "room": max(0, table.most - len(rows)),
        "carried": sum(row.carried for row in rows), "numbers": _referred(found, table),
        "copies": bool(table.copied), "others": _others(application, found, table),
        "changed": [cell for row in shown for cell in row.cells if cell.conflict is not None],
        "refused": list((refused or {}).values()),
    }  # fmt: skip
    return render(request, "casework/apply/table.html", context, status=status)


def _columns(table: Table, owner: Programme) -> list[tuple[Column, str, str, list[tuple[str, str]]]]:
    """Each column with its heading, how it is filled in, and what can be chosen."""
    return [
        (one, tables_loading.heading_of(one), tables_loading.note_of(one, owner), tables_loading.options_of(one))
        for one in table.columns
    ]


def _was_shown(cell: tabling.Cell) -> str:
    """What the page says was there before: after a conflict what the other person typed."""
    return cell.conflict.theirs if cell.conflict is not None else cell.text


def _returned(application: Application) -> list[str]:
    step = application.steps.filter(to=CORRECTION).order_by("-number").first()
    return list(step.fields) if step is not None else []


def _check(found: Tables, rows: list[Row]) -> None:
    """Show also what is missing, as a submission would."""
    faults = tabling.read(found).faults
    for row in rows:
        for cell in row.cells:
            if cell.name in faults:
                cell.fault = faults[cell.name].message


def _dispute(rows: list[Row], merged: Merged | None, refused: Mapping[str, str]) -> None:
    """Show what others typed meanwhile, and what could not be kept, beside what was typed here."""
    conflicts = {one.name: one for one in merged.conflicts} if merged is not None else {}
    for row in rows:
        for cell in row.cells:
            if cell.name in conflicts:
                cell.conflict = conflicts[cell.name]
            if cell.name in refused:
                cell.fault = refused[cell.name]
            if merged is not None and (cell.name in conflicts or cell.name in refused):
                cell.text = merged.texts[cell.name]


def _faulty(application: Application, table: Table, rows: list[Row]) -> list[tuple[str, str, str]]:
    """The first cells in which something is wrong: address, label, what."""
    base = reverse("casework:table", args=[application.pk, table.name])
    named: list[tuple[str, str, str]] = []
    for place, row in enumerate(rows):
        for cell in row.cells:
            if cell.fault and len(named) < _NAMED:
                page_number = place // AT_A_TIME + 1
                label = f"{row.number} {cell.column.title}"
                named.append((f"{base}?check=1&page={page_number}#id_{cell.name}", label, cell.fault))
    return named


def _referred(found: Tables, table: Table) -> list[tuple[str, list[tuple[str, str]]]]:
    """The rows that this table may refer to: title of their table, then number and name of each."""
    listed = []
    for name in dict.fromkeys(column.refs for column in table.columns if column.refs):
        other = found.owner.form.table(name)
        if other is not None:
            rows = found.rows(other)
            listed.append((str(other.title), [(row.number, row.cells[0].text or formats.NOTHING) for row in rows]))
    return listed


def _others(application: Application, found: Tables, table: Table) -> list[tuple[str, str, bool, int]]:
    """The tables of the form as tabs."""
    return [
        (
            str(one.title), reverse("casework:table", args=[application.pk, one.name]), one is table,
            len(found.held[one.name]),
        )
        for one in found.owner.form.tables
    ]  # fmt: skip


# ---------------------------------------------------------------------- cell by cell
@page("casework.apply", methods=("POST",))
def table_draft(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """One cell, saved as it is typed; the protocol is that of the kit's autosave."""
    application, _wanted = _one(request, pk, table)
    given = request.POST.get("base", "")
    base = int(given) if given.isascii() and given.isdigit() and len(given) < 17 else 0
    name = request.POST.get("field", "")
    if not name.startswith(tables.FIELD):  # how many rows to add, and the like
        return JsonResponse({"version": base})
    kept = deeds.save_cell(
        application=application, name=name, text=request.POST.get("value", ""), base=base, by=person(request),
        at=clock.now(),
    )  # fmt: skip
    if isinstance(kept, keeping.Newer):
        when = formats.moment(dt.datetime.fromisoformat(kept.at)) if kept.at else ""
        by = kept.by.name if kept.by else ""
        return JsonResponse({"version": kept.version, "value": kept.text, "by": by, "at": when}, status=409)
    return JsonResponse({"version": kept.version, "error": kept.fault.message if kept.fault else ""})


# ---------------------------------------------------------------------- a whole table
class LoadForm(forms.Form):
    """Rows from elsewhere: pasted, or a file."""

    pasted = forms.CharField(
        label=gettext_lazy("粘贴"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8}),
        max_length=tables_loading.MOST_PASTED,
        help_text=gettext_lazy("在电子表格中选中各行（可带表头）复制，再粘贴到这里。"),
    )  # fmt: skip
    file = files.FileField(
        kind=KIND, required=False, label=gettext_lazy("文件"),
        help_text=gettext_lazy("按模板填写的 .xlsx 工作簿或 CSV 文件；读取与本表同名的工作表，没有则读取第一张。"),
    )  # fmt: skip
    how = forms.ChoiceField(
        label=gettext_lazy("已有的行"), required=False, widget=forms.RadioSelect, initial="append",
        choices=(("append", gettext_lazy("保留，读入的行接在后面")), ("replace", gettext_lazy("移除，换成读入的行"))),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One of both."""
        given = super().clean() or {}
        if not self.errors and not given.get("file") and not (given.get("pasted") or "").strip():
            raise forms.ValidationError(_("请粘贴内容，或者选择文件。"))
        return given


@page("casework.apply", methods=("GET", "POST"))
def table_load(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """Paste or upload a whole table."""
    application, wanted = _one(request, pk, table)
    access.require("casework.write", request.user, application)
    owner = programme(application.programme)
    asked = LoadForm(request.POST or None, request.FILES or None, initial={"how": "append"})
    if request.method == "POST" and asked.is_valid():
        try:
            loaded = _loaded(wanted, asked.cleaned_data)
            refused = deeds.load_rows(
                application=application, table=table, rows=loaded.rows,
                replace=asked.cleaned_data["how"] == "replace", by=person(request), at=clock.now(),
            )  # fmt: skip
        except NotRead as wrong:
            asked.add_error(None, str(wrong))
        except NotAllowed as wrong:
            asked.add_error(None, str(wrong.refused.reason))
        else:
            return _tell(request, application, wanted, loaded, refused)
    context = {
        "application": application, "table": wanted, "form": asked, "title": _("粘贴或上传"),
        "count": application.draft_rows.filter(table=table).count(),
        "columns": [
            (tables_loading.heading_of(one), tables_loading.note_of(one, owner)) for one in wanted.columns
        ],
    }  # fmt: skip
    return render(request, "casework/apply/table_load.html", context, status=422 if asked.errors else 200)


def _loaded(table: Table, given: Mapping[str, Any]) -> Loaded:
    received = given.get("file")
    if received is not None:
        return tables_loading.of_file(table, received.path, received.name)
    return tables_loading.of_text(table, given["pasted"])


def _tell(
    request: HttpRequest, application: Application, table: Table, loaded: Loaded, refused: Mapping[str, str]
) -> HttpResponse:
    """What was read, and what is to be put right; the faults stand beside their cells."""
    count = len(loaded.rows)
    messages.success(request, ngettext("读入%(count)d行。", "读入%(count)d行。", count) % {"count": count})
    if loaded.unknown:
        messages.warning(request, _("没有这样的列，未读取：%(names)s") % {"names": formats.listed(loaded.unknown[:10])})
    if refused:
        said = formats.listed(dict.fromkeys(refused.values()))
        messages.error(request, _("有 %(count)s 个单元格没有保存：%(why)s") % {"count": len(refused), "why": said})
    return redirect(reverse("casework:table", args=[application.pk, table.name]) + "?check=1")


@page("casework.apply")
def table_template(request: HttpRequest, pk: int, table: str) -> FileResponse:
    """The workbook of a table, with the rows that are there: to fill in and upload again."""
    application, wanted = _one(request, pk, table)
    found = tabling.tables_of(application)
    rows = [[_in_words(cell) for cell in row.cells] for row in found.rows(wanted)]
    with tempfile.TemporaryDirectory(prefix="tidui-table-") as folder:
        place = Path(folder) / "table.xlsx"
        tables_loading.write_template(place, found.owner, wanted, rows)
        return FileResponse(
            place.open("rb"), as_attachment=True, filename=f"{wanted.title}.xlsx", content_type=XLSX
        )


def _in_words(cell: tabling.Cell) -> str:
    """What a cell says in a workbook: choices by their words."""
    if cell.column.kind == "tick":
        return formats.yes_no(True) if cell.ticked else ""
    return dict(tables_loading.options_of(cell.column)).get(cell.text, cell.text)


urlpatterns: list[URLPattern] = [
    path("applications/<int:pk>/form/<slug:table>/", table_page, name="table"),
    path("applications/<int:pk>/form/<slug:table>/draft/", table_draft, name="table_draft"),
    path("applications/<int:pk>/form/<slug:table>/load/", table_load, name="table_load"),
    path("applications/<int:pk>/form/<slug:table>/template/", table_template, name="table_template"),
]
