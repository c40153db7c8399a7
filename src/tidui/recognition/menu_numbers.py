"""The entry of recognitions in the navigation, and how they are searched for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import navigation, search
from tidui.recognition.models import Recognition
from tidui.recognition.registering import words_of

search.source(Recognition, words_of)

navigation.add(
    "recognition.recognitions", _("认定资格"), "recognition:recognitions", "recognition.view", order=320,
    icon="certificate", group=_("认定"), holds=r"/recognitions/",
)  # fmt: skip
