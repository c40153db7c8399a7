"""What people type besides the facts themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.facts.catalogue import FIRST_YEAR
from tidui.kit import clock, files
from tidui.registry.actions.property import Details
from tidui.registry.enums import DEFENCE_PATENT, Acquisition, PropertyClass, Source
from tidui.registry.evidence import EVIDENCE


class FilingForm(forms.Form):
    """What goes with a return: a note on its source, and the document that it rests on."""

    note = forms.CharField(
        label=_("说明"), max_length=200, required=False, help_text=_("例如：依据 2025 年度审计报告。"),
        validators=[files.validate_open],
    )  # fmt: skip
    document = files.FileField(
        kind=EVIDENCE, label=_("佐证材料"), required=False, help_text=_("审计报告、报表等，一个文件；没有可以不传。")
    )


class YearForm(forms.Form):
    """The year of a section that is to be filled in."""

    year = forms.IntegerField(label=_("年度"))

    def clean_year(self) -> int:
        """A year that can have figures: not one to come."""
        year: int = self.cleaned_data["year"]
        last = clock.today().year
        if not FIRST_YEAR <= year <= last:
            raise forms.ValidationError(
                _("请填写 %(first)s 至 %(last)s 之间的年份。"), params={"first": FIRST_YEAR, "last": last}
            )
        return year


class SettleForm(forms.Form):
    """How a difference ends, and why."""

    accept = forms.TypedChoiceField(
        label=_("处理结果"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("采用新值")), ("no", _("保留现值"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明依据的凭证，例如：与社保缴费名册一致。"),
    )  # fmt: skip


class SayForm(forms.Form):
    """What a unit knows otherwise of a fact, from which source, and on what evidence."""

    value = forms.CharField(
        label=_("值"), max_length=2000, widget=forms.Textarea(attrs={"rows": 1}),
        help_text=_("金额以元计，也可以写 12.5万元；没有的写“无”。"),
    )  # fmt: skip
    source = forms.ChoiceField(
        label=_("来源"),
        choices=[(one.value, one.label) for one in (Source.UNIT, Source.AGENCY, Source.TAX, Source.AUDIT)],
    )
    note = forms.CharField(
        label=_("依据"), max_length=200, validators=[files.validate_open],
        help_text=_("写明凭证，例如：社保缴费名册 2025 年 12 月。"),
    )  # fmt: skip
    document = files.FileField(kind=EVIDENCE, label=_("佐证材料"), required=False)


class NoteForm(forms.Form):
    """A note on a verification."""

    note = forms.CharField(
        label=_("核实说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("看过哪些凭证，例如：审计报告第 12 页。"),
    )  # fmt: skip


class ReasonForm(forms.Form):
    """A reason, where one is needed."""

    reason = forms.CharField(label=_("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class UseForm(forms.Form):
    """In which year an item was used in a recognition; left blank: it was not."""

    year = forms.IntegerField(label=_("用于高企认定的年度"), required=False, min_value=2008, max_value=2100)
    reason = forms.CharField(label=_("说明"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)


class PropertyForm(forms.Form):
    """An item of intellectual property."""

    kind = forms.ChoiceField(
        label=_("类别"),
        choices=[
            ("", ""),
            (_("Ⅰ类"), [(one.value, one.label) for one in PropertyClass if one not in ("2", "3", "4")]
             + [(DEFENCE_PATENT, _("发明专利(国防专利)：不得在本系统填报"))]),
            (_("Ⅱ类"), [(one.value, one.label) for one in PropertyClass if one in ("2", "3", "4")]),
        ],
    )  # fmt: skip
    number = forms.CharField(
        label=_("专利号/登记号"), max_length=60,
        help_text=_("专利号带校验位，例如 ZL201810123456.3；软件填登记号，例如 2018SR123456。"),
    )  # fmt: skip
    name = forms.CharField(label=_("名称"), max_length=200)
    owners = forms.CharField(
        label=_("权利人"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("一行一个；不填即为本单位。共有的请全部列出。"),
    )  # fmt: skip
    acquisition = forms.ChoiceField(label=_("获得方式"), choices=[("", ""), *Acquisition.choices])
    filed_on = forms.DateField(
        label=_("申请日"), required=False, widget=DayInput(), help_text=_("专利必填：保护期从申请日起算。")
    )
    granted_on = forms.DateField(label=_("授权(登记)日期"), widget=DayInput())
    valid_until = forms.DateField(
        label=_("有效期止"), required=False, widget=DayInput(), help_text=_("不填则按法定期限推算。")
    )
    lapsed_on = forms.DateField(
        label=_("失效日期"), required=False, widget=DayInput(), help_text=_("未缴年费、被宣告无效等；仍有效的不填。")
    )
    core = forms.BooleanField(label=_("对主要产品(服务)起核心支持作用"), required=False)
    attachment = files.FileField(kind=EVIDENCE, label=_("证书"), required=False)

    def details(self) -> Details:
        """What was typed, for the action that checks it."""
        data = self.cleaned_data
        return Details(
            name=data["name"], kind=data["kind"], number=data["number"], acquisition=data["acquisition"],
            granted_on=data["granted_on"], owners=tuple(data["owners"].splitlines()), core=data["core"],
            filed_on=data["filed_on"], valid_until=data["valid_until"], lapsed_on=data["lapsed_on"],
        )  # fmt: skip
