"""Who looks at what the rules say of an enterprise."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.accounts.permissions import can_change, officer_reaching, reader_reaching, sees
from tidui.kit import access
from tidui.registry.permissions import has_file, own_filer

access.define("cultivation.view_first_page", _("查看企业首页"), has_file & sees)
access.define("cultivation.view_register", _("查看企业名册"), reader_reaching)
access.define("cultivation.screen", _("重新测算企业梯级"), officer_reaching)
access.define("cultivation.mark_oneself", _("创新能力自评"), has_file & can_change & own_filer)
