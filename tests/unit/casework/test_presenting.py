"""Whatever happens to an application has words for the people who read its history."""

from __future__ import annotations

import re
from pathlib import Path

import tidui.casework
import tidui.recognition
from tidui.casework import presenting
from tidui.casework.actions import applying, batches


def test_every_step_that_is_no_move_of_a_stage_has_words() -> None:
    rooms = (Path(room.__path__[0]) for room in (tidui.casework, tidui.recognition))
    texts = [path.read_text("utf-8") for room in rooms for path in sorted((room / "actions").glob("*.py"))]
    written = {name for text in texts for name in re.findall(r'\bmove="([a-z_]+)"', text)}
    named = {applying.WITHDRAW.name, batches.TAKE_OUT.name, batches.REBATCH.name}
    assert len(written) > 5
    assert written | named == set(presenting._STEPS)
