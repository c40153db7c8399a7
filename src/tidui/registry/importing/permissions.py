"""Who may import and export enterprise files."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import FILING, REACHED
from tidui.accounts.permissions import can_change, department_reader, member_of, officer_reaching, reader_reaching
from tidui.kit import access
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused
from tidui.registry.importing.importer import bodies_of

NOT_THEIRS = Refused("not-your-import", _("只有上传的单位可以处理这次导入。"))
NOT_A_FILER = Refused("no-import", _("您所在的单位不能导入企业档案。"))

own_filer = member_of(*FILING, kinds=REACHED)


@Predicate
def _speaks(user: Any, thing: Any) -> Outcome:
    """A person of an organisation that imports; of a given import, of the one that handed it in."""
    if not getattr(user, "is_authenticated", False):
        return access.SIGN_IN
    bodies = {one.pk for one in bodies_of(user)}
    if thing is None:
        return ALLOWED if bodies else NOT_A_FILER
    return ALLOWED if thing.filed_for_id in bodies else NOT_THEIRS


access.define("registry.import", _("导入企业档案"), can_change & (own_filer | officer_reaching) & _speaks)
access.define("registry.view_imports", _("查看导入记录"), department_reader | _speaks)
access.define("registry.import_template", _("下载导入模板"), department_reader | own_filer | reader_reaching)
access.define("registry.export_register", _("导出名册数据"), reader_reaching)
