"""The entry of trials of policies in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import navigation

navigation.add(
    "recognition.previews", _("政策试算"), "recognition:previews", "recognition.preview", order=345, icon="flask",
    group=pgettext_lazy("many", "认定"), holds=r"/policies/preview/",
)  # fmt: skip
