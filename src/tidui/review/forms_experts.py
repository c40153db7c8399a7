"""What people type about experts: the entry, decisions of the department, absences, ties, the linked account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.accounts.forms import CodeField, DayField, MobileField, division_choices
from tidui.accounts.models import Organisation
from tidui.codes import fields as codes
from tidui.kit import files
from tidui.kit.lang import of
from tidui.review.actions.experts import JUDGED, WRITTEN
from tidui.review.enums import ExpertKind, TieKind, TitleLevel
from tidui.review.models import Expert

#: Nobody reviews more files of a batch than this.
MOST_FILES: Final = 500


def _text(label: Any, most: int, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=required, help_text=help_text, validators=[files.validate_open]
    )


def field_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The eight fields, each with itself and its second level, as choices."""
    return [
        (
            of(one.zh, one.en),
            [(one.code, _whole(one)), *((it.code, f"{it.code} {of(it.zh, it.en)}") for it in _inside(one.code))],
        )
        for one in codes.FIELDS.values()
    ]


def _whole(one: codes.Field) -> str:
    return str(_("%(field)s（不分二级领域）") % {"field": of(one.zh, one.en)})


def _inside(code: str) -> Iterable[codes.Field]:
    return (one for one in codes.SECOND_LEVEL.values() if one.code[0] == code[0])


def name_of_field(code: str) -> str:
    """A field's name in the language of the page."""
    found = codes.SECOND_LEVEL.get(code) or codes.FIELDS.get(code)
    return of(found.zh, found.en) if found else code


class ExpertForm(forms.Form):
    """An entry of the register. For the expert's own form, what the confirmation rests on is left out."""

    name = _text(_("姓名"), 64)
    kind = forms.ChoiceField(label=_("类别"), choices=ExpertKind.choices, widget=forms.RadioSelect)
    level = forms.ChoiceField(label=_("职称级别"), choices=TitleLevel.choices, initial=TitleLevel.SENIOR)
    title = _text(_("职称"), 60, required=False, help_text=_("例如：教授、研究员、高级工程师、高级会计师。"))
    qualification = _text(_("执业资格"), 100, required=False, help_text=_("例如：注册会计师、税务师。"))
    years = forms.IntegerField(label=_("相关工作年限"), min_value=0, max_value=70)
    main = forms.ChoiceField(label=_("主要领域"), required=False)
    more = forms.MultipleChoiceField(label=_("其他领域"), required=False)
    employer = _text(_("工作单位"), 200, help_text=_("用于核对回避，请写全称。"))
    employer_uscc = CodeField(
        label=_("工作单位统一社会信用代码"), required=False, help_text=_("知道的请填写，核对回避更准确。")
    )
    division = forms.ChoiceField(label=_("所在地"), required=False)
    mobile = MobileField()
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    load = forms.IntegerField(
        label=_("每批最多评审份数"), min_value=1, max_value=MOST_FILES, required=False,
        help_text=_("不填则按各批次的规定。"),
    )  # fmt: skip
    bank = _text(_("开户银行"), 100, required=False)
    account = forms.CharField(
        label=_("银行账号"), max_length=40, required=False, help_text=_("只用于发放评审费，页面上部分隐藏。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *arguments: Any, own: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.groups = field_groups()
        self.fields["main"].choices = [("", _("请选择")), *self.groups]  # type: ignore[attr-defined]
        self.fields["more"].choices = [one for _name, inside in self.groups for one in inside]  # type: ignore[attr-defined]
        self.fields["division"].choices = division_choices()  # type: ignore[attr-defined]
        if own:
            for name in JUDGED:
                del self.fields[name]

    @property
    def picker(self) -> list[dict[str, Any]]:
        """The fields to tick, by group; a group with something ticked is open."""
        ticked = set(self["more"].value() or ())
        return [
            {
                "title": title, "open": any(code in ticked for code, _name in inside),
                "rows": [{"code": code, "name": name, "on": code in ticked} for code, name in inside],
            }
            for title, inside in self.groups
        ]  # fmt: skip

    def clean_account(self) -> str:
        """Digits only; blanks between them are left out."""
        typed: str = self.cleaned_data["account"]
        plain = "".join(typed.split()).replace("-", "")
        if plain and not plain.isdigit():
            raise forms.ValidationError(_("银行账号只能是数字。"))
        return plain

    def clean(self) -> dict[str, Any]:
        """A technical expert names a main field."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("kind") == ExpertKind.TECHNICAL and not found.get("main") and "main" not in self.errors:
            self.add_error("main", _("技术专家须选择主要领域。"))
        return found

    def said(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        found: dict[str, Any] = {name: self.cleaned_data[name] for name in WRITTEN if name in self.cleaned_data}
        found["employer_uscc"] = found.get("employer_uscc") or ""
        return found

    def codes(self) -> list[str]:
        """The fields, the main one first."""
        named = [self.cleaned_data.get("main") or "", *self.cleaned_data.get("more", [])]
        return [code for code in dict.fromkeys(named) if code]


def of_expert(expert: Expert) -> dict[str, Any]:
    """What stands in the register, for the form."""
    rows = sorted(expert.fields.all(), key=lambda one: (not one.main, one.code))
    main = next((one.code for one in rows if one.main), "")
    found: dict[str, Any] = {name: getattr(expert, name) for name in WRITTEN}
    return {**found, "main": main, "more": [one.code for one in rows if one.code != main]}


class UnitForm(forms.Form):
    """For which unit somebody nominates."""

    unit = forms.ModelChoiceField(label=_("提名单位"), queryset=Organisation.objects.none(), empty_label=None)

    def __init__(self, *arguments: Any, units: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    """The term, and why the rule is set aside where it is not met."""

    since = DayField(label=_("聘期自"))
    until = DayField(label=_("聘期至"))
    override = forms.CharField(
        label=_("不按条件入库的理由"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("符合条件的不填。理由记入档案。"), validators=[files.validate_open],
    )  # fmt: skip

    def __init__(self, *arguments: Any, qualified: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if qualified:
            del self.fields["override"]
        else:
            self.fields["override"].required = True


class TermForm(forms.Form):
    """Until when the term runs."""

    until = DayField(label=_("聘期至"))


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), validators=[files.validate_open]
    )


class AbsenceForm(forms.Form):
    """Days on which the expert is away."""

    since = DayField(label=_("自"))
    until = DayField(label=_("至"))
    reason = _text(_("原因"), 200, required=False)


class TieForm(forms.Form):
    """What ties the expert to an organisation."""

    kind = forms.ChoiceField(label=_("关系"), choices=TieKind.choices)
    name = _text(_("单位名称"), 200, help_text=_("营业执照上的全称。"))
    uscc = CodeField(required=False, help_text=_("知道的请填写。"))
    since = DayField(label=_("自"), required=False)
    until = DayField(label=_("至"), required=False, help_text=_("仍然存在的不填。"))
    note = _text(_("说明"), 200, required=False)


class AccountForm(forms.Form):
    """The sign-in name of an account that is the expert's."""

    username = forms.CharField(label=_("登录名"), max_length=64)


class UploadForm(forms.Form):
    """A workbook or CSV file of experts."""

    document = files.FileField(kind="review.experts", label=_("专家名单文件"))
