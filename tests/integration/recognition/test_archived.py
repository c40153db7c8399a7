"""What recognition adds to the package of a case."""

from __future__ import annotations

import json
import zipfile

import pytest
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.people import World
from tidui.accounts.models import User
from tidui.casework import archiving
from tidui.casework.models import Application
from tidui.kit import files
from tidui.recognition import documents
from tidui.recognition.models import Document

pytestmark = pytest.mark.django_db


def papers(held: Application, by: User) -> dict[str, bytes]:
    """The documents in the package that this person has made."""
    made = archiving.pack(held, by=by, at=timezone.now())
    with zipfile.ZipFile(files.path(made.file)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith("07-公文/")}


def letter(world: World, held: Application, title: str) -> Document:
    """A letter about an application."""
    return documents.issue(
        kind="refusal", title=title, content={"lead": ["理由如下。"]}, by=world.department_officer, at=timezone.now(),
        application=held, organisation=held.organisation,
    )  # fmt: skip


def test_letters_about_the_case_are_in_it_and_those_of_others_are_not(world: World) -> None:
    call = make_call(world)
    held = submitted(world, call)
    other = submitted(world, call, world.b, world.clerk_b)
    mine = letter(world, held, "告知书甲")
    letter(world, other, "告知书乙")
    for person in (world.clerk_a, world.department_officer):
        (name,) = papers(held, person)
        assert name.startswith("07-公文/01-")
    Document.objects.filter(pk=mine.pk).update(file=None)
    (content,) = papers(held, world.clerk_a).values()
    assert json.loads(content)["digest"] == mine.digest
