"""What a verification and a forgetting say, line by line, in the active language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tidui.audit import seals
from tidui.audit.findings import Report
from tidui.audit.forget import Plan
from tidui.audit.models import Publication, Seal


def report_lines(report: Report) -> Iterator[str]:
    """The outcome of a verification: what was checked, then what was found."""
    yield _(
        "已核对：事件 %(events)s 条，变更记录 %(tampers)s 条，封存 %(seals)s 个，"
        "数据表 %(tables)s 张，公布的链首 %(heads)s 个"
    ) % {
        "events": report.events, "tampers": report.tampers, "seals": report.seals, "tables": report.tables,
        "heads": report.heads,
    }  # fmt: skip
    if report.unsealed_events or report.unsealed_tampers:
        yield _("尚未封存：事件 %(events)s 条，变更记录 %(tampers)s 条") % {
            "events": report.unsealed_events, "tampers": report.unsealed_tampers
        }  # fmt: skip
    for finding in report.findings:
        yield f"! {finding.text()}"
    if report.left_out:
        yield _("另有 %(count)s 处没有列出") % {"count": report.left_out}
    if report.sound:
        yield _("完好：没有发现改动、删除、插入或截断")
    else:
        count = len(report.findings) + report.left_out
        yield ngettext("发现 %(count)s 处问题", "发现 %(count)s 处问题", count) % {"count": count}


def seal_lines(one: Seal) -> Iterator[str]:
    """A seal as one line."""
    yield _("封存 %(number)s：事件 %(events)s 条，变更记录 %(tampers)s 条，摘要 %(short)s") % {
        "number": one.number, "events": one.events, "tampers": one.tampers, "short": seals.short(one.digest)
    }  # fmt: skip


def publication_lines(one: Publication) -> Iterator[str]:
    """A published head, to be printed and signed."""
    yield _("审计链首 %(day)s") % {"day": one.day.isoformat()}
    yield _("封存序号：%(number)s") % {"number": one.seal}
    yield _("摘要：%(digest)s") % {"digest": one.digest}
    yield _("短码：%(short)s") % {"short": seals.short(one.digest)}
    yield _("公布时间：%(at)s") % {"at": localtime(one.published_at).strftime("%Y-%m-%d %H:%M")}


def plan_lines(plan: Plan, done: bool) -> Iterator[str]:
    """What goes and what must stay of one person."""
    yield _("人员：%(name)s（编号 %(key)s）") % {"name": plan.person, "key": plan.person.pk}
    for removal in plan.removals:
        meta, fields = removal.declaration.model._meta, ", ".join(removal.declaration.fields)
        words = {"model": meta.verbose_name, "count": len(removal.rows), "fields": fields}
        yield _removal_words(removal.declaration.delete, done) % words
    if plan.parts:
        yield _parts_words(done) % {"count": len(plan.parts)}
    for staying in plan.staying:
        meta = staying.declaration.model._meta
        yield _("须保留 %(model)s %(count)s 条（%(fields)s），%(until)s：%(why)s") % {
            "model": meta.verbose_name, "count": staying.rows, "fields": ", ".join(staying.declaration.fields),
            "until": until_words(staying.hold.until), "why": staying.hold.why,
        }  # fmt: skip
    if not plan.removals and not plan.parts:
        yield _("没有可以删除的内容")


def until_words(day: dt.date) -> str:
    """Until when something stays."""
    return _("情形消失为止") if day == dt.date.max else _("至 %(day)s") % {"day": day.isoformat()}


def _removal_words(delete: bool, done: bool) -> str:
    if delete and done:
        return _("已删除 %(model)s %(count)s 条（%(fields)s）")
    if delete:
        return _("将删除 %(model)s %(count)s 条（%(fields)s）")
    if done:
        return _("已清空 %(model)s %(count)s 条中的 %(fields)s")
    return _("将清空 %(model)s %(count)s 条中的 %(fields)s")


def _parts_words(done: bool) -> str:
    if done:
        return _("已从事件和变更记录中删去 %(count)s 处，摘要链不变")
    return _("将从事件和变更记录中删去 %(count)s 处，摘要链不变")
