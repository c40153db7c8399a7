"""The pages of imports: handing a file in, what it would do, having it written; templates and exports."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from tidui.accounts.models import User
from tidui.accounts.standing import standing
from tidui.kit import access, files, lang, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.registry.importing import actions, presenting, templates
from tidui.registry.importing.enums import BUSY, ImportState, Policy
from tidui.registry.importing.forms import ImportForm
from tidui.registry.importing.models import Import

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

IMPORTS: lists.List = lists.List(
    name="registry.imports",
    title=_("导入"),
    model=Import,
    permission="registry.view_imports",
    columns=(
        lists.text(
            "file",
            _("文件"),
            value=lambda one: one.file.name,
            link=lambda one: reverse("registry:import", args=[one.pk]),
        ),
        lists.badge(
            "state", _("状态"), value=lambda one: (one.get_state_display(), presenting.TONES[one.state]), sort="state"
        ),
        lists.text("source", _("来源"), value=lambda one: one.get_source_display()),
        lists.text("filed_for", _("导入单位"), value=lambda one: one.filed_for.name),
        lists.text("by", _("导入人"), value=lambda one: str(one.by)),
        lists.moment("created_at", _("上传时间"), sort="created_at"),
        lists.moment("applied_at", _("导入时间"), sort="applied_at"),
    ),
    filters=[lists.choice("state", _("状态"), ImportState.choices, field="state")],
    search=None,
    order="-created_at",
    related=("file", "filed_for", "by"),
    empty=_("没有符合条件的导入"),
    start=_("还没有导入过文件"),
)


def _person(request: HttpRequest) -> User:
    """Who asks; the page has seen to it that somebody has signed in."""
    return request.user  # type: ignore[return-value]


@page("registry.view_imports", methods=("GET", "POST"))
def imports(request: HttpRequest) -> HttpResponseBase:
    """The imports of one's organisations, newest first, and the templates."""
    offered = _offered(request)
    context = {
        "templates": offered,
        "may_import": bool(access.check("registry.import", request.user)),
        "may_export": bool(access.check("registry.export_register", request.user)),
    }
    return lists.page(request, IMPORTS, template="registry/import/list.html", context=context)


def _offered(request: HttpRequest) -> list[templates.Template]:
    department = standing(request.user).is_department
    return [one for one in templates.TEMPLATES if department or not one.department_only]


@never_cache
@page("registry.import", methods=("GET", "POST"))
def hand_in(request: HttpRequest) -> HttpResponse:
    """Hand a file in; its dry run begins at once."""
    access.require("registry.import", request.user)
    form = ImportForm(request.POST or None, request.FILES or None, user=_person(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            one = actions.hand_in(
                received=given["file"], filed_for=given["filed_for"], source=given["source"], unit=given["unit"],
                policy=given["policy"], note=given["note"], by=_person(request), at=timezone.now(),
            )  # fmt: skip
        except files.NotStored as lost:
            form.add_error("file", lost)
        else:
            return redirect("registry:import", one.pk)
    context = {"form": form, "templates": _offered(request)}
    return render(request, "registry/import/new.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@page("registry.view_imports")
def show(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What an import would do, is doing, or did. While its job is under way the page looks again by itself."""
    one = get_visible(request.user, Import, pk=key)
    one = Import.objects.select_related("file", "by", "filed_for", "job", "marked").get(pk=one.pk)
    busy = one.state in BUSY and one.job is not None and not one.job.ended
    context = {
        "one": one, "busy": busy, "job": one.job if busy else None, "policies": Policy.choices,
        "may": bool(access.check("registry.import", request.user, one)),
        "file_url": files.url(one.file), "marked_url": files.url(one.marked) if one.marked else "",
        "can_start": one.checked_at is not None and one.state != ImportState.APPLIED,
        **presenting.page_of(one),
    }  # fmt: skip
    part = bool(getattr(request, "htmx", False))
    answer = render(request, "registry/import/_import.html" if part else "registry/import/import.html", context)
    if busy and not part:
        answer["Refresh"] = "4"  # a header, so that it needs no script; htmx asks more often
    return answer


@page("registry.import", methods=("POST",))
def start(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Have the file written whose preview the person has seen."""
    one = get_visible(request.user, Import, pk=key)
    policy = request.POST.get("policy")
    actions.start(
        one=one, policy=policy if policy in Policy.values else None, sha256=request.POST.get("sha256", ""),
        by=_person(request), at=timezone.now(),
    )  # fmt: skip
    return redirect("registry:import", one.pk)


@page("registry.import", methods=("POST",))
def leave(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Stop an import."""
    one = get_visible(request.user, Import, pk=key)
    actions.leave(one=one, by=_person(request), at=timezone.now())
    return redirect("registry:import", one.pk)


@page("registry.import_template")
def template(request: HttpRequest, name: str) -> HttpResponseBase:
    """A blank workbook; with `?examples=1` the same with rows that show how it is filled."""
    access.require("registry.import_template", request.user)
    found = templates.by_name(name)
    who = standing(request.user)
    if found is None or (found.department_only and not who.is_department):
        raise Http404
    examples = request.GET.get("examples") == "1"
    with tempfile.TemporaryDirectory(prefix="tidui-template-") as folder:
        path = Path(folder) / "template.xlsx"
        templates.write(name, path, statuses=who.is_department, examples=examples, lang=lang.active())
        content = path.open("rb")
    title = _("%(name)s-示例.xlsx") if examples else _("%(name)s-空白.xlsx")
    return FileResponse(content, as_attachment=True, filename=str(title) % {"name": found.title}, content_type=_XLSX)


__all__ = ["hand_in", "imports", "leave", "show", "start", "template"]
