"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KitConfig(AppConfig):
    """The app `kit`."""

    name = "tidui.kit"
    label = "kit"
    verbose_name = _("公共部件")

    def ready(self) -> None:
        """Make permissions, doors and the kit's own menu known, and the search tables after each migration."""
        from django.db.models.signals import post_migrate

        from tidui.kit import menu, periodic, queries, search, sweeping

        del periodic, queries, sweeping
        menu.add_all()
        post_migrate.connect(search.install, sender=self, dispatch_uid="kit.search")
