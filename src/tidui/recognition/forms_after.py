"""What people type about sampling checks, revocation and the yearly update."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.casework.models import Batch
from tidui.casework.programme import programmes
from tidui.kit import clock, files
from tidui.recognition.measures import grounds_of
from tidui.recognition.revoking import EVIDENCE

_LONG = forms.Textarea(attrs={"rows": 5})


def _text(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=4000, widget=_LONG,
        validators=[files.validate_open],
    )  # fmt: skip


def _day(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=help_text, required=required, widget=forms.DateInput(attrs={"type": "date"})
    )


class OpenForm(forms.Form):
    """A proposal to revoke."""

    ground = forms.ChoiceField(label=_("撤销情形"))
    evidence = _text(_("事实和依据"), _("写明发生了什么、何时、凭何材料。企业会看到这段文字。"))
    file = files.FileField(kind=EVIDENCE, label=_("佐证材料"), required=False)

    def __init__(self, *arguments: Any, programme: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["ground"].choices = grounds_of(programme)  # type: ignore[attr-defined]


class ReplyForm(forms.Form):
    """The enterprise's reply."""

    text = _text(_("申辩内容"), _("写明事实和理由；没有异议的，也可以写明“无异议”。"))
    file = files.FileField(kind=EVIDENCE, label=_("申辩材料"), required=False)


class ProposeForm(forms.Form):
    """The opinion, and from when the number no longer holds."""

    opinion = _text(_("拟办意见"), _("写明申辩是否成立、为何撤销。"))
    effective_on = _day(_("撤销生效日期"), _("不填为作出决定之日；弄虚作假的一般自编号有效期起始日。"), required=False)


class ReasonForm(forms.Form):
    """A reason."""

    reason = _text(_("理由"))


class DecideForm(forms.Form):
    """Agree, or send back with what is missing."""

    agree = forms.TypedChoiceField(
        label=_("复核结论"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("同意撤销")), ("no", _("退回重新拟办"))],
    )  # fmt: skip
    answer = _text(_("复核意见"), _("退回的须写明。"), required=False)

    def clean(self) -> dict[str, Any]:
        """Whoever sends back says why."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("agree") is False and not str(found.get("answer", "")).strip():
            self.add_error("answer", _("退回的须写明。"))
        return found


class FreezeForm(forms.Form):
    """From what is drawn, and where the seed will come from."""

    programme = forms.ChoiceField(label=_("业务"))
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    batch = forms.ModelChoiceField(
        label=_("批次"), queryset=Batch.objects.none(), required=False, empty_label=_("全年全部批次"),
    )  # fmt: skip
    share = forms.IntegerField(
        label=_("抽查比例（%）"), min_value=1, max_value=100, required=False,
        help_text=_("不填为规定比例；不得低于规定比例。"),
    )  # fmt: skip
    seed_on = _day(_("种子公布日期"), _("必须晚于今天：封存范围时任何人都不得知道种子。"))
    seed_source = forms.CharField(
        label=_("种子来源"), max_length=200,
        help_text=_("例如：2026年12月1日中国福利彩票双色球开奖号码，红球由小到大、蓝球在后，以空格分隔。"),
        validators=[files.validate_open],
    )  # fmt: skip

    def __init__(self, *args: Any, batches: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["programme"].choices = [  # type: ignore[attr-defined]
            (one.name, one.title) for one in programmes().values() if one.status
        ]
        self.fields["batch"].queryset = batches  # type: ignore[attr-defined]
        self.fields["year"].initial = clock.today().year

    def clean(self) -> dict[str, Any]:
        """A batch is one of the year."""
        found: dict[str, Any] = super().clean() or {}
        batch = found.get("batch")
        if batch is not None and (batch.call.year, batch.call.programme) != (found.get("year"), found.get("programme")):
            self.add_error("batch", _("该批次不属于所选业务和年度。"))
        return found


class SeedForm(forms.Form):
    """The seed as it was published."""

    seed = forms.CharField(
        label=_("种子"), max_length=200, help_text=_("照公布的原文填写，不加任何其他字符；首尾空格不计。"),
        validators=[files.validate_open],
    )  # fmt: skip


class CheckForm(forms.Form):
    """What a sampling check found."""

    conforms = forms.TypedChoiceField(
        label=_("核查结果"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("与填报相符")), ("no", _("与填报不符"))],
    )  # fmt: skip
    note = _text(_("核查情况"), _("写明核对了哪些内容、凭何材料。不符的，作为提出撤销的事实和依据。"))
    ground = forms.ChoiceField(
        label=_("撤销情形"), required=False, help_text=_("与填报不符的须选择。")
    )
    file = files.FileField(kind=EVIDENCE, label=_("核查材料"), required=False)

    def __init__(self, *arguments: Any, programme: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["ground"].choices = [("", "—"), *grounds_of(programme)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What differs needs a ground."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("conforms") is False and not found.get("ground"):
            self.add_error("ground", _("核查不符的，请选择撤销情形。"))
        return found
