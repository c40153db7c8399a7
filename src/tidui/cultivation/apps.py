"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CultivationConfig(AppConfig):
    """The app `cultivation`."""

    name = "tidui.cultivation"
    label = "cultivation"
    verbose_name = _("培育")

    def ready(self) -> None:
        """Make permissions, doors, lists, jobs, the home page and the nightly round known."""
        from tidui.cultivation import jobs, keeping, lists, navigation, permissions, queries

        del jobs, keeping, lists, navigation, permissions, queries
