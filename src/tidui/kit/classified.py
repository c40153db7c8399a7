"""State secrets stay out: marks of classification and national-defence patents are refused where they would enter.

The marks are those of the rules on marking state secrets (国家秘密定密管理暂行规定: level, ★, term). What merely
speaks of secrets, such as a trade secret or a promise that nothing is classified, is let through.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tidui.kit.access import NotAllowed, Refused

_LEVEL: Final = "(?:绝密|机密|秘密)"  # tidui: data
_GAP: Final = "[\\s\u3000]*"
#: 机密★10年, 秘密 ☆ 长期, 密级:机密.
_MARK: Final = re.compile(f"{_LEVEL}{_GAP}[★☆✩✭⭐*]|[★☆✩✭⭐]{_GAP}{_LEVEL}|密{_GAP}级{_GAP}[::]{_GAP}{_LEVEL}")
#: A number, certificate or application of a national-defence patent: more than the word.
_DEFENCE: Final = re.compile("国防(?:发明)?专利(?:证书|申请号|申请公布号|号|权人|登记)")
#: The word itself, which a short text such as a title or a file name would not hold without reason.
_DEFENCE_WORD: Final = re.compile("国防(?:发明)?专利")
_DENIED: Final = re.compile("(?:不含|不属|不涉及|不包括|不是|非|无|除|没有|未含|不得[^。;]{0,8})$")
_NAME_MARK: Final = re.compile(
    f"[\\[【(<《]{_GAP}{_LEVEL}{_GAP}[\\]】)>》]|^{_LEVEL}[\\s_\\-—.]|[\\s_\\-—]{_LEVEL}(?=\\.[a-z]+$)|(?<!商业){_LEVEL}级"
)
#: Characters that nobody sees, and that would part the characters of a mark.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
#: Characters that the end of one piece of a long text shares with the next.
OVERLAP: Final = 40

REFUSAL: Final = _(
    "含有国家秘密标志或国防专利，本系统不接收。请勿通过互联网报送，按保密规定线下报送：联系推荐单位或科技厅保密工作机构。"
)

REFUSED: Final = Refused("classified", REFUSAL)


class Classified(ValidationError):
    """The text or file must not enter this system."""

    def __init__(self) -> None:
        super().__init__(REFUSAL, code="classified")


def _plain(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def marked(text: str) -> bool:
    """Does a long text (of a document) carry a mark of classification, or data of a national-defence patent?"""
    plain = _plain(text)
    return bool(_MARK.search(plain) or any(not _denied(plain, found.start()) for found in _DEFENCE.finditer(plain)))


def _denied(plain: str, start: int) -> bool:
    return bool(_DENIED.search(plain[max(0, start - 12) : start]))


def marked_short(text: str) -> bool:
    """The same for a field of a form or a file name, where the bare word 国防专利 is enough."""
    plain = _plain(text)
    words = (found for found in _DEFENCE_WORD.finditer(plain) if not _denied(plain, found.start()))
    return marked(plain) or any(True for _found in words)


def marked_name(name: str) -> bool:
    """The same for a file name, where a level in brackets or at the beginning is a mark as well."""
    return marked_short(name) or bool(_NAME_MARK.search(_plain(name).strip().lower()))


def refuse_classified(text: str) -> None:
    """Raise Classified, which says what to do instead, if a text of a form must not enter this system."""
    if text and marked_short(text):
        raise Classified


def require_open(*texts: str) -> None:
    """The same for an action, whichever page or program a text comes from: NotAllowed, code `classified`."""
    if any(text and marked_short(text) for text in texts):
        raise NotAllowed(REFUSED)
