"""What is typed about meetings and certificates."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tidui.kit import files
from tidui.recognition.forms_notices import PaperForm
from tidui.recognition.models_decisions import Outcome

#: Names are written one a line, or with a mark between them.
_BETWEEN = re.compile(r"[\n,，、;；]+")  # tidui: data
_MOST_NAMES, _LONGEST = 60, 60


class NamesField(forms.CharField):
    """Names of people, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(max_length=4000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """One a line."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Each once, in the order written."""
        text = super().clean(value)
        names = list(dict.fromkeys(one.strip() for one in _BETWEEN.split(text) if one.strip()))
        if len(names) > _MOST_NAMES or any(len(one) > _LONGEST for one in names):
            raise ValidationError(_("请一行写一个姓名，最多60人。"))
        return names


class MeetingForm(forms.Form):
    """When and where a meeting was held, and by whom."""

    title = forms.CharField(
        validators=[files.validate_open], label=_("会议名称"), max_length=200)
    held_on = forms.DateField(label=_("会议日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    place = forms.CharField(
        validators=[files.validate_open], label=_("地点"), max_length=100)
    chair = forms.CharField(
        validators=[files.validate_open], label=_("主持人"), max_length=60)
    present = NamesField(label=_("出席人员"), help_text=_("一行一人，含主持人。"))
    absent = NamesField(label=_("缺席人员"), required=False, help_text=_("一行一人；没有可以不填。"))
    note = forms.CharField(
        validators=[files.validate_open],
        label=_("会议情况"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写入会议纪要，逐件的审定意见由系统列出。"),
    )  # fmt: skip


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=99)


class DecisionForm(forms.Form):
    """What the meeting decided, of one application or of many."""

    outcome = forms.ChoiceField(label=_("审定意见"), choices=Outcome.choices)
    reason = forms.CharField(
        validators=[files.validate_open],
        label=_("理由"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不予认定、暂缓时必填；不予认定的理由写入告知书，公布后企业可见。"),
    )  # fmt: skip
    condition = forms.CharField(
        validators=[files.validate_open],
        label=_("附带条件"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("同意认定时可以附带，没有可以不填。"),
    )  # fmt: skip
    votes_for = _count(_("同意票"))
    votes_against = _count(_("反对票"))
    abstentions = _count(_("弃权票"))
    recused = NamesField(
        label=_("回避人员"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("审议这一件时回避的与会人员，一行一人。"),
    )  # fmt: skip

    def __init__(self, *args: Any, members: int = 0, names: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members, self.names = members, names or []

    def clean(self) -> dict[str, Any]:
        """A refusal says why; whoever leaves the room does not vote; a member has one vote."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("outcome") in (Outcome.REFUSE, Outcome.DEFER) and not (said.get("reason") or "").strip():
            self.add_error("reason", _("请写明理由。"))
        recused = said.get("recused") or []
        unknown = [one for one in recused if self.names and one not in self.names]
        if unknown:
            self.add_error("recused", _("不在出席人员中：%(names)s") % {"names": " ".join(unknown)})
        counts = [said.get(name) for name in ("votes_for", "votes_against", "abstentions")]
        if any(one is not None for one in counts):
            if said.get("votes_for") is None:
                self.add_error("votes_for", _("记录表决时请填写同意票。"))
            if self.members and sum(one or 0 for one in counts) > self.members - len(recused):
                self.add_error("votes_for", _("票数超过了参加审议的人数。"))
        return said


class IssueForm(PaperForm):
    """The title and text of a recognition document, and how many were on the list when it was made."""

    count = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("名单、证书编号和核验办法由系统附在正文之后。")
