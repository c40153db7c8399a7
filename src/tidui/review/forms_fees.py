"""What people type about fees."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.accounts.forms import DayField
from tidui.casework.models import Batch
from tidui.kit import files


class MakeForm(forms.Form):
    """Of which batch, and what the list is called."""

    batch = forms.ModelChoiceField(label=_("批次"), queryset=Batch.objects.none())
    title = forms.CharField(label=_("名称"), max_length=200, validators=[files.validate_open])

    def __init__(self, *arguments: Any, batches: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["batch"].queryset = batches  # type: ignore[attr-defined]


class PaidForm(forms.Form):
    """When it was paid, by which voucher."""

    on = DayField(label=_("发放日期"))
    voucher = forms.CharField(
        validators=[files.validate_open], label=_("凭证号"), max_length=60)
