"""What was done, in words: the verbs of events, and the kinds of records that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.utils.translation import pgettext_lazy as done

VERBS: Final[Mapping[str, Any]] = {
    "accounts.absorb_unit": done("event", "并入单位"),
    "accounts.accept_invitation": done("event", "接受邀请"),
    "accounts.ask_to_join": done("event", "申请加入单位"),
    "accounts.change_organisation": done("event", "登记单位变更"),
    "accounts.change_password": done("event", "修改密码"),
    "accounts.confirm_request": done("event", "确认入驻申请"),
    "accounts.delegate": done("event", "委托代理"),
    "accounts.drop_second_factor": done("event", "停用两步验证"),
    "accounts.edit_profile": done("event", "修改本人信息"),
    "accounts.end_delegation": done("event", "结束代理"),
    "accounts.end_reach": done("event", "终止推荐范围"),
    "accounts.end_sessions": done("event", "结束登录"),
    "accounts.found_many": done("event", "批量登记单位"),
    "accounts.found_organisation": done("event", "登记新单位"),
    "accounts.give_reach": done("event", "设定推荐范围"),
    "accounts.give_role": done("event", "授予角色"),
    "accounts.hand_over": done("event", "移交工作"),
    "accounts.invite": done("event", "邀请成员"),
    "accounts.issue_reset_link": done("event", "发出重设密码的链接"),
    "accounts.join_by_portal": done("event", "经政务服务平台加入单位"),
    "accounts.link_portal": done("event", "关联政务服务平台账号"),
    "accounts.lock_out": done("event", "多次输错密码，暂停登录"),
    "accounts.refuse_request": done("event", "退回入驻申请"),
    "accounts.register": done("event", "注册账号"),
    "accounts.reset_password": done("event", "重设密码"),
    "accounts.revoke_role": done("event", "撤销角色"),
    "accounts.sign_in": done("event", "登录"),
    "accounts.sign_out": done("event", "退出登录"),
    "accounts.unlink_portal": done("event", "取消关联政务服务平台账号"),
    "accounts.unlock": done("event", "恢复登录"),
    "accounts.withdraw_invitation": done("event", "收回邀请"),
    "accounts.withdraw_request": done("event", "撤回入驻申请"),
    "audit.forget": done("event", "删除个人信息"),
    "audit.unwatch": done("event", "停止监视数据表"),
    "audit.verify": done("event", "核对审计链"),
    "audit.watch": done("event", "开始监视数据表"),
    "cultivation.mark_oneself": done("event", "自评技术领域"),
    "kit.announce_calendar_year": done("event", "公布工作日历"),
    "kit.change_division": done("event", "变更行政区划"),
    "kit.download": done("event", "下载文件"),
    "kit.export": done("event", "导出名单"),
    "kit.reword": done("event", "修改文本模板"),
    "kit.set_calendar_day": done("event", "设定工作日"),
    "kit.set_parameter": done("event", "设定参数"),
    "registry.complete_property": done("event", "补全知识产权"),
    "registry.discard_draft": done("event", "放弃草稿"),
    "registry.enter_many_property": done("event", "批量录入知识产权"),
    "registry.enter_property": done("event", "录入知识产权"),
    "registry.export_file": done("event", "导出企业档案"),
    "registry.export_register": done("event", "导出企业名册"),
    "registry.file": done("event", "填报"),
    "registry.file_many": done("event", "批量填报"),
    "registry.hand_in_import": done("event", "提交导入"),
    "registry.import": done("event", "导入"),
    "registry.leave_import": done("event", "放弃导入"),
    "registry.settle": done("event", "处理差异"),
    "registry.start_import": done("event", "开始导入"),
    "registry.unverify": done("event", "撤回核实"),
    "registry.verify": done("event", "核实"),
}


def verb(code: str) -> str:
    """What was done; the code itself of a verb that has no words."""
    return str(VERBS.get(code, code))


def kind(label: str) -> str:
    """The kind of a record by its model's label; the label itself of a model that is no longer there."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label
