"""How Django finds the checks of the site."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The app `site`: no tables, only checks."""

    name = "tidui.site"
    label = "site"
    verbose_name = "Tidui"

    def ready(self) -> None:
        """Make the checks known."""
        from tidui.site import checks

        checks.register_all()
