"""Who keeps the reference data of the kit up to date: calendar, divisions, parameters, wordings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.accounts.permissions import department_administrator
from tidui.kit import access

access.define("kit.administer", _("维护基础数据"), department_administrator)
