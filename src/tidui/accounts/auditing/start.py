"""What the pages of audit make known when the site starts; `AccountsConfig.ready` calls it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import navigation


def start() -> None:
    """Permissions, doors, lists, the job, nightly work, and the entries of the navigation."""
    from tidui.accounts.auditing import jobs, lists, nightly, permissions, queries, texts

    del jobs, lists, nightly, permissions, queries, texts
    group, add = _("审计"), navigation.add
    add("audit.heads", _("公布的审计链首"), "accounts:audit_heads", "kit.public", 90, "world", place=navigation.PUBLIC)
    add("audit.overview", _("审计概况"), "accounts:audit", "accounts.verify_history", 80, "shield-check", group=group)
    add("audit.events", _("事件"), "accounts:audit_events", "accounts.read_history", 81, "list-details", group=group)
    add("audit.seals", _("封存"), "accounts:audit_seals", "accounts.verify_history", 82, "lock", group=group)
    add(
        "audit.personal_data", _("个人信息登记表"), "accounts:audit_personal_data", "accounts.personal_data", 83, "id",
        group=group,
    )  # fmt: skip
