"""Trying a version of a policy: which programme, which version and values, for which day; and what it would change."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.casework.presenting import programme_title
from tidui.casework.programme import Programme, programmes
from tidui.kit import access, clock, files, formats, lang, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.recognition import previewing, showing_preview
from tidui.recognition.actions import previewing as deeds
from tidui.recognition.lists_preview import FLIPS, PREVIEWS
from tidui.recognition.models import PolicyPreview
from tidui.recognition.previewing import NotTried
from tidui.registry.views.common import person
from tidui.rules import units
from tidui.rules.errors import UnknownPolicy

#: Fields of parameters begin so.
_VALUE: Final = "value."
_FAR: Final = dt.timedelta(days=365 * 10)


class TrialForm(forms.Form):
    """The day and the values that are tried; those of the text hold where nothing is typed."""

    on = forms.DateField(
        label=gettext_lazy("试算日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("按这一天判断年限、有效期；可以是将来的日期。"),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=200, required=False, validators=[files.validate_open],
        help_text=gettext_lazy("例如：征求意见稿把研发人员占比提高到12%。"),
    )  # fmt: skip

    def __init__(self, *args: Any, policy: str, version: str, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        for dated, row in previewing.parameters_of(policy, version, today):
            label = lang.of_label(dated.label) if dated.label else dated.id
            said = _("条文：%(value)s") % {"value": _plain(dated, row)} if row is not None else _("条文没有这一天的值")
            self.fields[_VALUE + dated.id] = forms.CharField(
                label=label, help_text=said, required=False, max_length=30
            )

    def clean_on(self) -> dt.date:
        """A day within ten years."""
        day: dt.date = self.cleaned_data["on"]
        if abs(day - self.today) > _FAR:
            raise forms.ValidationError(_("请填前后十年以内的日期。"))
        return day

    @property
    def values(self) -> dict[str, str]:
        """The values that were typed, by parameter."""
        given = {name.removeprefix(_VALUE): str(text).strip() for name, text in self.cleaned_data.items()
                 if name.startswith(_VALUE)}  # fmt: skip
        return {name: text for name, text in given.items() if text}


def _plain(dated: Any, row: Any) -> str:
    """A value of the text as it would be typed: a share in per cent, an amount in yuan."""
    power = units.fen_power(dated.gives)
    if power == 1:
        return formats.money(row.value)
    return formats.share(row.value) if dated.unit_name == "share" else formats.number(row.value)


@page("recognition.preview", methods=("GET", "POST"))
def previews(request: HttpRequest) -> HttpResponseBase:
    """The trials so far, and the programmes whose policy can be tried."""
    owners = [
        (owner, str(owner.title), [one.name for one in previewing.versions_of(owner.policy)])
        for owner in programmes().values()
    ]
    context = {"owners": owners, "may": bool(access.check("recognition.make_preview", request.user))}
    return lists.page(request, PREVIEWS, template="recognition/previews/previews.html", context=context)


@page("recognition.make_preview", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """Choose the programme and the version (`?programme=…&version=…`), then the day and the values."""
    owner = programmes().get(request.GET.get("programme", ""))
    if owner is None:
        return redirect("recognition:previews")
    names = [one.name for one in previewing.versions_of(owner.policy)]
    version = request.GET.get("version", "")
    if version not in names:
        version = names[0]
    today = clock.today()
    asked = TrialForm(
        request.POST or None, policy=owner.policy, version=version, today=today, initial={"on": today}
    )
    if request.method == "POST" and asked.is_valid():
        try:
            made = deeds.ask(
                owner=owner, version=version, on=asked.cleaned_data["on"], values=asked.values,
                note=asked.cleaned_data["note"], by=person(request), at=clock.now(),
            )  # fmt: skip
        except NotTried as wrong:
            asked.add_error(None, str(wrong))
        else:
            return redirect("recognition:preview", pk=made.pk)
    return render(request, "recognition/previews/new.html", _new(owner, names, version, asked),
                  status=422 if asked.errors else 200)  # fmt: skip


def _new(owner: Programme, names: list[str], version: str, asked: TrialForm) -> dict[str, Any]:
    return {
        "owner": owner, "names": names, "version": version, "form": asked, "title": _("试算政策"),
        "base": previewing.in_force(owner.policy, asked.today).name,
        "applications": len(previewing.open_applications(owner.name)),
        "recognitions": len(previewing.valid_recognitions(owner.name, asked.today)),
    }  # fmt: skip


@page("recognition.preview", methods=("GET", "POST"))
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a trial would change: counts, and the list with the reasons, which can be exported."""
    found = get_visible(request.user, PolicyPreview, pk=pk)
    context = {
        "preview": found, "title": _("政策试算：%(programme)s") % {"programme": programme_title(found.programme)},
        "totals": showing_preview.totals(found), "conditions": showing_preview.conditions(found),
        "values": _named(found), "flips": sum(one[3] for one in found.counts.get("verdicts", ())),
        "applications": found.counts.get("applications", 0), "recognitions": found.counts.get("recognitions", 0),
    }  # fmt: skip
    return lists.page(
        request, FLIPS, scope={"preview": found.pk}, template="recognition/previews/preview.html", context=context
    )


def _named(found: PolicyPreview) -> list[tuple[str, str]]:
    """The values that were set, by what their parameters are called."""
    try:
        known = {one.id: one for one, _row in previewing.parameters_of(found.policy, found.version, found.on)}
    except (NotTried, UnknownPolicy):
        known = {}
    labels = {name: lang.of_label(one.label) for name, one in known.items() if one.label}
    return [(labels.get(name, name), text) for name, text in found.values.items()]


urlpatterns: list[URLPattern] = [
    path("policies/preview/", previews, name="previews"),
    path("policies/preview/new/", new, name="new_preview"),
    path("policies/preview/<int:pk>/", preview, name="preview"),
]
