"""What a group is called: the field, or the fields, of its files, in Chinese as documents write them."""

# tidui: data

from __future__ import annotations

from collections.abc import Iterable

from tidui.codes.fields import FIELDS, SECOND_LEVEL


def title_of(fields: Iterable[str]) -> str:
    """The name of a group of files of some second-level fields: at most 200 characters."""
    codes = sorted(set(fields))
    wide = sorted({f"{one[:1]}0" for one in codes})
    if len(codes) == 1 and codes[0] in SECOND_LEVEL:
        return f"{FIELDS[wide[0]].zh}·{SECOND_LEVEL[codes[0]].zh}"
    return ("、".join(FIELDS[one].zh for one in wide if one in FIELDS) or "领域未填")[:200]
