"""The stage kinds that review owns: the experts' review and the site visit."""

# tidui: data

from __future__ import annotations

from typing import Final

from tidui.casework.enums import Turn
from tidui.casework.programme import Move, StageKind
from tidui.kit.lang import Pair

#: A panel drawn at random reads the file and marks it; whatever it says, the meeting decides.
PANEL_REVIEW: Final = StageKind(
    "panel_review", Pair("专家评审", "expert review"), Turn.EXPERTS,
    (Move("reviewed", Pair("评审完成", "reviewed"), by_hand=False, alone=True),),
    in_batch=True,
)  # fmt: skip

#: A commissioned institution checks on the spot what the file claims.
SITE_VISIT: Final = StageKind(
    "site_visit", Pair("现场考察", "site visit"), Turn.INSTITUTION,
    (
        Move("visited", Pair("考察完成", "visited"), by_hand=False, alone=True),
        Move("waived", Pair("免于考察", "visit waived"), reason=True, by_hand=False),
    ),
    in_batch=True,
)  # fmt: skip
