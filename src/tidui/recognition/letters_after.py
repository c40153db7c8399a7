"""The text of a decision to revoke: what is decided, why, what the enterprise said, and where it may turn."""

# tidui: data

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from tidui.recognition.documents import day_in_words
from tidui.recognition.measures import measure
from tidui.recognition.models import Revocation


def title_of(revocation: Revocation) -> str:
    """The title of the decision."""
    held = revocation.recognition
    return f"关于撤销{held.organisation.name}{measure(held.programme).thing.zh}的决定"


def decision(revocation: Revocation) -> dict[str, Any]:
    """The content of the document, in the layout of `tidui.recognition.documents`."""
    held, number = revocation, revocation.recognition
    assert held.effective_on is not None and held.bar_until is not None and held.decided_at is not None
    with override("zh-hans"):
        ground = str(held.get_ground_display())
    law = measure(number.programme)
    replied = [held.reply] if held.reply else ["在规定期限内未提出申辩。"]
    return {
        "to": number.organisation.name,
        "lead": [
            f"依据{law.basis}的规定，经核查并听取申辩，决定撤销你单位"
            f"{number.year}{law.paper}{number.number}，自{day_in_words(held.effective_on)}起生效。"
        ],
        "sections": [
            {"heading": "一、撤销情形", "paragraphs": [ground]},
            {"heading": "二、事实和依据", "paragraphs": [held.evidence]},
            {"heading": "三、申辩情况", "paragraphs": replied},
            {"heading": "四、处理意见", "paragraphs": [held.opinion]},
            {
                "heading": "五、限制",
                "paragraphs": [f"{day_in_words(held.bar_until)}以前（含当日）不得再次{law.again.zh}。"],
            },
        ],
        "end": [
            "如对本决定不服，可自收到本决定书之日起六十日内依法申请行政复议，或者在六个月内依法提起行政诉讼。"
        ],
        "revocation": held.pk,
        "number": number.number,
        "effective_on": held.effective_on.isoformat(),
        "bar_until": held.bar_until.isoformat(),
    }  # fmt: skip
