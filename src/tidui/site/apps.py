"""How Django finds the checks of the site."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The app `site`: no tables, only checks."""

    name = "tidui.site"
    label = "site"
    verbose_name = "Tidui"

    def ready(self) -> None:
        """Make the checks known, and prepare connections."""
        from django.db.backends.signals import connection_created

        from tidui.site import checks, postgres

        checks.register_all()
        connection_created.connect(postgres.prepare, dispatch_uid="site.postgres")
