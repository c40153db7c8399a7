"""The component page: every part of pages, as it looks, with the words that make it."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.templatetags.ui import TONES


class SampleForm(forms.Form):
    """Every kind of field once."""

    name = forms.CharField(label=_("企业名称"), max_length=80, help_text=_("与营业执照一致。"))
    uscc = forms.CharField(label=_("统一社会信用代码"), min_length=18, max_length=18)
    kind = forms.ChoiceField(label=_("企业规模"), choices=[("s", _("小型")), ("m", _("中型")), ("l", _("大型"))])
    founded = forms.DateField(label=_("成立日期"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    employees = forms.IntegerField(label=_("职工总数"), min_value=0, required=False, help_text=_("单位：人"))
    field = forms.ChoiceField(
        label=_("主要领域"),
        widget=forms.RadioSelect,
        choices=[("e", _("电子信息")), ("b", _("生物与新医药")), ("n", _("新能源与节能"))],
    )
    proofs = forms.MultipleChoiceField(
        label=_("已备材料"),
        widget=forms.CheckboxSelectMultiple,
        choices=[("l", _("营业执照")), ("a", _("审计报告")), ("p", _("知识产权证书"))],
        required=False,
    )
    summary = forms.CharField(label=_("企业简介"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    file = forms.FileField(
        label=_("审计报告"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.ofd", "data-limit": "20 MB"}),
    )
    agree = forms.BooleanField(label=_("我承诺所填内容真实、完整。"))


def _samples() -> dict[str, Any]:
    """What the parts are shown with; the enterprises are invented."""
    at = datetime.datetime(2026, 6, 30, 6, 5, tzinfo=datetime.UTC)
    return {
        "tones": [(tone, picture) for tone, picture in TONES.items()],
        "day_sample": datetime.date(2026, 6, 30),
        "moment_sample": at,
        "share_sample": Fraction(1, 8),
        "rows": [
            (_("示例甘泉材料有限公司"), "91620100MA00000018", 1_234_567_800, "good", _("已认定")),
            (_("示例雪峰软件有限公司"), "91620100MA00000026", 98_765_400, "wait", _("待推荐")),
            (_("示例河西育种有限公司"), "91620100MA00000034", 4_500_000, "bad", _("未通过")),
        ],
        "facts": [
            (_("统一社会信用代码"), "91620100MA00000018"),
            (_("所在地"), _("兰州市城关区")),
            (_("职工总数"), 126, _("2025 年年报，由推荐单位核实")),
            (_("主营业务"), None),
        ],
        "events": [
            {"at": at, "title": _("提交年度数据"), "by": _("填报员"), "tone": "info", "icon": "send"},
            {"at": at, "title": _("推荐单位核实"), "by": _("经办人"), "tone": "good", "text": _("与审计报告一致。")},
            {"at": at, "title": _("退回补正"), "by": _("经办人"), "tone": "warn", "text": _("研发费用明细缺页。")},
        ],
        "phone": "13800001234",
        "person": "李雷雷",  # tidui: data
    }


@page("kit.public", methods=("GET", "POST"))
def components(request: HttpRequest) -> HttpResponse:
    """Every part; the sample form answers as a real one would, and keeps nothing."""
    form = SampleForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            messages.success(request, _("表单没有错误；示例内容不会保存。"))
        else:
            status = 422
    here = reverse("kit:components")
    tab = request.GET.get("tab", "facts")
    tabs = [
        (_("基本信息"), f"{here}?tab=facts", tab == "facts"),
        (_("年度数据"), f"{here}?tab=years", tab == "years", 3),
        (_("知识产权"), f"{here}?tab=ip", tab == "ip", 12),
    ]
    pages = Paginator(range(1, 243), 20).get_page(request.GET.get("page", 3))
    context = {"form": form, "tabs": tabs, "pages": pages, "here": here, **_samples()}
    return render(request, "kit/components.html", context, status=status)


@page("kit.public", methods=("GET", "POST"))
def confirm_sample(request: HttpRequest) -> HttpResponse:
    """The question before something grave."""
    if request.method == "POST":
        messages.info(request, _("已确认；示例没有改变任何内容。"))
    return confirm(
        request,
        title=_("确认停用此账号？"),
        text=_("停用后此人不能再登录，已办事项保留。"),
        submit=_("停用"),
        back=reverse("kit:components"),
    )
