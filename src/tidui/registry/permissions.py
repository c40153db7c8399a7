"""Who may look into an enterprise file, file facts, settle differences, verify, and keep the register of property."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import FILING, REACHED
from tidui.accounts.models import Organisation
from tidui.accounts.permissions import (
    can_change,
    department_officer,
    member_of,
    officer_reaching,
    reader_reaching,
    sees,
)
from tidui.kit import access
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused
from tidui.registry.enums import Source

NOT_A_FILE = Refused("not-a-file", _("该单位没有企业档案。"))
NOT_YOUR_SOURCE = Refused("not-your-source", _("您不能以该来源填报。"))
NOT_FOR_THEM = Refused("not-for-them", _("只能代表您所在的单位填报。"))


@dataclass(frozen=True, slots=True)
class Filing:
    """Somebody wants to file facts of an organisation from a source, on behalf of an organisation."""

    organisation: Organisation
    source: str
    filed_for: Organisation


@Predicate
def has_file(user: Any, thing: Any) -> Outcome:
    """The organisation is one that keeps an enterprise file."""
    organisation = thing if isinstance(thing, Organisation) else getattr(thing, "organisation", None)
    return ALLOWED if organisation is None or organisation.kind in REACHED else NOT_A_FILE


#: Whoever files for their own enterprise or carrier.
own_filer = member_of(*FILING, kinds=REACHED)


@Predicate
def _from_source(user: Any, thing: Any) -> Outcome:
    """Each source is open to those who can speak for it."""
    if not isinstance(thing, Filing):
        return (own_filer | officer_reaching)(user, None)
    if thing.source == Source.SELF:
        return own_filer(user, thing) if thing.filed_for == thing.organisation else NOT_FOR_THEM
    if thing.source not in Source.values or thing.source == Source.SITE:
        return NOT_YOUR_SOURCE  # what a site visit found is filed when the department accepts its report
    if thing.source in (Source.RECOGNITION, Source.TAKEOVER):
        return department_officer(user, thing)
    outcome = officer_reaching(user, thing)
    return _speaks_for(user, thing.filed_for) if outcome else outcome


def _speaks_for(user: Any, organisation: Organisation) -> Outcome:
    from tidui.accounts.standing import standing

    return ALLOWED if standing(user).has(None, organisation) else NOT_FOR_THEM


access.define("registry.view_file", _("查看企业档案"), has_file & sees)
access.define("registry.file", _("填报企业档案"), has_file & can_change & _from_source)
access.define("registry.draft", _("填写企业档案草稿"), has_file & can_change & own_filer)
access.define("registry.settle", _("处理指标差异"), has_file & can_change & (own_filer | officer_reaching))
access.define("registry.verify", _("核实指标"), has_file & can_change & officer_reaching)
access.define("registry.keep_property", _("登记知识产权"), has_file & can_change & (own_filer | officer_reaching))
access.define("registry.view_returns", _("查看填报记录"), sees)
access.define("registry.view_differences", _("查看指标差异"), sees)
access.define("registry.view_property", _("查看知识产权"), sees)
access.define("registry.own_file", _("打开本单位的企业档案"), member_of(kinds=REACHED, changes=False))
access.define("registry.see_people", _("查看填报人姓名"), reader_reaching | member_of())
access.define("registry.see_shared_property", _("查看重复登记的知识产权"), reader_reaching)
