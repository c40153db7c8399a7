"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewConfig(AppConfig):
    """The app `review`."""

    name = "tidui.review"
    label = "review"
    verbose_name = _("评审")

    def ready(self) -> None:
        """Make permissions and doors known, and what `setup` names."""
        from tidui.review import permissions, queries, setup  # noqa: F401
