"""How Django finds this app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """The app `registry`."""

    name = "tidui.registry"
    label = "registry"
    verbose_name = _("企业档案")

    def ready(self) -> None:
        """Make permissions and doors known, and have returns sealed once their table is there."""
        from tidui.accounts import founding
        from tidui.registry import evidence, immutable, lists, menu, nightly, permissions, queries  # noqa: F401
        from tidui.registry.actions.filing import begin_files
        from tidui.registry.importing import setup  # noqa: F401

        founding.when_founded(begin_files)
        evidence.define()
        menu.add_all()
        post_migrate.connect(immutable.seal, sender=self)
