"""Whoever has no business with a review tries all of it; what they were answered stands in docs/developers/refusals.md.

TIDUI_TEST_DOCS=yes writes the page anew; otherwise it must say what the site answers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests import walk
from tests.contracts.test_routes import ANONYMOUS, addresses, client_of, leaked, routes, said
from tests.database import CHOICE, DOCS
from tests.people import World

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "developers" / "refusals.md"
#: The four of the page: the applicant is enterprise `b`, of the other county.
TRYING: Final = {
    "a rival enterprise": "clerk_a", "an expert of another panel": "expert",
    "an officer of another county": "county_officer", "a visitor from the street": ANONYMOUS,
}  # fmt: skip
#: The routes of a review: its own room, and what the department makes of it.
OF_REVIEW: Final = re.compile(
    r"^(review:|recognition:(review_|meeting|new_meeting|edit_meeting|take_into_|discard_meeting|decision|decide_many|"
    r"propose_meeting|confirm_meeting|send_meeting|publish_meeting|issu)|casework:(case|print|archive|review|decide)$)"
)
WORDS: Final = ("404", "403", "422", "401", "sign in", "own")
HEAD: Final = """# What a review refuses, and to whom

Written by `tests/contracts/test_refusals.py` (TIDUI_TEST_DOCS=yes); the test fails when the site answers otherwise.
Records of an enterprise under review are planted, full of words that occur nowhere else. Four people who have no
business with it open every page, file and list of the review and send every form, the forms filled in as they would
succeed for somebody who may. `test_routes.py` walks over all routes of the site as 23 people, and holds that what is
hidden does not change so much as a count on the pages of the rival, the officer and the visitor (the expert is planted
with the records, and has no page from before them).

- `404`: not found, whether it is there or not. `403` (page), `422` (form): refused with the reason, nothing is written.
- `sign in`, `401`: asked to sign in first.
- `own`: the page or list opens and shows what is one's own or public, and **not one** of the planted words, in text,
  headers or the workbook of its export.
- `open`: anybody may send this form, on what is public or one's own; nothing of the applicant's is written.

"""


def _answer(response: Any, garden: walk.Garden, name: str) -> str:
    """What was answered, in a word; a leak is said as one."""
    marks = leaked(said(response), garden, name)
    if marks:
        return f"LEAK: {', '.join(marks)}"
    status = response.status_code
    if status == 302:
        return "sign in" if "sign-in" in response["Location"] else "own"
    return "own" if status == 200 else str(status)


def _tried(garden: walk.Garden) -> Iterator[tuple[str, str, list[str]]]:
    """Each attempt: the address, what was done, and the answer to each of the four."""
    clients = {name: client_of(garden.world, name) for name in TRYING.values()}
    for route in (one for one in routes() if OF_REVIEW.match(one.name)):
        for place, url in enumerate(addresses(route, garden)):
            shown = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern)
            got = {name: client.get(url) for name, client in clients.items()}
            if any(answer.status_code != 405 for answer in got.values()) and place == 0:
                yield shown, "open", [_answer(answer, garden, name) for name, answer in got.items()]
            if place == 0 and any(b'name="export"' in getattr(one, "content", b"") for one in got.values()):
                took = {name: client.post(url, {"export": "xlsx"}) for name, client in clients.items()}
                yield shown, "export", [_answer(answer, garden, name) for name, answer in took.items()]
            for form in walk.posts.get(route.name, []) if place == 0 else []:
                sent = [_sent(client, url, form(garden), garden, name) for name, client in clients.items()]
                yield shown, "send", sent


def _sent(client: Any, url: str, form: dict[str, Any], garden: walk.Garden, name: str) -> str:
    with walk.Writes() as noted:
        answer = _answer(client.post(url, form), garden, name)
    written = noted.tables - {"django_session", "usersessions_usersession"}
    return answer if not written else f"open ({', '.join(sorted(written))})"


@pytest.mark.django_db
@pytest.mark.skipif(os.environ.get(CHOICE) == "postgres", reason="doors are the same on both databases: once is enough")
def test_the_page_of_refusals_says_what_the_site_answers(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    rows = list(_tried(walk.plant(world)))
    lines = [f"| address | tried | {' | '.join(TRYING)} |", "|---|---|" + "---|" * len(TRYING)]
    lines += [f"| `{url}` | {what} | {' | '.join(answers)} |" for url, what, answers in rows]
    given = [answer for _url, _what, answers in rows for answer in answers]
    counts = {word: given.count(word) for word in WORDS}
    told = ", ".join(f"{counts[word]} × {word}" for word in WORDS)
    summary = f"{len(given)} attempts: {told}; the others are said.\n\n"
    text = HEAD + summary + "\n".join(lines) + "\n"
    if os.environ.get(DOCS):
        PAGE.write_text(text, encoding="utf-8")

    assert "LEAK" not in text
    assert PAGE.read_text("utf-8") == text
