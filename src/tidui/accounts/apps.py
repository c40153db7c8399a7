"""How Django finds this app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The app `accounts`."""

    name = "tidui.accounts"
    label = "accounts"
    verbose_name = _("单位与人员")

    def ready(self) -> None:
        """Make known what the app has."""
        from tidui.accounts.auditing.start import start as start_auditing
        from tidui.accounts.signin.start import start as start_sign_in
        from tidui.accounts.start import start

        start()
        start_sign_in()
        start_auditing()
