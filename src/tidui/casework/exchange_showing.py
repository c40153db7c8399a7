"""What the pages of exchanges show, in the words of their reader; and the parts they add to batches and cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.casework import exchanging, panels
from tidui.casework.actions.exchanging import stages_of, waiting
from tidui.casework.enums import ExchangeState
from tidui.casework.exchanging import Column
from tidui.casework.lists_exchange import TONES, outcome_badge, overdue, title_of
from tidui.casework.models import AnswerFile, Application, Batch, Exchange, ExchangeRow, HeldAnswer
from tidui.kit import access, formats, lang
from tidui.kit.visibility import visible_to


def facts_of(one: Exchange) -> list[tuple[str, Any]]:
    """A list in a few lines."""
    sent = [one.sent_note, formats.moment(one.sent_at), str(one.sent_by)] if one.sent_at else []
    return [
        (_("用途"), title_of(one)),
        (_("对方单位"), one.partner.name if one.partner else _("不在本系统内，线下报送")),
        (_("批次"), f"{one.call.title if one.call else ''} {one.batch or ''}".strip() or "—"),
        (_("家数"), formats.number(one.count)),
        (_("生成"), f"{formats.moment(one.made_at)} {one.made_by}"),
        (_("发出"), " ".join(sent) or "—"),
        (_("回复期限"), formats.day(one.due_on) if one.due_on else "—"),
        (_("格式版本"), f"{one.purpose}/{one.layout}"),
        (_("内容摘要"), one.digest[:16]),
    ]


def stats_of(one: Exchange) -> list[dict[str, Any]]:
    """How far the answers have come, by outcome."""
    purpose = exchanging.purpose(one.purpose)
    counts = {row["outcome"]: row["n"] for row in one.rows.order_by().values("outcome").annotate(n=Count("pk"))}
    still = one.rows.filter(open=True).count()
    held = HeldAnswer.objects.filter(row__exchange=one, ended_at__isnull=True).count()
    here = reverse("casework:exchange", args=[one.pk])
    shown = [_stat(str(each.title), counts.get(each.name, 0), each.tone) for each in purpose.outcomes]
    released = counts.get("", 0) - still
    if released:
        shown.append(_stat(_("已撤回"), released, "neutral", f"{here}?stands=released"))
    return [
        *shown,
        _stat(_("待回复"), still, "bad" if overdue(one) and still else "wait", f"{here}?stands=open"),
        _stat(_("待核定"), held, "warn" if held else "neutral", f"{here}?stands=held"),
    ]


def _stat(label: str, value: int, tone: str, url: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "tone": tone, "url": url}


def values_shown(columns: Sequence[Column], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values of columns as they are read."""
    return [(str(one.title), _shown(one, values.get(one.name))) for one in columns]


def _given(columns: Sequence[Column], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Those of the columns that have a value."""
    return [(str(one.title), _shown(one, values[one.name])) for one in columns if one.name in values]


def _shown(column: Column, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if column.kind == "money":
        return formats.money(value, "bare")
    if column.kind == "bool":
        return formats.yes_no(bool(value))
    return str(value)


def reasons(faults: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why something was not taken, in the reader's language."""
    return [lang.of(one["zh"], one["en"]) for one in faults]


def held_shown(held: HeldAnswer, form: Any = None) -> dict[str, Any]:
    """An answer that was held back, with the one that it contradicts if there is one."""
    purpose = exchanging.purpose(held.row.purpose)
    outcome, before = purpose.outcome(held.outcome), purpose.outcome(held.row.outcome)
    return {
        "held": held, "row": held.row, "name": held.row.sent.get("name", held.row.uscc), "why": reasons(held.faults),
        "outcome": str(outcome.title) if outcome else held.outcome, "tone": outcome.tone if outcome else "neutral",
        "before": str(before.title) if before else "", "form": form if held.ended_at is None else None,
        "values": _given(purpose.answer_columns, held.answer),
        "settled": (_("已采用") if held.accepted else _("未采用")) if held.ended_at else "",
    }  # fmt: skip


def refused_shown(one: AnswerFile, most: int | None = None) -> list[dict[str, Any]]:
    """The lines of a file that were not taken, or the first of them: of a wrong file there may be very many."""
    joiner = _("；")
    return [{**row, "why": joiner.join(reasons(row["faults"]))} for row in one.faults[:most]]


def answered_by(one: AnswerFile) -> list[dict[str, Any]]:
    """What became of the lines of a file."""
    if not one.report:
        return []
    labels = (
        ("taken", _("已采用"), "good"), ("held", _("待核定"), "warn"), ("refused", _("未采用"), "bad"),
        ("same", _("与此前相同"), "neutral"), ("repeated", _("文件内重复"), "neutral"),
        ("blank", _("未填写"), "neutral"), ("open", _("清单仍待回复"), "wait"),
    )  # fmt: skip
    return [{"label": label, "value": one.report.get(key, 0), "tone": tone if one.report.get(key) else "neutral"}
            for key, label, tone in labels]  # fmt: skip


# ---------------------------------------------------------------------- parts of other pages
@panels.add("batch", order=60)
def batch_panel(request: HttpRequest, batch: Batch) -> panels.Panel | None:
    """The lists of a batch, and what is to be listed now."""
    if not access.check("casework.list_exchanges", request.user):
        return None
    made = list(
        visible_to(request.user, Exchange).filter(batch=batch).select_related("partner").order_by("pk").annotate(
            answered_count=Count("rows", filter=~Q(rows__outcome="")),
        )
    )  # fmt: skip
    may = bool(access.check("casework.exchange", request.user))
    asked = []
    for purpose in exchanging.purposes().values():
        count = waiting(purpose, batch).count() if may and stages_of(purpose, batch) else 0
        if count:
            url = reverse("casework:prepare_exchange", args=[batch.pk, purpose.name])
            asked.append({"purpose": purpose, "count": count, "url": url})
    if not made and not asked:
        return None
    rows = [{"one": one, "title": title_of(one), "tone": "bad" if overdue(one) else TONES[ExchangeState(one.state)],
             "state": _("逾期未回复") if overdue(one) else one.get_state_display()} for one in made]  # fmt: skip
    return panels.Panel("casework/exchanges/_batch.html", {"rows": rows, "asked": asked})


@panels.add("case", order=70)
def case_panel(request: HttpRequest, application: Application) -> panels.Panel | None:
    """In which lists an application was, and what was answered: for whoever may see those lists."""
    if not access.check("casework.view_exchanges", request.user):
        return None
    rows = visible_to(request.user, ExchangeRow).filter(application=application)
    found = [
        {"row": row, "title": title_of(row.exchange), "badge": outcome_badge(row),
         "answer": [value for _label, value in _given(exchanging.purpose(row.purpose).answer_columns, row.answer)]}
        for row in rows.select_related("exchange").order_by("pk")
    ]  # fmt: skip
    return panels.Panel("casework/exchanges/_case.html", {"rows": found}) if found else None
