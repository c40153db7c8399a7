"""Forms of the pages on which an administrator keeps reference data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.kit.parameters import Parameter


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class CalendarDayForm(forms.Form):
    """A day that differs from Monday to Friday."""

    day = _day(_("日期"))
    working = forms.TypedChoiceField(
        label=_("这一天"), choices=[("0", _("放假")), ("1", _("上班"))], coerce=lambda raw: raw == "1"
    )
    name = forms.CharField(label=_("说明"), max_length=40, help_text=_("例如：国庆节调休"))


class CalendarYearForm(forms.Form):
    """The document that announced a year's arrangement."""

    document = forms.CharField(label=_("文号"), max_length=80, help_text=_("国务院办公厅关于当年节假日安排的通知"))


class DivisionForm(forms.Form):
    """A division that is new, renamed, or part of another from now on."""

    code = forms.RegexField(label=_("区划代码"), regex=r"^62[0-9]{4}$", max_length=6)
    zh = forms.CharField(label=_("新名称"), max_length=40, required=False, help_text=_("新设或更名时填写"))
    en = forms.CharField(label=_("英文名称"), max_length=60, required=False)
    successor = forms.RegexField(
        label=_("并入的区划代码"), regex=r"^62[0-9]{4}$", max_length=6, required=False, help_text=_("撤销时填写")
    )
    since = _day(_("自"))
    document = forms.CharField(label=_("文号"), max_length=80)


class ParameterForm(forms.Form):
    """A value from a day on, with the reason."""

    raw = forms.CharField(label=_("取值"), required=False)
    since = _day(_("自"))
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args: Any, parameter: Parameter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if parameter.kind == "bool":
            self.fields["raw"] = forms.ChoiceField(label=_("取值"), choices=[("true", _("是")), ("false", _("否"))])
        elif parameter.kind == "int":
            self.fields["raw"].widget = forms.NumberInput(attrs={"min": parameter.low, "max": parameter.high})
            self.fields["raw"].required = True
        self.fields["raw"].help_text = parameter.help


class TextForm(forms.Form):
    """Subject and body of a text."""

    subject = forms.CharField(label=_("标题"), max_length=200)
    body = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs={"rows": 8}), max_length=5000)
