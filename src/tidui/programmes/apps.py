"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    """The app `programmes`; it has no tables: a programme is declarations."""

    name = "tidui.programmes"
    label = "programmes"
    verbose_name = _("业务")

    def ready(self) -> None:
        """Read every module of this folder: each registers its programme."""
        import importlib
        import pkgutil

        from tidui import programmes

        for module in pkgutil.iter_modules(programmes.__path__):
            if module.name != "apps":
                importlib.import_module(f"tidui.programmes.{module.name}")
