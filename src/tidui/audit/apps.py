"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The app `audit`."""

    name = "tidui.audit"
    label = "audit"
    verbose_name = _("审计")

    def ready(self) -> None:
        """Learn from every app's `audited.py` what to watch, and make the triggers after each migration."""
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate, pre_migrate
        from django.utils.module_loading import autodiscover_modules

        from tidui.audit import connections, install

        autodiscover_modules("audited")
        connection_created.connect(connections.prepare, dispatch_uid="audit.connections")
        pre_migrate.connect(install.before_migration, sender=self, dispatch_uid="audit.before")
        post_migrate.connect(install.after_migration, sender=self, dispatch_uid="audit.after")
