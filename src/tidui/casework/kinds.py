"""The stage kinds that casework owns. Higher rooms own others: notice and exchange are in `recognition`."""

# tidui: data

from __future__ import annotations

from typing import Final

from tidui.casework.enums import Turn
from tidui.casework.programme import CORRECTION, REFUSED, Move, StageKind
from tidui.kit.lang import Pair

RETURN: Final = Move(
    "return", Pair("退回补正", "return for correction"), CORRECTION, reason=True, fields=True, tone="warn"
)
REFUSE: Final = Move("refuse", Pair("不予通过", "refuse"), REFUSED, reason=True, tone="danger")

#: The applicant fills in the form and submits; correction leads back to it.
SELF_EVALUATION: Final = StageKind(
    "self_evaluation", Pair("自评填报", "self-evaluation"), Turn.APPLICANT,
    (Move("submit", Pair("提交", "submit"), by_hand=False, alone=True),),
)  # fmt: skip

#: The evaluation agency that the applicant chose looks at the form.
AGENCY_CHECK: Final = StageKind(
    "agency_check", Pair("评价机构审核", "agency check"), Turn.AGENCY,
    (Move("accept", Pair("审核通过", "accept")), RETURN),
)  # fmt: skip

#: The formal check by the recommending unit or the department.
UNIT_CHECK: Final = StageKind(
    "unit_check", Pair("形式审查", "formal check"), Turn.UNIT,
    (Move("accept", Pair("通过", "accept")), RETURN, REFUSE),
)  # fmt: skip

#: The recommending unit recommends, within its quota where the call gives one.
RECOMMENDATION: Final = StageKind(
    "recommendation", Pair("推荐", "recommendation"), Turn.UNIT,
    (Move("recommend", Pair("同意推荐", "recommend")), RETURN, REFUSE),
)  # fmt: skip

#: The department confirms what the agency or the unit accepted, into a batch.
CONFIRMATION: Final = StageKind(
    "confirmation", Pair("省级确认", "provincial confirmation"), Turn.DEPARTMENT,
    (Move("confirm", Pair("确认，列入批次", "confirm into a batch")), RETURN, REFUSE),
    in_batch=True,
)  # fmt: skip

#: Partner authorities are asked about the applicants by list; what they know is shown to whoever decides.
JOINT_CHECK: Final = StageKind(
    "joint_check", Pair("联审", "joint check"), Turn.PARTNER,
    (Move("pass", Pair("联审结束", "end the joint check")), REFUSE),
    in_batch=True,
)  # fmt: skip

#: The department's meeting decides, with minutes and a document number.
MEETING: Final = StageKind(
    "meeting", Pair("厅务会审定", "department meeting"), Turn.DEPARTMENT,
    (Move("approve", Pair("审定通过", "approve")), RETURN, REFUSE),
    in_batch=True,
    decides=True,
)  # fmt: skip
