"""Wording that another organisation's application has too."""

from __future__ import annotations

from collections.abc import Iterator

from tidui.casework.checks import Found, Look, check, settings, traces
from tidui.casework.checks.texts import MOST_CANDIDATES, Overlap, fingerprints, overlap
from tidui.casework.enums import FindingKind
from tidui.casework.models import Submission

#: Of a long passage, so many characters are shown.
_SHOWN = 160


@check
def copied(look: Look) -> Iterator[Found]:
    """A text of which at least the set share stands in another organisation's application."""
    least = look.setting(settings.COPIED_LEAST)
    share = look.setting(settings.COPIED_SHARE) / 100
    own = traces.wording(look.programme, look.submission.answers, least)
    values = {value for text in own.values() for value in fingerprints(text)}
    if not values:
        return
    nearest = traces.newest_submissions(traces.most_alike(look.application, values, MOST_CANDIDATES))
    for name, text in own.items():
        for key, other in nearest.items():
            found = _most(text, other, least)
            if found is not None and found.share >= share:
                yield _found(look, name, key, found)


def _most(text: str, other: Submission, least: int) -> Overlap | None:
    """The greatest overlap with any of the other's texts: a copy may stand under another question."""
    from tidui.casework.programme import programme

    theirs = traces.wording(programme(other.application.programme), other.answers, least)
    return max((overlap(text, one) for one in theirs.values()), key=lambda one: one.share, default=None)


def _found(look: Look, name: str, key: int, found: Overlap) -> Found:
    question = look.programme.form.question(name)
    title = {"zh": question.title.zh, "en": question.title.en} if question is not None else {"zh": name, "en": name}
    passage = found.passage if len(found.passage) <= _SHOWN else found.passage[:_SHOWN] + "…"
    return Found(
        FindingKind.COPIED_TEXT, f"text:{name}:{key}", "text_copied",
        params={"question": title, "percent": int(found.share * 100), "passage": passage},
        place=f"q.{name}", others=(key,),
    )  # fmt: skip
