"""What the audit watches of the enterprise's way up: the marks it gives itself. A placement can be worked out again."""

from __future__ import annotations

from tidui.audit import personal, tamper
from tidui.cultivation.models import Placement, SelfMarks

tamper.watch(SelfMarks)
personal.none(Placement, SelfMarks)
