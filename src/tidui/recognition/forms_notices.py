"""What is typed about notices, objections and announcements."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from tidui.kit import files
from tidui.recognition.objecting import EVIDENCE
from tidui.recognition.verifying import MOST

#: A mobile number, or a landline with its area code; spaces and hyphens are let through.
PHONE: Final = RegexValidator(r"^\+?[0-9][0-9 \-]{6,18}$", _("请填写能够联系到您的电话号码。"))


_OPEN: Final = (files.validate_open,)


def _long(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PaperForm(forms.Form):
    """The title and text of a notice or an announcement."""

    title = forms.CharField(label=_("标题"), max_length=200, validators=_OPEN)
    text = forms.CharField(
        label=_("正文"), max_length=4000, widget=_long(6), validators=_OPEN,
        help_text=_("公示期、名单和提出异议的办法由系统附在正文之后。"),
    )  # fmt: skip


class AnnouncementForm(PaperForm):
    """The title and text of an announcement, and how many were on the list when it was made."""

    count = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("名单和核验办法由系统附在正文之后。")


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=_("理由"), max_length=300, widget=_long(3), validators=_OPEN)


class PlainFileInput(files.FileInput):
    """A file input for people without an account: the file comes with the form, in one piece."""

    template_name = "recognition/objections/_file.html"


class ObjectionForm(forms.Form):
    """An objection under one's real name. `entries` are the lines of the notice."""

    application = forms.TypedChoiceField(label=_("对哪家企业提出异议"), coerce=int, choices=[])
    name = forms.CharField(
        label=_("您的姓名或单位名称"), max_length=100, validators=_OPEN,
        help_text=_("请使用真实姓名或单位全称；匿名的异议不予受理。"),
    )  # fmt: skip
    mobile = forms.CharField(label=_("联系电话"), max_length=20, validators=[PHONE])
    employer = forms.CharField(label=_("所在单位"), max_length=200, required=False, validators=_OPEN)
    text = forms.CharField(
        label=_("异议内容和依据"), min_length=10, max_length=3000, widget=_long(6), validators=_OPEN,
        help_text=_("写明事实、依据和您的要求。请勿填写涉密内容。"),
    )  # fmt: skip
    evidence = files.FileField(
        kind=EVIDENCE, label=_("佐证材料"), required=False, widget=PlainFileInput(EVIDENCE),
        help_text=_("一个 PDF 或图片文件；没有可以不传。"),
    )  # fmt: skip
    #: Nobody sees this field; what fills it in is no person.
    website = forms.CharField(label=_("请勿填写"), required=False)

    def __init__(self, entries: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(one["application"], f"{one['name']} {one['number']}") for one in entries]
        field = self.fields["application"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("请选择")), *named]

    def clean_website(self) -> str:
        """It stays empty."""
        if self.cleaned_data["website"]:
            raise ValidationError(_("没有收到您的异议，请清空多余的内容后再提交。"))
        return ""


class ReceiptForm(forms.Form):
    """The code by which somebody asks what became of their objection."""

    receipt = forms.CharField(
        label=_("查询码"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )


class NoteForm(forms.Form):
    """What was looked into."""

    text = forms.CharField(label=_("调查情况"), max_length=3000, widget=_long(4), validators=_OPEN)


class RejectForm(forms.Form):
    """Why an objection is not taken up; whoever objected reads it."""

    reason = forms.CharField(
        label=_("不予受理的理由（答复异议人）"), max_length=1000, widget=_long(3), validators=_OPEN
    )


class DismissForm(forms.Form):
    """What is answered to an objection that proved wrong."""

    answer = forms.CharField(label=_("答复异议人"), max_length=2000, widget=_long(4), validators=_OPEN)


class UpholdForm(DismissForm):
    """What is answered to an objection that proved right, and why the enterprise is taken off the list."""

    reason = forms.CharField(
        label=_("告知企业的理由"), max_length=1000, widget=_long(4), validators=_OPEN,
        help_text=_("企业会看到这段文字，其中不得出现异议人的姓名、单位或电话。"),
    )  # fmt: skip


class VerifyForm(forms.Form):
    """A number, and the day of which it is asked."""

    number = forms.CharField(
        label=_("入库登记编号或证书编号"), max_length=MOST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )  # fmt: skip
    on = forms.DateField(
        label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("查询该日是否有效；不填为今天。"),
    )  # fmt: skip

    def clean_on(self) -> dt.date | None:
        """A day that anything of this programme can be about."""
        on: dt.date | None = self.cleaned_data["on"]
        if on is not None and not 2000 <= on.year <= 2100:
            raise ValidationError(_("请填写 2000 年至 2100 年之间的日期。"))
        return on
