"""Taking enterprise files out as workbooks."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.kit import access, jobs, lang
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.registry.importing import exporting

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHAPES = ("facts", "official", "past")


def _person(request: HttpRequest) -> User:
    """Who asks; the page has seen to it that somebody has signed in."""
    return request.user  # type: ignore[return-value]


@page("registry.view_file")
def one(request: HttpRequest, organisation: int, shape: str) -> HttpResponseBase:
    """The file of an enterprise by the catalogue or in the shape of official tables, or its past as taken over."""
    found = get_visible(request.user, Organisation, pk=organisation)
    access.require("registry.view_file", request.user, found)
    if shape not in SHAPES:
        raise Http404
    at = timezone.now()
    with tempfile.TemporaryDirectory(prefix="tidui-export-") as folder:
        path = Path(folder) / "file.xlsx"
        if shape == "facts":
            exporting.write_facts(path, [found.pk], by=_person(request), at=at)
            title = _("%(name)s-企业档案.xlsx")
        elif shape == "official":
            exporting.write_official(path, found, by=_person(request), at=at, lang=lang.active())
            title = _("%(name)s-申报表.xlsx")
        else:
            exporting.write_past(path, found, by=_person(request), at=at, lang=lang.active())
            title = _("%(name)s-历史事项.xlsx")
        content = path.open("rb")
    if request.method == "GET":
        events.record(
            "registry.export_file",
            actor=request.user,
            subject=found,
            at=at,
            organisation_id=found.pk,
            details={"shape": shape},
        )
    answer = FileResponse(content, as_attachment=True, filename=title % {"name": found.name}, content_type=_XLSX)
    answer["Cache-Control"] = "private, no-store"
    return answer


@page("registry.export_register", methods=("POST",))
def register(request: HttpRequest) -> HttpResponse:
    """Have the register of one's reach written into a workbook."""
    access.require("registry.export_register", request.user)
    made = jobs.start("registry.export_register", by=_person(request), title=_("导出企业名册数据"), at=timezone.now())
    return redirect("kit:job", made.pk)
