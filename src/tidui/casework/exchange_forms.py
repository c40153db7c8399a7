"""The forms of exchanges."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.actions.exchanging import ANSWERS
from tidui.casework.exchange_files import OUTCOME
from tidui.casework.exchanging import Column, Purpose
from tidui.kit import files


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


_OPEN = (files.validate_open,)


class PrepareForm(forms.Form):
    """To whom a list goes, and until when it is to be answered."""

    title = forms.CharField(
        label=_("名称"), max_length=200, required=False, help_text=_("留空则按批次和用途命名。"), validators=_OPEN
    )
    partner = forms.ModelChoiceField(
        label=_("对方单位"), queryset=Organisation.objects.none(), required=False,
        empty_label=_("不在本系统内，线下报送"),
        help_text=_("选择后，该单位的人员可以在本系统下载清单并回复。"),
    )  # fmt: skip
    due_on = _day(_("回复期限"), required=False, help_text=_("留空则从发出之日起按工作日计算。"))

    def __init__(self, *args: Any, purpose: Purpose, **options: Any) -> None:
        super().__init__(*args, **options)
        if not purpose.partner_kind:
            del self.fields["partner"]
        else:
            found = Organisation.objects.filter(kind=purpose.partner_kind, active=True).order_by("name")
            self.fields["partner"].queryset = found  # type: ignore[attr-defined]


class SendForm(forms.Form):
    """How a list went out."""

    way = forms.CharField(
        label=_("发出方式"), max_length=60, help_text=_("例如：公文交换、平台报送、系统内发送。"), validators=_OPEN
    )
    document_number = forms.CharField(label=_("文号"), max_length=60, required=False, validators=_OPEN)
    due_on = _day(_("回复期限"), required=False)


class TakeBackForm(forms.Form):
    """Why the rest of a list is no longer waited for."""

    reason = forms.CharField(label=_("理由"), max_length=200, validators=_OPEN)


class AnswersForm(forms.Form):
    """A file of answers, with the document that it came with."""

    file = files.FileField(kind=ANSWERS, label=_("回复文件"), help_text=_("在发出的清单上填写后的 .xlsx 或 CSV 文件。"))
    document_number = forms.CharField(
        label=_("文号"), max_length=60, required=False, help_text=_("对方回复的文号，记入每一条结论。"),
        validators=_OPEN,
    )  # fmt: skip
    document_date = _day(_("文件日期"), required=False)

    def clean_document_date(self) -> dt.date | None:
        """A document of a day to come is a slip."""
        from tidui.kit import clock

        given: dt.date | None = self.cleaned_data.get("document_date")
        if given is not None and given > clock.today():
            raise forms.ValidationError(_("文件日期不能晚于今天。"))
        return given


class SettleForm(forms.Form):
    """Accept an answer that was held back, or have the other side asked again."""

    decision = forms.ChoiceField(label=_("核定"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("核定理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), validators=_OPEN
    )

    def __init__(self, *args: Any, hard: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [] if hard else [("accept", _("采用这条回复"))]
        self.fields["decision"].choices = [*choices, ("again", _("不采用，请对方重新答复"))]  # type: ignore[attr-defined]
        if hard:
            self.initial.setdefault("decision", "again")


class RowForm(forms.Form):
    """The answer of one enterprise; its fields are those of the purpose."""

    def __init__(self, *args: Any, purpose: Purpose, **options: Any) -> None:
        super().__init__(*args, **options)
        words = [(one.title.zh, str(one.title)) for one in purpose.outcomes]
        self.fields["outcome"] = forms.ChoiceField(label=_("回复结论"), choices=words, widget=forms.RadioSelect)
        for column in purpose.answer_columns:
            self.fields[column.name] = _field(column)

    def cells(self) -> dict[str, Any]:
        """What was filled in, as the cells of a line."""
        return {OUTCOME.name: self.cleaned_data["outcome"], **{
            name: value for name, value in self.cleaned_data.items() if name != "outcome"
        }}  # fmt: skip


def _field(column: Column) -> forms.Field:
    help_text = str(column.help) if column.help else ""
    if column.kind == "date":
        return _day(column.title, required=False, help_text=help_text)
    return forms.CharField(
        label=str(column.title), max_length=column.most, required=False, help_text=help_text,
        validators=_OPEN,
    )  # fmt: skip
