"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FiguresConfig(AppConfig):
    """The app `figures`."""

    name = "tidui.figures"
    label = "figures"
    verbose_name = _("统计")

    def ready(self) -> None:
        """Make permissions, doors, lists and the navigation known, and follow what moves."""
        from tidui.figures import lines, lists, menu, permissions, queries  # noqa: F401
