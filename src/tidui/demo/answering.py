"""Answers to lists in the demonstration: the stand-in writes them, and they are read as anybody's would be."""

# tidui: data

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from tidui.accounts.models import User
from tidui.casework.actions import answering, exchanging
from tidui.casework.exchanging import Plan
from tidui.casework.models import Exchange
from tidui.demo import standin
from tidui.kit import clock, files, jobs


def answer(listed: Exchange, plan: Plan, at: dt.datetime, by: User) -> None:
    """The stand-in answers a list's file as the plan says."""
    held = Exchange.objects.select_related("csv").get(pk=listed.pk)
    assert held.csv is not None
    with tempfile.TemporaryDirectory(prefix="tidui-demo-") as folder:
        place = Path(folder) / f"{listed.purpose.replace(':', '-')}-answers.csv"
        standin.answer(files.path(held.csv), held.csv.name, place, plan)
        received = files.receive(place, kind=exchanging.ANSWERS, name=place.name)
    answering.read_answers(
        exchange=held, received=received, by=by, at=at, document_number=f"演示〔{at.year}〕8号",
        document_date=clock.day_of(at),
    )  # fmt: skip
    jobs.work_off()
