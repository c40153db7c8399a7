"""Who may read the histories. Nobody may change them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.accounts.permissions import department_administrator, inspector
from tidui.kit import access

READ = access.define("accounts.read_history", _("查看事件和数据变更"), inspector)
VERIFY = access.define("accounts.verify_history", _("核对审计链"), inspector | department_administrator)
PERSONAL = access.define("accounts.personal_data", _("查看个人信息登记表"), inspector | department_administrator)
