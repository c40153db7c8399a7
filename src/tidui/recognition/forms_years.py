"""What people type about yearly information and changes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.accounts.forms import DayField
from tidui.kit import files
from tidui.recognition.models_years import ChangeKind
from tidui.recognition.reminding import PROOF


def _long(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        validators=[files.validate_open],
    )  # fmt: skip


class ReturnForm(forms.Form):
    """The text that goes with the facts of a year."""

    text = _long(_("发展情况"), _("主要产品和市场、研发进展、存在的困难。指标取自企业档案，不在这里填写。"))


class ChangeForm(forms.Form):
    """A change, when it happened, and its proof."""

    kind = forms.ChoiceField(label=_("变更事项"), choices=ChangeKind.choices)
    happened_on = DayField(label=_("变更日期"))
    after = forms.CharField(
        validators=[files.validate_open],
        label=_("变更后名称"), max_length=200, required=False, help_text=_("更名的填写，与新营业执照一致。")
    )
    text = _long(_("变更情况"))
    file = files.FileField(kind=PROOF, label=_("证明材料"), help_text=_("新营业执照、登记通知书等。"))

    def clean(self) -> dict[str, Any]:
        """Who is renamed says how."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("kind") == ChangeKind.RENAME and not str(found.get("after", "")).strip():
            self.add_error("after", _("请填写变更后的名称。"))
        return found


class SupplementForm(forms.Form):
    """What was missing."""

    text = _long(_("变更情况"))
    file = files.FileField(kind=PROOF, label=_("证明材料"), required=False)


class DecideForm(forms.Form):
    """What becomes of the recognition."""

    outcome = forms.ChoiceField(label=_("核定结果"), widget=forms.RadioSelect)
    ends_on = DayField(label=_("资格有效至"), required=False, help_text=_("整体迁出本省的填写。"))
    answer = _long(_("核定意见"))

    def __init__(self, *arguments: Any, kind: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        kept = [("keep", _("资格继续有效")), ("doubt", _("转撤销程序"))]
        choices = [("end", _("资格终止"))] if kind == ChangeKind.MOVE else kept
        self.fields["outcome"].choices = [*choices, ("send_back", _("退回补充"))]  # type: ignore[attr-defined]
        if kind != ChangeKind.MOVE:
            del self.fields["ends_on"]

    def clean(self) -> dict[str, Any]:
        """Who ends a recognition says when."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("outcome") == "end" and not found.get("ends_on"):
            self.add_error("ends_on", _("请填写资格有效至哪一天。"))
        return found
