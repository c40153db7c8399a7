"""The forms of calls, quotas and batches; they check what is typed, actions check the rest."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework import quotas
from tidui.casework.call_page import programme_choices
from tidui.casework.models import Batch, Call
from tidui.casework.programme import Programme, Stage
from tidui.kit import clock, files, formats

#: A stage takes no longer than this, in working days.
MOST_DAYS: Final = 250
_DAYS: Final = "days."


class MomentField(forms.DateTimeField):
    """A moment to the minute by the clocks in Shanghai, with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        options.setdefault("widget", widget)
        super().__init__(**options)


def reason(**options: Any) -> forms.CharField:
    """Why something is done."""
    options.setdefault("label", _("理由"))
    options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
    return forms.CharField(max_length=500, validators=[files.validate_open], **options)


class CallForm(forms.Form):
    """What a call says; its settings are fixed when it is published."""

    programme = forms.ChoiceField(label=_("业务"))
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    title = forms.CharField(label=_("标题"), max_length=200, validators=[files.validate_open])
    document_number = forms.CharField(label=_("文号"), max_length=60, required=False, validators=[files.validate_open])
    opens_at = MomentField(label=_("开始受理"))
    closes_at = MomentField(label=_("截止受理"), help_text=_("以服务器时间为准，到点后不能再提交。"))
    text = forms.CharField(
        label=_("正文"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("空一行分段。"), validators=[files.validate_open],
    )  # fmt: skip

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["programme"].choices = programme_choices()  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        given = dict(self.cleaned_data)
        return {"programme_name": given.pop("programme"), **given}


def of_call(call: Call) -> dict[str, Any]:
    """What a draft says, for its form."""
    names = ("programme", "year", "title", "document_number", "opens_at", "closes_at", "text")
    return {name: getattr(call, name) for name in names}


def next_year(call: Call) -> dict[str, Any]:
    """A call of a later year, made from one of an earlier: times a year on, the year in title and text changed."""
    old, new = str(call.year), str(call.year + 1)
    said = of_call(call)
    return said | {
        "year": call.year + 1, "title": call.title.replace(old, new), "text": call.text.replace(old, new),
        "document_number": "", "opens_at": _year_on(call.opens_at), "closes_at": _year_on(call.closes_at),
    }  # fmt: skip


def _year_on(moment: dt.datetime) -> dt.datetime:
    local = moment.astimezone(clock.LEGAL_ZONE)
    try:
        return local.replace(year=local.year + 1)
    except ValueError:  # the 29th of February
        return local.replace(year=local.year + 1, day=28)


class PublishForm(forms.Form):
    """The settings that a call fixes: those of its programme, and the working days of each stage that has a clock."""

    def __init__(self, *arguments: Any, owner: Programme, settings: dict[str, Any], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.owner = owner
        for one in owner.settings:
            self.fields[one.name] = _setting_field(one, settings[one.name])
        for stage in owner.stages:
            if stage.days is None:
                continue
            self.fields[_DAYS + stage.name] = forms.IntegerField(
                label=_("“%(stage)s”的办理期限（工作日）") % {"stage": stage.title}, min_value=1, max_value=MOST_DAYS,
                initial=settings[_DAYS + stage.name], help_text=_only_when(owner, stage),
            )  # fmt: skip

    def settings(self) -> dict[str, Any]:
        """What was chosen."""
        return dict(self.cleaned_data)


def _only_when(owner: Programme, stage: Stage) -> str:
    """That a stage is on the way only with a certain setting, in words."""
    name = stage.when.removeprefix("!")
    setting = next((one for one in owner.settings if one.name == name), None)
    if setting is None:
        return ""
    value = formats.yes_no(not stage.when.startswith("!"))
    return str(_("只在“%(setting)s”为“%(value)s”时经过这一环节。") % {"setting": setting.title, "value": value})


def _setting_field(setting: Any, value: Any) -> forms.Field:
    label, text = str(setting.title), str(setting.help or "")
    if setting.kind == "bool":
        return forms.TypedChoiceField(
            label=label, help_text=text, choices=[("true", _("是")), ("false", _("否"))], widget=forms.RadioSelect,
            coerce=lambda raw: raw == "true", initial="true" if value else "false",
        )  # fmt: skip
    if setting.kind == "int":
        return forms.IntegerField(
            label=label, help_text=text, min_value=setting.low, max_value=setting.high, initial=value
        )
    return forms.CharField(label=label, help_text=text, max_length=200, required=False, initial=value)


class ProlongForm(forms.Form):
    """A later end, and why."""

    closes_at = MomentField(label=_("新的截止时间"))
    reason = reason()


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = reason()


class QuotaForm(forms.Form):
    """One unit's places."""

    unit = forms.ModelChoiceField(Organisation.objects.none(), label=_("推荐单位"), empty_label=_("请选择"))
    most = forms.IntegerField(
        label=_("推荐名额"), min_value=0, max_value=quotas.MOST, required=False, help_text=_("留空表示不限名额。")
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["unit"].queryset = quotas.units()  # type: ignore[attr-defined]

    def places(self) -> dict[int, int | None]:
        """The unit with its places."""
        return {self.cleaned_data["unit"].pk: self.cleaned_data["most"]}


class PasteForm(forms.Form):
    """Many units with their places, one a line."""

    lines = forms.CharField(
        label=_("单位和名额"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("可以从表格复制两列粘贴：每行一个单位全称和一个整数。"),
    )  # fmt: skip

    def clean_lines(self) -> dict[int, int | None]:
        """The units with their places; every line that cannot be read is named."""
        read = quotas.read_lines(self.cleaned_data["lines"])
        if read.faults:
            raise ValidationError(read.faults)
        if not read.places:
            raise ValidationError(_("没有读到任何一行。"))
        return dict(read.places)

    def places(self) -> dict[int, int | None]:
        """What was read."""
        found: dict[int, int | None] = self.cleaned_data["lines"]
        return found


class BatchForm(forms.Form):
    """The name of a new batch."""

    title = forms.CharField(label=_("名称"), max_length=200, validators=[files.validate_open])


class RebatchForm(forms.Form):
    """The batch that an application is moved into, and why."""

    to = forms.ModelChoiceField(Batch.objects.none(), label=_("移到批次"), empty_label=None)
    reason = reason()

    def __init__(self, *arguments: Any, batches: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["to"].queryset = batches  # type: ignore[attr-defined]

