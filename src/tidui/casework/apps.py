"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseworkConfig(AppConfig):
    """The app `casework`."""

    name = "tidui.casework"
    label = "casework"
    verbose_name = _("申报办理")

    def ready(self) -> None:
        """Make known what this app has: permissions, doors, parameters, texts, guards, and what `setup` names."""
        from tidui.casework import guards, parameters, permissions, queries, setup, texts  # noqa: F401
