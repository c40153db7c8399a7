"""A site with one list of organisations and one form with a file, for the tests of lists and files."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import engines
from django.urls import path
from django.utils import timezone

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.kit import access, files, lists
from tidui.kit.routes import page
from tidui.site.urls import urlpatterns as urls_of_the_site


@access.Predicate
def _whole(user: Any, thing: Any) -> access.Outcome:
    """Those called `clear` see telephone numbers whole."""
    return access.ALLOWED if user.username == "clear" else access.Refused("masked")


@access.Predicate
def _not_barred(user: Any, thing: Any) -> access.Outcome:
    return access.Refused("barred", "不得查看") if user.username == "barred" else access.ALLOWED


@access.Predicate
def _nobody(user: Any, thing: Any) -> access.Outcome:
    return access.Refused("nobody", "没有人可以")


for name, predicate in (("tests.whole", _whole), ("tests.see", access.signed_in & _not_barred), ("tests.nobody", _nobody)):
    if name not in access.permissions():
        access.define(name, name, predicate)


def mark(user: Any, rows: Any, at: dt.datetime) -> str:
    """A bulk action that refuses what has no name."""
    if rows.filter(name="拒绝").exists():
        raise ValidationError("不能停用“拒绝”。")
    return f"已停用 {rows.update(active=False)} 家"


#: What the person `name` may see: everything but what is called 机密单位.
ORGANISATIONS = lists.List(
    name="tests.organisations",
    title="单位名册",
    model=Organisation,
    permission="tests.see",
    rows=lambda user, **scope: Organisation.objects.exclude(name="隐藏单位").filter(**scope),
    columns=(
        lists.text("name", "名称", sort="name"),
        lists.code("uscc", "信用代码", sort="uscc"),
        lists.badge("kind", "类别", choices=OrganisationKind.choices, tones={"zone": "info"}, sort="kind"),
        lists.text("division", "区划", value=lambda one: lists.division_name(one.division), sort=("division", "name")),
        lists.text("zone", "开发区", value="zone.name", sort="zone__name"),
        lists.text("phone", "电话", value=lambda one: "13893123456", mask="mobile", clear="tests.whole"),
        lists.money("income", "收入", value=lambda one: one.pk * 101),
        lists.share("rate", "占比", value=lambda one: Fraction(1, 8)),
        lists.yes_no("active", "在用", sort="active"),
        lists.moment("created_at", "建立时间", sort="created_at"),
        lists.text("note", "备注", value=lambda one: "只在导出", page=False),
        lists.text("screen", "屏幕", value=lambda one: "只在页面", export=False),
    ),
    filters=(
        lists.choice("kind", "类别", OrganisationKind.choices, field="kind", counts=True),
        lists.yes_no_filter("active", "在用", field="active"),
        lists.division("division", "区划", field="division"),
        lists.dates("created", "建立日期", field="created_at", moments=True),
        lists.numbers("number", "编号", field="pk"),
        lists.amounts("money", "金额(万元)", field="pk"),
        lists.custom("odd", "奇偶", [("1", "奇数")], lambda rows, values: rows.filter(name__endswith="奇")),
    ),
    search="名称、信用代码",
    order="name",
    related=("zone",),
    actions=(
        lists.Bulk("stop", "停用", permission="tests.see", run=mark, confirm="停用后不能登录。"),
        lists.Bulk("mark", "标记", permission="tests.see", run=mark),
        lists.Bulk("never", "从不", permission="tests.nobody", run=mark),
    ),
)


@page("tests.see", methods=("GET", "POST"))
def organisations(request: HttpRequest) -> HttpResponseBase:
    """All of them."""
    return lists.page(request, ORGANISATIONS)


@page("tests.see", methods=("GET", "POST"))
def zones(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Those of one kind."""
    return lists.page(request, ORGANISATIONS, scope={"kind": kind})


def _reader(user: Any, stored: Any) -> access.Outcome:
    """The uploader, and whoever is called `reader`."""
    allowed = stored.uploaded_by_id == user.pk or user.username == "reader"
    return access.ALLOWED if allowed else access.Refused("no")


if "tests.evidence" not in {one.name for one in files.kinds()}:
    files.define(
        files.Kind(
            name="tests.evidence", title="材料", accepts=("pdf", "xlsx", "txt"), limit=9 * files.MB, may_read=_reader,
            may_add=lambda user: access.check("tests.see", user), sensitive=True,
        )
    )  # fmt: skip
    files.define(files.Kind(name="tests.plain", title="材料", accepts=("txt",), limit=200))
    files.define(files.Kind(name="tests.short", title="材料", accepts=("txt",), keep=3))


FORM = """{% extends "kit/page.html" %}{% load ui %}{% block title %}材料{% endblock %}{% block content %}
<form method="post" class="form" enctype="multipart/form-data" novalidate>{% csrf_token %}{% form_fields form %}
{% submit "提交" %}</form>{% endblock %}"""


class Evidence(forms.Form):
    """A name and a file."""

    name = forms.CharField(label="名称", max_length=20, validators=[files.validate_open])
    document = files.FileField(kind="tests.evidence", label="材料")


@page("tests.see", methods=("GET", "POST"))
def evidence(request: HttpRequest) -> HttpResponseBase:
    """Keeps the file and answers with its key."""
    form = Evidence(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        stored = files.keep(form.cleaned_data["document"], by=request.user, at=timezone.now(), about=request.user)
        return HttpResponse(str(stored.pk))
    return HttpResponse(engines["django"].from_string(FORM).render({"form": form}, request), status=422 if form.is_bound else 200)


urlpatterns = [
    path("evidence/", evidence),
    path("list/", organisations),
    path("list/<str:kind>/", zones),
    *urls_of_the_site,
]
