"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecognitionConfig(AppConfig):
    """The app `recognition`."""

    name = "tidui.recognition"
    label = "recognition"
    verbose_name = _("认定")

    def ready(self) -> None:
        """Make permissions and doors known, and what `setup` names."""
        from tidui.recognition import permissions, queries, setup  # noqa: F401
