"""Who sees figures, freezes them, publishes them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.accounts.permissions import can_change, department_officer, department_reader, reader_reaching
from tidui.kit import access

access.define("figures.view", _("查看统计"), reader_reaching)
access.define("figures.view_public", _("查看发布的统计"), access.anyone)
access.define("figures.view_all", _("查看统计与冻结数的差异"), department_reader)
access.define("figures.freeze", _("冻结、发布统计"), can_change & department_officer)
