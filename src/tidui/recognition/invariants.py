"""What always holds of recognition: a number is what the platform answered, once; what was published stays."""

from __future__ import annotations

from collections.abc import Iterator

from tidui.casework.enums import State
from tidui.casework.invariants import Broken, rule
from tidui.casework.models import ExchangeRow, Step
from tidui.recognition.exchanges import PLATFORM_LIST
from tidui.recognition.kinds import PLATFORM
from tidui.recognition.models import Notice, Recognition
from tidui.recognition.noticing import digest_of

#: Steps by which a number comes to an application.
NUMBERED = "numbered"


@rule("recognitions")
def recognitions() -> Iterator[Broken]:
    """Each number of an application was answered in a line of a list, and moved the application on."""
    rows = Recognition.objects.filter(application__isnull=False).select_related("application", "row")
    for one in rows.order_by("pk").iterator():
        thing = f"number {one.number}"
        if one.row is not None and one.row.answer.get("number") not in (one.number, None):
            yield Broken("recognitions", thing, f"its line says {one.row.answer.get('number')}")
        if one.application is not None and one.application.state in (State.REFUSED, State.WITHDRAWN):
            yield Broken("recognitions", thing, f"its application is {one.application.state}")
    answered = ExchangeRow.objects.filter(purpose=PLATFORM_LIST.name, outcome="number", application__isnull=False)
    for row in answered.filter(application__recognition__isnull=True).order_by("pk").iterator():
        yield Broken("recognitions", f"list {row.exchange_id} {row.uscc}", "a number was answered, none is registered")
    moved = Recognition.objects.filter(application__isnull=False).values("application")
    steps = Step.objects.filter(move=NUMBERED, reversed_by__isnull=True).exclude(application__in=moved)
    for step in steps.select_related("application").order_by("pk").iterator():
        said = f"went on from {PLATFORM.name} without a number"
        yield Broken("recognitions", f"application {step.application.number}", said)


@rule("notices")
def notices() -> Iterator[Broken]:
    """What was published is still what its digest was taken of."""
    for one in Notice.objects.exclude(digest="").order_by("pk").iterator():
        if digest_of(one) != one.digest:
            yield Broken("notices", f"notice {one.pk}", "it is not what was published")
