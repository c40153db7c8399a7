"""What is typed about site visits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.kit import files
from tidui.kit.files import validate_open


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def institutions() -> QuerySet[Organisation]:
    """The institutions that may be commissioned."""
    return Organisation.objects.filter(kind=OrganisationKind.SITE_INSTITUTION, active=True).order_by("name", "pk")


class NamedChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An organisation is chosen by its name."""

    def label_from_instance(self, obj: Any) -> str:
        """What an organisation is called."""
        return str(obj.name)


class CommissionForm(forms.Form):
    """Who is commissioned, by which letter, until when."""

    institution = NamedChoice(label=_("专业机构"), queryset=Organisation.objects.none())
    document_number = forms.CharField(
        validators=[files.validate_open], label=_("委托文号"), max_length=60, required=False)
    due_on = forms.DateField(label=_("考察期限"), widget=_day())
    note = forms.CharField(
        validators=[files.validate_open],
        label=_("委托要求"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, NamedChoice)
        field.queryset = institutions()


class GiveForm(CommissionForm):
    """Another institution for a visit that is taken back; without one it is only taken back."""

    reason = forms.CharField(
        validators=[files.validate_open], label=_("收回理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ("reason", "institution", "document_number", "due_on", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].required = False
        self.fields["institution"].label = _("改委托给（不选则只收回）")
        self.fields["due_on"].required = False

    def clean(self) -> dict[str, Any]:
        """A new institution needs a date."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("institution") and not told.get("due_on"):
            self.add_error("due_on", _("请填写考察期限。"))
        return told


class WaiveForm(forms.Form):
    """Why nobody is visited."""

    waive_reason = forms.CharField(
        validators=[files.validate_open], label=_("免于考察的理由"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class PlanForm(forms.Form):
    """When the institution goes, and who."""

    planned_on = forms.DateField(label=_("约定日期"), widget=_day())
    visitors = forms.CharField(
        validators=[files.validate_open], label=_("考察人员"), max_length=200)


class ReportForm(forms.Form):
    """What the institution says of it all."""

    opinion = forms.CharField(
        label=_("考察意见"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}), validators=[validate_open]
    )


class ReasonForm(forms.Form):
    """Why a report is given back."""

    reason = forms.CharField(
        validators=[files.validate_open], label=_("退回理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
