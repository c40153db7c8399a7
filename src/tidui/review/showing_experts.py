"""What the pages of one expert show: to the department, to the unit that nominated them, and to themselves."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tidui.kit import access, clock, formats, lists
from tidui.kit.lists import masks
from tidui.kit.visibility import visible_to
from tidui.review import affirming
from tidui.review.actions import experts as actions
from tidui.review.enums import ExpertState
from tidui.review.forms_experts import (
    AbsenceForm,
    AccountForm,
    ConfirmForm,
    ReasonForm,
    TermForm,
    TieForm,
    name_of_field,
)
from tidui.review.lists_experts import STATE_TONES
from tidui.review.models import Absence, Expert, FeeLine, Recusal, Seat, Tie

_SHOWN = 50


def context(user: Any, held: Expert, *, own: bool) -> dict[str, Any]:
    """Everything that the page shows; whole telephone numbers and accounts only to those who need them."""
    manages = bool(access.check("review.manage_experts", user))
    inside = own or bool(access.check("review.view_experts", user))
    today = clock.today()
    due = affirming.due_on(held)
    return {
        "expert": held, "tone": STATE_TONES[held.state], "rows": _rows(held, whole=own or manages, inside=inside),
        "checked": actions.checked(held), "manages": manages, "inside": inside, "today": today,
        "overdue": held.state == ExpertState.CONFIRMED and (due is None or due < today), "due": due,
        "may_edit": own or manages,
        "absences": list(visible_to(user, Absence).filter(expert=held).order_by("-since")[:_SHOWN]),
        "ties": list(
            visible_to(user, Tie).filter(expert=held, removed_at__isnull=True).order_by("kind", "pk")[:_SHOWN]
        ),
        "recusals": [] if own else list(
            visible_to(user, Recusal).filter(expert=held).select_related("application__organisation")
            .order_by("-at")[:_SHOWN]
        ),
        "seats": [] if own else list(
            visible_to(user, Seat).filter(expert=held).select_related("review__batch", "group", "file")
            .order_by("-called_at")[:_SHOWN]
        ),
        "paid": [
            (one, masks.account(one.account) if one.account else "")
            for one in visible_to(user, FeeLine).filter(expert=held, sheet__paid_on__isnull=False)
            .select_related("sheet").order_by("-sheet__paid_on")[:_SHOWN]
        ],
    }  # fmt: skip


def _rows(held: Expert, *, whole: bool, inside: bool) -> list[tuple[Any, ...]]:
    fields = sorted(held.fields.all(), key=lambda one: (not one.main, one.code))
    term = f"{formats.day(held.since)} — {formats.day(held.until)}" if held.since else "—"
    rows: list[tuple[Any, ...]] = [
        (_("类别"), held.get_kind_display()), (_("职称"), held.title or "—", held.get_level_display()),
        (_("执业资格"), held.qualification or "—"),
        (_("相关工作年限"), formats.number(held.years)),
        (_("领域"), formats.listed(name_of_field(one.code) for one in fields) or "—"),
        (_("工作单位"), held.employer, held.employer_uscc),
        (_("所在地"), str(lists.division_name(held.division)) or "—"),
        (_("手机号码"), held.mobile if whole else formats.desensitise(held.mobile)),
        (_("电子邮箱"), held.email if whole else formats.desensitise(held.email)),
        (_("每批最多评审份数"), formats.number(held.load) if held.load else _("按各批次的规定")),
        (_("聘期"), term), (_("年度确认"), formats.day(held.affirmed_on) if held.affirmed_on else _("未确认")),
    ]  # fmt: skip
    if inside:
        rows.append((_("开户银行"), held.bank or "—", masks.account(held.account) if held.account else ""))
    if held.nominated_by is not None:
        rows.append((_("提名单位"), held.nominated_by.name))
    if held.reason:
        rows.append((_("理由"), held.reason))
    return rows


def forms_for(user: Any, held: Expert) -> dict[str, Any]:
    """The forms that the department may send now, by the name of their step."""
    if not access.check("review.manage_experts", user) or held.user_id == user.pk:
        return {}
    today = clock.today()
    made: dict[str, Any] = {"absence": AbsenceForm(prefix="absence"), "tie": TieForm(prefix="tie")}
    if held.state in (ExpertState.APPLIED, ExpertState.NOMINATED):
        term = {"since": today, "until": actions.term_from(today)}
        made["confirm"] = ConfirmForm(initial=term, qualified=actions.checked(held).qualified)
        made["decline"] = ReasonForm(prefix="decline")
    if held.state == ExpertState.CONFIRMED:
        made["pause"] = ReasonForm(prefix="pause")
        made["renew"] = TermForm(prefix="renew", initial={"until": held.until})
    if held.state in (ExpertState.CONFIRMED, ExpertState.PAUSED):
        made["end"] = ReasonForm(prefix="end")
        made["recuse"] = ReasonForm(prefix="recuse")
    if held.state == ExpertState.PAUSED:
        made["resume"] = True
    if held.user_id is None:
        made["account"] = AccountForm()
    return made
