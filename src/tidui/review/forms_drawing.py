"""What people type about the review of a batch, a draw, a secret and a seat."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.kit import clock, files, parameters
from tidui.review.actions.drawing import HOLD_NO_SECRET
from tidui.review.enums import FieldReach, Per
from tidui.review.models import Group, Review
from tidui.review.parameters import FINANCIAL_LEAST, PANEL_SIZE, TECHNICAL_SHARE

_DAY: Final = {"type": "date"}


def _number(label: Any, low: int, high: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=low, max_value=high, help_text=help_text)


class SettingsForm(forms.Form):
    """How a batch is reviewed; every setting says what it means."""

    per = forms.ChoiceField(
        label=_("评审组"), choices=Per.choices, widget=forms.RadioSelect,
        help_text=_("每组一个评审组：同组申报由同一批专家评审，便于横向比较。每份一个评审组：逐份抽取，专家更分散。"),
    )  # fmt: skip
    size = _number(_("每组专家人数"), 1, 15)
    technical = _number(_("其中技术专家"), 0, 15, _("其余为财务专家。组长从技术专家中职称级别最高者里抽取。"))
    fit = _number(
        _("匹配权重"), 0, 100,
        _("专业匹配可以在多大程度上胜过随机：0为在符合条件的专家中纯随机抽取；100为只看匹配，随机只在相差无几时起作用。"),
    )  # fmt: skip
    reach = forms.ChoiceField(
        label=_("专家领域要求"), choices=FieldReach.choices,
        help_text=_("技术专家的领域须覆盖组内至少一半申报；财务专家不限领域。"),
    )  # fmt: skip
    group_size = _number(_("每组申报份数"), 1, 500, _("按技术领域分组，每组最多这么多份；改动后重新分组。"))
    load = _number(
        _("每位专家最多评审份数"), 1, 1000,
        _("专家本人登记的上限更低的，按本人的。同组申报一起评审：要使每位专家只参加一组，上限取一组的份数。"),
    )  # fmt: skip
    blind = forms.BooleanField(label=_("盲评"), required=False, help_text=_("专家只见评审编号，不见申报单位名称。"))
    alarm = _number(_("分差预警（分）"), 1, 100, _("同一份申报的评分相差超过此数的，提示复议。"))
    opens_on = forms.DateField(label=_("评审开始"), required=False, widget=forms.DateInput(attrs=_DAY))
    due_on = forms.DateField(
        label=_("评审截止"), required=False, widget=forms.DateInput(attrs=_DAY),
        help_text=_("其间请假的专家不抽取。"),
    )  # fmt: skip

    def __init__(self, *args: Any, review: Review | None = None, **options: Any) -> None:
        held = review or Review()
        options.setdefault("initial", {name: getattr(held, name) for name in self.base_fields})
        super().__init__(*args, **options)
        least = int(parameters.get(PANEL_SIZE, clock.today()))
        share = int(parameters.get(TECHNICAL_SHARE, clock.today()))
        financial = int(parameters.get(FINANCIAL_LEAST, clock.today()))
        said = _(
            "最少%(least)s人，技术专家不低于%(share)s%%，财务专家至少%(financial)s人。"
            "省办法没有规定，按国科发火〔2016〕195号，为本系统默认值。"
        )
        self.fields["size"].help_text = said % {"least": least, "share": share, "financial": financial}

    def clean(self) -> dict[str, Any]:
        """What is prescribed of a panel, and dates in their order."""
        said: dict[str, Any] = super().clean() or {}
        size, technical = said.get("size"), said.get("technical")
        today = clock.today()
        if size is not None and size < int(parameters.get(PANEL_SIZE, today)):
            self.add_error("size", _("评审组人数少于规定的最少人数。"))
        elif size is not None and technical is not None:
            if technical * 100 < int(parameters.get(TECHNICAL_SHARE, today)) * size:
                self.add_error("technical", _("技术专家比例低于规定的最低比例。"))
            if size - technical < int(parameters.get(FINANCIAL_LEAST, today)):
                self.add_error("technical", _("财务专家少于规定的最少人数。"))
        if said.get("opens_on") and said.get("due_on") and said["due_on"] < said["opens_on"]:
            self.add_error("due_on", _("评审截止日期不得早于开始日期。"))
        return said


class MoveForm(forms.Form):
    """Into which group a file goes."""

    group = forms.ModelChoiceField(
        label=_("移到"), queryset=Group.objects.none(), required=False, empty_label=_("新建一组")
    )

    def __init__(self, *args: Any, groups: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


class PublicForm(forms.Form):
    """Where the public number will come from, and on which day."""

    public_source = forms.CharField(
        label=_("公开随机数来源"),
        max_length=200,
        validators=[files.validate_open],
        help_text=_("例如：2026年12月1日中国福利彩票双色球开奖号码，红球由小到大、蓝球在后，以空格分隔。"),
    )
    public_on = forms.DateField(
        label=_("公开随机数日期"),
        widget=forms.DateInput(attrs=_DAY),
        help_text=_("必须晚于封存当日：封存时任何人都不得知道它。"),
    )


class BeginForm(PublicForm):
    """Who puts a secret in, where the number comes from, and why it is drawn."""

    first = forms.ModelChoiceField(label=_("提交密码的单位（一）"), queryset=Organisation.objects.none())
    second = forms.ModelChoiceField(
        label=_("提交密码的单位（二）"), queryset=Organisation.objects.none(),
        help_text=_("两家单位各自提交一个密码的摘要，封存后再开启；任何一家都无法单独左右结果。"),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("抽取事由"), max_length=200, required=False, validators=[files.validate_open],
        help_text=_("补抽的请写明原因，例如专家请假。会公开。"),
    )  # fmt: skip
    field_order = ("first", "second", "public_source", "public_on", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        units = Organisation.objects.filter(active=True).exclude(kind__in=HOLD_NO_SECRET).order_by("kind", "name")
        for name, kind in (("first", OrganisationKind.DEPARTMENT), ("second", OrganisationKind.AUTHORITY)):
            self.fields[name].queryset = units  # type: ignore[attr-defined]
            self.fields[name].initial = units.filter(kind=kind).first()


class CommitForm(forms.Form):
    """A secret, or only its digest."""

    said = forms.CharField(
        label=_("密码"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("系统随机给出的建议，可以改用自己的（至少16个字符）。请抄下并妥善保管：系统只存摘要，开启前任何人都查不到。"),
    )  # fmt: skip
    digest = forms.CharField(
        label=_("或者只提交摘要"), max_length=64, required=False,
        help_text=_("自行计算“盐值＋换行符＋密码”（UTF-8）的SHA-256。填写后不采用上面的密码。"),
    )  # fmt: skip


class OpenForm(forms.Form):
    """The secret that was committed."""

    said = forms.CharField(
        label=_("密码"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )


class NumberForm(forms.Form):
    """The public number as it was published."""

    number = forms.CharField(
        label=_("公开随机数"), max_length=200, help_text=_("照公布的原文填写，各数之间以一个空格分隔。录入后不能更改。")
    )


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(
        label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), validators=[files.validate_open]
    )


class AnswerForm(forms.Form):
    """Whether a drawn expert takes part."""

    accept = forms.TypedChoiceField(
        label=_("是否参加"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("参加评审")), ("no", _("不能参加"))],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("不能参加的原因"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        validators=[files.validate_open],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Whoever declines says why."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("accept") is False and not str(said.get("reason", "")).strip():
            self.add_error("reason", _("请写明原因。"))
        return said
