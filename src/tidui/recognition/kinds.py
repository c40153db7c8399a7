"""The stage kinds that recognition owns: notice, tax verification, the national platform, issue."""

# tidui: data

from __future__ import annotations

from typing import Final

from tidui.casework.enums import Turn
from tidui.casework.programme import ACCEPTED, REFUSED, Move, StageKind
from tidui.kit.lang import Pair

#: The list is shown to the public for working days; an upheld objection takes an application out.
NOTICE: Final = StageKind(
    "notice", Pair("公示", "public notice"), Turn.PUBLIC,
    (
        Move("end", Pair("公示期满无异议", "notice ended"), by_hand=False),
        Move("upheld", Pair("异议成立", "objection upheld"), REFUSED, reason=True, by_hand=False, tone="danger"),
    ),
    in_batch=True,
)  # fmt: skip

#: The tax side verifies by list.
TAX_VERIFICATION: Final = StageKind(
    "tax_verification", Pair("税务核验", "tax verification"), Turn.TAX,
    (
        Move("verified", Pair("税务核验通过", "verified"), by_hand=False),
        Move("differs", Pair("税务核验不符", "differs"), REFUSED, reason=True, by_hand=False, tone="danger"),
    ),
    in_batch=True,
)  # fmt: skip

#: The national platform gives a number, or refuses.
PLATFORM: Final = StageKind(
    "platform", Pair("国家平台赋号", "national platform"), Turn.PLATFORM,
    (
        Move("numbered", Pair("取得编号", "numbered"), by_hand=False),
        Move(
            "refused", Pair("国家平台不予登记", "refused by the platform"), REFUSED, reason=True, by_hand=False,
            tone="danger",
        ),
    ),
    in_batch=True,
)  # fmt: skip

#: The numbers are announced; the status is on the enterprise's file.
ANNOUNCEMENT: Final = StageKind(
    "announcement", Pair("公告", "announcement"), Turn.DEPARTMENT,
    (
        Move("announce", Pair("公告", "announce"), by_hand=False),
        Move("unannounced", Pair("编号已撤销，不再公告", "number revoked, not announced"), ACCEPTED, by_hand=False),
    ),
    in_batch=True,
)  # fmt: skip

#: The department's meeting decides on a whole batch; what it decided is sealed until it is published.
DECISION: Final = StageKind(
    "decision", Pair("厅务会审定", "department meeting"), Turn.DEPARTMENT,
    (
        Move("approve", Pair("审定通过", "approved"), by_hand=False, alone=True),
        Move("refuse", Pair("不予认定", "refused"), REFUSED, reason=True, by_hand=False, tone="danger", alone=True),
    ),
    in_batch=True,
    decides=True,
)  # fmt: skip

#: The department itself recognises: number and certificate are issued, the status is on the enterprise's file.
ISSUE: Final = StageKind(
    "issue", Pair("发文发证", "certificates issued"), Turn.DEPARTMENT,
    (Move("issued", Pair("颁发证书", "certificate issued"), by_hand=False, alone=True),),
    in_batch=True,
)  # fmt: skip
