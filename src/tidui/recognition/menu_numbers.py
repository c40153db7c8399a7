"""The entry of recognitions in the navigation, and how they are searched for."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from tidui.kit import navigation, search
from tidui.recognition.models import Recognition
from tidui.recognition.registering import words_of

search.source(Recognition, words_of)

navigation.add(
    "recognition.recognitions", pgettext_lazy("many", "认定资格"),
    "recognition:recognitions", "recognition.view", order=320,
    icon="certificate", group=pgettext_lazy("many", "认定"), holds=r"/recognitions/",
)  # fmt: skip
