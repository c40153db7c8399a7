"""Who publishes, objects, issues, revokes; what the public may look up."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.accounts.permissions import (
    can_change,
    department_officer,
    department_reader,
    member_of,
    narrowing,
    officer_reaching,
    reader_reaching,
    sees,
)
from tidui.accounts.standing import Standing
from tidui.casework.permissions import applicant, may_work
from tidui.kit import access
from tidui.kit.access import ALLOWED, Outcome, Predicate, Refused
from tidui.recognition.models import Sample

NOT_YOUR_SAMPLE: Final = Refused("not-your-sample", _("这项抽查不由您的单位核查。"))


@narrowing(officer_reaching, Sample, about_it=False)
def checks_sample(who: Standing, sample: Sample) -> Outcome:
    """Whoever decides for the unit that checks the sample (the department where there is none)."""
    mine = who.decides_for_department if sample.unit_id is None else may_work(who, sample.unit_id)
    return ALLOWED if mine else NOT_YOUR_SAMPLE


@Predicate
def objector(user: Any, thing: Any) -> Outcome:
    """Anybody, signed in or not, but inspection, which changes nothing."""
    return can_change(user, thing) if getattr(user, "is_authenticated", False) else ALLOWED


access.define("recognition.publish", _("发布公示、公告"), can_change & department_officer)
access.define("recognition.view_public", _("查看公示、公告，核验编号"), access.anyone)
access.define("recognition.object", _("实名提出异议"), objector)
access.define("recognition.handle_objection", _("处理异议"), can_change & department_officer)
access.define("recognition.view_objections", _("查看异议"), department_reader)
access.define("recognition.view_documents", _("查看公文"), department_reader)
access.define("recognition.view_all", _("查看全省认定资格"), department_reader)
access.define("recognition.view", _("查看认定资格"), sees)
access.define("recognition.exchange", _("办理数据交换"), can_change & department_officer)
access.define("recognition.revoke", _("办理撤销"), can_change & department_officer)
access.define("recognition.reply", _("对撤销提出申辩"), can_change & applicant)
access.define("recognition.sample", _("组织抽查"), can_change & department_officer)
access.define("recognition.own", _("查看本单位的认定资格"), member_of(changes=False))
access.define("recognition.propose_revocation", _("提出撤销"), can_change & officer_reaching)
access.define("recognition.view_revocations", _("查看撤销"), sees)
access.define("recognition.view_samples", _("查看抽查任务"), reader_reaching)
access.define("recognition.check_sample", _("填报抽查结果"), can_change & checks_sample)
access.define("recognition.decide", _("组织厅务会、记录审定意见"), can_change & department_officer)
access.define("recognition.view_meetings", _("查看厅务会和综合审查清单"), department_reader)
access.define("recognition.issue", _("发文发证、换发证书"), can_change & department_officer)
access.define("recognition.view_updates", _("查看年度更新情况"), reader_reaching)
access.define("recognition.file_return", _("填报年度报告"), can_change & applicant)
access.define("recognition.report_change", _("报告变更"), can_change & applicant)
access.define("recognition.view_years", _("查看年度报告和变更"), sees)
access.define("recognition.decide_change", _("核定变更"), can_change & department_officer)
access.define("recognition.preview", _("查看政策试算"), department_reader)
access.define("recognition.make_preview", _("进行政策试算"), can_change & department_reader)
