"""The form with which stamped pages come in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.casework.stamping import STAMPED
from tidui.kit import files


class StampedForm(forms.Form):
    """A scan, and the version mark that is printed on it."""

    mark = forms.CharField(
        label=_("页脚上的版本标识"), max_length=40,
        help_text=_("照打印件页脚填写，用来确认上传的是最近一次提交的申报书。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    pages = files.FileField(
        kind=STAMPED, label=_("盖章页"), help_text=_("PDF 或 JPG；可以只传盖章的页，也可以传全文。")
    )
