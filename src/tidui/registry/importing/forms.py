"""The form by which a file is handed in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation, User
from tidui.kit import files
from tidui.registry.enums import Source
from tidui.registry.importing.enums import Policy, Unit
from tidui.registry.importing.importer import bodies_of, sources_of
from tidui.registry.importing.stored import UPLOAD


class ImportForm(forms.Form):
    """A file, and how it is meant. What leaves no choice is not asked."""

    file = files.FileField(kind=UPLOAD, label=_("文件"), help_text=_("按模板填写的 .xlsx 工作簿，或单张表的 CSV。"))
    filed_for = forms.ChoiceField(label=_("导入单位"), required=False)
    source = forms.ChoiceField(label=_("来源"), required=False)
    unit = forms.ChoiceField(
        label=_("表头没有写单位时，金额按"), choices=Unit.choices, required=False,
        help_text=_("表头或表上方写了单位的，以表内为准。"),
    )  # fmt: skip
    policy = forms.ChoiceField(
        label=_("有错误时"),
        choices=Policy.choices,
        widget=forms.RadioSelect,
        initial=Policy.ALL_OR_NOTHING,
        required=False,
    )
    note = forms.CharField(
        label=_("来源说明"), max_length=200, required=False, help_text=_("例如：2025 年度统计年报。记入每条填报。"),
        validators=[files.validate_open],
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bodies = {str(one.pk): one for one in bodies_of(user)}
        if len(self.bodies) > 1:
            self.fields["filed_for"].choices = [(key, one.name) for key, one in self.bodies.items()]  # type: ignore[attr-defined]
            self.fields["filed_for"].required = True
        else:
            del self.fields["filed_for"]
        sources = list(dict.fromkeys(source for one in self.bodies.values() for source in sources_of(one)))
        if len(sources) > 1:
            self.fields["source"].choices = [(source, Source(source).label) for source in sources]  # type: ignore[attr-defined]
        else:
            del self.fields["source"]

    def clean(self) -> dict[str, Any]:
        """The organisation and source, also where they were not asked."""
        given = super().clean() or {}
        body: Organisation | None = self.bodies.get(given.get("filed_for", "")) or next(
            iter(self.bodies.values()), None
        )
        if body is None:
            raise ValidationError(_("您所在的单位不能导入企业档案。"))
        offered = sources_of(body)
        given["filed_for"] = body
        given["source"] = given.get("source") or offered[0]
        if given["source"] not in offered:
            self.add_error("source", _("该单位不能以此来源导入。"))
        given["policy"] = given.get("policy") or Policy.ALL_OR_NOTHING
        return given
